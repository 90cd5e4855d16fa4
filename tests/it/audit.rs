//! The audit log: who did what to whom, from where; a chain that nobody changes unseen.
use crate::support::{DEADLINE, PASSWORD, Person, World};
use serde_json::{Value, json};
use snug::chat::audit::Action;
use snug::row::Audit;
use snug::store::Store;
use snug::store::chain;
use snug::store::tables::{AUDIT, CHAIN, FLOODS};
use std::collections::BTreeSet;
use std::time::Instant;

/// All entries, the oldest first.
async fn entries(admin: &Person) -> Vec<Value> {
    let mut all = Vec::new();
    let mut before = String::new();
    loop {
        let page = admin.get(&format!("/admin/audit?limit=200{before}")).await.is(200);
        all.extend(page["entries"].as_array().unwrap().clone());
        match page["next"].as_u64() {
            Some(next) => before = format!("&before={next}"),
            None => break,
        }
    }
    all.reverse();
    all
}

fn actions(entries: &[Value]) -> Vec<&str> {
    entries.iter().map(|entry| entry["action"].as_str().unwrap()).collect()
}

#[tokio::test]
async fn s55_what_is_done_is_written_down_with_who_to_whom_and_from_where() {
    let world = World::new().await;
    let ann = world.owner("ann").await;
    let bob = world.person("bob").await;
    let cleo = world.person("cleo").await;
    let hall = ann.makes("private", "hall", &[&bob]).await;
    let secret = "the words that nobody writes down";
    let said = bob.says(hall, secret).await;
    ann.put(&format!("/rooms/{hall}/members/{}", cleo.id), json!({"role": "member"})).await.is(200);
    ann.put(&format!("/rooms/{hall}/members/{}", cleo.id), json!({"role": "admin"})).await.is(200);
    ann.delete(&format!("/rooms/{hall}/members/{}", cleo.id)).await.is(204);
    ann.delete(&format!("/rooms/{hall}/messages/{said}")).await.is(204);
    let file = bob.uploads(hall, "plan.txt", "secret bytes").await;
    bob.delete(&format!("/files/{}", file["id"].as_str().unwrap())).await.is(204);
    ann.patch(&format!("/rooms/{hall}"), json!({"archived": true})).await.is(200);
    ann.patch(&format!("/rooms/{hall}"), json!({"archived": false})).await.is(200);
    ann.put(&format!("/rooms/{hall}/bans/{}", cleo.id), json!({})).await.is(200);
    ann.delete(&format!("/rooms/{hall}/bans/{}", cleo.id)).await.is(204);
    let invite = ann.post("/invites", json!({"uses": 2})).await.is(201);
    let body = json!({"username": "dan", "password": PASSWORD, "invite": invite["code"]});
    let dan = Person::signed_in(&world.door, world.post("/auth/register", body).await);
    ann.delete(&format!("/invites/{}", invite["id"])).await.is(204);
    let wrong = json!({"username": "bob", "password": "not the one at all"});
    world.post("/auth/login", wrong).await.refused(401, "wrong_credentials");
    let again = bob.signs_in_again().await;
    again.post("/auth/logout", json!({})).await.is(204);
    bob.signs_in_again().await;
    let session = bob.get("/auth/sessions").await.is(200)["sessions"][0]["id"].clone();
    bob.delete(&format!("/auth/sessions/{session}")).await.is(204);
    let new = json!({"current": PASSWORD, "new": "velvet onion harbour sixteen"});
    bob.post("/me/password", new).await.is(204);
    let dans = format!("/admin/users/{}", dan.id);
    ann.patch(&dans, json!({"role": "admin"})).await.is(200);
    ann.patch(&dans, json!({"role": "member"})).await.is(200);
    ann.patch(&dans, json!({"active": false})).await.is(200);
    ann.patch(&dans, json!({"active": true})).await.is(200);
    let reset = ann.post(&format!("{dans}/reset"), json!({})).await.is(201);
    let code = reset["url"].as_str().unwrap().split_once('#').unwrap().1.to_owned();
    world.post("/auth/reset", json!({"code": code, "password": "copper lantern meadow eleven"})).await.is(200);
    let ban = ann.post("/admin/bans", json!({"user": dan.id, "reason": "noise"})).await.is(201);
    ann.delete(&format!("/admin/bans/{}", ban["id"])).await.is(204);
    let ban = ann.post("/admin/bans", json!({"address": "203.0.113.0/24"})).await.is(201);
    ann.delete(&format!("/admin/bans/{}", ban["id"])).await.is(204);
    ann.delete(&dans).await.is(204);
    ann.delete(&format!("/rooms/{hall}")).await.is(204);

    let entries = entries(&ann).await;
    let written: BTreeSet<&str> = actions(&entries).into_iter().collect();
    for due in [
        "user.created",
        "room.created",
        "member.added",
        "member.role",
        "member.removed",
        "message.deleted_by_admin",
        "file.deleted",
        "room.archived",
        "room.unarchived",
        "room.ban.added",
        "room.ban.removed",
        "invite.created",
        "invite.used",
        "invite.revoked",
        "login.failed",
        "login.ok",
        "logout",
        "session.ended",
        "password.changed",
        "user.role",
        "user.disabled",
        "user.enabled",
        "reset.created",
        "password.reset",
        "user.banned",
        "ban.removed",
        "ban.added",
        "user.deleted",
        "room.deleted",
    ] {
        assert!(written.contains(due), "{due} was not written down: {written:?}");
    }
    let removed = entries.iter().find(|entry| entry["action"] == "member.removed").unwrap();
    assert_eq!(
        (&removed["actor"], &removed["by"], &removed["address"]),
        (&json!(ann.id), &json!("person"), &json!("127.0.0.1"))
    );
    assert_eq!(removed["subjects"], json!([{"kind": "user", "id": cleo.id}, {"kind": "room", "id": hall}]));
    let failed = entries.iter().find(|entry| entry["action"] == "login.failed").unwrap();
    assert_eq!((&failed["by"], &failed["actor"]), (&json!("nobody"), &Value::Null));
    assert_eq!(failed["subjects"][0]["id"], json!(bob.id));
    // Never what was said, and no secret.
    let text = serde_json::to_string(&entries).unwrap();
    let invite = invite["code"].as_str().unwrap();
    for canary in [secret, PASSWORD, "not the one", "velvet onion", &code, invite, "secret bytes"] {
        assert!(!text.contains(canary), "{canary}");
    }
    let verdict = ann.get("/admin/audit/verify").await.is(200);
    assert_eq!((&verdict["intact"], &verdict["entries"]), (&json!(true), &json!(entries.len())));
}

