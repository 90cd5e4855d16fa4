//! What files there are and what they take, for admins of the server. Each question walks the whole table once.
use super::storage;
use crate::error::Result;
use crate::event::FileView;
use crate::id::Id;
use crate::limits;
use crate::store::Direction;
use crate::store::View;
use crate::store::tables::{FILES, UPLOADS};
use std::collections::{BTreeMap, HashMap};

/// Which files are asked for.
#[derive(Debug, Clone, Copy, Default)]
pub struct Filter {
    pub room: Option<Id>,
    pub user: Option<Id>,
}

/// Files and what they take, of somebody or in a room.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Sum {
    pub id: Id,
    pub files: u64,
    pub bytes: u64,
}

#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Totals {
    /// The id is nobody's.
    pub all: Sum,
    /// On disk, where the same content is there once.
    pub stored_bytes: u64,
    /// On their way, or not sent yet.
    pub waiting: Sum,
    /// Those that take most, the largest first.
    pub users: Vec<Sum>,
    pub rooms: Vec<Sum>,
}

/// Files that came after a cursor, the oldest first.
pub fn files(view: &dyn View, filter: Filter, after: Id, limit: usize) -> Result<(Vec<FileView>, Option<Id>)> {
    let mut first: BTreeMap<Id, FileView> = BTreeMap::new();
    FILES.walk(view, .., Direction::Up, |id, row| {
        let asked = filter.room.is_none_or(|room| room == row.room) && filter.user.is_none_or(|user| user == row.user);
        if asked && row.order > after {
            first.insert(row.order, FileView { id, row });
            if first.len() > limit + 1 {
                first.pop_last();
            }
        }
        Ok(true)
    })?;
    let more = first.len() > limit;
    let files: Vec<FileView> = first.into_values().take(limit).collect();
    let next = files.last().filter(|_| more).map(|file| file.row.order);
    Ok((files, next))
}

pub fn totals(view: &dyn View) -> Result<Totals> {
    let mut totals = Totals { stored_bytes: storage::usage(view, storage::ALL)?.bytes, ..Totals::default() };
    let (mut users, mut rooms) = (HashMap::new(), HashMap::new());
    FILES.walk(view, .., Direction::Up, |_, row| {
        totals.all.add(row.size);
        users.entry(row.user).or_insert(Sum { id: row.user, ..Sum::default() }).add(row.size);
        match row.message {
            Some(_) => rooms.entry(row.room).or_insert(Sum { id: row.room, ..Sum::default() }).add(row.size),
            None => totals.waiting.add(row.size),
        }
        Ok(true)
    })?;
    UPLOADS.walk(view, .., Direction::Up, |_, row| {
        totals.waiting.add(row.reserved);
        Ok(true)
    })?;
    (totals.users, totals.rooms) = (largest(users), largest(rooms));
    Ok(totals)
}

fn largest(sums: HashMap<Id, Sum>) -> Vec<Sum> {
    let mut sums: Vec<Sum> = sums.into_values().collect();
    sums.sort_by_key(|sum| (std::cmp::Reverse(sum.bytes), sum.id));
    sums.truncate(limits::PAGE_MAX);
    sums
}

impl Sum {
    fn add(&mut self, bytes: u64) {
        self.files += 1;
        self.bytes += bytes;
    }
}
