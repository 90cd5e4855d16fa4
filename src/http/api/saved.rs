//! What one keeps for later.
use super::{PageQuery, checked_limit};
use crate::error::Result;
use crate::http::ask::Ask;
use crate::http::reply::Reply;
use crate::{command, query, wire};

pub async fn list(ask: Ask) -> Result<Reply> {
    let page: PageQuery = ask.query()?;
    let saved = query::saved(&ask.app, &ask.who()?, page.cursor, checked_limit(page.limit)?).await?;
    Ok(Reply::ok(&wire::MessageList::from(&saved)))
}

pub async fn put(ask: Ask) -> Result<Reply> {
    ask.no_query()?;
    let message = command::save_message(&ask.app, &ask.who()?, ask.id("room")?, ask.id("message")?).await?;
    Ok(Reply::ok(&wire::Message::from(&message)))
}

pub async fn remove(ask: Ask) -> Result<Reply> {
    ask.no_query()?;
    command::unsave_message(&ask.app, &ask.who()?, ask.id("room")?, ask.id("message")?).await?;
    Ok(Reply::nothing())
}
