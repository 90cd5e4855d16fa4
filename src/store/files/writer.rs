//! The one writer of bytes: gathers the chunks of all uploads and commits them in steps that leave the disk to messages.
use super::mark::Mark;
use super::{BLOBS, CHUNKS, gone, index, offset};
use crate::error::{Fault, Refusal, Result};
use crate::id::Id;
use crate::limits;
use crate::store::activity::Activity;
use crate::store::slot::{Mode, Slot, is_full, read_only};
use bytes::Bytes;
use redb::{ReadableTable, WriteTransaction};
use std::collections::{HashMap, HashSet};
use std::ops::ControlFlow;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::{Arc, Mutex, PoisonError, Weak};
use std::thread::park_timeout;
use tokio::sync::{mpsc, oneshot};

type Answer<T> = oneshot::Sender<Result<T>>;

/// What the writer is asked for. Jobs of a blob carry the token of its appender; those of an earlier one are not heard.
pub enum Job {
    Begin {
        blob: Id,
        token: Weak<()>,
        answer: Answer<Begun>,
    },
    Part {
        blob: Id,
        token: Weak<()>,
        part: Part,
    },
    Flush {
        blob: Id,
        token: Weak<()>,
        answer: Answer<()>,
    },
    Rewind {
        blob: Id,
        token: Weak<()>,
        mark: Mark,
        tail: Vec<u8>,
        answer: Answer<()>,
    },
    Free {
        blob: Id,
        answer: Answer<()>,
    },
    /// Something that is done while nothing is written.
    Alone(Box<dyn FnOnce(&mut Writer) + Send>),
    /// The database failed under a reader, or it is time to try again.
    Look,
}

/// Where an appender goes on.
pub struct Begun {
    pub mark: Mark,
    /// The bytes of the last chunk, if it is not full.
    pub tail: Vec<u8>,
}

/// A chunk as far as it is, and how far the blob is with it.
pub struct Part {
    pub index: u32,
    pub bytes: Bytes,
    pub mark: Mark,
}

pub fn start(slot: Arc<Slot>, gate: Arc<Mutex<()>>, activity: Activity) -> Result<mpsc::Sender<Job>> {
    let (jobs, queue) = mpsc::channel(limits::FILES_QUEUE);
    let (open, waiting) = (HashMap::new(), Vec::new());
    let writer = Writer { slot, gate, activity, open, waiting, bytes: 0, touched: None };
    std::thread::Builder::new().name("snug-files".into()).spawn(move || writer.run(queue))?;
    Ok(jobs)
}

pub struct Writer {
    pub slot: Arc<Slot>,
    gate: Arc<Mutex<()>>,
    activity: Activity,
    /// Whose parts are heard. Who is not here any more has lost bytes, or its blob.
    open: HashMap<Id, Weak<()>>,
    /// What the next commit holds, in order.
    waiting: Vec<(Id, Part)>,
    bytes: usize,
    /// Blobs that were written since somebody began to copy the database.
    pub touched: Option<HashSet<Id>>,
}

impl Writer {
    fn run(mut self, mut queue: mpsc::Receiver<Job>) {
        while let Some(job) = queue.blocking_recv() {
            // Who asked is told that nobody answers; the next one is heard.
            if catch_unwind(AssertUnwindSafe(|| self.hear(job))).is_err() {
                tracing::error!("the writer of files panicked");
            }
        }
        // The server stops: what came is kept for who goes on later.
        let _ = self.commit();
    }

    /// Who asked may have gone; what was done stands all the same.
    fn hear(&mut self, job: Job) {
        match job {
            Job::Begin { blob, token, answer } => drop(answer.send(self.begin(blob, token))),
            Job::Part { blob, token, part } if self.hears(blob, &token) => {
                self.bytes += part.bytes.len();
                self.waiting.push((blob, part));
                let step = match self.activity.is_recent() {
                    true => limits::FILES_COMMIT_BYTES,
                    false => limits::FILES_COMMIT_IDLE_BYTES,
                };
                if self.bytes >= step {
                    // Who wrote it learns of a failure at the next flush.
                    let _ = self.commit();
                }
            }
            Job::Part { .. } => {}
            Job::Flush { blob, token, answer } => {
                let heard = self.hears(blob, &token);
                let done = self.commit().and_then(|()| if heard { Ok(()) } else { Err(gone().into()) });
                let _ = answer.send(done);
            }
            Job::Rewind { blob, token, mark, tail, answer } => {
                let heard = self.hears(blob, &token);
                let done = self.commit().and_then(|()| if heard { self.rewind(blob, &mark, &tail) } else { Ok(()) });
                let _ = answer.send(done);
            }
            Job::Free { blob, answer } => drop(answer.send(self.free(blob))),
            Job::Alone(work) => {
                if catch_unwind(AssertUnwindSafe(|| work(self))).is_err() {
                    tracing::error!("what the writer of files did alone panicked");
                }
            }
            Job::Look if !self.slot.is_well() => drop(self.come_back()),
            Job::Look if self.slot.failure().is_some() => drop(self.reopen()),
            Job::Look => {}
        }
    }

    fn hears(&self, blob: Id, token: &Weak<()>) -> bool {
        self.open.get(&blob).is_some_and(|open| open.ptr_eq(token))
    }

    fn begin(&mut self, blob: Id, token: Weak<()>) -> Result<Begun> {
        self.commit()?;
        let (_live, txn) = self.slot.begin_read()?;
        let mark = super::mark(&txn, blob)?.unwrap_or_default();
        let tail = match offset(mark.length) {
            0 => Vec::new(),
            _ => super::chunk(&txn, blob, index(mark.length)).map_err(Fault::new)?.to_vec(),
        };
        if tail.len() != offset(mark.length) {
            return Err(Fault::new("the last chunk of a blob is not as long as its mark says").into());
        }
        self.open.retain(|_, token| token.strong_count() > 0);
        self.open.insert(blob, token);
        Ok(Begun { mark, tail })
    }

