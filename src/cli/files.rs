//! `snug files`: what people uploaded, what it takes, and away with what nobody sent.
use super::print::{self, Table, answer, cell, time};
use super::{Done, Place, all_of, room, user};
use crate::admin::client::Folder;
use clap::{Args, Subcommand};
use hyper::Method;
use serde_json::Value;

/// Files that people uploaded, and the space that they take
#[derive(Args)]
#[command(arg_required_else_help = false)]
#[command(after_help = "Example: snug files usage")]
pub struct Files {
    /// Print the API's answer as JSON
    #[arg(long, global = true)]
    json: bool,
    #[command(subcommand)]
    action: Action,
}

#[derive(Subcommand)]
enum Action {
    /// List files, the oldest first
    #[command(after_help = "Example: snug files list --room Kitchen --json")]
    List(List),
    /// Show how much space people and rooms take
    #[command(after_help = "Example: snug files usage --json")]
    Usage,
    /// Remove what was uploaded more than a day ago and never sent, as the server does every hour
    #[command(after_help = "Example: snug files sweep")]
    Sweep,
}

#[derive(Args)]
struct List {
    /// Only those of a room: its name or its id
    #[arg(long, value_name = "NAME|ID")]
    room: Option<String>,
    /// Only those of somebody: their username
    #[arg(long, value_name = "NAME")]
    user: Option<String>,
}

const FILES: &str = "/api/v1/admin/files";

impl Files {
    pub fn run(self, place: &Place) -> Done {
        let as_json = self.json;
        place.at_the_door(Folder::MustExist, async |door| match self.action {
            Action::List(asked) => {
                let mut filter = String::new();
                if let Some(name) = &asked.room {
                    filter += &format!("&room={}", room::find(door, name).await?["id"]);
                }
                if let Some(name) = &asked.user {
                    filter += &format!("&user={}", user::find(door, name).await?["id"]);
                }
                answer(as_json, &all_of(door, FILES, &filter, "files").await?, table)
            }
            Action::Usage => answer(as_json, &door.ask(Method::GET, &format!("{FILES}/usage"), None).await?, usage),
            Action::Sweep => {
                answer(as_json, &door.ask(Method::POST, &format!("{FILES}/sweep"), None).await?, |swept| {
                    format!("Removed {} files that nobody sent, {}.", swept["files"], size(&swept["bytes"]))
                })
            }
        })
    }
}

fn table(list: &Value) -> String {
    let table = Table::of(
        &list["files"],
        &[
            ("ID", |row| cell(&row["file"]["id"])),
            ("ROOM", |row| cell(&row["room"])),
            ("USER", |row| cell(&row["user"])),
            ("MESSAGE", |row| cell(&row["message"])),
            ("SINCE", |row| time(&row["at"])),
            ("SIZE", |row| size(&row["file"]["size"])),
            ("TYPE", |row| cell(&row["file"]["type"])),
            ("NAME", |row| cell(&row["file"]["name"])),
        ],
    );
    table.to_string()
}

fn usage(found: &Value) -> String {
    let total = &found["total"];
    let columns: fn(&'static str) -> Table = |what| Table::new(&[what, "FILES", "SIZE"]);
    let (mut users, mut rooms) = (columns("USER"), columns("ROOM"));
    for (table, list, name) in [(&mut users, "users", "user"), (&mut rooms, "rooms", "room")] {
        for row in found[list].as_array().into_iter().flatten() {
            table.row(vec![cell(&row[name]), cell(&row["files"]), size(&row["bytes"])]);
        }
    }
    format!(
        "files      {}, {}\non disk    {}\nnot sent   {}, {}\n\n{users}\n\n{rooms}",
        total["files"],
        size(&total["bytes"]),
        size(&total["stored_bytes"]),
        total["waiting_files"],
        size(&total["waiting_bytes"]),
    )
}

fn size(bytes: &Value) -> String {
    print::size(bytes.as_u64().unwrap_or_default())
}
