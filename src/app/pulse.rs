//! How the server did lately: a look every few seconds, an hour of them kept in memory, for the charts of its admins.
use super::{App, Process};
use crate::clock::{self, Millis};
use crate::figures::{Beat, Times};
use crate::limits::{PULSE_KEPT, PULSE_PERIOD, PULSE_WINDOW};
use std::collections::VecDeque;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Instant;
use tokio::time::MissedTickBehavior;

#[derive(Default)]
pub struct Pulse {
    /// The oldest first.
    kept: Mutex<VecDeque<Kept>>,
}

struct Kept {
    beat: Beat,
    taken: Instant,
    messages: u64,
    times: Times,
}

impl App {
    /// Looks for ever.
    pub async fn keep_pulse(self: Arc<Self>) {
        let mut ticks = tokio::time::interval(PULSE_PERIOD);
        ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
        loop {
            ticks.tick().await;
            self.beat();
        }
    }

    /// Looks now, and keeps what it saw.
    pub fn beat(&self) {
        let mut kept = self.pulse.lock();
        let seen = self.look(&kept);
        kept.push_back(seen);
        while kept.len() > PULSE_KEPT {
            kept.pop_front();
        }
    }

    /// How it is at this moment.
    pub fn beat_now(&self) -> Beat {
        self.look(&self.pulse.lock()).beat
    }

    /// Those kept that came after a moment, the oldest first.
    pub fn beats(&self, after: Millis) -> Vec<Beat> {
        self.pulse.lock().iter().map(|kept| kept.beat).filter(|beat| beat.at > after).collect()
    }

    fn look(&self, kept: &VecDeque<Kept>) -> Kept {
        let taken = Instant::now();
        let (messages, times) = (self.figures.messages.get(), Times::of(&self.figures.send_to_ack));
        // The youngest that is a minute old; the server's first minute counts from its first look.
        let before = kept.iter().rev().find(|kept| taken - kept.taken >= PULSE_WINDOW).or(kept.front());
        let rate = before.map_or(0.0, |before| {
            let secs = (taken - before.taken).as_secs_f64().max(PULSE_PERIOD.as_secs_f64());
            messages.saturating_sub(before.messages) as f64 * 60.0 / secs
        });
        let took_ms = |part| Some(times.quantile_since(&before?.times, part)? * 1_000.0);
        let beat = Beat {
            at: clock::now(),
            people: self.hub.people(),
            connections: self.hub.connections(),
            messages_per_minute: rate,
            send_p50_ms: took_ms(0.5),
            send_p99_ms: took_ms(0.99),
            resident_bytes: Process::now().resident_bytes,
        };
        Kept { beat, taken, messages, times }
    }
}

impl Pulse {
    fn lock(&self) -> MutexGuard<'_, VecDeque<Kept>> {
        self.kept.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
