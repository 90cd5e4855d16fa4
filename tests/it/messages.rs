//! What is said: sending, reading, editing, taking back, and what is unread.
use crate::support::{Person, World, event, posted};
use serde_json::{Value, json};

/// The texts of a page of messages; notices read as their kind in brackets.
fn texts(page: &Value) -> Vec<String> {
    let text = |message: &Value| match message["kind"].as_str().unwrap() {
        "text" => message["text"].as_str().unwrap().to_owned(),
        notice => format!("[{notice}]"),
    };
    page["messages"].as_array().unwrap().iter().map(text).collect()
}

async fn page(person: &Person, room: u64, query: &str) -> Value {
    person.get(&format!("/rooms/{room}/messages?{query}")).await.is(200)
}

/// (unread, mentions)
async fn waiting(person: &Person, room: u64) -> (u64, u64) {
    let me = person.sees(room).await["me"].clone();
    (me["unread"].as_u64().unwrap(), me["mentions"].as_u64().unwrap())
}

#[tokio::test]
async fn what_is_said_over_http_is_heard_by_the_members() {
    let world = World::new().await;
    let ann = world.owner("ann").await;
    let (bob, cleo) = (world.person("bob").await, world.person("cleo").await);
    let hall = ann.makes("public", "hall", &[&bob]).await;
    let (mut bobs, mut cleos) = (bob.listens().await, cleo.listens().await);
    let said = ann.post(&format!("/rooms/{hall}/messages"), json!({"text": "hi @bob", "nonce": "n1"})).await.is(201);
    let names: Vec<&String> = said.as_object().unwrap().keys().collect();
    let all = [
        "at",
        "deleted",
        "edited_at",
        "files",
        "id",
        "kind",
        "mention_room",
        "mentions",
        "nonce",
        "pinned",
        "reactions",
        "reply_to",
        "room",
        "text",
        "thread",
        "thread_at",
        "thread_count",
        "thread_last",
        "thread_users",
        "user",
    ];
    assert_eq!(names, all);
    assert_eq!((&said["mentions"], &said["nonce"], &said["user"]), (&json!([bob.id]), &Value::Null, &json!(ann.id)));
    let heard = bobs.hears(posted("hi @bob")).await;
    assert_eq!(
        (&heard["data"]["nonce"], &heard["data"]["id"], &heard["room"]),
        (&json!("n1"), &said["id"], &json!(hall))
    );
    cleos.catches_up().await;
    assert!(cleos.events().is_empty(), "who is not a member hears nothing");
    cleo.post(&format!("/rooms/{hall}/messages"), json!({"text": "me too"})).await.refused(403, "not_a_member");
    cleo.joins(hall).await;
    cleo.says(hall, "me too").await;
}

#[tokio::test]
async fn what_is_said_on_a_socket_is_heard_and_kept() {
    let world = World::new().await;
    let ann = world.owner("ann").await;
    let bob = world.person("bob").await;
    let hall = ann.makes("private", "hall", &[&bob]).await;
    let (mut anns, mut bobs) = (ann.listens().await, bob.listens().await);
    let id = anns.says(hall, "over the wire").await;
    assert_eq!(bobs.hears(posted("over the wire")).await["data"]["id"], id);
    assert_eq!(bob.get(&format!("/rooms/{hall}/messages/{id}")).await.is(200)["text"], "over the wire");
    let world = world.restarts().await;
    assert_eq!(bob.get(&format!("/rooms/{hall}/messages/{id}")).await.is(200)["text"], "over the wire");
    drop(world);
}

