//! The emoji under a message.
use crate::error::Result;
use crate::http::ask::Ask;
use crate::http::reply::Reply;
use crate::{command, wire};

pub async fn put(ask: Ask) -> Result<Reply> {
    ask.no_query()?;
    let (room, message, emoji) = (ask.id("room")?, ask.id("message")?, ask.text("emoji")?);
    let message = command::react(&ask.app, &ask.who()?, room, message, &emoji).await?;
    Ok(Reply::ok(&wire::Message::from(&message)))
}

pub async fn remove(ask: Ask) -> Result<Reply> {
    ask.no_query()?;
    let (room, message, emoji) = (ask.id("room")?, ask.id("message")?, ask.text("emoji")?);
    command::unreact(&ask.app, &ask.who()?, room, message, &emoji).await?;
    Ok(Reply::nothing())
}
