//! `snug backup create`: one moment of everything as one file, or down a pipe.
use super::print_summary;
use crate::admin::client::{Door, Folder};
use crate::age::{Recipient, Sealing};
use crate::cli::failure::{Code, Failure};
use crate::cli::{Done, Place};
use crate::store::backup::{self, Summary};
use clap::Args;
use http_body_util::BodyExt;
use rustix::fs::OFlags;
use std::fs::{self, File, OpenOptions, TryLockError};
use std::io::{self, IsTerminal, Write};
use std::os::unix::fs::{MetadataExt, OpenOptionsExt, PermissionsExt};
use std::path::{Path, PathBuf};

#[derive(Args)]
pub struct Create {
    /// The file to make, or - for stdout
    file: PathBuf,
    /// Replace a file that is there
    #[arg(long)]
    force: bool,
    /// Encrypt it to this key of age (age1…), may be repeated [default: backup.age_recipients of the configuration]
    #[arg(long, value_name = "KEY", value_parser = recipient)]
    recipient: Vec<Recipient>,
}

fn recipient(text: &str) -> Result<Recipient, String> {
    text.parse().map_err(|why| format!("--recipient {why}"))
}

impl Create {
    pub fn run(mut self, place: &Place, as_json: bool) -> Done {
        if self.recipient.is_empty() {
            self.recipient = place.configuration()?.backup.age_recipients;
        }
        if self.file == Path::new("-") {
            return self.to_stdout(place, as_json);
        }
        let file = &self.file;
        self.may_be_made()?;
        let mut draft_name = file.clone().into_os_string();
        draft_name.push(".partial");
        let draft_path = PathBuf::from(draft_name);
        let summary = place.at_the_door(Folder::MustExist, async |door| {
            let mut draft = draft(&draft_path)?;
            let made = match self.recipient.as_slice() {
                [] => write(door, &mut draft).await.and_then(|()| {
                    synced(&draft, &draft_path)?;
                    Ok(backup::verify(File::open(&draft_path).map_err(|error| Failure::file(&error, &draft_path))?)?)
                }),
                recipients => sealed(door, &mut draft, recipients).await.and_then(|summary| {
                    synced(&draft, &draft_path)?;
                    Ok(summary)
                }),
            };
            // What is not whole must not be taken for a backup.
            made.inspect_err(|_| drop(fs::remove_file(&draft_path)))
        })?;
        self.may_be_made()?;
        put_in_place(&draft_path, file).map_err(|error| Failure::file(&error, file))?;
        let how = if self.recipient.is_empty() { "" } else { ", encrypted" };
        print_summary(as_json, &summary, &format!("{} is made{how}", file.display()))
    }

    fn may_be_made(&self) -> Done {
        if self.force || fs::symlink_metadata(&self.file).is_err() {
            return Ok(());
        }
        let line = format!("{} exists already. Choose another name, or replace it with --force.", self.file.display());
        Err(Failure::new(Code::Exists, line))
    }

    fn to_stdout(&self, place: &Place, as_json: bool) -> Done {
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
        place.at_the_door(Folder::MustExist, async |door| match self.recipient.as_slice() {
            [] => write(door, &mut out).await,
            recipients => {
                let mut sealing = Sealing::begin(&mut out, recipients).map_err(|error| broke_off(&error))?;
                write(door, &mut sealing).await?;
                sealing.finish().map(drop).map_err(|error| broke_off(&error))
            }
        })
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
    while let Some(frame) = stream.frame().await {
        if let Ok(bytes) = frame.map_err(|error| broke_off(&io::Error::other(error)))?.into_data() {
            out.write_all(&bytes).map_err(|error| broke_off(&error))?;
        }
    }
    out.flush().map_err(|error| broke_off(&error))
}

/// Encrypts it as it comes, while its plain text is read and checked beside it: later nobody here could.
async fn sealed(door: &Door, out: &mut impl Write, recipients: &[Recipient]) -> Result<Summary, Failure> {
    let (reader, mut plain) = io::pipe().map_err(|error| broke_off(&error))?;
    let checking = std::thread::spawn(move || backup::verify(reader));
    let mut sealing = Sealing::begin(out, recipients).map_err(|error| broke_off(&error))?;
    let mut stream = door.stream("/api/v1/admin/backup").await?;
    while let Some(frame) = stream.frame().await {
        if let Ok(bytes) = frame.map_err(|error| broke_off(&io::Error::other(error)))?.into_data() {
            sealing.write_all(&bytes).map_err(|error| broke_off(&error))?;
            // If that does not want more, it says why.
            let _ = plain.write_all(&bytes);
        }
    }
    drop(plain);
    let checked = checking.join().map_err(|_| Failure::new(Code::Software, "Checking the backup panicked."))?;
    sealing.finish().map_err(|error| broke_off(&error))?;
    Ok(checked?)
}

fn broke_off(error: &io::Error) -> Failure {
    Failure::new(Code::InputOutput, format!("The backup broke off: {error}"))
}

fn synced(draft: &File, path: &Path) -> Done {
    draft.sync_all().map_err(|error| Failure::file(&error, path))
}

fn put_in_place(draft: &Path, file: &Path) -> io::Result<()> {
    fs::rename(draft, file)?;
    let folder = file.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
    File::open(folder)?.sync_all()
}
