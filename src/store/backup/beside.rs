//! What a data folder holds beside its databases, certificates and their keys above all: taken into a backup, and put back.
use crate::error::{Fault, Refusal, Result};
use crate::limits::{BESIDE_BYTES_MAX, BESIDE_DEPTH_MAX, BESIDE_FILE_BYTES_MAX};
use crate::store::{disk, give_to_owner, make_folder};
use std::fs;
use std::io::Read;
use std::path::{Component, Path, PathBuf};

/// Folders that are left out: keys that sign tokens (who had a backup could sign in as anybody with a session that lives; a
/// restored server has no session, and makes new keys), what a file system keeps for itself, backups, and the search index,
/// which is made of the database.
const LEFT_OUT: [&str; 4] = ["keys", "lost+found", "backups", crate::store::SEARCH];
/// Where a configuration lies after a restore that was not in the data folder.
pub const CONFIGURATION: &str = "config.from-backup.toml";

/// Gives each file that belongs into a backup: its path in the data folder, and its bytes. `configuration` is the file that is
/// in use; `backups` a folder that is left out.
pub fn each(
    data: &Path,
    configuration: Option<&Path>,
    backups: Option<&Path>,
    mut give: impl FnMut(&str, &[u8]) -> Result<()>,
) -> Result<()> {
    let mut left = BESIDE_BYTES_MAX;
    let mut take = |path: &Path, name: &str| {
        let bytes = read(path)?;
        left = left.checked_sub(bytes.len() as u64).ok_or_else(|| too_much(path))?;
        give(name, &bytes)
    };
    let mut folders = vec![(data.to_owned(), String::new(), 1)];
    while let Some((folder, prefix, depth)) = folders.pop() {
        let mut entries = fs::read_dir(&folder)?.collect::<Result<Vec<_>, _>>()?;
        entries.sort_by_key(fs::DirEntry::file_name);
        for entry in entries {
            let (path, kind) = (entry.path(), entry.file_type()?);
            let Some(name) = entry.file_name().to_str().map(str::to_owned) else { continue };
            let full = format!("{prefix}{name}");
            if kind.is_dir() {
                let is_backups = backups.is_some_and(|backups| same(backups, &path));
                if depth < BESIDE_DEPTH_MAX && !is_backups && !(depth == 1 && LEFT_OUT.contains(&name.as_str())) {
                    folders.push((path, format!("{full}/"), depth + 1));
                }
            } else if kind.is_file() && belongs(&full) {
                take(&path, &full)?;
            }
        }
    }
    match configuration {
        Some(path) if !path.parent().is_some_and(|folder| same(folder, data)) && path.is_file() => {
            take(path, CONFIGURATION)
        }
        _ => Ok(()),
    }
}

/// Puts a file back, for its owner alone.
pub fn put(data: &Path, name: &str, bytes: &[u8]) -> Result<()> {
    let path = Path::new(name);
    let is_plain = path.components().all(|part| matches!(part, Component::Normal(_)));
    if !is_plain || !belongs(name) || path.components().count() > BESIDE_DEPTH_MAX {
        return Err(super::bad("it holds a file that belongs elsewhere"));
    }
    let mut folder = data.to_owned();
    let inner = path.parent().unwrap_or(Path::new(""));
    for part in inner.components() {
        folder.push(part);
        make_folder(&folder)?;
        give_to_owner(&fs::File::open(&folder)?, data)?;
    }
    let name = path.file_name().and_then(|name| name.to_str()).ok_or_else(|| Fault::new("a file has no name"))?;
    disk::write(&folder, name, bytes)
}

/// Whether a file is neither a database nor half a file.
fn belongs(full: &str) -> bool {
    let name = full.rsplit('/').next().unwrap_or(full);
    let is_database = name.split('.').any(|part| part == "redb");
    !(name.is_empty() || is_database || name.ends_with(".new") || name.ends_with(".partial"))
}

fn read(path: &Path) -> Result<Vec<u8>> {
    let said = |error| Fault(format!("{} cannot be read: {error}", path.display()));
    let mut bytes = Vec::new();
    let file = fs::File::open(path).map_err(said)?;
    file.take(BESIDE_FILE_BYTES_MAX + 1).read_to_end(&mut bytes).map_err(said)?;
    match bytes.len() as u64 > BESIDE_FILE_BYTES_MAX {
        true => Err(too_much(path).into()),
        false => Ok(bytes),
    }
}

fn same(one: &Path, other: &Path) -> bool {
    let whole = |path: &Path| -> PathBuf { fs::canonicalize(path).unwrap_or_else(|_| path.to_owned()) };
    whole(one) == whole(other)
}

fn too_much(path: &Path) -> Refusal {
    let detail = format!(
        "{} is too large to be a part of a backup. Keep only Snug's own files in the data folder.",
        path.display()
    );
    Refusal::new(409, "too_large", detail)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn certificates_and_configuration_go_along_and_databases_and_signing_keys_do_not() {
        let folder = tempfile::tempdir().unwrap();
        let data = folder.path().join("data");
        for (name, inside) in [
            ("tls/ca.key", true),
            ("tls/acme/account.key", true),
            ("config.toml", true),
            ("snug.redb", false),
            ("files.redb", false),
            ("snug.redb.restoring", false),
            ("tls/leaf.key.new", false),
            ("keys/jwt-1.der", false),
            ("backups/one.snug", false),
            ("kept/two.snug", false),
        ] {
            let path = data.join(name);
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(path, if inside { "in" } else { "out" }).unwrap();
        }
        let mut found = Vec::new();
        let outside = folder.path().join("etc.toml");
        fs::write(&outside, "in").unwrap();
        each(&data, Some(&outside), Some(&data.join("kept")), |name, bytes| {
            assert_eq!(bytes, b"in", "{name}");
            found.push(name.to_owned());
            Ok(())
        })
        .unwrap();
        found.sort();
        assert_eq!(found, ["config.from-backup.toml", "config.toml", "tls/acme/account.key", "tls/ca.key"]);
    }

    #[test]
    fn a_file_comes_back_where_it_was_and_nowhere_else() {
        use std::os::unix::fs::PermissionsExt;
        let data = tempfile::tempdir().unwrap();
        let data = data.path();
        put(data, "tls/ca.key", b"secret").unwrap();
        let mode = |name: &str| fs::metadata(data.join(name)).unwrap().permissions().mode() & 0o777;
        assert_eq!((mode("tls"), mode("tls/ca.key")), (0o700, 0o600));
        for bad in ["../x", "/etc/x", "a/../../x", "snug.redb", "tls/files.redb.new", "a/b/c/d/e/f", ""] {
            assert!(put(data, bad, b"x").is_err(), "{bad}");
        }
        put(data, "config.toml", b"x").unwrap();
    }
}
