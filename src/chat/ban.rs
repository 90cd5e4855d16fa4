//! Bans: who is kept out of the server, and from which addresses. A banned person is disabled as long as the ban stands.
use super::permission::{self, Asker};
use super::user::{self, Standing};
use crate::clock::Millis;
use crate::config::Net;
use crate::error::{self, Refusal, Result};
use crate::event::{Event, UserView};
use crate::id::Id;
use crate::limits;
use crate::row;
use crate::store::tables::{BANS, SESSIONS, USERS};
use crate::store::{Change, Direction, View};
use std::net::IpAddr;

/// A ban to be made: of a person, of an address or network, or of both.
#[derive(Debug, Clone, Default)]
pub struct NewBan {
    pub user: Option<Id>,
    pub net: Option<Net>,
    /// Also the addresses from which the person is signed in.
    pub with_addresses: bool,
    pub reason: Option<String>,
    pub expires_at: Option<Millis>,
}

#[derive(Debug, Clone)]
pub struct Listed {
    pub id: Id,
    pub row: row::Ban,
}

/// Bans. `from` is where the asker sits, who must not lock themselves out. For admins of the server.
pub fn create(change: &mut Change, asker: Asker, from: Option<IpAddr>, new: &NewBan) -> Result<Listed> {
    permission::server_admin(change, asker)?;
    let reason = new.reason.as_deref().map(str::trim).filter(|reason| !reason.is_empty());
    let reason = reason.map(|reason| user::line("reason", reason, limits::BAN_REASON_CHARS_MAX)).transpose()?;
    if new.expires_at.is_some_and(|at| at <= change.now) {
        return Err(error::invalid("expires_at", "This time is over already.").into());
    }
    if change.count(BANS.number)? >= limits::BANS_MAX as u64 {
        return Err(error::conflict("too_many_bans", "There are 1,000 bans. Lift some first.").into());
    }
    let mut nets: Vec<Net> = Vec::new();
    if let Some(net) = new.net {
        if net.is_wide() {
            let detail = "This is too large a part of the network. Name a network of at most 16,777,216 addresses.";
            return Err(error::invalid("address", detail).into());
        }
        if from.is_some_and(|from| net.contains(from)) {
            return Err(error::invalid("address", "You are at this address yourself.").into());
        }
        nets.push(net);
    }
    match new.user {
        None if nets.is_empty() => return Err(error::invalid("user", "Name a person, an address, or both.").into()),
        Some(id) => {
            let person = user::manageable(change, asker, id)?;
            if asker.user() == Some(id) {
                return Err(error::invalid("user", "You cannot ban yourself.").into());
            }
            if new.with_addresses {
                // Those who share an address with the asker are known by their account alone.
                let theirs =
                    addresses(change, id)?.into_iter().filter(|net| from.is_none_or(|from| !net.contains(from)));
                for net in theirs {
                    if !nets.contains(&net) {
                        nets.push(net);
                    }
                }
                nets.truncate(limits::BAN_NETS_MAX);
            }
            if person.row.active {
                user::set_standing(change, asker, id, Standing { role: None, active: Some(false) })?;
            }
        }
        None => {}
    }
    let id = change.next_id();
    let row = row::Ban {
        user: new.user,
        nets: nets.iter().map(Net::to_string).collect(),
        reason,
        created_at: change.now,
        created_by: asker.user(),
        expires_at: new.expires_at,
    };
    BANS.put(change, id, &row)?;
    change.tell_server(Event::BanAdded { id, nets: row.nets.clone(), expires_at: row.expires_at });
    Ok(Listed { id, row })
}

/// Every ban that stands, the newest first, and the people in them. For admins of the server.
pub fn list(view: &dyn View, asker: Asker, now: Millis) -> Result<(Vec<Listed>, Vec<UserView>)> {
    permission::server_admin(view, asker)?;
    let mut bans = Vec::new();
    BANS.walk(view, .., Direction::Down, |id, row| {
        if stands(&row, now) {
            bans.push(Listed { id, row });
        }
        Ok(true)
    })?;
    let people = bans.iter().flat_map(|ban| [ban.row.user, ban.row.created_by]).flatten();
    let users = user::with_ids(view, people)?;
    Ok((bans, users))
}

/// Lifts a ban: the person may come in again, if no other ban of theirs stands. For admins of the server.
pub fn lift(change: &mut Change, asker: Asker, id: Id) -> Result<row::Ban> {
    permission::server_admin(change, asker)?;
    let row = BANS.get(change, id)?.ok_or_else(error::not_found)?;
    if let Some(user) = row.user
        && USERS.get(change, user)?.is_some_and(|row| !row.deleted)
    {
        user::manageable(change, asker, user)?;
    }
    remove(change, id, &row)?;
    Ok(row)
}

/// Refuses to let in who is banned.
pub fn check(view: &dyn View, user: Id, now: Millis) -> Result<()> {
    let mut banned = false;
    BANS.walk(view, .., Direction::Down, |_, row| {
        banned = row.user == Some(user) && stands(&row, now);
        Ok(!banned)
    })?;
    if banned {
        return Err(Refusal::new(409, "ban_stands", "This person is banned. Lift the ban first.").into());
    }
    Ok(())
}

/// Lifts those that are over: their numbers.
pub fn prune(change: &mut Change) -> Result<Vec<Listed>> {
    let mut over = Vec::new();
    let now = change.now;
    BANS.walk(change, .., Direction::Up, |id, row| {
        if !stands(&row, now) {
            over.push(Listed { id, row });
        }
        Ok(over.len() < limits::PRUNE_STEP_ROWS)
    })?;
    for ban in &over {
        remove(change, ban.id, &ban.row)?;
    }
    Ok(over)
}

fn remove(change: &mut Change, id: Id, row: &row::Ban) -> Result<()> {
    BANS.remove(change, id)?;
    change.tell_server(Event::BanLifted { id });
    match row.user {
        Some(user) if check(change, user, change.now).is_ok() => user::let_in(change, user),
        _ => Ok(()),
    }
}

fn stands(row: &row::Ban, now: Millis) -> bool {
    row.expires_at.is_none_or(|at| now < at)
}

/// The networks from which a person is signed in: an IPv4 address, or the half of an IPv6 one that is a household's.
fn addresses(view: &dyn View, user: Id) -> Result<Vec<Net>> {
    let mut nets = Vec::new();
    SESSIONS.walk(view, .., Direction::Up, |_, session| {
        if session.user == user
            && let Ok(address) = session.address.parse::<IpAddr>()
        {
            nets.push(Net::household(address));
        }
        Ok(true)
    })?;
    Ok(nets)
}
