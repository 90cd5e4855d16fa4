//! The operator's door: a Unix socket in the data folder that speaks the same HTTP, for who owns the folder (S51).
pub mod client;

use crate::app::App;
use crate::error::{Fault, Result};
use crate::http::ask::{Door, Peer};
use crate::http::body::BodyError;
use crate::http::{self, RequestBody};
use http_body_util::BodyExt;
use hyper::service::service_fn;
use hyper_util::rt::TokioIo;
use std::convert::Infallible;
use std::fs;
use std::net::{IpAddr, Ipv4Addr};
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use tokio::net::{UnixListener, UnixStream};

/// What the socket is called in the data folder.
pub const SOCKET: &str = "admin.sock";

/// Who comes in by this door.
pub const OPERATOR: Peer = Peer { address: IpAddr::V4(Ipv4Addr::LOCALHOST), door: Door::Admin };

/// The open socket; dropping it removes the file.
pub struct Listening {
    path: PathBuf,
    accepting: tokio::task::JoinHandle<()>,
}

/// Opens the socket. The data folder is locked by us, so whatever stands in its place is left from a crash.
pub async fn listen(app: Arc<App>) -> Result<Listening> {
    let path = app.config.data.join(SOCKET);
    let listener = bind(&path)?;
    let accepting = tokio::spawn(async move {
        loop {
            match listener.accept().await {
                Ok((stream, _)) => {
                    tokio::spawn(serve(app.clone(), stream));
                }
                Err(error) => {
                    tracing::error!(%error, "the admin socket cannot accept at the moment");
                    tokio::time::sleep(std::time::Duration::from_secs(1)).await;
                }
            }
        }
    });
    Ok(Listening { path, accepting })
}

fn bind(path: &Path) -> Result<UnixListener> {
    match fs::remove_file(path) {
        Err(error) if error.kind() != std::io::ErrorKind::NotFound => return Err(error.into()),
        _ => {}
    }
    // The folder is closed to others, so nobody can come in before the mode is set.
    let listener = UnixListener::bind(path)
        .map_err(|error| Fault::new(format!("the admin socket {} cannot be made: {error}", path.display())))?;
    fs::set_permissions(path, fs::Permissions::from_mode(0o600))?;
    Ok(listener)
}

async fn serve(app: Arc<App>, stream: UnixStream) {
    let own = rustix::process::geteuid().as_raw();
    if !stream.peer_cred().is_ok_and(|peer| peer.uid() == own || peer.uid() == 0) {
        return;
    }
    let service = service_fn(move |request: hyper::Request<hyper::body::Incoming>| {
        let app = app.clone();
        async move {
            let request = request.map(|body| -> RequestBody { body.map_err(|_| BodyError).boxed_unsync() });
            Ok::<_, Infallible>(http::handle(app, OPERATOR, request).await)
        }
    });
    // Who breaks off has their reason.
    let _ = hyper::server::conn::http1::Builder::new().serve_connection(TokioIo::new(stream), service).await;
}

impl Drop for Listening {
    fn drop(&mut self) {
        self.accepting.abort();
        let _ = fs::remove_file(&self.path);
    }
}
