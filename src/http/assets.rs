//! The web client, as it is embedded: under an address that holds its hash, so that browsers keep it for ever.
use super::ask::Ask;
use super::reply::Reply;
use crate::error::{self, Result};
use bytes::Bytes;
use flate2::read::GzDecoder;
use hyper::header;
use hyper::{HeaderMap, StatusCode};
use rust_embed::{EmbeddedFile, RustEmbed};
use std::borrow::Cow;
use std::io::Read;

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

/// An embedded file in the encoding that is accepted. Each is embedded packed, but for those that are packed by themselves.
pub fn packed(headers: &HeaderMap, path: &str) -> Result<Reply> {
    let accepted = headers.get(header::ACCEPT_ENCODING).and_then(|value| value.to_str().ok()).unwrap_or_default();
    let takes =
        |name: &str| accepted.split(',').any(|offered| offered.split(';').next().is_some_and(|o| o.trim() == name));
    let found = [("br", "br"), ("gzip", "gz")]
        .into_iter()
        .filter(|(name, _)| takes(name))
        .find_map(|(name, suffix)| Some((name, Files::get(&format!("{path}.{suffix}"))?)));
    let (encoding, data) = match found {
        Some((name, file)) => (Some(name), bytes(file)),
        None => (None, plain(path).ok_or_else(error::not_found)?),
    };
    let reply = Reply::bytes(StatusCode::OK, Some(content_type(path)), data).header(header::VARY, "Accept-Encoding");
    Ok(match encoding {
        Some(encoding) => reply.header(header::CONTENT_ENCODING, encoding),
        None => reply,
    })
}

/// A file as it was before it was packed: for pages that are made of it, and for the few programs that take no packing.
fn plain(path: &str) -> Option<Bytes> {
    if let Some(packed) = Files::get(&format!("{path}.gz")) {
        let mut plain = Vec::new();
        GzDecoder::new(&packed.data[..]).read_to_end(&mut plain).expect("the build packed it whole");
        return Some(plain.into());
    }
    Files::get(path).map(bytes)
}

/// An embedded file as text, for pages.
pub fn text(path: &str) -> String {
    let file = plain(path).unwrap_or_else(|| panic!("assets/{path} is part of every build"));
    String::from_utf8(file.into()).expect("pages are UTF-8")
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
