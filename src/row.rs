//! What is stored: one struct per table, with a version that its bytes begin with. Never sent to anyone (law 6).
use crate::clock::Millis;
use crate::error::Fault;
use crate::id::{Id, SecretHash};
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};

mod audit;
mod credential;
mod factor;
mod order;
mod past;

pub use audit::{ActorKind, Audit, Flood, Link};
pub use credential::{Grant, Key, Scope, Scopes, Session, SessionKind};
pub use factor::{Coming, Factors, Passkey, PasskeyPlace, PublicKey, Recovery, ResetNote, Totp};
pub use order::{Ban, Device, Erase, RoomBan};

/// Something that a table holds. Its bytes are one version byte and then postcard.
pub trait Row: Sized + Serialize + DeserializeOwned {
    /// The version that is written now.
    const VERSION: u8 = 1;

    /// Reads what an earlier version wrote. A row type whose version rises keeps the old struct and converts here.
    fn upgrade(version: u8, _bytes: &[u8]) -> Result<Self, Fault> {
        Err(Fault(format!("a row has version {version}, which this program does not know")))
    }

    fn encode(&self) -> Vec<u8> {
        postcard::to_extend(self, vec![Self::VERSION]).expect("rows are plain data, which postcard always writes")
    }

    fn decode(bytes: &[u8]) -> Result<Self, Fault> {
        match bytes.split_first() {
            Some((&version, rest)) if version == Self::VERSION => postcard::from_bytes(rest).map_err(Fault::new),
            Some((&version, rest)) => Self::upgrade(version, rest),
            None => Err(Fault::new("a row is empty")),
        }
    }
}

/// Rank on the server.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub enum Role {
    Bot,
    Member,
    Admin,
    Owner,
}

impl Role {
    pub fn word(self) -> &'static str {
        match self {
            Role::Bot => "bot",
            Role::Member => "member",
            Role::Admin => "admin",
            Role::Owner => "owner",
        }
    }
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Status {
    pub emoji: String,
    pub text: String,
    /// From this moment on it is not shown any more.
    pub expires_at: Option<Millis>,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct User {
    pub username: String,
    pub name: String,
    pub role: Role,
    pub status: Option<Status>,
    pub active: bool,
    pub created_at: Millis,
    /// Erased: the name is gone, the messages stay.
    pub deleted: bool,
    /// What they say of themselves.
    pub about: Option<String>,
    /// By its IANA name.
    pub time_zone: Option<String>,
    /// The hash of the picture in `AVATARS`.
    pub avatar: Option<String>,
}

impl Row for User {
    const VERSION: u8 = 2;

    fn upgrade(version: u8, bytes: &[u8]) -> Result<Self, Fault> {
        past::user(version, bytes)
    }
}

/// A person's picture, as their browser squared it.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Avatar {
    pub hash: String,
    pub kind: ImageKind,
    pub bytes: Vec<u8>,
}
impl Row for Avatar {}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum ImageKind {
    Jpeg,
    Png,
    Webp,
}

/// A person's own: what nobody else is shown.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
pub struct Private {
    /// argon2id in PHC form; none for bots and erased people.
    pub password: Option<String>,
    /// JSON object that the client keeps.
    pub settings: String,
}
impl Row for Private {}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub enum RoomKind {
    Public,
    Private,
    Direct,
}

#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Room {
    pub kind: RoomKind,
    pub name: Option<String>,
    pub topic: Option<String>,
    pub archived: bool,
    pub created_at: Millis,
    pub created_by: Id,
    pub member_count: u32,
    /// What the room is for, at length.
    pub description: Option<String>,
    pub rules: Rules,
    /// How many days its messages are kept; None: as long as the server keeps any.
    pub retention_days: Option<u32>,
}

impl Row for Room {
    const VERSION: u8 = 3;

    fn upgrade(version: u8, bytes: &[u8]) -> Result<Self, Fault> {
        past::room(version, bytes)
    }
}

/// Who may do what in a room.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Rules {
    pub post: Allowed,
    pub pin: Allowed,
    pub call: Allowed,
}

#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub enum Allowed {
    #[default]
    Everyone,
    Admins,
}

/// Rank in a room.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub enum RoomRole {
    Member,
    Admin,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub enum Notify {
    All,
    Mentions,
    None,
}

