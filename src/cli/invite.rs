//! `snug invite`: links with which people make themselves an account.
use super::failure::{Code, Failure};
use super::print::{self, Table, answer, cell, time};
use super::user::Role;
use super::{Done, Place, room};
use crate::admin::client::{Folder, Unanswered};
use crate::{clock, limits};
use clap::{Args, Subcommand};
use hyper::Method;
use serde_json::{Value, json};

/// Links with which people join
#[derive(Args)]
#[command(arg_required_else_help = false)]
#[command(after_help = "Example: snug invite create --room Kitchen --expires 2d")]
pub struct Invite {
    /// Print the API's answer as JSON
    #[arg(long, global = true)]
    json: bool,
    #[command(subcommand)]
    action: Action,
}

#[derive(Subcommand)]
enum Action {
    /// Print a new link
    #[command(
        after_help = "Example: snug invite create --role admin --room Kitchen --room Garden --uses 5 --expires 12h"
    )]
    Create(Create),
    /// List the links that still work
    #[command(after_help = "Example: snug invite list")]
    List,
    /// Take a link back
    #[command(after_help = "Example: snug invite revoke 17")]
    Revoke(Revoke),
}

#[derive(Args)]
struct Create {
    /// The rank of who comes by it [default: member]
    #[arg(long)]
    role: Option<Role>,
    /// A room to bring them into, by name or id, may be repeated
    #[arg(long = "room", value_name = "NAME|ID")]
    rooms: Vec<String>,
    /// How often it works [default: 1]
    #[arg(long, value_name = "N", conflicts_with = "unlimited")]
    uses: Option<u32>,
    /// It works as often as one likes
    #[arg(long)]
    unlimited: bool,
    /// How long it works, like 7d, 12h or 30m [default: 7d]
    #[arg(long, value_name = "TIME", value_parser = duration)]
    expires: Option<u64>,
}

#[derive(Args)]
struct Revoke {
    /// Its id, as `snug invite list` shows it
    id: u64,
}

const INVITES: &str = "/api/v1/invites";

impl Invite {
    pub fn run(self, place: &Place) -> Done {
        let as_json = self.json;
        match self.action {
            Action::Create(create) => create.run(place, as_json),
            Action::List => place.at_the_door(Folder::MustExist, async |door| {
                answer(as_json, &door.ask(Method::GET, INVITES, None).await?, table)
            }),
            Action::Revoke(Revoke { id }) => place.at_the_door(Folder::MustExist, async |door| {
                let done =
                    door.ask(Method::DELETE, &format!("{INVITES}/{id}"), None).await.map_err(|why| match why {
                        Unanswered::Refused(problem) if problem.status == 404 => Failure::new(
                            Code::NoSuch,
                            format!("There is no invite {id}. See which there are: snug invite list"),
                        ),
                        why => why.into(),
                    })?;
                answer(as_json, &done, |_| format!("The invite {id} no longer works."))
            }),
        }
    }
}

impl Create {
    fn run(self, place: &Place, as_json: bool) -> Done {
        place.at_the_door(Folder::MayBeMade, async |door| {
            let mut rooms = Vec::new();
            for room in &self.rooms {
                rooms.push(room::find(door, room).await?["id"].take());
            }
            let mut body = json!({ "role": self.role.map(Role::word), "rooms": rooms });
            if self.unlimited {
                body["uses"] = Value::Null;
            }
            if let Some(uses) = self.uses {
                body["uses"] = uses.into();
            }
            body["expires_at"] = self.expires.map(|millis| clock::now().saturating_add(millis)).into();
            let mut made = door.ask(Method::POST, INVITES, Some(&body)).await?;
            // A picture for browsers.
            if let Some(fields) = made.as_object_mut() {
                fields.remove("qr");
            }
            answer(as_json, &made, |made| {
                let uses = match made["uses"].as_u64() {
                    Some(1) => "once".to_owned(),
                    Some(uses) => format!("{uses} times"),
                    None => "as often as you like".to_owned(),
                };
                format!("{}\nThis link works {uses}, until {}.", cell(&made["url"]), time(&made["expires_at"]))
            })?;
            match made["url"].as_str() {
                Some(url) if !as_json => print::qr(url),
                _ => Ok(()),
            }
        })
    }
}

/// `7d`, `12h`, `30m` in milliseconds.
pub fn duration(text: &str) -> Result<u64, String> {
    let refused = || "write a time like 7d, 12h or 30m".to_owned();
    let unit = match text.chars().last() {
        Some('d') => 24 * limits::HOUR_MS,
        Some('h') => limits::HOUR_MS,
        Some('m') => 60_000,
        _ => return Err(refused()),
    };
    let number = &text[..text.len() - 1];
    let digits = !number.is_empty() && number.bytes().all(|byte| byte.is_ascii_digit());
    // Ten thousand years would leave the calendar.
    let number: Option<u64> = number.parse().ok().filter(|number| digits && (1..=36_500).contains(number));
    Ok(number.ok_or_else(refused)? * unit)
}

fn table(answer: &Value) -> String {
    let table = Table::of(
        &answer["invites"],
        &[
            ("ID", |invite| cell(&invite["id"])),
            ("ROLE", |invite| cell(&invite["role"])),
            ("USED", |invite| match invite["uses"].as_u64() {
                Some(uses) => format!("{} of {uses}", invite["used"]),
                None => cell(&invite["used"]),
            }),
            ("EXPIRES", |invite| time(&invite["expires_at"])),
            ("ROOMS", |invite| match invite["rooms"].as_array() {
                Some(rooms) if !rooms.is_empty() => rooms.iter().map(cell).collect::<Vec<_>>().join(", "),
                _ => "-".to_owned(),
            }),
        ],
    );
    table.to_string()
}

#[cfg(test)]
mod tests {
    use super::duration;

    #[test]
    fn times_have_a_unit() {
        assert_eq!(duration("7d"), Ok(7 * 24 * 3_600_000));
        assert_eq!(duration("12h"), Ok(12 * 3_600_000));
        assert_eq!(duration("30m"), Ok(30 * 60_000));
        for bad in ["", "7", "d", "0d", "-1d", "1.5h", "+1h", "7w", "99999999999999999999d", "40000d", "1é"] {
            assert!(duration(bad).is_err(), "{bad}");
        }
    }
}
