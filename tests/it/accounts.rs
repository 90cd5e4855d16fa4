//! Coming in, staying in, being put out.
use crate::support::{Answer, DEADLINE, PASSWORD, Person, World};
use hyper::StatusCode;
use serde_json::{Value, json};
use std::time::Instant;

const OTHER_PASSWORD: &str = "velvet onion harbour sixteen";

async fn register(world: &World, username: &str, invite: Option<&str>) -> Answer {
    world.post("/auth/register", json!({"username": username, "password": PASSWORD, "invite": invite})).await
}

async fn log_in(world: &World, username: &str, password: &str) -> Answer {
    world.post("/auth/login", json!({"username": username, "password": password})).await
}

/// The code of a new invite.
async fn invite(by: &Person, wishes: Value) -> String {
    let made = by.post("/invites", wishes).await.is(201);
    made["code"].as_str().unwrap().to_owned()
}

fn invited() -> &'static [(&'static str, &'static str)] {
    &[("SNUG_AUTH__REGISTRATION", "invite")]
}

#[tokio::test]
async fn s16_the_first_person_needs_the_printed_code_and_it_works_once() {
    let world = World::new().await;
    assert_eq!(world.get("/api/v1/server").await.is(200)["setup_needed"], true);
    let setup = |code: &str, name: &str| {
        let body = json!({"code": code, "username": name, "password": PASSWORD, "server_name": "The Burrow"});
        let door = world.door.clone();
        async move { door.call("POST", "/api/v1/setup", &[("content-type", "application/json")], body.to_string()).await }
    };
    setup("guess", "mallory").await.refused(403, "wrong_code");
    register(&world, "early", None).await.refused(403, "setup_needed");
    let (code, _) = world.app.setup.code();
    let welcome = setup(&code, "Ann").await;
    let (name, token, line) = welcome.cookie().unwrap();
    assert_eq!((name.as_str(), token.len()), ("snug", 43));
    assert!(line.contains("; HttpOnly") && line.contains("; SameSite=Lax") && line.contains("; Path=/"), "{line}");
    let user = welcome.is(201)["user"].clone();
    assert_eq!((user["username"].as_str(), user["role"].as_str()), (Some("ann"), Some("owner")));
    setup(&code, "bob").await.refused(409, "already_set_up");
    setup("guess", "bob").await.refused(409, "already_set_up");
    let server = world.get("/api/v1/server").await.is(200);
    assert_eq!((&server["setup_needed"], &server["name"]), (&json!(false), &json!("The Burrow")));
    assert_eq!((&server["tls"], &server["registration"]), (&json!(false), &json!("open")));
}

#[tokio::test]
async fn s16_two_who_hold_the_setup_code_at_once_make_one_owner() {
    let world = World::new().await;
    let (code, _) = world.app.setup.code();
    let body = |name: &str| json!({"code": code, "username": name, "password": PASSWORD});
    let (one, two) = tokio::join!(world.post("/setup", body("ann")), world.post("/setup", body("bob")));
    let mut codes = [one.status.as_u16(), two.status.as_u16()];
    codes.sort_unstable();
    assert_eq!(codes, [201, 409]);
}

#[tokio::test]
async fn s17_an_invite_brings_in_with_rooms_and_role_until_it_is_used_up() {
    let world = World::with(invited()).await;
    let ann = world.owner("ann").await;
    let hall = ann.makes("public", "hall", &[]).await;
    let den = ann.makes("private", "den", &[]).await;
    let code = invite(&ann, json!({"rooms": [hall, den], "role": "admin", "uses": 2})).await;

    register(&world, "bob", None).await.refused(403, "invite_needed");
    register(&world, "bob", Some("not-this-one")).await.refused(404, "invite_gone");
    for _ in 0..3 {
        let page = world.get(&format!("/j/{code}")).await;
        assert_eq!(page.status, 200);
        let look = world.post("/auth/invite", json!({"code": code})).await.is(200);
        assert_eq!((&look["by"]["username"], &look["role"]), (&json!("ann"), &json!("admin")));
        assert_eq!(look["rooms"].as_array().unwrap().len(), 2);
    }
    let bob = Person::signed_in(&world.door, register(&world, "bob", Some(&code)).await);
    assert_eq!(bob.get("/me").await.is(200)["role"], "admin");
    assert!(bob.sees(den).await["me"].is_object());
    assert_eq!(bob.sees(hall).await["member_count"], 2);
    // A refused registration uses nothing up.
    register(&world, "bob", Some(&code)).await.refused(409, "username_taken");
    let weak = json!({"username": "weak", "password": "aaaaaaaaaaaaaa", "invite": code});
    world.post("/auth/register", weak).await.refused(422, "weak_password");
    register(&world, "cleo", Some(&code)).await.is(201);
    register(&world, "dan", Some(&code)).await.refused(404, "invite_gone");
    world.post("/auth/invite", json!({"code": code})).await.refused(404, "invite_gone");
}

