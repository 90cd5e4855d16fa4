//! Every key with its default, and what to say about one that does not exist.
use crate::limits;
use Fallback::{Flag, List, Number, Text};
use figment::providers::{Format, Toml};
use figment::value::{Dict, Value};
use std::ops::RangeInclusive;

/// Every key, in the order in which they are shown.
pub(super) const KEYS: &[(&str, Fallback)] = &[
    ("server.listen", List(&["[::]:8443"])),
    ("server.redirect_listen", List(&[])),
    ("server.hosts", List(&[])),
    ("server.tls", Text("auto")),
    ("server.cert", Text("")),
    ("server.key", Text("")),
    ("server.trusted_proxies", List(&[])),
    ("server.proxy_protocol", List(&[])),
    ("server.metrics_listen", Text("")),
    ("server.contact", Text("")),
    ("tls.min", Text("1.2")),
    ("tls.hsts_subdomains", Flag(false)),
    ("acme.email", Text("")),
    ("acme.directory", Text(LETS_ENCRYPT)),
    ("acme.eab_key_id", Text("")),
    ("acme.eab_key_file", Text("")),
    ("acme.root", Text("")),
    ("cors.origins", List(&[])),
    ("auth.registration", Text("invite")),
    ("auth.password_min", Number(PASSWORD_MIN)),
    ("auth.argon2_memory_kib", Number(ARGON2_MEMORY_KIB)),
    ("auth.argon2_iterations", Number(ARGON2_ITERATIONS)),
    ("auth.second_factor", Text("optional")),
    ("auth.setup_code_file", Text("")),
    ("limits.messages_per_second", Number(10)),
    ("limits.messages_burst", Number(30)),
    ("limits.reactions_per_second", Number(5)),
    ("limits.frames_per_second", Number(100)),
    ("limits.reads_per_second", Number(50)),
    ("limits.searches_per_second", Number(2)),
    ("limits.sockets_per_user", Number(10)),
    ("limits.connections_per_ip", Number(256)),
    ("limits.logins_per_10_min", Number(30)),
    ("limits.registrations_per_hour", Number(5)),
    ("limits.rooms_per_hour", Number(10)),
    ("limits.invites_per_hour", Number(20)),
    ("limits.upload_max_bytes", Number(100 * 1024 * 1024)),
    ("limits.user_quota_bytes", Number(10 * 1024 * 1024 * 1024)),
    ("limits.storage_max_bytes", Number(0)),
    ("backup.nightly", Text("03:30")),
    ("backup.folder", Text("")),
    ("backup.keep_daily", Number(7)),
    ("backup.keep_weekly", Number(4)),
    ("backup.age_recipients", List(&[])),
    ("retention.messages_days", Number(0)),
    ("retention.files_days", Number(0)),
    ("audit.days", Number(180)),
    ("log.level", Text("info")),
    ("log.format", Text("text")),
];

/// A default; its type is the key's type.
pub(super) enum Fallback {
    Text(&'static str),
    List(&'static [&'static str]),
    Number(u64),
    Flag(bool),
}

/// Of the authority that gives certificates to everybody.
const LETS_ENCRYPT: &str = "https://acme-v02.api.letsencrypt.org/directory";

/// The values that S12 and S13 ask for; less is the operator's choice, with a warning.
pub(super) const PASSWORD_MIN: u64 = 12;
pub(super) const ARGON2_MEMORY_KIB: u64 = 19_456;
pub(super) const ARGON2_ITERATIONS: u64 = 2;

/// What these may be, and the characters that an operator may ask of a password.
pub(super) const REGISTRATIONS: &[&str] = &["open", "invite", "closed"];
pub(super) const SECOND_FACTORS: &[&str] = &["optional", "admins", "all"];
pub(super) const PASSWORD_MIN_RANGE: RangeInclusive<u64> = 8..=limits::PASSWORD_CHARS_MAX as u64;

impl Fallback {
    pub(super) fn kind(&self) -> &'static str {
        match self {
            Text(_) => "a text in quotes",
            List(_) => "a list of texts",
            Number(_) => "a whole number, 0 or more",
            Flag(_) => "true or false",
        }
    }

    pub(super) fn fits(&self, value: &Value) -> bool {
        match self {
            Text(_) => value.as_str().is_some(),
            List(_) => value.as_array().is_some_and(|items| items.iter().all(|item| item.as_str().is_some())),
            Number(_) => value.deserialize::<u64>().is_ok(),
            Flag(_) => matches!(value, Value::Bool(..)),
        }
    }

    /// Environment variables have no quotes: a list is written with commas, or as TOML.
    pub(super) fn parse(&self, text: &str) -> Option<Value> {
        match self {
            Text(_) => Some(text.into()),
            Number(_) => text.trim().parse::<u64>().ok().map(Value::from),
            Flag(_) => text.trim().parse::<bool>().ok().map(Value::from),
            List(_) => {
                let toml = Toml::from_str::<Dict>(&format!("list = {text}")).ok();
                let list = toml.and_then(|mut table| table.remove("list")).filter(|list| self.fits(list));
                let items = || text.split(',').map(str::trim).filter(|item| !item.is_empty());
                Some(list.unwrap_or_else(|| items().collect::<Vec<_>>().into()))
            }
        }
    }
}

pub(super) fn split(key: &str) -> (&str, &str) {
    key.split_once('.').expect("every key has a section")
}

/// The environment variable of a key.
pub(super) fn variable(key: &str) -> String {
    format!("SNUG_{}", key.replacen('.', "__", 1).to_uppercase())
}

pub(super) fn unknown(key: &str) -> String {
    match nearest(key) {
        Some(near) => format!("there is no key {key}; did you mean {near}?"),
        None => format!("there is no key {key}"),
    }
}

/// Only names that look like ours are refused: `SNUG_PORT` and its like come from Kubernetes for a service called "snug".
pub(super) fn unknown_variable(name: &str) -> Option<String> {
    let (_, meant) = name.split_once('_')?;
    if let Some((key, _)) = KEYS.iter().find(|(key, _)| key.replace('.', "_").to_uppercase() == meant) {
        return Some(format!("environment {name} means nothing; did you mean {}?", variable(key)));
    }
    let key = meant.replacen("__", ".", 1).to_lowercase();
    key.contains('.').then(|| match nearest(&key) {
        Some(near) => format!("environment {name} means nothing; did you mean {}?", variable(near)),
        None => format!("environment {name} means nothing: there is no key {key}"),
    })
}

/// The key that was probably meant: the same name in another section, or a slip of the fingers.
pub(super) fn nearest(key: &str) -> Option<&'static str> {
    let name = key.rsplit('.').next().unwrap_or(key);
    let distance = |known: &str| match split(known).1 == name {
        true => 0,
        false => strsim::damerau_levenshtein(known, key),
    };
    let (near, slips) = KEYS.iter().map(|(known, _)| (*known, distance(known))).min_by_key(|(_, slips)| *slips)?;
    (slips <= 3).then_some(near)
}
