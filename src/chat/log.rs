//! The log of a room, to which messages and notices are appended, and what of it a connection missed.
use super::{
    draft, file, history, message, outcast, pin, reaction, receipt, room, saved, thread, unread, upload, user,
};
use crate::error::Result;
use crate::event::{Announcement, Audience, Event, Reacted};
use crate::id::Id;
use crate::limits;
use crate::row::{self, Log, MessageHead, MessageKind};
use crate::store::tables::{EVENTS, HOURS, MEMBERS, MESSAGES, META, NONCES, PINS, ROOMS, ROOMS_OF, SWEEPS, TRIMS};
use crate::store::{Change, Direction, View, nonces};

/// Appends a message and announces it. Its id.
pub fn append(change: &mut Change, room: Id, row: row::Message) -> Result<message::Sent> {
    let id = change.next_id();
    MESSAGES.put(change, (room, id), &row)?;
    let view = message::fresh(change, room, id, row)?;
    change.announce(
        Audience::Room(room),
        &Log::MessageCreated { id },
        Event::MessageCreated(Box::new(view.clone())),
    )?;
    Ok(message::Sent { view, again: false })
}

/// Appends a notice: `user` did `kind` to `whom`.
pub fn notice(change: &mut Change, room: Id, user: Id, kind: MessageKind, text: &str, whom: Vec<Id>) -> Result<()> {
    let row = notice_row(change, user, kind);
    append(change, room, row::Message { text: text.to_owned(), mentions: whom, ..row }).map(drop)
}

/// Appends a notice that leads to a message: `user` did `kind` to it.
pub fn notice_about(change: &mut Change, room: Id, user: Id, kind: MessageKind, message: Id) -> Result<()> {
    let row = notice_row(change, user, kind);
    append(change, room, row::Message { reply_to: Some(message), ..row }).map(drop)
}

fn notice_row(change: &Change, user: Id, kind: MessageKind) -> row::Message {
    row::Message {
        head: MessageHead { kind, deleted: false, user, thread: None },
        at: change.now,
        edited_at: None,
        reply_to: None,
        mentions: Vec::new(),
        mention_room: false,
        nonce: None,
        text: String::new(),
        files: Vec::new(),
    }
}

/// The newest message or notice of a room, looked for behind its threads; 0 if it has none.
pub fn newest_message(view: &dyn View, room: Id) -> Result<Id> {
    let mut newest = 0;
    let mut looked_at = 0;
    MESSAGES.walk_bytes(view, (room, 0)..=(room, u64::MAX), Direction::Down, |(_, id), bytes| {
        newest = id;
        looked_at += 1;
        let in_thread = unread::head(bytes).is_some_and(|head| head.thread.is_some());
        Ok(in_thread && looked_at < limits::LAST_MESSAGE_ROWS)
    })?;
    Ok(newest)
}

/// The newest id of all: what a snapshot knows ends here.
pub fn cursor(view: &dyn View) -> Result<Id> {
    view.last_id()
}

/// What `user` missed after the cursor `since`, in order and as it is now (promise 7); None if that is too far back, too
/// much, or has not been yet.
pub fn missed(view: &dyn View, user: Id, since: Id) -> Result<Option<Vec<Announcement>>> {
    if since > cursor(view)? || since < META.get(view, "pruned_to")?.unwrap_or(0) {
        return Ok(None);
    }
    let mut streams = vec![(Audience::Everyone, since), (Audience::User(user), since)];
    for ((_, room), ()) in ROOMS_OF.list(view, (user, 0)..=(user, u64::MAX), usize::MAX)? {
        if let Some(member) = MEMBERS.get(view, (room, user))? {
            streams.push((Audience::Room(room), since.max(member.since)));
        }
    }
    let mut entries = Vec::new();
    for (audience, after) in streams {
        let stream = audience.stream().expect("these three have one");
        let room_left = limits::RESUME_EVENTS_MAX + 1 - entries.len();
        for ((_, cursor), log) in
            EVENTS.list(view, (stream, after.saturating_add(1))..=(stream, u64::MAX), room_left)?
        {
            entries.push((cursor, audience, log));
        }
        if entries.len() > limits::RESUME_EVENTS_MAX {
            return Ok(None);
        }
    }
    entries.sort_by_key(|(cursor, ..)| *cursor);
    // What was told to a whole room and kept for who left it too has one cursor in two streams.
    entries.dedup_by_key(|(cursor, ..)| *cursor);
    let mut missed = Vec::with_capacity(entries.len());
    for (cursor, audience, log) in entries {
        if let Some(event) = present(view, user, audience, log)? {
            missed.push(Announcement { cursor, audience, event });
        }
    }
    Ok(Some(missed))
}

