//! What can be wrong with what keeps people's words: the databases, and the backups of them.
use super::Finding;
use crate::backups::room;
use crate::cli::print::{harmless, moment, size, span};
use crate::clock;
use crate::config::Config;
use crate::limits;
use serde_json::Value;
use std::fs;
use std::os::unix::fs::{MetadataExt, PermissionsExt};
use std::path::Path;

/// Whether it can be written to, and how much of it is air.
pub fn store(status: &Value) -> Finding {
    let store = &status["store"];
    let why = harmless(store["why"].as_str().unwrap_or_default());
    let bytes = store["size_bytes"].as_u64().unwrap_or_default();
    match store["mode"].as_str() {
        Some("read_only") => {
            let fix = "Look at the disk: dmesg, and df -h. Snug tries again by itself, and goes on when it can";
            return Finding::bad("store", format!("It can only be read ({why}): nobody can send."), fix);
        }
        Some("down") => {
            let fix = "Look at the disk: dmesg, and journalctl -u snug. Then, stopped: snug check";
            return Finding::bad("store", format!("It cannot be read any more ({why})."), fix);
        }
        _ => {}
    }
    let Some(live) = store["live_bytes"].as_u64() else {
        return Finding::good("store", format!("It can be written to, and takes {}.", size(bytes)));
    };
    let says = format!("It can be written to, and takes {}, of which {} are in use.", size(bytes), size(live));
    match bytes.saturating_sub(live) > live.max(limits::DOCTOR_AIR_BYTES) {
        true => Finding::warn("store", says, "snug compact gives the rest back to the disk, while people go on"),
        false => Finding::good("store", says),
    }
}

/// Whether everything can be found; nothing where the server is too old to say.
pub fn search(status: &Value) -> Option<Finding> {
    let index = &status["search"];
    let bytes = size(index["bytes"].as_u64().unwrap_or_default());
    Some(match index["state"].as_str()? {
        "failing" => {
            let why = harmless(index["why"].as_str().unwrap_or_default());
            let fix = "Look at the disk: df -h. Snug tries again by itself; snug search rebuild begins anew";
            Finding::bad("search", format!("What is said now is not found ({why})."), fix)
        }
        "ready" => Finding::good("search", format!("{} messages are found ({bytes}).", index["messages"])),
        _ => Finding::good("search", "The index is being made; messages are found again as it grows."),
    })
}

/// Whether there is a good one that is young, and whether the next one will have a place.
pub fn backups(config: &Config, status: &Value) -> Vec<Finding> {
    let state = &status["backups"];
    let mut findings = made(config, state);
    findings.extend(place(config, state));
    findings
}

fn made(config: &Config, state: &Value) -> Vec<Finding> {
    const LOOK: &str = "snug backup now tries at once and says why not; snug backup list shows all";
    if state["alarm"] == true {
        let says = match state["last_error"].as_str() {
            Some(why) => format!("The last one is not good: {}", harmless(why)),
            None => "The last good one is more than two days old.".to_owned(),
        };
        return vec![Finding::bad("backups", says, LOOK)];
    }
    let good = state["last_verified_at"].as_u64();
    let age = good.map(|at| span(clock::now().saturating_sub(at) / 1_000));
    vec![match (age, state["next_at"].as_u64()) {
        (Some(age), Some(next)) => {
            Finding::good("backups", format!("The last one was checked {age} ago; the next comes {}.", moment(next)))
        }
        (None, Some(next)) => {
            Finding::good("backups", format!("None was made yet; the first comes {} by itself.", moment(next)))
        }
        (age, None) => {
            let last =
                age.map_or_else(|| "none was ever made".to_owned(), |age| format!("the last was checked {age} ago"));
            let fix = format!("backup.nightly = \"03:30\" in {}, or snug backup now from time to time", file(config));
            Finding::warn("backups", format!("None is made by itself, and {last}."), fix)
        }
    }]
}

fn file(config: &Config) -> String {
    config.file.as_ref().map_or("config.toml".to_owned(), |file| file.display().to_string())
}

/// Its folder is there, the server's own, and has room.
fn place(config: &Config, state: &Value) -> Vec<Finding> {
    let folder = &config.backup.folder;
    let found = match fs::metadata(folder) {
        Ok(found) => found,
        // The first backup makes it.
        Err(_) if folder.parent().is_some_and(Path::is_dir) => return Vec::new(),
        Err(error) => {
            let says = format!("Their folder {} cannot be looked at: {error}.", folder.display());
            return vec![Finding::bad("backups", says, "Mount its disk, or name another folder: backup.folder")];
        }
    };
    if !found.is_dir() {
        let says = format!("{} is not a folder.", folder.display());
        return vec![Finding::bad("backups", says, "Name a folder for them: backup.folder")];
    }
    let mut findings = Vec::new();
    let owner = fs::metadata(&config.data).map_or(found.uid(), |data| data.uid());
    if found.uid() != owner {
        let says = format!("Their folder {} belongs to another user than the data.", folder.display());
        let fix = format!("chown --reference={} {}", config.data.display(), folder.display());
        findings.push(Finding::bad("backups", says, fix));
    } else if found.permissions().mode() & 0o300 != 0o300 {
        let says = format!("Nothing can be put into their folder {}.", folder.display());
        findings.push(Finding::bad("backups", says, format!("chmod 700 {}", folder.display())));
    } else if super::house::is_read_only(folder) {
        let says = format!("The disk of their folder {} is mounted read-only.", folder.display());
        findings.push(Finding::bad("backups", says, "Look why (dmesg), then: mount -o remount,rw"));
    }
    let (bytes, count) =
        (state["bytes"].as_u64().unwrap_or_default(), state["count"].as_u64().unwrap_or_default().max(1));
    if let Some(room) = room(folder).filter(|room| *room < bytes / count) {
        let says = format!("There is hardly room for another one in {}: {}.", folder.display(), size(room));
        findings.push(Finding::bad("backups", says, "Make room, keep fewer (backup.keep_daily), or name another disk"));
    }
    findings
}
