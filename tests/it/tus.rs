//! Uploads in steps (tus 1.0.0), forms and plain bodies: what is kept of what breaks off, and what is refused.
use crate::support::{Answer, DEADLINE, Person, World};
use bytes::Bytes;
use serde_json::json;
use std::time::Duration;
use tokio::io::AsyncWriteExt;

const PART: (&str, &str) = ("content-type", "application/offset+octet-stream");

/// Asks as a tus client does.
async fn tus(person: &Person, method: &str, path: &str, more: &[(&str, &str)], body: impl Into<Bytes>) -> Answer {
    let origin = person.door.origin();
    let mut headers = vec![("cookie", person.cookie.as_str()), ("origin", &origin), ("tus-resumable", "1.0.0")];
    headers.extend_from_slice(more);
    let answer = person.door.call(method, path, &headers, body).await;
    assert_eq!(answer.header("tus-resumable"), Some("1.0.0"), "{method} {path}: {:?}", answer.status);
    answer
}

/// Begins an upload: its address.
async fn begun(person: &Person, room: u64, length: usize) -> String {
    // "plan.txt"
    let more = [
        ("upload-length", &*length.to_string()),
        ("upload-metadata", "filename cGxhbi50eHQ=,filetype dGV4dC9wbGFpbg=="),
    ];
    let answer = tus(person, "POST", &format!("/api/v1/rooms/{room}/uploads"), &more, "").await;
    assert_eq!(answer.status, 201, "{:?}", answer.body);
    answer.header("location").unwrap().to_owned()
}

async fn offset(person: &Person, address: &str) -> u64 {
    let answer = tus(person, "HEAD", address, &[], "").await;
    assert_eq!(answer.status, 200);
    assert_eq!(answer.header("cache-control"), Some("no-store"));
    answer.header("upload-offset").unwrap().parse().unwrap()
}

#[tokio::test]
async fn a_file_comes_in_steps() {
    let world = World::new().await;
    let (ada, ben) = (world.owner("ada").await, world.person("ben").await);
    let room = ada.makes("public", "lobby", &[&ben]).await;
    let address = begun(&ada, room, 11).await;
    assert_eq!(offset(&ada, &address).await, 0);
    // Nobody else knows of it.
    let foreign = tus(&ben, "HEAD", &address, &[], "").await;
    assert_eq!(foreign.status, 404);
    let first = tus(&ada, "PATCH", &address, &[PART, ("upload-offset", "0")], "hello ").await;
    assert_eq!((first.status.as_u16(), first.header("upload-offset")), (204, Some("6")));
    assert!(first.header("upload-expires").unwrap().ends_with("GMT") && first.header("snug-file").is_none());
    let id = address.rsplit('/').next().unwrap();
    let path = address.strip_prefix("/api/v1").unwrap();
    assert_eq!(ada.get(path).await.is(200), json!({"id": id, "offset": 6, "length": 11}));

    for at in ["0", "5", "7", "11"] {
        tus(&ada, "PATCH", &address, &[PART, ("upload-offset", at)], "x").await.refused(409, "wrong_offset");
    }
    tus(&ada, "PATCH", &address, &[("upload-offset", "6"), ("content-type", "text/plain")], "x")
        .await
        .refused(415, "not_a_part");
    tus(&ada, "PATCH", &address, &[PART], "x").await.refused(400, "malformed");
    assert_eq!(tus(&ben, "PATCH", &address, &[PART, ("upload-offset", "6")], "world").await.status, 404);

    let last = tus(&ada, "PATCH", &address, &[PART, ("upload-offset", "6")], "world").await;
    assert_eq!(
        (last.status.as_u16(), last.header("upload-offset"), last.header("snug-file")),
        (204, Some("11"), Some(id))
    );
    // Who missed that answer asks again.
    let again = tus(&ada, "HEAD", &address, &[], "").await;
    assert_eq!(
        (again.header("upload-offset"), again.header("upload-length"), again.header("snug-file")),
        (Some("11"), Some("11"), Some(id))
    );
    let file = ada.get(&format!("/files/{id}")).await.is(200);
    assert_eq!((file["name"].as_str(), file["type"].as_str()), (Some("plan.txt"), Some("text/plain")));
    assert_eq!(ada.fetches(file["url"].as_str().unwrap()).await.body, "hello world");
    // More than was announced is too much.
    let short = begun(&ada, room, 3).await;
    tus(&ada, "PATCH", &short, &[PART, ("upload-offset", "0")], "four").await.refused(413, "too_large");
}

