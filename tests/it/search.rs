//! Finding what was said: whose words, in which rooms, and whatever becomes of the index.
use crate::crash::Server;
use crate::support::{Dice, Door, PASSWORD, Person, World, full};
use serde_json::{Value, json};
use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

/// An index may have to be made anew, beside everything else that this machine does.
const PATIENCE: Duration = Duration::from_secs(20);

/// What a person finds now.
async fn hits(person: &Person, question: &str) -> Value {
    person.get(&format!("/search?q={}", encoded(question))).await.is(200)
}

fn encoded(text: &str) -> String {
    text.bytes()
        .map(|byte| if byte.is_ascii_alphanumeric() { char::from(byte).to_string() } else { format!("%{byte:02X}") })
        .collect()
}

fn texts(hits: &Value) -> BTreeSet<String> {
    hits["hits"].as_array().unwrap().iter().map(|hit| hit["message"]["text"].as_str().unwrap().to_owned()).collect()
}

/// What a person finds on all pages, and how much there is by what the first one says.
async fn all_pages(person: &Person, question: &str) -> (BTreeSet<String>, Value) {
    let first = format!("/search?limit=200&q={}", encoded(question));
    let mut page = person.get(&first).await.is(200);
    let (mut found, total) = (texts(&page), page["total"].clone());
    while !page["next"].is_null() {
        page = person.get(&format!("{first}&cursor={}", page["next"])).await.is(200);
        found.extend(texts(&page));
    }
    (found, total)
}

/// Asks until a person finds exactly these texts: the index is a moment behind.
async fn finds(person: &Person, question: &str, expected: &[&str]) -> Value {
    let expected: BTreeSet<String> = expected.iter().map(|text| (*text).to_owned()).collect();
    let until = Instant::now() + PATIENCE;
    loop {
        let answer = person.get(&format!("/search?q={}", encoded(question))).await;
        // An index that was damaged may not be open yet: then it says so.
        let found = match answer.status.as_u16() {
            503 => answer.refused(503, "search_unavailable"),
            _ => answer.is(200),
        };
        if found["hits"].is_array() && texts(&found) == expected && found["partial"] == false {
            return found;
        }
        assert!(Instant::now() < until, "{question:?} finds {found}, not {expected:?}");
    }
}

async fn search_state(owner: &Person) -> Value {
    owner.get("/admin/status").await.is(200)["search"].clone()
}

/// Waits until everything that happened so far is in the index.
async fn catches_up(owner: &Person) {
    // Not all that takes a number is announced, as signing in is not: what the index has heard of ends here.
    owner.patch("/me", json!({"status": {"emoji": "🌱", "text": snug::clock::now().to_string()}})).await.is(200);
    let cursor = owner.get("/sync").await.is(200)["cursor"].as_u64().unwrap();
    let up_to_date = async {
        loop {
            let index = search_state(owner).await;
            if index["state"] == "ready" && index["cursor"].as_u64() >= Some(cursor) {
                return;
            }
        }
    };
    tokio::time::timeout(PATIENCE, up_to_date).await.expect("the index catches up");
}

