//! Files: from an upload to a message to the bytes again, and how they go.
use crate::support::{DEADLINE, Person, World, event, soon};
use futures_util::TryStreamExt;
use futures_util::future::join_all;
use serde_json::{Value, json};
use snug::chat::storage;
use snug::clock;
use snug::row::Usage;
use snug::store::audit::audit;
use snug::store::{Store, backup};
use tokio::io::{AsyncReadExt, AsyncWriteExt};

/// Bytes that no compression and no chance makes equal to others.
fn noise(seed: u64, length: usize) -> Vec<u8> {
    let mut state = seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1;
    let mut bytes = Vec::with_capacity(length + 8);
    while bytes.len() < length {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        bytes.extend_from_slice(&state.to_be_bytes());
    }
    bytes.truncate(length);
    bytes
}

#[tokio::test]
async fn a_file_is_uploaded_sent_and_read_by_the_room() {
    let world = World::new().await;
    let (ada, ben) = (world.owner("ada").await, world.person("ben").await);
    let room = ada.makes("private", "den", &[&ben]).await;
    let mut ear = ben.listens().await;
    for size in [0, 1, 252 * 1024 - 1, 252 * 1024, 252 * 1024 + 1, 700_000] {
        let bytes = noise(size as u64, size);
        let file = ada.uploads(room, &format!("plan%20{size}.pdf"), bytes.clone()).await;
        assert_eq!(
            (file["name"].as_str(), file["size"].as_u64()),
            (Some(&*format!("plan {size}.pdf")), Some(size as u64))
        );
        let id = file["id"].as_str().unwrap();
        assert_eq!(id.len(), 22);
        assert_eq!(file["url"], format!("/files/{id}/plan%20{size}.pdf"));
        // Nobody else sees it before it is sent.
        let url = file["url"].as_str().unwrap();
        ben.get(&format!("/files/{id}")).await.refused(404, "not_found");
        assert_eq!(ben.fetches(url).await.status, 404);
        assert_eq!(ada.get(&format!("/files/{id}")).await.is(200), file);

        let message = ada.shows(room, "", &[&file]).await;
        assert_eq!(message["files"], json!([file]));
        let told = ear.hears(event("message.created")).await;
        assert_eq!(told["data"]["files"], json!([file]));
        let answer = ben.fetches(url).await;
        assert_eq!(answer.status, 200);
        assert_eq!(answer.body, bytes);
    }
    let last = &ben.sees(room).await["last_message"];
    assert_eq!(last["preview"], "plan 700000.pdf");
}

/// What somebody's files take, after everything was counted anew.
fn usage(world: &World, person: u64) -> Usage {
    let (view, bytes) = world.app.store.moment().unwrap();
    assert_eq!(audit(&view, &bytes).unwrap(), Vec::<String>::new());
    storage::usage(&view, person).unwrap()
}

/// How many blobs there are once what is freed is gone.
async fn blobs(world: &World) -> usize {
    world.app.free_blobs().await.unwrap();
    world.app.store.files().blobs().unwrap().len()
}

/// Uploads without saying how long it is: the status. `whole`: else the connection breaks before the end.
async fn streams(person: &Person, room: u64, bytes: &[u8], whole: bool) -> Option<u16> {
    let mut line = person.door.line().await;
    let head = format!(
        "POST /api/v1/rooms/{room}/files?name=stream HTTP/1.1\r\nHost: {}\r\nOrigin: {}\r\nCookie: {}\r\n\
         Transfer-Encoding: chunked\r\nConnection: close\r\n\r\n",
        person.door.address,
        person.door.origin(),
        person.cookie
    );
    line.write_all(head.as_bytes()).await.unwrap();
    for part in bytes.chunks(10_000) {
        let sent = async {
            line.write_all(format!("{:x}\r\n", part.len()).as_bytes()).await?;
            line.write_all(part).await?;
            line.write_all(b"\r\n").await
        };
        // Who is refused in the middle is not read any more.
        if sent.await.is_err() {
            break;
        }
    }
    if !whole {
        return None;
    }
    let _ = line.write_all(b"0\r\n\r\n").await;
    let mut answer = Vec::new();
    let _ = soon("an answer", line.read_to_end(&mut answer)).await;
    String::from_utf8_lossy(&answer).split(' ').nth(1).and_then(|status| status.parse().ok())
}

