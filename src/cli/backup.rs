//! `snug backup`: make, look at, and restore backups.
mod create;
mod found;
mod now;
mod restore;

use super::failure::{Code, Failure};
use super::print::{self, moment};
use super::{Done, Place};
use crate::age::Identity;
use crate::backups::{Source, found_in};
use crate::store::backup::Summary;
use clap::{Args, Subcommand};
use std::fs;
use std::path::{Path, PathBuf};

/// Make, check and restore backups
#[derive(Args)]
#[command(arg_required_else_help = false)]
#[command(after_help = "Example: snug backup create monday.snug")]
pub struct Backup {
    /// Print facts as JSON
    #[arg(long, global = true)]
    json: bool,
    #[command(subcommand)]
    action: Action,
}

#[derive(Subcommand)]
enum Action {
    /// Make a backup of this moment as one file. A running server goes on serving
    #[command(
        after_help = "Example: snug backup create monday.snug\nExample: snug backup create - | ssh box 'cat > monday.snug'"
    )]
    Create(create::Create),
    /// Make one in the server's folder of backups, as it does each night, and check it
    #[command(after_help = "Example: snug backup now")]
    Now,
    /// List the backups of a folder
    #[command(after_help = "Example: snug backup list /mnt/backups")]
    List(found::List),
    /// Read a backup whole and check its sum, its rows, and all that it names
    #[command(after_help = "Example: snug backup verify monday.snug")]
    Verify(found::Verify),
    /// Make a stopped server's data from a backup. Everybody signs in again
    #[command(after_help = "Example: snug backup restore monday.snug --data /var/lib/snug --force")]
    Restore(restore::Restore),
}

/// A backup that is there, and who may read it.
#[derive(Args)]
struct Given {
    /// The backup: a file, or the name of one in the server's folder
    #[arg(value_name = "FILE|NAME")]
    file: PathBuf,
    /// Who may read it, if it is encrypted: a file as age-keygen writes it
    #[arg(long, value_name = "FILE")]
    identity: Option<PathBuf>,
}

impl Backup {
    pub fn run(self, place: &Place) -> Done {
        match self.action {
            Action::Create(create) => create.run(place, self.json),
            Action::Now => now::run(place, self.json),
            Action::List(list) => list.run(place, self.json),
            Action::Verify(verify) => verify.run(place, self.json),
            Action::Restore(restore) => restore.run(place, self.json),
        }
    }
}

impl Given {
    /// The file that is meant.
    fn path(&self, place: &Place) -> Result<PathBuf, Failure> {
        match fs::metadata(&self.file) {
            Ok(found) if found.is_dir() => {
                let line = format!("{} is a folder. Name a backup in it.", self.file.display());
                return Err(Failure::new(Code::NoFile, line));
            }
            Ok(_) => return Ok(self.file.clone()),
            Err(error) if self.file.components().count() != 1 => return Err(Failure::file(&error, &self.file)),
            Err(_) => {}
        }
        let folder = place.configuration()?.backup.folder;
        let named = |name: &str| self.file == Path::new(name);
        let kept = found_in(&folder)?.into_iter().find(|kept| named(&kept.name) || kept.file.ends_with(&self.file));
        let missing = || {
            let line = format!(
                "There is no {}, neither here nor in {}. Look at: snug backup list",
                self.file.display(),
                folder.display()
            );
            Failure::new(Code::NoFile, line)
        };
        Ok(kept.ok_or_else(missing)?.file)
    }

    fn source(&self, place: &Place) -> Result<(PathBuf, Source), Failure> {
        let path = self.path(place)?;
        let identities = match &self.identity {
            None => Vec::new(),
            Some(file) => {
                let text = fs::read_to_string(file).map_err(|error| Failure::file(&error, file))?;
                let failed =
                    |error| Failure::new(Code::Damaged, format!("{} cannot be used: {error}.", file.display()));
                Identity::all_of(&text).map_err(failed)?
            }
        };
        fs::File::open(&path).map_err(|error| Failure::file(&error, &path))?;
        let source = Source::of(&path, identities)?;
        Ok((path, source))
    }
}

fn print_summary(as_json: bool, summary: &Summary, done: &str) -> Done {
    if as_json {
        return print::json(summary);
    }
    let Summary { header, rows, blobs, blob_bytes, bytes, sha256 } = summary;
    print::line(format!(
        "{done}: {rows} rows and {blobs} files ({}), up to id {}, of {} by Snug {}, {bytes} bytes\nsha256 {sha256}",
        print::size(*blob_bytes),
        header.last_id,
        moment(header.created_at),
        print::harmless(&header.version),
    ))
}
