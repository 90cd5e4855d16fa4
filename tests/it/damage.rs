//! R6: files that are not as they were written. Every damage is found or harmless; nothing panics, nothing reads as something
//! else, and whoever starts a server on it is told the way out.
use crate::crash::Server;
use crate::support::disk::{Will, slot};
use crate::support::{DEADLINE, Dice, World, full};
use redb::TableDefinition;
use snug::error::Error;
use snug::store::check::check;
use snug::store::tables::NAMES;
use snug::store::{DATABASE, Direction, FILES, Store, View};
use std::fs;
use std::io::{BufRead, BufReader};
use std::ops::Bound::Unbounded;
use std::os::unix::process::ExitStatusExt;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::Path;
use std::process::{Command, Stdio};
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Instant;

/// Opens a folder, as soon as who had it is really gone.
fn open(folder: &Path) -> Result<Store, Error> {
    let since = Instant::now();
    loop {
        match Store::open(folder, Box::new(drop)) {
            Err(Error::Refused(refusal)) if refusal.code == "locked" && since.elapsed() < DEADLINE => {}
            opened => return opened,
        }
    }
}

/// The number of a table, key and row.
type Row = (usize, Vec<u8>, Vec<u8>);

/// Every row, and the bytes of every file.
fn everything(store: &Store) -> Result<Vec<Row>, Error> {
    let mut all = Vec::new();
    let (view, bytes) = store.moment()?;
    for number in 0..NAMES.len() {
        view.walk(number, Unbounded, Unbounded, Direction::Up, &mut |key, row| {
            all.push((number, key.to_vec(), row.to_vec()));
            Ok(true)
        })?;
    }
    for blob in store.files().blobs()? {
        let mut whole = Vec::new();
        bytes.chunks(blob, |chunk| {
            whole.extend_from_slice(chunk);
            Ok(())
        })?;
        all.push((NAMES.len(), blob.to_be_bytes().to_vec(), whole));
    }
    Ok(all)
}

pub fn released(folder: &Path) {
    let since = Instant::now();
    while check(folder).is_err_and(|error| matches!(error, Error::Refused(refusal) if refusal.code == "locked")) {
        assert!(since.elapsed() < DEADLINE, "the store is not let go");
    }
}

#[tokio::test]
async fn r6_every_flipped_bit_is_found_or_harmless() {
    let world = World::new().await;
    let ada = world.owner("ada").await;
    let room = ada.makes("private", "den", &[]).await;
    for number in 0..300 {
        ada.says(room, &format!("word {number} {}", "and more of it ".repeat(number % 20))).await;
    }
    ada.uploads(room, "plan.bin", vec![7; 700_000]).await;
    let folder = world.stop().await;
    let data = folder.path().join("data");
    released(&data);
    let whole = [fs::read(data.join(DATABASE)).unwrap(), fs::read(data.join(FILES)).unwrap()];
    let store = open(&data).unwrap();
    let before = everything(&store).unwrap();
    drop(store);
    released(&data);

    let full = full();
    let cases = if full { 200 } else { 50 };
    let seed = snug::clock::now();
    println!("seed {seed}");
    let mut dice = Dice(seed);
    let (mut detected, mut harmless, mut undetected) = (0, 0, 0);
    for case in 0..cases {
        // As often in the header, in the part that is used, and anywhere.
        let (which, name) = if dice.below(4) == 0 { (1, FILES) } else { (0, DATABASE) };
        let length = whole[which].len() as u64;
        let used = whole[which].iter().rposition(|byte| *byte != 0).unwrap_or(0) as u64 + 1;
        let at = dice.below([512, used, used, length][case % 4]) as usize;
        let mut flipped = whole[which].clone();
        flipped[at] ^= 1 << dice.below(8);
        for (number, name) in [DATABASE, FILES].iter().enumerate() {
            fs::write(data.join(name), &whole[number]).unwrap();
        }
        fs::write(data.join(name), &flipped).unwrap();
        let judged = catch_unwind(AssertUnwindSafe(|| check(&data)));
        match judged.unwrap_or_else(|_| panic!("{name} at {at}: checking panics; seed {seed}")) {
            Err(Error::Refused(refusal)) if matches!(refusal.code, "damaged" | "newer_schema") => detected += 1,
            Err(error) => panic!("{name} at {at}: {error}; seed {seed}"),
            Ok(_) => {
                let read = open(&data).and_then(|store| everything(&store));
                match read {
                    Ok(after) if after == before => harmless += 1,
                    Ok(_) => undetected += 1,
                    Err(error) => panic!("{name} at {at}: found whole, but {error}; seed {seed}"),
                }
                released(&data);
            }
        }
    }
    println!("{cases} flipped bits: {detected} detected, {harmless} harmless, {undetected} undetected");
    assert_eq!(undetected, 0, "seed {seed}");
    assert!(detected > 0, "the test tests nothing; seed {seed}");
}

