//! Who listens: hands what is on disk to the connections of whom it concerns, in the order of commits, and waits for none.
//!
//! One lock, held for the length of one fan-out and never across an await. Membership changes are applied here in the
//! same order as everything else, so that who left hears nothing that comes after (promise 6).
pub mod mailbox;
mod presence;
mod seats;

pub use mailbox::{Close, Mailbox};
pub use seats::{Seat, Seats};

use crate::event::{Announcement, Audience, Event};
use crate::figures::Figures;
use crate::id::{Id, SecretHash};
use crate::limits;
use crate::row::MessageKind;
use crate::wire::{self, Presence};
use bytes::Bytes;
use std::cell::Cell;
use std::collections::{HashMap, HashSet, VecDeque};
use std::sync::{Arc, Mutex, MutexGuard};
use std::time::Instant;

#[derive(Default)]
pub struct Hub {
    state: Mutex<State>,
    figures: Arc<Figures>,
}

#[derive(Default)]
struct State {
    people: HashMap<Id, Person>,
    rooms: HashMap<Id, HashMap<u64, Arc<Mailbox>>>,
    /// The last announcements, for connections whose snapshot is older than what was told meanwhile.
    ring: VecDeque<Arc<Told>>,
    /// The newest cursor that is no longer in the ring.
    forgotten: Id,
    /// Who takes no part in receipts.
    discreet: HashSet<Id>,
    /// Whose typing was passed on a moment ago, by room.
    typing: HashMap<Id, Vec<(Id, Instant)>>,
}

/// Somebody with at least one connection, or who had one a moment ago.
#[derive(Default)]
struct Person {
    connections: Vec<Connection>,
    rooms: HashSet<Id>,
    /// What others were told last.
    told: Option<Presence>,
}

struct Connection {
    mailbox: Arc<Mailbox>,
    state: Presence,
}

/// An announcement, encoded, with what it changes here.
struct Told {
    cursor: Id,
    audience: Audience,
    effect: Effect,
    frame: Option<Bytes>,
    /// What it is about, if that is a room.
    room: Option<Id>,
    /// Only for who tells others the same of themselves.
    receipt: bool,
    /// A new message, whose way is timed.
    message: bool,
}

#[derive(Clone, Copy)]
enum Effect {
    None,
    /// Before it is told: this person hears this room from now on.
    Enters {
        user: Id,
        room: Id,
    },
    /// After it is told: not any more.
    Leaves {
        user: Id,
        room: Id,
    },
    Ends {
        room: Id,
    },
    SignsOut {
        key: SecretHash,
    },
    Switches {
        user: Id,
        discreet: bool,
    },
}

/// The snapshot is so old that it no longer fits what was told since: take another.
#[derive(Debug, PartialEq, Eq)]
pub struct Stale;

impl Hub {
    pub fn new(figures: Arc<Figures>) -> Hub {
        Hub { figures, ..Hub::default() }
    }

    /// Tells a batch that was committed at that moment, in its order. A large one goes in parts, so that whoever reads can
    /// empty their mailbox in between.
    pub async fn publish(&self, batch: &[Announcement], committed: Instant) {
        let told: Vec<Arc<Told>> = batch.iter().map(|announcement| Arc::new(Told::new(announcement))).collect();
        let mut told = told.into_iter();
        while told.len() > 0 {
            self.publish_part(&mut told, committed);
            tokio::task::yield_now().await;
        }
    }

    fn publish_part(&self, told: &mut impl Iterator<Item = Arc<Told>>, committed: Instant) {
        let mut state = self.lock();
        let mut bytes = 0;
        while bytes < limits::HUB_PART_BYTES
            && let Some(told) = told.next()
        {
            bytes += told.frame.as_ref().map_or(0, Bytes::len);
            let behind = match &told.frame {
                // Only the copies that are handed out now are timed: that of the ring stays for long.
                Some(frame) if told.is_heard_message(&state) => {
                    state.tell(&told, Some(&self.figures.timed(frame, committed)))
                }
                frame => state.tell(&told, frame.as_ref()),
            };
            self.figures.messages.inc_by(told.message.into());
            self.figures.resyncs.inc_by(behind);
            if told.cursor > 0 {
                state.remember(told);
            }
        }
    }

    /// Lets a connection hear: everything after its snapshot, of the person's `rooms` as they were in it. Then it is told
    /// who of them is there.
    pub fn connect(&self, mailbox: &Arc<Mailbox>, rooms: HashSet<Id>) -> Result<(), Stale> {
        let mut state = self.lock();
        if state.forgotten > mailbox.since {
            return Err(Stale);
        }
        let mut rooms = rooms;
        let discreet = state.discreet.contains(&mailbox.user);
        for told in state.ring.iter().filter(|told| told.cursor > mailbox.since && !(told.receipt && discreet)) {
            told.catch_up(mailbox, &mut rooms);
        }
        for room in rooms.iter().filter(|room| mailbox.reaches(**room)) {
            state.rooms.entry(*room).or_default().insert(mailbox.number, mailbox.clone());
        }
        let person = state.people.entry(mailbox.user).or_default();
        person.rooms = rooms;
        person.connections.push(Connection { mailbox: mailbox.clone(), state: Presence::Active });
        state.show_present(mailbox);
        state.settle(mailbox.user);
        Ok(())
    }

