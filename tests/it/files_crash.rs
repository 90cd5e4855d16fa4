//! R18: an upload that is cut at 1, 50 and 99 %, by a broken connection or by kill -9, goes on where it was, and is whole.
use crate::crash::Server;
use crate::support::{Answer, DEADLINE, Door, Line, PASSWORD, Person};
use bytes::Bytes;
use serde_json::json;
use snug::row::Blob;
use snug::store::audit::audit;
use snug::store::tables::BLOBS;
use snug::store::{DATABASE, Direction, FILES, Store};
use std::collections::BTreeSet;
use std::path::Path;
use std::time::Instant;
use tokio::io::AsyncWriteExt;

const SIZE: usize = 9_000_000;
const CUTS: [usize; 3] = [SIZE / 100, SIZE / 2, SIZE / 100 * 99];
/// What waits in the server at most: not yet durable, and lost when it is killed.
const WAITING: usize = 6_000_000;

/// Bytes of which no two chunks are the same.
fn film() -> Vec<u8> {
    (0..SIZE).map(|at: usize| (at.wrapping_mul(2_654_435_761) >> 13) as u8).collect()
}

async fn begun(person: &Person, room: u64) -> String {
    let length = SIZE.to_string();
    // "film.mp4"
    let more = [("upload-length", length.as_str()), ("upload-metadata", "filename ZmlsbS5tcDQ=")];
    let answer = ask(person, "POST", &format!("/api/v1/rooms/{room}/uploads"), &more, "").await;
    assert_eq!(answer.status, 201, "{:?}", answer.body);
    answer.header("location").unwrap().to_owned()
}

async fn ask(person: &Person, method: &str, path: &str, more: &[(&str, &str)], body: impl Into<Bytes>) -> Answer {
    let origin = person.door.origin();
    let mut headers = vec![("cookie", person.cookie.as_str()), ("origin", &origin), ("tus-resumable", "1.0.0")];
    headers.extend_from_slice(more);
    person.door.call(method, path, &headers, body).await
}

async fn offset(person: &Person, address: &str) -> usize {
    let answer = ask(person, "HEAD", address, &[], "").await;
    assert_eq!(answer.status, 200);
    answer.header("upload-offset").unwrap().parse().unwrap()
}

/// Waits until at least so many bytes are durable.
async fn reaches(person: &Person, address: &str, least: usize) -> usize {
    let since = Instant::now();
    loop {
        let offset = offset(person, address).await;
        if offset >= least {
            return offset;
        }
        assert!(since.elapsed() < DEADLINE, "{offset} of {least} bytes are durable");
    }
}

/// Waits until the server has let go of a connection that broke.
async fn lets_go(person: &Person, address: &str, at: usize) {
    let since = Instant::now();
    let at = at.to_string();
    let more = [("upload-offset", at.as_str()), ("content-type", "application/offset+octet-stream")];
    while ask(person, "PATCH", address, &more, "").await.status != 204 {
        assert!(since.elapsed() < DEADLINE, "the server holds on to a connection that broke");
    }
}

/// Sends the bytes from `from` to `to` of a part that is to go to the end, and leaves the connection open.
async fn sends(person: &Person, address: &str, film: &[u8], from: usize, to: usize) -> Box<dyn Line> {
    let mut line = person.door.line().await;
    let head = format!(
        "PATCH {address} HTTP/1.1\r\nHost: {}\r\nOrigin: {}\r\nCookie: {}\r\nTus-Resumable: 1.0.0\r\n\
         Upload-Offset: {from}\r\nContent-Type: application/offset+octet-stream\r\nContent-Length: {}\r\n\r\n",
        person.door.address,
        person.door.origin(),
        person.cookie,
        film.len() - from
    );
    line.write_all(head.as_bytes()).await.unwrap();
    line.write_all(&film[from..to]).await.unwrap();
    line.flush().await.unwrap();
    line
}

/// The rest in one request, once the server lets it in: the id of the file.
async fn ends(person: &Person, address: &str, film: &[u8]) -> String {
    let since = Instant::now();
    loop {
        let from = offset(person, address).await;
        let at = from.to_string();
        let more = [("upload-offset", at.as_str()), ("content-type", "application/offset+octet-stream")];
        let answer = ask(person, "PATCH", address, &more, film[from..].to_vec()).await;
        if answer.status == 204 {
            assert_eq!(answer.header("upload-offset"), Some(SIZE.to_string().as_str()));
            return answer.header("snug-file").unwrap().to_owned();
        }
        assert!(matches!(answer.status.as_u16(), 409 | 423), "{:?}", answer.body);
        assert!(since.elapsed() < DEADLINE, "{:?}", answer.body);
    }
}

