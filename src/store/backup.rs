//! A backup: one moment of the database as a stream that proves itself, made while the server goes on.
//!
//! ```text
//! "snug backup 1\n"  header as one line of JSON
//! per table: 'T' u16 length, name     per row: 'R' u32 length, key, u32 length, row
//! per blob: 'B' u64 number, u16 length, mark     per chunk: 'C' u32 length, bytes     at the end: 'E' u64 rows
//! SHA-256 of everything before
//! ```
//! Numbers are big-endian. Rows are as stored, so a restored database is compact and equal.
use super::files::{Filler, Moment};
use super::swap;
use super::tables;
use super::view::{Direction, Snapshot, View, definition};
use super::{DATABASE, lock, make_folder, migrate, open_file};
use crate::clock::Millis;
use crate::error::{Fault, Refusal, Result};
use crate::id::Id;
use crate::limits;
use crate::row::Blob;
use redb::{Database, WriteTransaction};
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use std::collections::HashSet;
use std::fs;
use std::io::{BufReader, Read, Write};
use std::ops::Bound;
use std::path::Path;

const MAGIC: &[u8] = b"snug backup 1\n";
/// A key or row larger than this is not ours.
const ITEM_BYTES_MAX: u32 = 1 << 20;
/// Rows that one transaction of a restore holds.
const RESTORE_BATCH: u64 = 200_000;
/// What a restored server must not know: who was signed in, and who failed to (S57). Nor API keys: one that was revoked
/// since would open again.
pub const DROPPED: [&str; 5] =
    [tables::DEVICES.name, tables::SESSIONS.name, tables::RESETS.name, tables::FAILURES.name, tables::KEYS.name];

/// The first line of a backup.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Header {
    pub version: String,
    pub schema: u64,
    pub created_at: Millis,
    /// Everything up to this id is inside.
    pub last_id: Id,
    pub server: String,
}

/// What was written or read.
#[derive(Debug, Clone, Serialize)]
pub struct Summary {
    #[serde(flatten)]
    pub header: Header,
    pub rows: u64,
    pub bytes: u64,
    /// Hexadecimal.
    pub sha256: String,
}

/// Writes one moment: all rows, and all bytes that they name.
pub fn write(
    (snapshot, files): &(Snapshot, Moment),
    version: &str,
    created_at: Millis,
    out: &mut dyn Write,
) -> Result<Summary> {
    let header = Header {
        version: version.into(),
        schema: tables::META.need(snapshot, "schema")?,
        created_at,
        last_id: tables::META.get(snapshot, "last_id")?.unwrap_or(0),
        server: tables::SETTINGS.get(snapshot, "name")?.unwrap_or_default(),
    };
    let mut out = Hashing { inner: out, sha256: Sha256::new(), bytes: 0 };
    out.write_all(MAGIC)?;
    serde_json::to_writer(&mut out, &header).map_err(Fault::new)?;
    out.write_all(b"\n")?;
    let mut rows = 0u64;
    for (number, name) in tables::NAMES.iter().enumerate() {
        out.write_all(b"T")?;
        out.write_all(&(name.len() as u16).to_be_bytes())?;
        out.write_all(name.as_bytes())?;
        snapshot.walk(number, Bound::Unbounded, Bound::Unbounded, Direction::Up, &mut |key, row| {
            rows += 1;
            out.write_all(b"R")?;
            for item in [key, row] {
                out.write_all(&(item.len() as u32).to_be_bytes())?;
                out.write_all(item)?;
            }
            Ok(true)
        })?;
    }
    tables::BLOBS.walk(snapshot, .., Direction::Up, |blob, state| {
        // What a live row of this moment names is here; an upload that has just begun may have nothing yet.
        if let (Blob::Live, Some(mark)) = (state, files.mark(blob)?) {
            out.write_all(b"B")?;
            out.write_all(&blob.to_be_bytes())?;
            out.write_all(&(mark.len() as u16).to_be_bytes())?;
            out.write_all(&mark)?;
            files.chunks(blob, |chunk| {
                out.write_all(b"C")?;
                out.write_all(&(chunk.len() as u32).to_be_bytes())?;
                Ok(out.write_all(chunk)?)
            })?;
        }
        Ok(true)
    })?;
    out.write_all(b"E")?;
    out.write_all(&rows.to_be_bytes())?;
    let Hashing { inner, sha256, bytes } = out;
    let sha256 = sha256.finalize();
    inner.write_all(&sha256)?;
    inner.flush()?;
    Ok(Summary { header, rows, bytes: bytes + sha256.len() as u64, sha256: hex(&sha256) })
}

/// Reads a whole backup and checks its sum, its form and its schema.
pub fn verify(source: impl Read) -> Result<Summary> {
    read(source, |_| Ok(()))
}

/// Reads the first line of a backup, and nothing of the rest.
pub fn header_of(source: impl Read) -> Result<Header> {
    begin(&mut Summing { inner: BufReader::new(source), sha256: Sha256::new(), bytes: 0 })
}

/// Whether a data folder holds a server already.
pub fn occupied(folder: &Path) -> bool {
    folder.join(DATABASE).exists()
}

