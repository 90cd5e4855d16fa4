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
#[cfg_attr(test, derive(schemars::JsonSchema))]
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
#[cfg_attr(test, derive(schemars::JsonSchema))]
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
#[cfg_attr(test, derive(schemars::JsonSchema))]
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

/// What is said of these routes to programs.
#[cfg(test)]
pub fn contract() -> crate::http::contract::Section {
    use crate::http::contract::{Section, route};
    use serde_json::json;
    Section {
        name: "One person's data",
        about: "All that is kept of a person: given to them, and erased.",
        routes: vec![
            route("POST /api/v1/me/export", "Get all that is kept of oneself")
                .json::<ExportBody>(json!({"password": "cedar lantern orbit twelve"}))
                .sends(200, &["application/x-tar"], "An archive of JSON and files")
                .says(403, "wrong_password"),
            route("POST /api/v1/me/erase", "Erase oneself")
                .json::<EraseMeBody>(json!({"password": "cedar lantern orbit twelve", "with_messages": true}))
                .done(204, "The account is gone")
                .says(403, "wrong_password")
                .says(409, "last_owner"),
            route("POST /api/v1/admin/users/{user}/erase", "Erase a person")
                .json::<EraseBody>(json!({"with_messages": true}))
                .done(204, "They are erased")
                .says(403, "forbidden")
                .says(409, "last_owner"),
            route("GET /api/v1/admin/users/{user}/export", "Get all that is kept of a person").sends(
                200,
                &["application/x-tar"],
                "An archive of JSON and files",
            ),
        ],
    }
}
