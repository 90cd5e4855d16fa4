//! The emoji under a message: given, taken away, counted, and told to those who were away.
use crate::support::{Person, World, event};
use serde_json::{Value, json};

const UP: &str = "%F0%9F%91%8D";
const PARTY: &str = "%F0%9F%8E%89";
/// A heart without the mark that asks for colour; the server knows one spelling only.
const PLAIN_HEART: &str = "%E2%9D%A4";

fn address(room: u64, message: u64, emoji: &str) -> String {
    format!("/rooms/{room}/messages/{message}/reactions/{emoji}")
}

/// Each emoji of a message with who gave it.
async fn under(person: &Person, room: u64, message: u64) -> Value {
    let message = person.get(&format!("/rooms/{room}/messages/{message}")).await.is(200);
    let reactions = message["reactions"].as_array().unwrap();
    reactions
        .iter()
        .map(|one| {
            assert_eq!(one["count"], one["users"].as_array().unwrap().len());
            json!([one["emoji"], one["users"]])
        })
        .collect()
}

#[tokio::test]
async fn members_react_and_everyone_in_the_room_hears_it() {
    let world = World::new().await;
    let ann = world.owner("ann").await;
    let (bob, cleo) = (world.person("bob").await, world.person("cleo").await);
    let hall = ann.makes("public", "hall", &[&bob]).await;
    let said = ann.says(hall, "cake?").await;
    let (mut anns, mut cleos) = (ann.listens().await, cleo.listens().await);
    let put = |person: &Person, emoji: &str| {
        let (person, at) = (person.clone(), address(hall, said, emoji));
        async move { person.put(&at, json!({})).await }
    };
    let whole = put(&bob, UP).await.is(200);
    assert_eq!(whole["reactions"], json!([{"emoji": "👍", "count": 1, "users": [bob.id]}]));
    let heard = anns.hears(event("reaction.added")).await;
    assert_eq!(heard["data"], json!({"message": said, "emoji": "👍", "user": bob.id}));
    assert_eq!(heard["room"], hall);
    // A second time changes nothing and tells nobody.
    put(&bob, UP).await.is(200);
    put(&ann, UP).await.is(200);
    put(&ann, PLAIN_HEART).await.is(200);
    assert_eq!(under(&bob, hall, said).await, json!([["👍", [bob.id, ann.id]], ["❤️", [ann.id]]]));
    let told = anns.catches_up().await.iter().filter(|frame| frame["event"] == "reaction.added").count();
    assert_eq!(told, 3);
    bob.delete(&address(hall, said, UP)).await.is(204);
    bob.delete(&address(hall, said, UP)).await.is(204);
    ann.delete(&address(hall, said, PLAIN_HEART)).await.is(204);
    assert_eq!(under(&bob, hall, said).await, json!([["👍", [ann.id]]]));
    let heard = anns.hears(event("reaction.removed")).await;
    assert_eq!(heard["data"], json!({"message": said, "emoji": "👍", "user": bob.id}));
    let page = bob.get(&format!("/rooms/{hall}/messages")).await.is(200);
    assert_eq!(page["messages"][1]["reactions"][0]["users"], json!([ann.id]), "a page tells of them too");

    put(&cleo, UP).await.refused(403, "not_a_member");
    cleos.catches_up().await;
    assert!(cleos.events().is_empty());
    for bad in ["up", "%3A%2B1%3A", "%F0%9F%91%8D%F0%9F%91%8D", "%FF"] {
        assert_eq!(put(&bob, bad).await.refused(422, "invalid")["field"], "emoji", "{bad}");
    }
    let notice = page["messages"][0]["id"].as_u64().unwrap();
    bob.put(&address(hall, notice, UP), json!({})).await.refused(403, "notice");
    ann.delete(&format!("/rooms/{hall}/messages/{said}")).await.is(204);
    put(&bob, UP).await.refused(404, "not_found");
    assert_eq!(under(&bob, hall, said).await, json!([]), "with the words goes what was under them");
}