#[tokio::test]
async fn s55_it_is_asked_by_actor_action_and_subject_and_is_for_admins() {
    let world = World::new().await;
    let ann = world.owner("ann").await;
    let bob = world.person("bob").await;
    for _ in 0..3 {
        bob.signs_in_again().await;
    }
    let asked = async |query: &str| ann.get(&format!("/admin/audit?{query}")).await.is(200);
    let own = asked(&format!("actor={}&action=login", bob.id)).await;
    assert_eq!(own["entries"].as_array().unwrap().len(), 3);
    assert_eq!(own["users"][0]["username"], "bob");
    assert_eq!(asked("action=login.ok").await["entries"].as_array().unwrap().len(), 3);
    assert_eq!(asked("action=log").await["entries"].as_array().unwrap().len(), 0, "a part of a word is no action");
    assert_eq!(asked(&format!("subject={}&action=user", bob.id)).await["entries"].as_array().unwrap().len(), 1);
    let first = asked("limit=2").await;
    let next = first["next"].as_u64().unwrap();
    let second = asked(&format!("limit=2&before={next}")).await;
    assert!(second["entries"][0]["id"].as_u64().unwrap() < first["entries"][1]["id"].as_u64().unwrap());
    assert_eq!(asked(&format!("since={}", snug::clock::now() + 1_000)).await["entries"], json!([]));
    ann.get("/admin/audit?surprise=1").await.refused(422, "invalid");
    bob.get("/admin/audit").await.refused(403, "forbidden");
    bob.get("/admin/audit/verify").await.refused(403, "forbidden");
}

