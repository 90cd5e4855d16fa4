//! The second factor: codes of an app, recovery codes, and a server that asks for one.
use crate::support::{Answer, PASSWORD, Person, World};
use serde_json::{Value, json};
use snug::auth::totp;
use snug::clock;

/// What an app shows that knows `secret`, so many steps from now.
pub fn code(secret: &str, steps: i64) -> String {
    let step = (clock::now() / 30_000) as i64 + steps;
    totp::at_step(&from_base32(secret), step as u64)
}

fn from_base32(text: &str) -> Vec<u8> {
    let signs = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";
    let bits: String = text.chars().map(|sign| format!("{:05b}", signs.find(sign).unwrap())).collect();
    bits.as_bytes().chunks_exact(8).map(|byte| u8::from_str_radix(str::from_utf8(byte).unwrap(), 2).unwrap()).collect()
}

/// Turns codes on for somebody: the secret and the recovery codes.
pub async fn turns_codes_on(person: &Person) -> (String, Vec<String>) {
    let new = person.post("/me/totp", json!({})).await.is(200);
    let secret = new["secret"].as_str().unwrap().to_owned();
    // The next step is left for a sign-in, and there is time until this one does not count any more.
    let on = person.post("/me/totp/confirm", json!({"code": code(&secret, 0)})).await.is(200);
    (secret, serde_json::from_value(on["recovery_codes"].clone()).unwrap())
}

async fn log_in(world: &World, username: &str, code: Value) -> Answer {
    world.post("/auth/login", json!({"username": username, "password": PASSWORD, "code": code})).await
}

#[tokio::test]
async fn s19_with_codes_on_a_password_alone_does_not_open() {
    let world = World::new().await;
    let ann = world.owner("ann").await;
    let none = ann.get("/me/factors").await.is(200);
    assert_eq!(
        (&none["totp"], &none["recovery_codes_left"], &none["required"]),
        (&json!(false), &json!(0), &json!(false))
    );

    let new = ann.post("/me/totp", json!({})).await.is(200);
    assert!(new["uri"].as_str().unwrap().starts_with("otpauth://totp/Snug:ann?secret="));
    assert!(new["qr"].as_str().unwrap().contains("<svg"));
    let secret = new["secret"].as_str().unwrap();
    // A secret that is only begun asks nobody for anything.
    log_in(&world, "ann", Value::Null).await.is(200);
    ann.post("/me/totp/confirm", json!({"code": "000000"})).await.refused(422, "wrong_code");
    let on = ann.post("/me/totp/confirm", json!({"code": code(secret, 0)})).await.is(200);
    let codes: Vec<String> = serde_json::from_value(on["recovery_codes"].clone()).unwrap();
    assert_eq!(codes.len(), 10);
    ann.post("/me/totp", json!({})).await.refused(409, "totp_on");
    let has = ann.get("/me/factors").await.is(200);
    assert_eq!((&has["totp"], &has["recovery_codes_left"]), (&json!(true), &json!(10)));
    assert!(!has.to_string().contains(secret), "it is shown once");

    let asked = log_in(&world, "ann", Value::Null).await;
    assert!(asked.cookie().is_none());
    assert_eq!(asked.json()["methods"], json!(["totp", "recovery"]));
    asked.refused(401, "code_needed");
    log_in(&world, "ann", json!("")).await.refused(401, "code_needed");
    log_in(&world, "ann", json!("000000")).await.refused(401, "wrong_code");
    // Who does not know the password does not learn that there is a second factor.
    let body = json!({"username": "ann", "password": "not the one at all", "code": code(secret, 0)});
    world.post("/auth/login", body).await.refused(401, "wrong_credentials");

    let next = code(secret, 1);
    log_in(&world, "ann", json!(next)).await.is(200);
    log_in(&world, "ann", json!(next)).await.refused(401, "wrong_code");
    log_in(&world, "ann", json!(code(secret, 9))).await.refused(401, "wrong_code");
}

#[tokio::test]
async fn s19_a_recovery_code_works_once_however_it_is_typed() {
    let world = World::new().await;
    let ann = world.owner("ann").await;
    let (_, codes) = turns_codes_on(&ann).await;
    log_in(&world, "ann", json!(codes[0])).await.is(200);
    log_in(&world, "ann", json!(codes[0])).await.refused(401, "wrong_code");
    log_in(&world, "ann", json!(codes[1].to_uppercase().replace('-', ""))).await.is(200);
    let (one, two) = tokio::join!(log_in(&world, "ann", json!(codes[2])), log_in(&world, "ann", json!(codes[2])));
    let mut both = [one.status.as_u16(), two.status.as_u16()];
    both.sort_unstable();
    assert_eq!(both, [200, 401]);
    assert_eq!(ann.get("/me/factors").await.is(200)["recovery_codes_left"], 7);

    let fresh = ann.post("/me/recovery-codes", json!({})).await.is(200);
    assert_eq!(fresh["recovery_codes"].as_array().unwrap().len(), 10);
    log_in(&world, "ann", json!(codes[3])).await.refused(401, "wrong_code");
    log_in(&world, "ann", fresh["recovery_codes"][0].clone()).await.is(200);

    ann.post("/me/totp/remove", json!({})).await.is(204);
    log_in(&world, "ann", Value::Null).await.is(200);
    assert_eq!(ann.get("/me/factors").await.is(200)["recovery_codes_left"], 0);
    ann.post("/me/totp/remove", json!({})).await.refused(404, "not_found");
    ann.post("/me/recovery-codes", json!({})).await.refused(409, "no_second_factor");
}

