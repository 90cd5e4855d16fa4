//! The doctor: what it finds, and that it says what to do.
use super::{Machine, Ran};
use serde_json::Value;
use std::fs;
use std::os::unix::fs::PermissionsExt;

/// What was found of one thing.
fn of<'f>(facts: &'f Value, check: &str) -> Vec<&'f Value> {
    facts["findings"].as_array().unwrap().iter().filter(|finding| finding["check"] == check).collect()
}

fn facts(ran: &Ran) -> Value {
    serde_json::from_str(&ran.out).unwrap_or_else(|error| panic!("{error}: {} {}", ran.out, ran.err))
}

#[test]
fn a_server_that_is_well_is_said_to_be() {
    let machine = Machine::with_ada();
    let _server = machine.serve();
    let ran = machine.snug(&["doctor", "--json"]);
    assert_eq!(ran.code, 0, "{}{}", ran.out, ran.err);
    let facts = facts(&ran);
    for check in ["folder", "server", "names", "port", "memory"] {
        let found = of(&facts, check);
        assert!(!found.is_empty() && found.iter().all(|finding| finding["verdict"] == "good"), "{check}: {found:?}");
    }
    let ran = machine.snug(&["doctor"]);
    assert!(ran.out.lines().any(|line| line.starts_with("✓ server")), "{}", ran.out);
}

#[test]
fn what_is_wrong_is_said_with_what_to_do() {
    let machine = Machine::with_ada();
    let ran = machine.snug(&["doctor"]);
    assert_eq!((ran.code, ran.err.lines().count()), (69, 1), "{}", ran.err);
    assert!(ran.out.contains("✗ server") && ran.out.contains("→ Start it"), "{}", ran.out);

    let _server = machine.serve();
    let open = machine.data().join("snug.redb");
    fs::set_permissions(&open, fs::Permissions::from_mode(0o644)).unwrap();
    let ran = machine.snug(&["doctor", "--json"]);
    assert_eq!(ran.code, 69);
    let facts = facts(&ran);
    assert_eq!(facts["verdict"], "bad");
    let found = of(&facts, "folder");
    assert_eq!(found[0]["fix"], format!("chmod 600 {}", open.display()));
}

#[test]
fn a_name_that_leads_nowhere_is_found() {
    let machine = Machine::with_ada();
    let mut command = machine.command(&["doctor", "--json"]);
    let output = command.env("SNUG_SERVER__HOSTS", "nowhere.invalid").output().unwrap();
    let facts: Value = serde_json::from_slice(&output.stdout).unwrap();
    let found = of(&facts, "names");
    assert_eq!(found[0]["verdict"], "bad");
    assert_eq!(found[0]["says"], "nowhere.invalid leads nowhere.");
}

#[test]
fn it_lists_every_destination() {
    let machine = Machine::with_ada();
    let ran = machine.snug(&["doctor", "--network"]);
    assert_eq!(ran.code, 0, "{}", ran.err);
    assert!(ran.out.starts_with("Nobody."), "{}", ran.out);
    assert_eq!(facts(&machine.snug(&["doctor", "--network", "--json"]))["destinations"], serde_json::json!([]));
    let mut command = machine.command(&["doctor", "--network"]);
    command.env("SNUG_SERVER__TLS", "acme").env("SNUG_SERVER__HOSTS", "chat.example.org");
    let output = command.output().unwrap();
    let said = String::from_utf8(output.stdout).unwrap();
    assert!(said.starts_with("https://acme-v02.api.letsencrypt.org/directory  orders"), "{said}");
    assert_eq!(said.lines().count(), 1, "{said}");
}
