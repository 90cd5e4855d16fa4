//! What a member has not read: counted from the read mark each time, never stored (law 4).
use super::{log, mention, permission, receipt};
use crate::error::Result;
use crate::event::{Audience, Event};
use crate::id::Id;
use crate::limits;
use crate::row::{Log, Message, MessageHead, Row};
use crate::store::tables::{MESSAGES, READS, ROOMS_OF};
use crate::store::{Change, Direction, View};

/// The newest message that `user` has read in `room`.
pub fn read_mark(view: &dyn View, room: Id, user: Id) -> Result<Id> {
    Ok(READS.seen(view, (room, user))?.unwrap_or(0))
}

/// Other people's words after the mark, up to 100 (PROTOCOL, Objects).
pub fn count(view: &dyn View, room: Id, user: Id, mark: Id) -> Result<u32> {
    let mut unread = 0;
    MESSAGES.walk_bytes(view, (room, mark.saturating_add(1))..=(room, u64::MAX), Direction::Up, |_, bytes| {
        unread += u32::from(head(bytes).is_some_and(|head| head.counts_for(user)));
        Ok(unread < limits::UNREAD_MAX)
    })?;
    Ok(unread)
}

/// Those of them that call `user`, up to 100.
pub fn count_mentions(view: &dyn View, room: Id, user: Id, mark: Id) -> Result<u32> {
    let max = limits::UNREAD_MAX;
    let messages = mention::after(view, user, room, mark, max as usize, |message| {
        Ok(MESSAGES.seen(view, (room, message))?.is_some_and(|row| row.head.counts_for(user)))
    })?;
    Ok(max.min(messages.len() as u32))
}

/// Moves the mark up to `up_to`, or to the newest message if that lies ahead. A lower one changes nothing.
pub fn read(change: &mut Change, user: Id, room: Id, up_to: Id) -> Result<()> {
    permission::member(change, room, user)?;
    read_to(change, user, room, up_to.min(log::newest_message(change, room)?))
}

/// Marks every room read, to its newest message.
pub fn read_all(change: &mut Change, user: Id) -> Result<()> {
    for ((_, room), ()) in ROOMS_OF.list(change, (user, 0)..=(user, u64::MAX), usize::MAX)? {
        let newest = log::newest_message(change, room)?;
        read_to(change, user, room, newest)?;
    }
    Ok(())
}

/// Sets the mark back so that `from` is the first unread message.
pub fn unread(change: &mut Change, user: Id, room: Id, from: Id) -> Result<()> {
    permission::member(change, room, user)?;
    if from <= read_mark(change, room, user)? {
        set(change, user, room, from.saturating_sub(1))?;
    }
    Ok(())
}

fn read_to(change: &mut Change, user: Id, room: Id, up_to: Id) -> Result<()> {
    if up_to > read_mark(change, room, user)? {
        set(change, user, room, up_to)?;
    }
    // Told to others only once, however often something is marked as unread again.
    receipt::read(change, room, user, up_to)
}

fn set(change: &mut Change, user: Id, room: Id, mark: Id) -> Result<()> {
    READS.put(change, (room, user), &mark)?;
    let me = super::room::me(change, room, user)?;
    change.announce(Audience::User(user), &Log::RoomMeUpdated { room }, Event::RoomMeUpdated { room, me })?;
    Ok(())
}

/// The first fields of a stored message, without its text.
pub(super) fn head(bytes: &[u8]) -> Option<MessageHead> {
    match bytes.split_first() {
        // In every version so far a message begins with it.
        Some((&version, rest)) if version <= Message::VERSION => {
            postcard::take_from_bytes(rest).ok().map(|(head, _)| head)
        }
        _ => Message::decode(bytes).ok().map(|row| row.head),
    }
}
