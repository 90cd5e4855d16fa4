//! A file that is written in steps, each of which begins to go to the disk before the next: what is written for a backup must not
//! pile up before the disk and make everybody wait. It never takes the last of the disk.
use crate::error::{Refusal, Result};
use crate::limits;
use crate::store::{give_to_owner, medium, space};
use sha2::{Digest, Sha256};
use std::fs::{File, OpenOptions};
use std::io::{self, BufWriter, Write};
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};

pub struct Spread {
    out: BufWriter<File>,
    folder: PathBuf,
    sha256: Sha256,
    bytes: u64,
    /// Bytes since the last step, and since it was waited for the disk.
    waiting: usize,
    unsynced: usize,
}

/// What lies on disk now.
pub struct Lies {
    pub bytes: u64,
    pub sha256: [u8; 32],
}

impl Spread {
    /// Makes a file for its owner alone.
    pub fn create(path: &Path) -> Result<Spread> {
        let folder = path.parent().unwrap_or(path).to_owned();
        let file = OpenOptions::new().write(true).create_new(true).mode(0o600).open(path)?;
        give_to_owner(&file, &folder)?;
        let out = BufWriter::with_capacity(256 * 1024, file);
        Ok(Spread { out, folder, sha256: Sha256::new(), bytes: 0, waiting: 0, unsynced: 0 })
    }

    pub fn finish(mut self) -> Result<Lies> {
        self.out.flush()?;
        self.out.get_ref().sync_all()?;
        Ok(Lies { bytes: self.bytes, sha256: self.sha256.finalize().into() })
    }
}

impl Write for Spread {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.out.write_all(bytes)?;
        self.sha256.update(bytes);
        self.bytes += bytes.len() as u64;
        self.waiting += bytes.len();
        if self.waiting >= limits::BACKUP_STEP_BYTES {
            self.unsynced += self.waiting;
            self.waiting = 0;
            need_room(&self.folder, limits::BACKUP_STEP_BYTES as u64)
                .map_err(|error| io::Error::new(io::ErrorKind::StorageFull, error.to_string()))?;
            self.out.flush()?;
            medium::forget_cached(self.out.get_ref());
        }
        // A sync makes those who send wait for the disk's own memory too: seldom, and when most is on its way.
        if self.unsynced >= limits::BACKUP_SYNC_BYTES {
            self.unsynced = 0;
            self.out.get_ref().sync_data()?;
        }
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        self.out.flush()
    }
}

/// Refuses when so many bytes would come near what the disk keeps free for the server itself.
pub fn need_room(folder: &Path, bytes: u64) -> Result<()> {
    match room(folder) {
        Some(room) if room < bytes => {
            let detail =
                format!("There is no room for a backup in {}: make some, or name another folder.", folder.display());
            Err(Refusal::new(507, "storage_full", detail).into())
        }
        _ => Ok(()),
    }
}

/// Bytes that a backup may take: it stops long before uploads are refused. None, where the disk does not say.
pub fn room(folder: &Path) -> Option<u64> {
    let (free, reserve) = space::free_and_reserve(folder)?;
    Some(free.saturating_sub(reserve.saturating_mul(limits::BACKUP_RESERVES)))
}
