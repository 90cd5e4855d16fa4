//! What is measured while the server runs, for Prometheus (`/metrics`): above all how long people wait.
mod beat;
mod times;

pub use beat::Beat;
pub use times::Times;

use bytes::Bytes;
use prometheus::{
    Gauge, Histogram, HistogramOpts, IntCounter, IntCounterVec, Opts, Registry, TextEncoder, core::Collector,
};
use std::time::Instant;

/// Bounds of the histograms, in seconds: from a lone commit to what everybody notices.
const SECONDS: &[f64] =
    &[0.0005, 0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1.0, 2.0, 5.0, 10.0, 30.0, 60.0];

/// Counts and times of this process. Cheap to add to from anywhere.
pub struct Figures {
    registry: Registry,
    /// From a message's arrival to the word that it is on disk.
    pub send_to_ack: Histogram,
    /// From then until the last connection has it, handed to the system whole.
    pub ack_to_last: Histogram,
    /// From the request for a WebSocket until `hello`, and what was missed, are sent.
    pub connect: Histogram,
    /// From a request's head to its answer's.
    pub request: Histogram,
    /// From a question to what fits, the wait for its turn too.
    pub search: Histogram,
    /// Answers by their first digit.
    requests: IntCounterVec,
    pub messages: IntCounter,
    pub resyncs: IntCounter,
    pub logins: IntCounterVec,
    pub backup_failures: IntCounter,
}

impl Default for Figures {
    fn default() -> Self {
        let registry = Registry::new();
        let histogram = |name, help| {
            let options = HistogramOpts::new(name, help).buckets(SECONDS.to_vec());
            kept(&registry, Histogram::with_opts(options).expect(SOUND))
        };
        let counter = |name, help| kept(&registry, IntCounter::new(name, help).expect(SOUND));
        let counters =
            |name, help, label| kept(&registry, IntCounterVec::new(Opts::new(name, help), &[label]).expect(SOUND));
        Figures {
            send_to_ack: histogram(
                "snug_send_to_ack_seconds",
                "From a message's arrival to the word that it is on disk",
            ),
            ack_to_last: histogram(
                "snug_ack_to_last_delivery_seconds",
                "From then until the last connected member has it",
            ),
            connect: histogram(
                "snug_connect_seconds",
                "From the request for a WebSocket until hello and what was missed are sent",
            ),
            request: histogram("snug_http_request_seconds", "From the head of a request to the head of its answer"),
            search: histogram("snug_search_seconds", "From a question to what fits, the wait for its turn too"),
            requests: counters("snug_http_requests_total", "Answers over HTTP, by the class of their status", "status"),
            messages: counter("snug_messages_sent_total", "Messages taken since the start"),
            resyncs: counter("snug_resyncs_total", "Connections that fell behind and were told to start over"),
            backup_failures: counter(
                "snug_backup_failures_total",
                "Backups that could not be made, or did not stand their check, since the start",
            ),
            logins: counters("snug_logins_total", "Attempts to sign in with a password", "outcome"),
            registry,
        }
    }
}

const SOUND: &str = "names of metrics are constants that are sound and differ";

fn kept<C: Collector + Clone + 'static>(registry: &Registry, collector: C) -> C {
    registry.register(Box::new(collector.clone())).expect(SOUND);
    collector
}

/// What is so at this moment: a name, what it means, and its value.
pub type Now = (&'static str, &'static str, f64);

impl Figures {
    /// Counts an answer.
    pub fn answered(&self, status: u16, since: Instant) {
        let class = ["1xx", "2xx", "3xx", "4xx", "5xx"].get(usize::from(status / 100).wrapping_sub(1));
        self.requests.with_label_values(&[class.unwrap_or(&"5xx")]).inc();
        self.request.observe(since.elapsed().as_secs_f64());
    }

    /// Counts an attempt to sign in.
    pub fn signed_in(&self, good: bool) {
        self.logins.with_label_values(&[if good { "good" } else { "refused" }]).inc();
    }

    /// All of it, and what is so at this moment, in Prometheus's text format 0.0.4.
    pub fn text(&self, now: &[Now]) -> String {
        let moment = Registry::new();
        for (name, help, value) in now {
            kept(&moment, Gauge::new(*name, *help).expect(SOUND)).set(*value);
        }
        let mut families = self.registry.gather();
        families.extend(moment.gather());
        TextEncoder::new().encode_to_string(&families).expect("memory can be written")
    }

    /// A frame that says, when the last who holds it lets go, how long that took.
    pub fn timed(&self, frame: &Bytes, since: Instant) -> Bytes {
        Bytes::from_owner(Timed { frame: frame.clone(), since, to: self.ack_to_last.clone() })
    }
}

struct Timed {
    frame: Bytes,
    since: Instant,
    to: Histogram,
}

impl AsRef<[u8]> for Timed {
    fn as_ref(&self) -> &[u8] {
        &self.frame
    }
}

impl Drop for Timed {
    fn drop(&mut self) {
        self.to.observe(self.since.elapsed().as_secs_f64());
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_frame_is_timed_until_the_last_lets_it_go() {
        let figures = Figures::default();
        let frame = figures.timed(&Bytes::from_static(b"hello"), Instant::now());
        let copies = [frame.clone(), frame.clone()];
        drop(frame);
        assert_eq!((figures.ack_to_last.get_sample_count(), &copies[1][..]), (0, &b"hello"[..]));
        drop(copies);
        assert_eq!(figures.ack_to_last.get_sample_count(), 1);
    }

    #[test]
    fn it_is_said_as_prometheus_reads_it() {
        let figures = Figures::default();
        figures.answered(204, Instant::now());
        figures.answered(503, Instant::now());
        figures.messages.inc();
        let text = figures.text(&[("snug_connections", "Open connections", 3.0)]);
        for line in [
            "# TYPE snug_send_to_ack_seconds histogram",
            "snug_http_requests_total{status=\"2xx\"} 1",
            "snug_http_requests_total{status=\"5xx\"} 1",
            "snug_http_request_seconds_count 2",
            "snug_messages_sent_total 1",
            "# HELP snug_connections Open connections",
            "snug_connections 3",
        ] {
            assert!(text.lines().any(|found| found == line), "{line} is not in\n{text}");
        }
    }
}