#[tokio::test]
async fn a_resume_tells_what_is_under_a_message_now() {
    let world = World::new().await;
    let ann = world.owner("ann").await;
    let bob = world.person("bob").await;
    let hall = ann.makes("public", "hall", &[&bob]).await;
    let (said, gone) = (ann.says(hall, "one").await, ann.says(hall, "two").await);
    let since = bob.listens().await.cursor();
    for emoji in [UP, PARTY, PLAIN_HEART] {
        ann.put(&address(hall, said, emoji), json!({})).await.is(200);
    }
    ann.put(&address(hall, gone, UP), json!({})).await.is(200);
    ann.delete(&address(hall, said, UP)).await.is(204);
    ann.delete(&address(hall, said, PARTY)).await.is(204);
    ann.put(&address(hall, said, PARTY), json!({})).await.is(200);
    ann.delete(&format!("/rooms/{hall}/messages/{gone}")).await.is(204);
    let mut bobs = bob.resumes(since).await;
    let heard: Vec<Value> = bobs.catches_up().await.to_vec();
    let told = heard.iter().filter(|frame| frame["event"].as_str().is_some_and(|name| name.starts_with("reaction.")));
    let told: Vec<Value> = told.map(|frame| json!([frame["event"], frame["data"]["emoji"]])).collect();
    let expected = [
        // It was taken away and given again: both times it is there now.
        json!(["reaction.added", "🎉"]),
        json!(["reaction.added", "❤️"]),
        json!(["reaction.removed", "👍"]),
        json!(["reaction.added", "🎉"]),
    ];
    assert_eq!(told, expected);
    let of_gone = heard.iter().any(|frame| frame["event"] == "reaction.added" && frame["data"]["message"] == gone);
    assert!(!of_gone, "nothing is told of what was taken back");
}

#[tokio::test]
async fn a_message_has_at_most_twenty_emoji_and_an_archived_room_none_more() {
    let world = World::new().await;
    let ann = world.owner("ann").await;
    let bob = world.person("bob").await;
    let hall = ann.makes("public", "hall", &[&bob]).await;
    let said = ann.says(hall, "choose").await;
    let all: Vec<&str> = snug::emoji::all().take(21).collect();
    for emoji in &all[..20] {
        ann.put(&address(hall, said, &encoded(emoji)), json!({})).await.is(200);
    }
    ann.put(&address(hall, said, &encoded(all[20])), json!({})).await.refused(409, "too_many_reactions");
    // One that is there already may still be given.
    bob.put(&address(hall, said, &encoded(all[3])), json!({})).await.is(200);
    ann.delete(&address(hall, said, &encoded(all[0]))).await.is(204);
    ann.put(&address(hall, said, &encoded(all[20])), json!({})).await.is(200);
    ann.patch(&format!("/rooms/{hall}"), json!({"archived": true})).await.is(200);
    bob.put(&address(hall, said, &encoded(all[4])), json!({})).await.refused(403, "archived");
    bob.delete(&address(hall, said, &encoded(all[3]))).await.refused(403, "archived");
    ann.patch(&format!("/rooms/{hall}"), json!({"archived": false})).await.is(200);
    bob.delete(&address(hall, said, &encoded(all[3]))).await.is(204);
}

#[tokio::test]
async fn s35_who_reacts_too_fast_is_told_when_to_go_on() {
    let world = World::with(&[("SNUG_LIMITS__REACTIONS_PER_SECOND", "1")]).await;
    let ann = world.owner("ann").await;
    let bob = world.person("bob").await;
    let hall = ann.makes("public", "hall", &[&bob]).await;
    let said = ann.says(hall, "quick").await;
    ann.put(&address(hall, said, UP), json!({})).await.is(200);
    ann.delete(&address(hall, said, UP)).await.is(204);
    let refused = ann.put(&address(hall, said, UP), json!({})).await;
    assert_eq!(refused.header("retry-after"), Some("1"));
    refused.refused(429, "too_many");
    bob.put(&address(hall, said, UP), json!({})).await.is(200);
}

fn encoded(emoji: &str) -> String {
    emoji.bytes().map(|byte| format!("%{byte:02X}")).collect()
}
