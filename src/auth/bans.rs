//! The addresses that are kept out, in memory to be asked at each request. Fed by commits, in their order.
use crate::clock::Millis;
use crate::config::Net;
use crate::error::Result;
use crate::id::Id;
use crate::store::View;
use crate::store::tables::BANS;
use std::net::IpAddr;
use std::sync::RwLock;
use tokio::sync::watch;

pub struct Bans {
    kept: RwLock<Vec<Kept>>,
    /// Rung at each new ban, for connections that are open already.
    added: watch::Sender<()>,
}

struct Kept {
    id: Id,
    nets: Vec<Net>,
    expires_at: Option<Millis>,
}

impl Bans {
    /// Reads them from the store, at the start.
    pub fn load(&self, view: &dyn View) -> Result<()> {
        BANS.walk(view, .., crate::store::Direction::Up, |id, row| {
            self.added(id, &row.nets, row.expires_at);
            Ok(true)
        })
    }

    pub fn added(&self, id: Id, nets: &[String], expires_at: Option<Millis>) {
        let nets: Vec<Net> = nets.iter().filter_map(|net| net.parse().ok()).collect();
        if !nets.is_empty() {
            self.kept.write().expect(UNPOISONED).push(Kept { id, nets, expires_at });
            self.added.send_replace(());
        }
    }

    pub fn lifted(&self, id: Id) {
        self.kept.write().expect(UNPOISONED).retain(|kept| kept.id != id);
    }

    /// Whether an address is kept out now.
    pub fn hit(&self, address: IpAddr, now: Millis) -> bool {
        let kept = self.kept.read().expect(UNPOISONED);
        kept.iter()
            .any(|kept| kept.expires_at.is_none_or(|at| now < at) && kept.nets.iter().any(|net| net.contains(address)))
    }

    /// Tells of each new one from now on.
    pub fn watch(&self) -> watch::Receiver<()> {
        self.added.subscribe()
    }
}

impl Default for Bans {
    fn default() -> Self {
        Bans { kept: RwLock::default(), added: watch::channel(()).0 }
    }
}

const UNPOISONED: &str = "nothing panics while it holds this lock";
