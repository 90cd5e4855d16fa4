//! Every JSON shape that crosses the network, and nowhere else (law 6). The names are those of PROTOCOL.
mod audit;
mod backup;
mod certificate;
mod credential;
mod factor;
mod file;
mod frame;
mod person;
mod pulse;
mod search;
mod setting;
mod tar;
mod told;

pub use audit::AuditEntry;
pub use backup::{Backup, BackupWork, Backups};
pub use certificate::Certificate;
pub use credential::{AuthorizationServer, Key, KeySet, Keys, NewKey, OAuthProblem, PublicKey, Tokens};
pub use factor::{Creation, Factors, Options, Passkey, Request};
pub use file::{File, Gallery};
pub use frame::{Frame, Place, Presence, SentMessage, Server};
pub use person::{Given, Kept, PersonData};
pub use pulse::Pulse;
pub use search::{Hits, SearchIndex};
pub use setting::Setting;
pub use tar::Tar;
#[cfg(test)]
pub use told::event_shapes;
pub use told::{BINARY, TEXT, event, frame, text_frame};

use crate::auth::invite;
use crate::chat::member::Listed;
use crate::chat::message::List;
use crate::chat::page::Page;
use crate::chat::receipt::{OfMember, OfMessage};
use crate::chat::thread;
use crate::clock::{self, Millis};
use crate::error::Refusal;
use crate::event::{DraftView, LastMessage, MessageView, Quote, RoomMe, RoomView, ThreadMe, UserView};
use crate::id::{Id, SecretHash};
use crate::row::{self, Allowed, MessageKind, Notify, Role, RoomKind, RoomRole};
use serde::{Serialize, Serializer};
use serde_json::value::RawValue;

#[derive(Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct User<'a> {
    pub id: Id,
    pub username: &'a str,
    pub name: &'a str,
    pub avatar: Option<String>,
    pub role: Role,
    pub status: Option<Status<'a>>,
    pub about: &'a Option<String>,
    pub time_zone: &'a Option<String>,
    pub active: bool,
    pub created_at: Millis,
}

#[derive(Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct Status<'a> {
    emoji: &'a str,
    text: &'a str,
    expires_at: Option<Millis>,
}

impl<'a> Status<'a> {
    /// None for one that is over.
    fn now(status: &'a row::Status) -> Option<Self> {
        let over = status.expires_at.is_some_and(|at| at <= clock::now());
        (!over).then_some(Status { emoji: &status.emoji, text: &status.text, expires_at: status.expires_at })
    }
}

impl<'a> From<&'a UserView> for User<'a> {
    fn from(UserView { id, row }: &'a UserView) -> Self {
        User {
            id: *id,
            username: &row.username,
            name: &row.name,
            avatar: row.avatar.as_ref().map(|hash| format!("/avatars/{id}/{hash}")),
            role: row.role,
            status: row.status.as_ref().and_then(Status::now),
            about: &row.about,
            time_zone: &row.time_zone,
            active: row.active,
            created_at: row.created_at,
        }
    }
}

#[derive(Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct Room<'a> {
    id: Id,
    kind: RoomKind,
    name: &'a Option<String>,
    topic: &'a Option<String>,
    description: &'a Option<String>,
    rules: Rules,
    /// Days that messages are kept here; null: as long as the server keeps any.
    retention_days: Option<u32>,
    archived: bool,
    created_at: Millis,
    created_by: Id,
    member_count: u32,
    users: &'a Option<Vec<Id>>,
    last_message: Option<Last<'a>>,
    me: Option<Me>,
}

#[derive(Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
struct Rules {
    post: Allowed,
    pin: Allowed,
    call: Allowed,
}

#[derive(Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[cfg_attr(test, schemars(rename = "LastMessage"))]
struct Last<'a> {
    id: Id,
    at: Millis,
    user: Id,
    preview: &'a str,
}

#[derive(Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[cfg_attr(test, schemars(rename = "RoomMe"))]
struct Me {
    role: RoomRole,
    joined_at: Millis,
    read_up_to: Id,
    unread: u32,
    mentions: u32,
    counted_to: Id,
    notify: Notify,
    starred: bool,
}

impl<'a> From<&'a RoomView> for Room<'a> {
    fn from(RoomView { id, row, users, last, me }: &'a RoomView) -> Self {
        Room {
            id: *id,
            kind: row.kind,
            name: &row.name,
            topic: &row.topic,
            description: &row.description,
            rules: Rules { post: row.rules.post, pin: row.rules.pin, call: row.rules.call },
            retention_days: row.retention_days,
            archived: row.archived,
            created_at: row.created_at,
            created_by: row.created_by,
            member_count: row.member_count,
            users,
            last_message: last.as_ref().map(|LastMessage { id, at, user, preview }| Last {
                id: *id,
                at: *at,
                user: *user,
                preview,
            }),
            me: me.as_ref().map(Me::from),
        }
    }
}