#[tokio::test]
async fn people_find_what_was_said_where_they_are() {
    let world = World::new().await;
    let ann = world.owner("ann").await;
    let (bob, cleo) = (world.person("bob").await, world.person("cleo").await);
    let hall = ann.makes("public", "Town hall", &[&bob]).await;
    let den = ann.makes("private", "den", &[]).await;
    let plan = ann.says(hall, "The plan for Friday, @bob").await;
    ann.says(den, "A secret plan").await;
    let reply = bob.says(hall, "Großer Plan! https://example.org").await;

    let found = finds(&bob, "plan ", &["The plan for Friday, @bob", "Großer Plan! https://example.org"]).await;
    assert_eq!((&found["total"], &found["next"]), (&json!(2), &Value::Null));
    assert_eq!(found["users"].as_array().unwrap().len(), 2);
    let hit = found["hits"].as_array().unwrap().iter().find(|hit| hit["message"]["id"] == plan).unwrap();
    assert_eq!((&hit["room"], &hit["message"]["room"]), (&json!(hall), &json!(hall)));
    let marks = json!([{"text": "The ", "mark": false}, {"text": "plan", "mark": true}, {"text": " for Friday, @bob", "mark": false}]);
    assert_eq!(hit["snippet"], marks);
    // The room that one is not in is as if it were not there (S31, S32).
    finds(&ann, "plan ", &["The plan for Friday, @bob", "Großer Plan! https://example.org", "A secret plan"]).await;
    assert_eq!(hits(&cleo, "plan").await["total"], 0);
    assert_eq!(hits(&bob, "in:den plan").await["total"], 0);
    assert_eq!(hits(&bob, &format!("in:{den} plan")).await["total"], 0);

    for (question, expected) in [
        ("plan from:ann", &["The plan for Friday, @bob"][..]),
        ("plan from:me", &["Großer Plan! https://example.org"]),
        ("plan -from:ann", &["Großer Plan! https://example.org"]),
        ("from:ann from:bob plan", &["The plan for Friday, @bob", "Großer Plan! https://example.org"]),
        ("from:nobody plan", &[]),
        ("in:\"town hall\" friday", &["The plan for Friday, @bob"]),
        ("in:#town-hall friday", &["The plan for Friday, @bob"]),
        ("-in:town-hall plan", &[]),
        ("to:me", &["The plan for Friday, @bob"]),
        ("to:cleo", &[]),
        ("has:link", &["Großer Plan! https://example.org"]),
        ("plan -has:link", &["The plan for Friday, @bob"]),
        ("on:today plan", &["The plan for Friday, @bob", "Großer Plan! https://example.org"]),
        ("before:today plan", &[]),
        ("after:yesterday grosser", &["Großer Plan! https://example.org"]),
        ("-on:today", &[]),
        ("\"plan for\"", &["The plan for Friday, @bob"]),
    ] {
        finds(&bob, question, expected).await;
    }
    assert_eq!(hits(&cleo, "from:ann").await["total"], 0);

    // What people do with messages: pins, emoji, threads, what one keeps for oneself.
    for (question, before) in [("has:pin", 0), ("has:reaction", 0), ("is:thread", 0), ("is:saved", 0)] {
        assert_eq!(hits(&bob, question).await["total"], before, "{question}");
    }
    ann.put(&format!("/rooms/{hall}/pins/{plan}"), json!({})).await.is(200);
    bob.put(&format!("/rooms/{hall}/messages/{plan}/reactions/%F0%9F%91%8D"), json!({})).await.is(200);
    bob.put(&format!("/rooms/{hall}/messages/{reply}/saved"), json!({})).await.is(200);
    let answer = json!({"text": "in the thread", "thread": plan});
    bob.post(&format!("/rooms/{hall}/messages"), answer).await.is(201);
    finds(&bob, "has:pin", &["The plan for Friday, @bob"]).await;
    finds(&bob, "has:reaction", &["The plan for Friday, @bob"]).await;
    finds(&bob, "is:thread", &["The plan for Friday, @bob", "in the thread"]).await;
    finds(&bob, "is:saved", &["Großer Plan! https://example.org"]).await;
    finds(&ann, "is:saved", &[]).await;
    ann.delete(&format!("/rooms/{hall}/pins/{plan}")).await.is(204);
    finds(&bob, "has:pin", &[]).await;

    // Files by their names.
    let file = bob.uploads(hall, "Budget_2026.txt", "inside").await;
    bob.shows(hall, "", &[&file]).await;
    let found = finds(&ann, "budget", &[""]).await;
    assert_eq!(
        found["hits"][0]["snippet"],
        json!([{"text": "Budget", "mark": true}, {"text": "_2026.txt", "mark": false}])
    );
    finds(&ann, "has:file", &[""]).await;
    // Directs, by who is in them.
    let direct = ann.post("/directs", json!({"users": [bob.id]})).await.is(201)["id"].as_u64().unwrap();
    ann.says(direct, "between us").await;
    finds(&bob, "in:@ann us", &["between us"]).await;
    finds(&cleo, "us ", &[]).await;
}