#[tokio::test]
async fn files_are_sent_on_a_socket_and_quoted_by_name() {
    let world = World::new().await;
    let (ada, ben) = (world.owner("ada").await, world.person("ben").await);
    let room = ada.makes("private", "den", &[&ben]).await;
    let (one, two) = (ada.uploads(room, "one.bin", "1").await, ada.uploads(room, "two.bin", "22").await);
    let mut socket = ada.listens().await;
    let ok = socket
        .asks(json!({"type": "send", "room": room, "text": "", "nonce": "n", "files": [one["id"], two["id"]]}))
        .await;
    assert_eq!(ok["type"], "ok", "{ok}");
    let id = &ok["message"]["id"];
    // Again with its nonce it is the same message, though its files are sent by now.
    let again = socket
        .asks(json!({"type": "send", "room": room, "text": "", "nonce": "n", "files": [one["id"], two["id"]]}))
        .await;
    assert_eq!(&again["message"]["id"], id);
    assert_eq!(ben.sees(room).await["last_message"]["preview"], "one.bin, two.bin");
    let answer = ben.post(&format!("/rooms/{room}/messages"), json!({"text": "Thanks", "reply_to": id})).await.is(201);
    assert_eq!(answer["reply_to"]["preview"], "one.bin, two.bin");
    // Words may come, and go again, as long as there are files.
    let path = format!("/rooms/{room}/messages/{id}");
    assert_eq!(ada.patch(&path, json!({"text": "Look"})).await.is(200)["files"], json!([one, two]));
    assert_eq!(ada.patch(&path, json!({"text": ""})).await.is(200)["text"], "");
    let empty = ada.says(room, "no files").await;
    ada.patch(&format!("/rooms/{room}/messages/{empty}"), json!({"text": " "})).await.refused(422, "invalid");
    ada.post(&format!("/rooms/{room}/messages"), json!({"text": "", "files": []})).await.refused(422, "invalid");
}

#[tokio::test]
async fn s46_a_file_is_sent_by_its_uploader_once_where_it_was_uploaded() {
    let world = World::new().await;
    let (ada, ben) = (world.owner("ada").await, world.person("ben").await);
    let room = ada.makes("private", "den", &[&ben]).await;
    let other = ada.makes("private", "attic", &[]).await;
    let send = |person: &Person, room: u64, files: Vec<Value>| {
        let person = person.clone();
        async move { person.post(&format!("/rooms/{room}/messages"), json!({"text": "x", "files": files})).await }
    };
    let file = ada.uploads(room, "plan", "a plan").await;
    let id = file["id"].clone();
    for (who, place, files) in [
        (&ben, room, vec![id.clone()]),
        (&ada, other, vec![id.clone()]),
        (&ada, room, vec![id.clone(), id.clone()]),
        (&ada, room, vec![json!("AAAAAAAAAAAAAAAAAAAAAA")]),
        (&ada, room, vec![json!("../../etc/passwd")]),
        (&ada, room, vec![id.clone(); 21]),
    ] {
        let problem = send(who, place, files).await.refused(422, "invalid");
        assert_eq!(problem["field"], "files");
    }
    // None of that spoilt it.
    send(&ada, room, vec![id.clone()]).await.is(201);
    send(&ada, room, vec![id]).await.refused(422, "invalid");
    let gone = ada.uploads(room, "gone", "gone").await;
    ben.delete(&format!("/files/{}", gone["id"].as_str().unwrap())).await.refused(404, "not_found");
    ada.delete(&format!("/files/{}", gone["id"].as_str().unwrap())).await.is(204);
    send(&ada, room, vec![gone["id"].clone()]).await.refused(422, "invalid");
    // Twenty are allowed.
    let mut twenty = Vec::new();
    for number in 0..20 {
        twenty.push(ada.uploads(room, "many", format!("{number}")).await["id"].clone());
    }
    assert_eq!(send(&ada, room, twenty).await.is(201)["files"].as_array().unwrap().len(), 20);
}

