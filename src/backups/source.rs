//! A backup as it is read: plain or encrypted, alone or with what lies beside it.
use super::contents;
use crate::age::{FIRST_LINE, Identity, Opening};
use crate::error::{Refusal, Result};
use std::fs::File;
use std::io::{Read, Seek};
use std::path::{Path, PathBuf};

pub struct Source {
    file: PathBuf,
    identities: Vec<Identity>,
    encrypted: bool,
}

impl Source {
    /// Looks at its first line.
    pub fn of(file: &Path, identities: Vec<Identity>) -> Result<Source> {
        let mut first = Vec::new();
        File::open(file)?.take(FIRST_LINE.len() as u64).read_to_end(&mut first)?;
        let encrypted = first == FIRST_LINE.as_bytes();
        if encrypted && identities.is_empty() {
            let detail = format!(
                "{} is encrypted. Say who may read it: --identity FILE, as age-keygen wrote it.",
                file.display()
            );
            return Err(Refusal::new(403, "not_permitted", detail).into());
        }
        Ok(Source { file: file.to_owned(), identities, encrypted })
    }

    pub fn is_encrypted(&self) -> bool {
        self.encrypted
    }

    /// From its beginning.
    pub fn stream(&self) -> Result<Box<dyn Read + '_>> {
        self.opened(File::open(&self.file)?)
    }

    /// Bytes that lie beside it.
    pub fn beside(&self, name: &[u8; 32]) -> Result<Box<dyn Read + '_>> {
        let folder = self.file.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
        match File::open(contents::path(folder, name, self.encrypted)) {
            Ok(file) => self.opened(file),
            Err(_) => Err(super::damaged(&format!(
                "the bytes {} of a file, which it only names, are not in the folder \"files\" beside it",
                crate::store::backup::hex(name)
            ))),
        }
    }

    fn opened(&self, mut file: File) -> Result<Box<dyn Read + '_>> {
        file.rewind()?;
        if !self.encrypted {
            return Ok(Box::new(file));
        }
        match Opening::begin(file, &self.identities) {
            Ok(opening) => Ok(Box::new(opening)),
            Err(error) if error.kind() == std::io::ErrorKind::InvalidData => Err(super::damaged(&error.to_string())),
            Err(error) => Err(error.into()),
        }
    }
}
