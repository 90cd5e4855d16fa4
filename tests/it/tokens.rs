//! Tokens of API clients: how they are got, renewed, and how they end (S24, S25).
use crate::support::{Answer, PASSWORD, Person, Program, World, posted};
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use ring::signature::{ED25519, UnparsedPublicKey};
use serde_json::{Value, json};

async fn token(world: &World, body: Value) -> Answer {
    world.post("/auth/token", body).await
}

fn password(person: &Person) -> Value {
    json!({"grant_type": "password", "username": person.name, "password": PASSWORD})
}

async fn renewed(world: &World, refresh: &str) -> Answer {
    token(world, json!({"grant_type": "refresh_token", "refresh_token": refresh})).await
}

/// The access and the refresh token of an answer.
fn both(answer: &Value) -> (String, String) {
    (answer["access_token"].as_str().unwrap().to_owned(), answer["refresh_token"].as_str().unwrap().to_owned())
}

/// It was refused as OAuth has it, and as other clients read it.
#[track_caller]
fn refused(answer: Answer, status: u16, error: &str, code: &str) -> Value {
    assert_eq!(answer.header("content-type"), Some("application/json"));
    let problem = answer.is(status);
    assert_eq!((problem["error"].as_str(), problem["code"].as_str()), (Some(error), Some(code)), "{problem}");
    assert_eq!(problem["error_description"], problem["detail"]);
    assert_eq!(problem["status"], status);
    problem
}

#[tokio::test]
async fn s24_who_shows_a_password_gets_tokens_that_anybody_can_check() {
    let world = World::new().await;
    let ada = world.owner("ada").await;
    let given = token(&world, password(&ada)).await;
    assert_eq!(given.header("cache-control"), Some("no-store"));
    assert_eq!(given.cookie(), None, "a program gets no cookie");
    let given = given.is(200);
    assert_eq!((&given["token_type"], &given["expires_in"]), (&json!("Bearer"), &json!(900)));
    assert_eq!(given["scope"], "read write admin");
    let (access, _) = both(&given);
    let program = Program::with(&world.door, &access);
    assert_eq!(program.get("/me").await.is(200)["id"], ada.id);
    assert_eq!(program.get("/admin/status").await.is(200)["users"], 1);

    // What is published is enough to check it.
    let metadata = world.get("/.well-known/oauth-authorization-server").await.is(200);
    assert_eq!(metadata["issuer"], world.door.origin());
    assert_eq!(metadata["token_endpoint"], format!("{}/api/v1/auth/token", world.door.origin()));
    let keys = world.get("/.well-known/jwks.json").await.is(200);
    let key = &keys["keys"][0];
    assert_eq!((&key["kty"], &key["crv"], &key["alg"]), (&json!("OKP"), &json!("Ed25519"), &json!("EdDSA")));
    assert_eq!(key.as_object().unwrap().len(), 6, "no private half: {key}");
    let (signed, signature) = access.rsplit_once('.').unwrap();
    let decoded = |part: &str| URL_SAFE_NO_PAD.decode(part).unwrap();
    let public = UnparsedPublicKey::new(&ED25519, decoded(key["x"].as_str().unwrap()));
    public.verify(signed.as_bytes(), &decoded(signature)).unwrap();
    let (header, claims) = signed.split_once('.').unwrap();
    let (header, claims): (Value, Value) =
        (serde_json::from_slice(&decoded(header)).unwrap(), serde_json::from_slice(&decoded(claims)).unwrap());
    assert_eq!(header, json!({"typ": "at+jwt", "alg": "EdDSA", "kid": key["kid"]}));
    assert_eq!((&claims["iss"], &claims["aud"]), (&json!(world.door.origin()), &json!(world.door.origin())));
    assert_eq!(claims["sub"], ada.id.to_string());

    // The session is listed, and says what it is.
    let sessions = ada.get("/auth/sessions").await.is(200);
    let kinds: Vec<&Value> = sessions["sessions"].as_array().unwrap().iter().map(|one| &one["kind"]).collect();
    assert_eq!(kinds, ["api", "browser"]);
    assert_eq!(sessions["sessions"][0]["id"].to_string(), claims["sid"].as_str().unwrap());
}

