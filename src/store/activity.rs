//! Whether people talk at the moment: uploads then commit in smaller steps, so that messages wait less for the disk.
use crate::limits;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Instant;

/// When something was told for the last time. Cheap to clone.
#[derive(Clone)]
pub(super) struct Activity {
    since: Instant,
    /// Milliseconds after `since`, plus one; 0 for never.
    last: Arc<AtomicU64>,
}

impl Activity {
    pub fn new() -> Self {
        Activity { since: Instant::now(), last: Arc::default() }
    }

    pub fn mark(&self) {
        self.last.store(self.now(), Ordering::Relaxed);
    }

    pub fn is_recent(&self) -> bool {
        let last = self.last.load(Ordering::Relaxed);
        last > 0 && self.now() - last < limits::CHAT_ACTIVE.as_millis() as u64
    }

    fn now(&self) -> u64 {
        self.since.elapsed().as_millis() as u64 + 1
    }
}