impl From<&RoomMe> for Me {
    fn from(me: &RoomMe) -> Self {
        Me {
            role: me.role,
            joined_at: me.joined_at,
            read_up_to: me.read_up_to,
            unread: me.unread,
            mentions: me.mentions,
            counted_to: me.counted_to,
            notify: me.notify,
            starred: me.starred,
        }
    }
}

#[derive(Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct Message<'a> {
    id: Id,
    room: Id,
    user: Id,
    at: Millis,
    kind: MessageKind,
    text: &'a str,
    edited_at: Option<Millis>,
    deleted: bool,
    reply_to: Option<Reply<'a>>,
    thread: Option<Id>,
    thread_count: u32,
    thread_last: Option<Id>,
    thread_at: Option<Millis>,
    thread_users: &'a [Id],
    files: Vec<File<'a>>,
    mentions: &'a [Id],
    mention_room: bool,
    reactions: Vec<Reaction<'a>>,
    pinned: bool,
    nonce: Option<&'a str>,
}

#[derive(Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
struct Reaction<'a> {
    emoji: &'a str,
    count: usize,
    users: &'a [Id],
}

impl<'a> From<&'a row::Reaction> for Reaction<'a> {
    fn from(row::Reaction { emoji, users }: &'a row::Reaction) -> Self {
        Reaction { emoji, count: users.len(), users }
    }
}

#[derive(Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[cfg_attr(test, schemars(rename = "Quote"))]
struct Reply<'a> {
    id: Id,
    user: Id,
    preview: &'a str,
}

impl<'a> From<&'a MessageView> for Message<'a> {
    fn from(MessageView { room, id, row, reply_to, thread, reactions, pinned, files }: &'a MessageView) -> Self {
        Message {
            id: *id,
            room: *room,
            user: row.head.user,
            at: row.at,
            kind: row.head.kind,
            text: &row.text,
            edited_at: row.edited_at,
            deleted: row.head.deleted,
            reply_to: reply_to.as_ref().map(|Quote { id, user, preview }| Reply { id: *id, user: *user, preview }),
            thread: row.head.thread,
            thread_count: thread.count,
            thread_last: thread.last,
            thread_at: thread.at,
            thread_users: &thread.users,
            files: files.iter().map(File::from).collect(),
            mentions: &row.mentions,
            mention_room: row.mention_room,
            reactions: reactions.iter().map(Reaction::from).collect(),
            pinned: *pinned,
            nonce: None,
        }
    }
}

#[derive(Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct Member<'a> {
    user: User<'a>,
    role: RoomRole,
    joined_at: Millis,
}

impl<'a> From<&'a Listed> for Member<'a> {
    fn from(listed: &'a Listed) -> Self {
        Member { user: (&listed.user).into(), role: listed.member.role, joined_at: listed.member.joined_at }
    }
}

#[derive(Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct Session<'a> {
    id: Id,
    device: &'a str,
    address: &'a str,
    created_at: Millis,
    last_used_at: Millis,
    current: bool,
    kind: &'a str,
}

impl<'a> Session<'a> {
    pub fn new((key, row): &'a (SecretHash, row::Session), current: Option<&SecretHash>) -> Self {
        Session {
            id: row.id,
            device: &row.device,
            address: &row.address,
            created_at: row.created_at,
            last_used_at: row.last_used_at,
            current: Some(key) == current,
            kind: match row.kind {
                row::SessionKind::Browser | row::SessionKind::Renewed(_) => "browser",
                row::SessionKind::Api(_) => "api",
            },
        }
    }
}

#[derive(Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct Invite<'a> {
    pub id: Id,
    pub role: Role,
    pub rooms: &'a [Id],
    pub uses: Option<u32>,
    pub used: u32,
    pub expires_at: Millis,
    pub created_at: Millis,
    pub created_by: Option<Id>,
}

impl<'a> From<&'a invite::Listed> for Invite<'a> {
    fn from(invite::Listed { id, row }: &'a invite::Listed) -> Self {
        Invite {
            id: *id,
            role: row.role,
            rooms: &row.rooms,
            uses: row.uses,
            used: row.used,
            expires_at: row.expires_at,
            created_at: row.created_at,
            created_by: row.created_by,
        }
    }
}

/// Words not sent yet.
#[derive(Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct Draft<'a> {
    room: Id,
    thread: Option<Id>,
    text: &'a str,
    reply_to: Option<Id>,
    at: Millis,
}

impl<'a> From<&'a DraftView> for Draft<'a> {
    fn from(DraftView { room, thread, row }: &'a DraftView) -> Self {
        Draft { room: *room, thread: *thread, text: &row.text, reply_to: row.reply_to, at: row.at }
    }
}

/// A person with what only they see.
#[derive(Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[cfg_attr(test, schemars(rename = "Me"))]
pub struct Own<'a> {
    #[serde(flatten)]
    pub user: User<'a>,
    #[serde(serialize_with = "raw")]
    #[cfg_attr(test, schemars(with = "serde_json::Map<String, serde_json::Value>"))]
    pub settings: &'a str,
}

