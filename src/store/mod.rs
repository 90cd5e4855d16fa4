//! Two files, one writer: what is on disk, how it is read, and how it is changed.
mod activity;
pub mod audit;
pub mod backup;
pub mod chain;
pub mod check;
pub mod compact;
mod copy;
pub mod disk;
pub mod files;
pub mod map;
pub(crate) mod medium;
mod migrate;
pub mod nonces;
pub mod pace;
pub mod slot;
pub mod space;
mod state;
mod swap;
pub mod tables;
mod touched;
mod view;
mod writer;

pub use files::Files;
pub use migrate::check as check_schema;
pub use nonces::Nonces;
pub use pace::Pace;
pub use slot::Mode;
pub use space::Space;
pub use state::State;
pub use view::{Direction, Snapshot, View};
pub use writer::{AfterCommit, Answer, Change, Writer};

use crate::error::{Error, Fault, Refusal, Result};
use crate::limits;
use activity::Activity;
use redb::{Builder, Database, DatabaseError};
use slot::Slot;
use std::any::Any;
use std::fs;
use std::io;
use std::os::unix::fs::{DirBuilderExt, MetadataExt, PermissionsExt};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::Path;
use std::sync::Arc;
use touched::Touched;

/// What a data folder's database is called, and the one that holds the bytes of uploaded files.
pub const DATABASE: &str = "snug.redb";
pub const FILES: &str = "files.redb";
/// The folder of what is made of the database to find what was said. It is in no backup.
pub const SEARCH: &str = "search";
/// Which process has a data folder.
const HOLDER: &str = "snug.pid";

/// The open database. Cheap to clone.
#[derive(Clone)]
pub struct Store {
    slot: Arc<Slot>,
    /// Bytes of uploads, apart so that they never delay a message (FACTS).
    files: Files,
    _lock: Option<Arc<fs::File>>,
    writer: Writer,
    activity: Activity,
    touched: Touched,
}

impl Store {
    /// Opens, or makes, the database of a data folder.
    ///
    /// # Errors
    /// A `Refusal` with the code `locked` (another process has it open), `damaged`, `newer_schema` or
    /// `not_permitted`; a `Fault` for other I/O.
    pub fn open(folder: &Path, after_commit: AfterCommit) -> Result<Store> {
        make_folder(folder)?;
        let lock = lock(folder)?;
        swap::settle(folder)?;
        compact::settle(folder);
        let mut slot = open_or_make(folder, DATABASE, limits::DATABASE_CACHE_BYTES)?;
        if guarded(Path::new(DATABASE), || migrate::is_due(&slot))? {
            // Closed, so that what is kept of it is a database that was closed.
            drop(slot);
            migrate::keep_old(folder)?;
            slot = open_or_make(folder, DATABASE, limits::DATABASE_CACHE_BYTES)?;
        }
        let files = open_or_make(folder, FILES, limits::FILES_CACHE_BYTES)?;
        Ok(Store { _lock: Some(Arc::new(lock)), ..Store::of(slot, files, after_commit)? })
    }

    /// A store over databases that are open already, such as those of a test that pulls the plug. They cannot be opened
    /// again.
    pub fn over(db: Arc<Database>, files: Arc<Database>, after_commit: AfterCommit) -> Result<Store> {
        Store::of(Slot::given(db), Slot::given(files), after_commit)
    }

    /// A store over databases that can be opened again.
    pub fn of(slot: Slot, files: Slot, after_commit: AfterCommit) -> Result<Store> {
        guarded(Path::new(DATABASE), || match migrate::is_current(&slot)? {
            true => Ok(()),
            false => migrate::migrate(&slot.live()?.db),
        })?;
        let activity = Activity::new();
        let files = guarded(Path::new(FILES), || Files::start(files, activity.clone()))?;
        let slot = Arc::new(slot);
        let touched = Touched::default();
        let writer = Writer::start(slot.clone(), activity.clone(), touched.clone(), after_commit)?;
        Ok(Store { slot, files, _lock: None, writer, activity, touched })
    }

    /// Whether messages can be written, and whether files can.
    pub fn modes(&self) -> (Mode, Mode) {
        (self.slot.mode(), self.files.mode())
    }

