//! HTTP: from a request to who asks and what for, and from the answer to a response. It translates, nothing else.
mod api;
pub mod ask;
pub mod assets;
pub mod body;
pub mod condition;
#[cfg(test)]
mod contract;
pub mod device;
pub mod disposition;
pub mod guard;
mod language;
pub mod multipart;
pub mod pages;
mod qr;
pub mod range;
pub mod reply;
pub mod router;
pub mod tus;

use crate::app::App;
use crate::auth::{Access, Place, authorize};
use crate::error::{self, Error, Fault, Refusal};
use crate::id;
use ask::{Ask, Peer};
use body::Lent;
use futures_util::FutureExt;
use http_body_util::BodyExt;
use hyper::header::{EXPECT, HeaderName, HeaderValue};
use hyper::{Method, Request, Response};
use reply::Reply;
use router::{FILTERED, Found, Route, Router};
use std::panic::AssertUnwindSafe;
use std::sync::{Arc, LazyLock};
use std::time::Instant;

/// What a request's body is, wherever it comes from.
pub type RequestBody = http_body_util::combinators::UnsyncBoxBody<bytes::Bytes, body::BodyError>;
/// What a response's body is.
pub type ResponseBody = http_body_util::combinators::UnsyncBoxBody<bytes::Bytes, std::io::Error>;

/// The one change that takes a query.
const UPLOAD: &str = "/api/v1/rooms/{room}/files";

/// What an answer is called in the log.
const REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");

static ROUTER: LazyLock<Router> = LazyLock::new(Router::new);

/// Answers one request. Never fails: whatever goes wrong is an answer too.
pub async fn handle(app: Arc<App>, peer: Peer, request: Request<RequestBody>) -> Response<ResponseBody> {
    let (began, figures) = (Instant::now(), app.figures.clone());
    let method = request.method().clone();
    let is_api = request.uri().path().starts_with("/api/");
    let (origin, foreign) = (guard::cors_origin(&app, request.headers()), !app.config.cors.origins.is_empty());
    let number = id::secret::<9>();
    // Who waits for a word before sending the body is not asked for it any more.
    let waits = request.headers().contains_key(EXPECT);
    let (parts, body) = request.into_parts();
    let (body, left) = Lent::of(body);
    let outcome = caught(respond(app, peer, Request::from_parts(parts, body.boxed_unsync()), &number)).await;
    if !waits {
        left.drain().await;
    }
    let mut response = match outcome {
        Ok(reply) => reply.into_response(),
        Err(Error::Refused(refusal))
            if refusal.status == 404 && !is_api && matches!(method, Method::GET | Method::HEAD) =>
        {
            pages::not_found().into_response()
        }
        Err(Error::Refused(refusal)) => Reply::problem(&refusal).into_response(),
        Err(Error::Fault(fault)) => {
            tracing::error!(request = number, %method, %fault, "a request failed");
            let detail = format!("Something broke on our side. It was written to the log as request {number}.");
            Reply::problem(&Refusal::new(500, "internal", detail)).into_response()
        }
    };
    figures.answered(response.status().as_u16(), began);
    guard::add_headers(response.headers_mut(), origin);
    if foreign {
        guard::vary_by_origin(response.headers_mut());
    }
    // Letters that are fine in a header.
    if let Ok(number) = HeaderValue::from_str(&number) {
        response.headers_mut().insert(REQUEST_ID, number);
    }
    response
}

/// A panic of one request is that request's failure, and nobody else's (S56). What it says may hold words of people, so
/// only where it happened is logged, by the hook that `serve` sets.
async fn caught(work: impl Future<Output = Result<Reply, Error>>) -> Result<Reply, Error> {
    match AssertUnwindSafe(work).catch_unwind().await {
        Ok(outcome) => outcome,
        Err(_) => Err(Fault::new("its handler panicked").into()),
    }
}

async fn respond(app: Arc<App>, peer: Peer, request: Request<RequestBody>, number: &str) -> Result<Reply, Error> {
    let (parts, body) = request.into_parts();
    guard::banned(&app, &peer)?;
    guard::host(&app, &peer, &parts)?;
    if parts.method == Method::OPTIONS {
        return Ok(guard::preflight(&app, ROUTER.is_tus(parts.uri.path())));
    }
    let (route, params) = match ROUTER.find(&parts.method, parts.uri.path()) {
        Found::Route(route, params) => (route, params),
        Found::OtherMethods(methods) => return Ok(Reply::method_not_allowed(&methods)),
        Found::Nothing => return Err(error::not_found().into()),
    };
    let who = guard::credential(&app, &peer, &parts)?;
    guard::own_origin(&app, &peer, &parts, who.as_ref())?;
    let who = who.map(|credential| credential.who);
    let ask = Ask { app, peer, who, parts, body, params };
    authorize(ask.who.as_ref(), route.access, route.need, place(route, &ask))?;
    if let (Access::Person, Some(user)) = (route.access, ask.who.as_ref().and_then(|who| who.asker.user())) {
        ask.app.required.check(user)?;
    }
    // No change takes a query, but an upload whose body is the file. One that is there is a mistake, and is said so like an
    // unknown field of a body.
    if !ask.parts.method.is_safe() && route.path != UPLOAD {
        ask.no_query()?;
    }
    // Of the address only the pattern, and nothing of the query: both may hold secrets (S54).
    let (user, method) = (ask.who.as_ref().and_then(|who| who.asker.user()), ask.parts.method.clone());
    let outcome = (route.handler)(ask).await;
    let status = match &outcome {
        Ok(reply) => reply.status(),
        Err(Error::Refused(refusal)) => refusal.status,
        Err(Error::Fault(_)) => 500,
    };
    tracing::debug!(request = number, %method, route = route.path, user, status, "answered");
    outcome
}

/// What of the house a request is about, for keys that reach only some rooms.
fn place(route: &Route, ask: &Ask) -> Place {
    match ask.id("room") {
        Ok(room) => Place::Room(room),
        Err(_) if FILTERED.contains(&(route.method.as_str(), route.path)) => Place::Filtered,
        Err(_) => Place::Elsewhere,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn s56_a_panic_is_a_failure_of_its_own_request() {
        std::panic::set_hook(Box::new(|_| {}));
        let outcome = caught(async { panic!("the words of somebody") }).await;
        let _ = std::panic::take_hook();
        match outcome {
            Err(Error::Fault(fault)) => assert_eq!(fault.0, "its handler panicked"),
            _ => panic!("a panic is a fault"),
        }
        assert!(caught(async { Ok(Reply::nothing()) }).await.is_ok());
    }
}
