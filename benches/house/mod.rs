//! A server that is measured from outside: its process, and sockets to it.
#![allow(dead_code, reason = "no bench needs all of it")]
use std::io::{BufRead, BufReader, Lines};
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdout, Command, Stdio};
use std::sync::Arc;
use std::time::{Duration, Instant};
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::sync::mpsc;

pub const PASSWORD: &str = "maple tundra coral ninety";

pub trait Wire: AsyncRead + AsyncWrite + Unpin + Send + 'static {}
impl<T: AsyncRead + AsyncWrite + Unpin + Send + 'static> Wire for T {}
pub type Stream = Box<dyn Wire>;

/// A process of the server. It ends with this.
pub struct Server {
    process: Child,
    address: SocketAddr,
    /// The code of a house without an owner.
    setup: Option<String>,
    tls: Option<tokio_rustls::TlsConnector>,
    pub data: PathBuf,
    folder: Option<tempfile::TempDir>,
}

impl Server {
    /// In a fresh folder, which goes with it.
    pub async fn start(tls: bool) -> Server {
        let folder = tempfile::tempdir().expect("a folder can be made");
        let mut server = Server::on(&folder.path().join("data"), tls);
        server.folder = Some(folder);
        server
    }

    /// On a data folder that stays.
    pub fn on(data: &Path, tls: bool) -> Server {
        let is_fresh = !data.join("snug.redb").exists();
        // Who had the data before may let go of it a moment after it says that it is done.
        let (process, mut lines, listening) = (0..100)
            .find_map(|_| {
                Server::begun(data, tls).or_else(|| {
                    std::thread::sleep(Duration::from_millis(100));
                    None
                })
            })
            .expect("the server says where it is");
        let mut line = || lines.next().expect("the server says how it is set up").expect("it is text");
        let address = listening.rsplit("//").next().and_then(|address| address.parse().ok()).expect("an address");
        let setup = is_fresh.then(|| {
            loop {
                if let Some((_, code)) = line().split_once("/setup#") {
                    return code.to_owned();
                }
            }
        });
        std::thread::spawn(move || lines.for_each(drop));
        let tls = tls.then(|| connector(&data.join("tls/ca.crt")));
        Server { process, address, setup, tls, data: data.to_owned(), folder: None }
    }

    /// The process, what it prints, and its first line; None if it ended without one.
    fn begun(data: &Path, tls: bool) -> Option<(Child, Lines<BufReader<ChildStdout>>, String)> {
        let mut process = Command::new(env!("CARGO_BIN_EXE_snug"))
            .args(["serve", "--listen", "127.0.0.1:0", "--tls", if tls { "auto" } else { "off" }, "--data"])
            .arg(data)
            .env("SNUG_AUTH__REGISTRATION", "open")
            .env("SNUG_AUTH__ARGON2_MEMORY_KIB", "256")
            .env("SNUG_AUTH__ARGON2_ITERATIONS", "1")
            .env("SNUG_BACKUP__NIGHTLY", "")
            .envs(UNLIMITED.iter().map(|name| (format!("SNUG_LIMITS__{name}"), "0")))
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .expect("the server starts");
        let mut lines = BufReader::new(process.stdout.take().expect("it was asked for")).lines();
        match lines.next() {
            Some(line) => Some((process, lines, line.expect("it is text"))),
            None => {
                process.wait().expect("the server ends");
                None
            }
        }
    }

    /// Ends it as an operator does, and waits until it let go of its data.
    pub fn stop(mut self) {
        let process = i32::try_from(self.process.id()).ok().and_then(rustix::process::Pid::from_raw);
        let _ = rustix::process::kill_process(process.expect("a process has a number"), rustix::process::Signal::TERM);
        self.process.wait().expect("the server ends");
    }

