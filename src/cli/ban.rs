//! `snug ban`: who is kept out, and from where.
use super::audit::age;
use super::print::{Table, answer, cell, time};
use super::{Done, Place, user};
use crate::admin::client::Folder;
use crate::clock;
use clap::{Args, Subcommand};
use hyper::Method;
use serde_json::{Value, json};

/// Keep people and addresses out
#[derive(Args)]
#[command(arg_required_else_help = false)]
#[command(after_help = "Example: snug ban add --user mallory --with-addresses")]
pub struct Ban {
    /// Print the API's answer as JSON
    #[arg(long, global = true)]
    json: bool,
    #[command(subcommand)]
    action: Action,
}

#[derive(Subcommand)]
enum Action {
    /// Keep somebody out. Their sessions end at once
    #[command(after_help = "Example: snug ban add --address 192.0.2.0/24 --for 7d --reason \"guesses passwords\"")]
    Add(Add),
    /// List who is kept out
    #[command(after_help = "Example: snug ban list --json")]
    List,
    /// Let somebody in again
    #[command(after_help = "Example: snug ban remove 17")]
    Remove(Remove),
}

#[derive(Args)]
struct Add {
    /// A person, who is disabled as long as the ban stands: their username
    #[arg(long, value_name = "NAME", required_unless_present = "address")]
    user: Option<String>,
    /// An address or a network
    #[arg(long, value_name = "ADDR|NET")]
    address: Option<String>,
    /// Also the addresses from which the person is signed in
    #[arg(long, requires = "user")]
    with_addresses: bool,
    /// Why, for other admins
    #[arg(long, value_name = "TEXT")]
    reason: Option<String>,
    /// How long: 90m, 24h, 7d [default: until it is removed]
    #[arg(long = "for", value_name = "TIME", value_parser = age)]
    life_ms: Option<u64>,
}

#[derive(Args)]
struct Remove {
    /// The number that `snug ban list` shows
    #[arg(value_name = "ID")]
    id: u64,
}

const BANS: &str = "/api/v1/admin/bans";

impl Ban {
    pub fn run(self, place: &Place) -> Done {
        let as_json = self.json;
        place.at_the_door(Folder::MustExist, async |door| match &self.action {
            Action::Add(new) => {
                let id = match &new.user {
                    Some(name) => Some(user::find(door, name).await?["id"].clone()),
                    None => None,
                };
                let body = json!({
                    "user": id,
                    "address": new.address,
                    "with_addresses": new.with_addresses,
                    "reason": new.reason,
                    "expires_at": new.life_ms.map(|life_ms| clock::now() + life_ms),
                });
                answer(as_json, &door.ask(Method::POST, BANS, Some(&body)).await?, |made| {
                    let who = new.user.as_deref().map(str::to_owned);
                    let places = places(made);
                    let out = [who, (!places.is_empty()).then_some(places)];
                    format!(
                        "Kept out: {} (ban {})",
                        out.into_iter().flatten().collect::<Vec<_>>().join(", "),
                        made["id"]
                    )
                })
            }
            Action::List => answer(as_json, &door.ask(Method::GET, BANS, None).await?, table),
            Action::Remove(asked) => {
                let path = format!("{BANS}/{}", asked.id);
                answer(as_json, &door.ask(Method::DELETE, &path, None).await?, |_| format!("Lifted ban {}", asked.id))
            }
        })
    }
}

fn places(ban: &Value) -> String {
    ban["addresses"].as_array().into_iter().flatten().map(cell).collect::<Vec<_>>().join(" ")
}

fn table(list: &Value) -> String {
    let name = |id: &Value| {
        let user = list["users"].as_array().into_iter().flatten().find(|user| user["id"] == *id);
        user.map_or_else(|| cell(id), |user| cell(&user["username"]))
    };
    let mut table = Table::new(&["ID", "PERSON", "ADDRESSES", "SINCE", "UNTIL", "BY", "REASON"]);
    for ban in list["bans"].as_array().into_iter().flatten() {
        let by = if ban["created_by"].is_null() { "operator".to_owned() } else { name(&ban["created_by"]) };
        let (id, places) = (cell(&ban["id"]), places(ban));
        let (since, until) = (time(&ban["created_at"]), time(&ban["expires_at"]));
        table.row(vec![id, name(&ban["user"]), places, since, until, by, cell(&ban["reason"])]);
    }
    table.to_string()
}
