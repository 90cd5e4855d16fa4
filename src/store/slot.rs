//! The place of an open database, which may be closed and opened again while people read from it.
use super::medium::{self, Handle, Medium, Overlay};
use super::{guarded, unopened};
use crate::error::{self, Error, Fault, Refusal, Result};
use redb::{Builder, Database, ReadTransaction, ReadableDatabase, StorageBackend};
use std::fs::{self, File, OpenOptions};
use std::io;
use std::ops::Deref;
use std::os::unix::fs::OpenOptionsExt;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError, RwLock};

/// Whether the store can be written to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Mode {
    Ok,
    /// It can be read only, because of this.
    ReadOnly {
        why: String,
    },
    /// Not even that.
    Down {
        why: String,
    },
}

/// A database that is open. Whoever reads holds it: one that was replaced closes with its last reader.
pub struct Live {
    pub db: Held,
    /// None: it was opened by somebody else, and cannot be opened again.
    medium: Option<Arc<Medium>>,
    writable: bool,
}

/// A database that closes when nobody has it any more.
pub struct Held(Option<Arc<Database>>);

/// What a database is opened for.
pub enum Access {
    Write,
    /// With the head of its file as it is known to be on disk.
    Read(Option<Vec<u8>>),
}

type Open = dyn Fn(&Access) -> Result<Live> + Send + Sync;

/// Opens a database's file, again and again.
pub struct Opener {
    pub open: Box<Open>,
    /// Whether anything can be written there at all. It is asked first: a database that is read is not closed to its readers
    /// for a try that must fail.
    pub probe: Box<dyn Fn() -> Result<()> + Send + Sync>,
}

pub struct Slot {
    /// None: it cannot be opened now.
    live: RwLock<Option<Arc<Live>>>,
    mode: RwLock<Mode>,
    opener: Option<Opener>,
    /// Of its file, as it was on disk for certain when it could be written to last.
    head: Mutex<Option<Vec<u8>>>,
}

impl Held {
    fn new(db: Arc<Database>) -> Held {
        Held(Some(db))
    }
}

impl Deref for Held {
    type Target = Database;

    fn deref(&self) -> &Database {
        self.0.as_deref().expect("it is there until it is dropped")
    }
}

impl Drop for Held {
    fn drop(&mut self) {
        // Over certain damages redb panics as it closes, which would look like a mistake of the thread that did it. The file is
        // as it was on disk, and not marked as closed: whoever opens it next looks at all of it (R6).
        if catch_unwind(AssertUnwindSafe(|| drop(self.0.take()))).is_err() {
            tracing::error!(
                "a database could not be closed: it is damaged (its pages make no sense). Look at it with: snug check"
            );
        }
    }
}

impl Live {
    /// Opens a file for writing, or reads one as it is.
    pub fn open(path: &Path, cache_bytes: usize, access: &Access) -> Result<Live> {
        let backend: Box<dyn StorageBackend> = match access {
            Access::Write => Box::new(redb::backends::FileBackend::new(writable(path)?).map_err(Fault::new)?),
            Access::Read(head) => Box::new(Overlay::over(File::open(path)?, head.as_deref())?),
        };
        let live = Live::over(backend, path, cache_bytes)?;
        Ok(Live { writable: matches!(access, Access::Write), ..live })
    }

    /// Opens what a backend holds; `path` is what it is called where it is damaged.
    pub fn over(backend: Box<dyn StorageBackend>, path: &Path, cache_bytes: usize) -> Result<Live> {
        let (medium, handle): (Arc<Medium>, Handle) = Medium::of(backend);
        let opened = guarded(path, || Ok(Builder::new().set_cache_size(cache_bytes).create_with_backend(handle)));
        let db = opened?.map_err(|error| unopened(path, error))?;
        Ok(Live { db: Held::new(Arc::new(db)), medium: Some(medium), writable: true })
    }

    /// Whether what is read of it may fail although nothing is wrong with the asker.
    pub fn is_useless(&self) -> bool {
        self.medium.as_ref().is_some_and(|medium| medium.failure().is_some() || medium.is_closed())
    }

    /// What went wrong with its file first, if anything did: it is of no use any more.
    pub fn failure(&self) -> Option<(io::ErrorKind, String)> {
        self.medium.as_ref()?.failure()
    }
}

/// A fault that comes of a failed database is none of the asker's: they may ask again in a moment.
pub fn excuse(live: &Live, error: Error) -> Error {
    match error {
        Error::Fault(_) if live.is_useless() => error::busy().into(),
        error => error,
    }
}

impl Slot {
    pub fn with(live: Live, opener: Option<Opener>) -> Slot {
        Slot { live: RwLock::new(Some(Arc::new(live))), mode: RwLock::new(Mode::Ok), opener, head: Mutex::default() }
    }

    /// Over a database that somebody else opened: it cannot be opened again.
    pub fn given(db: Arc<Database>) -> Slot {
        Slot::with(Live { db: Held::new(db), medium: None, writable: true }, None)
    }

    /// Over a database file of a data folder.
    pub fn of_file(path: PathBuf, cache_bytes: usize) -> Result<Slot> {
        let live = Live::open(&path, cache_bytes, &Access::Write)?;
        let probed = path.with_extension("probe");
        let open = move |access: &Access| {
            // A sync that failed may have left in memory what never came to the disk.
            medium::forget_cached(&File::open(&path)?);
            Live::open(&path, cache_bytes, access)
        };
        Ok(Slot::with(live, Some(Opener { open: Box::new(open), probe: Box::new(move || probe(&probed)) })))
    }

