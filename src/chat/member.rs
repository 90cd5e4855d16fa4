//! Who is in a room: join, leave, add, remove, and the ranks.
use super::permission::{self, Asker, Membership};
use super::{draft, log, outcast, receipt, room, thread, user};
use crate::error::{self, Refusal, Result};
use crate::event::{Audience, Event, RoomView, UserView};
use crate::id::Id;
use crate::row::{Log, Member, MessageKind, Notify, Role, RoomKind, RoomRole};
use crate::store::tables::{MEMBERS, READS, ROOMS, ROOMS_OF, USERS};
use crate::store::{Change, Direction, View};

/// A member as listed.
#[derive(Debug, Clone)]
pub struct Listed {
    pub user: UserView,
    pub member: Member,
}

/// Comes into a public room. Who comes into an empty one becomes its admin.
pub fn join(change: &mut Change, user: Id, id: Id) -> Result<RoomView> {
    let row = ROOMS.get(change, id)?.ok_or_else(error::not_found)?;
    if !MEMBERS.has(change, (id, user))? {
        if row.kind != RoomKind::Public {
            return Err(error::not_found().into());
        }
        if row.archived {
            return Err(Refusal::new(403, "archived", "This room is archived: nobody can join it.").into());
        }
        outcast::check(change, id, user)?;
        let role = if row.member_count == 0 { RoomRole::Admin } else { RoomRole::Member };
        enter(change, id, user, role, None)?;
    }
    room::find(change, user, id)
}

/// Leaves a room. Its last admin names a successor first.
pub fn leave(change: &mut Change, user: Id, id: Id) -> Result<()> {
    let membership = permission::member(change, id, user)?.not_direct("A direct cannot be left. Mute it instead.")?;
    another_admin(change, &membership)?;
    part(change, id, user, Some(user))
}

/// Adds a person, or changes the rank of one who is there. Members may add; only admins give ranks.
pub fn put(change: &mut Change, by: Id, id: Id, user: Id, role: RoomRole) -> Result<Listed> {
    let asker =
        permission::member(change, id, by)?.not_direct("The people of a direct stay the same. Start another.")?;
    let asker = asker.not_archived()?;
    match MEMBERS.get(change, (id, user))? {
        Some(member) if member.role == role => {}
        Some(mut member) => {
            permission::room_admin(change, id, by)?;
            if by != user {
                outranked(change, by, user)?;
            }
            if member.role == RoomRole::Admin {
                another_admin(change, &permission::member(change, id, user)?)?;
            }
            member.role = role;
            MEMBERS.put(change, (id, user), &member)?;
            let log = Log::MemberUpdated { user, role };
            change.announce(Audience::Room(id), &log, Event::MemberUpdated { room: id, user, role })?;
        }
        None => {
            if role == RoomRole::Admin && asker.member.role != RoomRole::Admin {
                return Err(error::forbidden("Only admins of this room may add admins.").into());
            }
            room::active(change, user, "user")?;
            outcast::check(change, id, user)?;
            enter(change, id, user, role, Some(by))?;
        }
    }
    Ok(Listed { user: user::find(change, user)?, member: MEMBERS.need(change, (id, user))? })
}

/// Makes a member admin of their room, for admins of the server: a room may have lost its own. Who is not in it stays out.
pub fn appoint(change: &mut Change, asker: Asker, id: Id, user: Id) -> Result<Listed> {
    permission::server_admin(change, asker)?;
    let row = ROOMS.get(change, id)?.filter(|row| row.kind != RoomKind::Direct).ok_or_else(error::not_found)?;
    let mut member = MEMBERS.get(change, (id, user))?.ok_or_else(error::not_found)?;
    if row.archived {
        return Err(Refusal::new(403, "archived", "This room is archived. Bring it back first.").into());
    }
    room::active(change, user, "user")?;
    if member.role != RoomRole::Admin {
        let role = RoomRole::Admin;
        member.role = role;
        MEMBERS.put(change, (id, user), &member)?;
        let log = Log::MemberUpdated { user, role };
        change.announce(Audience::Room(id), &log, Event::MemberUpdated { room: id, user, role })?;
    }
    Ok(Listed { user: user::find(change, user)?, member })
}

/// Removes a person. For admins of the room, but not against admins of the server (S29).
pub fn remove(change: &mut Change, by: Id, id: Id, user: Id) -> Result<()> {
    if by == user {
        return leave(change, user, id);
    }
    permission::member(change, id, by)?.not_direct("The people of a direct stay the same.")?;
    permission::room_admin(change, id, by)?;
    if !MEMBERS.has(change, (id, user))? {
        return Err(error::not_found().into());
    }
    outranked(change, by, user)?;
    part(change, id, user, Some(by))
}

/// Refuses what admins of a room would do to admins of the server (S29).
pub(super) fn outranked(view: &dyn View, by: Id, user: Id) -> Result<()> {
    let rank = |id| -> Result<Role> { Ok(USERS.need(view, id)?.role) };
    if rank(user)? >= Role::Admin && rank(by)? < rank(user)? {
        return Err(error::forbidden("Admins of a room have no power over admins of the server.").into());
    }
    Ok(())
}

/// The members of a room that one is in, from the id after `cursor` on, and the cursor of the next page.
pub fn list(view: &dyn View, user: Id, id: Id, cursor: Id, limit: usize) -> Result<(Vec<Listed>, Option<Id>)> {
    permission::member(view, id, user)?;
    page(view, id, cursor, limit)
}

