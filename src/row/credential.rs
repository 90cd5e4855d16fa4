//! With what people and their programs show who they are.
use super::Row;
use crate::clock::Millis;
use crate::error::Fault;
use crate::id::{Id, SecretHash};
use serde::{Deserialize, Serialize};

#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Session {
    pub id: Id,
    pub user: Id,
    pub created_at: Millis,
    pub last_used_at: Millis,
    pub device: String,
    pub address: String,
    pub kind: SessionKind,
}

impl Row for Session {
    const VERSION: u8 = 3;

    fn upgrade(version: u8, bytes: &[u8]) -> Result<Self, Fault> {
        super::past::session(version, bytes)
    }
}

/// How a session shows that it is the one.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum SessionKind {
    /// By the cookie whose hash is its key.
    Browser,
    /// By access tokens that name it, which are renewed with refresh tokens.
    Api(Grant),
    /// By a later cookie, with this hash: its person showed their password again. Its key stays, and with it whatever knows
    /// the session by it.
    Renewed(SecretHash),
}

impl SessionKind {
    pub fn is_api(&self) -> bool {
        matches!(self, SessionKind::Api(_))
    }
}

/// What an API client was given.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Grant {
    /// What the client calls itself.
    pub client: String,
    pub scopes: Scopes,
    /// Of the one refresh token that renews it next; whoever comes with another one has a stolen or a used one.
    pub refresh: SecretHash,
    /// Of the refresh token before it, and when that was used: an answer may be lost on its way.
    pub before: Option<(SecretHash, Millis)>,
}

/// What a credential of a program is good for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub enum Scope {
    Read,
    Write,
    Admin,
    Metrics,
}

/// A set of them, one bit each.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Scopes(u8);

impl Scope {
    pub const ALL: [Scope; 4] = [Scope::Read, Scope::Write, Scope::Admin, Scope::Metrics];

    pub fn word(self) -> &'static str {
        match self {
            Scope::Read => "read",
            Scope::Write => "write",
            Scope::Admin => "admin",
            Scope::Metrics => "metrics",
        }
    }
}

impl Scopes {
    pub fn has(self, scope: Scope) -> bool {
        self.0 & (1 << scope as u8) != 0
    }

    pub fn is_empty(self) -> bool {
        self.0 == 0
    }

    /// Whether all of `others` are in it.
    pub fn hold(self, others: Scopes) -> bool {
        self.0 & others.0 == others.0
    }

    pub fn iter(self) -> impl Iterator<Item = Scope> {
        Scope::ALL.into_iter().filter(move |scope| self.has(*scope))
    }
}

impl FromIterator<Scope> for Scopes {
    fn from_iter<I: IntoIterator<Item = Scope>>(scopes: I) -> Self {
        Scopes(scopes.into_iter().fold(0, |bits, scope| bits | 1 << scope as u8))
    }
}

/// A key with which a program is somebody, until it is revoked. Its own key is the hash of what the program shows.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Key {
    pub id: Id,
    pub user: Id,
    pub name: String,
    pub scopes: Scopes,
    /// The only rooms that it reaches; none for all that its person is in.
    pub rooms: Option<Vec<Id>>,
    pub created_at: Millis,
    pub expires_at: Option<Millis>,
    pub last_used_at: Option<Millis>,
}
impl Row for Key {}