#[tokio::test]
async fn s17_of_two_who_use_the_last_place_of_an_invite_at_once_one_comes_in() {
    let world = World::with(invited()).await;
    let ann = world.owner("ann").await;
    for round in 0..5 {
        let code = invite(&ann, json!({})).await;
        let (one, two) = (format!("one{round}"), format!("two{round}"));
        let (one, two) = tokio::join!(register(&world, &one, Some(&code)), register(&world, &two, Some(&code)));
        let mut codes = [one.status.as_u16(), two.status.as_u16()];
        codes.sort_unstable();
        assert_eq!(codes, [201, 404]);
    }
}

#[tokio::test]
async fn s17_invites_end_by_time_and_by_revoking_and_only_admins_make_them() {
    let world = World::with(invited()).await;
    let ann = world.owner("ann").await;
    let code = invite(&ann, json!({"uses": null})).await;
    let bob = Person::signed_in(&world.door, register(&world, "bob", Some(&code)).await);
    bob.post("/invites", json!({})).await.refused(403, "forbidden");
    bob.get("/invites").await.refused(403, "forbidden");

    let listed = ann.get("/invites").await.is(200);
    let shown = &listed["invites"][0];
    assert_eq!((&shown["used"], &shown["uses"]), (&json!(1), &Value::Null));
    assert!(!listed.to_string().contains(&code), "a code is shown once");
    let revoke = format!("/invites/{}", shown["id"]);
    bob.delete(&revoke).await.refused(403, "forbidden");
    ann.delete(&revoke).await.is(204);
    ann.delete(&revoke).await.refused(404, "not_found");
    register(&world, "cleo", Some(&code)).await.refused(404, "invite_gone");

    let now = snug::clock::now();
    ann.post("/invites", json!({"expires_at": now - 1})).await.refused(422, "invalid");
    let brief = invite(&ann, json!({"expires_at": now + 60_000, "uses": 5})).await;
    register(&world, "dan", Some(&brief)).await.is(201);
    let ended = invite(&ann, json!({"expires_at": snug::clock::now() + 150, "uses": 5})).await;
    let since = Instant::now();
    while ann.get("/invites").await.is(200)["invites"].as_array().unwrap().len() > 1 {
        assert!(since.elapsed() < DEADLINE);
    }
    register(&world, "eve", Some(&ended)).await.refused(404, "invite_gone");
}

#[tokio::test]
async fn s17_an_admin_invites_neither_admins_nor_into_private_rooms_of_others() {
    let world = World::new().await;
    let ann = world.owner("ann").await;
    let bob = world.person("bob").await;
    ann.patch(&format!("/admin/users/{}", bob.id), json!({"role": "admin"})).await.is(200);
    let den = ann.makes("private", "den", &[]).await;
    bob.post("/invites", json!({"role": "admin"})).await.refused(403, "forbidden");
    bob.post("/invites", json!({"rooms": [den]})).await.refused(422, "invalid");
    bob.post("/invites", json!({"role": "member"})).await.is(201);
    ann.post("/invites", json!({"role": "admin", "rooms": [den]})).await.is(201);
}

#[tokio::test]
async fn s16_registration_is_open_closed_or_by_invite_as_configured() {
    let open = World::new().await;
    open.owner("ann").await;
    register(&open, "bob", None).await.is(201);

    let closed = World::with(&[("SNUG_AUTH__REGISTRATION", "closed")]).await;
    let ann = closed.owner("ann").await;
    register(&closed, "bob", None).await.refused(403, "registration_closed");
    let code = invite(&ann, json!({})).await;
    register(&closed, "bob", Some(&code)).await.refused(403, "registration_closed");
    log_in(&closed, "ann", PASSWORD).await.is(200);
}

#[tokio::test]
async fn usernames_are_compared_without_case_and_passwords_must_be_hard_to_guess() {
    let world = World::new().await;
    world.owner("ann").await;
    register(&world, "Bob.B-1", None).await.is(201);
    register(&world, "bob.b-1", None).await.refused(409, "username_taken");
    for bad in ["a", ".ann", "an n", "änn", "room", "here", &"x".repeat(33)] {
        register(&world, bad, None).await.refused(422, "invalid");
    }
    register(&world, &"x".repeat(32), None).await.is(201);
    log_in(&world, "BOB.B-1", PASSWORD).await.is(200);
    for bad in ["short", "password123456", &"x7".repeat(65)] {
        let problem = world.post("/auth/register", json!({"username": "cleo", "password": bad})).await;
        assert_eq!(problem.refused(422, "weak_password")["field"], "password");
    }
}

