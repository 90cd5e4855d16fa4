//! What an operator may set: defaults < file < environment < flags, checked once into a plain struct.
//!
//! `keys.rs` has the one list of keys; `config.example.toml` explains each of them, and a test holds the two together.
mod check;
mod keys;
mod live;
mod net;
mod sources;

pub use live::{Kind, Live, is_live, known};
pub use net::Net;

use crate::age::Recipient;
use check::Check;
use sources::Sources;
use std::collections::BTreeMap;
use std::ffi::{OsStr, OsString};
use std::net::SocketAddr;
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};
use std::{fmt, fs};

/// All that an operator decided, checked.
#[derive(Debug, Clone)]
pub struct Config {
    /// The data folder.
    pub data: PathBuf,
    /// The configuration file that was read, if there is one.
    pub file: Option<PathBuf>,
    pub server: Server,
    pub tls: Tls,
    pub cors: Cors,
    pub auth: Auth,
    pub limits: Limits,
    pub backup: Backup,
    pub retention: Retention,
    pub audit: Audit,
    pub log: Log,
    /// What is allowed, but should be said at start.
    pub warnings: Vec<String>,
    /// Every key with its value and where that came from.
    pub settings: Vec<Setting>,
}

/// Where the server listens, as whom, and how the line is protected.
#[derive(Debug, Clone)]
pub struct Server {
    pub listen: Vec<SocketAddr>,
    /// Where plain HTTP is told to come by HTTPS.
    pub redirect_listen: Vec<SocketAddr>,
    /// Names and addresses under which people reach the server; empty: those of the machine.
    pub hosts: Vec<String>,
    pub tls: TlsMode,
    /// Proxies whose `X-Forwarded-*` headers are believed.
    pub trusted_proxies: Vec<Net>,
    /// Proxies that begin each connection with a header of the PROXY protocol.
    pub proxy_protocol: Vec<Net>,
    /// Where everybody may read the metrics, in plain HTTP.
    pub metrics_listen: Option<SocketAddr>,
    /// Where a finder of a hole writes to, as a URI; none: nobody said.
    pub contact: Option<String>,
}

/// Where the certificate comes from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum TlsMode {
    /// Made here, under a local authority in the data folder.
    Auto,
    /// Plain HTTP.
    Off,
    /// The operator's own: PEM files.
    Files { cert: PathBuf, key: PathBuf },
    /// Ordered from a public authority, and renewed in time.
    Acme(Box<Acme>),
}

/// How TLS is spoken, wherever the certificate comes from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Tls {
    pub oldest: TlsVersion,
    /// Whether browsers are told to use HTTPS for all names below this one, too.
    pub hsts_subdomains: bool,
}

/// The oldest version that is spoken.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TlsVersion {
    V1_2,
    V1_3,
}

/// An authority that speaks ACME (RFC 8555), and what it is asked for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Acme {
    /// The names of the certificate: those of the hosts that can be proven.
    pub names: Vec<String>,
    /// The address of the directory.
    pub directory: String,
    /// To whom the authority writes; none: nobody.
    pub email: Option<String>,
    /// An account at the authority that exists already: its id, and the file with its key.
    pub external: Option<(String, PathBuf)>,
    /// A certificate that is trusted for the directory itself, beside the public ones.
    pub root: Option<PathBuf>,
    /// How names are proven, the likeliest to succeed first.
    pub proofs: Vec<Proof>,
}

/// How it is proven that a name is this server's.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Proof {
    /// A file under plain HTTP on port 80 (RFC 8555, 8.3).
    Http,
    /// A certificate that is shown on port 443 (RFC 8737).
    Alpn,
}

impl Proof {
    /// As RFC 8555 calls it.
    pub fn word(self) -> &'static str {
        match self {
            Proof::Http => "http-01",
            Proof::Alpn => "tls-alpn-01",
        }
    }
}

/// Which pages of other origins may call the API.
#[derive(Debug, Clone)]
pub struct Cors {
    /// As browsers write them in `Origin`.
    pub origins: Vec<String>,
}

/// How people get in.
#[derive(Debug, Clone)]
pub struct Auth {
    pub registration: Registration,
    /// Characters.
    pub password_min: usize,
    pub argon2_memory_kib: u32,
    pub argon2_iterations: u32,
    pub second_factor: SecondFactor,
    /// A file with the code that lets the first person in; none: one is made and printed.
    pub setup_code_file: Option<PathBuf>,
}

