//! The layers of a configuration: defaults, a file, the environment, flags. What does not fit is noted and left out.
use super::keys::{Fallback, KEYS, split, unknown, unknown_variable, variable};
use super::{Flags, Origin};
use figment::Figment;
use figment::providers::{Format, Serialized, Toml};
use figment::value::{Dict, Value};
use serde::de::DeserializeOwned;
use std::collections::BTreeMap;
use std::ffi::OsString;
use std::fs;
use std::path::Path;

/// The layers, in which only keys that exist, with values of the right type, are laid.
pub(super) struct Sources {
    figment: Figment,
    origins: BTreeMap<&'static str, Origin>,
    pub(super) problems: Vec<String>,
}

impl Sources {
    pub(super) fn with_defaults() -> Sources {
        let mut sources = Sources { figment: Figment::new(), origins: BTreeMap::new(), problems: Vec::new() };
        for (key, fallback) in KEYS {
            let value = match *fallback {
                Fallback::Text(text) => text.into(),
                Fallback::List(texts) => texts.into(),
                Fallback::Number(number) => number.into(),
                Fallback::Flag(flag) => flag.into(),
            };
            sources.set(key, value, Origin::Default);
        }
        sources
    }

    pub(super) fn set(&mut self, key: &'static str, value: Value, origin: Origin) {
        let layers = std::mem::take(&mut self.figment);
        self.figment = layers.merge(Serialized::default(key, value));
        self.origins.insert(key, origin);
    }

    pub(super) fn add_file(&mut self, path: &Path) {
        let origin = Origin::File(path.to_owned());
        let content = match fs::read_to_string(path) {
            Ok(content) => content,
            Err(error) => return self.problems.push(format!("{origin} cannot be read: {error}")),
        };
        let sections: Dict = match Toml::from_str(&content) {
            Ok(sections) => sections,
            Err(error) => return self.problems.push(format!("{origin} is not TOML: {}", error.to_string().trim_end())),
        };
        for (section, keys) in sections {
            let Value::Dict(_, keys) = keys else {
                self.problems.push(format!("{origin}: {}", unknown(&section)));
                continue;
            };
            if keys.is_empty() && !KEYS.iter().any(|(key, _)| split(key).0 == section) {
                self.problems.push(format!("{origin}: there is no section [{section}]"));
            }
            for (name, value) in keys {
                let key = format!("{section}.{name}");
                match KEYS.iter().find(|(known, _)| *known == key) {
                    None => self.problems.push(format!("{origin}: {}", unknown(&key))),
                    Some((known, fallback)) if fallback.fits(&value) => self.set(known, value, origin.clone()),
                    Some((_, fallback)) => self.problems.push(format!("{key} ({origin}) must be {}", fallback.kind())),
                }
            }
        }
    }

    pub(super) fn add_environment(&mut self, environment: &BTreeMap<OsString, OsString>) {
        for (name, value) in environment {
            let Some(name) = name.to_str() else { continue };
            let Some((key, fallback)) = KEYS.iter().find(|(key, _)| variable(key) == name) else {
                self.problems.extend(unknown_variable(name));
                continue;
            };
            match value.to_str().and_then(|text| fallback.parse(text)) {
                Some(value) => self.set(key, value, Origin::Environment(name.to_owned())),
                None => self.problems.push(format!("{key} (environment {name}) must be {}", fallback.kind())),
            }
        }
    }

    pub(super) fn add_flags(&mut self, flags: &Flags) {
        if !flags.listen.is_empty() {
            self.set("server.listen", flags.listen.clone().into(), Origin::Flag("--listen"));
        }
        if let Some(tls) = &flags.tls {
            self.set("server.tls", tls.as_str().into(), Origin::Flag("--tls"));
        }
        if !flags.hosts.is_empty() {
            self.set("server.hosts", flags.hosts.clone().into(), Origin::Flag("--host"));
        }
    }

    pub(super) fn get<T: DeserializeOwned>(&self, key: &str) -> T {
        self.figment.extract_inner(key).expect("each key has a default, and every layer was checked for its type")
    }

    pub(super) fn origin(&self, key: &str) -> &Origin {
        self.origins.get(key).unwrap_or(&Origin::Default)
    }
}
