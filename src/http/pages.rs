//! The documents: one page that is the client, one about trust, one for addresses that are nothing.
use super::ask::Ask;
use super::assets::{self, HASH};
use super::reply::Reply;
use super::{device, guard, language, qr};
use crate::error::{self, Result};
use crate::id;
use crate::tls::Own;
use base64::Engine;
use bytes::Bytes;
use hyper::header;
use hyper::{HeaderMap, StatusCode};
use std::sync::LazyLock;

/// What a document may do (S6): nothing but this server's own files, and no HTML made by scripts. The one policy of
/// trusted types gives a constant, the address of the service worker, which cannot be registered otherwise.
const POLICY: &str = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' blob: data:; \
    media-src 'self' blob:; font-src 'self'; connect-src 'self'; manifest-src 'self'; worker-src 'self'; \
    form-action 'self'; base-uri 'none'; frame-ancestors 'none'; object-src 'none'; \
    require-trusted-types-for 'script'; trusted-types worker";

/// RFC 9116 advises less than a year.
const SECURITY_TXT_DAYS: i64 = 180;

static CLIENT: LazyLock<String> = LazyLock::new(|| template("index.html"));
static TRUST: LazyLock<String> = LazyLock::new(|| template("trust.html"));
static TRUST_AR: LazyLock<String> = LazyLock::new(|| template("trust.ar.html"));
static REFERENCE: LazyLock<String> = LazyLock::new(|| template("api.html"));
static NOT_FOUND: LazyLock<String> = LazyLock::new(|| template("404.html"));

/// The client.
pub async fn client(ask: Ask) -> Result<Reply> {
    let headers = &ask.parts.headers;
    let (tag, direction) = language::chosen(headers);
    let html = CLIENT.replace("%LANG%", tag).replace("%DIR%", direction).replace("%DARK%", dark_media(headers));
    Ok(page(headers, html).header(header::VARY, "Accept-Language, Cookie"))
}

/// What programs' authors read, made of the OpenAPI document.
pub async fn reference(ask: Ask) -> Result<Reply> {
    let headers = &ask.parts.headers;
    let (tag, direction) = language::chosen(headers);
    let html = REFERENCE.replace("%LANG%", tag).replace("%DIR%", direction).replace("%DARK%", dark_media(headers));
    Ok(page(headers, html).header(header::VARY, "Accept-Language, Cookie"))
}

/// How to trust the local authority, beginning with the system that asks. It needs no script: it is read before anything
/// of this server is trusted.
pub async fn trust(ask: Ask) -> Result<Reply> {
    let authority = own_authority(&ask)?;
    let headers = &ask.parts.headers;
    let agent = headers.get(header::USER_AGENT).and_then(|value| value.to_str().ok()).unwrap_or_default();
    let address = format!("{}/trust", address_for_others(&ask));
    let template = if language::chosen(headers).0 == "ar" { &TRUST_AR } else { &TRUST };
    let mut html = template.replace("%FINGERPRINT%", &authority.fingerprint).replace("%DARK%", dark_media(headers));
    let system = device::system(agent);
    for known in device::System::ALL {
        html = html.replace(known.mark(), if known == system { "checked" } else { "" });
    }
    let picture = base64::engine::general_purpose::STANDARD.encode(qr::svg(&address));
    html = html.replace("%QR%", &format!("data:image/svg+xml;base64,{picture}"));
    html = html.replace("%ADDRESS%", &escaped(&address));
    Ok(page(headers, html).header(header::VARY, "Accept-Language, Cookie, User-Agent"))
}

/// Where another device finds this server: as this one does, unless that is a way that only this machine knows.
fn address_for_others(ask: &Ask) -> String {
    let host = guard::host_of(&ask.parts).unwrap_or_default();
    let is_own = ["localhost", "127.", "[::1]"].iter().any(|own| host.starts_with(own));
    ask.origin().filter(|_| !is_own).unwrap_or_else(|| ask.app.first_url())
}

/// As it stands in HTML.
fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;")
}

