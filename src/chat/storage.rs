//! What files take: the same bytes once, however many files they are, and what people and the server have of space.
use crate::error::{Fault, Refusal, Result};
use crate::event::Event;
use crate::id::Id;
use crate::row::{Blob, Content, Usage};
use crate::store::tables::{BLOBS, CONTENTS, LOOSE, USAGE};
use crate::store::{Change, Direction, View};

/// How much there may be of everything, in bytes; 0 for no limit (S39).
#[derive(Debug, Clone, Copy)]
pub struct Quotas {
    pub upload_max: u64,
    pub user: u64,
    pub storage: u64,
}

/// Where the usage of the whole server is: what is stored on disk.
pub const ALL: Id = 0;

pub fn usage(view: &dyn View, user: Id) -> Result<Usage> {
    Ok(USAGE.get(view, user)?.unwrap_or_default())
}

impl Quotas {
    /// Refuses a file that is larger than one may be.
    pub fn check_size(&self, size: u64) -> Result<()> {
        match self.upload_max {
            max if max > 0 && size > max => Err(too_large(max).into()),
            _ => Ok(()),
        }
    }
}

/// Takes space for bytes that are about to come.
pub fn reserve(change: &mut Change, user: Id, bytes: u64, quotas: Quotas) -> Result<()> {
    let mut own = usage(change, user)?;
    let mut all = usage(change, ALL)?;
    let within =
        |usage: &Usage, max| max == 0 || usage.bytes.saturating_add(usage.reserved).saturating_add(bytes) <= max;
    if !within(&own, quotas.user) {
        let detail =
            "Your files would take more than you may have on this server. Delete some that you no longer need.";
        return Err(Refusal::new(413, "quota_exceeded", detail).into());
    }
    if !within(&all, quotas.storage) {
        let detail = "The files on this server take all the space that they may. Its operator has to make room.";
        return Err(Refusal::new(507, "storage_full", detail).into());
    }
    own.reserved += bytes;
    all.reserved += bytes;
    put(change, user, &own)?;
    put(change, ALL, &all)
}

/// Gives reserved space back.
pub fn release(change: &mut Change, user: Id, bytes: u64) -> Result<()> {
    for id in [user, ALL] {
        let mut usage = usage(change, id)?;
        usage.reserved = less(usage.reserved, bytes, id);
        put(change, id, &usage)?;
    }
    Ok(())
}

/// A file more, of bytes that are in `blob`. If the same bytes are here already, those in `blob` go.
pub fn add(change: &mut Change, user: Id, sha256: [u8; 32], blob: Id, size: u64) -> Result<()> {
    match CONTENTS.get(change, sha256)? {
        Some(known) => {
            CONTENTS.put(change, sha256, &Content { refs: known.refs + 1, ..known })?;
            free(change, blob)?;
        }
        None => {
            CONTENTS.put(change, sha256, &Content { blob, size, refs: 1 })?;
            stored(change, 1, size)?;
        }
    }
    let mut own = usage(change, user)?;
    own.files += 1;
    own.bytes += size;
    put(change, user, &own)
}

/// A file less. With the last one of its bytes they go too.
pub fn take(change: &mut Change, user: Id, sha256: [u8; 32], size: u64) -> Result<()> {
    match CONTENTS.get(change, sha256)? {
        Some(known) if known.refs > 1 => CONTENTS.put(change, sha256, &Content { refs: known.refs - 1, ..known })?,
        Some(known) => {
            CONTENTS.remove(change, sha256)?;
            taken(change, 1, known.size)?;
            free(change, known.blob)?;
        }
        None => return Err(Fault::new("the bytes of a file have no row").into()),
    }
    let mut own = usage(change, user)?;
    own.files = less(own.files, 1, user);
    own.bytes = less(own.bytes, size, user);
    put(change, user, &own)
}

/// Counts something more that is on disk.
pub fn stored(change: &mut Change, files: u64, bytes: u64) -> Result<()> {
    let mut all = usage(change, ALL)?;
    all.files += files;
    all.bytes += bytes;
    put(change, ALL, &all)
}

/// Counts something less.
pub fn taken(change: &mut Change, files: u64, bytes: u64) -> Result<()> {
    let mut all = usage(change, ALL)?;
    all.files = less(all.files, files, ALL);
    all.bytes = less(all.bytes, bytes, ALL);
    put(change, ALL, &all)
}

/// Says that no row names a blob any more; its bytes go once that is on disk.
pub fn free(change: &mut Change, blob: Id) -> Result<()> {
    BLOBS.put(change, blob, &Blob::Freeing)?;
    LOOSE.put(change, blob, &())?;
    change.tell_server(Event::BlobsFreeing);
    Ok(())
}

/// Some blobs whose bytes can go.
pub fn freeing(view: &dyn View, limit: usize) -> Result<Vec<Id>> {
    let mut found = Vec::new();
    LOOSE.walk(view, .., Direction::Up, |blob, ()| {
        if BLOBS.get(view, blob)? == Some(Blob::Freeing) {
            found.push(blob);
        }
        Ok(found.len() < limit)
    })?;
    Ok(found)
}

/// The bytes of these are gone.
pub fn freed(change: &mut Change, blobs: &[Id]) -> Result<()> {
    for blob in blobs {
        BLOBS.remove(change, *blob)?;
        LOOSE.remove(change, *blob)?;
    }
    Ok(())
}

/// A number for bytes that come before the row that will name them.
pub fn coming(change: &mut Change) -> Result<Id> {
    let blob = change.next_id();
    BLOBS.put(change, blob, &Blob::Coming)?;
    LOOSE.put(change, blob, &())?;
    Ok(blob)
}

/// A row names them now.
pub fn named(change: &mut Change, blob: Id) -> Result<()> {
    BLOBS.put(change, blob, &Blob::Live)?;
    LOOSE.remove(change, blob).map(drop)
}

/// Gives up bytes that an earlier run of the server, up to `last`, began and no row came to name.
pub fn give_up_coming(change: &mut Change, last: Id) -> Result<()> {
    let mut coming = Vec::new();
    LOOSE.walk(change, ..=last, Direction::Up, |blob, ()| {
        coming.extend((BLOBS.get(change, blob)? == Some(Blob::Coming)).then_some(blob));
        Ok(true)
    })?;
    for blob in coming {
        free(change, blob)?;
    }
    Ok(())
}

fn put(change: &mut Change, user: Id, usage: &Usage) -> Result<()> {
    match *usage == Usage::default() {
        true => USAGE.remove(change, user).map(drop),
        false => USAGE.put(change, user, usage),
    }
}

/// A count that would fall below nothing is a mistake of ours, which must not stop anybody from deleting.
fn less(count: u64, by: u64, user: Id) -> u64 {
    count.checked_sub(by).unwrap_or_else(|| {
        tracing::error!(user, count, by, "a count of files fell below zero");
        0
    })
}

fn too_large(max: u64) -> Refusal {
    Refusal::new(413, "too_large", format!("A file has at most {max} bytes on this server."))
}
