//! How the server does, and did lately.
use crate::clock::Millis;
use crate::figures::Beat;
use serde::Serialize;

/// What one look saw; what is counted is of the minute before it.
#[derive(Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct Pulse {
    at: Millis,
    people: usize,
    connections: usize,
    messages_per_minute: f64,
    /// From a message's arrival to the word that it is on disk: half were quicker. Null: nobody sent anything.
    send_p50_ms: Option<f64>,
    /// Likewise, for 99 of 100.
    send_p99_ms: Option<f64>,
    /// Memory of the process.
    resident_bytes: u64,
}

impl From<Beat> for Pulse {
    fn from(beat: Beat) -> Self {
        // To a hundredth: more is noise.
        let short = |figure: f64| (figure * 100.0).round() / 100.0;
        Pulse {
            at: beat.at,
            people: beat.people,
            connections: beat.connections,
            messages_per_minute: short(beat.messages_per_minute),
            send_p50_ms: beat.send_p50_ms.map(short),
            send_p99_ms: beat.send_p99_ms.map(short),
            resident_bytes: beat.resident_bytes,
        }
    }
}
