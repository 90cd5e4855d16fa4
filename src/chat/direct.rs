//! Directs: talk among 2 to 10 people, one room for one set of them.
use super::room;
use crate::error::{self, Result};
use crate::event::RoomView;
use crate::id::Id;
use crate::limits;
use crate::row::{Room, RoomKind, RoomRole, Rules};
use crate::store::tables::DIRECTS;
use crate::store::{Change, View};

/// The direct of `user` with `others`, and whether it was made just now.
pub fn open(change: &mut Change, user: Id, others: &[Id]) -> Result<(RoomView, bool)> {
    let others = room::others(change, user, others, "users")?;
    if others.is_empty() || others.len() > limits::DIRECT_OTHERS_MAX {
        return Err(error::invalid("users", "A direct is with 1 to 9 other people.").into());
    }
    let people: Vec<Id> = others.iter().copied().chain([user]).collect();
    let key = key(&people);
    if let Some(id) = DIRECTS.get(change, &key)? {
        return Ok((found(change, id, user)?, false));
    }
    let id = change.next_id();
    DIRECTS.put(change, &key, &id)?;
    let row = Room {
        kind: RoomKind::Direct,
        name: None,
        topic: None,
        archived: false,
        created_at: change.now,
        created_by: user,
        member_count: 0,
        description: None,
        rules: Rules::default(),
        retention_days: None,
    };
    room::begin(change, id, row, user, RoomRole::Member, &others)?;
    Ok((found(change, id, user)?, true))
}

/// One set of people has one key.
pub fn key(people: &[Id]) -> String {
    let mut people = people.to_vec();
    people.sort_unstable();
    let people: Vec<String> = people.iter().map(Id::to_string).collect();
    people.join(",")
}

fn found(view: &dyn View, id: Id, user: Id) -> Result<RoomView> {
    room::view(view, id, Some(user))?.ok_or_else(|| error::not_found().into())
}
