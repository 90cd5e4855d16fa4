//! A backup, and how all of them are.
use crate::backups::{Errand, How, Kept, Kind, State, Work};
use serde::Serialize;

#[derive(Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct Backup<'a> {
    name: &'a str,
    kind: Kind,
    created_at: u64,
    version: &'a str,
    /// Everything up to this id is inside.
    last_id: u64,
    rows: u64,
    /// Uploads that it names, and what they are together.
    files: u64,
    file_bytes: u64,
    /// Of its own file, and what it brought to the disk when it was made: files that others name too are stored once.
    bytes: u64,
    added_bytes: u64,
    encrypted: bool,
    verified_at: Option<u64>,
    verified: Option<How>,
    /// What was wrong when it was checked last.
    problem: Option<&'a str>,
    took_ms: u64,
}

#[derive(Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct Backups {
    last_at: Option<u64>,
    last_verified_at: Option<u64>,
    last_error: Option<String>,
    next_at: Option<u64>,
    count: u64,
    /// On disk, all together.
    bytes: u64,
    /// Somebody should look: one failed, or is long overdue.
    alarm: bool,
}

/// What is being done at the moment.
#[derive(Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct BackupWork {
    step: Step,
    /// Which one is checked; none while one is made.
    name: Option<String>,
    began_at: u64,
    /// An estimate, up to 99.
    percent: u64,
}

#[derive(Serialize)]
#[serde(rename_all = "lowercase")]
#[cfg_attr(test, derive(schemars::JsonSchema))]
enum Step {
    Making,
    Checking,
}

impl<'a> From<&'a Kept> for Backup<'a> {
    fn from(kept: &'a Kept) -> Self {
        Backup {
            name: &kept.name,
            kind: kept.kind,
            created_at: kept.created_at,
            version: &kept.version,
            last_id: kept.last_id,
            rows: kept.rows,
            files: kept.files,
            file_bytes: kept.file_bytes,
            bytes: kept.bytes,
            added_bytes: kept.added_bytes,
            encrypted: kept.encrypted,
            verified_at: kept.verified_at,
            verified: kept.verified,
            problem: kept.problem.as_deref(),
            took_ms: kept.took_ms,
        }
    }
}

impl From<State> for Backups {
    fn from(state: State) -> Self {
        Backups {
            last_at: state.last_at,
            last_verified_at: state.last_verified_at,
            last_error: state.last_error,
            next_at: state.next_at,
            count: state.count,
            bytes: state.bytes,
            alarm: state.alarm,
        }
    }
}

impl From<&Work> for BackupWork {
    fn from(work: &Work) -> Self {
        BackupWork {
            step: if work.is_checking() { Step::Checking } else { Step::Making },
            name: match &work.errand {
                Errand::Make(_) => None,
                Errand::Verify(name) => Some(name.clone()),
            },
            began_at: work.began_at,
            percent: work.percent(),
        }
    }
}
