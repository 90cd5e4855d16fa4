//! Two ways to fail: a `Refusal` (we said no, and say why) and a `Fault` (ours: logged once, never shown in detail).
use std::borrow::Cow;
use std::fmt;

pub type Result<T, E = Error> = std::result::Result<T, E>;

/// "No", for machines (`status`, `code`) and for people (`detail`).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Refusal {
    /// HTTP status.
    pub status: u16,
    /// A stable word.
    pub code: &'static str,
    /// A sentence for a person.
    pub detail: Cow<'static, str>,
    /// The field of the request at fault.
    pub field: Option<Cow<'static, str>>,
    /// Seconds after which it may be tried again.
    pub retry_after_secs: Option<u64>,
    /// With what one may go on, where a password is not enough.
    pub methods: Vec<&'static str>,
}

/// Something broke on our side. The text goes to the log only.
#[derive(Debug, Clone)]
pub struct Fault(pub String);

#[derive(Debug, Clone)]
pub enum Error {
    Refused(Refusal),
    Fault(Fault),
}

impl Refusal {
    pub fn new(status: u16, code: &'static str, detail: impl Into<Cow<'static, str>>) -> Self {
        Refusal { status, code, detail: detail.into(), field: None, retry_after_secs: None, methods: Vec::new() }
    }

    /// Names the field at fault.
    pub fn field(mut self, field: impl Into<Cow<'static, str>>) -> Self {
        self.field = Some(field.into());
        self
    }

    pub fn retry_after(mut self, secs: u64) -> Self {
        self.retry_after_secs = Some(secs.max(1));
        self
    }
}

/// 400: not understood.
pub fn malformed(detail: impl Into<Cow<'static, str>>) -> Refusal {
    Refusal::new(400, "malformed", detail)
}

/// 401: nobody is signed in.
pub fn not_signed_in() -> Refusal {
    Refusal::new(401, "not_signed_in", "Sign in first.")
}

/// 403 with its own code.
pub fn forbidden(detail: impl Into<Cow<'static, str>>) -> Refusal {
    Refusal::new(403, "forbidden", detail)
}

/// 404: no such thing, or not visible. Both read the same (law 9).
pub fn not_found() -> Refusal {
    Refusal::new(404, "not_found", "There is nothing here, or you may not see it.")
}

/// 422: understood, but not acceptable.
pub fn invalid(field: impl Into<Cow<'static, str>>, detail: impl Into<Cow<'static, str>>) -> Refusal {
    Refusal::new(422, "invalid", detail).field(field)
}

/// 409: something else is in the way.
pub fn conflict(code: &'static str, detail: impl Into<Cow<'static, str>>) -> Refusal {
    Refusal::new(409, code, detail)
}

/// 429: too many, for this long.
pub fn too_many(detail: impl Into<Cow<'static, str>>, secs: u64) -> Refusal {
    Refusal::new(429, "too_many", detail).retry_after(secs)
}

/// 503: not now.
pub fn busy() -> Refusal {
    Refusal::new(503, "busy", "The server is busy. Try again in a moment.").retry_after(1)
}

impl Fault {
    pub fn new(what: impl fmt::Display) -> Self {
        Fault(what.to_string())
    }
}

impl From<Refusal> for Error {
    fn from(refusal: Refusal) -> Self {
        Error::Refused(refusal)
    }
}

impl From<Fault> for Error {
    fn from(fault: Fault) -> Self {
        Error::Fault(fault)
    }
}

impl From<std::io::Error> for Error {
    fn from(error: std::io::Error) -> Self {
        Error::Fault(Fault::new(error))
    }
}

impl fmt::Display for Refusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.detail)
    }
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Error::Refused(refusal) => refusal.fmt(f),
            Error::Fault(fault) => fault.fmt(f),
        }
    }
}

impl std::error::Error for Refusal {}
impl std::error::Error for Fault {}
impl std::error::Error for Error {}
