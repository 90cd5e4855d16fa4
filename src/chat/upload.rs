//! A file on its way: begun, given space while it comes, finished or given up.
use super::permission::{self, Rule};
use super::storage::{self, Quotas};
use super::{file, filename};
use crate::error::{self, Refusal, Result};
use crate::event::FileView;
use crate::id::{self, Id};
use crate::limits;
use crate::row::{Blob, File, Upload};
use crate::store::files::Finished;
use crate::store::tables::{BLOBS, FILES, UNSENT, UPLOADS};
use crate::store::{Change, Direction, View};

/// A file that somebody is about to send.
#[derive(Debug, Clone, Default)]
pub struct NewUpload {
    pub name: String,
    /// What its sender says that it is. Nothing is done on its word.
    pub claimed: Option<String>,
    /// None: nobody knows yet.
    pub length: Option<u64>,
    pub duration_ms: Option<u32>,
    /// The bars of a voice note.
    pub waveform: Option<Vec<u8>>,
}

/// What became of an upload: it is on its way, or a file.
#[derive(Debug, Clone)]
pub enum Found {
    Coming(Upload),
    Whole(FileView),
}

/// Refuses what cannot be. Done before the writer is asked.
pub fn check(new: &NewUpload) -> Result<()> {
    let bars = new.waveform.as_deref().unwrap_or_default();
    if bars.len() > limits::WAVEFORM_BARS_MAX || bars.iter().any(|bar| *bar > limits::WAVEFORM_BAR_MAX) {
        return Err(error::invalid("waveform", "A waveform has at most 64 numbers from 0 to 31.").into());
    }
    Ok(())
}

/// Takes space and a place for a file. Its id.
pub fn begin(change: &mut Change, user: Id, room: Id, new: &NewUpload, quotas: Quotas) -> Result<(String, Upload)> {
    may_post(change, user, room)?;
    quotas.check_size(new.length.unwrap_or(0))?;
    check_count(change, user)?;
    let reserved = new.length.unwrap_or(0);
    storage::reserve(change, user, reserved, quotas)?;
    let (id, blob) = (id::secret::<16>(), change.next_id());
    let row = Upload {
        room,
        user,
        name: filename::clean(&new.name),
        claimed: new.claimed.clone(),
        length: new.length,
        reserved,
        blob,
        at: change.now,
        duration_ms: new.duration_ms,
        waveform: new.waveform.clone(),
    };
    BLOBS.put(change, blob, &Blob::Live)?;
    UPLOADS.put(change, &id, &row)?;
    UNSENT.put(change, (user, blob), &id)?;
    Ok((id, row))
}

/// One's own upload, while one may still send in its room.
pub fn own(view: &dyn View, user: Id, id: &str) -> Result<Upload> {
    let row = UPLOADS.get(view, id)?.filter(|row| row.user == user).ok_or_else(error::not_found)?;
    may_post(view, user, row.room)?;
    Ok(row)
}

/// What became of an upload of one's own in a room.
pub fn find(view: &dyn View, user: Id, room: Id, id: &str) -> Result<Found> {
    if let Some(row) = UPLOADS.get(view, id)?.filter(|row| row.user == user && row.room == room) {
        permission::member(view, room, user)?;
        return Ok(Found::Coming(row));
    }
    let file = file::find(view, user, id)?;
    match file.row.user == user && file.row.room == room {
        true => Ok(Found::Whole(file)),
        false => Err(error::not_found().into()),
    }
}

/// Makes sure that there is space for `total` bytes, of an upload whose length nobody knows. How far there is.
pub fn reserve(change: &mut Change, user: Id, id: &str, total: u64, quotas: Quotas) -> Result<u64> {
    let row = own(change, user, id)?;
    quotas.check_size(total)?;
    if total <= row.reserved {
        return Ok(row.reserved);
    }
    // A large step, or just what is needed where there is no more.
    let most = if quotas.upload_max > 0 { quotas.upload_max } else { u64::MAX };
    let step = total.max(row.reserved.saturating_add(limits::RESERVE_STEP_BYTES).min(most));
    let reserved = match storage::reserve(change, user, step - row.reserved, quotas) {
        Ok(()) => step,
        Err(_) => {
            storage::reserve(change, user, total - row.reserved, quotas)?;
            total
        }
    };
    UPLOADS.put(change, id, &Upload { reserved, at: change.now, ..row })?;
    Ok(reserved)
}

/// Remembers when bytes came for the last time.
pub fn touch(change: &mut Change, user: Id, id: &str) -> Result<()> {
    let row = UPLOADS.get(change, id)?.filter(|row| row.user == user).ok_or_else(error::not_found)?;
    UPLOADS.put(change, id, &Upload { at: change.now, ..row })
}

/// Says how long an upload is that began without saying so.
pub fn set_length(change: &mut Change, user: Id, id: &str, length: u64, quotas: Quotas) -> Result<Upload> {
    let row = own(change, user, id)?;
    if let Some(known) = row.length {
        return match known == length {
            true => Ok(row),
            false => Err(error::conflict("length_known", "This upload has another length.").into()),
        };
    }
    quotas.check_size(length)?;
    match length.checked_sub(row.reserved) {
        Some(more) => storage::reserve(change, user, more, quotas)?,
        None => storage::release(change, user, row.reserved - length)?,
    }
    let row = Upload { length: Some(length), reserved: length, ..row };
    UPLOADS.put(change, id, &row)?;
    Ok(row)
}

