//! Sessions: another cookie for who shows their password again, every way in which one ends, and who may end it.
use crate::support::{PASSWORD, Person, Program, World, posted};
use serde_json::{Value, json};
use snug::auth::session;
use snug::clock;
use snug::limits;
use snug::store::tables::SESSIONS;
use std::time::{Duration, Instant};

const OTHER_PASSWORD: &str = "velvet onion harbour sixteen";

/// The session with which somebody asks, as they see it.
async fn own(person: &Person) -> Value {
    let listed = person.get("/auth/sessions").await.is(200);
    let sessions = listed["sessions"].as_array().unwrap();
    sessions.iter().find(|session| session["current"] == true).unwrap().clone()
}

/// The key of somebody's first cookie.
fn key(person: &Person) -> [u8; 32] {
    snug::id::secret_hash(person.cookie.split_once('=').unwrap().1)
}

#[tokio::test]
async fn s20_who_shows_their_password_again_gets_another_cookie_and_keeps_session_and_sockets() {
    let world = World::new().await;
    let ann = world.owner("ann").await;
    let mut bob = world.person("bob").await;
    let phone = bob.signs_in_again().await;
    let hall = ann.makes("private", "hall", &[&bob]).await;
    let session = own(&bob).await;
    let mut ears = vec![bob.listens().await];
    let shown = [
        ("/me/confirm", json!({"password": PASSWORD})),
        ("/me/confirm", json!({"password": PASSWORD})),
        ("/me/password", json!({"current": PASSWORD, "new": OTHER_PASSWORD})),
    ];
    for (path, body) in shown {
        let wrong = bob.post("/me/confirm", json!({"password": "not the one"})).await;
        assert_eq!(wrong.header("set-cookie"), None);
        if path == "/me/confirm" {
            phone.get("/me").await.is(200);
        }
        let answer = bob.post(path, body).await;
        let (name, token, line) = answer.cookie().unwrap();
        assert_eq!((name.as_str(), token.len(), answer.status.as_u16()), ("snug", 43, 204));
        assert!(line.contains("; HttpOnly") && line.contains("; SameSite=Lax") && line.contains("; Path=/"), "{line}");
        let after = bob.goes_on(&answer);
        let before = std::mem::replace(&mut bob, after);
        assert_ne!(before.cookie, bob.cookie);
        before.get("/me").await.refused(401, "not_signed_in");
        assert_eq!(before.opens("").await.err().unwrap(), 401);
        let now = own(&bob).await;
        assert_eq!((&now["id"], &now["created_at"]), (&session["id"], &session["created_at"]));
        assert_eq!((&now["kind"], &now["device"]), (&session["kind"], &session["device"]));
        // Sockets from before hear and speak on.
        ann.says(hall, path).await;
        for ear in &mut ears {
            ear.hears(posted(path)).await;
            ear.catches_up().await;
        }
        ears.push(bob.listens().await);
    }
    phone.get("/me").await.refused(401, "not_signed_in");
    // Whoever has shown it may change how they sign in.
    bob.post("/me/recovery-codes", json!({})).await.refused(409, "no_second_factor");
    // The end of the session is the end of all its sockets, whichever cookie opened them.
    ann.delete(&format!("/admin/users/{}/sessions/{}", bob.id, session["id"])).await.is(204);
    for ear in &mut ears {
        assert_eq!(ear.closed().await, 4401);
    }
    bob.get("/me").await.refused(401, "not_signed_in");
}

#[tokio::test]
async fn s20_the_other_cookie_outlives_a_restart_and_the_first_does_not_come_back() {
    let world = World::new().await;
    let first = world.owner("ann").await;
    let answer = first.post("/me/confirm", json!({"password": PASSWORD})).await;
    let second = first.goes_on(&answer);
    let world = world.restarts().await;
    first.get("/me").await.refused(401, "not_signed_in");
    second.get("/me").await.is(200);
    let answer = second.post("/me/confirm", json!({"password": PASSWORD})).await;
    let third = second.goes_on(&answer);
    second.get("/me").await.refused(401, "not_signed_in");
    assert!(third.post("/auth/logout", json!({})).await.header("set-cookie").unwrap().contains("Max-Age=0"));
    for gone in [&first, &second, &third] {
        gone.get("/me").await.refused(401, "not_signed_in");
    }
    let world = world.restarts().await;
    third.get("/me").await.refused(401, "not_signed_in");
    drop(world);
}

