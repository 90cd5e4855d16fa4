//! The store by its own door: batches, order, refusals at the start, pruning, backups.
use crate::support::{DEADLINE, World, event, posted, soon};
use serde_json::json;
use sha2::Digest;
use snug::chat::log;
use snug::error::{self, Error, Result};
use snug::event::{Announcement, Audience, Event};
use snug::limits;
use snug::row::Log;
use snug::store::tables::{META, NAMES, SCHEMA, SETTINGS};
use snug::store::{DATABASE, FILES, Pace, Snapshot, Store, View, backup};
use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::sync::mpsc::channel;
use std::sync::{Arc, OnceLock};
use std::time::Instant;

/// Opens a folder's store, as soon as who had it is really gone.
fn open(folder: &Path) -> Store {
    let since = Instant::now();
    loop {
        match Store::open(folder, Box::new(drop)) {
            Ok(store) => return store,
            Err(error) => assert!(code(&error) == "locked" && since.elapsed() < DEADLINE, "{error}"),
        }
    }
}

fn code(error: &Error) -> &'static str {
    match error {
        Error::Refused(refusal) => refusal.code,
        Error::Fault(_) => "fault",
    }
}

fn refusal(folder: &Path) -> (&'static str, String) {
    let error = Store::open(folder, Box::new(drop)).map(drop).unwrap_err();
    (code(&error), error.to_string())
}

/// Every row of every table.
fn everything(view: &Snapshot) -> Vec<(usize, Vec<u8>, Vec<u8>)> {
    use std::ops::Bound::Unbounded;
    let mut rows = Vec::new();
    for number in 0..NAMES.len() {
        view.walk(number, Unbounded, Unbounded, snug::store::Direction::Up, &mut |key, row| {
            rows.push((number, key.to_vec(), row.to_vec()));
            Ok(true)
        })
        .unwrap();
    }
    rows
}

/// A backup of the databases alone.
fn plain(pace: &Pace) -> backup::Making<'_> {
    backup::Making { version: "1", created_at: 77, data: None, configuration: None, backups: None, pace }
}

/// An event that a test can make without a scene.
fn told(number: u64) -> (Audience, Log, Event) {
    (Audience::Everyone, Log::RoomDeleted { room: number }, Event::RoomDeleted { room: number })
}

#[tokio::test]
async fn law_2_a_refusal_or_a_panic_after_a_write_touches_no_neighbour() {
    let folder = tempfile::tempdir().unwrap();
    let (sender, heard) = channel();
    let after = Box::new(move |batch: Vec<Announcement>| batch.into_iter().for_each(|told| sender.send(told).unwrap()));
    let store = Store::open(&folder.path().join("data"), after).unwrap();
    for round in 0..20_u64 {
        let mut answers = Vec::new();
        for number in 0..30_u64 {
            let submitted = store.submit(move |change| {
                let key = format!("{round}.{number}");
                SETTINGS.put(change, &key, &"kept".to_owned())?;
                let (audience, log, event) = told(1_000 * round + number);
                change.announce(audience, &log, event)?;
                match number % 10 {
                    3 => Err(error::not_found().into()),
                    7 => panic!("this one breaks, as it should"),
                    _ => Ok(number),
                }
            });
            answers.push(submitted.await.unwrap());
        }
        for (number, answer) in answers.into_iter().enumerate() {
            let answer = soon("an answer", answer).await;
            match number % 10 {
                3 => assert_eq!(code(&answer.unwrap_err()), "not_found"),
                7 => assert_eq!(code(&answer.unwrap_err()), "fault"),
                _ => assert_eq!(answer.unwrap(), number as u64),
            }
        }
    }
    let view = store.snapshot().unwrap();
    for round in 0..20 {
        for number in 0..30 {
            let kept = SETTINGS.has(&view, &format!("{round}.{number}")).unwrap();
            assert_eq!(kept, number % 10 != 3 && number % 10 != 7, "{round}.{number}");
        }
    }
    let heard: Vec<u64> = heard.try_iter().map(|told| told.cursor).collect();
    assert_eq!(heard.len(), 20 * 24);
    assert!(heard.windows(2).all(|pair| pair[0] < pair[1]));
}

