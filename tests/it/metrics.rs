//! What is measured, and who may read it.
use crate::support::{Door, PASSWORD, Program, World, posted, soon};
use serde_json::json;
use snug::backups::{Errand, Kind};
use snug::chat::audit::By;
use snug::server;
use std::collections::BTreeMap;

/// The samples of an answer, by their whole names.
fn samples(text: &str) -> BTreeMap<String, f64> {
    let lines = text.lines().filter(|line| !line.starts_with('#'));
    lines
        .map(|line| {
            let (name, value) = line.rsplit_once(' ').unwrap_or_else(|| panic!("{line}"));
            (name.to_owned(), value.parse().unwrap_or_else(|_| panic!("{line}")))
        })
        .collect()
}

#[tokio::test]
async fn what_people_wait_for_is_measured() {
    let world = World::new().await;
    let owner = world.owner("owner").await;
    let bob = world.person("bob").await;
    let room = owner.makes("private", "Garden", &[&bob]).await;
    let (mut ear, mut far) = (owner.listens().await, bob.listens().await);
    owner.says(room, "over HTTP").await;
    bob.says(room, "and back").await;
    for ear in [&mut ear, &mut far] {
        ear.hears(posted("over HTTP")).await;
        ear.hears(posted("and back")).await;
    }
    // The last to have a message lets go of it a moment after it reads it.
    let found = soon("both messages are delivered", async {
        loop {
            let answer = owner.fetches("/metrics").await;
            assert_eq!(answer.status, 200);
            assert_eq!(answer.headers["content-type"], "text/plain; version=0.0.4; charset=utf-8");
            let found = samples(std::str::from_utf8(&answer.body).unwrap());
            if found["snug_ack_to_last_delivery_seconds_count"] == 2.0 {
                return found;
            }
            tokio::task::yield_now().await;
        }
    })
    .await;
    for (name, value) in [
        ("snug_send_to_ack_seconds_count", 2.0),
        ("snug_connect_seconds_count", 2.0),
        ("snug_messages_sent_total", 2.0),
        ("snug_connections", 2.0),
        ("snug_people_connected", 2.0),
        ("snug_users", 2.0),
        ("snug_resyncs_total", 0.0),
    ] {
        assert_eq!(found[name], value, "{name}");
    }
    assert!(found["snug_http_requests_total{status=\"2xx\"}"] >= 5.0);
    for (name, value) in [
        ("snug_store_read_only", 0.0),
        ("snug_backups", 0.0),
        ("snug_search_messages", 0.0),
        ("snug_backup_alarm", 0.0),
        ("snug_backup_failures_total", 0.0),
    ] {
        assert_eq!(found[name], value, "{name}");
    }
    assert!(found["snug_store_bytes"] > 1e5 && found["snug_disk_free_bytes"] > found["snug_disk_reserve_bytes"]);
    assert!(!found.contains_key("snug_backup_last_verified_timestamp_seconds"), "none was");
    assert!(found["process_resident_memory_bytes"] > 1e6 && found["process_start_time_seconds"] > 1.7e9);
}

#[tokio::test]
async fn the_metrics_are_for_admins_and_keys_made_for_them() {
    let world = World::new().await;
    let owner = world.owner("owner").await;
    let bob = world.person("bob").await;
    bob.fetches("/metrics").await.refused(403, "forbidden");
    world.door.call("GET", "/metrics", &[], "").await.refused(401, "not_signed_in");
    let (_, reader) = owner.makes_key(json!({"scopes": ["read", "write", "admin"]})).await;
    reader.asks("GET", "/metrics", None).await.refused(403, "scope_missing");
    let (_, gatherer) = owner.makes_key(json!({"scopes": ["metrics"]})).await;
    assert_eq!(gatherer.asks("GET", "/metrics", None).await.status, 200);
    gatherer.get("/rooms").await.refused(403, "scope_missing");

    // A bot with such a key, which an admin made; and a key whose owner is no admin any more.
    let bot = owner.post("/admin/bots", json!({"username": "prometheus"})).await.is(201)["id"].clone();
    let made =
        owner.post(&format!("/admin/bots/{bot}/keys"), json!({"name": "k", "scopes": ["metrics"]})).await.is(201);
    let program = Program::with(&world.door, made["key"].as_str().unwrap());
    assert_eq!(program.asks("GET", "/metrics", None).await.status, 200);
    owner.patch(&format!("/admin/users/{}", bob.id), json!({"role": "admin"})).await.is(200);
    let (_, of_bob) = bob.makes_key(json!({"scopes": ["metrics"]})).await;
    assert_eq!(of_bob.asks("GET", "/metrics", None).await.status, 200);
    owner.patch(&format!("/admin/users/{}", bob.id), json!({"role": "member"})).await.is(200);
    of_bob.asks("GET", "/metrics", None).await.refused(403, "forbidden");
}

