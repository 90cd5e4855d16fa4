//! Who is asking, as every transport hands it to commands and queries.
use crate::auth::session::Signed;
use crate::chat::permission::Asker;
use crate::error::{self, Result};
use crate::id::{Id, SecretHash};

#[derive(Debug, Clone, Copy)]
pub struct Who {
    pub asker: Asker,
    /// The session with which somebody asks.
    pub session: Option<SecretHash>,
}

impl Who {
    /// Whoever holds the machine.
    pub const OPERATOR: Who = Who { asker: Asker::Operator, session: None };

    /// The person who asks; the operator is none, and is in no rooms.
    pub fn person(&self) -> Result<Id> {
        self.asker.user().ok_or_else(|| error::forbidden("Only a person can do this, not the command line.").into())
    }

    /// Refuses everybody but the operator.
    pub fn operator(&self) -> Result<()> {
        match self.asker {
            Asker::Operator => Ok(()),
            Asker::Person(_) => Err(error::not_found().into()),
        }
    }
}

impl From<Signed> for Who {
    fn from(signed: Signed) -> Self {
        Who { asker: Asker::Person(signed.user), session: Some(signed.key) }
    }
}
