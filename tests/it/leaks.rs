//! What must never be heard: a room after one was removed from it, and secrets at any time.
use crate::support::{Dice, Ear, PASSWORD, Person, World, full, routes};
use serde_json::{Value, json};
use snug::http::router::ROUTES;
use snug::store::tables::PRIVATE;
use std::collections::{BTreeSet, HashMap};

/// Each step is one change; with `SNUG_TEST_FULL` there are as many as the promise speaks of.
fn steps() -> usize {
    if full() { 10_000 } else { 1_000 }
}

/// A person whose phone listens all the time and whose laptop goes away and comes back.
struct Guest {
    person: Person,
    phone: Ear,
    laptop: Option<Ear>,
    /// What the laptop heard before it went away.
    before: Vec<Value>,
    cursor: u64,
    inside: HashMap<u64, bool>,
    /// Room, message and address of the reactions that they gave.
    given: Vec<(u64, u64, String)>,
    /// The words that the phone must have heard: those of the time inside.
    due: Vec<u64>,
}

impl Guest {
    fn is_in(&self, room: u64) -> bool {
        self.inside.get(&room).copied().unwrap_or_default()
    }

    async fn closes_or_opens_the_laptop(&mut self) {
        match self.laptop.take() {
            Some(mut ear) => {
                ear.catches_up().await;
                self.cursor = ear.events().last().map_or(self.cursor, |frame| frame["cursor"].as_u64().unwrap());
                self.before.append(&mut ear.heard);
            }
            None => {
                let ear = self.person.resumes(self.cursor).await;
                assert_eq!(ear.hello["resumed"], true);
                self.laptop = Some(ear);
            }
        }
    }
}