/// The event of a log entry as it reads now; None if what it speaks of is gone.
fn present(view: &dyn View, user: Id, audience: Audience, log: Log) -> Result<Option<Event>> {
    let in_room = match audience {
        Audience::Room(room) => room,
        _ => 0,
    };
    let message = |id| -> Result<Option<Box<_>>> {
        match MESSAGES.get(view, (in_room, id))? {
            Some(row) => Ok(Some(Box::new(message::view(view, in_room, id, row)?))),
            None => Ok(None),
        }
    };
    Ok(match log {
        Log::MessageCreated { id } => message(id)?.map(Event::MessageCreated),
        Log::MessageUpdated { id } => message(id)?.map(Event::MessageUpdated),
        Log::MessageDeleted { id } => Some(Event::MessageDeleted { room: in_room, id }),
        Log::MessagesExpired { up_to } => Some(Event::MessagesExpired { room: in_room, up_to }),
        Log::RoomCreated { room } if MEMBERS.has(view, (room, user))? => {
            room::view(view, room, Some(user))?.map(|room| Event::RoomCreated(Box::new(room)))
        }
        Log::RoomCreated { .. } => None,
        Log::RoomUpdated => room::view(view, in_room, None)?.map(|room| Event::RoomUpdated(Box::new(room))),
        Log::RoomDeleted { room } => Some(Event::RoomDeleted { room }),
        Log::MemberJoined { user, role, by } => {
            Some(Event::MemberJoined { room: in_room, user: Box::new(user::find(view, user)?), role, by })
        }
        Log::MemberLeft { room, user, by } => Some(Event::MemberLeft { room, user, by }),
        Log::MemberUpdated { user, role } => Some(Event::MemberUpdated { room: in_room, user, role }),
        Log::UserUpdated { user } => Some(Event::UserUpdated(Box::new(user::find(view, user)?))),
        Log::SettingsUpdated => Some(Event::SettingsUpdated { settings: user::settings(view, user)? }),
        Log::RoomMeUpdated { room } if MEMBERS.has(view, (room, user))? => {
            Some(Event::RoomMeUpdated { room, me: room::me(view, room, user)? })
        }
        Log::RoomMeUpdated { .. } => None,
        Log::ReactionAdded { message, emoji, user } => reaction::has(view, in_room, message, &emoji, user)?
            .then_some(Event::ReactionAdded(Reacted { room: in_room, message, emoji, user })),
        Log::ReactionRemoved { message, emoji, user } => (!reaction::has(view, in_room, message, &emoji, user)?)
            .then_some(Event::ReactionRemoved(Reacted { room: in_room, message, emoji, user })),
        Log::PinAdded { message, user } => {
            pin::is_pinned(view, in_room, message)?.then_some(Event::PinAdded { room: in_room, message, user })
        }
        Log::PinRemoved { message, user } => {
            (!pin::is_pinned(view, in_room, message)?).then_some(Event::PinRemoved { room: in_room, message, user })
        }
        Log::SavedUpdated { room, message } if MEMBERS.has(view, (room, user))? => {
            let saved = saved::is_saved(view, user, message)?;
            Some(Event::SavedUpdated { room, message, saved })
        }
        Log::SavedUpdated { .. } => None,
        Log::ThreadMeUpdated { room, root } if MEMBERS.has(view, (room, user))? => {
            Some(Event::ThreadMeUpdated(thread::me(view, user, room, root)?))
        }
        Log::ThreadMeUpdated { .. } => None,
        Log::DraftUpdated { room, thread } if MEMBERS.has(view, (room, user))? => {
            Some(Event::DraftUpdated(Box::new(draft::present(view, user, room, thread)?)))
        }
        Log::DraftUpdated { .. } => None,
        Log::ReceiptRead { user: reader } => receipt::present(view, user, in_room, reader)?.and_then(|row| {
            let (up_to, at) = *row.steps.last()?;
            Some(Event::ReceiptRead { room: in_room, user: reader, up_to, at })
        }),
        Log::ReceiptDelivered { user: receiver } => {
            let row = receipt::present(view, user, in_room, receiver)?;
            row.map(|row| Event::ReceiptDelivered { room: in_room, user: receiver, up_to: row.delivered })
        }
    })
}

