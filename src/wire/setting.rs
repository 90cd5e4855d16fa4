//! A setting, and where its value comes from.
use crate::config::{self, Kind};
use serde::Serialize;
use serde_json::Value;

#[derive(Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct Setting<'a> {
    key: &'a str,
    value: Value,
    origin: Origin,
    /// Which file, variable or flag set it.
    from: Option<String>,
    /// Whether a change counts at once; the others are read when the server starts.
    live: bool,
    kind: &'static str,
    choices: &'static [&'static str],
    min: Option<u64>,
    max: Option<u64>,
}

/// What set it; the later wins.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(rename_all = "lowercase")]
enum Origin {
    Default,
    /// An admin, while the server ran.
    Database,
    File,
    Environment,
    Flag,
}

impl<'a> From<&'a config::Setting> for Setting<'a> {
    fn from(config::Setting { key, value, origin }: &'a config::Setting) -> Self {
        let (origin, from) = match origin {
            config::Origin::Default | config::Origin::DefaultOfAcme => (Origin::Default, None),
            config::Origin::Database => (Origin::Database, None),
            config::Origin::File(path) => (Origin::File, Some(path.display().to_string())),
            config::Origin::Environment(name) => (Origin::Environment, Some(name.clone())),
            config::Origin::Flag(flag) => (Origin::Flag, Some((*flag).to_owned())),
        };
        let kind = config::known(key).map_or(Kind::Text, |(_, kind)| kind);
        let (word, choices, range): (_, &[&str], _) = match kind {
            Kind::Text => ("text", &[], None),
            Kind::Choice(choices) => ("choice", choices, None),
            Kind::Number(min, max) => ("number", &[], Some((min, max))),
            Kind::Flag => ("flag", &[], None),
            Kind::List => ("list", &[], None),
        };
        Setting {
            key,
            // What is written as TOML is JSON, too.
            value: serde_json::from_str(value).unwrap_or_else(|_| value.as_str().into()),
            origin,
            from,
            live: config::is_live(key),
            kind: word,
            choices,
            min: range.map(|(min, _)| min),
            max: range.map(|(_, max)| max),
        }
    }
}
