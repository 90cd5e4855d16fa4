//! What waits for one connection: pre-encoded frames, bounded, written out together.
use crate::id::{Id, SecretHash};
use crate::limits;
use crate::wire;
use bytes::Bytes;
use std::sync::{Arc, Mutex};
use tokio::sync::Notify;

/// Why a socket is closed, in the numbers of RFC 6455 and PROTOCOL.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Close {
    pub code: u16,
    pub reason: &'static str,
}

impl Close {
    pub const RESTART: Close = Close { code: 1012, reason: "restart" };
    pub const TOO_LARGE: Close = Close { code: 1009, reason: "frame too large" };
    pub const SESSION_ENDED: Close = Close { code: 4401, reason: "session ended" };
    pub const TOO_FAST: Close = Close { code: 4429, reason: "too fast" };
    pub const BROKEN: Close = Close { code: 1011, reason: "something broke on our side" };
}

/// The bounded mailbox of a connection. Pushing never waits: over the bound what waited is dropped and the connection is
/// told `resync` instead (law 3).
pub struct Mailbox {
    pub number: u64,
    pub user: Id,
    /// The session or API key with which it was opened, and with whose end it closes.
    pub credential: Option<SecretHash>,
    /// The only rooms that it hears of, if not all of its person's.
    pub rooms: Option<Arc<[Id]>>,
    /// Events up to this cursor are old news here.
    pub since: Id,
    inbox: Mutex<Inbox>,
    wake: Notify,
    closing: Notify,
}

#[derive(Default)]
struct Inbox {
    frames: Vec<Bytes>,
    bytes: usize,
    close: Option<Close>,
}

/// What was waiting.
#[derive(Default)]
pub struct Taken {
    pub frames: Vec<Bytes>,
    pub close: Option<Close>,
}

impl Mailbox {
    pub fn new(number: u64, user: Id, credential: Option<SecretHash>, since: Id) -> Self {
        let (inbox, wake, closing) = (Mutex::default(), Notify::new(), Notify::new());
        Mailbox { number, user, credential, rooms: None, since, inbox, wake, closing }
    }

    /// Of a connection that hears of these rooms only.
    pub fn of_rooms(mut self, rooms: Option<Arc<[Id]>>) -> Self {
        self.rooms = rooms;
        self
    }

    pub fn reaches(&self, room: Id) -> bool {
        self.rooms.as_ref().is_none_or(|rooms| rooms.contains(&room))
    }

    /// Whether what waited had to go.
    pub fn push(&self, frame: Bytes) -> bool {
        let mut inbox = self.inbox();
        if inbox.close.is_some() {
            return false;
        }
        let full =
            inbox.bytes + frame.len() > limits::MAILBOX_BYTES_MAX || inbox.frames.len() >= limits::MAILBOX_EVENTS_MAX;
        if full {
            let resync = wire::text_frame(&wire::Frame::Resync);
            inbox.bytes = resync.len();
            inbox.frames = vec![resync];
        }
        inbox.bytes += frame.len();
        inbox.frames.push(frame);
        drop(inbox);
        self.wake.notify_one();
        full
    }

    /// Ends the connection; what waits is not sent any more.
    pub fn close(&self, close: Close) {
        let mut inbox = self.inbox();
        inbox.close.get_or_insert(close);
        inbox.frames = Vec::new();
        drop(inbox);
        self.wake.notify_one();
        self.closing.notify_one();
    }

    /// Waits until it is closed: for who is busy writing to somebody that does not read.
    pub async fn closed(&self) {
        self.closing.notified().await;
    }

    /// Waits until there is something.
    pub async fn woken(&self) {
        self.wake.notified().await;
    }

    /// Takes everything; nothing stays allocated, so that a burst costs an idle connection no memory later.
    pub fn take(&self) -> Taken {
        let mut inbox = self.inbox();
        inbox.bytes = 0;
        Taken { frames: std::mem::take(&mut inbox.frames), close: inbox.close }
    }

    fn inbox(&self) -> std::sync::MutexGuard<'_, Inbox> {
        self.inbox.lock().expect("nothing panics while it holds this lock")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn r8_over_the_bound_what_waits_is_replaced_by_resync() {
        let mailbox = Mailbox::new(1, 1, None, 0);
        let frame = Bytes::from(vec![0; limits::MAILBOX_BYTES_MAX / 4]);
        assert!((0..4).all(|_| !mailbox.push(frame.clone())));
        assert_eq!(mailbox.take().frames.len(), 4);
        assert_eq!((0..5).filter(|_| mailbox.push(frame.clone())).count(), 1);
        let taken = mailbox.take();
        assert_eq!(taken.frames.len(), 2, "resync and what came after it");
        assert!(taken.frames[0].ends_with(br#"{"type":"resync"}"#));
    }

    #[test]
    fn s21_after_a_close_nothing_is_handed_out() {
        let mailbox = Mailbox::new(1, 1, None, 0);
        mailbox.push(Bytes::from_static(b"x"));
        mailbox.close(Close::SESSION_ENDED);
        mailbox.push(Bytes::from_static(b"y"));
        let taken = mailbox.take();
        assert_eq!((taken.frames.len(), taken.close), (0, Some(Close::SESSION_ENDED)));
    }
}
