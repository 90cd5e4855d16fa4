//! One upload on its way to the disk: bytes become chunks, summed as they come, and wait where the disk is slower.
use super::mark::Mark;
use super::writer::{Begun, Job, Part};
use super::{Files, chunk, gone, index, stopped};
use crate::error::{Fault, Result};
use crate::id::Id;
use crate::limits::CHUNK_BYTES;
use bytes::Bytes;
use sha2::Digest;
use std::sync::Arc;
use tokio::sync::oneshot;

/// Holds at most a chunk, and what waits in the writer's queue: under 1 MiB, whatever the file's size.
pub struct Appender {
    files: Files,
    blob: Id,
    /// The writer hears who holds this.
    token: Arc<()>,
    /// Of what is summed: all but the last bytes of `tail`.
    mark: Mark,
    /// The bytes of the chunk that is not full yet.
    tail: Vec<u8>,
    /// How many of them are with the writer.
    sent: usize,
    /// Where it was when it began.
    first: (Mark, Vec<u8>),
    /// A step that was left in the middle ends it.
    broken: bool,
}

/// A blob that is whole and durable.
pub struct Finished {
    pub size: u64,
    pub sha256: [u8; 32],
    /// Its first bytes, up to a chunk.
    pub head: Bytes,
}

impl Appender {
    pub(super) async fn begin(files: Files, blob: Id) -> Result<Appender> {
        let token = Arc::new(());
        let (answer, answered) = oneshot::channel();
        files.ask(Job::Begin { blob, token: Arc::downgrade(&token), answer }).await?;
        let Begun { mark, tail } = answered.await.map_err(|_| stopped())??;
        let (sent, first) = (tail.len(), (mark.clone(), tail.clone()));
        Ok(Appender { files, blob, token, mark, tail, sent, first, broken: false })
    }

    /// How long the blob is with all that was written to it.
    pub fn length(&self) -> u64 {
        self.mark.length - self.sent as u64 + self.tail.len() as u64
    }

    /// Takes bytes, and waits where the disk is slower than they come.
    pub async fn write(&mut self, mut bytes: Bytes) -> Result<()> {
        while !bytes.is_empty() {
            let room = CHUNK_BYTES - self.tail.len();
            self.tail.reserve_exact(room);
            let part = bytes.split_to(bytes.len().min(room));
            self.tail.extend_from_slice(&part);
            if self.tail.len() == CHUNK_BYTES {
                self.send().await?;
            }
        }
        Ok(())
    }

    /// Makes all that was written durable: how many bytes the blob has then.
    pub async fn flush(&mut self) -> Result<u64> {
        self.send().await?;
        let (answer, answered) = oneshot::channel();
        self.files.ask(Job::Flush { blob: self.blob, token: Arc::downgrade(&self.token), answer }).await?;
        answered.await.map_err(|_| stopped())??;
        Ok(self.mark.length)
    }

    /// Makes the blob durable as a whole.
    pub async fn finish(mut self) -> Result<Finished> {
        let size = self.flush().await?;
        let (files, blob) = (self.files.clone(), self.blob);
        let head = tokio::task::spawn_blocking(move || -> Result<Bytes> {
            files.reads(|txn| Ok(chunk(txn, blob, 0).map_err(Fault::new)?))
        });
        let head = head.await.map_err(Fault::new)??;
        Ok(Finished { size, sha256: self.mark.sum.clone().finalize().into(), head })
    }

    /// Takes back all that this appender wrote.
    pub async fn undo(self) -> Result<()> {
        let (answer, answered) = oneshot::channel();
        let (mark, tail) = self.first;
        let token = Arc::downgrade(&self.token);
        self.files.ask(Job::Rewind { blob: self.blob, token, mark, tail, answer }).await?;
        answered.await.map_err(|_| stopped())?
    }

    /// Sums what is new and gives the chunk to the writer; one that is full makes place for the next.
    async fn send(&mut self) -> Result<()> {
        if self.broken {
            return Err(gone().into());
        }
        if self.tail.len() == self.sent {
            return Ok(());
        }
        // Whoever stops waiting here leaves neither tail nor sum behind.
        self.broken = true;
        let (mut tail, mut mark, sent) = (std::mem::take(&mut self.tail), self.mark.clone(), self.sent);
        let summed = tokio::task::spawn_blocking(move || {
            mark.sum.update(&tail[sent..]);
            mark.length += (tail.len() - sent) as u64;
            let bytes = match tail.len() {
                CHUNK_BYTES => Bytes::from(std::mem::take(&mut tail)),
                _ => Bytes::copy_from_slice(&tail),
            };
            (tail, mark, bytes)
        });
        let (tail, mark, bytes) = summed.await.map_err(Fault::new)?;
        let part = Part { index: index(mark.length - 1), bytes, mark: mark.clone() };
        self.files.ask(Job::Part { blob: self.blob, token: Arc::downgrade(&self.token), part }).await?;
        (self.sent, self.tail, self.mark, self.broken) = (tail.len(), tail, mark, false);
        Ok(())
    }
}
