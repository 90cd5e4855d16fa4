//! A disk that fails as its test wishes, under a database.
use redb::StorageBackend;
use redb::backends::FileBackend;
use snug::limits::DATABASE_CACHE_BYTES;
use snug::store::slot::{Access, Live, Opener, Slot};
use std::fs::File;
use std::io;
use std::path::PathBuf;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex};

/// What a disk does, as its test wishes.
#[derive(Debug, Default)]
pub struct Will {
    /// Syncs until one fails; 0 for never.
    pub syncs: AtomicU64,
    /// And how many fail then.
    pub failing: AtomicU64,
    /// Whether the bytes come to the disk all the same.
    pub lands: AtomicBool,
    /// Nothing can be written.
    pub dead: AtomicBool,
    /// Whoever writes panics, as redb does over pages that make no sense.
    pub torn: AtomicBool,
    /// Reads until one fails; 0 for never.
    pub reads: AtomicU64,
    /// How often it was asked whether anything can be written.
    pub tries: AtomicU64,
    /// How often it was opened.
    pub opened: AtomicU64,
    /// What the disk holds after a failed sync: it lost what it had said it has.
    pub older: Mutex<Option<Vec<u8>>>,
}

/// A file whose syncs fail when they are told to. What was not synced is undone at the failure, or stays, as `lands` says.
#[derive(Debug)]
struct Faulty {
    file: FileBackend,
    will: Arc<Will>,
    /// What the writes since the last sync wrote over.
    unsynced: Mutex<Vec<(u64, Vec<u8>)>>,
}

impl Faulty {
    fn check(&self) -> io::Result<()> {
        assert!(!self.will.torn.load(Ordering::SeqCst), "torn");
        match self.will.dead.load(Ordering::SeqCst) {
            true => Err(io::Error::from_raw_os_error(30)),
            false => Ok(()),
        }
    }
}

impl StorageBackend for Faulty {
    fn len(&self) -> io::Result<u64> {
        self.file.len()
    }

    fn read(&self, offset: u64, out: &mut [u8]) -> io::Result<()> {
        if self.will.reads.load(Ordering::SeqCst) > 0 && self.will.reads.fetch_sub(1, Ordering::SeqCst) == 1 {
            return Err(io::Error::from_raw_os_error(5));
        }
        self.file.read(offset, out)
    }

    fn set_len(&self, length: u64) -> io::Result<()> {
        self.check()?;
        self.file.set_len(length)
    }

    fn sync_data(&self) -> io::Result<()> {
        self.check()?;
        let due = self.will.syncs.load(Ordering::SeqCst);
        if due > 1 {
            self.will.syncs.store(due - 1, Ordering::SeqCst);
        } else if due == 1 {
            if self.will.failing.fetch_sub(1, Ordering::SeqCst) == 1 {
                self.will.syncs.store(0, Ordering::SeqCst);
            }
            if let Some(older) = &*self.will.older.lock().unwrap() {
                self.file.set_len(older.len() as u64)?;
                self.file.write(0, older)?;
            } else if !self.will.lands.load(Ordering::SeqCst) {
                for (offset, before) in self.unsynced.lock().unwrap().drain(..).rev() {
                    self.file.write(offset, &before)?;
                }
            }
            return Err(io::Error::from_raw_os_error(5));
        }
        self.unsynced.lock().unwrap().clear();
        Ok(())
    }

    fn write(&self, offset: u64, data: &[u8]) -> io::Result<()> {
        self.check()?;
        let mut before = vec![0; data.len()];
        let known = self.file.len()?.saturating_sub(offset).min(data.len() as u64) as usize;
        self.file.read(offset, &mut before[..known])?;
        self.unsynced.lock().unwrap().push((offset, before));
        self.file.write(offset, data)
    }

    fn close(&self) -> io::Result<()> {
        self.file.close()
    }
}

/// A place for a database on such a disk.
pub fn slot(path: PathBuf, will: Arc<Will>) -> Slot {
    let dead = will.clone();
    let probe = move || {
        dead.tries.fetch_add(1, Ordering::SeqCst);
        match dead.dead.load(Ordering::SeqCst) {
            true => Err(io::Error::from_raw_os_error(30).into()),
            false => Ok(()),
        }
    };
    let open = move |access: &Access| {
        will.opened.fetch_add(1, Ordering::SeqCst);
        if matches!(access, Access::Read(_)) {
            return Live::open(&path, DATABASE_CACHE_BYTES, access);
        }
        let file = File::options().read(true).write(true).create(true).truncate(false).open(&path)?;
        let file = FileBackend::new(file).expect("a file");
        Live::over(
            Box::new(Faulty { file, will: will.clone(), unsynced: Mutex::default() }),
            &path,
            DATABASE_CACHE_BYTES,
        )
    };
    Slot::with(open(&Access::Write).unwrap(), Some(Opener { open: Box::new(open), probe: Box::new(probe) }))
}
