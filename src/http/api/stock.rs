//! Files, as those who look after the server see them: which there are, what they take, and away with what nobody sent.
use super::checked_limit;
use crate::chat::inventory::{Filter, Sum};
use crate::error::Result;
use crate::event::FileView;
use crate::http::ask::Ask;
use crate::http::body::whole_number;
use crate::http::reply::Reply;
use crate::id::Id;
#[cfg(test)]
use crate::limits;
use crate::{command, query, wire};
use serde::{Deserialize, Serialize};

#[derive(Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
struct FilesQuery {
    #[serde(default, deserialize_with = "whole_number")]
    room: Option<Id>,
    #[serde(default, deserialize_with = "whole_number")]
    user: Option<Id>,
    #[cfg_attr(test, schemars(range(min = 1, max = limits::PAGE_MAX)))]
    limit: Option<usize>,
    #[serde(default, deserialize_with = "whole_number")]
    cursor: Option<Id>,
}

#[derive(Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
struct Files<'a> {
    files: Vec<Listed<'a>>,
    next: Option<Id>,
}

#[derive(Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[cfg_attr(test, schemars(rename = "KeptFile"))]
struct Listed<'a> {
    file: wire::File<'a>,
    room: Id,
    user: Id,
    message: Option<Id>,
    at: u64,
}

impl<'a> From<&'a FileView> for Listed<'a> {
    fn from(view: &'a FileView) -> Self {
        let row = &view.row;
        Listed { file: view.into(), room: row.room, user: row.user, message: row.message, at: row.at }
    }
}

pub async fn list(ask: Ask) -> Result<Reply> {
    let FilesQuery { room, user, limit, cursor } = ask.query()?;
    let limit = checked_limit(limit)?;
    let filter = Filter { room, user };
    let (files, next) = query::all_files(&ask.app, &ask.who()?, filter, cursor.unwrap_or(0), limit).await?;
    Ok(Reply::ok(&Files { files: files.iter().map(Listed::from).collect(), next }))
}

#[derive(Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
struct Usage {
    total: Total,
    users: Vec<OfUser>,
    rooms: Vec<OfRoom>,
}

#[derive(Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[cfg_attr(test, schemars(rename = "UsageTotal"))]
struct Total {
    files: u64,
    bytes: u64,
    stored_bytes: u64,
    waiting_files: u64,
    waiting_bytes: u64,
}

#[derive(Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[cfg_attr(test, schemars(rename = "UsageOfUser"))]
struct OfUser {
    user: Id,
    files: u64,
    bytes: u64,
}

#[derive(Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[cfg_attr(test, schemars(rename = "UsageOfRoom"))]
struct OfRoom {
    room: Id,
    files: u64,
    bytes: u64,
}

pub async fn usage(ask: Ask) -> Result<Reply> {
    ask.no_query()?;
    let totals = query::file_totals(&ask.app, &ask.who()?).await?;
    let of_user = |Sum { id, files, bytes }| OfUser { user: id, files, bytes };
    let of_room = |Sum { id, files, bytes }| OfRoom { room: id, files, bytes };
    Ok(Reply::ok(&Usage {
        total: Total {
            files: totals.all.files,
            bytes: totals.all.bytes,
            stored_bytes: totals.stored_bytes,
            waiting_files: totals.waiting.files,
            waiting_bytes: totals.waiting.bytes,
        },
        users: totals.users.into_iter().map(of_user).collect(),
        rooms: totals.rooms.into_iter().map(of_room).collect(),
    }))
}

#[derive(Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
struct Swept {
    files: u64,
    bytes: u64,
}

pub async fn sweep(ask: Ask) -> Result<Reply> {
    let swept = command::sweep_files(&ask.app, &ask.who()?).await?;
    Ok(Reply::ok(&Swept { files: swept.files, bytes: swept.bytes }))
}

/// What is said of these routes to programs.
#[cfg(test)]
pub fn contract() -> crate::http::contract::Section {
    use crate::http::contract::{Section, route};
    Section {
        name: "Kept files",
        about: "Files, as those who look after the server see them.",
        routes: vec![
            route("GET /api/v1/admin/files", "All files")
                .query::<FilesQuery>()
                .gives::<Files>(200, "A page of them")
                .says(403, "forbidden"),
            route("GET /api/v1/admin/files/usage", "What files take")
                .gives::<Usage>(200, "In all, for each person, for each room")
                .says(403, "forbidden"),
            route("POST /api/v1/admin/files/sweep", "Remove what nobody sent within a day")
                .gives::<Swept>(200, "What was removed")
                .says(403, "forbidden"),
        ],
    }
}
