//! The door: the name that was asked for, who asks, from which page, and the headers that every answer carries.
use super::ask::{Door, Peer};
use super::reply::{Reply, cookie_name};
use super::tus;
use crate::app::App;
use crate::auth::who::{Pass, Who};
use crate::auth::{key, token};
use crate::chat::permission::Asker;
use crate::clock;
use crate::error::{self, Refusal, Result};
use hyper::header::{self, HeaderName, HeaderValue};
use hyper::http::request::Parts;
use hyper::{HeaderMap, Method, StatusCode};
use std::net::IpAddr;

/// Who asks, and whether a browser says so by itself.
pub struct Credential {
    pub who: Who,
    pub by_cookie: bool,
}

/// Refuses addresses that are kept out, whatever they ask for.
pub fn banned(app: &App, peer: &Peer) -> Result<()> {
    if app.bars(peer.door != Door::Admin, peer.address) {
        return Err(Refusal::new(403, "banned", "This address is kept out of this server.").into());
    }
    Ok(())
}

/// Refuses names that are not this server's: another site's name that points here must not read as this one (S10).
pub fn host(app: &App, peer: &Peer, parts: &Parts) -> Result<()> {
    if peer.door == Door::Admin {
        return Ok(());
    }
    match host_of(parts) {
        Some(host) if app.names.answers_to(host) => Ok(()),
        Some(host) => {
            let shown: String = host.chars().filter(|sign| !sign.is_control()).take(100).collect();
            let detail =
                format!("This server does not answer to the name {shown}. Its operator can add it to server.hosts.");
            Err(Refusal::new(421, "wrong_host", detail).into())
        }
        None => Err(error::malformed("The request names no host.").into()),
    }
}

/// The host that was asked for: the authority of HTTP/2, the header of HTTP/1.1.
pub fn host_of(parts: &Parts) -> Option<&str> {
    match parts.uri.authority() {
        Some(authority) => Some(authority.as_str()),
        None => parts.headers.get(header::HOST)?.to_str().ok(),
    }
}

/// Who asks: nobody, whoever holds a session's cookie or a token, or the operator by the door they came through.
pub fn credential(app: &App, peer: &Peer, parts: &Parts) -> Result<Option<Credential>> {
    if peer.door == Door::Admin {
        return Ok(Some(Credential { who: Who::OPERATOR, by_cookie: false }));
    }
    if parts.headers.contains_key(header::AUTHORIZATION) {
        let who = bearer(&parts.headers).and_then(|token| by_token(app, token, peer.address)).ok_or_else(bad_token)?;
        return Ok(Some(Credential { who, by_cookie: false }));
    }
    let token = cookie(&parts.headers, cookie_name(peer.secure()));
    let signed = token.and_then(|token| app.sessions.find(token, clock::now()));
    Ok(signed.map(|signed| {
        let (asker, session) = (Asker::Person(signed.user), Some(signed.key));
        let who = Who { asker, session, pass: Pass::Session, address: peer.address };
        Credential { who, by_cookie: true }
    }))
}

/// The one token of `Authorization: Bearer`.
fn bearer(headers: &HeaderMap) -> Option<&str> {
    let mut lines = headers.get_all(header::AUTHORIZATION).iter();
    let (line, None) = (lines.next()?.to_str().ok()?, lines.next()) else { return None };
    let (scheme, token) = line.split_once(' ')?;
    let token = token.trim();
    (scheme.eq_ignore_ascii_case("bearer") && !token.is_empty()).then_some(token)
}

