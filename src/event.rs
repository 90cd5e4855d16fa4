//! What happened, and to whom it is told. Made by `chat` inside a change, told by the hub once it is on disk.
use crate::clock::Millis;
use crate::id::{Id, SecretHash};
use crate::row;

/// One thing that is told, in the order of `cursor`.
#[derive(Debug, Clone)]
pub struct Announcement {
    /// 0 for what only the server itself needs to hear.
    pub cursor: Id,
    pub audience: Audience,
    pub event: Event,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Audience {
    /// The members of a room, as they are at this cursor.
    Room(Id),
    /// The connections of one person.
    User(Id),
    /// Everybody signed in.
    Everyone,
    /// Nobody: for the server itself.
    Nobody,
}

impl Audience {
    /// The stream of the log in which it is kept for resume: ids of rooms and users never meet, as one counter gives both.
    pub fn stream(self) -> Option<Id> {
        match self {
            Audience::Room(id) | Audience::User(id) => Some(id),
            Audience::Everyone => Some(0),
            Audience::Nobody => None,
        }
    }
}

#[derive(Debug, Clone)]
pub enum Event {
    MessageCreated(Box<MessageView>),
    MessageUpdated(Box<MessageView>),
    MessageDeleted {
        room: Id,
        id: Id,
    },
    /// All messages of the room up to this one are gone, because of their age.
    MessagesExpired {
        room: Id,
        up_to: Id,
    },
    RoomCreated(Box<RoomView>),
    RoomUpdated(Box<RoomView>),
    RoomDeleted {
        room: Id,
    },
    MemberJoined {
        room: Id,
        user: Box<UserView>,
        role: row::RoomRole,
        by: Option<Id>,
    },
    MemberLeft {
        room: Id,
        user: Id,
        by: Option<Id>,
    },
    MemberUpdated {
        room: Id,
        user: Id,
        role: row::RoomRole,
    },
    UserUpdated(Box<UserView>),
    SettingsUpdated {
        settings: String,
    },
    RoomMeUpdated {
        room: Id,
        me: RoomMe,
    },
    ReactionAdded(Reacted),
    ReactionRemoved(Reacted),
    PinAdded {
        room: Id,
        message: Id,
        user: Id,
    },
    PinRemoved {
        room: Id,
        message: Id,
        user: Id,
    },
    SavedUpdated {
        room: Id,
        message: Id,
        saved: bool,
    },
    ThreadMeUpdated(ThreadMe),
    DraftUpdated(Box<DraftView>),
    ReceiptRead {
        room: Id,
        user: Id,
        up_to: Id,
        at: Millis,
    },
    ReceiptDelivered {
        room: Id,
        user: Id,
        up_to: Id,
    },
    /// Whether the server's disk refuses to write. Told to everybody at once, and never kept.
    StoreTurned {
        read_only: bool,
    },
    /// For the server: there are bytes that nothing names any more.
    BlobsFreeing,
    /// For the server: whether a person takes part in receipts.
    ReceiptsSwitched {
        user: Id,
        discreet: bool,
    },
    /// For the server: whether somebody has a second factor.
    FactorsChanged {
        user: Id,
        any: bool,
    },
    /// For the server: this session may now ask.
    SessionOpened {
        key: SecretHash,
        session: Box<row::Session>,
    },
    /// For the server: these networks are kept out.
    BanAdded {
        id: Id,
        nets: Vec<String>,
        expires_at: Option<Millis>,
    },
    /// For the server: not any more.
    BanLifted {
        id: Id,
    },
    /// For the server: this API key may now ask.
    KeyOpened {
        key: SecretHash,
        row: Box<row::Key>,
    },
    /// For the server: this API key may not ask any more; its sockets close.
    KeyEnded {
        key: SecretHash,
    },
    /// For the server: this session may not ask any more; its sockets close.
    SessionEnded {
        key: SecretHash,
    },
}

impl Event {
    /// The room that it is about, whomever it is told.
    pub fn room(&self) -> Option<Id> {
        Some(match self {
            Event::MessageCreated(view) | Event::MessageUpdated(view) => view.room,
            Event::RoomCreated(view) | Event::RoomUpdated(view) => view.id,
            Event::ReactionAdded(reacted) | Event::ReactionRemoved(reacted) => reacted.room,
            Event::ThreadMeUpdated(me) => me.room,
            Event::DraftUpdated(draft) => draft.room,
            Event::MessageDeleted { room, .. }
            | Event::MessagesExpired { room, .. }
            | Event::RoomDeleted { room }
            | Event::MemberJoined { room, .. }
            | Event::MemberLeft { room, .. }
            | Event::MemberUpdated { room, .. }
            | Event::RoomMeUpdated { room, .. }
            | Event::PinAdded { room, .. }
            | Event::PinRemoved { room, .. }
            | Event::SavedUpdated { room, .. }
            | Event::ReceiptRead { room, .. }
            | Event::ReceiptDelivered { room, .. } => *room,
            // Whoever adds an event decides here; what is in doubt is not told to a key for some rooms only.
            Event::UserUpdated(_)
            | Event::SettingsUpdated { .. }
            | Event::StoreTurned { .. }
            | Event::BlobsFreeing
            | Event::ReceiptsSwitched { .. }
            | Event::BanAdded { .. }
            | Event::BanLifted { .. }
            | Event::FactorsChanged { .. }
            | Event::SessionOpened { .. }
            | Event::SessionEnded { .. }
            | Event::KeyOpened { .. }
            | Event::KeyEnded { .. } => return None,
        })
    }
}

/// A message with what is derived for showing it.
#[derive(Debug, Clone)]
pub struct MessageView {
    pub room: Id,
    pub id: Id,
    pub row: row::Message,
    pub reply_to: Option<Quote>,
    /// What was said under it.
    pub thread: ThreadView,
    pub reactions: Vec<row::Reaction>,
    pub pinned: bool,
    pub files: Vec<FileView>,
}

#[derive(Debug, Clone)]
pub struct FileView {
    pub id: String,
    pub row: row::File,
}

/// One person's emoji under one message.
#[derive(Debug, Clone)]
pub struct Reacted {
    pub room: Id,
    pub message: Id,
    pub emoji: String,
    pub user: Id,
}

/// A thread in short, as it is shown under its root.
#[derive(Debug, Clone, Default)]
pub struct ThreadView {
    pub count: u32,
    /// The newest answer that was not taken back, and when it was said.
    pub last: Option<Id>,
    pub at: Option<Millis>,
    /// Who answered, the latest first.
    pub users: Vec<Id>,
}

/// A thread as one member has it.
#[derive(Debug, Clone)]
pub struct ThreadMe {
    pub room: Id,
    pub root: Id,
    pub following: bool,
    pub read_up_to: Id,
    pub unread: u32,
    pub mentions: u32,
    /// The newest answer that is counted in these.
    pub last: Option<Id>,
}

/// The message that is answered, in short.
#[derive(Debug, Clone)]
pub struct Quote {
    pub id: Id,
    pub user: Id,
    pub preview: String,
}

#[derive(Debug, Clone)]
pub struct RoomView {
    pub id: Id,
    pub row: row::Room,
    /// The people of a direct.
    pub users: Option<Vec<Id>>,
    pub last: Option<LastMessage>,
    /// None for who is no member, and in what is told to a whole room alike.
    pub me: Option<RoomMe>,
}

#[derive(Debug, Clone)]
pub struct LastMessage {
    pub id: Id,
    pub at: Millis,
    pub user: Id,
    pub preview: String,
}

/// A room as one member has it.
#[derive(Debug, Clone)]
pub struct RoomMe {
    pub role: row::RoomRole,
    pub joined_at: Millis,
    pub read_up_to: Id,
    pub unread: u32,
    pub mentions: u32,
    /// Up to this cursor everything is in these two counts.
    pub counted_to: Id,
    pub notify: row::Notify,
    pub starred: bool,
}

/// Words not sent yet, in a room or one of its threads. No text: there are none any more.
#[derive(Debug, Clone)]
pub struct DraftView {
    pub room: Id,
    pub thread: Option<Id>,
    pub row: row::Draft,
}

#[derive(Debug, Clone)]
pub struct UserView {
    pub id: Id,
    pub row: row::User,
}
