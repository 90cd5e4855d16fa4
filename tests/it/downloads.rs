//! Bytes on their way out: parts and conditions, and what a browser may make of hostile ones (S42 to S45, R19).
use crate::support::{Answer, Person, World};
use bytes::Bytes;
use serde_json::Value;

const SANDBOX: &str = "sandbox; default-src 'none'; frame-ancestors 'none'";

async fn fetch(person: &Person, method: &str, path: &str, more: &[(&str, &str)]) -> Answer {
    let mut headers = vec![("cookie", person.cookie.as_str())];
    headers.extend_from_slice(more);
    person.door.call(method, path, &headers, "").await
}

/// Ada with a file of these bytes.
async fn with_file(name: &str, bytes: impl Into<Bytes>) -> (World, Person, Value) {
    let world = World::new().await;
    let ada = world.owner("ada").await;
    let room = ada.makes("public", "lobby", &[]).await;
    let file = ada.uploads(room, name, bytes).await;
    (world, ada, file)
}

/// A picture that browsers show, of the smallest kind.
const GIF: &[u8] =
    b"GIF89a\x01\0\x01\0\x80\0\0\0\0\0\xff\xff\xff!\xf9\x04\x01\0\0\0\0,\0\0\0\0\x01\0\x01\0\0\x02\x02D\x01\0;";

#[tokio::test]
async fn s45_a_part_is_sent_where_a_part_is_asked_for() {
    let bytes: Vec<u8> = (0..200_000_u32).flat_map(u32::to_be_bytes).collect();
    let size = bytes.len();
    let (_world, ada, file) = with_file("numbers.bin", bytes.clone()).await;
    let url = file["url"].as_str().unwrap();
    let chunk = 252 * 1024;
    let parts = [
        ("bytes=0-0".to_owned(), 0..1),
        ("bytes=10-".to_owned(), 10..size),
        ("bytes=-7".to_owned(), size - 7..size),
        (format!("bytes={}-{}", chunk - 1, chunk), chunk - 1..chunk + 1),
        (format!("bytes={chunk}-{}", 2 * chunk + 5), chunk..2 * chunk + 6),
        (format!("bytes={}-", size - 1), size - 1..size),
    ];
    for (asked, range) in parts {
        let answer = fetch(&ada, "GET", url, &[("range", &asked)]).await;
        assert_eq!(answer.status, 206, "{asked}");
        let said = format!("bytes {}-{}/{size}", range.start, range.end - 1);
        assert_eq!(answer.header("content-range"), Some(&*said));
        assert_eq!(answer.header("content-length"), Some(&*range.len().to_string()));
        assert!(answer.body == bytes[range], "{asked}");
    }
    for asked in ["bytes=0-1,5-6", "items=0-1", "bytes=5-1", "nonsense"] {
        let answer = fetch(&ada, "GET", url, &[("range", asked)]).await;
        assert_eq!((answer.status.as_u16(), answer.body.len()), (200, size), "{asked}");
    }
    let past = fetch(&ada, "GET", url, &[("range", &format!("bytes={size}-"))]).await;
    assert_eq!(past.header("content-range"), Some(&*format!("bytes */{size}")));
    past.refused(416, "range");
}

#[tokio::test]
async fn who_has_a_file_already_is_told_so() {
    let (_world, ada, file) = with_file("a.gif", GIF).await;
    let url = file["url"].as_str().unwrap();
    let whole = fetch(&ada, "GET", url, &[]).await;
    assert_eq!((whole.status.as_u16(), &*whole.body), (200, GIF));
    let (tag, date) = (whole.header("etag").unwrap(), whole.header("last-modified").unwrap());
    assert_eq!(tag.len(), 66, "a strong tag of 32 bytes");
    assert_eq!(whole.header("accept-ranges"), Some("bytes"));
    assert_eq!(whole.header("cache-control"), Some("private, max-age=31536000, immutable"));
    // HEAD says the same without the bytes.
    let head = fetch(&ada, "HEAD", url, &[]).await;
    assert_eq!((head.status.as_u16(), head.body.len()), (200, 0));
    for name in
        ["etag", "last-modified", "content-length", "content-type", "content-disposition", "content-security-policy"]
    {
        assert_eq!(head.header(name), whole.header(name), "{name}");
    }
    for (name, value) in [("if-none-match", tag), ("if-none-match", "*"), ("if-modified-since", date)] {
        let answer = fetch(&ada, "GET", url, &[(name, value)]).await;
        assert_eq!((answer.status.as_u16(), answer.body.len(), answer.header("etag")), (304, 0, Some(tag)), "{name}");
        assert_eq!(answer.header("content-security-policy"), Some(SANDBOX));
    }
    for (same, status) in [(tag, 206), (date, 206), ("\"another\"", 200), (&*format!("W/{tag}"), 200)] {
        let answer = fetch(&ada, "GET", url, &[("range", "bytes=0-1"), ("if-range", same)]).await;
        assert_eq!(answer.status, status, "{same}");
    }
    fetch(&ada, "GET", url, &[("if-match", "\"another\"")]).await.refused(412, "changed");
    assert_eq!(fetch(&ada, "GET", url, &[("if-match", tag)]).await.status, 200);
}

