//! Messages that a person keeps for later; nobody else knows of it.
use super::message::{self, List};
use super::permission;
use crate::error::{self, Result};
use crate::event::{Audience, Event, MessageView};
use crate::id::Id;
use crate::limits;
use crate::row::{Log, Saved};
use crate::store::tables::{MEMBERS, MESSAGES, SAVED};
use crate::store::{Change, View};

/// Keeps a message. A second time changes nothing.
pub fn add(change: &mut Change, user: Id, room: Id, id: Id) -> Result<MessageView> {
    permission::member(change, room, user)?;
    let row = message::said(change, room, id)?;
    if !SAVED.has(change, (user, id))? {
        make_room(change, user)?;
        let order = change.newest_id();
        SAVED.put(change, (user, id), &Saved { room, order })?;
        tell(change, user, room, id, true)?;
    }
    message::view(change, room, id, row)
}

/// Lets go of it.
pub fn remove(change: &mut Change, user: Id, room: Id, id: Id) -> Result<()> {
    permission::member(change, room, user)?;
    if SAVED.get(change, (user, id))?.is_none_or(|saved| saved.room != room) {
        // Nothing to do, but what is not there at all is said to be so.
        return message::said(change, room, id).map(drop);
    }
    SAVED.remove(change, (user, id))?;
    tell(change, user, room, id, false)
}

/// What one keeps of the rooms that one is in now, newest first, before the cursor `before`.
pub fn list(view: &dyn View, user: Id, before: Id, limit: usize) -> Result<List> {
    let mut messages = Vec::new();
    let mut next = None;
    for (id, saved) in all(view, user)? {
        if saved.order >= before || !is_visible(view, user, id, saved)? {
            continue;
        }
        if messages.len() == limit {
            return List::new(view, messages, next);
        }
        let Some(row) = MESSAGES.seen(view, (saved.room, id))? else { continue };
        messages.push(message::view(view, saved.room, id, row)?);
        next = Some(saved.order);
    }
    List::new(view, messages, None)
}

/// The ids of what `list` shows.
pub fn ids(view: &dyn View, user: Id) -> Result<Vec<Id>> {
    let mut ids = Vec::new();
    for (id, saved) in all(view, user)? {
        if is_visible(view, user, id, saved)? {
            ids.push(id);
        }
    }
    Ok(ids)
}

pub fn is_saved(view: &dyn View, user: Id, message: Id) -> Result<bool> {
    SAVED.has(view, (user, message))
}

/// Forgets what an erased person kept.
pub fn forget_all(change: &mut Change, user: Id) -> Result<()> {
    for (id, _) in all(change, user)? {
        SAVED.remove(change, (user, id))?;
    }
    Ok(())
}

/// Everything a person keeps, newest first, also of rooms that they are not in any more.
fn all(view: &dyn View, user: Id) -> Result<Vec<(Id, Saved)>> {
    let rows = SAVED.list(view, (user, 0)..=(user, u64::MAX), usize::MAX)?;
    let mut saved: Vec<(Id, Saved)> = rows.into_iter().map(|((_, id), saved)| (id, saved)).collect();
    saved.sort_by_key(|(_, saved)| std::cmp::Reverse(saved.order));
    Ok(saved)
}

fn is_visible(view: &dyn View, user: Id, id: Id, saved: Saved) -> Result<bool> {
    Ok(MEMBERS.has(view, (saved.room, user))? && is_there(view, id, saved)?)
}

fn is_there(view: &dyn View, id: Id, saved: Saved) -> Result<bool> {
    Ok(MESSAGES.seen(view, (saved.room, id))?.is_some_and(|row| !row.head.deleted))
}

/// Refuses one too many. What was deleted since gives its place up first: a message does not know who keeps it.
fn make_room(change: &mut Change, user: Id) -> Result<()> {
    let all = all(change, user)?;
    if all.len() < limits::SAVED_MAX {
        return Ok(());
    }
    let mut gone = Vec::new();
    for (id, saved) in all {
        if !is_there(change, id, saved)? {
            gone.push(id);
        }
    }
    if gone.is_empty() {
        let detail = "You have 1,000 saved messages. Remove one that you no longer need.";
        return Err(error::conflict("too_many_saved", detail).into());
    }
    for id in gone {
        SAVED.remove(change, (user, id))?;
    }
    Ok(())
}

fn tell(change: &mut Change, user: Id, room: Id, message: Id, saved: bool) -> Result<()> {
    let event = Event::SavedUpdated { room, message, saved };
    change.announce(Audience::User(user), &Log::SavedUpdated { room, message }, event).map(drop)
}
