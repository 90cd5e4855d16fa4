//! Who may do what: every change and question that names a room or needs a rank asks here.
use crate::error::{self, Refusal, Result};
use crate::id::Id;
use crate::row::{self, Allowed, Role, RoomKind, RoomRole};
use crate::store::View;
use crate::store::tables::{MEMBERS, ROOMS, USERS};

/// Who asks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Asker {
    Person(Id),
    /// Whoever holds the machine: the command line.
    Operator,
}

/// What a room may keep for its admins.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Rule {
    /// Say something.
    Post,
    Pin,
    /// Call everybody at once: `@room`, `@here`.
    Call,
}

/// Proof that `user` is in `room`; only `member` makes one.
pub struct Membership {
    pub room: Id,
    pub user: Id,
    pub room_row: row::Room,
    pub member: row::Member,
}

impl Asker {
    /// None for the operator.
    pub fn user(self) -> Option<Id> {
        match self {
            Asker::Person(user) => Some(user),
            Asker::Operator => None,
        }
    }

    /// The rank with which one asks; the operator has the highest.
    pub fn role(self, view: &dyn View) -> Result<Role> {
        match self {
            Asker::Operator => Ok(Role::Owner),
            Asker::Person(user) => match USERS.get(view, user)? {
                Some(row) if row.active => Ok(row.role),
                _ => Err(error::not_signed_in().into()),
            },
        }
    }
}

/// Refuses who is no admin of the server.
pub fn server_admin(view: &dyn View, asker: Asker) -> Result<Role> {
    let role = asker.role(view)?;
    if role < Role::Admin {
        return Err(error::forbidden("Only admins of this server may do this.").into());
    }
    Ok(role)
}

/// Refuses who is not in the room: 404 where its existence is not theirs to know (law 9).
pub fn member(view: &dyn View, room: Id, user: Id) -> Result<Membership> {
    let row = ROOMS.get(view, room)?.ok_or_else(error::not_found)?;
    match MEMBERS.get(view, (room, user))? {
        Some(member) => Ok(Membership { room, user, room_row: row, member }),
        None if row.kind == RoomKind::Public => {
            Err(Refusal::new(403, "not_a_member", "You are not a member of this room.").into())
        }
        None => Err(error::not_found().into()),
    }
}

/// Refuses who is no admin of the room.
pub fn room_admin(view: &dyn View, room: Id, user: Id) -> Result<Membership> {
    let membership = member(view, room, user)?;
    if membership.member.role != RoomRole::Admin {
        return Err(error::forbidden("Only admins of this room may do this.").into());
    }
    Ok(membership)
}

impl Membership {
    /// Refuses changes of a room that is put away.
    pub fn not_archived(self) -> Result<Self> {
        if self.room_row.archived {
            return Err(Refusal::new(403, "archived", "This room is archived: it can be read, not changed.").into());
        }
        Ok(self)
    }

    /// Refuses what the room keeps for its admins.
    pub fn may(&self, rule: Rule) -> Result<()> {
        let rules = self.room_row.rules;
        let (allowed, code, detail) = match rule {
            Rule::Post => (rules.post, "announcements_only", "Only admins post in this room."),
            Rule::Pin => (rules.pin, "pin_forbidden", "Only admins pin messages in this room."),
            Rule::Call => (rules.call, "call_forbidden", "Only admins may call everybody in this room."),
        };
        if allowed == Allowed::Admins && self.member.role != RoomRole::Admin {
            return Err(Refusal::new(403, code, detail).into());
        }
        Ok(())
    }

    /// Refuses directs, whose people and name are what they are.
    pub fn not_direct(self, what: &'static str) -> Result<Self> {
        if self.room_row.kind == RoomKind::Direct {
            return Err(Refusal::new(409, "direct", what).into());
        }
        Ok(self)
    }
}
