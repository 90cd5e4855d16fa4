//! What was done to the house: entries of which each holds the hash of the one before it, so that none changes unseen.
use super::Row;
use crate::clock::Millis;
use crate::id::{Id, SecretHash};
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

/// Who did something.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum ActorKind {
    /// Somebody who has not signed in.
    Nobody,
    /// Somebody signed in.
    Person,
    /// A program with somebody's API key.
    Key,
    /// Whoever holds the machine: the command line.
    Operator,
    /// The server by itself.
    Server,
}

/// One thing that was done, by whom, to whom, from where. Never what was said, and no secret.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Audit {
    pub at: Millis,
    pub kind: ActorKind,
    pub actor: Option<Id>,
    /// A word of `chat::audit::Action`; as text, so that an entry of any version is read.
    pub action: String,
    /// What it was done to: a kind ("user", "room" …) and an id.
    pub subjects: Vec<(String, Id)>,
    pub address: Option<String>,
    /// Names and values.
    pub details: Vec<(String, String)>,
    /// The hash of the entry before.
    pub prev: SecretHash,
    /// The hash of this one.
    pub hash: SecretHash,
}
impl Row for Audit {}

impl Audit {
    /// What `hash` must be at the place `number`: SHA-256 over the hash before, the place, and every field in its order,
    /// each text behind its length and each list behind its count. No two different entries are the same bytes.
    pub fn digest(&self, number: u64) -> SecretHash {
        let mut sum = Sha256::new();
        sum.update(b"snug audit 1\n");
        sum.update(self.prev);
        let text = |sum: &mut Sha256, text: &str| {
            sum.update((text.len() as u64).to_be_bytes());
            sum.update(text.as_bytes());
        };
        sum.update(number.to_be_bytes());
        sum.update(self.at.to_be_bytes());
        text(&mut sum, self.kind.word());
        sum.update(self.actor.unwrap_or(0).to_be_bytes());
        text(&mut sum, &self.action);
        sum.update((self.subjects.len() as u64).to_be_bytes());
        for (kind, id) in &self.subjects {
            text(&mut sum, kind);
            sum.update(id.to_be_bytes());
        }
        text(&mut sum, self.address.as_deref().unwrap_or_default());
        sum.update((self.details.len() as u64).to_be_bytes());
        for (name, value) in &self.details {
            text(&mut sum, name);
            text(&mut sum, value);
        }
        sum.finalize().into()
    }
}

impl ActorKind {
    pub fn word(self) -> &'static str {
        match self {
            ActorKind::Nobody => "nobody",
            ActorKind::Person => "person",
            ActorKind::Key => "key",
            ActorKind::Operator => "operator",
            ActorKind::Server => "server",
        }
    }
}

/// Where the chain ends, or where it begins after its old end was forgotten: the entry at this place has this hash.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Link {
    pub number: u64,
    pub hash: SecretHash,
}
impl Row for Link {}

/// Entries that would be alike and were counted instead, since the first of them.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Flood {
    pub since: Millis,
    /// Those after the first, which has an entry of its own.
    pub more: u32,
    pub action: String,
    pub subject: Option<Id>,
    pub address: Option<String>,
}
impl Row for Flood {}
