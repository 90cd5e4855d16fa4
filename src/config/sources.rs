//! The layers of a configuration: defaults, a file, the environment, flags. What does not fit is noted and left out.
use super::Flags;
use super::keys::{Fallback, KEYS, split, unknown, unknown_variable, variable};
use figment::providers::{Format, Toml};
use figment::value::{Dict, Map, Value};
use figment::{Figment, Metadata, Profile, Provider};
use serde::de::DeserializeOwned;
use std::collections::BTreeMap;
use std::ffi::OsString;
use std::fs;
use std::path::Path;

/// The layers, in which only keys that exist, with values of the right type, are laid.
pub(super) struct Sources {
    figment: Figment,
    pub(super) problems: Vec<String>,
}

/// One value of one layer. Each is a provider of its own, so that figment remembers where it came from.
struct Assignment {
    key: &'static str,
    value: Value,
    origin: String,
}

impl Provider for Assignment {
    fn metadata(&self) -> Metadata {
        Metadata::named(self.origin.clone())
    }

    fn data(&self) -> Result<Map<Profile, Dict>, figment::Error> {
        let (section, name) = split(self.key);
        let section = (section.to_owned(), Value::from(Dict::from([(name.to_owned(), self.value.clone())])));
        Ok(Profile::Default.collect(Dict::from([section])))
    }
}

impl Sources {
    pub(super) fn with_defaults() -> Sources {
        let mut sources = Sources { figment: Figment::new(), problems: Vec::new() };
        for (key, fallback) in KEYS {
            let value = match *fallback {
                Fallback::Text(text) => text.into(),
                Fallback::List(texts) => texts.into(),
                Fallback::Number(number) => number.into(),
                Fallback::Flag(flag) => flag.into(),
            };
            sources.set(key, value, "default".to_owned());
        }
        sources
    }

    pub(super) fn set(&mut self, key: &'static str, value: Value, origin: String) {
        let layers = std::mem::take(&mut self.figment);
        self.figment = layers.merge(Assignment { key, value, origin });
    }

    pub(super) fn add_file(&mut self, path: &Path) {
        let origin = path.display();
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
                    Some((known, fallback)) if fallback.fits(&value) => self.set(known, value, origin.to_string()),
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
                Some(value) => self.set(key, value, format!("environment {name}")),
                None => self.problems.push(format!("{key} (environment {name}) must be {}", fallback.kind())),
            }
        }
    }

    pub(super) fn add_flags(&mut self, flags: &Flags) {
        if !flags.listen.is_empty() {
            self.set("server.listen", flags.listen.clone().into(), "flag --listen".to_owned());
        }
        if let Some(tls) = &flags.tls {
            self.set("server.tls", tls.as_str().into(), "flag --tls".to_owned());
        }
        if !flags.hosts.is_empty() {
            self.set("server.hosts", flags.hosts.clone().into(), "flag --host".to_owned());
        }
    }

    pub(super) fn get<T: DeserializeOwned>(&self, key: &str) -> T {
        self.figment.extract_inner(key).expect("each key has a default, and every layer was checked for its type")
    }

    pub(super) fn origin(&self, key: &str) -> &str {
        self.figment.find_metadata(key).map_or("default", |metadata| &metadata.name)
    }
}