/// Whose API key or access token this is, if it is good now.
fn by_token(app: &App, shown: &str, address: IpAddr) -> Option<Who> {
    let now = clock::now();
    if shown.starts_with(key::secret::PREFIX) {
        let key::Held { id, user, key, scopes, rooms } = app.keys.find(shown, now)?;
        let pass = Pass::Key { id, key, scopes, rooms };
        return Some(Who { asker: Asker::Person(user), session: None, pass, address });
    }
    let said = token::read(&app.signing, shown, now).filter(|said| is_ours(app, &said.issuer))?;
    let signed = app.sessions.named(said.session, said.user, now)?;
    let (asker, session) = (Asker::Person(signed.user), Some(signed.key));
    Some(Who { asker, session, pass: Pass::Token { scopes: said.scopes }, address })
}

/// Whether a token's issuer is an address of this server.
fn is_ours(app: &App, issuer: &str) -> bool {
    let host = issuer.strip_prefix("https://").or_else(|| issuer.strip_prefix("http://"));
    host.is_some_and(|host| app.names.answers_to(host))
}

fn bad_token() -> Refusal {
    Refusal::new(401, "bad_token", "This token is not known here, or its time is over.")
}

/// Refuses changes, and sockets, that a page of another origin asks for with the person's cookie (S26, S27).
pub fn own_origin(app: &App, peer: &Peer, parts: &Parts, credential: Option<&Credential>) -> Result<()> {
    let socket = is_upgrade(parts);
    if peer.door == Door::Admin || (parts.method.is_safe() && !socket) {
        return Ok(());
    }
    let value = |name| parts.headers.get(name).and_then(|value: &HeaderValue| value.to_str().ok());
    let site = value(HeaderName::from_static("sec-fetch-site"));
    let origin = value(header::ORIGIN);
    let own = origin.is_some_and(|origin| is_allowed(app, peer, parts, origin));
    let by_cookie = credential.is_some_and(|credential| credential.by_cookie);
    if credential.is_some() && !by_cookie {
        // A token is put into each request by a program: no page can make a browser do that by itself.
        return Ok(());
    }
    let fine = match (socket, by_cookie) {
        (true, _) => own || !by_cookie,
        (false, true) => own || site == Some("same-origin"),
        // Without a cookie there is nothing to borrow, but a foreign page still must not sign anybody in.
        (false, false) => own || matches!(site, Some("same-origin" | "none")) || (site.is_none() && origin.is_none()),
    };
    if fine {
        return Ok(());
    }
    Err(Refusal::new(403, "cross_origin", "This was asked for by a page of another origin.").into())
}

fn is_allowed(app: &App, peer: &Peer, parts: &Parts, origin: &str) -> bool {
    let scheme = if peer.secure() { "https" } else { "http" };
    let own = host_of(parts).map(|host| format!("{scheme}://{host}"));
    own.is_some_and(|own| own.eq_ignore_ascii_case(origin)) || is_listed(app, origin)
}

fn is_listed(app: &App, origin: &str) -> bool {
    app.config.cors.origins.iter().any(|listed| listed == origin)
}

/// Whether a request wants to become a WebSocket.
pub fn is_upgrade(parts: &Parts) -> bool {
    parts.method == Method::GET
        && parts.headers.get(header::UPGRADE).is_some_and(|value| value.as_bytes().eq_ignore_ascii_case(b"websocket"))
}

/// The origin of a page on the configured list, which may read the answer (S9). Never with cookies.
pub fn cors_origin(app: &App, headers: &HeaderMap) -> Option<HeaderValue> {
    let origin = headers.get(header::ORIGIN)?;
    is_listed(app, origin.to_str().ok()?).then(|| origin.clone())
}

