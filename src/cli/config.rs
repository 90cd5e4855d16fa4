//! `snug config`: what is configured, and whether it is fine.
use super::print::{Table, answer, cell, harmless};
use super::{Done, Place};
use crate::admin::client::Folder;
use crate::command;
use crate::config::Setting;
use clap::{Args, Subcommand};
use hyper::Method;
use serde_json::{Value, json};

/// What is configured
#[derive(Args)]
#[command(arg_required_else_help = false)]
#[command(after_help = "Example: snug config show")]
pub struct Configuration {
    /// Print facts as JSON
    #[arg(long, global = true)]
    json: bool,
    #[command(subcommand)]
    action: Action,
}

#[derive(Subcommand)]
enum Action {
    /// Name everything that is wrong with the configuration, or say that nothing is
    #[command(after_help = "Example: snug config check --config /etc/snug/config.toml")]
    Check,
    /// Show every key with its value and where that came from
    #[command(after_help = "Example: snug config show --json")]
    Show,
    /// Set a key in the database, at once. A flag, the environment and the file win over it
    #[command(
        after_help = "Example: snug config set auth.registration open\nExample: snug config set name \"Harbour Studio\""
    )]
    Set(Set),
    /// Take a key out of the database: it is again as it was without
    #[command(after_help = "Example: snug config unset auth.registration")]
    Unset(Unset),
}

#[derive(Args)]
struct Set {
    /// As `snug config show` has it, or `name` for the name of the place
    key: String,
    value: String,
}

#[derive(Args)]
struct Unset {
    key: String,
}

/// What is set, and where.
pub(super) const SETTINGS: &str = "/api/v1/admin/settings";

impl Configuration {
    pub fn run(self, place: &Place) -> Done {
        let config = place.configuration()?;
        let file = config.file.as_ref().map(|file| file.display().to_string());
        let mut facts = json!({ "data": config.data.display().to_string(), "file": file, "warnings": config.warnings });
        match self.action {
            Action::Check => answer(self.json, &facts, checked),
            Action::Show => {
                // Where the database cannot be read, what it keeps is not known.
                let kept = place.at_the_door(Folder::MustExist, async |door| {
                    Ok(door.ask(Method::GET, SETTINGS, None).await?["settings"].take())
                });
                facts["settings"] = match kept {
                    Ok(Value::Array(settings)) => settings.iter().map(of_server).collect(),
                    _ => config.settings.iter().map(of_file).collect(),
                };
                answer(self.json, &facts, shown)
            }
            Action::Set(Set { key, value }) if key == "name" => {
                change(place, self.json, &json!({ "name": value }), &key)
            }
            Action::Set(Set { key, value }) => {
                // What is no value of this key is refused where the rule is.
                let value = command::typed(&key, &value).unwrap_or(Value::String(value));
                change(place, self.json, &json!({ "values": { &key: value } }), &key)
            }
            Action::Unset(Unset { key }) => change(place, self.json, &json!({ "values": { &key: null } }), &key),
        }
    }
}

fn change(place: &Place, as_json: bool, body: &Value, key: &str) -> Done {
    place.at_the_door(Folder::MustExist, async |door| {
        let now = door.ask(Method::PATCH, SETTINGS, Some(body)).await?;
        answer(as_json, &now, |now| match key {
            "name" => format!("The place is called {}.", cell(&now["name"])),
            _ => {
                let settings = now["settings"].as_array().into_iter().flatten();
                let found = settings.filter(|setting| setting["key"] == key).map(of_server).next().unwrap_or_default();
                format!("{key} = {} ({})", harmless(&found["value"].to_string()), cell(&found["origin"]))
            }
        })
    })
}

/// A key as the configuration has it.
fn of_file(setting: &Setting) -> Value {
    // What is written there as TOML is JSON, too.
    let value: Value = serde_json::from_str(&setting.value).unwrap_or_else(|_| json!(setting.value));
    json!({ "key": setting.key, "value": value, "origin": setting.origin.to_string() })
}

/// A key as the server has it, in the same words.
fn of_server(setting: &Value) -> Value {
    let from = setting["from"].as_str();
    let origin = match (setting["origin"].as_str(), from) {
        (Some("file"), Some(path)) => path.to_owned(),
        (Some(word), Some(from)) => format!("{word} {from}"),
        (word, _) => word.unwrap_or_default().to_owned(),
    };
    json!({ "key": setting["key"], "value": setting["value"], "origin": origin })
}

fn checked(facts: &Value) -> String {
    let warnings = facts["warnings"].as_array().into_iter().flatten();
    let mut lines: Vec<String> = warnings.map(|warning| format!("warning: {}", cell(warning))).collect();
    lines.push(match &facts["file"] {
        Value::Null => "The configuration is fine. There is no file; all is as it comes.".to_owned(),
        file => format!("The configuration is fine: {}", cell(file)),
    });
    lines.join("\n")
}

fn shown(facts: &Value) -> String {
    let table = Table::of(
        &facts["settings"],
        &[
            ("KEY", |setting| cell(&setting["key"])),
            ("VALUE", |setting| harmless(&setting["value"].to_string())),
            ("FROM", |setting| cell(&setting["origin"])),
        ],
    );
    format!("data folder: {}\n{table}", cell(&facts["data"]))
}
