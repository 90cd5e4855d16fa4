//! Passkeys (WebAuthn): whose they are, how they come and go. What a device says is checked in `response`.
mod authdata;
mod cbor;
mod challenge;
mod response;

pub use challenge::{Challenge, Challenges, Purpose};
pub use response::{Assertion, Registration};

use super::factor;
use crate::chat::user;
use crate::error::{self, Refusal, Result};
use crate::id::{Id, SecretHash};
use crate::limits;
use crate::row::{Passkey, PasskeyPlace, Recovery};
use crate::store::tables::{PASSKEY_PLACES, PASSKEYS};
use crate::store::{Change, View};
use sha2::{Digest, Sha256};

/// The server as a page of it calls it: passkeys are made for a name, and answered from its origin.
#[derive(Debug, Clone)]
pub struct Site {
    pub host: String,
    pub origin: String,
}

/// What a browser says of a new passkey, and how it shall be called.
#[derive(Debug, Clone)]
pub struct NewPasskey {
    pub checked: Registration,
    pub host: String,
    pub name: String,
}

/// Keeps a new passkey. Whether `fresh` are the person's recovery codes now.
pub fn add(change: &mut Change, user: Id, new: &NewPasskey, fresh: &Recovery) -> Result<(Id, Passkey, bool)> {
    let own = PASSKEYS.list(change, (user, 0)..=(user, u64::MAX), limits::PASSKEYS_MAX)?;
    if own.len() >= limits::PASSKEYS_MAX {
        return Err(error::conflict("too_many_passkeys", "You have 20 passkeys. Remove one first.").into());
    }
    let name = user::line("name", &new.name, limits::PASSKEY_NAME_CHARS_MAX)?;
    let place = place_key(&new.checked.credential);
    if PASSKEY_PLACES.has(change, place)? {
        return Err(error::conflict("passkey_known", "This passkey is known here already.").into());
    }
    let id = change.next_id();
    let checked = &new.checked;
    let row = Passkey {
        credential: checked.credential.clone(),
        key: checked.key.clone(),
        host: new.host.clone(),
        name,
        created_at: change.now,
        last_used_at: None,
        sign_count: checked.sign_count,
        backup_eligible: checked.backup_eligible,
        backed_up: checked.backed_up,
        transports: checked.transports.clone(),
    };
    PASSKEYS.put(change, (user, id), &row)?;
    PASSKEY_PLACES.put(change, place, &PasskeyPlace { user, passkey: id })?;
    let first = factor::supply_recovery(change, user, fresh)?;
    factor::tell(change, user)?;
    Ok((id, row, first))
}

pub fn rename(change: &mut Change, user: Id, id: Id, name: &str) -> Result<Passkey> {
    let mut row = PASSKEYS.get(change, (user, id))?.ok_or_else(error::not_found)?;
    row.name = user::line("name", name, limits::PASSKEY_NAME_CHARS_MAX)?;
    PASSKEYS.put(change, (user, id), &row)?;
    Ok(row)
}

pub fn remove(change: &mut Change, user: Id, id: Id) -> Result<()> {
    let row = PASSKEYS.get(change, (user, id))?.ok_or_else(error::not_found)?;
    PASSKEYS.remove(change, (user, id))?;
    PASSKEY_PLACES.remove(change, place_key(&row.credential))?;
    factor::settle(change, user)
}

/// Whose credential this is, with its row.
pub fn find(view: &dyn View, credential: &[u8]) -> Result<Option<(PasskeyPlace, Passkey)>> {
    let Some(place) = PASSKEY_PLACES.get(view, place_key(credential))? else { return Ok(None) };
    Ok(PASSKEYS.get(view, (place.user, place.passkey))?.map(|row| (place, row)))
}

/// Writes down a use that was checked. One that counts no further than the last is a copy's, and is refused.
pub fn used(change: &mut Change, place: PasskeyPlace, assertion: &Assertion) -> Result<()> {
    let mut row = PASSKEYS.get(change, (place.user, place.passkey))?.ok_or_else(refused)?;
    let counts = row.sign_count > 0 || assertion.sign_count > 0;
    if counts && assertion.sign_count <= row.sign_count {
        tracing::warn!(
            user = place.user,
            passkey = place.passkey,
            "a passkey counted backwards: it may have been copied"
        );
        return Err(refused().into());
    }
    row.sign_count = assertion.sign_count;
    row.backed_up = assertion.backed_up;
    row.last_used_at = Some(change.now);
    PASSKEYS.put(change, (place.user, place.passkey), &row)
}

/// Of everything that may be wrong with a passkey, nothing more is told.
pub fn refused() -> Refusal {
    Refusal::new(401, "passkey_refused", "This passkey does not open anything here.")
}

/// Under which a credential is found.
pub fn place_key(credential: &[u8]) -> SecretHash {
    Sha256::digest(credential).into()
}

/// How people are called towards their devices: as 8 bytes, so that nothing of the person is in it.
pub fn handle(user: Id) -> [u8; 8] {
    user.to_be_bytes()
}
