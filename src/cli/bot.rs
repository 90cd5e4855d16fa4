//! `snug bot`: programs that are members, with keys and no password.
use super::ask;
use super::failure::{Code, Failure};
use super::invite::duration;
use super::print::{Table, answer, cell, harmless, line, time};
use super::{Done, Place, all_of, room};
use crate::admin::client::{Door, Folder, Unanswered};
use crate::clock;
use clap::{Args, Subcommand, ValueEnum};
use hyper::Method;
use serde_json::{Value, json};

/// Bots: members that are programs
#[derive(Args)]
#[command(arg_required_else_help = false)]
#[command(after_help = "Example: snug bot add weather && snug bot key weather --room Garden")]
pub struct Bot {
    /// Print the API's answer as JSON
    #[arg(long, global = true)]
    json: bool,
    #[command(subcommand)]
    action: Action,
}

#[derive(Subcommand)]
enum Action {
    /// Make a bot
    #[command(after_help = "Example: snug bot add weather --name \"Weather report\"")]
    Add(Add),
    /// List the bots, or the keys of one
    #[command(after_help = "Example: snug bot list weather")]
    List(List),
    /// Make a key for a bot. It is shown this once
    #[command(after_help = "Example: snug bot key weather --scope read --scope write --room Garden --expires 90d")]
    Key(Key),
    /// Revoke a key of a bot. Its connections close
    #[command(after_help = "Example: snug bot revoke weather 17")]
    Revoke(Revoke),
    /// Erase a bot. What it said stays
    #[command(after_help = "Example: snug bot delete weather --yes")]
    Delete(Delete),
}

#[derive(Args)]
struct Add {
    /// Its username
    #[arg(value_name = "NAME")]
    name: String,
    /// The name that others see [default: the username]
    #[arg(long = "name", value_name = "TEXT", id = "display-name")]
    display_name: Option<String>,
}

#[derive(Args)]
struct List {
    /// The bot whose keys to list
    #[arg(value_name = "NAME")]
    name: Option<String>,
}

#[derive(Args)]
struct Key {
    /// The bot's username
    #[arg(value_name = "NAME")]
    name: String,
    /// What the key is called [default: key]
    #[arg(long, value_name = "TEXT")]
    label: Option<String>,
    /// What it is for, may be repeated [default: read and write]
    #[arg(long = "scope", value_name = "SCOPE")]
    scopes: Vec<Scope>,
    /// The only room that it reaches, by name or id, may be repeated [default: all that the bot is in]
    #[arg(long = "room", value_name = "NAME|ID")]
    rooms: Vec<String>,
    /// How long it works, like 7d, 12h or 30m [default: until it is revoked]
    #[arg(long, value_name = "TIME", value_parser = duration)]
    expires: Option<u64>,
}

#[derive(Args)]
struct Revoke {
    /// The bot's username
    #[arg(value_name = "NAME")]
    name: String,
    /// The key's id, as `snug bot list NAME` shows it
    #[arg(value_name = "KEY")]
    id: u64,
}

#[derive(Args)]
struct Delete {
    /// The bot's username
    #[arg(value_name = "NAME")]
    name: String,
    /// Do not ask
    #[arg(long)]
    yes: bool,
}

/// What a bot's key can be for.
#[derive(Clone, Copy, ValueEnum)]
enum Scope {
    Read,
    Write,
    Metrics,
}

impl Scope {
    /// As the API writes it.
    fn word(self) -> &'static str {
        match self {
            Scope::Read => "read",
            Scope::Write => "write",
            Scope::Metrics => "metrics",
        }
    }
}

const BOTS: &str = "/api/v1/admin/bots";

