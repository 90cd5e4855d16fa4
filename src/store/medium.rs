//! A database's file as redb uses it: it knows that it failed, it can be taken away from whoever still holds it, and it can
//! be read where nothing can be written.
//!
//! redb gives up a database at its first I/O error, and an operating system may forget after a failed sync that bytes never
//! reached the disk. So what is opened anew is read from the disk again (`forget_cached`), and never by two at once.
use crate::limits;
use redb::backends::FileBackend;
use redb::{BackendError, StorageBackend};
use std::collections::BTreeMap;
use std::fs::File;
use std::io;
use std::ops::Bound;
use std::os::unix::fs::FileExt;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, RwLock};

/// The file under an open database. The store keeps one end of it, redb the other.
#[derive(Debug)]
pub struct Medium {
    inner: Box<dyn StorageBackend>,
    failed: AtomicBool,
    /// The first failure.
    cause: Mutex<Option<(io::ErrorKind, String)>>,
    /// Nothing is read or written any more. Held while something is.
    closed: RwLock<bool>,
    /// The first bytes of the file: as written, and as they were at the last sync that succeeded.
    head: Mutex<Head>,
}

#[derive(Debug, Default)]
struct Head {
    written: Vec<u8>,
    synced: Vec<u8>,
}

/// redb's header, with some room: a commit is there when this says so.
const HEAD_BYTES: u64 = 512;

/// What redb holds of a medium.
#[derive(Debug)]
pub struct Handle(Arc<Medium>);

impl Medium {
    pub fn of(inner: Box<dyn StorageBackend>) -> (Arc<Medium>, Handle) {
        let mut head = vec![0; HEAD_BYTES as usize];
        let known = inner.len().is_ok_and(|length| length >= HEAD_BYTES) && inner.read(0, &mut head).is_ok();
        let head = if known { head } else { Vec::new() };
        let medium = Arc::new(Medium {
            inner,
            failed: AtomicBool::new(false),
            cause: Mutex::default(),
            closed: RwLock::new(false),
            head: Mutex::new(Head { written: head.clone(), synced: head }),
        });
        (medium.clone(), Handle(medium))
    }

    /// What went wrong first, if anything did.
    pub fn failure(&self) -> Option<(io::ErrorKind, String)> {
        match self.failed.load(Ordering::Acquire) {
            true => lock(&self.cause).clone(),
            false => None,
        }
    }

    /// Takes the file away from whoever still reads from it, and gives its lock up: another may open it. Waits for what
    /// is under way.
    pub fn close(&self) {
        let mut closed = self.closed.write().unwrap_or_else(PoisonError::into_inner);
        if !*closed {
            *closed = true;
            // Its lock goes with the file at the latest.
            let _ = self.inner.close();
        }
    }

    pub fn is_closed(&self) -> bool {
        *self.closed.read().unwrap_or_else(PoisonError::into_inner)
    }

    /// The head of the file as it is known to be on disk: with it, what was committed last is what is read.
    pub fn durable_head(&self) -> Vec<u8> {
        lock(&self.head).synced.clone()
    }

    fn run<T>(&self, operation: impl FnOnce(&dyn StorageBackend) -> io::Result<T>) -> io::Result<T> {
        let closed = self.closed.read().unwrap_or_else(PoisonError::into_inner);
        if *closed {
            return Err(io::Error::other("this database was opened anew"));
        }
        operation(&*self.inner).inspect_err(|error| {
            let mut cause = lock(&self.cause);
            if cause.is_none() {
                *cause = Some((error.kind(), error.to_string()));
            }
            self.failed.store(true, Ordering::Release);
        })
    }
}

impl StorageBackend for Handle {
    fn len(&self) -> io::Result<u64> {
        self.0.run(|inner| inner.len())
    }

    fn read(&self, offset: u64, out: &mut [u8]) -> io::Result<()> {
        self.0.run(|inner| inner.read(offset, out))
    }

    fn set_len(&self, length: u64) -> io::Result<()> {
        self.0.run(|inner| inner.set_len(length))
    }

    fn sync_data(&self) -> io::Result<()> {
        // One writer: nothing is written between this and the sync.
        let written = lock(&self.0.head).written.clone();
        self.0.run(|inner| inner.sync_data())?;
        lock(&self.0.head).synced = written;
        Ok(())
    }

    fn write(&self, offset: u64, data: &[u8]) -> io::Result<()> {
        self.0.run(|inner| inner.write(offset, data))?;
        if offset < HEAD_BYTES {
            let mut head = lock(&self.0.head);
            let from = offset as usize;
            let to = (from + data.len()).min(HEAD_BYTES as usize);
            if head.written.len() < to {
                head.written.resize(to, 0);
            }
            head.written[from..to].copy_from_slice(&data[..to - from]);
        }
        Ok(())
    }

