//! Who is asking and how they came in, as every transport hands it to commands and queries.
use crate::chat::audit::By;
use crate::chat::permission::Asker;
use crate::error::{self, Result};
use crate::id::{Id, SecretHash};
use crate::row::{ActorKind, Scope, Scopes};
use std::net::{IpAddr, Ipv4Addr};
use std::sync::Arc;

#[derive(Debug, Clone)]
pub struct Who {
    pub asker: Asker,
    /// The session with which somebody asks; an API key is none.
    pub session: Option<SecretHash>,
    pub pass: Pass,
    /// From where. The operator's is the machine's own.
    pub address: IpAddr,
}

/// By what somebody came in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Pass {
    /// A session's cookie.
    Session,
    /// An access token of a session.
    Token { scopes: Scopes },
    /// An API key. `rooms`: the only ones that it reaches; none for all of its person's.
    Key { id: Id, key: SecretHash, scopes: Scopes, rooms: Option<Arc<[Id]>> },
    /// The admin socket, or the command line itself.
    Operator,
}

impl Who {
    /// Whoever holds the machine.
    pub const OPERATOR: Who =
        Who { asker: Asker::Operator, session: None, pass: Pass::Operator, address: IpAddr::V4(Ipv4Addr::LOCALHOST) };

    /// The person who asks; the operator is none, and is in no rooms.
    pub fn person(&self) -> Result<Id> {
        self.asker.user().ok_or_else(|| error::forbidden("Only a person can do this, not the command line.").into())
    }

    /// As the audit log writes it down.
    pub fn by(&self) -> By {
        match (&self.pass, self.asker.user()) {
            (Pass::Key { .. }, actor) => By { kind: ActorKind::Key, actor, address: Some(self.address) },
            (_, Some(user)) => By::person(user, self.address),
            (_, None) => By::OPERATOR,
        }
    }

    /// Refuses everybody but the operator.
    pub fn operator(&self) -> Result<()> {
        match self.asker {
            Asker::Operator => Ok(()),
            Asker::Person(_) => Err(error::not_found().into()),
        }
    }

    /// What they hold in their hand: with its end their sockets close.
    pub fn credential(&self) -> Option<SecretHash> {
        match &self.pass {
            Pass::Key { key, .. } => Some(*key),
            _ => self.session,
        }
    }

    /// The only rooms that they reach, if not all of their person's.
    pub fn rooms(&self) -> Option<&Arc<[Id]>> {
        match &self.pass {
            Pass::Key { rooms, .. } => rooms.as_ref(),
            _ => None,
        }
    }

    /// Whether what they hold leads into a room; whether its person is a member is the room's to say.
    pub fn reaches(&self, room: Id) -> bool {
        self.rooms().is_none_or(|rooms| rooms.contains(&room))
    }

    /// Whether what they hold is good for this. Who may write may read.
    pub fn has(&self, scope: Scope) -> bool {
        match &self.pass {
            Pass::Session => true,
            Pass::Operator => true,
            Pass::Token { scopes } | Pass::Key { scopes, .. } => {
                scopes.has(scope) || (scope == Scope::Read && scopes.has(Scope::Write))
            }
        }
    }
}
