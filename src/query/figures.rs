//! What is measured, for Prometheus.
use super::ask;
use crate::app::{App, Process};
use crate::auth::who::Who;
use crate::backups;
use crate::chat::permission;
use crate::clock::{self, Millis};
use crate::error::{Fault, Result};
use crate::figures::{Beat, Now};
use crate::row::Role;
use crate::search::{self, Standing};
use crate::store::tables::{MESSAGES, ROOMS, USERS};
use crate::store::{Mode, Snapshot, State, View};
use crate::tls;
use std::sync::Arc;
use std::time::UNIX_EPOCH;

/// The metrics, for admins of the server and for keys with that scope, which only admins make (for bots, too).
pub async fn figures(app: &Arc<App>, who: &Who) -> Result<String> {
    let asker = who.asker;
    let counted = ask(app, who, move |view| {
        if asker.role(view)? != Role::Bot {
            permission::server_admin(view, asker)?;
        }
        counted(view)
    })
    .await?;
    text(app, &counted).await
}

/// Whether somebody may see what is set.
pub async fn may_see_settings(app: &App, who: &Who) -> Result<()> {
    let asker = who.asker;
    ask(app, who, move |view| permission::server_admin(view, asker)).await.map(drop)
}

/// How the server did after a moment, for its admins.
pub async fn beats(app: &App, who: &Who, after: Millis) -> Result<Vec<Beat>> {
    let asker = who.asker;
    ask(app, who, move |view| permission::server_admin(view, asker)).await?;
    Ok(app.beats(after))
}

/// The metrics, where the operator opened a port for them.
pub async fn open_figures(app: &Arc<App>) -> Result<String> {
    text(app, &app.store.read(counted).await?).await
}

fn counted(view: &Snapshot) -> Result<[Now; 3]> {
    Ok([
        ("snug_users", "Accounts, bots and disabled ones among them", view.count(USERS.number)? as f64),
        ("snug_rooms", "Rooms, directs among them", view.count(ROOMS.number)? as f64),
        ("snug_messages", "Messages that are kept", view.count(MESSAGES.number)? as f64),
    ])
}

async fn text(app: &Arc<App>, counted: &[Now]) -> Result<String> {
    let process = Process::now();
    let uptime_secs = app.started.elapsed().as_secs_f64();
    let mut now = vec![
        ("snug_connections", "WebSockets that are open", app.hub.connections() as f64),
        ("snug_people_connected", "People with at least one of them", app.hub.people() as f64),
        ("process_resident_memory_bytes", "Memory of this process", process.resident_bytes as f64),
        ("process_open_fds", "Open files, connections among them", process.open_files as f64),
        ("process_cpu_seconds_total", "Processor time of this process", process.cpu_secs),
        (
            "process_start_time_seconds",
            "When this process began, since 1970",
            (clock::now() as f64 / 1_000.0 - uptime_secs).round(),
        ),
    ];
    now.extend_from_slice(counted);
    now.extend(stored(&app.known_store_state().await?));
    now.extend(searched(&app.search.standing()));
    let backups = app.backups.clone();
    now.extend(backed_up(&tokio::task::spawn_blocking(move || backups.state()).await.map_err(Fault::new)?));
    now.extend(app.tls.get().map(|tls| certified(&tls.state())).into_iter().flatten());
    Ok(app.figures.text(&now))
}

fn searched(index: &Standing) -> [Now; 3] {
    [
        ("snug_search_messages", "Messages in the search index", index.messages as f64),
        ("snug_search_bytes", "Size of the search index", index.bytes as f64),
        (
            "snug_search_ready",
            "1 while everything can be found",
            f64::from(u8::from(index.state == search::State::Ready)),
        ),
    ]
}

fn stored(state: &State) -> Vec<Now> {
    let known: [(_, _, Option<u64>); 5] = [
        ("snug_store_bytes", "Size of both databases", Some(state.size)),
        ("snug_store_live_bytes", "What is in them, when it was measured last", state.live),
        ("snug_disk_free_bytes", "Free on the disk of the data folder", state.free),
        ("snug_disk_reserve_bytes", "What of that is never filled with files", state.reserve),
        ("snug_store_read_only", "1 while nothing, or no file, can be written", Some((state.mode != Mode::Ok).into())),
    ];
    known.into_iter().filter_map(|(name, help, value)| Some((name, help, value? as f64))).collect()
}

fn backed_up(state: &backups::State) -> Vec<Now> {
    let secs = |at: Option<Millis>| at.map(|at| at as f64 / 1_000.0);
    let known = [
        ("snug_backups", "Backups in their folder", Some(state.count as f64)),
        ("snug_backup_bytes", "What they take, all together", Some(state.bytes as f64)),
        ("snug_backup_alarm", "1 while one failed, or is long overdue", Some(f64::from(u8::from(state.alarm)))),
        (
            "snug_backup_last_verified_timestamp_seconds",
            "When one was last found good, since 1970; missing while none was",
            secs(state.last_verified_at),
        ),
        ("snug_backup_next_timestamp_seconds", "When the next is made by itself, since 1970", secs(state.next_at)),
    ];
    known.into_iter().filter_map(|(name, help, value)| Some((name, help, value?))).collect()
}

fn certified(state: &tls::State) -> [Now; 2] {
    let until = state.not_after.duration_since(UNIX_EPOCH).unwrap_or_default();
    let fails = u8::from(state.last_error.is_some());
    [
        ("snug_certificate_not_after_timestamp_seconds", "When it ends, since 1970", until.as_secs_f64().round()),
        ("snug_certificate_failing", "1 while a new one could not be had", fails.into()),
    ]
}
