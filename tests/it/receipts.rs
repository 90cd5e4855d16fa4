//! Who received and who read what: told in small rooms, asked for in large ones, kept to oneself where one likes.
use crate::support::{Ear, Person, World, event, told};
use serde_json::{Value, json};

async fn reads(person: &Person, room: u64, up_to: u64) {
    person.post(&format!("/rooms/{room}/read"), json!({"up_to": up_to})).await.is(204);
}

/// Says that everything heard so far is in one's hands, and waits until that is kept.
async fn has_received(ear: &mut Ear) {
    ear.catches_up().await;
    let cursor = ear.cursor();
    assert_eq!(ear.asks(json!({"type": "received", "cursor": cursor})).await["type"], "ok");
}

async fn receipts(person: &Person, room: u64, message: u64) -> Value {
    person.get(&format!("/rooms/{room}/messages/{message}/receipts")).await.is(200)
}

fn of(receipts: &Value, user: u64) -> &Value {
    receipts["receipts"].as_array().unwrap().iter().find(|one| one["user"] == user).unwrap_or(&Value::Null)
}

#[tokio::test]
async fn a_sender_sees_a_message_arrive_and_be_read() {
    let world = World::new().await;
    let ann = world.owner("ann").await;
    let bob = world.person("bob").await;
    let room = ann.post("/directs", json!({"users": [bob.id]})).await.is(201)["id"].as_u64().unwrap();
    let (mut anns, mut bobs) = (ann.listens().await, bob.listens().await);
    let said = ann.says(room, "are you there?").await;
    assert_eq!(receipts(&ann, room, said).await, json!({"delivered": [], "read": [], "times": []}));

    has_received(&mut bobs).await;
    let arrived = anns.hears(event("receipt.delivered")).await;
    assert_eq!((&arrived["room"], &arrived["data"]), (&json!(room), &json!({"user": bob.id, "up_to": said})));
    assert_eq!(receipts(&ann, room, said).await, json!({"delivered": [bob.id], "read": [], "times": []}));
    // Once more tells nothing new.
    has_received(&mut bobs).await;

    bobs.asks(json!({"type": "read", "room": room, "up_to": said})).await;
    let read = anns.hears(event("receipt.read")).await;
    assert_eq!((&read["data"]["user"], &read["data"]["up_to"]), (&json!(bob.id), &json!(said)));
    let at = read["data"]["at"].as_u64().unwrap();
    let found = receipts(&ann, room, said).await;
    assert_eq!(found, json!({"delivered": [bob.id], "read": [bob.id], "times": [{"user": bob.id, "at": at}]}));
    assert_eq!(anns.events().iter().filter(|frame| frame["event"] == "receipt.delivered").count(), 1);
    let all = ann.get(&format!("/rooms/{room}/receipts")).await.is(200);
    assert_eq!(of(&all, bob.id), &json!({"user": bob.id, "delivered": said, "read": said, "steps": [[said, at]]}));
}

#[tokio::test]
async fn marking_as_unread_takes_no_receipt_back() {
    let world = World::new().await;
    let ann = world.owner("ann").await;
    let bob = world.person("bob").await;
    let hall = ann.makes("private", "hall", &[&bob]).await;
    let said = ann.says(hall, "one").await;
    reads(&bob, hall, said).await;
    let mut anns = ann.listens().await;
    bob.post(&format!("/rooms/{hall}/unread"), json!({"from": said})).await.is(204);
    assert_eq!(bob.sees(hall).await["me"]["unread"], 1);
    reads(&bob, hall, said).await;
    assert_eq!(bob.sees(hall).await["me"]["unread"], 0);
    anns.catches_up().await;
    assert!(anns.events().is_empty(), "what was read stays read: {:?}", anns.events());
    assert_eq!(receipts(&ann, hall, said).await["read"], json!([bob.id]));
}

#[tokio::test]
async fn one_s_own_words_and_notices_make_no_receipts() {
    let world = World::new().await;
    let ann = world.owner("ann").await;
    let bob = world.person("bob").await;
    let hall = ann.makes("private", "hall", &[&bob]).await;
    let (mut anns, mut bobs) = (ann.listens().await, bob.listens().await);
    let own = bobs.says(hall, "mine").await;
    has_received(&mut bobs).await;
    reads(&bob, hall, own).await;
    let heard: Vec<Value> = anns.catches_up().await.iter().map(|frame| frame["event"].clone()).collect();
    assert!(!heard.iter().any(|name| name.as_str().is_some_and(|name| name.starts_with("receipt"))), "{heard:?}");
}

