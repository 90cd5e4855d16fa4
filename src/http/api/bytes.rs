//! The bytes of files on their way out: to whom, which part of them, and what a browser may make of them (S43 to S45).
use crate::chat::{file, kind};
use crate::clock::Millis;
use crate::error::{Refusal, Result};
use crate::http::ask::Ask;
use crate::http::reply::Reply;
use crate::http::{condition, disposition, range};
use crate::id::Id;
use crate::query;
use bytes::Bytes;
use futures_util::TryStreamExt;
use http_body_util::{BodyExt, StreamBody};
use hyper::body::Frame;
use hyper::{Method, StatusCode, header};
use serde::Deserialize;

/// What is sent, and how it is called.
struct Served<'a> {
    blob: Id,
    size: u64,
    media_type: &'static str,
    name: &'a str,
    inline: bool,
    tag: String,
    at: Millis,
}

#[derive(Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
struct BytesQuery {
    download: Option<u8>,
}

/// A file. The name in the address is for people; the id alone says which one it is.
pub async fn file(ask: Ask) -> Result<Reply> {
    let BytesQuery { download } = ask.query()?;
    let (file, blob) = query::file_content(&ask.app, &ask.who()?, ask.param("file").to_owned()).await?;
    let media_type = kind::known(&file.row.kind);
    let served = Served {
        blob,
        size: file.row.size,
        media_type,
        name: &file.row.name,
        inline: kind::is_inline(media_type) && fits(&ask) && download.unwrap_or(0) == 0,
        tag: hex(&file.row.sha256),
        at: file.row.at,
    };
    Ok(send(&ask, &served))
}

/// The picture in small that its sender made. Its bytes never change under one number.
pub async fn thumb(ask: Ask) -> Result<Reply> {
    ask.no_query()?;
    let (found, at) = query::thumb(&ask.app, &ask.who()?, ask.param("file").to_owned()).await?;
    let served = Served {
        blob: found.blob,
        size: found.size,
        media_type: file::image_type(found.kind),
        name: "thumb",
        inline: fits(&ask),
        tag: format!("t{}", found.blob),
        at,
    };
    Ok(send(&ask, &served))
}

/// Whether the browser says that it will draw or play this within a page of ours: a tab or a frame of its own only gets
/// it as a download (S44). What says nothing is no browser of today.
fn fits(ask: &Ask) -> bool {
    matches!(ask.header("sec-fetch-dest"), None | Some("image" | "audio" | "video" | "empty"))
}

fn send(ask: &Ask, served: &Served) -> Reply {
    let tag = format!("\"{}\"", served.tag);
    let reply = match condition::answer(&ask.parts.headers, &tag, served.at) {
        condition::Answer::Failed => {
            let refusal = Refusal::new(412, "changed", "This file is not the one that was asked for.");
            return Reply::problem(&refusal);
        }
        condition::Answer::Unchanged => Reply::bytes(StatusCode::NOT_MODIFIED, None, Bytes::new()),
        condition::Answer::Send { range } => match part(ask, served, range) {
            Some(reply) => reply,
            None => {
                let refusal = Refusal::new(416, "range", format!("This file has {} bytes.", served.size));
                let size = format!("bytes */{}", served.size);
                return Reply::problem(&refusal).header(header::CONTENT_RANGE, &size);
            }
        },
    };
    reply
        .header(header::ETAG, &tag)
        .header(header::LAST_MODIFIED, &condition::date(served.at))
        .header(header::ACCEPT_RANGES, "bytes")
        .header(header::CACHE_CONTROL, "private, max-age=31536000, immutable")
        .header(header::CONTENT_DISPOSITION, &disposition::value(served.inline, served.name))
        .header(header::CONTENT_SECURITY_POLICY, "sandbox; default-src 'none'; frame-ancestors 'none'")
}

/// The whole or the part that is asked for, if it is there; chunk by chunk, as fast as it is taken.
fn part(ask: &Ask, served: &Served, ranged: bool) -> Option<Reply> {
    let asked = ask.header("range").filter(|_| ranged && ask.parts.method == Method::GET);
    let (status, range) = match range::asked(asked, served.size) {
        range::Asked::Whole => (StatusCode::OK, 0..served.size),
        range::Asked::Part(range) => (StatusCode::PARTIAL_CONTENT, range),
        range::Asked::Nothing => return None,
    };
    let length = range.end - range.start;
    let said = format!("bytes {}-{}/{}", range.start, range.end.saturating_sub(1), served.size);
    let kind = Some(served.media_type);
    let reply = match ask.parts.method == Method::HEAD {
        true => Reply::bytes(status, kind, Bytes::new()),
        false => {
            let chunks = ask.app.store.files().read(served.blob, range).map_ok(Frame::data);
            Reply::stream(status, kind, StreamBody::new(chunks).boxed_unsync())
        }
    };
    let reply = reply.header(header::CONTENT_LENGTH, &length.to_string());
    Some(if status == StatusCode::PARTIAL_CONTENT { reply.header(header::CONTENT_RANGE, &said) } else { reply })
}

fn hex(bytes: &[u8]) -> String {
    use std::fmt::Write;
    bytes.iter().fold(String::with_capacity(bytes.len() * 2), |mut text, byte| {
        // Writing to a string never fails.
        let _ = write!(text, "{byte:02x}");
        text
    })
}

/// What is said of these routes to programs.
#[cfg(test)]
pub fn contract() -> crate::http::contract::Section {
    use crate::http::contract::{Section, route};
    Section {
        name: "Bytes",
        about: "The bytes of files on their way out.",
        routes: vec![
            route("GET /files/{file}/{name}", "The bytes of a file")
                .query::<BytesQuery>()
                .header("Range", false, "One part: bytes=FROM-TO")
                .header("If-None-Match", false, "The tag of the one that is known")
                .sends(200, &["*/*"], "The whole file")
                .with(&[
                    ("ETag", "The sum of the bytes"),
                    ("Content-Disposition", "Its name"),
                    ("Accept-Ranges", "bytes"),
                ])
                .sends(206, &["*/*"], "The part that was asked for")
                .done(304, "The one that is known already")
                .says(403, "not_a_member")
                .says(404, "not_found")
                .says(412, "changed")
                .says(416, "range")
                .says(422, "invalid"),
            route("GET /files/{file}/thumb", "The picture in small")
                .sends(200, &["image/jpeg", "image/webp"], "The picture")
                .sends(206, &["image/jpeg", "image/webp"], "The part that was asked for")
                .done(304, "The one that is known already")
                .says(403, "not_a_member")
                .says(404, "not_found")
                .says(412, "changed")
                .says(416, "range")
                .says(422, "invalid"),
        ],
    }
}
