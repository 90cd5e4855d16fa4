//! Being called: by name, with everybody, with those who are here; and finding it again.
use crate::support::{Person, World, posted};
use serde_json::{Value, json};

async fn mentions(person: &Person) -> Vec<u64> {
    let list = person.get("/me/mentions").await.is(200);
    assert_eq!(list["next"], Value::Null);
    ids(&list)
}

fn ids(list: &Value) -> Vec<u64> {
    list["messages"].as_array().unwrap().iter().map(|message| message["id"].as_u64().unwrap()).collect()
}

#[tokio::test]
async fn here_calls_those_who_are_connected() {
    let world = World::new().await;
    let ann = world.owner("ann").await;
    let (bob, cleo, eve) = (world.person("bob").await, world.person("cleo").await, world.person("eve").await);
    let hall = ann.makes("private", "hall", &[&bob, &cleo]).await;
    let (_anns, mut bobs, _eves) = (ann.listens().await, bob.listens().await, eve.listens().await);
    let said = ann.says(hall, "@here who has a minute? @cleo too").await;
    let heard = bobs.hears(posted("@here who has a minute? @cleo too")).await;
    let mut called: Vec<u64> =
        heard["data"]["mentions"].as_array().unwrap().iter().map(|id| id.as_u64().unwrap()).collect();
    called.sort_unstable();
    assert_eq!(called, [bob.id, cleo.id], "neither herself nor who is not in the room");
    assert_eq!(heard["data"]["mention_room"], false);
    assert_eq!(bob.sees(hall).await["me"]["mentions"], 1);

    let alone = ann.says(hall, "@here again").await;
    assert_eq!(mentions(&bob).await, [alone, said]);
    assert_eq!(mentions(&cleo).await, [said], "who was away is not called");
    // Mending the words does not call who came since.
    let _cleos = cleo.listens().await;
    let path = format!("/rooms/{hall}/messages/{alone}");
    assert_eq!(ann.patch(&path, json!({"text": "@here once again"})).await.is(200)["mentions"], json!([bob.id]));
    assert_eq!(ann.patch(&path, json!({"text": "nobody"})).await.is(200)["mentions"], json!([]));
    assert_eq!(mentions(&bob).await, [said]);
}

#[tokio::test]
async fn who_may_call_everybody_is_the_room_s_to_say() {
    let world = World::new().await;
    let ann = world.owner("ann").await;
    let bob = world.person("bob").await;
    let hall = ann.makes("private", "hall", &[&bob]).await;
    let path = format!("/rooms/{hall}/messages");
    let before = bob.says(hall, "@room as long as I may").await;
    ann.patch(&format!("/rooms/{hall}"), json!({"rules": {"call": "admins"}})).await.is(200);
    for text in ["@room look", "@here look"] {
        bob.post(&path, json!({"text": text})).await.refused(403, "call_forbidden");
        ann.post(&path, json!({"text": text})).await.is(201);
    }
    let plain = bob.post(&path, json!({"text": "@ann look"})).await.is(201)["id"].clone();
    bob.patch(&format!("{path}/{plain}"), json!({"text": "@room look"})).await.refused(403, "call_forbidden");
    bob.patch(&format!("{path}/{plain}"), json!({"text": "@ann, look"})).await.is(200);
    bob.patch(&format!("{path}/{before}"), json!({"text": "@room as long as I might"})).await.is(200);
}

#[tokio::test]
async fn all_mentions_of_mine_are_in_one_list() {
    let world = World::new().await;
    let ann = world.owner("ann").await;
    let (bob, cleo) = (world.person("bob").await, world.person("cleo").await);
    let hall = ann.makes("public", "hall", &[&cleo]).await;
    let attic = ann.makes("private", "attic", &[&bob]).await;
    ann.says(hall, "@room before bob came").await;
    bob.joins(hall).await;
    let one = ann.says(hall, "@bob one").await;
    let two = ann.says(attic, "@room two").await;
    ann.says(attic, "nobody is called").await;
    bob.says(hall, "@room I call myself").await;
    let gone = ann.says(hall, "@bob gone").await;
    ann.delete(&format!("/rooms/{hall}/messages/{gone}")).await.is(204);
    let three = cleo.says(hall, "@bob and @room three").await;
    assert_eq!(mentions(&bob).await, [three, two, one]);
    let list = bob.get("/me/mentions").await.is(200);
    let authors: Vec<&Value> = list["users"].as_array().unwrap().iter().map(|user| &user["id"]).collect();
    assert_eq!(authors, [&json!(ann.id), &json!(bob.id), &json!(cleo.id)]);

    // In parts, each once.
    let mut found = Vec::new();
    let mut cursor = String::new();
    loop {
        let page = bob.get(&format!("/me/mentions?limit=1{cursor}")).await.is(200);
        found.extend(ids(&page));
        let Some(next) = page["next"].as_u64() else { break };
        cursor = format!("&cursor={next}");
    }
    assert_eq!(found, [three, two, one]);

    // Of a room that is left nothing is shown, and again after coming back what calls by name.
    bob.leaves(hall).await;
    assert_eq!(mentions(&bob).await, [two]);
    bob.joins(hall).await;
    assert_eq!(mentions(&bob).await, [three, two, one]);
    bob.get("/me/mentions?cursor=x").await.refused(422, "invalid");
}

#[tokio::test]
async fn everything_is_read_at_once() {
    let world = World::new().await;
    let ann = world.owner("ann").await;
    let bob = world.person("bob").await;
    let rooms = [ann.makes("private", "one", &[&bob]).await, ann.makes("private", "two", &[&bob]).await];
    let mut anns = ann.listens().await;
    let mut said = Vec::new();
    for room in rooms {
        said.push(ann.says(room, "@bob").await);
    }
    bob.post("/me/read", json!({})).await.is(204);
    for (room, said) in rooms.into_iter().zip(said) {
        let me = bob.sees(room).await["me"].clone();
        assert_eq!((&me["unread"], &me["mentions"], &me["read_up_to"]), (&json!(0), &json!(0), &json!(said)));
        anns.hears(crate::support::told(json!({"event": "receipt.read", "room": room}))).await;
    }
    bob.post("/me/read", json!({"room": 1})).await.refused(422, "invalid");
}