/// Makes a data folder's database from a backup. The file is checked whole before anything is replaced, is built beside
/// the old one, and takes its place in one step. Sessions are left out: everybody signs in again.
pub fn restore(backup: &Path, folder: &Path) -> Result<Summary> {
    verify(fs::File::open(backup)?)?;
    make_folder(folder)?;
    // Not the database's own lock: one that is damaged cannot be opened, and is what a restore is for.
    let _lock = lock(folder)?;
    swap::settle(folder)?;
    let [db_path, files_path] = swap::fresh(folder)?;
    let db = open_file(&db_path, limits::DATABASE_CACHE_BYTES)?;
    let files = open_file(&files_path, limits::FILES_CACHE_BYTES)?;
    let summary = fill(&db, &mut Filler::begin(&files)?, fs::File::open(backup)?)?;
    migrate::migrate(&db)?;
    drop((db, files));
    swap::put_in_place(folder)?;
    Ok(summary)
}

fn fill(db: &Database, files: &mut Filler, source: impl Read) -> Result<Summary> {
    let mut open: Option<WriteTransaction> = None;
    let mut waiting = 0u64;
    let summary = read(source, |item| {
        let (table, key, row) = match item {
            Item::Row(table, key, row) => (table, key, row),
            Item::Blob(blob, mark) => return files.blob(blob, mark),
            Item::Chunk(bytes) => return files.chunk(bytes),
        };
        if DROPPED.contains(&table) {
            return Ok(());
        }
        let txn = match open.take() {
            Some(txn) => txn,
            None => db.begin_write().map_err(Fault::new)?,
        };
        txn.open_table(definition(table)).map_err(Fault::new)?.insert(key, row).map_err(Fault::new)?;
        waiting += 1;
        if waiting.is_multiple_of(RESTORE_BATCH) {
            txn.commit().map_err(Fault::new)?;
        } else {
            open = Some(txn);
        }
        Ok(())
    })?;
    if let Some(txn) = open {
        txn.commit().map_err(Fault::new)?;
    }
    files.end()?;
    Ok(summary)
}

/// What a backup holds, in its order.
enum Item<'b> {
    Row(&'static str, &'b [u8], &'b [u8]),
    /// Its number and how far it is; its chunks follow.
    Blob(Id, &'b [u8]),
    Chunk(&'b [u8]),
}

fn read(source: impl Read, mut each: impl FnMut(Item) -> Result<()>) -> Result<Summary> {
    let mut source = Summing { inner: BufReader::with_capacity(1 << 20, source), sha256: Sha256::new(), bytes: 0 };
    let header = begin(&mut source)?;
    migrate::check(header.schema)?;
    let mut seen = HashSet::new();
    let mut table = None;
    let mut rows = 0u64;
    let mut in_blob = false;
    loop {
        match source.take_bytes(1)?[0] {
            b'T' => {
                let length = u16::from_be_bytes(source.array()?);
                let name = source.take_bytes(length.into())?;
                let known = tables::NAMES.into_iter().find(|known| known.as_bytes() == name);
                table = Some(
                    known.filter(|name| seen.insert(*name)).ok_or_else(|| bad("it holds a table that is not ours"))?,
                );
            }
            b'R' => {
                let table = table.ok_or_else(|| bad("it begins with a row"))?;
                let key = source.item()?;
                let row = source.item()?;
                rows += 1;
                each(Item::Row(table, &key, &row))?;
            }
            b'B' => {
                let blob = u64::from_be_bytes(source.array()?);
                let length = u16::from_be_bytes(source.array()?);
                let mark = source.take_bytes(length.into())?;
                in_blob = true;
                each(Item::Blob(blob, &mark))?;
            }
            b'C' if in_blob => {
                let bytes = source.item()?;
                each(Item::Chunk(&bytes))?;
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
    Ok(Summary { header, rows, bytes, sha256: hex(&sum) })
}

fn begin(source: &mut Summing<impl Read>) -> Result<Header> {
    if source.take_bytes(MAGIC.len())? != MAGIC {
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
    serde_json::from_slice(&line).map_err(|_| bad("its header is broken"))
}

fn bad(why: &str) -> crate::error::Error {
    Refusal::new(422, "damaged_backup", format!("This backup cannot be used: {why}. Take another one.")).into()
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

struct Hashing<'w> {
    inner: &'w mut dyn Write,
    sha256: Sha256,
    bytes: u64,
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

struct Summing<R> {
    inner: BufReader<R>,
    sha256: Sha256,
    bytes: u64,
}

impl<R: Read> Summing<R> {
    fn take_bytes(&mut self, count: usize) -> Result<Vec<u8>> {
        let mut bytes = vec![0; count];
        self.inner.read_exact(&mut bytes).map_err(|error| match error.kind() {
            std::io::ErrorKind::UnexpectedEof => bad("it ends too early"),
            _ => error.into(),
        })?;
        self.sha256.update(&bytes);
        self.bytes += count as u64;
        Ok(bytes)
    }

    fn array<const N: usize>(&mut self) -> Result<[u8; N]> {
        Ok(self.take_bytes(N)?.try_into().expect("as many were asked for"))
    }

    fn item(&mut self) -> Result<Vec<u8>> {
        match u32::from_be_bytes(self.array()?) {
            length if length <= ITEM_BYTES_MAX => self.take_bytes(length as usize),
            _ => Err(bad("it holds a row that is too large")),
        }
    }
}
