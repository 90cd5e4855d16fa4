//! A second device: the link that the first one shows as a picture, and coming in by it.
use super::auth;
use crate::auth::link::State;
use crate::error::Result;
use crate::http::ask::Ask;
use crate::http::qr;
use crate::http::reply::Reply;
use crate::{clock, command, limits, query, wire};
use serde::{Deserialize, Serialize};

#[derive(Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
struct NoBody {}

#[derive(Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
struct DeviceLink<'a> {
    url: &'a str,
    qr: &'a str,
    expires_at: u64,
}

/// The code stands behind the `#`, so that no log on the way ever holds it.
pub async fn make(mut ask: Ask) -> Result<Reply> {
    let NoBody {} = ask.json().await?;
    let code = command::make_link(&ask.app, &ask.who()?)?;
    let url = format!("{}/link#{code}", ask.origin().unwrap_or_else(|| ask.app.first_url()));
    let expires_at = clock::now() + limits::DEVICE_LINK_LIFE.as_millis() as u64;
    Ok(Reply::created(&DeviceLink { url: &url, qr: &qr::svg(&url), expires_at }))
}

#[derive(Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
struct LinkState<'a> {
    state: &'static str,
    /// That came of it.
    session: Option<wire::Session<'a>>,
}

/// What became of the link that this session made last.
pub async fn show(ask: Ask) -> Result<Reply> {
    ask.no_query()?;
    let who = ask.who()?;
    let state = who.session.and_then(|session| ask.app.links.state(&session));
    let sessions = match state {
        Some(State::Used(_)) => query::sessions(&ask.app, &who).await?,
        _ => Vec::new(),
    };
    let session = sessions.iter().find(|(_, row)| state == Some(State::Used(row.id)));
    let state = match state {
        Some(State::Waiting) => "waiting",
        Some(State::Taken | State::Used(_)) => "used",
        None => "gone",
    };
    Ok(Reply::ok(&LinkState { state, session: session.map(|row| wire::Session::new(row, who.session.as_ref())) }))
}

#[derive(Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
struct CodeBody {
    code: String,
}

#[derive(Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
struct Look<'a> {
    name: &'a str,
    username: &'a str,
}

/// As whom one will be signed in.
pub async fn look(mut ask: Ask) -> Result<Reply> {
    let body: CodeBody = ask.json().await?;
    let user = command::look_at_link(&ask.app, &body.code, ask.peer.address).await?;
    Ok(Reply::ok(&Look { name: &user.row.name, username: &user.row.username }))
}

pub async fn login(mut ask: Ask) -> Result<Reply> {
    let body: CodeBody = ask.json().await?;
    let signed = command::use_link(&ask.app, &body.code, ask.peer.address, ask.device()).await?;
    auth::welcome(ask, &signed).await
}

/// What is said of these routes to programs.
#[cfg(test)]
pub fn contract() -> crate::http::contract::Section {
    use crate::http::contract::{Section, route};
    use serde_json::json;
    Section {
        name: "A second device",
        about: "A link, shown as a picture, that signs in another device of the same person: once, for two minutes.",
        routes: vec![
            route("POST /api/v1/me/device-link", "Make a link for another device")
                .json::<NoBody>(json!({}))
                .gives::<DeviceLink>(201, "The link, this once")
                .says(403, "password_needed")
                .says(503, "busy"),
            route("GET /api/v1/me/device-link", "What became of the link")
                .gives::<LinkState>(200, "Whether it waits, and the session that came of it"),
            route("POST /api/v1/auth/link/look", "Look at whom a link signs in, without using it")
                .json::<CodeBody>(json!({"code": "the code of a link"}))
                .gives::<Look>(200, "The person")
                .says(404, "link_gone")
                .says(429, "too_many"),
            route("POST /api/v1/auth/link", "Sign in by a link")
                .json::<CodeBody>(json!({"code": "the code of a link"}))
                .gives::<auth::Welcome>(200, "Who is signed in")
                .with(&[("Set-Cookie", "The session")])
                .says(404, "link_gone")
                .says(429, "too_many"),
        ],
    }
}
