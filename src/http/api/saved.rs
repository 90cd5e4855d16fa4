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

/// What is said of these routes to programs.
#[cfg(test)]
pub fn contract() -> crate::http::contract::Section {
    use crate::http::contract::{Section, route};
    Section {
        name: "Saved",
        about: "Messages that one keeps for later. Nobody else sees which.",
        routes: vec![
            route("GET /api/v1/me/saved", "What one keeps, newest first")
                .query::<PageQuery>()
                .gives::<wire::MessageList>(200, "A page of them"),
            route("PUT /api/v1/rooms/{room}/messages/{message}/saved", "Keep a message for later")
                .gives::<wire::Message>(200, "The message")
                .says(403, "not_a_member")
                .says(409, "too_many_saved"),
            route("DELETE /api/v1/rooms/{room}/messages/{message}/saved", "Keep it no longer")
                .done(204, "It is not kept")
                .says(403, "not_a_member"),
        ],
    }
}
