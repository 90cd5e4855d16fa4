//! R18: the power goes at any moment of uploading, sending and deleting. Files that were promised are there byte for byte,
//! what was deleted is gone, every count is what counting anew gives, and after a sweep no chunk belongs to nothing.
use crate::power::{Backend, Chance, Disk};
use crate::support::full;
use redb::Builder;
use sha2::{Digest, Sha256};
use snug::chat::file;
use snug::chat::message::{self, Draft};
use snug::chat::room::{self, NewRoom};
use snug::chat::storage::{self, Quotas};
use snug::chat::upload::{self, NewUpload};
use snug::chat::user::{self, NewUser};
use snug::error::Error;
use snug::row::{Blob, Role, RoomKind};
use snug::store::audit::audit;
use snug::store::tables::{BLOBS, FILES, UPLOADS};
use snug::store::{Direction, Store, View};
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

const LIVES: usize = 4;
const QUOTAS: Quotas = Quotas { upload_max: 0, user: 0, storage: 0 };

#[tokio::test]
async fn r18_after_a_power_cut_at_any_moment_files_and_counts_agree() {
    let cases = if full() { 200 } else { 12 };
    let mut done = 0;
    for seed in 0..cases {
        done += lives(seed).await.unwrap_or_else(|what| panic!("seed {seed}: {what}"));
    }
    assert!(done > 10 * cases as usize, "hardly anything was done: the test tests nothing ({done})");
}

/// What somebody was told.
#[derive(Default)]
struct Told {
    /// Files that are whole: of whom, which content, and the message that they are on.
    files: BTreeMap<String, (u64, usize, Option<u64>)>,
    /// Uploads that have begun: of whom, which content.
    coming: BTreeMap<String, (u64, usize)>,
    /// What is gone for good.
    gone: BTreeSet<String>,
    /// What may be there or not: nobody was told.
    open: BTreeSet<String>,
    steps: usize,
}

/// The bytes of a content: few contents, so that people often send the same.
fn content(number: usize) -> Vec<u8> {
    let sizes = [0, 1, 5_000, 252 * 1024 - 1, 252 * 1024, 252 * 1024 + 1, 600_000];
    let length = sizes[number % sizes.len()];
    (0..length).map(|at: usize| (at.wrapping_mul(31 + number) >> 3) as u8 ^ number as u8).collect()
}

const CONTENTS: u64 = 9;

/// Several lives of two disks, each ended by a cut.
async fn lives(seed: u64) -> Result<usize, String> {
    let mut chance = Chance(seed);
    let disks = [Disk::default(), Disk::default()];
    let mut told = Told::default();
    let mut settled = None;
    for life in 0..=LIVES {
        // The last life only looks. One disk may go before the other.
        for disk in &disks {
            disk.power_on(if life == LIVES { u64::MAX } else { 60 + chance.below(900) }, false);
        }
        let opened = std::panic::catch_unwind(|| open(&disks)).unwrap_or_else(|_| Err("opening it panics".into()));
        match opened {
            Ok(store) => {
                if let Ok(scene) = settle(&store).await {
                    settled = Some(scene);
                    if tidy(&store).await.is_ok() {
                        check(&store, &told)?;
                        if life < LIVES {
                            live(&store, scene, &mut told, &mut chance).await;
                        }
                    }
                } else if settled.is_some() && life == LIVES {
                    return Err("the room is gone".into());
                }
                drop(store);
                disks.iter().for_each(Disk::wait_until_closed);
            }
            Err(_) if settled.is_none() => disks.iter().for_each(Disk::erase),
            Err(why) if life == LIVES => return Err(format!("it does not open any more: {why}")),
            Err(_) => {}
        }
        for disk in &disks {
            disk.power_off(&mut chance);
        }
    }
    Ok(told.steps)
}

fn open(disks: &[Disk; 2]) -> Result<Store, String> {
    let [db, files] = disks.clone().map(|disk| Builder::new().create_with_backend(Backend(disk)));
    let (db, files) = (db.map_err(|error| error.to_string())?, files.map_err(|error| error.to_string())?);
    Store::over(Arc::new(db), Arc::new(files), Box::new(|_| ())).map_err(|error| error.to_string())
}

