//! Words not sent yet: they follow their author, and nobody else ever sees them.
use crate::support::{Answer, Ear, Person, World, event, told};
use serde_json::{Value, json};

async fn drafts(person: &Person) -> Vec<Value> {
    let listed = person.get("/me/drafts").await.is(200);
    let synced = person.get("/sync").await.is(200);
    assert_eq!(listed["drafts"], synced["drafts"], "the snapshot holds the same drafts");
    listed["drafts"].as_array().unwrap().clone()
}

async fn clears(person: &Person, room: u64, thread: Option<u64>) -> Answer {
    person.asks("DELETE", "/me/drafts", Some(json!({"room": room, "thread": thread}))).await
}

/// The next draft that is told: (room, thread, text).
async fn hears(ear: &mut Ear) -> (u64, Option<u64>, String) {
    let frame = ear.hears(event("me.updated")).await;
    let draft = &frame["data"]["draft"];
    (draft["room"].as_u64().unwrap(), draft["thread"].as_u64(), draft["text"].as_str().unwrap().to_owned())
}

#[tokio::test]
async fn a_draft_follows_its_author_to_another_device_and_to_nobody_else() {
    let world = World::new().await;
    let (ann, bob) = (world.owner("ann").await, world.person("bob").await);
    let hall = ann.makes("public", "hall", &[&bob]).await;
    let said = bob.says(hall, "what do you think?").await;
    let (mut phone, mut bobs) = (ann.signs_in_again().await.listens().await, bob.listens().await);

    let body = json!({"room": hall, "thread": null, "text": "I think", "reply_to": said});
    let kept = ann.put("/me/drafts", body).await.is(200);
    let names: Vec<&String> = kept.as_object().unwrap().keys().collect();
    assert_eq!(names, ["at", "reply_to", "room", "text", "thread"]);
    assert_eq!(kept["reply_to"], said);
    assert_eq!(phone.hears(event("me.updated")).await["data"]["draft"], kept);
    assert_eq!(drafts(&ann).await, [kept]);

    // The next words take their place; in the thread there are others.
    ann.put("/me/drafts", json!({"room": hall, "text": "I think so"})).await.is(200);
    ann.put("/me/drafts", json!({"room": hall, "thread": said, "text": "in the thread"})).await.is(200);
    assert_eq!(hears(&mut phone).await, (hall, None, "I think so".into()));
    assert_eq!(hears(&mut phone).await, (hall, Some(said), "in the thread".into()));
    assert_eq!(drafts(&ann).await.len(), 2);
    assert_eq!(drafts(&bob).await, Vec::<Value>::new());

    // Without words there is none, however it is said; twice is once.
    ann.put("/me/drafts", json!({"room": hall, "text": " \n"})).await.is(204);
    assert_eq!(hears(&mut phone).await, (hall, None, String::new()));
    ann.put("/me/drafts", json!({"room": hall, "text": ""})).await.is(204);
    clears(&ann, hall, Some(said)).await.is(204);
    assert_eq!(hears(&mut phone).await, (hall, Some(said), String::new()));
    clears(&ann, hall, Some(said)).await.is(204);
    assert_eq!(drafts(&ann).await, Vec::<Value>::new());
    bobs.catches_up().await;
    assert!(bobs.events().is_empty(), "a draft is its author's own");
}

#[tokio::test]
async fn sending_clears_the_draft_of_its_place_in_the_same_change() {
    let world = World::new().await;
    let ann = world.owner("ann").await;
    let (hall, yard) = (ann.makes("public", "hall", &[]).await, ann.makes("public", "yard", &[]).await);
    for room in [hall, yard] {
        ann.put("/me/drafts", json!({"room": room, "text": "half a thought"})).await.is(200);
    }
    let mut ear = ann.listens().await;
    ann.says(hall, "a whole thought").await;
    assert_eq!(hears(&mut ear).await, (hall, None, String::new()));
    let left = drafts(&ann).await;
    assert_eq!(left.iter().map(|draft| &draft["room"]).collect::<Vec<_>>(), [&json!(yard)]);
    // A message that was sent before is no reason to clear what was written since.
    let again = json!({"text": "once", "nonce": "n1"});
    ann.post(&format!("/rooms/{yard}/messages"), again.clone()).await.is(201);
    ann.put("/me/drafts", json!({"room": yard, "text": "the next"})).await.is(200);
    ann.post(&format!("/rooms/{yard}/messages"), again).await.is(200);
    assert_eq!(drafts(&ann).await.len(), 1);
}

