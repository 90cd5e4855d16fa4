//! Who is in a room.
use super::{PageQuery, checked_limit};
use crate::chat::member::Listed;
use crate::error::Result;
use crate::http::ask::Ask;
use crate::http::reply::Reply;
use crate::id::Id;
use crate::row::RoomRole;
use crate::{command, query, wire};
use serde::{Deserialize, Serialize};

pub async fn join(ask: Ask) -> Result<Reply> {
    let room = command::join(&ask.app, &ask.who()?, ask.id("room")?).await?;
    Ok(Reply::ok(&wire::Room::from(&room)))
}

pub async fn leave(ask: Ask) -> Result<Reply> {
    command::leave(&ask.app, &ask.who()?, ask.id("room")?).await?;
    Ok(Reply::nothing())
}

#[derive(Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub(super) struct Members<'a> {
    pub members: Vec<wire::Member<'a>>,
    pub next: Option<Id>,
}

impl<'a> Members<'a> {
    pub fn new(members: &'a [Listed], next: Option<Id>) -> Self {
        Members { members: members.iter().map(wire::Member::from).collect(), next }
    }
}

pub async fn list(ask: Ask) -> Result<Reply> {
    let page: PageQuery = ask.query()?;
    let room = ask.id("room")?;
    let limit = checked_limit(page.limit)?;
    let (members, next) = query::members(&ask.app, &ask.who()?, room, page.cursor.unwrap_or(0), limit).await?;
    Ok(Reply::ok(&Members::new(&members, next)))
}

#[derive(Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
struct MemberBody {
    role: RoomRole,
}

pub async fn put(mut ask: Ask) -> Result<Reply> {
    let body: MemberBody = ask.json().await?;
    let listed = command::put_member(&ask.app, &ask.who()?, ask.id("room")?, ask.id("user")?, body.role).await?;
    Ok(Reply::ok(&wire::Member::from(&listed)))
}

pub async fn remove(ask: Ask) -> Result<Reply> {
    command::remove_member(&ask.app, &ask.who()?, ask.id("room")?, ask.id("user")?).await?;
    Ok(Reply::nothing())
}

/// What is said of these routes to programs.
#[cfg(test)]
pub fn contract() -> crate::http::contract::Section {
    use crate::http::contract::{Section, route};
    use serde_json::json;
    Section {
        name: "Members",
        about: "Who is in a room.",
        routes: vec![
            route("POST /api/v1/rooms/{room}/join", "Join a public room")
                .gives::<wire::Room>(200, "The room")
                .says_any(403, &["archived", "room_banned"]),
            route("POST /api/v1/rooms/{room}/leave", "Leave a room")
                .done(204, "One is no longer in it")
                .says(403, "not_a_member")
                .says_any(409, &["last_admin", "direct"]),
            route("GET /api/v1/rooms/{room}/members", "The members")
                .query::<PageQuery>()
                .gives::<Members>(200, "A page of them")
                .says(403, "not_a_member"),
            route("PUT /api/v1/rooms/{room}/members/{user}", "Add somebody, or give them another role")
                .json::<MemberBody>(json!({"role": "member"}))
                .gives::<wire::Member>(200, "The member")
                .says_any(403, &["not_a_member", "forbidden", "archived", "room_banned"])
                .says_any(409, &["last_admin", "direct"]),
            route("DELETE /api/v1/rooms/{room}/members/{user}", "Remove somebody")
                .done(204, "They are no longer in it")
                .says_any(403, &["not_a_member", "forbidden"])
                .says_any(409, &["last_admin", "direct"]),
        ],
    }
}