/// Two people and their room.
async fn settle(store: &Store) -> Result<([u64; 2], u64), Error> {
    store
        .change(|change| {
            let mut people = [0; 2];
            for (name, id) in ["ada", "ben"].iter().zip(&mut people) {
                *id = match user::named(change, name)? {
                    Some(person) => person.id,
                    None => {
                        let new = NewUser { username: (*name).into(), name: None, role: Role::Owner, password: None };
                        user::create(change, &new)?.id
                    }
                };
            }
            let room = match room::mine(change, people[0], 0, 1)?.0.pop() {
                Some(room) => room.id,
                None => {
                    let members = vec![people[1]];
                    let kind = RoomKind::Private;
                    let den = NewRoom { name: "Den".into(), topic: None, description: None, kind, members };
                    room::create(change, people[0], &den)?.id
                }
            };
            Ok((people, room))
        })
        .await
}

/// What the server does at its start.
async fn tidy(store: &Store) -> Result<(), Error> {
    let now = store.snapshot()?.last_id()?;
    store.change(move |change| storage::give_up_coming(change, now)).await?;
    let freeing = store.read(|view| storage::freeing(view, usize::MAX)).await?;
    for blob in &freeing {
        store.files().free(*blob).await?;
    }
    store.change(move |change| storage::freed(change, &freeing)).await?;
    let here = store.files().blobs()?;
    let known = store.read(|view| BLOBS.list(view, .., usize::MAX)).await?;
    for blob in here {
        if !known.iter().any(|(known, _)| *known == blob) {
            store.files().free(blob).await?;
        }
    }
    Ok(())
}

/// Everything that was told is true, and everything agrees.
fn check(store: &Store, told: &Told) -> Result<(), String> {
    // A life may be so short that not even reading works; the next one looks.
    let Ok((view, bytes)) = store.moment() else { return Ok(()) };
    let Ok(wrong) = audit(&view, &bytes) else { return Ok(()) };
    if !wrong.is_empty() {
        return Err(wrong.join("; "));
    }
    let broken = |error: Error| error.to_string();
    for (id, (user, number, message)) in &told.files {
        if told.open.contains(id) {
            continue;
        }
        let row = FILES.get(&view, id).map_err(broken)?.ok_or_else(|| format!("file {id} is gone"))?;
        let sum: [u8; 32] = Sha256::digest(content(*number)).into();
        if row.sha256 != sum || row.user != *user || row.message != *message {
            return Err(format!("file {id} is not what it was: {row:?}, not {message:?}"));
        }
    }
    for id in told.coming.keys().filter(|id| !told.open.contains(*id)) {
        if !UPLOADS.has(&view, id).map_err(broken)? {
            return Err(format!("upload {id} is gone"));
        }
    }
    for id in &told.gone {
        if FILES.has(&view, id).map_err(broken)? || UPLOADS.has(&view, id).map_err(broken)? {
            return Err(format!("{id} was deleted and is there"));
        }
    }
    // After the sweep there is nothing but what is named.
    let mut live = BTreeSet::new();
    BLOBS
        .walk(&view, .., Direction::Up, |blob, state| {
            assert_eq!(state, Blob::Live);
            live.insert(blob);
            Ok(true)
        })
        .map_err(broken)?;
    match store.files().blobs().map_err(broken)?.iter().find(|blob| !live.contains(blob)) {
        Some(orphan) => Err(format!("blob {orphan} belongs to nothing")),
        None => Ok(()),
    }
}

/// People do this and that until the power goes.
async fn live(store: &Store, (people, room): ([u64; 2], u64), told: &mut Told, chance: &mut Chance) {
    for _ in 0..60 {
        let user = people[chance.below(2) as usize];
        let done = match chance.below(10) {
            0..=2 => begin(store, user, room, told, chance).await,
            3..=6 => go_on(store, told, chance).await,
            7 => send(store, user, room, told, chance).await,
            8 => delete(store, user, told, chance).await,
            _ => cancel(store, told, chance).await,
        };
        if done.is_err() {
            return;
        }
        told.steps += 1;
    }
}

