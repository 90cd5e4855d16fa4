//! R5: a real disk that turns read-only under a running server, and one that is when it starts.
use crate::crash::Server;
use crate::eio::answers;
use crate::full::Disk;
use crate::support::pebble::free;
use crate::support::{DEADLINE, Door, PASSWORD, Person, World};
use serde_json::json;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::{Duration, Instant};

/// Bytes of the disk.
const DISK: u64 = 96 << 20;

/// An ext4 of its own in a file, mounted until it is dropped.
struct Ext4 {
    image: PathBuf,
    at: PathBuf,
}

fn done(command: &mut Command) -> bool {
    command.output().is_ok_and(|output| output.status.success())
}

impl Ext4 {
    /// None where that is not allowed.
    fn make(folder: &Path) -> Option<Ext4> {
        let disk = Ext4 { image: folder.join("disk"), at: folder.join("at") };
        fs::create_dir(&disk.at).unwrap();
        fs::File::create(&disk.image).unwrap().set_len(DISK).unwrap();
        let made = done(Command::new("mkfs.ext4").args(["-q", "-F"]).arg(&disk.image));
        (made && disk.mount()).then_some(disk)
    }

    fn mount(&self) -> bool {
        done(Command::new("mount").args(["-o", "loop"]).arg(&self.image).arg(&self.at))
    }

    /// What the kernel does when the disk below fails: nothing is written any more.
    fn fail(&self) -> bool {
        done(Command::new("mount").args(["-o", "remount,abort"]).arg(&self.at))
    }

    /// As after a repair, by whoever looks after the machine.
    fn mend(&self) {
        assert!(done(Command::new("umount").arg(&self.at)));
        // 1: it was mended.
        let checked = Command::new("e2fsck").args(["-f", "-y"]).arg(&self.image).output().unwrap();
        assert!(checked.status.code().is_some_and(|code| code <= 1), "{checked:?}");
        assert!(self.mount());
    }
}

impl Drop for Ext4 {
    fn drop(&mut self) {
        let _ = Command::new("umount").arg("--lazy").arg(&self.at).output();
    }
}

/// How a start ends there: its code, and what it says to people.
fn start(data: &Path) -> (Option<i32>, Vec<String>) {
    let mut snug = Command::new(env!("CARGO_BIN_EXE_snug"));
    snug.arg("--data").arg(data).args(["serve", "--tls", "off", "--listen", "127.0.0.1:0"]);
    let ended = snug.envs(Server::SETTINGS).output().unwrap();
    let said = String::from_utf8(ended.stderr).unwrap();
    (ended.status.code(), said.lines().filter(|line| line.starts_with("snug: ")).map(str::to_owned).collect())
}

fn refused_to_start(data: &Path) {
    let (code, said) = start(data);
    assert_eq!((code, said.len()), (Some(74), 1), "{said:?}");
    assert!(said[0].contains("read-only"), "{said:?}");
}

#[tokio::test]
async fn r5_a_disk_that_turns_read_only_is_read_on_and_a_start_on_it_says_why_not() {
    let folder = tempfile::tempdir().unwrap();
    let Some(disk) = Ext4::make(folder.path()) else {
        println!("skipped: only root may make a disk in a file (mkfs.ext4, mount -o loop)");
        return;
    };
    let data = disk.at.join("data");
    let address = free();
    let mut server = Server::start(address, &data, true);
    let door = Door::plain(address);
    let headers = [("content-type", "application/json")];
    let body = json!({"code": server.code.take().unwrap(), "username": "ada", "password": PASSWORD}).to_string();
    let ada = Person::signed_in(&door, door.call("POST", "/api/v1/setup", &headers, body).await);
    let room = ada.makes("private", "den", &[]).await;
    let file = ada.uploads(room, "plan.bin", vec![7; 700_000]).await;
    let shown = ada.shows(room, "a first word", &[&file]).await;
    let url = shown["files"][0]["url"].as_str().unwrap().to_owned();

    if !disk.fail() {
        println!("skipped: this kernel does not let a disk fail (mount -o remount,abort)");
        return;
    }
    let said = ada.post(&format!("/rooms/{room}/messages"), json!({"text": "lost?", "nonce": "n"})).await;
    said.refused(503, "read_only");
    // While it tries again, and longer: people read, and the files, too.
    let since = Instant::now();
    while since.elapsed() < Duration::from_millis(1_500) {
        let page = ada.get(&format!("/rooms/{room}/messages")).await.is(200).to_string();
        assert!(page.contains("a first word") && !page.contains("lost?"));
        assert_eq!(ada.fetches(&url).await.body.len(), 700_000);
    }
    ada.post(&format!("/rooms/{room}/messages"), json!({"text": "lost?", "nonce": "n"}))
        .await
        .refused(503, "read_only");
    assert_eq!(door.call("GET", "/readyz", &[], "").await.status, 503);
    assert_eq!(door.call("GET", "/healthz", &[], "").await.status, 200);
    let status = &ada.get("/admin/status").await.is(200)["store"];
    assert!(status["mode"] == "read_only" && status["why"].is_string(), "{status}");
    let doctor = Command::new(env!("CARGO_BIN_EXE_snug")).arg("--data").arg(&data).arg("doctor").output().unwrap();
    let doctor = String::from_utf8(doctor.stdout).unwrap();
    assert!(doctor.contains("✗ store    It can only be read"), "{doctor}");
    drop(server);

    let since = Instant::now();
    while answers(address) {
        assert!(since.elapsed() < DEADLINE);
    }
    refused_to_start(&data);
    disk.mend();
    let server = Server::start(address, &data, false);
    let page = ada.get(&format!("/rooms/{room}/messages")).await.is(200).to_string();
    assert!(page.contains("a first word"));
    ada.says(room, "and on it goes").await;
    drop(server);
}

#[tokio::test]
async fn r5_a_start_on_a_disk_that_is_mounted_read_only_ends_with_74_and_what_to_do() {
    let outer = tempfile::tempdir().unwrap();
    let Some(disk) = Disk::mount(outer.path()) else {
        println!("skipped: only root may mount a disk");
        return;
    };
    let world = World::on(tempfile::tempdir_in(&disk.0).unwrap(), &[]).await;
    let ada = world.owner("ada").await;
    ada.makes("private", "den", &[]).await;
    let folder = world.stop().await;
    let data = folder.path().join("data");
    let remount = |how: &str| done(Command::new("mount").args(["-o", &format!("remount,{how}")]).arg(&disk.0));
    let since = Instant::now();
    while !remount("ro") {
        assert!(since.elapsed() < DEADLINE, "the old server lets go of its files");
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    refused_to_start(&data);
    let doctor = Command::new(env!("CARGO_BIN_EXE_snug")).arg("--data").arg(&data).arg("doctor").output().unwrap();
    let doctor = String::from_utf8(doctor.stdout).unwrap();
    assert!(doctor.contains("✗ disk") && doctor.contains("mount -o remount,rw"), "{doctor}");
    assert!(remount("rw"));
    let world = World::on(folder, &[]).await;
    drop(world.stop().await);
}
