//! Bots: made by admins, with keys and nothing else.
use crate::support::{Person, Program, World, posted};
use serde_json::{Value, json};

async fn bot(owner: &Person, name: &str) -> (u64, Value) {
    let bot = owner.post("/admin/bots", json!({"username": name, "name": "Weather"})).await.is(201);
    (bot["id"].as_u64().unwrap(), bot)
}

async fn key(by: &Person, bot: u64, asked: Value) -> Program {
    let made = by.post(&format!("/admin/bots/{bot}/keys"), asked).await.is(201);
    Program::with(&by.door, made["key"].as_str().unwrap())
}

#[tokio::test]
async fn a_bot_speaks_in_its_rooms_as_itself() {
    let world = World::new().await;
    let owner = world.owner("owner").await;
    let (id, made) = bot(&owner, "weather").await;
    assert_eq!((&made["role"], &made["name"], &made["active"]), (&json!("bot"), &json!("Weather"), &json!(true)));
    let program = key(&owner, id, json!({"name": "k", "scopes": ["read", "write"]})).await;
    let room = owner.makes("private", "Garden", &[]).await;
    program.says(room, "rain").await.refused(404, "not_found");
    owner.put(&format!("/rooms/{room}/members/{id}"), json!({"role": "member"})).await.is(200);
    let mut ear = owner.listens().await;
    let mut bots = program.listens().await;
    assert_eq!(bots.hello["user"]["role"], "bot");
    assert_eq!(program.says(room, "rain at noon").await.is(201)["user"], id);
    ear.hears(posted("rain at noon")).await;
    owner.says(room, "thank you, @weather").await;
    assert_eq!(bots.hears(posted("thank you, @weather")).await["data"]["mentions"], json!([id]));
    let bots = owner.get("/admin/bots").await.is(200);
    assert_eq!(bots["users"].as_array().unwrap().len(), 1);
    assert_eq!(bots["users"][0]["id"], id);
}

#[tokio::test]
async fn a_bot_has_no_password_and_no_rank() {
    let world = World::new().await;
    let owner = world.owner("owner").await;
    let ada = world.person("ada").await;
    let (id, _) = bot(&owner, "weather").await;
    for path in ["/auth/login", "/auth/token"] {
        let mut body = json!({"username": "weather", "password": crate::support::PASSWORD});
        if path == "/auth/token" {
            body["grant_type"] = json!("password");
        }
        let refused = world.post(path, body).await;
        assert_eq!(refused.json()["code"], "wrong_credentials");
    }
    owner.post(&format!("/admin/users/{id}/reset"), json!({})).await.refused(409, "bot");
    owner.patch(&format!("/admin/users/{id}"), json!({"role": "admin"})).await.refused(422, "invalid");
    owner.patch(&format!("/admin/users/{}", ada.id), json!({"role": "bot"})).await.refused(422, "invalid");
    let keys = format!("/admin/bots/{id}/keys");
    owner.post(&keys, json!({"name": "k", "scopes": ["admin"]})).await.refused(403, "forbidden");
    owner.post("/admin/bots", json!({"username": "weather"})).await.refused(409, "username_taken");
    owner.post("/admin/bots", json!({"username": "no good"})).await.refused(422, "invalid");

    // Nobody but admins makes them or their keys; of people there are none to be had here.
    ada.post("/admin/bots", json!({"username": "mine"})).await.refused(403, "forbidden");
    ada.get("/admin/bots").await.refused(403, "forbidden");
    ada.get(&keys).await.refused(403, "forbidden");
    owner.get(&format!("/admin/bots/{}/keys", ada.id)).await.refused(404, "not_found");
    let of_person = json!({"name": "k", "scopes": ["read"]});
    owner.post(&format!("/admin/bots/{}/keys", ada.id), of_person).await.refused(404, "not_found");
    owner.get(&format!("/admin/bots/{}/keys", owner.id)).await.refused(404, "not_found");
    // A bot's key makes no keys, and an admin's key makes no bot's keys either.
    let program = key(&owner, id, json!({"name": "k", "scopes": ["read", "write", "metrics"]})).await;
    program.get("/me/keys").await.refused(403, "key_limited");
    program.get("/admin/bots").await.refused(403, "scope_missing");
    let (_, script) = owner.makes_key(json!({"scopes": ["read", "write", "admin"]})).await;
    script.get("/admin/bots").await.is(200);
    script.post(&keys, json!({"name": "k", "scopes": ["read"]})).await.refused(403, "key_limited");
}

#[tokio::test]
async fn a_bot_that_is_disabled_or_deleted_is_silent_at_once() {
    let world = World::new().await;
    let owner = world.owner("owner").await;
    let (id, _) = bot(&owner, "weather").await;
    let program = key(&owner, id, json!({"name": "k", "scopes": ["read"]})).await;
    let mut ear = program.listens().await;
    owner.patch(&format!("/admin/users/{id}"), json!({"active": false})).await.is(200);
    assert_eq!(ear.closed().await, 4401);
    program.get("/me").await.refused(401, "bad_token");
    let keys = format!("/admin/bots/{id}/keys");
    owner.post(&keys, json!({"name": "k", "scopes": ["read"]})).await.refused(404, "not_found");
    owner.patch(&format!("/admin/users/{id}"), json!({"active": true})).await.is(200);
    assert_eq!(owner.get(&keys).await.is(200)["keys"], json!([]));
    let program = key(&owner, id, json!({"name": "again", "scopes": ["read"]})).await;
    let listed = owner.get(&keys).await.is(200)["keys"][0]["id"].to_string();
    program.get("/me").await.is(200);
    owner.delete(&format!("{keys}/{listed}")).await.is(204);
    program.get("/me").await.refused(401, "bad_token");
    let program = key(&owner, id, json!({"name": "last", "scopes": ["read"]})).await;
    owner.delete(&format!("/admin/users/{id}")).await.is(204);
    program.get("/me").await.refused(401, "bad_token");
    assert_eq!(owner.get("/admin/bots").await.is(200)["users"], json!([]));
}