    /// A connection is gone. Whether it was the person's last.
    pub fn disconnect(&self, mailbox: &Mailbox) -> bool {
        let mut state = self.lock();
        let Some(person) = state.people.get_mut(&mailbox.user) else { return false };
        person.connections.retain(|connection| connection.mailbox.number != mailbox.number);
        let last = person.connections.is_empty();
        let rooms: Vec<Id> = person.rooms.iter().copied().collect();
        for room in rooms {
            if let Some(listeners) = state.rooms.get_mut(&room) {
                listeners.remove(&mailbox.number);
                if listeners.is_empty() {
                    state.rooms.remove(&room);
                }
            }
        }
        if !last {
            state.settle(mailbox.user);
        }
        last
    }

    /// Tells that a person is offline, if they still are, and forgets them.
    pub fn forget(&self, user: Id) {
        let mut state = self.lock();
        if state.people.get(&user).is_some_and(|person| person.connections.is_empty()) {
            state.settle(user);
            state.people.remove(&user);
        }
    }

    /// Passes on that somebody types, if they are in the room and it was not told a moment ago.
    pub fn typing(&self, user: Id, room: Id) {
        let mut state = self.lock();
        if !state.people.get(&user).is_some_and(|person| person.rooms.contains(&room)) {
            return;
        }
        let now = Instant::now();
        let lately = |last: &Instant| now.duration_since(*last) < limits::TYPING_PERIOD;
        if state.typing.len() > 4_096 {
            state.typing.retain(|_, typists| typists.iter().any(|(_, last)| lately(last)));
        }
        let typists = state.typing.entry(room).or_default();
        typists.retain(|(_, last)| lately(last));
        // In a large room five say as much as a hundred would.
        if typists.len() == limits::TYPISTS_MAX || typists.iter().any(|(typist, _)| *typist == user) {
            return;
        }
        typists.push((user, now));
        let frame = wire::text_frame(&wire::Frame::Typing { room, user });
        for mailbox in state.rooms.get(&room).into_iter().flat_map(HashMap::values) {
            if mailbox.user != user {
                mailbox.push(frame.clone());
            }
        }
    }

    /// Tells every connection at once; never kept.
    pub fn tell_everyone(&self, frame: &Bytes) {
        let state = self.lock();
        for person in state.people.values() {
            for connection in &person.connections {
                connection.mailbox.push(frame.clone());
            }
        }
    }

    /// Who of a room is connected, at most so many.
    pub fn present(&self, room: Id, max: usize) -> Vec<Id> {
        let state = self.lock();
        let mut people = HashSet::new();
        for mailbox in state.rooms.get(&room).into_iter().flat_map(HashMap::values) {
            if people.len() == max {
                break;
            }
            people.insert(mailbox.user);
        }
        people.into_iter().collect()
    }

    /// Who takes no part in receipts, at the start; later changes are told.
    pub fn set_discreet(&self, people: Vec<Id>) {
        self.lock().discreet = people.into_iter().collect();
    }

    /// How a person is there on one of their connections.
    pub fn set_presence(&self, mailbox: &Mailbox, presence: Presence) {
        let mut state = self.lock();
        if let Some(person) = state.people.get_mut(&mailbox.user) {
            for connection in &mut person.connections {
                if connection.mailbox.number == mailbox.number {
                    connection.state = presence;
                }
            }
            state.settle(mailbox.user);
        }
    }

    /// Closes every connection of a person.
    pub fn close_person(&self, user: Id, close: Close) {
        self.lock().mailboxes(user).for_each(|mailbox| mailbox.close(close));
    }

    /// Closes every connection, for a restart.
    pub fn close_all(&self, close: Close) {
        for person in self.lock().people.values() {
            for connection in &person.connections {
                connection.mailbox.close(close);
            }
        }
    }

    /// People with at least one connection.
    pub fn people(&self) -> usize {
        self.lock().people.values().filter(|person| !person.connections.is_empty()).count()
    }

    /// How many connections there are.
    pub fn connections(&self) -> usize {
        self.lock().people.values().map(|person| person.connections.len()).sum()
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().expect("nothing panics while it holds this lock")
    }
}

