//! The operator and people: made, signed in, kept out, given what is kept of them, and deleted.
use super::{Machine, PASSWORD, Person};
use serde_json::{Value, json};
use std::fs;
use std::os::unix::fs::PermissionsExt;

/// What an operator does with one person.
pub fn errands(machine: &Machine, name: &str) {
    let snug = |args: &[&str]| machine.snug(args);
    let add = ["user", "add", name, "--name", "Tim \u{1F33F}", "--password-stdin", "--json"];
    let made = machine.snug_with(&add, &format!("{PASSWORD}\n")).json();
    assert_eq!((&made["user"]["username"], &made["user"]["role"]), (&json!(name), &json!("member")));
    machine.snug_with(&add, PASSWORD).refused(73);
    assert!(snug(&["user", "list"]).fine().contains(name));
    let list = snug(&["user", "list", "--json"]).json();
    assert!(list["users"].as_array().unwrap().contains(&made["user"]) && list["next"].is_null());
    assert_eq!(snug(&["user", "show", &name.to_uppercase(), "--json"]).json()["user"], made["user"]);
    assert!(snug(&["user", "show", name]).fine().contains("member"));
    assert_eq!(snug(&["user", "role", name, "admin", "--json"]).json()["user"]["role"], "admin");
    assert_eq!(snug(&["user", "disable", name, "--json"]).json()["user"]["active"], false);
    assert_eq!(snug(&["user", "enable", name, "--json"]).json()["user"]["active"], true);
    let link = snug(&["user", "reset", name, "--json"]).json();
    assert!(link["url"].as_str().unwrap().contains("/reset#") && link["expires_at"].is_u64());
    assert!(snug(&["user", "reset", name]).fine().contains("/reset#"));
    assert!(!snug(&["user", "sessions", "ada", "--json"]).json()["sessions"].as_array().unwrap().is_empty());
    assert!(snug(&["user", "sessions", "ada"]).fine().contains("127.0.0.1"));
    snug(&["user", "sessions", name, "--end", "999999999"]).refused(67);
    assert!(snug(&["user", "reset", name, "--factors"]).fine().contains("/reset#"));
    assert!(snug(&["user", "show", name]).fine().contains("factors   none"));
    snug(&["user", "logout", name]).fine();
    machine.snug_with(&["user", "passwd", name, "--password-stdin"], "another violet tractor 7").fine();
    // Keeping somebody out, and letting them in again.
    let ban = ["ban", "add", "--user", name, "--with-addresses", "--reason", "noise", "--for", "7d", "--json"];
    let made = snug(&ban).json();
    assert_eq!((&made["reason"], &made["created_by"]), (&json!("noise"), &Value::Null));
    assert_eq!(snug(&["user", "show", name, "--json"]).json()["user"]["active"], false);
    assert!(snug(&["ban", "list"]).fine().contains("noise"));
    snug(&["user", "enable", name]).refused(73);
    snug(&["ban", "remove", &made["id"].to_string()]).fine();
    snug(&["ban", "remove", &made["id"].to_string()]).refused(67);
    assert_eq!(snug(&["user", "show", name, "--json"]).json()["user"]["active"], true);
    assert!(snug(&["ban", "add", "--address", "203.0.113.0/24"]).fine().contains("203.0.113.0/24"));
    assert_eq!(snug(&["ban", "list", "--json"]).json()["bans"].as_array().unwrap().len(), 1);
    let id = snug(&["ban", "list", "--json"]).json()["bans"][0]["id"].to_string();
    snug(&["ban", "remove", &id, "--json"]).fine();
    snug(&["ban", "add"]).refused(64);
    snug(&["ban", "add", "--address", "0.0.0.0/0"]).refused(64);
    // All that is kept of them.
    let archive = machine.path(&format!("{name}.tar"));
    snug(&["user", "export", name, &archive]).fine();
    assert_eq!(fs::metadata(&archive).unwrap().permissions().mode() & 0o777, 0o600);
    let bytes = fs::read(&archive).unwrap();
    assert!(bytes.starts_with(b"data.json\0") && bytes.len().is_multiple_of(512));
    snug(&["user", "export", name, &archive]).refused(73);
    snug(&["user", "export", "nobody-here", &archive]).refused(67);
    // What was done is written down, by whom too.
    let shown = snug(&["audit", "show", "--about", name, "--since", "1h", "--json"]).json();
    let actions: Vec<&str> =
        shown["entries"].as_array().unwrap().iter().map(|entry| entry["action"].as_str().unwrap()).collect();
    assert!(actions.contains(&"user.banned") && actions.contains(&"export.made"), "{actions:?}");
    assert!(shown["entries"].as_array().unwrap().iter().all(|entry| entry["by"] == "operator"));
    assert!(snug(&["audit", "show", "--action", "user", "--limit", "2"]).fine().lines().count() == 3);
    assert!(snug(&["audit", "verify"]).fine().contains("intact"));
    assert_eq!(snug(&["audit", "verify", "--json"]).json()["intact"], true);
    let log = machine.path(&format!("{name}.jsonl"));
    snug(&["audit", "export", &log]).fine();
    let lines = fs::read_to_string(&log).unwrap();
    assert!(lines.lines().count() > 5 && lines.lines().all(|line| serde_json::from_str::<Value>(line).is_ok()));
    snug(&["audit", "export", &log]).refused(73);
    snug(&["user", "delete", name]).refused(64);
    snug(&["user", "delete", name, "--yes"]).fine();
    snug(&["user", "show", name]).refused(67);
    snug(&["user", "delete", "ada", "--yes"]).refused(77);
}