    /// Whether anything can be changed.
    pub fn is_well(&self) -> bool {
        self.slot.is_well()
    }

    /// The bytes of files.
    pub fn files(&self) -> &Files {
        &self.files
    }

    /// One moment to read from. Blocks: never on an async thread.
    pub fn snapshot(&self) -> Result<Snapshot> {
        Ok(Snapshot::new(self.slot.begin_read()?))
    }

    /// A read that failed with the disk under it has the database opened again; whoever asked may ask once more.
    fn looked(&self, error: Error) -> Error {
        if self.slot.failure().is_some() && self.slot.is_well() {
            self.writer.look();
        }
        error
    }

    /// One moment of both databases: all bytes that the snapshot names are in the other. Blocks.
    pub fn moment(&self) -> Result<(Snapshot, files::Moment)> {
        self.files.moment(|| self.snapshot())
    }

    /// The pace of long work that spares those who talk.
    pub fn pace(&self) -> Pace {
        Pace::beside(self.activity.clone())
    }

    /// Reads on a thread that may block.
    pub async fn read<T: Send + 'static>(
        &self,
        ask: impl FnOnce(&Snapshot) -> Result<T> + Send + 'static,
    ) -> Result<T> {
        let store = self.clone();
        let asked = move || {
            let view = store.snapshot().map_err(|error| store.looked(error))?;
            ask(&view).map_err(|error| store.looked(slot::excuse(view.live(), error)))
        };
        // Question and answer in boxes: tokio's code for a task is in the binary once, not once for each of a hundred.
        let asked: Box<dyn FnOnce() -> Box<dyn Any + Send> + Send> = Box::new(move || Box::new(asked()));
        let answer = tokio::task::spawn_blocking(asked).await.ok().and_then(|answer| answer.downcast().ok());
        answer.map_or_else(|| Err(Fault::new("a question panicked").into()), |answer| *answer)
    }

    /// What the rows of messages and all else but files take, with the pages that hold them. Walks every page: blocks for
    /// long where there is much.
    pub fn measured(&self) -> Result<u64> {
        self.snapshot()?.bytes()
    }

    /// Makes the files of a folder that this store has open as small as what is in them. Blocks for long.
    pub fn compact(&self, folder: &Path) -> Result<compact::Compacted> {
        compact::live(self, folder)
    }

    /// Runs a change and answers when it is on disk. `decide` looks first and writes then; it may run several times.
    pub async fn change<T, F>(&self, decide: F) -> Result<T>
    where
        T: Send + 'static,
        F: FnMut(&mut Change) -> Result<T> + Send + 'static,
    {
        self.writer.submit(decide).await?.await
    }

    /// Puts a change into the queue, in the order of calls; the answer comes when it is on disk.
    pub async fn submit<T, F>(&self, decide: F) -> Result<Answer<T>>
    where
        T: Send + 'static,
        F: FnMut(&mut Change) -> Result<T> + Send + 'static,
    {
        self.writer.submit(decide).await
    }
}

/// Makes the data folder, for its owner alone; refuses one that others may enter (S50).
pub fn make_folder(folder: &Path) -> Result<()> {
    match fs::metadata(folder) {
        Ok(found) if found.permissions().mode() & 0o077 != 0 => Err(Refusal::new(
            403,
            "not_permitted",
            format!(
                "Others may enter the data folder {0} (mode {1:03o}). Close it first: chmod 700 {0}",
                folder.display(),
                found.permissions().mode() & 0o777
            ),
        )
        .into()),
        Ok(_) => Ok(()),
        Err(error) if error.kind() == io::ErrorKind::NotFound => {
            Ok(fs::DirBuilder::new().recursive(true).mode(0o700).create(folder)?)
        }
        Err(error) => Err(error.into()),
    }
}

/// Opens a database, or makes it beside its place and moves it there whole: a power cut in the middle of making it would
/// leave a file that no redb opens.
fn open_or_make(folder: &Path, name: &str, cache_bytes: usize) -> Result<Slot> {
    let path = folder.join(name);
    if !path.exists() {
        let fresh = folder.join(format!("{name}.new"));
        match open_file(&fresh, cache_bytes) {
            // What a cut left of an earlier try holds nothing.
            Err(Error::Refused(refusal)) if refusal.code == "damaged" => {
                fs::remove_file(&fresh)?;
                open_file(&fresh, cache_bytes)?;
            }
            made => drop(made?),
        }
        fs::rename(&fresh, &path)?;
        fs::File::open(folder)?.sync_all()?;
    }
    Slot::of_file(path, cache_bytes)
}

