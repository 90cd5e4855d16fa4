//! The second factor: what of it somebody has, how it comes and goes, and whether what they show is right (S19).
use super::totp;
use crate::chat::permission::Asker;
use crate::chat::user;
use crate::clock::Millis;
use crate::error::{self, Refusal, Result};
use crate::event::Event;
use crate::id::Id;
use crate::limits;
use crate::row::{Coming, Factors, Passkey, Recovery, Totp};
use crate::store::tables::{FACTORS, PASSKEY_PLACES, PASSKEYS};
use crate::store::{Change, View};

/// What somebody has beside a password.
#[derive(Debug, Clone, Default)]
pub struct Standing {
    pub totp: bool,
    pub recovery_left: usize,
    pub passkeys: Vec<(Id, Passkey)>,
}

impl Standing {
    /// Whether a password alone does not let them in.
    pub fn any(&self) -> bool {
        self.totp || !self.passkeys.is_empty()
    }

    /// With what they may go on at the server's name `host`, the best first.
    pub fn methods(&self, host: Option<&str>) -> Vec<&'static str> {
        let here = self.passkeys.iter().any(|(_, passkey)| Some(passkey.host.as_str()) == host);
        let all = [("passkey", here), ("totp", self.totp), ("recovery", self.recovery_left > 0)];
        all.into_iter().filter(|(_, has)| *has).map(|(name, _)| name).collect()
    }
}

pub fn of(view: &dyn View, user: Id) -> Result<Standing> {
    let factors = FACTORS.get(view, user)?.unwrap_or_default();
    Ok(Standing {
        totp: factors.totp.is_some(),
        recovery_left: factors.recovery.map_or(0, |recovery| recovery.left.len()),
        passkeys: PASSKEYS
            .list(view, (user, 0)..=(user, u64::MAX), limits::PASSKEYS_MAX)?
            .into_iter()
            .map(|((_, id), row)| (id, row))
            .collect(),
    })
}

/// The recovery codes that somebody has, to compare one with them outside of a change: that is slow.
pub fn recovery(view: &dyn View, user: Id) -> Result<Option<Recovery>> {
    Ok(FACTORS.get(view, user)?.and_then(|factors| factors.recovery))
}

/// Keeps a secret that an app is about to learn; it counts once a code proves that the app has it.
pub fn begin_totp(change: &mut Change, user: Id, secret: &[u8]) -> Result<()> {
    let mut factors = FACTORS.get(change, user)?.unwrap_or_default();
    if factors.totp.is_some() {
        return Err(error::conflict("totp_on", "An app makes codes for you already. Remove it first.").into());
    }
    factors.coming = Some(Coming { secret: secret.to_vec(), at: change.now });
    FACTORS.put(change, user, &factors)
}

/// From now on a code is asked for at each sign-in. Whether `fresh` are their recovery codes now: who has some keeps them.
pub fn confirm_totp(change: &mut Change, user: Id, code: &str, fresh: &Recovery) -> Result<bool> {
    let mut factors = FACTORS.get(change, user)?.unwrap_or_default();
    let young = |coming: &Coming| change.now < coming.at + limits::TOTP_CONFIRM_MS;
    let Some(coming) = factors.coming.take().filter(young) else {
        return Err(Refusal::new(409, "totp_not_begun", "Begin anew: this took too long.").into());
    };
    let last_step = totp::step_of(code, &coming.secret, change.now, 0).ok_or_else(|| wrong_code(422))?;
    factors.totp = Some(Totp { secret: coming.secret, since: change.now, last_step });
    let first = supply(&mut factors, fresh);
    FACTORS.put(change, user, &factors)?;
    tell(change, user)?;
    Ok(first)
}

/// The app's codes no longer count.
pub fn remove_totp(change: &mut Change, user: Id) -> Result<()> {
    let mut factors = FACTORS.get(change, user)?.unwrap_or_default();
    if factors.totp.take().is_none() {
        return Err(error::not_found().into());
    }
    FACTORS.put(change, user, &factors)?;
    settle(change, user)
}

