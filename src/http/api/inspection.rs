//! What admins of the server look over: all rooms, and where everybody is signed in.
use super::checked_limit;
use crate::chat::inspection::{Asked, Line, Order};
use crate::error::{self, Result};
use crate::http::ask::Ask;
use crate::http::body::whole_number;
use crate::http::reply::Reply;
use crate::id::{ID_MAX, Id};
use crate::limits;
use crate::row::RoomRole;
use crate::{command, query, wire};
use serde::{Deserialize, Serialize};

#[derive(Clone, Copy, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(rename_all = "lowercase")]
#[cfg_attr(test, schemars(inline))]
enum By {
    Name,
    Active,
    Members,
    Bytes,
}

#[derive(Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
struct TableQuery {
    /// Part of a name.
    query: Option<String>,
    /// Which come first: by name, or the most of something.
    order: Option<By>,
    /// Only those that have no admin who can sign in.
    #[serde(default)]
    lost: bool,
    #[cfg_attr(test, schemars(range(min = 1, max = limits::ROOM_TABLE_MAX)))]
    limit: Option<usize>,
    /// As `next` said.
    #[serde(default, deserialize_with = "whole_number")]
    offset: Option<u64>,
}

#[derive(Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
struct RoomTable<'a> {
    rooms: Vec<RoomLine<'a>>,
    /// Of all pages.
    total: usize,
    /// They are counted, and not shown.
    directs: usize,
    next: Option<usize>,
}

#[derive(Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
struct RoomLine<'a> {
    room: wire::Room<'a>,
    messages: u64,
    /// Whether there are more than were counted.
    messages_more: bool,
    files: u64,
    bytes: u64,
    last_at: Option<u64>,
    /// Those who can sign in.
    admins: u64,
}

impl<'a> From<&'a Line> for RoomLine<'a> {
    fn from(line: &'a Line) -> Self {
        RoomLine {
            room: (&line.room).into(),
            messages: line.messages,
            messages_more: line.messages_more,
            files: line.files,
            bytes: line.bytes,
            last_at: line.last_at,
            admins: line.admins,
        }
    }
}

pub async fn rooms(ask: Ask) -> Result<Reply> {
    let TableQuery { query, order, lost, limit, offset } = ask.query()?;
    let limit = match limit.unwrap_or(limits::ROOM_TABLE_MAX) {
        limit @ 1..=limits::ROOM_TABLE_MAX => limit,
        _ => return Err(error::invalid("limit", "A page of this table has 1 to 50 rows.").into()),
    };
    let order = match order.unwrap_or(By::Name) {
        By::Name => Order::Name,
        By::Active => Order::Active,
        By::Members => Order::Members,
        By::Bytes => Order::Bytes,
    };
    let offset = offset.unwrap_or(0) as usize;
    let asked = Asked { query: query.unwrap_or_default(), lost, order, offset, limit };
    let table = query::room_table(&ask.app, &ask.who()?, asked).await?;
    Ok(Reply::ok(&RoomTable {
        rooms: table.lines.iter().map(RoomLine::from).collect(),
        total: table.total,
        directs: table.directs,
        next: table.next,
    }))
}

#[derive(Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
struct AppointBody {
    role: RoomRole,
}

pub async fn appoint(mut ask: Ask) -> Result<Reply> {
    let AppointBody { role } = ask.json().await?;
    if role != RoomRole::Admin {
        return Err(error::invalid("role", "Here somebody is made admin. The rest is up to the room's admins.").into());
    }
    let listed = command::appoint(&ask.app, &ask.who()?, ask.id("room")?, ask.id("user")?).await?;
    Ok(Reply::ok(&wire::Member::from(&listed)))
}

#[derive(Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
struct SessionsQuery {
    /// Part of a name or username.
    query: Option<String>,
    #[cfg_attr(test, schemars(range(min = 1, max = limits::PAGE_MAX)))]
    limit: Option<usize>,
    #[serde(default, deserialize_with = "whole_number")]
    cursor: Option<Id>,
}

#[derive(Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
struct AllSessions<'a> {
    /// The newest first.
    sessions: Vec<OneSession<'a>>,
    users: Vec<wire::User<'a>>,
    next: Option<Id>,
}

#[derive(Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
struct OneSession<'a> {
    user: Id,
    #[serde(flatten)]
    session: wire::Session<'a>,
}

pub async fn sessions(ask: Ask) -> Result<Reply> {
    let asked: SessionsQuery = ask.query()?;
    let (limit, who) = (checked_limit(asked.limit)?, ask.who()?);
    let before = asked.cursor.unwrap_or(ID_MAX);
    let found = query::all_sessions(&ask.app, &who, asked.query.unwrap_or_default(), before, limit).await?;
    let (mine, mut sessions) = (who.session.as_ref(), Vec::new());
    for row in &found.sessions {
        sessions.push(OneSession { user: row.1.user, session: wire::Session::new(row, mine) });
    }
    Ok(Reply::ok(&AllSessions {
        sessions,
        users: found.users.iter().map(wire::User::from).collect(),
        next: found.next,
    }))
}

/// What is said of these routes to programs.
#[cfg(test)]
pub fn contract() -> crate::http::contract::Section {
    use crate::http::contract::{Section, route};
    use serde_json::json;
    Section {
        name: "Looking over",
        about: "All rooms with their size, and where everybody is signed in.",
        routes: vec![
            route("GET /api/v1/admin/rooms/table", "Rooms with their size, but no directs")
                .query::<TableQuery>()
                .gives::<RoomTable>(200, "A page of them")
                .says(403, "forbidden"),
            route("PUT /api/v1/admin/rooms/{room}/members/{user}", "Make a member of a room its admin")
                .json::<AppointBody>(json!({"role": "admin"}))
                .gives::<wire::Member>(200, "The member")
                .says_any(403, &["forbidden", "archived"]),
            route("GET /api/v1/admin/sessions", "Where everybody is signed in")
                .query::<SessionsQuery>()
                .gives::<AllSessions>(200, "A page of sessions, with their people")
                .says(403, "forbidden"),
        ],
    }
}
