//! R6: files that are not as they were written. Every damage is found or harmless; nothing panics, nothing reads as something
//! else, and whoever starts a server on it is told the way out.
use crate::crash::Server;
use crate::support::{DEADLINE, Dice, World};
use snug::error::Error;
use snug::store::check::check;
use snug::store::tables::NAMES;
use snug::store::{DATABASE, Direction, FILES, Store, View};
use std::fs;
use std::ops::Bound::Unbounded;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::Path;
use std::process::Command;
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

fn released(folder: &Path) {
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

    let full = std::env::var("SNUG_TEST_FULL").is_ok_and(|full| !full.is_empty());
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
