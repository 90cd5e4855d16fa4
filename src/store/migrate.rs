//! From whatever a database was written by to the schema of this program, in one transaction; a newer one is refused.
use super::slot::Slot;
use super::tables::{self, META, SCHEMA};
use super::view::{Snapshot, definition};
use super::writer::Change;
use super::{DATABASE, disk, space};
use crate::error::{Error, Fault, Refusal, Result};
use redb::Database;
use std::fs;
use std::path::Path;

/// A step from its index plus 1 to the next schema. Each runs in the transaction that also writes the new number.
type Step = fn(&mut Change) -> Result<()>;
const STEPS: [Step; (SCHEMA - 1) as usize] = [
    // To 2: users and rooms have more fields. Old rows are read as they are (`row::past`), so there is nothing to do here
    // but to say that an older program cannot read what this one writes.
    |_| Ok(()),
    // To 3: messages have files. Likewise.
    |_| Ok(()),
    // To 4: sessions are of a browser or of an API client. Likewise.
    |_| Ok(()),
    // To 5: rooms say how long their messages are kept, and logs that some are gone. Likewise.
    |_| Ok(()),
];

/// What a database from before a migration is called: its name, and the schema that it was brought to.
const KEPT: &str = "snug.redb.before-schema-";

/// Whether a database was written by an older program.
pub(super) fn is_due(slot: &Slot) -> Result<bool> {
    let txn = slot.begin_read()?;
    let view = Snapshot::new(txn);
    // One that is just being made has no tables yet.
    if !view.has_table(META.number)? {
        return Ok(false);
    }
    Ok(META.get(&view, "schema")?.is_some_and(|found| found < SCHEMA))
}

/// Whether there is nothing to change. Nothing is written then: on a file with certain damage redb panics in a commit, and
/// again while that panic unwinds, which ends the process with no word of what to do (seen with redb 4.4, R6).
pub(super) fn is_current(slot: &Slot) -> Result<bool> {
    let view = Snapshot::new(slot.begin_read()?);
    for number in 0..tables::NAMES.len() {
        if !view.has_table(number)? {
            return Ok(false);
        }
    }
    Ok(META.get(&view, "schema")? == Some(SCHEMA))
}

/// Keeps the database as it is until the next migration, for whoever wants to go back to the program that wrote it.
pub(super) fn keep_old(folder: &Path) -> Result<()> {
    let (path, name) = (folder.join(DATABASE), format!("{KEPT}{SCHEMA}"));
    let bytes = fs::metadata(&path)?.len();
    if let Some(space) = space::look(folder)
        && space.free_bytes < bytes
    {
        let mib = bytes.div_ceil(1024 * 1024);
        let detail = format!(
            "This version changes the database, and keeps a copy of the old one first: make {mib} MiB of room on the disk \
             of {}, or start the version that ran before.",
            folder.display()
        );
        return Err(Refusal::new(507, "storage_full", detail).into());
    }
    let draft = folder.join(format!("{name}.new"));
    fs::copy(&path, &draft)?;
    let copied = fs::File::open(&draft)?;
    super::give_to_owner(&copied, folder)?;
    copied.sync_all()?;
    disk::rename(folder, &format!("{name}.new"), &name)?;
    for entry in fs::read_dir(folder)? {
        let entry = entry?;
        let found = entry.file_name();
        if found.to_str().is_some_and(|found| found.starts_with(KEPT) && found != name) {
            fs::remove_file(entry.path())?;
        }
    }
    Ok(())
}

/// Makes every table, and brings an older database up to date.
pub(super) fn migrate(db: &Database) -> Result<()> {
    let mut txn = db.begin_write().map_err(Fault::new)?;
    txn.set_quick_repair(true);
    for name in tables::NAMES {
        txn.open_table(definition(name)).map_err(Fault::new)?;
    }
    {
        let nonces = super::Nonces::default();
        let mut change = Change::begin(&txn, &nonces)?;
        let found = META.get(&change, "schema")?.unwrap_or(SCHEMA);
        check(found)?;
        for step in &STEPS[(found - 1) as usize..] {
            step(&mut change)?;
        }
        META.put(&mut change, "schema", &SCHEMA)?;
    }
    txn.commit().map_err(Fault::new)?;
    Ok(())
}

/// Whether this program can read a database or backup of schema `found`.
pub fn check(found: u64) -> Result<()> {
    if (1..=SCHEMA).contains(&found) {
        return Ok(());
    }
    Err(Error::Refused(Refusal::new(
        503,
        "newer_schema",
        format!(
            "This database was written by a newer Snug (schema {found}; this one knows up to {SCHEMA}). \
             Start that version, or restore a backup made by this one."
        ),
    )))
}
