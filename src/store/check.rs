//! Looks at all of a data folder: every page by its checksum, every row by its type, every file by its sum.
use super::files::Moment;
use super::pace::Pace;
use super::slot::Slot;
use super::view::{Direction, Snapshot, View};
use super::{DATABASE, FILES, audit, chain, lock, migrate, open_file, open_loosely, swap, tables};
use crate::error::{Fault, Refusal, Result};
use crate::limits;
use crate::row::Row;
use crate::store::map::{Key, Map};
use redb::Database;
use serde::Serialize;
use std::ops::Bound;
use std::panic::{self, AssertUnwindSafe};
use std::path::Path;
use std::sync::Arc;

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
    let open = |name: &str| {
        let cache = if name == FILES { limits::FILES_CACHE_BYTES } else { limits::DATABASE_CACHE_BYTES };
        open_file(&folder.join(name), cache)
    };
    all(folder, &open, true, &Pace::alone())
}

/// Likewise of what was restored on trial, beside a server that works, with little memory; if wished without the bytes of files.
pub fn check_on_trial(folder: &Path, with_bytes: bool, pace: &Pace) -> Result<Checked> {
    all(folder, &|name| open_loosely(&folder.join(name)), with_bytes, pace)
}

/// Opens one of a folder's databases.
type Open<'o> = &'o dyn Fn(&str) -> Result<Database>;

fn all(folder: &Path, open: Open, with_bytes: bool, pace: &Pace) -> Result<Checked> {
    let _lock = lock(folder)?;
    // Where pages contradict each other, reading them may panic.
    panic::catch_unwind(AssertUnwindSafe(|| pages_and_rows(folder, open, with_bytes, pace)))
        .unwrap_or_else(|_| Err(damaged(folder, "its pages contradict each other").into()))
}

fn pages_and_rows(folder: &Path, open: Open, with_bytes: bool, pace: &Pace) -> Result<Checked> {
    swap::settle(folder)?;
    let db = whole(folder, DATABASE, open)?;
    let snapshot = Snapshot::new(Slot::given(Arc::new(db)).begin_read()?);
    let schema = tables::META.need(&snapshot, "schema").map_err(|_| damaged(folder, "it does not say its schema"))?;
    migrate::check(schema)?;
    let tables = rows(&snapshot, pace).map_err(|error| damaged(folder, &error.to_string()))?;
    let chain = chain::verify(&snapshot)?;
    if let Some(number) = chain.broken_at {
        let why = format!("the audit log does not hold together at entry {number}");
        return Err(damaged(folder, &why).into());
    }
    // An older schema knows no files.
    if schema == tables::SCHEMA {
        let bytes = whole(folder, FILES, open)?;
        let moment = Moment::of(&bytes)?;
        let wrong = audit::audit_with(&snapshot, with_bytes.then_some(&moment))?;
        if let Some(first) = wrong.first() {
            return Err(damaged(folder, first).into());
        }
    }
    Ok(Checked { schema, tables })
}

/// A database whose pages are all as they were written.
fn whole(folder: &Path, name: &str, open: Open) -> Result<Database> {
    let mut db = open(name)?;
    match db.check_integrity() {
        Ok(true) => Ok(db),
        Ok(false) => Err(damaged_file(folder, name, "its pages did not fit together").into()),
        Err(error) => Err(damaged_file(folder, name, &error.to_string()).into()),
    }
}

macro_rules! every_table {
    ($($name:ident)*) => {
        fn rows(view: &Snapshot, pace: &Pace) -> Result<Vec<Table>> {
            Ok(vec![$(table(view, &tables::$name, pace)?,)*])
        }

        /// Whether a key and a row of a table can be read.
        pub fn can_read(table: usize, key: &[u8], row: &[u8]) -> Result<(), Fault> {
            match table {
                $(number if number == tables::$name.number => reads(&tables::$name, key, row),)*
                _ => Err(Fault::new("there is no such table")),
            }
        }
    };
}

every_table! {
    META
    SETTINGS
    USERS
    PRIVATE
    USERNAMES
    SESSIONS
    INVITES
    INVITE_CODES
    RESETS
    FAILURES
    ROOMS
    ROOM_NAMES
    DIRECTS
    MEMBERS
    ROOMS_OF
    READS
    MESSAGES
    MENTIONS
    NONCES
    EVENTS
    HOURS
    SWEEPS
    AVATARS
    REACTIONS
    PINS
    SAVED
    VERSIONS
    THREADS
    THREAD_MESSAGES
    FOLLOWS
    DRAFTS
    RECEIPTS
    DELIVERED
    DISCREET
    FILES
    UPLOADS
    CONTENTS
    BLOBS
    UNSENT
    ROOM_FILES
    USAGE
    LOOSE
    AUDIT
    CHAIN
    FLOODS
    BANS
    ROOM_BANS
    ERASES
    DEVICES
    KEYS
    FACTORS
    PASSKEYS
    PASSKEY_PLACES
    RESET_NOTES TRIMS
}

fn reads<K: Key, R: Row>(map: &Map<K, R>, key: &[u8], row: &[u8]) -> Result<(), Fault> {
    K::read(key).ok_or_else(|| Fault(format!("a key of {} cannot be read", map.name)))?;
    R::decode(row).map(drop).map_err(|fault| Fault(format!("a row of {} cannot be read: {fault}", map.name)))
}

fn table<K: Key, R: Row>(view: &Snapshot, map: &Map<K, R>, pace: &Pace) -> Result<Table> {
    let (mut rows, mut waiting) = (0, 0);
    view.walk(map.number, Bound::Unbounded, Bound::Unbounded, Direction::Up, &mut |key, row| {
        K::read(key).ok_or_else(|| Fault(format!("a key of {} cannot be read", map.name)))?;
        R::decode(row).map_err(|fault| Fault(format!("row {} of {} cannot be read: {fault}", rows + 1, map.name)))?;
        rows += 1;
        waiting += key.len() + row.len();
        if waiting >= limits::COPY_SLICE_BYTES {
            pace.did(std::mem::take(&mut waiting) as u64)?;
        }
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
