//! What the fuzzers found interesting, again on stable Rust and in every run (S62): `tests/fuzz/corpus`.
#[path = "../fuzz/targets.rs"]
mod targets;

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

#[test]
fn s62_every_corpus_goes_through_its_target() {
    let corpus = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fuzz/corpus");
    let folders = fs::read_dir(&corpus).unwrap().map(|entry| entry.unwrap().file_name().into_string().unwrap());
    let kept: BTreeSet<String> = folders.collect();
    let known: BTreeSet<String> = targets::TARGETS.iter().map(|(name, _)| (*name).to_owned()).collect();
    assert_eq!(kept, known, "each target has a corpus");
    let mut bytes = 0;
    for name in known {
        for entry in fs::read_dir(corpus.join(&name)).unwrap() {
            let data = fs::read(entry.unwrap().path()).unwrap();
            bytes += data.len();
            targets::run(&name, &data);
        }
    }
    assert!(bytes > 1_000 && bytes < 200 * 1024, "the corpora together stay small: {bytes} bytes");
}

#[test]
fn s40_long_hostile_texts_go_through_every_target() {
    let texts = [
        "@",
        "@a",
        "@here ",
        "a-",
        "\u{301}",
        "\u{202e}",
        "[",
        "{\"a\":",
        "name=\"",
        "bytes=0-,",
        "; snug=",
        "%",
        "\r\n--x",
    ];
    for text in texts {
        let long = text.repeat(64 * 1024 / text.len());
        for (name, _) in targets::TARGETS {
            targets::run(name, long.as_bytes());
        }
    }
}