impl Bot {
    pub fn run(self, place: &Place) -> Done {
        let as_json = self.json;
        match self.action {
            Action::Add(Add { name, display_name }) => place.at_the_door(Folder::MustExist, async |door| {
                let body = json!({ "username": name, "name": display_name });
                let made = door.ask(Method::POST, BOTS, Some(&body)).await?;
                answer(as_json, &made, |made| {
                    let name = cell(&made["username"]);
                    format!("{name} is a bot here now, with the id {}. Its key: snug bot key {name}", made["id"])
                })
            }),
            Action::List(List { name: None }) => place.at_the_door(Folder::MustExist, async |door| {
                answer(as_json, &all_of(door, BOTS, "", "users").await?, bots)
            }),
            Action::List(List { name: Some(name) }) => with_keys(place, &name, async |door, _, path| {
                answer(as_json, &door.ask(Method::GET, &path, None).await?, keys)
            }),
            Action::Key(key) => key.run(place, as_json),
            Action::Revoke(Revoke { name, id }) => with_keys(place, &name, async |door, _, path| {
                let done = door.ask(Method::DELETE, &format!("{path}/{id}"), None).await.map_err(|why| match why {
                    Unanswered::Refused(problem) if problem.status == 404 => Failure::new(
                        Code::NoSuch,
                        format!(
                            "There is no key {id} of this bot. See which there are: snug bot list {}",
                            harmless(&name)
                        ),
                    ),
                    why => why.into(),
                })?;
                answer(as_json, &done, |_| format!("The key {id} no longer works."))
            }),
            Action::Delete(Delete { name, yes }) => {
                ask::need_somebody(yes)?;
                with_keys(place, &name, async |door, bot, _| {
                    ask::may_destroy(yes, &format!("Erase the bot {}?", cell(&bot["username"])))?;
                    let path = format!("/api/v1/admin/users/{}", bot["id"]);
                    let done = door.ask(Method::DELETE, &path, None).await?;
                    answer(as_json, &done, |_| format!("The bot {} is gone.", cell(&bot["username"])))
                })
            }
        }
    }
}

impl Key {
    fn run(self, place: &Place, as_json: bool) -> Done {
        with_keys(place, &self.name, async |door, _, path| {
            let mut rooms = Vec::new();
            for room in &self.rooms {
                rooms.push(room::find(door, room).await?["id"].take());
            }
            let scopes: Vec<&str> = match self.scopes.as_slice() {
                [] => vec!["read", "write"],
                scopes => scopes.iter().map(|scope| scope.word()).collect(),
            };
            let mut body = json!({ "name": self.label.as_deref().unwrap_or("key"), "scopes": scopes });
            if !rooms.is_empty() {
                body["rooms"] = rooms.into();
            }
            body["expires_at"] = self.expires.map(|millis| clock::now().saturating_add(millis)).into();
            let made = door.ask(Method::POST, &path, Some(&body)).await?;
            answer(as_json, &made, |made| cell(&made["key"]))?;
            match as_json {
                true => Ok(()),
                false => line("Keep it in a safe place: it is not shown again."),
            }
        })
    }
}

/// Looks the bot up, and does something with it; the last argument is the address of its keys.
fn with_keys(place: &Place, name: &str, errand: impl AsyncFnOnce(&Door, Value, String) -> Done) -> Done {
    place.at_the_door(Folder::MustExist, async |door| {
        let bot = super::user::find(door, name).await?;
        if bot["role"] != "bot" {
            let line = format!("{} is a person, not a bot. See which bots there are: snug bot list", harmless(name));
            return Err(Failure::new(Code::NoSuch, line));
        }
        let path = format!("{BOTS}/{}/keys", bot["id"]);
        errand(door, bot, path).await
    })
}

fn bots(answer: &Value) -> String {
    let table = Table::of(
        &answer["users"],
        &[
            ("ID", |bot| cell(&bot["id"])),
            ("USERNAME", |bot| cell(&bot["username"])),
            ("ACTIVE", |bot| cell(&bot["active"])),
            ("SINCE", |bot| time(&bot["created_at"])),
            ("NAME", |bot| cell(&bot["name"])),
        ],
    );
    table.to_string()
}

fn keys(answer: &Value) -> String {
    let listed = |list: &Value| list.as_array().map(|all| all.iter().map(cell).collect::<Vec<_>>().join(", "));
    let table = Table::new(&["ID", "SCOPES", "ROOMS", "LAST USED", "EXPIRES", "NAME"]);
    let table = answer["keys"].as_array().into_iter().flatten().fold(table, |mut table, key| {
        let at = |field: &str, none: &str| match &key[field] {
            Value::Null => none.to_owned(),
            at => time(at),
        };
        table.row(vec![
            cell(&key["id"]),
            listed(&key["scopes"]).unwrap_or_default(),
            listed(&key["rooms"]).unwrap_or_else(|| "all".into()),
            at("last_used_at", "never"),
            at("expires_at", "never"),
            cell(&key["name"]),
        ]);
        table
    });
    table.to_string()
}
