//! What a request carries: JSON and queries, bounded in size and time, with no field that nobody knows.
use super::RequestBody;
use crate::error::{self, Error, Refusal, Result};
use crate::id::ID_MAX;
use crate::limits;
use bytes::Bytes;
use futures_util::{Stream, stream};
use http_body_util::{BodyExt, LengthLimitError, Limited};
use hyper::HeaderMap;
use hyper::body::{Body, Frame, SizeHint};
use hyper::header::CONTENT_TYPE;
use serde::de::DeserializeOwned;
use serde::{Deserialize, Deserializer};
use std::pin::Pin;
use std::sync::{Arc, Mutex, PoisonError};
use std::task::{Context, Poll};

/// A body did not arrive.
#[derive(Debug)]
pub struct BodyError;

impl std::fmt::Display for BodyError {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("the body broke off")
    }
}

impl std::error::Error for BodyError {}

/// Reads a JSON body of at most `max` bytes.
pub async fn json<T: DeserializeOwned>(headers: &HeaderMap, body: &mut RequestBody, max: usize) -> Result<T> {
    let kind = headers.get(CONTENT_TYPE).and_then(|value| value.to_str().ok()).unwrap_or_default();
    if !kind.split(';').next().is_some_and(|kind| kind.trim().eq_ignore_ascii_case("application/json")) {
        return Err(Refusal::new(415, "not_json", "Send the body as Content-Type: application/json.").into());
    }
    from_bytes(&whole(body, max).await?)
}

/// Likewise, where a body may be left out.
pub async fn json_if_any<T: DeserializeOwned>(body: &mut RequestBody, max: usize) -> Result<Option<T>> {
    let bytes = whole(body, max).await?;
    if bytes.is_empty() { Ok(None) } else { from_bytes(&bytes).map(Some) }
}

fn from_bytes<T: DeserializeOwned>(bytes: &[u8]) -> Result<T> {
    // serde would take a list for an object too, field by field and without names.
    if bytes.trim_ascii_start().first().is_some_and(|first| *first == b'[') {
        return Err(Refusal::new(422, "invalid", "The body is a list. Send an object.").into());
    }
    let mut reader = serde_json::Deserializer::from_slice(bytes);
    let value = serde_path_to_error::deserialize(&mut reader).map_err(|error| {
        let path = error.path().to_string();
        let inner = error.into_inner();
        match inner.is_data() {
            true => unprocessable(&path, &inner.to_string()),
            false => error::malformed(format!("The body is not JSON: {inner}.")),
        }
    })?;
    reader.end().map_err(|_| error::malformed("Something follows the JSON in the body."))?;
    Ok(value)
}

/// Reads a query string.
pub fn query<T: DeserializeOwned>(query: &str) -> Result<T> {
    let pairs = serde_urlencoded::Deserializer::new(form_pairs(query));
    serde_path_to_error::deserialize(pairs).map_err(|error| {
        let path = error.path().to_string();
        Error::from(unprocessable(&path, &error.into_inner().to_string()))
    })
}

fn form_pairs(query: &str) -> form_urlencoded::Parse<'_> {
    form_urlencoded::parse(query.as_bytes())
}

/// Reads a whole body of at most `max` bytes, in bounded time.
pub async fn whole(body: &mut RequestBody, max: usize) -> Result<Bytes> {
    let collected = tokio::time::timeout(limits::BODY_TIMEOUT, Limited::new(&mut *body, max).collect()).await;
    match collected {
        Ok(Ok(collected)) => Ok(collected.to_bytes()),
        Ok(Err(error)) if error.is::<LengthLimitError>() => {
            Err(Refusal::new(413, "too_large", format!("The body has more than {max} bytes.")).into())
        }
        Ok(Err(_)) => Err(broke_off().into()),
        Err(_) => Err(too_slow().into()),
    }
}

/// A large body as it comes, part by part, however long the whole takes: what stays away for too long has broken off (S37).
pub fn parts(body: RequestBody) -> impl Stream<Item = Result<Bytes>> + Send {
    stream::try_unfold(body, |mut body| async move {
        loop {
            let frame = tokio::time::timeout(limits::BODY_TIMEOUT, body.frame()).await;
            match frame.map_err(|_| too_slow())?.transpose().map_err(|_| broke_off())? {
                None => return Ok(None),
                Some(frame) => match frame.into_data() {
                    Ok(bytes) if !bytes.is_empty() => return Ok(Some((bytes, body))),
                    // Trailers say nothing here.
                    _ => {}
                },
            }
        }
    })
}

fn too_slow() -> Refusal {
    Refusal::new(408, "too_slow", "The body took too long to arrive.")
}

fn broke_off() -> Refusal {
    error::malformed("The body broke off.")
}

/// A body on loan to a handler: what that leaves of it is read afterwards.
pub(super) struct Lent(Arc<Mutex<RequestBody>>);

impl Lent {
    /// A body to hand out, and the claim to what is left of it.
    pub(super) fn of(body: RequestBody) -> (Lent, Lent) {
        let shared = Arc::new(Mutex::new(body));
        (Lent(shared.clone()), Lent(shared))
    }

    /// Reads and drops what still comes of a body that nobody else reads, for a moment: many clients look at the answer only
    /// when they have written everything, and a connection on which something is unread is closed under them.
    pub(super) async fn drain(self) {
        let Some(body) = Arc::into_inner(self.0) else { return };
        let body = body.into_inner().unwrap_or_else(PoisonError::into_inner);
        let mut dropped = Limited::new(body, limits::BODY_DRAIN_BYTES);
        let all = async { while let Some(Ok(_)) = dropped.frame().await {} };
        // However it ends, the answer follows.
        let _ = tokio::time::timeout(limits::BODY_DRAIN_TIMEOUT, all).await;
    }
}

impl Body for Lent {
    type Data = Bytes;
    type Error = BodyError;

    fn poll_frame(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Result<Frame<Bytes>, BodyError>>> {
        Pin::new(&mut *self.0.lock().unwrap_or_else(PoisonError::into_inner)).poll_frame(cx)
    }

    fn is_end_stream(&self) -> bool {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).size_hint()
    }
}

/// For ids, cursors and times: below 2^53, as every number of this interface.
pub fn whole_number<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<u64>, D::Error> {
    match Option::<u64>::deserialize(deserializer)? {
        Some(number) if number > ID_MAX => Err(serde::de::Error::custom("this number is too large")),
        number => Ok(number),
    }
}

/// For fields of a change in which `null` means "remove" and absence "leave as it is".
pub fn nullable<'de, D, T>(deserializer: D) -> Result<Option<Option<T>>, D::Error>
where
    D: Deserializer<'de>,
    T: Deserialize<'de>,
{
    Option::<T>::deserialize(deserializer).map(Some)
}

/// A sentence for what serde says, with the field at fault.
fn unprocessable(path: &str, message: &str) -> Refusal {
    // "… at line 1 column 7" helps nobody who sent one line.
    let message = message.split(" at line ").next().unwrap_or(message);
    let quoted = message.split('`').nth(1);
    let field = match (message.starts_with("unknown field") || message.starts_with("missing field"), quoted) {
        (true, Some(name)) if path == "." || path == name => name.to_owned(),
        (true, Some(name)) => format!("{path}.{name}"),
        _ => path.to_owned(),
    };
    let refusal = Refusal::new(422, "invalid", format!("{}{}.", message[..1].to_uppercase(), &message[1..]));
    if field == "." { refusal } else { refusal.field(field) }
}
