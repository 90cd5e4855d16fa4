//! `snug room`: rooms, as those who look after the server see them.
use super::failure::{Code, Failure};
use super::print::{Table, answer, cell, harmless, time};
use super::{Done, Place, all_of, ask, encoded};
use crate::admin::client::{Door, Folder, Unanswered};
use clap::{Args, Subcommand};
use hyper::Method;
use serde_json::{Value, json};

/// Rooms, as those who look after the server see them
#[derive(Args)]
#[command(arg_required_else_help = false)]
#[command(after_help = "Example: snug room list")]
pub struct Room {
    /// Print the API's answer as JSON
    #[arg(long, global = true)]
    json: bool,
    #[command(subcommand)]
    action: Action,
}

#[derive(Subcommand)]
enum Action {
    /// List every room
    #[command(after_help = "Example: snug room list --json")]
    List,
    /// Show one room
    #[command(after_help = "Example: snug room show Kitchen")]
    Show(Which),
    /// List who is in a room
    #[command(after_help = "Example: snug room members Kitchen")]
    Members(Which),
    /// Give a room another name or topic
    #[command(
        after_help = "Example: snug room edit Kitchen --name Canteen\nExample: snug room edit Kitchen --topic \"\""
    )]
    Edit(EditRoom),
    /// Make a member of a room its admin, where it lost its own
    #[command(after_help = "Example: snug room admin Kitchen ada")]
    Admin(Appoint),
    /// Close a room: it can be read, but nobody writes there
    #[command(after_help = "Example: snug room archive Kitchen\nExample: snug room archive Kitchen --undo")]
    Archive(Archive),
    /// Delete a room with all that was said in it
    #[command(after_help = "Example: snug room delete Kitchen --yes")]
    Delete(Delete),
}

#[derive(Args)]
struct Which {
    /// The room's name, whatever its case, or its id; a number is first taken for an id
    #[arg(value_name = "NAME|ID")]
    room: String,
}

#[derive(Args)]
struct EditRoom {
    #[command(flatten)]
    which: Which,
    #[arg(long, required_unless_present = "topic")]
    name: Option<String>,
    /// Empty: none
    #[arg(long)]
    topic: Option<String>,
}

#[derive(Args)]
struct Appoint {
    #[command(flatten)]
    which: Which,
    /// The username of one of its members
    username: String,
}

#[derive(Args)]
struct Archive {
    #[command(flatten)]
    which: Which,
    /// Open it again
    #[arg(long)]
    undo: bool,
}

#[derive(Args)]
struct Delete {
    #[command(flatten)]
    which: Which,
    /// Do not ask
    #[arg(long)]
    yes: bool,
}

const ROOMS: &str = "/api/v1/admin/rooms";

impl Room {
    pub fn run(self, place: &Place) -> Done {
        let as_json = self.json;
        place.at_the_door(Folder::MustExist, async |door| match self.action {
            Action::List => answer(as_json, &all_of(door, ROOMS, "", "rooms").await?, table),
            Action::Show(Which { room }) => answer(as_json, &find(door, &room).await?, shown),
            Action::Members(Which { room }) => {
                let path = address(&find(door, &room).await?);
                answer(as_json, &all_of(door, &path, "", "members").await?, members)
            }
            Action::Edit(EditRoom { which, name, topic }) => {
                let mut change = json!({});
                if let Some(name) = name {
                    change["name"] = name.into();
                }
                if let Some(topic) = topic {
                    change["topic"] = Some(topic).filter(|topic| !topic.trim().is_empty()).into();
                }
                let room = find(door, &which.room).await?;
                answer(as_json, &door.ask(Method::PATCH, &address(&room), Some(&change)).await?, shown)
            }
            Action::Admin(Appoint { which, username }) => {
                let room = find(door, &which.room).await?;
                let user = super::user::find(door, &username).await?;
                let path = format!("{}/members/{}", address(&room), user["id"]);
                let member = door.ask(Method::PUT, &path, Some(&json!({ "role": "admin" }))).await?;
                answer(as_json, &member, |member| {
                    format!("{} is admin of {}.", cell(&member["user"]["username"]), title(&room))
                })
            }
            Action::Archive(Archive { which, undo }) => {
                let mut room = find(door, &which.room).await?;
                if room["archived"] != !undo {
                    room = door.ask(Method::PATCH, &address(&room), Some(&json!({ "archived": !undo }))).await?;
                }
                let state = if undo { "open" } else { "archived" };
                answer(as_json, &room, |room| format!("{} is {state}.", title(room)))
            }
            Action::Delete(Delete { which, yes }) => {
                ask::need_somebody(yes)?;
                let room = find(door, &which.room).await?;
                ask::may_destroy(yes, &format!("Delete {} with all that was said in it?", title(&room)))?;
                let done = door.ask(Method::DELETE, &address(&room), None).await?;
                answer(as_json, &done, |_| format!("{} is gone.", title(&room)))
            }
        })
    }
}

/// The room of an id or a name.
pub async fn find(door: &Door, asked: &str) -> Result<Value, Failure> {
    if !asked.is_empty() && asked.bytes().all(|byte| byte.is_ascii_digit()) {
        match door.ask(Method::GET, &format!("{ROOMS}/{asked}?limit=1"), None).await {
            Ok(mut found) => return Ok(found["room"].take()),
            Err(Unanswered::Refused(problem)) if problem.status == 404 => {}
            Err(unanswered) => return Err(unanswered.into()),
        }
    }
    let mut found = door.ask(Method::GET, &format!("{ROOMS}?name={}", encoded(asked)), None).await?;
    found["rooms"].get_mut(0).map(Value::take).ok_or_else(|| {
        let line = format!("There is no room {}. See which there are: snug room list", harmless(asked));
        Failure::new(Code::NoSuch, line)
    })
}

fn address(room: &Value) -> String {
    format!("{ROOMS}/{}", room["id"])
}

/// What people call it; directs have no name.
fn title(room: &Value) -> String {
    match &room["name"] {
        Value::Null => format!("the direct {}", room["id"]),
        name => cell(name),
    }
}

fn table(answer: &Value) -> String {
    let table = Table::of(
        &answer["rooms"],
        &[
            ("ID", |room| cell(&room["id"])),
            ("KIND", |room| cell(&room["kind"])),
            ("MEMBERS", |room| cell(&room["member_count"])),
            ("ARCHIVED", |room| cell(&room["archived"])),
            ("SINCE", |room| time(&room["created_at"])),
            ("NAME", |room| cell(&room["name"])),
        ],
    );
    table.to_string()
}

fn shown(room: &Value) -> String {
    format!(
        "{}\nid        {}\nkind      {}\ntopic     {}\nmembers   {}\narchived  {}\nsince     {}",
        title(room),
        room["id"],
        cell(&room["kind"]),
        cell(&room["topic"]),
        room["member_count"],
        cell(&room["archived"]),
        time(&room["created_at"]),
    )
}

fn members(answer: &Value) -> String {
    let table = Table::of(
        &answer["members"],
        &[
            ("ID", |member| cell(&member["user"]["id"])),
            ("USERNAME", |member| cell(&member["user"]["username"])),
            ("ROLE", |member| cell(&member["role"])),
            ("SINCE", |member| time(&member["joined_at"])),
            ("NAME", |member| cell(&member["user"]["name"])),
        ],
    );
    table.to_string()
}
