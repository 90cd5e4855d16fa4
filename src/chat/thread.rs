//! Threads: what is said under one message, beside the room's flow; who follows it, and what of it they have not read.
use super::page::people;
use super::{mention, message, permission};
use crate::error::{self, Result};
use crate::event::{Audience, Event, MessageView, ThreadMe, ThreadView, UserView};
use crate::id::Id;
use crate::limits;
use crate::row::{Follow, Log, Message, MessageKind, Thread};
use crate::store::tables::{FOLLOWS, MEMBERS, MESSAGES, THREAD_MESSAGES, THREADS};
use crate::store::{Change, Direction, View};

/// A followed thread as listed.
#[derive(Debug, Clone)]
pub struct Listed {
    pub root: MessageView,
    pub me: ThreadMe,
}

/// The message under which a thread is, also when it was taken back itself.
pub fn root(view: &dyn View, room: Id, id: Id) -> Result<Message> {
    let row = MESSAGES.get(view, (room, id))?;
    row.filter(may_be_root).ok_or_else(|| error::not_found().into())
}

/// Refuses to answer under what is no root, or was taken back.
pub fn open(view: &dyn View, room: Id, id: Id) -> Result<()> {
    match MESSAGES.get(view, (room, id))?.filter(may_be_root) {
        Some(row) if !row.head.deleted => Ok(()),
        _ => Err(error::invalid("thread", "There is no such thread in this room.").into()),
    }
}

/// What was said under a message, in short.
pub fn summary(view: &dyn View, room: Id, root: Id) -> Result<ThreadView> {
    let Thread { count, last, last_at, users } = THREADS.seen(view, (room, root))?.unwrap_or_default();
    Ok(ThreadView { count, last, at: last_at, users })
}

/// Counts a new answer. Who wrote the root, who answers and whom it calls by name follow from now on.
pub fn answered(change: &mut Change, room: Id, root: Id, answer: &MessageView) -> Result<()> {
    let author = answer.row.head.user;
    let before = THREADS.get(change, (room, root))?;
    let is_first = before.is_none();
    let mut thread = before.unwrap_or_default();
    thread.count += 1;
    thread.last = Some(answer.id);
    thread.last_at = Some(answer.row.at);
    thread.users.retain(|user| *user != author);
    thread.users.insert(0, author);
    thread.users.truncate(limits::THREAD_USERS_MAX);
    THREADS.put(change, (room, root), &thread)?;
    THREAD_MESSAGES.put(change, (root, answer.id), &())?;
    follow(change, author, room, root, answer.id)?;
    // Only once: who stops to follow a thread of their own is left alone.
    let starter = MESSAGES.need(change, (room, root))?.head.user;
    if is_first && MEMBERS.has(change, (room, starter))? {
        follow(change, starter, room, root, root)?;
    }
    called(change, answer)
}

/// Whom an answer calls by name follows its thread from there on.
pub fn called(change: &mut Change, answer: &MessageView) -> Result<()> {
    let Some(root) = answer.row.head.thread else { return Ok(()) };
    // Who is here is called, and follows only what they are in by name.
    for user in mention::find(change, answer.room, &answer.row.text)?.users {
        follow(change, user, answer.room, root, answer.id.saturating_sub(1))?;
    }
    Ok(())
}

/// An answer was taken back: the root tells everybody what is left.
pub fn taken_back(change: &mut Change, room: Id, root: Id) -> Result<()> {
    lost(change, room, root, 1)
}

