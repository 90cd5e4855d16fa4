//! A running server: listeners in, a signal out; everything between is told to stop and waited for.
mod listen;
mod metrics;
pub mod proxy;
mod redirect;
pub mod systemd;

use crate::app::App;
use crate::error::{Error, Result};
use crate::limits;
use hyper_util::server::graceful::GracefulShutdown;
use std::net::{Ipv4Addr, Ipv6Addr, SocketAddr};
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;
use tokio::net::{TcpListener, TcpSocket};
use tokio::sync::watch;

/// Connections that the system holds before they are accepted.
const BACKLOG: u32 = 1024;

/// Where the server listens.
#[derive(Debug, Default)]
pub struct Listeners {
    pub main: Vec<TcpListener>,
    /// For plain HTTP, which is told to come by HTTPS.
    pub redirect: Vec<TcpListener>,
}

/// Takes a port.
///
/// # Errors
/// What the system says: the port is in use, or may not be taken.
pub fn bind(address: SocketAddr) -> std::io::Result<TcpListener> {
    match take(address) {
        // A machine without IPv6: every address is then every IPv4 address.
        Err(error) if address.ip() == Ipv6Addr::UNSPECIFIED && has_no_ipv6(&error) => {
            take((Ipv4Addr::UNSPECIFIED, address.port()).into())
        }
        taken => taken,
    }
}

fn has_no_ipv6(error: &std::io::Error) -> bool {
    error.kind() == std::io::ErrorKind::AddrNotAvailable
        || error.raw_os_error() == Some(rustix::io::Errno::AFNOSUPPORT.raw_os_error())
}

fn take(address: SocketAddr) -> std::io::Result<TcpListener> {
    let socket = if address.is_ipv6() { TcpSocket::new_v6()? } else { TcpSocket::new_v4()? };
    socket.set_reuseaddr(true)?;
    socket.bind(address)?;
    socket.listen(BACKLOG)
}

/// Answers who gathers metrics, beside everything else, until the process ends.
pub fn serve_metrics(app: Arc<App>, listener: TcpListener) {
    tokio::spawn(metrics::serve(app, listener));
}

/// Serves until `shutdown` is ready, then stops: nothing new is accepted, commits finish, sockets close with 1012.
/// Takes at most five seconds. With TLS, if the app has a certificate.
pub async fn run(app: Arc<App>, listeners: Listeners, shutdown: impl Future<Output = ()>) -> Result<()> {
    let (stop, stopping) = watch::channel(());
    let graceful = Arc::new(GracefulShutdown::new());
    let mut helpers = vec![
        tokio::spawn(app.clone().keep_tidy()),
        tokio::spawn(app.clone().keep_files_tidy()),
        tokio::spawn(app.clone().keep_backed_up()),
        tokio::spawn(app.clone().keep_pulse()),
        tokio::spawn(systemd::feed_watchdog(app.clone())),
    ];
    if let Some(tls) = app.tls.get() {
        helpers.push(tokio::spawn(tls.clone().keep()));
    }
    app.search.begin(app.store.clone())?;
    let shared = Arc::new(listen::Shared::new(app.clone()));
    let each = |listeners: Vec<TcpListener>, port| listeners.into_iter().map(move |listener| (listener, port));
    let accepting: Vec<_> = each(listeners.main, listen::Port::Main)
        .chain(each(listeners.redirect, listen::Port::Redirect))
        .map(|(listener, port)| {
            tokio::spawn(listen::accept(shared.clone(), listener, port, stopping.clone(), graceful.clone()))
        })
        .collect();
    let fresh = shared.fresh.clone();
    drop((shared, stopping));
    shutdown.await;
    tracing::info!("stopping");
    let _ = stop.send(());
    helpers.iter().for_each(tokio::task::JoinHandle::abort);
    app.backups.stop();
    for accepting in accepting {
        let _ = accepting.await;
    }
    // Who was let in at the last moment is heard: with `snug.socket` everybody after them waits for the next process.
    let heard = async {
        while fresh.load(Ordering::Relaxed) > 0 {
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    };
    let _ = tokio::time::timeout(limits::STOP_LAST_WORDS, heard).await;
    app.say_restart();
    let drained = async {
        if let Some(graceful) = Arc::into_inner(graceful) {
            graceful.shutdown().await;
        }
        while app.hub.connections() > 0 {
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    };
    let _ = tokio::time::timeout(limits::STOP_GRACE, drained).await;
    let search = app.search.clone();
    let _ = tokio::task::spawn_blocking(move || search.stop()).await;
    // The queue is served in order: when this is answered, all before it is on disk.
    match app.store.change(|_| Ok(())).await {
        // There is nothing that it could lose.
        Err(Error::Refused(refusal)) if refusal.code == "read_only" => Ok(()),
        ended => ended,
    }
}