#[tokio::test]
async fn a_nonce_gives_one_message_also_across_a_restart() {
    let world = World::new().await;
    let ann = world.owner("ann").await;
    let bob = world.person("bob").await;
    let hall = ann.makes("public", "hall", &[&bob]).await;
    let den = ann.makes("public", "den", &[&bob]).await;
    let send = |text: &str, nonce: &str| json!({"text": text, "nonce": nonce});
    let at = format!("/rooms/{hall}/messages");
    let first = ann.post(&at, send("once", "k")).await.is(201);
    let again = ann.post(&at, send("twice", "k")).await.is(200);
    assert_eq!((&again["id"], &again["text"]), (&first["id"], &json!("once")));
    // Another person, room or nonce makes another message.
    assert_ne!(bob.post(&at, send("once", "k")).await.is(201)["id"], first["id"]);
    assert_ne!(ann.post(&format!("/rooms/{den}/messages"), send("once", "k")).await.is(201)["id"], first["id"]);
    ann.post(&at, send("once", "K")).await.is(201);
    let mut ear = ann.listens().await;
    let answer = ear.asks(json!({"type": "send", "room": hall, "text": "thrice", "nonce": "k"})).await;
    assert_eq!((&answer["type"], &answer["message"]["id"]), (&json!("ok"), &first["id"]));
    let world = world.restarts().await;
    assert_eq!(ann.post(&at, send("later", "k")).await.is(200)["id"], first["id"]);
    assert_eq!(ann.post(&at, send("later", "new")).await.is(201)["text"], "later");
    for bad in [String::new(), "x".repeat(65)] {
        assert_eq!(ann.post(&at, send("text", &bad)).await.refused(422, "invalid")["field"], "nonce");
    }
    ann.post(&at, send("text", &"é".repeat(64))).await.is(201);
    drop(world);
}

#[tokio::test]
async fn one_nonce_sent_many_times_at_once_is_one_message() {
    let world = World::new().await;
    let ann = world.owner("ann").await;
    let hall = ann.makes("public", "hall", &[]).await;
    let at = format!("/rooms/{hall}/messages");
    let sends = (0..20).map(|_| ann.post(&at, json!({"text": "once", "nonce": "same"})));
    let answers = futures_util::future::join_all(sends).await;
    let made = answers.iter().filter(|answer| answer.status == 201).count();
    assert!(answers.iter().all(|answer| answer.json()["id"] == answers[0].json()["id"]));
    assert_eq!((made, texts(&page(&ann, hall, "").await)), (1, vec!["[created]".to_owned(), "once".to_owned()]));
}

#[tokio::test]
async fn history_is_read_in_every_direction_and_says_whether_there_is_more() {
    let world = World::new().await;
    let ann = world.owner("ann").await;
    let hall = ann.makes("public", "hall", &[]).await;
    let mut ids = Vec::new();
    for number in 1..=9 {
        ids.push(ann.says(hall, &format!("m{number}")).await);
    }
    let cases = [
        ("limit=3".to_owned(), vec!["m7", "m8", "m9"], true, false),
        (format!("before={}&limit=2", ids[4]), vec!["m3", "m4"], true, true),
        (format!("before={}&limit=200", ids[1]), vec!["[created]", "m1"], false, true),
        (format!("after={}&limit=2", ids[4]), vec!["m6", "m7"], true, true),
        (format!("after={}&limit=200", ids[6]), vec!["m8", "m9"], true, false),
        (format!("after={}", ids[8]), vec![], true, false),
        (format!("around={}&limit=5", ids[4]), vec!["m3", "m4", "m5", "m6", "m7"], true, true),
        (format!("around={}&limit=4", ids[8]), vec!["m7", "m8", "m9"], true, false),
        (format!("around={}&limit=1", ids[4]), vec!["m5"], true, true),
        ("after=0&limit=2".to_owned(), vec!["[created]", "m1"], false, true),
        ("before=1".to_owned(), vec![], false, true),
        (format!("before={}&limit=2", ids[8] + 1_000_000), vec!["m8", "m9"], true, false),
        (format!("after={}", ids[8] + 1_000_000), vec![], true, false),
    ];
    for (query, expected, has_before, has_after) in cases {
        let found = page(&ann, hall, &query).await;
        assert_eq!(texts(&found), expected, "{query}");
        assert_eq!((&found["has_before"], &found["has_after"]), (&json!(has_before), &json!(has_after)), "{query}");
        let has_authors = found["users"].as_array().unwrap().iter().any(|user| user["id"] == ann.id);
        assert_eq!(has_authors, !expected.is_empty(), "{query}");
    }
    for bad in ["limit=0", "limit=201", "before=1&after=2", "before=x", "since=1"] {
        ann.get(&format!("/rooms/{hall}/messages?{bad}")).await.refused(422, "invalid");
    }
}

