//! What a service manager is told, if one started us, and the sockets that it may hand over.
use crate::app::App;
use crate::error::Error;
use crate::store::tables::META;
use listenfd::ListenFd;
use sd_notify::NotifyState;
use std::io;
use std::net::TcpListener;
use std::sync::Arc;
use std::time::Duration;

/// The server listens.
pub fn ready(status: &str) {
    notify(&[NotifyState::Ready, NotifyState::Status(status)]);
}

/// The server stops.
pub fn stopping() {
    notify(&[NotifyState::Stopping, NotifyState::Status("stopping")]);
}

/// The sockets that were opened for us (`snug.socket`), so that nobody is refused while the server restarts. None: we
/// open our own.
///
/// # Errors
/// What was handed over is no TCP listener.
pub fn listeners() -> io::Result<Vec<TcpListener>> {
    let mut handed = ListenFd::from_env();
    let mut listeners = Vec::with_capacity(handed.len());
    for number in 0..handed.len() {
        if let Some(listener) = handed.take_tcp_listener(number)? {
            listener.set_nonblocking(true)?;
            listeners.push(listener);
        }
    }
    Ok(listeners)
}

/// Tells the service manager that all is well, as often as it wants (`WatchdogSec=`): only after a change really went to
/// disk. A writer that hangs is not well, and the manager starts us anew. A disk that refuses is known, said elsewhere,
/// and no better after a restart.
pub async fn feed_watchdog(app: Arc<App>) {
    let Some(patience) = sd_notify::watchdog_enabled() else { return };
    // Half of it: a beat may be late without harm (sd_watchdog_enabled(3)).
    let mut ticks = tokio::time::interval((patience / 2).max(Duration::from_millis(10)));
    loop {
        ticks.tick().await;
        let beat = app.store.change(|change| {
            let now = change.now;
            META.put(change, "beat", &now)
        });
        match beat.await {
            Ok(()) | Err(Error::Refused(_)) => notify(&[NotifyState::Watchdog, NotifyState::Status(&app.in_short())]),
            Err(Error::Fault(fault)) => tracing::error!(%fault, "the store takes nothing: the watchdog is not fed"),
        }
    }
}

fn notify(states: &[NotifyState]) {
    if let Err(error) = sd_notify::notify(states) {
        tracing::warn!(%error, "the service manager could not be told");
    }
}
