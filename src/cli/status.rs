//! `snug status`: whether the server runs, and how much there is of everything.
use super::print::{answer, cell, harmless, moment, size, span, time};
use super::{Done, Place};
use crate::admin::client::Folder;
use crate::clock;
use clap::Args;
use hyper::Method;
use serde_json::Value;

/// Whether the server runs, and how much there is of everything
#[derive(Args)]
#[command(after_help = "Example: snug status --json")]
pub struct Status {
    /// Print the API's answer as JSON
    #[arg(long)]
    json: bool,
}

impl Status {
    pub fn run(self, place: &Place) -> Done {
        place.at_the_door(Folder::MustExist, async |door| {
            let mut status = door.ask(Method::GET, "/api/v1/admin/status", None).await?;
            status["running"] = door.is_online().into();
            answer(self.json, &status, shown)
        })
    }
}

fn shown(status: &Value) -> String {
    let server = match status["running"] == true {
        true => format!("running for {}", span(status["uptime_s"].as_u64().unwrap_or_default())),
        false => "not running".to_owned(),
    };
    let mut shown = format!(
        "server       {server}\nversion      {}\nusers        {}\nrooms        {}\nmessages     {}\nconnections  {}",
        status["version"].as_str().unwrap_or_default(),
        status["users"],
        status["rooms"],
        status["messages"],
        status["connections"],
    );
    if status["running"] == true {
        shown.push_str(&lately(&status["now"]));
    }
    shown.push_str(&storage(&status["store"]));
    if status["running"] == true {
        shown.push_str(&search(&status["search"]));
    }
    shown.push_str(&backups(&status["backups"]));
    if let Some(line) = certificate(&status["certificate"]) {
        shown.push_str(&format!("\ncertificate  {line}"));
    }
    shown
}

/// The last minute: how much was said, and how long people waited.
fn lately(now: &Value) -> String {
    let number = |name: &str| now[name].as_f64();
    let mut lately =
        format!("\nlately       {:.0} messages a minute", number("messages_per_minute").unwrap_or_default());
    if let (Some(half), Some(most)) = (number("send_p50_ms"), number("send_p99_ms")) {
        lately.push_str(&format!(", on disk within {half:.1} ms (half of them), {most:.1} ms (99 of 100)"));
    }
    lately
}

/// The age of the last good one, and when the next is made.
fn backups(state: &Value) -> String {
    let checked = match state["last_verified_at"].as_u64() {
        Some(at) => format!("checked {} ago", span(clock::now().saturating_sub(at) / 1_000)),
        None => "none checked yet".to_owned(),
    };
    let next = match state["next_at"].as_u64() {
        Some(at) => format!("next {}", moment(at)),
        None => "none by itself".to_owned(),
    };
    let alarm = match (state["alarm"] == true, state["last_error"].as_str()) {
        (true, Some(why)) => format!("\n             FAILED: {}", harmless(why)),
        (true, None) => "\n             OVERDUE: look at the log, and at snug backup list".to_owned(),
        (false, _) => String::new(),
    };
    let bytes = size(state["bytes"].as_u64().unwrap_or_default());
    format!("\nbackups      {} ({bytes}), {checked}, {next}{alarm}", state["count"])
}

/// One line of how it is; none where there is none, or nobody who would know.
fn certificate(state: &Value) -> Option<String> {
    let until = time(&state["expires_at"]);
    Some(match (state["state"].as_str()?, state["last_error"].as_str()) {
        ("waiting", None) => "ordered, not here yet; Snug's own is shown".to_owned(),
        ("waiting", Some(_)) => format!("ordered, NOT HERE YET: {}", cell(&state["last_error"])),
        ("failing", _) => format!("until {until}, NOT RENEWED: {}", cell(&state["last_error"])),
        ("ending", Some(_)) => format!("ENDS {until}: {}", cell(&state["last_error"])),
        ("ending", None) => format!("ENDS {until}"),
        _ => format!("until {until}, made by {}", cell(&state["issuer"])),
    })
}

/// The index in which messages are found.
fn search(index: &Value) -> String {
    let bytes = size(index["bytes"].as_u64().unwrap_or_default());
    let line = match index["state"].as_str() {
        Some("ready") => format!("{} messages are found ({bytes})", index["messages"]),
        Some("building") => format!("being made: {} of {} messages", number(&index["done"]), number(&index["total"])),
        Some("failing") => format!("NOT KEPT: {}", harmless(index["why"].as_str().unwrap_or_default())),
        _ => "starting".to_owned(),
    };
    format!("\nsearch       {line}")
}

fn number(value: &Value) -> u64 {
    value.as_u64().unwrap_or_default()
}

/// The disk, in two lines.
fn storage(store: &Value) -> String {
    let bytes = |name: &str| size(store[name].as_u64().unwrap_or_default());
    let live = match store["live_bytes"].is_null() {
        true => String::new(),
        false => format!(", {} in use", bytes("live_bytes")),
    };
    let free = match store["free_bytes"].is_null() {
        true => String::new(),
        false => format!("\ndisk         {} free, {} kept", bytes("free_bytes"), bytes("reserve_bytes")),
    };
    let why = match store["why"].as_str() {
        Some(why) => format!("\nREAD ONLY    {why}"),
        None => String::new(),
    };
    format!("\nstorage      {}{live}{free}{why}", bytes("size_bytes"))
}
