//! What a whole server does, measured from outside over loopback: durable sends, fan-out, memory.
//!
//! `cargo bench --bench load` starts the release binary in a fresh folder for each part and prints one table. The load
//! is bounded in count and time. CPU is the server process's own, from /proc; wall-clock figures vary from day to day.
use std::io::{BufRead, BufReader};
use std::net::SocketAddr;
use std::process::{Child, Command, Stdio};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::sync::mpsc;

/// How long each rate is measured.
const SPAN: Duration = Duration::from_secs(5);
const MEMBERS: usize = 1_000;
const IDLE: usize = 2_000;
const PASSWORD: &str = "maple tundra coral ninety";

trait Wire: AsyncRead + AsyncWrite + Unpin + Send + 'static {}
impl<T: AsyncRead + AsyncWrite + Unpin + Send + 'static> Wire for T {}
type Stream = Box<dyn Wire>;

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
    let size = || std::fs::metadata(server.data.join("snug.redb")).map_or(0, |found| found.len() >> 20);
    let (mut alone, mut beside, mut made) = (Vec::new(), Vec::new(), 0);
    let before = size();
    for turn in 0..TURNS {
        alone.extend(send_steadily(server.socket(&owner).await, room, 10_000 + turn, 2 * SPAN).await);
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
            let waits = send_steadily(server.socket(&owner).await, room, 20_000 + turn, 2 * SPAN).await;
            let _ = enough.send(true);
            waits
        };
        let (waits, ()) = tokio::join!(sending, backing);
        beside.extend(waits);
        while !server.ask("GET", "/api/v1/admin/backups", Some(&owner), "").await.1.contains(r#""working":null"#) {
            tokio::time::sleep(Duration::from_millis(100)).await;
        }
    }
    let figures = |waits: &mut Vec<Duration>| {
        waits.sort_unstable();
        let at = |part: usize| waits[waits.len() * part / 1000].as_secs_f64() * 1e3;
        format!("p50 {:.2} ms, p99 {:.2} ms, p99.9 {:.2} ms", at(500), at(990), at(999))
    };
    println!(
        "| {written} messages written in {:.0} s, then sends at {PACE}/s, alone | {} |",
        filled.as_secs_f64(),
        figures(&mut alone)
    );
    println!("| the same beside backups, each restored on trial ({made} of them) | {} |", figures(&mut beside));
    println!("| the database's file before and after | {before} and {} MB |", size());
}