#[tokio::test]
async fn an_author_edits_and_an_author_or_room_admin_deletes() {
    let world = World::new().await;
    let ann = world.owner("ann").await;
    let (bob, cleo) = (world.person("bob").await, world.person("cleo").await);
    let hall = bob.makes("public", "hall", &[&cleo, &ann]).await;
    let mut ear = bob.listens().await;
    let said = cleo.says(hall, "frist").await;
    let at = format!("/rooms/{hall}/messages/{said}");
    bob.patch(&at, json!({"text": "mine"})).await.refused(403, "forbidden");
    let edited = cleo.patch(&at, json!({"text": "first"})).await.is(200);
    assert!(edited["edited_at"].is_u64() && edited["text"] == "first" && edited["id"] == said);
    assert_eq!(ear.hears(event("message.updated")).await["data"]["text"], "first");
    // An admin of the server has no power over a room's words.
    ann.delete(&at).await.refused(403, "forbidden");
    cleo.delete(&at).await.is(204);
    let deleted = ear.hears(event("message.deleted")).await;
    assert_eq!((&deleted["data"], &deleted["room"]), (&json!({"id": said}), &json!(hall)));
    let left = bob.get(&at).await.is(200);
    assert_eq!((&left["deleted"], &left["text"]), (&json!(true), &json!("")));
    cleo.delete(&at).await.refused(404, "not_found");
    cleo.patch(&at, json!({"text": "back"})).await.refused(404, "not_found");
    let other = cleo.says(hall, "rude").await;
    bob.delete(&format!("/rooms/{hall}/messages/{other}")).await.is(204);
    let own = bob.says(hall, "own").await;
    cleo.delete(&format!("/rooms/{hall}/messages/{own}")).await.refused(403, "forbidden");
    let notice = page(&bob, hall, "").await["messages"][0]["id"].clone();
    bob.delete(&format!("/rooms/{hall}/messages/{notice}")).await.refused(403, "notice");
    bob.patch(&format!("/rooms/{hall}/messages/{own}"), json!({"text": " "})).await.refused(422, "invalid");
}

#[tokio::test]
async fn s34_a_message_is_reached_through_its_own_room_only() {
    let world = World::new().await;
    let ann = world.owner("ann").await;
    let bob = world.person("bob").await;
    let hall = ann.makes("public", "hall", &[&bob]).await;
    let den = ann.makes("private", "den", &[]).await;
    let secret = ann.says(den, "secret").await;
    bob.get(&format!("/rooms/{hall}/messages/{secret}")).await.refused(404, "not_found");
    ann.patch(&format!("/rooms/{hall}/messages/{secret}"), json!({"text": "x"})).await.refused(404, "not_found");
    ann.delete(&format!("/rooms/{hall}/messages/{secret}")).await.refused(404, "not_found");
    let reply = json!({"text": "what was that?", "reply_to": secret});
    bob.post(&format!("/rooms/{hall}/messages"), reply).await.refused(422, "invalid");
    assert_eq!(ann.get(&format!("/rooms/{den}/messages/{secret}")).await.is(200)["text"], "secret");
}

