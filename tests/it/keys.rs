//! API keys: what each kind of them may do, and how they end (S23).
use crate::support::{Person, Program, World, event, frame, posted, told};
use serde_json::{Value, json};

#[tokio::test]
async fn s23_a_key_is_shown_once_and_kept_as_a_hash() {
    let world = World::new().await;
    let ada = world.owner("ada").await;
    let made = ada.post("/me/keys", json!({"name": " Weather ", "scopes": ["write", "read"]})).await.is(201);
    let shown = made["key"].as_str().unwrap();
    assert!(shown.starts_with("snug_") && shown.len() == 54, "{shown}");
    assert_eq!((&made["name"], &made["scopes"]), (&json!("Weather"), &json!(["read", "write"])));
    assert_eq!(
        (&made["rooms"], &made["expires_at"], &made["last_used_at"]),
        (&Value::Null, &Value::Null, &Value::Null)
    );
    let listed = ada.get("/me/keys").await.is(200);
    assert_eq!(listed["keys"][0]["id"], made["id"]);
    assert_eq!(listed["keys"][0].get("key"), None);
    let program = Program::with(&world.door, shown);
    assert_eq!(program.get("/me").await.is(200)["id"], ada.id);
    assert!(ada.get("/me/keys").await.is(200)["keys"][0]["last_used_at"].is_u64());

    // It is nowhere on the disk, and outlives a restart.
    let shown = shown.to_owned();
    let world = world.restarts().await;
    let database = std::fs::read(world.folder.path().join("data/snug.redb")).unwrap();
    let body = &shown.as_bytes()[5..];
    assert!(!database.windows(body.len()).any(|bytes| bytes == body));
    Program::with(&world.door, &shown).get("/me").await.is(200);

    let path = format!("/me/keys/{}", made["id"]);
    ada.delete(&path).await.is(204);
    ada.delete(&path).await.refused(404, "not_found");
    Program::with(&world.door, &shown).get("/me").await.refused(401, "bad_token");
    for word in ["key.created", "key.revoked"] {
        let entries = ada.get(&format!("/admin/audit?action={word}")).await.is(200);
        assert_eq!(entries["entries"].as_array().unwrap().len(), 1, "{entries}");
        assert!(!entries.to_string().contains(&shown[5..20]));
    }
}

#[tokio::test]
async fn s23_what_a_key_cannot_be_is_refused() {
    let world = World::new().await;
    let owner = world.owner("owner").await;
    let ada = world.person("ada").await;
    let room = owner.makes("private", "Den", &[]).await;
    let now = snug::clock::now();
    let refused = [
        (json!({"scopes": []}), 422, "invalid"),
        (json!({"scopes": ["root"]}), 422, "invalid"),
        (json!({"name": " "}), 422, "invalid"),
        (json!({"rooms": []}), 422, "invalid"),
        (json!({"rooms": [room]}), 422, "invalid"),
        (json!({"rooms": [9_999_999]}), 422, "invalid"),
        (json!({"expires_at": now - 1}), 422, "invalid"),
        (json!({"expires_at": now + 400 * 86_400_000}), 422, "invalid"),
        (json!({"author": 1}), 422, "invalid"),
        (json!({"scopes": ["admin"]}), 403, "forbidden"),
        (json!({"scopes": ["metrics"]}), 403, "forbidden"),
    ];
    for (field, status, code) in refused {
        let mut body = json!({"name": "a script", "scopes": ["read"]});
        body.as_object_mut().unwrap().extend(field.as_object().unwrap().clone());
        ada.post("/me/keys", body).await.refused(status, code);
    }
    owner.makes_key(json!({"scopes": ["admin", "metrics"], "rooms": [room], "expires_at": now + 86_400_000})).await;
    for _ in 0..50 {
        ada.makes_key(json!({})).await;
    }
    ada.post("/me/keys", json!({"name": "one more", "scopes": ["read"]})).await.refused(409, "too_many_keys");
}

