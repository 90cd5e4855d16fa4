//! `snug backup`: make, look at, and restore backups.
use super::failure::{Code, Failure};
use super::print::{self, Table, answer, cell, moment, time};
use super::{Done, Place, block_on};
use crate::admin::client::{self, Door, Folder};
use crate::store::backup::{self, Summary};
use clap::{Args, Subcommand};
use http_body_util::BodyExt;
use rustix::fs::OFlags;
use serde_json::{Value, json};
use std::fs::{self, File, OpenOptions, TryLockError};
use std::io::{self, IsTerminal, Write};
use std::os::unix::fs::{MetadataExt, OpenOptionsExt, PermissionsExt};
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
    /// Make a backup of this moment. A running server goes on serving
    #[command(
        after_help = "Example: snug backup create monday.snug\nExample: snug backup create - | ssh box 'cat > monday.snug'"
    )]
    Create(Create),
    /// List the backups of a folder
    #[command(after_help = "Example: snug backup list /mnt/backups")]
    List(List),
    /// Read a backup whole and check its sum
    #[command(after_help = "Example: snug backup verify monday.snug")]
    Verify(Verify),
    /// Make a stopped server's data from a backup. Everybody signs in again
    #[command(after_help = "Example: snug backup restore monday.snug --data /var/lib/snug --force")]
    Restore(Restore),
}

#[derive(Args)]
struct Create {
    /// The file to make, or - for stdout
    file: PathBuf,
    /// Replace a file that is there
    #[arg(long)]
    force: bool,
}

#[derive(Args)]
struct List {
    /// The folder [default: backups in the data folder]
    dir: Option<PathBuf>,
}

#[derive(Args)]
struct Verify {
    /// The backup
    file: PathBuf,
}

#[derive(Args)]
struct Restore {
    /// The backup
    file: PathBuf,
    /// Replace the data that is there
    #[arg(long)]
    force: bool,
}

/// How backups are called, and the folder where they are looked for.
const EXTENSION: &str = "snug";
const FOLDER: &str = "backups";

impl Backup {
    pub fn run(self, place: &Place) -> Done {
        match self.action {
            Action::Create(create) if create.file == Path::new("-") => to_stdout(place, self.json),
            Action::Create(create) => create.run(place, self.json),
            Action::List(List { dir }) => list(place, dir, self.json),
            Action::Verify(Verify { file }) => {
                let summary = verified(&file)?;
                print_summary(self.json, &summary, &format!("{} is whole", file.display()))
            }
            Action::Restore(restore) => restore.run(place, self.json),
        }
    }
}

impl Create {
    fn run(self, place: &Place, as_json: bool) -> Done {
        let file = &self.file;
        self.may_be_made()?;
        let mut draft_name = file.clone().into_os_string();
        draft_name.push(".partial");
        let draft_path = PathBuf::from(draft_name);
        let summary = place.at_the_door(Folder::MustExist, async |door| {
            let mut draft = draft(&draft_path)?;
            let made = write(door, &mut draft).await.and_then(|()| {
                draft.sync_all().map_err(|error| Failure::file(&error, &draft_path))?;
                verified(&draft_path)
            });
            // What is not whole must not be taken for a backup.
            made.inspect_err(|_| drop(fs::remove_file(&draft_path)))
        })?;
        self.may_be_made()?;
        put_in_place(&draft_path, file).map_err(|error| Failure::file(&error, file))?;
        print_summary(as_json, &summary, &format!("{} is made", file.display()))
    }

    fn may_be_made(&self) -> Done {
        if self.force || fs::symlink_metadata(&self.file).is_err() {
            return Ok(());
        }
        let line = format!("{} exists already. Choose another name, or replace it with --force.", self.file.display());
        Err(Failure::new(Code::Exists, line))
    }
}

/// An empty file that only its owner may read, and only we write.
fn draft(path: &Path) -> Result<File, Failure> {
    let failed = |error: io::Error| match error.kind() {
        io::ErrorKind::NotFound => {
            Failure::new(Code::NoFile, format!("There is no folder for {}. Make it first.", path.display()))
        }
        _ => Failure::file(&error, path),
    };
    let file = OpenOptions::new()
        .write(true)
        .create(true)
        .truncate(false)
        .mode(0o600)
        .custom_flags(OFlags::NOFOLLOW.bits() as i32)
        .open(path)
        .map_err(failed)?;
    let busy = || {
        Failure::new(
            Code::Busy,
            format!("Another backup is being written to {}. Wait until it is done.", path.display()),
        )
    };
    match file.try_lock() {
        Err(TryLockError::WouldBlock) => return Err(busy()),
        Ok(()) | Err(TryLockError::Error(_)) => {}
    }
    // While we opened it, another backup may have finished it and moved it to its place.
    let opened = file.metadata().map_err(failed)?;
    if !fs::symlink_metadata(path).is_ok_and(|found| found.ino() == opened.ino() && found.dev() == opened.dev()) {
        return Err(busy());
    }
    file.set_permissions(fs::Permissions::from_mode(0o600)).and_then(|()| file.set_len(0)).map_err(failed)?;
    Ok(file)
}