/// Removes some of what is too old, and says whether there is more. Small steps, so that nobody waits for it.
pub fn prune(change: &mut Change) -> Result<bool> {
    Ok(prune_events(change)? | prune_nonces(change)? | sweep_rooms(change)?)
}

fn prune_events(change: &mut Change) -> Result<bool> {
    let mut up_to = nonces::last_id_before(change, change.now.saturating_sub(limits::EVENTS_LIFE_MS))?;
    let excess = change.count(EVENTS.number)?.saturating_sub(limits::EVENTS_MAX);
    let pruned_to = META.get(change, "pruned_to")?.unwrap_or(0);
    if excess > 0 {
        // The hours say which ids are oldest; the next one after what is gone already.
        HOURS.walk(change, .., Direction::Up, |_, last| {
            up_to = up_to.max(last);
            Ok(up_to <= pruned_to)
        })?;
    }
    if up_to == 0 {
        return Ok(false);
    }
    if up_to > pruned_to {
        META.put(change, "pruned_to", &up_to)?;
    }
    let mut keys = Vec::new();
    let mut stream = Some(0);
    while let Some(first) = stream
        && keys.len() < limits::PRUNE_STEP_ROWS
    {
        EVENTS.walk_bytes(change, (first, 0)..=(first, up_to), Direction::Up, |key, _| {
            keys.push(key);
            Ok(keys.len() < limits::PRUNE_STEP_ROWS)
        })?;
        stream = None;
        EVENTS.walk_bytes(change, (first + 1, 0).., Direction::Up, |(next, _), _| {
            stream = Some(next);
            Ok(false)
        })?;
    }
    for key in &keys {
        EVENTS.remove(change, *key)?;
    }
    Ok(keys.len() == limits::PRUNE_STEP_ROWS)
}

fn prune_nonces(change: &mut Change) -> Result<bool> {
    let oldest = nonces::oldest_bucket(change.nonces(), change, change.now)?;
    let old = NONCES.list(change, ..(oldest, 0), limits::PRUNE_STEP_ROWS)?;
    for (key, _) in &old {
        NONCES.remove(change, *key)?;
    }
    Ok(old.len() == limits::PRUNE_STEP_ROWS)
}

/// Removes rows of rooms that are gone.
fn sweep_rooms(change: &mut Change) -> Result<bool> {
    let Some((room, ())) = SWEEPS.list(change, .., 1)?.pop() else { return Ok(false) };
    let mut keys = Vec::new();
    MESSAGES.walk(change, (room, 0)..=(room, u64::MAX), Direction::Up, |key, row| {
        keys.push((key, row));
        Ok(keys.len() < limits::PRUNE_STEP_ROWS)
    })?;
    for ((_, id), row) in &keys {
        take_out(change, room, *id, row)?;
    }
    if keys.len() < limits::PRUNE_STEP_ROWS {
        debug_assert!(!ROOMS.has(change, room)?);
        upload::forget_in(change, room)?;
        outcast::forget(change, room)?;
        TRIMS.remove(change, room)?;
        SWEEPS.remove(change, room)?;
    }
    Ok(true)
}

/// Removes a message with all that hangs on it. Nothing is told.
pub(super) fn take_out(change: &mut Change, room: Id, id: Id, row: &row::Message) -> Result<()> {
    MESSAGES.remove(change, (room, id))?;
    super::mention::forget(change, room, id, &message::mentions_of(row))?;
    history::forget(change, room, id)?;
    reaction::forget(change, room, id)?;
    file::forget_of(change, row)?;
    PINS.remove(change, (room, id))?;
    thread::forget(change, room, id, row)
}

/// The mark at which a new member begins: what was said before is history, not unread.
pub fn begin_read(change: &mut Change, room: Id, user: Id) -> Result<()> {
    let newest = newest_message(change, room)?;
    if newest > unread::read_mark(change, room, user)? {
        crate::store::tables::READS.put(change, (room, user), &newest)?;
    }
    Ok(())
}
