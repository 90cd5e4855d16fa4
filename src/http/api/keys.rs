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

/// Whose keys a request is about.
type Whose = fn(&Ask) -> Result<Id>;

pub async fn mine(ask: Ask) -> Result<Reply> {
    list(ask, oneself).await
}

pub async fn create_mine(ask: Ask) -> Result<Reply> {
    create(ask, oneself).await
}

pub async fn revoke_mine(ask: Ask) -> Result<Reply> {
    revoke(ask, oneself).await
}

pub async fn of_bot(ask: Ask) -> Result<Reply> {
    list(ask, bot).await
}

pub async fn create_of_bot(ask: Ask) -> Result<Reply> {
    create(ask, bot).await
}

pub async fn revoke_of_bot(ask: Ask) -> Result<Reply> {
    revoke(ask, bot).await
}

fn oneself(ask: &Ask) -> Result<Id> {
    ask.who()?.person()
}

/// Nobody is a bot to themselves.
fn bot(ask: &Ask) -> Result<Id> {
    let bot = ask.id("user")?;
    if ask.who()?.asker.user() == Some(bot) { Err(error::not_found().into()) } else { Ok(bot) }
}

async fn list(ask: Ask, whose: Whose) -> Result<Reply> {
    ask.no_query()?;
    let keys = query::keys(&ask.app, &ask.who()?, whose(&ask)?).await?;
    Ok(Reply::ok(&wire::Keys { keys: keys.iter().map(wire::Key::from).collect() }))
}

async fn create(mut ask: Ask, whose: Whose) -> Result<Reply> {
    let body: KeyBody = ask.json().await?;
    let scopes: Scopes = body.scopes.into_iter().collect();
    let new = key::NewKey { name: body.name, scopes, rooms: body.rooms, expires_at: body.expires_at };
    let (made, shown) = command::create_key(&ask.app, &ask.who()?, whose(&ask)?, new).await?;
    Ok(Reply::created(&wire::NewKey { made: (&made).into(), key: &shown }))
}

async fn revoke(ask: Ask, whose: Whose) -> Result<Reply> {
    command::revoke_key(&ask.app, &ask.who()?, whose(&ask)?, ask.id("key")?).await?;
    Ok(Reply::nothing())
}
