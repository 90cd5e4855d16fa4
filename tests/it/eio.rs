//! R3, R5: a disk that fails. Nothing is acknowledged that is not on it, the database is opened again while the server goes
//! on, and where nothing can be written people read until it can.
use crate::crash::Server;
use crate::support::disk::{Will, slot};
use crate::support::traced::{Traced, can_trace};
use crate::support::{DEADLINE, Dice, Door, PASSWORD, Person, full};
use serde_json::json;
use snug::chat::message::{self, Draft};
use snug::chat::room::{self, NewRoom};
use snug::chat::user::{self, NewUser};
use snug::error::Error;
use snug::event::Event;
use snug::row::{Role, RoomKind};
use snug::store::backup::{self, Bytes, Making};
use snug::store::tables::MESSAGES;
use snug::store::{Direction, Mode, Store};
use std::collections::{BTreeMap, BTreeSet};
use std::io;
use std::path::Path;
use std::process::{Command, Stdio};
use std::sync::atomic::Ordering;
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

/// A store on a disk of which the test decides, with two people's room.
struct Scene {
    store: Store,
    will: Arc<Will>,
    told: Arc<Mutex<Vec<(u64, Event)>>>,
    person: u64,
    room: u64,
}

impl Scene {
    async fn begin(folder: &Path) -> Scene {
        let will = Arc::<Will>::default();
        let told = Arc::<Mutex<Vec<_>>>::default();
        let hears = told.clone();
        let store = Store::of(
            slot(folder.join("snug.redb"), will.clone()),
            slot(folder.join("files.redb"), Arc::default()),
            Box::new(move |batch| hears.lock().unwrap().extend(batch.into_iter().map(|a| (a.cursor, a.event)))),
        )
        .unwrap();
        let made = store.change(|change| {
            let ada = NewUser { username: "ada".into(), name: None, role: Role::Owner, password: None };
            let person = user::create(change, &ada)?.id;
            let hall = NewRoom {
                name: "Hall".into(),
                topic: None,
                description: None,
                kind: RoomKind::Public,
                members: vec![],
            };
            Ok((person, room::create(change, person, &hall)?.id))
        });
        let (person, room) = made.await.unwrap();
        Scene { store, will, told, person, room }
    }

    async fn says(&self, nonce: &str) -> Result<u64, Error> {
        let (person, room) = (self.person, self.room);
        let draft = Draft { text: nonce.into(), nonce: Some(nonce.into()), ..Draft::default() };
        let sent = self.store.change(move |change| message::send(change, person, room, &draft)).await?;
        Ok(sent.view.id)
    }

    /// What is kept, in its order, by nonce; panics if one is there twice.
    fn kept(&self) -> BTreeMap<String, u64> {
        let mut kept = BTreeMap::new();
        let view = self.store.snapshot().unwrap();
        let all = (self.room, 0)..=(self.room, u64::MAX);
        MESSAGES
            .walk(&view, all, Direction::Up, |(_, id), row| {
                if let Some(nonce) = row.nonce {
                    assert!(kept.insert(nonce.clone(), id).is_none(), "{nonce} is there twice");
                }
                Ok(true)
            })
            .unwrap();
        kept
    }

    /// The ids of messages that were announced, in the order in which they were.
    fn announced(&self) -> Vec<u64> {
        let told = self.told.lock().unwrap();
        let ids = told.iter().filter_map(|(_, event)| match event {
            Event::MessageCreated(view) if view.row.nonce.is_some() => Some(view.id),
            _ => None,
        });
        ids.collect()
    }
}

fn code(error: &Error) -> &'static str {
    match error {
        Error::Refused(refusal) => refusal.code,
        Error::Fault(_) => "fault",
    }
}