#[tokio::test]
async fn s44_only_pictures_sound_and_films_within_a_page_are_inline() {
    let (_world, ada, file) = with_file("a.gif", GIF).await;
    let url = file["url"].as_str().unwrap();
    for (dest, inline) in [
        ("image", true),
        ("video", true),
        ("audio", true),
        ("empty", true),
        ("document", false),
        ("iframe", false),
        ("embed", false),
        ("object", false),
        ("script", false),
        ("style", false),
        ("worker", false),
    ] {
        let answer = fetch(&ada, "GET", url, &[("sec-fetch-dest", dest)]).await;
        let disposition = answer.header("content-disposition").unwrap();
        assert_eq!(disposition.starts_with("inline; "), inline, "{dest}: {disposition}");
        assert_eq!(disposition.starts_with("attachment; "), !inline, "{dest}: {disposition}");
    }
    assert!(fetch(&ada, "GET", url, &[]).await.header("content-disposition").unwrap().starts_with("inline; "));
    let saved = fetch(&ada, "GET", &format!("{url}?download=1"), &[]).await;
    assert!(saved.header("content-disposition").unwrap().starts_with("attachment; "));
    fetch(&ada, "GET", &format!("{url}?downlaod=1"), &[]).await.refused(422, "invalid");
}

/// Every hostile file of SAFETY: what it is called, what it holds, what it is served as, under which name.
#[tokio::test]
async fn s43_hostile_files_are_only_bytes() {
    let world = World::new().await;
    let ada = world.owner("ada").await;
    let room = ada.makes("public", "lobby", &[]).await;
    let png = |width: u32, rest: &[u8]| {
        let size = [width.to_be_bytes(), width.to_be_bytes()].concat();
        [b"\x89PNG\r\n\x1a\n\0\0\0\x0dIHDR".as_slice(), &size, b"\x08\x06\0\0\0", rest].concat()
    };
    let script = b"<script>parent.pwned=1</script>";
    let marks = format!("{}{}.png", "a", "%CC%81".repeat(1_000));
    let octets = "application/octet-stream";
    let table: Vec<(&str, Vec<u8>, &str, &str)> = vec![
        (
            "logo.svg",
            b"<svg xmlns='http://www.w3.org/2000/svg'><script>pwned=1</script></svg>".to_vec(),
            octets,
            "logo.svg",
        ),
        ("page.png", b"<!DOCTYPE html><script>pwned=1</script>".to_vec(), octets, "page.png"),
        ("page.html", b"  <html><body onload=pwned=1>".to_vec(), octets, "page.html"),
        ("feed.xml", b"<?xml version='1.0'?><?xml-stylesheet href='x'?><a/>".to_vec(), octets, "feed.xml"),
        ("both.gif", [b"GIF89a/*".as_slice(), script, b"*/=1;"].concat(), octets, "both.gif"),
        ("both.png", png(1, script), octets, "both.png"),
        ("paper.pdf", b"%PDF-1.7\n1 0 obj<</OpenAction<</JS(app.alert(1))>>>>".to_vec(), octets, "paper.pdf"),
        ("late.pdf", [vec![b' '; 900], b"%PDF-1.4".to_vec()].concat(), octets, "late.pdf"),
        ("huge.png", png(100_000, b""), octets, "huge.png"),
        ("bomb.zip", b"PK\x03\x04\x14\0\0\0\x08\0".to_vec(), octets, "bomb.zip"),
        ("code.js", b"pwned=1".to_vec(), "text/plain", "code.js"),
        ("..%2F..%2Fetc%2Fpasswd", b"root".to_vec(), "text/plain", "_.._etc_passwd"),
        ("C%3A%5Cwindows%5Cnul", b"x".to_vec(), "text/plain", "C__windows_nul"),
        ("photo%E2%80%AEgpj.exe", b"MZ\x90\0".to_vec(), octets, "photogpj.exe"),
        ("a%0D%0ASet-Cookie%3A%20x%3D1%22.txt", b"x".to_vec(), "text/plain", "aSet-Cookie_ x=1_.txt"),
        (".htaccess", b"x".to_vec(), "text/plain", "htaccess"),
        (&marks, GIF.to_vec(), "image/gif", "\u{e1}\u{301}\u{301}\u{301}\u{301}.png"),
        ("", b"x".to_vec(), "text/plain", "file"),
        ("thumb", b"x".to_vec(), "text/plain", "thumb"),
        ("honest.gif", GIF.to_vec(), "image/gif", "honest.gif"),
    ];
    for (given, bytes, kind, name) in table {
        let path = format!("/api/v1/rooms/{room}/files?name={given}");
        // Whatever the sender claims.
        let file = ada.sends("POST", &path, "image/png", bytes.clone()).await.is(201);
        assert_eq!((file["name"].as_str(), file["type"].as_str()), (Some(name), Some(kind)), "{given}");
        let url = file["url"].as_str().unwrap();
        for dest in ["image", "document", "script"] {
            let answer = fetch(&ada, "GET", url, &[("sec-fetch-dest", dest)]).await;
            assert_eq!(answer.status, 200, "{given}");
            assert!(answer.body == bytes, "{given}");
            assert_eq!(answer.header("content-type"), Some(kind), "{given}");
            assert_eq!(answer.header("x-content-type-options"), Some("nosniff"));
            assert_eq!(answer.header("cross-origin-resource-policy"), Some("same-origin"));
            assert_eq!(answer.header("content-security-policy"), Some(SANDBOX));
            let inline = kind == "image/gif" && dest == "image";
            let disposition = answer.header("content-disposition").unwrap();
            assert!(
                disposition.starts_with(if inline { "inline; " } else { "attachment; " }),
                "{given}: {disposition}"
            );
            assert!(disposition.is_ascii() && answer.headers.get("set-cookie").is_none());
        }
    }
}