/// So many answers that could be read are gone: the root tells everybody what is left.
pub fn lost(change: &mut Change, room: Id, root: Id, answers: u64) -> Result<()> {
    let mut thread = THREADS.get(change, (room, root))?.unwrap_or_default();
    thread.count = thread.count.saturating_sub(answers.try_into().unwrap_or(u32::MAX));
    (thread.last, thread.last_at) = (None, None);
    thread.users.clear();
    let mut looked_at = 0;
    THREAD_MESSAGES.walk(change, (root, 0)..=(root, u64::MAX), Direction::Down, |(_, id), ()| {
        looked_at += 1;
        if let Some(row) = MESSAGES.get(change, (room, id))?.filter(|row| !row.head.deleted) {
            if thread.last.is_none() {
                (thread.last, thread.last_at) = (Some(id), Some(row.at));
            }
            if !thread.users.contains(&row.head.user) {
                thread.users.push(row.head.user);
            }
        }
        let enough = thread.users.len() == limits::THREAD_USERS_MAX || looked_at >= limits::THREAD_USERS_ROWS;
        Ok(thread.last.is_none() || !enough)
    })?;
    THREADS.put(change, (room, root), &thread)?;
    let row = MESSAGES.need(change, (room, root))?;
    let view = message::view(change, room, root, row)?;
    let log = Log::MessageUpdated { id: root };
    change.announce(Audience::Room(room), &log, Event::MessageUpdated(Box::new(view)))?;
    Ok(())
}

/// A thread as `user` has it. Of what one does not follow nothing is unread.
pub fn me(view: &dyn View, user: Id, room: Id, root: Id) -> Result<ThreadMe> {
    let last = summary(view, room, root)?.last;
    let Some(Follow { read_up_to }) = FOLLOWS.get(view, (user, room, root))? else {
        return Ok(ThreadMe { room, root, following: false, read_up_to: 0, unread: 0, mentions: 0, last });
    };
    let counts = |id| -> Result<bool> {
        Ok(MESSAGES.seen(view, (room, id))?.is_some_and(|row| row.head.counts_in(Some(root), user)))
    };
    let mut unread = 0;
    let range = (root, read_up_to.saturating_add(1))..=(root, u64::MAX);
    THREAD_MESSAGES.walk(view, range, Direction::Up, |(_, id), ()| {
        unread += u32::from(counts(id)?);
        Ok(unread < limits::UNREAD_MAX)
    })?;
    let mentions = match unread {
        0 => 0,
        _ => mention::after(view, user, room, read_up_to, limits::UNREAD_MAX as usize, counts)?.len() as u32,
    };
    Ok(ThreadMe { room, root, following: true, read_up_to, unread, mentions: mentions.min(limits::UNREAD_MAX), last })
}

/// Follows a thread from now on, or no longer.
pub fn edit_me(change: &mut Change, user: Id, room: Id, root: Id, following: bool) -> Result<ThreadMe> {
    permission::member(change, room, user)?;
    self::root(change, room, root)?;
    if following {
        // What was said before is history, not unread.
        let newest = newest(change, root)?.unwrap_or(root);
        follow(change, user, room, root, newest)?;
    } else if FOLLOWS.has(change, (user, room, root))? {
        FOLLOWS.remove(change, (user, room, root))?;
        tell(change, user, room, root)?;
    }
    me(change, user, room, root)
}

/// Moves the mark of a thread that one follows up to `up_to`, or to the newest answer if that lies ahead.
pub fn read(change: &mut Change, user: Id, room: Id, root: Id, up_to: Id) -> Result<()> {
    permission::member(change, room, user)?;
    self::root(change, room, root)?;
    let Some(before) = FOLLOWS.get(change, (user, room, root))? else { return Ok(()) };
    let read_up_to = up_to.min(newest(change, root)?.unwrap_or(root));
    if read_up_to > before.read_up_to {
        FOLLOWS.put(change, (user, room, root), &Follow { read_up_to })?;
        tell(change, user, room, root)?;
    }
    Ok(())
}

/// Marks every thread that one follows as read.
pub fn read_all(change: &mut Change, user: Id) -> Result<()> {
    for ((_, room, root), follow) in FOLLOWS.list(change, of(user), limits::FOLLOWS_MAX)? {
        let newest = newest(change, root)?.unwrap_or(root);
        if newest > follow.read_up_to {
            let unread = me(change, user, room, root)?.unread;
            FOLLOWS.put(change, (user, room, root), &Follow { read_up_to: newest })?;
            if unread > 0 {
                tell(change, user, room, root)?;
            }
        }
    }
    Ok(())
}

