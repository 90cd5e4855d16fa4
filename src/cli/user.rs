//! `snug user`: people and their accounts.
use super::ask::{self, NewPassword};
use super::failure::{Code, Failure};
use super::print::{self, Table, answer, cell, harmless, time};
use super::{Done, Place, all_of, encoded};
use crate::admin::client::{Door, Folder};
use clap::{Args, Subcommand, ValueEnum};
use http_body_util::BodyExt;
use hyper::Method;
use serde_json::{Value, json};
use std::fs;
use std::io::{self, Write};
use std::os::unix::fs::OpenOptionsExt;
use std::path::Path;

/// People and their accounts
#[derive(Args)]
#[command(arg_required_else_help = false)]
#[command(after_help = "Example: snug user add ada --role owner")]
pub struct User {
    /// Print the API's answer as JSON
    #[arg(long, global = true)]
    json: bool,
    #[command(subcommand)]
    action: Action,
}

#[derive(Subcommand)]
enum Action {
    /// Make an account
    #[command(after_help = "Example: snug user add ada --role owner --name \"Ada Lovelace\"")]
    Add(Add),
    /// List everybody
    #[command(after_help = "Example: snug user list --json")]
    List,
    /// Show one person
    #[command(after_help = "Example: snug user show ada")]
    Show(Name),
    /// Set a new password. All sessions of the person end
    #[command(after_help = "Example: snug user passwd ada --password-file new-password.txt")]
    Passwd(Passwd),
    /// Print a one-time link with which the person sets a new password
    #[command(after_help = "Example: snug user reset ada --factors")]
    Reset(Reset),
    /// Change the rank of a person
    #[command(after_help = "Example: snug user role ada admin")]
    Role(Ranked),
    /// Keep a person out. All their sessions end
    #[command(after_help = "Example: snug user disable ada")]
    Disable(Name),
    /// Let a person in again
    #[command(after_help = "Example: snug user enable ada")]
    Enable(Name),
    /// List the sessions of a person, or end one
    #[command(after_help = "Example: snug user sessions ada --end 1207")]
    Sessions(Sessions),
    /// End all sessions of a person
    #[command(after_help = "Example: snug user logout ada")]
    Logout(Name),
    /// Write all that is kept of a person into a tar archive: data.json, their messages, their files
    #[command(after_help = "Example: snug user export ada ada.tar")]
    Export(Export),
    /// Erase an account. What the person wrote stays, under "Deleted user"
    #[command(after_help = "Example: snug user delete ada --yes")]
    Delete(Delete),
}

#[derive(Args)]
struct Name {
    /// The username
    #[arg(value_name = "NAME")]
    name: String,
}

#[derive(Args)]
struct Add {
    #[command(flatten)]
    who: Name,
    /// The rank [default: member]
    #[arg(long)]
    role: Option<Role>,
    /// The name that others see [default: the username]
    #[arg(long = "name", value_name = "TEXT", id = "display-name")]
    display_name: Option<String>,
    #[command(flatten)]
    password: NewPassword,
}

#[derive(Args)]
struct Passwd {
    #[command(flatten)]
    who: Name,
    #[command(flatten)]
    password: NewPassword,
}

#[derive(Args)]
struct Reset {
    #[command(flatten)]
    who: Name,
    /// The link takes their second factor away too: for who lost it
    #[arg(long)]
    factors: bool,
}

#[derive(Args)]
struct Sessions {
    #[command(flatten)]
    who: Name,
    /// End the session with this id
    #[arg(long, value_name = "ID")]
    end: Option<u64>,
}

#[derive(Args)]
struct Ranked {
    #[command(flatten)]
    who: Name,
    /// The rank
    role: Role,
}

#[derive(Args)]
struct Export {
    #[command(flatten)]
    who: Name,
    /// Where to; - is standard output
    #[arg(value_name = "FILE|-")]
    file: std::path::PathBuf,
}

#[derive(Args)]
struct Delete {
    #[command(flatten)]
    who: Name,
    /// Take back all that the person wrote, too, with its files
    #[arg(long)]
    with_messages: bool,
    /// Do not ask
    #[arg(long)]
    yes: bool,
}

/// What a person can be.
#[derive(Clone, Copy, ValueEnum)]
pub enum Role {
    Owner,
    Admin,
    Member,
}