#[tokio::test]
async fn a_form_brings_one_file_and_keeps_its_name() {
    let world = World::new().await;
    let ada = world.owner("ada").await;
    let room = ada.makes("public", "lobby", &[]).await;
    let path = format!("/api/v1/rooms/{room}/files");
    let kind = "multipart/form-data; boundary=\"----a b\"";
    let part = |name: &str| {
        format!(
            "------a b\r\nContent-Disposition: form-data; name=\"{name}\"; filename=\"Pl\u{e4}n %22x%22.txt\"\r\nContent-Type: text/html\r\n\r\nhello\r\n"
        )
    };
    let form = format!("{}------a b--\r\n", part("file"));
    let file = ada.sends("POST", &path, kind, form.clone()).await.is(201);
    assert_eq!((file["name"].as_str(), file["size"].as_u64()), (Some("Pl\u{e4}n _x_.txt"), Some(5)));
    let named = ada.sends("POST", &format!("{path}?name=other.txt"), kind, form).await.is(201);
    assert_eq!(named["name"], "other.txt");
    for wrong in [
        format!("{}------a b--", part("other")),
        format!("{}{}------a b--", part("file"), part("file")),
        part("file"),
        "no form at all".to_owned(),
    ] {
        let answer = ada.sends("POST", &path, kind, wrong.clone()).await;
        assert!(matches!(answer.status.as_u16(), 400 | 422), "{wrong}: {:?}", answer.body);
    }
    ada.sends("POST", &path, "multipart/form-data", "x").await.refused(400, "malformed");
    ada.sends("POST", &format!("{path}?nmae=x"), "text/plain", "x").await.refused(422, "invalid");
}