#[tokio::test]
async fn s31_what_one_may_not_read_any_more_is_not_found() {
    let world = World::new().await;
    let ann = world.owner("ann").await;
    let (bob, cleo) = (world.person("bob").await, world.person("cleo").await);
    let den = ann.makes("private", "den", &[&bob, &cleo]).await;
    let word = ann.says(den, "quokka first").await;
    let second = bob.says(den, "quokka second").await;
    finds(&bob, "quokka ", &["quokka first", "quokka second"]).await;

    // At once, whatever the index knows.
    bob.leaves(den).await;
    assert_eq!(hits(&bob, "quokka ").await["total"], 0);
    ann.delete(&format!("/rooms/{den}/members/{}", cleo.id)).await.is(204);
    assert_eq!(hits(&cleo, "quokka ").await["total"], 0);
    ann.delete(&format!("/rooms/{den}/messages/{word}")).await.is(204);
    assert!(!texts(&hits(&ann, "quokka ").await).contains("quokka first"));
    finds(&ann, "quokka ", &["quokka second"]).await;
    ann.put(&format!("/rooms/{den}/members/{}", bob.id), json!({"role": "member"})).await.is(200);
    bob.patch(&format!("/rooms/{den}/messages/{second}"), json!({"text": "wombat second"})).await.is(200);
    finds(&bob, "wombat ", &["wombat second"]).await;
    finds(&bob, "quokka ", &[]).await;

    // An erased person's words go with them if they wish so, and a room's with the room.
    let erased = world.person("dora").await;
    ann.put(&format!("/rooms/{den}/members/{}", erased.id), json!({"role": "member"})).await.is(200);
    erased.says(den, "wombat of dora").await;
    finds(&ann, "wombat ", &["wombat second", "wombat of dora"]).await;
    ann.post(&format!("/admin/users/{}/erase", erased.id), json!({"with_messages": true})).await.is(204);
    finds(&ann, "wombat ", &["wombat second", "wombat of dora"]).await;
    while world.app.store.change(snug::chat::erase::step).await.unwrap() {}
    finds(&ann, "wombat ", &["wombat second"]).await;
    ann.delete(&format!("/rooms/{den}")).await.is(204);
    assert_eq!(hits(&ann, "wombat ").await["total"], 0);
    catches_up(&ann).await;
    assert_eq!(search_state(&ann).await["messages"], 0);
}

#[tokio::test]
async fn s23_keys_find_only_in_their_rooms_and_with_the_right_to_read() {
    let world = World::new().await;
    let ann = world.owner("ann").await;
    let (open, closed) = (ann.makes("public", "open", &[]).await, ann.makes("public", "closed", &[]).await);
    ann.says(open, "heron here").await;
    ann.says(closed, "heron there").await;
    finds(&ann, "heron ", &["heron here", "heron there"]).await;
    let (_, one) = ann.makes_key(json!({"name": "one", "scopes": ["read"], "rooms": [open]})).await;
    let found = one.get("/search?q=heron").await.is(200);
    assert_eq!((texts(&found).len(), &found["total"], &found["hits"][0]["room"]), (1, &json!(1), &json!(open)));
    assert_eq!(one.get("/search?q=in:closed+heron").await.is(200)["total"], 0);
    let (_, all) = ann.makes_key(json!({"name": "all", "scopes": ["read"]})).await;
    assert_eq!(all.get("/search?q=heron").await.is(200)["total"], 2);
    let (_, none) = ann.makes_key(json!({"name": "none", "scopes": ["metrics"]})).await;
    none.get("/search?q=heron").await.refused(403, "scope_missing");
    world.get("/api/v1/search?q=heron").await.refused(401, "not_signed_in");
    // The index is an admin's to make anew.
    one.post("/admin/search/rebuild", json!({})).await.is(403);
    let bob = world.person("bob").await;
    bob.post("/admin/search/rebuild", json!({})).await.refused(403, "forbidden");
}

