//! The one writer: drains its queue into one transaction, commits, announces, answers.
//!
//! The fsync in progress is the batching window; there is no artificial delay. A change is a closure that may run
//! more than once: if one fails after it wrote (redb cannot roll back one of a batch), the transaction is dropped and
//! the others run again without it. So a refusal or a panic never touches its neighbours (law 2).
//!
//! What happens when the disk fails under a commit stands in `rescue`.
mod rescue;

use super::activity::Activity;
use super::nonces::Nonces;
use super::slot::{Slot, read_only};
use super::tables::{self, META};
use super::touched::{Place, Touched};
use super::view::{self, Bytes, Direction, Each, Snapshot, View, definition};
use crate::clock::{self, Millis};
use crate::error::{self, Fault, Result};
use crate::event::{Announcement, Audience, Event};
use crate::id::Id;
use crate::limits;
use crate::row::Log;
use redb::{Table, WriteTransaction};
use rescue::Ended;
use std::cell::{Cell, OnceCell, RefCell};
use std::ops::Bound;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};
use tokio::sync::{mpsc, oneshot};

/// Called on the writer's thread after each commit, before the answers, with what was announced in it.
pub type AfterCommit = Box<dyn FnMut(Vec<Announcement>) + Send>;

/// The door to the writer. Cheap to clone; the writer stops when the last one is gone.
#[derive(Clone)]
pub struct Writer {
    queue: mpsc::Sender<Turn>,
    slot: Arc<Slot>,
}

/// A change in progress: a view that can also be written, with a clock, the id counter and the announcements.
pub struct Change<'t> {
    txn: &'t WriteTransaction,
    open: [OnceCell<RefCell<Table<'t, Bytes, Bytes>>>; tables::NAMES.len()],
    nonces: &'t Nonces,
    last_id: Id,
    written: Cell<bool>,
    announced: Vec<Announcement>,
    /// What is written, if somebody copies meanwhile.
    touched: Option<Vec<Place>>,
    pub now: Millis,
}

impl Writer {
    pub(super) fn start(
        slot: Arc<Slot>,
        activity: Activity,
        touched: Touched,
        after_commit: AfterCommit,
    ) -> Result<Writer> {
        let (queue, jobs) = mpsc::channel(limits::WRITER_QUEUE);
        let commits = commits_of(&slot)?;
        let core = Core { slot: slot.clone(), nonces: Nonces::default(), activity, touched, after_commit, commits };
        std::thread::Builder::new().name("snug-writer".into()).spawn(move || {
            if catch_unwind(AssertUnwindSafe(|| core.run(jobs))).is_err() {
                rescue::end_without_writer();
            }
        })?;
        Ok(Writer { queue, slot })
    }

    /// Looks whether the database is well, where a read says that it is not.
    pub(super) fn look(&self) {
        let job = Decision { decide: |_: &mut Change| Ok(()), decided: None, answer: None };
        // A full queue looks by itself.
        let _ = self.queue.try_send(Turn::Job(Box::new(job)));
    }

    /// Does something between two batches, while nothing else is written. Blocks until it is done.
    pub(super) fn alone<T: Send + 'static>(
        &self,
        work: impl FnOnce(&mut Core) -> Result<T> + Send + 'static,
    ) -> Result<T> {
        let (answer, answered) = oneshot::channel();
        // Who asked may have gone.
        let turn = Turn::Alone(Box::new(move |core| drop(answer.send(work(core)))));
        self.queue.blocking_send(turn).map_err(|_| error::busy())?;
        // Dropped without an answer where the database cannot be written to.
        answered.blocking_recv().map_err(|_| read_only())?
    }

    /// Takes a change into the queue. Changes submitted one after the other are decided in that order. `decide` looks
    /// first and writes then; it may run several times.
    pub async fn submit<T, F>(&self, decide: F) -> Result<Answer<T>>
    where
        T: Send + 'static,
        F: FnMut(&mut Change) -> Result<T> + Send + 'static,
    {
        if !self.slot.is_well() {
            return Err(read_only().into());
        }
        let (sender, receiver) = oneshot::channel();
        let job = Decision { decide, decided: None, answer: Some(sender) };
        self.queue.send(Turn::Job(Box::new(job))).await.map_err(|_| error::busy())?;
        Ok(Answer { receiver })
    }
}