#[tokio::test]
async fn a_length_may_be_said_later_and_bytes_at_once() {
    let world = World::new().await;
    let ada = world.owner("ada").await;
    let room = ada.makes("public", "lobby", &[]).await;
    let uploads = format!("/api/v1/rooms/{room}/uploads");
    let begun = tus(&ada, "POST", &uploads, &[("upload-defer-length", "1")], "").await;
    assert_eq!(begun.status, 201);
    let address = begun.header("location").unwrap().to_owned();
    let known = tus(&ada, "HEAD", &address, &[], "").await;
    assert_eq!((known.header("upload-defer-length"), known.header("upload-length")), (Some("1"), None));
    tus(&ada, "PATCH", &address, &[PART, ("upload-offset", "0")], "abc").await.is(204);
    let more = [PART, ("upload-offset", "3"), ("upload-length", "6")];
    let whole = tus(&ada, "PATCH", &address, &more, "def").await;
    assert!(whole.header("snug-file").is_some());
    // With its bytes, and without any.
    for (length, body) in [("3", "abc"), ("0", "")] {
        let made = tus(&ada, "POST", &uploads, &[PART, ("upload-length", length)], body).await;
        assert_eq!((made.status.as_u16(), made.header("upload-offset")), (201, Some(length)));
        assert!(made.header("snug-file").is_some());
    }
    for wrong in [&[][..], &[("upload-length", "1"), ("upload-defer-length", "1")], &[("upload-length", "x")]] {
        tus(&ada, "POST", &uploads, wrong, "").await.refused(400, "malformed");
    }
    let too_large = (100 * 1024 * 1024 + 1).to_string();
    tus(&ada, "POST", &uploads, &[("upload-length", &too_large)], "").await.refused(413, "too_large");
}

#[tokio::test]
async fn a_part_with_another_sum_does_not_count() {
    let world = World::new().await;
    let ada = world.owner("ada").await;
    let room = ada.makes("public", "lobby", &[]).await;
    let address = begun(&ada, room, 10).await;
    let right = [PART, ("upload-offset", "0"), ("upload-checksum", "sha1 qvTGHdzF6KLavt4PO0gs2a6pQ00=")];
    tus(&ada, "PATCH", &address, &right, "hallo").await.refused(460, "checksum_mismatch");
    assert_eq!(offset(&ada, &address).await, 0);
    tus(&ada, "PATCH", &address, &right, "hello").await.is(204);
    let sum = ("upload-checksum", "sha256 LPJNul+wow4m6DsqxbninhsWHlwfp0JecwQzYpOLmCQ=");
    tus(&ada, "PATCH", &address, &[PART, ("upload-offset", "5"), sum], "world").await.refused(460, "checksum_mismatch");
    assert_eq!(offset(&ada, &address).await, 5);
    let unknown = [PART, ("upload-offset", "5"), ("upload-checksum", "md5 XUFAKrxLKna5cZ2REBfFkg==")];
    tus(&ada, "PATCH", &address, &unknown, "world").await.refused(400, "malformed");
    tus(&ada, "PATCH", &address, &[PART, ("upload-offset", "5"), sum], "hello").await.is(204);
}

#[tokio::test]
async fn what_is_not_wanted_any_more_goes() {
    let world = World::new().await;
    let ada = world.owner("ada").await;
    let room = ada.makes("public", "lobby", &[]).await;
    let address = begun(&ada, room, 10).await;
    tus(&ada, "PATCH", &address, &[PART, ("upload-offset", "0")], "hello").await.is(204);
    assert_eq!(tus(&ada, "DELETE", &address, &[], "").await.status, 204);
    for method in ["HEAD", "DELETE"] {
        assert_eq!(tus(&ada, method, &address, &[], "").await.status, 404, "{method}");
    }
}

