//! Every unread and mention count equals the count made from scratch, whatever people do, on whatever device.
use crate::support::{Dice, Ear, Person, World, full};
use serde_json::{Value, json};
use std::collections::HashMap;

const STEPS: u64 = 400;
const STEPS_FULL: u64 = 6_000;
/// After so many steps everything is compared.
const LOOK_EVERY: u64 = 20;

/// What was said, as the test itself remembers it.
struct Said {
    room: u64,
    id: u64,
    author: u64,
    deleted: bool,
    thread: Option<u64>,
    called: Vec<u64>,
    room_called: bool,
}

/// A room's counts as a client keeps them.
#[derive(Debug, Clone, Copy, PartialEq)]
struct Count {
    read_up_to: u64,
    unread: u64,
    mentions: u64,
    counted_to: u64,
}

/// A device that hears events and keeps counts as the web client does (assets/js/events.js).
struct Device {
    person: usize,
    ear: Option<Ear>,
    cursor: u64,
    seen: usize,
    rooms: HashMap<u64, Count>,
    /// Rooms of which it has to ask again.
    unsure: Vec<u64>,
}

#[tokio::test]
async fn every_count_is_exact_always() {
    let full = full();
    let seed = std::env::var("SNUG_TEST_SEED").ok().and_then(|seed| seed.parse().ok()).unwrap_or(snug::clock::now());
    println!("seed {seed}");
    let mut dice = Dice(seed);
    let world = World::new().await;
    let mut people = vec![world.owner("ann").await];
    for name in ["bob", "cleo", "dan"] {
        people.push(world.person(name).await);
    }
    let hall = people[0].makes("public", "hall", &[&people[1]]).await;
    let attic = people[0].makes("private", "attic", &[&people[1], &people[2]]).await;
    let direct = people[0].post("/directs", json!({"users": [people[1].id]})).await.is(201)["id"].as_u64().unwrap();
    let rooms = [hall, attic, direct];
    let mut devices = Vec::new();
    for person in [0, 0, 1, 1, 2, 3] {
        let ear = people[person].listens().await;
        let mut device =
            Device { person, cursor: ear.cursor(), ear: Some(ear), seen: 0, rooms: HashMap::new(), unsure: Vec::new() };
        device.syncs(&people[person]).await;
        devices.push(device);
    }
    let mut said: Vec<Said> = Vec::new();
    for step in 0..if full { STEPS_FULL } else { STEPS } {
        acts(&mut dice, &people, &rooms, &mut said, step).await;
        if dice.below(10) == 0 {
            let one = dice.below(devices.len() as u64) as usize;
            devices[one].comes_or_goes(&people).await;
        }
        if step % LOOK_EVERY == 0 {
            for (number, person) in people.iter().enumerate() {
                let exact = from_scratch(person, &said).await;
                for device in devices.iter_mut().filter(|device| device.person == number && device.ear.is_some()) {
                    device.catches_up(person).await;
                    let kept: HashMap<u64, (u64, u64)> =
                        device.rooms.iter().map(|(room, count)| (*room, (count.unread, count.mentions))).collect();
                    assert_eq!(kept, exact, "a device of {} at step {step} with seed {seed}", person.name);
                }
            }
        }
    }
}

/// Somebody does something, if they may.
async fn acts(dice: &mut Dice, people: &[Person], rooms: &[u64; 3], said: &mut Vec<Said>, step: u64) {
    let who = dice.below(people.len() as u64) as usize;
    let person = &people[who];
    let room = rooms[dice.below(3) as usize];
    let in_room: Vec<usize> = said.iter().enumerate().filter(|(_, one)| one.room == room).map(|(at, _)| at).collect();
    let some = (!in_room.is_empty()).then(|| in_room[dice.below(in_room.len() as u64) as usize]);
    let text = match dice.below(8) {
        0 => format!("@room {step}"),
        1 => format!("@here {step}"),
        2 => format!("@bob and @dan {step}"),
        3 => format!("@ann {step}"),
        4 => format!("@cleo {step}"),
        _ => format!("word {step}"),
    };
    let at = format!("/rooms/{room}");
    match (dice.below(14), some) {
        (0..=4, _) | (_, None) => {
            let root = some.map(|one| &said[one]).filter(|one| !one.deleted && one.thread.is_none());
            let thread = root.map(|one| one.id).filter(|_| dice.below(5) == 0);
            let answer = person.post(&format!("{at}/messages"), json!({"text": text, "thread": thread})).await;
            if answer.status == 201 {
                said.push(heard(&answer.json()));
            }
        }
        (5, Some(one)) => {
            let path = format!("{at}/messages/{}", said[one].id);
            let answer = person.patch(&path, json!({"text": text})).await;
            if answer.status == 200 {
                said[one] = heard(&answer.json());
            }
        }
        (6, Some(one)) => {
            let answer = person.delete(&format!("{at}/messages/{}", said[one].id)).await;
            said[one].deleted |= answer.status == 204;
        }
        (7 | 8, Some(one)) => {
            let up_to = if dice.below(3) == 0 { 1 << 50 } else { said[one].id };
            let answer = person.post(&format!("{at}/read"), json!({"up_to": up_to})).await;
            if answer.status == 204 && up_to == said[one].id && said[one].thread.is_none() {
                assert!(person.sees(room).await["me"]["read_up_to"].as_u64().unwrap() >= up_to);
            }
        }
        (9, Some(one)) => drop(person.post(&format!("{at}/unread"), json!({"from": said[one].id})).await),
        (10, _) if dice.below(6) == 0 => drop(person.post("/me/read", json!({})).await.is(204)),
        (11, _) => drop(person.post(&format!("{at}/join"), json!({})).await),
        (12, _) if room != rooms[2] && who > 0 && dice.below(2) == 0 => {
            drop(person.post(&format!("{at}/leave"), json!({})).await);
        }
        (13, _) => {
            let other = &people[dice.below(people.len() as u64) as usize];
            drop(person.put(&format!("{at}/members/{}", other.id), json!({"role": "member"})).await);
        }
        _ => {}
    }
}

