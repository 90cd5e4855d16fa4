//! Sessions: a random token in the browser, or what an API client renews its tokens with; its hash in the store, and all
//! of them in memory to be asked at each request.
use crate::clock::Millis;
use crate::error::{self, Refusal, Result};
use crate::event::Event;
use crate::id::{self, Id, SecretHash};
use crate::limits;
use crate::row::{self, Grant, Scopes, SessionKind};
use crate::store::tables::SESSIONS;
use crate::store::{Change, Direction, View};
use std::collections::{BTreeMap, HashMap};
use std::sync::RwLock;
use std::sync::atomic::{AtomicU64, Ordering};

/// The sessions that may ask, as they are on disk. Fed by commits, in their order.
#[derive(Default)]
pub struct Sessions {
    live: RwLock<Table>,
}

#[derive(Default)]
struct Table {
    rows: HashMap<SecretHash, Live>,
    /// Those of API clients, whose tokens name them by number.
    named: HashMap<Id, SecretHash>,
    /// Those that have another cookie than their first, by the hash of it.
    renewed: HashMap<SecretHash, SecretHash>,
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

/// A session and the key under which it is kept.
pub type Listed = (SecretHash, row::Session);

/// From where somebody signs in.
#[derive(Debug, Clone)]
pub struct Device {
    pub name: String,
    pub address: String,
}

/// What became of a refresh token.
pub enum Renewal {
    /// It was good, and the next one takes its place.
    Done(row::Session),
    /// It was used before: somebody has a copy, so that the whole session ended.
    Reused(row::Session),
}

/// Signs somebody in with a browser. The token is stored nowhere.
pub fn open(change: &mut Change, user: Id, device: &Device, token: &str) -> Result<()> {
    begin(change, user, device, id::secret_hash(token), SessionKind::Browser).map(drop)
}

/// Signs an API client in. `family` is the hash of what all its refresh tokens have in common.
pub fn open_api(
    change: &mut Change,
    user: Id,
    device: &Device,
    family: SecretHash,
    grant: Grant,
) -> Result<row::Session> {
    begin(change, user, device, family, SessionKind::Api(grant))
}

/// Takes a refresh token for the next one. None: there is no such session.
pub fn renew(
    change: &mut Change,
    family: SecretHash,
    shown: SecretHash,
    next: SecretHash,
    asked: Option<Scopes>,
) -> Result<Option<Renewal>> {
    let now = change.now;
    let Some(mut row) = SESSIONS.get(change, family)? else { return Ok(None) };
    if is_over(&row, row.last_used_at, now) {
        return Ok(None);
    }
    let SessionKind::Api(grant) = &mut row.kind else { return Ok(None) };
    let is_lost_answer =
        grant.before.is_some_and(|(before, used_at)| before == shown && now <= used_at + limits::REFRESH_GRACE_MS);
    if grant.refresh == shown {
        grant.before = Some((shown, now));
    } else if !is_lost_answer {
        end(change, family)?;
        return Ok(Some(Renewal::Reused(row)));
    }
    if asked.is_some_and(|asked| !grant.scopes.hold(asked)) {
        return Err(Refusal::new(400, "invalid_scope", "A token is renewed for what it was given for, or less.").into());
    }
    // The one that was given in a lost answer is void from now on: who comes with it has it from elsewhere.
    grant.refresh = next;
    row.last_used_at = now;
    SESSIONS.put(change, family, &row)?;
    change.tell_server(Event::SessionOpened { key: family, session: Box::new(row.clone()) });
    Ok(Some(Renewal::Done(row)))
}

/// Gives a browser's session another cookie: the one before it is worth nothing from now on (S20). Whether it is a browser's.
pub fn renew_cookie(change: &mut Change, key: SecretHash, token: &str) -> Result<bool> {
    let mut row = SESSIONS.get(change, key)?.ok_or_else(error::not_signed_in)?;
    if row.kind.is_api() {
        return Ok(false);
    }
    row.kind = SessionKind::Renewed(id::secret_hash(token));
    row.last_used_at = change.now;
    SESSIONS.put(change, key, &row)?;
    change.tell_server(Event::SessionOpened { key, session: Box::new(row) });
    Ok(true)
}

fn begin(change: &mut Change, user: Id, device: &Device, key: SecretHash, kind: SessionKind) -> Result<row::Session> {
    let mut own = of_user(change, user)?;
    // A script that signs in anew each time must not sign its person's browsers out.
    own.retain(|(_, session)| session.kind.is_api() == kind.is_api());
    if own.len() >= limits::SESSIONS_MAX {
        own.sort_by_key(|(_, session)| session.last_used_at);
        if let Some((oldest, _)) = own.first() {
            end(change, *oldest)?;
        }
    }
    let row = row::Session {
        id: change.next_id(),
        user,
        created_at: change.now,
        last_used_at: change.now,
        device: device.name.clone(),
        address: device.address.clone(),
        kind,
    };
    SESSIONS.put(change, key, &row)?;
    change.tell_server(Event::SessionOpened { key, session: Box::new(row.clone()) });
    Ok(row)
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

/// Everybody's whose person fits, the newest first, below the number `before`; and where the next page begins.
pub fn page(
    view: &dyn View,
    mut fits: impl FnMut(Id) -> Result<bool>,
    before: Id,
    limit: usize,
) -> Result<(Vec<Listed>, Option<Id>)> {
    let mut newest: BTreeMap<Id, Listed> = BTreeMap::new();
    SESSIONS.walk(view, .., Direction::Up, |key, session| {
        if session.id < before && fits(session.user)? {
            newest.insert(session.id, (key, session));
            if newest.len() > limit + 1 {
                newest.pop_first();
            }
        }
        Ok(true)
    })?;
    let more = newest.len() > limit;
    let sessions: Vec<_> = newest.into_values().rev().take(limit).collect();
    let next = sessions.last().filter(|_| more).map(|(_, session)| session.id);
    Ok((sessions, next))
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
    now > ends_at(row, last_used_at)
}

fn ends_at(row: &row::Session, last_used_at: Millis) -> Millis {
    let idle_ms = if row.kind.is_api() { limits::API_SESSION_IDLE_MS } else { limits::SESSION_IDLE_MS };
    (row.created_at + limits::SESSION_LIFE_MS).min(last_used_at + idle_ms)
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
        let mut live = self.live.write().expect(UNPOISONED);
        live.forget(&key);
        match row.kind {
            SessionKind::Browser => {}
            SessionKind::Api(_) => drop(live.named.insert(row.id, key)),
            SessionKind::Renewed(cookie) => drop(live.renewed.insert(cookie, key)),
        }
        live.rows.insert(key, Live { row, last_used_at });
    }

    pub fn ended(&self, key: &SecretHash) {
        self.live.write().expect(UNPOISONED).forget(key);
    }

    /// Whose cookie this is, if it is one that may ask now.
    pub fn find(&self, token: &str, now: Millis) -> Option<Signed> {
        let live = self.live.read().expect(UNPOISONED);
        let cookie = id::secret_hash(token);
        match live.renewed.get(&cookie) {
            Some(key) => live.used(*key, now, |row| row.kind == SessionKind::Renewed(cookie)),
            None => live.used(cookie, now, |row| row.kind == SessionKind::Browser),
        }
    }

    /// The session of an API client that an access token names, if it may ask now and is this person's.
    pub fn named(&self, session: Id, user: Id, now: Millis) -> Option<Signed> {
        let live = self.live.read().expect(UNPOISONED);
        let key = *live.named.get(&session)?;
        live.used(key, now, |row| row.user == user)
    }

    /// Whether a session still may ask.
    pub fn is_live(&self, key: &SecretHash) -> bool {
        self.live.read().expect(UNPOISONED).rows.contains_key(key)
    }

    /// When a session is over by itself, as far as is known now.
    pub fn ends_at(&self, key: &SecretHash) -> Option<Millis> {
        let live = self.live.read().expect(UNPOISONED);
        let session = live.rows.get(key)?;
        Some(ends_at(&session.row, session.last_used_at.load(Ordering::Relaxed)))
    }

    /// Those whose last use is worth writing down.
    pub fn used(&self) -> Vec<(SecretHash, Millis)> {
        let mut live = self.live.write().expect(UNPOISONED);
        let mut used = Vec::new();
        for (key, session) in &mut live.rows {
            let last_used_at = session.last_used_at.load(Ordering::Relaxed);
            if last_used_at > session.row.last_used_at + limits::SESSION_TOUCH_MS {
                session.row.last_used_at = last_used_at;
                used.push((*key, last_used_at));
            }
        }
        used
    }
}

impl Table {
    fn forget(&mut self, key: &SecretHash) {
        let Some(Live { row, .. }) = self.rows.remove(key) else { return };
        match row.kind {
            SessionKind::Browser => {}
            SessionKind::Api(_) => drop(self.named.remove(&row.id)),
            SessionKind::Renewed(cookie) => drop(self.renewed.remove(&cookie)),
        }
    }

    fn used(&self, key: SecretHash, now: Millis, fits: impl Fn(&row::Session) -> bool) -> Option<Signed> {
        let session = self.rows.get(&key).filter(|session| fits(&session.row))?;
        if is_over(&session.row, session.last_used_at.load(Ordering::Relaxed), now) {
            return None;
        }
        session.last_used_at.fetch_max(now, Ordering::Relaxed);
        Some(Signed { user: session.row.user, session: session.row.id, key })
    }
}

const UNPOISONED: &str = "nothing panics while it holds this lock";
