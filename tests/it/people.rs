//! What people say of themselves, and who sees it.
use crate::support::{Answer, Person, World, event};
use serde_json::{Value, json};
use snug::clock;
use snug::limits;
use std::time::Duration;

/// The beginning of a PNG of this size, and something after it.
fn png(width: u32, height: u32, rest: &[u8]) -> Vec<u8> {
    let mut bytes = b"\x89PNG\r\n\x1a\n\0\0\0\x0dIHDR".to_vec();
    bytes.extend(width.to_be_bytes());
    bytes.extend(height.to_be_bytes());
    bytes.extend(rest);
    bytes
}

async fn sends_picture(person: &Person, kind: &str, bytes: Vec<u8>) -> Answer {
    let origin = person.door.origin();
    let headers = [("cookie", person.cookie.as_str()), ("origin", &origin), ("content-type", kind)];
    person.door.call("PUT", "/api/v1/me/avatar", &headers, bytes).await
}

async fn looks_at(person: &Person, path: &str) -> Answer {
    person.door.call("GET", path, &[("cookie", person.cookie.as_str())], "").await
}

#[tokio::test]
async fn a_profile_is_told_to_everybody_and_only_good_ones_are_kept() {
    let world = World::new().await;
    let (ann, bob) = (world.owner("ann").await, world.person("bob").await);
    let mut bobs = bob.listens().await;
    let about = "Boats.\nAlso coffee.";
    let me =
        ann.patch("/me", json!({"about": format!("  {about}\r\n"), "time_zone": "America/Argentina/Ushuaia"})).await;
    let me = me.is(200);
    assert_eq!((&me["about"], &me["time_zone"]), (&json!(about), &json!("America/Argentina/Ushuaia")));
    let heard = bobs.hears(event("user.updated")).await;
    assert_eq!((&heard["data"]["id"], &heard["data"]["about"]), (&json!(ann.id), &json!(about)));
    let seen = bob.get(&format!("/users/{}", ann.id)).await.is(200);
    assert_eq!((&seen["about"], &seen["avatar"]), (&json!(about), &Value::Null));

    for (field, good) in
        [("about", json!("x".repeat(300))), ("time_zone", json!("Etc/GMT+5")), ("time_zone", json!("UTC"))]
    {
        ann.patch("/me", json!({ field: good })).await.is(200);
    }
    for bad in [json!("x".repeat(301)), json!("a\u{202e}b"), json!("a\u{7}")] {
        ann.patch("/me", json!({"about": bad})).await.refused(422, "invalid");
    }
    let long = "x".repeat(65);
    for bad in ["", "next door", "Europe/", "../etc", "a/b/c/d", "Europe/Berl\u{ed}n", &long] {
        let refused = ann.patch("/me", json!({"time_zone": bad})).await.refused(422, "invalid");
        assert_eq!(refused["field"], "time_zone", "{bad}");
    }
    let me = ann.patch("/me", json!({"about": "  ", "time_zone": null})).await.is(200);
    assert_eq!((&me["about"], &me["time_zone"]), (&Value::Null, &Value::Null));
}

#[tokio::test]
async fn a_status_ends_when_its_time_is_over() {
    let world = World::new().await;
    let (ann, bob) = (world.owner("ann").await, world.person("bob").await);
    let seen = async || bob.get(&format!("/users/{}", ann.id)).await.is(200)["status"].clone();
    let status = |expires_at: u64| json!({"status": {"emoji": "\u{1f3e0}", "text": "Home", "expires_at": expires_at}});

    ann.patch("/me", status(clock::now())).await.refused(422, "invalid");
    let later = clock::now() + limits::HOUR_MS;
    ann.patch("/me", status(later)).await.is(200);
    assert_eq!(seen().await, json!({"emoji": "\u{1f3e0}", "text": "Home", "expires_at": later}));

    let end = clock::now() + 300;
    ann.patch("/me", status(end)).await.is(200);
    while clock::now() < end {
        tokio::time::sleep(Duration::from_millis(end.saturating_sub(clock::now()))).await;
    }
    assert_eq!(seen().await, Value::Null);
    assert_eq!(ann.get("/me").await.is(200)["status"], Value::Null);
    ann.patch("/me", json!({"status": {"text": "For ever"}})).await.is(200);
    assert_eq!(seen().await, json!({"emoji": "", "text": "For ever", "expires_at": null}));
}

