//! Whom a text calls: `@ada` a member of the room, `@room` everyone in it.
use crate::error::Result;
use crate::id::Id;
use crate::limits;
use crate::store::tables::{MEMBERS, MENTIONS, USERNAMES};
use crate::store::{Change, Direction, View};

/// The words after `@` that call a room, and so are nobody's username.
pub const RESERVED: [&str; 4] = ["room", "here", "all", "everyone"];

/// Under this user stand the mentions of everyone in a room.
const EVERYONE: Id = 0;

/// Whom a text calls.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Mentions {
    pub users: Vec<Id>,
    pub room: bool,
}

/// Finds whom `text` calls in `room`. Names of others stay plain text and tell nothing (S32).
pub fn find(view: &dyn View, room: Id, text: &str) -> Result<Mentions> {
    let mut found = Mentions::default();
    for name in names(text) {
        let name = name.to_ascii_lowercase();
        if name == "room" {
            found.room = true;
        } else if found.users.len() < limits::MENTIONS_MAX
            && let Some(user) = member_named(view, room, &name)?
            && !found.users.contains(&user)
        {
            found.users.push(user);
        }
    }
    Ok(found)
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

    #[test]
    fn names_begin_words_and_end_at_punctuation() {
        let found = |text| names(text).collect::<Vec<_>>();
        assert_eq!(found("@ada, and (@bob.b) look"), ["ada", "bob.b"]);
        assert_eq!(found("mail ada@example.org"), [""; 0]);
        assert_eq!(found("@@ada @ é@ada"), [""; 0]);
        assert_eq!(found("@Ada."), ["Ada."]);
    }
}
