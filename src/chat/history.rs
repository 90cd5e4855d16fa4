//! What a message said before it was edited, for the members of its room.
use super::{message, permission};
use crate::error::Result;
use crate::id::Id;
use crate::limits;
use crate::row::{Message, Version};
use crate::store::tables::VERSIONS;
use crate::store::{Change, View};

/// Every version that is kept, oldest first, the present one last.
pub fn list(view: &dyn View, user: Id, room: Id, id: Id) -> Result<Vec<Version>> {
    permission::member(view, room, user)?;
    let row = message::said(view, room, id)?;
    let mut versions: Vec<Version> = earlier(view, room, id)?.into_iter().map(|(_, version)| version).collect();
    versions.push(present(&row));
    Ok(versions)
}

/// Keeps what a message says, before it says something else. Of many the first stays and the oldest after it goes.
pub fn keep(change: &mut Change, room: Id, id: Id, row: &Message) -> Result<()> {
    let earlier = earlier(change, room, id)?;
    // With this one and the one that comes there are two more.
    let too_many = (earlier.len() + 2).saturating_sub(limits::VERSIONS_MAX);
    for (key, _) in earlier.iter().skip(1).take(too_many) {
        VERSIONS.remove(change, *key)?;
    }
    let order = change.newest_id();
    VERSIONS.put(change, (room, id, order), &present(row))
}

/// Forgets the versions of a message that goes.
pub fn forget(change: &mut Change, room: Id, id: Id) -> Result<()> {
    for (key, _) in earlier(change, room, id)? {
        VERSIONS.remove(change, key)?;
    }
    Ok(())
}

fn present(row: &Message) -> Version {
    Version { text: row.text.clone(), at: row.edited_at.unwrap_or(row.at) }
}

type Kept = ((Id, Id, Id), Version);

fn earlier(view: &dyn View, room: Id, id: Id) -> Result<Vec<Kept>> {
    VERSIONS.list(view, (room, id, 0)..=(room, id, u64::MAX), limits::VERSIONS_MAX)
}