#[tokio::test]
async fn s30_who_was_removed_hears_nothing_of_the_room_until_back() {
    let seed = snug::clock::now();
    println!("seed {seed}");
    let mut dice = Dice(seed);
    let world = World::new().await;
    let ann = world.owner("ann").await;
    let mut guests = Vec::new();
    for name in ["bob", "cleo", "dan"] {
        let person = world.person(name).await;
        let (phone, laptop) = (person.listens().await, person.listens().await);
        let (cursor, inside, given) = (laptop.cursor(), HashMap::new(), Vec::new());
        guests.push(Guest {
            person,
            phone,
            laptop: Some(laptop),
            before: Vec::new(),
            cursor,
            inside,
            given,
            due: Vec::new(),
        });
    }
    let rooms = [ann.makes("private", "one", &[]).await, ann.makes("private", "two", &[]).await];
    let mut said: HashMap<u64, Vec<u64>> = HashMap::new();
    let mut pinned: Vec<(u64, u64)> = Vec::new();
    let mut anns = ann.listens().await;
    for step in 0..steps() {
        if step % 100 == 0 {
            // Who is silent for a minute is taken for gone.
            for guest in &mut guests {
                guest.phone.catches_up().await;
                if let Some(ear) = &mut guest.laptop {
                    ear.catches_up().await;
                }
            }
        }
        let room = rooms[dice.below(2) as usize];
        let guest = &mut guests[dice.below(3) as usize];
        let place = format!("/rooms/{room}/members/{}", guest.person.id);
        let is_in = guest.is_in(room);
        let messages = said.entry(room).or_default();
        let message = match messages.len() {
            0 => None,
            many => Some(messages[many - 1 - dice.below(many.min(5) as u64) as usize]),
        };
        match (dice.below(12), message) {
            (0 | 1, _) if is_in && dice.below(2) == 0 => {
                guest.person.leaves(room).await;
                guest.inside.insert(room, false);
            }
            (0 | 1, _) if is_in => {
                ann.delete(&place).await.is(204);
                guest.inside.insert(room, false);
            }
            (0..=3, _) if !is_in => {
                ann.put(&place, json!({"role": "member"})).await.is(200);
                guest.inside.insert(room, true);
            }
            (4, _) => guest.closes_or_opens_the_laptop().await,
            (5, Some(message)) => {
                let text = json!({"text": format!("edited at {step}")});
                ann.patch(&format!("/rooms/{room}/messages/{message}"), text).await.is(200);
            }
            (6 | 7, Some(message)) => {
                let emoji = ["%F0%9F%91%8D", "%F0%9F%8E%89"][dice.below(2) as usize];
                let given = format!("/rooms/{room}/messages/{message}/reactions/{emoji}");
                // Every other time one that was given before is taken away, if there is one.
                let takes = guest.given.iter().position(|(of, message, _)| *of == room && messages.contains(message));
                let (method, at, done) = match takes.filter(|_| dice.below(2) == 0) {
                    Some(number) => ("DELETE", guest.given.remove(number).2, 204),
                    None => ("PUT", given, 200),
                };
                guest.person.asks(method, &at, None).await.is(if is_in { done } else { 404 });
                if is_in && method == "PUT" {
                    guest.given.push((room, message, at));
                }
            }
            (8, Some(message)) => {
                // Likewise with pins, of whomever.
                let held = pinned.iter().position(|(of, message)| *of == room && messages.contains(message));
                let (method, message) = match held.filter(|_| dice.below(2) == 0) {
                    Some(number) if is_in => ("DELETE", pinned.remove(number).1),
                    _ => ("PUT", message),
                };
                let at = format!("/rooms/{room}/pins/{message}");
                let answer = guest.person.asks(method, &at, None).await;
                // A full room says 409, but not to who is outside.
                assert_eq!(answer.status != 404, is_in, "{answer:?}");
                if is_in && method == "PUT" {
                    pinned.push((room, message));
                }
            }
            (9, Some(message)) if dice.below(4) == 0 => {
                ann.delete(&format!("/rooms/{room}/messages/{message}")).await.is(204);
                messages.retain(|one| *one != message);
            }
            _ => {
                let word = anns.says(room, &format!("word {step}")).await;
                messages.push(word);
                guests.iter_mut().filter(|guest| guest.is_in(room)).for_each(|guest| guest.due.push(word));
            }
        }
    }
    let mut kinds = BTreeSet::new();
    for mut guest in guests {
        if guest.laptop.is_none() {
            guest.closes_or_opens_the_laptop().await;
        }
        let Guest { person, mut phone, laptop, before, due, .. } = guest;
        let who = format!("{} with seed {seed}", person.name);
        phone.catches_up().await;
        assert_eq!(leaks(person.id, &phone.heard), Vec::<String>::new(), "the phone of {who}");
        let mut laptop = laptop.expect("it was opened just now");
        laptop.catches_up().await;
        let heard = [before, laptop.heard].concat();
        assert_eq!(leaks(person.id, &heard), Vec::<String>::new(), "the laptop of {who}");
        let events = phone.events();
        let words =
            events.iter().filter(|frame| frame["event"] == "message.created" && frame["data"]["kind"] == "text");
        let words: Vec<u64> = words.map(|frame| frame["data"]["id"].as_u64().unwrap()).collect();
        assert_eq!(words, due, "{who}");
        kinds.extend(events.iter().map(|frame| frame["event"].as_str().unwrap().to_owned()));
    }
    for kind in ["message.updated", "message.deleted", "reaction.added", "reaction.removed", "pin.added", "pin.removed"]
    {
        assert!(kinds.contains(kind), "{kind} was never told, with seed {seed}");
    }
}

/// What was heard of a room outside the time between its `room.created` and one's own `member.left`. The latter is
/// one's own to hear also after a pause in which one was let in and sent away.
fn leaks(own: u64, heard: &[Value]) -> Vec<String> {
    let mut inside: HashMap<u64, bool> = HashMap::new();
    let mut found = Vec::new();
    for frame in heard {
        let Some(room) = frame["room"].as_u64() else { continue };
        let is_in = inside.entry(room).or_default();
        let goes = frame["event"] == "member.left" && frame["data"]["user"] == own;
        if frame["event"] == "room.created" {
            *is_in = true;
        }
        if !*is_in && !goes {
            found.push(frame.to_string());
        }
        if goes {
            *is_in = false;
        }
    }
    found
}