#[tokio::test]
async fn a_picture_in_small_is_small_and_a_picture() {
    let (_world, ada, file) = with_file("a.gif", GIF).await;
    let url = format!("/files/{}/thumb", file["id"].as_str().unwrap());
    assert_eq!(fetch(&ada, "GET", &url, &[]).await.status, 404);
    let jpeg: &[u8] = b"\xff\xd8\xff\xe0\0\x04ab\xff\xc0\0\x11\x08\0\x10\0\x20\x03";
    let told = ada.sends("PUT", &url, "image/jpeg", jpeg).await.is(200);
    assert_eq!(told["thumb"], url);
    let answer = fetch(&ada, "GET", &url, &[("sec-fetch-dest", "image")]).await;
    assert_eq!((answer.status.as_u16(), &*answer.body), (200, jpeg));
    assert_eq!(answer.header("content-type"), Some("image/jpeg"));
    assert_eq!(answer.header("content-security-policy"), Some(SANDBOX));
    assert!(answer.header("content-disposition").unwrap().starts_with("inline"));
    let known = fetch(&ada, "GET", &url, &[("if-none-match", answer.header("etag").unwrap())]).await;
    assert_eq!(known.status, 304);
    let wide: &[u8] = b"\xff\xd8\xff\xe0\0\x04ab\xff\xc0\0\x11\x08\0\x10\x04\x01\x03";
    ada.sends("PUT", &url, "image/jpeg", wide).await.refused(422, "invalid");
    ada.sends("PUT", &url, "image/webp", jpeg).await.refused(422, "invalid");
    ada.sends("PUT", &url, "image/png", jpeg).await.refused(415, "not_an_image");
    ada.sends("PUT", &url, "image/jpeg", [jpeg, &[0; 64 * 1024]].concat()).await.refused(413, "too_large");
}

#[tokio::test]
async fn admins_see_what_there_is_and_what_it_takes() {
    let world = World::new().await;
    let (ada, ben) = (world.owner("ada").await, world.person("ben").await);
    let (lobby, den) = (ada.makes("public", "lobby", &[&ben]).await, ada.makes("private", "den", &[]).await);
    let first = ada.uploads(lobby, "a.gif", GIF).await;
    let same = ben.uploads(lobby, "b.gif", GIF).await;
    let other = ada.uploads(den, "c.txt", "hello").await;
    let message = ada.shows(lobby, "", &[&first]).await;
    let listed = ada.get("/admin/files").await.is(200);
    let names = |list: &Value| -> Vec<String> {
        let files = list["files"].as_array().unwrap();
        files.iter().map(|row| row["file"]["name"].as_str().unwrap().to_owned()).collect()
    };
    assert_eq!(names(&listed), ["a.gif", "b.gif", "c.txt"]);
    assert_eq!((&listed["files"][0]["message"], &listed["files"][1]["message"]), (&message["id"], &Value::Null));
    assert_eq!(listed["files"][1]["file"]["id"], same["id"]);
    assert_eq!(names(&ada.get(&format!("/admin/files?room={den}")).await.is(200)), ["c.txt"]);
    assert_eq!(names(&ada.get(&format!("/admin/files?user={}", ben.id)).await.is(200)), ["b.gif"]);
    let page = ada.get("/admin/files?limit=2").await.is(200);
    let rest = ada.get(&format!("/admin/files?limit=2&cursor={}", page["next"])).await.is(200);
    assert_eq!((names(&page).len(), names(&rest), rest["next"].is_null()), (2, vec!["c.txt".to_owned()], true));
    let size = GIF.len() as u64;
    let usage = ada.get("/admin/files/usage").await.is(200);
    // The same content is stored once, and counts for each.
    let total = serde_json::json!({"files": 3, "bytes": 2 * size + 5, "stored_bytes": size + 5, "waiting_files": 2, "waiting_bytes": size + 5});
    assert_eq!(usage["total"], total);
    assert_eq!(usage["users"][0], serde_json::json!({"user": ada.id, "files": 2, "bytes": size + 5}));
    assert_eq!(usage["rooms"], serde_json::json!([{"room": lobby, "files": 1, "bytes": size}]));
    // A day has not gone by: nothing is swept.
    assert_eq!(ada.post("/admin/files/sweep", serde_json::json!(null)).await.is(200)["files"], 0);
    ada.get(&format!("/files/{}", other["id"].as_str().unwrap())).await.is(200);
    for path in ["/admin/files", "/admin/files/usage"] {
        ben.get(path).await.refused(403, "forbidden");
    }
}
