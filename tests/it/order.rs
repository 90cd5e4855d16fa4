//! Order in the house: who is removed, banned or disabled is out at once, everywhere.
use crate::support::{Dice, Person, World};
use serde_json::json;

#[tokio::test]
async fn s21_s29_a_ban_closes_sockets_and_lets_nobody_back_until_it_is_lifted() {
    let world = World::new().await;
    let ann = world.owner("ann").await;
    let bob = world.person("bob").await;
    let mut ear = bob.listens().await;
    let ban = ann.post("/admin/bans", json!({"user": bob.id, "reason": "noise"})).await.is(201);
    assert_eq!((&ban["user"], &ban["addresses"]), (&json!(bob.id), &json!([])));
    assert_eq!(ear.closed().await, 4401);
    bob.get("/me").await.refused(401, "not_signed_in");
    let login = json!({"username": "bob", "password": crate::support::PASSWORD});
    world.post("/auth/login", login.clone()).await.refused(401, "wrong_credentials");
    // As long as it stands nobody lets them in another way.
    ann.patch(&format!("/admin/users/{}", bob.id), json!({"active": true})).await.refused(409, "ban_stands");
    let listed = ann.get("/admin/bans").await.is(200);
    assert_eq!((&listed["bans"][0]["reason"], &listed["users"][0]["id"]), (&json!("noise"), &json!(ann.id)));
    ann.delete(&format!("/admin/bans/{}", ban["id"])).await.is(204);
    world.post("/auth/login", login).await.is(200);
    ann.delete(&format!("/admin/bans/{}", ban["id"])).await.refused(404, "not_found");
}

#[tokio::test]
async fn s29_a_ban_is_for_admins_and_against_nobody_above() {
    let world = World::new().await;
    let ann = world.owner("ann").await;
    let bob = world.person("bob").await;
    let cleo = world.person("cleo").await;
    ann.patch(&format!("/admin/users/{}", bob.id), json!({"role": "admin"})).await.is(200);
    let ban = |user: u64| json!({"user": user});
    cleo.post("/admin/bans", ban(bob.id)).await.refused(403, "forbidden");
    bob.post("/admin/bans", ban(ann.id)).await.refused(403, "forbidden");
    bob.post("/admin/bans", ban(bob.id)).await.refused(422, "invalid");
    ann.post("/admin/bans", ban(ann.id)).await.refused(422, "invalid");
    ann.post("/admin/bans", json!({})).await.refused(422, "invalid");
    ann.post("/admin/bans", ban(999_999)).await.refused(404, "not_found");
    ann.post("/admin/bans", json!({"address": "everywhere"})).await.refused(422, "invalid");
    for wide in ["0.0.0.0/0", "::/0", "10.0.0.0/7", "2000::/8"] {
        ann.post("/admin/bans", json!({"address": wide})).await.refused(422, "invalid");
    }
    // Whoever bans is never among those who are banned.
    for own in ["127.0.0.1", "127.0.0.0/8", "::ffff:127.0.0.1"] {
        ann.post("/admin/bans", json!({"address": own})).await.refused(422, "invalid");
    }
    let past = json!({"address": "203.0.113.9", "expires_at": 1});
    ann.post("/admin/bans", past).await.refused(422, "invalid");
    let made = bob.post("/admin/bans", json!({"user": cleo.id, "with_addresses": true})).await.is(201);
    assert_eq!(made["addresses"], json!([]), "the person sits where the admin sits");
}