#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Member {
    pub role: RoomRole,
    pub joined_at: Millis,
    /// The cursor at which the membership began: earlier events of the room are not replayed.
    pub since: Id,
    pub notify: Notify,
    pub starred: bool,
}
impl Row for Member {}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub enum MessageKind {
    Text,
    Created,
    Joined,
    Left,
    Added,
    Removed,
    Renamed,
    Topic,
    Pinned,
    /// How long messages are kept was set; its text is the number of days.
    Retention,
}

/// The present state of a message. What unread counts need comes first, so that it is read without the text.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Message {
    pub head: MessageHead,
    pub at: Millis,
    pub edited_at: Option<Millis>,
    pub reply_to: Option<Id>,
    pub mentions: Vec<Id>,
    pub mention_room: bool,
    pub nonce: Option<String>,
    pub text: String,
    /// Ids in `FILES`.
    pub files: Vec<String>,
}

impl Row for Message {
    const VERSION: u8 = 2;

    fn upgrade(version: u8, bytes: &[u8]) -> Result<Self, Fault> {
        past::message(version, bytes)
    }
}

#[derive(Debug, Clone, Copy, Serialize, Deserialize)]
pub struct MessageHead {
    pub kind: MessageKind,
    pub deleted: bool,
    pub user: Id,
    pub thread: Option<Id>,
}

impl MessageHead {
    /// Whether `reader` has something to read here: another person's words, in the room itself, still there.
    pub fn counts_for(&self, reader: Id) -> bool {
        self.counts_in(None, reader)
    }

    /// Likewise in a thread.
    pub fn counts_in(&self, thread: Option<Id>, reader: Id) -> bool {
        self.kind == MessageKind::Text && !self.deleted && self.thread == thread && self.user != reader
    }
}

/// A file that is whole: sent with a message, or waiting to be.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct File {
    pub room: Id,
    pub user: Id,
    pub name: String,
    /// Its media type, by its first bytes.
    pub kind: String,
    pub size: u64,
    pub width: Option<u32>,
    pub height: Option<u32>,
    pub duration_ms: Option<u32>,
    pub waveform: Option<Vec<u8>>,
    /// Where its bytes are: a key of `CONTENTS`.
    pub sha256: [u8; 32],
    pub at: Millis,
    /// The message that it was sent with.
    pub message: Option<Id>,
    pub thumb: Option<Thumb>,
    /// Where it stood in `UNSENT`.
    pub order: Id,
}
impl Row for File {}

/// A picture in small.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Thumb {
    pub kind: ImageKind,
    pub blob: Id,
    pub size: u64,
}

/// A file on its way. How far it is, `files.redb` knows.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Upload {
    pub room: Id,
    pub user: Id,
    pub name: String,
    /// What its sender says that it is.
    pub claimed: Option<String>,
    pub length: Option<u64>,
    /// What of the quotas it has taken beforehand.
    pub reserved: u64,
    /// Where its bytes go, and where it stands in `UNSENT`.
    pub blob: Id,
    /// Of its last byte.
    pub at: Millis,
    pub duration_ms: Option<u32>,
    pub waveform: Option<Vec<u8>>,
}
impl Row for Upload {}

/// Where the bytes with a sum are, and how many files they are.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Content {
    pub blob: Id,
    pub size: u64,
    pub refs: u64,
}
impl Row for Content {}

/// What may be in `files.redb`, and why. Whatever else is there belongs to nothing.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum Blob {
    /// A row names it.
    Live,
    /// Bytes that come before the row that will name them; a start of the server ends that.
    Coming,
    /// No row names it any more; its bytes go.
    Freeing,
}
impl Row for Blob {}

/// What somebody's files take; under 0, what all take on disk.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Usage {
    pub files: u64,
    pub bytes: u64,
    /// For uploads that are not finished.
    pub reserved: u64,
}
impl Row for Usage {}

/// One emoji under a message, and who gave it, the first one first.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Reaction {
    pub emoji: String,
    pub users: Vec<Id>,
}

/// All emoji under a message, the oldest first.
impl Row for Vec<Reaction> {}

