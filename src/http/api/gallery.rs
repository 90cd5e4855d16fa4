//! The files of a room.
use super::{checked_id, checked_limit};
use crate::chat::gallery::Kind;
use crate::error::{self, Result};
use crate::http::ask::Ask;
use crate::http::reply::Reply;
use crate::id::Id;
use crate::{query, wire};
use serde::Deserialize;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct GalleryQuery {
    r#type: Option<String>,
    limit: Option<usize>,
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
