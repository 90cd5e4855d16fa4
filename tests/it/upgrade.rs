//! R14: what every released version kept is there after an upgrade, with a copy of how it was; and a power cut, or a kill, in
//! the middle of one is harmless. The folders are made by tests/fixtures/make.py with the old programs.
use crate::crash::Server;
use crate::power::{Backend, Chance, Disk};
use crate::support::pebble::free;
use crate::support::traced::{Traced, can_trace};
use crate::support::{DEADLINE, Dice, Door, PASSWORD, Person, World, full};
use redb::{Builder, Database, ReadableDatabase, TableDefinition};
use serde_json::{Value, json};
use snug::store::check::check;
use snug::store::tables::{META, SCHEMA};
use snug::store::{DATABASE, Store};
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::Arc;

fn fixture(schema: u64) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join(format!("tests/fixtures/schema-{schema}.tar.gz"))
}

/// The data folder of an old house, for its owner alone.
fn unpacked(schema: u64) -> tempfile::TempDir {
    use std::os::unix::fs::PermissionsExt;
    let folder = tempfile::tempdir().unwrap();
    let data = folder.path().join("data");
    fs::create_dir(&data).unwrap();
    fs::set_permissions(&data, fs::Permissions::from_mode(0o700)).unwrap();
    let done = Command::new("tar").arg("-xzf").arg(fixture(schema)).arg("-C").arg(&data).status().unwrap();
    assert!(done.success());
    folder
}

fn schema_of(path: &Path) -> u64 {
    let copy = tempfile::NamedTempFile::new().unwrap();
    fs::copy(path, copy.path()).unwrap();
    let db = Database::open(copy.path()).unwrap();
    let table: TableDefinition<&[u8], &[u8]> = TableDefinition::new("meta");
    let txn = db.begin_read().unwrap();
    let row = txn.open_table(table).unwrap().get(&b"schema"[..]).unwrap().unwrap().value().to_vec();
    // A version byte, and postcard's varint of a small number.
    row[1].into()
}

async fn signs_in(world: &World, name: &str) -> Person {
    Person::signed_in(&world.door, world.post("/auth/login", json!({"username": name, "password": PASSWORD})).await)
}

fn found<'v>(list: &'v Value, field: &str, value: &str) -> &'v Value {
    let mut all = list.as_array().unwrap().iter();
    all.find(|one| one[field] == value).unwrap_or_else(|| panic!("no {field} {value} in {list}"))
}

#[tokio::test]
async fn r14_every_released_schema_is_brought_up_to_date_with_all_that_was_in_it() {
    for schema in 1..SCHEMA {
        let folder = unpacked(schema);
        let data = folder.path().join("data");
        assert_eq!(schema_of(&data.join(DATABASE)), schema, "the fixture is what its name says");
        // Of an earlier upgrade.
        fs::write(data.join("snug.redb.before-schema-2"), "older").unwrap();
        let world = World::on(folder, &[]).await;
        let copy = data.join(format!("snug.redb.before-schema-{SCHEMA}"));
        assert_eq!(schema_of(&copy), schema);
        assert_eq!(data.join("snug.redb.before-schema-2").exists(), SCHEMA == 2, "one copy is kept");

        let ada = signs_in(&world, "ada").await;
        let ben = signs_in(&world, "ben").await;
        let me = ada.get("/me").await.is(200);
        assert_eq!((me["name"].as_str(), me["role"].as_str()), (Some("Ada Berg"), Some("owner")), "schema {schema}");
        assert_eq!((me["status"]["text"].as_str(), me["settings"]["theme"].as_str()), (Some("home"), Some("dark")));
        let rooms = ada.get("/rooms").await.is(200);
        let kitchen = found(&rooms["rooms"], "name", "Kitchen");
        assert_eq!((kitchen["topic"].as_str(), kitchen["member_count"].as_u64()), (Some("Cooking"), Some(2)));
        assert_eq!(kitchen["rules"]["post"], "everyone");
        assert!(kitchen["retention_days"].is_null());
        assert_eq!(found(&rooms["rooms"], "name", "Attic")["archived"], true);
        assert_eq!(found(&rooms["rooms"], "kind", "direct")["last_message"]["preview"], "between us");
        let bens = ben.get("/rooms").await.is(200).to_string();
        assert!(bens.contains("Kitchen") && !bens.contains("Den") && !bens.contains("Cellar"));
        let id = kitchen["id"].as_u64().unwrap();
        let page = ada.get(&format!("/rooms/{id}/messages")).await.is(200);
        let messages = &page["messages"];
        let first = found(messages, "text", "Soup at nine, @ben");
        assert_eq!(first["mentions"], json!([ben.id]));
        assert_eq!(found(messages, "text", "I bring bread")["reply_to"]["id"], first["id"]);
        assert!(found(messages, "text", "changed later")["edited_at"].is_u64());
        assert!(messages.as_array().unwrap().iter().any(|one| one["deleted"] == true));
        assert!(!page.to_string().contains("taken back"));
        if schema >= 2 {
            assert_eq!(first["reactions"][0]["users"], json!([ben.id]));
            assert!(first["pinned"] == true && first["thread_count"] == 1, "{first}");
            assert_eq!(ben.get("/me/saved").await.is(200)["messages"][0]["id"], first["id"]);
            assert!(ben.get("/me/drafts").await.is(200).to_string().contains("not sent yet"));
            assert_eq!(kitchen["description"], "Where we cook.");
        }
        if schema >= 3 {
            let file = &found(messages, "text", "the recipe")["files"][0];
            let bytes = ada.fetches(file["url"].as_str().unwrap()).await;
            assert_eq!((bytes.status.as_u16(), bytes.body.len() as u64), (200, file["size"].as_u64().unwrap()));
        }
        if schema >= 4 {
            assert_eq!(ben.get("/me/keys").await.is(200)["keys"][0]["name"], "a script");
        }
        ben.says(id, "and on it goes").await;
        let folder = world.stop().await;
        let checked = loop {
            match check(&folder.path().join("data")) {
                Err(error) if error.to_string().contains("in use") => std::thread::yield_now(),
                checked => break checked.unwrap(),
            }
        };
        assert_eq!(checked.schema, SCHEMA);
    }
}

