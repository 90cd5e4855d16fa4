//! `snug search`: the index in which messages are found.
use super::print::answer;
use super::{Done, Place};
use crate::admin::client::{Door, Folder};
use crate::cli::failure::{Code, Failure};
use crate::limits;
use clap::{Args, Subcommand};
use hyper::Method;
use serde_json::{Value, json};

/// The index in which messages are found
#[derive(Args)]
#[command(after_help = "Example: snug search rebuild")]
pub struct Search {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Make the search index anew from the database
    Rebuild(Rebuild),
}

#[derive(Args)]
#[command(after_help = "Example: snug search rebuild\n\n\
    The server does this by itself when the index is damaged or missing. While it runs, people are served as ever, and messages \
    are found again as the index grows. Of a stopped server the index is removed; its next start makes it.")]
struct Rebuild {
    /// Print facts as JSON
    #[arg(long)]
    json: bool,
}

impl Search {
    pub fn run(self, place: &Place) -> Done {
        let Command::Rebuild(Rebuild { json }) = self.command;
        let index = place.at_the_door(Folder::MustExist, async |door| {
            let begun = door.ask(Method::POST, "/api/v1/admin/search/rebuild", None).await?;
            if door.is_online() { built(door).await } else { Ok(begun["search"].clone()) }
        })?;
        answer(json, &json!({"search": index}), |answer| {
            let index = &answer["search"];
            match index["state"].as_str() {
                Some("ready") => format!("The search index holds {} messages.", index["messages"]),
                _ => "The search index was removed. The server makes it at its next start.".to_owned(),
            }
        })
    }
}

/// Waits until it is whole, and says how far it is.
async fn built(door: &Door) -> Result<Value, Failure> {
    loop {
        let status = door.ask(Method::GET, "/api/v1/admin/status", None).await?;
        let index = &status["search"];
        match index["state"].as_str() {
            Some("ready") => return Ok(index.clone()),
            Some("failing") => {
                return Err(Failure::new(Code::InputOutput, index["why"].as_str().unwrap_or("it cannot be written")));
            }
            _ => tokio::time::sleep(limits::LOOK_PERIOD).await,
        }
    }
}
