//! Reads a backup and believes nothing of it before its sum is known.
use super::{Header, MAGIC, MAGIC_BEFORE, Summary, bad, hex};
use crate::error::Result;
use crate::id::{Id, SecretHash};
use crate::limits::{BESIDE_FILE_BYTES_MAX, CHUNK_BYTES};
use crate::store::files::how_far;
use crate::store::{check, migrate, tables};
use sha2::{Digest, Sha256};
use std::collections::HashSet;
use std::io::{BufReader, Read};

/// A key or row larger than this is not ours.
const ITEM_BYTES_MAX: u32 = 1 << 20;

/// Opens bytes that lie beside a backup, by their name.
pub type Open<'o> = &'o dyn Fn(&SecretHash) -> Result<Box<dyn Read + 'o>>;

/// What is done with bytes that lie beside a backup.
pub enum Beside<'o> {
    /// They are read, and must be as they were.
    Read(Open<'o>),
    /// Only their names are told, with the SHA-256 that their bytes have.
    Told(&'o mut dyn FnMut(&SecretHash, &SecretHash)),
}

/// What a backup holds, in its order.
pub(super) enum Item<'b> {
    /// A table's number, a key, a row.
    Row(usize, &'b [u8], &'b [u8]),
    Gone(usize, &'b [u8]),
    /// Its number and how far it is; its chunks follow.
    Blob(Id, &'b [u8]),
    Chunk(&'b [u8]),
    /// A file of the data folder: its path and its bytes.
    File(&'b str, &'b [u8]),
}

/// For a backup that is one file.
pub fn none_beside<'o>(_: &SecretHash) -> Result<Box<dyn Read + 'o>> {
    Err(bad("bytes of files that it names lie elsewhere. It belongs into the folder of backups that it was made in"))
}

/// Reads a whole backup that is one file, and checks its sum, its form, its schema, and each row.
pub fn verify(source: impl Read) -> Result<Summary> {
    verify_with(source, Beside::Read(&none_beside), |_| Ok(()))
}

/// Likewise, with what lies beside it. `did` hears of so many bytes after each step.
pub fn verify_with(source: impl Read, beside: Beside, mut did: impl FnMut(u64) -> Result<()>) -> Result<Summary> {
    let mut waiting = 0;
    read(source, beside, |item| {
        let bytes = match item {
            Item::Row(table, key, row) => {
                check::can_read(table, key, row).map_err(|fault| bad(&fault.to_string()))?;
                key.len() + row.len()
            }
            Item::Gone(_, bytes) | Item::Chunk(bytes) | Item::File(_, bytes) | Item::Blob(_, bytes) => bytes.len(),
        };
        waiting += bytes;
        match waiting >= CHUNK_BYTES {
            true => did(std::mem::take(&mut waiting) as u64),
            false => Ok(()),
        }
    })
}

/// Reads the first line of a backup, and nothing of the rest.
pub fn header_of(source: impl Read) -> Result<Header> {
    let mut source = Summing::new(source, 4096);
    begin(&mut source).map(|(header, _)| header)
}

pub(super) fn read(source: impl Read, mut beside: Beside, mut each: impl FnMut(Item) -> Result<()>) -> Result<Summary> {
    let mut source = Summing::new(source, 1 << 20);
    let (header, is_first) = begin(&mut source)?;
    migrate::check(header.schema)?;
    let mut seen = HashSet::new();
    let (mut table, mut rows, mut blobs, mut blob_bytes) = (None, 0u64, 0, 0);
    // The blob whose bytes come: how many are still to come, and the sum of all.
    let mut blob: Option<(u64, SecretHash)> = None;
    loop {
        let tag = source.take_bytes(1)?[0];
        if !matches!(tag, b'C' | b'N') && blob.take().is_some_and(|(left, _)| left > 0) {
            return Err(bad("a file in it is shorter than it says"));
        }
        match tag {
            b'T' => {
                let name = source.short()?;
                let known = tables::NAMES.iter().position(|known| known.as_bytes() == name);
                table = Some(
                    known
                        .filter(|number| seen.insert(*number) || !is_first)
                        .ok_or_else(|| bad("it holds a table that is not ours"))?,
                );
            }
            b'R' => {
                let table = table.ok_or_else(|| bad("it begins with a row"))?;
                let key = source.item()?;
                let row = source.item()?;
                rows += 1;
                each(Item::Row(table, &key, &row))?;
            }
            b'D' if !is_first => {
                let table = table.ok_or_else(|| bad("it begins with a row"))?;
                each(Item::Gone(table, &source.item()?))?;
            }
            b'B' => {
                let number = u64::from_be_bytes(source.array()?);
                let mark = source.short()?;
                let (length, sha256) = how_far(&mark).map_err(|_| bad("its form is broken"))?;
                blobs += 1;
                blob_bytes += length;
                blob = Some((length, sha256));
                each(Item::Blob(number, &mark))?;
            }
            b'C' => {
                let bytes = source.item()?;
                let left = blob.as_mut().map(|(left, _)| left).ok_or_else(|| bad("its form is broken"))?;
                *left =
                    left.checked_sub(bytes.len() as u64).ok_or_else(|| bad("a file in it is longer than it says"))?;
                each(Item::Chunk(&bytes))?;
            }
            b'N' if !is_first => {
                let name = source.array()?;
                let (length, sha256) = blob.take().ok_or_else(|| bad("its form is broken"))?;
                match &mut beside {
                    Beside::Read(open) => {
                        named(open(&name)?, &name, length, &sha256, |chunk| each(Item::Chunk(chunk)))?;
                    }
                    Beside::Told(tell) => tell(&name, &sha256),
                }
            }
            b'F' if !is_first => {
                let path = String::from_utf8(source.short()?).map_err(|_| bad("its form is broken"))?;
                let bytes = source.item_up_to(BESIDE_FILE_BYTES_MAX as u32)?;
                each(Item::File(&path, &bytes))?;
            }
            b'E' => break,
            _ => return Err(bad("its form is broken")),
        }
    }
    if u64::from_be_bytes(source.array()?) != rows {
        return Err(bad("rows are missing"));
    }
    let sum: [u8; 32] = std::mem::take(&mut source.sha256).finalize().into();
    let bytes = source.bytes + sum.len() as u64;
    if source.array::<32>()? != sum {
        return Err(bad("its checksum does not fit"));
    }
    if source.inner.read(&mut [0])? != 0 {
        return Err(bad("something follows its end"));
    }
    Ok(Summary { header, rows, blobs, blob_bytes, bytes, sha256: hex(&sum) })
}

/// Bytes that lie beside the stream, as they were when it was made.
fn named(
    mut source: Box<dyn Read + '_>,
    name: &SecretHash,
    length: u64,
    sha256: &SecretHash,
    mut each: impl FnMut(&[u8]) -> Result<()>,
) -> Result<()> {
    let damaged = || bad(&format!("the bytes {} beside it are damaged", hex(name)));
    let (mut sum, mut left) = (Sha256::new(), length);
    let mut chunk = vec![0; CHUNK_BYTES];
    while left > 0 {
        let part = &mut chunk[..usize::try_from(left).map_or(CHUNK_BYTES, |left| left.min(CHUNK_BYTES))];
        source.read_exact(part).map_err(|error| match error.kind() {
            std::io::ErrorKind::UnexpectedEof | std::io::ErrorKind::InvalidData => damaged(),
            _ => error.into(),
        })?;
        sum.update(&*part);
        left -= part.len() as u64;
        each(part)?;
    }
    let is_longer = source.read(&mut [0]).map_err(|_| damaged())? > 0;
    let sum: SecretHash = sum.finalize().into();
    if is_longer || sum != *sha256 { Err(damaged()) } else { Ok(()) }
}

/// The header, and whether it is of the first version of this format.
fn begin(source: &mut Summing<impl Read>) -> Result<(Header, bool)> {
    let magic = source.take_bytes(MAGIC.len())?;
    if magic != MAGIC && magic != MAGIC_BEFORE {
        return Err(bad("it is not a Snug backup"));
    }
    let mut line = Vec::new();
    loop {
        match source.take_bytes(1)?[0] {
            b'\n' => break,
            byte if line.len() < 4096 => line.push(byte),
            _ => return Err(bad("its header is broken")),
        }
    }
    let header = serde_json::from_slice(&line).map_err(|_| bad("its header is broken"))?;
    Ok((header, magic == MAGIC_BEFORE))
}

struct Summing<R> {
    inner: BufReader<R>,
    sha256: Sha256,
    bytes: u64,
}

impl<R: Read> Summing<R> {
    fn new(source: R, buffer: usize) -> Self {
        Summing { inner: BufReader::with_capacity(buffer, source), sha256: Sha256::new(), bytes: 0 }
    }

    fn take_bytes(&mut self, count: usize) -> Result<Vec<u8>> {
        let mut bytes = vec![0; count];
        self.inner.read_exact(&mut bytes).map_err(|error| match error.kind() {
            std::io::ErrorKind::UnexpectedEof => bad("it ends too early"),
            // What decrypts it says so.
            std::io::ErrorKind::InvalidData => bad(&error.to_string()),
            _ => error.into(),
        })?;
        self.sha256.update(&bytes);
        self.bytes += count as u64;
        Ok(bytes)
    }

    fn array<const N: usize>(&mut self) -> Result<[u8; N]> {
        Ok(self.take_bytes(N)?.try_into().expect("as many were asked for"))
    }

    fn short(&mut self) -> Result<Vec<u8>> {
        let length = u16::from_be_bytes(self.array()?);
        self.take_bytes(length.into())
    }

    fn item(&mut self) -> Result<Vec<u8>> {
        self.item_up_to(ITEM_BYTES_MAX)
    }

    fn item_up_to(&mut self, max: u32) -> Result<Vec<u8>> {
        match u32::from_be_bytes(self.array()?) {
            length if length <= max => self.take_bytes(length as usize),
            _ => Err(bad("it holds a row that is too large")),
        }
    }
}
