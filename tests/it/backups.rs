//! Backups that the server makes by itself: stored once, restored on trial, rotated, told of, and never at the cost of the disk.
use crate::age;
use crate::damage::released;
use crate::full::Disk;
use crate::support::{DEADLINE, Person, World, soon};
use serde_json::{Value, json};
use snug::backups::{Errand, Kind};
use snug::store::backup;
use std::fs;
use std::path::{Path, PathBuf};
use std::time::Duration;

fn folder(world: &World) -> PathBuf {
    world.app.config.backup.folder.clone()
}

/// Waits until nothing is made or checked.
async fn quiet(admin: &Person) -> Value {
    let done = async {
        loop {
            let list = admin.get("/admin/backups").await.is(200);
            if list["working"].is_null() {
                return list;
            }
            tokio::task::yield_now().await;
        }
    };
    tokio::time::timeout(4 * DEADLINE, done).await.expect("a backup ends")
}

/// Makes one by hand: what is said of it.
async fn make(admin: &Person) -> Value {
    let begun = admin.post("/admin/backups", json!(null)).await.is(202);
    assert!(begun["working"].is_object() || begun["working"].is_null());
    quiet(admin).await["backups"][0].clone()
}

/// The files below a folder, by name.
fn below(folder: &Path) -> Vec<PathBuf> {
    let mut found = Vec::new();
    for entry in fs::read_dir(folder).into_iter().flatten() {
        let path = entry.unwrap().path();
        if path.is_dir() { found.extend(below(&path)) } else { found.push(path) }
    }
    found.sort();
    found
}

