//! Files that come in steps, which go on after whatever broke: tus 1.0.0, so that clients of others work unchanged.
use super::files::bars;
use crate::app::App;
use crate::auth::who::Who;
use crate::chat::upload::{Found, NewUpload};
use crate::command::{self, Cut, UploadView};
use crate::error::{self, Error, Refusal, Result};
use crate::event::FileView;
use crate::http::ask::Ask;
use crate::http::reply::Reply;
use crate::http::tus::{self, Checksum};
use crate::http::{RequestBody, body, condition};
use crate::id::Id;
use crate::{limits, query};
use bytes::Bytes;
use futures_util::{Stream, StreamExt, stream};
use hyper::header::{self, HeaderName};
use hyper::{HeaderMap, Method, StatusCode};
use serde::Serialize;
use std::sync::Arc;

const RESUMABLE: HeaderName = HeaderName::from_static("tus-resumable");
const OFFSET: HeaderName = HeaderName::from_static("upload-offset");
const LENGTH: HeaderName = HeaderName::from_static("upload-length");
const DEFER: HeaderName = HeaderName::from_static("upload-defer-length");
const EXPIRES: HeaderName = HeaderName::from_static("upload-expires");
/// The file that an upload has become.
const FILE: HeaderName = HeaderName::from_static("snug-file");

pub async fn begin(ask: Ask) -> Result<Reply> {
    let (place, body) = Place::of(ask)?;
    spoken(begun(place, body).await)
}

/// HEAD asks as tus does; GET answers anybody, in JSON.
pub async fn show(ask: Ask) -> Result<Reply> {
    let is_tus = ask.parts.method == Method::HEAD;
    ask.no_query()?;
    let (place, _) = Place::of(ask)?;
    if is_tus { spoken(state(place).await) } else { told(place).await }
}

pub async fn write(ask: Ask) -> Result<Reply> {
    let (place, body) = Place::of(ask)?;
    spoken(written(place, body).await)
}

pub async fn cancel(ask: Ask) -> Result<Reply> {
    let (place, _) = Place::of(ask)?;
    spoken(cancelled(place).await)
}

/// Every answer of this protocol names it, refusals too.
fn spoken(outcome: Result<Reply>) -> Result<Reply> {
    let reply = match outcome {
        Ok(reply) => reply,
        Err(Error::Refused(refusal)) if refusal.code == "tus_version" => {
            Reply::problem(&refusal).header(HeaderName::from_static("tus-version"), tus::VERSION)
        }
        Err(Error::Refused(refusal)) => Reply::problem(&refusal),
        Err(fault) => return Err(fault),
    };
    Ok(reply.header(RESUMABLE, tus::VERSION))
}

/// Who asks for which upload, and how. The body is apart: it is of one thread at a time.
struct Place {
    app: Arc<App>,
    who: Who,
    room: Id,
    id: String,
    headers: HeaderMap,
}

impl Place {
    fn of(ask: Ask) -> Result<(Place, RequestBody)> {
        let (who, room, id) = (ask.who()?, ask.id("room")?, ask.param("upload").to_owned());
        Ok((Place { app: ask.app, who, room, id, headers: ask.parts.headers }, ask.body))
    }

    async fn found(&self) -> Result<(Found, u64)> {
        query::upload(&self.app, &self.who, self.room, self.id.clone()).await
    }

    fn sends_bytes(&self) -> bool {
        self.headers.get(header::CONTENT_TYPE).is_some_and(|kind| kind == tus::PART_TYPE)
    }

    /// Makes a file of an upload that is all here.
    async fn finish(&self, reply: Reply, upload: &UploadView) -> Result<Reply> {
        if upload.row.length != Some(upload.offset) {
            return Ok(reply);
        }
        let file = command::finish_upload(&self.app, &self.who, &upload.id).await?;
        Ok(whole(reply, &file))
    }
}

