//! `snug version`: which version this is.
use super::Done;
use super::print::answer;
use crate::http::assets;
use crate::store::tables::SCHEMA;
use clap::Args;
use serde_json::json;

/// Which version this is
#[derive(Args)]
#[command(after_help = "Example: snug version --json")]
pub struct Version {
    /// Print facts as JSON
    #[arg(long)]
    json: bool,
}

impl Version {
    pub fn run(self) -> Done {
        let version = env!("CARGO_PKG_VERSION");
        let facts = json!({ "version": version, "schema": SCHEMA, "assets": assets::HASH });
        answer(self.json, &facts, |_| format!("snug {version} (schema {SCHEMA}, client {})", assets::HASH))
    }
}
