//! Oneself.
use super::{PageQuery, checked_id, checked_limit};
use crate::chat::profile::Profile;
use crate::error::{self, Refusal, Result};
use crate::http::ask::Ask;
use crate::http::body::{self, nullable, whole_number};
use crate::http::reply::Reply;
use crate::limits;
use crate::row::{ImageKind, Status};
use crate::{command, query, wire};
use hyper::{StatusCode, header};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

#[derive(Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
struct Sync<'a> {
    cursor: u64,
    server: wire::Server,
    me: wire::Own<'a>,
    rooms: Vec<wire::Room<'a>>,
    users: Vec<wire::User<'a>>,
    saved: &'a [u64],
    threads: Vec<wire::MyThread>,
    drafts: Vec<wire::Draft<'a>>,
}

pub async fn sync(ask: Ask) -> Result<Reply> {
    ask.no_query()?;
    let sync = query::sync(&ask.app, &ask.who()?).await?;
    Ok(Reply::ok(&Sync {
        cursor: sync.cursor,
        server: super::server::about(&ask, false),
        me: wire::Own { user: (&sync.me).into(), settings: &sync.settings },
        rooms: sync.rooms.iter().map(wire::Room::from).collect(),
        users: sync.users.iter().map(wire::User::from).collect(),
        saved: &sync.saved,
        threads: sync.threads.iter().map(wire::MyThread::from).collect(),
        drafts: sync.drafts.iter().map(wire::Draft::from).collect(),
    }))
}

pub async fn show(ask: Ask) -> Result<Reply> {
    ask.no_query()?;
    let (user, settings) = query::me(&ask.app, &ask.who()?).await?;
    Ok(Reply::ok(&wire::Own { user: (&user).into(), settings: &settings }))
}

#[derive(Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
struct MePatch {
    #[cfg_attr(test, schemars(length(max = limits::NAME_CHARS_MAX)))]
    name: Option<String>,
    #[serde(default, deserialize_with = "nullable")]
    status: Option<Option<StatusBody>>,
    #[serde(default, deserialize_with = "nullable")]
    #[cfg_attr(test, schemars(length(max = limits::ABOUT_CHARS_MAX)))]
    about: Option<Option<String>>,
    #[serde(default, deserialize_with = "nullable")]
    #[cfg_attr(test, schemars(length(max = limits::TIME_ZONE_BYTES_MAX)))]
    time_zone: Option<Option<String>>,
    settings: Option<Map<String, Value>>,
}

#[derive(Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
#[cfg_attr(test, schemars(inline))]
struct StatusBody {
    #[serde(default)]
    emoji: Option<String>,
    #[serde(default)]
    #[cfg_attr(test, schemars(length(max = limits::STATUS_CHARS_MAX)))]
    text: Option<String>,
    #[serde(default, deserialize_with = "whole_number")]
    expires_at: Option<u64>,
}

pub async fn update(mut ask: Ask) -> Result<Reply> {
    let patch: MePatch = ask.json().await?;
    let status = patch.status.map(|status| {
        let status = status.map(|StatusBody { emoji, text, expires_at }| Status {
            emoji: emoji.unwrap_or_default().trim().to_owned(),
            text: text.unwrap_or_default().trim().to_owned(),
            expires_at,
        });
        status.filter(|status| !(status.emoji.is_empty() && status.text.is_empty()))
    });
    let profile =
        Profile { name: patch.name, status, about: patch.about, time_zone: patch.time_zone, settings: patch.settings };
    let (user, settings) = command::update_me(&ask.app, &ask.who()?, profile).await?;
    Ok(Reply::ok(&wire::Own { user: (&user).into(), settings: &settings }))
}

/// The body is the picture itself.
pub async fn set_avatar(mut ask: Ask) -> Result<Reply> {
    ask.no_query()?;
    let who = ask.who()?;
    let kind = ask.parts.headers.get(header::CONTENT_TYPE).and_then(|value| value.to_str().ok());
    let kind = IMAGES.iter().find(|(name, _)| Some(*name) == kind).map(|(_, kind)| *kind);
    let kind = kind
        .ok_or_else(|| Refusal::new(415, "not_an_image", "Send a picture as image/jpeg, image/png or image/webp."))?;
    let bytes = body::whole(&mut ask.body, limits::AVATAR_BYTES_MAX).await?;
    let user = command::set_avatar(&ask.app, &who, kind, bytes).await?;
    Ok(Reply::ok(&wire::User::from(&user)))
}

