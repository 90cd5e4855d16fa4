//! What is said under a message, beside the room's flow: who follows it, and what of it is unread.
use crate::support::{Person, World, event, posted, told};
use serde_json::{Value, json};

/// Answers in a thread: the id of the message.
async fn answers(person: &Person, room: u64, root: u64, text: &str) -> u64 {
    let body = json!({"text": text, "thread": root});
    person.post(&format!("/rooms/{room}/messages"), body).await.is(201)["id"].as_u64().unwrap()
}

async fn thread(person: &Person, room: u64, root: u64, query: &str) -> Value {
    person.get(&format!("/rooms/{room}/threads/{root}?{query}")).await.is(200)
}

/// (following, unread, mentions) of a thread.
async fn waiting(person: &Person, room: u64, root: u64) -> (bool, u64, u64) {
    let me = thread(person, room, root, "limit=1").await["me"].clone();
    let number = |name: &str| me[name].as_u64().unwrap();
    (me["following"].as_bool().unwrap(), number("unread"), number("mentions"))
}

fn ids(page: &Value) -> Vec<u64> {
    page["messages"].as_array().unwrap().iter().map(|message| message["id"].as_u64().unwrap()).collect()
}

#[tokio::test]
async fn an_answer_in_a_thread_leaves_the_flow_of_the_room_as_it_is() {
    let world = World::new().await;
    let ann = world.owner("ann").await;
    let (bob, cleo) = (world.person("bob").await, world.person("cleo").await);
    let hall = ann.makes("private", "hall", &[&bob, &cleo]).await;
    let root = ann.says(hall, "shall we?").await;
    let last = bob.says(hall, "and another thing").await;
    let before = cleo.sees(hall).await;
    let mut cleos = cleo.listens().await;
    let first = answers(&bob, hall, root, "yes").await;
    let heard = cleos.hears(posted("yes")).await;
    assert_eq!((&heard["data"]["thread"], &heard["data"]["id"]), (&json!(root), &json!(first)));
    let second = answers(&cleo, hall, root, "no").await;
    // Neither pages nor counts of the room know of it.
    let page = cleo.get(&format!("/rooms/{hall}/messages")).await.is(200);
    assert_eq!(ids(&page).last(), Some(&last));
    let around = cleo.get(&format!("/rooms/{hall}/messages?around={first}&limit=4")).await.is(200);
    assert_eq!((ids(&around).last(), &around["has_after"]), (Some(&last), &json!(false)));
    let mut after = cleo.sees(hall).await;
    after["me"]["counted_to"] = before["me"]["counted_to"].clone();
    assert_eq!((&after["me"], &after["last_message"]), (&before["me"], &before["last_message"]));
    // The root says how much there is.
    let shown = cleo.get(&format!("/rooms/{hall}/messages/{root}")).await.is(200);
    assert_eq!((&shown["thread_count"], &shown["thread_last"]), (&json!(2), &json!(second)));
    assert_eq!(shown["thread_users"], json!([cleo.id, bob.id]));
    assert!(shown["thread_at"].as_u64() >= shown["at"].as_u64());
    let found = thread(&cleo, hall, root, "").await;
    assert_eq!((ids(&found), &found["root"]), (vec![first, second], &shown));
    assert_eq!(found["users"].as_array().unwrap().len(), 3);
    // The same over a socket.
    let frame = json!({"type": "send", "room": hall, "text": "maybe", "thread": root});
    let third = cleos.asks(frame).await["message"]["id"].as_u64().unwrap();
    assert_eq!(ids(&thread(&cleo, hall, root, &format!("after={first}")).await), [second, third]);
}