#[tokio::test]
async fn s20_an_api_session_has_no_cookie_to_exchange() {
    let world = World::new().await;
    let ann = world.owner("ann").await;
    let asked = json!({"grant_type": "password", "username": "ann", "password": PASSWORD});
    let tokens = world.post("/auth/token", asked).await.is(200);
    let program = Program::with(&world.door, tokens["access_token"].as_str().unwrap());
    for (path, body) in [
        ("/me/confirm", json!({"password": PASSWORD})),
        ("/me/password", json!({"current": PASSWORD, "new": OTHER_PASSWORD})),
    ] {
        let answer = program.post(path, body).await;
        assert_eq!(answer.header("set-cookie"), None, "{path}");
        answer.is(204);
        program.get("/me").await.is(200);
    }
    ann.get("/me").await.refused(401, "not_signed_in");
    let renewal = json!({"grant_type": "refresh_token", "refresh_token": tokens["refresh_token"]});
    world.post("/auth/token", renewal).await.is(200);
}

#[tokio::test]
async fn s21_whatever_ends_a_session_closes_its_socket_within_a_second_and_nothing_is_sent_after() {
    let world = World::new().await;
    let ann = world.owner("ann").await;
    let hall = ann.makes("public", "hall", &[]).await;
    for end in [
        "logout",
        "another device",
        "all others",
        "an admin, one",
        "an admin, all",
        "a password from elsewhere",
        "a reset link",
        "disabled",
        "deleted",
        "erased",
        "erased by oneself",
        "banned",
        "idle for too long",
    ] {
        let name = format!("bob-{}", end.replace([' ', ','], "-"));
        let bob = world.person(&name).await;
        bob.joins(hall).await;
        let other = bob.signs_in_again().await;
        let session = own(&bob).await["id"].clone();
        let user = format!("/admin/users/{}", bob.id);
        let mut ear = bob.listens().await;
        match end {
            "logout" => drop(bob.post("/auth/logout", json!({})).await.is(204)),
            "another device" => drop(other.delete(&format!("/auth/sessions/{session}")).await.is(204)),
            "all others" => drop(other.delete("/auth/sessions").await.is(204)),
            "an admin, one" => drop(ann.delete(&format!("{user}/sessions/{session}")).await.is(204)),
            "an admin, all" => drop(ann.delete(&format!("{user}/sessions")).await.is(204)),
            "a password from elsewhere" => {
                let change = json!({"current": PASSWORD, "new": OTHER_PASSWORD});
                other.post("/me/password", change).await.is(204);
            }
            "a reset link" => {
                let link = ann.post(&format!("{user}/reset"), json!({})).await.is(201);
                let code = link["url"].as_str().unwrap().split_once('#').unwrap().1;
                let reset = json!({"code": code, "password": OTHER_PASSWORD});
                world.post("/auth/reset", reset).await.is(200);
            }
            "disabled" => drop(ann.patch(&user, json!({"active": false})).await.is(200)),
            "deleted" => drop(ann.delete(&user).await.is(204)),
            "erased" => drop(ann.post(&format!("{user}/erase"), json!({"with_messages": true})).await.is(204)),
            "erased by oneself" => drop(other.post("/me/erase", json!({"password": PASSWORD})).await.is(204)),
            "banned" => drop(ann.post("/admin/bans", json!({"user": bob.id})).await.is(201)),
            _ => {
                // As the cleaner finds it after two weeks.
                let key = key(&bob);
                let tidied = world.app.store.change(move |change| {
                    let mut row = SESSIONS.need(change, key)?;
                    row.last_used_at = change.now - limits::SESSION_IDLE_MS - 1;
                    SESSIONS.put(change, key, &row)?;
                    session::tidy(change, &[])
                });
                tidied.await.unwrap();
            }
        }
        let began = Instant::now();
        let after = format!("after {end}");
        let said = ann.says(hall, &after);
        let (code, _) = tokio::join!(ear.closed(), said);
        assert_eq!(code, 4401, "{end}");
        assert!(began.elapsed() < Duration::from_secs(1), "{end}: {:?}", began.elapsed());
        assert!(!ear.heard.iter().any(|frame| frame["data"]["text"] == *after), "{end}");
        bob.get("/me").await.refused(401, "not_signed_in");
        assert_eq!(bob.opens("").await.err().unwrap(), 401, "{end}");
    }
}

