//! The bytes of files, in chunks, in a database of their own: an upload never delays a message (FACTS).
//!
//! A blob is bytes under a number that is never used again: an id of `snug.redb`, durable there before the first byte
//! comes here. Bytes are durable here before a row there names them, and go only after no row names them any more. So
//! whatever a crash leaves, every row's bytes are whole, and what no row names can be freed.
mod appender;
mod copy;
mod filler;
mod mark;
mod writer;

pub use appender::{Appender, Finished};
pub(super) use copy::Copy;
pub use filler::Filler;

use super::activity::Activity;
use super::slot::{self, Live, Mode, Slot};
use crate::error::{Fault, Refusal, Result};
use crate::id::Id;
use crate::limits::CHUNK_BYTES;
use bytes::Bytes;
use futures_util::{Stream, stream};
use mark::Mark;
use redb::{Database, ReadTransaction, ReadableDatabase, ReadableTable, TableDefinition};
use sha2::Digest;
use std::io;
use std::ops::Range;
use std::sync::{Arc, Mutex, PoisonError};
use tokio::sync::{mpsc, oneshot};
use writer::Job;

/// (blob, index) to as many bytes as a chunk holds; the last one may hold fewer.
const CHUNKS: TableDefinition<(u64, u32), &[u8]> = TableDefinition::new("chunks");
/// Blob to how far it is: `Mark`.
const BLOBS: TableDefinition<u64, &[u8]> = TableDefinition::new("blobs");

/// The open database of bytes. Cheap to clone; its writer stops when the last one is gone.
#[derive(Clone)]
pub struct Files {
    slot: Arc<Slot>,
    jobs: mpsc::Sender<Job>,
    /// Held while bytes go, and while a moment of both databases is taken: what the one names, the other has.
    gate: Arc<Mutex<()>>,
}

impl Files {
    pub(super) fn start(slot: Slot, activity: Activity) -> Result<Files> {
        make_tables(&slot.live()?.db)?;
        let slot = Arc::new(slot);
        let gate = Arc::<Mutex<()>>::default();
        let jobs = writer::start(slot.clone(), gate.clone(), activity)?;
        Ok(Files { slot, jobs, gate })
    }

    /// Whether bytes can be written.
    pub fn mode(&self) -> Mode {
        self.slot.mode()
    }

    /// Has the writer look at a database that failed, or that could not be written to.
    pub fn look(&self) {
        if self.slot.failure().is_some() || !self.slot.is_well() {
            // A full queue looks by itself.
            let _ = self.jobs.try_send(Job::Look);
        }
    }

    /// How many bytes of a blob are durable; 0 for none. Blocks.
    pub fn length(&self, blob: Id) -> Result<u64> {
        self.reads(|txn| length(txn, blob))
    }

    /// Goes on with a blob at its durable end, or begins it. Only one appender of a blob is heard, the last one.
    pub async fn append(&self, blob: Id) -> Result<Appender> {
        Appender::begin(self.clone(), blob).await
    }

    /// A part of a blob, chunk by chunk. It holds no snapshot: bytes that are freed meanwhile end it with an error, never
    /// with other bytes.
    pub fn read(&self, blob: Id, range: Range<u64>) -> impl Stream<Item = io::Result<Bytes>> + Send + use<> {
        let files = self.clone();
        stream::try_unfold(range.start, move |at| {
            let (files, end) = (files.clone(), range.end);
            async move {
                if at >= end {
                    return Ok(None);
                }
                let read = tokio::task::spawn_blocking(move || files.part(blob, at, end)).await;
                let bytes = read.map_err(io::Error::other)??;
                let next = at + bytes.len() as u64;
                Ok(Some((bytes, next)))
            }
        })
    }

    /// Removes a blob. Nothing may name it any more. One that is not there is gone already.
    pub async fn free(&self, blob: Id) -> Result<()> {
        let (answer, answered) = oneshot::channel();
        self.ask(Job::Free { blob, answer }).await?;
        answered.await.map_err(|_| stopped())?
    }

    /// Every blob that is here. Blocks.
    pub fn blobs(&self) -> Result<Vec<Id>> {
        self.reads(|txn| {
            let table = txn.open_table(BLOBS).map_err(Fault::new)?;
            let mut blobs = Vec::new();
            for row in table.iter().map_err(Fault::new)? {
                blobs.push(row.map_err(Fault::new)?.0.value());
            }
            Ok(blobs)
        })
    }

    /// What all blobs have together. Blocks.
    pub fn bytes(&self) -> Result<u64> {
        self.reads(|txn| {
            let table = txn.open_table(BLOBS).map_err(Fault::new)?;
            let mut bytes = 0;
            for row in table.iter().map_err(Fault::new)? {
                bytes += Mark::decode(row.map_err(Fault::new)?.1.value())?.length;
            }
            Ok(bytes)
        })
    }