/// Takes a data folder for this process alone, for as long as the answer lives. The database has a lock of its own, but a
/// restore puts another database in its place.
///
/// # Errors
/// A `Refusal` with the code `locked`, if another process has it.
pub fn lock(folder: &Path) -> Result<fs::File> {
    let held = fs::File::open(folder)?;
    match held.try_lock() {
        Err(fs::TryLockError::WouldBlock) => Err(locked(folder).into()),
        // Where folders have no locks, that of the database has to do.
        Ok(()) | Err(fs::TryLockError::Error(_)) => {
            // For whoever comes second. It says something only while the lock is held, so it is not taken away at the end;
            // and a folder that takes no file still has its lock.
            let _ = disk::write(folder, HOLDER, format!("{}\n", std::process::id()));
            Ok(held)
        }
    }
}

/// Which process has a data folder, as far as it said so.
fn holder(folder: &Path) -> Option<u32> {
    disk::read_text(&folder.join(HOLDER)).ok()??.trim().parse().ok()
}

/// Gives what root makes in somebody's folder to them: their server must be able to open it.
pub fn give_to_owner(made: &fs::File, folder: &Path) -> io::Result<()> {
    let (own, owner) = (rustix::process::geteuid(), fs::metadata(folder)?);
    if !own.is_root() || owner.uid() == own.as_raw() {
        return Ok(());
    }
    let (user, group) = (rustix::fs::Uid::from_raw(owner.uid()), rustix::fs::Gid::from_raw(owner.gid()));
    Ok(rustix::fs::fchown(made, Some(user), Some(group))?)
}

fn open_file(path: &Path, cache_bytes: usize) -> Result<Database> {
    let file = slot::writable(path)?;
    let opened = guarded(path, || Ok(Builder::new().set_cache_size(cache_bytes).create_file(file)))?;
    opened.map_err(|error| unopened(path, error))
}

/// A database for a trial, of which nothing has to stay.
fn open_loosely(path: &Path) -> Result<Database> {
    let file = medium::Loose::over(slot::writable(path)?).map_err(|error| unopened(path, error))?;
    let mut builder = Builder::new();
    let opened = guarded(path, || Ok(builder.set_cache_size(limits::TRIAL_CACHE_BYTES).create_with_backend(file)))?;
    opened.map_err(|error| unopened(path, error))
}

/// Why a database does not open: somebody has it, its disk fails, or it is damaged.
fn unopened(path: &Path, error: DatabaseError) -> Error {
    match error {
        DatabaseError::DatabaseAlreadyOpen => locked(path).into(),
        DatabaseError::Storage(redb::StorageError::Io(error))
            if error.kind() != io::ErrorKind::InvalidData && error.kind() != io::ErrorKind::UnexpectedEof =>
        {
            let path = path.display();
            Fault(format!("{path} cannot be used ({error}). Look at its disk, and at the system's log.")).into()
        }
        error => damaged(path, &error.to_string()),
    }
}

fn locked(path: &Path) -> Refusal {
    let folder = if path.is_dir() { path } else { path.parent().unwrap_or(path) };
    let by = holder(folder).map_or_else(String::new, |pid| format!(" (process {pid})"));
    let detail = format!("{} is in use by another Snug{by}. Wait until it is done, or stop it first.", path.display());
    Refusal::new(503, "locked", detail)
}

/// Opens something of a file. redb panics over some damages: that is a damage like the others (R6).
fn guarded<T>(path: &Path, open: impl FnOnce() -> Result<T>) -> Result<T> {
    catch_unwind(AssertUnwindSafe(open)).unwrap_or_else(|_| Err(damaged(path, "its pages make no sense")))
}

fn damaged(path: &Path, why: &str) -> Error {
    let detail = format!("{} is damaged ({why}). Restore a backup: snug backup restore FILE --force", path.display());
    Refusal::new(503, "damaged", detail).into()
}
