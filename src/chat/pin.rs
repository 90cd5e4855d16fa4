//! Messages that a room holds up for everyone.
use super::log;
use super::message::{self, List};
use super::permission::{self, Rule};
use crate::error::{self, Result};
use crate::event::{Audience, Event, MessageView};
use crate::id::Id;
use crate::limits;
use crate::row::{Log, MessageKind, Pin};
use crate::store::tables::{MESSAGES, PINS};
use crate::store::{Change, View};

/// Pins a message and leaves a notice that leads to it. A second time changes nothing.
pub fn add(change: &mut Change, user: Id, room: Id, id: Id) -> Result<MessageView> {
    may_pin(change, user, room)?;
    let row = message::said(change, room, id)?;
    if is_pinned(change, room, id)? {
        return message::view(change, room, id, row);
    }
    if all(change, room)?.len() >= limits::PINS_MAX {
        let detail = "A room has at most 100 pinned messages. Unpin one that is no longer needed.";
        return Err(error::conflict("too_many_pins", detail).into());
    }
    let order = change.newest_id();
    PINS.put(change, (room, id), &Pin { by: user, order })?;
    let log = Log::PinAdded { message: id, user };
    change.announce(Audience::Room(room), &log, Event::PinAdded { room, message: id, user })?;
    log::notice_about(change, room, user, MessageKind::Pinned, id)?;
    message::view(change, room, id, row)
}

/// Takes a pin away.
pub fn remove(change: &mut Change, user: Id, room: Id, id: Id) -> Result<()> {
    may_pin(change, user, room)?;
    message::said(change, room, id)?;
    forget(change, user, room, id)
}

/// The pinned messages of a room that one is in, oldest pin first, after the cursor `after`.
pub fn list(view: &dyn View, user: Id, room: Id, after: Id, limit: usize) -> Result<List> {
    permission::member(view, room, user)?;
    let mut pins = all(view, room)?;
    pins.retain(|(_, pin)| pin.order > after);
    let next = pins.get(limit.saturating_sub(1)).filter(|_| pins.len() > limit).map(|(_, pin)| pin.order);
    let mut messages = Vec::with_capacity(pins.len().min(limit));
    for (id, _) in pins.into_iter().take(limit) {
        if let Some(row) = MESSAGES.seen(view, (room, id))? {
            messages.push(message::view(view, room, id, row)?);
        }
    }
    List::new(view, messages, next)
}

pub fn is_pinned(view: &dyn View, room: Id, message: Id) -> Result<bool> {
    PINS.has(view, (room, message))
}

/// Unpins a message, if it is pinned, because `user` wanted it gone.
pub fn forget(change: &mut Change, user: Id, room: Id, id: Id) -> Result<()> {
    if PINS.remove(change, (room, id))? {
        let log = Log::PinRemoved { message: id, user };
        change.announce(Audience::Room(room), &log, Event::PinRemoved { room, message: id, user })?;
    }
    Ok(())
}

/// Refuses who may not pin here.
fn may_pin(view: &dyn View, user: Id, room: Id) -> Result<()> {
    permission::member(view, room, user)?.not_archived()?.may(Rule::Pin)
}

/// The pins of a room in the order in which they were made.
fn all(view: &dyn View, room: Id) -> Result<Vec<(Id, Pin)>> {
    let rows = PINS.list(view, (room, 0)..=(room, u64::MAX), usize::MAX)?;
    let mut pins: Vec<(Id, Pin)> = rows.into_iter().map(|((_, id), pin)| (id, pin)).collect();
    pins.sort_by_key(|(_, pin)| pin.order);
    Ok(pins)
}
