//! S15, S35 to S38: the brakes; exact when many pull at once, kept over a restart, and never a way to lock somebody out.
use crate::support::{Answer, PASSWORD, World};
use futures_util::future::join_all;
use serde_json::json;
use std::time::Duration;
use tokio::io::{AsyncReadExt, AsyncWriteExt};

const WRONG: &str = "not the one at all";

async fn log_in(world: &World, name: &str, password: &str, headers: &[(&str, &str)]) -> Answer {
    let headers = [&[("content-type", "application/json")], headers].concat();
    let body = json!({"username": name, "password": password}).to_string();
    world.door.call("POST", "/api/v1/auth/login", &headers, body).await
}

/// The cookie by which a browser is known after a login.
fn device(answer: &Answer) -> Option<String> {
    let lines = answer.headers.get_all("set-cookie").iter().map(|line| line.to_str().unwrap());
    let line = lines.into_iter().find(|line| line.starts_with("snug-device="))?;
    assert!(
        line.contains("HttpOnly") && line.contains("SameSite=Strict") && line.contains("Max-Age=34560000"),
        "{line}"
    );
    Some(line.split(';').next().unwrap().to_owned())
}

#[tokio::test]
async fn s15_a_hundred_attempts_at_once_count_as_a_hundred() {
    let world = World::with(&[("SNUG_LIMITS__LOGINS_PER_10_MIN", "30")]).await;
    world.owner("ann").await;
    let names: Vec<String> = (0..100).map(|number| format!("guess{number}")).collect();
    let answers = join_all(names.iter().map(|name| log_in(&world, name, WRONG, &[]))).await;
    let count = |status: u16| answers.iter().filter(|answer| answer.status == status).count();
    assert_eq!((count(401), count(429)), (30, 70), "30 from this address, whatever the account");
    assert!(answers.iter().filter(|answer| answer.status == 429).all(|answer| answer.header("retry-after").is_some()));

    // Of one account: five free ones, whatever comes at once.
    let world = World::with(&[("SNUG_LIMITS__LOGINS_PER_10_MIN", "1000")]).await;
    world.owner("ann").await;
    let answers = join_all((0..100).map(|_| log_in(&world, "ann", WRONG, &[]))).await;
    let looked_at = answers.iter().filter(|answer| answer.status == 401).count();
    // One more where a second went by.
    assert!((5..=8).contains(&looked_at), "{looked_at}");
}

#[tokio::test]
async fn s15_who_guesses_elsewhere_locks_no_known_browser_out() {
    let world = World::with(&[("SNUG_LIMITS__LOGINS_PER_10_MIN", "30")]).await;
    world.owner("ann").await;
    let first = log_in(&world, "ann", PASSWORD, &[]).await;
    let known = device(&first).expect("a browser that was not known gets a cookie");
    assert!(device(&log_in(&world, "ann", PASSWORD, &[("cookie", &known)]).await).is_none(), "one is enough");
    // Somebody behind the same address guesses until nobody is heard there any more.
    let flood = join_all((0..60).map(|_| log_in(&world, "ann", WRONG, &[]))).await;
    assert!(flood.iter().any(|answer| answer.status == 429));
    log_in(&world, "ann", PASSWORD, &[]).await.refused(429, "too_many");
    log_in(&world, "ann", PASSWORD, &[("cookie", &known)]).await.is(200);
    // It is bound to its account, and what is made up is none.
    world
        .app
        .store
        .change(|change| {
            let new = snug::chat::user::NewUser {
                username: "bob".into(),
                name: None,
                role: snug::row::Role::Member,
                password: None,
            };
            snug::chat::user::create(change, &new).map(drop)
        })
        .await
        .unwrap();
    log_in(&world, "ann", PASSWORD, &[("cookie", "snug-device=guess")]).await.refused(429, "too_many");
    for _ in 0..31 {
        log_in(&world, "bob", WRONG, &[("cookie", &known)]).await;
    }
    log_in(&world, "bob", WRONG, &[("cookie", &known)]).await.refused(429, "too_many");
    // A known browser has a brake of its own, which a restart does not loosen.
    for _ in 0..5 {
        log_in(&world, "ann", WRONG, &[("cookie", &known)]).await.refused(401, "wrong_credentials");
    }
    log_in(&world, "ann", PASSWORD, &[("cookie", &known)]).await.refused(429, "too_many");
    let world = world.restarts().await;
    log_in(&world, "ann", PASSWORD, &[("cookie", &known)]).await.refused(429, "too_many");
}

