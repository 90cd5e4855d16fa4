//! From an accepted connection to requests: bounds, TLS, the person's address, hyper.
use crate::app::App;
use crate::error::Refusal;
use crate::http::ask::{Door, Peer};
use crate::http::body::BodyError;
use crate::http::reply::Reply;
use crate::http::{self, RequestBody, ResponseBody, guard};
use crate::limits;
use crate::stream::Stream;
use bytes::Bytes;
use http_body_util::BodyExt;
use hyper::body::Incoming;
use hyper::service::service_fn;
use hyper::{Method, Request, Response, StatusCode, header};
use hyper_util::rt::{TokioExecutor, TokioIo, TokioTimer};
use hyper_util::server::conn::auto::Builder;
use hyper_util::server::graceful::{GracefulShutdown, Watcher};
use rustls::ServerConfig;
use std::collections::HashMap;
use std::convert::Infallible;
use std::io;
use std::net::{IpAddr, SocketAddr};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{Semaphore, watch};
use tokio_rustls::TlsAcceptor;

/// The first byte of a TLS connection: a handshake record (RFC 8446, 5.1).
const TLS_HANDSHAKE: u8 = 0x16;
/// How long accepting pauses when the system has no file left to give (R21).
const ACCEPT_PAUSE: Duration = Duration::from_millis(100);
const COMPLAINT_PERIOD: Duration = Duration::from_secs(60);

/// What all connections share.
pub(super) struct Shared {
    app: Arc<App>,
    tls: Option<TlsAcceptor>,
    handshakes: Semaphore,
    by_address: Mutex<HashMap<IpAddr, u64>>,
    builder: Builder<TokioExecutor>,
}

/// What a connection turned out to speak.
#[derive(PartialEq, Eq)]
enum Meant {
    Plain,
    Tls,
    /// Plain HTTP on a TLS port.
    Mistaken,
}

/// A connection counted to its address, until it is dropped.
struct Counted {
    shared: Arc<Shared>,
    address: IpAddr,
}

impl Shared {
    pub fn new(app: Arc<App>, tls: Option<Arc<ServerConfig>>) -> Self {
        let mut builder = Builder::new(TokioExecutor::new());
        builder
            .http1()
            .timer(TokioTimer::new())
            .header_read_timeout(limits::HEADER_TIMEOUT)
            .max_headers(limits::HEADERS_MAX)
            .max_buf_size(limits::HEADER_BYTES_MAX);
        builder
            .http2()
            .timer(TokioTimer::new())
            .max_concurrent_streams(limits::H2_STREAMS_MAX)
            .max_header_list_size(limits::HEADER_BYTES_MAX as u32)
            .max_pending_accept_reset_streams(limits::H2_RESETS_MAX)
            .keep_alive_interval(limits::HEARTBEAT)
            .keep_alive_timeout(limits::HEARTBEAT);
        Shared {
            app,
            tls: tls.map(TlsAcceptor::from),
            handshakes: Semaphore::new(limits::HANDSHAKES_AT_ONCE),
            by_address: Mutex::default(),
            builder,
        }
    }
}

/// Accepts until it is told to stop. Connections only watch `graceful`: who holds it at last can end it.
pub(super) async fn accept(
    shared: Arc<Shared>,
    listener: TcpListener,
    mut stopping: watch::Receiver<()>,
    graceful: Arc<GracefulShutdown>,
) {
    let mut complained: Option<Instant> = None;
    loop {
        let accepted = tokio::select! {
            accepted = listener.accept() => accepted,
            _ = stopping.changed() => return,
        };
        match accepted {
            Ok((stream, peer)) => {
                if let Some(counted) = Counted::take(&shared, peer.ip().to_canonical()) {
                    tokio::spawn(serve(counted, stream, peer, stopping.clone(), graceful.watcher()));
                }
            }
            Err(error) if is_of_one_connection(&error) => {}
            Err(error) => {
                if complained.is_none_or(|at| at.elapsed() > COMPLAINT_PERIOD) {
                    complained = Some(Instant::now());
                    tracing::error!(%error, "no connection can be accepted at the moment");
                }
                tokio::time::sleep(ACCEPT_PAUSE).await;
            }
        }
    }
}

