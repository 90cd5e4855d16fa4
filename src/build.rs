//! Makes the web client ready to be embedded: what the first view needs is joined, each file is packed with brotli and with
//! gzip, and one hash over all of them becomes part of every address, so that browsers may keep the files for ever.
//! The lists of emoji are made here.
use sha2::{Digest, Sha256};
use std::collections::BTreeMap;
use std::fs;
use std::io::Write;
use std::path::{Path, PathBuf};

#[path = "build/emoji.rs"]
mod emoji;
#[path = "build/join.rs"]
mod join;
#[path = "build/mask.rs"]
mod mask;
#[path = "build/script.rs"]
mod script;
#[path = "build/sheets.rs"]
mod sheets;

fn main() {
    println!("cargo:rerun-if-changed=assets");
    println!("cargo:rerun-if-changed=src/build.rs");
    println!("cargo:rerun-if-changed=src/build");
    let folder = PathBuf::from(std::env::var_os("OUT_DIR").expect("cargo sets OUT_DIR"));
    write(&folder.join("emoji.txt.gz"), &gzip(emoji::lines().as_bytes()));
    let target = folder.join("assets");
    let _ = fs::remove_dir_all(&target);
    fs::create_dir_all(&target).expect("the build folder can be written");
    let mut files = BTreeMap::new();
    collect(Path::new("assets"), &mut files);
    let joined = sheets::join(&mut files).and_then(|()| join::join(&mut files, "js/main.js", "js/first.js"));
    if let Err(fault) = joined {
        println!("cargo:error={fault}");
        return;
    }
    files.insert("emoji.json".into(), emoji::list());
    files.entry("openapi.json".into()).and_modify(|document| *document = compact(document));
    let mut hash = Sha256::new();
    for (name, bytes) in &files {
        hash.update(name);
        hash.update((bytes.len() as u64).to_be_bytes());
        hash.update(bytes);
        let place = target.join(name);
        fs::create_dir_all(place.parent().expect("it has a folder")).expect("the build folder can be written");
        if place.extension().is_some_and(|kind| kind == "woff2" || kind == "png") {
            // Packed by themselves.
            write(&place, bytes);
        } else {
            write(&with_suffix(&place, "br"), &brotli(bytes));
            write(&with_suffix(&place, "gz"), &gzip(bytes));
        }
    }
    let hash: String = hash.finalize().iter().take(8).map(|byte| format!("{byte:02x}")).collect();
    println!("cargo:rustc-env=SNUG_ASSETS={hash}");
}

/// Every file below the folder, by its address below assets/.
fn collect(folder: &Path, files: &mut BTreeMap<String, Vec<u8>>) {
    for entry in fs::read_dir(folder).expect("assets/ can be listed") {
        let path = entry.expect("assets/ can be listed").path();
        if path.is_dir() {
            collect(&path, files);
            continue;
        }
        let name = path.strip_prefix("assets").expect("it was found there").to_string_lossy().into_owned();
        files.insert(name, fs::read(&path).expect("a file of assets/ can be read"));
    }
}

/// Without the spaces that are there for those who read its history.
fn compact(document: &[u8]) -> Vec<u8> {
    let value: serde_json::Value = serde_json::from_slice(document).expect("a test makes this file");
    serde_json::to_vec(&value).expect("what was read can be written")
}

fn with_suffix(path: &Path, suffix: &str) -> PathBuf {
    PathBuf::from(format!("{}.{suffix}", path.display()))
}

fn write(path: &Path, bytes: &[u8]) {
    fs::write(path, bytes).expect("the build folder can be written");
}

fn brotli(bytes: &[u8]) -> Vec<u8> {
    let mut packed = Vec::new();
    let params = brotli::enc::BrotliEncoderParams { quality: 11, ..Default::default() };
    brotli::BrotliCompress(&mut &bytes[..], &mut packed, &params).expect("memory can be written");
    packed
}

fn gzip(bytes: &[u8]) -> Vec<u8> {
    let mut packer = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::best());
    packer.write_all(bytes).and_then(|()| packer.finish()).expect("memory can be written")
}
