//! The emoji that people put under a message.
use super::{message, permission};
use crate::emoji;
use crate::error::{self, Result};
use crate::event::{Audience, Event, MessageView, Reacted};
use crate::id::Id;
use crate::limits;
use crate::row::{Log, Reaction};
use crate::store::tables::REACTIONS;
use crate::store::{Change, View};

/// An emoji in its one spelling. Asked before the writer is.
pub fn emoji(asked: &str) -> Result<&'static str> {
    emoji::one(asked).ok_or_else(|| error::invalid("emoji", "A reaction is one emoji.").into())
}

/// Puts an emoji under a message. A second time changes nothing.
pub fn add(change: &mut Change, user: Id, room: Id, id: Id, emoji: &str) -> Result<MessageView> {
    permission::member(change, room, user)?.not_archived()?;
    let row = message::said(change, room, id)?;
    let mut reactions = of(change, room, id)?;
    let different = reactions.len();
    match reactions.iter_mut().find(|reaction| reaction.emoji == emoji) {
        Some(reaction) if reaction.users.contains(&user) => return message::view(change, room, id, row),
        Some(reaction) if reaction.users.len() >= limits::REACTION_USERS_MAX => {
            return Err(error::conflict("too_many_reactions", "This emoji has been given 1,000 times here.").into());
        }
        Some(reaction) => reaction.users.push(user),
        None if different >= limits::REACTIONS_MAX => {
            let detail = "A message has at most 20 different emoji. Choose one of those that are there.";
            return Err(error::conflict("too_many_reactions", detail).into());
        }
        None => reactions.push(Reaction { emoji: emoji.to_owned(), users: vec![user] }),
    }
    REACTIONS.put(change, (room, id), &reactions)?;
    let emoji = emoji.to_owned();
    let log = Log::ReactionAdded { message: id, emoji: emoji.clone(), user };
    change.announce(Audience::Room(room), &log, Event::ReactionAdded(Reacted { room, message: id, emoji, user }))?;
    message::view(change, room, id, row)
}

/// Takes one's emoji away again.
pub fn remove(change: &mut Change, user: Id, room: Id, id: Id, emoji: &str) -> Result<()> {
    permission::member(change, room, user)?.not_archived()?;
    message::said(change, room, id)?;
    let mut reactions = of(change, room, id)?;
    let Some(reaction) = reactions.iter_mut().find(|reaction| reaction.emoji == emoji) else { return Ok(()) };
    let Some(at) = reaction.users.iter().position(|one| *one == user) else { return Ok(()) };
    reaction.users.remove(at);
    reactions.retain(|reaction| !reaction.users.is_empty());
    if reactions.is_empty() {
        REACTIONS.remove(change, (room, id))?;
    } else {
        REACTIONS.put(change, (room, id), &reactions)?;
    }
    let emoji = emoji.to_owned();
    let log = Log::ReactionRemoved { message: id, emoji: emoji.clone(), user };
    change.announce(Audience::Room(room), &log, Event::ReactionRemoved(Reacted { room, message: id, emoji, user }))?;
    Ok(())
}

/// The emoji under a message, the oldest first.
pub fn of(view: &dyn View, room: Id, message: Id) -> Result<Vec<Reaction>> {
    Ok(REACTIONS.seen(view, (room, message))?.unwrap_or_default())
}

/// Whether somebody's emoji is there.
pub fn has(view: &dyn View, room: Id, message: Id, emoji: &str, user: Id) -> Result<bool> {
    let reactions = of(view, room, message)?;
    Ok(reactions.iter().any(|reaction| reaction.emoji == emoji && reaction.users.contains(&user)))
}

/// Forgets what is under a message that goes.
pub fn forget(change: &mut Change, room: Id, message: Id) -> Result<()> {
    REACTIONS.remove(change, (room, message)).map(drop)
}

#[cfg(test)]
mod tests {
    use super::emoji;

    #[test]
    fn an_emoji_has_one_spelling_and_words_are_none() {
        // A heart, with and without the mark that asks for colour.
        assert_eq!(emoji("❤").unwrap(), emoji("❤️").unwrap());
        assert_eq!(emoji("👍🏽").unwrap(), "👍🏽");
        for bad in ["", "a", "👍👍", "thumbs up", ":+1:", "1"] {
            assert!(emoji(bad).is_err(), "{bad:?}");
        }
    }
}
