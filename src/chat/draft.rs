//! Words not sent yet, one draft for each room and thread, so that they follow their author from device to device.
use super::{message, permission};
use crate::error::{self, Result};
use crate::event::{Audience, DraftView, Event};
use crate::id::Id;
use crate::limits;
use crate::row::{self, Log, MessageKind};
use crate::store::tables::{DRAFTS, MESSAGES};
use crate::store::{Change, Direction, View};

/// A draft as its author's device gives it.
#[derive(Debug, Clone)]
pub struct NewDraft {
    pub room: Id,
    pub thread: Option<Id>,
    pub text: String,
    pub reply_to: Option<Id>,
}

/// Refuses words that could never be sent. Done before the writer is asked.
pub fn check(draft: &NewDraft) -> Result<()> {
    match draft.text.trim() {
        "" => Ok(()),
        _ => message::check_length(&draft.text),
    }
}

/// Keeps a draft in the place of the one before; without words there is none.
pub fn keep(change: &mut Change, user: Id, draft: &NewDraft) -> Result<Option<DraftView>> {
    let NewDraft { room, thread, text, reply_to } = draft;
    if text.trim().is_empty() {
        remove(change, user, *room, *thread)?;
        return Ok(None);
    }
    permission::member(change, *room, user)?;
    for (field, id) in [("thread", thread), ("reply_to", reply_to)] {
        if let Some(id) = id
            && !MESSAGES.get(change, (*room, *id))?.is_some_and(|row| row.head.kind == MessageKind::Text)
        {
            return Err(error::invalid(field, "There is no such message in this room.").into());
        }
    }
    let place = key(user, *room, *thread);
    let (others, bytes) = others(change, user, place)?;
    if others >= limits::DRAFTS_MAX || bytes + text.len() > limits::DRAFTS_BYTES_MAX {
        let detail = "You have 500 drafts, or a megabyte of them. Send or clear some first.";
        return Err(error::conflict("too_many_drafts", detail).into());
    }
    let row = row::Draft { text: text.clone(), reply_to: *reply_to, at: change.now };
    DRAFTS.put(change, place, &row)?;
    let view = DraftView { room: *room, thread: *thread, row };
    tell(change, user, view.clone())?;
    Ok(Some(view))
}

/// Takes a draft away; where there is none, nothing changes.
pub fn remove(change: &mut Change, user: Id, room: Id, thread: Option<Id>) -> Result<()> {
    permission::member(change, room, user)?;
    clear(change, user, room, thread)
}

/// The words were sent: their draft goes, on every device.
pub fn clear(change: &mut Change, user: Id, room: Id, thread: Option<Id>) -> Result<()> {
    if DRAFTS.remove(change, key(user, room, thread))? {
        let gone = gone(change.now);
        tell(change, user, DraftView { room, thread, row: gone })?;
    }
    Ok(())
}

/// Who leaves a room leaves no words behind in it. Nobody needs to be told: they hear that they left.
pub fn forget(change: &mut Change, user: Id, room: Id) -> Result<()> {
    for (key, _) in DRAFTS.list(change, (user, room, 0)..=(user, room, u64::MAX), limits::DRAFTS_MAX)? {
        DRAFTS.remove(change, key)?;
    }
    Ok(())
}

/// Every draft of a person.
pub fn all(view: &dyn View, user: Id) -> Result<Vec<DraftView>> {
    let rows = DRAFTS.list(view, (user, 0, 0)..=(user, u64::MAX, u64::MAX), limits::DRAFTS_MAX)?;
    let shown = |((_, room, thread), row)| DraftView { room, thread: Some(thread).filter(|id| *id > 0), row };
    Ok(rows.into_iter().map(shown).collect())
}

/// What is kept for one place now.
pub fn present(view: &dyn View, user: Id, room: Id, thread: Option<Id>) -> Result<DraftView> {
    let row = DRAFTS.get(view, key(user, room, thread))?.unwrap_or_else(|| gone(crate::clock::now()));
    Ok(DraftView { room, thread, row })
}

/// How many drafts a person has beside the one in `place`, and their bytes.
fn others(view: &dyn View, user: Id, place: (Id, Id, Id)) -> Result<(usize, usize)> {
    let (mut count, mut size) = (0, 0);
    DRAFTS.walk_bytes(view, (user, 0, 0)..=(user, u64::MAX, u64::MAX), Direction::Up, |key, bytes| {
        if key != place {
            count += 1;
            size += bytes.len();
        }
        Ok(count < limits::DRAFTS_MAX)
    })?;
    Ok((count, size))
}

fn tell(change: &mut Change, user: Id, view: DraftView) -> Result<()> {
    let log = Log::DraftUpdated { room: view.room, thread: view.thread };
    change.announce(Audience::User(user), &log, Event::DraftUpdated(Box::new(view)))?;
    Ok(())
}

fn gone(at: crate::clock::Millis) -> row::Draft {
    row::Draft { text: String::new(), reply_to: None, at }
}

fn key(user: Id, room: Id, thread: Option<Id>) -> (Id, Id, Id) {
    (user, room, thread.unwrap_or(0))
}