/// Ten new recovery codes; the old ones die.
pub fn renew_recovery(change: &mut Change, user: Id, fresh: &Recovery) -> Result<()> {
    if !of(change, user)?.any() {
        let detail = "Recovery codes stand in for a second factor. Add one first.";
        return Err(error::conflict("no_second_factor", detail).into());
    }
    let mut factors = FACTORS.get(change, user)?.unwrap_or_default();
    factors.recovery = Some(fresh.clone());
    FACTORS.put(change, user, &factors)
}

/// Gives recovery codes to who has their first factor now, unless they have some. Whether it did.
pub fn supply_recovery(change: &mut Change, user: Id, fresh: &Recovery) -> Result<bool> {
    let mut factors = FACTORS.get(change, user)?.unwrap_or_default();
    let first = supply(&mut factors, fresh);
    FACTORS.put(change, user, &factors)?;
    Ok(first)
}

/// How a code was right.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Shown {
    Totp,
    Recovery,
}

/// Uses up what somebody shows: what their app says now, or a recovery code by its hash.
pub fn use_code(change: &mut Change, user: Id, code: &str, hashed: Option<[u8; 32]>) -> Result<Shown> {
    let mut factors = FACTORS.get(change, user)?.unwrap_or_default();
    let now = change.now;
    let step = factors.totp.as_mut().and_then(|totp| {
        let step = totp::step_of(code.trim(), &totp.secret, now, totp.last_step)?;
        totp.last_step = step;
        Some(())
    });
    let used = factors.recovery.as_mut().and_then(|recovery| {
        let place = recovery.left.iter().position(|left| Some(*left) == hashed)?;
        recovery.left.remove(place);
        Some(())
    });
    let shown = match (step, used) {
        (Some(()), _) => Shown::Totp,
        (None, Some(())) => Shown::Recovery,
        (None, None) => return Err(wrong_code(401).into()),
    };
    FACTORS.put(change, user, &factors)?;
    Ok(shown)
}

/// Takes all of it away, from somebody whom `asker` may manage: for who lost their device and the codes.
pub fn remove_all(change: &mut Change, asker: Asker, user: Id) -> Result<()> {
    user::manageable(change, asker, user)?;
    forget_all(change, user)
}

/// Forgets what somebody had.
pub fn forget_all(change: &mut Change, user: Id) -> Result<()> {
    for (id, passkey) in of(change, user)?.passkeys {
        PASSKEYS.remove(change, (user, id))?;
        PASSKEY_PLACES.remove(change, super::passkey::place_key(&passkey.credential))?;
    }
    FACTORS.remove(change, user)?;
    tell(change, user)
}

/// After something was taken away: who has no factor any more has no use for recovery codes.
pub fn settle(change: &mut Change, user: Id) -> Result<()> {
    if !of(change, user)?.any() {
        FACTORS.remove(change, user)?;
    }
    tell(change, user)
}

/// Tells the server whether somebody has a second factor.
pub fn tell(change: &mut Change, user: Id) -> Result<()> {
    let any = of(change, user)?.any();
    change.tell_server(Event::FactorsChanged { user, any });
    Ok(())
}

/// When the answer to a wrong code is 401, a way in stays shut; 422 is for a code that only confirms.
fn wrong_code(status: u16) -> Refusal {
    Refusal::new(status, "wrong_code", "This code is wrong, or was used already. Try the next one.").field("code")
}

/// The refusal of who showed a password where it is not enough.
pub fn code_needed(methods: Vec<&'static str>) -> Refusal {
    let mut refusal =
        Refusal::new(401, "code_needed", "Show your second factor too: a code, or a passkey.").field("code");
    refusal.methods = methods;
    refusal
}

fn supply(factors: &mut Factors, fresh: &Recovery) -> bool {
    let none = factors.recovery.as_ref().is_none_or(|recovery| recovery.left.is_empty());
    if none {
        factors.recovery = Some(fresh.clone());
    }
    none
}

/// When somebody's present code was shown for the first time, for those who look after accounts.
pub fn since(view: &dyn View, user: Id) -> Result<Option<Millis>> {
    Ok(FACTORS.get(view, user)?.and_then(|factors| factors.totp).map(|totp| totp.since))
}
