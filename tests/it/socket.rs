//! The WebSocket: what it promises, one story each, and how it refuses.
use crate::support::{Ear, Person, World, event, frame, posted, soon, told};
use futures_util::future::join_all;
use serde_json::{Value, json};
use std::time::{Duration, Instant};
use tokio_tungstenite::tungstenite::Message;
use tokio_tungstenite::tungstenite::protocol::frame::Frame;
use tokio_tungstenite::tungstenite::protocol::frame::coding::{Data, OpCode};

/// Ann, Bob and a room with both.
async fn pair(world: &World) -> (Person, Person, u64) {
    let ann = world.owner("ann").await;
    let bob = world.person("bob").await;
    let hall = ann.makes("private", "hall", &[&bob]).await;
    (ann, bob, hall)
}

/// The ids of the messages that were heard, in the order of their coming.
fn heard_ids(ear: &Ear) -> Vec<u64> {
    let created = ear.events().into_iter().filter(|frame| frame["event"] == "message.created");
    created.filter(|frame| frame["data"]["kind"] == "text").map(|frame| frame["data"]["id"].as_u64().unwrap()).collect()
}

fn cursors(ear: &Ear) -> Vec<u64> {
    ear.events().into_iter().map(|frame| frame["cursor"].as_u64().unwrap()).collect()
}

fn rises(numbers: &[u64]) -> bool {
    numbers.windows(2).all(|pair| pair[0] < pair[1])
}

#[tokio::test]
async fn hello_comes_first_and_says_who_one_is() {
    let world = World::new().await;
    let (ann, ..) = pair(&world).await;
    let ear = ann.listens().await;
    let names: Vec<&String> = ear.hello.as_object().unwrap().keys().collect();
    assert_eq!(names, ["cursor", "heartbeat_s", "read_only", "resumed", "server", "type", "user", "version"]);
    assert_eq!((&ear.hello["user"]["id"], &ear.hello["heartbeat_s"]), (&json!(ann.id), &json!(30)));
    assert_eq!((&ear.hello["resumed"], &ear.hello["version"]), (&json!(false), &json!(env!("CARGO_PKG_VERSION"))));
    assert_eq!(ear.hello["cursor"], ann.get("/sync").await.is(200)["cursor"]);
}

#[tokio::test]
async fn promise_1_what_is_acknowledged_or_heard_is_on_disk() {
    let world = World::new().await;
    let (ann, bob, hall) = pair(&world).await;
    let (mut anns, mut bobs) = (ann.listens().await, bob.listens().await);
    for number in 0..20 {
        let text = format!("m{number}");
        let (id, heard) = tokio::join!(anns.says(hall, &text), bobs.hears(posted(&text)));
        assert_eq!(heard["data"]["id"], id);
        assert_eq!(bob.get(&format!("/rooms/{hall}/messages/{id}")).await.is(200)["text"], *text);
    }
    let world = world.restarts().await;
    let kept = ann.get(&format!("/rooms/{hall}/messages?limit=20")).await.is(200);
    assert_eq!(kept["messages"].as_array().unwrap().iter().filter(|message| message["kind"] == "text").count(), 20);
    drop(world);
}

#[tokio::test]
async fn promise_2_all_members_hear_the_same_in_the_same_order() {
    let world = World::new().await;
    let (ann, bob, hall) = pair(&world).await;
    let cleo = world.person("cleo").await;
    ann.put(&format!("/rooms/{hall}/members/{}", cleo.id), json!({"role": "member"})).await.is(200);
    let mut ears = [ann.listens().await, bob.listens().await, cleo.listens().await, ann.listens().await];
    let send = async |person: &Person| {
        let mut ear = person.listens().await;
        for number in 0..40 {
            ear.tells(
                json!({"type": "send", "ref": number, "room": hall, "text": format!("{} {number}", person.name)}),
            )
            .await;
        }
        ear.hears(told(json!({"type": "ok", "ref": 39}))).await;
    };
    tokio::join!(send(&ann), send(&bob), send(&cleo));
    ann.says(hall, "the end").await;
    for ear in &mut ears {
        ear.hears(posted("the end")).await;
    }
    let first = ears[0].events();
    assert!(first.len() == 121 && rises(&cursors(&ears[0])), "{}", first.len());
    for ear in &ears[1..] {
        assert_eq!(ear.events(), first);
    }
}

