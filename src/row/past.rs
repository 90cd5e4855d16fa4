//! Rows as earlier versions wrote them, and what they are now.
use super::{Message, MessageHead, Reset, Role, Room, RoomKind, Rules, Session, SessionKind, Status, User};
use crate::clock::Millis;
use crate::error::Fault;
use crate::id::Id;
use serde::Deserialize;
use serde::de::DeserializeOwned;

#[derive(Deserialize)]
struct Status1 {
    emoji: String,
    text: String,
}

#[derive(Deserialize)]
struct User1 {
    username: String,
    name: String,
    role: Role,
    status: Option<Status1>,
    active: bool,
    created_at: Millis,
    deleted: bool,
}

pub(super) fn user(version: u8, bytes: &[u8]) -> Result<User, Fault> {
    let old: User1 = read(version, bytes)?;
    Ok(User {
        username: old.username,
        name: old.name,
        role: old.role,
        status: old.status.map(|Status1 { emoji, text }| Status { emoji, text, expires_at: None }),
        active: old.active,
        created_at: old.created_at,
        deleted: old.deleted,
        about: None,
        time_zone: None,
        avatar: None,
    })
}

#[derive(Deserialize)]
struct Room1 {
    kind: RoomKind,
    name: Option<String>,
    topic: Option<String>,
    archived: bool,
    created_at: Millis,
    created_by: Id,
    member_count: u32,
}

#[derive(Deserialize)]
struct Room2 {
    kind: RoomKind,
    name: Option<String>,
    topic: Option<String>,
    archived: bool,
    created_at: Millis,
    created_by: Id,
    member_count: u32,
    description: Option<String>,
    rules: Rules,
}

pub(super) fn room(version: u8, bytes: &[u8]) -> Result<Room, Fault> {
    if version == 2 {
        let old: Room2 = postcard::from_bytes(bytes).map_err(Fault::new)?;
        return Ok(Room {
            kind: old.kind,
            name: old.name,
            topic: old.topic,
            archived: old.archived,
            created_at: old.created_at,
            created_by: old.created_by,
            member_count: old.member_count,
            description: old.description,
            rules: old.rules,
            retention_days: None,
        });
    }
    let old: Room1 = read(version, bytes)?;
    Ok(Room {
        kind: old.kind,
        name: old.name,
        topic: old.topic,
        archived: old.archived,
        created_at: old.created_at,
        created_by: old.created_by,
        member_count: old.member_count,
        description: None,
        rules: Rules::default(),
        retention_days: None,
    })
}

#[derive(Deserialize)]
struct Message1 {
    head: MessageHead,
    at: Millis,
    edited_at: Option<Millis>,
    reply_to: Option<Id>,
    mentions: Vec<Id>,
    mention_room: bool,
    nonce: Option<String>,
    text: String,
}

pub(super) fn message(version: u8, bytes: &[u8]) -> Result<Message, Fault> {
    let old: Message1 = read(version, bytes)?;
    Ok(Message {
        head: old.head,
        at: old.at,
        edited_at: old.edited_at,
        reply_to: old.reply_to,
        mentions: old.mentions,
        mention_room: old.mention_room,
        nonce: old.nonce,
        text: old.text,
        files: Vec::new(),
    })
}

#[derive(Deserialize)]
struct Session1 {
    id: Id,
    user: Id,
    created_at: Millis,
    last_used_at: Millis,
    device: String,
    address: String,
}

pub(super) fn session(version: u8, bytes: &[u8]) -> Result<Session, Fault> {
    // One way more to show it is the only difference.
    if version == 2 {
        return postcard::from_bytes(bytes).map_err(Fault::new);
    }
    let old: Session1 = read(version, bytes)?;
    Ok(Session {
        id: old.id,
        user: old.user,
        created_at: old.created_at,
        last_used_at: old.last_used_at,
        device: old.device,
        address: old.address,
        kind: SessionKind::Browser,
    })
}

#[derive(Deserialize)]
struct Reset1 {
    user: Id,
    expires_at: Millis,
}

pub(super) fn reset(version: u8, bytes: &[u8]) -> Result<Reset, Fault> {
    let Reset1 { user, expires_at } = read(version, bytes)?;
    Ok(Reset { user, expires_at, factors: false })
}