#[tokio::test]
async fn a_port_of_their_own_gives_the_metrics_and_nothing_else() {
    let world = World::new().await;
    let listener = server::bind("127.0.0.1:0".parse().unwrap()).unwrap();
    let door = Door { address: listener.local_addr().unwrap(), tls: None, ..world.door.clone() };
    server::serve_metrics(world.app.clone(), listener);
    let answer = door.call("GET", "/metrics", &[], "").await;
    assert_eq!(answer.status, 200);
    assert!(samples(std::str::from_utf8(&answer.body).unwrap()).contains_key("snug_connections"));
    door.call("POST", "/metrics", &[], "").await.refused(405, "method_not_allowed");
    for path in ["/", "/licenses"] {
        door.call("GET", path, &[], "").await.refused(404, "not_found");
    }
}

#[tokio::test]
async fn attempts_to_sign_in_and_proxies_are_counted() {
    let world = World::with(&[("SNUG_SERVER__TRUSTED_PROXIES", "127.0.0.1")]).await;
    let owner = world.owner("owner").await;
    let answer = world.post("/auth/login", json!({"username": "owner", "password": "not this one at all"})).await;
    assert_eq!(answer.status, 401);
    world.post("/auth/login", json!({"username": "owner", "password": PASSWORD})).await.is(200);
    let found = samples(std::str::from_utf8(&owner.fetches("/metrics").await.body).unwrap());
    assert_eq!(found["snug_logins_total{outcome=\"refused\"}"], 1.0);
    assert_eq!(found["snug_logins_total{outcome=\"good\"}"], 1.0);
    let headers = [("x-forwarded-for", "203.0.113.7"), ("x-forwarded-proto", "https")];
    world.door.call("GET", "/healthz", &headers, "").await;
    let seen = &owner.get("/admin/status").await.is(200)["proxies"];
    let count = |name: &str| seen[name].as_u64().unwrap();
    assert_eq!(count("requests"), count("without_for") + 1);
    assert_eq!(seen["strangers"], json!([]));

    let alone = World::new().await;
    let owner = alone.owner("owner").await;
    alone.door.call("GET", "/healthz", &headers, "").await;
    let seen = &owner.get("/admin/status").await.is(200)["proxies"];
    assert_eq!((&seen["requests"], &seen["strangers"]), (&json!(0), &json!(["127.0.0.1"])));
}

#[tokio::test]
async fn backups_that_fail_are_counted_and_good_ones_have_a_time() {
    let folder = tempfile::tempdir().unwrap();
    let place = folder.path().join("backups");
    std::fs::write(&place, "in the way").unwrap();
    let world = World::with(&[("SNUG_BACKUP__FOLDER", place.to_str().unwrap())]).await;
    let owner = world.owner("owner").await;
    let figures = async || samples(std::str::from_utf8(&owner.fetches("/metrics").await.body).unwrap());
    let make = async || {
        let work = world.app.backups.begin(Errand::Make(Kind::Manual)).unwrap();
        world.app.clone().run_errand(work, By::SERVER).await;
    };
    // A folder that cannot be read hides nothing else.
    let found = figures().await;
    assert_eq!((found["snug_backup_alarm"], found["snug_users"]), (1.0, 1.0));
    std::fs::remove_file(&place).unwrap();
    std::fs::write(world.app.config.data.join("too-large"), vec![0; 20 << 20]).unwrap();
    make().await;
    let found = figures().await;
    assert_eq!((found["snug_backup_alarm"], found["snug_backup_failures_total"]), (1.0, 1.0));
    std::fs::remove_file(world.app.config.data.join("too-large")).unwrap();
    make().await;
    let found = figures().await;
    assert_eq!((found["snug_backup_alarm"], found["snug_backup_failures_total"]), (0.0, 1.0));
    assert_eq!(found["snug_backups"], 1.0);
    let now = snug::clock::now() as f64 / 1_000.0;
    let at = found["snug_backup_last_verified_timestamp_seconds"];
    assert!(now - at < 60.0 && at <= now, "{at} at {now}");
}

