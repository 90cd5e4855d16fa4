//! Rooms: make, show, list, edit, archive and delete them.
use super::permission::{self, Asker, Membership};
use super::{draft, log, member, message, profile, receipt, retention, thread, unread, user};
use crate::error::{self, Refusal, Result};
use crate::event::{Audience, Event, RoomMe, RoomView};
use crate::id::Id;
use crate::limits;
use crate::row::{Allowed, Log, MessageKind, Notify, Room, RoomKind, RoomRole, Rules};
use crate::store::tables::{MEMBERS, READS, ROOM_NAMES, ROOMS, ROOMS_OF, SWEEPS};
use crate::store::{Change, Direction, View};

/// A room to be made.
#[derive(Debug, Clone)]
pub struct NewRoom {
    pub name: String,
    pub topic: Option<String>,
    pub description: Option<String>,
    pub kind: RoomKind,
    pub members: Vec<Id>,
}

/// What of a room is to change.
#[derive(Debug, Clone, Default)]
pub struct Edit {
    pub name: Option<String>,
    pub topic: Option<Option<String>>,
    pub kind: Option<RoomKind>,
    pub archived: Option<bool>,
    pub description: Option<Option<String>>,
    pub rules: RulesEdit,
    /// Days; the inner None: as long as the server keeps messages.
    pub retention: Option<Option<u32>>,
    /// Days that the server keeps messages, 0 for ever: a room may keep them for less.
    pub retention_max: u64,
}

/// Which of a room's rules are to change.
#[derive(Debug, Clone, Copy, Default)]
pub struct RulesEdit {
    pub post: Option<Allowed>,
    pub pin: Option<Allowed>,
    pub call: Option<Allowed>,
}

/// What of one's own view of a room is to change.
#[derive(Debug, Clone, Copy, Default)]
pub struct MeEdit {
    pub notify: Option<Notify>,
    pub starred: Option<bool>,
}

/// Makes a public or private room with its first admin, `user`.
pub fn create(change: &mut Change, user: Id, new: &NewRoom) -> Result<RoomView> {
    if new.kind == RoomKind::Direct {
        return Err(error::invalid("kind", "A room is public or private. Directs are made at /api/v1/directs.").into());
    }
    let name = free_name(change, &new.name, None)?;
    let topic = new.topic.as_deref().map(topic).transpose()?.flatten();
    let members = others(change, user, &new.members, "members")?;
    let room = change.next_id();
    let row = Room {
        kind: new.kind,
        name: Some(name),
        topic,
        archived: false,
        created_at: change.now,
        created_by: user,
        member_count: 0,
        description: new.description.as_deref().map(description).transpose()?.flatten(),
        rules: Rules::default(),
        retention_days: None,
    };
    ROOM_NAMES.put(change, &user::fold(row.name.as_deref().unwrap_or_default()), &room)?;
    begin(change, room, row, user, RoomRole::Admin, &members)?;
    need_view(change, room, user)
}

/// Keeps a new room with its first people, tells them, and writes the first notice.
pub(super) fn begin(
    change: &mut Change,
    room: Id,
    mut row: Room,
    user: Id,
    role: RoomRole,
    others: &[Id],
) -> Result<()> {
    row.member_count = 1 + others.len() as u32;
    ROOMS.put(change, room, &row)?;
    let people: Vec<(Id, RoomRole)> =
        std::iter::once((user, role)).chain(others.iter().map(|other| (*other, RoomRole::Member))).collect();
    for (person, role) in &people {
        member::enrol(change, room, *person, *role)?;
    }
    for (person, _) in &people {
        member::welcome(change, room, *person)?;
    }
    log::notice(change, room, user, MessageKind::Created, "", Vec::new())
}

/// Changes a room's name, topic, description, kind and rules, or whether it is archived. For its admins.
pub fn edit(change: &mut Change, user: Id, id: Id, edit: &Edit) -> Result<RoomView> {
    let Membership { room_row, .. } =
        permission::member(change, id, user)?.not_direct("A direct has no name, topic or kind of its own.")?;
    permission::room_admin(change, id, user)?;
    change_room(change, user, id, room_row, edit)?;
    need_view(change, id, user)
}

/// Changes any room that is no direct, for admins of the server. What is said there stays its members' own.
pub fn edit_any(change: &mut Change, asker: Asker, id: Id, edit: &Edit) -> Result<RoomView> {
    permission::server_admin(change, asker)?;
    let row = ROOMS.get(change, id)?.filter(|row| row.kind != RoomKind::Direct).ok_or_else(error::not_found)?;
    let by = asker.user().unwrap_or(row.created_by);
    change_room(change, by, id, row, edit)?;
    let mut room = view(change, id, asker.user())?.ok_or_else(error::not_found)?;
    if room.me.is_none() {
        room.last = None;
    }
    Ok(room)
}

