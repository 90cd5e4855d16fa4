//! From an accepted connection to requests: bounds, what a proxy says of it, TLS, the person's address, hyper.
use super::{proxy, redirect};
use crate::app::App;
use crate::config::Net;
use crate::http::ask::{Door, Peer};
use crate::http::body::BodyError;
use crate::http::{self, RequestBody, ResponseBody, guard};
use crate::limits;
use crate::stream::Stream;
use crate::tls::{self, Tls};
use http_body_util::BodyExt;
use hyper::body::Incoming;
use hyper::header::{self, HeaderValue};
use hyper::service::service_fn;
use hyper::{Request, Response};
use hyper_util::rt::{TokioExecutor, TokioIo, TokioTimer};
use hyper_util::server::conn::auto::Builder;
use hyper_util::server::graceful::{GracefulShutdown, Watcher};
use std::collections::HashMap;
use std::convert::Infallible;
use std::io;
use std::net::IpAddr;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant, SystemTime};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{OwnedSemaphorePermit, Semaphore, watch};
use tokio_rustls::TlsAcceptor;

/// The first byte of a TLS connection: a handshake record (RFC 8446, 5.1).
const TLS_HANDSHAKE: u8 = 0x16;
/// How long accepting pauses when the system has no file left to give (R21).
const ACCEPT_PAUSE: Duration = Duration::from_millis(100);
const COMPLAINT_PERIOD: Duration = Duration::from_secs(60);

/// What all connections share.
pub(super) struct Shared {
    app: Arc<App>,
    tls: Option<(Arc<Tls>, TlsAcceptor)>,
    handshakes: Semaphore,
    /// Connections that there may be at the same time.
    places: Arc<Semaphore>,
    /// Connections that have not said yet what they came for.
    pub(super) fresh: Arc<AtomicUsize>,
    complained_of_crowd: Mutex<Option<Instant>>,
    by_address: Mutex<HashMap<IpAddr, u64>>,
    builder: Builder<TokioExecutor>,
    complained_of_proxy: Mutex<Option<Instant>>,
}

/// What a listener is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Port {
    Main,
    /// Plain HTTP, where HTTPS is spoken.
    Redirect,
}

/// What a connection turned out to speak.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Meant {
    Plain,
    Tls,
    /// Plain HTTP on a TLS port.
    Mistaken,
    /// Plain HTTP on the port for it.
    Redirect,
}

/// A connection counted to its address, until it is dropped.
struct Counted {
    shared: Arc<Shared>,
    address: IpAddr,
    place: Option<OwnedSemaphorePermit>,
}

/// A connection that has not said yet what it came for.
struct Fresh(Arc<AtomicUsize>);

impl Fresh {
    fn begin(shared: &Shared) -> Fresh {
        shared.fresh.fetch_add(1, Ordering::Relaxed);
        Fresh(shared.fresh.clone())
    }
}

impl Drop for Fresh {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::Relaxed);
    }
}

impl Shared {
    pub fn new(app: Arc<App>) -> Self {
        let tls = app.tls.get().cloned();
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
            tls: tls.map(|tls| (tls.clone(), TlsAcceptor::from(tls.server_config()))),
            handshakes: Semaphore::new(limits::HANDSHAKES_AT_ONCE),
            places: Arc::new(Semaphore::new(places())),
            fresh: Arc::default(),
            complained_of_crowd: Mutex::default(),
            by_address: Mutex::default(),
            builder,
            complained_of_proxy: Mutex::default(),
        }
    }

    fn is_in(&self, nets: &[Net], address: IpAddr) -> bool {
        nets.iter().any(|net| net.contains(address))
    }

    /// A place for one connection; whoever comes beyond the last waits in the system's queue (R21).
    async fn place(&self) -> Option<OwnedSemaphorePermit> {
        if let Ok(place) = self.places.clone().try_acquire_owned() {
            return Some(place);
        }
        if is_due(&self.complained_of_crowd) {
            tracing::warn!(
                "as many are connected as this process may have files open; others wait. Raise it: LimitNOFILE= in the unit, or ulimit -n"
            );
        }
        self.places.clone().acquire_owned().await.ok()
    }

    /// Of a proxy that does not say what it was configured to say, which closes the door to all behind it.
    fn complain_of_proxy(&self, address: IpAddr) {
        if is_due(&self.complained_of_proxy) {
            tracing::warn!(%address, "a connection of server.proxy_protocol began without a PROXY header, version 2");
        }
    }
}