    fn close(&self) -> io::Result<()> {
        self.0.close();
        Ok(())
    }

    fn try_lock_range(&self, start: Bound<u64>, end: Bound<u64>) -> Result<bool, BackendError> {
        self.0.inner.try_lock_range(start, end)
    }

    fn try_lock_shared_range(&self, start: Bound<u64>, end: Bound<u64>) -> Result<bool, BackendError> {
        self.0.inner.try_lock_shared_range(start, end)
    }

    fn lock_range(&self, start: Bound<u64>, end: Bound<u64>) -> Result<(), BackendError> {
        self.0.inner.lock_range(start, end)
    }

    fn lock_shared_range(&self, start: Bound<u64>, end: Bound<u64>) -> Result<(), BackendError> {
        self.0.inner.lock_shared_range(start, end)
    }

    fn unlock_range(&self, start: Bound<u64>, end: Bound<u64>) -> Result<(), BackendError> {
        self.0.inner.unlock_range(start, end)
    }

    fn query_lock_range(&self, start: Bound<u64>, end: Bound<u64>) -> Result<bool, BackendError> {
        self.0.inner.query_lock_range(start, end)
    }
}

/// A file of a database that is only tried: nothing of it has to outlive a power cut, and nobody is to wait for the disk
/// because of it. What was written goes there by and by.
#[derive(Debug)]
pub struct Loose {
    backend: FileBackend,
    file: File,
}

impl Loose {
    pub fn over(file: File) -> Result<Loose, redb::DatabaseError> {
        let copy = file.try_clone().map_err(redb::StorageError::Io)?;
        Ok(Loose { backend: FileBackend::new(file)?, file: copy })
    }
}

impl StorageBackend for Loose {
    fn len(&self) -> io::Result<u64> {
        self.backend.len()
    }

    fn read(&self, offset: u64, out: &mut [u8]) -> io::Result<()> {
        self.backend.read(offset, out)
    }

    fn set_len(&self, length: u64) -> io::Result<()> {
        self.backend.set_len(length)
    }

    fn sync_data(&self) -> io::Result<()> {
        forget_cached(&self.file);
        Ok(())
    }

    fn write(&self, offset: u64, data: &[u8]) -> io::Result<()> {
        self.backend.write(offset, data)
    }

    fn close(&self) -> io::Result<()> {
        self.backend.close()
    }
}

/// Lets go of what the system remembers of a file: what is read next comes from the disk. What is not there yet begins to go
/// there (Linux, mm/fadvise.c), without anybody's waiting for it.
pub fn forget_cached(file: &File) {
    // A system that does not do it has a memory that is as good as its disk, as a tmpfs does.
    let _ = rustix::fs::fadvise(file, 0, None, rustix::fs::Advice::DontNeed);
}

/// A file that nobody can write to, as redb wants to see it: what it would write when it opens one (that it is open, and
/// what a crash left to be mended) stays in memory. Begun with a head that is known to be durable.
#[derive(Debug)]
pub struct Overlay {
    file: File,
    /// Of the file itself.
    length: u64,
    over: Mutex<Over>,
}

#[derive(Debug)]
struct Over {
    length: u64,
    pages: BTreeMap<u64, Box<[u8]>>,
}

const PAGE: u64 = limits::OVERLAY_PAGE_BYTES as u64;

impl Overlay {
    pub fn over(file: File, head: Option<&[u8]>) -> io::Result<Overlay> {
        let length = file.metadata()?.len();
        let overlay = Overlay { file, length, over: Mutex::new(Over { length, pages: BTreeMap::new() }) };
        if let Some(head) = head {
            overlay.write(0, head)?;
        }
        Ok(overlay)
    }

    /// A page as it is in the file; zeros after its end.
    fn page(&self, number: u64) -> io::Result<Box<[u8]>> {
        let mut page = vec![0; PAGE as usize];
        let mut filled = 0;
        while filled < page.len() {
            match self.file.read_at(&mut page[filled..], number * PAGE + filled as u64)? {
                0 => break,
                count => filled += count,
            }
        }
        Ok(page.into())
    }
}

/// The part of page `number` that `from..from + length` covers: where in the page, and where in the bytes.
fn part(number: u64, from: u64, length: usize) -> (std::ops::Range<usize>, std::ops::Range<usize>) {
    let begin = (number * PAGE).max(from);
    let end = ((number + 1) * PAGE).min(from + length as u64);
    let in_page = (begin - number * PAGE) as usize..(end - number * PAGE) as usize;
    (in_page, (begin - from) as usize..(end - from) as usize)
}

impl StorageBackend for Overlay {
    fn len(&self) -> io::Result<u64> {
        Ok(lock(&self.over).length)
    }

