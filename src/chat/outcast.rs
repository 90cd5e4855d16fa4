//! Who may not come back into a room: removed by its admins until they say otherwise.
use super::permission;
use super::{member, user};
use crate::clock::Millis;
use crate::error::{self, Refusal, Result};
use crate::event::UserView;
use crate::id::Id;
use crate::limits;
use crate::row::RoomBan;
use crate::store::tables::{MEMBERS, ROOM_BANS};
use crate::store::{Change, Direction, View};

#[derive(Debug, Clone)]
pub struct Listed {
    pub user: UserView,
    pub by: Id,
    pub at: Millis,
}

/// Removes somebody for good, or keeps out somebody who is not there. For admins of the room, but not against admins of
/// the server (S29).
pub fn put(change: &mut Change, by: Id, room: Id, user: Id) -> Result<Listed> {
    permission::member(change, room, by)?.not_direct("The people of a direct stay the same.")?;
    permission::room_admin(change, room, by)?;
    if by == user {
        return Err(error::invalid("user", "You cannot ban yourself. Leave the room instead.").into());
    }
    let person = user::find(change, user)?;
    if person.row.deleted {
        return Err(error::not_found().into());
    }
    member::outranked(change, by, user)?;
    let row = match ROOM_BANS.get(change, (room, user))? {
        Some(row) => row,
        None => {
            if ROOM_BANS.list(change, (room, 0)..=(room, u64::MAX), limits::ROOM_BANS_MAX)?.len()
                == limits::ROOM_BANS_MAX
            {
                return Err(error::conflict("too_many_bans", "1,000 people are banned here. Lift some first.").into());
            }
            RoomBan { by, at: change.now }
        }
    };
    if MEMBERS.has(change, (room, user))? {
        member::part(change, room, user, Some(by))?;
    }
    ROOM_BANS.put(change, (room, user), &row)?;
    Ok(Listed { user: person, by: row.by, at: row.at })
}

/// Lets somebody come back. They are not brought back.
pub fn lift(change: &mut Change, by: Id, room: Id, user: Id) -> Result<()> {
    permission::room_admin(change, room, by)?;
    match ROOM_BANS.remove(change, (room, user))? {
        true => Ok(()),
        false => Err(error::not_found().into()),
    }
}

/// Who is kept out, for the room's admins.
pub fn list(view: &dyn View, by: Id, room: Id) -> Result<Vec<Listed>> {
    permission::room_admin(view, room, by)?;
    let mut listed = Vec::new();
    for ((_, user), row) in ROOM_BANS.list(view, (room, 0)..=(room, u64::MAX), limits::ROOM_BANS_MAX)? {
        listed.push(Listed { user: user::find(view, user)?, by: row.by, at: row.at });
    }
    Ok(listed)
}

/// Refuses to let in, or to bring in, who was removed for good.
pub fn check(view: &dyn View, room: Id, user: Id) -> Result<()> {
    if ROOM_BANS.has(view, (room, user))? {
        let detail = "This person was removed from the room for good. Its admins can change that.";
        return Err(Refusal::new(403, "room_banned", detail).into());
    }
    Ok(())
}

/// Forgets those of a room that is gone.
pub fn forget(change: &mut Change, room: Id) -> Result<()> {
    let mut keys = Vec::new();
    ROOM_BANS.walk_bytes(change, (room, 0)..=(room, u64::MAX), Direction::Up, |key, _| {
        keys.push(key);
        Ok(true)
    })?;
    for key in keys {
        ROOM_BANS.remove(change, key)?;
    }
    Ok(())
}
