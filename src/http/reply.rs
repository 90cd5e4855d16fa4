//! Answers: JSON, nothing, problem details, bytes; and the cookie of a session.
use super::ResponseBody;
use super::ask::Peer;
use crate::error::Refusal;
use crate::limits;
use crate::wire;
use bytes::Bytes;
use http_body_util::{BodyExt, Full};
use hyper::header::{self, HeaderName, HeaderValue};
use hyper::{Response, StatusCode};
use serde::Serialize;

pub struct Reply {
    response: Response<ResponseBody>,
}

impl Reply {
    /// 200 with JSON.
    pub fn ok(value: &impl Serialize) -> Reply {
        Reply::json(StatusCode::OK, value)
    }

    /// 201 with what was made.
    pub fn created(value: &impl Serialize) -> Reply {
        Reply::json(StatusCode::CREATED, value)
    }

    /// 204.
    pub fn nothing() -> Reply {
        Reply::bytes(StatusCode::NO_CONTENT, None, Bytes::new())
    }

    pub fn json(status: StatusCode, value: &impl Serialize) -> Reply {
        let json = serde_json::to_vec(value).expect("wire shapes are plain data, which always becomes JSON");
        Reply::bytes(status, Some("application/json"), json.into())
    }

    pub fn problem(refusal: &Refusal) -> Reply {
        Reply::explained(refusal, |problem| serde_json::to_vec(&problem))
    }

    /// A problem with the two words in which OAuth says it (RFC 6749, 5.2).
    pub fn oauth_problem(error: &str, refusal: &Refusal) -> Reply {
        let reply = Reply::explained(refusal, |problem| {
            serde_json::to_vec(&wire::OAuthProblem { error, error_description: &refusal.detail, problem })
        });
        reply.header(header::CONTENT_TYPE, "application/json")
    }

    fn explained(refusal: &Refusal, json: impl FnOnce(wire::Problem) -> serde_json::Result<Vec<u8>>) -> Reply {
        let status = StatusCode::from_u16(refusal.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
        let title = status.canonical_reason().unwrap_or("Error");
        let json = json(wire::Problem::new(refusal, title)).expect("a problem is plain data");
        let reply = Reply::bytes(status, Some("application/problem+json"), json.into());
        // RFC 6750; a browser asks nobody for a password because of it.
        let reply = match (refusal.status, refusal.code) {
            (401, "bad_token") => reply.header(header::WWW_AUTHENTICATE, "Bearer error=\"invalid_token\""),
            (401, _) => reply.header(header::WWW_AUTHENTICATE, "Bearer"),
            (403, "scope_missing") => reply.header(header::WWW_AUTHENTICATE, "Bearer error=\"insufficient_scope\""),
            _ => reply,
        };
        match refusal.retry_after_secs {
            Some(secs) => reply.header(header::RETRY_AFTER, &secs.to_string()),
            None => reply,
        }
    }

    pub fn method_not_allowed(methods: &str) -> Reply {
        let refusal = Refusal::new(405, "method_not_allowed", format!("This address answers to {methods}."));
        Reply::problem(&refusal).header(header::ALLOW, methods)
    }

    pub fn bytes(status: StatusCode, content_type: Option<&'static str>, bytes: Bytes) -> Reply {
        let body = Full::new(bytes).map_err(|never| match never {}).boxed_unsync();
        Reply::stream(status, content_type, body)
    }

    /// What is measured, in the text format of Prometheus.
    pub fn metrics(text: String) -> Reply {
        Reply::bytes(StatusCode::OK, Some("text/plain; version=0.0.4; charset=utf-8"), text.into())
    }

    pub fn stream(status: StatusCode, content_type: Option<&'static str>, body: ResponseBody) -> Reply {
        let mut response = Response::new(body);
        *response.status_mut() = status;
        if let Some(content_type) = content_type {
            response.headers_mut().insert(header::CONTENT_TYPE, HeaderValue::from_static(content_type));
        }
        Reply { response }
    }

    /// Sets a header; a value that cannot be one is left out.
    pub fn header(mut self, name: HeaderName, value: &str) -> Reply {
        if let Ok(value) = HeaderValue::from_str(value) {
            self.response.headers_mut().insert(name, value);
        }
        self
    }

    /// Gives the browser its session.
    pub fn signed_in(self, peer: &Peer, token: &str) -> Reply {
        self.cookie(peer, token, limits::SESSION_LIFE_MS / 1_000)
    }

    /// Gives the browser another cookie for its session, if it has one.
    pub fn renewed(self, peer: &Peer, token: Option<&str>) -> Reply {
        match token {
            Some(token) => self.signed_in(peer, token),
            None => self,
        }
    }

    /// Lets a browser show later that somebody was signed in in it.
    pub fn knowing(mut self, peer: &Peer, device: Option<&str>) -> Reply {
        let Some(device) = device else { return self };
        let (name, secure) = (device_name(peer.secure()), if peer.secure() { "; Secure" } else { "" });
        let life = limits::DEVICE_LIFE_MS / 1_000;
        let cookie = format!("{name}={device}; Path=/; HttpOnly; SameSite=Strict; Max-Age={life}{secure}");
        if let Ok(value) = HeaderValue::from_str(&cookie) {
            self.response.headers_mut().append(header::SET_COOKIE, value);
        }
        self
    }

    /// Takes it back.
    pub fn signed_out(self, peer: &Peer) -> Reply {
        self.cookie(peer, "", 0)
    }

    fn cookie(self, peer: &Peer, token: &str, max_age_secs: u64) -> Reply {
        let secure = if peer.secure() { "; Secure" } else { "" };
        let name = cookie_name(peer.secure());
        let cookie = format!("{name}={token}; Path=/; HttpOnly; SameSite=Lax; Max-Age={max_age_secs}{secure}");
        self.header(header::SET_COOKIE, &cookie)
    }

    pub fn status(&self) -> u16 {
        self.response.status().as_u16()
    }

    pub fn into_response(self) -> Response<ResponseBody> {
        self.response
    }
}

/// Of the cookie by which a browser is known.
pub fn device_name(secure: bool) -> &'static str {
    if secure { "__Host-snug-device" } else { "snug-device" }
}

/// `__Host-` binds a cookie to this host and to HTTPS (PROTOCOL, Who is asking).
pub fn cookie_name(secure: bool) -> &'static str {
    if secure { "__Host-snug" } else { "snug" }
}