/// A message that its room holds up.
#[derive(Debug, Clone, Copy, Serialize, Deserialize)]
pub struct Pin {
    pub by: Id,
    /// Of two pins the later has the larger one.
    pub order: Id,
}
impl Row for Pin {}

/// A message that somebody keeps for later.
#[derive(Debug, Clone, Copy, Serialize, Deserialize)]
pub struct Saved {
    pub room: Id,
    /// Of two the later has the larger one.
    pub order: Id,
}
impl Row for Saved {}

/// What a message said before it was edited, and since when.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Version {
    pub text: String,
    pub at: Millis,
}
impl Row for Version {}

/// What was said under a message, in short. Counts what is still there.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
pub struct Thread {
    pub count: u32,
    pub last: Option<Id>,
    pub last_at: Option<Millis>,
    /// The latest first.
    pub users: Vec<Id>,
}
impl Row for Thread {}

/// Somebody follows a thread, and has read it up to here.
#[derive(Debug, Clone, Copy, Serialize, Deserialize)]
pub struct Follow {
    pub read_up_to: Id,
}
impl Row for Follow {}

/// Where the message of a nonce is; the message itself says whose nonce it is.
#[derive(Debug, Clone, Copy, Serialize, Deserialize)]
pub struct NoncePlace {
    pub room: Id,
    pub message: Id,
}
impl Row for NoncePlace {}

/// Words that are not sent yet.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Draft {
    pub text: String,
    pub reply_to: Option<Id>,
    pub at: Millis,
}
impl Row for Draft {}

/// What happened, as references: a replay tells the present state (promise 7).
#[derive(Debug, Clone, Serialize, Deserialize)]
pub enum Log {
    MessageCreated { id: Id },
    MessageUpdated { id: Id },
    MessageDeleted { id: Id },
    RoomCreated { room: Id },
    RoomUpdated,
    RoomDeleted { room: Id },
    MemberJoined { user: Id, role: RoomRole, by: Option<Id> },
    MemberLeft { room: Id, user: Id, by: Option<Id> },
    MemberUpdated { user: Id, role: RoomRole },
    UserUpdated { user: Id },
    SettingsUpdated,
    RoomMeUpdated { room: Id },
    ReactionAdded { message: Id, emoji: String, user: Id },
    ReactionRemoved { message: Id, emoji: String, user: Id },
    PinAdded { message: Id, user: Id },
    PinRemoved { message: Id, user: Id },
    SavedUpdated { room: Id, message: Id },
    ThreadMeUpdated { room: Id, root: Id },
    DraftUpdated { room: Id, thread: Option<Id> },
    ReceiptRead { user: Id },
    ReceiptDelivered { user: Id },
    MessagesExpired { up_to: Id },
}
impl Row for Log {}

/// Up to where the messages of a room, and the files of its messages, were removed because of their age.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Trim {
    pub messages: Id,
    pub files: Id,
}
impl Row for Trim {}

/// How far a member is in a room, as others may know it. It never goes back.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
pub struct Receipt {
    pub delivered: Id,
    pub read: Id,
    /// The last movements of `read`, oldest first.
    pub steps: Vec<(Id, Millis)>,
    /// Where the room's log holds them, 0 for nowhere.
    pub delivered_logged: Id,
    pub read_logged: Id,
}
impl Row for Receipt {}

#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Invite {
    pub code: SecretHash,
    pub role: Role,
    pub rooms: Vec<Id>,
    /// None: as often as one likes.
    pub uses: Option<u32>,
    pub used: u32,
    pub expires_at: Millis,
    pub created_at: Millis,
    /// None: made by the operator on the command line.
    pub created_by: Option<Id>,
}
impl Row for Invite {}

/// A one-time link to a new password.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Reset {
    pub user: Id,
    pub expires_at: Millis,
    /// Whether it takes the second factor away too.
    pub factors: bool,
}

impl Row for Reset {
    const VERSION: u8 = 2;

    fn upgrade(version: u8, bytes: &[u8]) -> Result<Self, Fault> {
        past::reset(version, bytes)
    }
}

/// Failed logins of an account from an address, or of an address.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
pub struct Failures {
    pub count: u32,
    pub last_at: Millis,
}
impl Row for Failures {}

impl Row for u64 {}
impl Row for String {}

/// For tables whose keys say it all.
impl Row for () {}
