//! How a command fails: one line on stderr that says what to do, and an exit code of sysexits.h.
use crate::admin::client::Unanswered;
use crate::config::ConfigError;
use crate::error::{Error, Refusal};
use std::io;
use std::path::Path;
use std::process::ExitCode;

/// The exit codes that PROTOCOL names.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[repr(u8)]
pub enum Code {
    Usage = 64,
    Damaged = 65,
    NoFile = 66,
    NoSuch = 67,
    Unavailable = 69,
    Software = 70,
    Exists = 73,
    InputOutput = 74,
    Busy = 75,
    NotPermitted = 77,
    Configuration = 78,
}

#[derive(Debug)]
pub struct Failure {
    pub code: Code,
    pub line: String,
}

impl Failure {
    pub fn new(code: Code, line: impl Into<String>) -> Self {
        Failure { code, line: line.into() }
    }

    /// Says it and gives the code.
    pub fn report(&self) -> ExitCode {
        for line in self.line.lines() {
            eprintln!("snug: {line}");
        }
        ExitCode::from(self.code as u8)
    }

    /// What went wrong with a file.
    pub fn file(error: &io::Error, path: &Path) -> Self {
        let path = path.display();
        let (code, line) = match error.kind() {
            io::ErrorKind::NotFound => (Code::NoFile, format!("There is no {path}. Check the name.")),
            io::ErrorKind::PermissionDenied => {
                (Code::NotPermitted, format!("{path} is closed to this user. Run this as its owner, or with sudo."))
            }
            io::ErrorKind::AlreadyExists => (Code::Exists, format!("{path} exists already. Choose another name.")),
            _ => (Code::InputOutput, format!("{path}: {error}")),
        };
        Failure::new(code, line)
    }
}

/// clap's own words, in one line where they are an error.
pub fn usage(error: &clap::Error) -> ExitCode {
    use clap::error::ErrorKind;
    match error.kind() {
        ErrorKind::DisplayHelp | ErrorKind::DisplayVersion | ErrorKind::DisplayHelpOnMissingArgumentOrSubcommand => {
            let _ = error.print();
            match error.kind() {
                ErrorKind::DisplayHelpOnMissingArgumentOrSubcommand => ExitCode::from(Code::Usage as u8),
                _ => ExitCode::SUCCESS,
            }
        }
        _ => {
            let text = error.to_string();
            let mut parts = text.lines().map(str::trim).filter(|line| !line.is_empty());
            let first = parts.next().unwrap_or_default().trim_start_matches("error: ").to_owned();
            let wanted: Vec<&str> =
                parts.take_while(|line| !line.starts_with("Usage") && !line.starts_with("For more")).collect();
            let line = [&[first.as_str()], &wanted[..]].concat().join(" ");
            Failure::new(Code::Usage, format!("{line} (see --help)")).report()
        }
    }
}

impl From<ConfigError> for Failure {
    fn from(error: ConfigError) -> Self {
        Failure::new(Code::Configuration, error.problems.join("\n"))
    }
}

impl Code {
    /// Of a refusal, by its stable word or else by its status.
    fn of(word: &str, status: u16) -> Code {
        match (word, status) {
            ("damaged" | "damaged_backup" | "newer_schema", _) => Code::Damaged,
            ("locked" | "busy" | "backup_running", _) => Code::Busy,
            ("no_data", _) => Code::NoFile,
            ("not_permitted" | "last_owner", _) => Code::NotPermitted,
            ("configuration", _) => Code::Configuration,
            ("storage_full", _) => Code::InputOutput,
            (_, 404) => Code::NoSuch,
            (_, 401 | 403) => Code::NotPermitted,
            (_, 409) => Code::Exists,
            (_, 429 | 503) => Code::Busy,
            (_, 500..) => Code::Software,
            _ => Code::Usage,
        }
    }
}

impl From<Refusal> for Failure {
    fn from(refusal: Refusal) -> Self {
        Failure::new(Code::of(refusal.code, refusal.status), refusal.detail)
    }
}

impl From<Unanswered> for Failure {
    fn from(unanswered: Unanswered) -> Self {
        match unanswered {
            Unanswered::Refused(problem) => Failure::new(Code::of(&problem.code, problem.status), problem.detail),
            Unanswered::Failed(error) => error.into(),
        }
    }
}

impl From<Error> for Failure {
    fn from(error: Error) -> Self {
        match error {
            Error::Refused(refusal) => refusal.into(),
            Error::Fault(fault) => Failure::new(Code::InputOutput, fault.0),
        }
    }
}