#[tokio::test]
async fn s23_each_scope_opens_its_own_and_none_signs_in() {
    let world = World::new().await;
    let ada = world.owner("ada").await;
    let room = ada.makes("public", "Kitchen", &[]).await;
    let kinds = [
        ("read", [200, 403, 403]),
        // Who may write may read: what is written comes back with what it answers.
        ("write", [200, 201, 403]),
        ("admin", [403, 403, 200]),
        ("metrics", [403, 403, 403]),
    ];
    for (scope, expected) in kinds {
        let (_, program) = ada.makes_key(json!({"scopes": [scope]})).await;
        let found = [
            program.get(&format!("/rooms/{room}/messages")).await.status.as_u16(),
            program.says(room, "hello").await.status.as_u16(),
            program.get("/admin/status").await.status.as_u16(),
        ];
        assert_eq!(found, expected, "{scope}");
    }
    let (id, program) = ada.makes_key(json!({"scopes": ["read", "write", "admin", "metrics"]})).await;
    program.get("/auth/sessions").await.refused(403, "key_limited");
    program.delete("/auth/sessions").await.refused(403, "key_limited");
    program.post("/auth/logout", json!({})).await.refused(403, "key_limited");
    program.get("/me/keys").await.refused(403, "key_limited");
    program.post("/me/keys", json!({"name": "child", "scopes": ["read"]})).await.refused(403, "key_limited");
    program.delete(&format!("/me/keys/{id}")).await.refused(403, "key_limited");
    let change = json!({"current": crate::support::PASSWORD, "new": "velvet onion harbour sixteen"});
    program.post("/me/password", change).await.refused(403, "key_limited");
    program.get("/me").await.is(200);
    // The author is whose key it is.
    assert_eq!(program.says(room, "mine").await.is(201)["user"], ada.id);
    program.post(&format!("/rooms/{room}/messages"), json!({"text": "x", "user": 1})).await.refused(422, "invalid");
}

#[tokio::test]
async fn s23_a_key_dies_with_its_person_at_once_and_so_does_its_socket() {
    let world = World::new().await;
    let owner = world.owner("owner").await;
    for end in ["revoke", "disable", "delete"] {
        let ada = world.person(&format!("ada-{end}")).await;
        let (id, program) = ada.makes_key(json!({})).await;
        let mut ear = program.listens().await;
        match end {
            "revoke" => drop(ada.delete(&format!("/me/keys/{id}")).await.is(204)),
            "disable" => {
                owner.patch(&format!("/admin/users/{}", ada.id), json!({"active": false})).await.is(200);
            }
            _ => drop(owner.delete(&format!("/admin/users/{}", ada.id)).await.is(204)),
        }
        program.get("/me").await.refused(401, "bad_token");
        assert_eq!(ear.closed().await, 4401, "{end}");
        if end == "disable" {
            owner.patch(&format!("/admin/users/{}", ada.id), json!({"active": true})).await.is(200);
            program.get("/me").await.refused(401, "bad_token");
        }
    }
    // Another password does not take away what scripts use.
    let ada = world.person("ada").await;
    let (_, program) = ada.makes_key(json!({})).await;
    let change = json!({"current": crate::support::PASSWORD, "new": "velvet onion harbour sixteen"});
    ada.post("/me/password", change).await.is(204);
    program.get("/me").await.is(200);
}

#[tokio::test]
async fn s23_a_key_ends_when_it_said_and_closes_its_socket() {
    let world = World::new().await;
    let ada = world.owner("ada").await;
    let (_, program) = ada.makes_key(json!({"expires_at": snug::clock::now() + 1_500})).await;
    let mut ear = program.listens().await;
    program.get("/me").await.is(200);
    assert_eq!(ear.closed().await, 4401);
    program.get("/me").await.refused(401, "bad_token");
}