/// A row of version 1, the only one before the present.
fn read<T: DeserializeOwned>(version: u8, bytes: &[u8]) -> Result<T, Fault> {
    match version {
        1 => postcard::from_bytes(bytes).map_err(Fault::new),
        _ => Err(Fault(format!("a row has version {version}, which this program does not know"))),
    }
}

#[cfg(test)]
mod tests {
    use crate::row::{
        Allowed, Message, MessageKind, Reset, Role, Room, RoomKind, Row, Session, SessionKind, Status, User,
    };

    #[test]
    fn rows_of_the_first_release_are_read() {
        // As version 1 wrote them: a version byte, then the fields in their order.
        let bytes = b"\x01\x03ada\x08Ada Berg\x03\x01\x04\xf0\x9f\x8f\xa0\x04home\x01\xe8\x07\x00";
        let user = User::decode(bytes).unwrap();
        assert_eq!((user.username.as_str(), user.name.as_str(), user.role), ("ada", "Ada Berg", Role::Owner));
        assert_eq!(user.status, Some(Status { emoji: "\u{1f3e0}".into(), text: "home".into(), expires_at: None }));
        assert_eq!((user.active, user.created_at, user.deleted), (true, 1_000, false));
        assert_eq!((user.about, user.time_zone, user.avatar), (None, None, None));

        let bytes = b"\x01\x01\x01\x03Den\x01\x04News\x01\xe8\x07\x07\x02";
        let room = Room::decode(bytes).unwrap();
        assert_eq!(
            (room.kind, room.name.as_deref(), room.topic.as_deref()),
            (RoomKind::Private, Some("Den"), Some("News"))
        );
        assert_eq!((room.archived, room.created_at, room.created_by, room.member_count), (true, 1_000, 7, 2));
        assert_eq!((room.description, room.rules.post, room.rules.call), (None, Allowed::Everyone, Allowed::Everyone));
    }

    #[test]
    fn messages_from_before_there_were_files_are_read() {
        // Kind, deleted, user, thread; at, edited_at, reply_to; mentions, mention_room, nonce, text.
        let bytes = b"\x01\x00\x00\x07\x01\x05\xe8\x07\x00\x01\x06\x02\x08\x09\x01\x01\x01n\x05hello";
        let message = Message::decode(bytes).unwrap();
        assert_eq!((message.head.kind, message.head.user, message.head.thread), (MessageKind::Text, 7, Some(5)));
        assert_eq!((message.at, message.reply_to, message.mentions.as_slice()), (1_000, Some(6), &[8, 9][..]));
        assert_eq!((message.mention_room, message.nonce.as_deref(), message.text.as_str()), (true, Some("n"), "hello"));
        assert!(message.files.is_empty());
        assert_eq!(Message::decode(&message.encode()).unwrap().text, "hello");
    }

    #[test]
    fn sessions_from_before_there_were_tokens_are_browsers() {
        let session = Session::decode(b"\x01\x05\x07\xe8\x07\xe9\x07\x04curl\x03::1").unwrap();
        assert_eq!((session.id, session.user, session.created_at, session.last_used_at), (5, 7, 1_000, 1_001));
        assert_eq!((session.device.as_str(), session.address.as_str()), ("curl", "::1"));
        assert_eq!(session.kind, SessionKind::Browser);
        let later = Session::decode(b"\x02\x05\x07\xe8\x07\xe9\x07\x04curl\x03::1\x00").unwrap();
        assert_eq!((later.id, later.kind), (5, SessionKind::Browser));
    }

    #[test]
    fn links_from_before_there_were_second_factors_take_none_away() {
        let reset = Reset::decode(b"\x01\x07\xe8\x07").unwrap();
        assert_eq!((reset.user, reset.expires_at, reset.factors), (7, 1_000, false));
    }

    #[test]
    fn rows_of_now_are_read_and_those_of_tomorrow_refused() {
        let mut bytes = Room::decode(b"\x01\x01\x00\x00\x00\x00\x00\x00").unwrap().encode();
        assert_eq!(bytes[0], 3);
        Room::decode(&bytes).unwrap();
        // As version 2 wrote it: without the last field.
        bytes[0] = 2;
        bytes.pop();
        assert_eq!(Room::decode(&bytes).unwrap().retention_days, None);
        bytes[0] = 4;
        Room::decode(&bytes).unwrap_err();
    }
}
