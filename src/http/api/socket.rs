//! The upgrade to a WebSocket: everything is checked before the 101 (S26).
use crate::error::{self, Error, Refusal, Result};
use crate::http::ask::Ask;
use crate::http::guard;
use crate::http::reply::Reply;
use crate::id::Id;
use crate::ws::{self, Opening};
use bytes::Bytes;
use hyper::StatusCode;
use hyper::header;
use hyper::upgrade::OnUpgrade;
use serde::Deserialize;
use std::time::Instant;
use tokio_tungstenite::tungstenite::handshake::derive_accept_key;

#[derive(Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
struct SocketQuery {
    since: Option<String>,
}

pub async fn open(mut ask: Ask) -> Result<Reply> {
    let who = ask.who()?;
    let user = who.person()?;
    let SocketQuery { since } = ask.query()?;
    let since = since.map(|text| text.parse::<Id>().map_err(|_| not_a_cursor())).transpose()?;
    let headers = &ask.parts.headers;
    let is = |name, value: &str| headers.get(name).is_some_and(|found: &header::HeaderValue| found == value);
    let key = headers.get(header::SEC_WEBSOCKET_KEY).filter(|_| guard::is_upgrade(&ask.parts));
    let Some(key) = key.filter(|_| is(header::SEC_WEBSOCKET_VERSION, "13")) else {
        let refusal = Refusal::new(426, "not_a_websocket", "Open this address as a WebSocket, version 13.");
        return Ok(Reply::problem(&refusal).header(header::UPGRADE, "websocket"));
    };
    let accept = derive_accept_key(key.as_bytes());
    let upgrade = ask
        .parts
        .extensions
        .remove::<OnUpgrade>()
        .ok_or_else(|| error::malformed("This connection cannot become a WebSocket: use HTTP/1.1."))?;
    let max = ask.app.live().limits.sockets_per_user;
    let seat = ask
        .app
        .seats
        .take(user, max)
        .ok_or_else(|| error::too_many(format!("You have {max} connections already. Close one first."), 5))?;
    let opening = Opening { app: ask.app, who, user, seat, since, asked: Instant::now() };
    tokio::spawn(ws::serve(opening, upgrade));
    Ok(Reply::bytes(StatusCode::SWITCHING_PROTOCOLS, None, Bytes::new())
        .header(header::CONNECTION, "Upgrade")
        .header(header::UPGRADE, "websocket")
        .header(header::SEC_WEBSOCKET_ACCEPT, &accept))
}

fn not_a_cursor() -> Error {
    error::malformed("`since` is a cursor: a number that the server gave.").into()
}

/// What is said of these routes to programs.
#[cfg(test)]
pub fn contract() -> crate::http::contract::Section {
    use crate::http::contract::{Section, route};
    Section {
        name: "Socket",
        about: "What happens, as it happens.",
        routes: vec![
            route("GET /api/v1/ws", "Open the WebSocket")
                .details("An upgrade of HTTP/1.1. With a cookie the `Origin` must be allowed. What is said on it is under `x-websocket`.")
                .query::<SocketQuery>()
                .done(101, "The socket is open; `hello` comes first")
                .says(400, "malformed")
                .says(403, "cross_origin")
                .says(426, "not_a_websocket"),
        ],
    }
}
