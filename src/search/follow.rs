//! The thread that keeps the index: it reads the log of what happened after each commit, at most once a second, and catches up at
//! its start. What it cannot follow it makes anew.
use super::index::{self, Entry, Fields, Mark, Opened, Unopened};
use super::{Shared, State};
use crate::error::{Fault, Result};
use crate::id::Id;
use crate::limits::{
    SEARCH_BUILD_COMMIT_PERIOD, SEARCH_BUILD_ROWS, SEARCH_COMMIT_PERIOD, SEARCH_FORGET_PERIOD, SEARCH_IDLE,
    SEARCH_MARK_PERIOD, SEARCH_RETRY_MAX, SEARCH_RETRY_MIN, SEARCH_WINDOW_IDS,
};
use crate::row::Log;
use crate::store::tables::{EVENTS, MESSAGES, META, USERS};
use crate::store::{Direction, Snapshot, Store, View, space};
use std::collections::{BTreeMap, BTreeSet};
use std::ops::Bound;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::PoisonError;
use std::time::Instant;
use tantivy::query::{BooleanQuery, Occur, Query, RangeQuery, TermQuery};
use tantivy::schema::IndexRecordOption;
use tantivy::{IndexWriter, Term};

/// Keeps the index until it is told to stop.
pub(super) fn run(shared: &Shared, store: &Store) {
    let mut pause = SEARCH_RETRY_MIN;
    loop {
        let began = Instant::now();
        let kept = catch_unwind(AssertUnwindSafe(|| Follower::open(shared, store)?.follow()));
        let error = match kept {
            Ok(Ok(())) => return,
            Ok(Err(error)) => error.to_string(),
            Err(_) => "keeping it panicked".to_owned(),
        };
        tracing::warn!(error, "the search index is not kept at this moment; it is tried again");
        shared.wishes().check = true;
        shared.tell(|standing| {
            standing.state = State::Failing;
            standing.why = Some(error);
        });
        pause = if began.elapsed() > SEARCH_RETRY_MAX { SEARCH_RETRY_MIN } else { (pause * 2).min(SEARCH_RETRY_MAX) };
        shared.waits(Some(Instant::now() + pause), |wishes| wishes.stop);
        if shared.wishes().stop {
            return;
        }
    }
}

struct Follower<'s> {
    shared: &'s Shared,
    store: &'s Store,
    opened: Opened,
    /// Only while there is something to write: it takes memory.
    writer: Option<IndexWriter>,
    /// What will be in the index with the next commit.
    mark: Mark,
    committed: Instant,
    marked: Instant,
    forgotten: Instant,
    dirty: bool,
}

/// What happened, put together.
#[derive(Default)]
struct Work {
    touched: BTreeSet<(Id, Id)>,
    expired: BTreeMap<Id, Id>,
    gone: BTreeSet<Id>,
}

