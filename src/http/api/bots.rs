//! Bots: users that admins make and that only have keys.
use super::users::Users;
use super::{PageQuery, checked_limit};
use crate::error::Result;
use crate::http::ask::Ask;
use crate::http::reply::Reply;
use crate::{command, query, wire};
use serde::Deserialize;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct BotBody {
    username: String,
    name: Option<String>,
}

pub async fn list(ask: Ask) -> Result<Reply> {
    let page: PageQuery = ask.query()?;
    let limit = checked_limit(page.limit)?;
    let (bots, next) = query::bots(&ask.app, &ask.who()?, page.cursor.unwrap_or(0), limit).await?;
    Ok(Reply::ok(&Users { users: bots.iter().map(wire::User::from).collect(), next }))
}

pub async fn create(mut ask: Ask) -> Result<Reply> {
    let body: BotBody = ask.json().await?;
    let bot = command::create_bot(&ask.app, &ask.who()?, body.username, body.name).await?;
    Ok(Reply::created(&wire::User::from(&bot)))
}
