//! Words not sent yet.
use super::checked_id;
use crate::chat::draft::NewDraft;
use crate::error::Result;
use crate::http::ask::Ask;
use crate::http::reply::Reply;
use crate::id::Id;
use crate::{command, query, wire};
use serde::{Deserialize, Serialize};

#[derive(Serialize)]
struct Drafts<'a> {
    drafts: Vec<wire::Draft<'a>>,
}

pub async fn list(ask: Ask) -> Result<Reply> {
    ask.no_query()?;
    let drafts = query::drafts(&ask.app, &ask.who()?).await?;
    Ok(Reply::ok(&Drafts { drafts: drafts.iter().map(wire::Draft::from).collect() }))
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct DraftBody {
    room: Id,
    thread: Option<Id>,
    text: String,
    reply_to: Option<Id>,
}

pub async fn put(mut ask: Ask) -> Result<Reply> {
    let DraftBody { room, thread, text, reply_to } = ask.json().await?;
    let room = checked_id("room", room)?;
    let draft = NewDraft { room, thread: checked("thread", thread)?, text, reply_to: checked("reply_to", reply_to)? };
    Ok(match command::keep_draft(&ask.app, &ask.who()?, draft).await? {
        Some(draft) => Reply::ok(&wire::Draft::from(&draft)),
        None => Reply::nothing(),
    })
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct PlaceBody {
    room: Id,
    thread: Option<Id>,
}

pub async fn remove(mut ask: Ask) -> Result<Reply> {
    let PlaceBody { room, thread } = ask.json().await?;
    let (room, thread) = (checked_id("room", room)?, checked("thread", thread)?);
    command::remove_draft(&ask.app, &ask.who()?, room, thread).await?;
    Ok(Reply::nothing())
}

fn checked(field: &'static str, id: Option<Id>) -> Result<Option<Id>> {
    id.map(|id| checked_id(field, id)).transpose()
}
