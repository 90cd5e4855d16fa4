//! What an admin may set while the server runs: kept in the database, under what file, environment and flags say.
use super::check::Check;
use super::keys::{self, KEYS, PASSWORD_MIN_RANGE, REGISTRATIONS, SECOND_FACTORS};
use super::sources::Sources;
use super::{Config, ConfigError, Limits, Origin, Registration, Retention, SecondFactor, Setting};
use crate::id::ID_MAX;
use figment::value::Value;
use std::path::PathBuf;

/// What counts while the server runs.
#[derive(Debug, Clone)]
pub struct Live {
    pub registration: Registration,
    /// Characters.
    pub password_min: usize,
    pub second_factor: SecondFactor,
    pub limits: Limits,
    pub retention: Retention,
    /// 0: for ever.
    pub audit_days: u64,
    /// Every key, those that wait for a restart too, with its value and where that came from.
    pub settings: Vec<Setting>,
}

/// What a key takes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    Text,
    Choice(&'static [&'static str]),
    /// From, to.
    Number(u64, u64),
    Flag,
    List,
}

/// The sections whose keys count at once, whole or but for some keys.
const SECTIONS: &[&str] = &["limits.", "retention.", "audit."];
const KEYS_ALONE: &[&str] = &["auth.registration", "auth.password_min", "auth.second_factor"];

/// Whether a change of this key counts at once.
pub fn is_live(key: &str) -> bool {
    SECTIONS.iter().any(|section| key.starts_with(section)) || KEYS_ALONE.contains(&key)
}

/// The key itself, and what it takes.
pub fn known(key: &str) -> Option<(&'static str, Kind)> {
    let (key, fallback) = KEYS.iter().find(|(known, _)| *known == key)?;
    let kind = match (*key, fallback) {
        ("auth.registration", _) => Kind::Choice(REGISTRATIONS),
        ("auth.second_factor", _) => Kind::Choice(SECOND_FACTORS),
        ("auth.password_min", _) => Kind::Number(*PASSWORD_MIN_RANGE.start(), *PASSWORD_MIN_RANGE.end()),
        (_, keys::Fallback::Number(_)) => Kind::Number(0, ID_MAX),
        (_, keys::Fallback::Text(_)) => Kind::Text,
        (_, keys::Fallback::Flag(_)) => Kind::Flag,
        (_, keys::Fallback::List(_)) => Kind::List,
    };
    Some((key, kind))
}

impl Config {
    /// What file, environment and flags say; where they are silent, what is kept in the database (JSON, by key); else the
    /// default.
    ///
    /// # Errors
    /// What of it is not fine.
    pub fn live(&self, kept: &[(String, String)]) -> Result<Live, ConfigError> {
        let mut sources = Sources::with_defaults();
        let mut problems = Vec::new();
        for (key, json) in kept {
            match value(key, json) {
                Ok((key, value)) => sources.set(key, value, Origin::Database),
                Err(problem) => problems.push(problem),
            }
        }
        for setting in self.settings.iter().filter(|setting| !setting.origin.is_default()) {
            if let Ok((key, value)) = value(setting.key, &setting.value) {
                sources.set(key, value, setting.origin.clone());
            }
        }
        sources.problems = problems;
        let mut live = Check { sources, warnings: Vec::new(), credentials: PathBuf::new() }.live()?;
        // Where files lie was settled at the start. What waits for a restart is as the server began with it.
        for (now, begun) in live.settings.iter_mut().zip(&self.settings) {
            if !is_live(now.key) {
                *now = begun.clone();
            }
        }
        Ok(live)
    }
}

/// A value in JSON, which the values of a configuration are in TOML too, if it fits the key.
fn value(key: &str, json: &str) -> Result<(&'static str, Value), String> {
    let (known, fallback) = KEYS.iter().find(|(known, _)| *known == key).ok_or_else(|| keys::unknown(key))?;
    let value = serde_json::from_str::<serde_json::Value>(json).ok().and_then(|json| Value::serialize(json).ok());
    let value = value.filter(|value| fallback.fits(value));
    let value = value.filter(|value| value.deserialize::<u64>().map_or(true, |number| number <= ID_MAX));
    value.map(|value| (*known, value)).ok_or_else(|| format!("{key} must be {}", fallback.kind()))
}
