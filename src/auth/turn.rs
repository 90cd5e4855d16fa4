//! One at a time: attempts on one account from one network wait for each other, so that none slips past the brake and none
//! that is right is refused because others are still being looked at.
use std::collections::HashMap;
use std::sync::{Arc, Mutex};
use tokio::sync::OwnedMutexGuard;

#[derive(Default)]
pub struct Turns {
    waiting: Mutex<HashMap<String, Arc<tokio::sync::Mutex<()>>>>,
}

/// The turn of one attempt; dropping it lets the next one in.
pub struct Turn<'t> {
    turns: &'t Turns,
    key: String,
    guard: Option<OwnedMutexGuard<()>>,
}

impl Turns {
    /// Waits until nobody else has this key's turn.
    pub async fn wait(&self, key: String) -> Turn<'_> {
        let lock = {
            let mut waiting = self.waiting.lock().expect(UNPOISONED);
            if waiting.len() > FORGET_OVER {
                // Who gave up waiting left a lock that nobody holds.
                waiting.retain(|_, lock| Arc::strong_count(lock) > 1);
            }
            waiting.entry(key.clone()).or_default().clone()
        };
        Turn { turns: self, key, guard: Some(lock.lock_owned().await) }
    }
}

impl Drop for Turn<'_> {
    fn drop(&mut self) {
        let mut waiting = self.turns.waiting.lock().expect(UNPOISONED);
        self.guard = None;
        // Who waits holds the lock too; without anybody it is forgotten.
        if waiting.get(&self.key).is_some_and(|lock| Arc::strong_count(lock) == 1) {
            waiting.remove(&self.key);
        }
    }
}

/// Locks kept before those that nobody holds are forgotten.
const FORGET_OVER: usize = 1_000;
const UNPOISONED: &str = "nothing panics while it holds this lock";