#[tokio::test]
async fn the_dashboard_shows_all_that_is_measured_and_nothing_else() {
    let world = World::with(&[("SNUG_SERVER__TLS", "auto")]).await;
    let owner = world.owner("owner").await;
    // A certificate, a backup that was checked, and what is in the databases as it was measured last.
    let work = world.app.backups.begin(Errand::Make(Kind::Manual)).unwrap();
    world.app.clone().run_errand(work, By::SERVER).await;
    owner.get("/admin/status").await.is(200);
    // Counters with a label are there once something was counted.
    world.post("/auth/login", json!({"username": "owner", "password": PASSWORD})).await.is(200);
    let text = String::from_utf8(owner.fetches("/metrics").await.body.to_vec()).unwrap();
    let dashboard = include_str!("../../systemd/grafana.json");
    serde_json::from_str::<serde_json::Value>(dashboard).unwrap();
    let named = |word: &&str| (word.starts_with("snug_") || word.starts_with("process_")) && word.len() > "snug_".len();
    let names: Vec<&str> =
        dashboard.split(|sign: char| !sign.is_ascii_alphanumeric() && sign != '_').filter(named).collect();
    assert!(names.len() > 15, "{names:?}");
    let measured = text.lines().filter_map(|line| line.strip_prefix("# TYPE ")?.split(' ').next());
    for name in measured.filter(|name| name.starts_with("snug_")) {
        assert!(names.iter().any(|shown| shown.starts_with(name)), "{name} is not shown");
    }
    for name in names {
        let sample = |line: &str| line.strip_prefix(name).is_some_and(|rest| rest.starts_with([' ', '{']));
        assert!(text.lines().any(sample), "{name} is not measured");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_last_hour_is_kept_in_looks_for_admins() {
    let world = World::new().await;
    let ann = world.owner("ann").await;
    let bob = world.person("bob").await;
    bob.get("/admin/pulse").await.refused(403, "forbidden");
    let hall = ann.makes("public", "hall", &[&bob]).await;
    let quiet = ann.get("/admin/status").await.is(200)["now"].clone();
    assert!(quiet["send_p99_ms"].is_null() && quiet["messages_per_minute"] == 0.0, "{quiet}");
    for number in 0..20 {
        bob.says(hall, &format!("word {number}")).await;
    }
    world.app.beat();
    let pulse = ann.get("/admin/pulse").await.is(200);
    assert_eq!(pulse["period_s"], 10);
    let looks = pulse["looks"].as_array().unwrap();
    let last = looks.last().unwrap();
    assert!(last["messages_per_minute"].as_f64().unwrap() >= 20.0, "{last}");
    let (half, most) = (last["send_p50_ms"].as_f64().unwrap(), last["send_p99_ms"].as_f64().unwrap());
    assert!(0.0 < half && half <= most && last["resident_bytes"].as_u64().unwrap() > 1_000_000, "{last}");
    // Only what is new, for who asks again; and never more than an hour.
    let after = format!("/admin/pulse?after={}", last["at"]);
    assert_eq!(ann.get(&after).await.is(200)["looks"].as_array().unwrap().len(), 0);
    for _ in 0..400 {
        world.app.beat();
    }
    assert_eq!(ann.get("/admin/pulse").await.is(200)["looks"].as_array().unwrap().len(), 360);
    ann.get("/admin/pulse?after=soon").await.refused(422, "invalid");
}
