//! How long work behaves beside people: it rests while they talk, says how far it is, and ends when it is told to.
use super::activity::Activity;
use crate::error::{Refusal, Result};
use crate::limits;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Mutex, PoisonError};
use std::time::Instant;

/// Cheap to clone; all clones are one work.
#[derive(Clone)]
pub struct Pace {
    activity: Option<Activity>,
    shared: Arc<Shared>,
}

struct Shared {
    done_bytes: AtomicU64,
    ended: AtomicBool,
    since: Mutex<Instant>,
}

impl Pace {
    /// Nobody else is here.
    pub fn alone() -> Pace {
        Pace { activity: None, shared: Arc::new(Shared::new()) }
    }

    /// Beside those who talk.
    pub(super) fn beside(activity: Activity) -> Pace {
        Pace { activity: Some(activity), shared: Arc::new(Shared::new()) }
    }

    /// Whether others are to be spared.
    pub fn is_gentle(&self) -> bool {
        self.activity.is_some()
    }

    /// A step is done. Rests, while people talk, longer than the step took.
    ///
    /// # Errors
    /// A `Refusal` when the work is to end.
    pub fn did(&self, bytes: u64) -> Result<()> {
        self.shared.done_bytes.fetch_add(bytes, Ordering::Relaxed);
        if self.shared.ended.load(Ordering::Relaxed) {
            return Err(Refusal::new(503, "busy", "The server stops; this was left unfinished.").into());
        }
        let mut since = self.shared.since.lock().unwrap_or_else(PoisonError::into_inner);
        if self.activity.as_ref().is_some_and(Activity::is_recent) {
            let rest = since.elapsed() * limits::COPY_REST_FACTOR;
            std::thread::sleep(rest.min(limits::COPY_REST_MAX));
        }
        *since = Instant::now();
        Ok(())
    }

    pub fn done_bytes(&self) -> u64 {
        self.shared.done_bytes.load(Ordering::Relaxed)
    }

    pub fn is_ended(&self) -> bool {
        self.shared.ended.load(Ordering::Relaxed)
    }

    /// Lets the next step be the last.
    pub fn end(&self) {
        self.shared.ended.store(true, Ordering::Relaxed);
    }
}

impl Shared {
    fn new() -> Self {
        Shared { done_bytes: AtomicU64::new(0), ended: AtomicBool::new(false), since: Mutex::new(Instant::now()) }
    }
}
