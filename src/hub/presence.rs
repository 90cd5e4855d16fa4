//! Who is there: told among people who share a room, when it changes and once to who comes.
use super::{Mailbox, Person, State};
use crate::id::Id;
use crate::limits;
use crate::wire::{self, Presence};
use std::collections::{HashMap, HashSet};

impl State {
    /// Tells how `user` is there now, if that is not what was told last.
    pub(super) fn settle(&mut self, user: Id) {
        let Some(person) = self.people.get_mut(&user) else { return };
        let now = person.presence();
        if person.told == Some(now) {
            return;
        }
        person.told = Some(now);
        let frame = wire::text_frame(&wire::Frame::Presence { user, state: now });
        let mut told = HashSet::new();
        for room in &self.people[&user].rooms {
            let listeners = self.rooms.get(room).into_iter().flat_map(HashMap::values);
            for mailbox in listeners.filter(|mailbox| mailbox.user != user) {
                if told.len() == limits::PRESENCE_AUDIENCE_MAX {
                    return;
                }
                if told.insert(mailbox.number) {
                    mailbox.push(frame.clone());
                }
            }
        }
    }

    /// Tells a new connection who of its rooms is there.
    pub(super) fn show_present(&self, mailbox: &Mailbox) {
        let mut shown = HashSet::from([mailbox.user]);
        for room in self.people[&mailbox.user].rooms.iter().filter(|room| mailbox.reaches(**room)) {
            for other in self.rooms.get(room).into_iter().flat_map(HashMap::values) {
                if shown.len() == limits::PRESENCE_AUDIENCE_MAX {
                    return;
                }
                if shown.insert(other.user)
                    && let Some(person) = self.people.get(&other.user)
                {
                    let frame = wire::Frame::Presence { user: other.user, state: person.presence() };
                    mailbox.push(wire::text_frame(&frame));
                }
            }
        }
    }
}

impl Person {
    /// As on the liveliest of their connections.
    fn presence(&self) -> Presence {
        self.connections.iter().map(|connection| connection.state).max().unwrap_or(Presence::Offline)
    }
}