#[tokio::test]
async fn s24_a_form_is_understood_too_and_mistakes_are_told_as_oauth_tells_them() {
    let world = World::new().await;
    let ada = world.owner("ada").await;
    let form = |text: String| {
        let headers = [("content-type", "application/x-www-form-urlencoded")];
        let door = world.door.clone();
        async move { door.call("POST", "/api/v1/auth/token", &headers, text).await }
    };
    let encoded: String = form_urlencoded(&[("username", "ada"), ("password", PASSWORD)]);
    let given = form(format!("grant_type=password&{encoded}&client_id=walker&scope=read")).await.is(200);
    assert_eq!(given["scope"], "read");
    assert_eq!(ada.get("/auth/sessions").await.is(200)["sessions"][0]["device"], "walker");

    let mut wrong = password(&ada);
    wrong["password"] = json!("not the one at all");
    refused(token(&world, wrong.clone()).await, 400, "invalid_grant", "wrong_credentials");
    wrong["username"] = json!("nobody");
    refused(token(&world, wrong).await, 400, "invalid_grant", "wrong_credentials");
    refused(
        token(&world, json!({"grant_type": "implicit"})).await,
        400,
        "unsupported_grant_type",
        "unsupported_grant_type",
    );
    refused(token(&world, json!({"grant_type": "password"})).await, 400, "invalid_request", "malformed");
    let mut other = password(&ada);
    other["scope"] = json!("read everything");
    refused(token(&world, other).await, 400, "invalid_scope", "invalid_scope");
    let mut unknown = password(&ada);
    unknown["resource"] = json!("x");
    let problem = refused(token(&world, unknown).await, 422, "invalid_request", "invalid");
    assert_eq!(problem["field"], "resource");
    refused(form("grant_type=password&grant_type=password".into()).await, 422, "invalid_request", "invalid");
    refused(form("%ff".into()).await, 422, "invalid_request", "invalid");
    assert_eq!(world.get("/api/v1/auth/token").await.status, 405);
}

fn form_urlencoded(pairs: &[(&str, &str)]) -> String {
    pairs.iter().map(|(name, value)| format!("{name}={}", value.replace(' ', "+"))).collect::<Vec<_>>().join("&")
}

#[tokio::test]
async fn s24_a_refresh_token_is_good_once_and_its_reuse_ends_the_session() {
    let world = World::new().await;
    let ada = world.owner("ada").await;
    let (access, first) = both(&token(&world, password(&ada)).await.is(200));
    let (later, second) = both(&renewed(&world, &first).await.is(200));
    assert_ne!(first, second);
    for access in [&access, &later] {
        Program::with(&world.door, access).get("/me").await.is(200);
    }
    let mut ear = Program::with(&world.door, &later).listens().await;

    // An answer was lost: the first one is answered again for a moment, and the second one is void.
    let (_, third) = both(&renewed(&world, &first).await.is(200));
    refused(renewed(&world, &second).await, 400, "invalid_grant", "refresh_gone");
    assert_eq!(ear.closed().await, 4401, "who had a copy had the session");
    refused(renewed(&world, &third).await, 400, "invalid_grant", "refresh_gone");
    for access in [&access, &later] {
        Program::with(&world.door, access).get("/me").await.refused(401, "bad_token");
    }
    let entries = ada.get("/admin/audit?action=token.reused").await.is(200);
    assert_eq!(entries["entries"].as_array().unwrap().len(), 1, "{entries}");
    // The browser was not concerned.
    ada.get("/me").await.is(200);
}

#[tokio::test]
async fn s24_of_two_that_renew_at_once_none_is_left_with_a_good_copy_unseen() {
    let world = World::new().await;
    let ada = world.owner("ada").await;
    let (_, first) = both(&token(&world, password(&ada)).await.is(200));
    let (one, other) = tokio::join!(renewed(&world, &first), renewed(&world, &first));
    let (one, other) = (both(&one.is(200)).1, both(&other.is(200)).1);
    let answers = [renewed(&world, &one).await.status, renewed(&world, &other).await.status];
    assert!(answers.iter().any(|status| *status == 400), "only one of them is the next: {answers:?}");
}

#[tokio::test]
async fn s25_a_token_dies_with_its_session_whatever_ends_it() {
    let world = World::new().await;
    let owner = world.owner("owner").await;
    for end in ["logout", "list", "others", "password", "disable", "admin", "delete"] {
        let ada = world.person(&format!("ada-{end}")).await;
        let (access, refresh) = both(&token(&world, password(&ada)).await.is(200));
        let program = Program::with(&world.door, &access);
        let mut ear = program.listens().await;
        program.get("/me").await.is(200);
        match end {
            "logout" => drop(program.post("/auth/logout", json!({})).await.is(204)),
            "list" => {
                let sessions = ada.get("/auth/sessions").await.is(200);
                ada.delete(&format!("/auth/sessions/{}", sessions["sessions"][0]["id"])).await.is(204);
            }
            "others" => drop(ada.delete("/auth/sessions").await.is(204)),
            "password" => {
                let change = json!({"current": PASSWORD, "new": "velvet onion harbour sixteen"});
                ada.post("/me/password", change).await.is(204);
            }
            "disable" => {
                owner.patch(&format!("/admin/users/{}", ada.id), json!({"active": false})).await.is(200);
            }
            "admin" => drop(owner.delete(&format!("/admin/users/{}/sessions", ada.id)).await.is(204)),
            _ => drop(owner.delete(&format!("/admin/users/{}", ada.id)).await.is(204)),
        }
        let refused = program.get("/me").await;
        assert_eq!(refused.header("www-authenticate"), Some("Bearer error=\"invalid_token\""), "{end}");
        refused.refused(401, "bad_token");
        assert_eq!(renewed(&world, &refresh).await.status, 400, "{end}");
        assert_eq!(ear.closed().await, 4401, "{end}");
        assert_eq!(program.opens("").await.err().unwrap(), 401, "{end}");
    }
}

