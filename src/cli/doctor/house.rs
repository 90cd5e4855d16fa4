//! What can be wrong on the machine itself: configuration, folder, disk, clock, the process.
use super::{Finding, Setting};
use crate::cli::print::size;
use crate::config::Config;
use crate::limits;
use serde_json::Value;
use std::os::unix::fs::{MetadataExt, PermissionsExt};
use std::path::{Path, PathBuf};
use std::{fs, io};

pub fn configuration(config: &Config, registration: &Setting) -> Vec<Finding> {
    let from = config.file.as_ref().map_or("defaults alone".to_owned(), |file| file.display().to_string());
    let fix = "Change it, or leave it so: config.example.toml explains every key";
    let mut findings: Vec<Finding> =
        config.warnings.iter().map(|warning| Finding::warn("config", warning.clone(), fix)).collect();
    if registration.is_open {
        let (set, fix) = match registration.is_kept {
            true => (", set by an admin", "snug config set auth.registration invite"),
            false => ("", "\"invite\""),
        };
        findings.push(Finding::warn(
            "config",
            format!("Everybody who reaches this server can make an account (auth.registration is \"open\"{set})."),
            format!("Leave it so only where that is meant; else {fix}"),
        ));
    }
    if findings.is_empty() {
        findings.push(Finding::good("config", format!("It is sound, from {from}.")));
    }
    findings
}

/// The data folder is its owner's alone, and so is every key in it.
pub fn folder(config: &Config) -> Vec<Finding> {
    let data = &config.data;
    let found = match fs::metadata(data) {
        Ok(found) => found,
        Err(error) if error.kind() == io::ErrorKind::NotFound => {
            let fix = "Name the data folder with --data DIR, or begin one: snug serve --data DIR";
            return vec![Finding::bad("folder", format!("There is no data folder {}.", data.display()), fix)];
        }
        Err(error) => {
            let fix = "Run this as the folder's owner, or with sudo";
            return vec![Finding::bad("folder", format!("{} cannot be looked at: {error}.", data.display()), fix)];
        }
    };
    let mut findings = Vec::new();
    if found.permissions().mode() & 0o077 != 0 {
        let says = format!("Others may enter {} (mode {:03o}).", data.display(), found.permissions().mode() & 0o777);
        findings.push(Finding::bad("folder", says, format!("chmod 700 {}", data.display())));
    }
    for path in secrets(data) {
        let Ok(secret) = fs::metadata(&path) else { continue };
        if secret.permissions().mode() & 0o077 != 0 {
            let says = format!("Others may read {}.", path.display());
            findings.push(Finding::bad("folder", says, format!("chmod 600 {}", path.display())));
        }
        if secret.uid() != found.uid() {
            let says = format!("{} belongs to another user than its folder.", path.display());
            let fix = format!("chown --reference={} {}", data.display(), path.display());
            findings.push(Finding::bad("folder", says, fix));
        }
    }
    if findings.is_empty() {
        findings.push(Finding::good("folder", format!("{} and what is in it is its owner's alone.", data.display())));
    }
    findings
}

/// What nobody but the owner may read: all files of the folder, two levels deep.
fn secrets(data: &Path) -> Vec<PathBuf> {
    let of = |folder: &Path| -> Vec<PathBuf> {
        let entries = fs::read_dir(folder).into_iter().flatten().flatten();
        entries.map(|entry| entry.path()).take(limits::DOCTOR_FILES_MAX).collect()
    };
    let (folders, mut files): (Vec<PathBuf>, Vec<PathBuf>) = of(data).into_iter().partition(|path| path.is_dir());
    files.extend(folders.iter().flat_map(|folder| of(folder)).filter(|path| path.is_file()));
    // A socket has its own gate.
    files.retain(|path| path.is_file());
    files
}

