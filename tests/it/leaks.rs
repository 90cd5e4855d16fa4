//! What must never be heard: a room after one was removed from it, and secrets at any time.
use crate::support::{Dice, Ear, PASSWORD, Person, World, routes};
use serde_json::{Value, json};
use snug::http::router::ROUTES;
use snug::store::tables::PRIVATE;
use std::collections::HashMap;

const STEPS: usize = 2_000;

#[tokio::test]
async fn s30_who_was_removed_hears_nothing_of_the_room_until_back() {
    let seed = snug::clock::now();
    println!("seed {seed}");
    let mut dice = Dice(seed);
    let world = World::new().await;
    let ann = world.owner("ann").await;
    let mut people: Vec<(Person, Ear, Ear)> = Vec::new();
    for name in ["bob", "cleo", "dan"] {
        let person = world.person(name).await;
        let (phone, laptop) = (person.listens().await, person.listens().await);
        people.push((person, phone, laptop));
    }
    let rooms = [ann.makes("private", "one", &[]).await, ann.makes("private", "two", &[]).await];
    let mut inside: HashMap<(u64, u64), bool> = HashMap::new();
    // What each should hear of the words said: those of the time they were in.
    let mut due: HashMap<u64, Vec<u64>> = HashMap::new();
    let mut anns = ann.listens().await;
    for step in 0..STEPS {
        let room = rooms[dice.below(2) as usize];
        let person = &people[dice.below(3) as usize].0;
        let place = format!("/rooms/{room}/members/{}", person.id);
        let is_in = inside.entry((person.id, room)).or_default();
        match dice.below(5) {
            0 if *is_in && dice.below(2) == 0 => {
                person.leaves(room).await;
                *is_in = false;
            }
            0 if *is_in => {
                ann.delete(&place).await.is(204);
                *is_in = false;
            }
            0 | 1 if !*is_in => {
                ann.put(&place, json!({"role": "member"})).await.is(200);
                *is_in = true;
            }
            _ => {
                let said = anns.says(room, &format!("word {step}")).await;
                for (person, ..) in &people {
                    if inside.get(&(person.id, room)).copied().unwrap_or_default() {
                        due.entry(person.id).or_default().push(said);
                    }
                }
            }
        }
    }
    for (person, mut phone, mut laptop) in people {
        for ear in [&mut phone, &mut laptop] {
            ear.catches_up().await;
            assert_eq!(leaks(person.id, ear), Vec::<String>::new(), "{} with seed {seed}", person.name);
            let words = ear.events().into_iter().filter(|frame| frame["data"]["kind"] == "text");
            let words: Vec<u64> = words.map(|frame| frame["data"]["id"].as_u64().unwrap()).collect();
            assert_eq!(&words, due.entry(person.id).or_default(), "{} with seed {seed}", person.name);
        }
    }
}

/// What was heard of a room outside the time between its `room.created` and one's own `member.left`.
fn leaks(own: u64, ear: &Ear) -> Vec<String> {
    let mut inside: HashMap<u64, bool> = HashMap::new();
    let mut found = Vec::new();
    for frame in &ear.heard {
        let Some(room) = frame["room"].as_u64() else { continue };
        let is_in = inside.entry(room).or_default();
        if frame["event"] == "room.created" {
            *is_in = true;
        }
        if !*is_in {
            found.push(frame.to_string());
        }
        if frame["event"] == "member.left" && frame["data"]["user"] == own {
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
    let parts = [("room", hall), ("message", message), ("user", bob.id), ("session", 1), ("invite", 1)];
    let mut parts = parts.map(|(name, id)| (name, id.to_string())).to_vec();
    parts.push(("emoji", "%F0%9F%91%8D".to_owned()));
    for route in ROUTES.iter().filter(|route| route.path.starts_with("/api/v1/")) {
        let path = routes::filled(&route.path[7..], &parts);
        let ends = ["/auth/sessions", "/auth/logout", "/setup", "/auth/register"].contains(&path.as_str());
        if route.method == "DELETE" || (route.method == "POST" && ends) || route.path.ends_with("/reset") {
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
    let shown: Vec<&str> = of_bob.map(|(whence, _)| whence.as_str()).collect();
    let admin_user = format!("GET /admin/users/{}", bob.id);
    assert_eq!(shown, [admin_user.as_str()], "only an admin's view of a person has addresses");
}