/// Files of one test with one bit turned in each.
const ROUNDS: u64 = 120;
/// Where they are opened, of which chance, and from which round on: set in a process that may end.
const OPENINGS: [&str; 3] = ["SNUG_TEST_OPENINGS", "SNUG_TEST_SEED", "SNUG_TEST_FROM"];

/// The file of a round: half of them are damaged where their own structure is.
fn turned(whole: &[u8], seed: u64, round: u64) -> Vec<u8> {
    let mut dice = Dice(seed.wrapping_add(round << 32));
    let bound = if round.is_multiple_of(2) { 4096 } else { whole.len() as u64 };
    let mut turned = whole.to_vec();
    turned[dice.below(bound) as usize] ^= 1 << dice.below(8);
    turned
}

#[tokio::test]
async fn r6_a_flipped_bit_never_ends_the_start_without_a_word() {
    let world = World::new().await;
    let ann = world.owner("ann").await;
    let hall = ann.makes("public", "hall", &[]).await;
    for number in 0..100 {
        ann.says(hall, &format!("message {number}")).await;
    }
    let folder = world.stop().await;
    let data = folder.path().join("data");
    released(&data);
    let whole = fs::read(data.join(DATABASE)).unwrap();
    fs::write(folder.path().join("whole"), &whole).unwrap();
    let given = |number: usize| std::env::var(OPENINGS[number]).ok().and_then(|given| given.parse::<u64>().ok());
    let seed = given(1).unwrap_or_else(snug::clock::now);
    println!("seed {seed}");
    let (mut from, mut ended) = (0, Vec::new());
    while from < ROUNDS {
        let mut itself = Command::new(std::env::current_exe().unwrap());
        itself.args(["--exact", "damage::openings", "--ignored", "--nocapture"]);
        let told = [folder.path().display().to_string(), seed.to_string(), from.to_string()];
        let done = itself.envs(OPENINGS.into_iter().zip(told)).output().unwrap();
        if done.status.success() {
            break;
        }
        // Where redb panics while a panic unwinds, nothing in the process can stop its end: the server then says why it ends.
        let said = String::from_utf8_lossy(&done.stderr);
        assert_eq!(done.status.signal(), Some(6), "seed {seed}: {said}");
        let last = String::from_utf8_lossy(&done.stdout)
            .lines()
            .filter_map(|line| line.strip_prefix("round ")?.parse().ok())
            .next_back();
        let round: u64 = last.unwrap();
        fs::write(data.join(DATABASE), turned(&whole, seed, round)).unwrap();
        ended.push((round, lives(&data)));
        from = round + 1;
    }
    println!("{} of {ROUNDS} end a process that does not expect it: {ended:?}", ended.len());
    for (round, (code, line)) in ended {
        assert!(matches!(code, Some(0 | 65)), "round {round} of seed {seed}: {code:?} {line}");
        assert!(code == Some(0) || line.contains("snug backup restore"), "{line}");
    }
}

#[test]
fn r6_a_database_that_cannot_be_closed_ends_nothing_else() {
    const ROWS: TableDefinition<u64, u64> = TableDefinition::new("rows");
    let folder = tempfile::tempdir().unwrap();
    let (path, will) = (folder.path().join("any.redb"), Arc::<Will>::default());
    let place = slot(path.clone(), will.clone());
    let change = place.live().unwrap().db.begin_write().unwrap();
    change.open_table(ROWS).unwrap().insert(1, 2).unwrap();
    change.commit().unwrap();
    will.torn.store(true, Ordering::SeqCst);
    drop(place);
    will.torn.store(false, Ordering::SeqCst);
    let (_live, view) = slot(path, will).begin_read().unwrap();
    assert_eq!(view.open_table(ROWS).unwrap().get(1).unwrap().unwrap().value(), 2);
}

