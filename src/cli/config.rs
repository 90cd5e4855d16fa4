//! `snug config`: what is configured, and whether it is fine.
use super::print::{Table, answer, cell, harmless};
use super::{Done, Place};
use clap::{Args, Subcommand};
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

#[derive(Clone, Copy, Subcommand)]
enum Action {
    /// Name everything that is wrong with the configuration, or say that nothing is
    #[command(after_help = "Example: snug config check --config /etc/snug/config.toml")]
    Check,
    /// Show every key with its value and where that came from
    #[command(after_help = "Example: snug config show --json")]
    Show,
}

impl Configuration {
    pub fn run(self, place: &Place) -> Done {
        let config = place.configuration()?;
        let file = config.file.as_ref().map(|file| file.display().to_string());
        let mut facts = json!({ "data": config.data.display().to_string(), "file": file, "warnings": config.warnings });
        match self.action {
            Action::Check => answer(self.json, &facts, checked),
            Action::Show => {
                let settings = config.settings.iter().map(|setting| {
                    // What is written here as TOML is JSON, too.
                    let value: Value = serde_json::from_str(&setting.value).unwrap_or_else(|_| json!(setting.value));
                    json!({ "key": setting.key, "value": value, "origin": setting.origin })
                });
                facts["settings"] = settings.collect();
                answer(self.json, &facts, shown)
            }
        }
    }
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
