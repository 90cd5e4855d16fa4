//! What was seen of proxies since the start, for the operator who wonders whether theirs says what it must.
use std::collections::BTreeSet;
use std::net::IpAddr;
use std::sync::Mutex;
use std::sync::atomic::{AtomicU64, Ordering::Relaxed};

#[derive(Default)]
pub struct Proxies {
    requests: AtomicU64,
    without_for: AtomicU64,
    without_proto: AtomicU64,
    strangers: Mutex<BTreeSet<IpAddr>>,
}

/// The counts at a moment.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Seen {
    /// That trusted proxies passed on, and of them those that lack `X-Forwarded-For` or `X-Forwarded-Proto`.
    pub requests: u64,
    pub without_for: u64,
    pub without_proto: u64,
    /// Neighbours that say they pass on for others, and are not trusted.
    pub strangers: Vec<IpAddr>,
}

/// Neighbours that are kept.
const STRANGERS_MAX: usize = 8;

impl Proxies {
    /// A trusted one passed a request on.
    pub fn passed_on(&self, with_address: bool, with_scheme: bool) {
        self.requests.fetch_add(1, Relaxed);
        self.without_for.fetch_add((!with_address).into(), Relaxed);
        self.without_proto.fetch_add((!with_scheme).into(), Relaxed);
    }

    /// Somebody says that they pass on, whom nobody trusts. Proxies are near; from afar anybody may say so.
    pub fn met(&self, address: IpAddr) {
        let near = match address {
            IpAddr::V4(address) => address.is_loopback() || address.is_private() || address.is_link_local(),
            IpAddr::V6(address) => address.is_loopback() || address.is_unique_local(),
        };
        let mut strangers = self.strangers.lock().expect("nothing panics while it holds this lock");
        if near && strangers.len() < STRANGERS_MAX {
            strangers.insert(address);
        }
    }

    pub fn seen(&self) -> Seen {
        let strangers = self.strangers.lock().expect("nothing panics while it holds this lock");
        Seen {
            requests: self.requests.load(Relaxed),
            without_for: self.without_for.load(Relaxed),
            without_proto: self.without_proto.load(Relaxed),
            strangers: strangers.iter().copied().collect(),
        }
    }
}