/// The threads that one follows, the latest answer first, those before `cursor`; and the cursor of the next page.
pub fn mine(
    view: &dyn View,
    user: Id,
    cursor: Option<Id>,
    limit: usize,
) -> Result<(Vec<Listed>, Vec<UserView>, Option<Id>)> {
    let mut followed = followed(view, user)?;
    followed.retain(|(moved, ..)| cursor.is_none_or(|cursor| *moved < cursor));
    let next = followed.get(limit - 1).map(|(moved, ..)| *moved).filter(|_| followed.len() > limit);
    let mut threads = Vec::new();
    for (_, room, root) in followed.into_iter().take(limit) {
        let Some(row) = MESSAGES.seen(view, (room, root))? else { continue };
        threads.push(Listed { root: message::view(view, room, root, row)?, me: me(view, user, room, root)? });
    }
    let people = people(view, threads.iter().map(|thread| &thread.root))?;
    Ok((threads, people, next))
}

/// What a snapshot tells of the threads that one follows.
pub fn snapshot(view: &dyn View, user: Id) -> Result<Vec<ThreadMe>> {
    let newest = followed(view, user)?.into_iter().take(limits::SYNC_THREADS_MAX);
    newest.map(|(_, room, root)| me(view, user, room, root)).collect()
}

/// Who is no longer in a room follows nothing in it.
pub fn forget_follows(change: &mut Change, user: Id, room: Id) -> Result<()> {
    let range = (user, room, 0)..=(user, room, u64::MAX);
    for (key, _) in FOLLOWS.list(change, range, limits::FOLLOWS_MAX)? {
        FOLLOWS.remove(change, key)?;
    }
    Ok(())
}

/// A message of a room that is gone: so is what was said under it, and its place in a thread.
pub fn forget(change: &mut Change, room: Id, id: Id, row: &Message) -> Result<()> {
    THREADS.remove(change, (room, id))?;
    if let Some(root) = row.head.thread {
        THREAD_MESSAGES.remove(change, (root, id))?;
    }
    Ok(())
}

fn may_be_root(row: &Message) -> bool {
    row.head.kind == MessageKind::Text && row.head.thread.is_none()
}

/// Begins to follow, unless one does already. Of too many those that were quiet for longest go, some at once: to find them all
/// are looked at.
fn follow(change: &mut Change, user: Id, room: Id, root: Id, read_up_to: Id) -> Result<()> {
    if FOLLOWS.has(change, (user, room, root))? {
        return Ok(());
    }
    let mut count = 0;
    FOLLOWS.walk_bytes(change, of(user), Direction::Up, |_, _| {
        count += 1;
        Ok(count < limits::FOLLOWS_MAX)
    })?;
    if count >= limits::FOLLOWS_MAX {
        for (_, room, root) in followed(change, user)?.into_iter().skip(limits::FOLLOWS_KEPT) {
            FOLLOWS.remove(change, (user, room, root))?;
            tell(change, user, room, root)?;
        }
    }
    FOLLOWS.put(change, (user, room, root), &Follow { read_up_to })?;
    tell(change, user, room, root)
}

fn tell(change: &mut Change, user: Id, room: Id, root: Id) -> Result<()> {
    let me = me(change, user, room, root)?;
    change.announce(Audience::User(user), &Log::ThreadMeUpdated { room, root }, Event::ThreadMeUpdated(me))?;
    Ok(())
}

/// (what moved last, room, root) of each thread that one follows, the latest first.
fn followed(view: &dyn View, user: Id) -> Result<Vec<(Id, Id, Id)>> {
    let mut followed = Vec::new();
    for ((_, room, root), _) in FOLLOWS.list(view, of(user), usize::MAX)? {
        let last = THREADS.seen(view, (room, root))?.and_then(|thread| thread.last);
        followed.push((last.unwrap_or(root), room, root));
    }
    followed.sort_unstable_by(|one, other| other.cmp(one));
    Ok(followed)
}

/// The newest answer, taken back or not.
fn newest(view: &dyn View, root: Id) -> Result<Option<Id>> {
    let mut newest = None;
    THREAD_MESSAGES.walk_bytes(view, (root, 0)..=(root, u64::MAX), Direction::Down, |(_, id), _| {
        newest = Some(id);
        Ok(false)
    })?;
    Ok(newest)
}

fn of(user: Id) -> std::ops::RangeInclusive<(Id, Id, Id)> {
    (user, 0, 0)..=(user, u64::MAX, u64::MAX)
}
