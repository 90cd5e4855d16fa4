//! R4: a disk that fills up refuses files first, then words, and never reading; room that comes back counts at once.
use crate::support::{DEADLINE, PASSWORD, Person, World};
use serde_json::json;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::{Duration, Instant};

/// Bytes of the disk, and of one file that goes on it.
const DISK: u64 = 64 << 20;
const FILE: usize = 3 << 20;

/// A small disk of its own, until it is dropped.
pub struct Disk(pub PathBuf);

impl Disk {
    /// None where mounting is not allowed.
    pub fn mount(at: &Path) -> Option<Disk> {
        let size = format!("size={DISK},mode=0700");
        let mounted = Command::new("mount").args(["-t", "tmpfs", "-o", &size, "snug-test"]).arg(at).output();
        mounted.is_ok_and(|output| output.status.success()).then(|| Disk(at.to_owned()))
    }

    pub fn free(&self) -> u64 {
        let found = rustix::fs::statvfs(&self.0).unwrap();
        found.f_bavail * found.f_frsize
    }
}

impl Drop for Disk {
    fn drop(&mut self) {
        let _ = Command::new("umount").arg("--lazy").arg(&self.0).status();
    }
}

/// A house on a small disk, with somebody and their room.
struct Scene {
    world: World,
    ada: Person,
    room: u64,
    disk: Disk,
    _outer: tempfile::TempDir,
}

impl Scene {
    /// None, with a reason, where mounting is not allowed.
    async fn begin() -> Option<Scene> {
        let outer = tempfile::tempdir().unwrap();
        let Some(disk) = Disk::mount(outer.path()) else {
            println!("skipped: only root may make a small disk to fill");
            return None;
        };
        let world = World::on(tempfile::tempdir_in(&disk.0).unwrap(), &[]).await;
        let ada = world.owner("ada").await;
        let room = ada.makes("private", "den", &[]).await;
        Some(Scene { world, ada, room, disk, _outer: outer })
    }
}

/// Asks again until it is answered so: the disk is looked at once a second.
async fn until(status: u16, mut ask: impl AsyncFnMut() -> u16) {
    let since = Instant::now();
    loop {
        match ask().await {
            found if found == status => return,
            found => assert!(since.elapsed() < DEADLINE, "{found}, not {status}"),
        }
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
}

async fn says(person: &Person, room: u64) -> u16 {
    let answer = person.post(&format!("/rooms/{room}/messages"), json!({"text": "words"})).await;
    if answer.status == 507 {
        answer.refused(507, "storage_full");
        return 507;
    }
    answer.status.as_u16()
}

async fn uploads(person: &Person, room: u64, seed: u8) -> (u16, String) {
    // No two are equal, or they would be stored once.
    let bytes: Vec<u8> = (0..FILE).map(|at| (at / 7 + at * at) as u8 ^ seed).collect();
    let path = format!("/api/v1/rooms/{room}/files?name=a.bin");
    let answer = person.sends("POST", &path, "application/octet-stream", bytes).await;
    match answer.status.as_u16() {
        507 => (507, answer.refused(507, "storage_full")["code"].to_string()),
        status => (status, answer.json()["id"].as_str().unwrap().to_owned()),
    }
}

#[tokio::test]
async fn r4_a_full_disk_refuses_files_then_words_never_reading_and_all_is_well_when_there_is_room() {
    let Some(Scene { disk, world, ada, room, _outer }) = Scene::begin().await else { return };
    let mut files = Vec::new();
    for seed in 0..=u8::MAX {
        match uploads(&ada, room, seed).await {
            (201, id) => files.push(id),
            (status, _) => {
                assert_eq!(status, 507);
                break;
            }
        }
    }
    // What files may not take is kept for words.
    assert!(files.len() >= 4 && disk.free() >= 12 << 20, "{} files, {} free", files.len(), disk.free());
    let last = ada.says(room, "still here").await;

    let fill = disk.0.join("fill");
    fs::write(&fill, vec![1; (disk.free() - (2 << 20)) as usize]).unwrap();
    until(507, async || says(&ada, room).await).await;
    assert_eq!(uploads(&ada, room, 255).await.0, 507);
    let page = ada.get(&format!("/rooms/{room}/messages")).await.is(200);
    assert_eq!(page["messages"].as_array().unwrap().iter().filter(|message| message["id"] == last).count(), 1);
    let again = world.post("/auth/login", json!({"username": "ada", "password": PASSWORD})).await;
    let again = Person::signed_in(&world.door, again);
    again.post("/auth/logout", json!({})).await.is(204);
    ada.delete(&format!("/files/{}", files.pop().unwrap())).await.is(204);
    ada.delete(&format!("/rooms/{room}/messages/{last}")).await.is(204);

    // Without a restart.
    fs::remove_file(&fill).unwrap();
    until(201, async || says(&ada, room).await).await;
    for id in files.drain(..) {
        ada.delete(&format!("/files/{id}")).await.is(204);
    }
    until(201, async || uploads(&ada, room, 254).await.0).await;
    drop(world.stop().await);
}

/// What is let in although hardly anything is left, such as a deletion, may find no room at all: the database fails, and is
/// opened again.
#[tokio::test]
async fn r4_a_disk_that_is_really_full_fails_and_is_well_again_without_a_restart() {
    let Some(Scene { disk, world, ada, room, _outer }) = Scene::begin().await else { return };
    let words = "words that take some room ".repeat(500);
    let mut said = Vec::new();
    for _ in 0..100 {
        said.push(ada.says(room, &words).await);
    }
    let file = uploads(&ada, room, 1).await.1;
    let fill = disk.0.join("fill");
    fs::write(&fill, vec![1; disk.free() as usize]).unwrap();
    assert_eq!(disk.free(), 0);
    // Changes that are always let in, until one finds no page.
    let mut full = 0;
    for number in 0..400 {
        let id = said[number % said.len()];
        let body = json!({"text": format!("{number} {words}")});
        match ada.patch(&format!("/rooms/{room}/messages/{id}"), body).await.status.as_u16() {
            200 => {}
            507 => full += 1,
            status => panic!("{status}"),
        }
        if full > 5 {
            break;
        }
    }
    println!("{full} changes found no room");
    assert!(full > 0, "the disk never was full");
    let page = ada.get(&format!("/rooms/{room}/messages")).await.is(200);
    assert_eq!(page["messages"].as_array().unwrap().len(), 50);
    assert_eq!(world.get("/healthz").await.status, 200);
    fs::remove_file(&fill).unwrap();
    until(201, async || says(&ada, room).await).await;
    ada.patch(&format!("/rooms/{room}/messages/{}", said[0]), json!({"text": "changed"})).await.is(200);
    ada.get(&format!("/files/{file}")).await.is(200);
    until(201, async || uploads(&ada, room, 2).await.0).await;
    assert_eq!(world.get("/readyz").await.status, 200);
    drop(world.stop().await);
}
