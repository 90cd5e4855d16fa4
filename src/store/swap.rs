//! Two databases take the places of two others as if it were one step: a power cut leaves both old ones or both new ones.
//!
//! The old bytes step aside, the new bytes come, then the new rows: that is the moment. While new rows still wait beside
//! their place it has not come, and the old bytes go back.
use super::{DATABASE, FILES, SEARCH};
use crate::error::Result;
use std::fs;
use std::path::{Path, PathBuf};

const WAITING: &str = "restoring";
const ASIDE: &str = "before-restore";

/// Where the new rows and the new bytes are made; what an earlier try left is removed.
pub(super) fn fresh(folder: &Path) -> Result<[PathBuf; 2]> {
    let fresh = [beside(folder, DATABASE, WAITING), beside(folder, FILES, WAITING)];
    for path in &fresh {
        if path.exists() {
            fs::remove_file(path)?;
        }
    }
    Ok(fresh)
}

/// Puts them into their places.
pub(super) fn put_in_place(folder: &Path) -> Result<()> {
    let (bytes, aside) = (folder.join(FILES), beside(folder, FILES, ASIDE));
    if bytes.exists() {
        fs::rename(&bytes, &aside)?;
        sync(folder)?;
    }
    fs::rename(beside(folder, FILES, WAITING), &bytes)?;
    sync(folder)?;
    // Made of the rows that go.
    let _ = fs::remove_dir_all(folder.join(SEARCH));
    fs::rename(beside(folder, DATABASE, WAITING), folder.join(DATABASE))?;
    sync(folder)?;
    settle(folder)
}

/// Ends what a power cut left in the middle. Before anything is opened.
pub(super) fn settle(folder: &Path) -> Result<()> {
    let aside = beside(folder, FILES, ASIDE);
    if !aside.exists() {
        // What a crash left of one that never came to its first step.
        return fresh(folder).map(drop);
    }
    match beside(folder, DATABASE, WAITING).exists() {
        true => {
            fs::rename(&aside, folder.join(FILES))?;
            sync(folder)?;
            fresh(folder)?;
        }
        false => fs::remove_file(&aside)?,
    }
    sync(folder)
}

fn beside(folder: &Path, name: &str, mark: &str) -> PathBuf {
    folder.join(format!("{name}.{mark}"))
}

fn sync(folder: &Path) -> Result<()> {
    Ok(fs::File::open(folder)?.sync_all()?)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn put(folder: &Path, name: &str, text: &str) {
        fs::write(folder.join(name), text).unwrap();
    }

    /// Rows and bytes that a server would open now.
    fn opened(folder: &Path) -> (String, String) {
        settle(folder).unwrap();
        let read = |name| fs::read_to_string(folder.join(name)).unwrap_or_default();
        (read(DATABASE), read(FILES))
    }

    #[test]
    fn a_cut_between_any_two_steps_leaves_both_old_or_both_new() {
        let steps: [(&str, &str); 3] = [
            ("files.redb", "files.redb.before-restore"),
            ("files.redb.restoring", "files.redb"),
            ("snug.redb.restoring", "snug.redb"),
        ];
        for cut in 0..=steps.len() {
            let folder = tempfile::tempdir().unwrap();
            let folder = folder.path();
            for (name, text) in [
                ("snug.redb", "old"),
                ("files.redb", "old"),
                ("snug.redb.restoring", "new"),
                ("files.redb.restoring", "new"),
            ] {
                put(folder, name, text);
            }
            for (from, to) in &steps[..cut] {
                fs::rename(folder.join(from), folder.join(to)).unwrap();
            }
            let expected = if cut == steps.len() { "new" } else { "old" };
            assert_eq!(opened(folder), (expected.into(), expected.into()), "cut after step {cut}");
        }
    }

    #[test]
    fn what_a_crash_left_of_a_restore_that_never_came_to_its_first_step_goes() {
        let folder = tempfile::tempdir().unwrap();
        let folder = folder.path();
        put(folder, "snug.redb", "old");
        put(folder, "files.redb", "old");
        put(folder, "snug.redb.restoring", "half");
        put(folder, "files.redb.restoring", "half");
        assert_eq!(opened(folder), ("old".into(), "old".into()));
        assert_eq!(fs::read_dir(folder).unwrap().count(), 2);
    }

    #[test]
    fn the_steps_are_these() {
        let folder = tempfile::tempdir().unwrap();
        let folder = folder.path();
        put(folder, "snug.redb", "old");
        put(folder, "files.redb", "old");
        for path in fresh(folder).unwrap() {
            fs::write(path, "new").unwrap();
        }
        put_in_place(folder).unwrap();
        assert_eq!(opened(folder), ("new".into(), "new".into()));
        assert_eq!(fs::read_dir(folder).unwrap().count(), 2);
    }
}
