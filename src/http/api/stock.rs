//! Files, as those who look after the server see them: which there are, what they take, and away with what nobody sent.
use super::checked_limit;
use crate::chat::inventory::{Filter, Sum};
use crate::error::Result;
use crate::event::FileView;
use crate::http::ask::Ask;
use crate::http::reply::Reply;
use crate::id::Id;
use crate::{command, query, wire};
use serde::{Deserialize, Serialize};

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct FilesQuery {
    room: Option<Id>,
    user: Option<Id>,
    limit: Option<usize>,
    cursor: Option<Id>,
}

#[derive(Serialize)]
struct Files<'a> {
    files: Vec<Listed<'a>>,
    next: Option<Id>,
}

#[derive(Serialize)]
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
struct Usage {
    total: Total,
    users: Vec<OfUser>,
    rooms: Vec<OfRoom>,
}

#[derive(Serialize)]
struct Total {
    files: u64,
    bytes: u64,
    stored_bytes: u64,
    waiting_files: u64,
    waiting_bytes: u64,
}

#[derive(Serialize)]
struct OfUser {
    user: Id,
    files: u64,
    bytes: u64,
}

#[derive(Serialize)]
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
struct Swept {
    files: u64,
    bytes: u64,
}

pub async fn sweep(ask: Ask) -> Result<Reply> {
    let swept = command::sweep_files(&ask.app, &ask.who()?).await?;
    Ok(Reply::ok(&Swept { files: swept.files, bytes: swept.bytes }))
}