impl State {
    /// How many fell behind.
    fn tell(&mut self, told: &Told, frame: Option<&Bytes>) -> u64 {
        let behind = Cell::new(0);
        if let Effect::Enters { user, room } = told.effect {
            self.enter(user, room);
        }
        if let Some(frame) = frame {
            let deliver = |mailbox: &Mailbox| {
                let hears = told.room.is_none_or(|room| mailbox.reaches(room));
                let is_new = told.cursor > mailbox.since || told.cursor == 0;
                if hears && is_new && !(told.receipt && self.discreet.contains(&mailbox.user)) {
                    behind.set(behind.get() + u64::from(mailbox.push(frame.clone())));
                }
            };
            match told.audience {
                Audience::Room(room) => {
                    self.rooms.get(&room).into_iter().flat_map(HashMap::values).for_each(|m| deliver(m))
                }
                Audience::User(user) => self.mailboxes(user).for_each(deliver),
                Audience::Everyone => self.everyone().for_each(deliver),
                Audience::Nobody => {}
            }
        }
        match told.effect {
            Effect::Leaves { user, room } => self.leave(user, room),
            Effect::Ends { room } => {
                self.rooms.remove(&room);
                self.people.values_mut().for_each(|person| {
                    person.rooms.remove(&room);
                });
            }
            Effect::SignsOut { key } => {
                for mailbox in self.everyone().filter(|mailbox| mailbox.credential == Some(key)) {
                    mailbox.close(Close::SESSION_ENDED);
                }
            }
            Effect::Switches { user, discreet: true } => drop(self.discreet.insert(user)),
            Effect::Switches { user, discreet: false } => drop(self.discreet.remove(&user)),
            Effect::None | Effect::Enters { .. } => {}
        }
        behind.get()
    }

    fn remember(&mut self, told: Arc<Told>) {
        self.ring.push_back(told);
        if self.ring.len() > limits::HUB_RING
            && let Some(oldest) = self.ring.pop_front()
        {
            self.forgotten = oldest.cursor;
        }
    }

    fn enter(&mut self, user: Id, room: Id) {
        let Some(person) = self.people.get_mut(&user) else { return };
        person.rooms.insert(room);
        let listeners = self.rooms.entry(room).or_default();
        for connection in person.connections.iter().filter(|connection| connection.mailbox.reaches(room)) {
            listeners.insert(connection.mailbox.number, connection.mailbox.clone());
        }
    }

    fn leave(&mut self, user: Id, room: Id) {
        let Some(person) = self.people.get_mut(&user) else { return };
        person.rooms.remove(&room);
        if let Some(listeners) = self.rooms.get_mut(&room) {
            for connection in &person.connections {
                listeners.remove(&connection.mailbox.number);
            }
        }
    }

    fn mailboxes(&self, user: Id) -> impl Iterator<Item = &Mailbox> {
        self.people.get(&user).into_iter().flat_map(|person| person.connections.iter().map(|c| &*c.mailbox))
    }

    fn everyone(&self) -> impl Iterator<Item = &Mailbox> {
        self.people.values().flat_map(|person| person.connections.iter().map(|c| &*c.mailbox))
    }
}

impl Told {
    fn new(announcement: &Announcement) -> Told {
        let effect = match &announcement.event {
            Event::RoomCreated(room) => match announcement.audience {
                Audience::User(user) => Effect::Enters { user, room: room.id },
                _ => Effect::None,
            },
            Event::MemberLeft { room, user, .. } => Effect::Leaves { user: *user, room: *room },
            Event::RoomDeleted { room } => Effect::Ends { room: *room },
            Event::SessionEnded { key } | Event::KeyEnded { key } => Effect::SignsOut { key: *key },
            Event::ReceiptsSwitched { user, discreet } => Effect::Switches { user: *user, discreet: *discreet },
            _ => Effect::None,
        };
        let receipt = matches!(announcement.event, Event::ReceiptRead { .. } | Event::ReceiptDelivered { .. });
        let Announcement { cursor, audience, .. } = *announcement;
        let message =
            matches!(&announcement.event, Event::MessageCreated(view) if view.row.head.kind == MessageKind::Text);
        let (frame, room) = (wire::event(announcement), announcement.event.room());
        Told { cursor, audience, effect, frame, room, receipt, message }
    }

    /// Whether it is a message that anybody listens to.
    fn is_heard_message(&self, state: &State) -> bool {
        let Audience::Room(room) = self.audience else { return false };
        self.message && state.rooms.get(&room).is_some_and(|listeners| !listeners.is_empty())
    }

    /// Tells one connection, whose rooms are `rooms`, what it did not hear live.
    fn catch_up(&self, mailbox: &Mailbox, rooms: &mut HashSet<Id>) {
        if let Effect::Enters { user, room } = self.effect
            && user == mailbox.user
        {
            rooms.insert(room);
        }
        let concerned = match self.audience {
            Audience::Room(room) => rooms.contains(&room),
            Audience::User(user) => user == mailbox.user,
            Audience::Everyone => true,
            Audience::Nobody => false,
        };
        if let Some(frame) = &self.frame
            && concerned
            && self.room.is_none_or(|room| mailbox.reaches(room))
        {
            mailbox.push(frame.clone());
        }
        match self.effect {
            Effect::Leaves { user, room } if user == mailbox.user => {
                rooms.remove(&room);
            }
            Effect::Ends { room } => {
                rooms.remove(&room);
            }
            _ => {}
        }
    }
}