    pub async fn connect(&self) -> Stream {
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

    /// What it is called in requests.
    pub fn host(&self) -> String {
        self.address.to_string()
    }

    fn origin(&self) -> String {
        format!("{}://{}", if self.tls.is_some() { "https" } else { "http" }, self.address)
    }

    /// The answer's head and body.
    pub async fn ask(&self, method: &str, path: &str, cookie: Option<&str>, json: &str) -> (String, String) {
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

    pub async fn set_up(&self) -> String {
        let code = self.setup.as_deref().expect("nobody owns it yet");
        let body = format!(r#"{{"code":"{code}","username":"owner","password":"{PASSWORD}"}}"#);
        cookie(&self.ask("POST", "/api/v1/setup", None, &body).await.0)
    }

    pub async fn register(&self, number: usize) -> String {
        let body = format!(r#"{{"username":"member{number}","password":"{PASSWORD}"}}"#);
        cookie(&self.ask("POST", "/api/v1/auth/register", None, &body).await.0)
    }

    pub async fn room(&self, owner: &str) -> u64 {
        let (_, body) = self.ask("POST", "/api/v1/rooms", Some(owner), r#"{"name":"Hall","kind":"public"}"#).await;
        let room: serde_json::Value = serde_json::from_str(&body).expect("a room");
        room["id"].as_u64().expect("an id")
    }

    /// A socket that has been greeted.
    pub async fn socket(&self, cookie: &str) -> Stream {
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

    pub fn cpu(&self) -> Duration {
        let stat = std::fs::read_to_string(format!("/proc/{}/stat", self.process.id())).expect("it runs");
        let fields: Vec<&str> = stat.rsplit(')').next().expect("a name ends").split_whitespace().collect();
        let ticks: u64 = fields[11].parse::<u64>().expect("utime") + fields[12].parse::<u64>().expect("stime");
        // Linux counts in hundredths of a second for user space (USER_HZ).
        Duration::from_millis(ticks * 10)
    }

    pub fn rss_kib(&self) -> u64 {
        self.memory_kib("VmRSS")
    }

    /// A line of /proc about its memory.
    pub fn memory_kib(&self, name: &str) -> u64 {
        let status = std::fs::read_to_string(format!("/proc/{}/status", self.process.id())).expect("it runs");
        let line = status.lines().find(|line| line.starts_with(name)).expect("it has memory");
        line.split_whitespace().nth(1).and_then(|kib| kib.parse().ok()).expect("a number")
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

const UNLIMITED: [&str; 9] = [
    "MESSAGES_PER_SECOND",
    "FRAMES_PER_SECOND",
    "READS_PER_SECOND",
    "SOCKETS_PER_USER",
    "CONNECTIONS_PER_IP",
    "LOGINS_PER_10_MIN",
    "REGISTRATIONS_PER_HOUR",
    "ROOMS_PER_HOUR",
    "SEARCHES_PER_SECOND",
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
pub fn masked(payload: &[u8]) -> Vec<u8> {
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
pub async fn read_frames(mut from: impl AsyncRead + Unpin, mut heard: impl FnMut(&[u8])) {
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

/// Sends at a steady pace, whatever the answers do: how long each took from when it was due.
pub async fn send_steadily(
    socket: Stream,
    room: u64,
    number: usize,
    pace: u32,
    span: Duration,
    said: impl Fn(u32) -> String,
) -> Vec<Duration> {
    let (read, mut write) = tokio::io::split(socket);
    let (answers, mut answered) = mpsc::unbounded_channel();
    tokio::spawn(read_frames(read, move |payload| {
        if payload.starts_with(br#"{"type":"ok""#) {
            let _ = answers.send(Instant::now());
        }
    }));
    let began = Instant::now();
    let count = (span.as_secs_f64() * f64::from(pace)) as u32;
    let due = |number: u32| began + number * (Duration::from_secs(1) / pace);
    let sending = async {
        for next in 0..count {
            tokio::time::sleep_until(due(next).into()).await;
            let text = serde_json::Value::from(said(next));
            let frame =
                format!(r#"{{"type":"send","ref":{next},"room":{room},"text":{text},"nonce":"{number}-{next}"}}"#);
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

/// The usual, the one in a hundred and the one in a thousand.
pub fn figures(waits: &mut [Duration]) -> String {
    waits.sort_unstable();
    let at = |part: usize| waits[waits.len() * part / 1000].as_secs_f64() * 1e3;
    format!("p50 {:.2} ms, p99 {:.2} ms, p99.9 {:.2} ms", at(500), at(990), at(999))
}
