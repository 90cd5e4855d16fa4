//! S54: secrets are planted everywhere, and then looked for in all that the server says of itself.
use crate::support::PASSWORD;
use serde_json::{Value, json};
use std::io::{BufRead, BufReader, Read};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

/// A server of its own process, at its most talkative, whose every word is kept.
struct Talkative {
    child: Child,
    said: Arc<Mutex<String>>,
    base: String,
    setup: String,
}

impl Talkative {
    fn start(data: &Path) -> Talkative {
        let mut child = Command::new(env!("CARGO_BIN_EXE_snug"))
            .args(["serve", "--listen", "127.0.0.1:0", "--tls", "off", "--data"])
            .arg(data)
            .env("SNUG_LOG__LEVEL", "trace")
            .env("SNUG_AUTH__REGISTRATION", "open")
            .env("SNUG_AUTH__ARGON2_MEMORY_KIB", "8")
            .env("SNUG_AUTH__ARGON2_ITERATIONS", "1")
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        let said = Arc::new(Mutex::new(String::new()));
        let (log, mut errors) = (said.clone(), child.stderr.take().unwrap());
        std::thread::spawn(move || {
            let mut bytes = [0; 4096];
            while let Ok(count @ 1..) = errors.read(&mut bytes) {
                log.lock().unwrap().push_str(&String::from_utf8_lossy(&bytes[..count]));
            }
        });
        let (mut base, mut setup) = (String::new(), String::new());
        let mut lines = BufReader::new(child.stdout.take().unwrap()).lines();
        while setup.is_empty() {
            let line = lines.next().unwrap().unwrap();
            if let Some(link) = line.strip_prefix("listening on ") {
                base = link.trim_end_matches('/').to_owned();
            }
            if let Some((_, code)) = line.split_once("/setup#") {
                setup = code.trim().to_owned();
            }
        }
        Talkative { child, said, base, setup }
    }

    fn door(&self) -> crate::support::Door {
        let address = self.base.split_once("://").unwrap().1.parse().unwrap();
        crate::support::Door::plain(address)
    }

    fn ends(mut self) -> String {
        let pid = rustix::process::Pid::from_child(&self.child);
        rustix::process::kill_process(pid, rustix::process::Signal::TERM).unwrap();
        let since = Instant::now();
        while self.child.try_wait().unwrap().is_none() {
            assert!(since.elapsed() < Duration::from_secs(8));
            std::thread::yield_now();
        }
        self.said.lock().unwrap().clone()
    }
}

#[tokio::test]
async fn s54_no_secret_is_ever_in_logs_or_audit() {
    let folder = tempfile::tempdir().unwrap();
    let server = Talkative::start(&folder.path().join("data"));
    let door = server.door();
    let json_type = ("content-type", "application/json");
    let post = async |path: &str, headers: &[(&str, &str)], body: Value| {
        let headers = [&[json_type], headers].concat();
        door.call("POST", &format!("/api/v1{path}"), &headers, body.to_string()).await
    };
    let setup = json!({"code": server.setup, "username": "ann", "password": PASSWORD});
    let ann = crate::support::Person::signed_in(&door, post("/setup", &[], setup).await);
    let bob = json!({"username": "bob", "password": "CANARYPASSWORD maple tundra"});
    let bob = crate::support::Person::signed_in(&door, post("/auth/register", &[], bob).await);
    let room = ann.makes("private", "CANARYROOM", &[&bob]).await;
    ann.says(room, "CANARYTEXT in a message").await;
    let mut ear = bob.listens().await;
    ear.says(room, "CANARYFRAME in a frame").await;
    let file = bob.uploads(room, "CANARYFILENAME.txt", "CANARYBYTES").await;
    bob.shows(room, "CANARYCAPTION", &[&file]).await;
    bob.patch("/me", json!({"about": "CANARYABOUT", "settings": {"a": "CANARYSETTING"}})).await.is(200);
    bob.put("/me/drafts", json!({"room": room, "text": "CANARYDRAFT"})).await.is(200);
    let invite = ann.post("/invites", json!({})).await.is(201);
    let reset = ann.post(&format!("/admin/users/{}/reset", bob.id), json!({})).await.is(201);
    // Mistakes of every kind, with secrets where they do not belong.
    post("/auth/login", &[], json!({"username": "CANARYNAME", "password": "CANARYWRONG"})).await;
    post("/auth/login", &[], json!({"username": "bob", "password": "CANARYWRONG", "CANARYFIELD": 1})).await;
    door.call("POST", "/api/v1/auth/login", &[json_type], "{\"CANARYBROKEN").await;
    for path in ["/?CANARYQUERY=1", "/CANARYPATH", "/j/CANARYCODE", "/api/v1/users?query=CANARYSEARCH", "/%00CANARYNUL"]
    {
        let cookie = format!("{}; CANARYCOOKIE=CANARYVALUE", bob.cookie);
        let headers = [("cookie", cookie.as_str()), ("user-agent", "CANARYAGENT"), ("x-canary", "CANARYHEADER")];
        door.call("GET", path, &headers, "").await;
        door.call("GET", path, &[("authorization", "Bearer snug_CANARYTOKEN"), ("host", "CANARYHOST")], "").await;
    }
    let code = reset["url"].as_str().unwrap().split_once('#').unwrap().1.to_owned();
    post("/auth/reset", &[], json!({"code": code, "password": "CANARYNEW velvet onion"})).await;
    ear.tells(json!({"type": "CANARYTYPE", "text": "CANARYUNKNOWN"})).await;
    let audit = ann.get("/admin/audit?limit=200").await.is(200)["entries"].to_string();
    assert!(audit.contains("password.reset"));
    let cookies = [&ann, &bob].map(|person| person.cookie.split_once('=').unwrap().1.to_owned());
    let setup = server.setup.clone();
    let said = server.ends();
    assert!(said.contains("answered"), "it was talkative: {said}");
    for (place, text) in [("the log", &said), ("the audit log", &audit)] {
        for line in text.lines() {
            assert!(!line.to_uppercase().contains("CANARY"), "{place}: {line}");
        }
        let secrets = [PASSWORD, invite["code"].as_str().unwrap(), &code, &setup, &cookies[0], &cookies[1]];
        for secret in secrets {
            assert!(!text.contains(secret), "{place} holds {secret}");
        }
    }
}
