//! What one look at the server saw, for the charts of its admins.
use crate::clock::Millis;

/// What is counted is of the minute before.
#[derive(Debug, Clone, Copy)]
pub struct Beat {
    pub at: Millis,
    pub people: usize,
    pub connections: usize,
    pub messages_per_minute: f64,
    /// None: nobody sent anything.
    pub send_p50_ms: Option<f64>,
    pub send_p99_ms: Option<f64>,
    pub resident_bytes: u64,
}