/// Sends it and reads it again.
async fn is_whole(person: &Person, room: u64, id: &str, film: &[u8]) {
    let sent = person.post(&format!("/rooms/{room}/messages"), json!({"text": "", "files": [id]})).await.is(201);
    let url = sent["files"][0]["url"].as_str().unwrap().to_owned();
    assert_eq!(sent["files"][0]["size"], SIZE);
    assert!(person.fetches(&url).await.body == film, "these are other bytes");
}

async fn owner(door: &Door, code: &str) -> Person {
    let body = json!({"code": code, "username": "owner", "password": PASSWORD}).to_string();
    let headers = [("content-type", "application/json")];
    Person::signed_in(door, door.call("POST", "/api/v1/setup", &headers, body).await)
}

/// Everything agrees; whether there is nothing that nothing names.
fn agrees(data: &Path) -> bool {
    let since = Instant::now();
    let store = loop {
        match Store::open(data, Box::new(|_| ())) {
            Ok(store) => break store,
            Err(error) => assert!(since.elapsed() < DEADLINE, "{error}"),
        }
    };
    let (view, bytes) = store.moment().unwrap();
    assert_eq!(audit(&view, &bytes).unwrap(), Vec::<String>::new());
    let mut named = BTreeSet::new();
    BLOBS
        .walk(&view, .., Direction::Up, |blob, state| {
            named.extend((state == Blob::Live).then_some(blob));
            Ok(true)
        })
        .unwrap();
    let clean = store.files().blobs().unwrap().iter().all(|blob| named.contains(blob));
    drop((view, bytes, store));
    // The threads of a store let go of its files a moment after it.
    for name in [DATABASE, FILES] {
        let file = std::fs::File::open(data.join(name)).unwrap();
        while file.try_lock().is_err() {
            assert!(since.elapsed() < DEADLINE, "{name} is still open");
        }
    }
    clean
}

/// A server of its own, a private room, and an upload that has begun there.
struct Begun {
    folder: tempfile::TempDir,
    address: std::net::SocketAddr,
    server: Server,
    ada: Person,
    room: u64,
    film: Vec<u8>,
    upload: String,
}

async fn begins() -> Begun {
    let folder = tempfile::tempdir().unwrap();
    let address = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    let mut server = Server::start(address, &folder.path().join("data"), true);
    let ada = owner(&Door::plain(address), &server.code.take().unwrap()).await;
    let room = ada.makes("private", "den", &[]).await;
    let upload = begun(&ada, room).await;
    Begun { folder, address, server, ada, room, film: film(), upload }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn r18_a_broken_connection_loses_nothing_that_came() {
    let Begun { folder, address, server, ada, room, film, upload } = begins().await;
    let data = folder.path().join("data");
    let mut from = 0;
    for cut in CUTS {
        drop(sends(&ada, &upload, &film, from, cut).await);
        from = reaches(&ada, &upload, cut).await;
        assert_eq!(from, cut);
        lets_go(&ada, &upload, cut).await;
    }
    let id = ends(&ada, &upload, &film).await;
    is_whole(&ada, room, &id, &film).await;
    // One that nobody goes on with leaves nothing when it is taken back.
    let other = begun(&ada, room).await;
    drop(sends(&ada, &other, &film, 0, SIZE / 2).await);
    reaches(&ada, &other, SIZE / 2).await;
    assert_eq!(ask(&ada, "DELETE", &other, &[], "").await.status, 204);
    assert_eq!(ask(&ada, "HEAD", &other, &[], "").await.status, 404);
    drop(server);
    // What was on its way to be freed is freed at the next start, at the latest.
    agrees_after_start(address, &data).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn r18_an_upload_goes_on_after_kill_9_at_1_50_and_99_percent() {
    let Begun { folder, address, mut server, ada, room, film, upload } = begins().await;
    let data = folder.path().join("data");
    let mut from = 0;
    for cut in CUTS {
        let line = sends(&ada, &upload, &film, from, cut).await;
        reaches(&ada, &upload, cut.saturating_sub(WAITING)).await;
        drop(server);
        drop(line);
        server = Server::start(address, &data, false);
        let durable = offset(&ada, &upload).await;
        assert!(from <= durable && durable <= cut, "{from} {durable} {cut}");
        from = durable;
    }
    let id = ends(&ada, &upload, &film).await;
    drop(server);
    let server = Server::start(address, &data, false);
    is_whole(&ada, room, &id, &film).await;
    drop(server);
    agrees_after_start(address, &data).await;
}

/// A start sweeps; afterwards everything agrees.
async fn agrees_after_start(address: std::net::SocketAddr, data: &Path) {
    // Each life of the server lasts as long as one question, and sweeps what it comes to.
    let since = Instant::now();
    loop {
        let server = Server::start(address, data, false);
        let door = Door::plain(address);
        assert_eq!(door.call("GET", "/readyz", &[], "").await.status, 200);
        drop(server);
        if agrees(data) {
            return;
        }
        assert!(since.elapsed() < 4 * DEADLINE, "the sweep leaves something");
    }
}
