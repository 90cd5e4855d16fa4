//! The audit log, for admins of the server and the command line.
use super::{checked_id, checked_limit};
use crate::chat::audit::Filter;
use crate::error::Result;
use crate::http::ask::Ask;
use crate::http::body::whole_number;
use crate::http::reply::Reply;
use crate::id::Id;
#[cfg(test)]
use crate::limits;
use crate::{query, wire};
use serde::{Deserialize, Serialize};

#[derive(Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
struct AuditQuery {
    #[serde(default, deserialize_with = "whole_number")]
    actor: Option<Id>,
    action: Option<String>,
    #[serde(default, deserialize_with = "whole_number")]
    subject: Option<Id>,
    #[serde(default, deserialize_with = "whole_number")]
    since: Option<u64>,
    #[serde(default, deserialize_with = "whole_number")]
    before: Option<Id>,
    #[cfg_attr(test, schemars(range(min = 1, max = limits::PAGE_MAX)))]
    limit: Option<usize>,
}

#[derive(Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
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
#[cfg_attr(test, derive(schemars::JsonSchema))]
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

/// What is said of these routes to programs.
#[cfg(test)]
pub fn contract() -> crate::http::contract::Section {
    use crate::http::contract::{Section, route};
    Section {
        name: "Audit",
        about: "Who did what to whom, from where: a list that nobody can change unseen.",
        routes: vec![
            route("GET /api/v1/admin/audit", "The entries, newest first")
                .query::<AuditQuery>()
                .gives::<Entries>(200, "A page of them")
                .says(403, "forbidden"),
            route("GET /api/v1/admin/audit/verify", "Whether the chain of entries is whole")
                .gives::<Verified>(200, "The verdict")
                .says(403, "forbidden"),
        ],
    }
}
