//! Why there is no certificate, in words for the operator, and how long it is wise to wait.
use crate::limits;
use instant_acme::{Error, Problem};
use std::time::SystemTime;

/// An order that came to nothing.
#[derive(Debug, Clone)]
pub(in crate::tls) struct Failure {
    /// A sentence.
    pub(in crate::tls) why: String,
    pub(in crate::tls) kind: Kind,
    /// The authority itself says when to come again.
    pub(in crate::tls) come_again: Option<SystemTime>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::tls) enum Kind {
    /// Nobody was there, or what came back made no sense: it may be over in a minute.
    Unreachable,
    /// The authority answered, and said no: it counts how often.
    Unproven,
    /// It did not take the number that it gave for a request (a nonce): all of it again, now, is what it wants.
    Stale,
}

impl Failure {
    pub(in crate::tls) fn new(kind: Kind, why: impl Into<String>) -> Failure {
        let why: String = why.into();
        let why = why.chars().map(|sign| if sign.is_control() { ' ' } else { sign });
        Failure { why: why.take(limits::ACME_WHY_CHARS_MAX).collect(), kind, come_again: None }
    }

    pub(super) fn of(error: &Error) -> Failure {
        match error {
            Error::Api(problem) => Failure::of_problem(problem),
            Error::Timeout(_) => Failure::new(Kind::Unproven, "The authority did not come to an end with it in time."),
            Error::KeyRejected | Error::Crypto => {
                Failure::new(Kind::Unproven, "The key of the account cannot be used.")
            }
            // The client's own words name who could not be reached.
            other => Failure::new(Kind::Unreachable, other.to_string()),
        }
    }

    fn of_problem(problem: &Problem) -> Failure {
        let word = word(problem);
        let said = said(problem);
        let why = match word {
            "externalAccountRequired" => {
                format!("{said} Set acme.eab_key_id and acme.eab_key_file to what the authority gave you.")
            }
            "rateLimited" => format!("{said} (The authority limits how often it is asked.)"),
            _ => said,
        };
        let kind = match word {
            "serverInternal" => Kind::Unreachable,
            "badNonce" => Kind::Stale,
            _ => Kind::Unproven,
        };
        Failure::new(kind, why)
    }
}

/// The last part of a problem's type (RFC 8555, 6.7).
pub(super) fn word(problem: &Problem) -> &str {
    problem.r#type.as_deref().and_then(|kind| kind.rsplit(':').next()).unwrap_or_default()
}

/// What the authority says, with what it says of single names.
pub(super) fn said(problem: &Problem) -> String {
    let detail = |detail: &Option<String>, kind: &str| match detail.as_deref().map(str::trim) {
        Some(detail) if !detail.is_empty() => detail.to_owned(),
        _ => format!("The authority says no: {kind}"),
    };
    let mut said = detail(&problem.detail, word(problem));
    for part in &problem.subproblems {
        if let Some(more) = &part.detail {
            said.push(' ');
            said.push_str(more);
        }
    }
    if !said.ends_with('.') {
        said.push('.');
    }
    said
}