    /// Reads from one moment. If the database fails under it, it is opened again for who asks next.
    fn reads<T>(&self, ask: impl FnOnce(&ReadTransaction) -> Result<T>) -> Result<T> {
        let (live, txn) = self.slot.begin_read().inspect_err(|_| self.look())?;
        ask(&txn).map_err(|error| {
            self.look();
            slot::excuse(&live, error)
        })
    }

    /// A snapshot of these bytes with one of another database, between which nothing was freed.
    pub(super) fn moment<T>(&self, other: impl FnOnce() -> Result<T>) -> Result<(T, Moment)> {
        let _closed = self.gate.lock().unwrap_or_else(PoisonError::into_inner);
        let other = other()?;
        let (live, txn) = self.slot.begin_read()?;
        Ok((other, Moment { txn, _live: Some(live) }))
    }

    /// The bytes from `at` to the end of its chunk, or to `end`.
    fn part(&self, blob: Id, at: u64, end: u64) -> io::Result<Bytes> {
        let chunk = self.reads(|txn| Ok(chunk(txn, blob, index(at)).map_err(Fault::new)?)).map_err(io::Error::other)?;
        let first = offset(at);
        let last = chunk.len().min(first + usize::try_from(end - at).unwrap_or(usize::MAX));
        match first < last {
            true => Ok(chunk.slice(first..last)),
            false => Err(io::Error::new(io::ErrorKind::UnexpectedEof, "these bytes are gone")),
        }
    }

    async fn ask(&self, job: Job) -> Result<()> {
        self.jobs.send(job).await.map_err(|_| stopped())
    }
}

/// The bytes as they are at one moment.
pub struct Moment {
    txn: ReadTransaction,
    /// Stays open while this is read.
    _live: Option<Arc<Live>>,
}

impl Moment {
    /// The present one of a database that nobody else has open.
    pub(super) fn of(db: &Database) -> Result<Moment> {
        make_tables(db)?;
        Ok(Moment { txn: db.begin_read().map_err(Fault::new)?, _live: None })
    }

    /// How far a blob is, as it is stored; none if it is not here.
    pub fn mark(&self, blob: Id) -> Result<Option<Vec<u8>>> {
        Ok(mark(&self.txn, blob)?.map(|mark| mark.encode()))
    }

    /// Calls `each` with the chunks of a blob in their order.
    pub fn chunks(&self, blob: Id, mut each: impl FnMut(&[u8]) -> Result<()>) -> Result<()> {
        let table = self.txn.open_table(CHUNKS).map_err(Fault::new)?;
        for row in table.range((blob, 0)..=(blob, u32::MAX)).map_err(Fault::new)? {
            each(row.map_err(Fault::new)?.1.value())?;
        }
        Ok(())
    }
}

/// Which chunk a place is in, and where in it.
fn index(at: u64) -> u32 {
    u32::try_from(at / CHUNK_BYTES as u64).unwrap_or(u32::MAX)
}

fn offset(at: u64) -> usize {
    (at % CHUNK_BYTES as u64) as usize
}

fn make_tables(db: &Database) -> Result<()> {
    let mut txn = db.begin_write().map_err(Fault::new)?;
    txn.set_quick_repair(true);
    txn.open_table(CHUNKS).map_err(Fault::new)?;
    txn.open_table(BLOBS).map_err(Fault::new)?;
    txn.commit().map_err(Fault::new)?;
    Ok(())
}

/// What a mark of `Moment::mark` says: so many bytes, with this SHA-256.
pub fn how_far(mark: &[u8]) -> Result<(u64, [u8; 32])> {
    let mark = Mark::decode(mark)?;
    Ok((mark.length, mark.sum.finalize().into()))
}

fn length(txn: &ReadTransaction, blob: Id) -> Result<u64> {
    Ok(mark(txn, blob)?.map_or(0, |mark| mark.length))
}

fn mark(txn: &ReadTransaction, blob: Id) -> Result<Option<Mark>> {
    let table = txn.open_table(BLOBS).map_err(Fault::new)?;
    let row = table.get(blob).map_err(Fault::new)?;
    row.map(|row| Ok(Mark::decode(row.value())?)).transpose()
}

/// A chunk's bytes; none if it is not there.
fn chunk(txn: &ReadTransaction, blob: Id, index: u32) -> Result<Bytes, redb::Error> {
    let table = txn.open_table(CHUNKS)?;
    Ok(table.get((blob, index))?.map(|row| Bytes::copy_from_slice(row.value())).unwrap_or_default())
}

fn stopped() -> crate::error::Error {
    Fault::new("the writer of files has stopped").into()
}

/// The bytes that this appender wrote belong to nothing any more.
fn gone() -> Refusal {
    crate::error::not_found()
}
