//! What a whole server does, measured from outside over loopback: durable sends, fan-out, memory.
//!
//! `cargo bench --bench load` starts the release binary in a fresh folder for each part and prints one table. The load
//! is bounded in count and time. CPU is the server process's own, from /proc; wall-clock figures vary from day to day.
mod house;

use house::{Server, Stream, figures, masked, read_frames, send_steadily};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};
use tokio::io::AsyncWriteExt;
use tokio::sync::mpsc;

/// How long each rate is measured.
const SPAN: Duration = Duration::from_secs(5);
const MEMBERS: usize = 1_000;
const IDLE: usize = 2_000;

/// Messages that are there before backups are made beside others, the pace of those, and how often the two are compared.
const WRITTEN: usize = 150_000;
const PACE: u32 = 300;
const TURNS: usize = 3;

fn main() {
    let only_backups = std::env::args().any(|argument| argument == "backups");
    let runtime = tokio::runtime::Runtime::new().expect("a runtime starts");
    runtime.block_on(async {
        println!("| what | figure |\n|---|---|");
        if only_backups {
            return backups().await;
        }
        sends().await;
        fan_out(false).await;
        fan_out(true).await;
        memory(false).await;
        memory(true).await;
        backups().await;
    });
}

/// Acknowledged durable sends per second, with so many waiting for their answer at once.
async fn sends() {
    for in_flight in [1, 16, 256] {
        let server = Server::start(false).await;
        let owner = server.set_up().await;
        let room = server.room(&owner).await;
        let connections = in_flight.min(16);
        let until = Instant::now() + SPAN;
        let mut tasks = Vec::new();
        for number in 0..connections {
            let socket = server.socket(&owner).await;
            tasks.push(tokio::spawn(send_and_wait(socket, room, number, in_flight / connections, until)));
        }
        let mut waits = Vec::new();
        for task in tasks {
            waits.extend(task.await.expect("a sender ends"));
        }
        waits.sort_unstable();
        let rate = waits.len() as f64 / SPAN.as_secs_f64();
        let (p50, p99) = (waits[waits.len() / 2], waits[waits.len() * 99 / 100]);
        println!(
            "| durable sends, {in_flight} in flight | {rate:.0}/s, p50 {:.2} ms, p99 {:.2} ms |",
            p50.as_secs_f64() * 1e3,
            p99.as_secs_f64() * 1e3
        );
    }
}

/// One connection that keeps `window` sends waiting. How long each took.
async fn send_and_wait(socket: Stream, room: u64, number: usize, window: usize, until: Instant) -> Vec<Duration> {
    let (read, mut write) = tokio::io::split(socket);
    let (answers, mut answered) = mpsc::unbounded_channel();
    tokio::spawn(read_frames(read, move |payload| {
        // The server's own events come to the sender too; only answers count.
        if payload.starts_with(br#"{"type":"ok""#) {
            let _ = answers.send(());
        }
    }));
    let mut begun = std::collections::VecDeque::new();
    let mut waits = Vec::new();
    let mut sent = 0u64;
    loop {
        while begun.len() < window && Instant::now() < until {
            sent += 1;
            let text = "a message of about two hundred bytes, as people write them: ".repeat(2);
            let frame = format!(
                r#"{{"type":"send","ref":{sent},"room":{room},"text":"{text}","nonce":"{number}-{sent}-{:x}"}}"#,
                sent.wrapping_mul(0x9e37_79b9_7f4a_7c15)
            );
            begun.push_back(Instant::now());
            write.write_all(&masked(frame.as_bytes())).await.expect("the server reads");
        }
        let Some(began) = begun.pop_front() else { return waits };
        answered.recv().await.expect("the server answers");
        waits.push(began.elapsed());
    }
}

/// Deliveries to a room of 1,000 connections: as many as it can, and at 20 messages a second.
async fn fan_out(tls: bool) {
    let how = if tls { "TLS" } else { "plain" };
    let server = Server::start(tls).await;
    let owner = server.set_up().await;
    let room = server.room(&owner).await;
    let heard = Arc::new(AtomicU64::new(0));
    for number in 0..MEMBERS {
        let member = server.register(number).await;
        server.ask("POST", &format!("/api/v1/rooms/{room}/join"), Some(&member), "{}").await;
        let socket = server.socket(&member).await;
        let heard = heard.clone();
        tokio::spawn(async move {
            let (read, _write) = tokio::io::split(socket);
            read_frames(read, |payload| {
                if payload.windows(15).take(60).any(|part| part == b"message.created") {
                    heard.fetch_add(1, Ordering::Relaxed);
                }
            })
            .await;
        });
    }
    quiet(&heard).await;

    let (before, cpu) = (heard.load(Ordering::Relaxed), server.cpu());
    let socket = server.socket(&owner).await;
    let waits = send_paced(socket, room, 20, SPAN).await;
    quiet(&heard).await;
    let delivered = heard.load(Ordering::Relaxed) - before;
    let each = (server.cpu() - cpu).as_secs_f64() * 1e6 / delivered as f64;
    println!(
        "| one message to {MEMBERS} members, 20/s, {how} | {each:.1} µs of CPU per delivery ({delivered} delivered, {waits} sent) |"
    );

    let (before, cpu, began) = (heard.load(Ordering::Relaxed), server.cpu(), Instant::now());
    let socket = server.socket(&owner).await;
    let until = began + SPAN;
    send_and_wait(socket, room, 99, 64, until).await;
    quiet(&heard).await;
    // The last to hear ends the measure; `quiet` waits longer than that.
    let took = began.elapsed() - QUIET;
    let delivered = heard.load(Ordering::Relaxed) - before;
    let each = (server.cpu() - cpu).as_secs_f64() * 1e6 / delivered as f64;
    let rate = delivered as f64 / took.as_secs_f64();
    println!("| saturated fan-out to {MEMBERS} members, {how} | {rate:.0} deliveries/s, {each:.2} µs of CPU each |");
}

