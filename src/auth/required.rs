//! Who must have a second factor and has none: they may set one up, and nothing else. In memory, to be asked at each request.
use crate::config::SecondFactor;
use crate::error::{Refusal, Result};
use crate::id::Id;
use crate::row::Role;
use crate::store::tables::{FACTORS, PASSKEYS, USERS};
use crate::store::{Direction, View};
use std::collections::HashSet;
use std::sync::RwLock;

#[derive(Default)]
pub struct Required {
    state: RwLock<State>,
}

struct State {
    rule: SecondFactor,
    /// By their rank.
    must: HashSet<Id>,
    have: HashSet<Id>,
}

impl Default for State {
    fn default() -> Self {
        State { rule: SecondFactor::Optional, must: HashSet::new(), have: HashSet::new() }
    }
}

impl Required {
    /// Another rule counts from now on. Who is concerned is read from the store; later changes are told. Those who must have
    /// one now, and have none.
    pub fn switch<V: View>(&self, rule: SecondFactor, look: impl FnOnce() -> Result<V>) -> Result<Vec<Id>> {
        // Held while it is read: what is told meanwhile comes after it, and saying a thing twice changes nothing.
        let mut state = self.state.write().expect(UNPOISONED);
        let mut fresh = State { rule, ..State::default() };
        if rule != SecondFactor::Optional {
            let view = look()?;
            USERS.walk(&view, .., Direction::Up, |id, row| {
                fresh.ranked(id, row.role);
                Ok(true)
            })?;
            FACTORS.walk(&view, .., Direction::Up, |id, row| {
                fresh.changed(id, row.totp.is_some());
                Ok(true)
            })?;
            PASSKEYS.walk_bytes(&view, .., Direction::Up, |(user, _), _| {
                fresh.changed(user, true);
                Ok(true)
            })?;
        }
        *state = fresh;
        Ok(state.must.difference(&state.have).copied().collect())
    }

    /// Whether somebody must have one.
    pub fn of(&self, user: Id) -> bool {
        self.state.read().expect(UNPOISONED).must.contains(&user)
    }

    /// Whether somebody must have one and has none.
    pub fn lacks(&self, user: Id) -> bool {
        let state = self.state.read().expect(UNPOISONED);
        state.must.contains(&user) && !state.have.contains(&user)
    }

    /// Refuses who must have one and has none.
    pub fn check(&self, user: Id) -> Result<()> {
        if self.lacks(user) {
            let detail = "This server asks you for a second factor. Set one up first.";
            return Err(Refusal::new(403, "second_factor_needed", detail).into());
        }
        Ok(())
    }

    /// Somebody's rank, as it is now.
    pub fn ranked(&self, user: Id, role: Role) {
        self.state.write().expect(UNPOISONED).ranked(user, role);
    }

    /// Whether somebody has one, as it is now.
    pub fn changed(&self, user: Id, any: bool) {
        self.state.write().expect(UNPOISONED).changed(user, any);
    }
}

impl State {
    fn ranked(&mut self, user: Id, role: Role) {
        if concerns(self.rule, role) {
            self.must.insert(user);
        } else {
            self.must.remove(&user);
        }
    }

    fn changed(&mut self, user: Id, any: bool) {
        // Where nobody must, nobody is asked.
        if any && self.rule != SecondFactor::Optional {
            self.have.insert(user);
        } else {
            self.have.remove(&user);
        }
    }
}

/// Bots have keys and nothing that could show a code.
fn concerns(rule: SecondFactor, role: Role) -> bool {
    match rule {
        SecondFactor::Optional => false,
        SecondFactor::Admins => role >= Role::Admin,
        SecondFactor::All => role != Role::Bot,
    }
}

const UNPOISONED: &str = "nothing panics while it holds this lock";
