//! API keys: one's own, and those of bots.
use crate::auth::key;
use crate::error::{self, Result};
use crate::http::ask::Ask;
use crate::http::reply::Reply;
use crate::id::Id;
use crate::row::{Scope, Scopes};
use crate::{command, query, wire};
use serde::Deserialize;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct KeyBody {
    name: String,
    scopes: Vec<Scope>,
    rooms: Option<Vec<Id>>,
    expires_at: Option<u64>,
}

pub async fn mine(ask: Ask) -> Result<Reply> {
    let user = ask.who()?.person()?;
    list(ask, user).await
}

pub async fn create_mine(ask: Ask) -> Result<Reply> {
    let user = ask.who()?.person()?;
    create(ask, user).await
}

pub async fn revoke_mine(ask: Ask) -> Result<Reply> {
    let user = ask.who()?.person()?;
    revoke(ask, user).await
}

pub async fn of_bot(ask: Ask) -> Result<Reply> {
    let bot = bot(&ask)?;
    list(ask, bot).await
}

pub async fn create_of_bot(ask: Ask) -> Result<Reply> {
    let bot = bot(&ask)?;
    create(ask, bot).await
}

pub async fn revoke_of_bot(ask: Ask) -> Result<Reply> {
    let bot = bot(&ask)?;
    revoke(ask, bot).await
}

/// Nobody is a bot to themselves: a bot's key makes no keys.
fn bot(ask: &Ask) -> Result<Id> {
    let bot = ask.id("user")?;
    if ask.who()?.asker.user() == Some(bot) { Err(error::not_found().into()) } else { Ok(bot) }
}

async fn list(ask: Ask, user: Id) -> Result<Reply> {
    ask.no_query()?;
    let keys = query::keys(&ask.app, &ask.who()?, user).await?;
    Ok(Reply::ok(&wire::Keys { keys: keys.iter().map(wire::Key::from).collect() }))
}

async fn create(mut ask: Ask, user: Id) -> Result<Reply> {
    let body: KeyBody = ask.json().await?;
    let scopes: Scopes = body.scopes.into_iter().collect();
    let new = key::NewKey { name: body.name, scopes, rooms: body.rooms, expires_at: body.expires_at };
    let (made, shown) = command::create_key(&ask.app, &ask.who()?, user, new).await?;
    Ok(Reply::created(&wire::NewKey { made: (&made).into(), key: &shown }))
}

async fn revoke(ask: Ask, user: Id) -> Result<Reply> {
    command::revoke_key(&ask.app, &ask.who()?, user, ask.id("key")?).await?;
    Ok(Reply::nothing())
}