#[tokio::test]
async fn a_banned_address_is_refused_at_every_door_and_its_sockets_close() {
    let world = World::with(&[("SNUG_SERVER__TRUSTED_PROXIES", "127.0.0.1")]).await;
    let ann = world.owner("ann").await;
    let bob = world.person("bob").await;
    let from = |address: &'static str| ("x-forwarded-for", address);
    let origin = world.door.origin();
    let ask = async |path: &str, address| {
        world.door.call("GET", path, &[from(address), ("cookie", &bob.cookie), ("origin", &origin)], "").await
    };
    let headers = [from("203.0.113.7"), ("cookie", bob.cookie.as_str()), ("origin", &origin)];
    let mut ear = crate::support::Ear::open(&world.door, "", &headers).await.unwrap();
    ask("/api/v1/me", "203.0.113.7").await.is(200);
    let ban = ann.post("/admin/bans", json!({"address": "203.0.113.0/24"})).await.is(201);
    assert_eq!(ban["addresses"], json!(["203.0.113.0/24"]));
    assert_eq!(ear.closed().await, 4401);
    for path in ["/", "/api/v1/me", "/api/v1/server", "/healthz", "/nothing", "/api/v1/ws"] {
        ask(path, "203.0.113.7").await.refused(403, "banned");
        assert_ne!(ask(path, "198.51.100.7").await.status, 403, "{path}");
    }
    let again = world.restarts().await;
    let ask = async |address| again.door.call("GET", "/api/v1/server", &[from(address)], "").await;
    ask("203.0.113.200").await.refused(403, "banned");
    ask("203.0.114.1").await.is(200);
    let ann = Person { door: again.door.clone(), ..ann };
    ann.delete(&format!("/admin/bans/{}", ban["id"])).await.is(204);
    again.door.call("GET", "/api/v1/server", &[from("203.0.113.200")], "").await.is(200);
}

#[tokio::test]
async fn a_ban_ends_by_itself_when_its_time_is_over() {
    let world = World::new().await;
    let ann = world.owner("ann").await;
    let bob = world.person("bob").await;
    let soon = snug::clock::now() + 60_000;
    ann.post("/admin/bans", json!({"user": bob.id, "expires_at": soon})).await.is(201);
    let lifted = world.app.store.change(move |change| {
        change.now = soon + 1;
        snug::chat::ban::prune(change)
    });
    assert_eq!(lifted.await.unwrap().len(), 1);
    assert_eq!(bob.signs_in_again().await.id, bob.id);
}

#[tokio::test]
async fn who_was_banned_from_a_room_neither_comes_back_nor_is_brought_back() {
    let world = World::new().await;
    let ann = world.owner("ann").await;
    let bob = world.person("bob").await;
    let cleo = world.person("cleo").await;
    let hall = ann.makes("public", "hall", &[&bob, &cleo]).await;
    let place = format!("/rooms/{hall}/bans/{}", bob.id);
    cleo.put(&place, json!({})).await.refused(403, "forbidden");
    let mut ear = bob.listens().await;
    ann.put(&place, json!({})).await.is(200);
    ear.hears(crate::support::event("member.left")).await;
    // Once more changes nothing.
    ann.put(&place, json!({})).await.is(200);
    bob.post(&format!("/rooms/{hall}/join"), json!({})).await.refused(403, "room_banned");
    let member = format!("/rooms/{hall}/members/{}", bob.id);
    cleo.put(&member, json!({"role": "member"})).await.refused(403, "room_banned");
    ann.put(&member, json!({"role": "member"})).await.refused(403, "room_banned");
    let listed = ann.get(&format!("/rooms/{hall}/bans")).await.is(200);
    assert_eq!((&listed["bans"][0]["user"]["id"], &listed["bans"][0]["by"]), (&json!(bob.id), &json!(ann.id)));
    cleo.get(&format!("/rooms/{hall}/bans")).await.refused(403, "forbidden");
    ann.delete(&place).await.is(204);
    ann.delete(&place).await.refused(404, "not_found");
    bob.joins(hall).await;
    // Not in a direct, and not against oneself.
    let direct = ann.post("/directs", json!({"users": [bob.id]})).await.is(201)["id"].clone();
    ann.put(&format!("/rooms/{direct}/bans/{}", bob.id), json!({})).await.refused(409, "direct");
    ann.put(&format!("/rooms/{hall}/bans/{}", ann.id), json!({})).await.refused(422, "invalid");
}