    /// Makes what waits durable. If that fails its appenders are not heard any more: what they send would follow a hole.
    fn commit(&mut self) -> Result<()> {
        if self.waiting.is_empty() {
            return Ok(());
        }
        self.bytes = 0;
        let waiting = std::mem::take(&mut self.waiting);
        if let Some(touched) = &mut self.touched {
            touched.extend(waiting.iter().map(|(blob, _)| *blob));
        }
        let written = self.write(|txn| {
            let (mut chunks, mut blobs) = (txn.open_table(CHUNKS)?, txn.open_table(BLOBS)?);
            for (blob, part) in &waiting {
                chunks.insert((*blob, part.index), &*part.bytes)?;
                blobs.insert(*blob, part.mark.encode().as_slice())?;
            }
            Ok(())
        });
        if written.is_err() {
            for (blob, _) in &waiting {
                self.open.remove(blob);
            }
        }
        written
    }

    fn rewind(&mut self, blob: Id, mark: &Mark, tail: &[u8]) -> Result<()> {
        self.touch(blob);
        self.write(|txn| {
            let (mut chunks, mut blobs) = (txn.open_table(CHUNKS)?, txn.open_table(BLOBS)?);
            let first = index(mark.length);
            chunks.retain_in((blob, first)..=(blob, u32::MAX), |_, _| false)?;
            if !tail.is_empty() {
                chunks.insert((blob, first), tail)?;
            }
            blobs.insert(blob, mark.encode().as_slice())?;
            Ok(())
        })
    }

    fn touch(&mut self, blob: Id) {
        if let Some(touched) = &mut self.touched {
            touched.insert(blob);
        }
    }

    /// Removes chunks in steps, and the mark with the last of them: what a cut leaves is still known.
    fn free(&mut self, blob: Id) -> Result<()> {
        self.open.remove(&blob);
        self.commit()?;
        self.touch(blob);
        let gate = self.gate.clone();
        let _closed = gate.lock().unwrap_or_else(PoisonError::into_inner);
        loop {
            let step = self.write(|txn| {
                let mut chunks = txn.open_table(CHUNKS)?;
                let mut keys = Vec::new();
                for row in chunks.range((blob, 0)..=(blob, u32::MAX))?.take(limits::FREE_STEP_CHUNKS) {
                    keys.push(row?.0.value());
                }
                for key in &keys {
                    chunks.remove(*key)?;
                }
                if keys.len() == limits::FREE_STEP_CHUNKS {
                    return Ok(ControlFlow::Continue(()));
                }
                txn.open_table(BLOBS)?.remove(blob)?;
                Ok(ControlFlow::Break(()))
            })?;
            if step.is_break() {
                return Ok(());
            }
        }
    }

    /// Brings something to disk. If the database fails under it, it is opened again, and the same is written once more:
    /// it is either there as a whole or not, and the same bytes in the same place are no harm.
    fn write<T>(&self, write: impl Fn(&WriteTransaction) -> Result<T, redb::Error>) -> Result<T> {
        if !self.slot.is_well() {
            self.come_back()?;
        }
        let mut last = None;
        for _ in 0..=limits::RERUNS_MAX {
            let why = match catch_unwind(AssertUnwindSafe(|| self.attempt(&write))) {
                Ok(Ok(written)) => return Ok(written),
                Ok(Err(error)) => error,
                Err(_) => Fault::new("writing panicked").into(),
            };
            tracing::error!(error = %why, "bytes of files could not be written");
            let failure = self.slot.failure();
            if failure.is_none() {
                return Err(why);
            }
            self.reopen()?;
            if failure.is_some_and(|(kind, _)| is_full(kind)) {
                return Err(full().into());
            }
            last = Some(why);
        }
        Err(last.unwrap_or_else(|| read_only().into()))
    }

    fn attempt<T>(&self, write: &impl Fn(&WriteTransaction) -> Result<T, redb::Error>) -> Result<T> {
        let live = self.slot.live()?;
        let attempt = || {
            let mut txn = live.db.begin_write()?;
            txn.set_quick_repair(true);
            let written = write(&txn)?;
            txn.commit()?;
            Ok(written)
        };
        attempt().map_err(|error: redb::Error| Fault::new(error).into())
    }

    /// Opens the database again, for writing if that is possible and else for reading.
    fn reopen(&self) -> Result<()> {
        let mut last = Ok(());
        for wait in limits::REOPEN_WAITS {
            park_timeout(wait);
            last = self.slot.reopen().map(drop);
            if last.is_ok() {
                return Ok(());
            }
        }
        let why = last.as_ref().map_or_else(ToString::to_string, |()| String::new());
        tracing::error!(why, "the database of files cannot be written to; it is read only until it can");
        self.read_only(why);
        Err(read_only().into())
    }

    /// Opens for writing what could only be read.
    fn come_back(&self) -> Result<()> {
        match self.slot.reopen() {
            Ok(_) => {
                self.slot.set_mode(Mode::Ok);
                tracing::info!("the database of files can be written to again");
                Ok(())
            }
            Err(why) => {
                self.read_only(why.to_string());
                Err(read_only().into())
            }
        }
    }

    fn read_only(&self, why: String) {
        self.slot.set_mode(match self.slot.reopen_for_reading() {
            Ok(_) => Mode::ReadOnly { why },
            Err(error) => Mode::Down { why: error.to_string() },
        });
    }
}

fn full() -> Refusal {
    Refusal::new(507, "storage_full", "The server's disk is full. Its operator has to make room.")
}
