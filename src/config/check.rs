//! Turns texts and numbers into what they mean, and notes what is wrong with them.
mod line;

use super::keys::{
    ARGON2_ITERATIONS, ARGON2_MEMORY_KIB, Fallback, KEYS, PASSWORD_MIN, PASSWORD_MIN_RANGE, REGISTRATIONS,
    SECOND_FACTORS,
};
use super::sources::Sources;
use super::{
    Audit, Auth, Backup, Config, ConfigError, Cors, LEVELS, Limits, Live, Log, LogFormat, Net, Registration, Retention,
    SecondFactor, Server, Setting, Tls, TlsMode, TlsVersion, in_the_clear,
};
use crate::age::Recipient;
use std::net::{IpAddr, SocketAddr};
use std::ops::RangeInclusive;
use std::path::{Path, PathBuf};

/// A configuration that is being read.
pub(super) struct Check {
    pub(super) sources: Sources,
    pub(super) warnings: Vec<String>,
    /// Where files are that the service manager hands over.
    pub(super) credentials: PathBuf,
}

/// Begins the name of such a file, where a path may stand.
const CREDENTIAL: &str = "credential:";

impl Check {
    pub(super) fn config(mut self, data: PathBuf, file: Option<PathBuf>) -> Result<Config, ConfigError> {
        let server = self.server();
        let tls = self.tls();
        let cors = Cors { origins: self.list("cors.origins", parse_origin) };
        let auth = self.auth();
        let limits = self.limits();
        let backup = self.backup(&data);
        let audit = Audit { days: self.sources.get("audit.days") };
        let retention = self.retention();
        let format = match self.choice("log.format", &["text", "json"]) {
            "json" => LogFormat::Json,
            _ => LogFormat::Text,
        };
        let log = Log { level: self.choice("log.level", LEVELS).to_owned(), format };
        let settings = self.settings();
        match self.sources.problems {
            problems if !problems.is_empty() => Err(ConfigError { problems }),
            _ => Ok(Config {
                data,
                file,
                server,
                tls,
                cors,
                auth,
                limits,
                backup,
                retention,
                audit,
                log,
                warnings: self.warnings,
                settings,
            }),
        }
    }

    /// The part that counts while the server runs.
    pub(super) fn live(mut self) -> Result<Live, ConfigError> {
        let Auth { registration, password_min, second_factor, .. } = self.auth();
        match self.sources.problems {
            problems if !problems.is_empty() => Err(ConfigError { problems }),
            _ => Ok(Live {
                registration,
                password_min,
                second_factor,
                limits: self.limits(),
                retention: self.retention(),
                audit_days: self.sources.get("audit.days"),
                settings: self.settings(),
            }),
        }
    }

    fn server(&mut self) -> Server {
        self.follow_acme();
        let listen = self.list("server.listen", parse_listen);
        if self.sources.get::<Vec<String>>("server.listen").is_empty() {
            self.problem("server.listen", "names no address");
        }
        let redirect_listen = self.redirect_listen();
        let hosts = self.list("server.hosts", parse_host);
        let trusted_proxies = self.proxies("server.trusted_proxies");
        let proxy_protocol = self.proxies("server.proxy_protocol");
        let tls = self.mode(&listen, &redirect_listen, &proxy_protocol, &hosts);
        if let Some(why) = in_the_clear(&tls, &trusted_proxies, &listen) {
            self.problem("server.tls", &why);
        }
        if tls == TlsMode::Off && !redirect_listen.is_empty() {
            self.problem("server.redirect_listen", "leads to HTTPS, which server.tls = \"off\" does not speak");
        }
        let metrics_listen = self.metrics_listen();
        let contact = self.contact();
        Server { listen, redirect_listen, hosts, tls, trusted_proxies, proxy_protocol, metrics_listen, contact }
    }

    fn metrics_listen(&mut self) -> Option<SocketAddr> {
        let text: String = self.sources.get("server.metrics_listen");
        if text.trim().is_empty() {
            return None;
        }
        match parse_listen(&text) {
            Ok(address) => {
                if !address.ip().to_canonical().is_loopback() {
                    let what =
                        format!("opens {address} to whoever reaches it: they learn how much is said here, and when");
                    self.warn("server.metrics_listen", &what);
                }
                Some(address)
            }
            Err(why) => {
                self.problem("server.metrics_listen", &why);
                None
            }
        }
    }

    fn proxies(&mut self, key: &str) -> Vec<Net> {
        let nets = self.list(key, str::parse::<Net>);
        if nets.iter().any(|net| net.is_everyone()) {
            self.warn(key, "trusts everyone: anybody may claim to come from any address");
        }
        nets
    }

    fn contact(&mut self) -> Option<String> {
        let text: String = self.sources.get("server.contact");
        match text.trim() {
            "" => None,
            contact if is_contact(contact) => Some(contact.to_owned()),
            // Just a mail address, as people write one.
            address if is_contact(&format!("mailto:{address}")) => Some(format!("mailto:{address}")),
            _ => {
                let what =
                    format!("is {text:?}; write a mail address, or an address that begins with https:// or tel:");
                self.problem("server.contact", &what);
                None
            }
        }
    }

