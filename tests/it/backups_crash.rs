//! R13: backups one after the other under load, with kill -9 between. Each that was finished holds all that was acknowledged
//! before it began, and no half of anything.
use crate::crash::{Notes, Server, send, sign_up};
use crate::support::{Dice, Door, Person, full};
use futures_util::future::join_all;
use serde_json::Value;
use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};
use std::sync::Arc;
use std::sync::atomic::AtomicU64;
use std::time::Duration;
use tokio::sync::watch;

const SENDERS: usize = 8;

fn rounds() -> (u64, Duration) {
    match full() {
        // What is said grows all the time, and with it each backup: more rounds would test patience.
        true => (6, Duration::from_secs(2)),
        false => (3, Duration::from_millis(300)),
    }
}

fn snug(data: &Path, args: &[&str]) -> std::process::Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_snug"));
    command.arg("--data").arg(data).args(args).env("SNUG_CONFIG", "/dev/null").env("SNUG_LOG__LEVEL", "error");
    command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
    command
}

async fn ran(mut command: Command) -> Output {
    tokio::task::spawn_blocking(move || command.output().unwrap()).await.unwrap()
}

/// What was acknowledged when somebody looked: texts and their ids.
type Known = BTreeMap<String, u64>;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn r13_backups_under_load_with_kill_9_between_hold_all_and_no_half() {
    let seed = snug::clock::now();
    println!("seed {seed}");
    let mut dice = Dice(seed);
    let folder = tempfile::tempdir().unwrap();
    let data = folder.path().join("data");
    let address = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    let door = Door::plain(address);
    let mut server = Server::start(address, &data, true);
    let people = sign_up(&door, &server.code.take().unwrap(), SENDERS).await;
    let (owner, clients) = people.split_first().unwrap();
    let room = owner.makes("private", "shaft", &clients.iter().collect::<Vec<_>>()).await;
    let mut notes: Vec<Notes> = clients.iter().map(|_| Notes::default()).collect();
    let (rounds, pause) = rounds();
    let mut made: Vec<(PathBuf, Known)> = Vec::new();
    let (mut begun, mut broken) = (0, 0);
    for round in 0..rounds {
        let (stop, enough) = watch::channel(false);
        let acks = Arc::new(AtomicU64::new(0));
        // Each acknowledgement is written down at once, so that a backup that begins after it can be held to it.
        let known = Arc::new(std::sync::Mutex::new(Known::new()));
        for notes in &mut notes {
            notes.shared = Some(known.clone());
            known.lock().unwrap().extend(notes.acknowledged.clone());
        }
        let sending = join_all(
            clients.iter().zip(&mut notes).map(|(person, notes)| send(person, room, notes, &acks, enough.clone())),
        );
        let backing = async {
            let mut finished = Vec::new();
            // The last one of a round is cut by the kill; so is one in the server's own folder, now and then.
            for number in 0..3 {
                let file = folder.path().join(format!("{round}-{number}.snug"));
                let before = known.lock().unwrap().clone();
                begun += 1;
                let path = file.display().to_string();
                let is_own = number == 1;
                let args =
                    if is_own { vec!["backup", "now", "--json"] } else { vec!["backup", "create", &path, "--json"] };
                if number == 2 {
                    let mut child = snug(&data, &args).spawn().unwrap();
                    tokio::time::sleep(Duration::from_millis(dice.below(150))).await;
                    server.kill();
                    let ended = tokio::task::spawn_blocking(move || child.wait().unwrap()).await.unwrap();
                    match ended.success() {
                        true => finished.push((file, before)),
                        false => {
                            broken += 1;
                            assert!(!file.exists(), "what is not whole has not its name");
                        }
                    }
                    break;
                }
                let output = ran(snug(&data, &args)).await;
                assert!(output.status.success(), "seed {seed}: {}", String::from_utf8_lossy(&output.stderr));
                let file = match is_own {
                    true => {
                        let told: Value = serde_json::from_slice(&output.stdout).unwrap();
                        assert_eq!((&told["verified"], &told["problem"]), (&"restored".into(), &Value::Null));
                        data.join("backups").join(format!("{}.snug", told["name"].as_str().unwrap()))
                    }
                    false => file,
                };
                finished.push((file, before));
                tokio::time::sleep(pause).await;
            }
            drop(stop);
            finished
        };
        let (_, finished) = tokio::join!(sending, backing);
        made.extend(finished);
        server = Server::start(address, &data, false);
    }
    let mut held = 0;
    for (file, before) in &made {
        held += look_into(file, before, owner, room, address, seed).await;
    }
    // A half one that the server itself was making is no backup, and is not in the way of the next.
    let output = ran(snug(&data, &["backup", "now", "--json"])).await;
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    println!(
        "{begun} backups begun, {broken} cut by kill -9, {} restored, {held} acknowledged messages looked for in them, 0 missing",
        made.len()
    );
    assert!(made.len() as u64 >= 2 * rounds);
}

/// Restores it elsewhere and compares: how many messages had to be there.
async fn look_into(file: &Path, before: &Known, owner: &Person, room: u64, _: SocketAddr, seed: u64) -> usize {
    let folder = tempfile::tempdir().unwrap();
    let data = folder.path().join("data");
    let path = file.display().to_string();
    for args in [&["backup", "restore", path.as_str()][..], &["check"]] {
        let output = ran(snug(&data, args)).await;
        assert!(output.status.success(), "seed {seed}: {path}: {}", String::from_utf8_lossy(&output.stderr));
    }
    let store = snug::store::Store::open(&data, Box::new(drop)).unwrap();
    let view = store.snapshot().unwrap();
    let mut found = Known::new();
    use snug::store::tables::{EVENTS, MESSAGES, META, ROOMS};
    let last_id = META.get(&view, "last_id").unwrap().unwrap();
    MESSAGES
        .walk(&view, (room, 0)..=(room, u64::MAX), snug::store::Direction::Up, |(_, id), message| {
            assert!(id <= last_id, "seed {seed}: nothing is newer than the newest id");
            // The event that told of it is in the same commit.
            assert!(EVENTS.has(&view, (room, id + 1))? || message.text.is_empty(), "seed {seed}: half of {id}");
            if !message.text.is_empty() {
                assert!(
                    found.insert(message.text.clone(), id).is_none(),
                    "seed {seed}: {} is there twice",
                    message.text
                );
            }
            Ok(true)
        })
        .unwrap();
    for (text, id) in before {
        assert_eq!(found.get(text), Some(id), "seed {seed}: {text} was acknowledged before {path} was begun");
    }
    // No gap: whoever sent one word had sent all before it.
    for text in found.keys() {
        let (sender, number) = text.rsplit_once('-').unwrap();
        let number: u64 = number.parse().unwrap();
        if number >= 16 {
            assert!(found.contains_key(&format!("{sender}-{}", number - 16)), "seed {seed}: a gap before {text}");
        }
    }
    assert!(ROOMS.has(&view, room).unwrap() && owner.id > 0);
    before.len()
}