#[tokio::test]
async fn r14_a_power_cut_in_the_middle_of_an_upgrade_leaves_the_old_or_the_new() {
    let folder = unpacked(1);
    let old = fs::read(folder.path().join("data").join(DATABASE)).unwrap();
    let (mut before, mut after) = (0, 0);
    for cut in 1..60 {
        let mut chance = Chance(cut);
        let disk = Disk::holding(old.clone());
        disk.power_on(cut, false);
        let open = |disk: &Disk| -> Result<Store, String> {
            let db = Builder::new().create_with_backend(Backend(disk.clone())).map_err(|error| error.to_string())?;
            let memory = redb::backends::InMemoryBackend::new();
            let files = Builder::new().create_with_backend(memory).map_err(|error| error.to_string())?;
            Store::over(Arc::new(db), Arc::new(files), Box::new(drop)).map_err(|error| error.to_string())
        };
        let upgraded = std::panic::catch_unwind(|| open(&disk)).unwrap_or_else(|_| Err("it panics".into())).is_ok();
        disk.wait_until_closed();
        disk.power_off(&mut chance);
        disk.power_on(u64::MAX, false);
        let store = open(&disk).unwrap_or_else(|why| panic!("cut {cut}: {why}"));
        let view = store.snapshot().unwrap();
        assert_eq!(META.get(&view, "schema").unwrap(), Some(SCHEMA), "cut {cut}");
        let users = snug::store::tables::USERS.list(&view, .., 10).unwrap();
        assert_eq!(users.len(), 2, "cut {cut}");
        *(if upgraded { &mut after } else { &mut before }) += 1;
        drop((view, store));
        disk.wait_until_closed();
    }
    println!("{before} cuts before the end, {after} after it");
    assert!(before > 0);
}

/// The program is killed at each sync of its first start on an old folder, and then started again.
#[tokio::test]
async fn r14_kill_9_in_the_middle_of_an_upgrade_is_harmless() {
    if !can_trace() {
        return;
    }
    let full = full();
    let seed = snug::clock::now();
    println!("seed {seed}");
    let mut dice = Dice(seed);
    let (mut killed, address) = (0, free());
    for call in ["fdatasync", "fsync", "rename"] {
        let (first, step) = if full { (1, 1) } else { (1 + dice.below(2), 4) };
        for at in (first..).step_by(step) {
            let folder = unpacked(1);
            let data = folder.path().join("data");
            let mut snug = Command::new(env!("CARGO_BIN_EXE_snug"));
            snug.arg("--data").arg(&data).args(["serve", "--tls", "off", "--listen", &address.to_string()]);
            snug.envs(Server::SETTINGS);
            let trace = format!("trace={call}");
            let inject = format!("inject={call}:signal=SIGKILL:when={at}");
            let mut traced = Traced::start(&["-e", &trace, "-e", &inject], &snug);
            if started(&mut traced, address).await {
                break;
            }
            killed += 1;
            drop(traced);
            let _server = Server::start(address, &data, false);
            let door = Door::plain(address);
            let headers = [("content-type", "application/json")];
            let body = json!({"username": "ada", "password": PASSWORD}).to_string();
            let ada = Person::signed_in(&door, door.call("POST", "/api/v1/auth/login", &headers, body).await);
            let rooms = ada.get("/rooms").await.is(200);
            let kitchen = found(&rooms["rooms"], "name", "Kitchen")["id"].as_u64().unwrap();
            let page = ada.get(&format!("/rooms/{kitchen}/messages")).await.is(200);
            found(&page["messages"], "text", "Soup at nine, @ben");
            ada.says(kitchen, "and on it goes").await;
            let copy = data.join(format!("snug.redb.before-schema-{SCHEMA}"));
            assert!(!copy.exists() || schema_of(&copy) == 1, "{call} {at}: the copy is of the old one");
        }
    }
    println!("killed {killed} times in the middle of an upgrade, nothing lost");
    assert!(killed >= 3, "{killed}");
}

/// Whether it came to serve; else it was killed before.
async fn started(traced: &mut Traced, address: std::net::SocketAddr) -> bool {
    let since = std::time::Instant::now();
    loop {
        if traced.ended().is_some() {
            return false;
        }
        // It listens before it opens its data, and answers only afterwards.
        if crate::eio::answers(address) {
            return true;
        }
        assert!(since.elapsed() < 4 * DEADLINE, "it neither serves nor ends");
        tokio::time::sleep(std::time::Duration::from_millis(5)).await;
    }
}