#[tokio::test]
async fn an_answer_quotes_what_it_answers() {
    let world = World::new().await;
    let ann = world.owner("ann").await;
    let bob = world.person("bob").await;
    let hall = ann.makes("public", "hall", &[&bob]).await;
    let asked = ann.says(hall, &format!("who\n  brings {}?", "cake ".repeat(100))).await;
    let at = format!("/rooms/{hall}/messages");
    let answer = bob.post(&at, json!({"text": "I do", "reply_to": asked})).await.is(201);
    let quote = &answer["reply_to"];
    assert_eq!((&quote["id"], &quote["user"]), (&json!(asked), &json!(ann.id)));
    let preview = quote["preview"].as_str().unwrap();
    assert!(preview.starts_with("who brings cake cake") && preview.ends_with('…') && preview.chars().count() <= 141);
    // What was taken back is not quoted any more.
    ann.delete(&format!("{at}/{asked}")).await.is(204);
    let later = bob.get(&format!("{at}/{}", answer["id"])).await.is(200);
    assert_eq!((&later["reply_to"]["id"], &later["reply_to"]["preview"]), (&json!(asked), &json!("")));
    bob.post(&at, json!({"text": "?", "reply_to": 999_999})).await.refused(422, "invalid");
    let notice = page(&bob, hall, "").await["messages"][0]["id"].clone();
    bob.post(&at, json!({"text": "?", "reply_to": notice})).await.refused(422, "invalid");
}

#[tokio::test]
async fn s32_only_members_are_mentioned() {
    let world = World::new().await;
    let ann = world.owner("ann").await;
    let (bob, cleo) = (world.person("bob").await, world.person("cleo").await);
    let hall = ann.makes("public", "hall", &[&bob]).await;
    let at = format!("/rooms/{hall}/messages");
    let say = async |text: &str| {
        let said = ann.post(&at, json!({"text": text})).await.is(201);
        (said["mentions"].clone(), said["mention_room"].clone())
    };
    assert_eq!(say("@bob, @Bob and @cleo and @nobody").await, (json!([bob.id]), json!(false)));
    assert_eq!(say("mail me at x@bob").await, (json!([]), json!(false)));
    assert_eq!(say("look, @room: @ann.").await, (json!([ann.id]), json!(true)));
    assert_eq!(waiting(&bob, hall).await, (3, 2));
    cleo.joins(hall).await;
    assert_eq!(waiting(&cleo, hall).await, (0, 0), "what was said before is history");
    assert_eq!(say("@cleo now").await, (json!([cleo.id]), json!(false)));
    assert_eq!(waiting(&cleo, hall).await, (1, 1));
}

#[tokio::test]
async fn s35_a_text_has_up_to_16000_characters_and_32_kib() {
    let world = World::new().await;
    let ann = world.owner("ann").await;
    let hall = ann.makes("public", "hall", &[]).await;
    let at = format!("/rooms/{hall}/messages");
    let full = "é".repeat(16_000);
    assert_eq!(ann.post(&at, json!({"text": full})).await.is(201)["text"], full);
    let wide = "€".repeat(10_922);
    ann.post(&at, json!({"text": wide})).await.is(201);
    for bad in ["x".repeat(16_001), "€".repeat(10_923), String::new(), " \n\t".into()] {
        assert_eq!(ann.post(&at, json!({"text": bad})).await.refused(422, "invalid")["field"], "text");
    }
    let mut ear = ann.listens().await;
    let refused = ear.asks(json!({"type": "send", "room": hall, "text": "x".repeat(16_001)})).await;
    assert_eq!((&refused["status"], &refused["field"]), (&json!(422), &json!("text")));
    ear.says(hall, &full).await;
    ann.post(&at, json!({"text": "x", "thread": 5})).await.refused(422, "invalid");
    ann.post(&at, json!({"text": "x", "files": ["abc"]})).await.refused(422, "invalid");
}