/// Who may make an account.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Registration {
    Open,
    Invite,
    Closed,
}

/// Who must show more than a password.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SecondFactor {
    /// Who wants to.
    Optional,
    /// Admins and owners.
    Admins,
    /// Everybody but bots.
    All,
}

/// How much of everything; 0 means no limit, of whatever hangs on it too (PROTOCOL, Configuration keys).
#[derive(Debug, Clone)]
pub struct Limits {
    pub messages_per_second: u64,
    pub messages_burst: u64,
    pub reactions_per_second: u64,
    pub frames_per_second: u64,
    pub reads_per_second: u64,
    pub searches_per_second: u64,
    pub sockets_per_user: u64,
    pub connections_per_ip: u64,
    pub logins_per_10_min: u64,
    pub registrations_per_hour: u64,
    pub rooms_per_hour: u64,
    pub invites_per_hour: u64,
    pub upload_max_bytes: u64,
    pub user_quota_bytes: u64,
    pub storage_max_bytes: u64,
}

/// The backups that the server makes by itself.
#[derive(Debug, Clone)]
pub struct Backup {
    /// Hour and minute of the local time; none: it makes none.
    pub nightly: Option<(u8, u8)>,
    pub folder: PathBuf,
    /// The newest of so many days, and of so many weeks.
    pub keep_daily: u64,
    pub keep_weekly: u64,
    /// To whom they are encrypted; none: they are not.
    pub age_recipients: Vec<Recipient>,
}

/// How long words and files are kept.
#[derive(Debug, Clone, Copy)]
pub struct Retention {
    /// 0: for ever.
    pub messages_days: u64,
    /// Of files on messages. 0: as long as their messages.
    pub files_days: u64,
}

/// What is kept of who did what.
#[derive(Debug, Clone)]
pub struct Audit {
    /// 0: for ever.
    pub days: u64,
}

/// What the server says about itself.
#[derive(Debug, Clone)]
pub struct Log {
    /// One of `LEVELS`.
    pub level: String,
    pub format: LogFormat,
}

/// How a line of the log is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LogFormat {
    /// For people.
    Text,
    /// One object a line, for programs.
    Json,
}

/// What the command line sets.
#[derive(Debug, Clone, Default)]
pub struct Flags {
    pub listen: Vec<String>,
    pub tls: Option<String>,
    pub hosts: Vec<String>,
    pub data: Option<PathBuf>,
    pub config: Option<PathBuf>,
    /// Whether root takes the service's folder, whoever owns it. A server does not: what it makes there would be root's.
    pub any_owner: bool,
}

/// One key, as `snug config show` prints it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Setting {
    /// `section.key`.
    pub key: &'static str,
    /// As TOML.
    pub value: String,
    pub origin: Origin,
}

/// What set a key; the later wins.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Origin {
    Default,
    /// The default where an authority is asked for the certificate.
    DefaultOfAcme,
    /// An admin, while the server ran.
    Database,
    File(PathBuf),
    /// The variable.
    Environment(String),
    /// The flag, with its dashes.
    Flag(&'static str),
}

impl Origin {
    /// Whether nobody set it.
    pub fn is_default(&self) -> bool {
        matches!(self, Origin::Default | Origin::DefaultOfAcme)
    }
}

impl std::fmt::Display for Origin {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Origin::Default => f.write_str("default"),
            Origin::DefaultOfAcme => f.write_str("default, because server.tls is \"acme\""),
            Origin::Database => f.write_str("database"),
            Origin::File(path) => path.display().fmt(f),
            Origin::Environment(name) => write!(f, "environment {name}"),
            Origin::Flag(flag) => write!(f, "flag {flag}"),
        }
    }
}

/// All that is wrong with a configuration, one sentence each.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ConfigError {
    pub problems: Vec<String>,
}

/// What `log.level` may be, from silent to talkative.
pub const LEVELS: &[&str] = &["error", "warn", "info", "debug", "trace"];

/// Where packages put the data folder and the configuration.
const SYSTEM_DATA: &str = "/var/lib/snug";
const SYSTEM_FILE: &str = "/etc/snug/config.toml";