#[tokio::test]
async fn law_1_what_is_announced_is_on_disk_and_leaves_in_the_order_of_commits() {
    let folder = tempfile::tempdir().unwrap();
    let own: Arc<OnceLock<Store>> = Arc::default();
    let (seen, (sender, heard)) = (own.clone(), channel());
    let after = Box::new(move |batch: Vec<Announcement>| {
        let view = seen.get().unwrap().snapshot().unwrap();
        for announcement in batch {
            let Event::RoomDeleted { room: number } = announcement.event else { panic!("nothing else was announced") };
            let on_disk = SETTINGS.has(&view, &number.to_string()).unwrap();
            sender.send((announcement.cursor, number, on_disk)).unwrap();
        }
    });
    let store = Store::open(&folder.path().join("data"), after).unwrap();
    let _ = own.set(store.clone());
    let mut answers = Vec::new();
    for number in 0..500_u64 {
        let submitted = store.submit(move |change| {
            SETTINGS.put(change, &number.to_string(), &String::new())?;
            let (audience, log, event) = told(number);
            change.announce(audience, &log, event)
        });
        answers.push(submitted.await.unwrap());
    }
    for answer in answers {
        let cursor = soon("an answer", answer).await.unwrap();
        // Who is answered was announced before.
        let first = heard.try_recv().unwrap();
        assert_eq!((first.0, first.2), (cursor, true));
    }
}

#[tokio::test]
async fn r14_a_database_of_a_newer_version_is_refused_in_a_sentence() {
    let folder = tempfile::tempdir().unwrap();
    let data = folder.path().join("data");
    let store = open(&data);
    store.change(|change| META.put(change, "schema", &(SCHEMA + 1))).await.unwrap();
    drop(store);
    let since = Instant::now();
    let (code, sentence) = loop {
        match refusal(&data) {
            ("locked", _) => assert!(since.elapsed() < DEADLINE),
            other => break other,
        }
    };
    assert_eq!(code, "newer_schema");
    assert!(sentence.contains("written by a newer Snug") && sentence.contains("Start that version"), "{sentence}");
}

#[test]
fn s50_a_data_folder_that_others_may_enter_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    for mode in [0o755, 0o750, 0o701] {
        fs::set_permissions(folder.path(), fs::Permissions::from_mode(mode)).unwrap();
        let (code, sentence) = refusal(folder.path());
        assert_eq!(code, "not_permitted");
        assert!(sentence.contains(&format!("mode {mode:o}")) && sentence.contains("chmod 700"), "{sentence}");
    }
    fs::set_permissions(folder.path(), fs::Permissions::from_mode(0o700)).unwrap();
    drop(open(folder.path()));
    let made = folder.path().join("deep/inside");
    drop(open(&made));
    let mode = |path: &Path| fs::metadata(path).unwrap().permissions().mode() & 0o777;
    assert_eq!(mode(&made), 0o700);
    for file in fs::read_dir(&made).unwrap() {
        assert_eq!(mode(&file.unwrap().path()), 0o600);
    }
}

#[test]
fn r24_a_second_server_on_the_same_folder_is_told_so() {
    let folder = tempfile::tempdir().unwrap();
    let data = folder.path().join("data");
    let first = open(&data);
    let (code, sentence) = refusal(&data);
    assert_eq!(code, "locked");
    let by = format!("in use by another Snug (process {})", std::process::id());
    assert!(sentence.contains(&by), "{sentence}");
    drop(first);
    open(&data);
}

/// Waits until whoever had a folder open is really gone.
fn released(folder: &Path) {
    let since = Instant::now();
    for name in [DATABASE, FILES] {
        while fs::File::open(folder.join(name)).unwrap().try_lock().is_err() {
            assert!(since.elapsed() < DEADLINE);
        }
    }
}

#[test]
fn r6_what_is_no_database_is_refused_and_left_as_it_is() {
    let folder = tempfile::tempdir().unwrap();
    let data = folder.path().join("data");
    drop(open(&data));
    released(&data);
    for name in [DATABASE, FILES] {
        let file = data.join(name);
        let whole = fs::read(&file).unwrap();
        for garbage in [b"this is a letter".to_vec(), vec![0xff; 100_000], whole[..whole.len() / 2].to_vec()] {
            fs::write(&file, &garbage).unwrap();
            let (code, sentence) = refusal(&data);
            assert_eq!(code, "damaged", "{} bytes: {sentence}", garbage.len());
            assert!(sentence.contains("snug backup restore"), "{sentence}");
            assert!(fs::read(&file).unwrap() == garbage);
        }
        fs::write(&file, &whole).unwrap();
    }
    open(&data);
}

