//! Which message a client's nonce made, for a day: a table that appends, and filters in memory that spare its look-ups.
//!
//! A nonce is random, so a table keyed by it dirties a page for each message (measured: 36 k/s instead of 51 k/s). Its
//! key begins with the bucket of ids that its message falls in, so that a batch stays on a few pages. Whether an older
//! bucket holds a nonce is asked of a Bloom filter first; filters are made one at a time, as they are missed.
use super::tables::{HOURS, NONCES};
use super::view::{Direction, View};
use super::writer::Change;
use crate::clock::Millis;
use crate::error::Result;
use crate::id::Id;
use crate::limits;
use crate::row::NoncePlace;
use fastbloom::BloomFilter;
use sha2::{Digest, Sha256};
use std::cell::{Cell, RefCell};
use std::collections::BTreeMap;

#[derive(Default)]
pub struct Nonces {
    filters: RefCell<BTreeMap<u64, BloomFilter>>,
    /// The hour for which the oldest bucket was looked up, and that bucket.
    oldest: Cell<(u64, u64)>,
}

/// One of this in a thousand look-ups of an absent nonce goes to the table for nothing.
const FALSE_POSITIVES: f64 = 0.001;

/// Where the message with this nonce is, if there was one in the last day. A hash is no proof: who asks compares.
pub fn find(change: &Change, user: Id, room: Id, nonce: &str) -> Result<Option<NoncePlace>> {
    let nonces = change.nonces();
    let hash = hash(user, room, nonce);
    let oldest = oldest_bucket(nonces, change, change.now)?;
    let newest = change.newest_id() >> limits::NONCE_BUCKET_BITS;
    let mut may_build = true;
    for bucket in (oldest..=newest).rev() {
        let known = nonces.filters.borrow().get(&bucket).map(|filter| filter.contains(&hash));
        match known {
            Some(false) => continue,
            Some(true) => {}
            None if may_build => {
                may_build = false;
                build(nonces, change, bucket)?;
            }
            None => {}
        }
        if let Some(place) = NONCES.get(change, (bucket, hash))? {
            return Ok(Some(place));
        }
    }
    Ok(None)
}

/// Keeps the nonce of `message`, an id made in this change.
pub fn remember(change: &mut Change, user: Id, room: Id, nonce: &str, message: Id) -> Result<()> {
    let hash = hash(user, room, nonce);
    let bucket = message >> limits::NONCE_BUCKET_BITS;
    NONCES.put(change, (bucket, hash), &NoncePlace { room, message })?;
    let nonces = change.nonces();
    if !nonces.filters.borrow().contains_key(&bucket) {
        build(nonces, change, bucket)?;
    }
    if let Some(filter) = nonces.filters.borrow_mut().get_mut(&bucket) {
        filter.insert(&hash);
    }
    Ok(())
}

/// The first bucket that may hold a nonce younger than a day.
pub fn oldest_bucket(nonces: &Nonces, view: &dyn View, now: Millis) -> Result<u64> {
    let hour = now / limits::HOUR_MS;
    if nonces.oldest.get().0 != hour {
        let bucket = last_id_before(view, now.saturating_sub(limits::NONCE_LIFE_MS))? >> limits::NONCE_BUCKET_BITS;
        let mut filters = nonces.filters.borrow_mut();
        *filters = filters.split_off(&bucket);
        nonces.oldest.set((hour, bucket));
    }
    Ok(nonces.oldest.get().1)
}

/// An id such that all up to it are older than `time`; 0 if nothing is known to be.
pub fn last_id_before(view: &dyn View, time: Millis) -> Result<Id> {
    let mut id = 0;
    HOURS.walk(view, ..=time / limits::HOUR_MS, Direction::Down, |_, last| {
        id = last;
        Ok(false)
    })?;
    Ok(id)
}

fn build(nonces: &Nonces, view: &dyn View, bucket: u64) -> Result<()> {
    let per_bucket = 1 << (limits::NONCE_BUCKET_BITS - 1);
    // The hasher needs no secret: a false positive costs one look-up.
    let mut filter = BloomFilter::with_false_pos(FALSE_POSITIVES).seed(&0).expected_items(per_bucket);
    NONCES.walk_bytes(view, (bucket, 0)..=(bucket, u64::MAX), Direction::Up, |(_, hash), _| {
        filter.insert(&hash);
        Ok(true)
    })?;
    nonces.filters.borrow_mut().insert(bucket, filter);
    Ok(())
}

fn hash(user: Id, room: Id, nonce: &str) -> u64 {
    let digest =
        Sha256::new().chain_update(user.to_be_bytes()).chain_update(room.to_be_bytes()).chain_update(nonce).finalize();
    u64::from_be_bytes(digest[..8].try_into().expect("a SHA-256 has 32 bytes"))
}
