//! `snug service`: systemd's units, for who has only this binary.
use super::Done;
use super::failure::{Code, Failure};
use super::print::line;
use clap::{Args, Subcommand};
use std::fs;
use std::io;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::Command;

/// Run Snug as a service of systemd
#[derive(Args)]
#[command(arg_required_else_help = false)]
#[command(after_help = "Example: snug service install (as root)")]
pub struct Service {
    #[command(subcommand)]
    action: Action,
}

#[derive(Subcommand)]
enum Action {
    /// Print the units that `install` would write
    #[command(after_help = "Example: snug service print --socket")]
    Print(Units),
    /// Put this binary and its units in place, and start the service now and at each boot
    #[command(after_help = "Example: snug service install (as root)\nExample: snug service install --socket")]
    Install(Install),
    /// Stop the service and take its units away. Data and binary stay
    #[command(after_help = "Example: snug service remove (as root)")]
    Remove(Remove),
}

#[derive(Args)]
struct Units {
    /// Let systemd hold port 443 open: no privilege for Snug, and nobody is refused while it restarts
    #[arg(long)]
    socket: bool,
    /// Where the binary lies
    #[arg(long, value_name = "FILE", default_value = BINARY)]
    bin: PathBuf,
}

#[derive(Args)]
struct Install {
    #[command(flatten)]
    units: Units,
    /// Write below this folder and start nothing: for an image of a machine
    #[arg(long, value_name = "DIR")]
    root: Option<PathBuf>,
}

#[derive(Args)]
struct Remove {
    /// Remove from below this folder and stop nothing
    #[arg(long, value_name = "DIR")]
    root: Option<PathBuf>,
}

const BINARY: &str = "/usr/local/bin/snug";
const FOLDER: &str = "/etc/systemd/system";
const SERVICE: &str = "snug.service";
const SOCKET: &str = "snug.socket";
const DROP_IN: &str = "snug.service.d/socket.conf";

/// The files of the folder systemd/, as every binary has them.
const SERVICE_UNIT: &str = include_str!("../../systemd/snug.service");
const SOCKET_UNIT: &str = include_str!("../../systemd/snug.socket");
const SOCKET_DROP_IN: &str = include_str!("../../systemd/socket.conf");

impl Service {
    pub fn run(self) -> Done {
        match self.action {
            Action::Print(units) => units.print(),
            Action::Install(install) => install.run(),
            Action::Remove(remove) => remove.run(),
        }
    }
}

impl Units {
    /// The files, by their names below systemd's folder.
    fn files(&self) -> Result<Vec<(&'static str, String)>, Failure> {
        let Some(bin) = self.bin.to_str().filter(|bin| is_plain(bin)) else {
            let line =
                format!("{} is no whole path of letters, digits and - . _ that a unit can name.", self.bin.display());
            return Err(Failure::new(Code::Usage, line));
        };
        let mut files = vec![(SERVICE, SERVICE_UNIT.replace(BINARY, bin))];
        if self.socket {
            files.push((SOCKET, SOCKET_UNIT.to_owned()));
            files.push((DROP_IN, SOCKET_DROP_IN.to_owned()));
        }
        Ok(files)
    }

    fn print(&self) -> Done {
        for (name, text) in self.files()? {
            line(format!("# {FOLDER}/{name}\n{text}"))?;
        }
        Ok(())
    }
}

impl Install {
    fn run(self) -> Done {
        let files = self.units.files()?;
        let root = self.root.as_deref();
        if root.is_none() {
            may_manage()?;
        }
        let bin = below(root, &self.units.bin);
        let own = std::env::current_exe().map_err(|error| Failure::new(Code::InputOutput, error.to_string()))?;
        if !is_same(&own, &bin) {
            put(&bin, 0o755, |draft| fs::copy(&own, draft).map(drop))?;
            line(format!("{} is in place", bin.display()))?;
        }
        for (name, text) in &files {
            let path = below(root, &Path::new(FOLDER).join(name));
            put(&path, 0o644, |draft| fs::write(draft, text))?;
            line(format!("{} is in place", path.display()))?;
        }
        if !self.units.socket {
            // Of an earlier installation with sockets.
            take_away(root, &[SOCKET, DROP_IN])?;
        }
        if root.is_some() {
            return Ok(());
        }
        systemctl(&["daemon-reload"])?;
        let units: &[&str] = if self.units.socket { &[SOCKET, SERVICE] } else { &[SERVICE] };
        systemctl(&[&["enable", "--quiet"], units].concat())?;
        // Not `enable --now`: one that runs already is to run the new binary.
        systemctl(&[&["restart"], units].concat())?;
        let data = "/var/lib/snug";
        line(format!(
            "Snug runs, now and after each boot. Its data is in {data}.\nThe setup link:   sudo journalctl -u snug -n 30\nHow it is:        sudo snug status --data {data}"
        ))
    }
}