#[tokio::test]
async fn s29_admins_of_a_room_have_no_power_over_admins_of_the_server() {
    let world = World::new().await;
    let ann = world.owner("ann").await;
    let bob = world.person("bob").await;
    let hall = bob.makes("private", "hall", &[&ann]).await;
    let anns = format!("/rooms/{hall}/members/{}", ann.id);
    bob.put(&anns, json!({"role": "admin"})).await.refused(403, "forbidden");
    bob.delete(&anns).await.refused(403, "forbidden");
    bob.put(&format!("/rooms/{hall}/bans/{}", ann.id), json!({})).await.refused(403, "forbidden");
    // An admin of this room acts on no other.
    let cleo = world.person("cleo").await;
    let den = ann.makes("private", "den", &[&bob, &cleo]).await;
    bob.delete(&format!("/rooms/{den}/members/{}", cleo.id)).await.refused(403, "forbidden");
    bob.put(&format!("/rooms/{den}/bans/{}", cleo.id), json!({})).await.refused(403, "forbidden");
}

#[tokio::test]
async fn s29_the_last_owner_stays_an_owner() {
    let world = World::new().await;
    let ann = world.owner("ann").await;
    let own = format!("/admin/users/{}", ann.id);
    ann.patch(&own, json!({"role": "member"})).await.refused(409, "last_owner");
    ann.patch(&own, json!({"active": false})).await.refused(409, "last_owner");
    ann.delete(&own).await.refused(409, "last_owner");
    let bob = world.person("bob").await;
    ann.patch(&format!("/admin/users/{}", bob.id), json!({"role": "owner"})).await.is(200);
    // A disabled owner is none.
    ann.patch(&format!("/admin/users/{}", bob.id), json!({"active": false})).await.is(200);
    ann.patch(&own, json!({"role": "member"})).await.refused(409, "last_owner");
    ann.patch(&format!("/admin/users/{}", bob.id), json!({"active": true})).await.is(200);
    ann.patch(&own, json!({"role": "member"})).await.is(200);
}

#[tokio::test]
async fn s29_two_owners_and_two_room_admins_who_demote_each_other_at_once_leave_one() {
    let world = World::new().await;
    let ann = world.owner("ann").await;
    let bob = world.person("bob").await;
    let hall = ann.makes("private", "hall", &[&bob]).await;
    for round in 0..10 {
        for (one, other) in [(&ann, &bob), (&bob, &ann)] {
            // Whoever is an owner makes the other one too; one of both always is.
            one.patch(&format!("/admin/users/{}", other.id), json!({"role": "owner"})).await;
            one.put(&format!("/rooms/{hall}/members/{}", other.id), json!({"role": "admin"})).await;
        }
        let demote = |by: &Person, whom: &Person| {
            let (by, path) = (by.clone(), format!("/admin/users/{}", whom.id));
            tokio::spawn(async move { by.patch(&path, json!({"role": "member"})).await.status.as_u16() })
        };
        let (one, two) = (demote(&ann, &bob), demote(&bob, &ann));
        let done = [one.await.unwrap(), two.await.unwrap()];
        assert_eq!(done.iter().filter(|status| **status == 200).count(), 1, "round {round}: {done:?}");
        let lower = |by: &Person, whom: &Person| {
            let (by, path) = (by.clone(), format!("/rooms/{hall}/members/{}", whom.id));
            tokio::spawn(async move { by.put(&path, json!({"role": "member"})).await.status.as_u16() })
        };
        let (one, two) = (lower(&ann, &bob), lower(&bob, &ann));
        let _ = (one.await.unwrap(), two.await.unwrap());
        let members = ann.get(&format!("/rooms/{hall}/members")).await.is(200);
        let admins = members["members"].as_array().unwrap().iter().filter(|member| member["role"] == "admin").count();
        assert!(admins >= 1, "round {round}: {members}");
    }
}