#[tokio::test]
async fn pages_orders_and_what_is_refused() {
    let world = World::new().await;
    let ann = world.owner("ann").await;
    let hall = ann.makes("public", "hall", &[]).await;
    let mut said = Vec::new();
    for number in 0..5 {
        said.push(ann.says(hall, &format!("page {number}")).await);
    }
    catches_up(&ann).await;
    let ids = |found: &Value| -> Vec<u64> {
        found["hits"].as_array().unwrap().iter().map(|hit| hit["message"]["id"].as_u64().unwrap()).collect()
    };
    let first = ann.get("/search?q=page&sort=newest&limit=2").await.is(200);
    assert_eq!((ids(&first), &first["total"]), (vec![said[4], said[3]], &json!(5)));
    let second = ann.get(&format!("/search?q=page&sort=newest&limit=2&cursor={}", first["next"])).await.is(200);
    assert_eq!(ids(&second), [said[2], said[1]]);
    let last = ann.get(&format!("/search?q=page&sort=newest&limit=2&cursor={}", second["next"])).await.is(200);
    assert_eq!((ids(&last), &last["next"]), (vec![said[0]], &Value::Null));
    let best = ann.get("/search?q=page&limit=4").await.is(200);
    let rest = ann.get(&format!("/search?q=page&limit=4&cursor={}", best["next"])).await.is(200);
    assert_eq!(ids(&best).into_iter().chain(ids(&rest)).collect::<BTreeSet<_>>().len(), 5);
    for wrong in ["sort=oldest", "limit=0", "limit=201", "cursor=x", "cursor=99999", "utc_offset=900", "query=x"] {
        ann.get(&format!("/search?q=page&{wrong}")).await.refused(422, "invalid");
    }
    for hostile in ["(((", "\"", "-", "*", "a".repeat(5_000).as_str(), "/(a+)+$/", "from:", "in:\"", "\u{0}", "AND OR"]
    {
        hits(&ann, hostile).await;
    }
}

#[tokio::test]
async fn s38_two_searches_a_second() {
    let world = World::with(&[("SNUG_LIMITS__SEARCHES_PER_SECOND", "2")]).await;
    let ann = world.owner("ann").await;
    let mut refused = None;
    for _ in 0..50 {
        let answer = ann.get("/search?q=x").await;
        if answer.status.as_u16() == 429 {
            refused = Some(answer);
            break;
        }
    }
    let refused = refused.expect("the bucket is empty some time");
    assert_eq!(refused.header("retry-after"), Some("1"));
    refused.refused(429, "too_many");
}

/// The folder of the index.
/// Whether words of messages that are gone are left in files of the index; and how many messages those have.
fn leftovers(data: &Path) -> (bool, u64) {
    let meta: Value = serde_json::from_slice(&fs::read(index_of(data).join("meta.json")).unwrap()).unwrap();
    let segments = meta["segments"].as_array().unwrap();
    (
        segments.iter().any(|one| !one["deletes"].is_null()),
        segments.iter().filter_map(|one| one["max_doc"].as_u64()).sum(),
    )
}

#[tokio::test]
async fn words_that_were_taken_back_go_from_the_files_too() {
    let world = World::new().await;
    let ann = world.owner("ann").await;
    let hall = ann.makes("private", "hall", &[]).await;
    let mut last = 0;
    for number in 0..9 {
        last = ann.says(hall, &format!("word{number}")).await;
    }
    catches_up(&ann).await;
    ann.delete(&format!("/rooms/{hall}/messages/{last}")).await.is(204);
    catches_up(&ann).await;
    finds(&ann, "word8", &[]).await;
    let data = world.app.config.data.clone();
    assert_eq!(leftovers(&data), (true, 9), "nobody finds it, and it is there");
    world.app.search.forget();
    let until = Instant::now() + PATIENCE;
    while leftovers(&data) != (false, 8) {
        assert!(Instant::now() < until, "{:?}", leftovers(&data));
        tokio::task::yield_now().await;
    }
    // What is said meanwhile and afterwards is found.
    ann.says(hall, "word9").await;
    finds(&ann, "word9", &["word9"]).await;
    finds(&ann, "word7", &["word7"]).await;
}