#[tokio::test]
async fn a_thread_is_under_a_message_of_its_room_that_somebody_said_and_still_stands() {
    let world = World::new().await;
    let ann = world.owner("ann").await;
    let bob = world.person("bob").await;
    let hall = ann.makes("private", "hall", &[&bob]).await;
    let den = ann.makes("private", "den", &[]).await;
    let (root, secret) = (ann.says(hall, "root").await, ann.says(den, "secret").await);
    let gone = ann.says(hall, "gone").await;
    ann.delete(&format!("/rooms/{hall}/messages/{gone}")).await.is(204);
    let answer = answers(&bob, hall, root, "answer").await;
    let notice = ids(&bob.get(&format!("/rooms/{hall}/messages")).await.is(200))[0];
    for wrong in [secret, gone, answer, notice, 999_999] {
        let body = json!({"text": "?", "thread": wrong});
        assert_eq!(bob.post(&format!("/rooms/{hall}/messages"), body).await.refused(422, "invalid")["field"], "thread");
    }
    for wrong in [secret, answer, notice, 999_999] {
        bob.get(&format!("/rooms/{hall}/threads/{wrong}")).await.refused(404, "not_found");
        bob.patch(&format!("/rooms/{hall}/threads/{wrong}/me"), json!({"following": true}))
            .await
            .refused(404, "not_found");
        bob.post(&format!("/rooms/{hall}/threads/{wrong}/read"), json!({"up_to": 1})).await.refused(404, "not_found");
    }
    // What was said under a message stays when the message is taken back; nothing is added.
    ann.delete(&format!("/rooms/{hall}/messages/{root}")).await.is(204);
    let left = thread(&bob, hall, root, "").await;
    assert_eq!((ids(&left), &left["root"]["deleted"], &left["root"]["text"]), (vec![answer], &json!(true), &json!("")));
    let late = json!({"text": "late", "thread": root});
    bob.post(&format!("/rooms/{hall}/messages"), late).await.refused(422, "invalid");
    ann.get(&format!("/rooms/{den}/threads/{secret}")).await.is(200);
    bob.get(&format!("/rooms/{den}/threads/{secret}")).await.refused(404, "not_found");
}

#[tokio::test]
async fn a_thread_is_paged_in_every_direction() {
    let world = World::new().await;
    let ann = world.owner("ann").await;
    let hall = ann.makes("public", "hall", &[]).await;
    let root = ann.says(hall, "root").await;
    let mut all = Vec::new();
    for number in 0..9 {
        all.push(answers(&ann, hall, root, &format!("a{number}")).await);
        ann.says(hall, "between").await;
    }
    let cases = [
        ("limit=3".to_owned(), &all[6..], true, false),
        (format!("before={}&limit=2", all[4]), &all[2..4], true, true),
        (format!("after={}&limit=2", all[4]), &all[5..7], true, true),
        (format!("around={}&limit=4", all[4]), &all[2..6], true, true),
        (String::new(), &all[..], false, false),
    ];
    for (query, expected, has_before, has_after) in cases {
        let found = thread(&ann, hall, root, &query).await;
        assert_eq!(ids(&found), expected, "{query}");
        assert_eq!((&found["has_before"], &found["has_after"]), (&json!(has_before), &json!(has_after)), "{query}");
    }
    ann.get(&format!("/rooms/{hall}/threads/{root}?before=1&after=2")).await.refused(422, "invalid");
}