#[derive(Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct Messages<'a> {
    messages: Vec<Message<'a>>,
    users: Vec<User<'a>>,
    has_before: bool,
    has_after: bool,
}

impl<'a> From<&'a Page> for Messages<'a> {
    fn from(page: &'a Page) -> Self {
        Messages {
            messages: page.messages.iter().map(Message::from).collect(),
            users: page.authors.iter().map(User::from).collect(),
            has_before: page.has_before,
            has_after: page.has_after,
        }
    }
}

/// Messages in an order of their own, such as pins.
#[derive(Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct MessageList<'a> {
    messages: Vec<Message<'a>>,
    users: Vec<User<'a>>,
    next: Option<Id>,
}

impl<'a> From<&'a List> for MessageList<'a> {
    fn from(List { messages, users, next }: &'a List) -> Self {
        MessageList {
            messages: messages.iter().map(Message::from).collect(),
            users: users.iter().map(User::from).collect(),
            next: *next,
        }
    }
}

/// What a message said at a time.
#[derive(Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct Version<'a> {
    text: &'a str,
    at: Millis,
}

impl<'a> From<&'a row::Version> for Version<'a> {
    fn from(row::Version { text, at }: &'a row::Version) -> Self {
        Version { text, at: *at }
    }
}

/// A thread as one member has it.
#[derive(Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct MyThread {
    room: Id,
    id: Id,
    following: bool,
    read_up_to: Id,
    unread: u32,
    mentions: u32,
    last: Option<Id>,
}

impl From<&ThreadMe> for MyThread {
    fn from(me: &ThreadMe) -> Self {
        let ThreadMe { room, root, following, read_up_to, unread, mentions, last } = *me;
        MyThread { room, id: root, following, read_up_to, unread, mentions, last }
    }
}

/// The answers of a thread, paged like messages, with what they answer.
#[derive(Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct ThreadMessages<'a> {
    root: Message<'a>,
    me: MyThread,
    #[serde(flatten)]
    page: Messages<'a>,
}

impl<'a> From<&'a (MessageView, ThreadMe, Page)> for ThreadMessages<'a> {
    fn from((root, me, page): &'a (MessageView, ThreadMe, Page)) -> Self {
        ThreadMessages { root: root.into(), me: me.into(), page: page.into() }
    }
}

/// A followed thread as listed.
#[derive(Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct ListedThread<'a> {
    root: Message<'a>,
    me: MyThread,
}

impl<'a> From<&'a thread::Listed> for ListedThread<'a> {
    fn from(listed: &'a thread::Listed) -> Self {
        ListedThread { root: (&listed.root).into(), me: (&listed.me).into() }
    }
}

/// Problem details (RFC 9457).
#[derive(Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct Problem<'a> {
    r#type: &'a str,
    title: &'a str,
    status: u16,
    code: &'a str,
    detail: &'a str,
    field: Option<&'a str>,
    /// Only where a second factor is asked for.
    #[serde(skip_serializing_if = "<[_]>::is_empty")]
    methods: &'a [&'static str],
}

impl<'a> Problem<'a> {
    pub fn new(refusal: &'a Refusal, title: &'a str) -> Self {
        Problem {
            r#type: "about:blank",
            title,
            status: refusal.status,
            code: refusal.code,
            detail: &refusal.detail,
            field: refusal.field.as_deref(),
            methods: &refusal.methods,
        }
    }
}

/// Whom a message has reached.
#[derive(Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct MessageReceipts<'a> {
    delivered: &'a [Id],
    read: &'a [Id],
    times: Vec<ReadTime>,
}

#[derive(Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
struct ReadTime {
    user: Id,
    at: Millis,
}

impl<'a> From<&'a OfMessage> for MessageReceipts<'a> {
    fn from(OfMessage { delivered, read, times }: &'a OfMessage) -> Self {
        let times = times.iter().map(|(user, at)| ReadTime { user: *user, at: *at }).collect();
        MessageReceipts { delivered, read, times }
    }
}

/// How far each member of a room is.
#[derive(Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct RoomReceipts<'a> {
    receipts: Vec<MemberReceipts<'a>>,
}

#[derive(Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
struct MemberReceipts<'a> {
    user: Id,
    delivered: Id,
    read: Id,
    steps: &'a [(Id, Millis)],
}

impl<'a> From<&'a [OfMember]> for RoomReceipts<'a> {
    fn from(members: &'a [OfMember]) -> Self {
        let receipt = |OfMember { user, delivered, read, steps }: &'a OfMember| MemberReceipts {
            user: *user,
            delivered: *delivered,
            read: *read,
            steps,
        };
        RoomReceipts { receipts: members.iter().map(receipt).collect() }
    }
}

/// Writes a stored JSON object as it is.
fn raw<S: Serializer>(json: &&str, serializer: S) -> Result<S::Ok, S::Error> {
    match serde_json::from_str::<&RawValue>(json) {
        Ok(value) => value.serialize(serializer),
        Err(_) => serializer.serialize_none(),
    }
}
