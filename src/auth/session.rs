//! Sessions: a random token in the browser, its hash in the store, and all of them in memory to be asked at each request.
use crate::clock::Millis;
use crate::error::{self, Result};
use crate::event::Event;
use crate::id::{self, Id, SecretHash};
use crate::limits;
use crate::row::{self, SessionKind};
use crate::store::tables::SESSIONS;
use crate::store::{Change, Direction, View};
use std::collections::HashMap;
use std::sync::RwLock;
use std::sync::atomic::{AtomicU64, Ordering};

/// The sessions that may ask, as they are on disk. Fed by commits, in their order.
#[derive(Default)]
pub struct Sessions {
    live: RwLock<HashMap<SecretHash, Live>>,
}

struct Live {
    row: row::Session,
    last_used_at: AtomicU64,
}

/// Whose session it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Signed {
    pub user: Id,
    pub session: Id,
    pub key: SecretHash,
}

/// From where somebody signs in.
#[derive(Debug, Clone)]
pub struct Device {
    pub name: String,
    pub address: String,
}

/// Signs somebody in. The token, which is stored nowhere.
pub fn open(change: &mut Change, user: Id, device: &Device, token: &str) -> Result<()> {
    let mut own = of_user(change, user)?;
    if own.len() >= limits::SESSIONS_MAX {
        own.sort_by_key(|(_, session)| session.last_used_at);
        if let Some((oldest, _)) = own.first() {
            end(change, *oldest)?;
        }
    }
    let key = id::secret_hash(token);
    let row = row::Session {
        id: change.next_id(),
        user,
        created_at: change.now,
        last_used_at: change.now,
        device: device.name.clone(),
        address: device.address.clone(),
        kind: SessionKind::Browser,
    };
    SESSIONS.put(change, key, &row)?;
    change.tell_server(Event::SessionOpened { key, session: Box::new(row) });
    Ok(())
}

/// Signs out.
pub fn end(change: &mut Change, key: SecretHash) -> Result<()> {
    if SESSIONS.remove(change, key)? {
        change.tell_server(Event::SessionEnded { key });
    }
    Ok(())
}

/// Signs out one of a person's own sessions by its number.
pub fn end_own(change: &mut Change, user: Id, session: Id) -> Result<()> {
    let own = of_user(change, user)?;
    let (key, _) = own.into_iter().find(|(_, row)| row.id == session).ok_or_else(error::not_found)?;
    end(change, key)
}

/// A person's sessions, newest first.
pub fn of_user(view: &dyn View, user: Id) -> Result<Vec<(SecretHash, row::Session)>> {
    let mut own = Vec::new();
    SESSIONS.walk(view, .., Direction::Up, |key, session| {
        if session.user == user {
            own.push((key, session));
        }
        Ok(true)
    })?;
    own.sort_by_key(|(_, session)| std::cmp::Reverse(session.id));
    Ok(own)
}

/// Ends those that are over, and writes down the last use of the others. Whether there is more to do.
pub fn tidy(change: &mut Change, used: &[(SecretHash, Millis)]) -> Result<()> {
    for (key, last_used_at) in used {
        if let Some(mut row) = SESSIONS.get(change, *key)? {
            row.last_used_at = row.last_used_at.max(*last_used_at);
            SESSIONS.put(change, *key, &row)?;
        }
    }
    let mut over = Vec::new();
    let now = change.now;
    SESSIONS.walk(change, .., Direction::Up, |key, row| {
        if is_over(&row, row.last_used_at, now) {
            over.push(key);
        }
        Ok(over.len() < limits::PRUNE_STEP_ROWS)
    })?;
    over.into_iter().try_for_each(|key| end(change, key))
}

fn is_over(row: &row::Session, last_used_at: Millis, now: Millis) -> bool {
    now > row.created_at + limits::SESSION_LIFE_MS || now > last_used_at + limits::SESSION_IDLE_MS
}

impl Sessions {
    /// Reads them from the store, at the start.
    pub fn load(&self, view: &dyn View) -> Result<()> {
        SESSIONS.walk(view, .., Direction::Up, |key, row| {
            self.opened(key, row);
            Ok(true)
        })
    }

    pub fn opened(&self, key: SecretHash, row: row::Session) {
        let last_used_at = AtomicU64::new(row.last_used_at);
        self.live.write().expect(UNPOISONED).insert(key, Live { row, last_used_at });
    }

    pub fn ended(&self, key: &SecretHash) {
        self.live.write().expect(UNPOISONED).remove(key);
    }

    /// Whose cookie this is, if it is one that may ask now.
    pub fn find(&self, token: &str, now: Millis) -> Option<Signed> {
        let key = id::secret_hash(token);
        let live = self.live.read().expect(UNPOISONED);
        let session = live.get(&key).filter(|session| session.row.kind == SessionKind::Browser)?;
        if is_over(&session.row, session.last_used_at.load(Ordering::Relaxed), now) {
            return None;
        }
        session.last_used_at.fetch_max(now, Ordering::Relaxed);
        Some(Signed { user: session.row.user, session: session.row.id, key })
    }

    /// Whether a session still may ask.
    pub fn is_live(&self, key: &SecretHash) -> bool {
        self.live.read().expect(UNPOISONED).contains_key(key)
    }

    /// Those whose last use is worth writing down.
    pub fn used(&self) -> Vec<(SecretHash, Millis)> {
        let mut live = self.live.write().expect(UNPOISONED);
        let mut used = Vec::new();
        for (key, session) in live.iter_mut() {
            let last_used_at = session.last_used_at.load(Ordering::Relaxed);
            if last_used_at > session.row.last_used_at + limits::SESSION_TOUCH_MS {
                session.row.last_used_at = last_used_at;
                used.push((*key, last_used_at));
            }
        }
        used
    }
}

const UNPOISONED: &str = "nothing panics while it holds this lock";
