//! How many sockets a person has: a seat is taken before the upgrade and given back when the connection is gone.
use crate::id::Id;
use std::collections::HashMap;
use std::sync::{Arc, Mutex};

#[derive(Default)]
pub struct Seats {
    taken: Mutex<HashMap<Id, u64>>,
}

/// One socket of a person; dropping it frees the place.
pub struct Seat {
    seats: Arc<Seats>,
    user: Id,
}

impl Seats {
    /// A seat, unless the person has `max` already (0: no limit).
    pub fn take(self: &Arc<Self>, user: Id, max: u64) -> Option<Seat> {
        let mut taken = self.taken.lock().expect("nothing panics while it holds this lock");
        let count = taken.entry(user).or_default();
        if max > 0 && *count >= max {
            return None;
        }
        *count += 1;
        Some(Seat { seats: self.clone(), user })
    }
}

impl Drop for Seat {
    fn drop(&mut self) {
        let mut taken = self.seats.taken.lock().expect("nothing panics while it holds this lock");
        if let Some(count) = taken.get_mut(&self.user) {
            *count -= 1;
            if *count == 0 {
                taken.remove(&self.user);
            }
        }
    }
}
