//! What a room holds up, and what a person keeps for later.
use crate::support::{Person, World, event, told};
use serde_json::{Value, json};

async fn pinned(person: &Person, room: u64) -> Vec<u64> {
    let list = person.get(&format!("/rooms/{room}/pins")).await.is(200);
    ids(&list)
}

async fn saved(person: &Person) -> Vec<u64> {
    ids(&person.get("/me/saved").await.is(200))
}

fn ids(list: &Value) -> Vec<u64> {
    list["messages"].as_array().unwrap().iter().map(|message| message["id"].as_u64().unwrap()).collect()
}

#[tokio::test]
async fn a_member_pins_a_message_for_the_whole_room() {
    let world = World::new().await;
    let ann = world.owner("ann").await;
    let (bob, cleo) = (world.person("bob").await, world.person("cleo").await);
    let hall = ann.makes("public", "hall", &[&bob]).await;
    let (first, second) = (ann.says(hall, "the plan").await, ann.says(hall, "the bill").await);
    let mut anns = ann.listens().await;
    let at = |message: u64| format!("/rooms/{hall}/pins/{message}");
    let whole = bob.put(&at(second), json!({})).await.is(200);
    assert_eq!((&whole["pinned"], &whole["id"]), (&json!(true), &json!(second)));
    let heard = anns.hears(event("pin.added")).await;
    assert_eq!((&heard["data"], &heard["room"]), (&json!({"message": second, "user": bob.id}), &json!(hall)));
    let notice = anns.hears(event("message.created")).await;
    assert_eq!((&notice["data"]["kind"], &notice["data"]["user"]), (&json!("pinned"), &json!(bob.id)));
    let quote = json!({"id": second, "user": ann.id, "preview": "the bill"});
    assert_eq!(notice["data"]["reply_to"], quote, "the notice leads to what was pinned");
    // A second time changes nothing, and nobody is told again.
    bob.put(&at(second), json!({})).await.is(200);
    ann.put(&at(first), json!({})).await.is(200);
    assert_eq!(pinned(&bob, hall).await, [second, first], "the oldest pin comes first");
    anns.hears(told(json!({"event": "message.created", "room": hall}))).await;
    let notices = anns.catches_up().await.iter().filter(|frame| frame["data"]["kind"] == "pinned").count();
    assert_eq!(notices, 2);
    let page = bob.get(&format!("/rooms/{hall}/pins?limit=1")).await.is(200);
    assert_eq!(ids(&page), [second]);
    assert_eq!(page["users"][0]["id"], ann.id);
    let next = bob.get(&format!("/rooms/{hall}/pins?limit=1&cursor={}", page["next"])).await.is(200);
    assert_eq!((ids(&next), &next["next"]), (vec![first], &Value::Null));

    ann.patch(&format!("/rooms/{hall}"), json!({"rules": {"pin": "admins"}})).await.is(200);
    bob.delete(&at(first)).await.refused(403, "pin_forbidden");
    bob.put(&at(first), json!({})).await.refused(403, "pin_forbidden");
    ann.put(&at(first), json!({})).await.is(200);
    ann.patch(&format!("/rooms/{hall}"), json!({"rules": {"pin": "everyone"}})).await.is(200);
    bob.delete(&at(first)).await.is(204);
    bob.delete(&at(first)).await.is(204);
    let heard = anns.hears(event("pin.removed")).await;
    assert_eq!(heard["data"], json!({"message": first, "user": bob.id}));
    assert_eq!(pinned(&ann, hall).await, [second]);
    cleo.get(&format!("/rooms/{hall}/pins")).await.refused(403, "not_a_member");
    cleo.put(&at(first), json!({})).await.refused(403, "not_a_member");
    bob.put(&at(notice["data"]["id"].as_u64().unwrap()), json!({})).await.refused(403, "notice");
    let den = ann.makes("private", "den", &[]).await;
    ann.put(&format!("/rooms/{den}/pins/{first}"), json!({})).await.refused(404, "not_found");

    // What is taken back is not held up any more.
    ann.delete(&format!("/rooms/{hall}/messages/{second}")).await.is(204);
    anns.hears(told(json!({"event": "pin.removed", "data": {"message": second, "user": ann.id}}))).await;
    assert_eq!(pinned(&ann, hall).await, [0; 0]);
    ann.put(&at(second), json!({})).await.refused(404, "not_found");
    ann.patch(&format!("/rooms/{hall}"), json!({"archived": true})).await.is(200);
    bob.put(&at(first), json!({})).await.refused(403, "archived");
}

#[tokio::test]
async fn a_room_holds_up_at_most_one_hundred() {
    let world = World::new().await;
    let ann = world.owner("ann").await;
    let hall = ann.makes("public", "hall", &[]).await;
    let mut ear = ann.listens().await;
    let mut messages = Vec::new();
    for number in 0..101 {
        messages.push(ear.says(hall, &format!("{number}")).await);
    }
    for message in &messages[..100] {
        ann.put(&format!("/rooms/{hall}/pins/{message}"), json!({})).await.is(200);
    }
    ann.put(&format!("/rooms/{hall}/pins/{}", messages[100]), json!({})).await.refused(409, "too_many_pins");
    ann.delete(&format!("/rooms/{hall}/pins/{}", messages[7])).await.is(204);
    ann.put(&format!("/rooms/{hall}/pins/{}", messages[100]), json!({})).await.is(200);
    assert_eq!(pinned(&ann, hall).await.len(), 50, "a page unless asked otherwise");
}

