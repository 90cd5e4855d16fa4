//! API keys: what a program shows to be somebody, without a password and for as much as it needs (S23).
pub mod secret;

use crate::chat::permission::Asker;
use crate::chat::user;
use crate::clock::Millis;
use crate::error::{self, Result};
use crate::event::Event;
use crate::id::{Id, SecretHash};
use crate::limits;
use crate::row::{self, Role, Scope, Scopes};
use crate::store::tables::{KEYS, MEMBERS, ROOMS};
use crate::store::{Change, Direction, View};
use std::collections::HashMap;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, RwLock};

/// The keys that may ask, as they are on disk. Fed by commits, in their order.
#[derive(Default)]
pub struct Keys {
    live: RwLock<HashMap<SecretHash, Live>>,
}

struct Live {
    row: row::Key,
    rooms: Option<Arc<[Id]>>,
    last_used_at: AtomicU64,
}

/// Whose key it is, and for what.
#[derive(Debug, Clone)]
pub struct Held {
    pub id: Id,
    pub user: Id,
    pub key: SecretHash,
    pub scopes: Scopes,
    pub rooms: Option<Arc<[Id]>>,
}

/// A key to be made.
#[derive(Debug, Clone)]
pub struct NewKey {
    pub name: String,
    pub scopes: Scopes,
    pub rooms: Option<Vec<Id>>,
    pub expires_at: Option<Millis>,
}

/// Makes a key for `user`, whose hash is `key`. For themselves, or for a bot by an admin of the server.
pub fn create(change: &mut Change, asker: Asker, user: Id, new: &NewKey, key: SecretHash) -> Result<row::Key> {
    let owner = owner(change, asker, user)?;
    let name = user::line("name", &new.name, limits::KEY_NAME_CHARS_MAX)?;
    if new.scopes.is_empty() {
        return Err(error::invalid("scopes", "A key is for something: read, write, admin or metrics.").into());
    }
    if new.scopes.has(Scope::Admin) && owner.row.role < Role::Admin {
        return Err(error::forbidden("Only a key of an admin can have the scope \"admin\".").field("scopes").into());
    }
    if new.scopes.has(Scope::Metrics) && asker.role(change)? < Role::Admin {
        return Err(error::forbidden("Only admins make keys with the scope \"metrics\".").field("scopes").into());
    }
    let rooms = new.rooms.as_ref().map(|rooms| checked_rooms(change, asker, user, rooms)).transpose()?;
    if new.expires_at.is_some_and(|at| at <= change.now || at > change.now + limits::KEY_LIFE_MAX_MS) {
        return Err(error::invalid("expires_at", "A key ends within a year from now, or not at all.").into());
    }
    if of_user(change, user)?.len() >= limits::KEYS_MAX {
        return Err(error::conflict("too_many_keys", "There are 50 keys already. Revoke one first.").into());
    }
    let row = row::Key {
        id: change.next_id(),
        user,
        name,
        scopes: new.scopes,
        rooms,
        created_at: change.now,
        expires_at: new.expires_at,
        last_used_at: None,
    };
    KEYS.put(change, key, &row)?;
    change.tell_server(Event::KeyOpened { key, row: Box::new(row.clone()) });
    Ok(row)
}

/// Revokes one of somebody's keys.
pub fn revoke(change: &mut Change, asker: Asker, user: Id, id: Id) -> Result<()> {
    owner(change, asker, user)?;
    let (key, _) = of_user(change, user)?.into_iter().find(|(_, row)| row.id == id).ok_or_else(error::not_found)?;
    end(change, key)
}

/// Somebody's keys, newest first.
pub fn list(view: &dyn View, asker: Asker, user: Id) -> Result<Vec<row::Key>> {
    owner(view, asker, user)?;
    Ok(of_user(view, user)?.into_iter().map(|(_, row)| row).collect())
}

/// Ends those that are over, and writes down the last use of the others.
pub fn tidy(change: &mut Change, used: &[(SecretHash, Millis)]) -> Result<()> {
    for (key, last_used_at) in used {
        if let Some(mut row) = KEYS.get(change, *key)? {
            row.last_used_at = row.last_used_at.max(Some(*last_used_at));
            KEYS.put(change, *key, &row)?;
        }
    }
    let (mut over, now) = (Vec::new(), change.now);
    KEYS.walk(change, .., Direction::Up, |key, row| {
        if is_over(&row, now) {
            over.push(key);
        }
        Ok(over.len() < limits::PRUNE_STEP_ROWS)
    })?;
    over.into_iter().try_for_each(|key| end(change, key))
}