impl<'s> Follower<'s> {
    /// Opens the index, or begins one that is of use.
    fn open(shared: &'s Shared, store: &'s Store) -> Result<Follower<'s>> {
        let view = store.snapshot()?;
        let opened = match index::open(&shared.data) {
            Ok(opened) => match useless(&view, opened.mark)? {
                None => opened,
                Some(why) => begin(shared, &view, why)?,
            },
            Err(Unopened::Useless(why)) => begin(shared, &view, &why)?,
            Err(Unopened::Failed(error)) => return Err(error),
        };
        let mark = opened.mark;
        let long_ago = Instant::now().checked_sub(SEARCH_COMMIT_PERIOD).unwrap_or_else(Instant::now);
        let follower = Follower {
            shared,
            store,
            opened,
            writer: None,
            mark,
            committed: long_ago,
            marked: Instant::now(),
            forgotten: Instant::now(),
            dirty: false,
        };
        follower.publish();
        let mut wishes = shared.wishes();
        wishes.all = true;
        // A byte that turned shows in its sums only.
        wishes.check |= mark.building.is_none();
        drop(wishes);
        Ok(follower)
    }

    /// Does what is wished, until the end.
    fn follow(mut self) -> Result<()> {
        loop {
            self.shared.wishes().busy = false;
            self.waits()?;
            let (rooms, announced, all, rebuild, check, forget) = {
                let mut wishes = self.shared.wishes();
                if wishes.stop {
                    return Ok(());
                }
                wishes.busy = true;
                let (rebuild, check) = (std::mem::take(&mut wishes.rebuild), std::mem::take(&mut wishes.check));
                if self.mark.building.is_some() && !rebuild && !check {
                    // What happens meanwhile is looked at when this is done.
                    (BTreeSet::new(), 0, false, false, false, false)
                } else {
                    (
                        std::mem::take(&mut wishes.rooms),
                        wishes.announced,
                        std::mem::take(&mut wishes.all),
                        rebuild,
                        check,
                        std::mem::take(&mut wishes.forget),
                    )
                }
            };
            if rebuild {
                self.anew("that was asked for")?;
            }
            if check && self.is_damaged()? {
                self.anew("its files are damaged")?;
            }
            if self.mark.building.is_some() {
                self.build()?;
            } else if all {
                self.catch_up(None, None)?;
            } else if announced > self.mark.cursor {
                self.catch_up(Some(&rooms), Some(announced))?;
            }
            self.forget(forget)?;
        }
    }

    /// Waits until there is something to do and its time has come. Lets go of the writer when there is nothing for a while.
    fn waits(&mut self) -> Result<()> {
        if self.mark.building.is_some() {
            return Ok(());
        }
        let urgent = |wishes: &super::Wishes| wishes.stop || wishes.rebuild || wishes.check;
        loop {
            let due = self.committed + SEARCH_COMMIT_PERIOD;
            let any =
                |wishes: &super::Wishes| urgent(wishes) || wishes.all || wishes.forget || !wishes.rooms.is_empty();
            let idle = self.writer.is_some().then(|| Instant::now() + SEARCH_IDLE);
            let tick = idle.unwrap_or(self.marked + SEARCH_MARK_PERIOD);
            if self.shared.waits(Some(tick), any) {
                // Others who speak in this second go with it.
                self.shared.waits(Some(due), urgent);
                return Ok(());
            }
            if let Some(writer) = self.writer.take() {
                writer.wait_merging_threads().map_err(index::fault)?;
                self.tidy()?;
            } else {
                self.mark_time()?;
                self.forget(false)?;
            }
        }
    }

    /// Writes down that nothing was missed, lest the log that it would be read from is pruned.
    fn mark_time(&mut self) -> Result<()> {
        self.marked = Instant::now();
        let announced = self.shared.wishes().announced;
        if announced <= self.mark.cursor {
            return Ok(());
        }
        self.mark.cursor = announced;
        self.commit()
    }

    /// Lets go of files that were merged into others.
    fn tidy(&mut self) -> Result<()> {
        self.opened.reader.reload().map_err(index::fault)?;
        index::writer(&self.opened.index)?.garbage_collect_files().wait().map_err(index::fault)?;
        self.publish();
        Ok(())
    }

    /// Has files written anew in which words of what is gone are left, when it is time or somebody wishes it. What happens
    /// meanwhile is taken over all the same.
    fn forget(&mut self, now: bool) -> Result<()> {
        if self.mark.building.is_some() || (!now && self.forgotten.elapsed() < SEARCH_FORGET_PERIOD) {
            return Ok(());
        }
        self.forgotten = Instant::now();
        let metas = self.opened.index.searchable_segment_metas().map_err(index::fault)?;
        for meta in metas.iter().filter(|meta| meta.has_deletes()) {
            // Each goes its way without us. One that is being merged with others does so anyway.
            drop(self.writer()?.merge(&[meta.id()]));
        }
        Ok(())
    }

    /// Takes over what happened in these rooms, or anywhere, up to a cursor or now.
    fn catch_up(&mut self, rooms: Option<&BTreeSet<Id>>, up_to: Option<Id>) -> Result<()> {
        let view = self.store.snapshot()?;
        let up_to = match up_to {
            Some(up_to) => up_to,
            None => view.last_id()?,
        };
        let streams = match rooms {
            Some(rooms) => rooms.iter().copied().collect(),
            None => streams(&view)?,
        };
        let began_at = self.mark.cursor;
        while self.mark.cursor < up_to && !self.shared.wishes().stop {
            let to = up_to.min(self.mark.cursor.saturating_add(SEARCH_WINDOW_IDS));
            let mut work = Work::default();
            for stream in &streams {
                work.read(&view, *stream, self.mark.cursor + 1, to)?;
            }
            self.apply(&view, &work)?;
            self.mark.cursor = to;
            if self.dirty && self.committed.elapsed() >= SEARCH_COMMIT_PERIOD {
                self.commit()?;
            }
        }
        if self.dirty {
            self.commit()?;
        }
        if rooms.is_none() && self.mark.cursor > began_at {
            tracing::info!(from = began_at, to = self.mark.cursor, "the search index has caught up");
        }
        self.publish();
        Ok(())
    }

    fn apply(&mut self, view: &Snapshot, work: &Work) -> Result<()> {
        if work.is_empty() {
            return Ok(());
        }
        let (fields, cursor) = (self.opened.fields, self.mark.cursor);
        self.dirty = true;
        let writer = self.writer()?;
        for room in &work.gone {
            writer.delete_term(Term::from_field_u64(fields.room, *room));
        }
        for (room, up_to) in &work.expired {
            writer.delete_query(until(fields, *room, *up_to)).map_err(index::fault)?;
        }
        for (room, id) in &work.touched {
            // What is younger than the mark is not in the index yet.
            if *id <= cursor {
                writer.delete_term(Term::from_field_u64(fields.id, *id));
            }
            let Some(row) = MESSAGES.seen(view, (*room, *id))? else { continue };
            if let Some(entry) = Entry::of(view, *room, *id, row)? {
                writer.add_document(entry.document(fields)).map_err(index::fault)?;
            }
        }
        Ok(())
    }

    /// Takes over the next messages of those that there are.
    fn build(&mut self) -> Result<()> {
        let Some((room, id)) = self.mark.building else { return Ok(()) };
        let view = self.store.snapshot()?;
        let fields = self.opened.fields;
        self.room_on_disk()?;
        let mut last = None;
        let mut documents = Vec::new();
        let mut looked = 0;
        MESSAGES.walk(&view, (Bound::Excluded((room, id)), Bound::Unbounded), Direction::Up, |(room, id), row| {
            documents.extend(Entry::of(&view, room, id, row)?.map(|entry| entry.document(fields)));
            last = Some((room, id));
            looked += 1;
            Ok(looked < SEARCH_BUILD_ROWS)
        })?;
        let writer = self.writer()?;
        for document in documents {
            writer.add_document(document).map_err(index::fault)?;
        }
        self.mark.building = last;
        let total = view.count(MESSAGES.number)?;
        self.shared.tell(|standing| {
            let done = standing.built.map_or(0, |(done, _)| done) + looked as u64;
            standing.built = Some((done.min(total), total));
        });
        if last.is_none() {
            self.commit()?;
            self.shared.wishes().all = true;
            tracing::info!(messages = self.opened.reader.searcher().num_docs(), "the search index is whole");
            self.publish();
        } else if self.committed.elapsed() >= SEARCH_BUILD_COMMIT_PERIOD {
            self.commit()?;
        }
        Ok(())
    }

    /// Begins again with nothing.
    fn anew(&mut self, why: &str) -> Result<()> {
        self.writer = None;
        *self.shared.reader.lock().unwrap_or_else(PoisonError::into_inner) = None;
        let view = self.store.snapshot()?;
        self.opened = begin(self.shared, &view, why)?;
        self.mark = self.opened.mark;
        self.publish();
        Ok(())
    }

    /// Whether files of the index are not what they were when they were written.
    fn is_damaged(&self) -> Result<bool> {
        let checked = catch_unwind(AssertUnwindSafe(|| self.opened.index.validate_checksum()));
        match checked {
            Ok(Ok(damaged)) => Ok(!damaged.is_empty()),
            Ok(Err(error)) => Err(index::fault(error)),
            Err(_) => Ok(true),
        }
    }

    fn writer(&mut self) -> Result<&mut IndexWriter> {
        match &mut self.writer {
            Some(writer) => Ok(writer),
            none => Ok(none.insert(index::writer(&self.opened.index)?)),
        }
    }

    /// Makes what was written last, and lets it be found.
    fn commit(&mut self) -> Result<()> {
        self.room_on_disk()?;
        if self.mark.house == 0 {
            self.mark.house = house(&self.store.snapshot()?)?;
        }
        let payload = serde_json::to_string(&self.mark).map_err(Fault::new)?;
        let mut prepared = self.writer()?.prepare_commit().map_err(index::fault)?;
        prepared.set_payload(&payload);
        prepared.commit().map_err(index::fault)?;
        self.opened.reader.reload().map_err(index::fault)?;
        self.dirty = false;
        (self.committed, self.marked) = (Instant::now(), Instant::now());
        self.publish();
        Ok(())
    }

    /// Words come first: where they would soon be refused, no index is written.
    fn room_on_disk(&self) -> Result<()> {
        match space::free_and_reserve(&self.shared.data) {
            Some((free, reserve)) if free < reserve => Err(Fault::new("the disk is nearly full").into()),
            _ => Ok(()),
        }
    }

    /// Lets others look into what there is, and says how it is.
    fn publish(&self) {
        let mut place = self.shared.reader.lock().unwrap_or_else(PoisonError::into_inner);
        *place = Some((self.opened.reader.clone(), self.opened.fields));
        drop(place);
        self.shared.opened.notify_all();
        let (mark, messages) = (self.mark, self.opened.reader.searcher().num_docs());
        let bytes = index::bytes(&self.shared.data);
        self.shared.tell(|standing| {
            standing.state = if mark.building.is_some() { State::Building } else { State::Ready };
            standing.cursor = mark.cursor;
            standing.messages = messages;
            standing.bytes = bytes;
            standing.why = None;
            if mark.building.is_none() {
                standing.built = None;
            }
        });
    }
}

