//! Law 5: arrows point down. Which parts of the house may know which others, read from the source itself.
use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};

/// From the roof to the ground. A part may use parts of lower floors only; of two on one floor, none knows the other.
const FLOORS: &[&[&str]] = &[
    &["main"],
    &["cli"],
    &["server"],
    // Speaks the same HTTP as the network's door, so it stands above it.
    &["admin"],
    // Upgrades a request to a socket, so it stands above `ws`.
    &["http"],
    &["ws"],
    &["command", "query"],
    &["app"],
    &["hub"],
    &["wire"],
    // Invites lead into rooms and passwords belong to people.
    &["auth", "search"],
    &["chat"],
    // A folder of what the store writes, by what the configuration says.
    &["backups"],
    // Certificates lie in files beside the database, which `store` writes.
    &["tls"],
    &["store"],
    &["config", "names"],
    // What is stored of an event refers to rows; what is told of one holds them.
    &["event", "stream", "age", "figures"],
    &["row"],
    &["error"],
    &["id", "limits", "clock", "emoji"],
];

/// A source file without its tests and comments.
fn code(path: &Path) -> String {
    let text = fs::read_to_string(path).unwrap();
    let text = text.split("#[cfg(test)]\nmod tests").next().unwrap();
    text.lines().filter(|line| !line.trim_start().starts_with("//")).collect::<Vec<_>>().join("\n")
}

/// Every source file and the part of the house that it belongs to.
fn sources() -> Vec<(String, PathBuf)> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let mut found = Vec::new();
    let mut folders = vec![root.clone()];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
            } else if path.extension().is_some_and(|kind| kind == "rs") {
                let first = path.strip_prefix(&root).unwrap().components().next().unwrap();
                let part = first.as_os_str().to_str().unwrap().trim_end_matches(".rs").to_owned();
                found.push((part, path));
            }
        }
    }
    // Tests in a file of their own are not the house.
    found.retain(|(_, path)| !path.ends_with("tests.rs"));
    // The map names every part, and the build script is none.
    found.retain(|(part, _)| part != "lib" && part != "build");
    found
}

/// The parts that come after each `crate::` (and `snug::` in the binary), alone or in braces.
fn used(code: &str) -> BTreeSet<String> {
    let mut parts = BTreeSet::new();
    for name in ["crate::", "snug::"] {
        for (at, _) in code.match_indices(name) {
            let rest = &code[at + name.len()..];
            match rest.strip_prefix('{') {
                Some(list) => parts.extend(heads(list)),
                None => parts.extend(word(rest)),
            }
        }
    }
    parts
}

/// The first word of each entry of a list in braces.
fn heads(list: &str) -> Vec<String> {
    let mut depth = 0;
    let mut entries = vec![String::new()];
    for sign in list.chars() {
        match sign {
            '{' => depth += 1,
            '}' if depth == 0 => break,
            '}' => depth -= 1,
            ',' if depth == 0 => entries.push(String::new()),
            _ => {}
        }
        entries.last_mut().unwrap().push(sign);
    }
    entries.iter().filter_map(|entry| word(entry.trim_start_matches([',', ' ', '\n']))).collect()
}

fn word(text: &str) -> Option<String> {
    let word: String = text.chars().take_while(|sign| sign.is_ascii_lowercase() || *sign == '_').collect();
    (!word.is_empty()).then_some(word)
}

fn floor(part: &str) -> usize {
    FLOORS.iter().position(|floor| floor.contains(&part)).unwrap_or_else(|| panic!("{part} has no floor yet"))
}

#[test]
fn law_5_arrows_point_down() {
    let mut wrong = Vec::new();
    let mut arrows: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    for (part, path) in sources() {
        let known: BTreeSet<String> = used(&code(&path)).into_iter().filter(|other| *other != part).collect();
        for other in &known {
            if floor(other) <= floor(&part) {
                wrong.push(format!("{} uses {other}, which is not below {part}", path.display()));
            }
        }
        arrows.entry(part).or_default().extend(known);
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    // The eye of this test is open: known arrows are seen.
    assert!(arrows["chat"].contains("store") && arrows["http"].contains("command") && arrows["main"].contains("cli"));
    let parts: BTreeSet<&str> = arrows.keys().map(String::as_str).collect();
    let placed: BTreeSet<&str> = FLOORS.iter().flat_map(|floor| floor.iter().copied()).collect();
    assert_eq!(parts, placed, "every part has a floor, and every floor's parts are there");
}

#[test]
fn law_6_wire_shapes_and_stored_rows_are_different_types() {
    for (part, path) in sources() {
        let code = code(&path);
        assert!(part != "wire" || !code.contains("Deserialize, Serialize"), "{}", path.display());
        assert!(part != "row" || !code.contains("crate::wire"), "{}", path.display());
    }
}

#[test]
fn nothing_is_unwrapped_blindly_and_nothing_is_unsafe() {
    for (_, path) in sources() {
        let code = code(&path);
        assert!(!code.contains(".unwrap()"), "{} unwraps without a reason", path.display());
        assert!(!code.contains("unsafe "), "{}", path.display());
    }
    for root in ["main.rs", "lib.rs"] {
        let text = fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("src").join(root)).unwrap();
        assert!(text.contains("#![forbid(unsafe_code)]"), "{root}");
    }
}

#[test]
fn every_file_begins_with_what_it_is() {
    for (_, path) in sources() {
        let text = fs::read_to_string(&path).unwrap();
        assert!(text.starts_with("//! "), "{}", path.display());
    }
}
