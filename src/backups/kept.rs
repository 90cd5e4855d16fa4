//! What is known of a backup, in a file beside it: when and how it was made, whether it was checked, and which bytes it names.
use crate::clock::Millis;
use crate::error::{Fault, Result};
use crate::id::Id;
use crate::store::backup::{self, Beside, hex};
use crate::store::disk;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use std::collections::BTreeMap;
use std::fs;
use std::io::{self, BufRead, BufReader, Read};
use std::path::{Path, PathBuf};
use std::time::UNIX_EPOCH;
use time::OffsetDateTime;

/// How a backup's file ends, how an encrypted one's, and what lies beside it.
const END: &str = ".snug";
const END_ENCRYPTED: &str = ".snug.age";
const END_ABOUT: &str = ".about";
/// What tells when one was tried last.
const TRIED: &str = "tried";

/// Why it was made.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub enum Kind {
    Nightly,
    /// Somebody asked for it.
    Manual,
}

/// How it was checked; the later, the better.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub enum How {
    /// Read back whole: every sum, every row, everything that it names.
    Read,
    /// Restored on trial, and every page and row of that looked at.
    Restored,
}

impl How {
    pub fn word(self) -> &'static str {
        match self {
            How::Read => "read",
            How::Restored => "restored",
        }
    }
}

#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Kept {
    #[serde(skip)]
    pub file: PathBuf,
    #[serde(skip)]
    pub name: String,
    pub kind: Kind,
    pub created_at: Millis,
    pub version: String,
    pub schema: u64,
    pub last_id: Id,
    pub rows: u64,
    /// Files that it names, and what they are together.
    pub files: u64,
    pub file_bytes: u64,
    /// Of its own file.
    pub bytes: u64,
    /// What it brought to the disk when it was made.
    pub added_bytes: u64,
    /// Of its own file, as it lies.
    pub sha256: String,
    pub encrypted: bool,
    pub verified_at: Option<Millis>,
    pub verified: Option<How>,
    /// What was wrong when it was checked last.
    pub problem: Option<String>,
    pub took_ms: u64,
}

/// Bytes that lie beside, as they lie.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Entry {
    pub bytes: u64,
    pub sha256: [u8; 32],
}

#[derive(Serialize, Deserialize)]
struct About {
    #[serde(flatten)]
    kept: Kept,
    names_sha256: String,
}

/// The backups of a folder, the newest first; what says nothing of itself is there too.
pub fn found_in(folder: &Path) -> Result<Vec<Kept>> {
    let entries = match fs::read_dir(folder) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Vec::new()),
        entries => entries?,
    };
    let mut found = Vec::new();
    for entry in entries {
        let entry = entry?;
        if let Some(name) = entry.file_name().to_str()
            && let Some(stem) = name.strip_suffix(END_ENCRYPTED).or_else(|| name.strip_suffix(END))
            && entry.file_type()?.is_file()
        {
            match Kept::read(folder, stem, name.ends_with(END_ENCRYPTED)) {
                // It was rotated away while this looked.
                Err(_) if !entry.path().exists() => {}
                kept => found.push(kept?),
            }
        }
    }
    found.sort_by(|one, other| (other.created_at, &other.name).cmp(&(one.created_at, &one.name)));
    Ok(found)
}

pub fn file_name(name: &str, encrypted: bool) -> String {
    format!("{name}{}", if encrypted { END_ENCRYPTED } else { END })
}

/// A name that says when and why, and that nothing has yet.
pub fn free_name(folder: &Path, at: Millis, kind: Kind) -> String {
    let time = OffsetDateTime::from_unix_timestamp((at / 1_000) as i64).unwrap_or(OffsetDateTime::UNIX_EPOCH);
    let (year, month, day) = (time.year(), u8::from(time.month()), time.day());
    let (hour, minute, second) = (time.hour(), time.minute(), time.second());
    let why = match kind {
        Kind::Nightly => "nightly",
        Kind::Manual => "manual",
    };
    let base = format!("{year:04}-{month:02}-{day:02}T{hour:02}{minute:02}{second:02}Z-{why}");
    let is_free =
        |name: &String| [END, END_ENCRYPTED, END_ABOUT].iter().all(|end| !folder.join(format!("{name}{end}")).exists());
    let mut names = std::iter::once(base.clone()).chain((2u64..).map(|number| format!("{base}-{number}")));
    names.find(is_free).unwrap_or(base)
}

/// Removes what a crash left half.
pub fn remove_drafts(folder: &Path) -> Result<()> {
    for entry in fs::read_dir(folder)? {
        let path = entry?.path();
        let Some(name) = path.file_name().and_then(|name| name.to_str()) else { continue };
        let is_alone =
            |stem: &str| [END, END_ENCRYPTED].iter().all(|end| !folder.join(format!("{stem}{end}")).exists());
        if name.ends_with(".partial") || name.strip_suffix(END_ABOUT).is_some_and(is_alone) {
            fs::remove_file(path)?;
        }
    }
    Ok(())
}

/// Notes that one is tried now.
pub fn note_try(folder: &Path) -> Result<()> {
    disk::write(folder, TRIED, b"")
}