#[tokio::test]
async fn promise_3_who_resumes_misses_nothing_and_hears_nothing_twice() {
    let world = World::new().await;
    let (ann, bob, hall) = pair(&world).await;
    let mut whole = bob.listens().await;
    let mut anns = ann.listens().await;
    let talk = async {
        for number in 0..300 {
            anns.says(hall, &format!("m{number}")).await;
        }
    };
    let listen = async {
        let mut since = whole.hello["cursor"].as_u64().unwrap();
        let mut pieces: Vec<Value> = Vec::new();
        loop {
            let mut ear = bob.resumes(since).await;
            assert_eq!((&ear.hello["resumed"], &ear.hello["cursor"]), (&json!(true), &json!(since)));
            for _ in 0..17 {
                let heard = ear.hears(told(json!({"type": "event"}))).await;
                since = heard["cursor"].as_u64().unwrap();
                let last = heard["data"]["text"] == "m299";
                pieces.push(heard);
                if last {
                    return pieces;
                }
            }
        }
    };
    let ((), pieces) = tokio::join!(talk, listen);
    whole.hears(posted("m299")).await;
    assert_eq!(pieces.iter().collect::<Vec<_>>(), whole.events());
}

#[tokio::test]
async fn promise_3_a_resume_tells_rooms_that_were_entered_and_left_meanwhile() {
    let world = World::new().await;
    let (ann, bob, hall) = pair(&world).await;
    let den = ann.makes("private", "den", &[&bob]).await;
    let since = bob.listens().await.hello["cursor"].as_u64().unwrap();
    ann.says(hall, "before").await;
    ann.delete(&format!("/rooms/{hall}/members/{}", bob.id)).await.is(204);
    ann.says(hall, "without bob").await;
    let attic = ann.makes("private", "attic", &[&bob]).await;
    ann.says(attic, "welcome").await;
    ann.delete(&format!("/rooms/{den}")).await.is(204);
    let mut ear = bob.resumes(since).await;
    ear.catches_up().await;
    assert!(rises(&cursors(&ear)));
    let told: Vec<(&str, u64)> = ear
        .events()
        .into_iter()
        .map(|frame| (frame["event"].as_str().unwrap(), frame["room"].as_u64().unwrap()))
        .collect();
    let expected = [
        ("member.left", hall),
        ("room.created", attic),
        ("message.created", attic),
        ("message.created", attic),
        ("room.deleted", den),
    ];
    assert_eq!(told, expected);
    assert!(!format!("{:?}", ear.heard).contains("without bob"));
}

#[tokio::test]
async fn promise_4_who_lost_the_connection_sends_again_and_there_is_one_message() {
    let world = World::new().await;
    let (ann, bob, hall) = pair(&world).await;
    let mut bobs = bob.listens().await;
    for number in 0..10 {
        let (text, nonce) = (format!("m{number}"), format!("n{number}"));
        let send = json!({"type": "send", "room": hall, "text": text, "nonce": nonce, "ref": 1});
        let mut lost = ann.listens().await;
        lost.tells(send.clone()).await;
        drop(lost);
        let mut again = ann.listens().await;
        let ok = again.asks(send).await;
        assert_eq!(bobs.hears(posted(&text)).await["data"]["id"], ok["message"]["id"]);
    }
    bobs.catches_up().await;
    assert_eq!(heard_ids(&bobs).len(), 10);
}

#[tokio::test]
async fn promise_5_r8_who_does_not_read_gets_resync_and_delays_nobody() {
    const SENT: usize = 400;
    let world = World::new().await;
    let (ann, bob, hall) = pair(&world).await;
    let mut slow = bob.listens().await;
    let (mut bobs, mut anns) = (bob.listens().await, ann.listens().await);
    // Each as large as a message may be: together far more than all buffers on the way hold.
    let text = "€".repeat(10_922);
    let began = Instant::now();
    let talk = async {
        for _ in 0..SENT {
            anns.says(hall, &text).await;
        }
    };
    let listen = async {
        while heard_ids(&bobs).len() < SENT {
            bobs.hears(event("message.created")).await;
        }
    };
    tokio::join!(talk, listen);
    assert!(rises(&cursors(&bobs)), "after {:?}", began.elapsed());
    let before = slow.all_before(frame("resync")).await;
    ann.says(hall, "are you there?").await;
    slow.hears(posted("are you there?")).await;
    assert!(rises(&cursors(&slow)));
    let missed = SENT + 1 - heard_ids(&slow).len();
    assert!(missed > 0, "{} frames before resync", before.len());
    // What was missed is asked for again.
    let cursor = bob.get("/sync").await.is(200)["cursor"].as_u64().unwrap();
    assert!(cursor >= slow.cursor());
}

