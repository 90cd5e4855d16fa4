//! Looks at all of a data folder: every page by its checksum, every row by its type, every file by its sum.
use super::files::Moment;
use super::view::{Direction, Snapshot, View};
use super::{DATABASE, FILES, audit, chain, lock, migrate, open_file, swap, tables};
use crate::error::{Fault, Refusal, Result};
use crate::limits;
use crate::row::Row;
use crate::store::map::{Key, Map};
use redb::{Database, ReadableDatabase};
use serde::Serialize;
use std::ops::Bound;
use std::panic::{self, AssertUnwindSafe};
use std::path::Path;

/// What was found whole.
#[derive(Debug, Clone, Serialize)]
pub struct Checked {
    pub schema: u64,
    pub tables: Vec<Table>,
}

/// A table and how many rows it has.
#[derive(Debug, Clone, Serialize)]
pub struct Table {
    pub name: &'static str,
    pub rows: u64,
}

/// Checks the database of a data folder that no server has open. Nothing in it changes. Blocks.
///
/// # Errors
/// A `Refusal` with the code `locked`, `damaged` or `newer_schema`.
pub fn check(folder: &Path) -> Result<Checked> {
    let _lock = lock(folder)?;
    // Where pages contradict each other, reading them may panic.
    panic::catch_unwind(AssertUnwindSafe(|| pages_and_rows(folder)))
        .unwrap_or_else(|_| Err(damaged(folder, "its pages contradict each other").into()))
}

fn pages_and_rows(folder: &Path) -> Result<Checked> {
    swap::settle(folder)?;
    let db = whole(folder, DATABASE, limits::DATABASE_CACHE_BYTES)?;
    let snapshot = Snapshot::new(db.begin_read().map_err(Fault::new)?);
    let schema = tables::META.need(&snapshot, "schema").map_err(|_| damaged(folder, "it does not say its schema"))?;
    migrate::check(schema)?;
    let tables = rows(&snapshot).map_err(|error| damaged(folder, &error.to_string()))?;
    let chain = chain::verify(&snapshot)?;
    if let Some(number) = chain.broken_at {
        let why = format!("the audit log does not hold together at entry {number}");
        return Err(damaged(folder, &why).into());
    }
    // An older schema knows no files.
    if schema == tables::SCHEMA {
        let bytes = whole(folder, FILES, limits::FILES_CACHE_BYTES)?;
        let wrong = audit::audit(&snapshot, &Moment::of(&bytes)?)?;
        if let Some(first) = wrong.first() {
            return Err(damaged(folder, first).into());
        }
    }
    Ok(Checked { schema, tables })
}

/// A database whose pages are all as they were written.
fn whole(folder: &Path, name: &str, cache_bytes: usize) -> Result<Database> {
    let mut db = open_file(&folder.join(name), cache_bytes)?;
    match db.check_integrity() {
        Ok(true) => Ok(db),
        Ok(false) => Err(damaged_file(folder, name, "its pages did not fit together").into()),
        Err(error) => Err(damaged_file(folder, name, &error.to_string()).into()),
    }
}

fn rows(view: &Snapshot) -> Result<Vec<Table>> {
    Ok(vec![
        table(view, &tables::META)?,
        table(view, &tables::SETTINGS)?,
        table(view, &tables::USERS)?,
        table(view, &tables::PRIVATE)?,
        table(view, &tables::USERNAMES)?,
        table(view, &tables::SESSIONS)?,
        table(view, &tables::INVITES)?,
        table(view, &tables::INVITE_CODES)?,
        table(view, &tables::RESETS)?,
        table(view, &tables::FAILURES)?,
        table(view, &tables::ROOMS)?,
        table(view, &tables::ROOM_NAMES)?,
        table(view, &tables::DIRECTS)?,
        table(view, &tables::MEMBERS)?,
        table(view, &tables::ROOMS_OF)?,
        table(view, &tables::READS)?,
        table(view, &tables::MESSAGES)?,
        table(view, &tables::MENTIONS)?,
        table(view, &tables::NONCES)?,
        table(view, &tables::EVENTS)?,
        table(view, &tables::HOURS)?,
        table(view, &tables::SWEEPS)?,
        table(view, &tables::AVATARS)?,
        table(view, &tables::REACTIONS)?,
        table(view, &tables::PINS)?,
        table(view, &tables::SAVED)?,
        table(view, &tables::VERSIONS)?,
        table(view, &tables::THREADS)?,
        table(view, &tables::THREAD_MESSAGES)?,
        table(view, &tables::FOLLOWS)?,
        table(view, &tables::DRAFTS)?,
        table(view, &tables::RECEIPTS)?,
        table(view, &tables::DELIVERED)?,
        table(view, &tables::DISCREET)?,
        table(view, &tables::FILES)?,
        table(view, &tables::UPLOADS)?,
        table(view, &tables::CONTENTS)?,
        table(view, &tables::BLOBS)?,
        table(view, &tables::UNSENT)?,
        table(view, &tables::ROOM_FILES)?,
        table(view, &tables::USAGE)?,
        table(view, &tables::LOOSE)?,
        table(view, &tables::AUDIT)?,
        table(view, &tables::CHAIN)?,
        table(view, &tables::FLOODS)?,
        table(view, &tables::BANS)?,
        table(view, &tables::ROOM_BANS)?,
        table(view, &tables::ERASES)?,
        table(view, &tables::DEVICES)?,
        table(view, &tables::KEYS)?,
        table(view, &tables::FACTORS)?,
        table(view, &tables::PASSKEYS)?,
        table(view, &tables::PASSKEY_PLACES)?,
        table(view, &tables::RESET_NOTES)?,
    ])
}

fn table<K: Key, R: Row>(view: &Snapshot, map: &Map<K, R>) -> Result<Table> {
    let mut rows = 0;
    view.walk(map.number, Bound::Unbounded, Bound::Unbounded, Direction::Up, &mut |key, row| {
        K::read(key).ok_or_else(|| Fault(format!("a key of {} cannot be read", map.name)))?;
        R::decode(row).map_err(|fault| Fault(format!("row {} of {} cannot be read: {fault}", rows + 1, map.name)))?;
        rows += 1;
        Ok(true)
    })?;
    Ok(Table { name: map.name, rows })
}

fn damaged(folder: &Path, why: &str) -> Refusal {
    damaged_file(folder, DATABASE, why)
}

fn damaged_file(folder: &Path, name: &str, why: &str) -> Refusal {
    let path = folder.join(name);
    let detail = format!("{} is damaged: {why}. Restore a backup: snug backup restore FILE --force", path.display());
    Refusal::new(503, "damaged", detail)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::store::Store;

    #[test]
    fn every_table_is_looked_at() {
        let parent = tempfile::tempdir().unwrap();
        let folder = parent.path().join("data");
        drop(Store::open(&folder, Box::new(|_| {})).unwrap());
        // The writer's thread lets go of the database a moment after the store.
        let checked = loop {
            match check(&folder) {
                Err(crate::error::Error::Refused(refusal)) if refusal.code == "locked" => std::thread::yield_now(),
                checked => break checked.unwrap(),
            }
        };
        let names: Vec<_> = checked.tables.iter().map(|table| table.name).collect();
        assert_eq!(names, tables::NAMES);
    }
}
