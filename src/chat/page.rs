//! A stretch of messages, of a room or of one thread, in every direction.
use super::permission::{self, Membership};
use super::{message, thread, user};
use crate::clock::Millis;
use crate::error::Result;
use crate::event::{MessageView, UserView};
use crate::id::{ID_MAX, Id};
use crate::row::Message;
use crate::store::tables::{MESSAGES, THREAD_MESSAGES};
use crate::store::{Direction, View};
use std::ops::Range;

/// Which part of the messages is asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Place {
    Newest,
    Before(Id),
    After(Id),
    Around(Id),
    /// Around the first message said at this time or later.
    At(Millis),
}

/// A stretch of messages, oldest first.
#[derive(Debug, Clone)]
pub struct Page {
    pub messages: Vec<MessageView>,
    pub authors: Vec<UserView>,
    pub has_before: bool,
    pub has_after: bool,
}

/// At most `limit` messages of a room that one is in; those of its threads are left out.
pub fn of_room(view: &dyn View, user: Id, room: Id, place: Place, limit: usize) -> Result<Page> {
    let Membership { room, .. } = permission::member(view, room, user)?;
    page(view, Line { room, thread: None }, place, limit)
}

/// At most `limit` answers of a thread in a room that one is in, and its root.
pub fn of_thread(
    view: &dyn View,
    user: Id,
    room: Id,
    root: Id,
    place: Place,
    limit: usize,
) -> Result<(MessageView, Page)> {
    let Membership { room, .. } = permission::member(view, room, user)?;
    let row = thread::root(view, room, root)?;
    let first = message::view(view, room, root, row)?;
    let mut page = page(view, Line { room, thread: Some(root) }, place, limit)?;
    page.authors = people(view, std::iter::once(&first).chain(&page.messages))?;
    Ok((first, page))
}

/// Everybody whom messages show: authors, who is quoted, who is called, and who answered in their threads.
pub fn people<'m>(view: &dyn View, messages: impl IntoIterator<Item = &'m MessageView>) -> Result<Vec<UserView>> {
    let shown = messages.into_iter().flat_map(|message| {
        let quoted = message.reply_to.as_ref().map(|quote| quote.user);
        let others = message.row.mentions.iter().chain(&message.thread.users).copied();
        std::iter::once(message.row.head.user).chain(quoted).chain(others)
    });
    user::with_ids(view, shown)
}

/// What is paged through: the flow of a room, or one thread in it.
#[derive(Clone, Copy)]
struct Line {
    room: Id,
    thread: Option<Id>,
}

type Rows = Vec<(Id, Message)>;

fn page(view: &dyn View, line: Line, place: Place, limit: usize) -> Result<Page> {
    let (rows, has_before, has_after) = match place {
        Place::Newest => {
            let (rows, has_before) = line.before(view, u64::MAX, limit)?;
            (rows, has_before, false)
        }
        Place::Before(id) => {
            let (rows, has_before) = line.before(view, id, limit)?;
            let (_, has_after) = line.after(view, id.saturating_sub(1), 0)?;
            (rows, has_before, has_after)
        }
        Place::After(id) => {
            let (rows, has_after) = line.after(view, id, limit)?;
            let (_, has_before) = line.before(view, id.saturating_add(1), 0)?;
            (rows, has_before, has_after)
        }
        Place::Around(id) => line.around(view, id, limit)?,
        Place::At(time) => line.around(view, first_at(view, line.room, time)?, limit)?,
    };
    let mut messages = Vec::with_capacity(rows.len());
    for (id, row) in rows {
        messages.push(message::view(view, line.room, id, row)?);
    }
    let authors = people(view, &messages)?;
    Ok(Page { messages, authors, has_before, has_after })
}

impl Line {
    fn before(self, view: &dyn View, id: Id, limit: usize) -> Result<(Rows, bool)> {
        let (mut rows, more) = self.some(view, 0..id, Direction::Down, limit)?;
        rows.reverse();
        Ok((rows, more))
    }

    fn after(self, view: &dyn View, id: Id, limit: usize) -> Result<(Rows, bool)> {
        self.some(view, id.saturating_add(1)..u64::MAX, Direction::Up, limit)
    }

    fn around(self, view: &dyn View, id: Id, limit: usize) -> Result<(Rows, bool, bool)> {
        let (mut rows, has_before) = self.before(view, id, limit / 2)?;
        let (rest, has_after) = self.after(view, id.saturating_sub(1), limit - rows.len())?;
        rows.extend(rest);
        Ok((rows, has_before, has_after))
    }

    /// At most `limit` rows, and whether there are more.
    fn some(self, view: &dyn View, ids: Range<Id>, direction: Direction, limit: usize) -> Result<(Rows, bool)> {
        let mut rows = Vec::new();
        let mut more = false;
        let mut take = |id, row| {
            more = rows.len() == limit;
            if !more {
                rows.push((id, row));
            }
            Ok(!more)
        };
        match self.thread {
            None => MESSAGES.walk(view, (self.room, ids.start)..(self.room, ids.end), direction, |(_, id), row| {
                if row.head.thread.is_some() { Ok(true) } else { take(id, row) }
            })?,
            Some(root) => {
                THREAD_MESSAGES.walk(
                    view,
                    (root, ids.start)..(root, ids.end),
                    direction,
                    |(_, id), ()| match MESSAGES.seen(view, (self.room, id))? {
                        Some(row) => take(id, row),
                        None => Ok(true),
                    },
                )?;
            }
        }
        Ok((rows, more))
    }
}

/// The first message of a room at `time` or later, by halving: ids rise with the clock as far as the clock does (law 4),
/// which is near enough for a calendar.
fn first_at(view: &dyn View, room: Id, time: Millis) -> Result<Id> {
    let next = |from: Id| -> Result<Option<(Id, Millis)>> {
        let mut found = None;
        MESSAGES.walk(view, (room, from)..=(room, u64::MAX), Direction::Up, |(_, id), row| {
            found = Some((id, row.at));
            Ok(false)
        })?;
        Ok(found)
    };
    let (mut low, mut high) = (0, ID_MAX);
    while low < high {
        let middle = low + (high - low) / 2;
        match next(middle)? {
            Some((id, at)) if at < time => low = id + 1,
            _ => high = middle,
        }
    }
    Ok(low)
}