#[tokio::test]
async fn promise_6_who_is_removed_hears_their_own_leaving_last() {
    let world = World::new().await;
    let (ann, bob, hall) = pair(&world).await;
    let (mut phone, mut laptop) = (bob.listens().await, bob.listens().await);
    ann.says(hall, "hello").await;
    ann.delete(&format!("/rooms/{hall}/members/{}", bob.id)).await.is(204);
    ann.says(hall, "now we are alone").await;
    for ear in [&mut phone, &mut laptop] {
        ear.catches_up().await;
        let last = *ear.events().last().unwrap();
        assert_eq!((&last["event"], &last["room"]), (&json!("member.left"), &json!(hall)));
        assert_eq!(last["data"], json!({"user": bob.id, "by": ann.id}));
    }
    // Back again, one hears on the sockets that are open.
    ann.put(&format!("/rooms/{hall}/members/{}", bob.id), json!({"role": "member"})).await.is(200);
    ann.says(hall, "welcome back").await;
    for ear in [&mut phone, &mut laptop] {
        let before = ear.all_before(posted("welcome back")).await;
        assert_eq!((&before[0]["event"], &before[0]["data"]["me"]["role"]), (&json!("room.created"), &json!("member")));
    }
}

#[tokio::test]
async fn promise_7_a_resume_tells_what_is_left_of_edits_and_deletions() {
    let world = World::new().await;
    let (ann, bob, hall) = pair(&world).await;
    let since = bob.listens().await.cursor();
    let at = format!("/rooms/{hall}/messages");
    let edited = ann.says(hall, "regrettable words").await;
    let deleted = ann.says(hall, "a slip of the tongue").await;
    ann.patch(&format!("{at}/{edited}"), json!({"text": "kind words"})).await.is(200);
    ann.delete(&format!("{at}/{deleted}")).await.is(204);
    let mut ear = bob.resumes(since).await;
    ear.catches_up().await;
    let all = format!("{:?}", ear.heard);
    assert!(!all.contains("regrettable") && !all.contains("slip of the tongue"), "{all}");
    let events = ear.events();
    let names: Vec<&str> = events.iter().map(|frame| frame["event"].as_str().unwrap()).collect();
    assert_eq!(names, ["message.created", "message.created", "message.updated", "message.deleted"]);
    assert_eq!((&events[0]["data"]["text"], &events[1]["data"]["deleted"]), (&json!("kind words"), &json!(true)));
}

#[tokio::test]
async fn a_since_that_is_no_number_is_400_and_one_from_the_future_does_not_resume() {
    let world = World::new().await;
    let (ann, _, hall) = pair(&world).await;
    for bad in ["abc", "-1", "1.5", "", "99999999999999999999"] {
        assert_eq!(ann.opens(&format!("?since={bad}")).await.err().map(|status| status.as_u16()), Some(400), "{bad}");
    }
    assert_eq!(ann.opens("?sinse=1").await.err().map(|status| status.as_u16()), Some(422));
    let now = ann.listens().await.cursor();
    let mut ear = ann.resumes(now + 1_000_000).await;
    assert_eq!((&ear.hello["resumed"], &ear.hello["cursor"]), (&json!(false), &json!(now)));
    ann.says(hall, "live all the same").await;
    ear.hears(posted("live all the same")).await;
    let ear = ann.resumes(now).await;
    assert_eq!(ear.hello["resumed"], true);
}

#[tokio::test]
async fn who_missed_too_much_is_sent_to_sync() {
    let world = World::new().await;
    let (ann, bob, hall) = pair(&world).await;
    let since = bob.listens().await.cursor();
    let mut ear = ann.listens().await;
    let mut talk = async |refs: std::ops::Range<u64>| {
        let last = refs.end - 1;
        for number in refs {
            ear.tells(json!({"type": "send", "ref": number, "room": hall, "text": "x"})).await;
        }
        ear.hears(told(json!({"type": "ok", "ref": last}))).await;
    };
    talk(0..2_000).await;
    let mut whole = bob.resumes(since).await;
    assert_eq!(whole.hello["resumed"], true);
    whole.catches_up().await;
    assert_eq!(heard_ids(&whole).len(), 2_000);
    talk(2_000..2_001).await;
    assert_eq!(bob.resumes(since).await.hello["resumed"], false);
}

