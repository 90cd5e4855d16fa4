//! What admins of the server look over: all rooms with their size, never what is said in them; and everybody's sessions.
use crate::support::{Person, World, event};
use serde_json::{Value, json};

async fn names(admin: &Person, asked: &str) -> Vec<String> {
    let table = admin.get(&format!("/admin/rooms/table{asked}")).await.is(200);
    let rooms = table["rooms"].as_array().unwrap().iter();
    rooms.map(|line| line["room"]["name"].as_str().unwrap().to_owned()).collect()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn s31_all_rooms_are_listed_with_their_size_and_without_their_words() {
    let world = World::new().await;
    let ann = world.owner("ann").await;
    let bob = world.person("bob").await;
    let cid = world.person("cid").await;
    let attic = bob.makes("private", "Attic", &[&cid]).await;
    let hall = ann.makes("public", "Hall", &[]).await;
    bob.post("/directs", json!({"users": [cid.id]})).await.is(201);
    bob.says(attic, "a secret word").await;
    let file = cid.uploads(attic, "a.bin", vec![7; 5000]).await;
    cid.shows(attic, "see", &[&file]).await;
    ann.says(hall, "hello").await;
    bob.get("/admin/rooms/table").await.refused(403, "forbidden");

    let answer = ann.get("/admin/rooms/table").await;
    let table = answer.is(200);
    assert!(!table.to_string().contains("secret"), "{table}");
    assert_eq!((&table["total"], &table["directs"], &table["next"]), (&json!(2), &json!(1), &Value::Null));
    let line = &table["rooms"][0];
    assert_eq!(
        (&line["messages"], &line["files"], &line["bytes"], &line["admins"]),
        (&json!(2), &json!(1), &json!(5000), &json!(1))
    );
    assert!(
        line["last_at"].as_u64().is_some() && line["room"]["last_message"].is_null() && line["room"]["me"].is_null()
    );
    for (asked, expected) in [
        ("", vec!["Attic", "Hall"]),
        ("?order=active", vec!["Hall", "Attic"]),
        ("?order=members", vec!["Attic", "Hall"]),
        ("?order=bytes", vec!["Attic", "Hall"]),
        ("?query=HAL", vec!["Hall"]),
        ("?lost=true", vec![]),
        ("?limit=1", vec!["Attic"]),
        ("?limit=1&offset=1", vec!["Hall"]),
    ] {
        assert_eq!(names(&ann, asked).await, expected, "{asked}");
    }
    assert_eq!(ann.get("/admin/rooms/table?limit=1").await.is(200)["next"], 1);
    ann.get("/admin/rooms/table?limit=51").await.refused(422, "invalid");
    ann.get("/admin/rooms/table?order=colour").await.refused(422, "invalid");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn s31_admins_see_that_there_are_directs_and_not_whose() {
    let world = World::new().await;
    let ann = world.owner("ann").await;
    let bob = world.person("bob").await;
    let cid = world.person("cid").await;
    let attic = bob.makes("private", "Attic", &[&cid]).await;
    let theirs = bob.post("/directs", json!({"users": [cid.id]})).await.is(201)["id"].clone();
    let own = ann.post("/directs", json!({"users": [cid.id]})).await.is(201)["id"].clone();
    let all = ann.get("/admin/rooms").await.is(200);
    let ids: Vec<&Value> = all["rooms"].as_array().unwrap().iter().map(|room| &room["id"]).collect();
    assert_eq!((ids, &all["directs"], &all["next"]), (vec![&json!(attic)], &json!(2), &Value::Null));
    assert_eq!(ann.get("/admin/rooms?name=attic").await.is(200)["rooms"][0]["id"], attic);
    // Neither another's, nor by this way one's own: that one has among the own rooms.
    for direct in [&theirs, &own] {
        ann.get(&format!("/admin/rooms/{direct}")).await.refused(404, "not_found");
    }
    ann.get(&format!("/rooms/{theirs}")).await.refused(404, "not_found");
    assert_eq!(ann.get(&format!("/rooms/{own}")).await.is(200)["users"], json!([ann.id, cid.id]));
    let shown = ann.get(&format!("/admin/rooms/{attic}")).await.is(200);
    assert_eq!(shown["members"].as_array().unwrap().len(), 2);
    bob.get("/admin/rooms").await.refused(403, "forbidden");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn s31_a_room_that_lost_its_admin_gets_one_of_its_members() {
    let world = World::new().await;
    let ann = world.owner("ann").await;
    let bob = world.person("bob").await;
    let cid = world.person("cid").await;
    let attic = bob.makes("private", "Attic", &[&cid]).await;
    let mut ear = cid.listens().await;
    bob.says(attic, "a secret word").await;
    ann.patch(&format!("/admin/users/{}", bob.id), json!({"active": false})).await.is(200);
    assert_eq!(names(&ann, "?lost=true").await, ["Attic"]);
    let place = |user: &Person| format!("/admin/rooms/{attic}/members/{}", user.id);
    cid.put(&place(&cid), json!({"role": "admin"})).await.refused(403, "forbidden");
    // Nobody gets in by this: not the admin, nor who cannot sign in.
    ann.put(&place(&ann), json!({"role": "admin"})).await.refused(404, "not_found");
    ann.put(&place(&bob), json!({"role": "admin"})).await.refused(422, "invalid");
    ann.put(&place(&cid), json!({"role": "member"})).await.refused(422, "invalid");
    let member = ann.put(&place(&cid), json!({"role": "admin"})).await.is(200);
    assert_eq!(member["role"], "admin");
    ear.hears(event("member.updated")).await;
    assert_eq!(names(&ann, "?lost=true").await, Vec::<String>::new());
    cid.patch(&format!("/rooms/{attic}"), json!({"topic": "mine now"})).await.is(200);

    // Its name and topic may be changed from outside; what comes back has none of its words.
    let path = format!("/admin/rooms/{attic}");
    let room = ann.patch(&path, json!({"name": "Loft", "topic": null})).await.is(200);
    assert_eq!(
        (&room["name"], &room["topic"], &room["last_message"], &room["me"]),
        (&json!("Loft"), &Value::Null, &Value::Null, &Value::Null)
    );
    ear.hears(event("room.updated")).await;
    ann.makes("public", "Hall", &[]).await;
    ann.patch(&path, json!({"name": "hall"})).await.refused(409, "name_taken");
    let room = ann.patch(&path, json!({"archived": true})).await.is(200);
    assert!(room["archived"] == true && room["last_message"].is_null(), "{room}");
    ann.patch(&path, json!({"name": "Roof"})).await.refused(403, "archived");
    ann.put(&place(&cid), json!({"role": "admin"})).await.refused(403, "archived");
    let direct = ann.post("/directs", json!({"users": [cid.id]})).await.is(201)["id"].clone();
    ann.patch(&format!("/admin/rooms/{direct}"), json!({"name": "Ours"})).await.refused(404, "not_found");
    cid.says(direct.as_u64().unwrap(), "ours").await;
    ann.delete(&format!("/admin/rooms/{direct}")).await.refused(404, "not_found");
    assert!(cid.get(&format!("/rooms/{direct}/messages")).await.is(200)["messages"].to_string().contains("ours"));
    let log = ann.get("/admin/audit?action=member").await.is(200)["entries"].to_string();
    assert!(log.contains("member.role"), "{log}");
    assert!(ann.get("/admin/audit?action=room.changed").await.is(200)["entries"].to_string().contains("Loft"));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn s22_admins_see_where_everybody_is_signed_in_page_by_page() {
    let world = World::new().await;
    let ann = world.owner("ann").await;
    let bob = world.person("bob").await;
    let again = bob.signs_in_again().await;
    bob.get("/admin/sessions").await.refused(403, "forbidden");
    let all = ann.get("/admin/sessions").await.is(200);
    let users: Vec<u64> = all["sessions"].as_array().unwrap().iter().map(|one| one["user"].as_u64().unwrap()).collect();
    assert_eq!(users, [bob.id, bob.id, ann.id], "the newest first");
    assert_eq!(all["sessions"][2]["current"], true);
    assert_eq!(all["users"].as_array().unwrap().len(), 2);
    let first = ann.get("/admin/sessions?limit=2").await.is(200);
    let rest = ann.get(&format!("/admin/sessions?limit=2&cursor={}", first["next"])).await.is(200);
    assert_eq!((rest["sessions"][0]["user"].as_u64(), &rest["next"]), (Some(ann.id), &Value::Null));
    let his = ann.get("/admin/sessions?query=B%C3%B3b").await.is(200);
    assert_eq!(his["sessions"].as_array().unwrap().len(), 2);
    // One of them ends; the other goes on.
    let path = format!("/admin/users/{}/sessions/{}", bob.id, his["sessions"][0]["id"]);
    ann.delete(&path).await.is(204);
    again.get("/me").await.refused(401, "not_signed_in");
    bob.get("/me").await.is(200);
}