#[tokio::test]
async fn a_resume_tells_what_is_pinned_now() {
    let world = World::new().await;
    let ann = world.owner("ann").await;
    let bob = world.person("bob").await;
    let hall = ann.makes("public", "hall", &[&bob]).await;
    let (stays, goes) = (ann.says(hall, "stays").await, ann.says(hall, "goes").await);
    let since = bob.listens().await.cursor();
    ann.put(&format!("/rooms/{hall}/pins/{stays}"), json!({})).await.is(200);
    ann.put(&format!("/rooms/{hall}/pins/{goes}"), json!({})).await.is(200);
    ann.delete(&format!("/rooms/{hall}/pins/{goes}")).await.is(204);
    let mut bobs = bob.resumes(since).await;
    let heard = bobs.catches_up().await.to_vec();
    let pins = heard.iter().filter(|frame| frame["event"].as_str().is_some_and(|name| name.starts_with("pin.")));
    let pins: Vec<Value> = pins.map(|frame| json!([frame["event"], frame["data"]["message"]])).collect();
    assert_eq!(pins, [json!(["pin.added", stays]), json!(["pin.removed", goes])]);
}

#[tokio::test]
async fn what_one_keeps_is_ones_own_and_ends_with_the_membership() {
    let world = World::new().await;
    let ann = world.owner("ann").await;
    let bob = world.person("bob").await;
    let hall = ann.makes("public", "hall", &[&bob]).await;
    let den = ann.makes("public", "den", &[&bob]).await;
    let (one, two) = (ann.says(hall, "one").await, ann.says(den, "two").await);
    let three = ann.says(hall, "three").await;
    let (mut anns, mut bobs) = (ann.listens().await, bob.listens().await);
    let at = |room: u64, message: u64| format!("/rooms/{room}/messages/{message}/saved");
    for (room, message) in [(hall, three), (hall, one), (den, two)] {
        assert_eq!(bob.put(&at(room, message), json!({})).await.is(200)["id"], message);
    }
    bob.put(&at(hall, one), json!({})).await.is(200);
    let heard = bobs.hears(event("me.updated")).await;
    assert_eq!(heard["data"], json!({"saved": {"room": hall, "message": three, "saved": true}}));
    assert_eq!(saved(&bob).await, [two, one, three], "what was kept last comes first");
    assert_eq!(bob.get("/sync").await.is(200)["saved"], json!([two, one, three]));
    assert_eq!(saved(&ann).await, [0; 0]);
    anns.catches_up().await;
    assert!(anns.events().is_empty(), "nobody else hears of it");
    let page = bob.get("/me/saved?limit=2").await.is(200);
    assert_eq!(ids(&page), [two, one]);
    let next = bob.get(&format!("/me/saved?limit=2&cursor={}", page["next"])).await.is(200);
    assert_eq!((ids(&next), &next["next"]), (vec![three], &Value::Null));
    bob.put(&at(den, one), json!({})).await.refused(404, "not_found");
    bob.delete(&at(den, one)).await.refused(404, "not_found");

    bob.leaves(den).await;
    assert_eq!(saved(&bob).await, [one, three]);
    assert_eq!(bob.get("/sync").await.is(200)["saved"], json!([one, three]));
    bob.delete(&at(den, two)).await.refused(403, "not_a_member");
    bob.joins(den).await;
    assert_eq!(saved(&bob).await, [two, one, three], "and is there again after coming back");
    ann.delete(&format!("/rooms/{hall}/messages/{one}")).await.is(204);
    assert_eq!(saved(&bob).await, [two, three], "what was taken back is kept by nobody");
    bob.delete(&at(hall, three)).await.is(204);
    bob.delete(&at(hall, three)).await.is(204);
    ann.delete(&format!("/rooms/{den}")).await.is(204);
    assert_eq!(saved(&bob).await, [0; 0]);
    // An archived room can be read, so one may still keep what is in it.
    ann.patch(&format!("/rooms/{hall}"), json!({"archived": true})).await.is(200);
    bob.put(&at(hall, three), json!({})).await.is(200);
    for bad in ["limit=0", "cursor=x", "since=1"] {
        bob.get(&format!("/me/saved?{bad}")).await.refused(422, "invalid");
    }
}

#[tokio::test]
async fn one_keeps_at_most_a_thousand_and_what_is_gone_makes_room() {
    let world = World::new().await;
    let ann = world.owner("ann").await;
    let hall = ann.makes("public", "hall", &[]).await;
    let mut ear = ann.listens().await;
    let mut first = 0;
    for number in 0..1_000 {
        let said = ear.says(hall, &format!("{number}")).await;
        first = if first == 0 { said } else { first };
        // Through the noun itself: a thousand requests more would only take longer.
        let (user, room) = (ann.id, hall);
        world.app.store.change(move |change| snug::chat::saved::add(change, user, room, said)).await.unwrap();
    }
    let more = ear.says(hall, "more").await;
    ann.put(&format!("/rooms/{hall}/messages/{more}/saved"), json!({})).await.refused(409, "too_many_saved");
    ann.delete(&format!("/rooms/{hall}/messages/{first}")).await.is(204);
    ann.put(&format!("/rooms/{hall}/messages/{more}/saved"), json!({})).await.is(200);
    assert_eq!(ann.get("/sync").await.is(200)["saved"].as_array().unwrap().len(), 1_000);
}
