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

/// What is said of these routes to programs.
#[cfg(test)]
pub fn contract() -> crate::http::contract::Section {
    use crate::http::contract::{Section, route};
    Section {
        name: "Reactions",
        about: "The emoji under a message.",
        routes: vec![
            route("PUT /api/v1/rooms/{room}/messages/{message}/reactions/{emoji}", "React")
                .gives::<wire::Message>(200, "The message")
                .says_any(403, &["not_a_member", "archived", "notice"])
                .says(409, "too_many_reactions"),
            route("DELETE /api/v1/rooms/{room}/messages/{message}/reactions/{emoji}", "Take a reaction back")
                .done(204, "It is not there")
                .says_any(403, &["not_a_member", "archived", "notice"]),
        ],
    }
}
