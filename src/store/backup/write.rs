//! Writes a backup while others write.
use super::{Header, MAGIC, Summary, beside, hex};
use crate::clock::Millis;
use crate::error::{Fault, Result};
use crate::id::{Id, SecretHash};
use crate::store::copy::{self, Piece};
use crate::store::files::{Moment, how_far};
use crate::store::pace::Pace;
use crate::store::{Store, View, tables};
use sha2::{Digest, Sha256};
use std::io::Write;
use std::path::Path;

/// What is to be made.
pub struct Making<'m> {
    /// Of the program.
    pub version: &'m str,
    pub created_at: Millis,
    /// The data folder, if what it holds beside its databases is to be taken along.
    pub data: Option<&'m Path>,
    /// The configuration that is in use, and the folder of backups, which is left out.
    pub configuration: Option<&'m Path>,
    pub backups: Option<&'m Path>,
    pub pace: &'m Pace,
}

/// Where the bytes of files go.
pub enum Bytes<'b> {
    Inside,
    /// Somewhere else, under the name that the answer gives.
    Beside(&'b mut dyn FnMut(&Held) -> Result<SecretHash>),
}

/// The bytes of a blob at the moment of a backup.
pub struct Held<'h> {
    pub length: u64,
    pub sha256: SecretHash,
    blob: Id,
    moment: &'h Moment,
}

impl Held<'_> {
    /// Calls `each` with the bytes in their order.
    pub fn chunks(&self, each: impl FnMut(&[u8]) -> Result<()>) -> Result<()> {
        self.moment.chunks(self.blob, each)
    }
}

/// Writes one moment: all rows, and all bytes that they name. Everything that was acknowledged before this began is inside.
/// Blocks, and rests while people talk.
pub fn write(store: &Store, making: &Making, mut bytes: Bytes, out: &mut dyn Write) -> Result<Summary> {
    let header = {
        let snapshot = store.snapshot()?;
        Header {
            version: making.version.into(),
            schema: tables::META.need(&snapshot, "schema")?,
            created_at: making.created_at,
            last_id: snapshot.last_id()?,
            server: tables::SETTINGS.get(&snapshot, "name")?.unwrap_or_default(),
        }
    };
    let mut out = Hashing { inner: out, sha256: Sha256::new(), bytes: 0 };
    out.write_all(MAGIC)?;
    serde_json::to_writer(&mut out, &header).map_err(Fault::new)?;
    out.write_all(b"\n")?;
    if let Some(data) = making.data {
        beside::each(data, making.configuration, making.backups, |path, bytes| {
            out.write_all(b"F")?;
            out.short(path.as_bytes())?;
            out.item(bytes)
        })?;
    }
    let (mut rows, mut table) = (0u64, usize::MAX);
    let copied = copy::rows(store, making.pace, &mut |piece| {
        let (Piece::Row(number, ..) | Piece::Gone(number, _)) = piece;
        if number != table {
            table = number;
            out.write_all(b"T")?;
            out.short(tables::NAMES[number].as_bytes())?;
        }
        match piece {
            Piece::Row(_, key, row) => {
                rows += 1;
                out.write_all(b"R")?;
                out.item(key)?;
                out.item(row)
            }
            Piece::Gone(_, key) => {
                out.write_all(b"D")?;
                out.item(key)
            }
        }
    })?;
    let (mut blobs, mut blob_bytes) = (0, 0);
    for &blob in &copied.live {
        // What a live row of this moment names is here; an upload that has just begun may have nothing yet.
        let Some(mark) = copied.bytes.mark(blob)? else { continue };
        let (length, sha256) = how_far(&mark)?;
        blobs += 1;
        blob_bytes += length;
        out.write_all(b"B")?;
        out.write_all(&blob.to_be_bytes())?;
        out.short(&mark)?;
        match &mut bytes {
            Bytes::Inside => copied.bytes.chunks(blob, |chunk| {
                out.write_all(b"C")?;
                out.item(chunk)?;
                making.pace.did(chunk.len() as u64)
            })?,
            Bytes::Beside(keep) => {
                let name = keep(&Held { length, sha256, blob, moment: &copied.bytes })?;
                out.write_all(b"N")?;
                out.write_all(&name)?;
            }
        }
    }
    out.write_all(b"E")?;
    out.write_all(&rows.to_be_bytes())?;
    let Hashing { inner, sha256, bytes } = out;
    let sha256 = sha256.finalize();
    inner.write_all(&sha256)?;
    inner.flush()?;
    let bytes = bytes + sha256.len() as u64;
    Ok(Summary { header, rows, blobs, blob_bytes, bytes, sha256: hex(&sha256) })
}

struct Hashing<'w> {
    inner: &'w mut dyn Write,
    sha256: Sha256,
    bytes: u64,
}

impl Hashing<'_> {
    fn short(&mut self, bytes: &[u8]) -> Result<()> {
        let length = u16::try_from(bytes.len()).map_err(Fault::new)?;
        self.write_all(&length.to_be_bytes())?;
        Ok(self.write_all(bytes)?)
    }

    fn item(&mut self, bytes: &[u8]) -> Result<()> {
        let length = u32::try_from(bytes.len()).map_err(Fault::new)?;
        self.write_all(&length.to_be_bytes())?;
        Ok(self.write_all(bytes)?)
    }
}

impl Write for Hashing<'_> {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        self.inner.write_all(bytes)?;
        self.sha256.update(bytes);
        self.bytes += bytes.len() as u64;
        Ok(bytes.len())
    }

    fn flush(&mut self) -> std::io::Result<()> {
        self.inner.flush()
    }
}
