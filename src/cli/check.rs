//! `snug check`: every page and row of a stopped server's database.
use super::failure::{Code, Failure};
use super::print::{Table, answer, cell};
use super::{Done, Place, block_on};
use crate::admin::client;
use crate::store::check;
use clap::Args;
use serde_json::json;

/// Look at every page and row of the database of a stopped server
#[derive(Args)]
#[command(after_help = "Example: snug check --data /var/lib/snug")]
pub struct Check {
    /// Print facts as JSON
    #[arg(long)]
    json: bool,
}

impl Check {
    pub fn run(self, place: &Place) -> Done {
        let data = place.configuration()?.data;
        if block_on(async { Ok(client::is_running(&data).await?) })? {
            let line = "The server is running. Stop it first, or check a backup of it: snug backup create FILE";
            return Err(Failure::new(Code::Busy, line));
        }
        client::need_data(&data)?;
        // A panic over damaged pages is an answer here, and is worded as one.
        std::panic::set_hook(Box::new(|_| {}));
        let checked = check::check(&data)?;
        answer(self.json, &json!(checked), |checked| {
            let table = Table::of(
                &checked["tables"],
                &[("TABLE", |table| cell(&table["name"])), ("ROWS", |table| cell(&table["rows"]))],
            );
            format!("{table}\nThe database is whole (schema {}).", checked["schema"])
        })
    }
}