fn index_of(data: &Path) -> PathBuf {
    let folder = data.join("search");
    fs::read_dir(folder).unwrap().next().unwrap().unwrap().path()
}

#[tokio::test]
async fn an_index_that_is_gone_or_damaged_is_made_again() {
    let mut world = World::new().await;
    let ann = world.owner("ann").await;
    let hall = ann.makes("public", "hall", &[]).await;
    let words = ["ibis one", "ibis two", "ibis three"];
    for word in words {
        ann.says(hall, word).await;
    }
    finds(&ann, "ibis ", &words).await;
    let spoil: [fn(&Path); 6] = [
        |index| fs::remove_dir_all(index).unwrap(),
        |index| fs::write(index.join("meta.json"), "{}").unwrap(),
        |index| each(index, |path| fs::write(path, b"").unwrap()),
        |index| each(index, |path| drop(fs::OpenOptions::new().write(true).open(path).unwrap().set_len(7))),
        |index| each(index, |path| fs::remove_file(path).unwrap()),
        |index| each(index, turn_a_byte),
    ];
    for (number, spoil) in spoil.into_iter().enumerate() {
        let folder = world.stop().await;
        spoil(&index_of(&folder.path().join("data")));
        world = World::on(folder, &[]).await;
        let ann = again(&world, "ann").await;
        finds(&ann, "ibis ", &words).await;
        assert_eq!(search_state(&ann).await["state"], "ready", "{number}");
    }
    // And when an admin wants it, while people go on.
    let ann = again(&world, "ann").await;
    ann.post("/admin/search/rebuild", json!({})).await.is(200);
    ann.says(hall, "ibis four").await;
    finds(&ann, "ibis ", &["ibis one", "ibis two", "ibis three", "ibis four"]).await;
}

fn each(index: &Path, spoil: impl Fn(&Path)) {
    for entry in fs::read_dir(index).unwrap() {
        let path = entry.unwrap().path();
        if path.extension().is_some_and(|kind| kind != "json" && kind != "lock") {
            spoil(&path);
        }
    }
}

fn turn_a_byte(path: &Path) {
    let mut bytes = fs::read(path).unwrap();
    if let Some(byte) = bytes.get_mut(1) {
        *byte ^= 0x20;
    }
    fs::write(path, bytes).unwrap();
}

async fn again(world: &World, name: &str) -> Person {
    let answer = world.post("/auth/login", json!({"username": name, "password": PASSWORD})).await;
    Person::signed_in(&world.door, answer)
}

/// One room as a plain scan knows it.
#[derive(Default)]
struct Room {
    id: u64,
    said: BTreeMap<u64, String>,
    members: BTreeSet<usize>,
}

const VOCABULARY: [&str; 8] = ["ash", "birch", "cedar", "東京", "京都", "élan", "snake_case", "ÜBER"];

/// What of a question's words the index folds, as this test does it.
fn plain(text: &str) -> String {
    text.to_lowercase().replace(['é'], "e").replace(['ü'], "u")
}

