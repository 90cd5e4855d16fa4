//! Threads: what is said under one message, and which of them one follows.
use super::messages::MessagesQuery;
use super::{PageQuery, checked_id, checked_limit};
use crate::error::Result;
use crate::http::ask::Ask;
use crate::http::reply::Reply;
use crate::id::Id;
use crate::{command, query, wire};
use serde::{Deserialize, Serialize};

/// Answers, paged like the messages of a room.
pub async fn show(ask: Ask) -> Result<Reply> {
    let (place, limit) = ask.query::<MessagesQuery>()?.place()?;
    let thread = query::thread(&ask.app, &ask.who()?, ask.id("room")?, ask.id("thread")?, place, limit).await?;
    Ok(Reply::ok(&wire::ThreadMessages::from(&thread)))
}

#[derive(Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
struct MePatch {
    following: bool,
}

pub async fn edit_me(mut ask: Ask) -> Result<Reply> {
    let body: MePatch = ask.json().await?;
    let (room, root) = (ask.id("room")?, ask.id("thread")?);
    let me = command::follow_thread(&ask.app, &ask.who()?, room, root, body.following).await?;
    Ok(Reply::ok(&wire::MyThread::from(&me)))
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
    command::read_thread(&ask.app, &ask.who()?, ask.id("room")?, ask.id("thread")?, up_to).await?;
    Ok(Reply::nothing())
}

#[derive(Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
struct Threads<'a> {
    threads: Vec<wire::ListedThread<'a>>,
    users: Vec<wire::User<'a>>,
    next: Option<Id>,
}

pub async fn mine(ask: Ask) -> Result<Reply> {
    let PageQuery { limit, cursor } = ask.query()?;
    let (threads, users, next) = query::threads(&ask.app, &ask.who()?, cursor, checked_limit(limit)?).await?;
    Ok(Reply::ok(&Threads {
        threads: threads.iter().map(wire::ListedThread::from).collect(),
        users: users.iter().map(wire::User::from).collect(),
        next,
    }))
}

/// What is said of these routes to programs.
#[cfg(test)]
pub fn contract() -> crate::http::contract::Section {
    use crate::http::contract::{Section, route};
    use serde_json::json;
    Section {
        name: "Threads",
        about: "What is said under one message, and which of them one follows.",
        routes: vec![
            route("GET /api/v1/rooms/{room}/threads/{thread}", "A thread, paged like messages")
                .query::<MessagesQuery>()
                .gives::<wire::ThreadMessages>(200, "What it answers, and a page of the answers")
                .says(403, "not_a_member"),
            route("PATCH /api/v1/rooms/{room}/threads/{thread}/me", "Follow a thread, or no longer")
                .json::<MePatch>(json!({"following": true}))
                .gives::<wire::MyThread>(200, "The thread as one has it")
                .says(403, "not_a_member"),
            route("POST /api/v1/rooms/{room}/threads/{thread}/read", "Say that one has read up to an answer")
                .json::<ReadBody>(json!({"up_to": 99}))
                .done(204, "It is written down")
                .says(403, "not_a_member"),
            route("GET /api/v1/me/threads", "The threads that one follows, the liveliest first")
                .query::<PageQuery>()
                .gives::<Threads>(200, "A page of them"),
        ],
    }
}
