//! What is measured, for Prometheus.
use super::ask;
use crate::app::{App, Process};
use crate::auth::who::Who;
use crate::chat::permission;
use crate::clock;
use crate::error::Result;
use crate::figures::Now;
use crate::row::Role;
use crate::store::tables::{MESSAGES, ROOMS, USERS};
use crate::store::{Snapshot, View};

/// The metrics, for admins of the server and for keys with that scope, which only admins make (for bots, too).
pub async fn figures(app: &App, who: &Who) -> Result<String> {
    let asker = who.asker;
    let counted = ask(app, who, move |view| {
        if asker.role(view)? != Role::Bot {
            permission::server_admin(view, asker)?;
        }
        counted(view)
    })
    .await?;
    Ok(text(app, &counted))
}

/// The metrics, where the operator opened a port for them.
pub async fn open_figures(app: &App) -> Result<String> {
    Ok(text(app, &app.store.read(counted).await?))
}

fn counted(view: &Snapshot) -> Result<[Now; 3]> {
    Ok([
        ("snug_users", "Accounts, bots and disabled ones among them", view.count(USERS.number)? as f64),
        ("snug_rooms", "Rooms, directs among them", view.count(ROOMS.number)? as f64),
        ("snug_messages", "Messages that are kept", view.count(MESSAGES.number)? as f64),
    ])
}

fn text(app: &App, counted: &[Now]) -> String {
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
    app.figures.text(&now)
}