#[tokio::test]
async fn after_anything_that_happens_the_hits_are_those_of_a_plain_scan() {
    let steps = if full() { 2_000 } else { 120 };
    let mut dice = Dice(0x5ea7c4);
    let mut world = World::new().await;
    let mut people = vec![world.owner("ann").await, world.person("bob").await, world.person("cleo").await];
    let mut rooms = Vec::new();
    for name in ["one", "two", "three"] {
        let id = people[0].makes("private", name, &[&people[1], &people[2]]).await;
        rooms.push(Room { id, members: BTreeSet::from([0, 1, 2]), ..Room::default() });
    }
    for step in 1..=steps {
        let at = dice.below(rooms.len() as u64) as usize;
        let room = &mut rooms[at];
        let who = dice.below(3) as usize;
        match dice.below(20) {
            0..12 => {
                let words: Vec<&str> =
                    (0..=dice.below(3)).map(|_| VOCABULARY[dice.below(VOCABULARY.len() as u64) as usize]).collect();
                let text = format!("{step} {}", words.join(" "));
                let author = if room.members.contains(&who) { who } else { 0 };
                room.said.insert(people[author].says(room.id, &text).await, text);
            }
            12..14 => {
                if let Some(id) = any(&mut dice, &room.said) {
                    // Ann may delete what others said.
                    people[0].delete(&format!("/rooms/{}/messages/{id}", room.id)).await.is(204);
                    room.said.remove(&id);
                }
            }
            14..16 => {
                if let Some(id) = any(&mut dice, &room.said) {
                    let text = format!("{step} edited {}", VOCABULARY[dice.below(VOCABULARY.len() as u64) as usize]);
                    for person in &people {
                        let edited = json!({"text": text});
                        let answer = person.patch(&format!("/rooms/{}/messages/{id}", room.id), edited).await;
                        if answer.status == 200 {
                            room.said.insert(id, text.clone());
                            break;
                        }
                    }
                }
            }
            16..18 if who > 0 => {
                if room.members.remove(&who) {
                    people[who].leaves(room.id).await;
                } else {
                    let path = format!("/rooms/{}/members/{}", room.id, people[who].id);
                    people[0].put(&path, json!({"role": "member"})).await.is(200);
                    room.members.insert(who);
                }
            }
            18 if dice.below(4) == 0 => {
                world = world.restarts().await;
                for (person, name) in people.iter_mut().zip(["ann", "bob", "cleo"]) {
                    *person = again(&world, name).await;
                }
            }
            _ => {}
        }
        if step % 40 == 0 {
            catches_up(&people[0]).await;
            for (number, person) in people.iter().enumerate() {
                for word in VOCABULARY {
                    let expected: BTreeSet<String> = rooms
                        .iter()
                        .filter(|room| room.members.contains(&number))
                        .flat_map(|room| room.said.values())
                        .filter(|text| plain(text).contains(&plain(word)))
                        .cloned()
                        .collect();
                    let (found, total) = all_pages(person, &format!("{word} ")).await;
                    assert_eq!(found, expected, "{word:?} after {step}, for {number}");
                    assert_eq!(total, expected.len(), "{word:?} after {step}, for {number}");
                }
            }
        }
    }
}

fn any(dice: &mut Dice, said: &BTreeMap<u64, String>) -> Option<u64> {
    let count = said.len() as u64;
    (count > 0).then(|| said.keys().nth(dice.below(count) as usize).copied()).flatten()
}

#[tokio::test]
async fn the_index_is_not_behind_when_what_happened_cannot_be_found() {
    let world = World::new().await;
    let (ann, bob) = (world.owner("ann").await, world.person("bob").await);
    let hall = ann.makes("public", "hall", &[&bob]).await;
    ann.says(hall, "an egret").await;
    finds(&bob, "egret", &["an egret"]).await;
    bob.leaves(hall).await;
    catches_up(&ann).await;
}

#[tokio::test]
async fn a_kill_in_the_middle_of_indexing_loses_no_hit() {
    let folder = tempfile::tempdir().unwrap();
    let data = folder.path().join("data");
    let address = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    let mut server = Server::start(address, &data, true);
    let door = Door::plain(address);
    let code = server.code.clone().unwrap();
    let setup = json!({"code": code, "username": "ann", "password": PASSWORD});
    let answer = door.call("POST", "/api/v1/setup", &[("content-type", "application/json")], setup.to_string()).await;
    let ann = Person::signed_in(&door, answer);
    let hall = ann.makes("public", "hall", &[]).await;
    let mut said = BTreeSet::new();
    for round in 0..3 {
        for number in 0..40 {
            let text = format!("egret {round} {number}");
            ann.says(hall, &text).await;
            said.insert(text);
        }
        // Somewhere between the first commit of the index and the last.
        server.kill();
        drop(server);
        server = Server::start(address, &data, false);
        let whole = async {
            loop {
                let found = ann.get("/search?q=egret&limit=200").await;
                if found.status != 200 || texts(&found.json()) != said {
                    tokio::task::yield_now().await;
                } else {
                    return;
                }
            }
        };
        tokio::time::timeout(PATIENCE, whole).await.expect("every hit comes back");
    }
    drop(server);
}
