//! All rows of one moment, copied while others write, without a snapshot that is held for long: one would pin the pages that
//! are replaced meanwhile, and the file would grow.
//!
//! Tables are read in slices, each in a snapshot of its own. The writer notes which rows change (`touched`); those are
//! copied again, and what changes during that too, until little is left. The last of it comes out of one snapshot. So whoever
//! takes the pieces in their order, the later ones over the earlier, has exactly what that last snapshot has.
use super::Store;
use super::files::Moment;
use super::pace::Pace;
use super::tables::{BLOBS, NAMES};
use super::touched::{Place, Watch};
use super::view::{Direction, Snapshot, View};
use crate::error::{Fault, Refusal, Result};
use crate::id::Id;
use crate::limits;
use crate::row::Blob;
use std::ops::Bound;

/// A piece of a copy; a later one with the same table and key stands in its place.
pub enum Piece<'p> {
    Row(usize, &'p [u8], &'p [u8]),
    Gone(usize, &'p [u8]),
}

/// The moment that was copied.
pub struct Copied {
    /// The blobs that its rows name.
    pub live: Vec<Id>,
    /// Their bytes.
    pub bytes: Moment,
}

/// Copies all rows: everything that was acknowledged before this began is in, and nothing is half. Blocks.
pub fn rows(store: &Store, pace: &Pace, each: &mut dyn FnMut(Piece) -> Result<()>) -> Result<Copied> {
    let watch = store.touched.watch();
    for table in 0..NAMES.len() {
        let mut from: Bound<Vec<u8>> = Bound::Unbounded;
        loop {
            let slice = Slice::read(&store.snapshot()?, table, &from)?;
            slice.give(each)?;
            let is_last = !slice.is_full();
            if let Some((_, key, _)) = slice.rows.last() {
                from = Bound::Excluded(slice.bytes[key.clone()].to_vec());
            }
            pace.did(slice.bytes.len() as u64)?;
            if watch.waiting() > limits::COPY_NOTES_MAX {
                let Bound::Excluded(to) = &from else { break };
                again(store, &watch, pace, each, |place| place.0 < table || (place.0 == table && place.1 <= *to))?;
            }
            if is_last {
                break;
            }
        }
    }
    for _ in 0..limits::COPY_ROUNDS_MAX {
        if watch.waiting() <= limits::COPY_LAST_NOTES {
            break;
        }
        again(store, &watch, pace, each, |_| true)?;
    }
    // Bytes that its rows name are not freed between the two snapshots.
    let (view, bytes) = store.moment()?;
    let mut slice = Slice::default();
    for place in watch.take_all().ok_or_else(lost)? {
        slice.look_up(&view, &place)?;
        if slice.bytes.len() > limits::COPY_GATHER_BYTES {
            std::mem::take(&mut slice).give(each)?;
        }
    }
    let mut live = Vec::new();
    BLOBS.walk(&view, .., Direction::Up, |blob, state| {
        live.extend((state == Blob::Live).then_some(blob));
        Ok(true)
    })?;
    // Whoever takes the pieces may be slow: the snapshot is let go first.
    drop(view);
    slice.give(each)?;
    Ok(Copied { live, bytes })
}

/// Copies again what changed and is `behind` where the copy is; what lies ahead will be read anyway.
fn again(
    store: &Store,
    watch: &Watch,
    pace: &Pace,
    each: &mut dyn FnMut(Piece) -> Result<()>,
    behind: impl Fn(&Place) -> bool,
) -> Result<()> {
    let mut places = watch.take().ok_or_else(lost)?;
    places.retain(behind);
    for part in places.chunks(limits::COPY_LAST_NOTES) {
        let mut slice = Slice::default();
        let view = store.snapshot()?;
        for place in part {
            slice.look_up(&view, place)?;
        }
        drop(view);
        slice.give(each)?;
        pace.did(slice.bytes.len() as u64)?;
    }
    Ok(())
}

fn lost() -> Refusal {
    let detail = "The disk failed while this copy was made, or too much was written while nobody took it. Try again, or with a \
                  faster way out.";
    Refusal::new(503, "busy", detail)
}

/// Keys and rows in memory, with nothing of the database held.
#[derive(Default)]
struct Slice {
    bytes: Vec<u8>,
    /// Table, key, and the row if there is one.
    rows: Vec<(usize, std::ops::Range<usize>, Option<std::ops::Range<usize>>)>,
}

impl Slice {
    fn read(view: &Snapshot, table: usize, from: &Bound<Vec<u8>>) -> Result<Slice> {
        let mut slice = Slice::default();
        view.walk(table, from.as_ref().map(Vec::as_slice), Bound::Unbounded, Direction::Up, &mut |key, row| {
            slice.add(table, key, Some(row));
            Ok(!slice.is_full())
        })?;
        Ok(slice)
    }

    fn look_up(&mut self, view: &Snapshot, (table, key): &Place) -> Result<()> {
        let mut found = false;
        view.get(*table, key, &mut |row| {
            found = true;
            self.add(*table, key, Some(row));
            Ok(())
        })?;
        if !found {
            self.add(*table, key, None);
        }
        Ok(())
    }

    fn is_full(&self) -> bool {
        self.bytes.len() >= limits::COPY_SLICE_BYTES
    }

    fn add(&mut self, table: usize, key: &[u8], row: Option<&[u8]>) {
        let mut put = |item: &[u8]| {
            let start = self.bytes.len();
            self.bytes.extend_from_slice(item);
            start..self.bytes.len()
        };
        let entry = (table, put(key), row.map(put));
        self.rows.push(entry);
    }

    fn give(&self, each: &mut dyn FnMut(Piece) -> Result<()>) -> Result<()> {
        for (table, key, row) in &self.rows {
            let key = self.bytes.get(key.clone()).ok_or_else(|| Fault::new("a slice has no such key"))?;
            each(match row {
                Some(row) => Piece::Row(*table, key, &self.bytes[row.clone()]),
                None => Piece::Gone(*table, key),
            })?;
        }
        Ok(())
    }
}