    /// A path, or a file that the service manager hands over; none, where nothing is said.
    fn file(&mut self, key: &str) -> Option<PathBuf> {
        let text: String = self.sources.get(key);
        let Some(name) = text.strip_prefix(CREDENTIAL) else {
            return (!text.is_empty()).then(|| text.into());
        };
        if name.is_empty() || name.starts_with('.') || name.contains('/') {
            self.problem(key, &format!("is {text:?}; write {CREDENTIAL} and the name that LoadCredential= gives it"));
        }
        Some(self.credentials.join(name))
    }

    fn auth(&mut self) -> Auth {
        let registration = match self.choice("auth.registration", REGISTRATIONS) {
            "open" => Registration::Open,
            "closed" => Registration::Closed,
            _ => Registration::Invite,
        };
        let second_factor = match self.choice("auth.second_factor", SECOND_FACTORS) {
            "admins" => SecondFactor::Admins,
            "all" => SecondFactor::All,
            _ => SecondFactor::Optional,
        };
        let password_min = self.number("auth.password_min", PASSWORD_MIN_RANGE, PASSWORD_MIN);
        // argon2 itself refuses less than 8 KiB; the upper bounds keep a slip of the fingers from locking everybody out.
        let memory = self.number("auth.argon2_memory_kib", 8..=4 * 1024 * 1024, ARGON2_MEMORY_KIB);
        let iterations = self.number("auth.argon2_iterations", 1..=100, ARGON2_ITERATIONS);
        let setup_code_file = self.file("auth.setup_code_file");
        if let Some(file) = &setup_code_file {
            self.warn_of_readers("auth.setup_code_file", file);
        }
        Auth {
            setup_code_file,
            registration,
            password_min: password_min as usize,
            argon2_memory_kib: memory as u32,
            argon2_iterations: iterations as u32,
            second_factor,
        }
    }

    fn retention(&self) -> Retention {
        let get = |key: &str| self.sources.get(key);
        Retention { messages_days: get("retention.messages_days"), files_days: get("retention.files_days") }
    }

    fn limits(&self) -> Limits {
        let get = |key: &str| self.sources.get(key);
        Limits {
            messages_per_second: get("limits.messages_per_second"),
            messages_burst: get("limits.messages_burst"),
            reactions_per_second: get("limits.reactions_per_second"),
            frames_per_second: get("limits.frames_per_second"),
            reads_per_second: get("limits.reads_per_second"),
            searches_per_second: get("limits.searches_per_second"),
            sockets_per_user: get("limits.sockets_per_user"),
            connections_per_ip: get("limits.connections_per_ip"),
            logins_per_10_min: get("limits.logins_per_10_min"),
            registrations_per_hour: get("limits.registrations_per_hour"),
            rooms_per_hour: get("limits.rooms_per_hour"),
            invites_per_hour: get("limits.invites_per_hour"),
            upload_max_bytes: get("limits.upload_max_bytes"),
            user_quota_bytes: get("limits.user_quota_bytes"),
            storage_max_bytes: get("limits.storage_max_bytes"),
        }
    }

    fn backup(&mut self, data: &Path) -> Backup {
        let at: String = self.sources.get("backup.nightly");
        let nightly = match at.as_str() {
            "" => None,
            text => {
                let parsed = parse_time(text);
                if parsed.is_none() {
                    self.problem(
                        "backup.nightly",
                        &format!("is {at:?}; write a time of the day like \"03:30\", or \"\""),
                    );
                }
                parsed
            }
        };
        let folder: PathBuf = self.sources.get("backup.folder");
        if !folder.as_os_str().is_empty() && folder.is_relative() {
            self.problem("backup.folder", "must be a whole path, which begins with /");
        }
        Backup {
            nightly,
            folder: if folder.as_os_str().is_empty() { data.join("backups") } else { folder },
            keep_daily: self.sources.get("backup.keep_daily"),
            keep_weekly: self.sources.get("backup.keep_weekly"),
            age_recipients: self.list("backup.age_recipients", str::parse::<Recipient>),
        }
    }

    fn settings(&self) -> Vec<Setting> {
        let setting = |(key, fallback): &(&'static str, Fallback)| {
            // A JSON string is a TOML string too.
            let quoted = |text: &String| serde_json::to_string(text).expect("a text is JSON");
            let value = match fallback {
                Fallback::Text(_) => quoted(&self.sources.get(key)),
                Fallback::Number(_) => self.sources.get::<u64>(key).to_string(),
                Fallback::Flag(_) => self.sources.get::<bool>(key).to_string(),
                Fallback::List(_) => {
                    let items: Vec<_> = self.sources.get::<Vec<String>>(key).iter().map(quoted).collect();
                    format!("[{}]", items.join(", "))
                }
            };
            Setting { key, value, origin: self.sources.origin(key).clone() }
        };
        KEYS.iter().map(setting).collect()
    }