/// Sends at a fixed pace without waiting for answers.
async fn send_paced(socket: Stream, room: u64, per_second: u32, span: Duration) -> u64 {
    let (read, mut write) = tokio::io::split(socket);
    tokio::spawn(read_frames(read, |_| {}));
    let mut ticks = tokio::time::interval(Duration::from_secs(1) / per_second);
    let until = Instant::now() + span;
    let mut sent = 0;
    while Instant::now() < until {
        ticks.tick().await;
        sent += 1;
        let frame = format!(r#"{{"type":"send","ref":{sent},"room":{room},"text":"{}"}}"#, "x".repeat(100));
        write.write_all(&masked(frame.as_bytes())).await.expect("the server reads");
    }
    sent
}

/// How long sends take at a steady pace, alone and beside backups that are made and restored on trial one after the other; and
/// what that does to the file.
async fn backups() {
    let server = Server::start(false).await;
    let owner = server.set_up().await;
    let room = server.room(&owner).await;
    let (mut written, began) = (0, Instant::now());
    while written < WRITTEN {
        let socket = server.socket(&owner).await;
        written += send_and_wait(socket, room, written, 256, Instant::now() + Duration::from_secs(2)).await.len();
    }
    let filled = began.elapsed();
    let said = |_| "a message of about two hundred bytes, as people write them: ".repeat(2);
    let size = || std::fs::metadata(server.data.join("snug.redb")).map_or(0, |found| found.len() >> 20);
    let (mut alone, mut beside, mut made) = (Vec::new(), Vec::new(), 0);
    let before = size();
    for turn in 0..TURNS {
        alone.extend(send_steadily(server.socket(&owner).await, room, 10_000 + turn, PACE, 2 * SPAN, said).await);
        let (enough, is_enough) = tokio::sync::watch::channel(false);
        let backing = async {
            while !*is_enough.borrow() {
                server.ask("POST", "/api/v1/admin/backups", Some(&owner), "").await;
                loop {
                    let (_, body) = server.ask("GET", "/api/v1/admin/backups", Some(&owner), "").await;
                    if *is_enough.borrow() || body.contains(r#""working":null"#) {
                        break;
                    }
                    tokio::time::sleep(Duration::from_millis(100)).await;
                }
                made += 1;
            }
        };
        let sending = async {
            let waits = send_steadily(server.socket(&owner).await, room, 20_000 + turn, PACE, 2 * SPAN, said).await;
            let _ = enough.send(true);
            waits
        };
        let (waits, ()) = tokio::join!(sending, backing);
        beside.extend(waits);
        while !server.ask("GET", "/api/v1/admin/backups", Some(&owner), "").await.1.contains(r#""working":null"#) {
            tokio::time::sleep(Duration::from_millis(100)).await;
        }
    }
    println!(
        "| {written} messages written in {:.0} s, then sends at {PACE}/s, alone | {} |",
        filled.as_secs_f64(),
        figures(&mut alone)
    );
    println!("| the same beside backups, each restored on trial ({made} of them) | {} |", figures(&mut beside));
    println!("| the database's file before and after | {before} and {} MB |", size());
}

const QUIET: Duration = Duration::from_millis(500);

/// Waits until nothing more is heard for a moment.
async fn quiet(heard: &AtomicU64) {
    let mut last = u64::MAX;
    while last != heard.load(Ordering::Relaxed) {
        last = heard.load(Ordering::Relaxed);
        tokio::time::sleep(QUIET).await;
    }
}

/// What an idle server takes, and an idle connection that is signed in and in 10 rooms.
async fn memory(tls: bool) {
    let how = if tls { "TLS" } else { "plain" };
    let server = Server::start(tls).await;
    let idle = server.rss_kib();
    let owner = server.set_up().await;
    for number in 0..10 {
        server
            .ask("POST", "/api/v1/rooms", Some(&owner), &format!(r#"{{"name":"room {number}","kind":"public"}}"#))
            .await;
    }
    // The first connections also fill what the process keeps for all.
    let mut sockets = Vec::new();
    for _ in 0..100 {
        sockets.push(server.socket(&owner).await);
    }
    // Passwords have their memory for five seconds.
    tokio::time::sleep(Duration::from_secs(7)).await;
    let before = server.rss_kib();
    for _ in 0..IDLE {
        sockets.push(server.socket(&owner).await);
    }
    tokio::time::sleep(Duration::from_secs(1)).await;
    let each = (server.rss_kib() - before) as f64 / IDLE as f64;
    println!("| idle server, {how} | {:.1} MB |", idle as f64 / 1024.0);
    println!("| idle connection in 10 rooms, {how} | {each:.1} KiB |");
    drop(sockets);
}
