//! The files of a room, newest first, chosen by what they are.
use crate::support::{Person, World};
use serde_json::{Value, json};

/// The smallest picture that there is.
const GIF: &[u8] = b"GIF89a\x01\x00\x01\x00\x00\x00\x00;";
const WORDS: &[u8] = b"just words";

/// A sound without any sound.
fn wav() -> Vec<u8> {
    let mut bytes = b"RIFF\x24\x00\x00\x00WAVEfmt \x10\x00\x00\x00\x01\x00\x01\x00".to_vec();
    bytes.extend(b"\x40\x1f\x00\x00\x40\x1f\x00\x00\x01\x00\x08\x00data\x00\x00\x00\x00");
    bytes
}

async fn gallery(person: &Person, room: u64, query: &str) -> Value {
    person.get(&format!("/rooms/{room}/files{query}")).await.is(200)
}

fn names(gallery: &Value) -> Vec<&str> {
    gallery["files"].as_array().unwrap().iter().map(|sent| sent["file"]["name"].as_str().unwrap()).collect()
}

#[tokio::test]
async fn members_page_through_the_files_of_a_room() {
    let world = World::new().await;
    let ann = world.owner("ann").await;
    let (bob, cleo) = (world.person("bob").await, world.person("cleo").await);
    let hall = ann.makes("public", "hall", &[&bob]).await;
    assert_eq!(gallery(&bob, hall, "").await, json!({"files": [], "users": [], "next": null}));
    let (one, two) = (ann.uploads(hall, "one.gif", GIF).await, ann.uploads(hall, "two.txt", WORDS).await);
    let first = ann.shows(hall, "both", &[&one, &two]).await;
    let three = bob.uploads(hall, "three.wav", wav()).await;
    let second = bob.shows(hall, "", &[&three]).await;
    ann.uploads(hall, "unsent.gif", GIF).await;

    let whole = gallery(&bob, hall, "").await;
    assert_eq!(names(&whole), ["three.wav", "two.txt", "one.gif"]);
    let sent = &whole["files"][0];
    assert_eq!((&sent["message"], &sent["user"], &sent["at"]), (&second["id"], &json!(bob.id), &second["at"]));
    assert_eq!((&sent["thread"], &sent["file"]), (&Value::Null, &second["files"][0]));
    assert_eq!(whole["users"].as_array().unwrap().len(), 2);

    // A page ends within a message too, and the next one goes on there.
    let mut seen = Vec::new();
    let mut page = gallery(&bob, hall, "?limit=1").await;
    loop {
        assert_eq!(page["files"].as_array().unwrap().len(), 1);
        seen.push(names(&page)[0].to_owned());
        if page["next"].is_null() {
            break;
        }
        page = gallery(&bob, hall, &format!("?limit=1&cursor={}", page["next"])).await;
    }
    assert_eq!(seen, ["three.wav", "two.txt", "one.gif"]);

    for (kind, there) in [
        ("image", &["one.gif"][..]),
        ("audio", &["three.wav"]),
        ("media", &["three.wav"]),
        ("video", &[]),
        ("other", &["two.txt"]),
    ] {
        assert_eq!(names(&gallery(&bob, hall, &format!("?type={kind}")).await), there, "{kind}");
    }
    bob.get(&format!("/rooms/{hall}/files?type=films")).await.refused(422, "invalid");
    bob.get(&format!("/rooms/{hall}/files?limit=0")).await.refused(422, "invalid");
    bob.get(&format!("/rooms/{hall}/files?kind=image")).await.refused(422, "invalid");
    bob.get(&format!("/rooms/{hall}/files?cursor={}", u64::MAX)).await.refused(422, "invalid");
    cleo.get(&format!("/rooms/{hall}/files")).await.refused(403, "not_a_member");

    // What is deleted is not listed any more, alone or with its message.
    let file = one["id"].as_str().unwrap();
    bob.delete(&format!("/files/{file}")).await.is(403);
    ann.delete(&format!("/files/{file}")).await.is(204);
    assert_eq!(names(&gallery(&bob, hall, "").await), ["three.wav", "two.txt"]);
    ann.delete(&format!("/rooms/{hall}/messages/{}", second["id"])).await.is(204);
    ann.delete(&format!("/rooms/{hall}/messages/{}", first["id"])).await.is(204);
    assert_eq!(names(&gallery(&bob, hall, "").await), [""; 0]);
    let cellar = ann.makes("private", "cellar", &[]).await;
    bob.get(&format!("/rooms/{cellar}/files")).await.refused(404, "not_found");
}

#[tokio::test]
async fn what_is_sent_in_a_thread_names_it() {
    let world = World::new().await;
    let ann = world.owner("ann").await;
    let hall = ann.makes("public", "hall", &[]).await;
    let root = ann.says(hall, "what do you think?").await;
    let file = ann.uploads(hall, "plan.gif", GIF).await;
    let body = json!({"text": "this", "thread": root, "files": [file["id"]]});
    ann.post(&format!("/rooms/{hall}/messages"), body).await.is(201);
    assert_eq!(gallery(&ann, hall, "").await["files"][0]["thread"], root);
}