/// Some files are kept for databases, backups and whoever looks after the server: a crowd takes all others.
fn places() -> usize {
    let max = rustix::process::getrlimit(rustix::process::Resource::Nofile).current;
    let places = max.map(|max| max - limits::FILES_KEPT.min(max / 2));
    places.and_then(|places| usize::try_from(places).ok()).unwrap_or(usize::MAX).min(Semaphore::MAX_PERMITS)
}

/// Whether it was long ago that this was complained of; then it is complained of now.
fn is_due(complained: &Mutex<Option<Instant>>) -> bool {
    let mut complained = complained.lock().expect("nothing panics while it holds this lock");
    let is_due = complained.is_none_or(|at| at.elapsed() > COMPLAINT_PERIOD);
    if is_due {
        *complained = Some(Instant::now());
    }
    is_due
}

/// Accepts until it is told to stop. Connections only watch `graceful`: who holds it at last can end it.
pub(super) async fn accept(
    shared: Arc<Shared>,
    listener: TcpListener,
    port: Port,
    mut stopping: watch::Receiver<()>,
    graceful: Arc<GracefulShutdown>,
) {
    let complained = Mutex::default();
    loop {
        let next = async { (shared.place().await, listener.accept().await) };
        let (place, accepted) = tokio::select! {
            next = next => next,
            _ = stopping.changed() => return,
        };
        match accepted {
            Ok((stream, peer)) => {
                if let Some(counted) = Counted::take(&shared, peer.ip().to_canonical(), place) {
                    let fresh = Fresh::begin(&shared);
                    tokio::spawn(serve((counted, fresh), stream, port, stopping.clone(), graceful.watcher()));
                }
            }
            Err(error) if is_of_one_connection(&error) => {}
            Err(error) => {
                if is_due(&complained) {
                    tracing::error!(%error, "no connection can be accepted at the moment");
                }
                tokio::time::sleep(ACCEPT_PAUSE).await;
            }
        }
    }
}

async fn serve(
    (counted, fresh): (Counted, Fresh),
    stream: TcpStream,
    port: Port,
    mut stopping: watch::Receiver<()>,
    watcher: Watcher,
) {
    // Chat is small messages: waiting to fill packets only delays them.
    let _ = stream.set_nodelay(true);
    let shared = counted.shared.clone();
    let at = stream.local_addr().map_or(0, |address| address.port());
    let stopped = async {
        let _ = stopping.changed().await;
        tokio::time::sleep(limits::STOP_LAST_WORDS).await;
    };
    let begun = tokio::select! {
        begun = tokio::time::timeout(limits::HANDSHAKE_TIMEOUT, begin(counted, stream, port)) => begun,
        () = stopped => return,
    };
    let Ok(Some((stream, address, meant))) = begun else { return };
    let io = TokioIo::new(stream);
    let service = {
        let (shared, fresh) = (shared.clone(), Mutex::new(Some(fresh)));
        service_fn(move |request| {
            drop(fresh.lock().expect("nothing panics while it holds this lock").take());
            answer(shared.clone(), address, meant, at, request)
        })
    };
    // A connection that only sends people elsewhere becomes no socket.
    if matches!(meant, Meant::Plain | Meant::Tls) {
        let connection = shared.builder.serve_connection_with_upgrades(io, service).into_owned();
        let _ = watcher.watch(connection).await;
    } else {
        let connection = shared.builder.serve_connection(io, service).into_owned();
        let _ = watcher.watch(connection).await;
    }
}

