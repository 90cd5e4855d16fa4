//! Uploads that bytes come for at this moment, and the care for what nobody needs any more.
use super::App;
use crate::chat::{storage, upload};
use crate::clock::{self, Millis};
use crate::error::Result;
use crate::id::Id;
use crate::limits;
use crate::store::tables::BLOBS;
use crate::store::{Snapshot, View};
use std::collections::HashSet;
use std::sync::{Arc, Mutex, PoisonError};
use tokio::sync::Notify;

/// One writer for each upload, and none of them is swept.
pub struct Uploads {
    busy: Mutex<HashSet<String>>,
    /// Rung when somebody is done.
    done: Notify,
    /// Rung when there are bytes to free.
    pub(super) freeing: Arc<Notify>,
    /// The newest id when the server started: bytes from before it that were coming will not come any more.
    started_at: Id,
}

/// What a sweep removed.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Swept {
    pub files: u64,
    pub bytes: u64,
}

/// The right to write an upload, until it is dropped.
pub struct Turn {
    uploads: Arc<Uploads>,
    id: String,
}

impl Uploads {
    pub(super) fn new(view: &Snapshot, freeing: Arc<Notify>) -> Result<Self> {
        Ok(Uploads { busy: Mutex::default(), done: Notify::new(), freeing, started_at: view.last_id()? })
    }

    /// None while somebody else has it.
    pub fn take(self: &Arc<Self>, id: &str) -> Option<Turn> {
        let mut busy = self.busy.lock().unwrap_or_else(PoisonError::into_inner);
        busy.insert(id.to_owned()).then(|| Turn { uploads: self.clone(), id: id.to_owned() })
    }

    /// Waits a moment: who comes back after a broken connection comes before the server has noticed that it broke.
    pub async fn wait(self: &Arc<Self>, id: &str) -> Option<Turn> {
        let turn = async {
            loop {
                let done = self.done.notified();
                tokio::pin!(done);
                done.as_mut().enable();
                if let Some(turn) = self.take(id) {
                    return turn;
                }
                done.await;
            }
        };
        tokio::time::timeout(limits::UPLOAD_TURN_WAIT, turn).await.ok()
    }

    pub fn is_busy(&self, id: &str) -> bool {
        self.busy.lock().unwrap_or_else(PoisonError::into_inner).contains(id)
    }
}

impl Drop for Turn {
    fn drop(&mut self) {
        self.uploads.busy.lock().unwrap_or_else(PoisonError::into_inner).remove(&self.id);
        self.uploads.done.notify_waiters();
    }
}

impl App {
    /// Frees what nothing names any more, and forgets what was not sent in a day, for ever.
    pub async fn keep_files_tidy(self: Arc<Self>) {
        let mut hours = tokio::time::interval(limits::FILES_SWEEP_PERIOD);
        let mut looks = tokio::time::interval(limits::REOPEN_WAIT_MAX);
        loop {
            let done = tokio::select! {
                _ = looks.tick() => {
                    self.store.files().look();
                    continue;
                }
                _ = hours.tick() => self.sweep_files(clock::now().saturating_sub(limits::UNSENT_LIFE_MS)).await.map(drop),
                () = self.uploads.freeing.notified() => self.free_blobs().await,
            };
            if let Err(error) = done {
                tracing::warn!(%error, "cleaning files did not finish");
            }
        }
    }

    /// Forgets uploads and unsent files that got their last byte at `until` or before, and frees all that belongs to
    /// nothing.
    pub async fn sweep_files(&self, until: Millis) -> Result<Swept> {
        let started_at = self.uploads.started_at;
        self.store.change(move |change| storage::give_up_coming(change, started_at)).await?;
        let mut swept = Swept::default();
        let expired = self.store.read(move |view| upload::expired(view, until)).await?;
        let expired: Vec<String> = expired.into_iter().filter(|id| !self.uploads.is_busy(id)).collect();
        for ids in expired.chunks(SWEEP_STEP) {
            let ids = ids.to_vec();
            let forget = self.store.change(move |change| upload::forget_expired(change, &ids, until));
            let (files, bytes) = forget.await?;
            swept.files += files;
            swept.bytes += bytes;
        }
        self.free_blobs().await?;
        for blob in self.orphans().await? {
            self.store.files().free(blob).await?;
        }
        Ok(swept)
    }

    /// Frees the bytes that no row names any more; then, that they are gone is written down.
    pub async fn free_blobs(&self) -> Result<()> {
        loop {
            let blobs = self.store.read(|view| storage::freeing(view, SWEEP_STEP)).await?;
            for blob in &blobs {
                self.store.files().free(*blob).await?;
            }
            let more = blobs.len() == SWEEP_STEP;
            if !blobs.is_empty() {
                self.store.change(move |change| storage::freed(change, &blobs)).await?;
            }
            if !more {
                return Ok(());
            }
        }
    }

    /// Bytes that no row speaks of. A row is on disk before its first byte, so they are looked at first.
    async fn orphans(&self) -> Result<Vec<Id>> {
        let store = self.store.clone();
        let listed = tokio::task::spawn_blocking(move || store.files().blobs());
        let blobs = listed.await.map_err(crate::error::Fault::new)??;
        self.store
            .read(move |view| {
                let mut orphans = Vec::new();
                for blob in blobs {
                    if !BLOBS.has(view, blob)? {
                        orphans.push(blob);
                    }
                }
                Ok(orphans)
            })
            .await
    }
}

/// Rows that one step of a sweep changes.
const SWEEP_STEP: usize = 100;