#[tokio::test]
async fn events_that_were_pruned_make_a_resume_begin_anew() {
    let world = World::new().await;
    let ann = world.owner("ann").await;
    let hall = ann.makes("public", "hall", &[]).await;
    let since = ann.listens().await.cursor();
    ann.says(hall, "long ago").await;
    assert_eq!(ann.resumes(since).await.hello["resumed"], true);
    // An hour later something happens; when it is a week and an hour old, all before it is forgotten.
    let marked = world.app.store.change(move |change| {
        change.now += limits::HOUR_MS;
        SETTINGS.put(change, "touched", &String::new())
    });
    marked.await.unwrap();
    let middle = ann.listens().await.cursor();
    ann.says(hall, "a while ago").await;
    let prune = |change: &mut snug::store::Change| -> Result<bool> {
        change.now += limits::EVENTS_LIFE_MS + limits::HOUR_MS;
        log::prune(change)
    };
    while world.app.store.change(prune).await.unwrap() {}
    assert_eq!(ann.resumes(since).await.hello["resumed"], false);
    let mut ear = ann.resumes(middle).await;
    assert_eq!(ear.hello["resumed"], true);
    ear.hears(posted("a while ago")).await;
    // The messages themselves stay.
    let kept = ann.get(&format!("/rooms/{hall}/messages")).await.is(200).to_string();
    assert!(kept.contains("long ago"));
}

#[tokio::test]
async fn the_words_of_a_deleted_room_are_swept_away_in_steps() {
    let world = World::new().await;
    let ann = world.owner("ann").await;
    let (hall, den) = (ann.makes("public", "hall", &[]).await, ann.makes("public", "den", &[]).await);
    let mut ear = ann.listens().await;
    for number in 1_000..1_600 {
        ear.tells(json!({"type": "send", "ref": number, "room": hall, "text": "@ann swept"})).await;
    }
    ear.says(den, "kept").await;
    ann.delete(&format!("/rooms/{hall}")).await.is(204);
    ear.hears(event("room.deleted")).await;
    while world.app.store.change(log::prune).await.unwrap() {}
    let view = world.app.store.snapshot().unwrap();
    let rows = everything(&view);
    let with = |text: &str| rows.iter().filter(|(_, _, row)| String::from_utf8_lossy(row).contains(text)).count();
    assert_eq!((with("swept"), with("kept")), (0, 1));
    assert_eq!(rows.iter().filter(|(table, ..)| *table == snug::store::tables::MENTIONS.number).count(), 0);
}

