//! Reading: the same questions to a snapshot and to a change in progress.
use super::slot::Live;
use super::tables::{self, META};
use crate::error::{Fault, Result};
use crate::id::Id;
use redb::{ReadOnlyTable, ReadTransaction, ReadableTable, ReadableTableMetadata, TableDefinition};
use std::cell::OnceCell;
use std::ops::Bound;
use std::sync::Arc;

pub(super) type Bytes = &'static [u8];

/// What a walk does with each key and row; false ends it.
pub type Each<'e> = &'e mut dyn FnMut(&[u8], &[u8]) -> Result<bool>;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Direction {
    Up,
    Down,
}

/// Something that can be read: a snapshot, or a change in progress.
pub trait View {
    /// Calls `found` with the row's bytes if there is one, and says whether there was.
    fn get(&self, table: usize, key: &[u8], found: &mut dyn FnMut(&[u8]) -> Result<()>) -> Result<bool>;

    /// Calls `each` with keys and rows of a range until it says false.
    fn walk(&self, table: usize, from: Bound<&[u8]>, to: Bound<&[u8]>, direction: Direction, each: Each) -> Result<()>;

    /// How many rows a table has.
    fn count(&self, table: usize) -> Result<u64>;

    /// The newest id given out: what is known here ends there.
    fn last_id(&self) -> Result<Id>;
}

/// One moment of the database, which stays as it is while others write.
pub struct Snapshot {
    open: [OnceCell<ReadOnlyTable<Bytes, Bytes>>; tables::NAMES.len()],
    txn: ReadTransaction,
    /// Stays open while this is read.
    live: Arc<Live>,
}

impl Snapshot {
    pub(super) fn new((live, txn): (Arc<Live>, ReadTransaction)) -> Self {
        Snapshot { open: [const { OnceCell::new() }; tables::NAMES.len()], txn, live }
    }

    /// The database that it is of.
    pub(super) fn live(&self) -> &Live {
        &self.live
    }

    pub(super) fn has_table(&self, number: usize) -> Result<bool> {
        match self.txn.open_table(definition(tables::NAMES[number])) {
            Ok(_) => Ok(true),
            Err(redb::TableError::TableDoesNotExist(_)) => Ok(false),
            Err(error) => Err(Fault::new(error).into()),
        }
    }

    /// What all rows take, with the pages that hold them.
    pub(super) fn bytes(&self) -> Result<u64> {
        let mut bytes = 0;
        for number in 0..tables::NAMES.len() {
            let stats = self.table(number)?.stats().map_err(Fault::new)?;
            bytes += stats.stored_bytes() + stats.metadata_bytes() + stats.fragmented_bytes();
        }
        Ok(bytes)
    }

    fn table(&self, number: usize) -> Result<&ReadOnlyTable<Bytes, Bytes>> {
        let cell = &self.open[number];
        if let Some(table) = cell.get() {
            return Ok(table);
        }
        let table = self.txn.open_table(definition(tables::NAMES[number])).map_err(Fault::new)?;
        Ok(cell.get_or_init(|| table))
    }
}

pub(super) fn definition(name: &str) -> TableDefinition<'_, Bytes, Bytes> {
    TableDefinition::new(name)
}

impl View for Snapshot {
    fn get(&self, table: usize, key: &[u8], found: &mut dyn FnMut(&[u8]) -> Result<()>) -> Result<bool> {
        get(self.table(table)?, key, found)
    }

    fn walk(&self, table: usize, from: Bound<&[u8]>, to: Bound<&[u8]>, direction: Direction, each: Each) -> Result<()> {
        walk(self.table(table)?, from, to, direction, each)
    }

    fn count(&self, table: usize) -> Result<u64> {
        Ok(self.table(table)?.len().map_err(Fault::new)?)
    }

    fn last_id(&self) -> Result<Id> {
        Ok(META.get(self, "last_id")?.unwrap_or(0))
    }
}

pub(super) fn get(
    table: &impl ReadableTable<Bytes, Bytes>,
    key: &[u8],
    found: &mut dyn FnMut(&[u8]) -> Result<()>,
) -> Result<bool> {
    match table.get(key).map_err(Fault::new)? {
        Some(row) => found(row.value()).map(|()| true),
        None => Ok(false),
    }
}

pub(super) fn walk(
    table: &impl ReadableTable<Bytes, Bytes>,
    from: Bound<&[u8]>,
    to: Bound<&[u8]>,
    direction: Direction,
    each: Each,
) -> Result<()> {
    let mut range = table.range::<&[u8]>((from, to)).map_err(Fault::new)?;
    loop {
        let next = match direction {
            Direction::Up => range.next(),
            Direction::Down => range.next_back(),
        };
        let Some(entry) = next else { return Ok(()) };
        let (key, row) = entry.map_err(Fault::new)?;
        if !each(key.value(), row.value())? {
            return Ok(());
        }
    }
}