impl Role {
    /// As the API writes it.
    pub fn word(self) -> &'static str {
        match self {
            Role::Owner => "owner",
            Role::Admin => "admin",
            Role::Member => "member",
        }
    }
}

const USERS: &str = "/api/v1/admin/users";

impl User {
    pub fn run(self, place: &Place) -> Done {
        let as_json = self.json;
        match self.action {
            Action::Add(add) => add.run(place, as_json),
            Action::List => place.at_the_door(Folder::MustExist, async |door| {
                answer(as_json, &all_of(door, USERS, "", "users").await?, table)
            }),
            Action::Show(Name { name }) => with_user(place, &name, async |door, _, path| {
                answer(as_json, &door.ask(Method::GET, &path, None).await?, shown)
            }),
            Action::Passwd(Passwd { who, password }) => {
                let new = password.read()?;
                with_user(place, &who.name, async |door, user, path| {
                    let done = door.ask(Method::PUT, &format!("{path}/password"), Some(&json!({ "new": new }))).await?;
                    answer(as_json, &done, |_| {
                        format!("{} has a new password, and is signed out everywhere.", username(&user))
                    })
                })
            }
            Action::Reset(Reset { who, factors }) => with_user(place, &who.name, async |door, user, path| {
                let body = json!({ "factors": factors });
                let link = door.ask(Method::POST, &format!("{path}/reset"), Some(&body)).await?;
                answer(as_json, &link, |link| {
                    let (url, end) = (cell(&link["url"]), time(&link["expires_at"]));
                    format!("{url}\nGive this link to {}. It works once, until {end}.", username(&user))
                })
            }),
            Action::Role(Ranked { who, role }) => change(place, as_json, &who.name, json!({ "role": role.word() })),
            Action::Disable(Name { name }) => change(place, as_json, &name, json!({ "active": false })),
            Action::Enable(Name { name }) => change(place, as_json, &name, json!({ "active": true })),
            Action::Sessions(Sessions { who, end: None }) => with_user(place, &who.name, async |door, _, path| {
                answer(as_json, &door.ask(Method::GET, &format!("{path}/sessions"), None).await?, sessions)
            }),
            Action::Sessions(Sessions { who, end: Some(id) }) => {
                with_user(place, &who.name, async |door, user, path| {
                    let done = door.ask(Method::DELETE, &format!("{path}/sessions/{id}"), None).await?;
                    answer(as_json, &done, |_| format!("{} is signed out there.", username(&user)))
                })
            }
            Action::Logout(Name { name }) => with_user(place, &name, async |door, user, path| {
                let done = door.ask(Method::DELETE, &format!("{path}/sessions"), None).await?;
                answer(as_json, &done, |_| format!("{} is signed out everywhere.", username(&user)))
            }),
            Action::Export(Export { who, file }) => export(place, &who.name, &file),
            Action::Delete(Delete { who, with_messages, yes }) => {
                ask::need_somebody(yes)?;
                with_user(place, &who.name, async |door, user, path| {
                    let what = if with_messages { "the account and all messages" } else { "the account" };
                    ask::may_destroy(yes, &format!("Erase {what} of {}?", username(&user)))?;
                    let body = json!({ "with_messages": with_messages });
                    let done = door.ask(Method::POST, &format!("{path}/erase"), Some(&body)).await?;
                    answer(as_json, &done, |_| match with_messages {
                        true => {
                            format!("The account of {} is gone; the messages follow in small steps.", username(&user))
                        }
                        false => format!("The account of {} is gone.", username(&user)),
                    })
                })
            }
        }
    }
}

impl Add {
    fn run(self, place: &Place, as_json: bool) -> Done {
        let password = self.password.read()?;
        let role = self.role.unwrap_or(Role::Member);
        let body =
            json!({ "username": self.who.name, "name": self.display_name, "role": role.word(), "password": password });
        place.at_the_door(Folder::MayBeMade, async |door| {
            let made = door.ask(Method::POST, USERS, Some(&body)).await?;
            answer(as_json, &made, |made| {
                let user = &made["user"];
                format!("{} is {} here now, with the id {}.", username(user), rank(user), cell(&user["id"]))
            })?;
            let status = door.ask(Method::GET, "/api/v1/admin/status", None).await?;
            // Who is alone and no owner has closed the setup link without opening anything else.
            if status["users"] == 1 && made["user"]["role"] != "owner" {
                eprintln!("snug: Nobody owns this server yet: snug user role {} owner", username(&made["user"]));
            }
            Ok(())
        })
    }
}

