//! The certificate, as those who look after the server are told of it.
use crate::clock::Millis;
use crate::tls::State;
use serde::Serialize;
use std::time::{SystemTime, UNIX_EPOCH};

#[derive(Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct Certificate<'a> {
    /// Where it comes from: "auto", "acme" or "files".
    source: &'static str,
    /// "good"; "waiting" (the one that was ordered has not come yet, and Snug's own is shown: `last_error` says why, if it
    /// was tried); "failing" (it could not be renewed, and still serves); "ending" (it ends soon, or has ended).
    state: &'static str,
    names: &'a [String],
    issuer: &'a str,
    /// SHA-256.
    fingerprint: &'a str,
    starts_at: Millis,
    expires_at: Millis,
    /// Whether browsers trust it without being told to.
    public: bool,
    renewing: bool,
    renews_at: Option<Millis>,
    next_try_at: Option<Millis>,
    last_error: Option<&'a str>,
    last_error_at: Option<Millis>,
    /// How the names were proven last: "http-01" or "tls-alpn-01".
    proof: Option<&'static str>,
    directory: Option<&'a str>,
    authority: Option<Authority<'a>>,
}

/// The server's own authority, while people see what it vouches for.
#[derive(Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[cfg_attr(test, schemars(rename = "CertificateAuthority"))]
struct Authority<'a> {
    fingerprint: &'a str,
    expires_at: Millis,
}

impl<'a> Certificate<'a> {
    pub fn new(state: &'a State) -> Certificate<'a> {
        let authority = state.authority.as_ref();
        Certificate {
            source: state.source,
            state: word(state),
            names: &state.names,
            issuer: &state.issuer,
            fingerprint: &state.fingerprint,
            starts_at: millis(state.not_before),
            expires_at: millis(state.not_after),
            public: state.is_public,
            renewing: state.is_renewing,
            renews_at: state.renews_at.map(millis),
            next_try_at: state.next_try_at.map(millis),
            last_error: state.last_error.as_deref(),
            last_error_at: state.last_error_at.map(millis),
            proof: state.proof,
            directory: state.directory.as_deref(),
            authority: authority
                .map(|own| Authority { fingerprint: &own.fingerprint, expires_at: millis(own.not_after) }),
        }
    }
}

fn word(state: &State) -> &'static str {
    match (state.is_waiting, &state.last_error) {
        (false, _) if state.ends_soon(SystemTime::now()) => "ending",
        (true, _) => "waiting",
        (false, Some(_)) => "failing",
        (false, None) => "good",
    }
}

fn millis(time: SystemTime) -> Millis {
    time.duration_since(UNIX_EPOCH).map_or(0, |passed| passed.as_millis() as Millis)
}
