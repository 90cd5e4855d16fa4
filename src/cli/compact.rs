//! `snug compact`: makes the databases as small as what is in them.
use super::failure::{Code, Failure};
use super::print::{answer, size};
use super::{Done, Place, block_on};
use crate::admin::client::{self, Door, Folder};
use crate::limits;
use crate::store::compact;
use clap::Args;
use hyper::Method;
use serde_json::{Value, json};

/// Make the databases as small as what is in them
#[derive(Args)]
#[command(after_help = "Example: snug compact\n\n\
    While the server runs it makes a copy beside each database, people go on meanwhile, and the copy takes its place at the \
    end: the disk needs room for it. Of a stopped server nothing is copied, and no room is needed.")]
pub struct Compact {
    /// Print facts as JSON
    #[arg(long)]
    json: bool,
}

impl Compact {
    pub fn run(self, place: &Place) -> Done {
        let data = place.configuration()?.data;
        let running = block_on(async { Ok(client::is_running(&data).await?) })?;
        let sizes = match running {
            true => place.at_the_door(Folder::MustExist, through)?,
            false => {
                client::need_data(&data)?;
                let done = compact::in_place(&data)?;
                json!({"before_bytes": done.before, "after_bytes": done.after})
            }
        };
        answer(self.json, &sizes, |sizes| {
            let bytes = |name: &str| sizes[name].as_u64().unwrap_or_default();
            match (bytes("before_bytes"), bytes("after_bytes")) {
                (before, after) if after < before => {
                    format!("The databases had {} and have {} now.", size(before), size(after))
                }
                (_, after) => format!("The databases are as small as they get: {}.", size(after)),
            }
        })
    }
}

/// Asks a server that runs, and waits until it is done.
async fn through(door: &Door) -> Result<Value, Failure> {
    let mut state = door.ask(Method::POST, "/api/v1/admin/compact", None).await?;
    while state["compaction"]["running"] == true {
        tokio::time::sleep(limits::LOOK_PERIOD).await;
        state = door.ask(Method::GET, "/api/v1/admin/storage", None).await?;
    }
    let last = &state["compaction"]["last"];
    match last["error"].as_str() {
        Some(why) => Err(Failure::new(Code::InputOutput, why)),
        None => Ok(json!({"before_bytes": last["before_bytes"], "after_bytes": last["after_bytes"]})),
    }
}