#[tokio::test]
async fn who_may_not_post_may_not_upload() {
    let world = World::new().await;
    let (ada, ben) = (world.owner("ada").await, world.person("ben").await);
    let room = ada.makes("public", "news", &[&ben]).await;
    let upload = |person: &Person, room: u64| {
        let person = person.clone();
        async move { person.sends("POST", &format!("/api/v1/rooms/{room}/files?name=x"), "text/plain", "x").await }
    };
    upload(&ben, room).await.is(201);
    ada.patch(&format!("/rooms/{room}"), json!({"rules": {"post": "admins"}})).await.is(200);
    upload(&ben, room).await.refused(403, "announcements_only");
    upload(&ada, room).await.is(201);
    ada.patch(&format!("/rooms/{room}"), json!({"archived": true})).await.is(200);
    upload(&ada, room).await.refused(403, "archived");
    let den = ada.makes("private", "den", &[]).await;
    upload(&ben, den).await.refused(404, "not_found");
    assert_eq!(usage(&world, ben.id), Usage { files: 1, bytes: 1, reserved: 0 });
}

#[tokio::test]
async fn s31_s44_who_left_gets_nothing() {
    let world = World::new().await;
    let (ada, ben) = (world.owner("ada").await, world.person("ben").await);
    let room = ada.makes("private", "den", &[&ben]).await;
    let mine = ben.uploads(room, "mine", "mine").await;
    let not_sent = ben.uploads(room, "waits", "waits").await;
    ben.shows(room, "", &[&mine]).await;
    let urls = [&mine, &not_sent].map(|file| file["url"].as_str().unwrap().to_owned());
    for url in &urls {
        assert_eq!(ben.fetches(url).await.status, 200);
        assert_eq!(world.get(url).await.status, 401);
    }
    ben.leaves(room).await;
    for url in &urls {
        assert_eq!(ben.fetches(url).await.status, 404);
    }
    assert_eq!(ada.fetches(&urls[0]).await.status, 200);
    // What they did not send they may still take away.
    world.app.sweep_files(clock::now() + 1_000).await.unwrap();
    assert_eq!(usage(&world, ben.id), Usage { files: 1, bytes: 4, reserved: 0 });
}

#[tokio::test]
async fn the_same_content_is_stored_once_and_deleting_frees_it() {
    let world = World::new().await;
    let (ada, ben) = (world.owner("ada").await, world.person("ben").await);
    let room = ada.makes("private", "den", &[&ben]).await;
    let bytes = noise(1, 400_000);
    let (first, second) = (ada.uploads(room, "a", bytes.clone()).await, ada.uploads(room, "b", bytes.clone()).await);
    let third = ben.uploads(room, "c", bytes.clone()).await;
    assert_eq!(blobs(&world).await, 1);
    // Each counts in full for its own person.
    assert_eq!(usage(&world, ada.id), Usage { files: 2, bytes: 800_000, reserved: 0 });
    assert_eq!(usage(&world, ben.id), Usage { files: 1, bytes: 400_000, reserved: 0 });
    assert_eq!(usage(&world, 0), Usage { files: 1, bytes: 400_000, reserved: 0 });

    let both = ada.shows(room, "", &[&first, &second]).await;
    let with_words = ben.shows(room, "words", &[&third]).await;
    let mut ear = ben.listens().await;
    // Of two files one goes: the message stays. Not everybody may.
    let address = |file: &Value| format!("/files/{}", file["id"].as_str().unwrap());
    ben.delete(&address(&first)).await.refused(403, "forbidden");
    ada.delete(&address(&first)).await.is(204);
    let told = ear.hears(event("message.updated")).await;
    assert_eq!((&told["data"]["id"], &told["data"]["files"]), (&both["id"], &json!([second])));
    assert_eq!(ada.fetches(first["url"].as_str().unwrap()).await.status, 404);
    // The last one takes the message along, as it has no words.
    ada.delete(&address(&second)).await.is(204);
    assert_eq!(ear.hears(event("message.deleted")).await["data"]["id"], both["id"]);
    assert_eq!(usage(&world, ada.id), Usage::default());
    assert_eq!(ben.fetches(third["url"].as_str().unwrap()).await.body, bytes);
    // An admin of the room may too; words stay.
    ada.delete(&address(&third)).await.is(204);
    let told = ear.hears(event("message.updated")).await;
    assert_eq!((&told["data"]["text"], &told["data"]["files"]), (&json!("words"), &json!([])));
    assert_eq!(told["data"]["id"], with_words["id"]);
    assert_eq!((blobs(&world).await, usage(&world, 0)), (0, Usage::default()));
}

