//! R1: a power switch under load. The real binary is killed, started again, and everybody compares notes.
use crate::support::{Dice, Door, PASSWORD, Person, soon};
use futures_util::future::join_all;
use serde_json::{Value, json};
use std::collections::{BTreeMap, BTreeSet};
use std::io::{BufRead, BufReader};
use std::net::SocketAddr;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;
use tokio::sync::{mpsc, watch};

const CLIENTS: usize = 20;
const KILLS: usize = 3;

/// The binary, and the code of its setup link if it printed one.
pub struct Server {
    child: Child,
    pub code: Option<String>,
}

impl Server {
    pub const SETTINGS: [(&str, &str); 10] = [
        ("SNUG_CONFIG", "/dev/null"),
        ("SNUG_LOG__LEVEL", "error"),
        ("SNUG_AUTH__REGISTRATION", "open"),
        ("SNUG_AUTH__ARGON2_MEMORY_KIB", "8"),
        ("SNUG_AUTH__ARGON2_ITERATIONS", "1"),
        ("SNUG_LIMITS__MESSAGES_PER_SECOND", "0"),
        ("SNUG_LIMITS__FRAMES_PER_SECOND", "0"),
        ("SNUG_LIMITS__READS_PER_SECOND", "0"),
        ("SNUG_LIMITS__SEARCHES_PER_SECOND", "0"),
        ("SNUG_LIMITS__REGISTRATIONS_PER_HOUR", "0"),
    ];

    /// Starts it and waits until it says where it listens.
    pub fn start(address: SocketAddr, data: &Path, needs_setup: bool) -> Server {
        let mut command = Command::new(env!("CARGO_BIN_EXE_snug"));
        command.arg("--data").arg(data).args(["serve", "--tls", "off", "--listen", &address.to_string()]);
        let mut child = command.envs(Self::SETTINGS).stdout(Stdio::piped()).spawn().unwrap();
        let mut lines = BufReader::new(child.stdout.take().unwrap()).lines().map_while(Result::ok);
        assert!(lines.any(|line| line == format!("listening on http://{address}")), "it did not start");
        let code = needs_setup.then(|| lines.find_map(|line| Some(line.split_once("/setup#")?.1.to_owned())).unwrap());
        Server { child, code }
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        // SIGKILL.
        self.child.kill().unwrap();
        self.child.wait().unwrap();
    }
}

impl Server {
    /// SIGKILL, now.
    pub fn kill(&mut self) {
        self.child.kill().unwrap();
    }
}

/// What one client knows: the nonces that it sent, with the ids that were acknowledged.
#[derive(Default)]
pub struct Notes {
    pub acknowledged: BTreeMap<String, u64>,
    pending: BTreeSet<String>,
    /// Where else acknowledgements are written down, as they come.
    pub shared: Option<Arc<Mutex<BTreeMap<String, u64>>>>,
}

/// Sends until the connection breaks: first again what was not acknowledged, then new words, eight at a time.
pub async fn send(person: &Person, room: u64, notes: &mut Notes, acks: &AtomicU64, enough: watch::Receiver<bool>) {
    let Ok(mut ear) = person.opens("").await else { return };
    let mut refs: BTreeMap<u64, String> = BTreeMap::new();
    let mut again: Vec<String> = notes.pending.iter().cloned().collect();
    let mut next = 0;
    loop {
        while refs.len() < 8 && !(*enough.borrow() && again.is_empty()) {
            let nonce = again.pop().unwrap_or_else(|| {
                let number = notes.acknowledged.len() + notes.pending.len();
                format!("{}-{number}", person.name)
            });
            notes.pending.insert(nonce.clone());
            next += 1;
            let frame = json!({"type": "send", "ref": next, "room": room, "text": nonce, "nonce": nonce});
            refs.insert(next, nonce);
            if ear.try_tells(frame).await.is_err() {
                return;
            }
        }
        if refs.is_empty() {
            return;
        }
        let Ok(frame) = ear.try_next().await else { return };
        if frame["type"] == "ok" {
            let nonce = refs.remove(&frame["ref"].as_u64().unwrap()).unwrap();
            let id = frame["message"]["id"].as_u64().unwrap();
            notes.pending.remove(&nonce);
            if let Some(shared) = &notes.shared {
                shared.lock().unwrap().insert(nonce.clone(), id);
            }
            assert!(notes.acknowledged.insert(nonce, id).is_none());
            acks.fetch_add(1, Ordering::Relaxed);
        }
    }
}

/// Listens until the connection breaks or a word is heard: everything after `since`.
async fn listen(person: &Person, heard: &mut Vec<Value>, since: &mut u64, last_word: &str) -> bool {
    let Ok(mut ear) = person.opens(&format!("?since={since}")).await else { return false };
    assert_eq!(ear.hello["resumed"], true);
    while let Ok(frame) = ear.try_next().await {
        assert_ne!(frame["type"], "resync", "a listener that reads is not left behind");
        if frame["type"] == "event" {
            *since = frame["cursor"].as_u64().unwrap();
            let is_last = frame["data"]["text"] == *last_word;
            heard.push(frame);
            if is_last {
                return true;
            }
        }
    }
    false
}

