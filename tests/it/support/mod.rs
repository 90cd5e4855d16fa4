//! A server of one's own, and persons who use it: what the stories are told with.
mod call;
pub mod contract;
pub mod device;
pub mod disk;
mod ear;
pub mod pebble;
mod person;
mod program;
pub mod routes;
pub mod traced;
mod world;

pub use call::{Answer, Door, Line};
pub use ear::{Ear, event, frame, posted, told};
pub use person::Person;
pub use program::Program;
pub use world::{World, trusting};

use std::time::Duration;

/// What has not happened by then does not happen.
pub const DEADLINE: Duration = Duration::from_secs(5);

/// Strong enough for zxcvbn.
pub const PASSWORD: &str = "maple tundra coral ninety";

/// Waits for something that must come.
pub async fn soon<T>(what: &str, coming: impl Future<Output = T>) -> T {
    match tokio::time::timeout(DEADLINE, coming).await {
        Ok(here) => here,
        Err(_) => panic!("{what} did not come within {DEADLINE:?}"),
    }
}

/// Whether the long forms are asked for: `tests/run --full`, or `SNUG_TEST_FULL=1`. Set to nothing it asks for none.
pub fn full() -> bool {
    std::env::var("SNUG_TEST_FULL").is_ok_and(|full| !full.is_empty())
}

/// Numbers that look random and come again with the same seed (splitmix64).
pub struct Dice(pub u64);

impl Dice {
    pub fn below(&mut self, bound: u64) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mixed = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        (mixed ^ (mixed >> 31)) % bound
    }
}