impl Work {
    fn is_empty(&self) -> bool {
        self.touched.is_empty() && self.expired.is_empty() && self.gone.is_empty()
    }

    /// Adds what happened in a stream of the log, from one cursor to another.
    fn read(&mut self, view: &Snapshot, stream: Id, from: Id, to: Id) -> Result<()> {
        EVENTS.walk(view, (stream, from)..=(stream, to), Direction::Up, |_, log| {
            match log {
                Log::MessageCreated { id } => {
                    self.touched.insert((stream, id));
                    // With its first answer a message is a thread.
                    if let Some(root) = MESSAGES.seen(view, (stream, id))?.and_then(|row| row.head.thread) {
                        self.touched.insert((stream, root));
                    }
                }
                Log::MessageUpdated { id } | Log::MessageDeleted { id } => {
                    self.touched.insert((stream, id));
                    if let Some(root) = MESSAGES.seen(view, (stream, id))?.and_then(|row| row.head.thread) {
                        self.touched.insert((stream, root));
                    }
                }
                Log::ReactionAdded { message, .. }
                | Log::ReactionRemoved { message, .. }
                | Log::PinAdded { message, .. }
                | Log::PinRemoved { message, .. } => {
                    self.touched.insert((stream, message));
                }
                Log::MessagesExpired { up_to } => {
                    self.expired.insert(stream, up_to);
                }
                Log::RoomDeleted { room } => {
                    self.gone.insert(room);
                }
                _ => {}
            }
            Ok(true)
        })
    }
}

