//! One person's data: all of it in one archive, and erased with what stays said plainly.
use crate::support::{DEADLINE, PASSWORD, Person, World};
use serde_json::{Value, json};
use snug::admin::OPERATOR;
use snug::http::{self, RequestBody};
use std::collections::BTreeMap;
use std::time::Instant;

/// Entries of a tar archive by their names.
fn entries(bytes: &[u8]) -> BTreeMap<String, Vec<u8>> {
    let (mut found, mut at, mut long) = (BTreeMap::new(), 0, None);
    while bytes[at] != 0 {
        let head = &bytes[at..at + 512];
        let text = |from: usize, to: usize| String::from_utf8(head[from..to].to_vec()).unwrap();
        let sum: u32 = head
            .iter()
            .enumerate()
            .map(|(place, byte)| if (148..156).contains(&place) { 32 } else { u32::from(*byte) })
            .sum();
        assert_eq!(u32::from_str_radix(&text(148, 154), 8).unwrap(), sum);
        let size = usize::from_str_radix(&text(124, 135), 8).unwrap();
        let body = &bytes[at + 512..at + 512 + size];
        match head[156] {
            b'x' => {
                let record = String::from_utf8(body.to_vec()).unwrap();
                long = Some(record.split_once("path=").unwrap().1.trim_end().to_owned());
            }
            _ => {
                let name = long.take().unwrap_or_else(|| text(0, 100).trim_end_matches('\0').to_owned());
                found.insert(name, body.to_vec());
            }
        }
        at += 512 + size.div_ceil(512) * 512;
    }
    found
}

fn lines(entries: &BTreeMap<String, Vec<u8>>, folder: &str) -> Vec<Value> {
    let parts = entries.iter().filter(|(name, _)| name.starts_with(folder));
    let text = parts.map(|(_, bytes)| String::from_utf8(bytes.clone()).unwrap()).collect::<String>();
    text.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
}

#[tokio::test]
async fn a_person_is_given_all_that_is_kept_of_them_and_nothing_of_others() {
    let world = World::new().await;
    let ann = world.owner("ann").await;
    let bob = world.person("bob").await;
    let hall = ann.makes("private", "hall", &[&bob]).await;
    let annes = ann.says(hall, "the words of ann").await;
    bob.says(hall, "the words of bob").await;
    bob.post(&format!("/rooms/{hall}/messages"), json!({"text": "an answer", "reply_to": annes})).await.is(201);
    bob.put(&format!("/rooms/{hall}/messages/{annes}/reactions/%F0%9F%91%8D"), json!({})).await.is(200);
    bob.put(&format!("/rooms/{hall}/messages/{annes}/saved"), json!({})).await.is(200);
    let plan = bob.uploads(hall, "gr%C3%B6%C3%9Fe.txt", "the bytes of bob").await;
    bob.shows(hall, "a file", &[&plan]).await;
    let gone = bob.says(hall, "taken back").await;
    bob.delete(&format!("/rooms/{hall}/messages/{gone}")).await.is(204);
    bob.put("/me/drafts", json!({"room": hall, "text": "not sent"})).await.is(200);

    bob.post("/me/export", json!({"password": "not the one"})).await.refused(403, "wrong_password");
    let answer = bob.post("/me/export", json!({"password": PASSWORD})).await;
    assert_eq!((answer.status.as_u16(), answer.header("content-type")), (200, Some("application/x-tar")));
    let found = entries(&answer.body);
    let data: Value = serde_json::from_slice(&found["data.json"]).unwrap();
    assert_eq!((&data["user"]["username"], &data["rooms"][0]["name"]), (&json!("bob"), &json!("hall")));
    assert_eq!((&data["drafts"][0]["text"], &data["saved"][0]["message"]), (&json!("not sent"), &json!(annes)));
    assert_eq!(data["sessions"][0]["address"], "127.0.0.1");
    let texts: Vec<Value> = lines(&found, "messages/").into_iter().map(|message| message["text"].clone()).collect();
    assert_eq!(texts, ["the words of bob", "an answer", "a file"]);
    assert_eq!(lines(&found, "reactions/")[0]["message"], json!(annes));
    assert!(lines(&found, "audit/").iter().any(|entry| entry["action"] == "user.created"));
    let file = found.iter().find(|(name, _)| name.starts_with("files/")).unwrap();
    assert!(file.0.ends_with("/größe.txt"));
    assert_eq!(file.1, b"the bytes of bob");
    let all = String::from_utf8_lossy(&answer.body);
    assert!(!all.contains("the words of ann") && !all.contains("taken back") && !all.contains("argon2"));

    // An admin, who may not read the rooms of others, gets it of nobody; the operator does.
    let path = format!("/admin/users/{}/export", bob.id);
    ann.get(&path).await.refused(404, "not_found");
    let request = hyper::Request::get(format!("/api/v1{path}")).body(RequestBody::default()).unwrap();
    let response = http::handle(world.app.clone(), OPERATOR, request).await;
    assert_eq!(response.status(), 200);
    let bytes = http_body_util::BodyExt::collect(response.into_body()).await.unwrap().to_bytes();
    assert_eq!(entries(&bytes).keys().collect::<Vec<_>>(), found.keys().collect::<Vec<_>>());
}

