//! The audit log as a chain: entries are added at its end, forgotten at its beginning, and changed nowhere (S55).
use super::tables::{AUDIT, CHAIN};
use super::view::{Direction, View};
use super::writer::Change;
use crate::clock::Millis;
use crate::error::Result;
use crate::id::Id;
use crate::limits;
use crate::row::{Audit, Link, Row};

/// The last entry.
const HEAD: &str = "head";
/// The last entry that was forgotten.
const ANCHOR: &str = "anchor";

/// Whether the chain holds together.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Verdict {
    pub entries: u64,
    pub first: Option<Id>,
    pub last: Option<Id>,
    /// The first place at which it does not.
    pub broken_at: Option<Id>,
}

/// Adds an entry; its two hashes are filled in here.
pub fn append(change: &mut Change, mut entry: Audit) -> Result<Id> {
    let head = CHAIN.get(change, HEAD)?.unwrap_or_default();
    let number = head.number + 1;
    entry.prev = head.hash;
    entry.hash = entry.digest(number);
    AUDIT.put(change, number, &entry)?;
    CHAIN.put(change, HEAD, &Link { number, hash: entry.hash })?;
    Ok(number)
}

/// Walks the whole chain. A row that cannot be read, a place without one, a hash that is another: there it is broken.
pub fn verify(view: &dyn View) -> Result<Verdict> {
    let mut last = CHAIN.get(view, ANCHOR)?.unwrap_or_default();
    let head = CHAIN.get(view, HEAD)?.unwrap_or_default();
    let mut verdict = Verdict { entries: 0, first: None, last: None, broken_at: None };
    AUDIT.walk_bytes(view, .., Direction::Up, |number, bytes| {
        verdict.entries += 1;
        verdict.first.get_or_insert(number);
        verdict.last = Some(number);
        if verdict.broken_at.is_some() {
            return Ok(true);
        }
        match Audit::decode(bytes) {
            Ok(entry) if number == last.number + 1 && entry.prev == last.hash && entry.hash == entry.digest(number) => {
                last = Link { number, hash: entry.hash };
            }
            _ => verdict.broken_at = Some(last.number + 1),
        }
        Ok(true)
    })?;
    if verdict.broken_at.is_none() && last != head {
        verdict.broken_at = Some(last.number + 1);
    }
    Ok(verdict)
}

/// Forgets some of what is older than `before`, and says whether there is more.
pub fn prune(change: &mut Change, before: Millis) -> Result<bool> {
    let mut old = Vec::new();
    AUDIT.walk(change, .., Direction::Up, |number, entry| {
        let is_old = entry.at < before;
        if is_old {
            old.push(Link { number, hash: entry.hash });
        }
        Ok(is_old && old.len() < limits::PRUNE_STEP_ROWS)
    })?;
    let Some(anchor) = old.last() else { return Ok(false) };
    for link in &old {
        AUDIT.remove(change, link.number)?;
    }
    CHAIN.put(change, ANCHOR, anchor)?;
    Ok(old.len() == limits::PRUNE_STEP_ROWS)
}
