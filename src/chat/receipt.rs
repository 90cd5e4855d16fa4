//! Who received and who read what: marks per member, never per message. Told in small rooms, asked for in large ones.
use super::{member, permission, unread};
use crate::clock::Millis;
use crate::error::{self, Result};
use crate::event::{Audience, Event};
use crate::id::Id;
use crate::limits;
use crate::row::{Log, MessageKind, Receipt};
use crate::store::tables::{DELIVERED, DISCREET, EVENTS, FOLLOWS, MEMBERS, MESSAGES, RECEIPTS, ROOMS, ROOMS_OF};
use crate::store::{Change, Direction, View};

/// Whom a message has reached. Who read it received it too.
#[derive(Debug, Clone, Default)]
pub struct OfMessage {
    pub delivered: Vec<Id>,
    pub read: Vec<Id>,
    /// When it was read, of those of whom that is known still.
    pub times: Vec<(Id, Millis)>,
}

/// How far a member is.
#[derive(Debug, Clone)]
pub struct OfMember {
    pub user: Id,
    pub delivered: Id,
    pub read: Id,
    pub steps: Vec<(Id, Millis)>,
}

/// Everything up to `cursor` is in a person's hands.
pub fn received(change: &mut Change, user: Id, cursor: Id) -> Result<()> {
    let before = DELIVERED.get(change, user)?.unwrap_or(0);
    let cursor = cursor.min(change.newest_id());
    if cursor <= before || is_discreet(change, user)? {
        return Ok(());
    }
    DELIVERED.put(change, user, &cursor)?;
    for ((_, room), ()) in ROOMS_OF.list(change, (user, 0)..=(user, u64::MAX), limits::RECEIPT_ROOMS_MAX)? {
        // Looked for first, as most rooms hold nothing new.
        if newest_of_others(change, room, user, before, cursor)?.is_none() || !is_told(change, room)? {
            continue;
        }
        let mut row = RECEIPTS.get(change, (room, user))?.unwrap_or_default();
        let known = row.delivered.max(row.read).max(MEMBERS.need(change, (room, user))?.since);
        let Some(up_to) = newest_of_others(change, room, user, known, cursor)? else { continue };
        EVENTS.remove(change, (room, row.delivered_logged))?;
        row.delivered = up_to;
        let log = Log::ReceiptDelivered { user };
        row.delivered_logged =
            change.announce(Audience::Room(room), &log, Event::ReceiptDelivered { room, user, up_to })?;
        RECEIPTS.put(change, (room, user), &row)?;
    }
    Ok(())
}

/// A member has read up to a message. Unlike the read mark this never goes back.
pub fn read(change: &mut Change, room: Id, user: Id, up_to: Id) -> Result<()> {
    let mut row = RECEIPTS.get(change, (room, user))?.unwrap_or_default();
    if up_to <= row.read || is_discreet(change, user)? {
        return Ok(());
    }
    let known = row.read.max(MEMBERS.need(change, (room, user))?.since);
    if newest_of_others(change, room, user, known, up_to)?.is_none() {
        return Ok(());
    }
    row.read = up_to;
    row.steps.push((up_to, change.now));
    if row.steps.len() > limits::RECEIPT_STEPS_MAX {
        row.steps.remove(0);
    }
    if is_told(change, room)? {
        // Only the newest is kept for resume: a replay tells the present state, and the log stays small.
        EVENTS.remove(change, (room, row.read_logged))?;
        let event = Event::ReceiptRead { room, user, up_to, at: change.now };
        row.read_logged = change.announce(Audience::Room(room), &Log::ReceiptRead { user }, event)?;
    }
    RECEIPTS.put(change, (room, user), &row)
}

/// Whether a person tells others what they read; who does not, sees nobody's.
pub fn set_discreet(change: &mut Change, user: Id, discreet: bool) -> Result<()> {
    if discreet == is_discreet(change, user)? {
        return Ok(());
    }
    match discreet {
        true => DISCREET.put(change, user, &())?,
        false => drop(DISCREET.remove(change, user)?),
    }
    change.tell_server(Event::ReceiptsSwitched { user, discreet });
    Ok(())
}

/// Who keeps to themselves what they read.
pub fn discreet(view: &dyn View) -> Result<Vec<Id>> {
    let mut users = Vec::new();
    DISCREET.walk(view, .., Direction::Up, |user, ()| {
        users.push(user);
        Ok(true)
    })?;
    Ok(users)
}

pub fn is_discreet(view: &dyn View, user: Id) -> Result<bool> {
    DISCREET.has(view, user)
}

