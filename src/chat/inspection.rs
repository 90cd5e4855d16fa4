//! Rooms as admins of the server look them over: how large they are, and who looks after them. Never what is said there.
use super::permission::Asker;
use super::{message, room, unread, user};
use crate::clock::Millis;
use crate::error::{self, Result};
use crate::event::RoomView;
use crate::id::Id;
use crate::limits;
use crate::row::{self, MessageKind, RoomKind, RoomRole};
use crate::store::tables::{FILES, MEMBERS, MESSAGES, ROOMS, USERS};
use crate::store::{Direction, View};
use std::cmp::Reverse;
use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Instant;

/// Which rooms, and which of them first.
#[derive(Debug, Clone)]
pub struct Asked {
    /// Part of a name; empty: all.
    pub query: String,
    /// Only those that nobody looks after any more.
    pub lost: bool,
    pub order: Order,
    /// Rooms that were shown already.
    pub offset: usize,
    pub limit: usize,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Order {
    Name,
    /// The latest message first.
    Active,
    Members,
    Bytes,
}

/// A room and its figures.
#[derive(Debug, Clone)]
pub struct Line {
    pub room: RoomView,
    /// People's own, counted up to a bound.
    pub messages: u64,
    pub messages_more: bool,
    pub files: u64,
    pub bytes: u64,
    pub last_at: Option<Millis>,
    /// Those who can sign in.
    pub admins: u64,
}

#[derive(Debug, Clone)]
pub struct Table {
    pub lines: Vec<Line>,
    /// Of those asked for, on all pages.
    pub total: usize,
    /// Directs, which are counted and not shown.
    pub directs: usize,
    /// The offset of the next page.
    pub next: Option<usize>,
}

/// One page of them.
pub fn table(view: &dyn View, asker: Asker, asked: &Asked, sizes: &Sizes) -> Result<Table> {
    let query = user::fold_marks(asked.query.trim());
    let (mut rooms, mut directs) = (Vec::new(), 0);
    ROOMS.walk(view, .., Direction::Up, |id, row| {
        match row.kind {
            RoomKind::Direct => directs += 1,
            _ if user::fold_marks(row.name.as_deref().unwrap_or_default()).contains(&query) => rooms.push((id, row)),
            _ => {}
        }
        Ok(true)
    })?;
    if asked.lost {
        let mut lost = Vec::new();
        for (id, row) in rooms {
            if admins(view, id)? == 0 {
                lost.push((id, row));
            }
        }
        rooms = lost;
    }
    order(view, &mut rooms, asked.order, sizes)?;
    let total = rooms.len();
    let mut lines = Vec::new();
    for (id, _) in rooms.into_iter().skip(asked.offset).take(asked.limit) {
        lines.extend(line(view, asker, id, sizes)?);
    }
    let shown = asked.offset.saturating_add(asked.limit);
    Ok(Table { lines, total, directs, next: (shown < total).then_some(shown) })
}

/// Rooms that are no directs, from the first after a cursor on, and where the next page begins.
pub fn rooms(view: &dyn View, asker: Asker, cursor: Id, limit: usize) -> Result<(Vec<RoomView>, Option<Id>)> {
    room::all(view, asker.user(), |kind| kind != RoomKind::Direct, cursor, limit)
}

/// How many there are of those that are never shown.
pub fn directs(view: &dyn View) -> Result<usize> {
    let mut directs = 0;
    ROOMS.walk(view, .., Direction::Up, |_, row| {
        directs += usize::from(row.kind == RoomKind::Direct);
        Ok(true)
    })?;
    Ok(directs)
}

/// One room, as long as it is no direct. What is said in it is its members' own.
pub fn room(view: &dyn View, asker: Asker, id: Id) -> Result<RoomView> {
    let room = room::view(view, id, asker.user())?.filter(|room| room.row.kind != RoomKind::Direct);
    let mut room = room.ok_or_else(error::not_found)?;
    if room.me.is_none() {
        room.last = None;
    }
    Ok(room)
}

/// Files on messages and their bytes, by room.
pub type Sizes = HashMap<Id, (u64, u64)>;

/// The sizes of a moment ago: all files are looked at for them, and who sorts and pages a table asks often.
#[derive(Default)]
pub struct KnownSizes(Mutex<Option<(Instant, Arc<Sizes>)>>);

impl KnownSizes {
    pub fn of(&self, view: &dyn View) -> Result<Arc<Sizes>> {
        let mut known = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        match &*known {
            Some((since, sizes)) if since.elapsed() < limits::ROOM_SIZES_LIFE => Ok(sizes.clone()),
            _ => {
                let sizes = Arc::new(sizes(view)?);
                *known = Some((Instant::now(), sizes.clone()));
                Ok(sizes)
            }
        }
    }
}

fn sizes(view: &dyn View) -> Result<Sizes> {
    let mut sizes = Sizes::new();
    FILES.walk(view, .., Direction::Up, |_, row| {
        if row.message.is_some() {
            let (files, bytes) = sizes.entry(row.room).or_default();
            *files += 1;
            *bytes += row.size;
        }
        Ok(true)
    })?;
    Ok(sizes)
}

fn order(view: &dyn View, rooms: &mut [(Id, row::Room)], order: Order, sizes: &Sizes) -> Result<()> {
    // By name, and within what is equal too.
    rooms.sort_by_cached_key(|(_, row)| user::fold_marks(row.name.as_deref().unwrap_or_default()));
    match order {
        Order::Name => {}
        Order::Members => rooms.sort_by_key(|(_, row)| Reverse(row.member_count)),
        Order::Bytes => rooms.sort_by_key(|(id, _)| Reverse(sizes.get(id).map_or(0, |(_, bytes)| *bytes))),
        Order::Active => {
            let mut latest = HashMap::new();
            for (id, _) in rooms.iter() {
                latest.insert(*id, message::last(view, *id)?.map(|last| last.id));
            }
            rooms.sort_by_key(|(id, _)| Reverse(latest.get(id).copied().flatten()));
        }
    }
    Ok(())
}

fn line(view: &dyn View, asker: Asker, id: Id, sizes: &Sizes) -> Result<Option<Line>> {
    let Some(mut room) = room::view(view, id, asker.user())? else { return Ok(None) };
    room.last = None;
    let mut messages = 0;
    MESSAGES.walk_bytes(view, (id, 0)..=(id, u64::MAX), Direction::Up, |_, bytes| {
        let said = unread::head(bytes).is_some_and(|head| head.kind == MessageKind::Text && !head.deleted);
        messages += u64::from(said);
        Ok(messages <= limits::ROOM_COUNT_MAX)
    })?;
    let (files, bytes) = sizes.get(&id).copied().unwrap_or_default();
    Ok(Some(Line {
        room,
        messages: messages.min(limits::ROOM_COUNT_MAX),
        messages_more: messages > limits::ROOM_COUNT_MAX,
        files,
        bytes,
        last_at: message::last(view, id)?.map(|last| last.at),
        admins: admins(view, id)?,
    }))
}

/// Those of a room who can sign in.
fn admins(view: &dyn View, id: Id) -> Result<u64> {
    let mut people = Vec::new();
    MEMBERS.walk(view, (id, 0)..=(id, u64::MAX), Direction::Up, |(_, user), member| {
        if member.role == RoomRole::Admin {
            people.push(user);
        }
        Ok(true)
    })?;
    let mut admins = 0;
    for person in people {
        admins += u64::from(USERS.get(view, person)?.is_some_and(|row| row.active));
    }
    Ok(admins)
}
