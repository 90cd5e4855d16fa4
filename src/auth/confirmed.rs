//! Who showed their password or passkey a moment ago: only they change how they sign in. In memory, by session.
use super::who::Who;
use crate::error::{Refusal, Result};
use crate::id::SecretHash;
use crate::limits;
use std::collections::HashMap;
use std::sync::Mutex;
use std::time::Instant;

#[derive(Default)]
pub struct Confirmed {
    at: Mutex<HashMap<SecretHash, Instant>>,
}

impl Confirmed {
    /// The person of this session has just shown who they are.
    pub fn mark(&self, session: SecretHash) {
        let mut at = self.at.lock().expect(UNPOISONED);
        if at.len() > FORGET_OVER {
            at.retain(|_, at| at.elapsed() < limits::CONFIRMED_LIFE);
        }
        at.insert(session, Instant::now());
    }

    /// Refuses a session whose person has not.
    pub fn need(&self, who: &Who) -> Result<()> {
        let at = self.at.lock().expect(UNPOISONED);
        let young = |key: SecretHash| at.get(&key).is_some_and(|at| at.elapsed() < limits::CONFIRMED_LIFE);
        if who.session.is_some_and(young) {
            return Ok(());
        }
        Err(Refusal::new(403, "password_needed", "Show your password once more first.").into())
    }
}

/// Sessions kept before those whose time is over are forgotten.
const FORGET_OVER: usize = 1_000;
const UNPOISONED: &str = "nothing panics while it holds this lock";