/// The answer to a change, which comes when the change is on disk.
pub struct Answer<T> {
    receiver: oneshot::Receiver<Result<T>>,
}

impl<T> Future for Answer<T> {
    type Output = Result<T>;

    fn poll(mut self: Pin<&mut Self>, context: &mut Context) -> Poll<Result<T>> {
        Pin::new(&mut self.receiver)
            .poll(context)
            .map(|answer| answer.unwrap_or_else(|_| Err(Fault::new("the writer dropped a change").into())))
    }
}

impl<'t> Change<'t> {
    pub(super) fn begin(txn: &'t WriteTransaction, nonces: &'t Nonces) -> Result<Self> {
        let mut change = Change {
            txn,
            open: [const { OnceCell::new() }; tables::NAMES.len()],
            nonces,
            last_id: 0,
            written: Cell::new(false),
            announced: Vec::new(),
            touched: None,
            now: clock::now(),
        };
        change.last_id = META.get(&change, "last_id")?.unwrap_or(0);
        Ok(change)
    }

    /// The newest id given out.
    pub fn newest_id(&self) -> Id {
        self.last_id
    }

    /// The next id. Of two, the later is the larger.
    pub fn next_id(&mut self) -> Id {
        self.last_id += 1;
        self.last_id
    }

    /// The memory of nonces, which is faster than their table.
    pub fn nonces(&self) -> &'t Nonces {
        self.nonces
    }

    /// Says what happened: kept for resume in the audience's stream, and told after the commit. The cursor of it.
    pub fn announce(&mut self, audience: Audience, log: &Log, event: Event) -> Result<Id> {
        let cursor = self.next_id();
        if let Some(stream) = audience.stream() {
            self.log(stream, cursor, log)?;
        }
        self.announced.push(Announcement { cursor, audience, event });
        Ok(cursor)
    }

    /// Keeps what was announced at `cursor` in one more stream: for who is not in the room any more at a resume.
    pub fn log(&mut self, stream: Id, cursor: Id, log: &Log) -> Result<()> {
        tables::EVENTS.put(self, (stream, cursor), log)
    }

    /// Tells the server itself, once this is on disk.
    pub fn tell_server(&mut self, event: Event) {
        self.written.set(true);
        self.announced.push(Announcement { cursor: 0, audience: Audience::Nobody, event });
    }

    pub(super) fn put(&mut self, table: usize, key: &[u8], row: &[u8]) -> Result<()> {
        self.touch(table, key);
        self.table(table)?.borrow_mut().insert(key, row).map_err(Fault::new)?;
        Ok(())
    }

    pub(super) fn remove(&mut self, table: usize, key: &[u8]) -> Result<bool> {
        self.touch(table, key);
        let removed = self.table(table)?.borrow_mut().remove(key).map_err(Fault::new)?.is_some();
        Ok(removed)
    }

    fn touch(&mut self, table: usize, key: &[u8]) {
        self.written.set(true);
        if let Some(touched) = &mut self.touched {
            touched.push((table, key.to_vec()));
        }
    }

    fn table(&self, number: usize) -> Result<&RefCell<Table<'t, Bytes, Bytes>>> {
        let cell = &self.open[number];
        if cell.get().is_none() {
            let table = self.txn.open_table(definition(tables::NAMES[number])).map_err(Fault::new)?;
            let _ = cell.set(RefCell::new(table));
        }
        Ok(cell.get().expect("it was set just now"))
    }
}