/// A message as its sender was answered.
fn heard(message: &Value) -> Said {
    let id = |name: &str| message[name].as_u64();
    Said {
        room: id("room").unwrap(),
        id: id("id").unwrap(),
        author: id("user").unwrap(),
        deleted: false,
        thread: id("thread"),
        called: message["mentions"].as_array().unwrap().iter().map(|id| id.as_u64().unwrap()).collect(),
        room_called: message["mention_room"].as_bool().unwrap(),
    }
}

/// The counts of each room that somebody is in, made from all that was said; the server must say the same of each.
async fn from_scratch(person: &Person, said: &[Said]) -> HashMap<u64, (u64, u64)> {
    let sync = person.get("/sync").await.is(200);
    let list = person.get("/rooms").await.is(200);
    let mut counts = HashMap::new();
    for room in sync["rooms"].as_array().unwrap() {
        let id = room["id"].as_u64().unwrap();
        let mark = room["me"]["read_up_to"].as_u64().unwrap();
        let unread = said.iter().filter(|one| {
            one.room == id && one.id > mark && one.author != person.id && !one.deleted && one.thread.is_none()
        });
        let (mut words, mut calls) = (0, 0);
        for one in unread {
            words += 1;
            calls += u64::from(one.room_called || one.called.contains(&person.id));
        }
        let exact = (words.min(100), calls.min(100));
        let listed = list["rooms"].as_array().unwrap().iter().find(|one| one["id"] == id).unwrap();
        for me in [&room["me"], &listed["me"], &person.sees(id).await["me"]] {
            let told = (me["unread"].as_u64().unwrap(), me["mentions"].as_u64().unwrap());
            assert_eq!(told, exact, "{} in room {id}", person.name);
        }
        counts.insert(id, exact);
    }
    counts
}

impl Device {
    async fn syncs(&mut self, person: &Person) {
        let sync = person.get("/sync").await.is(200);
        self.cursor = sync["cursor"].as_u64().unwrap();
        let rooms = sync["rooms"].as_array().unwrap().iter();
        self.rooms = rooms.map(|room| (room["id"].as_u64().unwrap(), count(&room["me"]))).collect();
        self.unsure.clear();
    }

    async fn comes_or_goes(&mut self, people: &[Person]) {
        let person = &people[self.person];
        if self.ear.is_some() {
            self.catches_up(person).await;
            self.ear = None;
            return;
        }
        let ear = person.resumes(self.cursor).await;
        let resumed = ear.hello["resumed"] == true;
        (self.seen, self.ear) = (0, Some(ear));
        if !resumed {
            self.syncs(person).await;
        }
        // Nothing is asked until all that was missed is here, as far as that has come.
        self.catches_up(person).await;
    }

    /// Hears everything, then asks again where it is not sure.
    async fn catches_up(&mut self, person: &Person) {
        let ear = self.ear.as_mut().unwrap();
        ear.catches_up().await;
        let frames: Vec<Value> = ear.heard[self.seen..].to_vec();
        self.seen = ear.heard.len();
        for frame in frames.iter().filter(|frame| frame["type"] == "event") {
            let cursor = frame["cursor"].as_u64().unwrap();
            if cursor > self.cursor {
                self.cursor = cursor;
                self.hears(person.id, frame, cursor);
            }
        }
        self.unsure.sort_unstable();
        self.unsure.dedup();
        for room in std::mem::take(&mut self.unsure) {
            if let Some(known) = self.rooms.get_mut(&room) {
                *known = count(&person.sees(room).await["me"]);
            }
        }
    }

    fn hears(&mut self, own: u64, frame: &Value, cursor: u64) {
        let (room, data) = (frame["room"].as_u64().unwrap_or(0), &frame["data"]);
        let id = data["id"].as_u64().unwrap_or(0);
        match frame["event"].as_str().unwrap() {
            "room.created" => drop(self.rooms.insert(id, count(&data["me"]))),
            "room.deleted" => drop(self.rooms.remove(&id)),
            "member.left" if data["user"] == own => drop(self.rooms.remove(&room)),
            "me.updated" if data["room"].is_object() => {
                let (id, new) = (data["room"]["id"].as_u64().unwrap(), count(&data["room"]["me"]));
                if let Some(known) = self.rooms.get_mut(&id).filter(|known| new.counted_to >= known.counted_to) {
                    *known = new;
                }
            }
            "message.created" => {
                let Some(known) = self.rooms.get_mut(&room) else { return };
                let counts = data["kind"] == "text"
                    && data["user"] != own
                    && data["thread"].is_null()
                    && data["deleted"] == false
                    && id > known.read_up_to
                    && cursor > known.counted_to;
                let called = data["mention_room"] == true || data["mentions"].as_array().unwrap().contains(&json!(own));
                known.unread = (known.unread + u64::from(counts)).min(100);
                known.mentions = (known.mentions + u64::from(counts && called)).min(100);
            }
            "message.updated" | "message.deleted"
                if self.rooms.get(&room).is_some_and(|known| id > known.read_up_to && cursor > known.counted_to) =>
            {
                self.unsure.push(room);
            }
            _ => {}
        }
    }
}

fn count(me: &Value) -> Count {
    let of = |name: &str| me[name].as_u64().unwrap();
    Count { read_up_to: of("read_up_to"), unread: of("unread"), mentions: of("mentions"), counted_to: of("counted_to") }
}