/// Makes a file of an upload whose bytes are all durable.
pub fn finish(change: &mut Change, user: Id, id: &str, whole: &Finished) -> Result<FileView> {
    let row = own(change, user, id)?;
    if row.length.is_some_and(|length| length != whole.size) {
        return Err(error::conflict("upload_incomplete", "Not all bytes of this file have come yet.").into());
    }
    let kind = super::kind::of(&whole.head, whole.size);
    let file = File {
        room: row.room,
        user,
        name: row.name,
        kind: kind.media_type.into(),
        size: whole.size,
        width: kind.width,
        height: kind.height,
        duration_ms: row.duration_ms,
        waveform: row.waveform,
        sha256: whole.sha256,
        at: change.now,
        message: None,
        thumb: None,
        order: row.blob,
    };
    storage::release(change, user, row.reserved)?;
    storage::add(change, user, whole.sha256, row.blob, whole.size)?;
    UPLOADS.remove(change, id)?;
    FILES.put(change, id, &file)?;
    Ok(FileView { id: id.to_owned(), row: file })
}

/// Gives up one's own upload, or the file that it became and nobody sent.
pub fn cancel(change: &mut Change, user: Id, id: &str) -> Result<()> {
    if let Some(row) = UPLOADS.get(change, id)?.filter(|row| row.user == user) {
        return forget(change, id, &row);
    }
    let row = FILES.get(change, id)?.filter(|row| row.user == user && row.message.is_none());
    file::forget(change, id, &row.ok_or_else(error::not_found)?)
}

/// Forgets an upload and gives its space back.
fn forget(change: &mut Change, id: &str, row: &Upload) -> Result<()> {
    UPLOADS.remove(change, id)?;
    UNSENT.remove(change, (row.user, row.blob))?;
    storage::release(change, row.user, row.reserved)?;
    storage::free(change, row.blob)
}

/// What was not finished or not sent, and got its last byte at `until` or before.
pub fn expired(view: &dyn View, until: u64) -> Result<Vec<String>> {
    let mut found = Vec::new();
    UNSENT.walk(view, .., Direction::Up, |_, id| {
        if is_expired(view, &id, until)? {
            found.push(id);
        }
        Ok(true)
    })?;
    Ok(found)
}

/// Forgets these, if they are still as old and as unsent as they were: how many, and their bytes.
pub fn forget_expired(change: &mut Change, ids: &[String], until: u64) -> Result<(u64, u64)> {
    let (mut files, mut bytes) = (0, 0);
    for id in ids {
        if is_expired(change, id, until)? {
            bytes += forget_unsent(change, id)?;
            files += 1;
        }
    }
    Ok((files, bytes))
}

/// Forgets what an erased person did not send.
pub fn forget_of(change: &mut Change, user: Id) -> Result<()> {
    for (_, id) in UNSENT.list(change, (user, 0)..=(user, u64::MAX), usize::MAX)? {
        forget_unsent(change, &id)?;
    }
    Ok(())
}

/// Forgets what was not sent in a room that is gone.
pub fn forget_in(change: &mut Change, room: Id) -> Result<()> {
    for (_, id) in UNSENT.list(change, .., usize::MAX)? {
        let upload = UPLOADS.get(change, &id)?.map(|row| row.room);
        let file = FILES.get(change, &id)?.map(|row| row.room);
        if upload.or(file) == Some(room) {
            forget_unsent(change, &id)?;
        }
    }
    Ok(())
}

fn is_expired(view: &dyn View, id: &str, until: u64) -> Result<bool> {
    if let Some(row) = UPLOADS.get(view, id)? {
        return Ok(row.at <= until);
    }
    Ok(FILES.get(view, id)?.is_some_and(|row| row.message.is_none() && row.at <= until))
}

/// Forgets an upload or an unsent file: the bytes that it had or was to have.
fn forget_unsent(change: &mut Change, id: &str) -> Result<u64> {
    if let Some(row) = UPLOADS.get(change, id)? {
        forget(change, id, &row)?;
        return Ok(row.reserved);
    }
    match FILES.get(change, id)? {
        Some(row) => file::forget(change, id, &row).map(|()| row.size),
        None => Ok(0),
    }
}

/// Who may say something in a room may upload there.
fn may_post(view: &dyn View, user: Id, room: Id) -> Result<()> {
    permission::member(view, room, user)?.not_archived()?.may(Rule::Post)
}

/// Refuses one upload too many, of those not finished and of those not sent.
fn check_count(view: &dyn View, user: Id) -> Result<()> {
    let (mut coming, mut whole) = (0, 0);
    for (_, id) in UNSENT.list(view, (user, 0)..=(user, u64::MAX), usize::MAX)? {
        match UPLOADS.has(view, &id)? {
            true => coming += 1,
            false => whole += 1,
        }
    }
    if coming < limits::UPLOADS_MAX && whole < limits::UNSENT_FILES_MAX {
        return Ok(());
    }
    let detail = "You have many files that are not finished or not sent. Finish, send or cancel some of them.";
    Err(Refusal::new(429, "too_many_uploads", detail).retry_after(60).into())
}
