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
#[cfg_attr(test, derive(schemars::JsonSchema))]
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

/// What is said of these routes to programs.
#[cfg(test)]
pub fn contract() -> crate::http::contract::Section {
    use crate::http::contract::{Section, route};
    use serde_json::json;
    let key = json!({"name": "Weather bot", "scopes": ["read", "write"], "rooms": [3]});
    Section {
        name: "API keys",
        about: "Keys for programs: one's own, and those of bots. A key is shown once.",
        routes: vec![
            route("GET /api/v1/me/keys", "One's keys").gives::<wire::Keys>(200, "All of them"),
            route("POST /api/v1/me/keys", "Make a key")
                .json::<KeyBody>(key.clone())
                .gives::<wire::NewKey>(201, "The key, shown this once")
                .says_any(403, &["forbidden", "not_a_member"])
                .says(404, "not_found")
                .says(409, "too_many_keys"),
            route("DELETE /api/v1/me/keys/{key}", "Revoke a key").done(204, "It no longer works"),
            route("GET /api/v1/admin/bots/{user}/keys", "The keys of a bot")
                .gives::<wire::Keys>(200, "All of them")
                .says(403, "forbidden"),
            route("POST /api/v1/admin/bots/{user}/keys", "Make a key for a bot")
                .json::<KeyBody>(key)
                .gives::<wire::NewKey>(201, "The key, shown this once")
                .says_any(403, &["forbidden", "not_a_member"])
                .says(409, "too_many_keys"),
            route("DELETE /api/v1/admin/bots/{user}/keys/{key}", "Revoke a key of a bot")
                .done(204, "It no longer works")
                .says(403, "forbidden"),
        ],
    }
}