/// Writes the archive as it comes, for its owner's eyes alone.
fn export(place: &Place, name: &str, file: &Path) -> Done {
    let broken = |error: io::Error| Failure::file(&error, file);
    with_user(place, name, async |door, _, path| {
        let mut stream = door.stream(&format!("{path}/export")).await?;
        let mut out: Box<dyn Write> = if file == Path::new("-") {
            Box::new(io::stdout())
        } else {
            let made = fs::OpenOptions::new().write(true).create_new(true).mode(0o600).open(file);
            Box::new(io::BufWriter::new(made.map_err(broken)?))
        };
        while let Some(frame) = stream.frame().await {
            if let Ok(bytes) = frame.map_err(broken)?.into_data() {
                out.write_all(&bytes).map_err(broken)?;
            }
        }
        out.flush().map_err(broken)
    })
}

fn change(place: &Place, as_json: bool, name: &str, standing: Value) -> Done {
    with_user(place, name, async |door, _, path| {
        let changed = door.ask(Method::PATCH, &path, Some(&standing)).await?;
        answer(as_json, &changed, |changed| {
            let user = &changed["user"];
            let access = if user["active"] == true { "may sign in" } else { "is kept out" };
            format!("{} is {} and {access}.", username(user), rank(user))
        })
    })
}

/// Looks the person up, and does something with them; the last argument is their address in the API.
fn with_user(place: &Place, name: &str, errand: impl AsyncFnOnce(&Door, Value, String) -> Done) -> Done {
    place.at_the_door(Folder::MustExist, async |door| {
        let user = find(door, name).await?;
        let path = format!("{USERS}/{}", user["id"]);
        errand(door, user, path).await
    })
}

/// The person of a username.
pub async fn find(door: &Door, name: &str) -> Result<Value, Failure> {
    let mut found = door.ask(Method::GET, &format!("{USERS}?username={}", encoded(name)), None).await?;
    found["users"].get_mut(0).map(Value::take).ok_or_else(|| {
        let line = format!("There is no user {}. See who there is: snug user list", harmless(name));
        Failure::new(Code::NoSuch, line)
    })
}

fn username(user: &Value) -> String {
    cell(&user["username"])
}

fn rank(user: &Value) -> &str {
    match user["role"].as_str() {
        Some("owner") => "an owner",
        Some("admin") => "an admin",
        Some("bot") => "a bot",
        _ => "a member",
    }
}

fn table(answer: &Value) -> String {
    let table = Table::of(
        &answer["users"],
        &[
            ("ID", |user| cell(&user["id"])),
            ("USERNAME", username),
            ("ROLE", |user| cell(&user["role"])),
            ("ACTIVE", |user| cell(&user["active"])),
            ("SINCE", |user| time(&user["created_at"])),
            ("NAME", |user| cell(&user["name"])),
        ],
    );
    table.to_string()
}

fn shown(answer: &Value) -> String {
    let user = &answer["user"];
    format!(
        "{} ({})\nid        {}\nrole      {}\nactive    {}\nsince     {}\nsessions  {}\nfactors   {}",
        username(user),
        cell(&user["name"]),
        user["id"],
        cell(&user["role"]),
        cell(&user["active"]),
        print::time(&user["created_at"]),
        answer["sessions"].as_array().map_or(0, Vec::len),
        factors(&answer["factors"]),
    )
}

/// What somebody shows beside the password, in words.
fn factors(factors: &Value) -> String {
    let passkeys = factors["passkeys"].as_u64().unwrap_or(0);
    let app = (factors["totp"] == true).then(|| "codes of an app".to_owned());
    let keys = (passkeys > 0).then(|| format!("{passkeys} passkeys"));
    let all: Vec<String> = app.into_iter().chain(keys).collect();
    match all.is_empty() {
        true => "none".to_owned(),
        false => format!("{}, {} recovery codes", all.join(", "), factors["recovery_codes_left"]),
    }
}

fn sessions(answer: &Value) -> String {
    let table = Table::of(
        &answer["sessions"],
        &[
            ("ID", |session| cell(&session["id"])),
            ("LAST USED", |session| time(&session["last_used_at"])),
            ("SINCE", |session| time(&session["created_at"])),
            ("ADDRESS", |session| cell(&session["address"])),
            ("DEVICE", |session| cell(&session["device"])),
        ],
    );
    table.to_string()
}
