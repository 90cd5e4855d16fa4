//! A link in a picture with which somebody signs in a second device of theirs: it works once, for two minutes, as long as the
//! session lives that made it. In memory only.
use crate::error::{self, Refusal};
use crate::id::{self, Id, SecretHash};
use crate::limits;
use std::collections::HashMap;
use std::sync::Mutex;
use std::time::Instant;

/// The link of each session that has one, by the session.
#[derive(Default)]
pub struct Links {
    open: Mutex<HashMap<SecretHash, Link>>,
}

struct Link {
    code: SecretHash,
    user: Id,
    since: Instant,
    state: State,
}

/// What became of a link.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum State {
    Waiting,
    /// Somebody is coming in with it.
    Taken,
    /// With this session.
    Used(Id),
}

impl Links {
    /// Makes a link; an earlier one of this session dies.
    pub fn make(&self, user: Id, session: SecretHash) -> Result<String, Refusal> {
        let mut open = self.open.lock().expect(UNPOISONED);
        if open.len() >= limits::DEVICE_LINKS_MAX {
            open.retain(|_, link| link.since.elapsed() < limits::DEVICE_LINK_LIFE);
        }
        if open.len() >= limits::DEVICE_LINKS_MAX {
            return Err(error::busy());
        }
        let code = id::secret::<32>();
        let link = Link { code: id::secret_hash(&code), user, since: Instant::now(), state: State::Waiting };
        open.insert(session, link);
        Ok(code)
    }

    /// Whose link this is, and the session that made it, without using it.
    pub fn look(&self, code: &str) -> Result<(Id, SecretHash), Refusal> {
        let code = id::secret_hash(code);
        let open = self.open.lock().expect(UNPOISONED);
        let found = open.iter().find(|(_, link)| link.code == code && link.waits());
        found.map(|(session, link)| (link.user, *session)).ok_or_else(gone)
    }

    /// Likewise, and nobody else can use it.
    pub fn take(&self, code: &str) -> Result<(Id, SecretHash), Refusal> {
        let code = id::secret_hash(code);
        let mut open = self.open.lock().expect(UNPOISONED);
        let found = open.iter_mut().find(|(_, link)| link.code == code && link.waits());
        let (session, link) = found.ok_or_else(gone)?;
        link.state = State::Taken;
        Ok((link.user, *session))
    }

    /// Which session came of it.
    pub fn used(&self, by: &SecretHash, session: Id) {
        if let Some(link) = self.open.lock().expect(UNPOISONED).get_mut(by) {
            link.state = State::Used(session);
        }
    }

    /// What became of the link of a session; none that waits is older than it may be.
    pub fn state(&self, by: &SecretHash) -> Option<State> {
        let open = self.open.lock().expect(UNPOISONED);
        let link = open.get(by)?;
        (link.state != State::Waiting || link.waits()).then_some(link.state)
    }
}

impl Link {
    fn waits(&self) -> bool {
        self.state == State::Waiting && self.since.elapsed() < limits::DEVICE_LINK_LIFE
    }
}

/// The refusal of a link that is over.
pub fn gone() -> Refusal {
    Refusal::new(404, "link_gone", "This link no longer works. Make a new one on the other device.")
}

const UNPOISONED: &str = "nothing panics while it holds this lock";
