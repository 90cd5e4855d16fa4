//! What plain HTTP is told where HTTPS is spoken: pages are sent on, an authority gets its proof, all else learns what is
//! wrong and is not sent on, because it has already said in the clear what it should not (S4).
use crate::app::App;
use crate::error::{Error, Refusal};
use crate::http::ask::Peer;
use crate::http::body::BodyError;
use crate::http::reply::Reply;
use crate::http::{self, RequestBody, ResponseBody, guard};
use bytes::Bytes;
use http_body_util::BodyExt;
use hyper::body::Incoming;
use hyper::http::request::Parts;
use hyper::{Method, Request, Response, StatusCode, header};
use std::sync::Arc;

/// Where an authority looks for its proof (RFC 8555, 8.3).
const CHALLENGES: &str = "/.well-known/acme-challenge/";
/// Where programs ask, and what only who is signed in may see.
const NO_PAGES: [&str; 4] = ["/api/", "/files/", "/avatars/", "/.well-known/"];
const SECURITY_TXT: &str = "/.well-known/security.txt";
const HTTP: u16 = 80;
const HTTPS: u16 = 443;

/// On the port for plain HTTP. `at`: the port that took the connection.
pub(super) async fn answer(app: Arc<App>, peer: Peer, at: u16, request: Request<Incoming>) -> Response<ResponseBody> {
    let is_for_all = matches!(*request.method(), Method::GET | Method::HEAD);
    let token = request.uri().path().strip_prefix(CHALLENGES).filter(|_| is_for_all);
    if let Some(token) = token {
        let proof = app.tls.get().and_then(|tls| tls.proof(token));
        return finished(match proof {
            Some(proof) => Reply::bytes(StatusCode::OK, Some("application/octet-stream"), Bytes::from(proof)),
            None => Reply::problem(&crate::error::not_found()),
        });
    }
    if is_for_all && explains_trust(&app, request.uri().path()) {
        let request = request.map(|body| -> RequestBody { body.map_err(|_| BodyError).boxed_unsync() });
        return http::handle(app, peer, request).await;
    }
    let (parts, _) = request.into_parts();
    let to = |host: &str| {
        let (name, asked) = split(host);
        // A port that the outside knows by another number is mapped, and then so is the one for HTTPS, by custom to 443.
        let is_mapped = asked.unwrap_or(HTTP) != at;
        let port = app.listening.get().and_then(|all| all.first()).map_or(HTTPS, |address| address.port());
        match if is_mapped { HTTPS } else { port } {
            HTTPS => name.to_owned(),
            port => format!("{name}:{port}"),
        }
    };
    finished(match guard::banned(&app, &peer).and_then(|()| guard::host(&app, &peer, &parts)) {
        Err(Error::Refused(refusal)) => Reply::problem(&refusal),
        Err(Error::Fault(_)) => Reply::problem(&refused()),
        Ok(()) => sent_on(&parts, to),
    })
}

/// On the port for HTTPS, which is the port to come to.
pub(super) async fn answer_mistaken(request: Request<Incoming>) -> Response<ResponseBody> {
    let (parts, _) = request.into_parts();
    finished(sent_on(&parts, str::to_owned))
}

/// A page is sent on to the same path by HTTPS.
fn sent_on(parts: &Parts, to: impl Fn(&str) -> String) -> Reply {
    let path = parts.uri.path();
    let is_page = matches!(parts.method, Method::GET | Method::HEAD)
        && !guard::is_upgrade(parts)
        && (path == SECURITY_TXT || !NO_PAGES.iter().any(|start| path.starts_with(start)));
    match guard::host_of(parts) {
        Some(host) if is_page => {
            let path = parts.uri.path_and_query().map_or("/", |path| path.as_str());
            Reply::bytes(StatusCode::PERMANENT_REDIRECT, None, Bytes::new())
                .header(header::LOCATION, &format!("https://{}{path}", to(host)))
        }
        _ => Reply::problem(&refused()),
    }
}

/// How to trust this server can be read before a device trusts it. A stranger on the way could change it, as they could
/// behind the browser's warning: that is what the fingerprint on the page is compared for.
fn explains_trust(app: &App, path: &str) -> bool {
    let is_needed = app.tls.get().is_some_and(|tls| tls.own().is_some());
    is_needed && (matches!(path, "/trust" | "/trust/ca.crt") || path.starts_with("/assets/"))
}

fn refused() -> Refusal {
    Refusal::new(403, "https_only", "This port speaks HTTPS only. Use https:// in the address.")
}

fn finished(reply: Reply) -> Response<ResponseBody> {
    let mut response = reply.header(header::CONNECTION, "close").into_response();
    guard::add_headers(response.headers_mut(), None);
    response
}

/// Name and port of a `Host`.
fn split(host: &str) -> (&str, Option<u16>) {
    match host.rsplit_once(':') {
        Some((name, port)) if !port.ends_with(']') => (name, port.parse().ok()),
        _ => (host, None),
    }
}