#[tokio::test]
async fn s55_a_flood_of_failures_is_counted_not_listed() {
    let world = World::new().await;
    let ann = world.owner("ann").await;
    for name in ["ann", "ann", "ann", "ann", "nobody-here", "nobody-there", "hunter2 in the wrong field"] {
        let body = json!({"username": name, "password": "not the one at all"});
        world.post("/auth/login", body).await.refused(401, "wrong_credentials");
    }
    let failed: Vec<Value> =
        entries(&ann).await.into_iter().filter(|entry| entry["action"] == "login.failed").collect();
    // One for the account, one for all names that are nobody's.
    assert_eq!(failed.len(), 2);
    assert!(!serde_json::to_string(&failed).unwrap().contains("hunter2"));
    // When the minute is over, the rest is told as a number.
    let since = snug::clock::now() - 61_000;
    world
        .app
        .store
        .change(move |change| {
            for (key, mut flood) in FLOODS.list(change, .., 10)? {
                flood.since = since;
                FLOODS.put(change, &key, &flood)?;
            }
            snug::chat::audit::tidy(change, 0).map(drop)
        })
        .await
        .unwrap();
    let told: Vec<Value> =
        entries(&ann).await.into_iter().filter(|entry| entry["details"]["count"].is_string()).collect();
    let counts: BTreeSet<&str> = told.iter().map(|entry| entry["details"]["count"].as_str().unwrap()).collect();
    assert_eq!(counts, BTreeSet::from(["2", "3"]));
    assert_eq!(ann.get("/admin/audit/verify").await.is(200)["intact"], true);
}

#[tokio::test]
async fn s55_a_changed_a_missing_and_an_added_entry_are_found() {
    let world = World::new().await;
    let ann = world.owner("ann").await;
    for name in ["bob", "cleo", "dan"] {
        world.person(name).await;
    }
    let count = entries(&ann).await.len() as u64;
    let spoil = async |how: fn(&mut Audit)| {
        world
            .app
            .store
            .change(move |change| {
                let mut row = AUDIT.need(change, 2)?;
                how(&mut row);
                AUDIT.put(change, 2, &row)
            })
            .await
            .unwrap();
        ann.get("/admin/audit/verify").await.is(200)
    };
    let good = AUDIT.need(&world.app.store.snapshot().unwrap(), 2).unwrap();
    let ways: [fn(&mut Audit); 6] = [
        |row| row.at += 1,
        |row| row.actor = Some(1),
        |row| row.action = "user.deleted".into(),
        |row| row.address = None,
        |row| row.details.clear(),
        // Who forges the hash too breaks the link of the next one.
        |row| {
            row.at += 1;
            row.hash = row.digest(2);
        },
    ];
    for (number, way) in ways.into_iter().enumerate() {
        let verdict = spoil(way).await;
        let at = if number == 5 { 3 } else { 2 };
        assert_eq!((&verdict["intact"], &verdict["broken_at"]), (&json!(false), &json!(at)), "way {number}");
        let good = good.clone();
        world.app.store.change(move |change| AUDIT.put(change, 2, &good)).await.unwrap();
        assert_eq!(ann.get("/admin/audit/verify").await.is(200)["intact"], true);
    }
    // The last one taken away, and one put behind it.
    let (row, head) = {
        let view = world.app.store.snapshot().unwrap();
        (AUDIT.need(&view, count).unwrap(), CHAIN.need(&view, "head").unwrap())
    };
    assert_eq!(head.number, count);
    world.app.store.change(move |change| AUDIT.remove(change, count)).await.unwrap();
    assert_eq!(ann.get("/admin/audit/verify").await.is(200)["broken_at"], json!(count));
    let extra = row.clone();
    world
        .app
        .store
        .change(move |change| {
            AUDIT.put(change, count, &row)?;
            AUDIT.put(change, count + 1, &extra)
        })
        .await
        .unwrap();
    assert_eq!(ann.get("/admin/audit/verify").await.is(200)["broken_at"], json!(count + 1));
}