/// When one was tried last.
pub fn tried_at(folder: &Path) -> Option<Millis> {
    let changed = fs::metadata(folder.join(TRIED)).and_then(|found| found.modified()).ok()?;
    Some(changed.duration_since(UNIX_EPOCH).ok()?.as_millis() as Millis)
}

impl Kept {
    fn read(folder: &Path, name: &str, encrypted: bool) -> Result<Kept> {
        let file = folder.join(file_name(name, encrypted));
        let about = fs::File::open(folder.join(format!("{name}{END_ABOUT}"))).map(BufReader::new);
        let line = about.ok().and_then(|about| about.take(1 << 16).lines().next()?.ok());
        if let Some(About { kept, .. }) = line.and_then(|line| serde_json::from_str(&line).ok()) {
            return Ok(Kept { file, name: name.to_owned(), encrypted, ..kept });
        }
        // Somebody put it here, or its companion is lost.
        let bytes = fs::metadata(&file)?.len();
        let header = match encrypted {
            true => Err("nothing is known of it, and it is encrypted".to_owned()),
            false => {
                fs::File::open(&file).map_err(Into::into).and_then(backup::header_of).map_err(|error| error.to_string())
            }
        };
        let (problem, header) = match header {
            Ok(header) => (None, Some(header)),
            Err(problem) => (Some(problem), None),
        };
        Ok(Kept {
            file,
            name: name.to_owned(),
            kind: Kind::Manual,
            created_at: header.as_ref().map_or(0, |header| header.created_at),
            version: header.as_ref().map(|header| header.version.clone()).unwrap_or_default(),
            schema: header.as_ref().map_or(0, |header| header.schema),
            last_id: header.as_ref().map_or(0, |header| header.last_id),
            rows: 0,
            files: 0,
            file_bytes: 0,
            bytes,
            added_bytes: bytes,
            sha256: String::new(),
            encrypted,
            verified_at: None,
            verified: None,
            problem,
            took_ms: 0,
        })
    }

    fn folder(&self) -> &Path {
        self.file.parent().unwrap_or(&self.file)
    }

    /// Writes down what is known of it.
    pub fn save(&self, entries: &BTreeMap<[u8; 32], Entry>) -> Result<()> {
        let mut lines = String::new();
        for (name, entry) in entries {
            lines += &format!("{} {} {}\n", hex(name), entry.bytes, hex(&entry.sha256));
        }
        let about = About { kept: self.clone(), names_sha256: hex(&Sha256::digest(&lines)) };
        let line = serde_json::to_string(&about).map_err(Fault::new)?;
        disk::write(self.folder(), &format!("{}{END_ABOUT}", self.name), format!("{line}\n{lines}"))
    }

    /// The bytes that it names.
    ///
    /// # Errors
    /// Nobody knows: what was written down is lost or damaged, and it cannot be read itself.
    pub fn entries(&self) -> Result<BTreeMap<[u8; 32], Entry>> {
        if let Some(entries) = self.entries_written_down() {
            return Ok(entries);
        }
        if self.encrypted {
            return Err(Fault(format!("which files {} names is not known any more", self.name)).into());
        }
        let mut entries = BTreeMap::new();
        let mut tell = |name: &[u8; 32], sha256: &[u8; 32]| {
            let path = super::contents::path(self.folder(), name, false);
            let bytes = fs::metadata(path).map_or(0, |found| found.len());
            entries.insert(*name, Entry { bytes, sha256: *sha256 });
        };
        backup::verify_with(fs::File::open(&self.file)?, Beside::Told(&mut tell), |_| Ok(()))?;
        Ok(entries)
    }

    fn entries_written_down(&self) -> Option<BTreeMap<[u8; 32], Entry>> {
        let text = fs::read_to_string(self.folder().join(format!("{}{END_ABOUT}", self.name))).ok()?;
        let (line, lines) = text.split_once('\n')?;
        let about: About = serde_json::from_str(line).ok()?;
        if about.names_sha256 != hex(&Sha256::digest(lines)) {
            return None;
        }
        let entry = |line: &str| {
            let mut parts = line.split(' ');
            let (name, bytes, sha256) = (parts.next()?, parts.next()?, parts.next()?);
            Some((bytes_of(name)?, Entry { bytes: bytes.parse().ok()?, sha256: bytes_of(sha256)? }))
        };
        lines.lines().map(entry).collect()
    }

    /// Removes it. What it named goes with the next sweep.
    pub fn remove(&self) -> Result<()> {
        fs::remove_file(&self.file)?;
        match fs::remove_file(self.folder().join(format!("{}{END_ABOUT}", self.name))) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => Err(error.into()),
            _ => Ok(()),
        }
    }
}

/// Of 64 hexadecimal digits.
pub fn bytes_of(text: &str) -> Option<[u8; 32]> {
    let digits: Option<Vec<u8>> = text.chars().map(|digit| digit.to_digit(16).map(|digit| digit as u8)).collect();
    let bytes: Vec<u8> = digits?.chunks(2).map(|pair| pair.iter().fold(0, |byte, digit| byte << 4 | digit)).collect();
    bytes.try_into().ok().filter(|_| text.len() == 64)
}