/// How a server ends that is started on a folder, and stopped if it gets so far.
fn lives(data: &Path) -> (Option<i32>, String) {
    let mut snug = Command::new(env!("CARGO_BIN_EXE_snug"));
    snug.arg("--data").arg(data).args(["serve", "--tls", "off", "--listen", "127.0.0.1:0"]);
    let mut child = snug.envs(Server::SETTINGS).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    let mut lines = BufReader::new(child.stdout.take().unwrap()).lines().map_while(Result::ok);
    if lines.any(|line| line.starts_with("listening")) {
        let process = rustix::process::Pid::from_child(&child);
        rustix::process::kill_process(process, rustix::process::Signal::TERM).unwrap();
    }
    let done = child.wait_with_output().unwrap();
    let said = String::from_utf8_lossy(&done.stderr).into_owned();
    let line = said.lines().rfind(|line| line.starts_with("snug: ")).unwrap_or_default().to_owned();
    (done.status.code(), line)
}

#[test]
#[ignore = "may end its process: another test starts it"]
fn openings() {
    let Ok(place) = std::env::var(OPENINGS[0]) else { return };
    let number = |name: &str| std::env::var(name).unwrap().parse::<u64>().unwrap();
    let (seed, from) = (number(OPENINGS[1]), number(OPENINGS[2]));
    let (whole, data) = (fs::read(Path::new(&place).join("whole")).unwrap(), Path::new(&place).join("data"));
    let mut refused = 0;
    for round in from..ROUNDS {
        println!("round {round}");
        fs::write(data.join(DATABASE), turned(&whole, seed, round)).unwrap();
        match open(&data) {
            // What lies deeper shows itself later, perhaps at the end, and to whoever reads it.
            Ok(store) => drop(std::thread::spawn(move || drop(store)).join()),
            Err(Error::Refused(refusal)) => {
                assert!(matches!(refusal.code, "damaged" | "newer_schema"), "round {round}: {}", refusal.detail);
                refused += 1;
            }
            Err(Error::Fault(fault)) => println!("round {round}: {fault}"),
        }
    }
    println!("{refused} refused");
}

/// The server's and the check's exit codes on a data folder, and the one line that each says.
fn judged(data: &Path) -> [(i32, String); 2] {
    ["serve", "check"].map(|command| {
        let mut snug = Command::new(env!("CARGO_BIN_EXE_snug"));
        snug.arg("--data").arg(data).arg(command);
        if command == "serve" {
            snug.args(["--tls", "off", "--listen", "127.0.0.1:0"]);
        }
        let output = snug.envs(Server::SETTINGS).output().unwrap();
        let said = String::from_utf8(output.stderr).unwrap();
        let lines: Vec<&str> = said.lines().filter(|line| line.starts_with("snug: ")).collect();
        assert_eq!(lines.len(), 1, "{said}");
        (output.status.code().unwrap_or(-1), lines[0].to_owned())
    })
}

#[tokio::test]
async fn r6_a_file_that_is_no_database_any_more_ends_with_65_and_the_way_out() {
    let world = World::new().await;
    let ada = world.owner("ada").await;
    let room = ada.makes("private", "den", &[]).await;
    ada.says(room, "words").await;
    let folder = world.stop().await;
    let data = folder.path().join("data");
    released(&data);
    let mut dice = Dice(snug::clock::now());
    for name in [DATABASE, FILES] {
        let path = data.join(name);
        let whole = fs::read(&path).unwrap();
        let mut no_head = whole.clone();
        no_head[..4096].fill(0);
        let noise: Vec<u8> = (0..whole.len()).map(|_| dice.below(256) as u8).collect();
        let half = whole[..whole.len() / 2].to_vec();
        let stump = whole[..100].to_vec();
        for (what, bytes) in [("zero header", no_head), ("noise", noise), ("half", half), ("stump", stump)] {
            fs::write(&path, bytes).unwrap();
            for (code, line) in judged(&data) {
                assert_eq!(code, 65, "{name}, {what}: {line}");
                assert!(line.contains("damaged") && line.contains("snug backup restore"), "{name}, {what}: {line}");
            }
        }
        fs::write(&path, whole).unwrap();
    }
    released(&data);
}
