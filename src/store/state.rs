//! How the store is, for whoever looks after the server.
use super::slot::Mode;

#[derive(Debug, Clone)]
pub struct State {
    pub mode: Mode,
    /// Bytes of both files.
    pub size: u64,
    /// Bytes of what is in them; the rest is free for what comes, or gone after a compaction. None: not measured yet.
    pub live: Option<u64>,
    /// Bytes of the disk that are free; None where it does not say.
    pub free: Option<u64>,
    /// What of these is never filled with files (R4).
    pub reserve: Option<u64>,
}
