//! Invites: a link with which people make themselves an account, with a rank and into rooms.
use crate::chat::permission::{self, Asker};
use crate::chat::{member, room};
use crate::clock::Millis;
use crate::error::{self, Refusal, Result};
use crate::id::{self, Id};
use crate::limits;
use crate::row::{self, Role, RoomKind, RoomRole};
use crate::store::tables::{INVITE_CODES, INVITES, MEMBERS, ROOMS};
use crate::store::{Change, Direction, View};

/// An invite to be made.
#[derive(Debug, Clone)]
pub struct NewInvite {
    pub role: Role,
    pub rooms: Vec<Id>,
    /// None: as often as one likes.
    pub uses: Option<u32>,
    pub expires_at: Option<Millis>,
}

/// An invite with its number.
#[derive(Debug, Clone)]
pub struct Listed {
    pub id: Id,
    pub row: row::Invite,
}

/// Makes an invite for `code`, which is stored nowhere. For admins of the server.
pub fn create(change: &mut Change, asker: Asker, new: &NewInvite, code: &str) -> Result<Listed> {
    let role = permission::server_admin(change, asker)?;
    if new.role == Role::Bot {
        return Err(error::invalid("role", "Bots are not invited.").into());
    }
    if new.role > Role::Member && role != Role::Owner {
        return Err(error::forbidden("Only an owner may invite admins.").into());
    }
    if new.uses.is_some_and(|uses| uses == 0 || uses > limits::INVITE_USES_MAX) {
        return Err(error::invalid("uses", "An invite has 1 to 10,000 uses.").into());
    }
    if new.rooms.len() > limits::INVITE_ROOMS_MAX {
        return Err(error::invalid("rooms", "An invite leads to at most 20 rooms.").into());
    }
    let mut rooms = new.rooms.clone();
    rooms.sort_unstable();
    rooms.dedup();
    for id in &rooms {
        // An admin cannot open a private room that they are not in themselves.
        let good = match (ROOMS.get(change, *id)?, asker.user()) {
            (Some(row), _) if row.kind == RoomKind::Public => true,
            (Some(row), Some(user)) if row.kind == RoomKind::Private => MEMBERS.has(change, (*id, user))?,
            (Some(row), None) => row.kind == RoomKind::Private,
            _ => false,
        };
        if !good {
            return Err(error::invalid("rooms", format!("There is no room with the id {id} to invite to.")).into());
        }
    }
    let expires_at = new.expires_at.unwrap_or(change.now + limits::INVITE_LIFE_MS);
    if expires_at <= change.now {
        return Err(error::invalid("expires_at", "This time is over already.").into());
    }
    if change.count(INVITES.number)? >= limits::INVITES_MAX as u64 {
        return Err(error::conflict("too_many_invites", "There are 1,000 invites. Revoke some first.").into());
    }
    let id = change.next_id();
    let row = row::Invite {
        code: id::secret_hash(code),
        role: new.role,
        rooms,
        uses: new.uses,
        used: 0,
        expires_at,
        created_at: change.now,
        created_by: asker.user(),
    };
    INVITES.put(change, id, &row)?;
    INVITE_CODES.put(change, row.code, &id)?;
    Ok(Listed { id, row })
}

/// The invites that stand, newest first. For admins of the server.
pub fn list(view: &dyn View, asker: Asker, now: Millis) -> Result<Vec<Listed>> {
    permission::server_admin(view, asker)?;
    let mut invites = Vec::new();
    INVITES.walk(view, .., Direction::Down, |id, row| {
        if stands(&row, now) {
            invites.push(Listed { id, row });
        }
        Ok(true)
    })?;
    Ok(invites)
}

/// Revokes an invite. For admins of the server.
pub fn revoke(change: &mut Change, asker: Asker, id: Id) -> Result<()> {
    permission::server_admin(change, asker)?;
    let row = INVITES.get(change, id)?.ok_or_else(error::not_found)?;
    remove(change, id, &row)
}

/// The invite of a code, without using it: a look at a link is no use of it (S17).
pub fn find(view: &dyn View, code: &str, now: Millis) -> Result<Listed> {
    let gone = || Refusal::new(404, "invite_gone", "This invite no longer works. Ask for a new one.");
    let id = INVITE_CODES.get(view, id::secret_hash(code))?.ok_or_else(gone)?;
    let row = INVITES.get(view, id)?.filter(|row| stands(row, now)).ok_or_else(gone)?;
    Ok(Listed { id, row })
}

/// Uses an invite for `user`, in the change that makes their account.
pub fn consume(change: &mut Change, invite: Listed, user: Id) -> Result<()> {
    let Listed { id, mut row } = invite;
    for room in &row.rooms {
        if ROOMS.get(change, *room)?.is_some_and(|row| !row.archived) {
            member::enter(change, *room, user, RoomRole::Member, None)?;
        }
    }
    row.used += 1;
    match row.uses {
        Some(uses) if row.used >= uses => remove(change, id, &row),
        _ => INVITES.put(change, id, &row),
    }
}

/// The names of the rooms that an invite leads to.
pub fn room_names(view: &dyn View, invite: &Listed) -> Result<Vec<(Id, String)>> {
    let mut names = Vec::new();
    for id in &invite.row.rooms {
        if let Some(room) = room::view(view, *id, None)? {
            names.push((*id, room.row.name.unwrap_or_default()));
        }
    }
    Ok(names)
}

/// Forgets those that are over.
pub fn prune(change: &mut Change) -> Result<()> {
    let now = change.now;
    let mut over = Vec::new();
    INVITES.walk(change, .., Direction::Up, |id, row| {
        if !stands(&row, now) {
            over.push((id, row));
        }
        Ok(over.len() < limits::PRUNE_STEP_ROWS)
    })?;
    over.iter().try_for_each(|(id, row)| remove(change, *id, row))
}

fn stands(row: &row::Invite, now: Millis) -> bool {
    now < row.expires_at && row.uses.is_none_or(|uses| row.used < uses)
}

fn remove(change: &mut Change, id: Id, row: &row::Invite) -> Result<()> {
    INVITES.remove(change, id)?;
    INVITE_CODES.remove(change, row.code)?;
    Ok(())
}