#[test]
fn passwords_come_from_stdin_or_a_file() {
    let machine = Machine::with_ada();
    fs::write(machine.path("secret"), "seven green umbrellas 8\n").unwrap();
    machine.snug(&["user", "add", "bob", "--password-file", &machine.path("secret")]).fine();
    let server = machine.serve();
    assert_eq!(server.login("ada", PASSWORD).0, 200);
    assert_eq!(server.login("bob", "seven green umbrellas 8").0, 200);
    // A new one ends the sessions, at once.
    let bob = Person { cookie: server.login("bob", "seven green umbrellas 8").1, ..server.person.clone() };
    bob.get("/api/v1/me");
    machine.snug_with(&["user", "passwd", "bob", "--password-stdin"], "eleven yellow kettles 9\r\n").fine();
    assert_eq!(bob.ask("GET", "/api/v1/me", &Value::Null).0, 401);
    assert_eq!(server.login("bob", "seven green umbrellas 8").0, 401);
    let (status, cookie) = server.login("bob", "eleven yellow kettles 9");
    assert_eq!(status, 200);
    // And so does being kept out.
    let bob = Person { cookie, ..server.person.clone() };
    bob.get("/api/v1/me");
    machine.snug(&["user", "disable", "bob"]).fine();
    assert_eq!(bob.ask("GET", "/api/v1/me", &Value::Null).0, 401);
}

#[test]
fn s22_one_session_of_a_person_is_ended_and_the_others_stay() {
    let machine = Machine::with_ada();
    machine.snug_with(&["user", "add", "bob", "--password-stdin"], "seven green umbrellas 8").fine();
    let server = machine.serve();
    let devices = [(); 3].map(|()| {
        let (status, cookie) = server.login("bob", "seven green umbrellas 8");
        assert_eq!(status, 200);
        Person { cookie, ..server.person.clone() }
    });
    let listed = machine.snug(&["user", "sessions", "bob", "--json"]).json();
    let ids: Vec<String> =
        listed["sessions"].as_array().unwrap().iter().map(|session| session["id"].to_string()).collect();
    assert_eq!(ids.len(), 3, "newest first");
    machine.snug(&["user", "sessions", "ada", "--end", &ids[1]]).refused(67);
    machine.snug(&["user", "sessions", "bob", "--end", &ids[1]]).fine();
    machine.snug(&["user", "sessions", "bob", "--end", &ids[1]]).refused(67);
    let statuses = devices.each_ref().map(|device| device.ask("GET", "/api/v1/me", &Value::Null).0);
    assert_eq!(statuses, [200, 401, 200]);
}
