//! What is said in a room.
use super::{checked_id, checked_limit};
use crate::chat::message::Draft;
use crate::chat::page::Place;
use crate::clock::Millis;
use crate::error::{self, Result};
use crate::http::ask::Ask;
use crate::http::reply::Reply;
use crate::id::Id;
use crate::{command, query, wire};
use hyper::StatusCode;
use serde::{Deserialize, Serialize};

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct MessagesQuery {
    before: Option<Id>,
    after: Option<Id>,
    around: Option<Id>,
    at: Option<Millis>,
    limit: Option<usize>,
}

impl MessagesQuery {
    /// Which part is asked for, and how much of it.
    pub fn place(self) -> Result<(Place, usize)> {
        let MessagesQuery { before, after, around, at, limit } = self;
        let mut places =
            [before.map(Place::Before), after.map(Place::After), around.map(Place::Around), at.map(Place::At)]
                .into_iter()
                .flatten();
        let place = places.next().unwrap_or(Place::Newest);
        if places.next().is_some() {
            return Err(error::invalid("before", "Give one of before, after, around and at.").into());
        }
        Ok((place, checked_limit(limit)?))
    }
}

pub async fn list(ask: Ask) -> Result<Reply> {
    let (place, limit) = ask.query::<MessagesQuery>()?.place()?;
    let page = query::messages(&ask.app, &ask.who()?, ask.id("room")?, place, limit).await?;
    Ok(Reply::ok(&wire::Messages::from(&page)))
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct SendBody {
    text: String,
    nonce: Option<String>,
    reply_to: Option<Id>,
    thread: Option<Id>,
    #[serde(default)]
    files: Vec<String>,
}

pub async fn send(mut ask: Ask) -> Result<Reply> {
    let body: SendBody = ask.json().await?;
    let draft = Draft {
        text: body.text,
        nonce: body.nonce,
        reply_to: body.reply_to,
        thread: body.thread,
        files: body.files,
        here: Vec::new(),
    };
    let sent = command::send(&ask.app, &ask.who()?, ask.id("room")?, draft).await?.await?;
    let status = if sent.again { StatusCode::OK } else { StatusCode::CREATED };
    Ok(Reply::json(status, &wire::Message::from(&sent.view)))
}

pub async fn show(ask: Ask) -> Result<Reply> {
    ask.no_query()?;
    let message = query::message(&ask.app, &ask.who()?, ask.id("room")?, ask.id("message")?).await?;
    Ok(Reply::ok(&wire::Message::from(&message)))
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct EditBody {
    text: String,
}

pub async fn edit(mut ask: Ask) -> Result<Reply> {
    let body: EditBody = ask.json().await?;
    let message = command::edit_message(&ask.app, &ask.who()?, ask.id("room")?, ask.id("message")?, body.text).await?;
    Ok(Reply::ok(&wire::Message::from(&message)))
}

pub async fn delete(ask: Ask) -> Result<Reply> {
    command::delete_message(&ask.app, &ask.who()?, ask.id("room")?, ask.id("message")?).await?;
    Ok(Reply::nothing())
}

#[derive(Serialize)]
struct Edits<'a> {
    edits: Vec<wire::Version<'a>>,
}

pub async fn edits(ask: Ask) -> Result<Reply> {
    ask.no_query()?;
    let versions = query::versions(&ask.app, &ask.who()?, ask.id("room")?, ask.id("message")?).await?;
    Ok(Reply::ok(&Edits { edits: versions.iter().map(wire::Version::from).collect() }))
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct ReadBody {
    up_to: Id,
}

pub async fn read(mut ask: Ask) -> Result<Reply> {
    let body: ReadBody = ask.json().await?;
    let up_to = checked_id("up_to", body.up_to)?;
    let marked = command::read(&ask.app, &ask.who()?, ask.id("room")?, up_to)?;
    marked.await.map_err(|_| error::busy())??;
    Ok(Reply::nothing())
}

pub async fn receipts(ask: Ask) -> Result<Reply> {
    ask.no_query()?;
    let found = query::message_receipts(&ask.app, &ask.who()?, ask.id("room")?, ask.id("message")?).await?;
    Ok(Reply::ok(&wire::MessageReceipts::from(&found)))
}

pub async fn room_receipts(ask: Ask) -> Result<Reply> {
    ask.no_query()?;
    let found = query::room_receipts(&ask.app, &ask.who()?, ask.id("room")?).await?;
    Ok(Reply::ok(&wire::RoomReceipts::from(&*found)))
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct UnreadBody {
    from: Id,
}

pub async fn unread(mut ask: Ask) -> Result<Reply> {
    let body: UnreadBody = ask.json().await?;
    let from = checked_id("from", body.from)?;
    command::unread(&ask.app, &ask.who()?, ask.id("room")?, from).await?;
    Ok(Reply::nothing())
}
