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

/// What is said of these routes to programs.
#[cfg(test)]
pub fn contract() -> crate::http::contract::Section {
    use crate::http::contract::{Section, route};
    Section {
        name: "Pins",
        about: "What a room holds up.",
        routes: vec![
            route("GET /api/v1/rooms/{room}/pins", "The pins, oldest first")
                .query::<PageQuery>()
                .gives::<wire::MessageList>(200, "A page of them")
                .says(403, "not_a_member"),
            route("PUT /api/v1/rooms/{room}/pins/{message}", "Pin a message")
                .gives::<wire::Message>(200, "The message")
                .says_any(403, &["not_a_member", "archived", "pin_forbidden", "notice"])
                .says(409, "too_many_pins"),
            route("DELETE /api/v1/rooms/{room}/pins/{message}", "Unpin it")
                .done(204, "It is not pinned")
                .says_any(403, &["not_a_member", "archived", "pin_forbidden"]),
        ],
    }
}
