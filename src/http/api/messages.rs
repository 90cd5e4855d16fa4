//! What is said in a room.
use super::{checked_id, checked_limit};
use crate::chat::message::Draft;
use crate::chat::page::Place;
use crate::clock::Millis;
use crate::error::{self, Result};
use crate::http::ask::Ask;
use crate::http::body::whole_number;
use crate::http::reply::Reply;
use crate::id::Id;
#[cfg(test)]
use crate::limits;
use crate::{command, query, wire};
use hyper::StatusCode;
use serde::{Deserialize, Serialize};
use std::time::Instant;

#[derive(Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub(super) struct MessagesQuery {
    #[serde(default, deserialize_with = "whole_number")]
    before: Option<Id>,
    #[serde(default, deserialize_with = "whole_number")]
    after: Option<Id>,
    #[serde(default, deserialize_with = "whole_number")]
    around: Option<Id>,
    #[serde(default, deserialize_with = "whole_number")]
    at: Option<Millis>,
    #[cfg_attr(test, schemars(range(min = 1, max = limits::PAGE_MAX)))]
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
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
struct SendBody {
    #[cfg_attr(test, schemars(length(max = limits::TEXT_CHARS_MAX)))]
    text: String,
    #[cfg_attr(test, schemars(length(min = 1, max = limits::NONCE_CHARS_MAX)))]
    nonce: Option<String>,
    reply_to: Option<Id>,
    thread: Option<Id>,
    #[serde(default)]
    #[cfg_attr(test, schemars(length(max = limits::MESSAGE_FILES_MAX)))]
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
    let began = Instant::now();
    let sent = command::send(&ask.app, &ask.who()?, ask.id("room")?, draft).await?.await?;
    ask.app.figures.send_to_ack.observe(began.elapsed().as_secs_f64());
    let status = if sent.again { StatusCode::OK } else { StatusCode::CREATED };
    Ok(Reply::json(status, &wire::Message::from(&sent.view)))
}

pub async fn show(ask: Ask) -> Result<Reply> {
    ask.no_query()?;
    let message = query::message(&ask.app, &ask.who()?, ask.id("room")?, ask.id("message")?).await?;
    Ok(Reply::ok(&wire::Message::from(&message)))
}

#[derive(Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
struct EditBody {
    #[cfg_attr(test, schemars(length(max = limits::TEXT_CHARS_MAX)))]
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
#[cfg_attr(test, derive(schemars::JsonSchema))]
struct Edits<'a> {
    edits: Vec<wire::Version<'a>>,
}

pub async fn edits(ask: Ask) -> Result<Reply> {
    ask.no_query()?;
    let versions = query::versions(&ask.app, &ask.who()?, ask.id("room")?, ask.id("message")?).await?;
    Ok(Reply::ok(&Edits { edits: versions.iter().map(wire::Version::from).collect() }))
}

#[derive(Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
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
#[cfg_attr(test, derive(schemars::JsonSchema))]
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

/// What is said of these routes to programs.
#[cfg(test)]
pub fn contract() -> crate::http::contract::Section {
    use crate::http::contract::{Section, route};
    use serde_json::json;
    Section {
        name: "Messages",
        about: "What is said in a room.",
        routes: vec![
            route("GET /api/v1/rooms/{room}/messages", "A page of messages, oldest first")
                .details("Give one of `before`, `after`, `around` (ids) and `at` (a time); without any it is the newest page.")
                .query::<MessagesQuery>()
                .gives::<wire::Messages>(200, "The page, with its authors")
                .says(403, "not_a_member"),
            route("POST /api/v1/rooms/{room}/messages", "Say something")
                .details("The same `nonce` from the same person in the same room gives the same message back, for at least a day: never a second one.")
                .json::<SendBody>(json!({"text": "Hello @bo", "nonce": "b1c4"}))
                .gives::<wire::Message>(200, "The one that this nonce made before")
                .gives::<wire::Message>(201, "The message, on disk")
                .says_any(403, &["not_a_member", "archived", "announcements_only", "call_forbidden"])
                .says(422, "too_many_here"),
            route("GET /api/v1/rooms/{room}/messages/{message}", "A message")
                .gives::<wire::Message>(200, "The message")
                .says(403, "not_a_member"),
            route("PATCH /api/v1/rooms/{room}/messages/{message}", "Change the text of one's own message")
                .json::<EditBody>(json!({"text": "Hello again"}))
                .gives::<wire::Message>(200, "The message as it is now")
                .says_any(403, &["not_a_member", "archived", "forbidden", "notice", "announcements_only", "call_forbidden"])
                .says(422, "too_many_here"),
            route("DELETE /api/v1/rooms/{room}/messages/{message}", "Delete a message")
                .done(204, "It is gone")
                .says_any(403, &["not_a_member", "archived", "forbidden", "notice"]),
            route("GET /api/v1/rooms/{room}/messages/{message}/edits", "What a message said before")
                .gives::<Edits>(200, "Its versions, the present one last")
                .says_any(403, &["not_a_member", "notice"]),
            route("GET /api/v1/rooms/{room}/messages/{message}/receipts", "Whom a message has reached")
                .gives::<wire::MessageReceipts>(200, "Who has it, who read it")
                .says(403, "not_a_member"),
            route("GET /api/v1/rooms/{room}/receipts", "How far each member is")
                .gives::<wire::RoomReceipts>(200, "A row for each member")
                .says(403, "not_a_member")
                .says(409, "too_many_members"),
            route("POST /api/v1/rooms/{room}/read", "Say that one has read up to a message")
                .json::<ReadBody>(json!({"up_to": 99}))
                .done(204, "It is written down; a lower one changes nothing")
                .says(403, "not_a_member"),
            route("POST /api/v1/rooms/{room}/unread", "Mark as unread from a message on")
                .json::<UnreadBody>(json!({"from": 99}))
                .done(204, "It is; only for oneself")
                .says(403, "not_a_member"),
        ],
    }
}
