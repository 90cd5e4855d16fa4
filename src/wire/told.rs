//! What the server tells on a socket: each event in its envelope, and the frame that carries it.
use super::{Draft, Frame, Me, Message, MyThread, Room, User, raw};
use crate::clock::Millis;
use crate::event::{Announcement, Audience, Event, Reacted};
use crate::id::Id;
use crate::row::RoomRole;
use bytes::{BufMut, Bytes, BytesMut};
use serde::Serialize;

#[derive(Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
struct Told<'a, T> {
    r#type: &'a str,
    cursor: Id,
    event: &'a str,
    room: Option<Id>,
    data: T,
}

#[derive(Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
struct OnlyId {
    id: Id,
}

#[derive(Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
struct UpTo {
    up_to: Id,
}

#[derive(Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
struct Joined<'a> {
    user: User<'a>,
    role: RoomRole,
    by: Option<Id>,
}

#[derive(Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
struct Left {
    user: Id,
    by: Option<Id>,
}

#[derive(Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
struct Ranked {
    user: Id,
    role: RoomRole,
}

#[derive(Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
struct ReactedTo<'a> {
    message: Id,
    emoji: &'a str,
    user: Id,
}

impl<'a> From<&'a Reacted> for ReactedTo<'a> {
    fn from(reacted: &'a Reacted) -> Self {
        ReactedTo { message: reacted.message, emoji: &reacted.emoji, user: reacted.user }
    }
}

#[derive(Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
struct Pinned {
    message: Id,
    user: Id,
}

#[derive(Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
struct Receipt {
    user: Id,
    up_to: Id,
    #[serde(skip_serializing_if = "Option::is_none")]
    at: Option<Millis>,
}

#[derive(Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
struct MySettings<'a> {
    #[serde(serialize_with = "raw")]
    #[cfg_attr(test, schemars(with = "serde_json::Map<String, serde_json::Value>"))]
    settings: &'a str,
}

#[derive(Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
struct MyRoom {
    room: MyRoomMe,
}

#[derive(Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
struct MyThreadOnly {
    thread: MyThread,
}

#[derive(Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
struct MyRoomMe {
    id: Id,
    me: Me,
}

#[derive(Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
struct MySaved {
    saved: MySavedMessage,
}

#[derive(Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
struct MySavedMessage {
    room: Id,
    message: Id,
    saved: bool,
}

#[derive(Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
struct MyDraft<'a> {
    draft: Draft<'a>,
}

/// An announcement as it stands on the wire; None for what only the server hears.
pub fn event(announcement: &Announcement) -> Option<Bytes> {
    let cursor = announcement.cursor;
    let in_room = match announcement.audience {
        Audience::Room(room) => Some(room),
        _ => None,
    };
    match &announcement.event {
        Event::MessageCreated(view) => {
            let message = Message { nonce: view.row.nonce.as_deref(), ..Message::from(&**view) };
            told(cursor, "message.created", in_room, &message)
        }
        Event::MessageUpdated(view) => told(cursor, "message.updated", in_room, &Message::from(&**view)),
        Event::MessageDeleted { room, id } => told(cursor, "message.deleted", Some(*room), &OnlyId { id: *id }),
        Event::MessagesExpired { room, up_to } => {
            told(cursor, "messages.expired", Some(*room), &UpTo { up_to: *up_to })
        }
        Event::RoomCreated(room) => told(cursor, "room.created", Some(room.id), &Room::from(&**room)),
        Event::RoomUpdated(room) => told(cursor, "room.updated", Some(room.id), &Room::from(&**room)),
        Event::RoomDeleted { room } => told(cursor, "room.deleted", Some(*room), &OnlyId { id: *room }),
        Event::MemberJoined { room, user, role, by } => {
            told(cursor, "member.joined", Some(*room), &Joined { user: (&**user).into(), role: *role, by: *by })
        }
        Event::MemberLeft { room, user, by } => {
            told(cursor, "member.left", Some(*room), &Left { user: *user, by: *by })
        }
        Event::MemberUpdated { room, user, role } => {
            told(cursor, "member.updated", Some(*room), &Ranked { user: *user, role: *role })
        }
        Event::UserUpdated(user) => told(cursor, "user.updated", None, &User::from(&**user)),
        Event::SettingsUpdated { settings } => told(cursor, "me.updated", None, &MySettings { settings }),
        Event::RoomMeUpdated { room, me } => {
            told(cursor, "me.updated", Some(*room), &MyRoom { room: MyRoomMe { id: *room, me: me.into() } })
        }
        Event::ReactionAdded(reacted) => told(cursor, "reaction.added", in_room, &ReactedTo::from(reacted)),
        Event::ReactionRemoved(reacted) => told(cursor, "reaction.removed", in_room, &ReactedTo::from(reacted)),
        Event::PinAdded { room, message, user } => {
            told(cursor, "pin.added", Some(*room), &Pinned { message: *message, user: *user })
        }
        Event::PinRemoved { room, message, user } => {
            told(cursor, "pin.removed", Some(*room), &Pinned { message: *message, user: *user })
        }
        Event::SavedUpdated { room, message, saved } => {
            let saved = MySavedMessage { room: *room, message: *message, saved: *saved };
            told(cursor, "me.updated", Some(*room), &MySaved { saved })
        }
        Event::ThreadMeUpdated(me) => told(cursor, "me.updated", Some(me.room), &MyThreadOnly { thread: me.into() }),
        Event::DraftUpdated(draft) => {
            told(cursor, "me.updated", Some(draft.room), &MyDraft { draft: (&**draft).into() })
        }
        Event::ReceiptRead { room, user, up_to, at } => {
            told(cursor, "receipt.read", Some(*room), &Receipt { user: *user, up_to: *up_to, at: Some(*at) })
        }
        Event::ReceiptDelivered { room, user, up_to } => {
            told(cursor, "receipt.delivered", Some(*room), &Receipt { user: *user, up_to: *up_to, at: None })
        }
        Event::StoreTurned { read_only } => Some(text_frame(&Frame::Status { read_only: *read_only })),
        Event::BlobsFreeing
        | Event::ReceiptsSwitched { .. }
        | Event::BanAdded { .. }
        | Event::BanLifted { .. }
        | Event::KeyOpened { .. }
        | Event::KeyEnded { .. }
        | Event::FactorsChanged { .. }
        | Event::SessionOpened { .. }
        | Event::SessionEnded { .. } => None,
    }
}

