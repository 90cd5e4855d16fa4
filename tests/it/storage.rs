//! The server's disk: its figures, and databases made smaller while people go on.
use crate::support::{Person, World};
use serde_json::{Value, json};
use snug::store::audit::audit;
use snug::store::compact;
use std::fs;
use std::sync::atomic::{AtomicBool, Ordering};

async fn compacted(world: &World, admin: &Person) -> Value {
    admin.post("/admin/compact", json!({})).await;
    world.app.compacted().await;
    admin.get("/admin/storage").await.is(200)["compaction"].clone()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn databases_are_made_smaller_while_people_talk_and_nothing_is_lost() {
    let world = World::new().await;
    let ann = world.owner("ann").await;
    let bob = world.person("bob").await;
    let hall = ann.makes("public", "hall", &[&bob]).await;
    bob.get("/admin/storage").await.refused(403, "forbidden");
    bob.post("/admin/compact", json!({})).await.refused(403, "forbidden");
    let mut files = Vec::new();
    for number in 0..24u8 {
        let bytes: Vec<u8> = (0..2_000_000usize).map(|at| (at / 3 + at * at) as u8 ^ number).collect();
        files.push(ann.uploads(hall, "film.bin", bytes).await["id"].as_str().unwrap().to_owned());
    }
    let kept = files.pop().unwrap();
    for id in files {
        ann.delete(&format!("/files/{id}")).await.is(204);
    }
    world.app.free_blobs().await.unwrap();
    for number in 0..800 {
        ann.says(hall, &format!("{number} {}", "words ".repeat(30))).await;
    }

    let data = world.folder.path().join("data");
    let before = compact::size(&data).unwrap();
    let stop = AtomicBool::new(false);
    let talk = async {
        let mut said = Vec::new();
        while !stop.load(Ordering::Relaxed) || said.len() < 20 {
            let id = bob.says(hall, &format!("meanwhile {}", said.len())).await;
            if said.len() % 3 == 0 {
                bob.delete(&format!("/rooms/{hall}/messages/{id}")).await.is(204);
            } else {
                bob.patch(&format!("/rooms/{hall}/messages/{id}"), json!({"text": format!("changed {id}")}))
                    .await
                    .is(200);
            }
            said.push(id);
        }
        said
    };
    let meanwhile = || -> Vec<u8> { (0..5_000_000usize).map(|at| (at * 7 / 3) as u8).collect() };
    let upload = async { bob.uploads(hall, "meanwhile.bin", meanwhile()).await["id"].as_str().unwrap().to_owned() };
    let compaction = async {
        let first = compacted(&world, &ann).await;
        let again = compacted(&world, &ann).await;
        stop.store(true, Ordering::Relaxed);
        (first, again)
    };
    let (said, uploaded, (first, again)) = tokio::join!(talk, upload, compaction);
    for state in [&first, &again] {
        assert!(state["last"]["error"].is_null() && state["running"] == false, "{state}");
    }
    assert!(first["last"]["after_bytes"].as_u64().unwrap() < before / 2, "{before}: {first}");
    for (number, id) in said.iter().enumerate() {
        let message = ann.get(&format!("/rooms/{hall}/messages/{id}")).await.is(200);
        assert_eq!(message["deleted"], number % 3 == 0, "{message}");
        if number % 3 != 0 {
            assert_eq!(message["text"], format!("changed {id}"));
        }
    }
    let sound = async |world: &World| {
        let (view, bytes) = world.app.store.moment().unwrap();
        assert_eq!(audit(&view, &bytes).unwrap(), Vec::<String>::new());
    };
    sound(&world).await;
    assert!(
        fs::read_dir(&data).unwrap().all(|file| !file.unwrap().file_name().to_str().unwrap().contains("compacting"))
    );
    let world = world.restarts().await;
    let ann = Person { door: world.door.clone(), ..ann };
    sound(&world).await;
    let bob = Person { door: world.door.clone(), ..bob };
    let film = |number: u8| -> Vec<u8> { (0..2_000_000usize).map(|at| (at / 3 + at * at) as u8 ^ number).collect() };
    assert!(ann.fetches(&format!("/files/{kept}/film.bin")).await.body == film(23));
    assert!(bob.fetches(&format!("/files/{uploaded}/meanwhile.bin")).await.body == meanwhile());
    ann.says(hall, "after").await;
    let storage = ann.get("/admin/storage").await.is(200);
    let store = &storage["store"];
    assert_eq!(store["mode"], "ok");
    assert!(
        store["live_bytes"].as_u64().unwrap() > 5_000_000
            && store["size_bytes"].as_u64() >= store["live_bytes"].as_u64()
    );
    assert!(store["free_bytes"].as_u64() > store["reserve_bytes"].as_u64());
    assert_eq!(ann.get("/admin/status").await.is(200)["store"]["mode"], "ok");
}