fn own_authority(ask: &Ask) -> Result<Own> {
    Ok(ask.app.tls.get().and_then(|tls| tls.own()).ok_or_else(error::not_found)?)
}

/// The local authority's certificate, in the type that phones install.
pub async fn authority(ask: Ask) -> Result<Reply> {
    let pem = Bytes::from(own_authority(&ask)?.pem);
    Ok(Reply::bytes(StatusCode::OK, Some("application/x-x509-ca-cert"), pem)
        .header(header::CONTENT_DISPOSITION, "attachment; filename=\"snug-ca.crt\""))
}

/// The program that keeps the client for when there is no network. It names its version, so that a new one replaces it.
pub async fn worker(_: Ask) -> Result<Reply> {
    let text = Bytes::from(assets::text("sw.js").replace("%HASH%", HASH));
    Ok(Reply::bytes(StatusCode::OK, Some("text/javascript; charset=utf-8"), text)
        .header(header::CACHE_CONTROL, "no-cache")
        .header(header::CONTENT_SECURITY_POLICY, "default-src 'none'; connect-src 'self'"))
}

/// Where somebody writes to who found a hole (RFC 9116). It says for half a year what it says today.
pub async fn security(ask: Ask) -> Result<Reply> {
    ask.no_query()?;
    let contact = ask.app.config.server.contact.as_ref().ok_or_else(error::not_found)?;
    let until = time::OffsetDateTime::now_utc().date().saturating_add(time::Duration::days(SECURITY_TXT_DAYS));
    let (year, month, day) = (until.year(), u8::from(until.month()), until.day());
    let text =
        format!("Contact: {contact}\nExpires: {year:04}-{month:02}-{day:02}T00:00:00Z\nPreferred-Languages: en\n");
    Ok(Reply::bytes(StatusCode::OK, Some("text/plain; charset=utf-8"), text.into()))
}

/// The licences of what is vendored.
pub async fn licenses(_: Ask) -> Result<Reply> {
    let text = Bytes::from(assets::text("vendor/LICENSES"));
    Ok(Reply::bytes(StatusCode::OK, Some("text/plain; charset=utf-8"), text))
}

/// For who came to an address that is nothing.
pub fn not_found() -> Reply {
    let html = NOT_FOUND.replace("%DARK%", dark_media(&HeaderMap::new()));
    document(StatusCode::NOT_FOUND, html)
}

fn page(headers: &HeaderMap, html: String) -> Reply {
    let tag: String = id::secret_hash(&html).iter().take(8).map(|byte| format!("{byte:02x}")).collect();
    let tag = format!("\"{tag}\"");
    let known = headers.get(header::IF_NONE_MATCH).and_then(|value| value.to_str().ok());
    let reply =
        match known.is_some_and(|known| known.split(',').any(|known| known.trim().trim_start_matches("W/") == tag)) {
            true => Reply::bytes(StatusCode::NOT_MODIFIED, None, Bytes::new()),
            false => document(StatusCode::OK, html),
        };
    reply.header(header::ETAG, &tag).header(header::CACHE_CONTROL, "no-cache")
}

fn document(status: StatusCode, html: String) -> Reply {
    Reply::bytes(status, Some("text/html; charset=utf-8"), html.into())
        .header(header::CONTENT_SECURITY_POLICY, POLICY)
        .header(header::X_FRAME_OPTIONS, "DENY")
        .header(header::HeaderName::from_static("cross-origin-opener-policy"), "same-origin")
        .header(header::HeaderName::from_static("cross-origin-embedder-policy"), "require-corp")
}

fn template(name: &str) -> String {
    assets::text(name).replace("%BASE%", &format!("/assets/{HASH}"))
}

/// When the dark colours apply, by the cookie that the client's switch sets.
fn dark_media(headers: &HeaderMap) -> &'static str {
    match guard::cookie(headers, "theme") {
        Some("dark") => "all",
        Some("light") => "not all",
        _ => "(prefers-color-scheme: dark)",
    }
}
