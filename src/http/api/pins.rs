//! What a room holds up.
use super::{PageQuery, checked_limit};
use crate::error::Result;
use crate::http::ask::Ask;
use crate::http::reply::Reply;
use crate::{command, query, wire};

pub async fn list(ask: Ask) -> Result<Reply> {
    let page: PageQuery = ask.query()?;
    let (room, after, limit) = (ask.id("room")?, page.cursor.unwrap_or(0), checked_limit(page.limit)?);
    let pins = query::pins(&ask.app, &ask.who()?, room, after, limit).await?;
    Ok(Reply::ok(&wire::MessageList::from(&pins)))
}

pub async fn put(ask: Ask) -> Result<Reply> {
    ask.no_query()?;
    let message = command::pin(&ask.app, &ask.who()?, ask.id("room")?, ask.id("message")?).await?;
    Ok(Reply::ok(&wire::Message::from(&message)))
}

pub async fn remove(ask: Ask) -> Result<Reply> {
    ask.no_query()?;
    command::unpin(&ask.app, &ask.who()?, ask.id("room")?, ask.id("message")?).await?;
    Ok(Reply::nothing())
}
