//! R2: the power goes at any moment. What was acknowledged is there afterwards; a disk that lies about syncing is caught.
//!
//! A disk in memory knows what was really synced. At the cut each later write is kept, lost or torn by sectors, by a
//! seed that the failure names.
use crate::support::full;
use redb::{Builder, Database, StorageBackend};
use snug::chat::message::{self, Draft};
use snug::chat::room::{self, NewRoom};
use snug::chat::user::{self, NewUser};
use snug::row::{Role, RoomKind};
use snug::store::tables::MESSAGES;
use snug::store::{Direction, Store};
use std::collections::HashMap;
use std::io;
use std::sync::{Arc, Condvar, Mutex};

const SECTOR: usize = 512;
const LIVES: usize = 4;
const SENDERS: usize = 4;

#[tokio::test]
async fn r2_after_a_power_cut_at_any_moment_every_acknowledged_message_is_there() {
    let cases = if full() { 400 } else { 25 };
    let mut kept = 0;
    for seed in 0..cases {
        kept += lives(seed, false).await.unwrap_or_else(|what| panic!("seed {seed}: {what}"));
    }
    assert!(kept > cases as usize, "hardly anything was acknowledged: the test tests nothing");
}

#[tokio::test]
async fn r2_a_disk_that_lies_about_syncing_is_caught_by_this_test() {
    for seed in 0..40 {
        if lives(seed, true).await.is_err() {
            return;
        }
    }
    panic!("forty disks lied and nothing was missed: the test sees nothing");
}

/// Several lives of one disk, each ended by a cut. How many messages were acknowledged, or what was lost.
async fn lives(seed: u64, lying: bool) -> Result<usize, String> {
    let mut chance = Chance(seed);
    let disk = Disk::default();
    let mut told: HashMap<String, u64> = HashMap::new();
    for life in 0..=LIVES {
        // The last life only looks.
        let cut_after = if life == LIVES { u64::MAX } else { 1 + chance.below(400) };
        disk.power_on(cut_after, lying);
        match start(&disk) {
            Ok(store) => {
                if let Ok((person, room)) = settle(&store).await {
                    check(&store, room, &told)?;
                    if life < LIVES {
                        talk(&store, person, room, life, &mut told).await;
                    }
                } else if !told.is_empty() && life == LIVES {
                    return Err("the room is gone".into());
                }
                drop(store);
                disk.wait_until_closed();
            }
            // A database is made beside its place and moved there whole; until then there is none.
            Err(_) if told.is_empty() => disk.erase(),
            Err(why) if life == LIVES => return Err(format!("the database does not open any more: {why}")),
            Err(_) => {}
        }
        disk.power_off(&mut chance);
    }
    Ok(told.len())
}

fn start(disk: &Disk) -> Result<Store, String> {
    // A lying disk leaves bytes on which redb panics; that is caught as well.
    std::panic::catch_unwind(|| open(disk)).unwrap_or_else(|_| Err("opening it panics".into()))
}

fn open(disk: &Disk) -> Result<Store, String> {
    let db = Builder::new().create_with_backend(Backend(disk.clone())).map_err(|error| error.to_string())?;
    let files: Database =
        Builder::new().create_with_backend(redb::backends::InMemoryBackend::new()).map_err(|e| e.to_string())?;
    Store::over(Arc::new(db), Arc::new(files), Box::new(|_| ())).map_err(|error| error.to_string())
}

/// The person and the room of the story, made in the first life that lasts long enough.
async fn settle(store: &Store) -> Result<(u64, u64), snug::error::Error> {
    store
        .change(|change| {
            let person = match user::named(change, "ada")? {
                Some(person) => person.id,
                None => {
                    let ada = NewUser { username: "ada".into(), name: None, role: Role::Owner, password: None };
                    user::create(change, &ada)?.id
                }
            };
            let room = match room::mine(change, person, 0, 1)?.0.pop() {
                Some(room) => room.id,
                None => {
                    let hall = NewRoom {
                        name: "Hall".into(),
                        topic: None,
                        description: None,
                        kind: RoomKind::Public,
                        members: vec![],
                    };
                    room::create(change, person, &hall)?.id
                }
            };
            Ok((person, room))
        })
        .await
}

/// Several senders talk until the power goes; what they were told is kept.
async fn talk(store: &Store, person: u64, room: u64, life: usize, told: &mut HashMap<String, u64>) {
    let mut senders = Vec::new();
    for sender in 0..SENDERS {
        let store = store.clone();
        senders.push(tokio::spawn(async move {
            let mut told = Vec::new();
            for number in 0.. {
                let nonce = format!("{life}-{sender}-{number}");
                let draft = Draft { text: nonce.clone(), nonce: Some(nonce.clone()), ..Draft::default() };
                match store.change(move |change| message::send(change, person, room, &draft)).await {
                    Ok(sent) => told.push((nonce, sent.view.id)),
                    Err(_) => return told,
                }
            }
            told
        }));
    }
    for sender in senders {
        told.extend(sender.await.expect("a sender ends when the power goes"));
    }
}