#[tokio::test]
async fn r13_a_backup_restores_to_the_same_rows_and_a_flipped_byte_is_refused() {
    let world = World::new().await;
    let ann = world.owner("ann").await;
    let bob = world.person("bob").await;
    let hall = ann.makes("public", "hall", &[&bob]).await;
    for number in 0..50 {
        ann.says(hall, &format!("message {number} @bob")).await;
    }
    let plan: Vec<u8> = (0..600_000_u32).map(|at| (at.wrapping_mul(at) >> 7) as u8).collect();
    let sent = ann.uploads(hall, "plan", plan).await;
    ann.shows(hall, "", &[&sent]).await;
    ann.uploads(hall, "not-sent", "a few words").await;
    let moment = world.app.store.moment().unwrap();
    let mut bytes = Vec::new();
    let pace = Pace::alone();
    let making = backup::Making { version: "1.2.3", ..plain(&pace) };
    let written = backup::write(&world.app.store, &making, backup::Bytes::Inside, &mut bytes).unwrap();
    let verified = backup::verify(&bytes[..]).unwrap();
    assert_eq!((written.rows, written.bytes, &written.sha256), (verified.rows, bytes.len() as u64, &verified.sha256));
    assert_eq!((verified.header.version.as_str(), verified.header.created_at), ("1.2.3", 77));

    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("snug.backup");
    fs::write(&file, &bytes).unwrap();
    let data = folder.path().join("data");
    assert!(!backup::occupied(&data));
    backup::restore(&file, &data).unwrap();
    assert!(backup::occupied(&data));
    let restored = open(&data);
    // Everything but who was signed in (S57).
    let kept = |rows: Vec<(usize, Vec<u8>, Vec<u8>)>| -> Vec<_> {
        rows.into_iter().filter(|(table, ..)| !backup::DROPPED.contains(&NAMES[*table])).collect()
    };
    let sessions = everything(&moment.0).iter().filter(|(table, ..)| *table == 5).count();
    let view = restored.snapshot().unwrap();
    assert_eq!((sessions, everything(&view).iter().filter(|(table, ..)| *table == 5).count()), (2, 0));
    assert!(kept(everything(&view)) == kept(everything(&moment.0)));
    let (view, files) = restored.moment().unwrap();
    assert_eq!(snug::store::audit::audit(&view, &files).unwrap(), Vec::<String>::new());
    assert_eq!(snug::store::tables::FILES.list(&view, .., 9).unwrap().len(), 2);
    drop((view, files, restored));

    let mut dice = crate::support::Dice(7);
    for _ in 0..60 {
        let at = dice.below(bytes.len() as u64) as usize;
        let mut flipped = bytes.clone();
        flipped[at] ^= 1 << dice.below(8);
        assert!(backup::verify(&flipped[..]).is_err(), "a flipped byte at {at} was not seen");
        fs::write(&file, &flipped).unwrap();
        let refused = backup::restore(&file, &folder.path().join("other")).unwrap_err();
        assert!(matches!(code(&refused), "damaged_backup" | "newer_schema"), "{at}: {refused}");
    }
    for length in [0, 5, bytes.len() / 2, bytes.len() - 1] {
        assert_eq!(code(&backup::verify(&bytes[..length]).unwrap_err()), "damaged_backup", "{length}");
    }
    let longer = [&bytes[..], b"x"].concat();
    assert_eq!(code(&backup::verify(&longer[..]).unwrap_err()), "damaged_backup");
    assert!(!folder.path().join("other").exists(), "nothing is made of a backup that cannot be used");
}

/// Rows that only make sense together, changed without a pause while copies are made: each copy is one moment.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn r13_a_copy_in_slices_is_one_moment_whatever_is_written_meanwhile() {
    const PAIRS: u64 = 2_000;
    let folder = tempfile::tempdir().unwrap();
    let store = open(&folder.path().join("data"));
    // In two tables far from each other, some rows larger than others; their sum never changes.
    let put = |change: &mut snug::store::Change, number: u64, value: u64| -> Result<()> {
        SETTINGS.put(change, &format!("{number:05}"), &format!("{value} {}", "x".repeat((number % 700) as usize)))?;
        snug::store::tables::DELIVERED.put(change, number, &value)
    };
    store.change(move |change| (0..PAIRS).try_for_each(|number| put(change, number, 1_000))).await.unwrap();
    let (stop, stopped) = tokio::sync::watch::channel(false);
    let acknowledged = Arc::new(std::sync::atomic::AtomicU64::new(0));
    let busy: Vec<_> = (0..8_u64)
        .map(|seed| {
            let (store, stopped, acknowledged) = (store.clone(), stopped.clone(), acknowledged.clone());
            tokio::spawn(async move {
                let mut dice = crate::support::Dice(seed);
                let mut rounds = 0_u64;
                while !*stopped.borrow() {
                    let (from, to) = (dice.below(PAIRS), dice.below(PAIRS));
                    store
                        .change(move |change| {
                            let of = |change: &snug::store::Change, number: u64| {
                                snug::store::tables::DELIVERED.get(change, number).map(Option::unwrap_or_default)
                            };
                            let (a, b) = (of(change, from)?, of(change, to)?);
                            if from == to || a == 0 {
                                return Ok(());
                            }
                            // Who has nothing left is gone, and comes back when somebody gives.
                            if a == 1 {
                                SETTINGS.remove(change, &format!("{from:05}"))?;
                                snug::store::tables::DELIVERED.remove(change, from)?;
                            } else {
                                put(change, from, a - 1)?;
                            }
                            put(change, to, b + 1)?;
                            let done = META.get(change, "test")?.unwrap_or(0) + 1;
                            META.put(change, "test", &done)
                        })
                        .await
                        .unwrap();
                    rounds += 1;
                    acknowledged.fetch_add(1, std::sync::atomic::Ordering::Relaxed);
                }
                rounds
            })
        })
        .collect();
    for copy in 0..6 {
        let (store, folder, acknowledged) = (store.clone(), folder.path().to_owned(), acknowledged.clone());
        let looked = tokio::task::spawn_blocking(move || {
            let before = store.snapshot().unwrap();
            let before = META.get(&before, "test").unwrap().unwrap_or(0);
            let (file, data) = (folder.join(format!("{copy}.snug")), folder.join(copy.to_string()));
            // Slowly, as down a thin line, so that much changes meanwhile.
            let mut out = Slow(fs::File::create(&file).unwrap(), 0);
            let pace = Pace::alone();
            backup::write(&store, &plain(&pace), backup::Bytes::Inside, &mut out).unwrap();
            let after = acknowledged.load(std::sync::atomic::Ordering::Relaxed);
            backup::restore(&file, &data).unwrap();
            let restored = open(&data);
            let view = restored.snapshot().unwrap();
            let (mut sum, mut rows) = (0, 0);
            snug::store::tables::DELIVERED
                .walk(&view, .., snug::store::Direction::Up, |number, value| {
                    let twin = SETTINGS.get(&view, &format!("{number:05}"))?.expect("both are there or none");
                    assert_eq!(twin.split(' ').next().unwrap(), value.to_string(), "both halves of one change");
                    sum += value;
                    rows += 1;
                    Ok(true)
                })
                .unwrap();
            let done = META.get(&view, "test").unwrap().unwrap_or(0);
            assert_eq!((sum, rows), (PAIRS * 1_000, view.count(SETTINGS.number).unwrap() as usize), "copy {copy}");
            assert!(before <= done && done <= after + 8, "{before} {done} {after}");
            done - before
        });
        let meanwhile = looked.await.unwrap();
        println!("copy {copy}: {meanwhile} changes came while it was made, and are in it");
    }
    stop.send(true).unwrap();
    for busy in busy {
        assert!(busy.await.unwrap() > 0);
    }
}

