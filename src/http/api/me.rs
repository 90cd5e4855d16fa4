//! Oneself.
use crate::chat::user::Profile;
use crate::error::{self, Result};
use crate::http::ask::Ask;
use crate::http::body::nullable;
use crate::http::reply::Reply;
use crate::row::Status;
use crate::{command, query, wire};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

#[derive(Serialize)]
struct Sync<'a> {
    cursor: u64,
    server: wire::Server<'a>,
    me: wire::Own<'a>,
    rooms: Vec<wire::Room<'a>>,
    users: Vec<wire::User<'a>>,
}

pub async fn sync(ask: Ask) -> Result<Reply> {
    ask.no_query()?;
    let sync = query::sync(&ask.app, &ask.who()?).await?;
    let name = query::server_name(&ask.app).await?;
    Ok(Reply::ok(&Sync {
        cursor: sync.cursor,
        server: super::server::about(&ask, &name, false),
        me: wire::Own { user: (&sync.me).into(), settings: &sync.settings },
        rooms: sync.rooms.iter().map(wire::Room::from).collect(),
        users: sync.users.iter().map(wire::User::from).collect(),
    }))
}

pub async fn show(ask: Ask) -> Result<Reply> {
    ask.no_query()?;
    let (user, settings) = query::me(&ask.app, &ask.who()?).await?;
    Ok(Reply::ok(&wire::Own { user: (&user).into(), settings: &settings }))
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct MePatch {
    name: Option<String>,
    #[serde(default, deserialize_with = "nullable")]
    status: Option<Option<StatusBody>>,
    settings: Option<Map<String, Value>>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct StatusBody {
    #[serde(default)]
    emoji: Option<String>,
    #[serde(default)]
    text: Option<String>,
}

pub async fn update(mut ask: Ask) -> Result<Reply> {
    let patch: MePatch = ask.json().await?;
    let status = patch.status.map(|status| {
        let status = status.map(|StatusBody { emoji, text }| Status {
            emoji: emoji.unwrap_or_default().trim().to_owned(),
            text: text.unwrap_or_default().trim().to_owned(),
        });
        status.filter(|status| !(status.emoji.is_empty() && status.text.is_empty()))
    });
    let profile = Profile { name: patch.name, status, settings: patch.settings };
    let (user, settings) = command::update_me(&ask.app, &ask.who()?, profile).await?;
    Ok(Reply::ok(&wire::Own { user: (&user).into(), settings: &settings }))
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct PasswordBody {
    current: String,
    new: String,
}

pub async fn change_password(mut ask: Ask) -> Result<Reply> {
    let body: PasswordBody = ask.json().await?;
    if body.current == body.new {
        return Err(error::invalid("new", "This is the password that you have already.").into());
    }
    command::change_password(&ask.app, &ask.who()?, ask.peer.address, body.current, body.new).await?;
    Ok(Reply::nothing())
}