impl View for Change<'_> {
    fn get(&self, table: usize, key: &[u8], found: &mut dyn FnMut(&[u8]) -> Result<()>) -> Result<bool> {
        view::get(&*self.table(table)?.borrow(), key, found)
    }

    fn walk(&self, table: usize, from: Bound<&[u8]>, to: Bound<&[u8]>, direction: Direction, each: Each) -> Result<()> {
        view::walk(&*self.table(table)?.borrow(), from, to, direction, each)
    }

    fn count(&self, table: usize) -> Result<u64> {
        use redb::ReadableTableMetadata;
        Ok(self.table(table)?.borrow().len().map_err(Fault::new)?)
    }

    fn last_id(&self) -> Result<Id> {
        Ok(self.last_id)
    }
}

/// What the writer does next.
enum Turn {
    Job(Box<dyn Job>),
    Alone(Box<dyn FnOnce(&mut Core) + Send>),
}

/// A change that waits, whatever its answer's type.
trait Job: Send {
    /// Decides (and writes). Whether it was agreed to.
    fn run(&mut self, change: &mut Change) -> bool;
    /// Gives the answer up for a fault.
    fn fail(&mut self, fault: Fault);
    /// Answers, with what was decided or else with why it is not on disk.
    fn answer(&mut self, committed: &Result<()>);
}

struct Decision<T, F> {
    decide: F,
    decided: Option<Result<T>>,
    answer: Option<oneshot::Sender<Result<T>>>,
}

impl<T, F> Job for Decision<T, F>
where
    T: Send,
    F: FnMut(&mut Change) -> Result<T> + Send,
{
    fn run(&mut self, change: &mut Change) -> bool {
        let decided = (self.decide)(change);
        let agreed = decided.is_ok();
        self.decided = Some(decided);
        agreed
    }

    fn fail(&mut self, fault: Fault) {
        self.decided = Some(Err(fault.into()));
    }

    fn answer(&mut self, committed: &Result<()>) {
        let answer = match (self.decided.take(), committed) {
            (Some(Err(refused)), _) => Err(refused),
            (_, Err(error)) => Err(error.clone()),
            (Some(decided), Ok(())) => decided,
            (None, Ok(())) => Err(Fault::new("a change was not decided").into()),
        };
        if let Some(sender) = self.answer.take() {
            // Who asked may have gone; the change stands all the same.
            let _ = sender.send(answer);
        }
    }
}

/// What the writer's thread works with.
pub(super) struct Core {
    pub slot: Arc<Slot>,
    nonces: Nonces,
    activity: Activity,
    touched: Touched,
    after_commit: AfterCommit,
    /// The number of the last commit. It tells after a failure whether the one under way is on disk.
    commits: u64,
}

impl Core {
    fn run(mut self, mut queue: mpsc::Receiver<Turn>) {
        let mut batch = Vec::new();
        let mut next = None;
        while let Some(turn) = next.take().or_else(|| queue.blocking_recv()) {
            match turn {
                Turn::Job(job) => batch.push(job),
                Turn::Alone(work) => {
                    if catch_unwind(AssertUnwindSafe(|| work(&mut self))).is_err() {
                        tracing::error!("what the writer did alone panicked");
                    }
                    continue;
                }
            }
            while batch.len() < limits::BATCH_MAX
                && let Ok(turn) = queue.try_recv()
            {
                match turn {
                    Turn::Job(job) => batch.push(job),
                    alone => {
                        next = Some(alone);
                        break;
                    }
                }
            }
            let ended = self.serve(&mut batch);
            let committed = match &ended {
                Ended::Committed => Ok(()),
                Ended::Refused(error) => Err(error.clone()),
                Ended::ReadOnly(_) => Err(read_only().into()),
            };
            answer(&mut batch, &committed);
            if let Ended::ReadOnly(unsettled) = ended {
                self.wait_until_well(&mut queue, unsettled);
            }
        }
    }

    /// Tells what is on disk now.
    fn tell(&mut self, announced: Vec<Announcement>) {
        if !announced.is_empty() {
            self.activity.mark();
            (self.after_commit)(announced);
        }
    }