impl Remove {
    fn run(self) -> Done {
        let root = self.root.as_deref();
        if !below(root, &Path::new(FOLDER).join(SERVICE)).exists() {
            let line = format!("There is no {FOLDER}/{SERVICE}. Nothing is to be removed.");
            return Err(Failure::new(Code::NoFile, line));
        }
        if root.is_none() {
            may_manage()?;
            // The socket first: it would start the service again. It may not be there.
            let _ = systemctl(&["disable", "--quiet", "--now", SOCKET]);
            systemctl(&["disable", "--quiet", "--now", SERVICE])?;
        }
        take_away(root, &[SERVICE, SOCKET, DROP_IN])?;
        if root.is_none() {
            systemctl(&["daemon-reload"])?;
        }
        line("The service is removed. Its data stays in /var/lib/snug, the binary where it is.")
    }
}

/// Whether this user can change services here, and there are any.
fn may_manage() -> Done {
    if !sd_notify::booted().unwrap_or(false) {
        let line = "This machine does not run systemd. Start \"snug serve\" by what it has instead, or write the units for another machine: snug service print";
        return Err(Failure::new(Code::Unavailable, line));
    }
    if !rustix::process::geteuid().is_root() {
        return Err(Failure::new(Code::NotPermitted, "Only root may do this. Run it with sudo."));
    }
    Ok(())
}

fn systemctl(args: &[&str]) -> Done {
    let ran = Command::new("systemctl").args(args).status();
    match ran {
        Ok(status) if status.success() => Ok(()),
        Ok(_) => {
            let line =
                format!("systemctl {} failed. What the service said: sudo journalctl -u snug -n 30", args.join(" "));
            Err(Failure::new(Code::Unavailable, line))
        }
        Err(error) => Err(Failure::new(Code::Unavailable, format!("systemctl cannot be run: {error}"))),
    }
}

/// Writes a file beside its place and moves it there whole: a binary that runs cannot be written into.
fn put(path: &Path, mode: u32, write: impl FnOnce(&Path) -> io::Result<()>) -> Done {
    let mut draft = path.as_os_str().to_owned();
    draft.push(".new");
    let draft = PathBuf::from(draft);
    let folder = path.parent().unwrap_or(path);
    let put = || {
        fs::create_dir_all(folder)?;
        write(&draft)?;
        fs::set_permissions(&draft, fs::Permissions::from_mode(mode))?;
        fs::File::open(&draft)?.sync_all()?;
        fs::rename(&draft, path)
    };
    put().map_err(|error| Failure::file(&error, path))
}

fn take_away(root: Option<&Path>, names: &[&str]) -> Done {
    for name in names {
        let path = below(root, &Path::new(FOLDER).join(name));
        match fs::remove_file(&path) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(Failure::file(&error, &path)),
            _ => {}
        }
    }
    // Somebody's own drop-ins stay.
    let _ = fs::remove_dir(below(root, &Path::new(FOLDER).join(DROP_IN)).parent().unwrap_or(Path::new("")));
    Ok(())
}

fn below(root: Option<&Path>, path: &Path) -> PathBuf {
    root.map_or_else(|| path.to_owned(), |root| root.join(path.strip_prefix("/").unwrap_or(path)))
}

fn is_same(one: &Path, other: &Path) -> bool {
    matches!((fs::canonicalize(one), fs::canonicalize(other)), (Ok(one), Ok(other)) if one == other)
}

/// systemd reads spaces, quotes, $ and % in its own way.
fn is_plain(path: &str) -> bool {
    path.starts_with('/') && path.chars().all(|sign| sign.is_ascii_alphanumeric() || "/-._+".contains(sign))
}