async fn begin(store: &Store, user: u64, room: u64, told: &mut Told, chance: &mut Chance) -> Result<(), Error> {
    let number = chance.below(CONTENTS) as usize;
    let length = (chance.below(2) == 0).then_some(content(number).len() as u64);
    let new = NewUpload { name: "plan.pdf".into(), length, ..NewUpload::default() };
    let (id, _) = store.change(move |change| upload::begin(change, user, room, &new, QUOTAS)).await?;
    told.coming.insert(id, (user, number));
    Ok(())
}

/// Bytes come for an upload, all that are missing or some; with the last of them it is a file.
async fn go_on(store: &Store, told: &mut Told, chance: &mut Chance) -> Result<(), Error> {
    let Some((id, (user, number))) = pick(&told.coming, chance) else { return Ok(()) };
    let bytes = content(number);
    let named = id.clone();
    // Whether it ended was not told when the power went: it may be a file by now.
    let Some(row) = store.read(move |view| UPLOADS.get(view, &named)).await? else {
        told.coming.remove(&id);
        return Ok(());
    };
    let mut appender = store.files().append(row.blob).await?;
    let from = appender.length() as usize;
    let left = bytes.len() - from;
    let count = if chance.below(3) == 0 { chance.below(left as u64 + 1) as usize } else { left };
    if row.length.is_none() {
        let (named, total) = (id.clone(), (from + count) as u64);
        store.change(move |change| upload::reserve(change, user, &named, total, QUOTAS)).await?;
    }
    appender.write(bytes[from..from + count].to_vec().into()).await?;
    if count < left {
        match chance.below(3) {
            0 => drop(appender.flush().await?),
            1 => appender.undo().await?,
            // The connection breaks.
            _ => drop(appender),
        }
        return Ok(());
    }
    let whole = appender.finish().await?;
    let sum: [u8; 32] = Sha256::digest(&bytes).into();
    assert_eq!((whole.size as usize, whole.sha256), (bytes.len(), sum), "content {number} from {from}");
    told.open.insert(id.clone());
    let named = id.clone();
    store.change(move |change| upload::finish(change, user, &named, &whole)).await?;
    told.open.remove(&id);
    told.coming.remove(&id);
    told.files.insert(id, (user, number, None));
    Ok(())
}

async fn send(store: &Store, user: u64, room: u64, told: &mut Told, chance: &mut Chance) -> Result<(), Error> {
    let unsent = told.files.iter().filter(|(id, file)| file.0 == user && file.2.is_none() && !told.open.contains(*id));
    let ids: Vec<String> = unsent.map(|(id, _)| id.clone()).take(1 + chance.below(3) as usize).collect();
    if ids.is_empty() {
        return Ok(());
    }
    told.open.extend(ids.iter().cloned());
    let draft = Draft { files: ids.clone(), ..Draft::default() };
    let sent = store.change(move |change| message::send(change, user, room, &draft)).await?;
    for id in ids {
        told.open.remove(&id);
        told.files.get_mut(&id).expect("it is known").2 = Some(sent.view.id);
    }
    Ok(())
}

async fn delete(store: &Store, user: u64, told: &mut Told, chance: &mut Chance) -> Result<(), Error> {
    let Some((id, file)) = pick(&told.files, chance) else { return Ok(()) };
    if file.0 != user || told.open.contains(&id) {
        return Ok(());
    }
    told.open.insert(id.clone());
    let named = id.clone();
    store.change(move |change| file::delete(change, user, &named)).await?;
    told.open.remove(&id);
    told.files.remove(&id);
    told.gone.insert(id);
    Ok(())
}

async fn cancel(store: &Store, told: &mut Told, chance: &mut Chance) -> Result<(), Error> {
    let Some((id, (user, _))) = pick(&told.coming, chance) else { return Ok(()) };
    told.open.insert(id.clone());
    let named = id.clone();
    match store.change(move |change| upload::cancel(change, user, &named)).await {
        // It had become a file and was sent, or gone: nobody was told.
        Err(Error::Refused(_)) => {}
        done => done?,
    }
    told.open.remove(&id);
    told.coming.remove(&id);
    told.gone.insert(id);
    Ok(())
}

fn pick<T: Clone>(from: &BTreeMap<String, T>, chance: &mut Chance) -> Option<(String, T)> {
    let number = chance.below(from.len().max(1) as u64) as usize;
    from.iter().nth(number).map(|(id, value)| (id.clone(), value.clone()))
}
