//! Fills a new database of bytes from a backup.
use super::mark::Mark;
use super::{BLOBS, CHUNKS, make_tables};
use crate::error::{Fault, Result};
use crate::id::Id;
use crate::limits;
use redb::{Database, WriteTransaction};

pub struct Filler<'d> {
    db: &'d Database,
    open: Option<WriteTransaction>,
    /// Bytes in the open transaction.
    waiting: usize,
    /// The blob whose chunks come, how many came, and how many bytes are still to come.
    blob: Id,
    chunks: u32,
    left: u64,
}

impl<'d> Filler<'d> {
    pub fn begin(db: &'d Database) -> Result<Self> {
        make_tables(db)?;
        Ok(Filler { db, open: None, waiting: 0, blob: 0, chunks: 0, left: 0 })
    }

    /// A blob begins.
    pub fn blob(&mut self, blob: Id, mark: &[u8]) -> Result<()> {
        self.check_whole()?;
        (self.blob, self.chunks, self.left) = (blob, 0, Mark::decode(mark)?.length);
        let txn = self.txn()?;
        txn.open_table(BLOBS).map_err(Fault::new)?.insert(blob, mark).map_err(Fault::new)?;
        self.open = Some(txn);
        Ok(())
    }

    /// Its next chunk.
    pub fn chunk(&mut self, bytes: &[u8]) -> Result<()> {
        let left = self.left.checked_sub(bytes.len() as u64);
        self.left = left.ok_or_else(|| Fault::new("a blob of the backup is longer than it says"))?;
        let txn = self.txn()?;
        txn.open_table(CHUNKS).map_err(Fault::new)?.insert((self.blob, self.chunks), bytes).map_err(Fault::new)?;
        self.chunks += 1;
        self.waiting += bytes.len();
        match self.waiting >= limits::FILES_COMMIT_IDLE_BYTES {
            true => self.commit(txn),
            false => {
                self.open = Some(txn);
                Ok(())
            }
        }
    }

    /// Makes all of it durable.
    pub fn end(&mut self) -> Result<()> {
        self.check_whole()?;
        let txn = self.txn()?;
        self.commit(txn)
    }

    fn check_whole(&self) -> Result<()> {
        match self.left {
            0 => Ok(()),
            _ => Err(Fault::new("a blob of the backup is shorter than it says").into()),
        }
    }

    fn txn(&mut self) -> Result<WriteTransaction> {
        match self.open.take() {
            Some(txn) => Ok(txn),
            None => {
                let mut txn = self.db.begin_write().map_err(Fault::new)?;
                txn.set_quick_repair(true);
                Ok(txn)
            }
        }
    }

    fn commit(&mut self, txn: WriteTransaction) -> Result<()> {
        self.waiting = 0;
        Ok(txn.commit().map_err(Fault::new)?)
    }
}