fn noise(seed: u64, length: usize) -> Vec<u8> {
    let mut dice = crate::support::Dice(seed);
    (0..length).map(|_| dice.below(256) as u8).collect()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn s57_a_backup_is_made_checked_and_told_of_and_files_are_stored_once() {
    let world = World::new().await;
    let ada = world.owner("ada").await;
    let bob = world.person("bob").await;
    let room = ada.makes("private", "den", &[&bob]).await;
    for number in 0..20 {
        ada.says(room, &format!("word {number}")).await;
    }
    let plan = ada.uploads(room, "plan", noise(1, 700_000)).await;
    ada.shows(room, "look", &[&plan]).await;
    let empty = ada.get("/admin/backups").await.is(200);
    assert_eq!((&empty["count"], &empty["alarm"], &empty["nightly"]), (&json!(0), &json!(false), &json!("03:30")));
    assert!(empty["next_at"].is_u64(), "{empty}");

    let first = make(&ada).await;
    assert_eq!(
        (&first["kind"], &first["verified"], &first["problem"]),
        (&json!("manual"), &json!("restored"), &Value::Null)
    );
    assert_eq!((&first["files"], &first["file_bytes"]), (&json!(1), &json!(700_000)));
    let beside = below(&folder(&world).join("files"));
    assert_eq!(beside.len(), 1);
    let again = ada.uploads(room, "another", noise(2, 300_000)).await;
    ada.shows(room, "", &[&again]).await;
    let second = make(&ada).await;
    assert_eq!(second["file_bytes"], 1_000_000);
    let added = second["added_bytes"].as_u64().unwrap() - second["bytes"].as_u64().unwrap();
    assert_eq!(added, 300_000, "what an earlier one has already is not stored again");
    assert_eq!(below(&folder(&world).join("files")).len(), 2);
    for path in below(&folder(&world)) {
        use std::os::unix::fs::PermissionsExt;
        assert_eq!(fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o600, "{path:?}");
    }
    assert!(!world.app.config.data.join("trial").exists());

    let status = ada.get("/admin/status").await.is(200)["backups"].clone();
    assert_eq!((&status["count"], &status["alarm"], &status["last_error"]), (&json!(2), &json!(false), &Value::Null));
    assert_eq!(status["last_verified_at"], ada.get("/admin/backups").await.is(200)["backups"][0]["verified_at"]);
    let name = first["name"].as_str().unwrap();
    ada.post(&format!("/admin/backups/{name}/verify"), json!(null)).await.is(202);
    let list = quiet(&ada).await;
    assert!(list["backups"][1]["verified_at"].as_u64() > first["verified_at"].as_u64());
    let entries = async |action: &str| {
        let told = ada.get(&format!("/admin/audit?action={action}")).await.is(200)["entries"].clone();
        told.as_array().unwrap().iter().map(|entry| entry["details"].clone()).collect::<Vec<_>>()
    };
    let made = soon("the entries", async {
        loop {
            let made = entries("backup.made").await;
            if made.len() == 2 && !entries("backup.verified").await.is_empty() {
                return made;
            }
        }
    });
    assert_eq!(made.await[0], json!({"name": second["name"], "checked": "restored"}));

    // Refusals, each beside what is allowed.
    bob.get("/admin/backups").await.refused(403, "forbidden");
    bob.post("/admin/backups", json!(null)).await.refused(403, "forbidden");
    ada.post("/admin/backups/none/verify", json!(null)).await.refused(404, "not_found");
    let begun = world.app.backups.begin(Errand::Verify(name.to_owned())).unwrap();
    ada.post("/admin/backups", json!(null)).await.refused(409, "backup_running");
    world.app.backups.forget(&begun);
    make(&ada).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn s57_what_is_damaged_is_found_told_and_mended_by_the_next_one() {
    let world = World::new().await;
    let ada = world.owner("ada").await;
    let room = ada.makes("private", "den", &[]).await;
    let plan = ada.uploads(room, "plan", noise(1, 200_000)).await;
    ada.shows(room, "look", &[&plan]).await;
    let good = make(&ada).await;
    let name = good["name"].as_str().unwrap().to_owned();
    let verify = async || {
        ada.post(&format!("/admin/backups/{name}/verify"), json!(null)).await.is(202);
        quiet(&ada).await
    };
    let of = |list: &Value, name: &str| {
        list["backups"].as_array().unwrap().iter().find(|kept| kept["name"] == name).unwrap().clone()
    };
    let bytes = below(&folder(&world).join("files")).remove(0);
    let rows = folder(&world).join(format!("{name}.snug"));
    for path in [&bytes, &rows] {
        let whole = fs::read(path).unwrap();
        let mut flipped = whole.clone();
        flipped[whole.len() / 2] ^= 8;
        fs::write(path, &flipped).unwrap();
        let list = verify().await;
        assert!(of(&list, &name)["problem"].as_str().unwrap().contains("cannot be used"), "{list}");
        assert_eq!(list["alarm"], true);
        let status = ada.get("/admin/status").await.is(200)["backups"].clone();
        assert!(status["last_error"].as_str().unwrap().contains(&name));
        if path == &bytes {
            // The next one finds that what is there is not good any more, and writes it again.
            let next = make(&ada).await;
            assert_eq!((&next["verified"], &next["problem"]), (&json!("restored"), &Value::Null));
            assert_eq!(fs::read(&bytes).unwrap(), whole);
        } else {
            fs::write(path, &whole).unwrap();
        }
    }
    fs::remove_file(&bytes).unwrap();
    let list = verify().await;
    assert!(of(&list, &name)["problem"].is_string());
    assert_eq!(make(&ada).await["problem"], Value::Null);
    let failed = ada.get("/admin/audit?action=backup.failed").await.is(200);
    assert!(!failed["entries"].as_array().unwrap().is_empty());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn s57_old_ones_go_and_with_them_the_bytes_that_only_they_named() {
    let world = World::with(&[("SNUG_BACKUP__KEEP_DAILY", "2"), ("SNUG_BACKUP__KEEP_WEEKLY", "0")]).await;
    let ada = world.owner("ada").await;
    let room = ada.makes("private", "den", &[]).await;
    let nightly = async || {
        let work = world.app.backups.begin(Errand::Make(Kind::Nightly)).unwrap();
        world.app.clone().run_errand(work, snug::chat::audit::By::SERVER).await;
    };
    let show = async |seed: u64| {
        let file = ada.uploads(room, "x", noise(seed, 50_000)).await;
        ada.shows(room, "", &[&file]).await
    };
    let gone = show(1).await;
    nightly().await;
    // Made a day, and two days, ago.
    let age = |days: u64| {
        let list = snug::backups::found_in(&folder(&world)).unwrap();
        for kept in &list {
            let about = kept.file.with_extension("about");
            let Ok(text) = fs::read_to_string(&about) else { continue };
            let before = format!("\"created_at\":{}", kept.created_at);
            let after = format!("\"created_at\":{}", kept.created_at - days * 86_400_000);
            fs::write(&about, text.replacen(&before, &after, 1)).unwrap();
        }
    };
    age(1);
    ada.delete(&format!("/rooms/{room}/messages/{}", gone["id"])).await.is(204);
    show(2).await;
    let by_hand = make(&ada).await;
    age(1);
    nightly().await;
    assert_eq!(below(&folder(&world).join("files")).len(), 2, "the oldest still names the first file");
    age(1);
    show(3).await;
    nightly().await;
    let list = quiet(&ada).await;
    let kinds: Vec<_> = list["backups"].as_array().unwrap().iter().map(|kept| kept["kind"].clone()).collect();
    assert_eq!(kinds, ["nightly", "nightly", "manual"], "what was made by hand stays");
    assert_eq!(list["backups"][2]["name"], by_hand["name"]);
    assert_eq!(below(&folder(&world).join("files")).len(), 2, "and the first file went with the one that named it");
    assert!(list["bytes"].as_u64().unwrap() > 100_000);
    // What somebody else put there is none of ours, but its bytes would be: nothing goes while that is not known.
    fs::write(folder(&world).join("strange.snug"), "no backup").unwrap();
    age(2);
    nightly().await;
    assert!(below(&folder(&world).join("files")).len() >= 2);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn s57_an_encrypted_one_is_read_by_age_and_by_nobody_here() {
    if !age::judge() {
        return;
    }
    let keys = tempfile::tempdir().unwrap();
    let (identity, recipient) = age::keys(keys.path());
    let world = World::with(&[("SNUG_BACKUP__AGE_RECIPIENTS", &recipient)]).await;
    let ada = world.owner("ada").await;
    let room = ada.makes("private", "den", &[]).await;
    ada.says(room, "nobody reads this in the folder").await;
    let plan = ada.uploads(room, "plan", noise(5, 400_000)).await;
    ada.shows(room, "look", &[&plan]).await;
    let made = make(&ada).await;
    assert_eq!(
        (&made["encrypted"], &made["verified"], &made["problem"]),
        (&json!(true), &json!("restored"), &Value::Null)
    );
    let second = make(&ada).await;
    assert_eq!(second["added_bytes"], second["bytes"], "its files are there already");
    for path in below(&folder(&world)) {
        let bytes = fs::read(&path).unwrap();
        let reads = |needle: &[u8]| bytes.windows(needle.len()).any(|part| part == needle);
        assert!(!reads(b"nobody reads this") && !reads(&noise(5, 40)), "{path:?}");
        // Nor does a name tell which files there are.
        let sum = snug::store::backup::hex(&<sha2::Sha256 as sha2::Digest>::digest(noise(5, 400_000)));
        assert!(!path.display().to_string().contains(&sum));
    }
    let name = made["name"].as_str().unwrap().to_owned();
    let file = folder(&world).join(format!("{name}.snug.age"));
    let plain = age::decrypted(&identity, &file).unwrap();
    assert!(plain.starts_with(b"snug backup 2\n"));
    let bytes = below(&folder(&world).join("files")).remove(0);
    assert!(age::decrypted(&identity, &bytes).unwrap() == noise(5, 400_000));

    // Restored elsewhere, by who has the identity.
    let text = fs::read_to_string(&identity).unwrap();
    let source = || snug::backups::Source::of(&file, snug::age::Identity::all_of(&text).unwrap()).unwrap();
    let (one, other) = (source(), tempfile::tempdir().unwrap());
    let data = other.path().join("data");
    let restored = snug::store::backup::restore_with(|| one.stream(), &|name| one.beside(name), &data)
        .map(|made| made.summary.rows);
    assert_eq!(restored.unwrap(), made["rows"].as_u64().unwrap());
    assert!(snug::backups::Source::of(&file, Vec::new()).is_err());

    // Nobody here can open it, and a flipped byte is found all the same.
    for path in [&file, &bytes] {
        let whole = fs::read(path).unwrap();
        let mut flipped = whole.clone();
        flipped[whole.len() / 2] ^= 8;
        fs::write(path, &flipped).unwrap();
        ada.post(&format!("/admin/backups/{name}/verify"), json!(null)).await.is(202);
        let list = quiet(&ada).await;
        assert!(list["backups"][1]["problem"].is_string(), "{list}");
        fs::write(path, &whole).unwrap();
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn s57_one_that_was_missed_is_due_a_while_after_the_start_and_not_before() {
    let world = World::new().await;
    let ada = world.owner("ada").await;
    let now = snug::clock::now();
    let due = |at| world.app.backups.is_due(at).unwrap();
    assert!(!due(now), "the start comes first");
    assert!(due(now + 6 * 60_000), "none was ever made");
    let work = world.app.backups.begin(Errand::Make(Kind::Nightly)).unwrap();
    world.app.clone().run_errand(work, snug::chat::audit::By::SERVER).await;
    assert!(!due(now + 6 * 60_000), "it was made");
    let next = ada.get("/admin/backups").await.is(200)["next_at"].as_u64().unwrap();
    assert!(next > now && next <= now + 25 * 3_600_000, "{next}");
    assert!(due(next + 1) && !due(next - 1));

    let off = World::with(&[("SNUG_BACKUP__NIGHTLY", "")]).await;
    let owner = off.owner("olga").await;
    assert!(!off.app.backups.is_due(now + 400_000_000).unwrap());
    let list = owner.get("/admin/backups").await.is(200);
    assert_eq!((&list["next_at"], &list["nightly"], &list["alarm"]), (&Value::Null, &Value::Null, &json!(false)));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn s57_a_folder_that_cannot_be_written_alarms_and_does_not_stop_the_server() {
    let world = World::with(&[("SNUG_BACKUP__FOLDER", "/nowhere/at/all")]).await;
    let ada = world.owner("ada").await;
    ada.post("/admin/backups", json!(null)).await.is(202);
    let list = quiet(&ada).await;
    assert_eq!((&list["alarm"], &list["count"]), (&json!(true), &json!(0)));
    assert!(list["last_error"].as_str().unwrap().contains("/nowhere/at/all"), "{list}");
    let room = ada.makes("private", "den", &[]).await;
    ada.says(room, "still here").await;
    tokio::time::timeout(DEADLINE + Duration::from_secs(1), world.stop()).await.unwrap();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn r4_a_backup_stops_long_before_the_disk_is_full_and_leaves_nothing_half() {
    let outer = tempfile::tempdir().unwrap();
    let Some(disk) = Disk::mount(outer.path()) else {
        println!("skipped: only root may make a small disk to fill");
        return;
    };
    let folder = disk.0.join("backups");
    let world = World::with(&[("SNUG_BACKUP__FOLDER", folder.to_str().unwrap())]).await;
    let ada = world.owner("ada").await;
    let room = ada.makes("private", "den", &[]).await;
    for seed in 0..3 {
        let file = ada.uploads(room, "x", noise(seed, 2_000_000)).await;
        ada.shows(room, "", &[&file]).await;
    }
    // Room for two of the three, and then what no backup takes: twice what uploads keep free.
    let kept_free = 2 * snug::limits::SPACE_RESERVE_BYTES;
    let fill = disk.0.join("fill");
    fs::write(&fill, vec![1; (disk.free() - kept_free - 4_500_000) as usize]).unwrap();
    ada.post("/admin/backups", json!(null)).await.is(202);
    let list = quiet(&ada).await;
    assert_eq!((&list["count"], &list["alarm"]), (&json!(0), &json!(true)), "{list}");
    assert!(list["last_error"].as_str().unwrap().contains("no room for a backup"), "{list}");
    assert!(disk.free() >= kept_free - 2_000_000, "{} free", disk.free());
    assert!(below(&folder).iter().all(|path| path.extension().is_none()), "{:?}", below(&folder));
    fs::remove_file(&fill).unwrap();
    let made = make(&ada).await;
    assert_eq!((&made["verified"], &made["problem"]), (&json!("restored"), &Value::Null));
    assert_eq!(ada.get("/admin/backups").await.is(200)["alarm"], false);
    world.stop().await;
}

#[tokio::test]
async fn a_restore_that_comes_to_nothing_leaves_nothing_and_the_old_house_stands() {
    let world = World::new().await;
    let ada = world.owner("ada").await;
    let room = ada.makes("private", "den", &[]).await;
    ada.uploads(room, "plan.bin", vec![7; 400_000]).await;
    let backups = world.app.backups.clone();
    let whole = tokio::task::spawn_blocking(move || {
        let mut whole = Vec::new();
        backups.stream(&mut whole).map(|()| whole)
    });
    let whole = whole.await.unwrap().unwrap();
    let folder = world.stop().await;
    let data = folder.path().join("data");
    // Who had it closes it after it stopped.
    released(&data);
    let rows = || fs::read(data.join("snug.redb")).unwrap();
    let before = rows();
    // The second time it is read, its end is missing: as on a disk that fails, or that is full.
    let reads = std::cell::Cell::new(0);
    let source = |cut: bool| {
        reads.set(reads.get() + 1);
        let length = if cut && reads.get() == 2 { whole.len() / 2 } else { whole.len() };
        Ok(std::io::Cursor::new(whole[..length].to_vec()))
    };
    let refused = backup::restore_with(|| source(true), &backup::none_beside, &data).map(drop).unwrap_err();
    assert!(!refused.to_string().contains("in use"), "{refused}");
    assert!(rows() == before);
    let left: Vec<_> =
        below(&data).into_iter().filter(|path| path.display().to_string().contains(".restoring")).collect();
    assert_eq!(left, Vec::<PathBuf>::new());
    backup::restore_with(|| source(false), &backup::none_beside, &data).unwrap();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_is_known_of_a_backup_that_never_came_to_be_goes_with_the_next_one() {
    let world = World::new().await;
    let ada = world.owner("ada").await;
    make(&ada).await;
    let folder = folder(&world);
    for name in ["2020-01-01T000000Z-nightly.about", "2020-01-01T000000Z-nightly.snug.partial", "read me.txt"] {
        fs::write(folder.join(name), "{}").unwrap();
    }
    make(&ada).await;
    let left: Vec<String> =
        below(&folder).iter().map(|path| path.file_name().unwrap().to_string_lossy().into_owned()).collect();
    assert!(left.contains(&"read me.txt".to_owned()) && !left.iter().any(|name| name.starts_with("2020")), "{left:?}");
    let count = |end: &str| left.iter().filter(|name| name.ends_with(end)).count();
    assert_eq!((count(".snug"), count(".about")), (2, 2), "{left:?}");
}
