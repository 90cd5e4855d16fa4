//! Words and files that are older than the house, or their room, keeps them: removed for good, in small steps.
//!
//! What is old goes whatever it is: pinned, saved, called out by name, or under another message. One thing stays for a
//! while: the place of a message under which people still talk, without its words, until the last answer is old too.
//! Age is counted by the hours that `nonces::last_id_before` knows, so that a clock which jumps removes nothing young.
use super::{file, log, member, message, thread};
use crate::clock::Millis;
use crate::error::{self, Result};
use crate::event::{Audience, Event};
use crate::id::Id;
use crate::limits;
use crate::row::{Log, Message, MessageKind, Trim};
use crate::store::tables::{FOLLOWS, MESSAGES, ROOM_FILES, ROOMS, THREAD_MESSAGES, THREADS, TRIMS};
use crate::store::{Change, Direction, View, nonces};
use std::collections::{BTreeMap, HashMap};

/// What the server keeps; 0 is for ever.
#[derive(Debug, Clone, Copy)]
pub struct Policy {
    pub messages_days: u64,
    pub files_days: u64,
}

/// A room in which something is too old, and up to where.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Due {
    pub room: Id,
    pub up_to: Trim,
}

/// A number of days that a room may keep its messages.
pub fn checked(days: u32, server_days: u64) -> Result<u32> {
    if days == 0 || days > limits::RETENTION_DAYS_MAX {
        return Err(error::invalid("retention_days", "Messages are kept from 1 to 3,650 days, or for ever.").into());
    }
    if server_days > 0 && u64::from(days) > server_days {
        let detail = format!("This server keeps messages for {server_days} days. A room may keep its own for less.");
        return Err(error::invalid("retention_days", detail).into());
    }
    Ok(days)
}

/// The rooms in which something is too old at `now`.
pub fn due(view: &dyn View, policy: Policy, now: Millis) -> Result<Vec<Due>> {
    let mut cuts = HashMap::new();
    let mut cut = |days: u64| -> Result<Id> {
        if days == 0 {
            return Ok(0);
        }
        match cuts.get(&days) {
            Some(id) => Ok(*id),
            None => {
                let id = nonces::last_id_before(view, now.saturating_sub(days.saturating_mul(24 * limits::HOUR_MS)))?;
                cuts.insert(days, id);
                Ok(id)
            }
        }
    };
    let mut found = Vec::new();
    ROOMS.walk(view, .., Direction::Up, |room, row| {
        let own = row.retention_days.map_or(0, u64::from);
        let days = [policy.messages_days, own].into_iter().filter(|days| *days > 0).min().unwrap_or(0);
        let up_to = Trim { messages: cut(days)?, files: cut(policy.files_days)? };
        if up_to == Trim::default() {
            return Ok(true);
        }
        let done = TRIMS.get(view, room)?.unwrap_or_default();
        if any_message(view, room, done.messages, up_to.messages)? || any_file(view, room, done.files, up_to.files)? {
            found.push(Due { room, up_to });
        }
        Ok(true)
    })?;
    Ok(found)
}

/// Removes some of it, and says whether there is more.
pub fn step(change: &mut Change, due: Due) -> Result<bool> {
    // The room may be gone meanwhile.
    if !ROOMS.has(change, due.room)? {
        return Ok(false);
    }
    let done = TRIMS.get(change, due.room)?.unwrap_or_default();
    if done.messages < due.up_to.messages {
        let messages = expire_messages(change, due.room, done.messages, due.up_to.messages)?;
        TRIMS.put(change, due.room, &Trim { messages, ..done })?;
        return Ok(true);
    }
    if done.files < due.up_to.files {
        let files = expire_files(change, due.room, done.files, due.up_to.files)?;
        TRIMS.put(change, due.room, &Trim { files, ..done })?;
        return Ok(true);
    }
    Ok(false)
}

