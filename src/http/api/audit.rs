//! The audit log, for admins of the server and the command line.
use super::{checked_id, checked_limit};
use crate::chat::audit::Filter;
use crate::error::Result;
use crate::http::ask::Ask;
use crate::http::reply::Reply;
use crate::id::Id;
use crate::{query, wire};
use serde::{Deserialize, Serialize};

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct AuditQuery {
    actor: Option<Id>,
    action: Option<String>,
    subject: Option<Id>,
    since: Option<u64>,
    before: Option<Id>,
    limit: Option<usize>,
}

#[derive(Serialize)]
struct Entries<'a> {
    entries: Vec<wire::AuditEntry<'a>>,
    users: Vec<wire::User<'a>>,
    next: Option<Id>,
}

pub async fn list(ask: Ask) -> Result<Reply> {
    let AuditQuery { actor, action, subject, since, before, limit } = ask.query()?;
    let (filter, limit) = (Filter { actor, action, subject, since }, checked_limit(limit)?);
    let before = before.map_or(Ok(u64::MAX), |before| checked_id("before", before))?;
    let ((entries, next), users) = query::audit(&ask.app, &ask.who()?, filter, before, limit).await?;
    Ok(Reply::ok(&Entries {
        entries: entries.iter().map(wire::AuditEntry::from).collect(),
        users: users.iter().map(wire::User::from).collect(),
        next,
    }))
}

#[derive(Serialize)]
struct Verified {
    entries: u64,
    first: Option<Id>,
    last: Option<Id>,
    intact: bool,
    broken_at: Option<Id>,
}

pub async fn verify(ask: Ask) -> Result<Reply> {
    ask.no_query()?;
    let verdict = query::audit_verdict(&ask.app, &ask.who()?).await?;
    Ok(Reply::ok(&Verified {
        entries: verdict.entries,
        first: verdict.first,
        last: verdict.last,
        intact: verdict.broken_at.is_none(),
        broken_at: verdict.broken_at,
    }))
}
