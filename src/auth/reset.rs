//! A one-time link to a new password, for who forgot theirs; no mail is needed (S18).
use super::factor;
use crate::chat::permission::Asker;
use crate::chat::user;
use crate::clock::Millis;
use crate::error::{self, Refusal, Result};
use crate::event::UserView;
use crate::id::{self, Id};
use crate::limits;
use crate::row::{self, Role};
use crate::store::tables::{RESET_NOTES, RESETS};
use crate::store::{Change, Direction, View};

/// Makes a link's code valid for a person. An earlier one dies.
pub fn create(change: &mut Change, asker: Asker, user: Id, code: &str, factors: bool) -> Result<Millis> {
    if user::manageable(change, asker, user)?.row.role == Role::Bot {
        return Err(error::conflict("bot", "A bot has no password: it has keys.").into());
    }
    forget(change, |row| row.user == user)?;
    let expires_at = change.now + limits::RESET_LIFE_MS;
    RESETS.put(change, id::secret_hash(code), &row::Reset { user, expires_at, factors })?;
    Ok(expires_at)
}

/// Whose code this is.
pub fn find(view: &dyn View, code: &str, now: Millis) -> Result<UserView> {
    match RESETS.get(view, id::secret_hash(code))? {
        Some(row) if now < row.expires_at => user::find(view, row.user),
        _ => Err(Refusal::new(404, "reset_gone", "This link no longer works. Ask for a new one.").into()),
    }
}

/// Uses a code: the password is set, every session ends.
pub fn consume(change: &mut Change, code: &str, hash: &str) -> Result<UserView> {
    let user = find(change, code, change.now)?;
    let key = id::secret_hash(code);
    let row = RESETS.need(change, key)?;
    RESETS.remove(change, key)?;
    if row.factors {
        factor::forget_all(change, user.id)?;
    }
    user::set_password(change, user.id, hash, None)?;
    Ok(user)
}

/// Remembers that a password was set anew, until its person signs in: then they are told, in case it was not they (ASVS 6.3.7).
pub fn put_note(change: &mut Change, user: Id, address: Option<String>) -> Result<()> {
    let at = change.now;
    RESET_NOTES.put(change, user, &row::ResetNote { at, address })
}

/// What there is to tell, this once.
pub fn take_note(change: &mut Change, user: Id) -> Result<Option<row::ResetNote>> {
    let note = RESET_NOTES.get(change, user)?;
    if note.is_some() {
        RESET_NOTES.remove(change, user)?;
    }
    Ok(note)
}

/// Forgets those that are over.
pub fn prune(change: &mut Change) -> Result<()> {
    let now = change.now;
    forget(change, |row| now >= row.expires_at)
}

fn forget(change: &mut Change, which: impl Fn(&row::Reset) -> bool) -> Result<()> {
    let mut keys = Vec::new();
    RESETS.walk(change, .., Direction::Up, |key, row| {
        if which(&row) {
            keys.push(key);
        }
        Ok(true)
    })?;
    for key in keys {
        RESETS.remove(change, key)?;
    }
    Ok(())
}
