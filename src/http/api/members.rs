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