/// What a browser asks before it asks, and what a tus client asks before it begins. Who is not on the list gets no
/// permission, only this.
pub fn preflight(app: &App, is_tus: bool) -> Reply {
    let reply = Reply::bytes(StatusCode::NO_CONTENT, None, bytes::Bytes::new())
        .header(header::ACCESS_CONTROL_ALLOW_METHODS, "GET, HEAD, POST, PUT, PATCH, DELETE")
        .header(header::ACCESS_CONTROL_ALLOW_HEADERS, ALLOWED)
        .header(header::ACCESS_CONTROL_MAX_AGE, "600");
    if !is_tus {
        return reply;
    }
    let max = app.live().limits.upload_max_bytes;
    let reply = reply
        .header(HeaderName::from_static("tus-version"), tus::VERSION)
        .header(HeaderName::from_static("tus-resumable"), tus::VERSION)
        .header(HeaderName::from_static("tus-extension"), tus::EXTENSIONS)
        .header(HeaderName::from_static("tus-checksum-algorithm"), tus::ALGORITHMS);
    if max == 0 { reply } else { reply.header(HeaderName::from_static("tus-max-size"), &max.to_string()) }
}

/// Adds what every answer carries (S7, S8), where the answer does not say otherwise itself.
pub fn add_headers(headers: &mut HeaderMap, origin: Option<HeaderValue>) {
    for (name, value) in ALWAYS {
        headers.insert(HeaderName::from_static(name), HeaderValue::from_static(value));
    }
    headers.entry(header::CACHE_CONTROL).or_insert(HeaderValue::from_static("no-store"));
    headers.entry(header::VARY).or_insert(HeaderValue::from_static("Cookie, Origin"));
    match origin {
        Some(origin) => {
            headers.insert(header::ACCESS_CONTROL_ALLOW_ORIGIN, origin);
            headers.insert(header::ACCESS_CONTROL_EXPOSE_HEADERS, HeaderValue::from_static(EXPOSED));
        }
        None => {
            headers.remove(header::ACCESS_CONTROL_ALLOW_METHODS);
            headers.remove(header::ACCESS_CONTROL_ALLOW_HEADERS);
            headers.remove(header::ACCESS_CONTROL_MAX_AGE);
        }
    }
}

/// Where pages of other origins may read answers, each answer says that it depends on who asks: a cache must not hand one
/// page's permission to another (S8).
pub fn vary_by_origin(headers: &mut HeaderMap) {
    let vary = headers.get(header::VARY).and_then(|value| value.to_str().ok()).unwrap_or_default();
    if vary.split(',').any(|name| name.trim().eq_ignore_ascii_case("origin")) {
        return;
    }
    let longer = if vary.is_empty() { "Origin".to_owned() } else { format!("{vary}, Origin") };
    if let Ok(value) = HeaderValue::from_str(&longer) {
        headers.insert(header::VARY, value);
    }
}

/// What pages of other origins may send, and may read of an answer.
const ALLOWED: &str = "Authorization, Content-Type, If-Match, If-None-Match, If-Range, Range, Tus-Resumable, \
                       Upload-Checksum, Upload-Defer-Length, Upload-Length, Upload-Metadata, Upload-Offset";
const EXPOSED: &str = "Accept-Ranges, Content-Disposition, Content-Length, Content-Range, ETag, Location, Retry-After, \
                       Snug-File, Tus-Checksum-Algorithm, Tus-Extension, Tus-Max-Size, Tus-Resumable, Tus-Version, \
                       Upload-Defer-Length, Upload-Expires, Upload-Length, Upload-Offset";

/// S7 forbids the microphone to all; this page asks for it when somebody presses "Voice note", and nobody else's page may.
const ALWAYS: [(&str, &str); 4] = [
    ("x-content-type-options", "nosniff"),
    ("referrer-policy", "no-referrer"),
    ("cross-origin-resource-policy", "same-origin"),
    ("permissions-policy", "camera=(), microphone=(self), geolocation=(), payment=(), usb=()"),
];

/// The value of a cookie. Names are compared exactly; of two with one name the first counts.
pub fn cookie<'h>(headers: &'h HeaderMap, name: &str) -> Option<&'h str> {
    headers
        .get_all(header::COOKIE)
        .iter()
        .filter_map(|value| value.to_str().ok())
        .flat_map(|line| line.split(';'))
        .find_map(|pair| {
            let (key, value) = pair.trim().split_once('=')?;
            (key == name).then_some(value)
        })
}