    fn read(&self, offset: u64, out: &mut [u8]) -> io::Result<()> {
        let over = lock(&self.over);
        let end = offset + out.len() as u64;
        if end > over.length {
            return Err(io::ErrorKind::UnexpectedEof.into());
        }
        if end <= self.length && over.pages.range(offset / PAGE..end.div_ceil(PAGE)).next().is_none() {
            drop(over);
            return self.file.read_exact_at(out, offset);
        }
        for number in offset / PAGE..end.div_ceil(PAGE) {
            let (in_page, in_out) = part(number, offset, out.len());
            match over.pages.get(&number) {
                Some(page) => out[in_out].copy_from_slice(&page[in_page]),
                None => out[in_out].copy_from_slice(&self.page(number)?[in_page]),
            }
        }
        Ok(())
    }

    fn set_len(&self, length: u64) -> io::Result<()> {
        lock(&self.over).length = length;
        Ok(())
    }

    fn sync_data(&self) -> io::Result<()> {
        Ok(())
    }

    fn write(&self, offset: u64, data: &[u8]) -> io::Result<()> {
        let mut over = lock(&self.over);
        let end = offset + data.len() as u64;
        for number in offset / PAGE..end.div_ceil(PAGE) {
            let (in_page, in_data) = part(number, offset, data.len());
            let page = match over.pages.remove(&number) {
                Some(page) => page,
                None => self.page(number)?,
            };
            let page = over.pages.entry(number).or_insert(page);
            page[in_page].copy_from_slice(&data[in_data]);
        }
        over.length = over.length.max(end);
        Ok(())
    }

    // The data folder's own lock keeps others out; a file that can only be read cannot be locked for writing.
    fn try_lock_range(&self, _: Bound<u64>, _: Bound<u64>) -> Result<bool, BackendError> {
        Ok(true)
    }

    fn unlock_range(&self, _: Bound<u64>, _: Bound<u64>) -> Result<(), BackendError> {
        Ok(())
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests {
    use super::*;
    use redb::{Builder, ReadableDatabase, TableDefinition};
    use std::io::Write;

    #[test]
    fn what_is_written_over_a_file_is_read_and_the_file_stays() {
        let mut file = tempfile::tempfile().unwrap();
        file.write_all(&vec![7; 10_000]).unwrap();
        let overlay = Overlay::over(file.try_clone().unwrap(), None).unwrap();
        overlay.write(4_090, &[1; 20]).unwrap();
        overlay.write(12_000, &[2; 5]).unwrap();
        let mut read = vec![0; 12_005];
        overlay.read(0, &mut read).unwrap();
        let mut expected = vec![7; 10_000];
        expected.resize(12_000, 0);
        expected.extend([2; 5]);
        expected[4_090..4_110].fill(1);
        assert!(read == expected);
        assert!(overlay.read(12_000, &mut [0; 6]).is_err());
        assert_eq!(file.metadata().unwrap().len(), 10_000);
        let mut kept = vec![0; 10_000];
        file.read_exact_at(&mut kept, 0).unwrap();
        assert!(kept == vec![7; 10_000]);
    }

    #[test]
    fn a_database_that_nobody_closed_is_read_without_a_write() {
        const TABLE: TableDefinition<u64, u64> = TableDefinition::new("t");
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a.redb");
        let db = Builder::new().create(&path).unwrap();
        let mut txn = db.begin_write().unwrap();
        txn.set_quick_repair(true);
        txn.open_table(TABLE).unwrap().insert(1, 2).unwrap();
        txn.commit().unwrap();
        // As a crash leaves it.
        let left = folder.path().join("b.redb");
        std::fs::copy(&path, &left).unwrap();
        let before = std::fs::read(&left).unwrap();
        let overlay = Overlay::over(File::open(&left).unwrap(), None).unwrap();
        let opened = Builder::new().create_with_backend(overlay).unwrap();
        let found = opened.begin_read().unwrap().open_table(TABLE).unwrap().get(1).unwrap().unwrap().value();
        assert_eq!(found, 2);
        drop(opened);
        assert!(std::fs::read(&left).unwrap() == before);
    }

    #[test]
    fn one_that_was_closed_gives_its_lock_up_and_reads_nothing_more() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a.redb");
        let open = || {
            let file = File::options().read(true).write(true).create(true).truncate(false).open(&path).unwrap();
            let (medium, handle) = Medium::of(Box::new(redb::backends::FileBackend::new(file).unwrap()));
            Builder::new().create_with_backend(handle).map(|db| (medium, db))
        };
        let (medium, db) = open().unwrap();
        open().map(drop).unwrap_err();
        assert!(!medium.durable_head().is_empty());
        medium.close();
        let again = open().unwrap();
        assert!(db.begin_write().is_err_and(|_| true) || db.begin_write().unwrap().commit().is_err());
        drop(db);
        again.1.begin_write().unwrap().commit().unwrap();
    }
}