fn begin(shared: &Shared, view: &Snapshot, why: &str) -> Result<Opened> {
    tracing::info!(why, "the search index is made anew");
    shared.tell(|standing| {
        standing.state = State::Building;
        standing.built = Some((0, 0));
    });
    index::begin(&shared.data, Mark { cursor: view.last_id()?, building: Some((0, 0)), house: house(view)? })
}

/// Why an index that can be opened is of no use here, if it is of none.
fn useless(view: &Snapshot, mark: Mark) -> Result<Option<&'static str>> {
    Ok(if mark.house != house(view)? {
        Some("it is of another server")
    } else if mark.cursor > view.last_id()? {
        Some("it knows more than the database: that was put back to an earlier state")
    } else if mark.cursor < META.get(view, "pruned_to")?.unwrap_or(0) {
        Some("it is too far back to follow")
    } else {
        None
    })
}

/// A number that is another one on another server: when its first account was made.
fn house(view: &Snapshot) -> Result<u64> {
    let first = USERS.list(view, .., 1)?.pop();
    Ok(first.map_or(0, |(id, row)| row.created_at.wrapping_mul(31).wrapping_add(id)))
}

/// All streams of the log.
fn streams(view: &Snapshot) -> Result<Vec<Id>> {
    let mut streams = Vec::new();
    let mut from = 0;
    loop {
        let mut next = None;
        EVENTS.walk_bytes(view, (from, 0).., Direction::Up, |(stream, _), _| {
            next = Some(stream);
            Ok(false)
        })?;
        let Some(stream) = next else { return Ok(streams) };
        streams.push(stream);
        from = stream + 1;
    }
}

/// All messages of a room up to one.
fn until(fields: Fields, room: Id, up_to: Id) -> Box<dyn Query> {
    let in_room = TermQuery::new(Term::from_field_u64(fields.room, room), IndexRecordOption::Basic);
    let old = RangeQuery::new(Bound::Unbounded, Bound::Included(Term::from_field_u64(fields.id, up_to)));
    Box::new(BooleanQuery::new(vec![(Occur::Must, Box::new(in_room)), (Occur::Must, Box::new(old))]))
}