#[tokio::test]
async fn s14_a_wrong_password_an_unknown_name_and_a_disabled_account_read_the_same() {
    let world = World::new().await;
    let ann = world.owner("ann").await;
    let bob = world.person("bob").await;
    let wrong = log_in(&world, "bob", OTHER_PASSWORD).await;
    let unknown = log_in(&world, "nobody", OTHER_PASSWORD).await;
    log_in(&world, "bob", PASSWORD).await.is(200);
    ann.patch(&format!("/admin/users/{}", bob.id), json!({"active": false})).await.is(200);
    let disabled = log_in(&world, "bob", PASSWORD).await;
    for answer in [&wrong, &unknown, &disabled] {
        assert_eq!((answer.status.as_u16(), &answer.body), (401, &wrong.body));
        assert_eq!(answer.header("set-cookie"), None);
    }
    wrong.refused(401, "wrong_credentials");
    bob.get("/me").await.refused(401, "not_signed_in");
    ann.patch(&format!("/admin/users/{}", bob.id), json!({"active": true})).await.is(200);
    log_in(&world, "bob", PASSWORD).await.is(200);
}

#[tokio::test]
async fn s15_after_five_failures_one_waits_and_a_restart_frees_nobody() {
    let world = World::with(&[("SNUG_LIMITS__LOGINS_PER_10_MIN", "30")]).await;
    world.owner("ann").await;
    world.person("bob").await;
    for _ in 0..5 {
        log_in(&world, "ann", OTHER_PASSWORD).await.refused(401, "wrong_credentials");
    }
    let wait = |answer: Answer| {
        let secs: u64 = answer.header("retry-after").unwrap().parse().unwrap();
        answer.refused(429, "too_many");
        secs
    };
    assert_eq!(wait(log_in(&world, "ann", OTHER_PASSWORD).await), 1);
    // The right password is not looked at either; another account is not held back.
    assert_eq!(wait(log_in(&world, "ANN", PASSWORD).await), 1);
    log_in(&world, "bob", PASSWORD).await.is(200);
    // When the wait is over one more failure doubles it.
    let since = Instant::now();
    while log_in(&world, "ann", OTHER_PASSWORD).await.status != StatusCode::UNAUTHORIZED {
        assert!(since.elapsed() < DEADLINE);
    }
    assert_eq!(wait(log_in(&world, "ann", OTHER_PASSWORD).await), 2);
    let world = world.restarts().await;
    assert!(wait(log_in(&world, "ann", PASSWORD).await) >= 1);
    log_in(&world, "bob", PASSWORD).await.is(200);
}

#[tokio::test]
async fn s15_an_address_has_so_many_attempts_in_ten_minutes() {
    let world = World::with(&[("SNUG_LIMITS__LOGINS_PER_10_MIN", "8")]).await;
    world.owner("ann").await;
    for guess in 0..8 {
        log_in(&world, &format!("guess{guess}"), PASSWORD).await.refused(401, "wrong_credentials");
    }
    log_in(&world, "ann", PASSWORD).await.refused(429, "too_many");
}

#[tokio::test]
async fn s38_an_address_makes_so_many_accounts_an_hour() {
    let world = World::with(&[("SNUG_LIMITS__REGISTRATIONS_PER_HOUR", "2")]).await;
    world.owner("ann").await;
    register(&world, "bob", None).await.is(201);
    register(&world, "cleo", None).await.is(201);
    let refused = register(&world, "dan", None).await;
    assert!(refused.header("retry-after").is_some());
    refused.refused(429, "too_many");
}

#[tokio::test]
async fn s22_one_sees_ones_sessions_ends_one_and_ends_all_others() {
    let world = World::new().await;
    let laptop = world.owner("ann").await;
    let bob = world.person("bob").await;
    let phone = laptop.signs_in_again().await;
    let tablet = laptop.signs_in_again().await;
    let listed = laptop.get("/auth/sessions").await.is(200);
    let sessions = listed["sessions"].as_array().unwrap();
    assert_eq!(sessions.len(), 3);
    let current: Vec<_> = sessions.iter().filter(|session| session["current"] == true).collect();
    assert_eq!((current.len(), &current[0]["id"]), (1, &sessions[2]["id"]), "newest first, ours is the oldest");
    assert_eq!(sessions[0]["address"], "127.0.0.1");

    let theirs = format!("/auth/sessions/{}", sessions[1]["id"]);
    bob.delete(&theirs).await.refused(404, "not_found");
    laptop.delete(&theirs).await.is(204);
    laptop.delete(&theirs).await.refused(404, "not_found");
    phone.get("/me").await.refused(401, "not_signed_in");
    tablet.get("/me").await.is(200);
    laptop.delete("/auth/sessions").await.is(204);
    tablet.get("/me").await.refused(401, "not_signed_in");
    laptop.get("/me").await.is(200);
    bob.get("/me").await.is(200);
}