#[tokio::test]
async fn s21_after_the_answer_to_a_revocation_nothing_of_it_is_done() {
    let seed = snug::clock::now();
    println!("seed {seed}");
    let mut dice = Dice(seed);
    let world = World::new().await;
    let ann = world.owner("ann").await;
    let hall = ann.makes("public", "hall", &[]).await;
    for round in 0..8 {
        let bob = world.person(&format!("bob{round}")).await;
        bob.joins(hall).await;
        let senders: Vec<_> = (0..dice.below(6) + 2)
            .map(|number| {
                let bob = bob.clone();
                tokio::spawn(async move {
                    let mut last = 0;
                    loop {
                        let text = json!({"text": format!("{number}")});
                        let said = bob.post(&format!("/rooms/{hall}/messages"), text).await;
                        match said.status.as_u16() {
                            201 => last = said.is(201)["id"].as_u64().unwrap(),
                            _ => return last,
                        }
                    }
                })
            })
            .collect();
        ann.patch(&format!("/admin/users/{}", bob.id), json!({"active": false})).await.is(200);
        let mark = ann.says(hall, "that was it").await;
        for sender in senders {
            let last = sender.await.unwrap();
            assert!(last < mark, "round {round}, seed {seed}: message {last} came after {mark}");
        }
    }
}

#[tokio::test]
async fn s21_an_upload_stops_when_its_person_is_put_out() {
    use bytes::Bytes;
    use http_body_util::{BodyExt, StreamBody};
    use hyper::body::Frame;
    let world = World::new().await;
    let ann = world.owner("ann").await;
    let bob = world.person("bob").await;
    let hall = ann.makes("public", "hall", &[&bob]).await;
    let (parts, coming) = tokio::sync::mpsc::channel::<Bytes>(1);
    let body = futures_util::stream::unfold(coming, |mut coming| async {
        let part = coming.recv().await?;
        Some((Ok::<_, snug::http::body::BodyError>(Frame::data(part)), coming))
    });
    let body: snug::http::RequestBody = StreamBody::new(body).boxed_unsync();
    let origin = world.door.origin();
    let request = hyper::Request::post(format!("/api/v1/rooms/{hall}/files?name=large.bin"))
        .header("host", world.door.address.to_string())
        .header("cookie", &bob.cookie)
        .header("origin", origin)
        .body(body)
        .unwrap();
    let door = snug::http::ask::Door::Network { secure: false };
    let peer = snug::http::ask::Peer { address: "127.0.0.1".parse().unwrap(), door };
    let uploading = tokio::spawn(snug::http::handle(world.app.clone(), peer, request));
    parts.send(Bytes::from(vec![1; 300_000])).await.unwrap();
    parts.send(Bytes::from(vec![1; 300_000])).await.unwrap();
    ann.post("/admin/bans", json!({"user": bob.id})).await.is(201);
    let _ = parts.send(Bytes::from(vec![1; 300_000])).await;
    let _ = parts.send(Bytes::from(vec![1; 300_000])).await;
    assert_eq!(uploading.await.unwrap().status(), 401);
    let usage = ann.get("/admin/files/usage").await.is(200);
    assert_eq!((&usage["total"]["files"], &usage["total"]["bytes"]), (&json!(0), &json!(0)));
}

#[tokio::test]
async fn s23_keys_and_tokens_die_with_a_ban() {
    let world = World::new().await;
    let ann = world.owner("ann").await;
    let bob = world.person("bob").await;
    let made = bob.post("/me/keys", json!({"name": "script", "scopes": ["read", "write"]})).await.is(201);
    let body = json!({"grant_type": "password", "username": "bob", "password": crate::support::PASSWORD}).to_string();
    let json_type = [("content-type", "application/json")];
    let token = world.door.call("POST", "/api/v1/auth/token", &json_type, body).await.is(200);
    let bearer = |secret: &serde_json::Value| format!("Bearer {}", secret.as_str().unwrap());
    let (key, access) = (bearer(&made["key"]), bearer(&token["access_token"]));
    let ask = async |credential: &str| {
        world.door.call("GET", "/api/v1/me", &[("authorization", credential)], "").await.status.as_u16()
    };
    assert_eq!((ask(&key).await, ask(&access).await), (200, 200));
    let mut ear = crate::support::Ear::open(&world.door, "", &[("authorization", &key)]).await.unwrap();
    ann.post("/admin/bans", json!({"user": bob.id})).await.is(201);
    assert_eq!(ear.closed().await, 4401);
    assert_eq!((ask(&key).await, ask(&access).await), (401, 401));
}
