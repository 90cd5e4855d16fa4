//! Whom a text calls: `@ada` a member of the room, `@room` everyone in it, `@here` those who are connected.
use crate::error::Result;
use crate::id::Id;
use crate::limits;
use crate::store::tables::{MEMBERS, MENTIONS, ROOMS_OF, USERNAMES};
use crate::store::{Change, Direction, View};
use std::collections::BinaryHeap;

/// The words after `@` that call a room, and so are nobody's username.
pub const RESERVED: [&str; 4] = ["room", "here", "all", "everyone"];

/// Under this user stand the mentions of everyone in a room.
const EVERYONE: Id = 0;

/// Whom a text calls.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Mentions {
    pub users: Vec<Id>,
    pub room: bool,
    /// Those connected are called: whoever knows who they are adds them to `users`.
    pub here: bool,
}

/// Rooms and messages that call somebody, newest first, and the cursor of what follows.
pub struct Calls {
    pub messages: Vec<(Id, Id)>,
    pub next: Option<Id>,
}

/// Finds whom `text` calls in `room`. Names of others stay plain text and tell nothing (S32).
pub fn find(view: &dyn View, room: Id, text: &str) -> Result<Mentions> {
    let mut found = Mentions::default();
    for name in names(text).take(limits::MENTION_LOOKS_MAX) {
        let name = name.to_ascii_lowercase();
        if name == "room" {
            found.room = true;
        } else if name == "here" {
            found.here = true;
        } else if found.users.len() < limits::MENTIONS_MAX
            && let Some(user) = member_named(view, room, &name)?
            && !found.users.contains(&user)
        {
            found.users.push(user);
        }
    }
    Ok(found)
}

/// Whether a text calls those who are connected.
pub fn calls_here(text: &str) -> bool {
    names(text).any(|name| name.eq_ignore_ascii_case("here"))
}

/// Adds those of `people` who are in the room and not called already.
pub fn add(view: &dyn View, room: Id, mentions: &mut Mentions, people: &[Id]) -> Result<()> {
    for user in people {
        if !mentions.users.contains(user) && MEMBERS.has(view, (room, *user))? {
            mentions.users.push(*user);
        }
    }
    Ok(())
}

/// The messages that call `user` and are older than the id `before`, newest first, of the rooms they are in now; whom a room
/// called before they came was not them. At most `limit` that `counts` says yes to, and the cursor of what follows.
pub fn list(
    view: &dyn View,
    user: Id,
    before: Id,
    limit: usize,
    mut counts: impl FnMut(Id, Id) -> Result<bool>,
) -> Result<Calls> {
    // The newest of each stream; the newest of those is the next of all.
    let mut newest = BinaryHeap::new();
    for ((_, room), ()) in ROOMS_OF.list(view, (user, 0)..=(user, u64::MAX), usize::MAX)? {
        let since = MEMBERS.get(view, (room, user))?.map_or(u64::MAX, |member| member.since);
        for (key, from) in [(user, 0), (EVERYONE, since)] {
            newest.extend(newest_below(view, key, room, from, before)?.map(|message| (message, room, key, from)));
        }
    }
    let (mut found, mut looked_at, mut last) = (Vec::new(), 0, 0);
    while let Some((message, room, key, from)) = newest.pop() {
        looked_at += 1;
        if message != last && (found.len() == limit || looked_at > limits::MENTIONS_LOOK_MAX) {
            return Ok(Calls { messages: found, next: Some(last) });
        }
        newest.extend(newest_below(view, key, room, from, message)?.map(|message| (message, room, key, from)));
        if message != last && counts(room, message)? {
            found.push((room, message));
        }
        last = message;
    }
    Ok(Calls { messages: found, next: None })
}

/// The newest mention after `from` and below `before`.
fn newest_below(view: &dyn View, key: Id, room: Id, from: Id, before: Id) -> Result<Option<Id>> {
    let mut newest = None;
    if from.saturating_add(1) < before {
        let range = (key, room, from + 1)..(key, room, before);
        MENTIONS.walk_bytes(view, range, Direction::Down, |(_, _, message), _| {
            newest = Some(message);
            Ok(false)
        })?;
    }
    Ok(newest)
}

