//! When the disk fails under the writer: the database is opened again, and what became of the commit under way is read
//! from the disk itself. Nobody is told that something is there which is not, or the other way round (R3).
//!
//! A commit has a number. If the database that was opened again says it, the commit is on disk: it is announced and
//! answered as if nothing had happened. If it says the one before, nothing of the batch is there, and it runs again.
//! Where it cannot be opened for writing it is read only, until it can.
use super::{Announcement, Core, Job, Turn, commits_of};
use crate::error::{Error, Fault, Refusal, Result};
use crate::event::{Audience, Event};
use crate::limits;
use crate::store::nonces::Nonces;
use crate::store::slot::{Mode, is_full, read_only};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::thread::park_timeout;
use tokio::sync::mpsc;

/// How a batch ended.
pub(super) enum Ended {
    /// It is on disk, and told.
    Committed,
    /// Nothing of it is.
    Refused(Error),
    /// Nothing can be written; this may be on disk.
    ReadOnly(Unsettled),
}

/// What was announced in a commit whose fate is not known.
type Unsettled = Option<Vec<Announcement>>;

/// EX_IOERR and EX_SOFTWARE of sysexits.
const INPUT_OUTPUT: i32 = 74;
const SOFTWARE: i32 = 70;

impl Core {
    /// Brings a batch to disk, through failures of the disk if need be.
    pub(super) fn serve(&mut self, batch: &mut [Box<dyn Job>]) -> Ended {
        for _ in 0..=limits::RERUNS_MAX {
            let mut pending = None;
            let what = match catch_unwind(AssertUnwindSafe(|| self.commit(batch, &mut pending))) {
                Ok(Ok(announced)) => {
                    self.tell(announced);
                    return Ended::Committed;
                }
                Ok(Err(fault)) if self.slot.failure().is_none() => {
                    tracing::error!(%fault, "a commit failed; its changes were refused");
                    return Ended::Refused(fault.into());
                }
                Ok(Err(fault)) => fault.to_string(),
                Err(_) => "writing panicked".to_owned(),
            };
            let full = self.slot.failure().is_some_and(|(kind, _)| is_full(kind));
            tracing::error!(what, "the database failed under a commit; it is opened again");
            self.touched.give_up();
            if let Err(why) = self.reopen() {
                self.go_read_only(why.to_string());
                return Ended::ReadOnly(pending);
            }
            match self.settle(pending) {
                true => return Ended::Committed,
                false if full => return Ended::Refused(full_disk().into()),
                false => {}
            }
        }
        self.go_read_only("it fails again and again".to_owned());
        Ended::ReadOnly(None)
    }

    /// Refuses everything, and opens the database for writing when that is possible again.
    pub(super) fn wait_until_well(&mut self, queue: &mut mpsc::Receiver<Turn>, mut unsettled: Unsettled) {
        let mut wait = limits::REOPEN_WAITS.last().copied().unwrap_or(limits::REOPEN_WAIT_MAX);
        loop {
            while let Ok(turn) = queue.try_recv() {
                // What would be done alone is dropped, which tells whoever waits for it.
                if let Turn::Job(mut job) = turn {
                    job.answer(&Err(read_only().into()));
                }
            }
            if queue.is_closed() && queue.is_empty() {
                return;
            }
            park_timeout(wait);
            wait = (wait * 2).min(limits::REOPEN_WAIT_MAX);
            match self.come_back(&mut unsettled) {
                Ok(()) => return,
                Err(why) => tracing::warn!(%why, "the database can still not be written to"),
            }
        }
    }

    fn come_back(&mut self, unsettled: &mut Unsettled) -> Result<()> {
        if let Err(why) = self.slot.reopen().and_then(|_| self.try_to_write()) {
            self.go_read_only(why.to_string());
            return Err(why);
        }
        self.settle(unsettled.take());
        self.slot.set_mode(Mode::Ok);
        tracing::info!("the database can be written to again");
        self.tell_mode(false);
        Ok(())
    }

    /// A disk that is only full is well: what makes room must come through.
    fn try_to_write(&self) -> Result<()> {
        let live = self.slot.live()?;
        let written = live.db.begin_write().map_err(redb::Error::from).and_then(|mut txn| {
            txn.set_quick_repair(true);
            Ok(txn.commit()?)
        });
        match (written, self.slot.failure()) {
            (Ok(()), _) => Ok(()),
            (Err(_), Some((kind, _))) if is_full(kind) => self.slot.reopen().map(drop),
            (Err(error), _) => Err(Fault::new(error).into()),
        }
    }

    /// Opens the database again, several times if need be.
    fn reopen(&mut self) -> Result<()> {
        let mut last = Ok(());
        for wait in limits::REOPEN_WAITS {
            park_timeout(wait);
            last = self.slot.reopen().map(drop);
            if last.is_ok() {
                break;
            }
        }
        last
    }

    /// Finds out what became of the commit under way: whether it is on disk. Then it is told.
    fn settle(&mut self, pending: Unsettled) -> bool {
        // What it knew of a commit that is not there would cost look-ups only; but it is cheap to make.
        self.nonces = Nonces::default();
        let found = catch_unwind(AssertUnwindSafe(|| commits_of(&self.slot)));
        let found = match found.unwrap_or_else(|_| Err(Fault::new("reading it panicked").into())) {
            Ok(found) => found,
            Err(why) => give_up(&format!("The database cannot be read after its disk failed ({why}).")),
        };
        match pending {
            Some(announced) if found == self.commits + 1 => {
                self.commits = found;
                self.tell(announced);
                true
            }
            _ if found == self.commits => false,
            _ => give_up(&format!(
                "The disk failed, and the database is at commit {found} instead of {}: what was acknowledged may be missing.",
                self.commits
            )),
        }
    }

    fn go_read_only(&mut self, why: String) {
        let was_well = self.slot.is_well();
        // Nobody may think that it can be written while it is opened.
        self.slot.set_mode(Mode::ReadOnly { why: why.clone() });
        if was_well {
            tracing::error!(why, "the database cannot be written to; it is read only until it can");
        }
        if let Err(error) = self.slot.reopen_for_reading() {
            tracing::error!(%error, "the database cannot be read either");
            self.slot.set_mode(Mode::Down { why: error.to_string() });
        }
        if was_well {
            self.tell_mode(true);
        }
    }

    fn tell_mode(&mut self, read_only: bool) {
        let event = Event::StoreTurned { read_only };
        (self.after_commit)(vec![Announcement { cursor: 0, audience: Audience::Everyone, event }]);
    }
}

fn full_disk() -> Refusal {
    Refusal::new(507, "storage_full", "The server's disk is full. Its operator has to make room.")
}

/// What was promised is not there, and this process cannot find out why: whoever starts the next one sees it anew.
fn give_up(why: &str) -> ! {
    tracing::error!(why, "giving up");
    eprintln!("snug: {why} Look at it with: snug check; or restore a backup: snug backup restore FILE --force");
    std::process::exit(INPUT_OUTPUT)
}

/// Without its writer a server takes nothing any more, and says to everybody that it is busy: the next process is better.
pub(super) fn end_without_writer() -> ! {
    tracing::error!("the writer panicked; ending");
    eprintln!(
        "snug: The database's writer failed by a mistake of Snug's own. What was acknowledged is on disk: start it again, and \
         please report this with the lines of the log before it."
    );
    std::process::exit(SOFTWARE)
}
