//! How the server did lately, for the charts of its admins.
use crate::clock::Millis;
use crate::error::Result;
use crate::http::ask::Ask;
use crate::http::body::whole_number;
use crate::http::reply::Reply;
use crate::{limits, query, wire};
use serde::{Deserialize, Serialize};

#[derive(Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
struct PulseQuery {
    /// Only what came after this moment.
    #[serde(default, deserialize_with = "whole_number")]
    after: Option<Millis>,
}

#[derive(Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
struct Looks {
    /// How often the server looks.
    period_s: u64,
    /// The oldest first; none is older than an hour.
    looks: Vec<wire::Pulse>,
}

pub async fn show(ask: Ask) -> Result<Reply> {
    let PulseQuery { after } = ask.query()?;
    let beats = query::beats(&ask.app, &ask.who()?, after.unwrap_or(0)).await?;
    let looks = beats.into_iter().map(wire::Pulse::from).collect();
    Ok(Reply::ok(&Looks { period_s: limits::PULSE_PERIOD.as_secs(), looks }))
}

/// What is said of this route to programs.
#[cfg(test)]
pub fn contract() -> crate::http::contract::Section {
    use crate::http::contract::{Section, route};
    Section {
        name: "The last hour",
        about: "How the server did lately, kept in its memory.",
        routes: vec![
            route("GET /api/v1/admin/pulse", "How the server did in the last hour")
                .query::<PulseQuery>()
                .gives::<Looks>(200, "What it saw, every few seconds")
                .says(403, "forbidden"),
        ],
    }
}
