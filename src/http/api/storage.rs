//! The server's disk: how full it is, whether it takes anything, how long things are kept, and making the files smaller.
use crate::app::{Compaction, Ended};
use crate::clock::Millis;
use crate::config::{Limits, Retention};
use crate::error::Result;
use crate::http::ask::Ask;
use crate::http::reply::Reply;
use crate::store::{Mode, State};
use crate::{command, query};
use serde::Serialize;

#[derive(Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub(super) struct Store {
    mode: &'static str,
    /// Why nothing can be written, while that is so.
    why: Option<String>,
    /// Bytes of the databases, and of what is in them; null: not measured yet.
    size_bytes: u64,
    live_bytes: Option<u64>,
    /// Bytes of the disk that are free, and what of them is never filled with files.
    free_bytes: Option<u64>,
    reserve_bytes: Option<u64>,
}

impl From<State> for Store {
    fn from(state: State) -> Self {
        let (mode, why) = match state.mode {
            Mode::Ok => ("ok", None),
            Mode::ReadOnly { why } => ("read_only", Some(why)),
            Mode::Down { why } => ("down", Some(why)),
        };
        Store {
            mode,
            why,
            size_bytes: state.size,
            live_bytes: state.live,
            free_bytes: state.free,
            reserve_bytes: state.reserve,
        }
    }
}

#[derive(Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
struct Storage {
    store: Store,
    compaction: Compacting,
    retention: Kept,
    quotas: Quotas,
}

#[derive(Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[cfg_attr(test, schemars(rename = "Compaction"))]
struct Compacting {
    running: bool,
    last: Option<Last>,
}

#[derive(Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[cfg_attr(test, schemars(rename = "LastCompaction"))]
struct Last {
    at: Millis,
    took_ms: u64,
    before_bytes: Option<u64>,
    after_bytes: Option<u64>,
    /// Why it was given up.
    error: Option<String>,
}

/// Days; null: for ever.
#[derive(Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[cfg_attr(test, schemars(rename = "RetentionDays"))]
struct Kept {
    messages_days: Option<u64>,
    files_days: Option<u64>,
}

/// Bytes; null: no limit.
#[derive(Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[cfg_attr(test, schemars(rename = "StorageQuotas"))]
struct Quotas {
    file_bytes: Option<u64>,
    person_bytes: Option<u64>,
    all_bytes: Option<u64>,
}

pub async fn show(ask: Ask) -> Result<Reply> {
    ask.no_query()?;
    let (state, compaction) = query::storage(&ask.app, &ask.who()?).await?;
    Ok(Reply::ok(&storage(&ask, state, compaction)))
}

/// It goes on when nobody waits for it.
pub async fn compact(ask: Ask) -> Result<Reply> {
    let (state, compaction) = command::compact(&ask.app, &ask.who()?).await?;
    Ok(Reply::ok(&storage(&ask, state, compaction)))
}

fn storage(ask: &Ask, state: State, compaction: Compaction) -> Storage {
    let Retention { messages_days, files_days } = ask.app.live().retention;
    let Limits { upload_max_bytes, user_quota_bytes, storage_max_bytes, .. } = ask.app.live().limits;
    let limit = |number: u64| Some(number).filter(|number| *number > 0);
    Storage {
        store: state.into(),
        compaction: Compacting {
            running: compaction.running,
            last: compaction.last.map(|Ended { at, took_ms, outcome }| Last {
                at,
                took_ms,
                before_bytes: outcome.as_ref().ok().map(|sizes| sizes.before),
                after_bytes: outcome.as_ref().ok().map(|sizes| sizes.after),
                error: outcome.err(),
            }),
        },
        retention: Kept { messages_days: limit(messages_days), files_days: limit(files_days) },
        quotas: Quotas {
            file_bytes: limit(upload_max_bytes),
            person_bytes: limit(user_quota_bytes),
            all_bytes: limit(storage_max_bytes),
        },
    }
}

/// What is said of these routes to programs.
#[cfg(test)]
pub fn contract() -> crate::http::contract::Section {
    use crate::http::contract::{Section, route};
    Section {
        name: "Storage",
        about: "The server's disk, for its admins.",
        routes: vec![
            route(
                "GET /api/v1/admin/storage",
                "How large the data is, how much room there is, how long things are kept",
            )
            .gives::<Storage>(200, "The figures")
            .says(403, "forbidden"),
            route(
                "POST /api/v1/admin/compact",
                "Make the databases as small as what is in them, while the server goes on",
            )
            .gives::<Storage>(200, "It has begun, or was under way")
            .says(403, "forbidden"),
        ],
    }
}
