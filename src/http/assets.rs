//! The web client, as it is embedded: under an address that holds its hash, so that browsers keep it for ever.
use super::ask::Ask;
use super::reply::Reply;
use crate::error::{self, Result};
use bytes::Bytes;
use hyper::header;
use hyper::{HeaderMap, StatusCode};
use rust_embed::{EmbeddedFile, RustEmbed};
use std::borrow::Cow;

#[derive(RustEmbed)]
#[folder = "$OUT_DIR/assets"]
struct Files;

/// The hash over all files of this build.
pub const HASH: &str = env!("SNUG_ASSETS");

pub async fn file(ask: Ask) -> Result<Reply> {
    let path = ask.param("path");
    if ask.param("hash") != HASH || path.ends_with(".br") || path.ends_with(".gz") {
        return Err(error::not_found().into());
    }
    let reply = packed(&ask.parts.headers, path)?;
    Ok(reply.header(header::CACHE_CONTROL, "public, max-age=31536000, immutable"))
}

/// An embedded file in the encoding that is accepted.
pub fn packed(headers: &HeaderMap, path: &str) -> Result<Reply> {
    let plain = Files::get(path).ok_or_else(error::not_found)?;
    let accepted = headers.get(header::ACCEPT_ENCODING).and_then(|value| value.to_str().ok()).unwrap_or_default();
    let packed = [("br", "br"), ("gzip", "gz")]
        .into_iter()
        .filter(|(name, _)| {
            accepted.split(',').any(|offered| offered.split(';').next().is_some_and(|o| o.trim() == *name))
        })
        .find_map(|(name, suffix)| Some((name, Files::get(&format!("{path}.{suffix}"))?)));
    let (encoding, file) = match packed {
        Some((name, file)) => (Some(name), file),
        None => (None, plain),
    };
    let reply =
        Reply::bytes(StatusCode::OK, Some(content_type(path)), bytes(file)).header(header::VARY, "Accept-Encoding");
    Ok(match encoding {
        Some(encoding) => reply.header(header::CONTENT_ENCODING, encoding),
        None => reply,
    })
}

/// An embedded file as text, for pages.
pub fn text(path: &str) -> String {
    let file = Files::get(path).unwrap_or_else(|| panic!("assets/{path} is part of every build"));
    String::from_utf8(file.data.into_owned()).expect("pages are UTF-8")
}

fn bytes(file: EmbeddedFile) -> Bytes {
    match file.data {
        Cow::Borrowed(data) => Bytes::from_static(data),
        Cow::Owned(data) => data.into(),
    }
}

fn content_type(path: &str) -> &'static str {
    match path.rsplit_once('.').map_or("", |(_, kind)| kind) {
        "js" | "mjs" => "text/javascript; charset=utf-8",
        "css" => "text/css; charset=utf-8",
        "svg" => "image/svg+xml",
        "json" => "application/json",
        "webmanifest" => "application/manifest+json",
        "woff2" => "font/woff2",
        "png" => "image/png",
        _ => "text/plain; charset=utf-8",
    }
}
