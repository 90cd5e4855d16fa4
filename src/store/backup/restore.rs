//! Makes a data folder's databases from a backup: beside the old ones, and in their place in one step.
use super::read::{self, Item, Open, none_beside, read, verify_with};
use super::{DROPPED, Summary, beside};
use crate::error::{Fault, Result};
use crate::limits;
use crate::store::check::{self, Checked};
use crate::store::files::Filler;
use crate::store::pace::Pace;
use crate::store::view::definition;
use crate::store::{DATABASE, FILES, lock, make_folder, migrate, open_file, open_loosely, swap, tables};
use redb::{Database, WriteTransaction};
use std::fs;
use std::io::Read;
use std::path::Path;

/// What a restore made.
pub struct Made {
    pub summary: Summary,
    /// Files of the data folder that came along.
    pub files: Vec<String>,
}

/// Whether a data folder holds a server already.
pub fn occupied(folder: &Path) -> bool {
    folder.join(DATABASE).exists()
}

/// Makes a data folder's databases from a backup that is one file.
pub fn restore(backup: &Path, folder: &Path) -> Result<Summary> {
    let source = || Ok(fs::File::open(backup)?);
    restore_with(source, &none_beside, folder).map(|made| made.summary)
}

/// Makes a data folder's databases from a backup. It is read and checked whole before anything is replaced; then it is built
/// beside the old ones, and takes their place in one step. Sessions are left out: everybody signs in again.
pub fn restore_with<R: Read>(source: impl Fn() -> Result<R>, open: Open, folder: &Path) -> Result<Made> {
    verify_with(source()?, read::Beside::Read(open), |_| Ok(()))?;
    make_folder(folder)?;
    // Not the database's own lock: one that is damaged cannot be opened, and is what a restore is for.
    let _lock = lock(folder)?;
    swap::settle(folder)?;
    let built = build(source, open, folder);
    // What did not come to its place is as large as all that was to come.
    let (summary, along) = built.inspect_err(|_| drop(swap::fresh(folder)))?;
    let mut names = Vec::new();
    for (name, bytes) in along {
        beside::put(folder, &name, &bytes)?;
        names.push(name);
    }
    swap::put_in_place(folder)?;
    Ok(Made { summary, files: names })
}

fn build<R: Read>(source: impl Fn() -> Result<R>, open: Open, folder: &Path) -> Result<(Summary, Along)> {
    let [db_path, files_path] = swap::fresh(folder)?;
    let db = open_file(&db_path, limits::DATABASE_CACHE_BYTES)?;
    let files = open_file(&files_path, limits::FILES_CACHE_BYTES)?;
    let filled = fill(&db, Some(&mut Filler::begin(&files)?), source()?, read::Beside::Read(open), &Pace::alone())?;
    migrate::migrate(&db)?;
    Ok(filled)
}

/// Restores a backup into a folder for nothing but this, and looks at every page, row and file of what came out; where bytes
/// beside it are only told of, at all but those. The folder is removed, whatever is found.
pub fn trial(source: impl Read, beside: read::Beside, folder: &Path, pace: &Pace) -> Result<(Summary, Checked)> {
    remove(folder)?;
    let tried = tried(source, beside, folder, pace);
    remove(folder)?;
    tried
}

fn tried(source: impl Read, beside: read::Beside, folder: &Path, pace: &Pace) -> Result<(Summary, Checked)> {
    make_folder(folder)?;
    let with_bytes = matches!(beside, read::Beside::Read(_));
    let db = open_loosely(&folder.join(DATABASE))?;
    let files = open_loosely(&folder.join(FILES))?;
    let mut filler = Filler::begin(&files)?;
    let (summary, _) = fill(&db, with_bytes.then_some(&mut filler), source, beside, pace)?;
    migrate::migrate(&db)?;
    drop((db, files));
    let checked = check::check_on_trial(folder, with_bytes, pace)?;
    Ok((summary, checked))
}

fn remove(folder: &Path) -> Result<()> {
    match fs::remove_dir_all(folder) {
        Err(error) if error.kind() != std::io::ErrorKind::NotFound => Err(error.into()),
        _ => Ok(()),
    }
}

/// Files of the data folder that a backup brings, by their paths.
type Along = Vec<(String, Vec<u8>)>;

fn fill(
    db: &Database,
    mut files: Option<&mut Filler>,
    source: impl Read,
    beside: read::Beside,
    pace: &Pace,
) -> Result<(Summary, Along)> {
    let step = if pace.is_gentle() { limits::TRIAL_STEP_BYTES } else { limits::RESTORE_STEP_BYTES };
    let mut txn: Option<WriteTransaction> = None;
    let (mut waiting, mut along) = (0, Vec::new());
    let summary = read(source, beside, |item| {
        let (table, key, row) = match item {
            Item::Row(table, key, row) => (table, key, Some(row)),
            Item::Gone(table, key) => (table, key, None),
            Item::Blob(blob, mark) => return files.as_mut().map_or(Ok(()), |files| files.blob(blob, mark)),
            Item::Chunk(bytes) => {
                files.as_mut().map_or(Ok(()), |files| files.chunk(bytes))?;
                return pace.did(bytes.len() as u64);
            }
            Item::File(path, bytes) => {
                along.push((path.to_owned(), bytes.to_owned()));
                return Ok(());
            }
        };
        let name = tables::NAMES[table];
        if DROPPED.contains(&name) {
            return Ok(());
        }
        let open = match txn.take() {
            Some(txn) => txn,
            None => db.begin_write().map_err(Fault::new)?,
        };
        {
            let mut table = open.open_table(definition(name)).map_err(Fault::new)?;
            match row {
                Some(row) => drop(table.insert(key, row).map_err(Fault::new)?),
                None => drop(table.remove(key).map_err(Fault::new)?),
            }
        }
        waiting += key.len() + row.map_or(0, <[u8]>::len);
        if waiting < step {
            txn = Some(open);
            return Ok(());
        }
        open.commit().map_err(Fault::new)?;
        pace.did(std::mem::take(&mut waiting) as u64)
    })?;
    if let Some(txn) = txn {
        txn.commit().map_err(Fault::new)?;
    }
    if let Some(files) = files {
        files.end()?;
    }
    Ok((summary, along))
}
