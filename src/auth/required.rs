//! Who must have a second factor and has none: they may set one up, and nothing else. In memory, to be asked at each request.
use crate::config::SecondFactor;
use crate::error::{Refusal, Result};
use crate::id::Id;
use crate::row::Role;
use crate::store::tables::{FACTORS, PASSKEYS, USERS};
use crate::store::{Direction, View};
use std::collections::HashSet;
use std::sync::RwLock;

pub struct Required {
    rule: SecondFactor,
    state: RwLock<State>,
}

#[derive(Default)]
struct State {
    /// By their rank.
    must: HashSet<Id>,
    have: HashSet<Id>,
}

impl Required {
    pub fn new(rule: SecondFactor) -> Required {
        Required { rule, state: RwLock::default() }
    }

    /// Reads who is concerned from the store, at the start; later changes are told.
    pub fn load(&self, view: &dyn View) -> Result<()> {
        if self.rule == SecondFactor::Optional {
            return Ok(());
        }
        USERS.walk(view, .., Direction::Up, |id, row| {
            self.ranked(id, row.role);
            Ok(true)
        })?;
        FACTORS.walk(view, .., Direction::Up, |id, row| {
            self.changed(id, row.totp.is_some());
            Ok(true)
        })?;
        PASSKEYS.walk_bytes(view, .., Direction::Up, |(user, _), _| {
            self.changed(user, true);
            Ok(true)
        })
    }

    /// Whether somebody must have one.
    pub fn of(&self, user: Id) -> bool {
        self.rule != SecondFactor::Optional && self.state.read().expect(UNPOISONED).must.contains(&user)
    }

    /// Whether somebody must have one and has none.
    pub fn lacks(&self, user: Id) -> bool {
        if self.rule == SecondFactor::Optional {
            return false;
        }
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
        if self.rule != SecondFactor::Optional {
            let must = &mut self.state.write().expect(UNPOISONED).must;
            if concerns(self.rule, role) {
                must.insert(user)
            } else {
                must.remove(&user)
            };
        }
    }

    /// Whether somebody has one, as it is now.
    pub fn changed(&self, user: Id, any: bool) {
        if self.rule != SecondFactor::Optional {
            let have = &mut self.state.write().expect(UNPOISONED).have;
            if any {
                have.insert(user)
            } else {
                have.remove(&user)
            };
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