pub async fn remove_avatar(ask: Ask) -> Result<Reply> {
    ask.no_query()?;
    command::remove_avatar(&ask.app, &ask.who()?).await?;
    Ok(Reply::nothing())
}

/// A picture of anybody, for whoever is signed in. Another picture has another address, so it may be kept for ever.
pub async fn avatar(ask: Ask) -> Result<Reply> {
    ask.no_query()?;
    let avatar = query::avatar(&ask.app, &ask.who()?, ask.id("user")?, ask.param("hash").to_owned()).await?;
    let kind = IMAGES.iter().find(|(_, kind)| *kind == avatar.kind).map(|(name, _)| *name);
    Ok(Reply::bytes(StatusCode::OK, kind, avatar.bytes.into())
        .header(header::CACHE_CONTROL, "private, max-age=31536000, immutable")
        .header(header::CONTENT_SECURITY_POLICY, "sandbox; default-src 'none'; frame-ancestors 'none'"))
}

const IMAGES: [(&str, ImageKind); 3] =
    [("image/jpeg", ImageKind::Jpeg), ("image/png", ImageKind::Png), ("image/webp", ImageKind::Webp)];

#[derive(Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
struct ReadBody {}

pub async fn read_all(mut ask: Ask) -> Result<Reply> {
    let ReadBody {} = ask.json().await?;
    command::read_all(&ask.app, &ask.who()?).await?;
    Ok(Reply::nothing())
}

pub async fn mentions(ask: Ask) -> Result<Reply> {
    let PageQuery { limit, cursor } = ask.query()?;
    let before = cursor.map_or(Ok(u64::MAX), |cursor| checked_id("cursor", cursor))?;
    let list = query::mentions(&ask.app, &ask.who()?, before, checked_limit(limit)?).await?;
    Ok(Reply::ok(&wire::MessageList::from(&list)))
}

#[derive(Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
struct PasswordBody {
    current: String,
    #[cfg_attr(test, schemars(length(min = 1, max = limits::PASSWORD_CHARS_MAX)))]
    new: String,
}

pub async fn change_password(mut ask: Ask) -> Result<Reply> {
    let body: PasswordBody = ask.json().await?;
    if body.current == body.new {
        return Err(error::invalid("new", "This is the password that you have already.").into());
    }
    let cookie = command::change_password(&ask.app, &ask.who()?, ask.peer.address, body.current, body.new).await?;
    Ok(Reply::nothing().renewed(&ask.peer, cookie.as_deref()))
}

/// What is said of these routes to programs.
#[cfg(test)]
pub fn contract() -> crate::http::contract::Section {
    use crate::http::contract::{Section, route};
    use serde_json::json;
    Section {
        name: "Oneself",
        about: "What one shows of oneself, and what only oneself sees.",
        routes: vec![
            route("GET /api/v1/sync", "Everything that a client needs to begin, at one moment")
                .gives::<Sync>(200, "The snapshot; events after its cursor go on from here"),
            route("GET /api/v1/me", "Oneself").gives::<wire::Own>(200, "Oneself, with settings"),
            route("PATCH /api/v1/me", "Change what one shows of oneself")
                .json::<MePatch>(json!({"name": "Ada", "status": {"emoji": "🌿", "text": "Gardening"}}))
                .gives::<wire::Own>(200, "Oneself, as it is now"),
            route("PUT /api/v1/me/avatar", "Change one's picture")
                .bytes(&["image/jpeg", "image/png", "image/webp"], "The picture: at most 128 KiB, 1024 wide and high")
                .gives::<wire::User>(200, "Oneself, as everybody sees it")
                .says(415, "not_an_image"),
            route("DELETE /api/v1/me/avatar", "Remove one's picture").done(204, "It is gone"),
            route("GET /avatars/{user}/{hash}", "A person's picture")
                .sends(200, &["image/jpeg", "image/png", "image/webp"], "The picture")
                .says(404, "not_found")
                .says(422, "invalid"),
            route("POST /api/v1/me/read", "Mark everything as read").json::<ReadBody>(json!({})).done(204, "It is"),
            route("GET /api/v1/me/mentions", "Messages that mention oneself, newest first")
                .query::<PageQuery>()
                .gives::<wire::MessageList>(200, "A page of them"),
            route("POST /api/v1/me/password", "Change one's password")
                .details("Other sessions end; a browser gets another cookie for its own.")
                .json::<PasswordBody>(
                    json!({"current": "cedar lantern orbit twelve", "new": "velvet onion harbour sixteen"}),
                )
                .done(204, "It is changed; other sessions have ended")
                .says(403, "wrong_password")
                .says(422, "weak_password"),
        ],
    }
}