/// Until the store says so.
async fn until(what: &str, mut so: impl AsyncFnMut() -> bool) {
    let since = Instant::now();
    while !so().await {
        assert!(since.elapsed() < DEADLINE * 4, "{what} did not come");
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn r3_after_one_failed_sync_everything_goes_on_whether_the_commit_came_to_the_disk_or_not() {
    let (mut landed, mut undone) = (0, 0);
    for at in 1..=50 {
        for lands in [false, true] {
            let folder = tempfile::tempdir().unwrap();
            let scene = Scene::begin(folder.path()).await;
            scene.will.lands.store(lands, Ordering::SeqCst);
            scene.will.failing.store(1, Ordering::SeqCst);
            scene.will.syncs.store(at, Ordering::SeqCst);
            let mut told = BTreeMap::new();
            for number in 0..30 {
                let nonce = format!("{number}");
                // Nobody notices more than a moment's wait.
                let id = scene.says(&nonce).await.unwrap_or_else(|error| panic!("sync {at}, {lands}: {error}"));
                told.insert(nonce, id);
            }
            assert_eq!(scene.kept(), told, "sync {at}, {lands}");
            let ids: Vec<u64> = (0..30).map(|number| told[&number.to_string()]).collect();
            assert_eq!(scene.announced(), ids, "everything once and in order; sync {at}, {lands}");
            assert!(scene.store.is_well());
            *(if lands { &mut landed } else { &mut undone }) += told.len();
        }
    }
    println!("100 failed syncs, {} acknowledged, 0 lost, 0 doubled", landed + undone);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn r5_where_nothing_can_be_written_people_read_and_when_it_can_again_they_write() {
    let folder = tempfile::tempdir().unwrap();
    let scene = Scene::begin(folder.path()).await;
    let before = scene.says("before").await.unwrap();
    scene.will.dead.store(true, Ordering::SeqCst);
    let refused = scene.says("meanwhile").await.unwrap_err();
    assert_eq!(code(&refused), "read_only", "{refused}");
    assert!(matches!(scene.store.modes().0, Mode::ReadOnly { .. }));
    // At once, without the writer.
    assert_eq!(code(&scene.says("meanwhile").await.unwrap_err()), "read_only");
    assert_eq!(scene.kept(), BTreeMap::from([("before".to_owned(), before)]));
    assert!(
        scene.told.lock().unwrap().iter().any(|(_, event)| matches!(event, Event::StoreTurned { read_only: true }))
    );

    scene.will.dead.store(false, Ordering::SeqCst);
    until("being well again", async || scene.store.is_well()).await;
    let after = scene.says("meanwhile").await.unwrap();
    assert!(after > before);
    assert_eq!(scene.kept().len(), 2);
    let told = scene.told.lock().unwrap();
    let turns = told.iter().filter(|(_, event)| matches!(event, Event::StoreTurned { .. })).count();
    assert_eq!(turns, 2, "once each");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn r5_while_nothing_can_be_written_nobody_who_reads_is_disturbed_by_the_tries() {
    let folder = tempfile::tempdir().unwrap();
    let scene = Scene::begin(folder.path()).await;
    scene.says("before").await.unwrap();
    scene.will.dead.store(true, Ordering::SeqCst);
    assert_eq!(code(&scene.says("meanwhile").await.unwrap_err()), "read_only");
    let opened = scene.will.opened.load(Ordering::SeqCst);
    let view = scene.store.snapshot().unwrap();
    let tries = scene.will.tries.load(Ordering::SeqCst);
    until("two more tries", async || scene.will.tries.load(Ordering::SeqCst) >= tries + 2).await;
    let all = MESSAGES.list(&view, (scene.room, 0)..=(scene.room, u64::MAX), usize::MAX);
    assert!(!all.expect("reading goes on").is_empty());
    // Else one who reads what is not in memory yet would be told that it was opened anew.
    assert_eq!(scene.will.opened.load(Ordering::SeqCst), opened, "it was closed under those who read");
}

/// Writes a backup and, when its first rows come, does something.
struct Hooked<F: FnMut()> {
    bytes: usize,
    then: Option<F>,
}

impl<F: FnMut()> io::Write for Hooked<F> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.bytes += bytes.len();
        if self.bytes > 2_000
            && let Some(mut then) = self.then.take()
        {
            then();
        }
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn r3_a_copy_that_is_made_while_the_disk_fails_is_given_up() {
    let folder = tempfile::tempdir().unwrap();
    let scene = Arc::new(Scene::begin(folder.path()).await);
    for number in 0..50 {
        scene.says(&number.to_string()).await.unwrap();
    }
    for fails in [false, true] {
        let (own, runtime) = (scene.clone(), tokio::runtime::Handle::current());
        let copied = tokio::task::spawn_blocking(move || {
            let then = || {
                own.will.lands.store(true, Ordering::SeqCst);
                own.will.failing.store(1, Ordering::SeqCst);
                own.will.syncs.store(fails.into(), Ordering::SeqCst);
                runtime.block_on(own.says(&format!("meanwhile {fails}"))).unwrap();
            };
            let pace = own.store.pace();
            let making =
                Making { version: "test", created_at: 1, data: None, configuration: None, backups: None, pace: &pace };
            backup::write(&own.store, &making, Bytes::Inside, &mut Hooked { bytes: 0, then: Some(then) })
        });
        match copied.await.unwrap() {
            Ok(summary) => assert!(!fails && summary.rows > 50),
            Err(error) => assert!(fails && code(&error) == "busy", "{error}"),
        }
    }
    assert_eq!(scene.kept().len(), 52);
}

/// Starts this binary again for one ignored story that ends its own process: the exit code, and what was said to people.
fn ends(story: &str) -> (Option<i32>, Vec<String>) {
    let mut itself = Command::new(std::env::current_exe().unwrap());
    let ended = itself.args(["--exact", story, "--ignored", "--nocapture"]).env(ALONE, "1").output().unwrap();
    let said = String::from_utf8_lossy(&ended.stderr).into_owned();
    // Another thread may be in the middle of its own line.
    (ended.status.code(), said.lines().filter(|line| line.contains("snug: ")).map(str::to_owned).collect())
}

/// Set in a process that may end.
const ALONE: &str = "SNUG_TEST_ALONE";

fn may_end() -> bool {
    std::env::var_os(ALONE).is_some()
}

#[test]
fn r3_a_disk_that_lost_what_it_had_said_it_has_ends_the_process_with_74_and_one_line() {
    let (code, said) = ends("eio::a_disk_that_forgets");
    assert_eq!((code, said.len()), (Some(74), 1), "{said:?}");
    assert!(said[0].contains("what was acknowledged may be missing") && said[0].contains("snug check"), "{said:?}");
}

#[test]
fn a_writer_that_fails_by_a_mistake_of_our_own_ends_the_process_with_70_and_one_line() {
    let (code, said) = ends("eio::a_writer_that_panics");
    assert_eq!((code, said.len()), (Some(70), 1), "{said:?}");
    assert!(said[0].contains("start it again"), "{said:?}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
#[ignore = "ends its process: another test starts it"]
async fn a_disk_that_forgets() {
    if !may_end() {
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    let scene = Scene::begin(folder.path()).await;
    scene.says("kept").await.unwrap();
    let older = std::fs::read(folder.path().join("snug.redb")).unwrap();
    scene.says("acknowledged, and lost").await.unwrap();
    *scene.will.older.lock().unwrap() = Some(older);
    scene.will.failing.store(1, Ordering::SeqCst);
    scene.will.syncs.store(1, Ordering::SeqCst);
    let after = scene.says("after").await;
    panic!("it went on: {after:?}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
#[ignore = "ends its process: another test starts it"]
async fn a_writer_that_panics() {
    if !may_end() {
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    let place = |name: &str| slot(folder.path().join(name), Arc::default());
    let store =
        Store::of(place("snug.redb"), place("files.redb"), Box::new(|_| panic!("whoever hears of it"))).unwrap();
    let ada = NewUser { username: "ada".into(), name: None, role: Role::Owner, password: None };
    let made = store.change(move |change| user::create(change, &ada).map(drop)).await;
    panic!("it went on: {made:?}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_folder_that_cannot_be_synced_after_a_compaction_costs_no_word() {
    if !can_trace() {
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    let data = folder.path().join("data");
    let address = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    let door = Door::plain(address);
    let mut server = Server::start(address, &data, true);
    let body = json!({"code": server.code.take().unwrap(), "username": "owner", "password": PASSWORD}).to_string();
    let headers = [("content-type", "application/json")];
    let owner = Person::signed_in(&door, door.call("POST", "/api/v1/setup", &headers, body).await);
    let room = owner.makes("private", "shaft", &[]).await;
    owner.says(room, "a first word").await;
    // So much that a copy without it is smaller.
    let mut much = Vec::new();
    for _ in 0..150 {
        much.push(owner.says(room, &"much to say ".repeat(1_300)).await);
    }
    for id in much {
        owner.delete(&format!("/rooms/{room}/messages/{id}")).await.is(204);
    }
    drop(server);
    let folder_only = ["inject=fsync:error=EIO:when=1+", "-P", data.to_str().unwrap()];
    let traced = tampered(address, &data, &folder_only);
    let traced = listens(address, traced).await.expect("it starts");
    owner.post("/admin/compact", json!(null)).await;
    until("the compaction", async || owner.get("/admin/storage").await.is(200)["compaction"]["running"] == false).await;
    let last = &owner.get("/admin/storage").await.is(200)["compaction"]["last"];
    assert!(last["error"].is_string(), "{last}");
    owner.says(room, "a last word").await;
    drop(traced);
    let _server = Server::start(address, &data, false);
    let page = owner.get(&format!("/rooms/{room}/messages?limit=200")).await.is(200).to_string();
    assert!(page.contains("a first word") && page.contains("a last word"));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn r3_a_commit_that_landed_while_nothing_could_be_opened_is_told_when_it_can() {
    let folder = tempfile::tempdir().unwrap();
    let scene = Scene::begin(folder.path()).await;
    scene.says("before").await.unwrap();
    // A sync of a commit, which has two, fails although its bytes are there; and then nothing can be written.
    for at in 1..=2 {
        let nonce = format!("unclear {at}");
        scene.will.lands.store(true, Ordering::SeqCst);
        scene.will.failing.store(40, Ordering::SeqCst);
        scene.will.syncs.store(at, Ordering::SeqCst);
        let said = scene.says(&nonce).await;
        if let Err(error) = &said {
            assert_eq!(code(error), "read_only", "{error}");
            assert!(!scene.kept().contains_key(&nonce), "what is not certain is not shown");
        }
        scene.will.failing.store(0, Ordering::SeqCst);
        scene.will.syncs.store(0, Ordering::SeqCst);
        until("being well again", async || scene.store.is_well()).await;
        let id = scene.says(&nonce).await.unwrap();
        assert_eq!(scene.kept()[&nonce], id);
        assert_eq!(scene.announced().iter().filter(|told| **told == id).count(), 1);
        assert!(said.is_err(), "sync {at} did not fail");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn r3_a_read_that_fails_is_answered_with_busy_and_the_next_one_is_well() {
    let folder = tempfile::tempdir().unwrap();
    let scene = Scene::begin(folder.path()).await;
    for number in 0..50 {
        scene.says(&number.to_string()).await.unwrap();
    }
    // Opened again, it has nothing in its memory.
    scene.will.failing.store(1, Ordering::SeqCst);
    scene.will.syncs.store(1, Ordering::SeqCst);
    scene.says("50").await.unwrap();
    scene.will.reads.store(1, Ordering::SeqCst);
    let (room, count) = (scene.room, scene.kept().len());
    let read = async || {
        let all = scene.store.read(move |view| MESSAGES.list(view, (room, 0)..=(room, u64::MAX), usize::MAX)).await;
        all.map(|rows| rows.len())
    };
    let mut outcomes = BTreeSet::new();
    until("reading", async || match read().await {
        Ok(found) => {
            outcomes.insert(found > count);
            true
        }
        Err(error) => {
            assert_eq!(code(&error), "busy", "{error}");
            false
        }
    })
    .await;
    scene.says("51").await.unwrap();
    assert_eq!(scene.kept().len(), 52);
}

/// The real binary, whose system calls are tampered with.
fn tampered(address: std::net::SocketAddr, data: &Path, inject: &[&str]) -> Traced {
    let mut snug = Command::new(env!("CARGO_BIN_EXE_snug"));
    snug.arg("--data").arg(data).args(["serve", "--tls", "off", "--listen", &address.to_string()]);
    snug.envs(Server::SETTINGS).stdout(Stdio::null()).stderr(Stdio::null());
    Traced::start(&[&["-e", "trace=fdatasync,fsync,pwrite64", "-e"], inject].concat(), &snug)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn r3_the_real_binary_loses_nothing_that_it_acknowledged_when_a_sync_fails() {
    if !can_trace() {
        return;
    }
    let seed = snug::clock::now();
    let mut dice = Dice(seed);
    let full = full();
    let cases: Vec<u64> = if full { (1..=50).collect() } else { (0..4).map(|_| 1 + dice.below(50)).collect() };
    println!("seed {seed}, syncs {cases:?}");
    let folder = tempfile::tempdir().unwrap();
    let data = folder.path().join("data");
    let address = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    let door = Door::plain(address);
    let mut server = Server::start(address, &data, true);
    let code = server.code.take().unwrap();
    let headers = [("content-type", "application/json")];
    let body = json!({"code": code, "username": "owner", "password": PASSWORD}).to_string();
    let owner = Person::signed_in(&door, door.call("POST", "/api/v1/setup", &headers, body).await);
    let room = owner.makes("private", "shaft", &[]).await;
    drop(server);
    let mut acknowledged: BTreeMap<String, u64> = BTreeMap::new();
    let (mut refused, mut dead) = (0, 0);
    for at in cases {
        let traced = tampered(address, &data, &[&format!("inject=fdatasync:error=EIO:when={at}")]);
        let Some(_traced) = listens(address, traced).await else {
            // It failed while it opened its data, and said so; the next start is well.
            dead += 1;
            continue;
        };
        for number in 0..40 {
            let nonce = format!("{at}-{number}");
            let mut tries = 0;
            loop {
                tries += 1;
                assert!(tries < 200, "sync {at}: {nonce} is never taken");
                let body = json!({"text": nonce, "nonce": nonce});
                let answer = owner.post(&format!("/rooms/{room}/messages"), body).await;
                match answer.status.as_u16() {
                    200 | 201 => {
                        acknowledged.insert(nonce, answer.json()["id"].as_u64().unwrap());
                        break;
                    }
                    503 => refused += 1,
                    status => panic!("sync {at}: {status} {:?}", answer.body),
                }
                tokio::time::sleep(Duration::from_millis(50)).await;
            }
        }
    }
    let _server = Server::start(address, &data, false);
    let mut kept: BTreeMap<String, u64> = BTreeMap::new();
    let mut after = 1;
    loop {
        let page = owner.get(&format!("/rooms/{room}/messages?after={after}&limit=200")).await.is(200);
        for message in page["messages"].as_array().unwrap() {
            after = message["id"].as_u64().unwrap();
            if message["kind"] == "text" {
                let twice = kept.insert(message["text"].as_str().unwrap().to_owned(), after);
                assert!(twice.is_none(), "{} is there twice; seed {seed}", message["text"]);
            }
        }
        if page["has_after"] == false {
            break;
        }
    }
    assert_eq!(kept, acknowledged, "seed {seed}");
    println!("{} acknowledged, {refused} refused meanwhile, {dead} starts failed, 0 lost, 0 doubled", kept.len());
}

pub fn answers(address: std::net::SocketAddr) -> bool {
    use std::io::{Read, Write};
    let Ok(mut line) = std::net::TcpStream::connect(address) else { return false };
    let asked = format!("GET /healthz HTTP/1.1\r\nHost: {address}\r\nConnection: close\r\n\r\n");
    let mut answer = String::new();
    line.set_read_timeout(Some(DEADLINE)).unwrap();
    line.write_all(asked.as_bytes()).and_then(|()| line.read_to_string(&mut answer)).is_ok() && answer.contains(" 200 ")
}

/// The traced server once it listens; None if it ended instead.
async fn listens(address: std::net::SocketAddr, mut traced: Traced) -> Option<Traced> {
    let since = Instant::now();
    loop {
        // The port is taken before the data is opened: only an answer says that it is.
        if answers(address) {
            return Some(traced);
        }
        if let Some(status) = traced.ended() {
            assert_eq!(status.code(), Some(74), "a start that fails says that it is the disk");
            return None;
        }
        assert!(since.elapsed() < DEADLINE * 2, "the server neither listens nor ends");
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
}