#[tokio::test]
async fn s23_a_key_that_reads_listens_and_does_not_speak() {
    let world = World::new().await;
    let ada = world.owner("ada").await;
    let room = ada.makes("public", "Kitchen", &[]).await;
    let (_, program) = ada.makes_key(json!({"scopes": ["read"]})).await;
    let mut ear = program.listens().await;
    for mut asked in [
        json!({"type": "send", "room": room, "text": "hello"}),
        json!({"type": "read", "room": room, "up_to": 1}),
        json!({"type": "typing", "room": room}),
        json!({"type": "received", "cursor": 1}),
    ] {
        asked["ref"] = json!(7);
        ear.tells(asked).await;
        let refused = ear.hears(told(json!({"ref": 7}))).await;
        assert_eq!(
            (&refused["type"], &refused["status"], &refused["code"]),
            (&json!("error"), &json!(403), &json!("scope_missing"))
        );
    }
    ada.says(room, "do you hear me?").await;
    ear.hears(posted("do you hear me?")).await;
    assert_eq!(ear.asks(json!({"type": "presence", "state": "away"})).await["type"], "ok");
    let (_, admin) = ada.makes_key(json!({"scopes": ["admin"]})).await;
    assert_eq!(admin.opens("").await.err().unwrap(), 403, "what may not read may not listen");
}

/// A key for one of two rooms, with all that the other one has.
async fn two_rooms(world: &World) -> (Person, Person, Program, u64, u64) {
    let ada = world.owner("ada").await;
    let bob = world.person("bob").await;
    let open = ada.makes("private", "Open", &[&bob]).await;
    let closed = ada.makes("private", "Closed", &[&bob]).await;
    let (_, program) = ada.makes_key(json!({"rooms": [open], "scopes": ["read", "write", "admin"]})).await;
    (ada, bob, program, open, closed)
}

#[tokio::test]
async fn s23_a_key_for_one_room_sees_no_other() {
    let world = World::new().await;
    let (ada, bob, program, open, closed) = two_rooms(&world).await;
    program.says(open, "hello").await.is(201);
    let secret = bob.says(closed, "a secret for @ada").await;
    let file = bob.uploads(closed, "secret.txt", "secret bytes").await;
    let plain = bob.uploads(open, "plain.txt", "plain bytes").await;
    bob.shows(closed, "a file", &[&file]).await;
    bob.shows(open, "a file", &[&plain]).await;
    ada.put(&format!("/rooms/{closed}/messages/{secret}/saved"), json!({})).await.is(200);
    ada.put("/me/drafts", json!({"room": closed, "text": "a secret draft"})).await.is(200);

    program.says(closed, "hello").await.refused(403, "key_limited");
    program.get(&format!("/rooms/{closed}")).await.refused(403, "key_limited");
    program.get("/rooms/9999999").await.refused(403, "key_limited");
    program.get(&format!("/rooms/{closed}/messages/{secret}")).await.refused(403, "key_limited");
    for path in ["/me/mentions", "/me/saved", "/me/drafts", "/me/threads", "/invites", "/admin/rooms", "/admin/users"] {
        program.get(path).await.refused(403, "key_limited");
    }
    program.post("/rooms", json!({"name": "new", "kind": "public"})).await.refused(403, "key_limited");
    program.post("/directs", json!({"users": [bob.id]})).await.refused(403, "key_limited");
    program.get(&format!("/admin/rooms/{closed}")).await.refused(403, "key_limited");
    program.get(&format!("/admin/rooms/{open}")).await.is(200);

    let bytes = |file: &Value| file["url"].as_str().unwrap().to_owned();
    program.asks("GET", &bytes(&file), None).await.answered(404);
    program.asks("GET", &bytes(&plain), None).await.answered(200);
    program.get(&format!("/files/{}", file["id"].as_str().unwrap())).await.refused(404, "not_found");
    program.get(&format!("/files/{}", plain["id"].as_str().unwrap())).await.is(200);

    for path in ["/sync", "/rooms", "/rooms?scope=public"] {
        let found = program.get(path).await.is(200);
        let ids: Vec<u64> =
            found["rooms"].as_array().unwrap().iter().map(|room| room["id"].as_u64().unwrap()).collect();
        assert!(ids.iter().all(|id| *id == open), "{path}: {ids:?}");
        assert!(!found.to_string().contains("secret"), "{path}: {found}");
    }
    assert_eq!(program.get("/sync").await.is(200)["rooms"].as_array().unwrap().len(), 1);
    // Its person's other ways are as they were.
    assert_eq!(ada.get("/sync").await.is(200)["rooms"].as_array().unwrap().len(), 2);
}