/// Everything that was told is there, once, under the id that was told.
fn check(store: &Store, room: u64, told: &HashMap<String, u64>) -> Result<(), String> {
    // A life may be so short that not even reading works; the next one looks.
    let Ok(view) = store.snapshot() else { return Ok(()) };
    let mut there: HashMap<String, u64> = HashMap::new();
    let mut twice = None;
    let walked = MESSAGES.walk(&view, (room, 0)..=(room, u64::MAX), Direction::Up, |(_, id), row| {
        if let Some(nonce) = row.nonce
            && there.insert(nonce.clone(), id).is_some()
        {
            twice = Some(nonce);
        }
        Ok(true)
    });
    if walked.is_err() {
        return Ok(());
    }
    if let Some(nonce) = twice {
        return Err(format!("{nonce} is there twice"));
    }
    match told.iter().find(|(nonce, id)| there.get(*nonce) != Some(id)) {
        Some((nonce, id)) => Err(format!("{nonce} was acknowledged as {id} and is {:?}", there.get(nonce))),
        None => Ok(()),
    }
}

/// A disk whose power can be cut.
#[derive(Debug, Clone, Default)]
pub struct Disk(Arc<(Mutex<State>, Condvar)>);

#[derive(Debug, Default)]
struct State {
    /// As programs see it.
    bytes: Vec<u8>,
    /// As it is after a cut.
    durable: Vec<u8>,
    /// What came after the last sync, in order.
    unsynced: Vec<Unsynced>,
    /// Operations until the power goes.
    left: u64,
    lying: bool,
    open: bool,
}

#[derive(Debug)]
enum Unsynced {
    Length(usize),
    Write(usize, Vec<u8>),
}

#[derive(Debug)]
pub struct Backend(pub Disk);

impl Disk {
    pub fn power_on(&self, cut_after: u64, lying: bool) {
        let mut state = self.0.0.lock().unwrap();
        state.bytes = state.durable.clone();
        state.unsynced.clear();
        (state.left, state.lying, state.open) = (cut_after, lying, true);
    }

    /// A disk with something on it.
    pub fn holding(bytes: Vec<u8>) -> Disk {
        let disk = Disk::default();
        disk.0.0.lock().unwrap().durable = bytes;
        disk
    }

    pub fn power_off(&self, chance: &mut Chance) {
        let mut state = self.0.0.lock().unwrap();
        for change in std::mem::take(&mut state.unsynced) {
            let fate = chance.below(3);
            match change {
                Unsynced::Length(length) if fate > 0 => state.durable.resize(length, 0),
                Unsynced::Length(_) => {}
                Unsynced::Write(at, bytes) => {
                    for (number, sector) in bytes.chunks(SECTOR).enumerate() {
                        if fate == 1 || (fate == 2 && chance.below(2) == 0) {
                            put(&mut state.durable, at + number * SECTOR, sector);
                        }
                    }
                }
            }
        }
    }

    pub fn erase(&self) {
        *self.0.0.lock().unwrap() = State::default();
    }

    /// The store's own thread lets go of the database a moment after the last handle is dropped.
    pub fn wait_until_closed(&self) {
        let (state, closed) = &*self.0;
        let state = state.lock().unwrap();
        let deadline = std::time::Duration::from_secs(10);
        let (_state, waited) = closed.wait_timeout_while(state, deadline, |state| state.open).unwrap();
        assert!(!waited.timed_out(), "the store did not close its database");
    }
}

impl Backend {
    /// One operation, if there is power for it.
    fn with<T>(&self, operation: impl FnOnce(&mut State) -> T) -> io::Result<T> {
        let mut state = self.0.0.0.lock().unwrap();
        if state.left == 0 {
            return Err(io::Error::other("the power is gone"));
        }
        state.left -= 1;
        Ok(operation(&mut state))
    }
}

impl StorageBackend for Backend {
    fn len(&self) -> io::Result<u64> {
        Ok(self.0.0.0.lock().unwrap().bytes.len() as u64)
    }

    fn read(&self, offset: u64, out: &mut [u8]) -> io::Result<()> {
        let state = self.0.0.0.lock().unwrap();
        let at = offset as usize;
        let found = state.bytes.get(at..at + out.len()).ok_or(io::ErrorKind::UnexpectedEof)?;
        out.copy_from_slice(found);
        Ok(())
    }

    fn set_len(&self, len: u64) -> io::Result<()> {
        self.with(|state| {
            state.bytes.resize(len as usize, 0);
            state.unsynced.push(Unsynced::Length(len as usize));
        })
    }

    fn sync_data(&self) -> io::Result<()> {
        self.with(|state| {
            if !state.lying {
                state.durable = state.bytes.clone();
                state.unsynced.clear();
            }
        })
    }

    fn write(&self, offset: u64, data: &[u8]) -> io::Result<()> {
        self.with(|state| {
            put(&mut state.bytes, offset as usize, data);
            state.unsynced.push(Unsynced::Write(offset as usize, data.to_vec()));
        })
    }

    fn close(&self) -> io::Result<()> {
        let (state, closed) = &*self.0.0;
        state.lock().unwrap().open = false;
        closed.notify_all();
        Ok(())
    }
}

fn put(bytes: &mut Vec<u8>, at: usize, data: &[u8]) {
    if bytes.len() < at + data.len() {
        bytes.resize(at + data.len(), 0);
    }
    bytes[at..at + data.len()].copy_from_slice(data);
}

/// Numbers that a seed gives again (splitmix64).
pub struct Chance(pub u64);

impl Chance {
    pub fn below(&mut self, end: u64) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        (mixed ^ (mixed >> 31)) % end
    }
}
