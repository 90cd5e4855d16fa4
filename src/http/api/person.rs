//! One person's data: given to them as an archive, and erased.
use super::admin::streamed;
use crate::app::App;
use crate::error::{Fault, Result};
use crate::http::ask::Ask;
use crate::http::reply::Reply;
use crate::id::Id;
use crate::{clock, command, query};
use hyper::header;
use serde::Deserialize;
use std::sync::Arc;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct EraseBody {
    #[serde(default)]
    with_messages: bool,
}

pub async fn erase(mut ask: Ask) -> Result<Reply> {
    let body: EraseBody = ask.json().await?;
    command::erase_user(&ask.app, &ask.who()?, ask.id("user")?, body.with_messages).await?;
    Ok(Reply::nothing())
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct EraseMeBody {
    password: String,
    #[serde(default)]
    with_messages: bool,
}

pub async fn erase_me(mut ask: Ask) -> Result<Reply> {
    let body: EraseMeBody = ask.json().await?;
    command::erase_me(&ask.app, &ask.who()?, &body.password, body.with_messages).await?;
    Ok(Reply::nothing().signed_out(&ask.peer))
}

pub async fn export(ask: Ask) -> Result<Reply> {
    ask.no_query()?;
    let user = ask.id("user")?;
    command::begin_export(&ask.app, &ask.who()?, user).await?;
    archive(ask.app, user).await
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct ExportBody {
    password: String,
}

pub async fn export_me(mut ask: Ask) -> Result<Reply> {
    let body: ExportBody = ask.json().await?;
    let user = command::begin_own_export(&ask.app, &ask.who()?, &body.password).await?;
    archive(ask.app, user).await
}

/// One moment of all that is kept of a person, as a stream.
async fn archive(app: Arc<App>, user: Id) -> Result<Reply> {
    let moment = tokio::task::spawn_blocking(move || app.store.moment()).await.map_err(Fault::new)??;
    let reply = streamed("application/x-tar", move |out| query::write_person(&moment, user, clock::now(), out));
    Ok(reply.header(header::CONTENT_DISPOSITION, "attachment; filename=\"snug-data.tar\""))
}