fn told(cursor: Id, event: &str, room: Option<Id>, data: &impl Serialize) -> Option<Bytes> {
    Some(text_frame(&Told { r#type: "event", cursor, event, room, data }))
}

/// What each event holds, for the description of this interface.
#[cfg(test)]
pub fn event_shapes(generator: &mut schemars::SchemaGenerator) -> Vec<(&'static str, &'static str, schemars::Schema)> {
    use schemars::JsonSchema;
    let message = generator.subschema_for::<Message>();
    let room = generator.subschema_for::<Room>();
    let id = OnlyId::json_schema(generator);
    let reacted = ReactedTo::json_schema(generator);
    let pinned = Pinned::json_schema(generator);
    let mine = [
        generator.subschema_for::<MySettings>(),
        generator.subschema_for::<MyRoom>(),
        generator.subschema_for::<MySaved>(),
        generator.subschema_for::<MyThreadOnly>(),
        generator.subschema_for::<MyDraft>(),
    ];
    let mine = schemars::json_schema!({ "anyOf": mine });
    vec![
        ("message.created", "Somebody said something, or something happened in the room", message.clone()),
        ("message.updated", "A message changed", message),
        ("message.deleted", "A message was deleted", id.clone()),
        (
            "messages.expired",
            "The messages of the room up to this id are gone, because of their age; roots of threads that go on are still \
             there as deleted ones",
            UpTo::json_schema(generator),
        ),
        ("reaction.added", "Somebody reacted", reacted.clone()),
        ("reaction.removed", "Somebody took a reaction back", reacted),
        ("pin.added", "A message was pinned", pinned.clone()),
        ("pin.removed", "A message is no longer pinned", pinned),
        ("room.created", "A room is there, or one was let into it", room.clone()),
        ("room.updated", "A room changed", room),
        ("room.deleted", "A room is gone", id),
        ("member.joined", "Somebody is in the room", Joined::json_schema(generator)),
        (
            "member.left",
            "Somebody is no longer in the room; if it is oneself, the last that is heard of it",
            Left::json_schema(generator),
        ),
        ("member.updated", "Somebody has another role in the room", Ranked::json_schema(generator)),
        ("receipt.read", "Somebody read up to here", Receipt::json_schema(generator)),
        ("receipt.delivered", "Up to here everything is in somebody's hands", Receipt::json_schema(generator)),
        ("user.updated", "A person changed", generator.subschema_for::<User>()),
        ("me.updated", "Something of one's own changed; to one's own connections only", mine),
    ]
}

/// A whole WebSocket text frame, unmasked as servers send it (RFC 6455, 5.2), so that it is made once for everybody.
pub fn text_frame(value: &impl Serialize) -> Bytes {
    frame(TEXT, &serde_json::to_vec(value).expect("wire shapes are plain data, which always becomes JSON"))
}

/// Kinds of frames (RFC 6455, 5.2).
pub const TEXT: u8 = 1;
pub const BINARY: u8 = 2;

/// A whole message in one frame, as a server writes it (RFC 6455, 5.2).
pub fn frame(kind: u8, payload: &[u8]) -> Bytes {
    let mut frame = BytesMut::with_capacity(payload.len() + 10);
    frame.put_u8(0x80 | kind);
    match payload.len() {
        length @ 0..=125 => frame.put_u8(length as u8),
        length @ 126..=0xffff => {
            frame.put_u8(126);
            frame.put_u16(length as u16);
        }
        length => {
            frame.put_u8(127);
            frame.put_u64(length as u64);
        }
    }
    frame.put_slice(payload);
    frame.freeze()
}
