//! Bots: users that admins make and that only have keys.
use super::users::Users;
use super::{PageQuery, checked_limit};
use crate::error::Result;
use crate::http::ask::Ask;
use crate::http::reply::Reply;
use crate::{command, query, wire};
use serde::Deserialize;

#[derive(Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
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

/// What is said of these routes to programs.
#[cfg(test)]
pub fn contract() -> crate::http::contract::Section {
    use crate::http::contract::{Section, route};
    use serde_json::json;
    Section {
        name: "Bots",
        about: "Users that admins make and that only have keys.",
        routes: vec![
            route("GET /api/v1/admin/bots", "The bots")
                .query::<PageQuery>()
                .gives::<Users>(200, "A page of them")
                .says(403, "forbidden"),
            route("POST /api/v1/admin/bots", "Make a bot")
                .json::<BotBody>(json!({"username": "weather", "name": "Weather"}))
                .gives::<wire::User>(201, "The bot")
                .says(403, "forbidden")
                .says(409, "username_taken"),
        ],
    }
}
