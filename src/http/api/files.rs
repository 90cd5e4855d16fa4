//! Files: in by a plain request, told about, and away. How their bytes leave is in `bytes`, how they come in steps in `uploads`.
use crate::chat::picture;
use crate::chat::upload::NewUpload;
use crate::command::{self, Cut};
use crate::error::{self, Refusal, Result};
use crate::http::ask::Ask;
use crate::http::body;
use crate::http::multipart::{self, Parts};
use crate::http::reply::Reply;
use crate::row::ImageKind;
use crate::{limits, query, wire};
use futures_util::TryStreamExt;
use hyper::header;
use serde::Deserialize;

#[derive(Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
struct UploadQuery {
    name: Option<String>,
    duration_ms: Option<u32>,
    #[cfg_attr(test, schemars(regex(pattern = "^[0-9]{1,2}(,[0-9]{1,2}){0,63}$")))]
    waveform: Option<String>,
}

/// The body is the file itself, or a form with the file in it.
pub async fn upload(mut ask: Ask) -> Result<Reply> {
    let asked: UploadQuery = ask.query()?;
    let (who, room) = (ask.who()?, ask.id("room")?);
    let mut new = NewUpload {
        name: asked.name.unwrap_or_default(),
        claimed: ask.header("content-type").map(str::to_owned),
        length: None,
        duration_ms: asked.duration_ms,
        waveform: asked.waveform.as_deref().map(bars).transpose()?,
    };
    let body = std::mem::take(&mut ask.body);
    let parts: Parts = match multipart::boundary(&ask.parts.headers) {
        Some(boundary) => {
            let sent = multipart::file(body, &boundary?).await?;
            if new.name.is_empty() {
                new.name = sent.name.unwrap_or_default();
            }
            sent.parts
        }
        None => {
            new.length = ask.header(header::CONTENT_LENGTH.as_str()).and_then(|length| length.parse().ok());
            Box::pin(body::parts(body))
        }
    };
    let file = command::upload_whole(&ask.app, &who, room, new, parts.map_err(Cut::Refused)).await?;
    Ok(Reply::created(&wire::File::from(&file)))
}

/// Numbers with commas.
pub(super) fn bars(text: &str) -> Result<Vec<u8>> {
    let bars: Result<Vec<u8>, _> = text.split(',').map(|bar| bar.trim().parse()).collect();
    bars.map_err(|_| error::invalid("waveform", "A waveform has at most 64 numbers from 0 to 31.").into())
}

pub async fn show(ask: Ask) -> Result<Reply> {
    ask.no_query()?;
    let file = query::file(&ask.app, &ask.who()?, ask.param("file").to_owned()).await?;
    Ok(Reply::ok(&wire::File::from(&file)))
}

pub async fn delete(ask: Ask) -> Result<Reply> {
    command::delete_file(&ask.app, &ask.who()?, ask.param("file").to_owned()).await?;
    Ok(Reply::nothing())
}

/// The body is the picture itself.
pub async fn set_thumb(mut ask: Ask) -> Result<Reply> {
    let kind = match ask.header("content-type") {
        Some("image/jpeg") => ImageKind::Jpeg,
        Some("image/webp") => ImageKind::Webp,
        _ => return Err(Refusal::new(415, "not_an_image", "Send a picture as image/jpeg or image/webp.").into()),
    };
    let bytes = body::whole(&mut ask.body, limits::THUMB_BYTES_MAX).await?;
    picture::check("thumb", kind, &bytes)?;
    let file = command::set_thumb(&ask.app, &ask.who()?, ask.param("file").to_owned(), kind, bytes).await?;
    Ok(Reply::ok(&wire::File::from(&file)))
}

/// What is said of these routes to programs.
#[cfg(test)]
pub fn contract() -> crate::http::contract::Section {
    use crate::http::contract::{Section, route};
    Section {
        name: "Files",
        about: "Files: in by a plain request, told about, and away.",
        routes: vec![
            route("POST /api/v1/rooms/{room}/files", "Upload a file, to be sent with a message afterwards")
                .details("The body is the file itself, or a form (`multipart/form-data`) with one file in it.")
                .query::<UploadQuery>()
                .bytes_if_any(&["application/octet-stream", "multipart/form-data", "*/*"], "The file")
                .gives::<wire::File>(201, "The file, not yet on a message")
                .says_any(403, &["not_a_member", "archived", "announcements_only"])
                .says(413, "quota_exceeded")
                .says(429, "too_many_uploads"),
            route("GET /api/v1/files/{file}", "A file, without its bytes")
                .gives::<wire::File>(200, "The file")
                .says(403, "not_a_member"),
            route("DELETE /api/v1/files/{file}", "Take a file away")
                .done(204, "It is gone")
                .says_any(403, &["not_a_member", "forbidden", "archived"]),
            route("PUT /files/{file}/thumb", "Give a file its picture in small, before it is sent")
                .bytes(&["image/jpeg", "image/webp"], "The picture: at most 64 KiB")
                .gives::<wire::File>(200, "The file")
                .says(404, "not_found")
                .says(415, "not_an_image")
                .says(422, "invalid")
                .says_any(403, &["not_a_member", "forbidden"]),
        ],
    }
}
