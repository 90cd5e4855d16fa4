//! A copy of all bytes beside them, which follows what is written meanwhile, and takes their place.
use super::writer::{Job, Writer};
use super::{BLOBS, CHUNKS, Files, make_tables, stopped};
use crate::error::{Fault, Result};
use crate::id::Id;
use crate::limits;
use crate::store::slot::{Live, read_only};
use redb::{Database, ReadTransaction, WriteTransaction};
use std::collections::HashSet;
use std::path::PathBuf;
use tokio::sync::oneshot;

pub struct Copy {
    live: Live,
}

impl Copy {
    /// Copies one moment. Blocks.
    pub fn begin(files: &Files, live: Live) -> Result<Copy> {
        make_tables(&live.db)?;
        let blobs = files.alone(|writer| {
            writer.touched = Some(HashSet::new());
            Ok(())
        });
        blobs?;
        let copied = files.blobs().and_then(|blobs| copy(files, &live.db, blobs));
        if copied.is_err() {
            files.alone(end)?;
        }
        copied.map(|()| Copy { live })
    }

    /// Follows what was written meanwhile, and puts the copy, which is `fresh`, into the place of the database.
    pub fn finish(self, files: &Files, fresh: PathBuf, path: PathBuf) -> Result<()> {
        let done = self.follow(files, fresh, path);
        if done.is_err() {
            files.alone(end)?;
        }
        done
    }

    fn follow(self, files: &Files, fresh: PathBuf, path: PathBuf) -> Result<()> {
        for _ in 0..limits::COPY_ROUNDS {
            let touched = files.alone(|writer| Ok(taken(writer)))?;
            let few = touched.len() <= 1;
            copy(files, &self.live.db, touched)?;
            if few {
                break;
            }
        }
        let own = files.clone();
        files.alone(move |writer| {
            let touched = taken(writer);
            copy(&own, &self.live.db, touched)?;
            writer.slot.replace(self.live, &fresh, &path)?;
            end(writer)
        })
    }
}

impl Files {
    /// Does something while no bytes are written. Blocks until it is done.
    fn alone<T: Send + 'static>(&self, work: impl FnOnce(&mut Writer) -> Result<T> + Send + 'static) -> Result<T> {
        let (answer, answered) = oneshot::channel();
        let job = Job::Alone(Box::new(move |writer| drop(answer.send(work(writer)))));
        self.jobs.blocking_send(job).map_err(|_| stopped())?;
        answered.blocking_recv().map_err(|_| read_only())?
    }
}

fn taken(writer: &mut Writer) -> Vec<Id> {
    let mut blobs: Vec<Id> = writer.touched.as_mut().map(std::mem::take).unwrap_or_default().into_iter().collect();
    blobs.sort_unstable();
    blobs
}

fn end(writer: &mut Writer) -> Result<()> {
    writer.touched = None;
    Ok(())
}

/// Copies these blobs as they are now: whole, or not there.
fn copy(files: &Files, to: &Database, blobs: Vec<Id>) -> Result<()> {
    for blob in blobs {
        let (_live, from) = files.slot.begin_read()?;
        one(&from, to, blob)?;
    }
    Ok(())
}

fn one(from: &ReadTransaction, to: &Database, blob: Id) -> Result<()> {
    let (chunks, marks) = (from.open_table(CHUNKS).map_err(Fault::new)?, from.open_table(BLOBS).map_err(Fault::new)?);
    let mut txn = begin(to)?;
    let old = |txn: &WriteTransaction| -> Result<(), redb::Error> {
        txn.open_table(CHUNKS)?.retain_in((blob, 0)..=(blob, u32::MAX), |_, _| false)?;
        txn.open_table(BLOBS)?.remove(blob)?;
        Ok(())
    };
    old(&txn).map_err(Fault::new)?;
    let mut waiting = 0;
    for row in chunks.range((blob, 0)..=(blob, u32::MAX)).map_err(Fault::new)? {
        let (key, bytes) = row.map_err(Fault::new)?;
        txn.open_table(CHUNKS).map_err(Fault::new)?.insert(key.value(), bytes.value()).map_err(Fault::new)?;
        waiting += bytes.value().len();
        if waiting >= limits::FILES_COMMIT_IDLE_BYTES {
            waiting = 0;
            txn.commit().map_err(Fault::new)?;
            txn = begin(to)?;
        }
    }
    // Last, as when it came: what has a mark is whole.
    if let Some(mark) = marks.get(blob).map_err(Fault::new)? {
        txn.open_table(BLOBS).map_err(Fault::new)?.insert(blob, mark.value()).map_err(Fault::new)?;
    }
    Ok(txn.commit().map_err(Fault::new)?)
}

fn begin(db: &Database) -> Result<WriteTransaction> {
    let mut txn = db.begin_write().map_err(Fault::new)?;
    txn.set_quick_repair(true);
    Ok(txn)
}