/// Removes the next messages after `done`, of those up to `up_to`. Up to where it came.
fn expire_messages(change: &mut Change, room: Id, done: Id, up_to: Id) -> Result<Id> {
    let mut found = Vec::new();
    MESSAGES.walk(change, (room, done + 1)..=(room, up_to), Direction::Up, |(_, id), row| {
        found.push((id, row));
        Ok(found.len() < limits::PRUNE_STEP_ROWS)
    })?;
    let Some((last, _)) = found.last() else { return Ok(up_to) };
    let last = if found.len() < limits::PRUNE_STEP_ROWS { up_to } else { *last };
    // Roots that lose answers, and how many of these were still to be read.
    let mut roots = BTreeMap::<Id, u64>::new();
    for (id, row) in found {
        if goes_on(change, id, up_to)? {
            if !row.head.deleted {
                message::take_back(change, row.head.user, room, id, row)?;
            }
            continue;
        }
        if let Some(root) = row.head.thread {
            *roots.entry(root).or_default() += u64::from(!row.head.deleted);
        }
        remove(change, room, id, &row)?;
    }
    for (root, lost) in roots {
        // A root that went in this step, or in an earlier one, tells nobody anything.
        let Some(row) = MESSAGES.get(change, (room, root))? else { continue };
        if root <= up_to && !goes_on(change, root, 0)? {
            remove(change, room, root, &row)?;
        } else {
            thread::lost(change, room, root, lost)?;
        }
    }
    let event = Event::MessagesExpired { room, up_to: last };
    change.announce(Audience::Room(room), &Log::MessagesExpired { up_to: last }, event)?;
    Ok(last)
}

/// Whether something was said under a message after `id`.
fn goes_on(view: &dyn View, root: Id, id: Id) -> Result<bool> {
    let mut any = false;
    THREAD_MESSAGES.walk_bytes(view, (root, id + 1)..=(root, u64::MAX), Direction::Up, |_, _| {
        any = true;
        Ok(false)
    })?;
    Ok(any)
}

fn remove(change: &mut Change, room: Id, id: Id, row: &Message) -> Result<()> {
    if THREADS.has(change, (room, id))? {
        for (user, _) in member::all(change, room)? {
            FOLLOWS.remove(change, (user, room, id))?;
        }
    }
    log::take_out(change, room, id, row)
}

/// Removes the files of the next messages after `done`, of those up to `up_to`. Up to where it came.
fn expire_files(change: &mut Change, room: Id, done: Id, up_to: Id) -> Result<Id> {
    let mut found: Vec<Id> = Vec::new();
    ROOM_FILES.walk_bytes(change, (room, done + 1, 0)..=(room, up_to, u64::MAX), Direction::Up, |(_, id, _), _| {
        if found.last() != Some(&id) {
            found.push(id);
        }
        Ok(found.len() <= limits::RETENTION_FILES_STEP)
    })?;
    let more = found.len() > limits::RETENTION_FILES_STEP;
    found.truncate(limits::RETENTION_FILES_STEP);
    for id in &found {
        let Some(mut row) = MESSAGES.get(change, (room, *id))? else { continue };
        if row.text.trim().is_empty() && row.head.kind == MessageKind::Text {
            let by = row.head.user;
            message::take_back(change, by, room, *id, row)?;
            continue;
        }
        file::forget_of(change, &row)?;
        row.files.clear();
        MESSAGES.put(change, (room, *id), &row)?;
        let event = Event::MessageUpdated(Box::new(message::view(change, room, *id, row)?));
        change.announce(Audience::Room(room), &Log::MessageUpdated { id: *id }, event)?;
    }
    Ok(match (more, found.last()) {
        (true, Some(last)) => *last,
        _ => up_to,
    })
}

fn any_message(view: &dyn View, room: Id, done: Id, up_to: Id) -> Result<bool> {
    let mut any = false;
    if done < up_to {
        MESSAGES.walk_bytes(view, (room, done + 1)..=(room, up_to), Direction::Up, |_, _| {
            any = true;
            Ok(false)
        })?;
    }
    Ok(any)
}

fn any_file(view: &dyn View, room: Id, done: Id, up_to: Id) -> Result<bool> {
    let mut any = false;
    if done < up_to {
        ROOM_FILES.walk_bytes(view, (room, done + 1, 0)..=(room, up_to, u64::MAX), Direction::Up, |_, _| {
            any = true;
            Ok(false)
        })?;
    }
    Ok(any)
}