/// Sends at a steady pace, whatever the answers do: how long each took from when it was due.
async fn send_steadily(socket: Stream, room: u64, number: usize, span: Duration) -> Vec<Duration> {
    let (read, mut write) = tokio::io::split(socket);
    let (answers, mut answered) = mpsc::unbounded_channel();
    tokio::spawn(read_frames(read, move |payload| {
        if payload.starts_with(br#"{"type":"ok""#) {
            let _ = answers.send(Instant::now());
        }
    }));
    let began = Instant::now();
    let count = (span.as_secs_f64() * f64::from(PACE)) as u32;
    let due = |number: u32| began + number * (Duration::from_secs(1) / PACE);
    let sending = async {
        for next in 0..count {
            tokio::time::sleep_until(due(next).into()).await;
            let text = "a message of about two hundred bytes, as people write them: ".repeat(2);
            let frame =
                format!(r#"{{"type":"send","ref":{next},"room":{room},"text":"{text}","nonce":"{number}-{next}"}}"#);
            write.write_all(&masked(frame.as_bytes())).await.expect("the server reads");
        }
    };
    let hearing = async {
        let mut waits = Vec::new();
        for next in 0..count {
            let at = answered.recv().await.expect("the server answers");
            waits.push(at.saturating_duration_since(due(next)));
        }
        waits
    };
    tokio::join!(sending, hearing).1
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

struct Server {
    process: Child,
    address: SocketAddr,
    setup: String,
    tls: Option<tokio_rustls::TlsConnector>,
    data: std::path::PathBuf,
    _folder: tempfile::TempDir,
}

impl Server {
    async fn start(tls: bool) -> Server {
        let folder = tempfile::tempdir().expect("a folder can be made");
        let data = folder.path().join("data");
        let mut process = Command::new(env!("CARGO_BIN_EXE_snug"))
            .args(["serve", "--listen", "127.0.0.1:0", "--tls", if tls { "auto" } else { "off" }, "--data"])
            .arg(&data)
            .env("SNUG_AUTH__REGISTRATION", "open")
            .env("SNUG_AUTH__ARGON2_MEMORY_KIB", "256")
            .env("SNUG_AUTH__ARGON2_ITERATIONS", "1")
            .envs(UNLIMITED.iter().map(|name| (format!("SNUG_LIMITS__{name}"), "0")))
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .expect("the server starts");
        let mut lines = BufReader::new(process.stdout.take().expect("it was asked for")).lines();
        let mut line = || lines.next().expect("the server says where it is").expect("it is text");
        let listening = line();
        let address = listening.rsplit("//").next().and_then(|address| address.parse().ok()).expect("an address");
        let setup = loop {
            if let Some((_, code)) = line().split_once("/setup#") {
                break code.to_owned();
            }
        };
        std::thread::spawn(move || lines.for_each(drop));
        let tls = tls.then(|| connector(&data.join("tls/ca.crt")));
        Server { process, address, setup, tls, data, _folder: folder }
    }

    async fn connect(&self) -> Stream {
        let stream = TcpStream::connect(self.address).await.expect("the server accepts");
        stream.set_nodelay(true).expect("a socket has options");
        match &self.tls {
            None => Box::new(stream),
            Some(tls) => {
                let name = rustls::pki_types::ServerName::IpAddress(self.address.ip().into());
                Box::new(tls.connect(name, stream).await.expect("the certificate is ours"))
            }
        }
    }

    fn origin(&self) -> String {
        format!("{}://{}", if self.tls.is_some() { "https" } else { "http" }, self.address)
    }

    /// The answer's head and body.
    async fn ask(&self, method: &str, path: &str, cookie: Option<&str>, json: &str) -> (String, String) {
        let mut stream = self.connect().await;
        let cookie = cookie.map(|cookie| format!("Cookie: {cookie}\r\n")).unwrap_or_default();
        let request = format!(
            "{method} {path} HTTP/1.1\r\nHost: {}\r\nOrigin: {}\r\nConnection: close\r\n{cookie}\
             Content-Type: application/json\r\nContent-Length: {}\r\n\r\n{json}",
            self.address,
            self.origin(),
            json.len()
        );
        stream.write_all(request.as_bytes()).await.expect("the server reads");
        let mut answer = Vec::new();
        // A server that closes without a TLS goodbye has answered all the same.
        let _ = stream.read_to_end(&mut answer).await;
        let answer = String::from_utf8_lossy(&answer).into_owned();
        let (head, body) = answer.split_once("\r\n\r\n").unwrap_or_else(|| panic!("no answer to {path}: {answer}"));
        assert!(head.starts_with("HTTP/1.1 2"), "{path}: {head} {body}");
        (head.to_owned(), body.to_owned())
    }

    async fn set_up(&self) -> String {
        let body = format!(r#"{{"code":"{}","username":"owner","password":"{PASSWORD}"}}"#, self.setup);
        cookie(&self.ask("POST", "/api/v1/setup", None, &body).await.0)
    }

    async fn register(&self, number: usize) -> String {
        let body = format!(r#"{{"username":"member{number}","password":"{PASSWORD}"}}"#);
        cookie(&self.ask("POST", "/api/v1/auth/register", None, &body).await.0)
    }

    async fn room(&self, owner: &str) -> u64 {
        let (_, body) = self.ask("POST", "/api/v1/rooms", Some(owner), r#"{"name":"Hall","kind":"public"}"#).await;
        let room: serde_json::Value = serde_json::from_str(&body).expect("a room");
        room["id"].as_u64().expect("an id")
    }

    /// A socket that has been greeted.
    async fn socket(&self, cookie: &str) -> Stream {
        let mut stream = self.connect().await;
        let request = format!(
            "GET /api/v1/ws HTTP/1.1\r\nHost: {}\r\nOrigin: {}\r\nCookie: {cookie}\r\nConnection: Upgrade\r\n\
             Upgrade: websocket\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n",
            self.address,
            self.origin()
        );
        stream.write_all(request.as_bytes()).await.expect("the server reads");
        let mut head = Vec::new();
        while !head.ends_with(b"\r\n\r\n") {
            head.push(stream.read_u8().await.expect("the server answers"));
        }
        assert!(head.starts_with(b"HTTP/1.1 101"), "{}", String::from_utf8_lossy(&head));
        stream
    }

    fn cpu(&self) -> Duration {
        let stat = std::fs::read_to_string(format!("/proc/{}/stat", self.process.id())).expect("it runs");
        let fields: Vec<&str> = stat.rsplit(')').next().expect("a name ends").split_whitespace().collect();
        let ticks: u64 = fields[11].parse::<u64>().expect("utime") + fields[12].parse::<u64>().expect("stime");
        // Linux counts in hundredths of a second for user space (USER_HZ).
        Duration::from_millis(ticks * 10)
    }

    fn rss_kib(&self) -> u64 {
        let status = std::fs::read_to_string(format!("/proc/{}/status", self.process.id())).expect("it runs");
        let line = status.lines().find(|line| line.starts_with("VmRSS")).expect("it has memory");
        line.split_whitespace().nth(1).and_then(|kib| kib.parse().ok()).expect("a number")
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

const UNLIMITED: [&str; 8] = [
    "MESSAGES_PER_SECOND",
    "FRAMES_PER_SECOND",
    "READS_PER_SECOND",
    "SOCKETS_PER_USER",
    "CONNECTIONS_PER_IP",
    "LOGINS_PER_10_MIN",
    "REGISTRATIONS_PER_HOUR",
    "ROOMS_PER_HOUR",
];

fn cookie(head: &str) -> String {
    let line = head.lines().find(|line| line.to_ascii_lowercase().starts_with("set-cookie:")).expect("a cookie");
    line[11..].split(';').next().expect("a value").trim().to_owned()
}

fn connector(authority: &std::path::Path) -> tokio_rustls::TlsConnector {
    use rustls::pki_types::CertificateDer;
    use rustls::pki_types::pem::PemObject;
    let mut roots = rustls::RootCertStore::empty();
    roots.add(CertificateDer::from_pem_file(authority).expect("the authority's certificate")).expect("it is one");
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let config = rustls::ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .expect("ring knows them")
        .with_root_certificates(roots)
        .with_no_client_auth();
    Arc::new(config).into()
}

/// A text frame as clients send it. The mask is zero: the bytes stay as they are.
fn masked(payload: &[u8]) -> Vec<u8> {
    let mut frame = vec![0x81];
    match payload.len() {
        length @ 0..=125 => frame.push(0x80 | length as u8),
        length => {
            frame.push(0x80 | 126);
            frame.extend_from_slice(&(length as u16).to_be_bytes());
        }
    }
    frame.extend_from_slice(&[0; 4]);
    frame.extend_from_slice(payload);
    frame
}

/// Calls `heard` with the payload of each frame until the connection ends.
async fn read_frames(mut from: impl AsyncRead + Unpin, mut heard: impl FnMut(&[u8])) {
    let mut buffer = Vec::with_capacity(16 * 1024);
    loop {
        match from.read_buf(&mut buffer).await {
            Ok(0) | Err(_) => return,
            Ok(_) => {}
        }
        let mut at = 0;
        while let Some((start, end)) = frame_at(&buffer[at..]) {
            heard(&buffer[at + start..at + end]);
            at += end;
        }
        buffer.drain(..at);
    }
}

/// Where the payload of a whole frame begins and ends.
fn frame_at(bytes: &[u8]) -> Option<(usize, usize)> {
    let (start, length) = match *bytes.get(1)? {
        126 => (4, u16::from_be_bytes(bytes.get(2..4)?.try_into().ok()?) as usize),
        127 => (10, u64::from_be_bytes(bytes.get(2..10)?.try_into().ok()?) as usize),
        length => (2, length as usize),
    };
    (bytes.len() >= start + length).then_some((start, start + length))
}
