//! A backup: one moment of a server as a stream that proves itself, made while the server goes on.
//!
//! ```text
//! "snug backup 2\n"  header as one line of JSON
//! 'F' u16 length, path   u32 length, bytes         a small file of the data folder: a certificate, a key, the configuration
//! 'T' u16 length, name                             the table of what follows
//! 'R' u32 length, key    u32 length, row           a row; a later one with its key stands in its place
//! 'D' u32 length, key                              the row with this key is gone
//! 'B' u64 number, u16 length, mark                 a blob, and how far it is; its bytes follow …
//! 'C' u32 length, bytes                            … in chunks,
//! 'N' 32 bytes                                     … or lie beside this stream, under this name (the folder of backups)
//! 'E' u64 rows                                     the end: how many 'R' there were
//! SHA-256 of everything before
//! ```
//! Numbers are big-endian. Rows are as stored, so a restored database is compact and equal. Tables are read in slices while
//! others write, and what changed meanwhile comes again behind them (`store::copy`): that is why rows may be replaced. Version
//! 1, of before, knew neither 'F', 'D' nor 'N', and each table once; it is still read.
mod beside;
mod read;
mod restore;
mod write;

pub use beside::CONFIGURATION;
pub use read::{Beside, Open, header_of, none_beside, verify, verify_with};
pub use restore::{Made, occupied, restore, restore_with, trial};
pub use write::{Bytes, Held, Making, write};

use super::tables;
use crate::clock::Millis;
use crate::error::Refusal;
use crate::id::Id;
use serde::{Deserialize, Serialize};

const MAGIC: &[u8] = b"snug backup 2\n";
const MAGIC_BEFORE: &[u8] = b"snug backup 1\n";
/// What a restored server must not know: who was signed in, and who failed to (S57). Nor API keys: one that was revoked
/// since would open again.
pub const DROPPED: [&str; 5] =
    [tables::DEVICES.name, tables::SESSIONS.name, tables::RESETS.name, tables::FAILURES.name, tables::KEYS.name];

/// The first line of a backup.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Header {
    pub version: String,
    pub schema: u64,
    /// When it was begun.
    pub created_at: Millis,
    /// Everything up to this id is inside, and perhaps more.
    pub last_id: Id,
    pub server: String,
}

/// What was written or read.
#[derive(Debug, Clone, Serialize)]
pub struct Summary {
    #[serde(flatten)]
    pub header: Header,
    pub rows: u64,
    /// Uploads and pictures in small, and how many bytes they are.
    pub blobs: u64,
    pub blob_bytes: u64,
    /// Of the stream.
    pub bytes: u64,
    /// Hexadecimal.
    pub sha256: String,
}

fn bad(why: &str) -> crate::error::Error {
    Refusal::new(422, "damaged_backup", format!("This backup cannot be used: {why}. Take another one.")).into()
}

/// Bytes in the digits of a checksum.
pub fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}