#[tokio::test]
async fn s25_what_is_no_token_of_ours_opens_nothing() {
    let world = World::new().await;
    let ada = world.owner("ada").await;
    let (access, refresh) = both(&token(&world, password(&ada)).await.is(200));
    let cookie = ada.cookie.split_once('=').unwrap().1.to_owned();
    let cut = access.rsplit_once('.').unwrap().0.to_owned();
    for wrong in [&refresh, &cookie, &cut, "snug_guess", "a.b.c", ""] {
        let program = Program::with(&world.door, wrong);
        program.get("/me").await.refused(401, "bad_token");
        // Nor what is open to all: who shows something wrong is told so.
        program.get("/server").await.refused(401, "bad_token");
        assert_eq!(program.opens("").await.err().unwrap(), 401);
    }
    let call = |headers: Vec<(&'static str, String)>| {
        let door = world.door.clone();
        async move {
            let headers: Vec<(&str, &str)> = headers.iter().map(|(name, value)| (*name, value.as_str())).collect();
            door.call("GET", "/api/v1/me", &headers, "").await
        }
    };
    // A refresh token's parts, and what an API session is known by, are no cookies.
    let half = refresh.trim_start_matches("snugr_")[..43].to_owned();
    for wrong in [half, access.clone(), refresh.clone()] {
        call(vec![("cookie", format!("snug={wrong}"))]).await.refused(401, "not_signed_in");
    }
    call(vec![("authorization", format!("Basic {access}"))]).await.refused(401, "bad_token");
    call(vec![("authorization", format!("bearer  {access} "))]).await.is(200);
    // A wrong token is not mended by a good cookie.
    call(vec![("authorization", "Bearer x".into()), ("cookie", ada.cookie.clone())]).await.refused(401, "bad_token");
    // Not in the address.
    let path = format!("/api/v1/me?access_token={access}");
    world.door.call("GET", &path, &[], "").await.refused(401, "not_signed_in");
}

#[tokio::test]
async fn s24_a_narrowed_token_does_less_and_is_renewed_for_no_more() {
    let world = World::new().await;
    let ada = world.owner("ada").await;
    let room = ada.makes("public", "Kitchen", &[]).await;
    let mut narrow = password(&ada);
    narrow["scope"] = json!("read");
    let (access, refresh) = both(&token(&world, narrow).await.is(200));
    let program = Program::with(&world.door, &access);
    program.get(&format!("/rooms/{room}/messages")).await.is(200);
    let refused_send = program.says(room, "hello").await;
    assert_eq!(refused_send.header("www-authenticate"), Some("Bearer error=\"insufficient_scope\""));
    refused_send.refused(403, "scope_missing");
    program.get("/admin/status").await.refused(403, "scope_missing");
    program.get("/auth/sessions").await.refused(403, "scope_missing");
    program.post("/me/keys", json!({"name": "x", "scopes": ["write"]})).await.refused(403, "scope_missing");

    let more = json!({"grant_type": "refresh_token", "refresh_token": refresh, "scope": "read write"});
    refused(token(&world, more).await, 400, "invalid_scope", "invalid_scope");
    let again = renewed(&world, &refresh).await.is(200);
    assert_eq!(again["scope"], "read");

    // Read and write, renewed for reading alone, and for both again.
    let mut both_scopes = password(&ada);
    both_scopes["scope"] = json!("read write");
    let (wide, refresh) = both(&token(&world, both_scopes).await.is(200));
    Program::with(&world.door, &wide).says(room, "hello").await.is(201);
    let less = json!({"grant_type": "refresh_token", "refresh_token": refresh, "scope": "read"});
    let (access, refresh) = both(&token(&world, less).await.is(200));
    Program::with(&world.door, &access).says(room, "hello").await.refused(403, "scope_missing");
    assert_eq!(renewed(&world, &refresh).await.is(200)["scope"], "read write");
}

#[tokio::test]
async fn s24_a_script_that_signs_in_anew_each_time_signs_out_no_browser() {
    let world = World::new().await;
    let ada = world.owner("ada").await;
    let (first, _) = both(&token(&world, password(&ada)).await.is(200));
    for _ in 0..100 {
        token(&world, password(&ada)).await.is(200);
    }
    ada.get("/me").await.is(200);
    assert_eq!(ada.get("/auth/sessions").await.is(200)["sessions"].as_array().unwrap().len(), 101);
    Program::with(&world.door, &first).get("/me").await.refused(401, "bad_token");
}

#[tokio::test]
async fn s24_tokens_outlive_a_restart_and_a_socket_speaks_with_one() {
    let world = World::new().await;
    let ada = world.owner("ada").await;
    let room = ada.makes("public", "Kitchen", &[]).await;
    let (access, refresh) = both(&token(&world, password(&ada)).await.is(200));
    let world = world.restarts().await;
    let program = Program::with(&world.door, &access);
    let mut ear = program.listens().await;
    assert_eq!(ear.hello["user"]["id"], ada.id);
    ear.says(room, "by socket").await;
    program.says(room, "by request").await.is(201);
    ear.hears(posted("by request")).await;
    renewed(&world, &refresh).await.is(200);
}