#[tokio::test]
async fn what_goes_takes_its_files_along() {
    let world = World::new().await;
    let (ada, ben) = (world.owner("ada").await, world.person("ben").await);
    let room = ada.makes("private", "den", &[&ben]).await;
    let sent = ben.uploads(room, "sent", noise(1, 1_000)).await;
    let picture = b"\xff\xd8\xff\xe0\0\x04ab\xff\xc0\0\x11\x08\x01\0\x02\0".to_vec();
    let id = sent["id"].as_str().unwrap();
    let answer = ben.sends("PUT", &format!("/files/{id}/thumb"), "image/jpeg", picture.clone()).await;
    let sent = answer.is(200);
    assert_eq!(ben.fetches(sent["thumb"].as_str().unwrap()).await.body, picture);
    // A second one takes the place of the first.
    ben.sends("PUT", &format!("/files/{id}/thumb"), "image/jpeg", picture.clone()).await.is(200);
    assert_eq!(blobs(&world).await, 2);
    let message = ben.shows(room, "", &[&sent]).await;
    ben.sends("PUT", &format!("/files/{id}/thumb"), "image/jpeg", picture).await.refused(404, "not_found");
    ben.uploads(room, "not-sent", noise(2, 1_000)).await;
    ada.uploads(room, "hers", noise(3, 1_000)).await;
    assert_eq!(blobs(&world).await, 4);
    // A message.
    ben.delete(&format!("/rooms/{room}/messages/{}", message["id"])).await.is(204);
    assert_eq!((blobs(&world).await, usage(&world, ben.id).files), (2, 1));
    // A person: what they did not send.
    ada.delete(&format!("/admin/users/{}", ben.id)).await.is(204);
    assert_eq!((blobs(&world).await, usage(&world, ben.id)), (1, Usage::default()));
    // A room: everything.
    let last = ada.uploads(room, "last", noise(4, 1_000)).await;
    ada.shows(room, "", &[&last]).await;
    ada.delete(&format!("/rooms/{room}")).await.is(204);
    while world.app.store.change(snug::chat::log::prune).await.unwrap() {}
    assert_eq!((blobs(&world).await, usage(&world, 0)), (0, Usage::default()));
}

