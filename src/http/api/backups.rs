//! Backups, for admins of the server and the command line. Their bytes leave by the command line only: a browser's session must
//! not be worth everything that was ever said.
use crate::command;
use crate::error::Result;
use crate::http::ask::Ask;
use crate::http::reply::Reply;
use crate::{query, wire};
use hyper::StatusCode;
use serde::Serialize;

#[derive(Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
struct List<'a> {
    backups: Vec<wire::Backup<'a>>,
    #[serde(flatten)]
    state: wire::Backups,
    /// Where they are.
    folder: String,
    /// Hour and minute of the machine's own time; none: the server makes none by itself.
    nightly: Option<String>,
    keep_daily: u64,
    keep_weekly: u64,
    /// Whether new ones are encrypted.
    encrypted: bool,
    working: Option<wire::BackupWork>,
}

pub async fn list(ask: Ask) -> Result<Reply> {
    ask.no_query()?;
    // Looked at first: who reads that nothing is being done any more finds what came of it.
    let working = ask.app.backups.work().as_deref().map(wire::BackupWork::from);
    let (kept, state) = query::backups(&ask.app, &ask.who()?).await?;
    let plan = ask.app.backups.plan();
    Ok(Reply::ok(&List {
        backups: kept.iter().map(wire::Backup::from).collect(),
        state: state.into(),
        folder: plan.folder.display().to_string(),
        nightly: plan.nightly.map(|(hour, minute)| format!("{hour:02}:{minute:02}")),
        keep_daily: plan.keep_daily,
        keep_weekly: plan.keep_weekly,
        encrypted: !plan.age_recipients.is_empty(),
        working,
    }))
}

/// It goes on after the answer; the list tells how far it is.
pub async fn make(ask: Ask) -> Result<Reply> {
    command::make_backup(&ask.app, &ask.who()?).await?;
    Ok(begun(&ask))
}

pub async fn verify(ask: Ask) -> Result<Reply> {
    command::verify_backup(&ask.app, &ask.who()?, ask.text("name")?).await?;
    Ok(begun(&ask))
}

#[derive(Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
struct Begun {
    working: Option<wire::BackupWork>,
}

fn begun(ask: &Ask) -> Reply {
    let working = ask.app.backups.work().as_deref().map(wire::BackupWork::from);
    Reply::json(StatusCode::ACCEPTED, &Begun { working })
}

/// What is said of these routes to programs.
#[cfg(test)]
pub fn contract() -> crate::http::contract::Section {
    use crate::http::contract::{Section, route};
    Section {
        name: "Backups",
        about: "What the server makes each night, or when it is asked to, and checks by restoring it on trial.",
        routes: vec![
            route("GET /api/v1/admin/backups", "Those in the folder, and how they are")
                .gives::<List>(200, "The newest first")
                .says(403, "forbidden"),
            route("POST /api/v1/admin/backups", "Begin to make one now")
                .gives::<Begun>(202, "It is being made; the list tells how far it is")
                .says(403, "forbidden")
                .says_any(409, &["backup_running", "too_many_backups"]),
            route("POST /api/v1/admin/backups/{name}/verify", "Begin to check one")
                .gives::<Begun>(202, "It is being checked; the list tells how far it is")
                .says(403, "forbidden")
                .says(409, "backup_running"),
        ],
    }
}