#[tokio::test]
async fn every_answer_speaks_tus_and_others_are_told_to() {
    let world = World::new().await;
    let ada = world.owner("ada").await;
    let room = ada.makes("public", "lobby", &[]).await;
    let uploads = format!("/api/v1/rooms/{room}/uploads");
    for address in [uploads.clone(), format!("{uploads}/AAAAAAAAAAAAAAAAAAAAAA")] {
        let answer = world.door.call("OPTIONS", &address, &[], "").await;
        assert_eq!(answer.status, 204);
        assert_eq!(answer.header("tus-version"), Some("1.0.0"));
        assert_eq!(answer.header("tus-max-size"), Some("104857600"));
        assert_eq!(answer.header("tus-checksum-algorithm"), Some("sha1,sha256"));
        for extension in ["creation", "checksum", "termination", "expiration"] {
            assert!(answer.header("tus-extension").unwrap().split(',').any(|one| one == extension), "{extension}");
        }
    }
    assert!(world.door.call("OPTIONS", "/api/v1/rooms", &[], "").await.header("tus-version").is_none());
    let (origin, cookie) = (world.door.origin(), ada.cookie.clone());
    for version in [None, Some("0.2.2")] {
        let mut headers = vec![("cookie", cookie.as_str()), ("origin", &origin), ("upload-length", "3")];
        headers.extend(version.map(|version| ("tus-resumable", version)));
        let answer = world.door.call("POST", &uploads, &headers, "").await;
        assert_eq!(answer.header("tus-version"), Some("1.0.0"));
        answer.refused(412, "tus_version");
    }
}

/// R18: what came before a line broke is kept, and the upload goes on from there.
#[tokio::test]
async fn r18_a_line_that_breaks_costs_nothing_that_came() {
    let world = World::new().await;
    let ada = world.owner("ada").await;
    let room = ada.makes("public", "lobby", &[]).await;
    let whole: Vec<u8> = (0..600_000_u32).flat_map(|number| number.to_be_bytes()).collect();
    let address = begun(&ada, room, whole.len()).await;
    let mut at = 0;
    for cut in [whole.len() / 100, whole.len() / 2, whole.len() * 99 / 100] {
        let (host, origin, cookie) = (ada.door.address, ada.door.origin(), &ada.cookie);
        let head = format!(
            "PATCH {address} HTTP/1.1\r\nHost: {host}\r\nOrigin: {origin}\r\nCookie: {cookie}\r\nTus-Resumable: 1.0.0\r\n\
             Content-Type: {}\r\nUpload-Offset: {at}\r\nContent-Length: {}\r\n\r\n",
            PART.1,
            whole.len() - at
        );
        let mut line = ada.door.line().await;
        line.write_all(head.as_bytes()).await.unwrap();
        line.write_all(&whole[at..cut]).await.unwrap();
        line.shutdown().await.unwrap();
        drop(line);
        // What is known to be kept only grows; in the end it is all that was sent.
        let mut looks = tokio::time::interval(Duration::from_millis(20));
        let kept = async {
            while offset(&ada, &address).await < cut as u64 {
                looks.tick().await;
            }
        };
        tokio::time::timeout(4 * DEADLINE, kept).await.expect("what came is kept");
        assert_eq!(offset(&ada, &address).await, cut as u64);
        at = cut;
    }
    // The last line may not be given up yet.
    let rest = Bytes::copy_from_slice(&whole[at..]);
    let at = at.to_string();
    let last = loop {
        let answer = tus(&ada, "PATCH", &address, &[PART, ("upload-offset", &at)], rest.clone()).await;
        if answer.status != 423 {
            break answer;
        }
    };
    assert_eq!(last.status, 204, "{:?}", last.body);
    let id = last.header("snug-file").unwrap();
    let file = ada.get(&format!("/files/{id}")).await.is(200);
    assert_eq!(ada.fetches(file["url"].as_str().unwrap()).await.body, whole);
}