/// Finds out who is there and what they speak. Nothing: they are not to be served.
async fn begin(mut counted: Counted, mut stream: TcpStream, port: Port) -> Option<(Stream, IpAddr, Meant)> {
    let shared = counted.shared.clone();
    if shared.is_in(&shared.app.config.server.proxy_protocol, counted.address) {
        match proxy::read(&mut stream).await {
            Ok(proxy::Source::Client(client)) => counted = Counted::take(&shared, client.ip(), counted.place.take())?,
            Ok(proxy::Source::Proxy) => {}
            Err(_) => {
                shared.complain_of_proxy(counted.address);
                return None;
            }
        }
    }
    let address = counted.address;
    let counted = Box::new(counted);
    let Some((_, acceptor)) = &shared.tls else { return Some((Stream::plain(stream, counted), address, Meant::Plain)) };
    if port == Port::Redirect {
        return Some((Stream::plain(stream, counted), address, Meant::Redirect));
    }
    if !begins_with_tls(&stream).await {
        return Some((Stream::plain(stream, counted), address, Meant::Mistaken));
    }
    let _turn = shared.handshakes.acquire().await.ok()?;
    let stream = acceptor.accept(stream).await.ok()?;
    // An authority that came to see its proof has seen it.
    if stream.get_ref().1.alpn_protocol() == Some(tls::ACME_ALPN) {
        return None;
    }
    Some((Stream::tls(stream, counted), address, Meant::Tls))
}

async fn answer(
    shared: Arc<Shared>,
    address: IpAddr,
    meant: Meant,
    at: u16,
    request: Request<Incoming>,
) -> Result<Response<ResponseBody>, Infallible> {
    let app = shared.app.clone();
    if meant == Meant::Mistaken {
        return Ok(redirect::answer_mistaken(request).await);
    }
    let peer = peer(&app, address, meant == Meant::Tls, &request);
    if meant == Meant::Redirect {
        return Ok(redirect::answer(app, peer, at, request).await);
    }
    let (parts, body) = request.into_parts();
    // What browsers are to remember of a host is said by our own TLS only: a proxy speaks for itself (S5).
    let hsts = shared.tls.as_ref().and_then(|(tls, _)| tls.hsts(guard::host_of(&parts)?, SystemTime::now()));
    let request = Request::from_parts(parts, body);
    let request = request.map(|body| -> RequestBody { body.map_err(|_| BodyError).boxed_unsync() });
    let mut response = http::handle(app, peer, request).await;
    if let Some(value) = hsts {
        response.headers_mut().insert(header::STRICT_TRANSPORT_SECURITY, HeaderValue::from_static(value));
    }
    Ok(response)
}

/// The person's address and whether their browser speaks HTTPS: what a trusted proxy says, or what we see (S10).
fn peer(app: &App, address: IpAddr, secure: bool, request: &Request<Incoming>) -> Peer {
    let trusted = |address: IpAddr| app.config.server.trusted_proxies.iter().any(|net| net.contains(address));
    if !trusted(address) {
        if request.headers().contains_key("x-forwarded-for") {
            app.proxies.met(address);
        }
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
    app.proxies.passed_on(header("x-forwarded-for").is_some(), secure || header("x-forwarded-proto").is_some());
    let secure = secure || header("x-forwarded-proto").is_some_and(|scheme| scheme.eq_ignore_ascii_case("https"));
    Peer { address: person, door: Door::Network { secure } }
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
    fn take(shared: &Arc<Shared>, address: IpAddr, place: Option<OwnedSemaphorePermit>) -> Option<Counted> {
        let (max, server) = (shared.app.live().limits.connections_per_ip, &shared.app.config.server);
        let is_proxy = shared.is_in(&server.trusted_proxies, address) || shared.is_in(&server.proxy_protocol, address);
        let mut by_address = shared.by_address.lock().expect("nothing panics while it holds this lock");
        let count = by_address.entry(address).or_default();
        if max > 0 && *count >= max && !is_proxy {
            return None;
        }
        *count += 1;
        Some(Counted { shared: shared.clone(), address, place })
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