    pub fn mode(&self) -> Mode {
        self.mode.read().unwrap_or_else(PoisonError::into_inner).clone()
    }

    pub fn is_well(&self) -> bool {
        *self.mode.read().unwrap_or_else(PoisonError::into_inner) == Mode::Ok
    }

    pub fn set_mode(&self, mode: Mode) {
        *self.mode.write().unwrap_or_else(PoisonError::into_inner) = mode;
    }

    /// The open database, to hold for a moment.
    pub fn live(&self) -> Result<Arc<Live>> {
        let live = self.live.read().unwrap_or_else(PoisonError::into_inner);
        live.clone().ok_or_else(|| error::busy().into())
    }

    /// A moment to read from, and what it is of.
    pub fn begin_read(&self) -> Result<(Arc<Live>, ReadTransaction)> {
        let live = self.live()?;
        match live.db.begin_read() {
            Ok(txn) => Ok((live, txn)),
            Err(error) => Err(excuse(&live, Fault::new(error).into())),
        }
    }

    /// Why the open database is of no use any more.
    pub fn failure(&self) -> Option<(io::ErrorKind, String)> {
        self.live.read().unwrap_or_else(PoisonError::into_inner).as_ref().and_then(|live| live.failure())
    }

    /// Closes the database and opens it for writing. Whoever reads from the old one is told that it is gone.
    pub fn reopen(&self) -> Result<Arc<Live>> {
        if let Some(opener) = &self.opener {
            (opener.probe)()?;
        }
        self.open_as(|_| Access::Write)
    }

    /// Closes the database and opens it for reading, as it is on disk; one that is read already, and can be, stays.
    pub fn reopen_for_reading(&self) -> Result<Arc<Live>> {
        match self.live() {
            Ok(live) if !live.writable && !live.is_useless() => Ok(live),
            _ => self.open_as(Access::Read),
        }
    }

    fn open_as(&self, access: impl FnOnce(Option<Vec<u8>>) -> Access) -> Result<Arc<Live>> {
        let Some(opener) = &self.opener else {
            return Err(Fault::new("this database cannot be opened again").into());
        };
        let mut place = self.live.write().unwrap_or_else(PoisonError::into_inner);
        let mut head = self.head.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(old) = place.take()
            && let Some(medium) = &old.medium
        {
            medium.close();
            if old.writable {
                *head = Some(medium.durable_head()).filter(|head| !head.is_empty());
            }
        }
        let live = catch_unwind(AssertUnwindSafe(|| (opener.open)(&access(head.clone()))))
            .unwrap_or_else(|_| Err(Fault::new("opening the database panicked").into()))?;
        let live = Arc::new(live);
        *place = Some(live.clone());
        Ok(live)
    }

    /// Puts another database, and its file, in the place of this one, which its readers keep until they are done.
    ///
    /// # Errors
    /// The file could not be moved, and nothing has changed; or it was, and a power cut may undo that: what is written from
    /// now on is in it all the same, for the old one has no name any more.
    pub fn replace(&self, live: Live, fresh: &Path, path: &Path) -> Result<()> {
        fs::rename(fresh, path)?;
        *self.live.write().unwrap_or_else(PoisonError::into_inner) = Some(Arc::new(live));
        Ok(File::open(path.parent().unwrap_or(path))?.sync_all()?)
    }
}

/// Why nothing can be written now.
pub fn read_only() -> Refusal {
    let detail =
        "The server's disk refuses to write. You can read; nothing can be sent or changed until it is well again.";
    Refusal::new(503, "read_only", detail).retry_after(5)
}

/// A database's file, made for the owner of its folder if there is none.
pub fn writable(path: &Path) -> Result<File> {
    let options = &mut OpenOptions::new();
    let opened = options.read(true).write(true).create(true).truncate(false).mode(0o600).open(path);
    let file = opened.map_err(|error| unwritable(path, &error))?;
    if file.metadata()?.len() == 0 {
        super::give_to_owner(&file, path.parent().unwrap_or(path))?;
    }
    Ok(file)
}

/// In one line, for who starts a server on it.
fn unwritable(path: &Path, error: &io::Error) -> Fault {
    Fault(format!(
        "{} cannot be opened for writing ({error}). Look at its disk: is it mounted read-only?",
        path.display()
    ))
}

/// Of a disk that only lacks room.
pub fn is_full(kind: io::ErrorKind) -> bool {
    matches!(kind, io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded)
}

/// Whether anything can be written beside the database. Where there only is no room, it can be.
fn probe(path: &Path) -> Result<()> {
    let probed = || -> io::Result<()> {
        let mut file = OpenOptions::new().write(true).create(true).truncate(true).mode(0o600).open(path)?;
        io::Write::write_all(&mut file, b"may be removed\n")?;
        file.sync_all()
    };
    let probed = probed().or_else(|error| if is_full(error.kind()) { Ok(()) } else { Err(error) });
    let removed = fs::remove_file(path);
    Ok(probed
        .and(removed.or_else(|error| if error.kind() == io::ErrorKind::NotFound { Ok(()) } else { Err(error) }))?)
}
