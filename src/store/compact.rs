//! Makes the databases as small as what is in them.
//!
//! While the server runs: a copy is made beside each, of one moment, and people go on writing; the keys that they touch
//! are copied after it, in rounds, until few are left. These are copied between two commits, and the copy takes the place
//! of the old file by one rename. So nobody waits for longer than a few thousand rows take, a power cut leaves the old file
//! or the new one, and whoever reads the old one goes on until they are done. Of a stopped server: in place, by redb,
//! which needs no room.
use super::files::Copy as FilesCopy;
use super::slot::{Access, Live};
use super::tables::NAMES;
use super::touched::Place;
use super::view::{Direction, Snapshot, View, definition};
use super::{DATABASE, FILES, Store, lock, open_file, space, swap};
use crate::error::{self, Fault, Refusal, Result};
use crate::limits;
use redb::{CompactionError, Database, WriteTransaction};
use std::fs;
use std::ops::Bound;
use std::path::{Path, PathBuf};

/// How large both files were and are, together.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Compacted {
    pub before: u64,
    pub after: u64,
}

/// Of a stopped server. Blocks.
///
/// # Errors
/// A `Refusal` with the code `locked` or `damaged`.
pub fn in_place(folder: &Path) -> Result<Compacted> {
    let _lock = lock(folder)?;
    swap::settle(folder)?;
    let before = size(folder)?;
    for (name, cache) in [(DATABASE, limits::DATABASE_CACHE_BYTES), (FILES, limits::FILES_CACHE_BYTES)] {
        let path = folder.join(name);
        if !path.exists() {
            continue;
        }
        let mut db = open_file(&path, cache)?;
        while db.compact().map_err(compaction)? {}
        // Closing it writes what makes the next opening quick.
        drop(db);
    }
    Ok(Compacted { before, after: size(folder)? })
}

/// Of a store that is open. Blocks for as long as the copy takes.
///
/// # Errors
/// A `Refusal` with the code `storage_full` where the copy has no room, or `busy` where too much is written meanwhile.
pub fn live(store: &Store, folder: &Path) -> Result<Compacted> {
    let before = size(folder)?;
    check_room(folder, fs::metadata(folder.join(DATABASE))?.len().min(store.measured()?.saturating_mul(5) / 4))?;
    messages(store, folder)?;
    let (files, live) = (fs::metadata(folder.join(FILES))?.len(), store.files.bytes()?);
    // Chunks are nearly as large as their pages (FACTS); what is over a quarter is worth a copy of the rest.
    if files > live / 4 * 5 + limits::FILES_WASTE_BYTES {
        check_room(folder, live / 4 * 5)?;
        let (path, fresh) = places(folder, FILES)?;
        let copy = FilesCopy::begin(&store.files, open(&fresh, limits::FILES_CACHE_BYTES)?)?;
        let finished = copy.finish(&store.files, fresh, path);
        finished.inspect_err(|_| forget(folder, FILES))?;
    }
    Ok(Compacted { before, after: size(folder)? })
}

/// How large both files are.
pub fn size(folder: &Path) -> Result<u64> {
    let of = |name| fs::metadata(folder.join(name)).map_or(0, |found| found.len());
    Ok(of(DATABASE) + of(FILES))
}

/// Removes what a crash left of a copy. Before anything is opened.
pub(super) fn settle(folder: &Path) {
    forget(folder, DATABASE);
    forget(folder, FILES);
}

fn messages(store: &Store, folder: &Path) -> Result<()> {
    let (path, fresh) = places(folder, DATABASE)?;
    copy(store, &path, &fresh).inspect_err(|_| forget(folder, DATABASE))
}

