//! One connection: hello, what was missed, then both directions until somebody closes.
use super::asked::{self, Heard, Pending};
use super::socket::Socket;
use crate::app::App;
use crate::auth::who::{Pass, Who};
use crate::clock;
use crate::hub::{Close, Mailbox, Seat};
use crate::id::Id;
use crate::limits;
use crate::query;
use crate::wire::{self, Frame};
use bytes::Bytes;
use futures_util::StreamExt;
use futures_util::stream::FuturesUnordered;
use std::pin::Pin;
use std::sync::Arc;
use std::time::{Duration, Instant};
use tokio::time::Sleep;
use tokio_tungstenite::tungstenite::Message;

/// What was agreed before the upgrade.
pub struct Opening {
    pub app: Arc<App>,
    pub who: Who,
    pub user: Id,
    pub seat: Seat,
    pub since: Option<Id>,
    /// When it was asked for.
    pub asked: Instant,
}

/// Changes of one connection that may wait for the disk at the same time; then it is not read on.
const PENDING_MAX: usize = 256;
/// How long one write may take before the connection is given up: as long as silence may last.
const WRITE_TIMEOUT: Duration = limits::HEARTBEAT.saturating_mul(2);
/// How long a write that is under way may still take when the connection is to be closed.
const CLOSE_WRITE_TIMEOUT: Duration = Duration::from_millis(500);
/// Snapshots that are taken before it is said that too much happens at once.
const TRIES: usize = 5;

/// Serves an upgraded connection to its end.
pub async fn serve(opening: Opening, upgrade: hyper::upgrade::OnUpgrade) {
    let upgraded = tokio::time::timeout(limits::HANDSHAKE_TIMEOUT, upgrade).await;
    let Ok(Ok(upgraded)) = upgraded else { return };
    let Some(socket) = Socket::take(upgraded, limits::FRAME_BYTES_MAX).await else { return };
    // Beginning needs memory that a connection does not need later, so it has a future of its own.
    let Some(connection) = Box::pin(Connection::begin(opening, socket)).await else { return };
    connection.run().await;
}

struct Connection {
    app: Arc<App>,
    who: Who,
    socket: Socket,
    mailbox: Arc<Mailbox>,
    _listening: Listening,
    _seat: Seat,
}

impl Connection {
    async fn begin(opening: Opening, mut socket: Socket) -> Option<Connection> {
        let Opening { app, who, user, seat, since, asked } = opening;
        let begun = match Box::pin(listen(&app, &who, user, since)).await {
            Ok(begun) => begun,
            Err(close) => {
                socket.close(close).await;
                return None;
            }
        };
        let Begun { mailbox, listening, frames } = begun;
        let written = tokio::time::timeout(WRITE_TIMEOUT, socket.write(&frames)).await;
        if !matches!(written, Ok(Ok(()))) {
            return None;
        }
        app.figures.connect.observe(asked.elapsed().as_secs_f64());
        Some(Connection { app, who, socket, mailbox, _listening: listening, _seat: seat })
    }

    async fn run(mut self) {
        let mut pending: FuturesUnordered<Pending> = FuturesUnordered::new();
        let mut beat = tokio::time::interval(limits::HEARTBEAT);
        beat.reset();
        let mut heard_at = Instant::now();
        let mut bans = self.app.bans.watch();
        // One that came while this connection began is looked at too.
        bans.mark_changed();
        let mut end = who_ends(&self.app, &self.who);
        let mut pace = Pace::new(self.app.live().limits.frames_per_second);
        let close = loop {
            let mut out = Vec::new();
            tokio::select! {
                () = self.mailbox.woken() => {}
                Ok(()) = bans.changed() => {
                    if !self.app.is_live(&self.who) {
                        break Some(Close::SESSION_ENDED);
                    }
                }
                () = over(&mut end) => {
                    // A session that was used meanwhile lives longer.
                    end = who_ends(&self.app, &self.who);
                    if end.is_none() {
                        break Some(Close::SESSION_ENDED);
                    }
                }
                Some(answer) = pending.next(), if !pending.is_empty() => out.push(answer),
                message = self.socket.next(), if pending.len() < PENDING_MAX => {
                    heard_at = Instant::now();
                    if !pace.allows(heard_at) {
                        break Some(Close::TOO_FAST);
                    }
                    // The hub's word that the session ended may still be on its way.
                    if !self.app.is_live(&self.who) {
                        break Some(Close::SESSION_ENDED);
                    }
                    match message {
                        Some(Ok(Message::Text(text))) => {
                            match Box::pin(asked::hear(&self.app, &self.who, &self.mailbox, &text)).await {
                                Heard::Nothing => {}
                                Heard::Answer(frame) => out.push(frame),
                                Heard::Later(answer) => pending.push(answer),
                            }
                        }
                        Some(Ok(Message::Binary(_))) => out.push(asked::not_text()),
                        Some(Ok(_)) => {}
                        Some(Err(close)) => break Some(close),
                        None => break None,
                    }
                }
                _ = beat.tick() => {
                    if heard_at.elapsed() >= limits::HEARTBEAT * 2 || self.ping().await.is_err() {
                        break None;
                    }
                }
            }
            let taken = self.mailbox.take();
            if taken.close.is_some() {
                break taken.close;
            }
            out.retain(|frame| !frame.is_empty());
            out.extend(taken.frames);
            if !out.is_empty() && self.write(&out).await.is_err() {
                break None;
            }
        };
        // What was asked for is still done and answered nobody; the asker sends it again with its nonce.
        if let Some(close) = close {
            self.socket.close(close).await;
        }
    }