#[tokio::test]
async fn s55_a_byte_changed_on_disk_is_found() {
    let world = World::new().await;
    let ann = world.owner("ann").await;
    let bob = world.person("bob").await;
    ann.patch(&format!("/admin/users/{}", bob.id), json!({"role": "admin"})).await.is(200);
    let at = entries(&ann).await.iter().find(|entry| entry["action"] == "user.role").unwrap()["id"].clone();
    let folder = world.stop().await;
    let path = folder.path().join("data/snug.redb");
    let since = Instant::now();
    // The database is closed a moment after the server.
    while let Err(error) = Store::open(&folder.path().join("data"), Box::new(|_| {})).map(drop) {
        assert!(error.to_string().contains("in use") && since.elapsed() < DEADLINE, "{error}");
    }
    while snug::store::lock(&folder.path().join("data")).is_err() {
        assert!(since.elapsed() < DEADLINE);
    }
    let mut bytes = std::fs::read(&path).unwrap();
    let word = b"user.role";
    let places: Vec<usize> =
        bytes.windows(word.len()).enumerate().filter(|(_, found)| found == word).map(|(at, _)| at).collect();
    assert!(!places.is_empty());
    for place in places {
        bytes[place] = b'U';
    }
    std::fs::write(&path, bytes).unwrap();
    let store = loop {
        match Store::open(&folder.path().join("data"), Box::new(|_| {})) {
            Ok(store) => break store,
            // The database may see by its own sums that a page was touched, before anybody asks for the row.
            Err(error) if error.to_string().contains("damaged") => return,
            Err(error) => assert!(error.to_string().contains("in use") && since.elapsed() < DEADLINE, "{error}"),
        }
    };
    let verdict = chain::verify(&store.snapshot().unwrap()).unwrap();
    assert_eq!(verdict.broken_at, at.as_u64());
}

#[tokio::test]
async fn s55_what_is_old_goes_and_the_rest_still_holds_together() {
    let world = World::new().await;
    let ann = world.owner("ann").await;
    for name in ["bob", "cleo", "dan"] {
        world.person(name).await;
    }
    let all = entries(&ann).await.len() as u64;
    let boundary = AUDIT.need(&world.app.store.snapshot().unwrap(), 3).unwrap().at;
    world.app.store.change(move |change| chain::prune(change, boundary).map(drop)).await.unwrap();
    let verdict = ann.get("/admin/audit/verify").await.is(200);
    assert_eq!(verdict["intact"], true, "{verdict}");
    let first = verdict["first"].as_u64().unwrap();
    assert!(first > 1 && first <= 3, "{verdict}");
    assert_eq!(verdict["last"], json!(all));
    let world = world.restarts().await;
    assert!(chain::verify(&world.app.store.snapshot().unwrap()).unwrap().broken_at.is_none());
}

#[test]
fn every_action_has_a_word_of_its_own() {
    let words: BTreeSet<&str> = Action::ALL.iter().map(|action| action.word()).collect();
    assert_eq!(words.len(), Action::ALL.len());
    let texts: Value = serde_json::from_str(include_str!("../../assets/i18n/en.json")).unwrap();
    for word in words {
        assert!(texts[format!("audit.{word}")].is_string(), "{word} has no words in the client");
        let kind = word.split('.').next().unwrap();
        assert!(
            kind == "reset"
                || kind == "token"
                || kind == "logout"
                || texts[format!("admin.audit.kind.{kind}")].is_string(),
            "{kind}"
        );
    }
}
