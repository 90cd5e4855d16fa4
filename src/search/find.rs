//! Looks a question up in the index: what fits, the best first, within its time.
use super::asked::{What, Words};
use super::index::{self, Fields};
use super::wanted::Wanted;
use crate::clock::Millis;
use crate::error::{Error, Result};
use crate::id::Id;
use crate::limits::{SEARCH_BLOCK, SEARCH_EXPANSIONS_MAX, SEARCH_ROOMS_NAMED};
use std::cmp::Reverse;
use std::collections::{BTreeSet, BinaryHeap};
use std::ops::Bound;
use std::sync::Arc;
use std::time::Instant;
use tantivy::columnar::{Cardinality, ColumnValues};
use tantivy::query::{
    AllQuery, BooleanQuery, ConstScoreQuery, EnableScoring, InvertedIndexRangeQuery, Occur, PhrasePrefixQuery,
    PhraseQuery, Query, Scorer, TermQuery, TermSetQuery,
};
use tantivy::schema::{Field, IndexRecordOption};
use tantivy::{DocId, Score, Searcher, SegmentReader, TERMINATED, Term};

/// In which order hits come.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Sort {
    /// What fits best, of two alike the newer.
    #[default]
    Best,
    Newest,
}

/// A part of what fits: where it begins, and how many.
#[derive(Debug, Clone, Copy)]
pub struct Part {
    pub sort: Sort,
    /// Of the best: how many were shown already. Of the newest: the id before which they are.
    pub cursor: Option<u64>,
    pub limit: usize,
    pub now: Millis,
    pub deadline: Instant,
}

/// Where it is, and how much more there is.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Found {
    /// (room, message)
    pub places: Vec<(Id, Id)>,
    pub next: Option<u64>,
    pub total: u64,
    /// The time was over before all was looked at.
    pub partial: bool,
}

/// What a hit is compared by, and where it is: the rank, the message, the room.
type Hit = (u64, Id, Id);

pub fn find(searcher: &Searcher, fields: Fields, wanted: &Wanted, part: Part) -> Result<Found> {
    if wanted.is_nothing() {
        return Ok(Found::default());
    }
    let query = query(fields, wanted);
    let scoring = match part.sort {
        Sort::Best => EnableScoring::enabled_from_searcher(searcher),
        Sort::Newest => EnableScoring::disabled_from_searcher(searcher),
    };
    let weight = query.weight(scoring).map_err(index::fault)?;
    let skipped = match part.sort {
        Sort::Best => part.cursor.unwrap_or(0) as usize,
        Sort::Newest => 0,
    };
    let mut best = Best { depth: skipped + part.limit + 1, heap: BinaryHeap::new() };
    let mut found = Found::default();
    let mut rooms: Vec<Id> = wanted.rooms.iter().copied().collect();
    rooms.sort_unstable();
    for reader in searcher.segment_readers() {
        let mut scorer = weight.scorer(reader, 1.0).map_err(index::fault)?;
        let columns = Columns::of(reader)?;
        let alive = reader.alive_bitset();
        let mut block = Block::default();
        // Messages of a room stand together, mostly.
        let mut known = (Id::MAX, false);
        while block.fill(&mut *scorer, &columns, part.sort, !wanted.is_any_time()) {
            if Instant::now() >= part.deadline {
                found.partial = true;
                break;
            }
            for at in 0..block.count {
                let (doc, room) = (block.docs[at], block.rooms[at]);
                if room != known.0 {
                    known = (room, rooms.binary_search(&room).is_ok());
                }
                let fits = known.1
                    && alive.is_none_or(|alive| alive.is_alive(doc))
                    && (wanted.is_any_time() || wanted.fits_time(block.times[at]));
                if !fits {
                    continue;
                }
                found.total += 1;
                match part.sort {
                    Sort::Best => {
                        let rank = rank(block.scores[at], block.times[at], part.now);
                        if best.takes(rank) {
                            best.put((rank, columns.id.get_val(doc), room));
                        }
                    }
                    Sort::Newest => {
                        let id = columns.id.get_val(doc);
                        if part.cursor.is_none_or(|before| id < before) && best.takes(id) {
                            best.put((id, id, room));
                        }
                    }
                }
            }
        }
        if found.partial {
            break;
        }
    }
    let hits = best.sorted();
    let more = hits.len() > skipped + part.limit;
    found.places = hits.into_iter().skip(skipped).take(part.limit).map(|(_, id, room)| (room, id)).collect();
    found.next = match part.sort {
        Sort::Best => Some((skipped + part.limit) as u64),
        Sort::Newest => found.places.last().map(|(_, id)| *id),
    }
    .filter(|_| more);
    Ok(found)
}