#[tokio::test]
async fn s23_a_key_for_one_room_hears_no_other() {
    let world = World::new().await;
    let (ada, bob, program, open, closed) = two_rooms(&world).await;
    let since = ada.get("/sync").await.is(200)["cursor"].as_u64().unwrap();
    let mut ear = program.listens().await;
    let bobs_presence = frame("presence");
    let mut whole = ada.listens().await;
    let mut bobs = bob.listens().await;
    ear.hears(bobs_presence).await;

    // Live: messages, typing, what is told to oneself, new rooms.
    bobs.tells(json!({"type": "typing", "room": closed})).await;
    let secret = bob.says(closed, "a secret").await;
    bob.put(&format!("/rooms/{closed}/messages/{secret}/reactions/%F0%9F%91%8D"), json!({})).await.is(200);
    ada.put(&format!("/rooms/{closed}/messages/{secret}/saved"), json!({})).await.is(200);
    ada.put("/me/drafts", json!({"room": closed, "text": "a secret draft"})).await.is(200);
    ada.patch(&format!("/rooms/{closed}/me"), json!({"starred": true})).await.is(200);
    let later = bob.makes("private", "Later", &[&ada]).await;
    bob.says(later, "a secret too").await;
    bob.says(open, "the end").await;
    whole.hears(posted("the end")).await;
    ear.hears(posted("the end")).await;
    ear.catches_up().await;
    let leaks = |heard: &[Value]| {
        let about = |frame: &Value| {
            let text = frame.to_string();
            text.contains("secret") || [closed, later].iter().any(|room| text.contains(&format!("\"room\":{room}")))
        };
        let rooms = |frame: &Value| frame["event"] == "room.created";
        heard.iter().filter(|frame| about(frame) || rooms(frame)).cloned().collect::<Vec<_>>()
    };
    assert_eq!(leaks(&ear.heard), Vec::<Value>::new());
    assert!(leaks(&whole.heard).len() >= 7, "the same on a whole connection: {:?}", leaks(&whole.heard));

    // After the fact.
    let mut resumed = program.opens(&format!("?since={since}")).await.unwrap();
    assert_eq!(resumed.hello["resumed"], true);
    resumed.hears(posted("the end")).await;
    resumed.catches_up().await;
    assert_eq!(leaks(&resumed.heard), Vec::<Value>::new());

    // And it speaks there only.
    ear.says(open, "from the key").await;
    whole.hears(posted("from the key")).await;
    for asked in [
        json!({"type": "send", "room": closed, "text": "no"}),
        json!({"type": "typing", "room": closed}),
        json!({"type": "read", "room": closed, "up_to": secret}),
        json!({"type": "received", "cursor": 1}),
    ] {
        assert_eq!(ear.asks(asked).await["code"], "key_limited");
    }

    // Who leaves its room hears that, and then nothing.
    ada.put(&format!("/rooms/{open}/members/{}", bob.id), json!({"role": "admin"})).await.is(200);
    ada.leaves(open).await;
    ear.hears(event("member.left")).await;
    bob.says(open, "not for ada").await;
    ear.catches_up().await;
    assert!(!ear.heard.iter().any(|frame| frame.to_string().contains("not for ada")));
}
