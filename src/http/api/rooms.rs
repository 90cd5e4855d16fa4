//! Rooms and directs.
use super::{PageQuery, checked_limit};
use crate::chat::room::{Edit, MeEdit, NewRoom, RulesEdit};
use crate::error::Result;
use crate::http::ask::Ask;
use crate::http::body::nullable;
use crate::http::reply::Reply;
use crate::id::Id;
use crate::row::{Allowed, Notify, RoomKind};
use crate::{command, query, wire};
use hyper::StatusCode;
use serde::{Deserialize, Serialize};

#[derive(Deserialize)]
#[serde(rename_all = "lowercase")]
enum Scope {
    Mine,
    Public,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RoomsQuery {
    scope: Option<Scope>,
    limit: Option<usize>,
    cursor: Option<Id>,
}

#[derive(Serialize)]
pub(super) struct Rooms<'a> {
    pub rooms: Vec<wire::Room<'a>>,
    pub next: Option<Id>,
}

pub async fn list(ask: Ask) -> Result<Reply> {
    let RoomsQuery { scope, limit, cursor } = ask.query()?;
    let public = matches!(scope, Some(Scope::Public));
    let page = PageQuery { limit, cursor };
    let (rooms, next) =
        query::rooms(&ask.app, &ask.who()?, public, page.cursor.unwrap_or(0), checked_limit(page.limit)?).await?;
    Ok(Reply::ok(&Rooms { rooms: rooms.iter().map(wire::Room::from).collect(), next }))
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RoomBody {
    name: String,
    topic: Option<String>,
    description: Option<String>,
    kind: RoomKind,
    #[serde(default)]
    members: Vec<Id>,
}

pub async fn create(mut ask: Ask) -> Result<Reply> {
    let RoomBody { name, topic, description, kind, members } = ask.json().await?;
    let room = command::create_room(&ask.app, &ask.who()?, NewRoom { name, topic, description, kind, members }).await?;
    Ok(Reply::created(&wire::Room::from(&room)))
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct DirectBody {
    users: Vec<Id>,
}

pub async fn open_direct(mut ask: Ask) -> Result<Reply> {
    let body: DirectBody = ask.json().await?;
    let (room, made) = command::open_direct(&ask.app, &ask.who()?, body.users).await?;
    let status = if made { StatusCode::CREATED } else { StatusCode::OK };
    Ok(Reply::json(status, &wire::Room::from(&room)))
}

pub async fn show(ask: Ask) -> Result<Reply> {
    ask.no_query()?;
    let room = query::room(&ask.app, &ask.who()?, ask.id("room")?).await?;
    Ok(Reply::ok(&wire::Room::from(&room)))
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RoomPatch {
    name: Option<String>,
    #[serde(default, deserialize_with = "nullable")]
    topic: Option<Option<String>>,
    kind: Option<RoomKind>,
    archived: Option<bool>,
    #[serde(default, deserialize_with = "nullable")]
    description: Option<Option<String>>,
    rules: Option<RulesPatch>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RulesPatch {
    post: Option<Allowed>,
    pin: Option<Allowed>,
    call: Option<Allowed>,
}

pub async fn edit(mut ask: Ask) -> Result<Reply> {
    let RoomPatch { name, topic, kind, archived, description, rules } = ask.json().await?;
    let rules = rules.map(|RulesPatch { post, pin, call }| RulesEdit { post, pin, call }).unwrap_or_default();
    let edit = Edit { name, topic, kind, archived, description, rules };
    let room = command::edit_room(&ask.app, &ask.who()?, ask.id("room")?, edit).await?;
    Ok(Reply::ok(&wire::Room::from(&room)))
}

pub async fn delete(ask: Ask) -> Result<Reply> {
    command::delete_room(&ask.app, &ask.who()?, ask.id("room")?).await?;
    Ok(Reply::nothing())
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct MePatch {
    notify: Option<Notify>,
    starred: Option<bool>,
}

pub async fn edit_me(mut ask: Ask) -> Result<Reply> {
    let MePatch { notify, starred } = ask.json().await?;
    let edit = MeEdit { notify, starred };
    let room = command::edit_room_me(&ask.app, &ask.who()?, ask.id("room")?, edit).await?;
    Ok(Reply::ok(&wire::Room::from(&room)))
}