    async fn write(&mut self, frames: &[Bytes]) -> Result<(), ()> {
        // Who does not read cannot be told why it ends; they must not keep their session open by that.
        let given_up = async {
            tokio::select! {
                () = tokio::time::sleep(WRITE_TIMEOUT) => {}
                () = self.mailbox.closed() => tokio::time::sleep(CLOSE_WRITE_TIMEOUT).await,
            }
        };
        tokio::select! {
            written = self.socket.write(frames) => written.map_err(drop),
            () = given_up => Err(()),
        }
    }

    async fn ping(&mut self) -> Result<(), ()> {
        let written = tokio::time::timeout(WRITE_TIMEOUT, self.socket.ping()).await;
        if matches!(written, Ok(Ok(()))) { Ok(()) } else { Err(()) }
    }
}

/// When what somebody came in with is over by itself. None: it is over, or has no end.
fn who_ends(app: &App, who: &Who) -> Option<Pin<Box<Sleep>>> {
    let key = who.credential()?;
    let at = match who.pass {
        Pass::Key { .. } => app.keys.expires_at(&key),
        _ => app.sessions.ends_at(&key),
    };
    let left = at?.checked_sub(clock::now()).filter(|left| *left > 0)?;
    Some(Box::pin(tokio::time::sleep(Duration::from_millis(left))))
}

async fn over(end: &mut Option<Pin<Box<Sleep>>>) {
    match end {
        Some(end) => end.await,
        None => std::future::pending().await,
    }
}

struct Begun {
    mailbox: Arc<Mailbox>,
    listening: Listening,
    frames: Vec<Bytes>,
}

/// Takes a snapshot and listens from its moment on: hello, what was missed, and all that follows, without a hole.
async fn listen(app: &Arc<App>, who: &Who, user: Id, since: Option<Id>) -> Result<Begun, Close> {
    let _turn = app.resumes.acquire().await.map_err(|_| Close::RESTART)?;
    for _ in 0..TRIES {
        let resume = query::resume(app, who, user, since).await.map_err(|error| {
            tracing::error!(%error, "a connection could not begin");
            Close::BROKEN
        })?;
        let mailbox = Mailbox::new(app.connection_number(), user, who.credential(), resume.cursor);
        let mailbox = Arc::new(mailbox.of_rooms(who.rooms().cloned()));
        if app.hub.connect(&mailbox, resume.rooms).is_err() {
            continue;
        }
        let listening = Listening { app: app.clone(), mailbox: mailbox.clone() };
        if !app.is_live(who) {
            return Err(Close::SESSION_ENDED);
        }
        let resumed = resume.missed.is_some();
        let hello = Frame::Hello {
            user: (&resume.me).into(),
            // Events follow this cursor: for who resumed, those that were missed.
            cursor: since.filter(|_| resumed).unwrap_or(resume.cursor),
            heartbeat_s: limits::HEARTBEAT.as_secs(),
            resumed,
            version: env!("CARGO_PKG_VERSION"),
            read_only: !app.store.is_well(),
            server: app.place(),
        };
        let missed = resume.missed.iter().flatten().filter_map(wire::event);
        let frames = std::iter::once(wire::text_frame(&hello)).chain(missed).collect();
        return Ok(Begun { mailbox, listening, frames });
    }
    Err(Close::RESTART)
}

/// While this lives, the hub tells the mailbox; afterwards others learn, a moment later, that somebody is gone.
struct Listening {
    app: Arc<App>,
    mailbox: Arc<Mailbox>,
}

impl Drop for Listening {
    fn drop(&mut self) {
        if self.app.hub.disconnect(&self.mailbox) {
            let (app, user) = (self.app.clone(), self.mailbox.user);
            tokio::spawn(async move {
                tokio::time::sleep(limits::OFFLINE_GRACE).await;
                app.hub.forget(user);
            });
        }
    }
}

/// How many frames a connection may send: so many a second, twice as many at once.
struct Pace {
    per_second: u64,
    left: f64,
    at: Instant,
}

impl Pace {
    fn new(per_second: u64) -> Self {
        Pace { per_second, left: 2.0 * per_second as f64, at: Instant::now() }
    }

    fn allows(&mut self, now: Instant) -> bool {
        if self.per_second == 0 {
            return true;
        }
        let per_second = self.per_second as f64;
        self.left = (self.left + now.duration_since(self.at).as_secs_f64() * per_second).min(2.0 * per_second);
        self.at = now;
        self.left -= 1.0;
        self.left >= 0.0
    }
}