pub async fn sign_up(door: &Door, code: &str, clients: usize) -> Vec<Person> {
    let headers = [("content-type", "application/json")];
    let body = json!({"code": code, "username": "owner", "password": PASSWORD}).to_string();
    let mut people = vec![Person::signed_in(door, door.call("POST", "/api/v1/setup", &headers, body).await)];
    for number in 0..clients {
        let body = json!({"username": format!("client{number}"), "password": PASSWORD}).to_string();
        people.push(Person::signed_in(door, door.call("POST", "/api/v1/auth/register", &headers, body).await));
    }
    people
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn r1_after_kill_9_nothing_that_was_acknowledged_is_lost_doubled_or_moved() {
    let seed = snug::clock::now();
    println!("seed {seed}");
    let mut dice = Dice(seed);
    let folder = tempfile::tempdir().unwrap();
    let data = folder.path().join("data");
    let address = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    let door = Door::plain(address);
    let mut server = Server::start(address, &data, true);
    let people = sign_up(&door, &server.code.take().unwrap(), CLIENTS).await;
    let (owner, clients) = people.split_first().unwrap();
    let room = owner.makes("private", "shaft", &clients.iter().collect::<Vec<_>>()).await;
    let mut since = owner.listens().await.cursor();
    let begin = since;

    let acks = Arc::new(AtomicU64::new(0));
    let mut notes: Vec<Notes> = clients.iter().map(|_| Notes::default()).collect();
    let mut heard = Vec::new();
    for round in 0..=KILLS {
        let (stop, enough) = watch::channel(false);
        let target = acks.load(Ordering::Relaxed) + 100 + dice.below(400);
        let sending = join_all(
            clients.iter().zip(&mut notes).map(|(person, notes)| send(person, room, notes, &acks, enough.clone())),
        );
        let last = if round == KILLS { "the last word" } else { "never said" };
        let listening = listen(owner, &mut heard, &mut since, last);
        let reached = async {
            while acks.load(Ordering::Relaxed) < target {
                tokio::time::sleep(Duration::from_millis(1)).await;
            }
        };
        let (killer, killed) = mpsc::channel::<()>(1);
        let switch = async {
            soon("enough acknowledgements", reached).await;
            if round < KILLS {
                server.child.kill().unwrap();
            } else {
                stop.send(true).unwrap();
            }
            drop(killer);
        };
        let wind_up = async {
            sending.await;
            if round == KILLS {
                clients[0].says(room, "the last word").await;
            }
        };
        let ((), (), ended) = tokio::join!(switch, wind_up, listening);
        drop(killed);
        assert_eq!(ended, round == KILLS, "seed {seed}");
        if round < KILLS {
            drop(server);
            server = Server::start(address, &data, false);
        }
    }
    check(owner, room, begin, &notes, &heard, seed).await;
}

/// Compares what was acknowledged, what was heard and what is kept.
async fn check(owner: &Person, room: u64, begin: u64, notes: &[Notes], heard: &[Value], seed: u64) {
    let mut kept: Vec<Value> = Vec::new();
    let mut after = begin;
    loop {
        let page = owner.get(&format!("/rooms/{room}/messages?after={after}&limit=200")).await.is(200);
        let messages = page["messages"].as_array().unwrap();
        kept.extend(messages.iter().cloned());
        match messages.last() {
            Some(last) => after = last["id"].as_u64().unwrap(),
            None => break,
        }
    }
    let ids: Vec<u64> = kept.iter().map(|message| message["id"].as_u64().unwrap()).collect();
    assert!(ids.windows(2).all(|pair| pair[0] < pair[1]), "the history is in order; seed {seed}");
    let mut of_text: BTreeMap<&str, u64> = BTreeMap::new();
    for message in &kept {
        let text = message["text"].as_str().unwrap();
        assert!(of_text.insert(text, message["id"].as_u64().unwrap()).is_none(), "{text} is there twice; seed {seed}");
    }
    let mut acknowledged = 0;
    for notes in notes {
        assert!(notes.pending.is_empty(), "{:?}; seed {seed}", notes.pending);
        acknowledged += notes.acknowledged.len();
        for (nonce, id) in &notes.acknowledged {
            assert_eq!(of_text.get(nonce.as_str()), Some(id), "{nonce}; seed {seed}");
        }
    }
    assert_eq!(of_text.len(), acknowledged + 1, "nothing else is there but the last word; seed {seed}");
    let heard: Vec<u64> = heard.iter().map(|frame| frame["data"]["id"].as_u64().unwrap()).collect();
    assert!(heard == ids, "the listener heard the history, once and in order; seed {seed}");
    println!("{acknowledged} acknowledged over {KILLS} kills, 0 lost, 0 doubled, 0 moved");
}