#[tokio::test]
async fn typing_is_told_to_others_once_in_three_seconds() {
    let world = World::new().await;
    let (ann, bob, hall) = pair(&world).await;
    let den = ann.makes("private", "den", &[]).await;
    let cellar = ann.makes("private", "cellar", &[&bob]).await;
    let cleo = world.person("cleo").await;
    let (mut anns, mut bobs, mut cleos) = (ann.listens().await, bob.listens().await, cleo.listens().await);
    for _ in 0..5 {
        anns.tells(json!({"type": "typing", "room": hall})).await;
        cleos.tells(json!({"type": "typing", "room": hall})).await;
    }
    anns.tells(json!({"type": "typing", "room": den})).await;
    anns.tells(json!({"type": "typing", "room": cellar})).await;
    cleos.catches_up().await;
    anns.says(hall, "done").await;
    let before = bobs.all_before(posted("done")).await;
    let typing: Vec<&Value> = before.iter().filter(|frame| frame["type"] == "typing").collect();
    let of_ann = |room: u64| json!({"type": "typing", "room": room, "user": ann.id});
    assert_eq!(typing, [&of_ann(hall), &of_ann(cellar)]);
    anns.catches_up().await;
    assert!(anns.heard.iter().all(|frame| frame["type"] != "typing"));
}

#[tokio::test]
async fn presence_follows_the_liveliest_device() {
    let world = World::new().await;
    let (ann, bob, _) = pair(&world).await;
    let cleo = world.person("cleo").await;
    let (mut bobs, mut cleos) = (bob.listens().await, cleo.listens().await);
    let is = |state: &str| told(json!({"type": "presence", "user": ann.id, "state": state}));
    let mut phone = ann.listens().await;
    bobs.hears(is("active")).await;
    phone.hears(told(json!({"type": "presence", "user": bob.id, "state": "active"}))).await;
    phone.tells(json!({"type": "presence", "state": "away"})).await;
    bobs.hears(is("away")).await;
    let laptop = ann.listens().await;
    bobs.hears(is("active")).await;
    drop(laptop);
    bobs.hears(is("away")).await;
    // A reload does not flicker: who is back within the grace was never gone.
    drop(phone);
    let mut phone = ann.listens().await;
    bobs.hears(is("active")).await;
    phone.tells(json!({"type": "presence", "state": "away"})).await;
    bobs.hears(is("away")).await;
    drop(phone);
    bobs.hears(is("offline")).await;
    cleos.catches_up().await;
    assert!(cleos.heard.iter().all(|frame| frame["type"] != "presence"), "who shares no room is told nothing");
}

#[tokio::test]
async fn what_carries_a_ref_is_answered_and_what_carries_none_is_not() {
    let world = World::new().await;
    let (ann, _, hall) = pair(&world).await;
    let mut ear = ann.listens().await;
    let asked = [
        json!({"type": "read", "room": hall, "up_to": 1}),
        json!({"type": "received", "cursor": 1}),
        json!({"type": "typing", "room": hall}),
        json!({"type": "presence", "state": "active"}),
    ];
    for (number, question) in asked.iter().enumerate() {
        assert_eq!(ear.asks(question.clone()).await, json!({"type": "ok", "ref": number + 1}));
        ear.tells(question.clone()).await;
    }
    let from = ear.heard.len();
    ear.tells(json!({"type": "ping"})).await;
    assert_eq!(ear.hears(frame("pong")).await, json!({"type": "pong", "ref": null}));
    assert_eq!(ear.asks(json!({"type": "ping"})).await["type"], "pong");
    let unasked = ear.heard[from..].iter().filter(|frame| frame["type"] == "ok").count();
    assert_eq!(unasked, 0);
    ear.sends(Message::Ping("are you there".into())).await;
    ear.catches_up().await;
}