    /// One transaction for the batch. A job that spoils it is answered with its own failure, and the rest runs again.
    /// What is `pending` may be on disk whatever this answers.
    fn commit(
        &mut self,
        batch: &mut [Box<dyn Job>],
        pending: &mut Option<Vec<Announcement>>,
    ) -> Result<Vec<Announcement>, Fault> {
        let live = self.slot.live().map_err(Fault::new)?;
        let mut spoilt = vec![false; batch.len()];
        let told = self.touched.batch();
        loop {
            let mut txn = live.db.begin_write().map_err(Fault::new)?;
            txn.set_quick_repair(true);
            let mut change = Change::begin(&txn, &self.nonces).map_err(Fault::new)?;
            change.touched = told.is_watched().then(Vec::new);
            match decide(change, batch, &spoilt, self.commits + 1).map_err(Fault::new)? {
                Outcome::Whole(announced, places) => {
                    told.comes(&places.unwrap_or_default());
                    *pending = Some(announced);
                    txn.commit().map_err(Fault::new)?;
                    self.commits += 1;
                    return Ok(pending.take().unwrap_or_default());
                }
                Outcome::Nothing => {
                    txn.abort().map_err(Fault::new)?;
                    return Ok(Vec::new());
                }
                Outcome::Spoilt(job) => {
                    txn.abort().map_err(Fault::new)?;
                    spoilt[job] = true;
                }
            }
        }
    }
}

fn answer(batch: &mut Vec<Box<dyn Job>>, committed: &Result<()>) {
    for mut job in batch.drain(..) {
        job.answer(committed);
    }
}

/// The number of the last commit that is on disk.
fn commits_of(slot: &Slot) -> Result<u64> {
    Ok(META.get(&Snapshot::new(slot.begin_read()?), "commits")?.unwrap_or(0))
}

enum Outcome {
    /// Everything that was agreed to is in the transaction, ready to commit.
    Whole(Vec<Announcement>, Option<Vec<Place>>),
    /// Nothing was written: there is nothing to commit.
    Nothing,
    /// This job failed after it had written.
    Spoilt(usize),
}

fn decide(mut change: Change, batch: &mut [Box<dyn Job>], spoilt: &[bool], commit: u64) -> Result<Outcome> {
    let first_id = change.last_id;
    let mut any = false;
    for (number, job) in batch.iter_mut().enumerate() {
        if spoilt[number] {
            continue;
        }
        change.written.set(false);
        let (ids_before, announced_before) = (change.last_id, change.announced.len());
        let agreed = catch_unwind(AssertUnwindSafe(|| job.run(&mut change)));
        if !matches!(agreed, Ok(true)) {
            if agreed.is_err() {
                job.fail(Fault::new("a change panicked"));
            }
            if change.written.get() {
                return Ok(Outcome::Spoilt(number));
            }
            change.last_id = ids_before;
            change.announced.truncate(announced_before);
        }
        any |= change.written.get();
    }
    if !any {
        return Ok(Outcome::Nothing);
    }
    mark_hour(&mut change, first_id)?;
    let last_id = change.last_id;
    META.put(&mut change, "last_id", &last_id)?;
    META.put(&mut change, "commits", &commit)?;
    Ok(Outcome::Whole(change.announced, change.touched))
}

/// Notes, once an hour, which ids came before it: age becomes a range of ids. A clock that goes back adds no hour, so
/// that nothing young is taken for old.
fn mark_hour(change: &mut Change, first_id: Id) -> Result<()> {
    let hour = change.now / limits::HOUR_MS;
    let mut newest = None;
    tables::HOURS.walk(change, .., Direction::Down, |hour, _| {
        newest = Some(hour);
        Ok(false)
    })?;
    if newest.is_none_or(|newest| newest < hour) {
        tables::HOURS.put(change, hour, &first_id)?;
    }
    Ok(())
}

impl std::fmt::Debug for Writer {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Writer")
    }
}
