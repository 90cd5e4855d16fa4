//! Rooms and directs.
use super::{PageQuery, checked_limit};
use crate::chat::room::{Edit, MeEdit, NewRoom, RulesEdit};
use crate::error::Result;
use crate::http::ask::Ask;
use crate::http::body::{nullable, whole_number};
use crate::http::reply::Reply;
use crate::id::Id;
#[cfg(test)]
use crate::limits;
use crate::row::{Allowed, Notify, RoomKind};
use crate::{command, query, wire};
use hyper::StatusCode;
use serde::{Deserialize, Serialize};

#[derive(Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(rename_all = "lowercase")]
#[cfg_attr(test, schemars(inline))]
enum Scope {
    Mine,
    Public,
}

#[derive(Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
struct RoomsQuery {
    scope: Option<Scope>,
    #[cfg_attr(test, schemars(range(min = 1, max = limits::PAGE_MAX)))]
    limit: Option<usize>,
    #[serde(default, deserialize_with = "whole_number")]
    cursor: Option<Id>,
}

#[derive(Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
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
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
struct RoomBody {
    #[cfg_attr(test, schemars(length(min = 1, max = limits::ROOM_NAME_CHARS_MAX)))]
    name: String,
    #[cfg_attr(test, schemars(length(max = limits::TOPIC_CHARS_MAX)))]
    topic: Option<String>,
    #[cfg_attr(test, schemars(length(max = limits::DESCRIPTION_CHARS_MAX)))]
    description: Option<String>,
    kind: RoomKind,
    #[serde(default)]
    #[cfg_attr(test, schemars(length(max = limits::ADD_MEMBERS_MAX)))]
    members: Vec<Id>,
}

pub async fn create(mut ask: Ask) -> Result<Reply> {
    let RoomBody { name, topic, description, kind, members } = ask.json().await?;
    let room = command::create_room(&ask.app, &ask.who()?, NewRoom { name, topic, description, kind, members }).await?;
    Ok(Reply::created(&wire::Room::from(&room)))
}

#[derive(Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
struct DirectBody {
    #[cfg_attr(test, schemars(length(min = 1, max = limits::DIRECT_OTHERS_MAX)))]
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
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
struct RoomPatch {
    #[cfg_attr(test, schemars(length(min = 1, max = limits::ROOM_NAME_CHARS_MAX)))]
    name: Option<String>,
    #[serde(default, deserialize_with = "nullable")]
    #[cfg_attr(test, schemars(length(max = limits::TOPIC_CHARS_MAX)))]
    topic: Option<Option<String>>,
    kind: Option<RoomKind>,
    archived: Option<bool>,
    #[serde(default, deserialize_with = "nullable")]
    #[cfg_attr(test, schemars(length(max = limits::DESCRIPTION_CHARS_MAX)))]
    description: Option<Option<String>>,
    rules: Option<RulesPatch>,
    /// Days; null: as long as the server keeps messages.
    #[serde(default, deserialize_with = "nullable")]
    #[cfg_attr(test, schemars(range(min = 1, max = limits::RETENTION_DAYS_MAX)))]
    retention_days: Option<Option<u32>>,
}

#[derive(Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
#[cfg_attr(test, schemars(inline))]
struct RulesPatch {
    post: Option<Allowed>,
    pin: Option<Allowed>,
    call: Option<Allowed>,
}

pub async fn edit(mut ask: Ask) -> Result<Reply> {
    let RoomPatch { name, topic, kind, archived, description, rules, retention_days } = ask.json().await?;
    let rules = rules.map(|RulesPatch { post, pin, call }| RulesEdit { post, pin, call }).unwrap_or_default();
    let edit = Edit { name, topic, kind, archived, description, rules, retention: retention_days, retention_max: 0 };
    let room = command::edit_room(&ask.app, &ask.who()?, ask.id("room")?, edit).await?;
    Ok(Reply::ok(&wire::Room::from(&room)))
}

pub async fn delete(ask: Ask) -> Result<Reply> {
    command::delete_room(&ask.app, &ask.who()?, ask.id("room")?).await?;
    Ok(Reply::nothing())
}

#[derive(Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
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

/// What is said of these routes to programs.
#[cfg(test)]
pub fn contract() -> crate::http::contract::Section {
    use crate::http::contract::{Section, route};
    use serde_json::json;
    Section {
        name: "Rooms",
        about: "Rooms and directs.",
        routes: vec![
            route("GET /api/v1/rooms", "One's rooms, or all public ones")
                .query::<RoomsQuery>()
                .gives::<Rooms>(200, "A page of them"),
            route("POST /api/v1/rooms", "Make a room")
                .json::<RoomBody>(json!({"name": "Garden", "kind": "private", "members": [7]}))
                .gives::<wire::Room>(201, "The room")
                .says(409, "name_taken")
                .says(403, "forbidden")
                .says(404, "not_found"),
            route("POST /api/v1/directs", "Open the direct with these people")
                .json::<DirectBody>(json!({"users": [7]}))
                .gives::<wire::Room>(200, "The one that is there")
                .gives::<wire::Room>(201, "A new one")
                .says(404, "not_found"),
            route("GET /api/v1/rooms/{room}", "A room").gives::<wire::Room>(200, "The room"),
            route("PATCH /api/v1/rooms/{room}", "Change a room")
                .json::<RoomPatch>(json!({"topic": "What grows where"}))
                .gives::<wire::Room>(200, "The room as it is now")
                .says_any(403, &["not_a_member", "forbidden", "archived"])
                .says_any(409, &["name_taken", "direct"]),
            route("DELETE /api/v1/rooms/{room}", "Delete a room and all that was said in it")
                .done(204, "It is gone")
                .says_any(403, &["not_a_member", "forbidden"])
                .says(409, "direct"),
            route("PATCH /api/v1/rooms/{room}/me", "Change what a room is to oneself")
                .json::<MePatch>(json!({"starred": true, "notify": "mentions"}))
                .gives::<wire::Room>(200, "The room as one has it")
                .says(403, "not_a_member"),
        ],
    }
}
