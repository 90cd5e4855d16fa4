//! The files of a room, newest first, chosen by what they are.
use super::{permission, user};
use crate::clock::Millis;
use crate::error::Result;
use crate::event::{FileView, UserView};
use crate::id::Id;
use crate::limits;
use crate::store::tables::{FILES, MESSAGES, ROOM_FILES};
use crate::store::{Direction, View};

/// Which files are asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    Image,
    Video,
    Audio,
    /// What plays: video and audio.
    Media,
    /// Neither picture nor what plays.
    Other,
}

/// Where a page goes on, as one number: the message of the last file, and the file's place there.
pub type Cursor = Id;

/// More than the files of a message.
const PLACES: Id = 32;
const _: () = assert!(limits::MESSAGE_FILES_MAX < PLACES as usize);

/// A file as it was sent.
#[derive(Debug, Clone)]
pub struct Sent {
    pub file: FileView,
    pub message: Id,
    pub user: Id,
    pub at: Millis,
    pub thread: Option<Id>,
}

/// A page of files, and who sent them.
#[derive(Debug, Clone)]
pub struct Gallery {
    pub files: Vec<Sent>,
    pub users: Vec<UserView>,
    pub next: Option<Cursor>,
}

impl Kind {
    fn has(self, media_type: &str) -> bool {
        let class = match media_type.split('/').next() {
            Some("image") => Kind::Image,
            Some("video") => Kind::Video,
            Some("audio") => Kind::Audio,
            _ => Kind::Other,
        };
        class == self || (self == Kind::Media && matches!(class, Kind::Video | Kind::Audio))
    }
}

/// At most `limit` files of a room that one is in, before the cursor. A page may hold fewer and yet not be the last: so
/// few may be of the kind that looking for more would take too long.
pub fn page(
    view: &dyn View,
    user: Id,
    room: Id,
    kind: Option<Kind>,
    before: Option<Cursor>,
    limit: usize,
) -> Result<Gallery> {
    permission::member(view, room, user)?;
    let (message, place) = before.map_or((u64::MAX, u64::MAX), |cursor| (cursor / PLACES, cursor % PLACES));
    let (mut files, mut next, mut last, mut looked) = (Vec::new(), None, 0, 0);
    ROOM_FILES.walk(view, (room, 0, 0)..(room, message, place), Direction::Down, |(_, message, place), id| {
        if files.len() == limit || looked == limits::GALLERY_SCAN_MAX {
            next = Some(last);
            return Ok(false);
        }
        looked += 1;
        last = message * PLACES + place;
        // What is missing is left out, so that one bad row never breaks a list (S41).
        let (Some(row), Some(said)) = (FILES.seen(view, &*id)?, MESSAGES.seen(view, (room, message))?) else {
            return Ok(true);
        };
        if kind.is_none_or(|kind| kind.has(&row.kind)) {
            let (user, at, thread) = (said.head.user, said.at, said.head.thread);
            files.push(Sent { file: FileView { id, row }, message, user, at, thread });
        }
        Ok(true)
    })?;
    let users = user::with_ids(view, files.iter().map(|sent| sent.user))?;
    Ok(Gallery { files, users, next })
}