#[tokio::test]
async fn who_takes_part_follows_and_others_do_not() {
    let world = World::new().await;
    let ann = world.owner("ann").await;
    let (bob, cleo) = (world.person("bob").await, world.person("cleo").await);
    let dan = world.person("dan").await;
    let hall = ann.makes("public", "hall", &[&bob, &cleo, &dan]).await;
    let root = ann.says(hall, "root").await;
    let mut anns = ann.listens().await;
    let first = answers(&bob, hall, root, "hello @cleo").await;
    let told_to_ann = anns.hears(event("me.updated")).await;
    let me = &told_to_ann["data"]["thread"];
    assert_eq!((&me["id"], &me["room"], &me["following"]), (&json!(root), &json!(hall), &json!(true)));
    assert_eq!((&me["unread"], &me["mentions"], &me["last"]), (&json!(1), &json!(0), &json!(first)));
    assert_eq!(waiting(&ann, hall, root).await, (true, 1, 0));
    assert_eq!(waiting(&bob, hall, root).await, (true, 0, 0));
    assert_eq!(waiting(&cleo, hall, root).await, (true, 1, 1));
    assert_eq!(waiting(&dan, hall, root).await, (false, 0, 0));
    assert_eq!(cleo.sees(hall).await["me"]["mentions"], 0, "a call in a thread counts in the thread");
    // A call by an edit is one too; everybody at once is not "by name".
    answers(&bob, hall, root, "@room look").await;
    assert_eq!(waiting(&dan, hall, root).await, (false, 0, 0));
    assert_eq!(waiting(&ann, hall, root).await, (true, 2, 1));
    bob.patch(&format!("/rooms/{hall}/messages/{first}"), json!({"text": "hello @dan"})).await.is(200);
    assert_eq!(waiting(&dan, hall, root).await, (true, 2, 2));
    assert_eq!(waiting(&cleo, hall, root).await, (true, 2, 1));
    // Who stops is left alone until called again or answering.
    let following = json!({"following": false});
    let stopped = ann.patch(&format!("/rooms/{hall}/threads/{root}/me"), following).await.is(200);
    assert_eq!((&stopped["following"], &stopped["unread"]), (&json!(false), &json!(0)));
    anns.hears(told(json!({"event": "me.updated", "data": {"thread": stopped}}))).await;
    answers(&bob, hall, root, "still here").await;
    assert_eq!(waiting(&ann, hall, root).await, (false, 0, 0));
    answers(&bob, hall, root, "@ann?").await;
    assert_eq!(waiting(&ann, hall, root).await, (true, 1, 1));
    // By hand: what was said before is history.
    let other = bob.says(hall, "other").await;
    answers(&bob, hall, other, "self-talk").await;
    let begun = ann.patch(&format!("/rooms/{hall}/threads/{other}/me"), json!({"following": true})).await.is(200);
    assert_eq!((&begun["following"], &begun["unread"]), (&json!(true), &json!(0)));
    answers(&bob, hall, other, "more").await;
    assert_eq!(waiting(&ann, hall, other).await, (true, 1, 0));
}

#[tokio::test]
async fn a_thread_is_read_and_counts_what_is_left() {
    let world = World::new().await;
    let ann = world.owner("ann").await;
    let bob = world.person("bob").await;
    let hall = ann.makes("public", "hall", &[&bob]).await;
    let root = ann.says(hall, "root").await;
    let mut all = Vec::new();
    for number in 0..4 {
        all.push(answers(&bob, hall, root, &format!("@ann {number}")).await);
    }
    let read = async |up_to: u64| {
        ann.post(&format!("/rooms/{hall}/threads/{root}/read"), json!({"up_to": up_to})).await.is(204);
        waiting(&ann, hall, root).await
    };
    assert_eq!(read(all[1]).await, (true, 2, 2));
    assert_eq!(read(all[0]).await, (true, 2, 2), "a lower mark changes nothing");
    let mut ear = ann.listens().await;
    bob.delete(&format!("/rooms/{hall}/messages/{}", all[3])).await.is(204);
    let updated = ear.hears(event("message.updated")).await;
    let left = [&updated["data"]["id"], &updated["data"]["thread_count"], &updated["data"]["thread_last"]];
    assert_eq!(left, [&json!(root), &json!(3), &json!(all[2])]);
    assert_eq!(waiting(&ann, hall, root).await, (true, 1, 1));
    assert_eq!(read(1 << 52).await, (true, 0, 0));
    ear.hears(event("me.updated")).await;
    let sync = ann.get("/sync").await.is(200);
    let threads = sync["threads"].as_array().unwrap();
    assert_eq!((threads.len(), &threads[0]["id"], &threads[0]["unread"]), (1, &json!(root), &json!(0)));
    answers(&bob, hall, root, "more").await;
    assert_eq!(ann.get("/sync").await.is(200)["threads"][0]["unread"], 1);
    // With its last answer gone a thread is empty, and stands.
    for answer in ids(&thread(&ann, hall, root, "").await) {
        drop(bob.delete(&format!("/rooms/{hall}/messages/{answer}")).await);
    }
    let shown = ann.get(&format!("/rooms/{hall}/messages/{root}")).await.is(200);
    let empty = [&shown["thread_count"], &shown["thread_last"], &shown["thread_at"], &shown["thread_users"]];
    assert_eq!(empty, [&json!(0), &Value::Null, &Value::Null, &json!([])]);
    assert_eq!(waiting(&ann, hall, root).await, (true, 0, 0));
    // Who does not follow has nothing to mark.
    let cleo = world.person("cleo").await;
    cleo.joins(hall).await;
    cleo.post(&format!("/rooms/{hall}/threads/{root}/read"), json!({"up_to": 5})).await.is(204);
    assert_eq!(waiting(&cleo, hall, root).await, (false, 0, 0));
}

