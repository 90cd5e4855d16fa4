//! The backups of a running server: the nightly one in its time, those that somebody asks for, and what is written down of them.
use super::App;
use crate::backups::{Errand, Kept, Kind, Work};
use crate::chat::audit::{self, Action, By};
use crate::clock;
use crate::error::{Error, Fault, Result};
use crate::limits;
use std::sync::Arc;
use tokio::sync::oneshot;

/// How gentle the thread is that makes them: it takes what nobody else wants.
const NICENESS: i32 = 19;

impl App {
    /// Makes the nightly backup in its time, for ever.
    pub async fn keep_backed_up(self: Arc<Self>) {
        let mut ticks = tokio::time::interval(limits::BACKUP_LOOK_PERIOD);
        loop {
            ticks.tick().await;
            let backups = self.backups.clone();
            let begun = tokio::task::spawn_blocking(move || match backups.is_due(clock::now()) {
                Ok(true) => backups.begin(Errand::Make(Kind::Nightly)).map(Some),
                due => due.map(|_| None),
            });
            match begun.await {
                Ok(Ok(Some(work))) => self.clone().run_errand(work, By::SERVER).await,
                // Somebody is making one by hand: the next look is soon.
                Ok(Ok(None) | Err(Error::Refused(_))) => {}
                Ok(Err(Error::Fault(fault))) => tracing::error!(%fault, "the folder of backups cannot be read"),
                Err(error) => tracing::error!(%error, "looking for a backup that is due panicked"),
            }
        }
    }

    /// Runs an errand that was begun to its end, on a thread of its own, and writes down what came of it.
    pub async fn run_errand(self: Arc<Self>, work: Arc<Work>, by: By) {
        let (sender, done) = oneshot::channel();
        let (backups, own) = (self.backups.clone(), work.clone());
        let thread = std::thread::Builder::new().name("snug-backup".into()).spawn(move || {
            // Where this is not allowed it is as urgent as all else.
            let _ = rustix::process::setpriority_process(Some(rustix::thread::gettid()), NICENESS);
            let _ = sender.send(backups.run(&own));
        });
        let done = match thread {
            Ok(_) => done.await.unwrap_or_else(|_| Err(Fault::new("making a backup panicked").into())),
            Err(error) => Err(error.into()),
        };
        self.backups.forget(&work);
        if work.is_ended() {
            return;
        }
        if let Err(error) = self.write_down(&work, by, done).await {
            tracing::error!(%error, "what became of a backup could not be written down");
        }
    }

    async fn write_down(&self, work: &Work, by: By, done: Result<Kept>) -> Result<()> {
        if !matches!(&done, Ok(Kept { problem: None, .. })) {
            self.figures.backup_failures.inc();
        }
        let (action, details) = match done {
            Ok(Kept { name, problem: Some(problem), .. }) => {
                (Action::BackupFailed, vec![("name", name), ("why", problem)])
            }
            Ok(kept) => {
                let action = match work.errand {
                    Errand::Make(_) => Action::BackupMade,
                    Errand::Verify(_) => Action::BackupVerified,
                };
                let how = kept.verified.map_or("", |how| how.word()).to_owned();
                tracing::info!(
                    backup = kept.name,
                    bytes = kept.bytes,
                    added = kept.added_bytes,
                    took_ms = kept.took_ms,
                    checked = how,
                    "a backup is good"
                );
                (action, vec![("name", kept.name), ("checked", how)])
            }
            Err(error) => {
                tracing::error!(%error, "a backup could not be made or checked");
                // What a fault says may hold paths: admins may know those.
                (Action::BackupFailed, vec![("why", error.to_string())])
            }
        };
        self.store
            .change(move |change| {
                let details: Vec<(&'static str, &str)> =
                    details.iter().map(|(name, value)| (*name, value.as_str())).collect();
                audit::record(change, &by, action, &[], &details)
            })
            .await
    }
}
