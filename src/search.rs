//! Finding what was said: an index beside the database, made of it and never more than that. It may be thrown away.
//!
//! A thread of its own reads the log after commits (`follow`), so that nobody who says something waits for it. What the
//! index gives is only where to look: who asks is asked again for each hit, and its text comes from the database.
mod asked;
mod day;
mod find;
mod fold;
mod follow;
mod index;
mod snippet;
mod token;
mod wanted;

pub use asked::parse;
pub use find::{Found, Part, Sort};
pub use index::{is_findable, wipe};
pub use snippet::{Piece, snippet};
pub use wanted::{Asker, Wanted, wanted};

use crate::error::{Fault, Refusal, Result};
use crate::event::{Announcement, Audience, Event, MessageView, UserView};
use crate::id::Id;
use crate::limits::SEARCH_TURN_WAIT;
use crate::store::Store;
use std::collections::BTreeSet;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError, RwLock};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

/// The index of a data folder, and the thread that keeps it.
pub struct Search {
    shared: Arc<Shared>,
    thread: Mutex<Option<JoinHandle<()>>>,
}

/// What the thread and those who ask have in common.
struct Shared {
    data: PathBuf,
    wishes: Mutex<Wishes>,
    /// Rings with each wish.
    bell: Condvar,
    standing: RwLock<Standing>,
    /// What is looked into; None before it is open.
    reader: Mutex<Option<(tantivy::IndexReader, index::Fields)>>,
    /// Rings when there is one.
    opened: Condvar,
}

/// What the thread is to do.
#[derive(Default)]
struct Wishes {
    /// Rooms in which something happened.
    rooms: BTreeSet<Id>,
    /// All that happened up to here has its room in `rooms`.
    announced: Id,
    /// Somewhere something may have happened.
    all: bool,
    /// What was wished before is being done.
    busy: bool,
    rebuild: bool,
    /// Words of what is gone are to go from its files, too.
    forget: bool,
    /// Look whether its files are what they were.
    check: bool,
    stop: bool,
}

/// The index as it was at a moment.
pub struct Look {
    searcher: tantivy::Searcher,
    fields: index::Fields,
}

/// How it is with the index.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Standing {
    pub state: State,
    /// Messages that are in it.
    pub messages: u64,
    pub bytes: u64,
    /// All that happened up to here is in it.
    pub cursor: Id,
    /// While it is made: how many messages are taken over, and how many there are.
    pub built: Option<(u64, u64)>,
    /// What went wrong last, if it does not go well.
    pub why: Option<String>,
}

/// A message that fits, and the piece of it that is shown.
pub struct Hit {
    pub message: MessageView,
    pub snippet: Vec<Piece>,
}

/// What a question gives.
pub struct Hits {
    pub hits: Vec<Hit>,
    /// Who wrote them.
    pub users: Vec<UserView>,
    /// The cursor of what follows.
    pub next: Option<u64>,
    /// Messages that fit, those of other pages too.
    pub total: u64,
    pub took: Duration,
    /// There may be more than this says.
    pub partial: bool,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum State {
    /// Not opened yet.
    #[default]
    Starting,
    /// It is made anew: not everything is found yet.
    Building,
    Ready,
    /// It cannot be kept now, and is tried again.
    Failing,
}

impl State {
    pub fn word(self) -> &'static str {
        match self {
            State::Starting => "starting",
            State::Building => "building",
            State::Ready => "ready",
            State::Failing => "failing",
        }
    }
}

impl Search {
    /// The index of a data folder. Nothing is opened before `begin`.
    pub fn of(data: &Path) -> Search {
        Search {
            shared: Arc::new(Shared {
                data: data.to_owned(),
                wishes: Mutex::default(),
                bell: Condvar::new(),
                standing: RwLock::default(),
                reader: Mutex::default(),
                opened: Condvar::new(),
            }),
            thread: Mutex::default(),
        }
    }

    /// By which it hears what happens.
    pub fn feed(&self) -> Feed {
        Feed(self.shared.clone())
    }

    /// Starts the thread that keeps the index.
    pub fn begin(&self, store: Store) -> Result<()> {
        let mut thread = self.thread.lock().unwrap_or_else(PoisonError::into_inner);
        if thread.is_none() {
            let shared = self.shared.clone();
            let run = move || follow::run(&shared, &store);
            *thread = Some(std::thread::Builder::new().name("search".into()).spawn(run)?);
        }
        Ok(())
    }

    /// Has it made anew; where nobody keeps it, it goes, and the next start makes it.
    pub fn rebuild(&self) -> Result<()> {
        if self.thread.lock().unwrap_or_else(PoisonError::into_inner).is_none() {
            return wipe(&self.shared.data);
        }
        // Who asks how it is from now on hears that it is not whole.
        self.shared.tell(|standing| {
            standing.state = State::Building;
            standing.built = None;
        });
        self.shared.wishes().rebuild = true;
        self.shared.bell.notify_all();
        Ok(())
    }