#[tokio::test]
async fn what_was_written_meanwhile_is_replayed_as_it_is_now() {
    let world = World::new().await;
    let ann = world.owner("ann").await;
    let hall = ann.makes("public", "hall", &[]).await;
    let since = ann.listens().await.cursor();
    ann.put("/me/drafts", json!({"room": hall, "text": "a secret, then taken back"})).await.is(200);
    clears(&ann, hall, None).await.is(204);
    let mut back = ann.resumes(since).await;
    let heard = back.catches_up().await;
    assert!(!heard.iter().any(|frame| frame.to_string().contains("a secret")), "{heard:?}");
    assert_eq!(back.events().len(), 2);

    let world = world.restarts().await;
    let ann = Person { door: world.door.clone(), ..ann };
    ann.put("/me/drafts", json!({"room": hall, "text": "kept"})).await.is(200);
    let world = world.restarts().await;
    let ann = Person { door: world.door.clone(), ..ann };
    assert_eq!(drafts(&ann).await[0]["text"], "kept");
}

#[tokio::test]
async fn who_is_not_in_the_room_keeps_no_words_for_it() {
    let world = World::new().await;
    let (ann, bob) = (world.owner("ann").await, world.person("bob").await);
    let hall = ann.makes("public", "hall", &[&bob]).await;
    let den = ann.makes("private", "den", &[&bob]).await;
    let attic = ann.makes("private", "attic", &[&bob]).await;
    let eve = world.person("eve").await;
    eve.put("/me/drafts", json!({"room": hall, "text": "let me in"})).await.refused(403, "not_a_member");
    eve.put("/me/drafts", json!({"room": den, "text": "let me in"})).await.refused(404, "not_found");
    clears(&eve, den, None).await.refused(404, "not_found");
    for room in [hall, den, attic] {
        bob.put("/me/drafts", json!({"room": room, "text": "let me stay"})).await.is(200);
    }
    // Removed, gone with the room, left by oneself: the words go, and are not there on coming back.
    ann.delete(&format!("/rooms/{den}/members/{}", bob.id)).await.is(204);
    ann.delete(&format!("/rooms/{attic}")).await.is(204);
    assert_eq!(drafts(&bob).await.len(), 1);
    bob.leaves(hall).await;
    assert_eq!(drafts(&bob).await, Vec::<Value>::new());
    bob.joins(hall).await;
    assert_eq!(drafts(&bob).await, Vec::<Value>::new());
}

#[tokio::test]
async fn a_draft_is_within_bounds() {
    let world = World::new().await;
    let ann = world.owner("ann").await;
    let (hall, yard) = (ann.makes("public", "hall", &[]).await, ann.makes("public", "yard", &[]).await);
    let keep = |body: Value| {
        let ann = ann.clone();
        async move { ann.put("/me/drafts", body).await }
    };
    keep(json!({"room": hall, "text": "x".repeat(16_000)})).await.is(200);
    assert_eq!(keep(json!({"room": hall, "text": "x".repeat(16_001)})).await.is(422)["field"], "text");
    assert_eq!(keep(json!({"room": hall, "text": "x", "colour": "red"})).await.is(422)["field"], "colour");
    // What is answered, and the thread, are messages of this room.
    let elsewhere = ann.says(yard, "elsewhere").await;
    for field in ["thread", "reply_to"] {
        assert_eq!(keep(json!({"room": hall, "text": "x", field: elsewhere})).await.is(422)["field"], field);
        keep(json!({"room": yard, "text": "x", field: elsewhere})).await.is(200);
    }
    assert_eq!(ann.get("/me/drafts?all=1").await.is(422)["field"], "all");
    // As many as 500, then those that are there may still change.
    let mut roots = Vec::new();
    for n in 0..500 {
        roots.push(ann.says(yard, &format!("root {n}")).await);
    }
    let have = drafts(&ann).await.len();
    for root in &roots[..500 - have] {
        keep(json!({"room": yard, "thread": root, "text": "x"})).await.is(200);
    }
    let last = roots[499];
    keep(json!({"room": yard, "thread": last, "text": "x"})).await.refused(409, "too_many_drafts");
    keep(json!({"room": yard, "thread": roots[0], "text": "y"})).await.is(200);
    clears(&ann, hall, None).await.is(204);
    keep(json!({"room": yard, "thread": last, "text": "x"})).await.is(200);
    let mut ear = ann.listens().await;
    keep(json!({"room": yard, "thread": last, "text": "z"})).await.is(200);
    ear.hears(told(json!({"event": "me.updated", "room": yard}))).await;
}

#[tokio::test]
async fn all_drafts_together_stay_small_enough_for_a_snapshot() {
    let world = World::new().await;
    let ann = world.owner("ann").await;
    let hall = ann.makes("public", "hall", &[]).await;
    let long = "x".repeat(16_000);
    let mut roots = Vec::new();
    for n in 0..66 {
        roots.push(ann.says(hall, &format!("root {n}")).await);
    }
    for root in &roots[..65] {
        ann.put("/me/drafts", json!({"room": hall, "thread": root, "text": long})).await.is(200);
    }
    let last = roots[65];
    ann.put("/me/drafts", json!({"room": hall, "thread": last, "text": long})).await.refused(409, "too_many_drafts");
    ann.put("/me/drafts", json!({"room": hall, "thread": last, "text": "short"})).await.is(200);
    ann.put("/me/drafts", json!({"room": hall, "thread": roots[0], "text": long})).await.is(200);
}