/// Where systemd puts what a unit's `LoadCredential=` names (systemd.exec(5)), and where that is for who looks after the
/// service from outside.
const CREDENTIALS: &str = "CREDENTIALS_DIRECTORY";
const SYSTEM_CREDENTIALS: &str = "/run/credentials/snug.service";

impl Config {
    /// Every machine that this configuration lets the server contact by itself (`snug doctor --network`). There is no other:
    /// nothing phones home.
    pub fn destinations(&self) -> Vec<Destination> {
        let TlsMode::Acme(wanted) = &self.server.tls else { return Vec::new() };
        let names = wanted.names.join(", ");
        let purpose = format!("orders the certificate for {names} (server.tls = \"acme\"), and renews it in time");
        vec![Destination { address: wanted.directory.clone(), purpose }]
    }

    /// Reads the configuration of this process.
    ///
    /// # Errors
    /// All problems at once, each with its key and where the value came from.
    pub fn load(flags: &Flags) -> Result<Config, ConfigError> {
        Config::load_with(flags, std::env::vars_os())
    }

    /// Whether nobody set a key.
    pub fn is_default(&self, key: &str) -> bool {
        self.settings.iter().any(|setting| setting.key == key && setting.origin.is_default())
    }

    /// As `load`, with an environment of the caller's.
    ///
    /// # Errors
    /// As `load`.
    pub fn load_with(
        flags: &Flags,
        environment: impl IntoIterator<Item = (OsString, OsString)>,
    ) -> Result<Config, ConfigError> {
        let ours =
            |(name, _): &(OsString, OsString)| name.as_encoded_bytes().starts_with(b"SNUG_") || name == CREDENTIALS;
        let mut environment: BTreeMap<OsString, OsString> = environment.into_iter().filter(ours).collect();
        let credentials = environment.remove(OsStr::new(CREDENTIALS)).unwrap_or_else(|| SYSTEM_CREDENTIALS.into());
        let folder = |name: &str| environment.get(&OsString::from(name)).filter(|value| !value.is_empty());
        let data = flags
            .data
            .clone()
            .or_else(|| folder("SNUG_DATA").map(PathBuf::from))
            .unwrap_or_else(|| default_data(Path::new(SYSTEM_DATA), flags.any_owner));
        let named = flags.config.clone().or_else(|| folder("SNUG_CONFIG").map(PathBuf::from));
        let file = named.or_else(|| [data.join("config.toml"), SYSTEM_FILE.into()].into_iter().find(|at| at.exists()));

        let mut sources = Sources::with_defaults();
        if let Some(path) = &file {
            sources.add_file(path);
        }
        sources.add_environment(&environment);
        sources.add_flags(flags);
        Check { sources, warnings: Vec::new(), credentials: credentials.into() }.config(data, file)
    }
}

/// The service's folder, if we are that service, or root who looks after it; else one in the current folder.
fn default_data(system: &Path, any_owner: bool) -> PathBuf {
    let user = rustix::process::geteuid();
    let ours = |found: fs::Metadata| found.uid() == user.as_raw() || (any_owner && user.is_root());
    let is_found = fs::metadata(system).is_ok_and(|found| found.is_dir() && ours(found));
    if is_found { system.into() } else { "snug-data".into() }
}

/// A machine that the server contacts by itself.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize)]
pub struct Destination {
    /// As a URI.
    pub address: String,
    /// What for: a sentence.
    pub purpose: String,
}

/// What is wrong with plain HTTP on these addresses: others could read along.
pub fn in_the_clear(tls: &TlsMode, trusted_proxies: &[Net], listen: &[SocketAddr]) -> Option<String> {
    let exposed = listen.iter().find(|address| !address.ip().to_canonical().is_loopback())?;
    (*tls == TlsMode::Off && trusted_proxies.is_empty()).then(|| {
        format!(
            "is \"off\", but {exposed} can be reached from other machines, who would send passwords in the clear. \
             Listen on 127.0.0.1 only, or name the proxy that does TLS in server.trusted_proxies"
        )
    })
}

impl fmt::Display for ConfigError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.problems.join("\n"))
    }
}

impl std::error::Error for ConfigError {}

#[cfg(test)]
mod tests;
