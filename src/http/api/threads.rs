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