/// How good a hit is, as a number that sorts: its words, and twice as much when it was just said as when it is old.
fn rank(score: f32, at: Millis, now: Millis) -> u64 {
    const HALF_MS: f32 = 30.0 * 24.0 * 3_600_000.0;
    let age = now.saturating_sub(at) as f32 / HALF_MS;
    let rank = score.max(0.0) * (1.0 + 1.0 / (1.0 + age));
    // Bits of numbers that are not negative sort as they do.
    u64::from(rank.to_bits())
}

/// Messages that are looked at together: what they are asked comes more quickly for many than one by one.
struct Block {
    count: usize,
    docs: [DocId; SEARCH_BLOCK],
    scores: [Score; SEARCH_BLOCK],
    rooms: [Id; SEARCH_BLOCK],
    times: [Millis; SEARCH_BLOCK],
}

impl Default for Block {
    fn default() -> Block {
        const NONE: [u64; SEARCH_BLOCK] = [0; SEARCH_BLOCK];
        Block { count: 0, docs: [0; SEARCH_BLOCK], scores: [0.0; SEARCH_BLOCK], rooms: NONE, times: NONE }
    }
}

impl Block {
    /// Takes the next that fit, with what is needed to sort them. Whether there are any.
    fn fill(&mut self, scorer: &mut dyn Scorer, columns: &Columns, sort: Sort, timed: bool) -> bool {
        self.count = 0;
        let mut doc = scorer.doc();
        while doc != TERMINATED && self.count < SEARCH_BLOCK {
            self.docs[self.count] = doc;
            if sort == Sort::Best {
                self.scores[self.count] = scorer.score();
            }
            self.count += 1;
            doc = scorer.advance();
        }
        let docs = &self.docs[..self.count];
        columns.room.get_vals(docs, &mut self.rooms[..self.count]);
        if timed || sort == Sort::Best {
            columns.at.get_vals(docs, &mut self.times[..self.count]);
        }
        self.count > 0
    }
}

/// What every hit is asked.
struct Columns {
    id: Arc<dyn ColumnValues>,
    room: Arc<dyn ColumnValues>,
    at: Arc<dyn ColumnValues>,
}

impl Columns {
    fn of(reader: &SegmentReader) -> Result<Columns> {
        let column = |name: &str| {
            let column = reader.fast_fields().u64(name).map_err(index::fault)?;
            // Every message has each once: then nothing stands between who asks and the numbers.
            Ok::<_, Error>(match column.get_cardinality() {
                Cardinality::Full => column.values,
                _ => column.first_or_default_col(0),
            })
        };
        Ok(Columns { id: column("id")?, room: column("room")?, at: column("at")? })
    }
}

/// The best of what came so far.
struct Best {
    depth: usize,
    heap: BinaryHeap<Reverse<Hit>>,
}

impl Best {
    /// Whether one of this rank may be among them.
    fn takes(&self, rank: u64) -> bool {
        self.heap.len() < self.depth || self.heap.peek().is_some_and(|Reverse(worst)| rank >= worst.0)
    }

    fn put(&mut self, hit: Hit) {
        if self.heap.len() < self.depth {
            self.heap.push(Reverse(hit));
        } else if let Some(mut worst) = self.heap.peek_mut()
            && hit > worst.0
        {
            *worst = Reverse(hit);
        }
    }

    fn sorted(self) -> Vec<Hit> {
        self.heap.into_sorted_vec().into_iter().map(|Reverse(hit)| hit).collect()
    }
}

