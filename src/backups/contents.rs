//! The bytes of files beside the backups that name them: written once, whole before a backup names them, and removed when none
//! does any more.
use super::kept::{Entry, Kept, bytes_of};
use super::spread::{Spread, need_room};
use crate::age::{Recipient, Sealing};
use crate::error::{Fault, Result};
use crate::store::backup::{Held, hex};
use crate::store::{Pace, disk, give_to_owner, make_folder};
use ring::hmac;
use sha2::{Digest, Sha256};
use std::collections::{BTreeMap, HashSet};
use std::fs;
use std::io::{self, Read, Write};
use std::path::{Path, PathBuf};

const FOLDER: &str = "files";
/// What names of encrypted bytes are made with, so that they tell nobody which files there are; it lies in the folder of keys.
const SECRET: &str = "backup-names.key";

/// What a backup that is being made names.
pub struct Contents<'c> {
    folder: PathBuf,
    recipients: &'c [Recipient],
    secret: Vec<u8>,
    pace: &'c Pace,
    /// Whether what is there already is looked at: something was wrong with it lately.
    is_doubtful: bool,
    entries: BTreeMap<[u8; 32], Entry>,
    /// What earlier backups know of what is there.
    known: BTreeMap<[u8; 32], Entry>,
    added_bytes: u64,
}

impl<'c> Contents<'c> {
    pub fn open(
        data: &Path,
        folder: &Path,
        recipients: &'c [Recipient],
        pace: &'c Pace,
        is_doubtful: bool,
    ) -> Result<Contents<'c>> {
        let (mut secret, mut known) = (Vec::new(), BTreeMap::new());
        if !recipients.is_empty() {
            secret = secret_of(data)?;
            for recipient in recipients {
                // Others can read what was encrypted to others: it has other names.
                secret.extend_from_slice(recipient.to_string().as_bytes());
            }
            for kept in super::found_in(folder)?.iter().filter(|kept| kept.encrypted) {
                known.extend(kept.entries().unwrap_or_default());
            }
        }
        let folder = folder.to_owned();
        Ok(Contents { folder, recipients, secret, pace, is_doubtful, entries: BTreeMap::new(), known, added_bytes: 0 })
    }

    /// Sees to it that the bytes of a blob are here: the name under which they are.
    pub fn keep(&mut self, held: &Held) -> Result<[u8; 32]> {
        let name = match self.recipients {
            [] => held.sha256,
            _ => hmac::sign(&hmac::Key::new(hmac::HMAC_SHA256, &self.secret), &held.sha256)
                .as_ref()
                .try_into()
                .map_err(Fault::new)?,
        };
        if !self.entries.contains_key(&name) {
            let path = path(&self.folder, &name, !self.recipients.is_empty());
            let entry = match self.there_already(&path, &name, held)? {
                Some(entry) => entry,
                None => self.add(&path, held)?,
            };
            self.entries.insert(name, entry);
        }
        Ok(name)
    }

    fn there_already(&self, path: &Path, name: &[u8; 32], held: &Held) -> Result<Option<Entry>> {
        let Ok(found) = fs::metadata(path) else { return Ok(None) };
        let expected = match self.recipients {
            [] => Entry { bytes: held.length, sha256: held.sha256 },
            _ => match self.known.get(name) {
                Some(entry) => *entry,
                None => return Ok(None),
            },
        };
        let is_fine =
            found.len() == expected.bytes && (!self.is_doubtful || sum_of(path, self.pace)? == expected.sha256);
        Ok(is_fine.then_some(expected))
    }

    fn add(&mut self, path: &Path, held: &Held) -> Result<Entry> {
        need_room(&self.folder, held.length)?;
        let folder = path.parent().unwrap_or(&self.folder);
        make(&self.folder.join(FOLDER), &self.folder)?;
        make(folder, &self.folder)?;
        let draft = path.with_extension("partial");
        let _ = fs::remove_file(&draft);
        let written = self.write(&draft, held).inspect_err(|_| drop(fs::remove_file(&draft)))?;
        fs::rename(&draft, path)?;
        fs::File::open(folder)?.sync_all()?;
        self.added_bytes += written.bytes;
        Ok(written)
    }

    fn write(&self, draft: &Path, held: &Held) -> Result<Entry> {
        let out = Spread::create(draft)?;
        let mut sum = Sha256::new();
        let mut copy = |out: &mut dyn Write| {
            held.chunks(|chunk| {
                sum.update(chunk);
                out.write_all(chunk)?;
                self.pace.did(chunk.len() as u64)
            })
        };
        let lies = match self.recipients {
            [] => {
                let mut out = out;
                copy(&mut out)?;
                out.finish()?
            }
            recipients => {
                let mut out = Sealing::begin(out, recipients)?;
                copy(&mut out)?;
                out.finish()?.finish()?
            }
        };
        let sum: [u8; 32] = sum.finalize().into();
        match sum == held.sha256 {
            true => Ok(Entry { bytes: lies.bytes, sha256: lies.sha256 }),
            false => Err(Fault::new(
                "the bytes of an uploaded file are not what they were: stop the server and run `snug check`",
            )
            .into()),
        }
    }

    pub fn added_bytes(&self) -> u64 {
        self.added_bytes
    }

    pub fn into_entries(self) -> BTreeMap<[u8; 32], Entry> {
        self.entries
    }
}