#[tokio::test]
async fn s20_logging_out_ends_the_session_and_takes_the_cookie_back() {
    let world = World::new().await;
    let ann = world.owner("ann").await;
    let other = ann.signs_in_again().await;
    let gone = ann.post("/auth/logout", json!({})).await;
    assert_eq!((gone.status.as_u16(), gone.cookie().unwrap().1.as_str()), (204, ""));
    assert!(gone.header("set-cookie").unwrap().contains("Max-Age=0"));
    ann.get("/me").await.refused(401, "not_signed_in");
    other.get("/me").await.is(200);
    let world = world.restarts().await;
    ann.get("/me").await.refused(401, "not_signed_in");
    other.get("/me").await.is(200);
    drop(world);
}

#[tokio::test]
async fn s20_over_tls_the_cookie_is_bound_to_this_host() {
    let world = World::with(&[("SNUG_SERVER__TLS", "auto")]).await;
    let (code, _) = world.app.setup.code();
    let answer = world.post("/setup", json!({"code": code, "username": "ann", "password": PASSWORD})).await;
    let (name, _, line) = answer.cookie().unwrap();
    assert_eq!(name, "__Host-snug");
    assert!(line.ends_with("; Secure") && line.contains("; Path=/;") && !line.contains("Domain"), "{line}");
    let ann = Person::signed_in(&world.door, answer);
    ann.get("/me").await.is(200);
    // The name that plain HTTP has is not accepted here.
    let bare = Person { cookie: ann.cookie.replace("__Host-", ""), ..ann.clone() };
    bare.get("/me").await.refused(401, "not_signed_in");
    let mut ear = ann.listens().await;
    ear.catches_up().await;
}

#[tokio::test]
async fn s21_a_new_password_ends_the_other_sessions_only() {
    let world = World::new().await;
    let ann = world.owner("ann").await;
    let other = ann.signs_in_again().await;
    let mut ear = other.listens().await;
    let change = |current: &str, new: &str| json!({"current": current, "new": new});
    ann.post("/me/password", change(OTHER_PASSWORD, OTHER_PASSWORD)).await.refused(422, "invalid");
    let wrong = ann.post("/me/password", change("not the one", OTHER_PASSWORD)).await;
    assert_eq!(wrong.refused(403, "wrong_password")["field"], "current");
    let weak = ann.post("/me/password", change(PASSWORD, "aaaaaaaaaaaaaa")).await;
    assert_eq!(weak.refused(422, "weak_password")["field"], "new");
    other.get("/me").await.is(200);
    let changed = ann.post("/me/password", change(PASSWORD, OTHER_PASSWORD)).await;
    let ann = ann.goes_on(&changed);
    changed.is(204);
    assert_eq!(ear.closed().await, 4401);
    other.get("/me").await.refused(401, "not_signed_in");
    ann.get("/me").await.is(200);
    log_in(&world, "ann", PASSWORD).await.refused(401, "wrong_credentials");
    log_in(&world, "ann", OTHER_PASSWORD).await.is(200);
}

#[tokio::test]
async fn s18_a_reset_link_works_once_and_ends_every_session() {
    let world = World::new().await;
    let ann = world.owner("ann").await;
    let bob = world.person("bob").await;
    let mut ear = bob.listens().await;
    let reset = format!("/admin/users/{}/reset", bob.id);
    bob.post(&reset, json!({})).await.refused(403, "forbidden");
    let code = |link: Value| link["url"].as_str().unwrap().split_once("/reset#").unwrap().1.to_owned();
    let first = code(ann.post(&reset, json!({})).await.is(201));
    let code = code(ann.post(&reset, json!({})).await.is(201));
    let with = |code: &str, password: &str| json!({"code": code, "password": password});
    world.post("/auth/reset", with(&first, OTHER_PASSWORD)).await.refused(404, "reset_gone");
    world.post("/auth/reset", with(&code, "aaaaaaaaaaaaaa")).await.refused(422, "weak_password");
    bob.get("/me").await.is(200);
    let again = Person::signed_in(&world.door, world.post("/auth/reset", with(&code, OTHER_PASSWORD)).await);
    assert_eq!(again.id, bob.id);
    assert_eq!(ear.closed().await, 4401);
    bob.get("/me").await.refused(401, "not_signed_in");
    again.get("/me").await.is(200);
    world.post("/auth/reset", with(&code, PASSWORD)).await.refused(404, "reset_gone");
    log_in(&world, "bob", OTHER_PASSWORD).await.is(200);
}

