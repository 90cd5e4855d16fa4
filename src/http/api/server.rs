//! What everybody may know of the server, and whether it is well.
use crate::config::Registration;
use crate::error::Result;
use crate::http::ask::Ask;
use crate::http::reply::Reply;
use crate::{query, wire};
use bytes::Bytes;
use hyper::StatusCode;

pub async fn show(ask: Ask) -> Result<Reply> {
    ask.no_query()?;
    let name = query::server_name(&ask.app).await?;
    let setup_needed = query::setup_needed(&ask.app).await?;
    Ok(Reply::ok(&about(&ask, &name, setup_needed)))
}

pub(super) fn about<'a>(ask: &Ask, name: &'a str, setup_needed: bool) -> wire::Server<'a> {
    wire::Server {
        name,
        version: env!("CARGO_PKG_VERSION"),
        setup_needed,
        registration: match ask.app.config.auth.registration {
            Registration::Open => "open",
            Registration::Invite => "invite",
            Registration::Closed => "closed",
        },
        password_min: ask.app.config.auth.password_min,
        max_upload_bytes: ask.app.config.limits.upload_max_bytes,
        tls: ask.peer.secure(),
    }
}

/// The process runs.
pub async fn health(_: Ask) -> Result<Reply> {
    Ok(Reply::bytes(StatusCode::OK, Some("text/plain; charset=utf-8"), Bytes::from_static(b"ok\n")))
}

/// The store answers.
pub async fn ready(ask: Ask) -> Result<Reply> {
    query::setup_needed(&ask.app).await?;
    health(ask).await
}