#[tokio::test]
async fn s39_a_quota_is_exact_however_many_upload_at_once() {
    let limits = [("SNUG_LIMITS__USER_QUOTA_BYTES", "1000000"), ("SNUG_LIMITS__UPLOAD_MAX_BYTES", "400000")];
    let world = World::with(&limits).await;
    let (ada, ben) = (world.owner("ada").await, world.person("ben").await);
    let room = ada.makes("private", "den", &[&ben]).await;
    let upload = |person: &Person, seed: u64, length: usize| {
        let person = person.clone();
        let path = format!("/api/v1/rooms/{room}/files?name=x");
        async move { person.sends("POST", &path, "application/octet-stream", noise(seed, length)).await }
    };
    upload(&ada, 1, 400_001).await.refused(413, "too_large");
    assert_eq!(streams(&ada, room, &noise(1, 400_001), true).await, Some(413));
    assert_eq!(usage(&world, ada.id), Usage::default());

    let answers = join_all((0..8).map(|seed| upload(&ada, seed, 300_000))).await;
    let mut statuses: Vec<u16> = answers.iter().map(|answer| answer.status.as_u16()).collect();
    statuses.sort_unstable();
    assert_eq!(statuses, [201, 201, 201, 413, 413, 413, 413, 413]);
    assert_eq!(usage(&world, ada.id), Usage { files: 3, bytes: 900_000, reserved: 0 });
    // To the last byte, and not one more; others have their own.
    upload(&ada, 20, 100_001).await.refused(413, "quota_exceeded");
    assert_eq!(streams(&ada, room, &noise(21, 100_001), true).await, Some(413));
    assert_eq!(streams(&ada, room, &noise(22, 100_000), true).await, Some(201));
    upload(&ada, 23, 1).await.refused(413, "quota_exceeded");
    upload(&ben, 24, 400_000).await.is(201);
    assert_eq!(usage(&world, ada.id), Usage { files: 4, bytes: 1_000_000, reserved: 0 });

    // Many whose length nobody knows: never more than the quota, and nothing stays reserved.
    join_all((0..8).map(|seed| {
        let ben = ben.clone();
        async move { streams(&ben, room, &noise(30 + seed, 200_000), true).await }
    }))
    .await;
    let after = usage(&world, ben.id);
    assert!(after.bytes <= 1_000_000 && after.reserved == 0, "{after:?}");
    assert_eq!(blobs(&world).await as u64, usage(&world, 0).files);
}

#[tokio::test]
async fn the_storage_of_a_server_has_a_limit_of_its_own() {
    let world = World::with(&[("SNUG_LIMITS__STORAGE_MAX_BYTES", "1000")]).await;
    let ada = world.owner("ada").await;
    let room = ada.makes("private", "den", &[]).await;
    let file = ada.uploads(room, "most", noise(1, 900)).await;
    let more = ada.sends("POST", &format!("/api/v1/rooms/{room}/files?name=x"), "text/plain", noise(2, 101)).await;
    more.refused(507, "storage_full");
    // Talk goes on, and so does deleting, which makes room.
    ada.says(room, "words").await;
    ada.delete(&format!("/files/{}", file["id"].as_str().unwrap())).await.is(204);
    ada.uploads(room, "x", noise(2, 1_000)).await;
}

#[tokio::test]
async fn r18_what_broke_off_or_was_not_sent_is_swept_and_gives_its_space_back() {
    let world = World::new().await;
    let ada = world.owner("ada").await;
    let room = ada.makes("private", "den", &[]).await;
    let kept = ada.uploads(room, "kept", noise(1, 5_000)).await;
    ada.shows(room, "", &[&kept]).await;
    ada.uploads(room, "not-sent", noise(2, 300_000)).await;
    streams(&ada, room, &noise(3, 600_000), false).await;
    // Not yet old enough.
    let swept = world.app.sweep_files(clock::now() - 60_000).await.unwrap();
    assert_eq!(swept.files, 0);
    // The server notices in its own time that a connection broke.
    let mut world = world;
    let since = std::time::Instant::now();
    loop {
        world.app.sweep_files(clock::now() + 1_000).await.unwrap();
        if usage(&world, ada.id).reserved == 0 && usage(&world, ada.id).files == 1 {
            break;
        }
        assert!(since.elapsed().as_secs() < 20, "{:?}", usage(&world, ada.id));
        world = world.restarts().await;
    }
    assert_eq!(usage(&world, ada.id), Usage { files: 1, bytes: 5_000, reserved: 0 });
    assert_eq!(blobs(&world).await, 1);
    assert_eq!(ada.fetches(kept["url"].as_str().unwrap()).await.body, noise(1, 5_000));
}

