//! How often somebody may do something: a bucket per person or address, in memory (S35).
use crate::error::{self, Refusal};
use std::collections::HashMap;
use std::hash::Hash;
use std::sync::Mutex;
use std::time::{Duration, Instant};

/// Buckets that drip one drop each `period` and hold `burst` of them (GCRA: each remembers when it would be empty).
pub struct Rate<K> {
    period: Duration,
    burst: u32,
    empty_at: Mutex<HashMap<K, Instant>>,
}

/// Buckets kept before those that are empty again are forgotten.
const FORGET_OVER: usize = 10_000;

impl<K: Hash + Eq> Rate<K> {
    /// `count` per `window`, `burst` of them at once. 0 is no limit.
    pub fn new(count: u64, window: Duration, burst: u64) -> Self {
        let period = if count == 0 { Duration::ZERO } else { window.div_f64(count as f64) };
        Rate { period, burst: burst.clamp(1, u32::MAX.into()) as u32, empty_at: Mutex::new(HashMap::new()) }
    }

    /// Takes one, or says when there will be one again.
    pub fn take(&self, key: K, what: &'static str) -> Result<(), Refusal> {
        if self.period.is_zero() {
            return Ok(());
        }
        let now = Instant::now();
        let mut buckets = self.empty_at.lock().expect("nothing panics while it holds this lock");
        if buckets.len() > FORGET_OVER {
            buckets.retain(|_, empty_at| *empty_at > now);
        }
        let empty_at = buckets.entry(key).or_insert(now);
        let next = (*empty_at).max(now) + self.period;
        let wait = next.saturating_duration_since(now + self.period * self.burst);
        if !wait.is_zero() {
            return Err(error::too_many(what, wait.as_secs_f64().ceil() as u64));
        }
        *empty_at = next;
        Ok(())
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
    }
}