    /// Has the words of what was taken back go from its files now: else they do so some time later.
    pub fn forget(&self) {
        self.shared.wishes().forget = true;
        self.shared.bell.notify_all();
    }

    /// Ends the thread, which lets go of the store. What is not written yet is read again from the log.
    pub fn stop(&self) {
        self.shared.wishes().stop = true;
        self.shared.bell.notify_all();
        let thread = self.thread.lock().unwrap_or_else(PoisonError::into_inner).take();
        if let Some(thread) = thread {
            let _ = thread.join();
        }
    }

    pub fn standing(&self) -> Standing {
        let wishes = self.shared.wishes();
        let mut standing = self.shared.standing.read().unwrap_or_else(PoisonError::into_inner).clone();
        // Much happens that an index has nothing to do with.
        if standing.state == State::Ready && !wishes.busy && !wishes.all && wishes.rooms.is_empty() {
            standing.cursor = standing.cursor.max(wishes.announced);
        }
        standing
    }

    /// The index as it is now. Just after a start that takes a moment: who asks holds nothing meanwhile. Blocks: never on an
    /// async thread.
    pub fn look(&self) -> Result<Look> {
        let (reader, fields) = self.shared.reader()?;
        Ok(Look { searcher: reader.searcher(), fields })
    }

    /// What fits a question. Blocks: never on an async thread.
    pub fn find(&self, look: &Look, wanted: &Wanted, part: Part) -> Result<Found> {
        let found = catch_unwind(AssertUnwindSafe(|| find::find(&look.searcher, look.fields, wanted, part)));
        let found = found.unwrap_or_else(|_| Err(Fault::new("the search index: looking into it panicked").into()));
        if found.is_err() {
            // Either it is damaged, or this question is beyond it: its files say which.
            self.shared.wishes().check = true;
            self.shared.bell.notify_all();
        }
        let state = self.shared.standing.read().unwrap_or_else(PoisonError::into_inner).state;
        found.map(|found| Found { partial: found.partial || state == State::Building, ..found })
    }
}

impl Drop for Search {
    fn drop(&mut self) {
        self.stop();
    }
}

/// By which the index hears what happens, without holding what keeps it.
pub struct Feed(Arc<Shared>);

impl Feed {
    /// Notes what was announced, in commit order. Nobody waits here.
    pub fn announced(&self, batch: &[Announcement]) {
        let mut wishes = self.0.wishes();
        let before = wishes.rooms.len();
        for announcement in batch {
            wishes.announced = wishes.announced.max(announcement.cursor);
            if let Audience::Room(room) = announcement.audience
                && concerns(&announcement.event)
            {
                wishes.rooms.insert(room);
            }
        }
        if before == 0 && !wishes.rooms.is_empty() {
            self.0.bell.notify_all();
        }
    }
}

impl Shared {
    fn wishes(&self) -> MutexGuard<'_, Wishes> {
        self.wishes.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// What is looked into. Just after a start it takes a moment.
    fn reader(&self) -> Result<(tantivy::IndexReader, index::Fields)> {
        let until = Instant::now() + SEARCH_TURN_WAIT;
        let mut place = self.reader.lock().unwrap_or_else(PoisonError::into_inner);
        loop {
            if let Some(open) = &*place {
                return Ok(open.clone());
            }
            let left = until.saturating_duration_since(Instant::now());
            if left.is_zero() {
                return Err(unavailable().into());
            }
            place = self.opened.wait_timeout(place, left).unwrap_or_else(PoisonError::into_inner).0;
        }
    }

    fn tell(&self, change: impl FnOnce(&mut Standing)) {
        change(&mut self.standing.write().unwrap_or_else(PoisonError::into_inner));
    }

    /// Waits until a wish is there that `wakes`, or it is `until`. Whether it was a wish.
    fn waits(&self, until: Option<Instant>, wakes: impl Fn(&Wishes) -> bool) -> bool {
        let mut wishes = self.wishes();
        loop {
            if wakes(&wishes) {
                return true;
            }
            let left = until.map(|until| until.saturating_duration_since(Instant::now()));
            wishes = match left {
                Some(Duration::ZERO) => return false,
                Some(left) => self.bell.wait_timeout(wishes, left).unwrap_or_else(PoisonError::into_inner).0,
                None => self.bell.wait(wishes).unwrap_or_else(PoisonError::into_inner),
            };
        }
    }
}

/// Whether something changes what can be found.
fn concerns(event: &Event) -> bool {
    matches!(
        event,
        Event::MessageCreated(_)
            | Event::MessageUpdated(_)
            | Event::MessageDeleted { .. }
            | Event::MessagesExpired { .. }
            | Event::RoomDeleted { .. }
            | Event::ReactionAdded(_)
            | Event::ReactionRemoved(_)
            | Event::PinAdded { .. }
            | Event::PinRemoved { .. }
    )
}

/// Why nothing can be found now.
fn unavailable() -> Refusal {
    let detail = "Search is not ready on this server at this moment. Try again in a few seconds.";
    Refusal::new(503, "search_unavailable", detail).retry_after(5)
}

#[cfg(test)]
mod tests;
