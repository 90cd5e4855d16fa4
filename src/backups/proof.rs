//! Whether a backup is good: it is read back from the disk and, where there is room, restored on trial and looked at.
use super::kept::{Entry, How, Kept};
use super::spread::room;
use super::{Source, contents, damaged};
use crate::error::Result;
use crate::limits;
use crate::store::Pace;
use crate::store::backup::{self, Beside, hex};
use std::collections::BTreeMap;
use std::fs;
use std::io::Read;
use std::path::Path;

/// Proves a backup as it lies in its folder. Of an encrypted one that is its sums: nobody here can read it.
pub fn of(kept: &Kept, entries: &BTreeMap<[u8; 32], Entry>, trial: &Path, pace: &Pace) -> Result<How> {
    let folder = kept.file.parent().unwrap_or(&kept.file);
    if kept.encrypted {
        if hex(&contents::sum_of(&kept.file, pace)?) != kept.sha256 {
            return Err(damaged("it is not what was written"));
        }
        return beside(folder, entries, true, pace).map(|()| How::Read);
    }
    let source = Source::of(&kept.file, Vec::new())?;
    let open = |name: &[u8; 32]| source.beside(name);
    let rows = kept.bytes.saturating_mul(3) + limits::SPACE_RESERVE_BYTES;
    let room = trial.parent().and_then(room).unwrap_or(u64::MAX);
    let all = rows.saturating_add(kept.file_bytes);
    let (summary, how) = if kept.file_bytes <= limits::TRIAL_FILE_BYTES_MAX && all <= room {
        (backup::trial(source.stream()?, Beside::Read(&open), trial, pace)?.0, How::Restored)
    } else if rows <= room {
        // The bytes of files come out of it as they lie: their sums say as much as a copy would.
        let mut is_other = false;
        let mut tell = |name: &[u8; 32], sha256: &[u8; 32]| {
            is_other |= entries.get(name).is_none_or(|entry| entry.sha256 != *sha256);
        };
        let (summary, _) = backup::trial(source.stream()?, Beside::Told(&mut tell), trial, pace)?;
        if is_other {
            return Err(damaged("what is written down beside it belongs to another one"));
        }
        beside(folder, entries, false, pace)?;
        (summary, How::Restored)
    } else {
        let did = |bytes| pace.did(bytes);
        (backup::verify_with(source.stream()?, Beside::Read(&open), did)?, How::Read)
    };
    // One that somebody put here says itself what it is.
    if !kept.sha256.is_empty() && (summary.bytes, summary.rows) != (kept.bytes, kept.rows) {
        return Err(damaged("it is not what was written"));
    }
    Ok(how)
}

/// Proves the plain text of one that is encrypted while it is written; the bytes of files are proven when they are encrypted.
pub fn of_plain_stream(source: impl Read, trial: &Path, pace: &Pace) -> Result<How> {
    let room = trial.parent().and_then(room).unwrap_or(u64::MAX);
    let database = trial.parent().and_then(|data| fs::metadata(data.join(crate::store::DATABASE)).ok());
    let rows = database.map_or(0, |found| found.len()) + limits::SPACE_RESERVE_BYTES;
    let mut tell = |_: &[u8; 32], _: &[u8; 32]| {};
    match rows <= room {
        true => backup::trial(source, Beside::Told(&mut tell), trial, pace).map(|_| How::Restored),
        false => backup::verify_with(source, Beside::Told(&mut tell), |_| Ok(())).map(|_| How::Read),
    }
}

fn beside(folder: &Path, entries: &BTreeMap<[u8; 32], Entry>, encrypted: bool, pace: &Pace) -> Result<()> {
    for (name, entry) in entries {
        let path = contents::path(folder, name, encrypted);
        if !path.exists() || contents::sum_of(&path, pace)? != entry.sha256 {
            return Err(damaged(&format!("the bytes {} beside it are damaged", hex(name))));
        }
    }
    Ok(())
}
