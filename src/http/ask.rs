//! One request as its handler sees it: who asks, the parts of the path, the query, the body.
use super::{RequestBody, body};
use crate::app::App;
use crate::auth::passkey::Site;
use crate::auth::session::Device;
use crate::auth::who::Who;
use crate::error::{self, Result};
use crate::http::device;
use crate::http::reply::device_name;
use crate::id::{ID_MAX, Id};
use crate::limits;
use hyper::header;
use hyper::http::request::Parts;
use serde::de::DeserializeOwned;
use std::net::IpAddr;
use std::sync::Arc;

/// Where a request came in.
#[derive(Debug, Clone, Copy)]
pub struct Peer {
    /// Of the person, behind trusted proxies too.
    pub address: IpAddr,
    pub door: Door,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Door {
    /// The network; `secure`: the person's browser speaks HTTPS, to us or to a trusted proxy.
    Network { secure: bool },
    /// The operator: the admin socket, or the command line itself.
    Admin,
}

pub struct Ask {
    pub app: Arc<App>,
    pub peer: Peer,
    pub who: Option<Who>,
    pub parts: Parts,
    pub body: RequestBody,
    pub params: Vec<(String, String)>,
}

impl Peer {
    pub fn secure(&self) -> bool {
        self.door == Door::Network { secure: true }
    }
}

impl Ask {
    pub fn who(&self) -> Result<Who> {
        self.who.clone().ok_or_else(|| error::not_signed_in().into())
    }

    /// A part of the path.
    pub fn param(&self, name: &str) -> &str {
        self.params.iter().find(|(key, _)| key == name).map_or("", |(_, value)| value)
    }

    /// An id in the path. What is none is no such thing.
    pub fn id(&self, name: &str) -> Result<Id> {
        let text = self.param(name);
        let digits = !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
        let id: Option<Id> = text.parse().ok().filter(|id| digits && (1..=ID_MAX).contains(id));
        id.ok_or_else(|| error::not_found().into())
    }

    /// A part of the path that is text.
    pub fn text(&self, name: &'static str) -> Result<String> {
        let decoded = percent_encoding::percent_decode_str(self.param(name)).decode_utf8();
        decoded.map(String::from).map_err(|_| error::invalid(name, "This is not UTF-8.").into())
    }

    /// A header that is text.
    pub fn header(&self, name: &str) -> Option<&str> {
        self.parts.headers.get(name)?.to_str().ok()
    }

    /// The query, with no field that is not known.
    pub fn query<T: DeserializeOwned>(&self) -> Result<T> {
        body::query(self.parts.uri.query().unwrap_or_default())
    }

    /// The body as JSON, with no field that is not known.
    pub async fn json<T: DeserializeOwned>(&mut self) -> Result<T> {
        let max = if self.who.is_some() { limits::BODY_BYTES_MAX } else { limits::BODY_ANONYMOUS_BYTES_MAX };
        body::json(&self.parts.headers, &mut self.body, max).await
    }

    /// The body as JSON or as a form, likewise.
    pub async fn json_or_form<T: DeserializeOwned>(&mut self) -> Result<T> {
        let kind = self.header("content-type").and_then(|kind| kind.split(';').next()).unwrap_or_default();
        if !kind.trim().eq_ignore_ascii_case("application/x-www-form-urlencoded") {
            return self.json().await;
        }
        let bytes = body::whole(&mut self.body, limits::BODY_ANONYMOUS_BYTES_MAX).await?;
        let text = std::str::from_utf8(&bytes).map_err(|_| error::malformed("The form is not UTF-8."))?;
        body::query(text)
    }

    /// Likewise, where a body may be left out.
    pub async fn json_if_any<T: DeserializeOwned>(&mut self) -> Result<Option<T>> {
        if !self.parts.headers.contains_key(header::CONTENT_TYPE) {
            return Ok(None);
        }
        body::json_if_any(&mut self.body, limits::BODY_BYTES_MAX).await
    }

    /// Refuses a query, where none means anything.
    pub fn no_query(&self) -> Result<()> {
        #[derive(serde::Deserialize)]
        #[serde(deny_unknown_fields)]
        struct Nothing {}
        self.query::<Nothing>().map(drop)
    }

    /// What is said of the device that signs in.
    pub fn device(&self) -> Device {
        let agent = self.parts.headers.get(header::USER_AGENT).and_then(|value| value.to_str().ok());
        Device { name: device::name(agent.unwrap_or_default()), address: self.peer.address.to_string() }
    }

    /// The cookie by which this browser is known.
    pub fn known_device(&self) -> Option<String> {
        super::guard::cookie(&self.parts.headers, device_name(self.peer.secure())).map(str::to_owned)
    }

    /// This server as the page that asks knows it; none where it was asked for by an address, to which no passkey belongs.
    pub fn site(&self) -> Option<Site> {
        let authority: hyper::http::uri::Authority = super::guard::host_of(&self.parts)?.parse().ok()?;
        let host = authority.host().trim_end_matches('.').to_ascii_lowercase();
        let is_name = host.parse::<IpAddr>().is_err() && !host.starts_with('[');
        Some(Site { host, origin: self.origin()?.to_ascii_lowercase() }).filter(|_| is_name)
    }

    /// The address under which the person reached this server, for links.
    pub fn origin(&self) -> Option<String> {
        let host = super::guard::host_of(&self.parts)?;
        let scheme = if self.peer.secure() { "https" } else { "http" };
        Some(format!("{scheme}://{host}"))
    }
}