/// A file that takes its time.
struct Slow(fs::File, usize);

impl std::io::Write for Slow {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        self.1 += bytes.len();
        if self.1 > 64 * 1024 {
            self.1 = 0;
            self.0.sync_data()?;
        }
        self.0.write(bytes)
    }
    fn flush(&mut self) -> std::io::Result<()> {
        self.0.flush()
    }
}

/// A backup as the version before files wrote it: fewer tables, an older schema, no bytes.
#[tokio::test]
async fn r14_a_backup_from_before_there_were_files_still_restores() {
    let mut bytes =
        b"snug backup 1\n{\"version\":\"0.1.0\",\"schema\":2,\"created_at\":7,\"last_id\":9,\"server\":\"\"}\n"
            .to_vec();
    let row = |bytes: &mut Vec<u8>, key: &[u8], row: &[u8]| {
        bytes.push(b'R');
        for item in [key, row] {
            bytes.extend((item.len() as u32).to_be_bytes());
            bytes.extend(item);
        }
    };
    for name in &NAMES[..34] {
        bytes.push(b'T');
        bytes.extend((name.len() as u16).to_be_bytes());
        bytes.extend(name.as_bytes());
        match *name {
            "meta" => {
                row(&mut bytes, b"last_id", b"\x01\x09");
                row(&mut bytes, b"schema", b"\x01\x02");
            }
            "messages" => {
                let key = [3_u64.to_be_bytes(), 8_u64.to_be_bytes()].concat();
                row(&mut bytes, &key, b"\x01\x00\x00\x07\x00\xe8\x07\x00\x00\x00\x00\x00\x05hello");
            }
            _ => {}
        }
    }
    bytes.push(b'E');
    bytes.extend(3_u64.to_be_bytes());
    let sum = sha2::Sha256::digest(&bytes);
    bytes.extend(sum);
    let folder = tempfile::tempdir().unwrap();
    let (file, data) = (folder.path().join("old.snug"), folder.path().join("data"));
    fs::write(&file, &bytes).unwrap();
    assert_eq!(backup::restore(&file, &data).unwrap().rows, 3);
    let store = open(&data);
    let (view, files) = store.moment().unwrap();
    assert_eq!(META.get(&view, "schema").unwrap(), Some(SCHEMA));
    let message = snug::store::tables::MESSAGES.get(&view, (3, 8)).unwrap().unwrap();
    assert_eq!((message.text.as_str(), message.files.len()), ("hello", 0));
    assert_eq!(snug::store::audit::audit(&view, &files).unwrap(), Vec::<String>::new());
}