    /// Every item of a list, parsed; those that are not fine, or there twice, become problems.
    fn list<T: PartialEq>(&mut self, key: &str, parse: impl Fn(&str) -> Result<T, String>) -> Vec<T> {
        let mut items = Vec::new();
        for text in self.sources.get::<Vec<String>>(key) {
            match parse(&text) {
                Ok(item) if items.contains(&item) => self.problem(key, &format!("names {text:?} twice")),
                Ok(item) => items.push(item),
                Err(why) => self.problem(key, &why),
            }
        }
        items
    }

    fn choice(&mut self, key: &str, choices: &[&'static str]) -> &'static str {
        let text: String = self.sources.get(key);
        if let Some(choice) = choices.iter().find(|choice| **choice == text) {
            return choice;
        }
        self.problem(key, &format!("is {text:?}, but must be one of {}", choices.join(", ")));
        choices[0]
    }

    /// A number in a range, with a warning below what is advised.
    fn number(&mut self, key: &str, range: RangeInclusive<u64>, advised: u64) -> u64 {
        let number: u64 = self.sources.get(key);
        if !range.contains(&number) {
            self.problem(key, &format!("is {number}, but must be from {} to {}", range.start(), range.end()));
            return advised;
        }
        if number < advised {
            self.warn(key, &format!("is {number}; at least {advised} is advised"));
        }
        number
    }

    fn problem(&mut self, key: &str, what: &str) {
        let problem = format!("{key} ({}) {what}", self.sources.origin(key));
        self.sources.problems.push(problem);
    }

    fn warn(&mut self, key: &str, what: &str) {
        self.warnings.push(format!("{key} ({}) {what}", self.sources.origin(key)));
    }
}

fn parse_listen(text: &str) -> Result<SocketAddr, String> {
    text.parse()
        .map_err(|_| format!("has {text:?}, which is not an address with a port, like 127.0.0.1:8443 or [::]:8443"))
}

/// An hour and a minute.
fn parse_time(text: &str) -> Option<(u8, u8)> {
    let (hour, minute) = text.split_once(':')?;
    let number = |text: &str, max| {
        let is_plain = text.len() == 2 && text.bytes().all(|byte| byte.is_ascii_digit());
        text.parse::<u8>().ok().filter(|number| is_plain && *number <= max)
    };
    Some((number(hour, 23)?, number(minute, 59)?))
}

/// Whether it is an address that a finder of a hole can write to (RFC 9116, 2.5.3).
fn is_contact(text: &str) -> bool {
    let clean = text.len() <= 200 && text.bytes().all(|byte| byte.is_ascii_graphic());
    let mail = text.strip_prefix("mailto:").and_then(|address| address.split_once('@'));
    let is_mail = mail.is_some_and(|(name, host)| !name.is_empty() && host.contains('.') && !name.contains(':'));
    let rest = ["https://", "tel:"].iter().find_map(|scheme| text.strip_prefix(scheme));
    clean && (is_mail || rest.is_some_and(|rest| !rest.is_empty()))
}

/// A name in lower case without its final dot, or an address.
fn parse_host(text: &str) -> Result<String, String> {
    if let Ok(address) = text.trim_start_matches('[').trim_end_matches(']').parse::<IpAddr>() {
        return Ok(address.to_canonical().to_string());
    }
    let name = text.strip_suffix('.').unwrap_or(text).to_ascii_lowercase();
    let fine = |label: &str| {
        (1..=63).contains(&label.len())
            && label.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-' || byte == b'_')
            && !label.starts_with('-')
            && !label.ends_with('-')
    };
    if name.len() <= 253 && name.split('.').all(fine) {
        return Ok(name);
    }
    Err(match name.is_ascii() {
        true => format!("has {text:?}, which is not a name like chat.example.org, without https:// and port"),
        false => format!("has {text:?}; write it as browsers send it, beginning with xn--"),
    })
}

/// An origin exactly as browsers send it: scheme, host, and the port unless it is the scheme's own (S9).
fn parse_origin(text: &str) -> Result<String, String> {
    let refusal = || format!("has {text:?}, which is not an origin like https://app.example.org (no *, no path)");
    let (scheme, authority) = text.split_once("://").ok_or_else(refusal)?;
    let default_port = match scheme {
        "https" => 443,
        "http" => 80,
        _ => return Err(refusal()),
    };
    let (host, port) = match authority.rsplit_once(':') {
        Some((host, port)) if !port.ends_with(']') => (host, Some(port)),
        _ => (authority, None),
    };
    let port = port.map(|port| port.parse::<u16>().map_err(|_| refusal())).transpose()?;
    if port == Some(default_port) {
        return Err(format!("has {text:?}; leave out :{default_port}, as browsers do"));
    }
    let canonical = match parse_host(host).map_err(|_| refusal())? {
        host if host.contains(':') => format!("[{host}]"),
        host => host,
    };
    let port = port.map(|port| format!(":{port}")).unwrap_or_default();
    Ok(format!("{scheme}://{canonical}{port}"))
}
