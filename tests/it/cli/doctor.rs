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
    for check in ["folder", "server", "names", "port", "memory", "store", "backups"] {
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
fn backups_that_cannot_be_made_or_are_not_made_are_found() {
    let machine = Machine::with_ada();
    let doctor = |name: &str, value: &str| {
        let output = machine.command(&["doctor", "--json"]).env(name, value).output().unwrap();
        let facts: Value = serde_json::from_slice(&output.stdout).unwrap();
        of(&facts, "backups").into_iter().cloned().collect::<Vec<_>>()
    };
    let server = machine.serve();
    let found = doctor("SNUG_BACKUP__FOLDER", &machine.path("no/such"));
    assert_eq!(found[1]["verdict"], "bad");
    assert!(found[1]["fix"].as_str().unwrap().contains("backup.folder"), "{found:?}");
    fs::write(machine.path("a-file"), "").unwrap();
    assert_eq!(doctor("SNUG_BACKUP__FOLDER", &machine.path("a-file"))[1]["verdict"], "bad");
    let folder = machine.path("closed");
    fs::create_dir(&folder).unwrap();
    fs::set_permissions(&folder, fs::Permissions::from_mode(0o500)).unwrap();
    assert_eq!(doctor("SNUG_BACKUP__FOLDER", &folder)[1]["fix"], format!("chmod 700 {folder}"));
    fs::set_permissions(&folder, fs::Permissions::from_mode(0o700)).unwrap();
    let found = doctor("SNUG_BACKUP__FOLDER", &folder);
    assert!(found.len() == 1 && found[0]["verdict"] == "good", "{found:?}");
    drop(server);

    // One whose backups lie behind a file is alarmed, and says all else that there is to say.
    let mut command = machine.command(&["serve", "--listen", "127.0.0.1:0", "--tls", "off"]);
    let _server = machine.serving(command.env("SNUG_BACKUP__FOLDER", machine.path("a-file")));
    let ran = machine.snug(&["doctor", "--json"]);
    let facts = facts(&ran);
    let found = of(&facts, "backups");
    assert_eq!((ran.code, &found[0]["verdict"]), (69, &Value::from("bad")), "{found:?}");
    assert!(found[0]["says"].as_str().unwrap().contains("a-file cannot be read"), "{found:?}");
    let status = machine.snug(&["status"]).fine();
    assert!(status.contains("\nbackups ") && status.contains("FAILED: ") && status.contains("a-file"), "{status}");
}

#[test]
fn without_nightly_backups_it_says_so() {
    let machine = Machine::with_ada();
    let mut command = machine.command(&["serve", "--listen", "127.0.0.1:0", "--tls", "off"]);
    let _server = machine.serving(command.env("SNUG_BACKUP__NIGHTLY", ""));
    let found = facts(&machine.snug(&["doctor", "--json"]));
    let found = of(&found, "backups");
    assert_eq!(found[0]["verdict"], "warn");
    assert_eq!(found[0]["says"], "None is made by itself, and none was ever made.");
    machine.snug(&["backup", "now"]).fine();
    let found = facts(&machine.snug(&["doctor", "--json"]));
    assert!(of(&found, "backups")[0]["says"].as_str().unwrap().contains("the last was checked"), "{found}");
}

#[test]
fn the_certificate_is_looked_at_as_browsers_see_it_and_as_the_server_knows_it() {
    let machine = Machine::with_ada();
    let mut command = machine.command(&["serve", "--listen", "127.0.0.1:0"]);
    let _server = machine.serving(&mut command);
    let found = facts(&machine.snug(&["doctor", "--json"]));
    let found = of(&found, "certificate");
    assert!(found.len() == 2 && found.iter().all(|finding| finding["verdict"] == "good"), "{found:?}");
    assert!(found[1]["says"].as_str().unwrap().starts_with("Snug vouches for it"), "{found:?}");
    let elsewhere = machine.command(&["doctor", "--json"]).env("SNUG_SERVER__HOSTS", "chat.invalid").output().unwrap();
    let facts: Value = serde_json::from_slice(&elsewhere.stdout).unwrap();
    let bad: Vec<_> =
        of(&facts, "certificate").into_iter().filter(|finding| finding["verdict"] == "bad").cloned().collect();
    assert_eq!(bad[0]["says"], "It is not for chat.invalid: browsers refuse it there.");
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

#[test]
fn who_may_make_an_account_is_looked_up_where_admins_set_it() {
    let machine = Machine::with_ada();
    let of_config = || {
        let found = facts(&machine.snug(&["doctor", "--json"]));
        let said = of(&found, "config").into_iter().map(|finding| format!("{} {}", finding["says"], finding["fix"]));
        said.collect::<Vec<_>>().join("\n")
    };
    assert!(!of_config().contains("Everybody"), "{}", of_config());
    let server = machine.serve();
    machine.snug(&["config", "set", "auth.registration", "open"]).fine();
    let is_said = |said: String| {
        assert!(said.contains("Everybody who reaches this server") && said.contains("set by an admin"), "{said}");
        assert!(said.contains("snug config set auth.registration invite"), "{said}");
    };
    is_said(of_config());
    server.stop();
    is_said(of_config());
}
