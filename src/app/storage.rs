//! How the store is, in figures, and making its files smaller while people go on.
use super::App;
use crate::clock::{self, Millis};
use crate::error::{Error, Fault, Result};
use crate::limits;
use crate::store::compact::{self, Compacted};
use crate::store::{Mode, State, space};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Instant;
use tokio::sync::Notify;

/// What is known of the size of the store.
#[derive(Default)]
pub struct Storage {
    /// What was in it, when it was measured: that takes a walk through all of it.
    measured: Mutex<Option<(Instant, u64)>>,
    /// Whether it is measured behind somebody who does not wait for it.
    is_measuring: AtomicBool,
    compaction: Mutex<Compaction>,
    /// Rung when a compaction has ended.
    ended: Notify,
}

/// Whether the files are being made smaller, and what came of it last.
#[derive(Debug, Clone, Default)]
pub struct Compaction {
    pub running: bool,
    pub last: Option<Ended>,
}

#[derive(Debug, Clone)]
pub struct Ended {
    pub at: Millis,
    pub took_ms: u64,
    /// Or why not, in words for a person.
    pub outcome: Result<Compacted, String>,
}

impl App {
    /// How the store is. Blocks for a moment.
    pub fn store_state(&self) -> Result<State> {
        let space = space::look(&self.config.data);
        let (messages, files) = self.store.modes();
        Ok(State {
            mode: if messages == Mode::Ok { files } else { messages },
            size: compact::size(&self.config.data)?,
            live: lock(&self.storage.measured).map(|(_, bytes)| bytes),
            free: space.as_ref().map(|space| space.free_bytes),
            reserve: space.as_ref().map(|space| space.reserve_bytes),
        })
    }

    /// Likewise, with what is in it measured anew, if the last time is long ago.
    pub async fn measured_store_state(self: &Arc<Self>) -> Result<State> {
        let app = self.clone();
        let asked = tokio::task::spawn_blocking(move || {
            let known = lock(&app.storage.measured).is_some_and(|(at, _)| at.elapsed() < limits::MEASURE_PERIOD);
            if !known {
                app.measure()?;
            }
            app.store_state()
        });
        asked.await.map_err(Fault::new)?
    }

    /// Likewise, for programs that ask again and again and do not wait: what is in it is measured behind them, seldom.
    pub async fn known_store_state(self: &Arc<Self>) -> Result<State> {
        let known = lock(&self.storage.measured).is_some_and(|(at, _)| at.elapsed() < limits::MEASURE_BEHIND_PERIOD);
        if !known && !self.storage.is_measuring.swap(true, Ordering::Relaxed) {
            let app = self.clone();
            tokio::task::spawn_blocking(move || {
                // What cannot be read is said elsewhere.
                let _ = app.measure();
                app.storage.is_measuring.store(false, Ordering::Relaxed);
            });
        }
        let app = self.clone();
        tokio::task::spawn_blocking(move || app.store_state()).await.map_err(Fault::new)?
    }

    fn measure(&self) -> Result<()> {
        let bytes = self.store.measured()? + self.store.files().bytes()?;
        *lock(&self.storage.measured) = Some((Instant::now(), bytes));
        Ok(())
    }

    pub fn compaction(&self) -> Compaction {
        lock(&self.storage.compaction).clone()
    }

    /// Begins to make the files smaller, unless that is under way. It goes on when nobody waits for it.
    pub fn begin_compaction(self: &Arc<Self>) {
        let mut state = lock(&self.storage.compaction);
        if state.running {
            return;
        }
        state.running = true;
        drop(state);
        let app = self.clone();
        tokio::task::spawn_blocking(move || {
            let since = Instant::now();
            let outcome = app.store.compact(&app.config.data).map_err(|error| match error {
                Error::Refused(refusal) => refusal.detail.into_owned(),
                Error::Fault(fault) => {
                    tracing::error!(%fault, "the files could not be made smaller");
                    "Something broke on the server's side. It was written to the log.".to_owned()
                }
            });
            if let Ok(Compacted { before, after }) = &outcome
                && after < before
            {
                tracing::info!(before, after, "the files were made smaller");
            }
            let _ = app.measure();
            let took_ms = since.elapsed().as_millis() as u64;
            let last = Some(Ended { at: clock::now(), took_ms, outcome });
            *lock(&app.storage.compaction) = Compaction { running: false, last };
            app.storage.ended.notify_waiters();
        });
    }

    /// Waits until no compaction is under way.
    pub async fn compacted(&self) -> Compaction {
        loop {
            let ended = self.storage.ended.notified();
            tokio::pin!(ended);
            ended.as_mut().enable();
            let state = self.compaction();
            if !state.running {
                return state;
            }
            ended.await;
        }
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
