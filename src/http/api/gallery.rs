//! The files of a room.
use super::{checked_id, checked_limit};
use crate::chat::gallery::Kind;
use crate::error::{self, Result};
use crate::http::ask::Ask;
use crate::http::body::whole_number;
use crate::http::reply::Reply;
use crate::id::Id;
#[cfg(test)]
use crate::limits;
use crate::{query, wire};
use serde::Deserialize;

#[derive(Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
struct GalleryQuery {
    #[cfg_attr(test, schemars(extend("enum" = ["image", "video", "audio", "media", "other"])))]
    r#type: Option<String>,
    #[cfg_attr(test, schemars(range(min = 1, max = limits::PAGE_MAX)))]
    limit: Option<usize>,
    #[serde(default, deserialize_with = "whole_number")]
    cursor: Option<Id>,
}

pub async fn list(ask: Ask) -> Result<Reply> {
    let GalleryQuery { r#type: kind, limit, cursor } = ask.query()?;
    let kind = kind.as_deref().map(kind_named).transpose()?;
    let before = cursor.map(|cursor| checked_id("cursor", cursor)).transpose()?;
    let gallery = query::gallery(&ask.app, &ask.who()?, ask.id("room")?, kind, before, checked_limit(limit)?).await?;
    Ok(Reply::ok(&wire::Gallery::from(&gallery)))
}

fn kind_named(name: &str) -> Result<Kind> {
    match name {
        "image" => Ok(Kind::Image),
        "video" => Ok(Kind::Video),
        "audio" => Ok(Kind::Audio),
        "media" => Ok(Kind::Media),
        "other" => Ok(Kind::Other),
        _ => Err(error::invalid("type", "This is image, video, audio, media or other.").into()),
    }
}

/// What is said of these routes to programs.
#[cfg(test)]
pub fn contract() -> crate::http::contract::Section {
    use crate::http::contract::{Section, route};
    Section {
        name: "Gallery",
        about: "The files of a room.",
        routes: vec![
            route("GET /api/v1/rooms/{room}/files", "The files that were sent in a room, newest first")
                .query::<GalleryQuery>()
                .gives::<wire::Gallery>(200, "A page of them")
                .says(403, "not_a_member"),
        ],
    }
}
