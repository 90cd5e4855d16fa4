//! Files of a room: who may read them, how they come onto a message, and how they go.
use super::permission;
use super::{message, storage};
use crate::clock::Millis;
use crate::error::{self, Result};
use crate::event::{Audience, Event, FileView};
use crate::id::Id;
use crate::limits;
use crate::row::{File, ImageKind, Log, Message, RoomRole, Thumb};
use crate::store::tables::{CONTENTS, FILES, MESSAGES, ROOM_FILES, UNSENT};
use crate::store::{Change, Direction, View};

/// A file that one may read: its uploader's own until it is sent, then the room's members' (S31, S44).
pub fn find(view: &dyn View, user: Id, id: &str) -> Result<FileView> {
    let row = FILES.get(view, id)?.ok_or_else(error::not_found)?;
    if row.message.is_none() && row.user != user {
        return Err(error::not_found().into());
    }
    permission::member(view, row.room, user)?;
    Ok(FileView { id: id.to_owned(), row })
}

/// A file that one may read, and where its bytes are.
pub fn content(view: &dyn View, user: Id, id: &str) -> Result<(FileView, Id)> {
    let file = find(view, user, id)?;
    let content = CONTENTS.need(view, file.row.sha256)?;
    Ok((file, content.blob))
}

/// The files of a message. One whose row cannot be found is left out (S41).
pub fn of_message(view: &dyn View, row: &Message) -> Result<Vec<FileView>> {
    let mut files = Vec::with_capacity(row.files.len());
    for id in &row.files {
        files.extend(FILES.seen(view, id)?.map(|row| FileView { id: id.clone(), row }));
    }
    Ok(files)
}

/// The names of a message's files, for where its text would stand.
pub fn names(view: &dyn View, row: &Message) -> Result<String> {
    let names: Vec<String> = of_message(view, row)?.into_iter().map(|file| file.row.name).collect();
    Ok(names.join(", "))
}

/// Refuses files that `user` may not send in this room: each only by its uploader, once, where it was uploaded (S46).
pub fn check_sendable(view: &dyn View, user: Id, room: Id, ids: &[String]) -> Result<()> {
    if ids.len() > limits::MESSAGE_FILES_MAX {
        return Err(error::invalid("files", "A message has at most 20 files.").into());
    }
    for (number, id) in ids.iter().enumerate() {
        let row = FILES.get(view, id)?;
        let own = row.is_some_and(|row| row.user == user && row.room == room && row.message.is_none());
        if !own || ids[..number].contains(id) {
            return Err(error::invalid("files", "There is no such file in this room.").into());
        }
    }
    Ok(())
}

/// Puts files onto the message that they are sent with.
pub fn attach(change: &mut Change, room: Id, message: Id, ids: &[String]) -> Result<()> {
    for (number, id) in ids.iter().enumerate() {
        let row = FILES.need(change, id)?;
        UNSENT.remove(change, (row.user, row.order))?;
        FILES.put(change, id, &File { message: Some(message), ..row })?;
        ROOM_FILES.put(change, (room, message, number as u64), id)?;
    }
    Ok(())
}

/// Removes a file, from the message that it is on too. One that is not sent: its uploader; else the author of the message
/// or an admin of the room. With its last file a message without words goes.
pub fn delete(change: &mut Change, user: Id, id: &str) -> Result<()> {
    let FileView { row: file, .. } = find(change, user, id)?;
    let (room, Some(message)) = (file.room, file.message) else { return forget(change, id, &file) };
    let membership = permission::member(change, room, user)?.not_archived()?;
    let mut row = message::said(change, room, message)?;
    if row.head.user != user && membership.member.role != RoomRole::Admin {
        return Err(error::forbidden("Only its author or an admin of the room may delete a file.").into());
    }
    row.files.retain(|other| other != id);
    if row.files.is_empty() && row.text.trim().is_empty() {
        return message::delete(change, user, room, message);
    }
    MESSAGES.put(change, (room, message), &row)?;
    forget(change, id, &file)?;
    let view = message::view(change, room, message, row)?;
    let event = Event::MessageUpdated(Box::new(view));
    change.announce(Audience::Room(room), &Log::MessageUpdated { id: message }, event).map(drop)
}

/// Removes the files of a message that goes.
pub fn forget_of(change: &mut Change, row: &Message) -> Result<()> {
    for FileView { id, row } in of_message(change, row)? {
        forget(change, &id, &row)?;
    }
    Ok(())
}

/// Removes a file, its bytes and its picture in small; the message that it is on is the caller's.
pub fn forget(change: &mut Change, id: &str, row: &File) -> Result<()> {
    FILES.remove(change, id)?;
    match row.message {
        Some(message) => {
            let mut place = None;
            let all = (row.room, message, 0)..=(row.room, message, u64::MAX);
            ROOM_FILES.walk(change, all, Direction::Up, |key, other| {
                place = (other == id).then_some(key);
                Ok(place.is_none())
            })?;
            if let Some(place) = place {
                ROOM_FILES.remove(change, place)?;
            }
        }
        None => drop(UNSENT.remove(change, (row.user, row.order))?),
    }
    storage::take(change, row.user, row.sha256, row.size)?;
    forget_thumb(change, row)
}

/// A number for the bytes of a picture in small, of one's own file that is not sent yet.
pub fn begin_thumb(change: &mut Change, user: Id, id: &str) -> Result<Id> {
    unsent(change, user, id)?;
    storage::coming(change)
}

/// Keeps a picture in small whose bytes are durable.
pub fn set_thumb(change: &mut Change, user: Id, id: &str, thumb: Thumb) -> Result<FileView> {
    let row = unsent(change, user, id)?;
    forget_thumb(change, &row)?;
    storage::named(change, thumb.blob)?;
    storage::stored(change, 0, thumb.size)?;
    let row = File { thumb: Some(thumb), ..row };
    FILES.put(change, id, &row)?;
    Ok(FileView { id: id.to_owned(), row })
}

/// A file's picture in small, where one may read the file, and how old it is.
pub fn thumb(view: &dyn View, user: Id, id: &str) -> Result<(Thumb, Millis)> {
    let File { thumb, at, .. } = find(view, user, id)?.row;
    Ok((thumb.ok_or_else(error::not_found)?, at))
}

/// The media type of a picture.
pub fn image_type(kind: ImageKind) -> &'static str {
    match kind {
        ImageKind::Jpeg => "image/jpeg",
        ImageKind::Png => "image/png",
        ImageKind::Webp => "image/webp",
    }
}

fn forget_thumb(change: &mut Change, row: &File) -> Result<()> {
    match row.thumb {
        Some(thumb) => {
            storage::taken(change, 0, thumb.size)?;
            storage::free(change, thumb.blob)
        }
        None => Ok(()),
    }
}

fn unsent(view: &dyn View, user: Id, id: &str) -> Result<File> {
    let row = find(view, user, id)?.row;
    match row.user == user && row.message.is_none() {
        true => Ok(row),
        false => Err(error::not_found().into()),
    }
}
