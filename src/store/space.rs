//! How much room the disk has: uploads are refused first, then messages, long before it is really full (R4).
use crate::error::{Refusal, Result};
use crate::limits;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};
use std::time::Instant;

const NO_FILES: &str = "The server's disk is nearly full: no files can be uploaded until its operator makes room.";

/// The disk under a data folder.
pub struct Space {
    folder: PathBuf,
    seen: Mutex<Option<Seen>>,
}

/// What was there when it was looked at, less what was let in since.
#[derive(Clone, Copy)]
pub struct Seen {
    at: Instant,
    pub free_bytes: u64,
    /// What is never filled with files.
    pub reserve_bytes: u64,
}

impl Space {
    pub fn of(folder: &Path) -> Space {
        Space { folder: folder.to_owned(), seen: Mutex::default() }
    }

    /// Lets in so many bytes of a file, while what is free is more than the reserve.
    pub fn for_file(&self, bytes: u64) -> Result<()> {
        self.take(bytes, bytes, 1, NO_FILES)
    }

    /// Whether there is room for a file that is about to come; its bytes count when they are here.
    pub fn for_announced(&self, bytes: u64) -> Result<()> {
        self.take(bytes, 0, 1, NO_FILES)
    }

    /// Lets in a message, or what else is small, while a quarter of the reserve is left. What gives room back is always
    /// let in.
    pub fn for_words(&self) -> Result<()> {
        self.take(0, 0, 4, "The server's disk is full: nothing can be sent until its operator makes room.")
    }

    fn take(&self, asked: u64, taken: u64, part: u64, detail: &'static str) -> Result<()> {
        let mut seen = self.seen.lock().unwrap_or_else(PoisonError::into_inner);
        let known = seen.filter(|seen| seen.at.elapsed() < limits::SPACE_LOOK_PERIOD);
        let Some(mut now) = known.or_else(|| look(&self.folder)) else {
            // A disk that does not say how full it is refuses by itself.
            return Ok(());
        };
        let fits = now.free_bytes.checked_sub(asked).is_some_and(|left| left >= now.reserve_bytes / part);
        now.free_bytes -= if fits { taken } else { 0 };
        *seen = Some(now);
        if fits { Ok(()) } else { Err(Refusal::new(507, "storage_full", detail).into()) }
    }
}

/// What is free on the disk of a folder, and what of it is kept free; none where the disk does not say.
pub fn free_and_reserve(folder: &Path) -> Option<(u64, u64)> {
    look(folder).map(|seen| (seen.free_bytes, seen.reserve_bytes))
}

/// How the disk under a folder is now; None where it does not say.
pub fn look(folder: &Path) -> Option<Seen> {
    let found = rustix::fs::statvfs(folder).ok()?;
    let total = found.f_blocks.saturating_mul(found.f_frsize);
    Some(Seen {
        at: Instant::now(),
        free_bytes: found.f_bavail.saturating_mul(found.f_frsize),
        reserve_bytes: (total / 100).max(limits::SPACE_RESERVE_BYTES),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn with(free_bytes: u64, reserve_bytes: u64) -> Space {
        let seen = Seen { at: Instant::now(), free_bytes, reserve_bytes };
        Space { folder: "/".into(), seen: Mutex::new(Some(seen)) }
    }

    #[test]
    fn r4_files_are_refused_first_and_then_words() {
        let space = with(1_000, 400);
        space.for_announced(600).unwrap();
        space.for_announced(601).unwrap_err();
        space.for_file(500).unwrap();
        space.for_file(101).unwrap_err();
        space.for_file(100).unwrap();
        space.for_file(1).unwrap_err();
        space.for_words().unwrap();
        with(399, 400).for_file(0).unwrap_err();
        with(100, 400).for_words().unwrap();
        with(99, 400).for_words().unwrap_err();
    }

    #[test]
    fn a_disk_says_how_full_it_is() {
        let seen = look(Path::new("/")).unwrap();
        assert!(seen.reserve_bytes >= limits::SPACE_RESERVE_BYTES);
        assert!(look(Path::new("/there/is/no/such/place")).is_none());
    }
}