/// Who will be the author of what is done with the key: oneself, or a bot that one may manage.
fn owner(view: &dyn View, asker: Asker, user: Id) -> Result<crate::event::UserView> {
    if asker.user() == Some(user) {
        asker.role(view)?;
        return user::find(view, user);
    }
    let found = user::manageable(view, asker, user)?;
    if found.row.role != Role::Bot || !found.row.active {
        return Err(error::not_found().into());
    }
    Ok(found)
}

fn checked_rooms(view: &dyn View, asker: Asker, user: Id, rooms: &[Id]) -> Result<Vec<Id>> {
    if rooms.is_empty() || rooms.len() > limits::KEY_ROOMS_MAX {
        return Err(error::invalid("rooms", "A key is for all rooms, or for 1 to 50 of them.").into());
    }
    let mut rooms = rooms.to_vec();
    rooms.sort_unstable();
    rooms.dedup();
    for room in &rooms {
        let known = match asker.user() {
            Some(asker) => MEMBERS.has(view, (*room, asker))? || MEMBERS.has(view, (*room, user))?,
            None => ROOMS.has(view, *room)?,
        };
        if !known {
            return Err(error::invalid("rooms", format!("There is no room with the id {room} here.")).into());
        }
    }
    Ok(rooms)
}

fn of_user(view: &dyn View, user: Id) -> Result<Vec<(SecretHash, row::Key)>> {
    let mut own = Vec::new();
    KEYS.walk(view, .., Direction::Up, |key, row| {
        if row.user == user {
            own.push((key, row));
        }
        Ok(true)
    })?;
    own.sort_by_key(|(_, row)| std::cmp::Reverse(row.id));
    Ok(own)
}

fn end(change: &mut Change, key: SecretHash) -> Result<()> {
    if KEYS.remove(change, key)? {
        change.tell_server(Event::KeyEnded { key });
    }
    Ok(())
}

fn is_over(row: &row::Key, now: Millis) -> bool {
    row.expires_at.is_some_and(|at| now >= at)
}

impl Keys {
    /// Reads them from the store, at the start.
    pub fn load(&self, view: &dyn View) -> Result<()> {
        KEYS.walk(view, .., Direction::Up, |key, row| {
            self.opened(key, row);
            Ok(true)
        })
    }

    pub fn opened(&self, key: SecretHash, row: row::Key) {
        let last_used_at = AtomicU64::new(row.last_used_at.unwrap_or(0));
        let rooms = row.rooms.as_deref().map(Arc::from);
        self.live.write().expect(UNPOISONED).insert(key, Live { row, rooms, last_used_at });
    }

    pub fn ended(&self, key: &SecretHash) {
        self.live.write().expect(UNPOISONED).remove(key);
    }

    /// Whose key this is, if it may ask now.
    pub fn find(&self, shown: &str, now: Millis) -> Option<Held> {
        let key = secret::hash(shown)?;
        let live = self.live.read().expect(UNPOISONED);
        let found = live.get(&key).filter(|found| !is_over(&found.row, now))?;
        found.last_used_at.fetch_max(now, Ordering::Relaxed);
        let (id, user, scopes) = (found.row.id, found.row.user, found.row.scopes);
        Some(Held { id, user, key, scopes, rooms: found.rooms.clone() })
    }

    /// Whether a key still may ask.
    pub fn is_live(&self, key: &SecretHash, now: Millis) -> bool {
        self.live.read().expect(UNPOISONED).get(key).is_some_and(|found| !is_over(&found.row, now))
    }

    /// When a key ends by itself.
    pub fn expires_at(&self, key: &SecretHash) -> Option<Millis> {
        self.live.read().expect(UNPOISONED).get(key)?.row.expires_at
    }

    /// When a key was last used, written down or not.
    pub fn last_used_at(&self, key: Id) -> Option<Millis> {
        let live = self.live.read().expect(UNPOISONED);
        let used = live.values().find(|found| found.row.id == key)?.last_used_at.load(Ordering::Relaxed);
        (used > 0).then_some(used)
    }

    /// Those whose last use is worth writing down.
    pub fn used(&self) -> Vec<(SecretHash, Millis)> {
        let mut live = self.live.write().expect(UNPOISONED);
        let mut used = Vec::new();
        for (key, found) in live.iter_mut() {
            let last_used_at = found.last_used_at.load(Ordering::Relaxed);
            if last_used_at > found.row.last_used_at.unwrap_or(0) + limits::SESSION_TOUCH_MS {
                found.row.last_used_at = Some(last_used_at);
                used.push((*key, last_used_at));
            }
        }
        used
    }
}

const UNPOISONED: &str = "nothing panics while it holds this lock";