fn copy(store: &Store, path: &Path, fresh: &Path) -> Result<()> {
    let live = open(fresh, limits::DATABASE_CACHE_BYTES)?;
    let watch = store.touched.watch();
    copy_all(&store.snapshot()?, &live.db)?;
    for _ in 0..limits::COPY_ROUNDS_MAX {
        if watch.waiting() <= limits::COPY_LAST_NOTES {
            break;
        }
        let touched = watch.take().ok_or_else(error::busy)?;
        copy_keys(&store.snapshot()?, &live.db, &touched)?;
    }
    // A small one is as small as it gets: a new file begins with room to grow.
    if fs::metadata(fresh)?.len() >= fs::metadata(path)?.len() {
        drop(live);
        return Ok(fs::remove_file(fresh)?);
    }
    let (path, fresh) = (path.to_owned(), fresh.to_owned());
    // Between two batches: nothing is half noted.
    store.writer.alone(move |core| {
        let touched = watch.take_all().ok_or_else(error::busy)?;
        copy_keys(&Snapshot::new(core.slot.begin_read()?), &live.db, &touched)?;
        core.slot.replace(live, &fresh, &path)
    })
}

fn copy_all(view: &Snapshot, to: &Database) -> Result<()> {
    let mut txn = begin(to)?;
    for (number, name) in NAMES.iter().enumerate() {
        let mut after: Option<Vec<u8>> = None;
        loop {
            let mut rows = 0;
            let mut last = None;
            {
                let mut table = txn.open_table(definition(name)).map_err(Fault::new)?;
                let from = after.as_deref().map_or(Bound::Unbounded, Bound::Excluded);
                view.walk(number, from, Bound::Unbounded, Direction::Up, &mut |key, row| {
                    table.insert(key, row).map_err(Fault::new)?;
                    rows += 1;
                    if rows == limits::COPY_BATCH {
                        last = Some(key.to_vec());
                    }
                    Ok(rows < limits::COPY_BATCH)
                })?;
            }
            if last.is_none() {
                break;
            }
            txn.commit().map_err(Fault::new)?;
            txn = begin(to)?;
            after = last;
        }
    }
    Ok(txn.commit().map_err(Fault::new)?)
}

/// Copies what is under these keys now, or that nothing is.
fn copy_keys(view: &Snapshot, to: &Database, keys: &[Place]) -> Result<()> {
    let txn = begin(to)?;
    for (number, key) in keys {
        let mut table = txn.open_table(definition(NAMES[*number])).map_err(Fault::new)?;
        let found = view.get(*number, key, &mut |row| {
            table.insert(key.as_slice(), row).map_err(Fault::new)?;
            Ok(())
        })?;
        if !found {
            table.remove(key.as_slice()).map_err(Fault::new)?;
        }
    }
    Ok(txn.commit().map_err(Fault::new)?)
}

fn begin(db: &Database) -> Result<WriteTransaction> {
    let mut txn = db.begin_write().map_err(Fault::new)?;
    txn.set_quick_repair(true);
    Ok(txn)
}

/// Where a database is, and where its copy is made.
fn places(folder: &Path, name: &str) -> Result<(PathBuf, PathBuf)> {
    forget(folder, name);
    Ok((folder.join(name), beside(folder, name)))
}

fn beside(folder: &Path, name: &str) -> PathBuf {
    folder.join(format!("{name}.compacting"))
}

fn forget(folder: &Path, name: &str) {
    // There is seldom one, and one that cannot be removed is no harm but its size.
    let _ = fs::remove_file(beside(folder, name));
}

fn open(path: &Path, cache_bytes: usize) -> Result<Live> {
    Live::open(path, cache_bytes, &Access::Write)
}

/// Refuses where a copy of so many bytes would fill the disk.
fn check_room(folder: &Path, bytes: u64) -> Result<()> {
    let Some(space) = space::look(folder) else { return Ok(()) };
    if space.free_bytes >= bytes + space.reserve_bytes {
        return Ok(());
    }
    let mib = |bytes: u64| bytes.div_ceil(1024 * 1024);
    let detail = format!(
        "A copy needs {} MiB, and {} MiB are free, of which {} are kept. Make room, or stop the server and run snug compact, \
         which needs none.",
        mib(bytes),
        mib(space.free_bytes),
        mib(space.reserve_bytes)
    );
    Err(Refusal::new(507, "storage_full", detail).into())
}

fn compaction(error: CompactionError) -> error::Error {
    Fault::new(error).into()
}