#[tokio::test]
async fn followed_threads_are_listed_by_their_latest_answer() {
    let world = World::new().await;
    let ann = world.owner("ann").await;
    let bob = world.person("bob").await;
    let (hall, den) = (ann.makes("public", "hall", &[&bob]).await, ann.makes("private", "den", &[&bob]).await);
    let mut roots = Vec::new();
    for number in 0..5 {
        let room = if number % 2 == 0 { hall } else { den };
        let root = ann.says(room, &format!("root {number}")).await;
        answers(&bob, room, root, "answer").await;
        roots.push(root);
    }
    answers(&bob, hall, roots[0], "once more").await;
    let expected = [roots[0], roots[4], roots[3], roots[2], roots[1]];
    let listed = |page: &Value| -> Vec<u64> {
        page["threads"].as_array().unwrap().iter().map(|one| one["root"]["id"].as_u64().unwrap()).collect()
    };
    let all = ann.get("/me/threads").await.is(200);
    assert_eq!((listed(&all), &all["next"]), (expected.to_vec(), &Value::Null));
    assert_eq!(
        (&all["threads"][0]["me"]["unread"], &all["threads"][1]["root"]["thread_count"]),
        (&json!(2), &json!(1))
    );
    assert_eq!(all["users"].as_array().unwrap().len(), 2);
    let (mut found, mut cursor) = (Vec::new(), String::new());
    loop {
        let page = ann.get(&format!("/me/threads?limit=2{cursor}")).await.is(200);
        found.extend(listed(&page));
        match page["next"].as_u64() {
            Some(next) => cursor = format!("&cursor={next}"),
            None => break,
        }
    }
    assert_eq!(found, expected);
    // What one is no longer in is not listed; coming back begins anew.
    ann.delete(&format!("/rooms/{den}/members/{}", bob.id)).await.is(204);
    assert_eq!(listed(&bob.get("/me/threads").await.is(200)), [roots[0], roots[4], roots[2]]);
    ann.put(&format!("/rooms/{den}/members/{}", bob.id), json!({"role": "member"})).await.is(200);
    assert_eq!(waiting(&bob, den, roots[1]).await, (false, 0, 0));
    ann.delete(&format!("/rooms/{den}")).await.is(204);
    assert_eq!(listed(&ann.get("/me/threads").await.is(200)), [roots[0], roots[4], roots[2]]);
}

#[tokio::test]
async fn s30_who_left_hears_nothing_of_threads_and_a_resume_tells_the_present() {
    let world = World::new().await;
    let ann = world.owner("ann").await;
    let bob = world.person("bob").await;
    let hall = ann.makes("private", "hall", &[&bob]).await;
    let root = bob.says(hall, "root").await;
    let mut ear = bob.listens().await;
    let since = ear.cursor();
    answers(&ann, hall, root, "one").await;
    let second = answers(&ann, hall, root, "two").await;
    bob.post(&format!("/rooms/{hall}/threads/{root}/read"), json!({"up_to": second})).await.is(204);
    let mut again = bob.resumes(since).await;
    again.catches_up().await;
    let told: Vec<(&Value, &Value)> = again
        .events()
        .iter()
        .filter(|frame| frame["event"] == "me.updated")
        .map(|frame| (&frame["data"]["thread"]["unread"], &frame["data"]["thread"]["last"]))
        .collect();
    assert_eq!(told, [(&json!(0), &json!(second)), (&json!(0), &json!(second))]);
    ear.catches_up().await;
    ann.delete(&format!("/rooms/{hall}/members/{}", bob.id)).await.is(204);
    let heard = ear.catches_up().await.len();
    answers(&ann, hall, root, "three @bob").await;
    assert_eq!(ear.catches_up().await.len(), heard + 1, "only the pong");
    let mut late = bob.resumes(since).await;
    late.catches_up().await;
    let names: Vec<&Value> = late.events().iter().map(|frame| &frame["event"]).collect();
    assert_eq!(names, ["member.left"]);
    bob.get(&format!("/rooms/{hall}/threads/{root}")).await.refused(404, "not_found");
    bob.post(&format!("/rooms/{hall}/threads/{root}/read"), json!({"up_to": 1})).await.refused(404, "not_found");
}

