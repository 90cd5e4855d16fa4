//! The operator, bots and their keys.
use super::Machine;
use serde_json::json;

/// What an operator does with a bot.
pub fn errands(machine: &Machine, name: &str) {
    let snug = |args: &[&str]| machine.snug(args);
    let room = snug(&["room", "show", "kitchen", "--json"]).json();
    let bot = format!("{name}-bot");
    let made = snug(&["bot", "add", &bot, "--name", "Weather", "--json"]).json();
    assert_eq!((&made["username"], &made["role"]), (&json!(bot), &json!("bot")));
    snug(&["bot", "add", &bot]).refused(73);
    assert_eq!(snug(&["bot", "list", "--json"]).json()["users"][0], made);
    assert!(snug(&["bot", "list"]).fine().contains(&bot));
    let key = snug(&["bot", "key", &bot, "--room", "Kitchen", "--expires", "90d", "--scope", "read", "--json"]).json();
    assert_eq!((&key["scopes"], &key["rooms"]), (&json!(["read"]), &json!([room["id"]])));
    assert!(key["key"].as_str().unwrap().starts_with("snug_") && key["expires_at"].is_u64());
    let shown = snug(&["bot", "key", &bot]).fine();
    assert!(shown.starts_with("snug_") && shown.contains("not shown again"), "{shown}");
    assert!(!snug(&["bot", "list", &bot]).fine().contains("snug_"));
    assert_eq!(snug(&["bot", "list", &bot, "--json"]).json()["keys"].as_array().unwrap().len(), 2);
    snug(&["bot", "revoke", &bot, &key["id"].to_string()]).fine();
    snug(&["bot", "revoke", &bot, &key["id"].to_string()]).refused(67);
    snug(&["bot", "key", "ada"]).refused(67);
    snug(&["bot", "key", "nobody"]).refused(67);
    snug(&["bot", "key", &bot, "--room", "nowhere"]).refused(67);
    snug(&["bot", "delete", &bot]).refused(64);
    snug(&["bot", "delete", &bot, "--yes"]).fine();
    assert_eq!(snug(&["bot", "list", "--json"]).json()["users"], json!([]));
}
