//! An entry of the audit log.
use crate::chat::audit::Listed;
use crate::id::{Id, SecretHash};
use serde::Serialize;
use std::collections::BTreeMap;

#[derive(Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct AuditEntry<'a> {
    id: Id,
    at: u64,
    action: &'a str,
    by: &'static str,
    actor: Option<Id>,
    address: Option<&'a str>,
    subjects: Vec<Subject<'a>>,
    details: BTreeMap<&'a str, &'a str>,
    /// Of the entry before, and of this one: a copy outside proves that nothing was changed later.
    previous: String,
    digest: String,
}

#[derive(Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
struct Subject<'a> {
    kind: &'a str,
    id: Id,
}

impl<'a> From<&'a Listed> for AuditEntry<'a> {
    fn from(Listed { number, row }: &'a Listed) -> Self {
        AuditEntry {
            id: *number,
            at: row.at,
            action: &row.action,
            by: row.kind.word(),
            actor: row.actor,
            address: row.address.as_deref(),
            subjects: row.subjects.iter().map(|(kind, id)| Subject { kind, id: *id }).collect(),
            details: row.details.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect(),
            previous: hex(&row.prev),
            digest: hex(&row.hash),
        }
    }
}

fn hex(hash: &SecretHash) -> String {
    hash.iter().map(|byte| format!("{byte:02x}")).collect()
}
