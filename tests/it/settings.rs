//! What admins set while the server runs: it counts at once, survives a restart, and loses to file, environment and flags.
use crate::support::{Person, World, frame};
use serde_json::{Value, json};

fn set(key: &str, value: Value) -> Value {
    json!({"values": {key: value}})
}

async fn shown(admin: &Person, key: &str) -> Value {
    let settings = admin.get("/admin/settings").await.is(200)["settings"].take();
    settings.as_array().unwrap().iter().find(|setting| setting["key"] == key).unwrap().clone()
}

async fn registers(world: &World, name: &str, password: &str) -> u16 {
    world.post("/auth/register", json!({"username": name, "password": password})).await.status.as_u16()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_an_admin_sets_counts_at_once_is_told_and_survives_a_restart() {
    let world = World::new().await;
    let ann = world.owner("ann").await;
    let bob = world.person("bob").await;
    let hall = ann.makes("public", "hall", &[&bob]).await;
    let mut ear = bob.listens().await;
    assert_eq!(shown(&ann, "auth.password_min").await["origin"], "default");
    let body =
        json!({"name": "  Harbour Studio ", "values": {"auth.password_min": 20, "limits.upload_max_bytes": 1000}});
    let now = ann.patch("/admin/settings", body).await.is(200);
    assert_eq!(now["name"], "Harbour Studio");
    let frame = ear.hears(frame("server")).await;
    assert_eq!((&frame["server"]["name"], &frame["server"]["password_min"]), (&json!("Harbour Studio"), &json!(20)));
    let setting = shown(&ann, "auth.password_min").await;
    assert_eq!(
        (&setting["value"], &setting["origin"], &setting["live"]),
        (&json!(20), &json!("database"), &json!(true))
    );
    assert_eq!((&setting["min"], &setting["max"], &setting["from"]), (&json!(8), &json!(128), &Value::Null));
    // Of a file, a byte too many is refused, and one less is taken.
    let upload = async |bytes: usize| {
        bob.sends("POST", &format!("/api/v1/rooms/{hall}/files?name=a.bin"), "text/plain", vec![7; bytes]).await
    };
    upload(1001).await.refused(413, "too_large");
    upload(1000).await.is(201);
    let (short, long) = ("glacier moon tin", "glacier moon tin orchard");
    assert_eq!((registers(&world, "cid", short).await, registers(&world, "cid", long).await), (422, 201));
    let log = ann.get("/admin/audit?action=config").await.is(200)["entries"].clone();
    let details: Vec<&Value> = log.as_array().unwrap().iter().map(|entry| &entry["details"]).collect();
    assert!(details.contains(&&json!({"setting": "auth.password_min", "now": "20"})), "{details:?}");
    assert!(details.contains(&&json!({"setting": "name", "now": "Harbour Studio"})), "{details:?}");

    let world = world.restarts().await;
    let ann = Person { door: world.door.clone(), ..ann };
    let server = world.get("/api/v1/server").await.is(200);
    assert_eq!((&server["name"], &server["password_min"]), (&json!("Harbour Studio"), &json!(20)));
    let hello = ann.listens().await.hello;
    assert_eq!((&hello["type"], &hello["server"]["max_upload_bytes"]), (&json!("hello"), &json!(1000)));
    // And back to what it is without.
    ann.patch("/admin/settings", set("auth.password_min", Value::Null)).await.is(200);
    assert_eq!(shown(&ann, "auth.password_min").await["origin"], "default");
    assert_eq!(registers(&world, "dan", short).await, 201);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_the_environment_says_wins_over_what_an_admin_sets() {
    let world = World::new().await;
    let ann = world.owner("ann").await;
    let refused = ann.patch("/admin/settings", set("auth.registration", json!("closed"))).await;
    let refused = refused.refused(409, "setting_locked");
    assert!(refused["detail"].as_str().unwrap().contains("environment SNUG_AUTH__REGISTRATION"), "{refused}");
    let locked = shown(&ann, "auth.registration").await;
    assert_eq!((&locked["origin"], &locked["from"]), (&json!("environment"), &json!("SNUG_AUTH__REGISTRATION")));
    assert_eq!(locked["choices"], json!(["open", "invite", "closed"]));
    ann.patch("/admin/settings", set("auth.password_min", json!(20))).await.is(200);
    let world = World::on(world.stop().await, &[("SNUG_AUTH__PASSWORD_MIN", "15")]).await;
    let ann = Person { door: world.door.clone(), ..ann };
    assert_eq!(shown(&ann, "auth.password_min").await["value"], 15);
    ann.patch("/admin/settings", set("auth.password_min", json!(10))).await.refused(409, "setting_locked");
    // What was set before is still there when the environment is silent again.
    let world = World::on(world.stop().await, &[]).await;
    let ann = Person { door: world.door.clone(), ..ann };
    let setting = shown(&ann, "auth.password_min").await;
    assert_eq!((&setting["value"], &setting["origin"]), (&json!(20), &json!("database")));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_does_not_fit_is_refused_and_nothing_of_it_counts() {
    let world = World::new().await;
    let ann = world.owner("ann").await;
    let bob = world.person("bob").await;
    bob.get("/admin/settings").await.refused(403, "forbidden");
    bob.patch("/admin/settings", set("auth.password_min", json!(20))).await.refused(403, "forbidden");
    for (key, bad) in [
        ("auth.password_min", json!(7)),
        ("auth.password_min", json!(129)),
        ("auth.password_min", json!("20")),
        ("auth.second_factor", json!("some")),
        ("auth.second_factor", json!(true)),
        ("retention.messages_days", json!(-1)),
        ("retention.messages_days", json!(1.5)),
        ("limits.upload_max_bytes", json!(1_u64 << 60)),
        ("auth.colour", json!(1)),
    ] {
        let refused = ann.patch("/admin/settings", set(key, bad.clone())).await.refused(422, "invalid");
        assert_eq!(refused["field"], key, "{bad}: {refused}");
    }
    // One that is fine beside one that is not: neither.
    let both = json!({"name": "Nest", "values": {"audit.days": 30, "auth.password_min": 7}});
    ann.patch("/admin/settings", both).await.refused(422, "invalid");
    assert_eq!(
        (&shown(&ann, "audit.days").await["value"], &world.get("/api/v1/server").await.is(200)["name"]),
        (&json!(180), &json!("Snug"))
    );
    ann.patch("/admin/settings", set("server.listen", json!(["[::]:1"]))).await.refused(409, "setting_fixed");
    ann.patch("/admin/settings", json!({"name": "  "})).await.refused(422, "invalid");
    ann.patch("/admin/settings", json!({"values": {}, "colour": 1})).await.refused(422, "invalid");
    for (key, good) in
        [("auth.password_min", json!(8)), ("auth.password_min", json!(128)), ("retention.messages_days", json!(0))]
    {
        ann.patch("/admin/settings", set(key, good.clone())).await.is(200);
        assert_eq!(shown(&ann, key).await["value"], good);
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_rule_about_second_factors_reaches_who_is_connected() {
    let world = World::new().await;
    let ann = world.owner("ann").await;
    let bob = world.person("bob").await;
    let (mut hers, mut his) = (ann.listens().await, bob.listens().await);
    ann.patch("/admin/settings", set("auth.second_factor", json!("admins"))).await.is(200);
    assert_eq!(hers.closed().await, 1012);
    ann.get("/rooms").await.refused(403, "second_factor_needed");
    his.hears(frame("server")).await;
    bob.get("/rooms").await.is(200);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_brake_that_an_admin_sets_counts_at_once() {
    let world = World::with(&[]).await;
    let ann = world.owner("ann").await;
    ann.patch("/admin/settings", set("limits.sockets_per_user", json!(1))).await.is(200);
    let _first = ann.listens().await;
    assert_eq!(ann.opens("").await.err().map(|status| status.as_u16()), Some(429));
    ann.patch("/admin/settings", set("limits.sockets_per_user", json!(2))).await.is(200);
    assert!(ann.opens("").await.is_ok());
}
