//! `snug audit`: who did what to whom, whether nobody has touched the list, and a copy of it for elsewhere.
use super::failure::{Code, Failure};
use super::print::{self, Table, answer, cell, time};
use super::{Done, Place, encoded, user};
use crate::admin::client::{Door, Folder};
use crate::clock;
use crate::limits::HOUR_MS;
use clap::{Args, Subcommand};
use hyper::Method;
use serde_json::{Value, json};
use std::fs;
use std::io::{self, Write};
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};

/// Who did what to whom, and from where
#[derive(Args)]
#[command(arg_required_else_help = false)]
#[command(after_help = "Example: snug audit show --action login.failed")]
pub struct Audit {
    #[command(subcommand)]
    action: Action,
}

#[derive(Subcommand)]
enum Action {
    /// Show entries, the newest first
    #[command(after_help = "Example: snug audit show --user ada --since 7d")]
    Show(Show),
    /// Recompute every hash of the chain: whether an entry was changed, removed or put in
    #[command(after_help = "Example: snug audit verify")]
    Verify(Verify),
    /// Write all entries as JSON lines, the newest first
    #[command(after_help = "Example: snug audit export audit.jsonl")]
    Export(Export),
}

#[derive(Args)]
struct Show {
    /// Only what this person did: their username
    #[arg(long, value_name = "NAME")]
    user: Option<String>,
    /// Only what was done to this person: their username
    #[arg(long, value_name = "NAME")]
    about: Option<String>,
    /// Only this action, or all that begin with it: login.failed, or login
    #[arg(long, value_name = "ACTION")]
    action: Option<String>,
    /// Only what is not older than this: 90m, 24h, 7d
    #[arg(long, value_name = "AGE", value_parser = age)]
    since: Option<u64>,
    /// At most so many
    #[arg(long, value_name = "N", default_value_t = 100)]
    limit: usize,
    /// Print the API's answer as JSON
    #[arg(long)]
    json: bool,
}

#[derive(Args)]
struct Verify {
    /// Print the API's answer as JSON
    #[arg(long)]
    json: bool,
}

#[derive(Args)]
struct Export {
    /// Where to; - is standard output
    #[arg(value_name = "FILE|-")]
    file: PathBuf,
}

const AUDIT: &str = "/api/v1/admin/audit";

impl Audit {
    pub fn run(self, place: &Place) -> Done {
        place.at_the_door(Folder::MustExist, async |door| match &self.action {
            Action::Show(asked) => {
                let mut filter = String::new();
                for (name, key) in [(&asked.user, "actor"), (&asked.about, "subject")] {
                    if let Some(name) = name {
                        filter += &format!("&{key}={}", user::find(door, name).await?["id"]);
                    }
                }
                if let Some(action) = &asked.action {
                    filter += &format!("&action={}", encoded(action));
                }
                if let Some(age_ms) = asked.since {
                    filter += &format!("&since={}", clock::now().saturating_sub(age_ms));
                }
                let (mut entries, mut users) = (Vec::new(), Vec::new());
                let more = pages(door, &filter, |page| {
                    entries.extend(page["entries"].as_array().into_iter().flatten().cloned());
                    users.extend(page["users"].as_array().into_iter().flatten().cloned());
                    Ok(entries.len() < asked.limit)
                });
                more.await?;
                entries.truncate(asked.limit);
                answer(asked.json, &json!({"entries": entries, "users": users, "next": null}), table)
            }
            Action::Verify(asked) => {
                let verdict = door.ask(Method::GET, &format!("{AUDIT}/verify"), None).await?;
                if verdict["intact"] == true {
                    return answer(asked.json, &verdict, |verdict| {
                        format!("The audit log is intact: {} entries, each with its hash.", verdict["entries"])
                    });
                }
                if asked.json {
                    print::json(&verdict)?;
                }
                let line = format!(
                    "The audit log does not hold together at entry {}. Compare it with an export or a backup.",
                    verdict["broken_at"]
                );
                Err(Failure::new(Code::Damaged, line))
            }
            Action::Export(asked) => export(door, &asked.file).await,
        })
    }
}

/// Asks for page after page until `each` says false.
async fn pages(door: &Door, filter: &str, mut each: impl FnMut(&Value) -> Result<bool, Failure>) -> Done {
    let mut before = String::new();
    loop {
        let page = door.ask(Method::GET, &format!("{AUDIT}?limit=200{filter}{before}"), None).await?;
        match (each(&page)?, page["next"].as_u64()) {
            (true, Some(next)) => before = format!("&before={next}"),
            _ => return Ok(()),
        }
    }
}

async fn export(door: &Door, file: &Path) -> Done {
    let mut out: Box<dyn Write> = if file == Path::new("-") {
        Box::new(io::stdout().lock())
    } else {
        let made = fs::OpenOptions::new().write(true).create_new(true).mode(0o600).open(file);
        Box::new(io::BufWriter::new(made.map_err(|error| Failure::file(&error, file))?))
    };
    let broken = |error: io::Error| Failure::file(&error, file);
    pages(door, "", |page| {
        for entry in page["entries"].as_array().into_iter().flatten() {
            writeln!(out, "{entry}").map_err(broken)?;
        }
        Ok(true)
    })
    .await?;
    out.flush().map_err(broken)
}

fn table(list: &Value) -> String {
    let name_of = |id: &Value| {
        let user = list["users"].as_array().into_iter().flatten().find(|user| user["id"] == *id);
        user.map_or_else(|| cell(id), |user| cell(&user["username"]))
    };
    let mut table = Table::new(&["AT", "ACTION", "BY", "FROM", "WHAT", "DETAILS"]);
    for entry in list["entries"].as_array().into_iter().flatten() {
        let by = if entry["actor"].is_null() { cell(&entry["by"]) } else { name_of(&entry["actor"]) };
        let subjects = entry["subjects"].as_array().into_iter().flatten().map(|subject| match &subject["kind"] {
            kind if kind == "user" => name_of(&subject["id"]),
            kind => format!("{} {}", cell(kind), subject["id"]),
        });
        let details = entry["details"].as_object().into_iter().flatten();
        let details = details.map(|(name, value)| format!("{name}={}", cell(value)));
        table.row(vec![
            time(&entry["at"]),
            cell(&entry["action"]),
            by,
            cell(&entry["address"]),
            subjects.collect::<Vec<_>>().join(", "),
            details.collect::<Vec<_>>().join(" "),
        ]);
    }
    table.to_string()
}

/// "90m", "24h", "7d": milliseconds.
pub(super) fn age(text: &str) -> Result<u64, String> {
    let wrong = || "write an age like 90m, 24h or 7d".to_owned();
    let (number, unit) = text.split_at_checked(text.len().saturating_sub(1)).ok_or_else(wrong)?;
    let unit_ms = match unit {
        "m" => HOUR_MS / 60,
        "h" => HOUR_MS,
        "d" => 24 * HOUR_MS,
        _ => return Err(wrong()),
    };
    number.parse::<u32>().map(|number| u64::from(number) * unit_ms).map_err(|_| wrong())
}

#[cfg(test)]
mod tests {
    use super::age;

    #[test]
    fn ages_are_minutes_hours_and_days() {
        assert_eq!(["90m", "24h", "7d"].map(age), [Ok(5_400_000), Ok(86_400_000), Ok(604_800_000)]);
        for wrong in ["", "7", "d", "-1d", "7w", "7é"] {
            age(wrong).unwrap_err();
        }
    }
}