#[tokio::test]
async fn s35_s38_who_is_too_fast_is_told_when_to_go_on() {
    let world = World::with(&[
        ("SNUG_LIMITS__MESSAGES_PER_SECOND", "1"),
        ("SNUG_LIMITS__MESSAGES_BURST", "3"),
        ("SNUG_LIMITS__REACTIONS_PER_SECOND", "1"),
        ("SNUG_LIMITS__READS_PER_SECOND", "1"),
        ("SNUG_LIMITS__ROOMS_PER_HOUR", "2"),
        ("SNUG_LIMITS__INVITES_PER_HOUR", "2"),
    ])
    .await;
    let ann = world.owner("ann").await;
    let hall = ann.makes("public", "hall", &[]).await;
    let said = ann.says(hall, "hello").await;
    let pin = format!("/rooms/{hall}/pins/{said}");
    let ways: [(&str, String, Option<serde_json::Value>); 5] = [
        ("POST", format!("/rooms/{hall}/messages"), Some(json!({"text": "x"}))),
        ("PUT", pin, Some(json!({}))),
        ("GET", "/me".to_owned(), None),
        ("POST", "/rooms".to_owned(), Some(json!({"name": "one", "kind": "public"}))),
        ("POST", "/invites".to_owned(), Some(json!({}))),
    ];
    for (method, path, body) in &ways {
        // All at once, so that no drop falls in between.
        let answers = join_all((0..12).map(|_| ann.asks(method, path, body.clone()))).await;
        let refused: Vec<&Answer> = answers.iter().filter(|answer| answer.status == 429).collect();
        assert!(!refused.is_empty() && refused.len() < 12, "{method} {path}");
        for answer in refused {
            let secs: u64 = answer.header("retry-after").expect("how long to wait").parse().unwrap();
            assert!((1..=3600).contains(&secs), "{method} {path}: {secs}");
        }
    }
}

#[tokio::test]
async fn s37_a_head_is_bounded_in_bytes_lines_and_time() {
    let world = World::new().await;
    let answered = async |request: String| {
        let mut line = world.door.line().await;
        let _ = line.write_all(request.as_bytes()).await;
        let mut answer = String::new();
        let _ = tokio::time::timeout(Duration::from_secs(3), line.read_to_string(&mut answer)).await;
        answer.split(' ').nth(1).unwrap_or("closed").to_owned()
    };
    let head =
        |extra: &str| format!("GET /api/v1/server HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: close\r\n{extra}\r\n");
    assert_eq!(answered(head("")).await, "200");
    assert_eq!(answered(head(&"X: y\r\n".repeat(60))).await, "200");
    assert_eq!(answered(head(&"X: y\r\n".repeat(65))).await, "431");
    assert_eq!(answered(head(&format!("X: {}\r\n", "y".repeat(12_000)))).await, "200");
    assert_ne!(answered(head(&format!("X: {}\r\n", "y".repeat(20_000)))).await, "200");
    for wrong in
        ["CONNECT example.org:443 HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n", "\u{16}\u{3}\u{1}\r\n\r\n", "GET\r\n\r\n"]
    {
        assert_ne!(answered(wrong.to_owned()).await, "200", "{wrong:?}");
    }
}

