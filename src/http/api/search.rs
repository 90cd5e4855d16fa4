//! Finding what was said.
use super::checked_limit;
use crate::error::{self, Result};
use crate::http::ask::Ask;
use crate::http::body::whole_number;
use crate::http::reply::Reply;
use crate::limits;
use crate::query::Question;
use crate::search::Sort;
use crate::{command, query, wire};
use serde::{Deserialize, Serialize};

#[derive(Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
struct SearchQuery {
    #[serde(default)]
    q: String,
    #[cfg_attr(test, schemars(extend("enum" = ["best", "newest"])))]
    sort: Option<String>,
    #[cfg_attr(test, schemars(range(min = 1, max = limits::PAGE_MAX)))]
    limit: Option<usize>,
    #[serde(default, deserialize_with = "whole_number")]
    cursor: Option<u64>,
    #[cfg_attr(test, schemars(range(min = -840, max = 840)))]
    utc_offset: Option<i32>,
}

pub async fn search(ask: Ask) -> Result<Reply> {
    let SearchQuery { q, sort, limit, cursor, utc_offset } = ask.query()?;
    let sort = match sort.as_deref() {
        None | Some("best") => Sort::Best,
        Some("newest") => Sort::Newest,
        Some(_) => return Err(error::invalid("sort", "This is best or newest.").into()),
    };
    if sort == Sort::Best && cursor.is_some_and(|cursor| cursor > limits::SEARCH_DEPTH_MAX) {
        let detail = "So far down nothing fits well any more. Ask for the newest, or for something narrower.";
        return Err(error::invalid("cursor", detail).into());
    }
    let minutes_east = utc_offset.unwrap_or(0);
    if !(-840..=840).contains(&minutes_east) {
        return Err(error::invalid("utc_offset", "Minutes east of UTC, from -840 to 840.").into());
    }
    let question = Question { text: q, sort, cursor, limit: checked_limit(limit)?, minutes_east };
    let hits = query::search(&ask.app, &ask.who()?, question).await?;
    Ok(Reply::ok(&wire::Hits::from(&hits)))
}

#[derive(Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
struct IndexAnswer {
    search: wire::SearchIndex,
}

pub async fn rebuild(ask: Ask) -> Result<Reply> {
    let standing = command::rebuild_search(&ask.app, &ask.who()?).await?;
    Ok(Reply::ok(&IndexAnswer { search: standing.into() }))
}

/// What is said of these routes to programs.
#[cfg(test)]
pub fn contract() -> crate::http::contract::Section {
    use crate::http::contract::{Section, route};
    Section {
        name: "Search",
        about: "What was said, found again, in every language.",
        routes: vec![
            route("GET /api/v1/search", "Messages that fit, of the rooms that one is in")
                .details(
                    "`q` holds words, \"phrases\" and filters: `from:` `in:` `to:` (names, or `me`), `before:` `after:` `on:` \
                     (`2026-01-31`, `2026-01`, `2026`, `today`, `yesterday`, `7d`), `has:file|image|video|audio|link|pin|reaction`, \
                     `is:thread|saved`; `-` in front of any of them means that it must not be so. Case and accents do not matter; the \
                     last word may be a beginning. What makes no sense is looked for as text: no question is refused. `utc_offset`: the \
                     asker's minutes east of UTC, for days. `cursor` is the `next` of the page before. `partial`: the answer holds \
                     not all that there is, because the time was over or the index is being made.",
                )
                .query::<SearchQuery>()
                .gives::<wire::Hits>(200, "The hits, with their authors")
                .says(503, "search_unavailable"),
            route("POST /api/v1/admin/search/rebuild", "Make the search index anew")
                .gives::<IndexAnswer>(200, "It has begun; messages are found again as it grows")
                .says(403, "forbidden"),
        ],
    }
}