/// Where bytes lie.
pub fn path(folder: &Path, name: &[u8; 32], encrypted: bool) -> PathBuf {
    let name = hex(name);
    let file = if encrypted { format!("{name}.age") } else { name.clone() };
    folder.join(FOLDER).join(&name[..2]).join(file)
}

/// Removes what no backup names; if it is not known what one names, nothing.
pub fn sweep(folder: &Path, kept: &[Kept]) -> Result<()> {
    let mut named = HashSet::new();
    for kept in kept {
        match kept.entries() {
            Ok(entries) => named.extend(entries.into_keys()),
            Err(error) => {
                tracing::warn!(backup = kept.name, %error, "nothing beside the backups is removed");
                return Ok(());
            }
        }
    }
    each_file(folder, |path, name| {
        let is_named = bytes_of(name.trim_end_matches(".age")).is_some_and(|name| named.contains(&name));
        if is_named { Ok(()) } else { Ok(fs::remove_file(path)?) }
    })
}

/// What all of it takes.
pub fn bytes_in(folder: &Path) -> Result<u64> {
    let mut bytes = 0;
    each_file(folder, |path, _| {
        // What was a draft a moment ago has another name.
        bytes += fs::metadata(path).map_or(0, |found| found.len());
        Ok(())
    })?;
    Ok(bytes)
}

fn each_file(folder: &Path, mut each: impl FnMut(&Path, &str) -> Result<()>) -> Result<()> {
    let list = |folder: &Path| match fs::read_dir(folder) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(Vec::new()),
        entries => entries?.collect::<io::Result<Vec<_>>>(),
    };
    for part in list(&folder.join(FOLDER))? {
        if !part.file_type()?.is_dir() {
            continue;
        }
        for entry in list(&part.path())? {
            if let Some(name) = entry.file_name().to_str() {
                each(&entry.path(), name)?;
            }
        }
    }
    Ok(())
}

/// The SHA-256 of a file as it lies.
pub fn sum_of(path: &Path, pace: &Pace) -> Result<[u8; 32]> {
    let (mut file, mut sum, mut part) = (fs::File::open(path)?, Sha256::new(), vec![0; 256 * 1024]);
    loop {
        match file.read(&mut part)? {
            0 => return Ok(sum.finalize().into()),
            length => {
                sum.update(&part[..length]);
                pace.did(length as u64)?;
            }
        }
    }
}

fn make(folder: &Path, owner: &Path) -> Result<()> {
    if !folder.exists() {
        make_folder(folder)?;
        give_to_owner(&fs::File::open(folder)?, owner)?;
    }
    Ok(())
}

fn secret_of(data: &Path) -> Result<Vec<u8>> {
    let folder = data.join("keys");
    if let Some(secret) = disk::read(&folder.join(SECRET))? {
        return Ok(secret);
    }
    make(&folder, data)?;
    let mut secret = vec![0; 32];
    getrandom::fill(&mut secret).map_err(Fault::new)?;
    disk::write(&folder, SECRET, &secret)?;
    Ok(secret)
}