/// Room on the disk, and whether it is one that keeps what it is given.
pub fn disk(config: &Config) -> Finding {
    let data = &config.data;
    let Ok(found) = rustix::fs::statfs(data.as_path()) else {
        return Finding::warn("disk", "It does not say how full it is.", "Look at it by hand: df -h");
    };
    let block = found.f_bsize as u64;
    let (free, total) = (found.f_bavail * block, found.f_blocks * block);
    if is_read_only(data) {
        let says = format!("{} lies on a disk that is mounted read-only: nothing can be written.", data.display());
        return Finding::bad("disk", says, "Look why (dmesg), then: mount -o remount,rw");
    }
    let kind = found.f_type as u64 & 0xffff_ffff;
    if let Some((_, name)) = UNSAFE.iter().find(|(number, _)| *number == kind) {
        let says = format!("{} lies on {name}, which may lose what it said it has.", data.display());
        return Finding::bad("disk", says, "Move the data folder to a disk of this machine");
    }
    let reserve = (total / 100).max(limits::SPACE_RESERVE_BYTES);
    let says = format!("{} of {} are free.", size(free), size(total));
    if free < reserve {
        return Finding::bad("disk", format!("{says} Uploads are refused, and soon messages."), "Make room");
    }
    if free < total / 10 {
        return Finding::warn("disk", says, format!("Make room soon: below {} uploads are refused", size(reserve)));
    }
    Finding::good("disk", says)
}

/// Whether the disk of a folder takes nothing at all.
pub fn is_read_only(folder: &Path) -> bool {
    let found = rustix::fs::statvfs(folder);
    found.is_ok_and(|found| found.f_flag.contains(rustix::fs::StatVfsMountFlags::RDONLY))
}

/// Kinds of file systems by their numbers (statfs(2)) that forget, or lock in their own way.
const UNSAFE: [(u64, &str); 5] = [
    (0x0102_1994, "tmpfs (memory)"),
    (0x8584_58f6, "ramfs (memory)"),
    (0x6969, "NFS"),
    (0xff53_4d42, "CIFS"),
    (0xfe53_4d42, "SMB"),
];

/// Whether somebody keeps the clock right. The network is not asked.
pub fn clock() -> Finding {
    let says_so = ["/run/systemd/timesync/synchronized", "/run/chrony", "/run/chronyd.pid", "/run/ntpd.pid"];
    if let Some(found) = says_so.iter().find(|path| Path::new(path).exists()) {
        return Finding::good("clock", format!("It is kept right ({found})."));
    }
    Finding::warn(
        "clock",
        "Nobody on this machine says that the clock is kept right. Certificates and codes of authenticators need it.",
        "On a machine of your own: sudo timedatectl set-ntp true. In a container its host keeps it",
    )
}

/// What the server may take of the machine.
pub fn process(status: &Value) -> Vec<Finding> {
    let process = &status["process"];
    let (open, max) = (process["open_files"].as_u64(), process["open_files_max"].as_u64());
    let mut findings = Vec::new();
    if let (Some(open), Some(max)) = (open, max) {
        let says = match open {
            // Without /proc nobody counts them.
            0 => format!("{max} files may be open: as many people can be connected, less a few."),
            _ => format!("{open} files are open, {max} may be: as many people can be connected, less a few."),
        };
        findings.push(match max {
            0..4_096 => Finding::warn("files", says, "Raise it: LimitNOFILE=65536 in the unit, or ulimit -n 65536"),
            _ => Finding::good("files", says),
        });
    }
    if let Some(resident @ 1..) = process["resident_bytes"].as_u64() {
        findings.push(Finding::good("memory", format!("The server takes {}.", size(resident))));
    }
    findings
}

/// Whether there is somebody who can look after the server.
pub fn people(status: &Value) -> Vec<Finding> {
    match status["setup_needed"].as_bool() {
        Some(true) => vec![Finding::warn(
            "people",
            "Nobody has set this server up yet.",
            "Open the link that it printed at its start, or: snug user add NAME --role owner",
        )],
        _ => Vec::new(),
    }
}