fn query(fields: Fields, wanted: &Wanted) -> BooleanQuery {
    let mut parts: Vec<(Occur, Box<dyn Query>)> = Vec::new();
    let mut any = false;
    for clause in &wanted.asked.clauses {
        let occur = if clause.negated { Occur::MustNot } else { Occur::Must };
        let part = match &clause.what {
            What::Words(words) => self::words(fields, words),
            What::Has(has) => silent(term(fields.has, index::code(*has))),
            _ => continue,
        };
        any |= !clause.negated;
        parts.push((occur, part));
    }
    let mut narrow = |occur: Occur, field: Field, values: &BTreeSet<Id>| {
        if !values.is_empty() {
            any |= occur == Occur::Must;
            parts.push((occur, silent(one_of(field, values.iter().copied()))));
        }
    };
    if let Some(from) = &wanted.from {
        narrow(Occur::Must, fields.user, from);
    }
    if let Some(ids) = &wanted.ids {
        narrow(Occur::Must, fields.id, ids);
    }
    for to in &wanted.to {
        narrow(Occur::Must, fields.to, to);
    }
    narrow(Occur::MustNot, fields.user, &wanted.not_from);
    narrow(Occur::MustNot, fields.id, &wanted.not_ids);
    narrow(Occur::MustNot, fields.to, &wanted.not_to);
    // Every hit is asked for its room anyway; where the rooms are few, they are a shorter way.
    if wanted.in_named && wanted.rooms.len() <= SEARCH_ROOMS_NAMED {
        narrow(Occur::Must, fields.room, &wanted.rooms.iter().copied().collect());
    }
    if !any {
        parts.push((Occur::Must, silent(Box::new(AllQuery))));
    }
    BooleanQuery::new(parts)
}

/// Messages that hold these words.
fn words(fields: Fields, words: &Words) -> Box<dyn Query> {
    let mut ways: Vec<(Occur, Box<dyn Query>)> = Vec::new();
    if let Some(whole) = &words.whole {
        ways.extend(one(fields, whole, words.open).map(|way| (Occur::Should, way)));
    }
    let terms: Vec<(usize, Term)> =
        words.parts.iter().map(|(position, part)| (*position, index::word(fields, part))).collect();
    match (&words.parts[..], words.open) {
        ([], _) => {}
        ([(_, part)], open) => ways.extend(one(fields, part, open).map(|way| (Occur::Should, way))),
        (_, true) => {
            let mut phrase = PhrasePrefixQuery::new_with_offset(terms);
            phrase.set_max_expansions(SEARCH_EXPANSIONS_MAX);
            ways.push((Occur::Should, Box::new(phrase)));
        }
        (_, false) => ways.push((Occur::Should, Box::new(PhraseQuery::new_with_offset(terms)))),
    }
    match ways.len() {
        1 => ways.remove(0).1,
        _ => Box::new(BooleanQuery::new(ways)),
    }
}

/// One word, and while it is open what begins with it, which counts for less than any word in full.
fn one(fields: Fields, word: &str, open: bool) -> impl Iterator<Item = Box<dyn Query>> {
    let term = index::word(fields, word);
    let after = open.then(|| index::word(fields, &format!("{word}\u{10ffff}")));
    let begins = after.map(|after| -> Box<dyn Query> {
        // Without the word itself: a common one would be gone through twice.
        let longer = InvertedIndexRangeQuery::new(Bound::Excluded(term.clone()), Bound::Excluded(after));
        Box::new(ConstScoreQuery::new(Box::new(longer), 0.1))
    });
    let exact: Box<dyn Query> = Box::new(TermQuery::new(term, IndexRecordOption::WithFreqs));
    std::iter::once(exact).chain(begins)
}

fn one_of(field: Field, values: impl ExactSizeIterator<Item = Id>) -> Box<dyn Query> {
    let terms: Vec<Term> = values.map(|value| Term::from_field_u64(field, value)).collect();
    match &terms[..] {
        [one] => Box::new(TermQuery::new(one.clone(), IndexRecordOption::Basic)),
        _ => Box::new(TermSetQuery::new(terms)),
    }
}

fn term(field: Field, value: u64) -> Box<dyn Query> {
    Box::new(TermQuery::new(Term::from_field_u64(field, value), IndexRecordOption::Basic))
}

/// What must be so, without saying how good it is.
fn silent(query: Box<dyn Query>) -> Box<dyn Query> {
    Box::new(ConstScoreQuery::new(query, 0.0))
}
