//! Takes back all that an erased person said, in small steps, so that nobody waits for it.
use super::message;
use crate::error::Result;
use crate::id::Id;
use crate::limits;
use crate::row::{Erase, MessageKind};
use crate::store::tables::{ERASES, MESSAGES};
use crate::store::{Change, Direction};

/// Begins with a person; the steps follow.
pub fn begin(change: &mut Change, user: Id) -> Result<()> {
    ERASES.put(change, user, &Erase { room: 0, message: 0 })
}

/// Takes back some, and says whether there is more.
pub fn step(change: &mut Change) -> Result<bool> {
    let Some((user, place)) = ERASES.list(change, .., 1)?.pop() else { return Ok(false) };
    let (mut found, mut looked, mut last) = (Vec::new(), 0, None);
    MESSAGES.walk(change, (place.room, place.message + 1).., Direction::Up, |(room, id), row| {
        looked += 1;
        last = Some(Erase { room, message: id });
        if row.head.user == user && row.head.kind == MessageKind::Text && !row.head.deleted {
            found.push((room, id, row));
        }
        Ok(looked < limits::ERASE_LOOK_ROWS && found.len() < limits::PRUNE_STEP_ROWS)
    })?;
    for (room, id, row) in found {
        message::take_back(change, user, room, id, row)?;
    }
    match last {
        Some(last) => ERASES.put(change, user, &last)?,
        None => drop(ERASES.remove(change, user)?),
    }
    Ok(true)
}