#[tokio::test]
async fn a_room_is_opened_at_a_date() {
    let world = World::new().await;
    let ann = world.owner("ann").await;
    let hall = ann.makes("public", "hall", &[]).await;
    let mut said: Vec<(u64, u64)> = Vec::new();
    for number in 0..6 {
        let path = format!("/rooms/{hall}/messages");
        let message = ann.post(&path, json!({"text": format!("m{number}")})).await.is(201);
        let at = message["at"].as_u64().unwrap();
        // One per millisecond, so that each has a time of its own.
        while snug::clock::now() <= at {
            tokio::task::yield_now().await;
        }
        said.push((message["id"].as_u64().unwrap(), at));
    }
    for (id, at) in &said {
        let found = ann.get(&format!("/rooms/{hall}/messages?at={at}&limit=1")).await.is(200);
        assert_eq!(ids(&found), [*id]);
    }
    let around = ann.get(&format!("/rooms/{hall}/messages?at={}&limit=4", said[3].1)).await.is(200);
    assert_eq!(ids(&around), said[1..5].iter().map(|(id, _)| *id).collect::<Vec<_>>());
    let first = ann.get(&format!("/rooms/{hall}/messages?at=0&limit=2")).await.is(200);
    assert_eq!((&first["has_before"], &first["messages"][0]["kind"]), (&json!(false), &json!("created")));
    let late = ann.get(&format!("/rooms/{hall}/messages?at={}&limit=4", said[5].1 + 86_400_000)).await.is(200);
    assert_eq!((ids(&late).last(), &late["has_after"]), (Some(&said[5].0), &json!(false)));
    ann.get(&format!("/rooms/{hall}/messages?at=1&around=1")).await.refused(422, "invalid");
}

#[tokio::test]
async fn of_too_many_followed_threads_those_that_were_quiet_for_longest_go() {
    use snug::chat::message::{self, Draft};
    use snug::chat::room::{self, NewRoom};
    use snug::chat::user::{self, NewUser};
    use snug::limits::{FOLLOWS_KEPT, FOLLOWS_MAX};
    use snug::row::{Follow, Role, RoomKind};
    use snug::store::{Store, tables::FOLLOWS};

    let folder = tempfile::tempdir().unwrap();
    let store = Store::open(&folder.path().join("data"), Box::new(drop)).unwrap();
    let followed = store
        .change(|change| {
            let new = NewUser { username: "ann".into(), name: None, role: Role::Owner, password: None };
            let ann = user::create(change, &new)?.id;
            let new = NewRoom {
                name: "hall".into(),
                topic: None,
                description: None,
                kind: RoomKind::Public,
                members: Vec::new(),
            };
            let hall = room::create(change, ann, &new)?.id;
            let say = |change: &mut snug::store::Change, thread| {
                let draft = Draft { text: "words".into(), thread, ..Draft::default() };
                message::send(change, ann, hall, &draft).map(|sent| sent.view.id)
            };
            // Old ones, of which nobody knows more than that they are followed.
            for _ in 1..FOLLOWS_MAX {
                let root = change.next_id();
                FOLLOWS.put(change, (ann, hall, root), &Follow { read_up_to: 0 })?;
            }
            let first = FOLLOWS.list(change, .., 1)?[0].0.2;
            let mut counts = Vec::new();
            for _ in 0..2 {
                let root = say(change, None)?;
                say(change, Some(root))?;
                counts.push(FOLLOWS.list(change, .., usize::MAX)?.len());
            }
            let left = FOLLOWS.list(change, .., usize::MAX)?;
            Ok((counts, left[0].0.2 - first))
        })
        .await
        .unwrap();
    // The one that is the last there is room for, and the one after it.
    assert_eq!(followed.0, [FOLLOWS_MAX, FOLLOWS_KEPT + 1]);
    assert_eq!(followed.1, (FOLLOWS_MAX - FOLLOWS_KEPT) as u64, "the oldest went");
}