/// Likewise, for who was asked already.
pub fn page(view: &dyn View, id: Id, cursor: Id, limit: usize) -> Result<(Vec<Listed>, Option<Id>)> {
    let mut rows = MEMBERS.list(view, (id, cursor.saturating_add(1))..=(id, u64::MAX), limit.saturating_add(1))?;
    let more = rows.len() > limit;
    rows.truncate(limit);
    let next = rows.last().map(|((_, user), _)| *user).filter(|_| more);
    let mut members = Vec::with_capacity(rows.len());
    for ((_, user), member) in rows {
        members.push(Listed { user: user::find(view, user)?, member });
    }
    Ok((members, next))
}

/// The rooms, but no directs, in which both of two people are.
pub fn shared(view: &dyn View, user: Id, other: Id) -> Result<Vec<Id>> {
    user::find(view, other)?;
    let mut shared = Vec::new();
    for ((_, room), ()) in ROOMS_OF.list(view, (user, 0)..=(user, u64::MAX), usize::MAX)? {
        if MEMBERS.has(view, (room, other))? && ROOMS.need(view, room)?.kind != RoomKind::Direct {
            shared.push(room);
        }
    }
    Ok(shared)
}

/// Everybody in a room.
pub fn all(view: &dyn View, id: Id) -> Result<Vec<(Id, Member)>> {
    let rows = MEMBERS.list(view, (id, 0)..=(id, u64::MAX), usize::MAX)?;
    Ok(rows.into_iter().map(|((_, user), member)| (user, member)).collect())
}

/// Brings a person in, by themselves or by somebody, and tells everyone.
pub fn enter(change: &mut Change, id: Id, user: Id, role: RoomRole, by: Option<Id>) -> Result<()> {
    let mut row = ROOMS.need(change, id)?;
    row.member_count += 1;
    ROOMS.put(change, id, &row)?;
    enrol(change, id, user, role)?;
    welcome(change, id, user)?;
    let person = Box::new(user::find(change, user)?);
    let log = Log::MemberJoined { user, role, by };
    change.announce(Audience::Room(id), &log, Event::MemberJoined { room: id, user: person, role, by })?;
    match by {
        Some(by) => log::notice(change, id, by, MessageKind::Added, "", vec![user]),
        None => log::notice(change, id, user, MessageKind::Joined, "", Vec::new()),
    }
}

/// Takes a person out, and tells everyone. Their own `member.left` is the last that they hear of the room.
pub fn part(change: &mut Change, id: Id, user: Id, by: Option<Id>) -> Result<()> {
    let mut row = ROOMS.need(change, id)?;
    row.member_count = row.member_count.saturating_sub(1);
    ROOMS.put(change, id, &row)?;
    MEMBERS.remove(change, (id, user))?;
    ROOMS_OF.remove(change, (user, id))?;
    READS.remove(change, (id, user))?;
    thread::forget_follows(change, user, id)?;
    draft::forget(change, user, id)?;
    receipt::forget(change, id, user)?;
    let log = Log::MemberLeft { room: id, user, by };
    let cursor = change.announce(Audience::Room(id), &log, Event::MemberLeft { room: id, user, by })?;
    change.log(user, cursor, &log)?;
    match by {
        Some(by) if by != user => log::notice(change, id, by, MessageKind::Removed, "", vec![user]),
        _ => log::notice(change, id, user, MessageKind::Left, "", Vec::new()),
    }
}

/// Before a room's last admin is erased: who has been there longest becomes admin.
pub fn hand_over(change: &mut Change, id: Id, user: Id) -> Result<()> {
    if ROOMS.need(change, id)?.kind == RoomKind::Direct {
        return Ok(());
    }
    let members = all(change, id)?;
    let is_admin = |member: &Member| member.role == RoomRole::Admin;
    let (leaving, others): (Vec<_>, Vec<_>) = members.into_iter().partition(|(member, _)| *member == user);
    let needed =
        leaving.iter().any(|(_, member)| is_admin(member)) && !others.iter().any(|(_, member)| is_admin(member));
    let Some((heir, mut member)) = others.into_iter().min_by_key(|(_, member)| member.since).filter(|_| needed) else {
        return Ok(());
    };
    let role = RoomRole::Admin;
    member.role = role;
    MEMBERS.put(change, (id, heir), &member)?;
    let log = Log::MemberUpdated { user: heir, role };
    change.announce(Audience::Room(id), &log, Event::MemberUpdated { room: id, user: heir, role })?;
    Ok(())
}

/// Writes a membership down.
pub(super) fn enrol(change: &mut Change, id: Id, user: Id, role: RoomRole) -> Result<()> {
    let since = change.newest_id();
    let member = Member { role, joined_at: change.now, since, notify: Notify::All, starred: false };
    MEMBERS.put(change, (id, user), &member)?;
    ROOMS_OF.put(change, (user, id), &())?;
    log::begin_read(change, id, user)
}

/// Tells a new member of the room, before anything else of it.
pub(super) fn welcome(change: &mut Change, id: Id, user: Id) -> Result<()> {
    let view = Box::new(room::find(change, user, id)?);
    change.announce(Audience::User(user), &Log::RoomCreated { room: id }, Event::RoomCreated(view))?;
    Ok(())
}

/// Refuses to leave a room of several people without an admin.
fn another_admin(view: &dyn View, membership: &Membership) -> Result<()> {
    if membership.member.role != RoomRole::Admin || membership.room_row.member_count <= 1 {
        return Ok(());
    }
    let mut found = false;
    let range = (membership.room, 0)..=(membership.room, u64::MAX);
    MEMBERS.walk(view, range, Direction::Up, |(_, user), member| {
        found = user != membership.user && member.role == RoomRole::Admin;
        Ok(!found)
    })?;
    if found {
        return Ok(());
    }
    Err(error::conflict("last_admin", "You are the last admin of this room. Make somebody else an admin first.").into())
}