#[tokio::test]
async fn ranks_are_given_by_owners_and_the_last_owner_stays() {
    let world = World::new().await;
    let ann = world.owner("ann").await;
    let (bob, cleo) = (world.person("bob").await, world.person("cleo").await);
    let of = |person: &Person| format!("/admin/users/{}", person.id);
    bob.patch(&of(&cleo), json!({"active": false})).await.refused(403, "forbidden");
    ann.patch(&of(&bob), json!({"role": "admin"})).await.is(200);
    bob.patch(&of(&cleo), json!({"role": "admin"})).await.refused(403, "forbidden");
    bob.patch(&of(&ann), json!({"active": false})).await.refused(403, "forbidden");
    bob.patch(&of(&cleo), json!({"active": false})).await.is(200);
    ann.patch(&of(&ann), json!({"role": "member"})).await.refused(409, "last_owner");
    ann.patch(&of(&ann), json!({"active": false})).await.refused(409, "last_owner");
    ann.delete(&of(&ann)).await.refused(409, "last_owner");
    ann.patch(&of(&bob), json!({"role": "owner"})).await.is(200);
    ann.patch(&of(&ann), json!({"role": "member"})).await.is(200);
}

#[tokio::test]
async fn an_erased_person_leaves_the_rooms_and_the_words_stay() {
    let world = World::new().await;
    let ann = world.owner("ann").await;
    let bob = world.person("bob").await;
    let hall = ann.makes("public", "hall", &[&bob]).await;
    let said = bob.says(hall, "remember me").await;
    ann.delete(&format!("/admin/users/{}", bob.id)).await.is(204);
    bob.get("/me").await.refused(401, "not_signed_in");
    let page = ann.get(&format!("/rooms/{hall}/messages")).await.is(200);
    let kept = page["messages"].as_array().unwrap().iter().find(|message| message["id"] == said).unwrap();
    assert_eq!(kept["text"], "remember me");
    let author = page["users"].as_array().unwrap().iter().find(|user| user["id"] == bob.id).unwrap();
    assert_eq!((&author["name"], &author["active"]), (&json!("Deleted user"), &json!(false)));
    assert_eq!(ann.sees(hall).await["member_count"], 1);
    register(&world, "bob", None).await.is(201);
}

#[tokio::test]
async fn who_is_longest_in_a_room_inherits_it_from_its_erased_admin() {
    let world = World::new().await;
    let ann = world.owner("ann").await;
    let (bob, cid) = (world.person("bob").await, world.person("cid").await);
    let den = bob.makes("public", "den", &[&cid]).await;
    cid.patch(&format!("/rooms/{den}"), json!({"topic": "mine"})).await.refused(403, "forbidden");
    ann.delete(&format!("/admin/users/{}", bob.id)).await.is(204);
    cid.patch(&format!("/rooms/{den}"), json!({"topic": "mine"})).await.is(200);
}

#[tokio::test]
async fn one_changes_ones_name_status_and_settings() {
    let world = World::new().await;
    let ann = world.owner("ann").await;
    let changed = ann.patch("/me", json!({"name": "Ann Lee", "status": {"emoji": "🌱", "text": "out"}})).await.is(200);
    assert_eq!((&changed["name"], &changed["status"]["text"]), (&json!("Ann Lee"), &json!("out")));
    let settings = ann.patch("/me", json!({"settings": {"theme": "dark", "sounds": false}})).await.is(200);
    assert_eq!(settings["settings"], json!({"theme": "dark", "sounds": false}));
    let fewer = ann.patch("/me", json!({"settings": {"theme": null}, "status": null})).await.is(200);
    assert_eq!((&fewer["settings"], &fewer["status"]), (&json!({"sounds": false}), &Value::Null));
    ann.patch("/me", json!({"name": "two\nlines"})).await.refused(422, "invalid");
    ann.patch("/me", json!({"nmae": "typo"})).await.refused(422, "invalid");
    assert_eq!(ann.get("/me").await.is(200)["name"], "Ann Lee");
}