#[tokio::test]
async fn s37_an_address_has_so_many_connections() {
    let world = World::with(&[("SNUG_LIMITS__CONNECTIONS_PER_IP", "4")]).await;
    let mut held = Vec::new();
    for _ in 0..4 {
        let mut line = world.door.line().await;
        line.write_all(b"GET /healthz HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n").await.unwrap();
        let mut first = [0; 12];
        line.read_exact(&mut first).await.unwrap();
        assert_eq!(&first, b"HTTP/1.1 200");
        held.push(line);
    }
    let mut fifth = world.door.line().await;
    let _ = fifth.write_all(b"GET /healthz HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n").await;
    let mut answer = Vec::new();
    let _ = fifth.read_to_end(&mut answer).await;
    assert!(answer.is_empty(), "it is closed without a word");
    held.pop();
    let since = std::time::Instant::now();
    loop {
        let mut again = world.door.line().await;
        let _ = again.write_all(b"GET /healthz HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: close\r\n\r\n").await;
        let mut answer = Vec::new();
        let _ = again.read_to_end(&mut answer).await;
        if answer.starts_with(b"HTTP/1.1 200") {
            break;
        }
        assert!(since.elapsed() < crate::support::DEADLINE);
    }
}

#[tokio::test]
async fn s37_a_body_that_stays_away_ends_its_request() {
    let world = World::new().await;
    let mut line = world.door.line().await;
    let head = "POST /api/v1/auth/login HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: application/json\r\nContent-Length: 99999999\r\n\r\n";
    line.write_all(head.as_bytes()).await.unwrap();
    // Announced as too long: it is refused without waiting for it.
    line.write_all(&[b' '; 17 * 1024]).await.unwrap();
    let mut first = [0; 12];
    crate::support::soon("an answer", line.read_exact(&mut first)).await.unwrap();
    assert_eq!(&first, b"HTTP/1.1 413");
}

/// A client that sends what it says in two pieces: the statuses of the answers to it and to what it asks next.
async fn in_two_pieces(world: &World, head: &str, body: &str) -> Vec<String> {
    let mut line = world.door.line().await;
    let head = format!("{head} HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: application/json\r\n");
    line.write_all(format!("{head}Content-Length: {}\r\n\r\n", body.len()).as_bytes()).await.unwrap();
    // The server has the head, and may have made up its mind.
    world.door.call("GET", "/healthz", &[], String::new()).await;
    let next = "GET /healthz HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: close\r\n\r\n";
    line.write_all(format!("{body}{next}").as_bytes()).await.unwrap();
    let mut answers = String::new();
    crate::support::soon("both answers", line.read_to_string(&mut answers)).await.unwrap();
    answers.split("HTTP/1.1 ").skip(1).map(|answer| answer[..3].to_owned()).collect()
}

#[tokio::test]
async fn who_sends_the_body_after_the_head_hears_the_refusal_and_may_go_on() {
    let world = World::new().await;
    world.owner("ann").await;
    let wrong = json!({"username": "ann", "password": WRONG}).to_string();
    for (head, status) in [
        ("POST /api/v1/rooms", "401"),
        ("POST /api/v1/nowhere", "404"),
        ("POST /api/v1/server", "405"),
        ("POST /api/v1/auth/login?x=1", "422"),
        ("DELETE /api/v1/me/avatar", "401"),
        // Its neighbours: one whose body is read, and one that is let in.
        ("POST /api/v1/auth/login", "401"),
        ("GET /api/v1/server", "200"),
    ] {
        assert_eq!(in_two_pieces(&world, head, &wrong).await, [status, "200"], "{head}");
    }
}

#[tokio::test]
async fn who_waits_for_a_word_before_the_body_is_refused_without_it() {
    let world = World::new().await;
    let mut line = world.door.line().await;
    let head = "POST /api/v1/rooms HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Length: 5\r\nExpect: 100-continue\r\n\r\n";
    line.write_all(head.as_bytes()).await.unwrap();
    let mut answer = String::new();
    crate::support::soon("the refusal", line.read_to_string(&mut answer)).await.unwrap();
    assert!(answer.starts_with("HTTP/1.1 401"), "{answer}");
    // Its neighbour: who may, hears that it is to go on.
    let mut line = world.door.line().await;
    let head = "POST /api/v1/auth/login HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: application/json\r\nContent-Length: 2\r\nExpect: 100-continue\r\n\r\n";
    line.write_all(head.as_bytes()).await.unwrap();
    let mut first = [0; 12];
    crate::support::soon("a word", line.read_exact(&mut first)).await.unwrap();
    assert_eq!(&first, b"HTTP/1.1 100");
}