#[tokio::test]
async fn s33_no_answer_and_no_event_ever_holds_a_stored_secret() {
    let world = World::new().await;
    let ann = world.owner("ann").await;
    let bob = world.person("bob").await;
    let hall = ann.makes("public", "hall", &[&bob]).await;
    let (mut anns, mut bobs) = (ann.listens().await, bob.listens().await);
    let message = bob.says(hall, "hello @ann").await;
    let invite = ann.post("/invites", json!({"uses": 3, "rooms": [hall]})).await.is(201);
    let reset = ann.post(&format!("/admin/users/{}/reset", bob.id), json!({})).await.is(201);
    ann.patch("/me", json!({"name": "Ann", "status": {"text": "here"}, "settings": {"a": 1}})).await.is(200);
    let cleo = world.person("cleo").await;
    cleo.joins(hall).await;

    let mut secrets = vec![PASSWORD.to_owned(), "argon2".to_owned(), "$v=19".to_owned()];
    let view = world.app.store.snapshot().unwrap();
    for person in [&ann, &bob, &cleo] {
        let token = person.cookie.split_once('=').unwrap().1;
        secrets.push(token.to_owned());
        let hash = snug::id::secret_hash(token);
        secrets.push(hash.iter().map(|byte| format!("{byte:02x}")).collect());
        secrets.push(PRIVATE.get(&view, person.id).unwrap().unwrap().password.unwrap());
    }
    secrets.push(invite["code"].as_str().unwrap().to_owned());
    secrets.push(reset["url"].as_str().unwrap().split_once('#').unwrap().1.to_owned());
    secrets.push(world.app.setup.code().0);

    let mut said: Vec<(String, String)> = Vec::new();
    let parts =
        [("room", hall), ("message", message), ("user", bob.id), ("session", 1), ("invite", 1), ("thread", message)];
    let mut parts = parts.map(|(name, id)| (name, id.to_string())).to_vec();
    parts.push(("emoji", "%F0%9F%91%8D".to_owned()));
    for route in ROUTES.iter().filter(|route| route.path.starts_with("/api/v1/")) {
        let path = routes::filled(&route.path[7..], &parts);
        let ends = ["/auth/sessions", "/auth/logout", "/setup", "/auth/register"].contains(&path.as_str());
        if route.path.ends_with("/openapi.json")
            || route.method == "DELETE"
            || (route.method == "POST" && ends)
            || route.path.ends_with("/reset")
            || route.path.ends_with("/erase")
        {
            continue;
        }
        for person in [&ann, &bob] {
            let body = routes::body(route.method.as_str(), route.path);
            let mut answer = person.asks(route.method.as_str(), &path, body).await;
            let mut body = String::from_utf8_lossy(&answer.body).into_owned();
            if path == "/invites" && route.method == "POST" && answer.status == 201 {
                // The one moment at which its own code is shown; no other's.
                let made: Value = answer.json();
                body = body.replace(made["code"].as_str().unwrap(), "");
            }
            if route.method == "POST" && path.ends_with("/keys") && answer.status == 201 {
                let key = answer.json()["key"].as_str().unwrap().to_owned();
                body = body.replace(&format!("\"key\":\"{key}\""), "");
                secrets.push(key);
            }
            if path.starts_with("/admin/settings") {
                // The names of settings, two of which are of the way in which passwords are hashed.
                body = body.replace("\"key\":\"", "").replace("auth.argon2_", "");
            }
            if path == "/me/totp" && answer.status == 200 {
                // Likewise the secret that an app of one's own is to learn.
                let made: Value = answer.json();
                body = body.replace("\"secret\":", "").replace(made["secret"].as_str().unwrap(), "");
            }
            answer.headers.remove("date");
            said.push((format!("{} {path}", route.method), format!("{:?} {body}", answer.headers)));
        }
    }
    for ear in [&mut anns, &mut bobs] {
        for frame in ear.catches_up().await {
            said.push(("a frame".to_owned(), frame.to_string()));
        }
    }
    assert!(said.len() > 80);
    for (whence, text) in &said {
        for secret in &secrets {
            assert!(!text.contains(secret.as_str()), "{whence} holds {secret}: {text}");
        }
        for field in ["\"password\":", "\"hash\":", "\"token\":", "\"key\":", "\"secret\":"] {
            assert!(!text.contains(field), "{whence} has a field {field} {text}");
        }
    }
    // An address is shown to its owner and to admins, and to nobody else.
    let of_bob = said.iter().filter(|(whence, text)| !whence.contains("session") && text.contains("\"address\":"));
    let of_bob = of_bob.filter(|(whence, _)| whence != "GET /admin/audit" && whence != "POST /me/export");
    let shown: Vec<&str> = of_bob.map(|(whence, _)| whence.as_str()).collect();
    let admin_user = format!("GET /admin/users/{}", bob.id);
    assert_eq!(shown, [admin_user.as_str()], "only an admin's view of a person has addresses");
}