#[tokio::test]
async fn s35_who_sends_too_fast_is_told_when_to_go_on() {
    let world = World::with(&[("SNUG_LIMITS__MESSAGES_PER_SECOND", "1"), ("SNUG_LIMITS__MESSAGES_BURST", "3")]).await;
    let ann = world.owner("ann").await;
    let bob = world.person("bob").await;
    let hall = ann.makes("public", "hall", &[&bob]).await;
    let mut ear = ann.listens().await;
    for number in 0..3 {
        ear.says(hall, &format!("{number}")).await;
    }
    let refused = ear.asks(json!({"type": "send", "room": hall, "text": "more"})).await;
    assert_eq!(
        (&refused["type"], &refused["status"], &refused["retry_after_s"]),
        (&json!("error"), &json!(429), &json!(1))
    );
    let refused = ann.post(&format!("/rooms/{hall}/messages"), json!({"text": "more"})).await;
    assert_eq!(refused.header("retry-after"), Some("1"));
    refused.refused(429, "too_many");
    bob.says(hall, "I may").await;
}

#[tokio::test]
async fn unread_counts_other_peoples_words_after_the_mark() {
    let world = World::new().await;
    let ann = world.owner("ann").await;
    let bob = world.person("bob").await;
    let hall = ann.makes("public", "hall", &[&bob]).await;
    let mut ear = bob.listens().await;
    let first = ann.says(hall, "one").await;
    let second = ann.says(hall, "two @bob").await;
    bob.says(hall, "my own").await;
    ann.patch(&format!("/rooms/{hall}"), json!({"topic": "a notice"})).await.is(200);
    assert_eq!(waiting(&bob, hall).await, (2, 1));
    let at = format!("/rooms/{hall}");
    bob.post(&format!("{at}/read"), json!({"up_to": first})).await.is(204);
    let heard = ear.hears(event("me.updated")).await;
    assert_eq!(heard["data"]["room"]["me"]["unread"], 1);
    assert_eq!(waiting(&bob, hall).await, (1, 1));
    // A lower mark changes nothing; one from the future means the newest.
    bob.post(&format!("{at}/read"), json!({"up_to": 1})).await.is(204);
    assert_eq!(waiting(&bob, hall).await, (1, 1));
    bob.post(&format!("{at}/read"), json!({"up_to": 1_u64 << 50})).await.is(204);
    assert_eq!(waiting(&bob, hall).await, (0, 0));
    let third = ann.says(hall, "three").await;
    assert_eq!(waiting(&bob, hall).await, (1, 0));
    let ok = ear.asks(json!({"type": "read", "room": hall, "up_to": third})).await;
    assert_eq!(ok["type"], "ok");
    assert_eq!(waiting(&bob, hall).await, (0, 0));

    bob.post(&format!("{at}/unread"), json!({"from": second})).await.is(204);
    assert_eq!(waiting(&bob, hall).await, (2, 1));
    assert_eq!(waiting(&ann, hall).await.0, 1, "only for oneself");
    ann.delete(&format!("{at}/messages/{second}")).await.is(204);
    assert_eq!(waiting(&bob, hall).await, (1, 0), "what was taken back is not unread");
    bob.post(&format!("{at}/unread"), json!({"from": 1_u64 << 60})).await.refused(422, "invalid");
}

#[tokio::test]
async fn counts_are_exact_and_stop_at_one_hundred() {
    let world = World::new().await;
    let ann = world.owner("ann").await;
    let bob = world.person("bob").await;
    let hall = ann.makes("public", "hall", &[&bob]).await;
    let mut ear = ann.listens().await;
    for _ in 0..99 {
        ear.says(hall, "@bob look").await;
    }
    assert_eq!(waiting(&bob, hall).await, (99, 99));
    ear.says(hall, "@room look").await;
    assert_eq!(waiting(&bob, hall).await, (100, 100));
    ear.says(hall, "@bob and @room, look").await;
    assert_eq!(waiting(&bob, hall).await, (100, 100));
    assert_eq!(waiting(&ann, hall).await, (0, 0), "one's own words are not unread");
    // Behind a hundred calls of one's own another person's call still counts.
    for _ in 0..100 {
        ear.says(hall, "@room once more").await;
    }
    bob.says(hall, "@room enough").await;
    assert_eq!(waiting(&ann, hall).await, (1, 1));
}