#[tokio::test]
async fn s43_a_picture_is_kept_told_and_shown_to_people_only() {
    let world = World::new().await;
    let (ann, bob) = (world.owner("ann").await, world.person("bob").await);
    let mut bobs = bob.listens().await;
    let first = png(256, 256, b"first");
    let me = sends_picture(&ann, "image/png", first.clone()).await.is(200);
    let place = me["avatar"].as_str().unwrap().to_owned();
    assert!(place.starts_with(&format!("/avatars/{}/", ann.id)), "{place}");
    assert_eq!(bobs.hears(event("user.updated")).await["data"]["avatar"], json!(place));

    let shown = looks_at(&bob, &place).await;
    assert_eq!((shown.status.as_u16(), &shown.body[..]), (200, &first[..]));
    let said = |name: &str| shown.header(name).unwrap_or_default().to_owned();
    assert_eq!((said("content-type").as_str(), said("x-content-type-options").as_str()), ("image/png", "nosniff"));
    assert_eq!(said("cache-control"), "private, max-age=31536000, immutable");
    assert!(said("content-security-policy").starts_with("sandbox; default-src 'none'"), "S43");
    assert_eq!(world.get(&place).await.status, 401);
    assert_eq!(looks_at(&bob, &format!("/avatars/{}/guess", ann.id)).await.status, 404);

    // The same one again changes nothing; another one has another address.
    sends_picture(&ann, "image/png", first).await.is(200);
    let second = sends_picture(&ann, "image/png", png(1_024, 1, b"second")).await.is(200);
    assert_eq!(bobs.hears(event("user.updated")).await["data"]["avatar"], second["avatar"]);
    assert_eq!(looks_at(&bob, &place).await.status, 404);

    // What is refused changes nothing.
    for (kind, bytes, status) in [
        ("image/svg+xml", b"<svg/>".to_vec(), 415),
        ("application/json", b"{}".to_vec(), 415),
        ("image/png", b"<svg/>".to_vec(), 422),
        ("image/jpeg", png(256, 256, b""), 422),
        ("image/png", png(1_025, 256, b""), 422),
        ("image/png", Vec::new(), 422),
        ("image/png", png(256, 256, &vec![0; limits::AVATAR_BYTES_MAX]), 413),
    ] {
        assert_eq!(sends_picture(&ann, kind, bytes).await.status, status, "{kind}");
    }
    assert_eq!(ann.get("/me").await.is(200)["avatar"], second["avatar"]);

    ann.delete("/me/avatar").await.is(204);
    ann.delete("/me/avatar").await.is(204);
    assert_eq!(bobs.hears(event("user.updated")).await["data"]["avatar"], Value::Null);
    assert_eq!(looks_at(&bob, second["avatar"].as_str().unwrap()).await.status, 404);
}

#[tokio::test]
async fn of_who_is_erased_nothing_of_all_this_is_left() {
    let world = World::new().await;
    let (ann, bob) = (world.owner("ann").await, world.person("bob").await);
    bob.patch("/me", json!({"about": "Boats", "time_zone": "Europe/Oslo", "status": {"text": "Here"}})).await.is(200);
    let place = sends_picture(&bob, "image/png", png(9, 9, b"")).await.is(200)["avatar"].as_str().unwrap().to_owned();
    assert_eq!(looks_at(&ann, &place).await.status, 200);
    ann.delete(&format!("/admin/users/{}", bob.id)).await.is(204);
    assert_eq!(looks_at(&ann, &place).await.status, 404);
    let left = ann.get(&format!("/users/{}", bob.id)).await.is(200);
    for field in ["about", "time_zone", "status", "avatar"] {
        assert_eq!(left[field], Value::Null, "{field}");
    }
}

#[tokio::test]
async fn the_rooms_that_two_share_are_told_to_them_only() {
    let world = World::new().await;
    let ann = world.owner("ann").await;
    let (bob, cleo) = (world.person("bob").await, world.person("cleo").await);
    let den = ann.makes("private", "den", &[&bob]).await;
    let hall = ann.makes("public", "hall", &[&bob, &cleo]).await;
    ann.makes("private", "mine", &[]).await;
    ann.post("/directs", json!({"users": [bob.id]})).await.is(201);
    let shared = async |one: &Person, other: &Person| {
        one.get(&format!("/users/{}/rooms", other.id)).await.is(200)["rooms"].clone()
    };
    assert_eq!(shared(&ann, &bob).await, json!([den, hall]));
    assert_eq!(shared(&bob, &ann).await, json!([den, hall]));
    assert_eq!(shared(&cleo, &bob).await, json!([hall]), "of the den Cleo hears nothing");
    ann.get("/users/999999/rooms").await.refused(404, "not_found");
}