#[tokio::test]
async fn s19_codes_survive_a_restart_and_what_changes_them_asks_for_the_password() {
    let world = World::new().await;
    let ann = world.owner("ann").await;
    let (secret, _) = turns_codes_on(&ann).await;
    let world = world.restarts().await;
    // Nobody remembers that the password was shown.
    for path in ["/me/totp", "/me/totp/remove", "/me/recovery-codes", "/me/device-link"] {
        ann.post(path, json!({})).await.refused(403, "password_needed");
    }
    ann.post("/me/confirm", json!({"password": "not the one at all"})).await.refused(403, "wrong_password");
    ann.post("/me/recovery-codes", json!({})).await.refused(403, "password_needed");
    let confirmed = ann.post("/me/confirm", json!({"password": PASSWORD})).await;
    let ann = ann.goes_on(&confirmed);
    confirmed.is(204);
    ann.post("/me/recovery-codes", json!({})).await.is(200);
    log_in(&world, "ann", Value::Null).await.refused(401, "code_needed");
    log_in(&world, "ann", json!(code(&secret, 1))).await.is(200);
}

#[tokio::test]
async fn s15_s19_codes_are_guessed_no_faster_than_passwords() {
    let world = World::with(&[("SNUG_LIMITS__LOGINS_PER_10_MIN", "1000")]).await;
    let ann = world.owner("ann").await;
    let (secret, _) = turns_codes_on(&ann).await;
    // That a code is asked for is no failure.
    for _ in 0..6 {
        log_in(&world, "ann", Value::Null).await.refused(401, "code_needed");
    }
    for _ in 0..5 {
        log_in(&world, "ann", json!("000000")).await.refused(401, "wrong_code");
    }
    let braked = log_in(&world, "ann", json!(code(&secret, 0))).await;
    assert!(braked.headers.contains_key("retry-after"));
    braked.refused(429, "too_many");
}

#[tokio::test]
async fn s18_a_reset_link_keeps_the_second_factor_unless_it_was_made_to_take_it() {
    let world = World::new().await;
    let ann = world.owner("ann").await;
    let bob = world.person("bob").await;
    let (secret, codes) = turns_codes_on(&bob).await;
    let link = |made: Value| made["url"].as_str().unwrap().split_once('#').unwrap().1.to_owned();
    let reset = format!("/admin/users/{}/reset", bob.id);
    let new = "velvet onion harbour sixteen";

    let keeps = link(ann.asks("POST", &reset, None).await.is(201));
    let used = world.post("/auth/reset", json!({"code": keeps, "password": new})).await;
    assert!(used.cookie().is_none(), "a link alone is one factor");
    assert_eq!(used.is(200)["signed_in"], false);
    let log_in = |code: Value| world.post("/auth/login", json!({"username": "bob", "password": new, "code": code}));
    log_in(Value::Null).await.refused(401, "code_needed");
    let told = log_in(json!(code(&secret, 1))).await.is(200);
    assert_eq!(told["password_reset"]["address"], "127.0.0.1");
    assert_eq!(log_in(json!(codes[0])).await.is(200)["password_reset"], Value::Null, "it is told once");

    let takes = link(ann.post(&reset, json!({"factors": true})).await.is(201));
    log_in(Value::Null).await.refused(401, "code_needed");
    let used = world.post("/auth/reset", json!({"code": takes, "password": PASSWORD})).await;
    assert_eq!(Person::signed_in(&world.door, used).get("/me/factors").await.is(200)["totp"], false);
}