#[tokio::test]
async fn sync_holds_all_that_a_client_needs_to_begin() {
    let world = World::new().await;
    let ann = world.owner("ann").await;
    let (bob, cleo) = (world.person("bob").await, world.person("cleo").await);
    let hall = ann.makes("public", "hall", &[&bob]).await;
    let direct = ann.post("/directs", json!({"users": [cleo.id]})).await.is(201)["id"].clone();
    cleo.makes("public", "elsewhere", &[]).await;
    let said = bob.says(hall, "hello").await;
    let sync = ann.get("/sync").await.is(200);
    let rooms: Vec<&Value> = sync["rooms"].as_array().unwrap().iter().collect();
    assert_eq!(rooms.iter().map(|room| room["id"].clone()).collect::<Vec<_>>(), [json!(hall), direct]);
    assert_eq!((&rooms[0]["last_message"]["id"], &rooms[0]["me"]["unread"]), (&json!(said), &json!(1)));
    let users: Vec<u64> = sync["users"].as_array().unwrap().iter().map(|user| user["id"].as_u64().unwrap()).collect();
    assert_eq!(users, [ann.id, bob.id, cleo.id]);
    assert_eq!(sync["me"]["id"], ann.id);
    // Live events go on where it ends.
    let mut ear = ann.resumes(sync["cursor"].as_u64().unwrap()).await;
    assert_eq!(ear.hello["resumed"], true);
    bob.says(hall, "next").await;
    let before = ear.all_before(posted("next")).await;
    assert!(before.iter().all(|frame| frame["type"] != "event"), "{before:?}");
}

#[tokio::test]
async fn members_read_what_a_message_said_before() {
    let world = World::new().await;
    let ann = world.owner("ann").await;
    let (bob, cleo) = (world.person("bob").await, world.person("cleo").await);
    let hall = ann.makes("public", "hall", &[&bob]).await;
    let said = ann.says(hall, "version 0").await;
    let at = format!("/rooms/{hall}/messages/{said}");
    let texts = async |person: &Person| -> Vec<String> {
        let edits = person.get(&format!("{at}/edits")).await.is(200);
        let edits = edits["edits"].as_array().unwrap().clone();
        assert!(edits.is_sorted_by_key(|edit| edit["at"].as_u64().unwrap()));
        edits.iter().map(|edit| edit["text"].as_str().unwrap().to_owned()).collect()
    };
    assert_eq!(texts(&bob).await, ["version 0"]);
    // A notice of what happened says one thing for ever.
    let page = bob.get(&format!("/rooms/{hall}/messages")).await.is(200);
    let notice = page["messages"].as_array().unwrap().iter().find(|message| message["kind"] != "text").unwrap();
    bob.get(&format!("/rooms/{hall}/messages/{}/edits", notice["id"])).await.refused(403, "notice");
    ann.patch(&at, json!({"text": "version 1"})).await.is(200);
    let once = ann.get(&at).await.is(200)["edited_at"].clone();
    assert_eq!(ann.patch(&at, json!({"text": "version 1"})).await.is(200)["edited_at"], once, "nothing changed");
    assert_eq!(texts(&bob).await, ["version 0", "version 1"]);
    for number in 2..=60 {
        ann.patch(&at, json!({"text": format!("version {number}")})).await.is(200);
    }
    let kept = texts(&bob).await;
    assert_eq!((kept.len(), kept[0].as_str(), kept[1].as_str()), (50, "version 0", "version 12"));
    assert_eq!(kept[49], "version 60");
    cleo.get(&format!("{at}/edits")).await.refused(403, "not_a_member");
    bob.get(&format!("{at}/edits?limit=1")).await.refused(422, "invalid");
    ann.delete(&at).await.is(204);
    bob.get(&format!("{at}/edits")).await.refused(404, "not_found");
}
