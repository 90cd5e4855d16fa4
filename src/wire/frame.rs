//! What the server says on a socket, and of itself.
use super::User;
use crate::clock::Millis;
use crate::id::Id;
use serde::Serialize;

/// What everybody may know of the server.
#[derive(Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct Server {
    #[serde(flatten)]
    pub place: Place,
    pub version: &'static str,
    pub setup_needed: bool,
    pub tls: bool,
}

/// What may change of a server while it runs, of that which everybody may know.
#[derive(Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct Place {
    pub name: String,
    pub registration: &'static str,
    pub password_min: usize,
    pub max_upload_bytes: u64,
    /// Days that messages are kept; null: for ever, unless their room says otherwise.
    pub retention_days: Option<u64>,
}

/// What the server says on a socket.
#[derive(Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(tag = "type", rename_all = "lowercase")]
#[cfg_attr(test, schemars(rename = "ServerFrame"))]
pub enum Frame<'a> {
    Hello {
        user: User<'a>,
        cursor: Id,
        heartbeat_s: u64,
        resumed: bool,
        version: &'a str,
        /// Whether the server's disk refuses to write: nothing can be sent until it is well again.
        read_only: bool,
        server: Place,
    },
    /// Something of the place was changed by its admins.
    Server {
        server: Place,
    },
    /// The server's disk refuses to write, or does no longer.
    Status {
        read_only: bool,
    },
    Ok {
        r#ref: u64,
        #[serde(skip_serializing_if = "Option::is_none")]
        message: Option<SentMessage>,
    },
    Error {
        r#ref: Option<u64>,
        status: u16,
        code: &'a str,
        detail: &'a str,
        field: Option<&'a str>,
        retry_after_s: Option<u64>,
    },
    Typing {
        room: Id,
        user: Id,
    },
    Presence {
        user: Id,
        state: Presence,
    },
    Resync,
    Pong {
        r#ref: Option<u64>,
    },
}

#[derive(Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct SentMessage {
    pub id: Id,
    pub at: Millis,
}

/// Whether somebody is there.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, serde::Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(rename_all = "lowercase")]
pub enum Presence {
    Offline,
    Away,
    Active,
}
