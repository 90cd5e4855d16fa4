//! Certificates and keys beside the databases: whole or not at all, and for their owner alone (S50).
use crate::error::{Refusal, Result};
use std::fs::{self, File, OpenOptions};
use std::io::{self, Read, Write};
use std::os::unix::fs::{OpenOptionsExt, PermissionsExt};
use std::path::Path;

/// The bytes of a file of ours; nothing, if there is none. Refuses one that others may read.
pub fn read(path: &Path) -> Result<Option<Vec<u8>>> {
    let mut file = match File::open(path) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
        opened => opened?,
    };
    if file.metadata()?.permissions().mode() & 0o077 != 0 {
        let why = format!("Others may read {0}. Close it first: chmod 600 {0}", path.display());
        return Err(Refusal::new(403, "not_permitted", why).into());
    }
    let mut bytes = Vec::new();
    file.read_to_end(&mut bytes)?;
    Ok(Some(bytes))
}

pub fn read_text(path: &Path) -> Result<Option<String>> {
    Ok(read(path)?.map(|bytes| String::from_utf8_lossy(&bytes).into_owned()))
}

/// Replaces a file. After a power cut there is the old one or the new one.
pub fn write(folder: &Path, name: &str, content: impl AsRef<[u8]>) -> Result<()> {
    let draft = format!("{name}.new");
    let path = folder.join(&draft);
    // A draft left by a crash may have any mode.
    let _ = fs::remove_file(&path);
    let mut file = OpenOptions::new().write(true).create_new(true).mode(0o600).open(&path)?;
    super::give_to_owner(&file, folder)?;
    file.write_all(content.as_ref())?;
    file.sync_all()?;
    rename(folder, &draft, name)
}

pub fn rename(folder: &Path, from: &str, to: &str) -> Result<()> {
    fs::rename(folder.join(from), folder.join(to))?;
    Ok(File::open(folder)?.sync_all()?)
}