#[tokio::test]
async fn bytes_that_are_freed_while_they_are_read_end_the_reading() {
    let folder = tempfile::tempdir().unwrap();
    let store = Store::open(&folder.path().join("data"), Box::new(drop)).unwrap();
    let files = store.files();
    let bytes = noise(1, 1_000_000);
    let mut appender = files.append(77).await.unwrap();
    for part in bytes.chunks(70_001) {
        appender.write(part.to_vec().into()).await.unwrap();
    }
    assert_eq!(appender.finish().await.unwrap().size, 1_000_000);
    // Any part, over the borders of chunks.
    for (from, to) in [(0, 1), (258_047, 258_049), (100, 999_999), (1_000_000, 1_000_000)] {
        let parts: Vec<_> = files.read(77, from..to).try_collect().await.unwrap();
        assert!(parts.concat() == bytes[from as usize..to as usize], "{from}..{to}");
    }
    let mut reading = Box::pin(files.read(77, 0..1_000_000));
    assert_eq!(reading.try_next().await.unwrap().unwrap(), bytes[..252 * 1024]);
    files.free(77).await.unwrap();
    reading.try_next().await.unwrap_err();
    // An appender that does not know of it yet cannot bring anything back.
    let mut late = files.append(78).await.unwrap();
    late.write(noise(2, 300_000).into()).await.unwrap();
    files.free(78).await.unwrap();
    late.write(noise(2, 300_000).into()).await.unwrap();
    late.flush().await.unwrap_err();
    assert!(!files.blobs().unwrap().contains(&78));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn r13_a_backup_taken_while_files_come_and_go_is_whole() {
    let world = World::new().await;
    let ada = world.owner("ada").await;
    let room = ada.makes("private", "den", &[]).await;
    let (stop, stopped) = tokio::sync::watch::channel(false);
    let busy = (0..3_u64).map(|number| {
        let (ada, stopped) = (ada.clone(), stopped.clone());
        tokio::spawn(async move {
            let mut kept = 0;
            while !*stopped.borrow() {
                let file = ada.uploads(room, "x", noise(kept % 3, 300_000)).await;
                let message = ada.shows(room, "", &[&file]).await;
                if kept % 4 != number {
                    ada.delete(&format!("/rooms/{room}/messages/{}", message["id"])).await.is(204);
                }
                kept += 1;
            }
            kept
        })
    });
    let busy: Vec<_> = busy.collect();
    let folder = tempfile::tempdir().unwrap();
    for number in 0..8 {
        let store = world.app.store.clone();
        let folder = folder.path().to_owned();
        let looked = tokio::task::spawn_blocking(move || {
            let mut bytes = Vec::new();
            let pace = snug::store::Pace::alone();
            let making = backup::Making {
                version: "1",
                created_at: 1,
                data: None,
                configuration: None,
                backups: None,
                pace: &pace,
            };
            backup::write(&store, &making, backup::Bytes::Inside, &mut bytes).unwrap();
            let (file, data) = (folder.join(format!("{number}.snug")), folder.join(number.to_string()));
            std::fs::write(&file, bytes).unwrap();
            backup::restore(&file, &data).unwrap();
            let since = std::time::Instant::now();
            let restored = loop {
                match Store::open(&data, Box::new(drop)) {
                    Ok(store) => break store,
                    Err(error) => assert!(since.elapsed() < DEADLINE, "{error}"),
                }
            };
            let (view, bytes) = restored.moment().unwrap();
            audit(&view, &bytes).unwrap()
        });
        assert_eq!(looked.await.unwrap(), Vec::<String>::new());
    }
    stop.send(true).unwrap();
    for busy in busy {
        assert!(busy.await.unwrap() > 0);
    }
    usage(&world, ada.id);
}