async fn begun(place: Place, body: RequestBody) -> Result<Reply> {
    let Place { app, who, room, headers, .. } = &place;
    tus::check_version(headers)?;
    let length = tus::number(headers, "upload-length")?;
    let deferred = headers.get(DEFER).is_some_and(|value| value == "1");
    if length.is_some() == deferred {
        return Err(error::malformed("Send Upload-Length, or else Upload-Defer-Length: 1.").into());
    }
    let said = tus::metadata(headers)?;
    let duration_ms = said.duration_ms.map(|text| text.parse()).transpose();
    let new = NewUpload {
        name: said.filename.unwrap_or_default(),
        claimed: None,
        length,
        duration_ms: duration_ms.map_err(|_| error::invalid("duration_ms", "This is no number of milliseconds."))?,
        waveform: said.waveform.as_deref().map(bars).transpose()?,
    };
    let sum = tus::checksum(headers)?;
    let mut upload = command::begin_upload(app, who, *room, new).await?;
    let address = format!("/api/v1/rooms/{room}/uploads/{}", upload.id);
    if place.sends_bytes() {
        upload = command::write_upload(app, who, &upload.id, 0, parts(body, sum)).await?;
    }
    let reply = Reply::bytes(StatusCode::CREATED, None, Bytes::new()).header(header::LOCATION, &address);
    let reply = expires(reply, &upload).header(OFFSET, &upload.offset.to_string());
    place.finish(reply, &upload).await
}

async fn state(place: Place) -> Result<Reply> {
    tus::check_version(&place.headers)?;
    let (found, offset) = place.found().await?;
    let reply = Reply::bytes(StatusCode::OK, None, Bytes::new()).header(OFFSET, &offset.to_string());
    match found {
        Found::Whole(file) => Ok(whole(reply.header(LENGTH, &offset.to_string()), &file)),
        Found::Coming(row) => {
            let reply = match row.length {
                Some(length) => reply.header(LENGTH, &length.to_string()),
                None => reply.header(DEFER, "1"),
            };
            let upload = UploadView { id: place.id.clone(), row, offset };
            // A crash may have come between the last byte and the file.
            place.finish(expires(reply, &upload), &upload).await
        }
    }
}

#[derive(Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
struct Shown<'a> {
    id: &'a str,
    offset: u64,
    length: Option<u64>,
}

async fn told(place: Place) -> Result<Reply> {
    let (found, offset) = place.found().await?;
    let length = match found {
        Found::Whole(file) => Some(file.row.size),
        Found::Coming(row) => row.length,
    };
    Ok(Reply::ok(&Shown { id: &place.id, offset, length }))
}

async fn written(place: Place, body: RequestBody) -> Result<Reply> {
    let Place { app, who, id, headers, .. } = &place;
    tus::check_version(headers)?;
    if !place.sends_bytes() {
        let detail = "Send the bytes as Content-Type: application/offset+octet-stream.";
        return Err(Refusal::new(415, "not_a_part", detail).into());
    }
    let offset = tus::number(headers, "upload-offset")?;
    let offset = offset.ok_or_else(|| error::malformed("Send Upload-Offset.").field("upload-offset"))?;
    let sum = tus::checksum(headers)?;
    if let (Found::Whole(file), size) = place.found().await? {
        return match offset == size {
            true => Ok(whole(Reply::nothing().header(OFFSET, &size.to_string()), &file)),
            false => Err(error::conflict("wrong_offset", format!("This upload is at byte {size}.")).into()),
        };
    }
    if let Some(length) = tus::number(headers, "upload-length")? {
        command::set_upload_length(app, who, id.clone(), length).await?;
    }
    let upload = command::write_upload(app, who, id, offset, parts(body, sum)).await?;
    let reply = expires(Reply::nothing(), &upload).header(OFFSET, &upload.offset.to_string());
    place.finish(reply, &upload).await
}

async fn cancelled(place: Place) -> Result<Reply> {
    tus::check_version(&place.headers)?;
    place.found().await?;
    command::cancel_upload(&place.app, &place.who, &place.id).await?;
    Ok(Reply::nothing())
}

fn whole(reply: Reply, file: &FileView) -> Reply {
    reply.header(FILE, &file.id)
}

fn expires(reply: Reply, upload: &UploadView) -> Reply {
    reply.header(EXPIRES, &condition::date(upload.row.at + limits::UNSENT_LIFE_MS))
}

