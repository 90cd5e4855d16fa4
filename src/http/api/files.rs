//! Files: in, out, and away.
use crate::chat::file;
use crate::chat::picture;
use crate::chat::upload::NewUpload;
use crate::command::{self, Cut};
use crate::error::{self, Refusal, Result};
use crate::http::ask::Ask;
use crate::http::body;
use crate::http::reply::Reply;
use crate::row::ImageKind;
use crate::{limits, query, wire};
use futures_util::TryStreamExt;
use http_body_util::{BodyExt, BodyStream, StreamBody};
use hyper::body::Frame;
use hyper::{StatusCode, header};
use serde::Deserialize;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct UploadQuery {
    name: Option<String>,
    duration_ms: Option<u32>,
    waveform: Option<String>,
}

/// The body is the file itself.
pub async fn upload(ask: Ask) -> Result<Reply> {
    let asked: UploadQuery = ask.query()?;
    let (who, room) = (ask.who()?, ask.id("room")?);
    let header = |name| ask.parts.headers.get(name).and_then(|value| value.to_str().ok());
    let new = NewUpload {
        name: asked.name.unwrap_or_default(),
        claimed: header(header::CONTENT_TYPE).map(str::to_owned),
        length: header(header::CONTENT_LENGTH).and_then(|length| length.parse().ok()),
        duration_ms: asked.duration_ms,
        waveform: asked.waveform.as_deref().map(bars).transpose()?,
    };
    let frames = TryStreamExt::map_err(BodyStream::new(ask.body), |_| Cut::BrokeOff);
    let bytes = frames.try_filter_map(async |frame| Ok(frame.into_data().ok()));
    let file = command::upload_whole(&ask.app, &who, room, new, Box::pin(bytes)).await?;
    Ok(Reply::created(&wire::File::from(&file)))
}

/// Numbers with commas.
fn bars(text: &str) -> Result<Vec<u8>> {
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

/// The bytes, whole.
pub async fn bytes(ask: Ask) -> Result<Reply> {
    ask.no_query()?;
    let (file, blob) = query::file_content(&ask.app, &ask.who()?, ask.param("file").to_owned()).await?;
    Ok(stream(&ask, blob, file.row.size, "application/octet-stream"))
}

pub async fn thumb(ask: Ask) -> Result<Reply> {
    ask.no_query()?;
    let thumb = query::thumb(&ask.app, &ask.who()?, ask.param("file").to_owned()).await?;
    Ok(stream(&ask, thumb.blob, thumb.size, file::image_type(thumb.kind)))
}

/// The body is the picture itself.
pub async fn set_thumb(mut ask: Ask) -> Result<Reply> {
    let kind = match ask.parts.headers.get(header::CONTENT_TYPE).and_then(|value| value.to_str().ok()) {
        Some("image/jpeg") => ImageKind::Jpeg,
        Some("image/webp") => ImageKind::Webp,
        _ => return Err(Refusal::new(415, "not_a_picture", "Send a picture as image/jpeg or image/webp.").into()),
    };
    let bytes = body::whole(&mut ask.body, limits::THUMB_BYTES_MAX).await?;
    picture::check(kind, &bytes)?;
    let file = command::set_thumb(&ask.app, &ask.who()?, ask.param("file").to_owned(), kind, bytes).await?;
    Ok(Reply::ok(&wire::File::from(&file)))
}

fn stream(ask: &Ask, blob: u64, size: u64, kind: &'static str) -> Reply {
    let chunks = ask.app.store.files().read(blob, 0..size).map_ok(Frame::data);
    Reply::stream(StatusCode::OK, Some(kind), StreamBody::new(chunks).boxed_unsync())
        .header(header::CONTENT_LENGTH, &size.to_string())
        .header(header::CONTENT_SECURITY_POLICY, "sandbox; default-src 'none'; frame-ancestors 'none'")
        .header(header::CONTENT_DISPOSITION, "attachment")
}
