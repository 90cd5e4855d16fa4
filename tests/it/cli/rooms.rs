//! The operator and rooms: looked at, mended and closed from outside, and who is invited into them.
use super::{Machine, PASSWORD};
use serde_json::{Value, json};

/// What an operator does with rooms. One of them goes.
pub fn errands(machine: &Machine, doomed: &str) {
    let snug = |args: &[&str]| machine.snug(args);
    let room = snug(&["room", "show", "kitchen", "--json"]).json();
    assert_eq!(room["name"], "Kitchen");
    assert_eq!(snug(&["room", "show", &room["id"].to_string(), "--json"]).json(), room);
    assert!(snug(&["room", "show", "Kitchen"]).fine().starts_with("Kitchen\n"));
    assert!(snug(&["room", "list"]).fine().contains("Kitchen"));
    let members = snug(&["room", "members", "Kitchen", "--json"]).json();
    assert_eq!((&members["members"][0]["user"]["username"], &members["next"]), (&json!("ada"), &Value::Null));
    assert!(snug(&["room", "members", "Kitchen"]).fine().contains("ada"));
    for _ in 0..2 {
        assert_eq!(snug(&["room", "archive", "Kitchen", "--json"]).json()["archived"], true);
    }
    assert_eq!(snug(&["room", "archive", "Kitchen", "--undo", "--json"]).json()["archived"], false);
    snug(&["room", "delete", doomed]).refused(64);
    snug(&["room", "delete", doomed, "--yes"]).fine();
    snug(&["room", "show", doomed]).refused(67);
    // Invites.
    let invite =
        ["invite", "create", "--room", "kitchen", "--uses", "3", "--expires", "2d", "--role", "admin", "--json"];
    let invite = snug(&invite).json();
    assert!(invite["url"].as_str().unwrap().contains("/j/"));
    assert_eq!((&invite["uses"], &invite["rooms"]), (&json!(3), &json!([room["id"]])));
    assert_eq!(snug(&["invite", "create", "--unlimited", "--json"]).json()["uses"], Value::Null);
    assert!(snug(&["invite", "create"]).fine().contains("works once"));
    assert!(snug(&["invite", "list"]).fine().contains("0 of 3"));
    snug(&["invite", "revoke", &invite["id"].to_string()]).fine();
    snug(&["invite", "revoke", &invite["id"].to_string()]).refused(67);
    for left in snug(&["invite", "list", "--json"]).json()["invites"].as_array().unwrap() {
        assert_ne!(left["id"], invite["id"]);
        snug(&["invite", "revoke", &left["id"].to_string()]).fine();
    }
}

#[test]
fn a_room_gets_another_name_or_topic_and_an_admin_again() {
    let machine = Machine::with_ada();
    machine.snug_with(&["user", "add", "bob", "--password-stdin"], PASSWORD).fine();
    machine.snug_with(&["user", "add", "cid", "--password-stdin"], PASSWORD).fine();
    let server = machine.serve().ada_signs_in();
    let kitchen = server.room("Kitchen");
    server.room("Garden");
    let bob = machine.snug(&["user", "show", "bob", "--json"]).json()["user"]["id"].to_string();
    let (status, _, _) =
        server.ask("PUT", &format!("/api/v1/rooms/{kitchen}/members/{bob}"), &json!({"role": "member"}));
    assert_eq!(status, 200);
    let direct = server.post("/api/v1/directs", json!({"users": [bob.parse::<u64>().unwrap()]}))["id"].to_string();
    mended(&machine, "Kitchen", "Canteen", "member");
    server.stop();
    // It is the same without a server; and what was made is there.
    mended(&machine, "Canteen", "Kitchen", "admin");
    // A direct is its people's own: the operator sees that there is one, and neither changes nor shows it.
    let listed = machine.snug(&["room", "list", "--json"]).json();
    assert_eq!(listed["rooms"].as_array().unwrap().len(), 2);
    for action in ["show", "members"] {
        machine.snug(&["room", action, &direct]).refused(67);
    }
    machine.snug(&["room", "edit", &direct, "--name", "Ours"]).refused(67);
}

fn mended(machine: &Machine, before: &str, after: &str, role: &str) {
    let snug = |args: &[&str]| machine.snug(args);
    assert!(snug(&["room", "edit", before, "--name", after, "--topic", "Tea at nine"]).fine().starts_with(after));
    let room = snug(&["room", "show", after, "--json"]).json();
    assert_eq!((&room["name"], &room["topic"]), (&json!(after), &json!("Tea at nine")));
    assert_eq!(snug(&["room", "edit", after, "--topic", "", "--json"]).json()["topic"], Value::Null);
    assert_eq!(snug(&["room", "show", after, "--json"]).json()["name"], after, "only the topic was changed");
    snug(&["room", "show", before]).refused(67);
    snug(&["room", "edit", after]).refused(64);
    snug(&["room", "edit", after, "--name", ""]).refused(64);
    snug(&["room", "edit", after, "--name", "garden"]).refused(73);
    snug(&["room", "edit", "Nowhere", "--name", "Somewhere"]).refused(67);
    // Of its members only.
    let role_of_bob = || {
        let members = snug(&["room", "members", after, "--json"]).json()["members"].take();
        members.as_array().unwrap().iter().find(|member| member["user"]["username"] == "bob").unwrap()["role"].clone()
    };
    assert_eq!(role_of_bob(), role);
    snug(&["room", "admin", after, "cid"]).refused(67);
    snug(&["room", "admin", after, "nobody"]).refused(67);
    snug(&["room", "admin", "Nowhere", "bob"]).refused(67);
    assert_eq!(snug(&["room", "admin", after, "BOB"]).fine(), format!("bob is admin of {after}.\n"));
    assert_eq!(role_of_bob(), "admin");
    // Nothing is changed in a room that is closed.
    snug(&["room", "archive", after]).fine();
    snug(&["room", "edit", after, "--topic", "too late"]).refused(77);
    snug(&["room", "admin", after, "bob"]).refused(77);
    snug(&["room", "archive", after, "--undo"]).fine();
}