#[tokio::test]
async fn s21_a_socket_closes_when_the_longest_life_of_its_session_is_over() {
    let world = World::new().await;
    let ann = world.owner("ann").await;
    let key = key(&ann);
    let mut row = world.app.store.read(move |view| SESSIONS.need(view, key)).await.unwrap();
    row.created_at = clock::now() - limits::SESSION_LIFE_MS + 500;
    world.app.sessions.opened(key, row);
    let mut ear = ann.listens().await;
    let began = Instant::now();
    assert_eq!(ear.closed().await, 4401);
    assert!(began.elapsed() < Duration::from_millis(1_500), "{:?}", began.elapsed());
    ann.get("/me").await.refused(401, "not_signed_in");
}

#[tokio::test]
async fn s22_an_admin_sees_a_persons_sessions_and_ends_one() {
    let world = World::new().await;
    let owner = world.owner("owner").await;
    let (admin, bob, cleo) = (world.person("admin").await, world.person("bob").await, world.person("cleo").await);
    owner.patch(&format!("/admin/users/{}", admin.id), json!({"role": "admin"})).await.is(200);
    let phone = bob.signs_in_again().await;
    let tablet = bob.signs_in_again().await;
    let of = |person: &Person| format!("/admin/users/{}/sessions", person.id);
    let one = |person: &Person, id: &Value| format!("/admin/users/{}/sessions/{id}", person.id);

    let listed = admin.get(&of(&bob)).await.is(200);
    let sessions = listed["sessions"].as_array().unwrap();
    assert_eq!(sessions.len(), 3);
    for session in sessions {
        assert_eq!((&session["address"], &session["current"]), (&json!("127.0.0.1"), &json!(false)));
        assert!(session["created_at"].is_u64() && session["last_used_at"].is_u64() && session["device"].is_string());
    }
    let phones = own(&phone).await["id"].clone();
    let (mut ear, mut ended) = (tablet.listens().await, phone.listens().await);
    // Not by a member, not by the wrong name, and each once.
    cleo.get(&of(&bob)).await.refused(403, "forbidden");
    cleo.delete(&one(&bob, &phones)).await.refused(403, "forbidden");
    cleo.delete(&of(&bob)).await.refused(403, "forbidden");
    admin.delete(&one(&cleo, &phones)).await.refused(404, "not_found");
    phone.get("/me").await.is(200);
    admin.delete(&one(&bob, &phones)).await.is(204);
    admin.delete(&one(&bob, &phones)).await.refused(404, "not_found");
    assert_eq!(ended.closed().await, 4401);
    phone.get("/me").await.refused(401, "not_signed_in");
    bob.get("/me").await.is(200);
    ear.catches_up().await;
    assert_eq!(admin.get(&of(&bob)).await.is(200)["sessions"].as_array().unwrap().len(), 2);

    // Admins see where everybody is signed in, and sign out nobody of their own rank or above but themselves.
    let owners = own(&owner).await["id"].clone();
    admin.get(&of(&owner)).await.is(200);
    admin.delete(&one(&owner, &owners)).await.refused(403, "forbidden");
    admin.delete(&of(&owner)).await.refused(403, "forbidden");
    owner.get("/me").await.is(200);
    let admins = own(&admin).await["id"].clone();
    owner.delete(&one(&admin, &admins)).await.is(204);
    admin.get("/me").await.refused(401, "not_signed_in");
    let entries = owner.get("/admin/audit?action=session.ended").await.is(200);
    assert_eq!(entries["entries"].as_array().unwrap().len(), 2);
}