#[tokio::test]
async fn who_came_later_is_not_in_the_receipts_of_earlier_messages() {
    let world = World::new().await;
    let ann = world.owner("ann").await;
    let (bob, cleo) = (world.person("bob").await, world.person("cleo").await);
    let hall = ann.makes("public", "hall", &[&bob]).await;
    let early = ann.says(hall, "early").await;
    cleo.joins(hall).await;
    let late = ann.says(hall, "late").await;
    reads(&bob, hall, late).await;
    reads(&cleo, hall, late).await;
    assert_eq!(receipts(&ann, hall, early).await["read"], json!([bob.id]));
    assert_eq!(receipts(&ann, hall, late).await["read"], json!([bob.id, cleo.id]));
    // Who left is in none; and outsiders are told nothing.
    cleo.leaves(hall).await;
    assert_eq!(receipts(&ann, hall, late).await["read"], json!([bob.id]));
    cleo.get(&format!("/rooms/{hall}/messages/{late}/receipts")).await.refused(403, "not_a_member");
    cleo.get(&format!("/rooms/{hall}/receipts")).await.refused(403, "not_a_member");
}

#[tokio::test]
async fn the_time_of_reading_is_known_for_the_last_movements() {
    let world = World::new().await;
    let ann = world.owner("ann").await;
    let bob = world.person("bob").await;
    let hall = ann.makes("private", "hall", &[&bob]).await;
    let mut said = Vec::new();
    for number in 0..10 {
        said.push(ann.says(hall, &format!("word {number}")).await);
        reads(&bob, hall, said[number]).await;
    }
    let all = ann.get(&format!("/rooms/{hall}/receipts")).await.is(200);
    let steps: Vec<u64> =
        of(&all, bob.id)["steps"].as_array().unwrap().iter().map(|step| step[0].as_u64().unwrap()).collect();
    assert_eq!(steps, said[2..]);
    assert_eq!(receipts(&ann, hall, said[0]).await["times"], json!([]), "too long ago to be known");
    assert_eq!(receipts(&ann, hall, said[9]).await["times"][0]["user"], bob.id);
}

#[tokio::test]
async fn who_keeps_reading_to_themselves_tells_nobody_and_sees_nobody_s() {
    let world = World::new().await;
    let ann = world.owner("ann").await;
    let (bob, cleo) = (world.person("bob").await, world.person("cleo").await);
    let hall = ann.makes("private", "hall", &[&bob, &cleo]).await;
    bob.patch("/me", json!({"settings": {"receipts": false}})).await.is(200);
    let (mut anns, mut bobs) = (ann.listens().await, bob.listens().await);
    let since = ann.listens().await.cursor();
    let said = ann.says(hall, "hello").await;
    has_received(&mut bobs).await;
    reads(&bob, hall, said).await;
    reads(&cleo, hall, said).await;
    anns.hears(told(json!({"event": "receipt.read"}))).await;
    assert_eq!(receipts(&ann, hall, said).await["read"], json!([cleo.id]));
    assert_eq!(receipts(&ann, hall, said).await["delivered"], json!([cleo.id]));
    assert_eq!(of(&ann.get(&format!("/rooms/{hall}/receipts")).await.is(200), bob.id), &Value::Null);
    for frame in anns.catches_up().await {
        assert_ne!(frame["data"]["user"].as_u64().filter(|_| is_receipt(frame)), Some(bob.id), "{frame}");
    }
    // Bob sees none: live, after a gap, or by asking.
    let read = bob.sees(hall).await;
    assert_eq!(read["me"]["unread"], 0, "his own count moves all the same");
    let mut again = bob.resumes(since).await;
    for ear in [&mut bobs, &mut again] {
        assert!(!ear.catches_up().await.iter().any(is_receipt));
    }
    assert_eq!(receipts(&bob, hall, said).await, json!({"delivered": [], "read": [], "times": []}));
    assert_eq!(bob.get(&format!("/rooms/{hall}/receipts")).await.is(200), json!({"receipts": []}));
    // Cleo does, also after a gap.
    let mut cleos = cleo.resumes(since).await;
    assert!(cleos.catches_up().await.iter().any(is_receipt));

    // And back: what is read from now on is told. A restart changes nothing.
    let world = world.restarts().await;
    let mut bobs = bob.listens().await;
    reads(&cleo, hall, ann.says(hall, "more").await).await;
    assert!(!bobs.catches_up().await.iter().any(is_receipt));
    bob.patch("/me", json!({"settings": {"receipts": true}})).await.is(200);
    let last = ann.says(hall, "last").await;
    reads(&cleo, hall, last).await;
    bobs.hears(told(json!({"event": "receipt.read"}))).await;
    reads(&bob, hall, last).await;
    assert_eq!(receipts(&ann, hall, last).await["read"], json!([bob.id, cleo.id]));
    drop(world);
}