async fn everything_is_taken_back(reader: &Person, room: u64, author: u64) {
    let since = Instant::now();
    loop {
        let page = reader.get(&format!("/rooms/{room}/messages?limit=200")).await.is(200);
        let own = page["messages"]
            .as_array()
            .unwrap()
            .iter()
            .filter(|message| message["user"] == author && message["kind"] == "text");
        if own.clone().all(|message| message["deleted"] == true && message["text"] == "") {
            return;
        }
        assert!(since.elapsed() < DEADLINE);
    }
}

#[tokio::test]
async fn erasing_keeps_the_words_unless_they_are_to_go_too() {
    let world = World::new().await;
    let ann = world.owner("ann").await;
    let (bob, cleo) = (world.person("bob").await, world.person("cleo").await);
    let hall = ann.makes("private", "hall", &[&bob, &cleo]).await;
    for number in 0..40 {
        bob.says(hall, &format!("bob {number}")).await;
        cleo.says(hall, &format!("cleo {number}")).await;
    }
    let file = cleo.uploads(hall, "plan.txt", "bytes").await;
    cleo.shows(hall, "with a file", &[&file]).await;
    bob.post("/me/erase", json!({"password": "not the one"})).await.refused(403, "wrong_password");
    bob.post("/me/erase", json!({"password": PASSWORD})).await.is(204);
    bob.get("/me").await.refused(401, "not_signed_in");
    ann.post("/me/erase", json!({"password": PASSWORD})).await.refused(409, "last_owner");
    ann.post(&format!("/admin/users/{}/erase", cleo.id), json!({"with_messages": true})).await.is(204);
    world
        .app
        .store
        .change(|change| {
            while snug::chat::erase::step(change)? {}
            Ok(())
        })
        .await
        .unwrap();
    everything_is_taken_back(&ann, hall, cleo.id).await;
    assert_eq!(ann.fetches(file["url"].as_str().unwrap()).await.status, 404);
    let page = ann.get(&format!("/rooms/{hall}/messages?limit=200")).await.is(200);
    let kept = page["messages"]
        .as_array()
        .unwrap()
        .iter()
        .filter(|message| message["user"] == bob.id && message["kind"] == "text");
    assert!(
        kept.clone().count() == 40 && kept.clone().all(|message| message["text"].as_str().unwrap().starts_with("bob "))
    );
    let names: Vec<&Value> = page["users"]
        .as_array()
        .unwrap()
        .iter()
        .filter(|user| user["id"] != ann.id)
        .map(|user| &user["name"])
        .collect();
    assert!(names.iter().all(|name| **name == "Deleted user"), "{names:?}");
    let entries = ann.get("/admin/audit?action=user.deleted").await.is(200);
    assert_eq!(entries["entries"][0]["details"]["what"], "account and messages");
}