#[tokio::test]
async fn s34_what_is_not_understood_is_refused_and_the_socket_goes_on() {
    let world = World::new().await;
    let (ann, _, hall) = pair(&world).await;
    let mut ear = ann.listens().await;
    let not_valid = [
        json!({"type": "send", "room": hall, "text": "x", "colour": "red"}),
        json!({"type": "read", "room": hall, "up_to": 1, "upto": 2}),
        json!({"type": "typing", "room": hall, "user": 1}),
        json!({"type": "ping", "at": 1}),
        json!({"type": "sned", "room": hall, "text": "x"}),
        json!({"type": "send", "room": "hall", "text": "x"}),
        json!({"type": "send", "room": hall}),
        json!({"type": "presence", "state": "offline"}),
        json!({"type": "received", "cursor": 1_u64 << 60}),
        json!({}),
    ];
    for wrong in not_valid {
        let refused = ear.asks(wrong.clone()).await;
        assert_eq!(
            (&refused["type"], &refused["status"], &refused["code"]),
            (&json!("error"), &json!(422), &json!("invalid")),
            "{wrong}"
        );
        assert!(refused["detail"].as_str().unwrap().ends_with('.'), "{refused}");
    }
    ear.tells(json!({"type": "send", "room": hall, "text": "without a ref"})).await;
    let refused = ear.hears(frame("error")).await;
    assert_eq!((&refused["ref"], &refused["status"]), (&Value::Null, &json!(422)));
    for text in ["{", "null", "[1]", "\"ping\"", ""] {
        ear.sends(Message::text(text)).await;
        let refused = ear.hears(frame("error")).await;
        assert!(refused["status"] == 400 || refused["status"] == 422, "{text}: {refused}");
    }
    ear.sends(Message::binary(br#"{"type":"ping","ref":1}"#.to_vec())).await;
    assert_eq!(ear.hears(frame("error")).await["status"], 400);
    assert_eq!(ear.asks(json!({"type": "send", "room": 999_999, "text": "x"})).await["code"], "not_found");
    ear.says(hall, "still here").await;
}

#[tokio::test]
async fn r16_a_frame_has_at_most_128_kib() {
    let world = World::new().await;
    let (ann, ..) = pair(&world).await;
    let mut ear = ann.listens().await;
    let frame_of = |bytes: usize| {
        let frame = r#"{"type":"ping","ref":7}"#;
        format!("{frame}{}", " ".repeat(bytes - frame.len()))
    };
    ear.sends(Message::text(frame_of(128 * 1024))).await;
    ear.hears(told(json!({"type": "pong", "ref": 7}))).await;
    ear.sends(Message::text(frame_of(128 * 1024 + 1))).await;
    assert_eq!(ear.closed().await, 1009);
}

#[tokio::test]
async fn r16_what_breaks_the_protocol_is_closed_with_the_reason() {
    let world = World::new().await;
    let (ann, ..) = pair(&world).await;
    let masked = |first: u8, payload: u8| [first, 0x81, 0, 0, 0, 0, payload];
    let cases: [(&str, &[u8], u16); 4] = [
        ("invalid UTF-8", &masked(0x81, 0xff), 1007),
        ("unmasked", &[0x81, 1, b'x'], 1002),
        ("compressed, which was not agreed", &masked(0xc1, b'x'), 1002),
        ("an unknown opcode", &masked(0x83, b'x'), 1002),
    ];
    for (what, bytes, code) in cases {
        let ear = ann.listens().await;
        assert_eq!(ear.closed_after(bytes).await, code, "{what}");
    }
    // In pieces of one byte a message is still a message.
    let mut ear = ann.listens().await;
    let text = br#"{"type":"ping","ref":7}"#;
    for (at, byte) in text.iter().enumerate() {
        let kind = if at == 0 { Data::Text } else { Data::Continue };
        let piece = Frame::message(vec![*byte], OpCode::Data(kind), at + 1 == text.len());
        ear.sends(Message::Frame(piece)).await;
    }
    ear.hears(told(json!({"type": "pong", "ref": 7}))).await;
}

#[tokio::test]
async fn s21_a_session_that_ends_closes_its_sockets_within_a_second() {
    let world = World::new().await;
    let (ann, bob, hall) = pair(&world).await;
    let other = bob.signs_in_again().await;
    let third = bob.signs_in_again().await;
    let (mut first, mut second, mut last) = (bob.listens().await, other.listens().await, third.listens().await);
    let began = Instant::now();
    bob.post("/auth/logout", json!({})).await.is(204);
    assert_eq!(first.closed().await, 4401);
    assert!(began.elapsed() < Duration::from_secs(1));
    ann.says(hall, "the others hear").await;
    second.hears(posted("the others hear")).await;
    let sessions = third.get("/auth/sessions").await.is(200);
    let of_other = sessions["sessions"].as_array().unwrap().iter().find(|session| session["current"] == false).unwrap();
    third.delete(&format!("/auth/sessions/{}", of_other["id"])).await.is(204);
    assert_eq!(second.closed().await, 4401);
    let began = Instant::now();
    ann.patch(&format!("/admin/users/{}", bob.id), json!({"active": false})).await.is(200);
    assert_eq!(last.closed().await, 4401);
    assert!(began.elapsed() < Duration::from_secs(1));
    assert_eq!(third.opens("").await.err().map(|status| status.as_u16()), Some(401));
}

#[tokio::test]
async fn s36_a_person_has_so_many_sockets() {
    let world = World::with(&[("SNUG_LIMITS__SOCKETS_PER_USER", "3")]).await;
    let (ann, bob, _) = pair(&world).await;
    let first = ann.listens().await;
    let _others = [ann.listens().await, ann.listens().await];
    assert_eq!(ann.opens("").await.err().map(|status| status.as_u16()), Some(429));
    bob.listens().await;
    drop(first);
    let again = async {
        while ann.opens("").await.is_err() {
            tokio::task::yield_now().await;
        }
    };
    soon("a free place", again).await;
}

#[tokio::test]
async fn s36_who_sends_frames_too_fast_is_closed_with_4429() {
    let world = World::with(&[("SNUG_LIMITS__FRAMES_PER_SECOND", "5")]).await;
    let (ann, ..) = pair(&world).await;
    let mut ear = ann.listens().await;
    for _ in 0..5 {
        ear.catches_up().await;
    }
    for _ in 0..30 {
        ear.tells(json!({"type": "ping"})).await;
    }
    assert_eq!(ear.closed().await, 4429);
    ann.listens().await.catches_up().await;
}

#[tokio::test]
async fn r20_a_stop_closes_sockets_with_1012_and_lets_requests_end() {
    let world = World::new().await;
    let (ann, bob, hall) = pair(&world).await;
    let mut ears = [ann.listens().await, bob.listens().await];
    let (asked, body) = ann.begins_to_say(hall, "the last word").await;
    let door = world.door.clone();
    let began = Instant::now();
    let mut running = world.stops();
    for ear in &mut ears {
        assert_eq!(ear.closed().await, 1012);
    }
    drop(ears);
    let early = tokio::time::timeout(Duration::from_millis(200), &mut running).await;
    assert!(early.is_err(), "a request is still being made");
    body.send(()).unwrap();
    assert_eq!(soon("the answer", asked).await.unwrap(), 201);
    soon("the end", running).await.unwrap().unwrap();
    assert!(began.elapsed() < Duration::from_secs(5));
    assert!(tokio::net::TcpStream::connect(door.address).await.is_err(), "nothing new is accepted");
}

#[tokio::test]
async fn a_new_room_is_told_before_anything_else_of_it() {
    let world = World::new().await;
    let (ann, bob, _) = pair(&world).await;
    let mut ears = join_all([ann.listens(), bob.listens()]).await;
    let den = ann.makes("private", "den", &[&bob]).await;
    ann.says(den, "welcome").await;
    for ear in &mut ears {
        let told = ear.all_before(posted("welcome")).await;
        let told: Vec<&Value> = told.iter().filter(|frame| frame["type"] == "event").collect();
        let names: Vec<&str> = told.iter().map(|frame| frame["event"].as_str().unwrap()).collect();
        assert_eq!(names, ["room.created", "message.created"], "the notice follows");
        assert_eq!((&told[0]["data"]["id"], &told[0]["room"]), (&json!(den), &json!(den)));
        assert!(told[0]["data"]["me"].is_object());
    }
}

#[tokio::test]
async fn over_tls_a_socket_is_the_same() {
    let world = World::with(&[("SNUG_SERVER__TLS", "auto")]).await;
    let (ann, bob, hall) = pair(&world).await;
    let (mut anns, mut bobs) = (ann.listens().await, bob.listens().await);
    let long = "long ".repeat(3_000);
    for text in ["short", &long] {
        anns.says(hall, text).await;
        bobs.hears(posted(text)).await;
    }
    bob.post("/auth/logout", json!({})).await.is(204);
    assert_eq!(bobs.closed().await, 4401);
}
