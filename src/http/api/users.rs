//! Other people, and inviting them.
use super::{PageQuery, checked_id, checked_limit};
use crate::auth::invite::NewInvite;
use crate::error::{self, Result};
use crate::http::ask::Ask;
use crate::http::body::{nullable, whole_number};
use crate::http::qr;
use crate::http::reply::Reply;
use crate::id::Id;
use crate::limits;
use crate::row::Role;
use crate::{command, query, wire};
use serde::{Deserialize, Serialize};

#[derive(Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
struct UsersQuery {
    query: Option<String>,
    ids: Option<String>,
    #[cfg_attr(test, schemars(range(min = 1, max = limits::PAGE_MAX)))]
    limit: Option<usize>,
    #[serde(default, deserialize_with = "whole_number")]
    cursor: Option<Id>,
}

#[derive(Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub(super) struct Users<'a> {
    pub users: Vec<wire::User<'a>>,
    pub next: Option<Id>,
}

pub async fn list(ask: Ask) -> Result<Reply> {
    let asked: UsersQuery = ask.query()?;
    let who = ask.who()?;
    let (users, next) = match asked.ids {
        Some(_) if asked.query.is_some() || asked.cursor.is_some() => {
            return Err(error::invalid("ids", "Ask by ids or by query, not both.").into());
        }
        Some(ids) => (query::users_with_ids(&ask.app, &who, id_list(&ids)?).await?, None),
        None => {
            let limit = checked_limit(asked.limit)?;
            query::users(&ask.app, &who, asked.query.unwrap_or_default(), asked.cursor.unwrap_or(0), limit).await?
        }
    };
    Ok(Reply::ok(&Users { users: users.iter().map(wire::User::from).collect(), next }))
}

pub async fn show(ask: Ask) -> Result<Reply> {
    ask.no_query()?;
    let user = query::user(&ask.app, &ask.who()?, ask.id("user")?).await?;
    Ok(Reply::ok(&wire::User::from(&user)))
}

#[derive(Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
struct Invites<'a> {
    invites: Vec<wire::Invite<'a>>,
}

#[derive(Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
struct SharedRooms {
    rooms: Vec<Id>,
}

/// The rooms that one is in together with somebody.
pub async fn shared_rooms(ask: Ask) -> Result<Reply> {
    ask.no_query()?;
    let rooms = query::shared_rooms(&ask.app, &ask.who()?, ask.id("user")?).await?;
    Ok(Reply::ok(&SharedRooms { rooms }))
}

pub async fn invites(ask: Ask) -> Result<Reply> {
    checked_limit(ask.query::<PageQuery>()?.limit)?;
    let invites = query::invites(&ask.app, &ask.who()?).await?;
    Ok(Reply::ok(&Invites { invites: invites.iter().map(wire::Invite::from).collect() }))
}

#[derive(Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
struct InviteBody {
    role: Option<Role>,
    #[serde(default)]
    #[cfg_attr(test, schemars(length(max = limits::INVITE_ROOMS_MAX)))]
    rooms: Vec<Id>,
    /// Absent: once. Null: as often as one likes.
    #[serde(default, deserialize_with = "nullable")]
    #[cfg_attr(test, schemars(range(min = 1, max = limits::INVITE_USES_MAX)))]
    uses: Option<Option<u32>>,
    #[serde(default, deserialize_with = "whole_number")]
    expires_at: Option<u64>,
}

#[derive(Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
struct Created<'a> {
    #[serde(flatten)]
    invite: wire::Invite<'a>,
    code: &'a str,
    url: &'a str,
    qr: &'a str,
}

pub async fn create_invite(mut ask: Ask) -> Result<Reply> {
    let body: InviteBody = ask.json().await?;
    let new = NewInvite {
        role: body.role.unwrap_or(Role::Member),
        rooms: body.rooms,
        uses: body.uses.unwrap_or(Some(1)),
        expires_at: body.expires_at,
    };
    let (invite, code) = command::create_invite(&ask.app, &ask.who()?, new).await?;
    let url = format!("{}/j/{code}", ask.origin().unwrap_or_else(|| ask.app.first_url()));
    let qr = qr::svg(&url);
    Ok(Reply::created(&Created { invite: (&invite).into(), code: &code, url: &url, qr: &qr }))
}

pub async fn revoke_invite(ask: Ask) -> Result<Reply> {
    command::revoke_invite(&ask.app, &ask.who()?, ask.id("invite")?).await?;
    Ok(Reply::nothing())
}

fn id_list(text: &str) -> Result<Vec<Id>> {
    let ids: Option<Vec<Id>> = text.split(',').filter(|id| !id.is_empty()).map(|id| id.trim().parse().ok()).collect();
    let ids = ids.ok_or_else(|| error::invalid("ids", "Ids are numbers, separated by commas."))?;
    if ids.len() > limits::PAGE_MAX {
        return Err(error::invalid("ids", "At most 200 ids can be asked for at once.").into());
    }
    ids.into_iter().map(|id| checked_id("ids", id)).collect()
}

/// What is said of these routes to programs.
#[cfg(test)]
pub fn contract() -> crate::http::contract::Section {
    use crate::http::contract::{Section, route};
    use serde_json::json;
    Section {
        name: "People",
        about: "Other people, and inviting them.",
        routes: vec![
            route("GET /api/v1/users", "People, by name, username or id")
                .query::<UsersQuery>()
                .gives::<Users>(200, "A page of them"),
            route("GET /api/v1/users/{user}", "A person").gives::<wire::User>(200, "The person"),
            route("GET /api/v1/users/{user}/rooms", "The rooms that one is in together with somebody")
                .gives::<SharedRooms>(200, "The ids of the rooms"),
            route("GET /api/v1/invites", "The invites that stand")
                .query::<PageQuery>()
                .gives::<Invites>(200, "All of them")
                .says(403, "forbidden"),
            route("POST /api/v1/invites", "Make an invite")
                .json::<InviteBody>(json!({"uses": 5, "rooms": [3]}))
                .gives::<Created>(201, "The invite, with its code this once")
                .says(403, "forbidden")
                .says(404, "not_found")
                .says(409, "too_many_invites"),
            route("DELETE /api/v1/invites/{invite}", "Revoke an invite")
                .done(204, "It no longer works")
                .says(403, "forbidden"),
        ],
    }
}
