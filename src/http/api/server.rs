//! What everybody may know of the server, and whether it is well.
use crate::error::Result;
use crate::http::ask::Ask;
use crate::http::assets::{self, HASH};
use crate::http::condition;
use crate::http::reply::Reply;
use crate::{query, wire};
use bytes::Bytes;
use hyper::{StatusCode, header};

pub async fn show(ask: Ask) -> Result<Reply> {
    ask.no_query()?;
    let setup_needed = query::setup_needed(&ask.app).await?;
    Ok(Reply::ok(&about(&ask, setup_needed)))
}

pub(super) fn about(ask: &Ask, setup_needed: bool) -> wire::Server {
    wire::Server { place: ask.app.place(), version: env!("CARGO_PKG_VERSION"), setup_needed, tls: ask.peer.secure() }
}

/// What programs are told of this interface.
pub async fn openapi(ask: Ask) -> Result<Reply> {
    ask.no_query()?;
    let tag = format!("\"{HASH}\"");
    let reply = match condition::answer(&ask.parts.headers, &tag, 0) {
        condition::Answer::Unchanged => Reply::bytes(StatusCode::NOT_MODIFIED, None, Bytes::new()),
        _ => assets::packed(&ask.parts.headers, "openapi.json")?,
    };
    Ok(reply.header(header::ETAG, &tag).header(header::CACHE_CONTROL, "no-cache"))
}

/// The process runs.
pub async fn health(_: Ask) -> Result<Reply> {
    Ok(Reply::bytes(StatusCode::OK, Some("text/plain; charset=utf-8"), Bytes::from_static(b"ok\n")))
}

/// The store answers, and can be written to.
pub async fn ready(ask: Ask) -> Result<Reply> {
    query::setup_needed(&ask.app).await?;
    query::writable(&ask.app)?;
    health(ask).await
}

/// What is measured.
pub async fn metrics(ask: Ask) -> Result<Reply> {
    ask.no_query()?;
    Ok(Reply::metrics(query::figures(&ask.app, &ask.who()?).await?))
}

/// What is said of these routes to programs.
#[cfg(test)]
pub fn contract() -> crate::http::contract::Section {
    use crate::http::contract::{Section, route};
    Section {
        name: "Server",
        about: "What everybody may know, and whether it is well.",
        routes: vec![
            route("GET /api/v1/server", "The server: its name, its version, how one gets in")
                .gives::<wire::Server>(200, "The server"),
            route("GET /api/v1/openapi.json", "This document")
                .sends(200, &["application/json"], "OpenAPI 3.1")
                .done(304, "The one that is known already"),
            route("GET /healthz", "Whether the process runs").sends(200, &["text/plain"], "It runs"),
            route("GET /readyz", "Whether the store answers, and can be written to")
                .sends(200, &["text/plain"], "It does")
                .says(503, "read_only"),
            route("GET /metrics", "What is measured, in the text format of Prometheus")
                .details("For keys with the scope `metrics`, and for admins of the server. Where the operator set `server.metrics_listen`, the same is there for everybody who reaches that port.")
                .sends(200, &["text/plain"], "The metrics")
                .says(403, "forbidden"),
        ],
    }
}