fn change_room(change: &mut Change, user: Id, id: Id, before: Room, edit: &Edit) -> Result<()> {
    let mut row = before.clone();
    if row.archived && edit.archived != Some(false) {
        return Err(Refusal::new(403, "archived", "This room is archived. Bring it back first.").into());
    }
    if let Some(name) = &edit.name {
        row.name = Some(free_name(change, name, Some(id))?);
    }
    if let Some(asked) = &edit.topic {
        row.topic = asked.as_deref().map(topic).transpose()?.flatten();
    }
    match edit.kind {
        Some(RoomKind::Direct) => return Err(error::invalid("kind", "A room is public or private.").into()),
        Some(kind) => row.kind = kind,
        None => {}
    }
    if let Some(asked) = &edit.description {
        row.description = asked.as_deref().map(description).transpose()?.flatten();
    }
    row.rules = Rules {
        post: edit.rules.post.unwrap_or(row.rules.post),
        pin: edit.rules.pin.unwrap_or(row.rules.pin),
        call: edit.rules.call.unwrap_or(row.rules.call),
    };
    row.archived = edit.archived.unwrap_or(row.archived);
    if let Some(days) = edit.retention {
        row.retention_days = days.map(|days| retention::checked(days, edit.retention_max)).transpose()?;
    }
    let (old, new) = (before.name.unwrap_or_default(), row.name.clone().unwrap_or_default());
    if old != new {
        ROOM_NAMES.remove(change, &user::fold(&old))?;
        ROOM_NAMES.put(change, &user::fold(&new), &id)?;
    }
    ROOMS.put(change, id, &row)?;
    let view = view(change, id, None)?.ok_or_else(error::not_found)?;
    change.announce(Audience::Room(id), &Log::RoomUpdated, Event::RoomUpdated(Box::new(view)))?;
    if old != new {
        log::notice(change, id, user, MessageKind::Renamed, &new, Vec::new())?;
    }
    if before.topic != row.topic {
        log::notice(change, id, user, MessageKind::Topic, row.topic.as_deref().unwrap_or_default(), Vec::new())?;
    }
    if before.retention_days != row.retention_days {
        let days = row.retention_days.map_or_else(String::new, |days| days.to_string());
        log::notice(change, id, user, MessageKind::Retention, &days, Vec::new())?;
    }
    Ok(())
}

/// Deletes a room with all that was said in it. For its admins.
pub fn delete(change: &mut Change, user: Id, id: Id) -> Result<()> {
    permission::member(change, id, user)?.not_direct("A direct stays with its people.")?;
    permission::room_admin(change, id, user)?;
    remove(change, id)
}

/// Deletes any room that is no direct, for admins of the server.
pub fn delete_any(change: &mut Change, asker: Asker, id: Id) -> Result<()> {
    permission::server_admin(change, asker)?;
    ROOMS.get(change, id)?.filter(|row| row.kind != RoomKind::Direct).ok_or_else(error::not_found)?;
    remove(change, id)
}

/// What people can see goes at once; the messages follow in small steps.
fn remove(change: &mut Change, id: Id) -> Result<()> {
    let row = ROOMS.get(change, id)?.ok_or_else(error::not_found)?;
    let people: Vec<Id> = member::all(change, id)?.into_iter().map(|(user, _)| user).collect();
    if let Some(name) = &row.name {
        ROOM_NAMES.remove(change, &user::fold(name))?;
    }
    let log = Log::RoomDeleted { room: id };
    let cursor = change.announce(Audience::Room(id), &log, Event::RoomDeleted { room: id })?;
    for person in people {
        MEMBERS.remove(change, (id, person))?;
        ROOMS_OF.remove(change, (person, id))?;
        READS.remove(change, (id, person))?;
        thread::forget_follows(change, person, id)?;
        draft::forget(change, person, id)?;
        receipt::forget(change, id, person)?;
        change.log(person, cursor, &log)?;
    }
    ROOMS.remove(change, id)?;
    SWEEPS.put(change, id, &())
}

/// Changes how one has a room oneself.
pub fn edit_me(change: &mut Change, user: Id, room: Id, edit: MeEdit) -> Result<RoomView> {
    let Membership { mut member, .. } = permission::member(change, room, user)?;
    member.notify = edit.notify.unwrap_or(member.notify);
    member.starred = edit.starred.unwrap_or(member.starred);
    MEMBERS.put(change, (room, user), &member)?;
    let me = me(change, room, user)?;
    change.announce(Audience::User(user), &Log::RoomMeUpdated { room }, Event::RoomMeUpdated { room, me })?;
    need_view(change, room, user)
}

/// A room that one may see: one's own, or a public one.
pub fn find(view: &dyn View, user: Id, id: Id) -> Result<RoomView> {
    let row = ROOMS.get(view, id)?.ok_or_else(error::not_found)?;
    if row.kind != RoomKind::Public && !MEMBERS.has(view, (id, user))? {
        return Err(error::not_found().into());
    }
    need_view(view, id, user)
}