async fn serve(
    counted: Counted,
    stream: TcpStream,
    peer: SocketAddr,
    mut stopping: watch::Receiver<()>,
    watcher: Watcher,
) {
    // Chat is small messages: waiting to fill packets only delays them.
    let _ = stream.set_nodelay(true);
    let shared = counted.shared.clone();
    let begun = async {
        let counted = Box::new(counted);
        match &shared.tls {
            None => Some((Stream::plain(stream, counted), Meant::Plain)),
            Some(_) if !begins_with_tls(&stream).await => Some((Stream::plain(stream, counted), Meant::Mistaken)),
            Some(tls) => {
                let _turn = shared.handshakes.acquire().await.ok()?;
                Some((Stream::tls(tls.accept(stream).await.ok()?, counted), Meant::Tls))
            }
        }
    };
    let begun = tokio::select! {
        begun = tokio::time::timeout(limits::HANDSHAKE_TIMEOUT, begun) => begun,
        _ = stopping.changed() => return,
    };
    let Ok(Some((stream, meant))) = begun else { return };
    let io = TokioIo::new(stream);
    if meant != Meant::Mistaken {
        let (app, secure) = (shared.app.clone(), meant == Meant::Tls);
        let service = service_fn(move |request| answer(app.clone(), peer.ip(), secure, request));
        let connection = shared.builder.serve_connection_with_upgrades(io, service).into_owned();
        let _ = watcher.watch(connection).await;
    } else {
        let connection = shared.builder.serve_connection(io, service_fn(speak_tls)).into_owned();
        let _ = watcher.watch(connection).await;
    }
}

async fn answer(
    app: Arc<App>,
    address: IpAddr,
    secure: bool,
    request: Request<Incoming>,
) -> Result<Response<ResponseBody>, Infallible> {
    let peer = peer(&app, address.to_canonical(), secure, &request);
    let request = request.map(|body| -> RequestBody { body.map_err(|_| BodyError).boxed_unsync() });
    Ok(http::handle(app, peer, request).await)
}

/// The person's address and whether their browser speaks HTTPS: what a trusted proxy says, or what we see (S10).
fn peer(app: &App, address: IpAddr, secure: bool, request: &Request<Incoming>) -> Peer {
    let trusted = |address: IpAddr| app.config.server.trusted_proxies.iter().any(|net| net.contains(address));
    if !trusted(address) {
        return Peer { address, door: Door::Network { secure } };
    }
    let header = |name: &str| request.headers().get(name).and_then(|value| value.to_str().ok());
    // The last entry that no trusted proxy wrote about another one: entries before it may be invented.
    let forwarded =
        header("x-forwarded-for").unwrap_or_default().rsplit(',').map_while(|entry| entry.trim().parse().ok());
    let mut person = address;
    for hop in forwarded {
        person = IpAddr::to_canonical(&hop);
        if !trusted(person) {
            break;
        }
    }
    let secure = secure || header("x-forwarded-proto").is_some_and(|scheme| scheme.eq_ignore_ascii_case("https"));
    Peer { address: person, door: Door::Network { secure } }
}

/// What a plain HTTP request to the TLS port is told: pages are sent on, everything else learns what is wrong (S4).
async fn speak_tls(request: Request<Incoming>) -> Result<Response<ResponseBody>, Infallible> {
    let (parts, _) = request.into_parts();
    let page = matches!(parts.method, Method::GET | Method::HEAD) && !parts.uri.path().starts_with("/api/");
    let path = parts.uri.path_and_query().map_or("/", |path| path.as_str());
    let mut response = match guard::host_of(&parts) {
        Some(host) if page => Reply::bytes(StatusCode::PERMANENT_REDIRECT, None, Bytes::new())
            .header(header::LOCATION, &format!("https://{host}{path}"))
            .header(header::CONNECTION, "close")
            .into_response(),
        _ => Reply::problem(&Refusal::new(
            403,
            "https_only",
            "This port speaks HTTPS only. Use https:// in the address.",
        ))
        .header(header::CONNECTION, "close")
        .into_response(),
    };
    guard::add_headers(response.headers_mut(), None);
    Ok(response)
}

/// Looks at the first byte without taking it.
async fn begins_with_tls(stream: &TcpStream) -> bool {
    let mut first = [0];
    matches!(stream.peek(&mut first).await, Ok(0)) || first[0] == TLS_HANDSHAKE
}

/// Errors of `accept` that concern only the connection that was to come.
fn is_of_one_connection(error: &io::Error) -> bool {
    use io::ErrorKind::{ConnectionAborted, ConnectionRefused, ConnectionReset};
    matches!(error.kind(), ConnectionAborted | ConnectionRefused | ConnectionReset)
}

impl Counted {
    /// Counts a connection, unless its address has as many as it may.
    fn take(shared: &Arc<Shared>, address: IpAddr) -> Option<Counted> {
        let max = shared.app.config.limits.connections_per_ip;
        let mut by_address = shared.by_address.lock().expect("nothing panics while it holds this lock");
        let count = by_address.entry(address).or_default();
        if max > 0 && *count >= max && !shared.app.config.server.trusted_proxies.iter().any(|net| net.contains(address))
        {
            return None;
        }
        *count += 1;
        Some(Counted { shared: shared.clone(), address })
    }
}

impl Drop for Counted {
    fn drop(&mut self) {
        let mut by_address = self.shared.by_address.lock().expect("nothing panics while it holds this lock");
        if let Some(count) = by_address.get_mut(&self.address) {
            *count -= 1;
            if *count == 0 {
                by_address.remove(&self.address);
            }
        }
    }
}