/// The bytes of a request, which do not count if they have not the sum that they should.
fn parts(body: RequestBody, sum: Option<Checksum>) -> impl Stream<Item = Result<Bytes, Cut>> + Send + Unpin {
    let parts = Box::pin(body::parts(body));
    Box::pin(stream::unfold((parts, sum), |(mut parts, mut sum)| async move {
        let item = match parts.next().await {
            Some(Ok(bytes)) => {
                if let Some(sum) = &mut sum {
                    sum.update(&bytes);
                }
                Ok(bytes)
            }
            // What breaks off has no sum: nothing of it is kept.
            Some(Err(_)) if sum.is_some() => Err(Cut::WrongSum),
            Some(Err(error)) => Err(Cut::Refused(error)),
            None if sum.take().is_none_or(Checksum::fits) => return None,
            None => Err(Cut::WrongSum),
        };
        Some((item, (parts, sum)))
    }))
}

/// What is said of these routes to programs.
#[cfg(test)]
pub fn contract() -> crate::http::contract::Section {
    use crate::http::contract::{Section, route};
    Section {
        name: "Uploads",
        about: "Files that come in steps, which go on after whatever broke: tus 1.0.0 (creation, checksum, termination, expiration).",
        routes: vec![
            route("POST /api/v1/rooms/{room}/uploads", "Begin an upload")
                .header("Tus-Resumable", true, "1.0.0")
                .header("Upload-Length", false, "Bytes of the file; or else Upload-Defer-Length: 1")
                .header("Upload-Defer-Length", false, "1: the length is said later")
                .header("Upload-Metadata", false, "filename, and the value in base64")
                .header("Upload-Checksum", false, "sha1 or sha256, and the sum of this part in base64")
                .bytes_if_any(&["application/offset+octet-stream"], "The first part, or nothing")
                .done(201, "Begun")
                .with(&[
                    ("Location", "Where the parts go"),
                    ("Upload-Offset", "Bytes that are here"),
                    ("Upload-Expires", "Until when"),
                    ("Snug-File", "The file, if all of it is here"),
                    ("Tus-Resumable", "1.0.0"),
                ])
                .says_any(403, &["not_a_member", "archived", "announcements_only"])
                .says(412, "tus_version")
                .says(413, "quota_exceeded")
                .says(423, "upload_busy")
                .says(429, "too_many_uploads")
                .says(460, "checksum_mismatch"),
            route("GET /api/v1/rooms/{room}/uploads/{upload}", "How far an upload is")
                .details("HEAD asks as tus does, and is answered by headers.")
                .gives::<Shown>(200, "The upload")
                .says(403, "not_a_member")
                .says(412, "tus_version"),
            route("PATCH /api/v1/rooms/{room}/uploads/{upload}", "Send the next part")
                .header("Tus-Resumable", true, "1.0.0")
                .header("Upload-Offset", true, "Where this part begins")
                .header("Upload-Length", false, "Bytes of the file, if they were not said before")
                .header("Upload-Checksum", false, "sha1 or sha256, and the sum of this part in base64")
                .bytes_if_any(&["application/offset+octet-stream"], "The part")
                .done(204, "It is kept")
                .with(&[
                    ("Upload-Offset", "Bytes that are here"),
                    ("Upload-Expires", "Until when"),
                    ("Snug-File", "The file, if all of it is here"),
                    ("Tus-Resumable", "1.0.0"),
                ])
                .says_any(403, &["not_a_member", "archived", "announcements_only"])
                .says_any(409, &["wrong_offset", "length_known", "upload_incomplete"])
                .says(412, "tus_version")
                .says(413, "quota_exceeded")
                .says(415, "not_a_part")
                .says(423, "upload_busy")
                .says(460, "checksum_mismatch"),
            route("DELETE /api/v1/rooms/{room}/uploads/{upload}", "Give an upload up")
                .header("Tus-Resumable", true, "1.0.0")
                .done(204, "It is gone")
                .with(&[("Tus-Resumable", "1.0.0")])
                .says(403, "not_a_member")
                .says(412, "tus_version")
                .says(423, "upload_busy"),
        ],
    }
}
