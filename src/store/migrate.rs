//! From whatever a database was written by to the schema of this program, in one transaction; a newer one is refused.
use super::tables::{self, META, SCHEMA};
use super::view::definition;
use super::writer::Change;
use crate::error::{Error, Fault, Refusal, Result};
use redb::Database;

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
];

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