#[tokio::test]
async fn s19_admins_take_a_lost_second_factor_away_from_those_they_may_manage() {
    let world = World::new().await;
    let ann = world.owner("ann").await;
    let (bob, cleo) = (world.person("bob").await, world.person("cleo").await);
    ann.patch(&format!("/admin/users/{}", bob.id), json!({"role": "admin"})).await.is(200);
    turns_codes_on(&ann).await;
    turns_codes_on(&cleo).await;
    let of = |person: &Person| format!("/admin/users/{}/factors", person.id);
    cleo.delete(&of(&bob)).await.refused(403, "forbidden");
    bob.delete(&of(&ann)).await.refused(403, "forbidden");
    log_in(&world, "cleo", Value::Null).await.refused(401, "code_needed");
    assert_eq!(ann.get(&format!("/admin/users/{}", cleo.id)).await.is(200)["factors"]["totp"], true);
    bob.delete(&of(&cleo)).await.is(204);
    log_in(&world, "cleo", Value::Null).await.is(200);
}

#[tokio::test]
async fn who_must_have_a_second_factor_sets_one_up_before_anything_else() {
    let world = World::with(&[("SNUG_AUTH__SECOND_FACTOR", "admins")]).await;
    let ann = world.owner("ann").await;
    let bob = world.person("bob").await;
    bob.get("/rooms").await.is(200);
    for path in ["/rooms", "/sync", "/users", "/auth/sessions", "/admin/status"] {
        ann.get(path).await.refused(403, "second_factor_needed");
    }
    ann.post("/rooms", json!({"name": "hall", "kind": "public"})).await.refused(403, "second_factor_needed");
    assert_eq!(ann.opens("").await.err().unwrap(), 403);
    assert_eq!(ann.get("/me").await.is(200)["username"], "ann");
    assert_eq!(ann.get("/me/factors").await.is(200)["required"], true);
    assert_eq!(bob.get("/me/factors").await.is(200)["required"], false);
    turns_codes_on(&ann).await;
    ann.get("/rooms").await.is(200);

    // Who becomes an admin is asked at once, on sockets that are open too.
    let mut ear = bob.listens().await;
    ann.patch(&format!("/admin/users/{}", bob.id), json!({"role": "admin"})).await.is(200);
    assert_eq!(ear.closed().await, 1012);
    assert_eq!(bob.opens("").await.err().unwrap(), 403);
    bob.get("/sync").await.refused(403, "second_factor_needed");
    let world = world.restarts().await;
    bob.get("/sync").await.refused(403, "second_factor_needed");
    let confirmed = bob.post("/me/confirm", json!({"password": PASSWORD})).await;
    let bob = bob.goes_on(&confirmed);
    confirmed.is(204);
    turns_codes_on(&bob).await;
    bob.get("/sync").await.is(200);
    bob.post("/me/totp/remove", json!({})).await.is(204);
    bob.get("/sync").await.refused(403, "second_factor_needed");
    bob.post("/auth/logout", json!({})).await.is(204);
    drop(world);
}

#[tokio::test]
async fn a_second_device_comes_in_by_a_picture_once_and_can_be_put_out() {
    let world = World::new().await;
    let ann = world.owner("ann").await;
    turns_codes_on(&ann).await;
    assert_eq!(ann.get("/me/device-link").await.is(200)["state"], "gone");
    let link = ann.post("/me/device-link", json!({})).await.is(201);
    let code = link["url"].as_str().unwrap().split_once("/link#").unwrap().1;
    assert_eq!(code.len(), 43);
    // Looking, by a page or by a machine, does not use it.
    assert_eq!(world.get("/link").await.status, 200);
    for _ in 0..3 {
        assert_eq!(world.post("/auth/link/look", json!({"code": code})).await.is(200)["username"], "ann");
    }
    assert_eq!(ann.get("/me/device-link").await.is(200)["state"], "waiting");
    let (one, two) =
        tokio::join!(world.post("/auth/link", json!({"code": code})), world.post("/auth/link", json!({"code": code})));
    let (came, refused) = if one.status == 200 { (one, two) } else { (two, one) };
    refused.refused(404, "link_gone");
    let phone = Person::signed_in(&world.door, came);
    phone.get("/rooms").await.is(200);
    phone.post("/me/totp/remove", json!({})).await.refused(403, "password_needed");
    phone.post("/me/device-link", json!({})).await.refused(403, "password_needed");

    let mut ear = phone.listens().await;
    let told = ann.get("/me/device-link").await.is(200);
    assert_eq!(told["state"], "used");
    ann.delete(&format!("/auth/sessions/{}", told["session"]["id"])).await.is(204);
    assert_eq!(ear.closed().await, 4401);
    phone.get("/rooms").await.refused(401, "not_signed_in");
    world.post("/auth/link/look", json!({"code": code})).await.refused(404, "link_gone");

    // With the session that made it a link dies too.
    let again = ann.post("/me/device-link", json!({})).await.is(201);
    let code = again["url"].as_str().unwrap().split_once('#').unwrap().1;
    ann.post("/auth/logout", json!({})).await.is(204);
    world.post("/auth/link/look", json!({"code": code})).await.refused(404, "link_gone");
    world.post("/auth/link", json!({"code": code})).await.refused(404, "link_gone");
}