/// One's own rooms, from the id after `cursor` on, and the cursor of the next page.
pub fn mine(view: &dyn View, user: Id, cursor: Id, limit: usize) -> Result<(Vec<RoomView>, Option<Id>)> {
    let ids = ROOMS_OF.list(view, (user, cursor.saturating_add(1))..=(user, u64::MAX), limit.saturating_add(1))?;
    let more = ids.len() > limit;
    let mut rooms = Vec::with_capacity(ids.len());
    for ((_, room), ()) in ids.into_iter().take(limit) {
        rooms.extend(self::view(view, room, Some(user))?);
    }
    let next = rooms.last().map(|room| room.id).filter(|_| more);
    Ok((rooms, next))
}

/// Every room of some kinds, likewise paged.
pub fn all(
    view: &dyn View,
    user: Option<Id>,
    fits: impl Fn(RoomKind) -> bool,
    cursor: Id,
    limit: usize,
) -> Result<(Vec<RoomView>, Option<Id>)> {
    let mut ids = Vec::new();
    ROOMS.walk(view, cursor.saturating_add(1).., Direction::Up, |id, row| {
        if fits(row.kind) {
            ids.push(id);
        }
        Ok(ids.len() <= limit)
    })?;
    let more = ids.len() > limit;
    ids.truncate(limit);
    let mut rooms = Vec::with_capacity(ids.len());
    for id in ids {
        let member = match user {
            Some(user) => MEMBERS.has(view, (id, user))?,
            None => false,
        };
        // What is said in a room is its members' own, the last words too.
        let mut room = self::view(view, id, user)?;
        if let Some(room) = &mut room
            && !member
        {
            room.last = None;
        }
        rooms.extend(room);
    }
    let next = rooms.last().map(|room| room.id).filter(|_| more);
    Ok((rooms, next))
}

/// The room with this name, whatever its case.
pub fn named(view: &dyn View, name: &str) -> Result<Option<Id>> {
    ROOM_NAMES.get(view, &user::fold(name.trim()))
}

/// A room as `user` has it; None if it is gone.
pub fn view(view: &dyn View, id: Id, user: Option<Id>) -> Result<Option<RoomView>> {
    let Some(row) = ROOMS.get(view, id)? else { return Ok(None) };
    let is_member = match user {
        Some(user) => MEMBERS.has(view, (id, user))?,
        None => false,
    };
    let users = match row.kind {
        RoomKind::Direct => Some(member::all(view, id)?.into_iter().map(|(user, _)| user).collect()),
        _ => None,
    };
    let me = match user {
        Some(user) if is_member => Some(me(view, id, user)?),
        _ => None,
    };
    let last = match user {
        Some(_) if !is_member => None,
        _ => message::last(view, id)?,
    };
    Ok(Some(RoomView { id, row, users, last, me }))
}

fn need_view(view: &dyn View, id: Id, user: Id) -> Result<RoomView> {
    self::view(view, id, Some(user))?.ok_or_else(|| error::not_found().into())
}

/// A room as a member of it has it.
pub fn me(view: &dyn View, room: Id, user: Id) -> Result<RoomMe> {
    let member = MEMBERS.need(view, (room, user))?;
    let read_up_to = unread::read_mark(view, room, user)?;
    Ok(RoomMe {
        role: member.role,
        joined_at: member.joined_at,
        read_up_to,
        unread: unread::count(view, room, user, read_up_to)?,
        mentions: unread::count_mentions(view, room, user, read_up_to)?,
        counted_to: view.last_id()?,
        notify: member.notify,
        starred: member.starred,
    })
}

/// `people` without `user`, each once, if all of them are there and active.
pub(super) fn others(view: &dyn View, user: Id, people: &[Id], field: &'static str) -> Result<Vec<Id>> {
    let mut others: Vec<Id> = people.iter().copied().filter(|id| *id != user).collect();
    others.sort_unstable();
    others.dedup();
    if others.len() > limits::ADD_MEMBERS_MAX {
        return Err(error::invalid(field, "At most 200 people can be added at once.").into());
    }
    for id in &others {
        active(view, *id, field)?;
    }
    Ok(others)
}

/// Refuses people who are not there, or not any more.
pub(super) fn active(view: &dyn View, id: Id, field: &'static str) -> Result<()> {
    match crate::store::tables::USERS.get(view, id)? {
        Some(row) if row.active => Ok(()),
        _ => Err(error::invalid(field, format!("There is no active person with the id {id}.")).into()),
    }
}

/// The name in its stored form, if no other room has it.
fn free_name(view: &dyn View, asked: &str, own: Option<Id>) -> Result<String> {
    let name = user::line("name", asked, limits::ROOM_NAME_CHARS_MAX)?;
    match ROOM_NAMES.get(view, &user::fold(&name))? {
        Some(other) if Some(other) != own => {
            Err(error::conflict("name_taken", "Another room has this name already.").field("name").into())
        }
        _ => Ok(name),
    }
}

/// A topic in its stored form; none if it is blank.
fn topic(asked: &str) -> Result<Option<String>> {
    match asked.trim() {
        "" => Ok(None),
        text => user::line("topic", text, limits::TOPIC_CHARS_MAX).map(Some),
    }
}

/// A description in its stored form; none if it is blank.
fn description(asked: &str) -> Result<Option<String>> {
    profile::paragraphs("description", asked, limits::DESCRIPTION_CHARS_MAX)
}
