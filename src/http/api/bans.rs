//! Who is kept out: of the server, for its admins, and of a room, for the room's.
use crate::chat::ban::{self, NewBan};
use crate::chat::outcast;
use crate::config::Net;
use crate::error::{self, Result};
use crate::http::ask::Ask;
use crate::http::body::whole_number;
use crate::http::reply::Reply;
use crate::id::Id;
use crate::{command, query, wire};
use serde::{Deserialize, Serialize};

#[derive(Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
struct Bans<'a> {
    bans: Vec<Ban<'a>>,
    users: Vec<wire::User<'a>>,
}

#[derive(Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
struct Ban<'a> {
    id: Id,
    user: Option<Id>,
    addresses: &'a [String],
    reason: Option<&'a str>,
    created_at: u64,
    created_by: Option<Id>,
    expires_at: Option<u64>,
}

impl<'a> From<&'a ban::Listed> for Ban<'a> {
    fn from(ban::Listed { id, row }: &'a ban::Listed) -> Self {
        Ban {
            id: *id,
            user: row.user,
            addresses: &row.nets,
            reason: row.reason.as_deref(),
            created_at: row.created_at,
            created_by: row.created_by,
            expires_at: row.expires_at,
        }
    }
}

pub async fn list(ask: Ask) -> Result<Reply> {
    ask.no_query()?;
    let (bans, users) = query::bans(&ask.app, &ask.who()?).await?;
    Ok(Reply::ok(&Bans {
        bans: bans.iter().map(Ban::from).collect(),
        users: users.iter().map(wire::User::from).collect(),
    }))
}

#[derive(Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
struct BanBody {
    #[serde(default, deserialize_with = "whole_number")]
    user: Option<Id>,
    address: Option<String>,
    /// Also the addresses from which the person is signed in.
    #[serde(default)]
    with_addresses: bool,
    reason: Option<String>,
    #[serde(default, deserialize_with = "whole_number")]
    expires_at: Option<u64>,
}

pub async fn create(mut ask: Ask) -> Result<Reply> {
    let body: BanBody = ask.json().await?;
    let net = |text: &String| {
        text.trim()
            .parse::<Net>()
            .map_err(|_| error::invalid("address", "Write an address, or a network like 192.0.2.0/24."))
    };
    let new = NewBan {
        user: body.user,
        net: body.address.as_ref().map(net).transpose()?,
        with_addresses: body.with_addresses,
        reason: body.reason,
        expires_at: body.expires_at,
    };
    let made = command::ban(&ask.app, &ask.who()?, new).await?;
    Ok(Reply::created(&Ban::from(&made)))
}

pub async fn lift(ask: Ask) -> Result<Reply> {
    command::lift_ban(&ask.app, &ask.who()?, ask.id("ban")?).await?;
    Ok(Reply::nothing())
}

#[derive(Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
struct RoomBans<'a> {
    bans: Vec<RoomBan<'a>>,
}

#[derive(Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
struct RoomBan<'a> {
    user: wire::User<'a>,
    by: Id,
    at: u64,
}

impl<'a> From<&'a outcast::Listed> for RoomBan<'a> {
    fn from(outcast::Listed { user, by, at }: &'a outcast::Listed) -> Self {
        RoomBan { user: user.into(), by: *by, at: *at }
    }
}

pub async fn list_of_room(ask: Ask) -> Result<Reply> {
    ask.no_query()?;
    let bans = query::room_bans(&ask.app, &ask.who()?, ask.id("room")?).await?;
    Ok(Reply::ok(&RoomBans { bans: bans.iter().map(RoomBan::from).collect() }))
}

pub async fn put_in_room(ask: Ask) -> Result<Reply> {
    let made = command::ban_from_room(&ask.app, &ask.who()?, ask.id("room")?, ask.id("user")?).await?;
    Ok(Reply::ok(&RoomBan::from(&made)))
}

pub async fn lift_in_room(ask: Ask) -> Result<Reply> {
    command::lift_room_ban(&ask.app, &ask.who()?, ask.id("room")?, ask.id("user")?).await?;
    Ok(Reply::nothing())
}

/// What is said of these routes to programs.
#[cfg(test)]
pub fn contract() -> crate::http::contract::Section {
    use crate::http::contract::{Section, route};
    use serde_json::json;
    Section {
        name: "Bans",
        about: "Who is kept out: of the server, or of a room.",
        routes: vec![
            route("GET /api/v1/admin/bans", "Who is kept out of the server")
                .gives::<Bans>(200, "All bans")
                .says(403, "forbidden"),
            route("POST /api/v1/admin/bans", "Keep a person, an address or a network out")
                .json::<BanBody>(json!({"address": "192.0.2.0/24", "reason": "Guesses passwords"}))
                .gives::<Ban>(201, "The ban")
                .says(403, "forbidden")
                .says(404, "not_found")
                .says_any(409, &["last_owner", "too_many_bans"]),
            route("DELETE /api/v1/admin/bans/{ban}", "Lift a ban").done(204, "It is lifted").says(403, "forbidden"),
            route("GET /api/v1/rooms/{room}/bans", "Who is kept out of a room")
                .gives::<RoomBans>(200, "All of them")
                .says_any(403, &["not_a_member", "forbidden"]),
            route("PUT /api/v1/rooms/{room}/bans/{user}", "Remove somebody from a room and keep them out")
                .gives::<RoomBan>(200, "The ban")
                .says_any(403, &["not_a_member", "forbidden"])
                .says_any(409, &["last_admin", "direct", "too_many_bans"]),
            route("DELETE /api/v1/rooms/{room}/bans/{user}", "Let somebody in again")
                .done(204, "They may come back")
                .says_any(403, &["not_a_member", "forbidden"]),
        ],
    }
}