/// Whom a message has reached, as `asker` may know it. Its author is not among them, nor is who came after it.
pub fn of_message(view: &dyn View, asker: Id, room: Id, id: Id) -> Result<OfMessage> {
    permission::member(view, room, asker)?;
    let message = MESSAGES.get(view, (room, id))?.ok_or_else(error::not_found)?;
    let mut found = OfMessage::default();
    if is_discreet(view, asker)? {
        return Ok(found);
    }
    for (user, member) in member::all(view, room)? {
        if user == message.head.user || member.since >= id || is_discreet(view, user)? {
            continue;
        }
        let row = RECEIPTS.seen(view, (room, user))?.unwrap_or_default();
        // What was said in a thread is read there.
        let read = match message.head.thread {
            Some(root) => FOLLOWS.get(view, (user, room, root))?.is_some_and(|follow| follow.read_up_to >= id),
            None => row.read >= id,
        };
        if read {
            found.read.push(user);
        }
        if read && message.head.thread.is_none() {
            found.times.extend(row.read_at(id).map(|at| (user, at)));
        }
        if read || DELIVERED.seen(view, user)?.unwrap_or(0) >= id {
            found.delivered.push(user);
        }
    }
    Ok(found)
}

/// How far each member of a small room is, as `asker` may know it.
pub fn of_room(view: &dyn View, asker: Id, room: Id) -> Result<Vec<OfMember>> {
    let membership = permission::member(view, room, asker)?;
    if membership.room_row.member_count > limits::RECEIPT_MEMBERS_MAX {
        let detail = "This room has more than 50 members. Ask for the receipts of one message.";
        return Err(error::conflict("too_many_members", detail).into());
    }
    let mut found = Vec::new();
    if is_discreet(view, asker)? {
        return Ok(found);
    }
    for (user, member) in member::all(view, room)? {
        if is_discreet(view, user)? {
            continue;
        }
        let row = RECEIPTS.seen(view, (room, user))?.unwrap_or_default();
        let cursor = DELIVERED.seen(view, user)?.unwrap_or(0);
        let delivered = newest_of_others(view, room, user, member.since, cursor)?.unwrap_or(0);
        found.push(OfMember { user, delivered: delivered.max(row.read), read: row.read, steps: row.steps });
    }
    Ok(found)
}

/// What a member has read, for a replay; None where it is not told (any more).
pub fn present(view: &dyn View, asker: Id, room: Id, user: Id) -> Result<Option<Receipt>> {
    if is_discreet(view, asker)? || is_discreet(view, user)? || !is_told(view, room)? {
        return Ok(None);
    }
    RECEIPTS.get(view, (room, user))
}

/// Forgets how far somebody was who is no member any more.
pub fn forget(change: &mut Change, room: Id, user: Id) -> Result<()> {
    if let Some(row) = RECEIPTS.get(change, (room, user))? {
        EVENTS.remove(change, (room, row.read_logged))?;
        EVENTS.remove(change, (room, row.delivered_logged))?;
        RECEIPTS.remove(change, (room, user))?;
    }
    Ok(())
}

/// Whether receipts of a room are pushed: with many members each message would be answered by as many.
fn is_told(view: &dyn View, room: Id) -> Result<bool> {
    Ok(ROOMS.need(view, room)?.member_count <= limits::RECEIPT_MEMBERS_MAX)
}

/// The newest words of others after `from` and up to `to`: those are what a receipt is about.
fn newest_of_others(view: &dyn View, room: Id, user: Id, from: Id, to: Id) -> Result<Option<Id>> {
    if to <= from {
        return Ok(None);
    }
    let mut found = None;
    let mut looked_at = 0;
    MESSAGES.walk_bytes(view, (room, from + 1)..=(room, to), Direction::Down, |(_, id), bytes| {
        looked_at += 1;
        let theirs = unread::head(bytes).is_some_and(|head| head.kind == MessageKind::Text && head.user != user);
        // After so many notices and words of one's own it is taken as somebody's.
        found = (theirs || looked_at == limits::LAST_MESSAGE_ROWS).then_some(id);
        Ok(found.is_none())
    })?;
    Ok(found)
}

impl Receipt {
    /// When a message was read; None if it was not, or longer ago than is known.
    pub fn read_at(&self, message: Id) -> Option<Millis> {
        let at = self.steps.iter().position(|(up_to, _)| *up_to >= message)?;
        (at > 0 || self.steps.len() < limits::RECEIPT_STEPS_MAX).then(|| self.steps[at].1)
    }
}
