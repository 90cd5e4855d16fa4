//! The brake on guessing passwords: per account and address, per known browser, and per address; kept on disk, so that a restart frees nobody.
use crate::clock::Millis;
use crate::error::{self, Result};
use crate::id::SecretHash;
use crate::limits;
use crate::row::Failures;
use crate::store::tables::FAILURES;
use crate::store::{Change, Direction, View};
use std::net::IpAddr;

/// From where somebody tries: an address, or a browser in which this account was signed in before.
#[derive(Debug, Clone, Copy)]
pub struct Source {
    pub address: IpAddr,
    pub device: Option<SecretHash>,
}

impl From<IpAddr> for Source {
    fn from(address: IpAddr) -> Self {
        Source { address, device: None }
    }
}

const WINDOW_MS: u64 = 10 * 60 * 1_000;
/// Failures are forgotten after a day without one.
const FORGET_MS: u64 = 24 * limits::HOUR_MS;

/// Lets an attempt through, or says how long to wait. It counts for the address at once; for the account only if it
/// fails. `per_address`: attempts in ten minutes; 0 switches both brakes off.
pub fn attempt(change: &mut Change, account: &str, source: Source, per_address: u64) -> Result<()> {
    if per_address == 0 {
        return Ok(());
    }
    let now = change.now;
    let failures = failures(change, &key(account, source), now)?;
    let free_at = failures.last_at + delay(failures.count);
    if failures.count >= limits::LOGIN_FREE_FAILURES && now < free_at {
        return Err(error::too_many("Too many attempts for this account. Wait a little.", secs(free_at - now)).into());
    }
    // What others do from the same address is not the fault of who is known.
    if source.device.is_some() {
        return Ok(());
    }
    let address_key = format!("i {}", network(source.address));
    let mut window =
        FAILURES.get(change, &address_key)?.filter(|row| now < row.last_at + WINDOW_MS).unwrap_or_default();
    if u64::from(window.count) >= per_address {
        let wait = secs(window.last_at + WINDOW_MS - now);
        return Err(error::too_many("Too many attempts from this address. Wait a little.", wait).into());
    }
    if window.count == 0 {
        window.last_at = now;
    }
    window.count += 1;
    FAILURES.put(change, &address_key, &window)
}

/// The password was wrong.
pub fn failed(change: &mut Change, account: &str, source: Source, per_address: u64) -> Result<()> {
    if per_address == 0 {
        return Ok(());
    }
    let (key, now) = (key(account, source), change.now);
    let mut failures = failures(change, &key, now)?;
    failures.count = failures.count.saturating_add(1);
    failures.last_at = now;
    FAILURES.put(change, &key, &failures)
}

/// The password was right: the account's failures are forgotten.
pub fn succeeded(change: &mut Change, account: &str, source: impl Into<Source>) -> Result<()> {
    let key = key(account, source.into());
    if FAILURES.has(change, &key)? {
        FAILURES.remove(change, &key)?;
    }
    Ok(())
}

/// Forgets what is over.
pub fn prune(change: &mut Change) -> Result<()> {
    let now = change.now;
    let mut old = Vec::new();
    FAILURES.walk(change, .., Direction::Up, |key, row| {
        if now > row.last_at + FORGET_MS {
            old.push(key);
        }
        Ok(old.len() < limits::PRUNE_STEP_ROWS)
    })?;
    for key in &old {
        FAILURES.remove(change, key)?;
    }
    Ok(())
}

/// What follows the failure with this number: nothing for the first five, then 1 s, doubling to 15 minutes (S15).
fn delay(count: u32) -> Millis {
    let doublings = count.saturating_sub(limits::LOGIN_FREE_FAILURES).min(20);
    (limits::LOGIN_DELAY_MS << doublings).min(limits::LOGIN_DELAY_MAX_MS)
}

fn failures(view: &dyn View, key: &str, now: Millis) -> Result<Failures> {
    Ok(FAILURES.get(view, key)?.filter(|row| now < row.last_at + FORGET_MS).unwrap_or_default())
}

/// What of an account and a network is counted together; a known browser is counted alone.
pub fn key(account: &str, source: Source) -> String {
    if let Some(hash) = source.device {
        return hash.iter().fold("d ".to_owned(), |key, byte| key + &format!("{byte:02x}"));
    }
    let account: String = account.to_lowercase().chars().take(*limits::USERNAME_CHARS.end()).collect();
    format!("a {} {account}", network(source.address))
}

/// One customer of a provider: an IPv4 address, or the first half of an IPv6 one.
fn network(address: IpAddr) -> IpAddr {
    match address.to_canonical() {
        IpAddr::V6(address) => IpAddr::V6((u128::from(address) >> 64 << 64).into()),
        address => address,
    }
}

fn secs(ms: Millis) -> u64 {
    ms.div_ceil(1_000)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn s15_delays_double_from_one_second_to_fifteen_minutes() {
        assert_eq!([5, 6, 7, 14, 15, 99].map(delay), [1_000, 2_000, 4_000, 512_000, 900_000, 900_000]);
        let net = |text: &str| network(text.parse().unwrap()).to_string();
        assert_eq!(net("2001:db8:1:2:3::4"), "2001:db8:1:2::");
        assert_eq!(net("::ffff:192.0.2.7"), "192.0.2.7");
    }
}
