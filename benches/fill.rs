//! Makes a data folder with as many messages as one wishes, through the store's own doors: for measuring at a size that
//! takes years to talk full.
//!
//! `cargo run --release --example fill -- DIR [--messages 2000000] [--people 200] [--rooms 100] [--files 0]`
//! Every tenth message answers in a thread, every twentieth calls somebody, every fiftieth has a reaction; a file is 1 MiB.
//! Nobody has a password: `snug user passwd` gives one.
use snug::chat::message::{self, Draft};
use snug::chat::room::{self, NewRoom};
use snug::chat::storage::Quotas;
use snug::chat::upload::{self, NewUpload};
use snug::chat::user::{self, NewUser};
use snug::chat::{member, reaction};
use snug::error::{Fault, Result};
use snug::row::{Role, RoomKind, RoomRole};
use snug::store::Store;
use std::path::PathBuf;
use std::time::Instant;

/// Messages of one change.
const STEP: u64 = 2_000;
const WORDS: [&str; 24] = [
    "the", "kitchen", "is", "open", "tomorrow", "at", "nine", "bring", "your", "notes", "and", "a", "cup", "of", "tea",
    "we", "talk", "about", "next", "week", "who", "has", "seen", "it",
];

struct Asked {
    folder: PathBuf,
    messages: u64,
    people: u64,
    rooms: u64,
    files: u64,
}

fn main() -> Result<()> {
    let asked = asked().map_err(Fault::new)?;
    let runtime = tokio::runtime::Runtime::new()?;
    runtime.block_on(fill(asked))
}

fn asked() -> Result<Asked, String> {
    let mut args = std::env::args().skip(1);
    let usage = "usage: fill DIR [--messages N] [--people N] [--rooms N] [--files N]";
    let folder = args.next().filter(|first| !first.starts_with("--")).ok_or(usage)?;
    let mut asked = Asked { folder: folder.into(), messages: 2_000_000, people: 200, rooms: 100, files: 0 };
    while let Some(name) = args.next() {
        let number = args.next().and_then(|number| number.parse().ok()).ok_or(usage)?;
        match name.as_str() {
            "--messages" => asked.messages = number,
            "--people" => asked.people = number,
            "--rooms" => asked.rooms = number,
            "--files" => asked.files = number,
            _ => return Err(usage.into()),
        }
    }
    match asked.people > 0 && asked.rooms > 0 {
        true => Ok(asked),
        false => Err("there must be people, and a room for them".into()),
    }
}

async fn fill(asked: Asked) -> Result<()> {
    let store = Store::open(&asked.folder, Box::new(drop))?;
    let since = Instant::now();
    let (people, rooms) = settle(&store, asked.people, asked.rooms).await?;
    let mut said = 0;
    while said < asked.messages {
        let count = STEP.min(asked.messages - said);
        let (people, rooms) = (people.clone(), rooms.clone());
        store
            .change(move |change| {
                let mut root = None;
                for number in said..said + count {
                    // A room is talked in for a while, as people do.
                    let room = rooms[(number / 50 % rooms.len() as u64) as usize];
                    if number % 50 == 0 {
                        root = None;
                    }
                    let user = people[(mixed(number) % people.len() as u64) as usize];
                    let draft = Draft {
                        text: text(number, asked.people),
                        nonce: Some(format!("fill-{number}")),
                        thread: root.filter(|_| number % 10 == 9),
                        ..Draft::default()
                    };
                    let sent = message::send(change, user, room, &draft)?.view.id;
                    if draft.thread.is_none() {
                        root = Some(sent);
                    }
                    if number % 50 == 25 {
                        reaction::add(change, user, room, sent, "👍")?;
                    }
                }
                Ok(())
            })
            .await?;
        said += count;
        if said % 100_000 < STEP {
            println!("{said} messages in {:.1} s", since.elapsed().as_secs_f64());
        }
    }
    for number in 0..asked.files {
        file(&store, people[(number % asked.people) as usize], rooms[(number % asked.rooms) as usize], number).await?;
    }
    println!("{said} messages and {} files in {:.1} s", asked.files, since.elapsed().as_secs_f64());
    Ok(())
}

async fn settle(store: &Store, people: u64, rooms: u64) -> Result<(Vec<u64>, Vec<u64>)> {
    store
        .change(move |change| {
            let mut ids = Vec::new();
            for number in 0..people {
                let role = if number == 0 { Role::Owner } else { Role::Member };
                let new = NewUser { username: format!("person{number}"), name: None, role, password: None };
                ids.push(user::create(change, &new)?.id);
            }
            let mut made = Vec::new();
            for number in 0..rooms {
                let new = NewRoom {
                    name: format!("Room {number}"),
                    topic: None,
                    description: None,
                    kind: RoomKind::Public,
                    members: Vec::new(),
                };
                let id = room::create(change, ids[0], &new)?.id;
                for person in ids.iter().skip(1) {
                    member::put(change, ids[0], id, *person, RoomRole::Member)?;
                }
                made.push(id);
            }
            Ok((ids, made))
        })
        .await
}

async fn file(store: &Store, user: u64, room: u64, number: u64) -> Result<()> {
    const QUOTAS: Quotas = Quotas { upload_max: 0, user: 0, storage: 0 };
    let mut bytes = vec![0; 1 << 20];
    for (at, byte) in bytes.iter_mut().enumerate() {
        *byte = mixed(number << 32 | at as u64 >> 3) as u8;
    }
    let new = NewUpload { name: format!("file{number}.bin"), length: Some(bytes.len() as u64), ..NewUpload::default() };
    let (id, row) = store.change(move |change| upload::begin(change, user, room, &new, QUOTAS)).await?;
    let mut appender = store.files().append(row.blob).await?;
    appender.write(bytes.into()).await?;
    let whole = appender.finish().await?;
    let named = id.clone();
    store.change(move |change| upload::finish(change, user, &named, &whole)).await?;
    let draft = Draft { text: String::new(), files: vec![id], ..Draft::default() };
    store.change(move |change| message::send(change, user, room, &draft)).await.map(drop)
}

/// Some 200 bytes of words.
fn text(number: u64, people: u64) -> String {
    let mut text = String::with_capacity(240);
    if number % 20 == 7 {
        text = format!("@person{} ", mixed(number) % people);
    }
    let mut at = mixed(number);
    while text.len() < 190 {
        text.push_str(WORDS[(at % WORDS.len() as u64) as usize]);
        text.push(' ');
        at = mixed(at);
    }
    text
}

/// splitmix64.
fn mixed(number: u64) -> u64 {
    let mut mixed = number.wrapping_add(0x9e37_79b9_7f4a_7c15);
    mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    mixed ^ (mixed >> 31)
}