/// Keeps the mentions of a message for counting.
pub fn record(change: &mut Change, room: Id, message: Id, mentions: &Mentions) -> Result<()> {
    for user in keys(mentions) {
        MENTIONS.put(change, (user, room, message), &())?;
    }
    Ok(())
}

/// Forgets them.
pub fn forget(change: &mut Change, room: Id, message: Id, mentions: &Mentions) -> Result<()> {
    for user in keys(mentions) {
        MENTIONS.remove(change, (user, room, message))?;
    }
    Ok(())
}

/// The messages of `room` after `mark` that call `user`, by name or with everyone, and that `counts` says yes to, oldest
/// first; at most `limit` of each.
pub fn after(
    view: &dyn View,
    user: Id,
    room: Id,
    mark: Id,
    limit: usize,
    mut counts: impl FnMut(Id) -> Result<bool>,
) -> Result<Vec<Id>> {
    let mut messages = Vec::new();
    for key in [user, EVERYONE] {
        let mut found = 0;
        let range = (key, room, mark.saturating_add(1))..=(key, room, u64::MAX);
        MENTIONS.walk(view, range, Direction::Up, |(_, _, message), ()| {
            if counts(message)? {
                messages.push(message);
                found += 1;
            }
            Ok(found < limit)
        })?;
    }
    messages.sort_unstable();
    messages.dedup();
    Ok(messages)
}

fn keys(mentions: &Mentions) -> impl Iterator<Item = Id> + '_ {
    mentions.users.iter().copied().chain(mentions.room.then_some(EVERYONE))
}

/// The words after each `@` that begins a word.
fn names(text: &str) -> impl Iterator<Item = &str> {
    let mut before = None;
    text.char_indices().filter_map(move |(at, sign)| {
        let begins = sign == '@' && before.is_none_or(|before: char| !before.is_alphanumeric() && before != '@');
        before = Some(sign);
        if !begins {
            return None;
        }
        let rest = &text[at + 1..];
        let end = rest.find(|sign: char| !is_name(sign)).unwrap_or(rest.len());
        (end > 0 && end <= *limits::USERNAME_CHARS.end()).then(|| &rest[..end])
    })
}

fn is_name(sign: char) -> bool {
    sign.is_ascii_alphanumeric() || matches!(sign, '.' | '_' | '-')
}

/// The member called `name`, or called so without the punctuation that ends a sentence.
fn member_named(view: &dyn View, room: Id, mut name: &str) -> Result<Option<Id>> {
    loop {
        if let Some(user) = USERNAMES.get(view, name)? {
            return Ok(MEMBERS.has(view, (room, user))?.then_some(user));
        }
        match name.strip_suffix(['.', '-', '_']) {
            Some(shorter) if !shorter.is_empty() => name = shorter,
            _ => return Ok(None),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::names;

    /// Counted in signs, not in seconds: no sign is read twice.
    #[test]
    fn s40_a_long_text_is_read_once() {
        for text in ["@", "@a", "@a ", "@room ", "@a-", "@\u{301}", "@@a", "a@a@", "@.-_"] {
            let long = text.repeat(64 * 1024 / text.len());
            let read: usize = names(&long).map(|name| name.len() + 1).sum();
            assert!(read <= long.len(), "{text}: {read} of {}", long.len());
        }
    }

    #[test]
    fn names_begin_words_and_end_at_punctuation() {
        let found = |text| names(text).collect::<Vec<_>>();
        assert_eq!(found("@ada, and (@bob.b) look"), ["ada", "bob.b"]);
        assert_eq!(found("mail ada@example.org"), [""; 0]);
        assert_eq!(found("@@ada @ é@ada"), [""; 0]);
        assert_eq!(found("@Ada."), ["Ada."]);
    }
}
