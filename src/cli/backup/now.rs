//! `snug backup now`: one in the server's folder, made and checked while one waits.
use crate::admin::client::{Door, Folder};
use crate::cli::failure::{Code, Failure};
use crate::cli::print::{answer, harmless, size};
use crate::cli::{Done, Place};
use hyper::Method;
use serde_json::Value;
use std::time::Duration;

const BACKUPS: &str = "/api/v1/admin/backups";
/// How often it is asked whether it is done.
const LOOK_PERIOD: Duration = Duration::from_millis(200);

pub fn run(place: &Place, as_json: bool) -> Done {
    place.at_the_door(Folder::MustExist, async |door| {
        let before = door.ask(Method::GET, BACKUPS, None).await?;
        door.ask(Method::POST, BACKUPS, None).await?;
        let after = finished(door).await?;
        let newest = &after["backups"][0];
        let is_new = newest["name"].is_string() && newest["name"] != before["backups"][0]["name"];
        let problem = match (is_new, newest["problem"].as_str()) {
            (true, None) => return answer(as_json, newest, told),
            (true, Some(problem)) => problem,
            (false, _) => after["last_error"].as_str().unwrap_or("The server does not say why."),
        };
        Err(Failure::new(Code::InputOutput, format!("No good backup was made: {}", harmless(problem))))
    })
}

async fn finished(door: &Door) -> Result<Value, Failure> {
    loop {
        let list = door.ask(Method::GET, BACKUPS, None).await?;
        if list["working"].is_null() {
            return Ok(list);
        }
        tokio::time::sleep(LOOK_PERIOD).await;
    }
}

fn told(kept: &Value) -> String {
    let bytes = |field: &str| size(kept[field].as_u64().unwrap_or_default());
    let how = match kept["verified"].as_str() {
        Some("restored") => "restored on trial",
        _ => "read back whole",
    };
    format!(
        "{} is made and {how}: {} rows, {} files ({}); {} new on disk",
        kept["name"].as_str().unwrap_or_default(),
        kept["rows"],
        kept["files"],
        bytes("file_bytes"),
        bytes("added_bytes"),
    )
}
