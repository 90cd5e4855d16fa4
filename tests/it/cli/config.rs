//! The operator and the settings that are kept in the database: with a server and without, at once, and under what is written.
use super::{Machine, PASSWORD};
use serde_json::{Value, json};
use std::fs;

/// A key as the operator sees it: its value and where that came from.
fn shown(machine: &Machine, key: &str) -> (Value, Value) {
    let mut facts = machine.snug(&["config", "show", "--json"]).json();
    let setting = facts["settings"].as_array_mut().unwrap().iter_mut().find(|setting| setting["key"] == key).unwrap();
    (setting["value"].take(), setting["origin"].take())
}

#[test]
fn settings_are_set_and_unset_with_a_server_and_without() {
    let machine = Machine::with_ada();
    set_and_unset(&machine);
    let server = machine.serve();
    set_and_unset(&machine);
    // At once: who may make an account, and the name of the place.
    let register = json!({"username": "bob", "password": PASSWORD});
    assert_eq!(server.ask("POST", "/api/v1/auth/register", &register).0, 403);
    machine.snug(&["config", "set", "auth.registration", "open"]).fine();
    assert_eq!(server.ask("POST", "/api/v1/auth/register", &register).0, 201);
    assert_eq!(
        machine.snug(&["config", "set", "name", "Harbour Studio"]).fine(),
        "The place is called Harbour Studio.\n"
    );
    assert_eq!(server.get("/api/v1/server")["name"], "Harbour Studio");
    server.stop();
    // And it stays, until it is taken out.
    assert_eq!(shown(&machine, "auth.registration"), (json!("open"), json!("database")));
    let server = machine.serve();
    assert_eq!(server.get("/api/v1/server")["name"], "Harbour Studio");
    machine.snug(&["config", "unset", "auth.registration"]).fine();
    assert_eq!(server.get("/api/v1/server")["registration"], "invite");
}

fn set_and_unset(machine: &Machine) {
    let snug = |args: &[&str]| machine.snug(args);
    let (before, origin) = shown(machine, "retention.messages_days");
    assert_eq!((before, origin), (json!(0), json!("default")));
    assert_eq!(
        snug(&["config", "set", "retention.messages_days", "30"]).fine(),
        "retention.messages_days = 30 (database)\n"
    );
    assert_eq!(shown(machine, "retention.messages_days"), (json!(30), json!("database")));
    let json = snug(&["config", "set", "retention.messages_days", "31", "--json"]).json();
    assert!(json["settings"].as_array().unwrap().iter().any(|one| one["value"] == 31), "{json}");
    assert_eq!(snug(&["config", "unset", "retention.messages_days"]).fine(), "retention.messages_days = 0 (default)\n");
    // What is not there is taken out, too.
    snug(&["config", "unset", "retention.messages_days"]).fine();
    // No such key, no such value, and what cannot be changed while a server runs.
    assert!(snug(&["config", "set", "retention.messages_day", "30"]).refused(64).contains("no such key"));
    snug(&["config", "unset", "nothing"]).refused(64);
    snug(&["config", "set", "retention.messages_days", "a month"]).refused(64);
    snug(&["config", "set", "retention.messages_days", "-1"]).refused(64);
    snug(&["config", "set", "auth.registration", "perhaps"]).refused(64);
    snug(&["config", "set", "auth.password_min", "7"]).refused(64);
    snug(&["config", "set", "name", ""]).refused(64);
    assert!(snug(&["config", "set", "server.tls", "off"]).refused(73).contains("starts"));
    snug(&["config", "set", "auth.registration"]).refused(64);
    assert_eq!(shown(machine, "retention.messages_days"), (json!(0), json!("default")));
}

#[test]
fn what_file_environment_or_flag_say_is_not_set_over() {
    let machine = Machine::with_ada();
    let file = machine.data().join("config.toml");
    fs::write(&file, "[retention]\nmessages_days = 7\n").unwrap();
    for running in [false, true] {
        let server = running.then(|| {
            let mut command = machine.command(&["serve", "--listen", "127.0.0.1:0", "--tls", "off"]);
            machine.serving(&mut command)
        });
        let said = machine.snug(&["config", "set", "retention.messages_days", "30"]).refused(73);
        assert!(said.contains(&file.display().to_string()), "{said}");
        let said = machine.snug(&["config", "set", "limits.messages_per_second", "5"]).refused(73);
        assert!(said.contains("SNUG_LIMITS__MESSAGES_PER_SECOND"), "{said}");
        if running {
            // It was started with a flag.
            machine.snug(&["config", "set", "server.listen", "127.0.0.1:1"]).refused(73);
        }
        assert_eq!(shown(&machine, "retention.messages_days"), (json!(7), json!(file.display().to_string())));
        // The neighbour that nobody wrote down.
        machine.snug(&["config", "set", "retention.files_days", "30"]).fine();
        machine.snug(&["config", "unset", "retention.files_days"]).fine();
        drop(server);
    }
}