/// Writes the backup as it comes.
async fn write(door: &Door, out: &mut impl Write) -> Done {
    let mut stream = door.stream("/api/v1/admin/backup").await?;
    let failed = |error: &io::Error| Failure::new(Code::InputOutput, format!("The backup broke off: {error}"));
    while let Some(frame) = stream.frame().await {
        if let Ok(bytes) = frame.map_err(|error| failed(&error))?.into_data() {
            out.write_all(&bytes).map_err(|error| failed(&error))?;
        }
    }
    out.flush().map_err(|error| failed(&error))
}

fn put_in_place(draft: &Path, file: &Path) -> io::Result<()> {
    fs::rename(draft, file)?;
    let folder = file.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
    File::open(folder)?.sync_all()
}

fn to_stdout(place: &Place, as_json: bool) -> Done {
    let mut out = io::stdout();
    if as_json {
        return Err(Failure::new(
            Code::Usage,
            "With - stdout is the backup, so --json has no place. Name a file instead.",
        ));
    }
    if out.is_terminal() {
        return Err(Failure::new(
            Code::Usage,
            "A backup is not for a terminal. Pipe it on, or name a file instead of -.",
        ));
    }
    place.at_the_door(Folder::MustExist, async |door| write(door, &mut out).await)
}

fn list(place: &Place, dir: Option<PathBuf>, as_json: bool) -> Done {
    let named = dir.is_some();
    let dir = match dir {
        Some(dir) => dir,
        None => place.configuration()?.data.join(FOLDER),
    };
    let mut backups = Vec::new();
    match fs::read_dir(&dir) {
        Ok(entries) => {
            let mut paths: Vec<PathBuf> = entries.filter_map(|entry| Some(entry.ok()?.path())).collect();
            paths.retain(|path| path.extension().is_some_and(|extension| extension == EXTENSION));
            paths.sort();
            backups.extend(paths.iter().map(|path| listed(path)));
        }
        Err(error) if error.kind() == io::ErrorKind::NotFound && !named => {}
        Err(error) => return Err(Failure::file(&error, &dir)),
    }
    answer(as_json, &json!({ "backups": backups }), |answer| {
        let table = Table::of(
            &answer["backups"],
            &[
                ("FILE", |backup| cell(&backup["file"])),
                ("MADE", |backup| time(&backup["created_at"])),
                ("BYTES", |backup| cell(&backup["bytes"])),
                ("UP TO", |backup| cell(&backup["last_id"])),
                ("VERSION", |backup| cell(&backup["version"])),
                ("SERVER", |backup| match &backup["error"] {
                    Value::Null => cell(&backup["server"]),
                    error => cell(error),
                }),
            ],
        );
        table.to_string()
    })
}

/// What a backup says of itself; one that says nothing is shown, too.
fn listed(path: &Path) -> Value {
    let bytes = fs::metadata(path).map(|found| found.len()).unwrap_or_default();
    let header = File::open(path).map_err(crate::error::Error::from).and_then(backup::header_of);
    let (header, error) = match header {
        Ok(header) => (json!(header), Value::Null),
        Err(error) => (json!({}), json!(error.to_string())),
    };
    let mut listed = json!({ "file": path.display().to_string(), "bytes": bytes, "error": error });
    for field in ["version", "schema", "created_at", "last_id", "server"] {
        listed[field] = header[field].clone();
    }
    listed
}

fn verified(path: &Path) -> Result<Summary, Failure> {
    let file = opened(path)?;
    Ok(backup::verify(file)?)
}

fn opened(path: &Path) -> Result<File, Failure> {
    let file = File::open(path).map_err(|error| Failure::file(&error, path))?;
    match file.metadata().is_ok_and(|found| found.is_dir()) {
        true => Err(Failure::new(Code::NoFile, format!("{} is a folder. Name a backup in it.", path.display()))),
        false => Ok(file),
    }
}

impl Restore {
    fn run(self, place: &Place, as_json: bool) -> Done {
        let data = place.configuration()?.data;
        opened(&self.file)?;
        if block_on(async { Ok(client::is_running(&data).await?) })? {
            let line = format!("The server of {} is running. Stop it, restore, and start it again.", data.display());
            return Err(Failure::new(Code::Busy, line));
        }
        if backup::occupied(&data) && !self.force {
            let line = format!("{} holds a server's data already. To replace it, add --force.", data.display());
            return Err(Failure::new(Code::Exists, line));
        }
        let summary = backup::restore(&self.file, &data)?;
        print_summary(as_json, &summary, &format!("{} is restored", data.display()))
    }
}

fn print_summary(as_json: bool, summary: &Summary, done: &str) -> Done {
    if as_json {
        return print::json(summary);
    }
    let Summary { header, rows, bytes, sha256 } = summary;
    print::line(format!(
        "{done}: {rows} rows, up to id {}, of {} by Snug {}, {bytes} bytes\nsha256 {sha256}",
        header.last_id,
        moment(header.created_at),
        print::harmless(&header.version),
    ))
}
