//! Browsers in which somebody was signed in before: their attempts are braked apart, so that nobody who guesses elsewhere
//! can lock a person out (S15). All that such a cookie gives is a brake of its own.
use crate::chat::user;
use crate::error::Result;
use crate::id::{self, Id, SecretHash};
use crate::limits;
use crate::row::Device;
use crate::store::tables::DEVICES;
use crate::store::{Change, Direction, View};

/// The hash of a cookie, if it was given to this account.
pub fn known(view: &dyn View, cookie: &str, account: &str) -> Result<Option<SecretHash>> {
    let hash = id::secret_hash(cookie);
    let Some(row) = DEVICES.get(view, hash)? else { return Ok(None) };
    let owner = user::named(view, account)?.map(|user| user.id);
    Ok((owner == Some(row.user)).then_some(hash))
}

/// Remembers the browser in which somebody signed in: by the cookie that it has, else by a `fresh` one, which it is to be
/// given. Whether it is.
pub fn remember(change: &mut Change, user: Id, cookie: Option<&str>, fresh: &str) -> Result<bool> {
    let row = Device { user, at: change.now };
    if let Some(cookie) = cookie {
        let hash = id::secret_hash(cookie);
        if DEVICES.get(change, hash)?.is_some_and(|row| row.user == user) {
            DEVICES.put(change, hash, &row)?;
            return Ok(false);
        }
    }
    let mut own = Vec::new();
    DEVICES.walk(change, .., Direction::Up, |hash, row| {
        if row.user == user {
            own.push((row.at, hash));
        }
        Ok(true)
    })?;
    if own.len() >= limits::DEVICES_MAX
        && let Some((_, oldest)) = own.into_iter().min()
    {
        DEVICES.remove(change, oldest)?;
    }
    DEVICES.put(change, id::secret_hash(fresh), &row)?;
    Ok(true)
}

/// Forgets those that nobody came with for long.
pub fn prune(change: &mut Change) -> Result<()> {
    let now = change.now;
    let mut old = Vec::new();
    DEVICES.walk(change, .., Direction::Up, |hash, row| {
        if now > row.at + limits::DEVICE_LIFE_MS {
            old.push(hash);
        }
        Ok(old.len() < limits::PRUNE_STEP_ROWS)
    })?;
    for hash in old {
        DEVICES.remove(change, hash)?;
    }
    Ok(())
}