fn is_receipt(frame: &Value) -> bool {
    frame["event"].as_str().is_some_and(|name| name.starts_with("receipt."))
}

#[tokio::test]
async fn a_replay_tells_how_far_everybody_is_now_and_no_more() {
    let world = World::new().await;
    let ann = world.owner("ann").await;
    let bob = world.person("bob").await;
    let hall = ann.makes("private", "hall", &[&bob]).await;
    let since = ann.listens().await.cursor();
    let mut last = 0;
    for number in 0..5 {
        last = ann.says(hall, &format!("word {number}")).await;
        reads(&bob, hall, last).await;
    }
    let mut anns = ann.resumes(since).await;
    let told: Vec<Value> = anns.catches_up().await.iter().filter(|frame| is_receipt(frame)).cloned().collect();
    assert_eq!(told.len(), 1, "{told:?}");
    assert_eq!(told[0]["data"]["up_to"], last);
    // Of who has left nothing is told.
    bob.leaves(hall).await;
    ann.put(&format!("/rooms/{hall}/members/{}", bob.id), json!({"role": "member"})).await.is(200);
    let mut anns = ann.resumes(since).await;
    assert!(!anns.catches_up().await.iter().any(is_receipt));
}

#[tokio::test]
async fn in_rooms_of_more_than_fifty_receipts_are_asked_for() {
    let world = World::new().await;
    let ann = world.owner("ann").await;
    let bob = world.person("bob").await;
    let hall = ann.makes("public", "hall", &[&bob]).await;
    for number in 0..48 {
        world.person(&format!("guest{number}")).await.joins(hall).await;
    }
    let mut anns = ann.listens().await;
    reads(&bob, hall, ann.says(hall, "fifty of us").await).await;
    anns.hears(event("receipt.read")).await;
    ann.get(&format!("/rooms/{hall}/receipts")).await.is(200);

    world.person("one-more").await.joins(hall).await;
    let said = ann.says(hall, "now more").await;
    let before = anns.catches_up().await.len();
    reads(&bob, hall, said).await;
    assert!(!anns.catches_up().await[before..].iter().any(is_receipt));
    ann.get(&format!("/rooms/{hall}/receipts")).await.refused(409, "too_many_members");
    assert_eq!(receipts(&ann, hall, said).await["read"], json!([bob.id]));
}

#[tokio::test]
async fn reading_many_messages_at_once_is_few_writes() {
    let world = World::new().await;
    let ann = world.owner("ann").await;
    let bob = world.person("bob").await;
    let hall = ann.makes("private", "hall", &[&bob]).await;
    let mut said = Vec::new();
    for number in 0..200 {
        said.push(ann.says(hall, &format!("word {number}")).await);
    }
    let mut bobs = bob.listens().await;
    for (number, id) in said.iter().enumerate() {
        bobs.tells(json!({"type": "read", "ref": 1_000 + number, "room": hall, "up_to": id})).await;
    }
    bobs.hears(told(json!({"ref": 1_199, "type": "ok"}))).await;
    assert_eq!(bob.sees(hall).await["me"]["read_up_to"], said[199]);
    bobs.catches_up().await;
    let moved = bobs.events().iter().filter(|frame| frame["event"] == "me.updated").count();
    assert!(moved < 100, "{moved} writes for 200 messages");
    // What is marked as unread after reading stays so.
    bobs.tells(json!({"type": "read", "room": hall, "up_to": said[199]})).await;
    bob.post(&format!("/rooms/{hall}/unread"), json!({"from": said[198]})).await.is(204);
    assert_eq!(bob.sees(hall).await["me"]["unread"], 2);
}
