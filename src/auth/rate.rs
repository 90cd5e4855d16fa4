//! How often somebody may do something: a bucket per person or address, in memory (S35).
use crate::error::{self, Refusal};
use std::collections::HashMap;
use std::hash::Hash;
use std::sync::{Mutex, MutexGuard};
use std::time::{Duration, Instant};

/// Buckets that drip one drop each `period` and hold `burst` of them (GCRA: each remembers when it would be empty).
pub struct Rate<K> {
    state: Mutex<State<K>>,
}

struct State<K> {
    period: Duration,
    burst: u32,
    empty_at: HashMap<K, Instant>,
}

/// Buckets kept before those that are empty again are forgotten.
const FORGET_OVER: usize = 10_000;

impl<K: Hash + Eq> Rate<K> {
    /// `count` per `window`, `burst` of them at once. 0 is no limit.
    pub fn new(count: u64, window: Duration, burst: u64) -> Self {
        let rate = Rate { state: Mutex::new(State { period: Duration::ZERO, burst: 1, empty_at: HashMap::new() }) };
        rate.adjust(count, window, burst);
        rate
    }

    /// The same, from now on.
    pub fn adjust(&self, count: u64, window: Duration, burst: u64) {
        let mut state = self.lock();
        state.period = if count == 0 { Duration::ZERO } else { window.div_f64(count as f64) };
        state.burst = burst.clamp(1, u32::MAX.into()) as u32;
    }

    /// Takes one, or says when there will be one again.
    pub fn take(&self, key: K, what: &'static str) -> Result<(), Refusal> {
        let mut state = self.lock();
        let State { period, burst, ref mut empty_at } = *state;
        if period.is_zero() {
            return Ok(());
        }
        let now = Instant::now();
        if empty_at.len() > FORGET_OVER {
            empty_at.retain(|_, empty_at| *empty_at > now);
        }
        let empty_at = empty_at.entry(key).or_insert(now);
        let next = (*empty_at).max(now) + period;
        let wait = next.saturating_duration_since(now + period * burst);
        if !wait.is_zero() {
            return Err(error::too_many(what, wait.as_secs_f64().ceil() as u64));
        }
        *empty_at = next;
        Ok(())
    }

    fn lock(&self) -> MutexGuard<'_, State<K>> {
        self.state.lock().expect("nothing panics while it holds this lock")
    }
}

impl<K: Hash + Eq> Default for Rate<K> {
    /// No limit.
    fn default() -> Self {
        Rate::new(0, Duration::ZERO, 1)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_burst_passes_then_it_is_429_and_zero_is_no_limit() {
        let rate = Rate::new(10, Duration::from_secs(3600), 3);
        for _ in 0..3 {
            rate.take(1, "slow").unwrap();
        }
        let refused = rate.take(1, "slow").unwrap_err();
        assert_eq!((refused.status, refused.retry_after_secs), (429, Some(360)));
        rate.take(2, "slow").unwrap();
        let free = Rate::new(0, Duration::from_secs(1), 1);
        assert!((0..1000).all(|_| free.take(1, "").is_ok()));
        // A limit that is raised counts at once, and so does one that comes.
        rate.adjust(0, Duration::ZERO, 1);
        rate.take(1, "slow").unwrap();
        free.adjust(10, Duration::from_secs(3600), 1);
        free.take(1, "").unwrap();
        assert_eq!(free.take(1, "").unwrap_err().status, 429);
    }
}
