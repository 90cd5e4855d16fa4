//! The whole schema on one page: what is kept, and under which key.
use super::map::{Map, Text};
use crate::id::{Id, SecretHash};
use crate::row;

/// The schema that this program writes. It rises with every change of a table, with a step in `migrate`.
pub const SCHEMA: u64 = 5;

/// `schema`, `last_id`.
pub const META: Map<Text, u64> = Map::new(0, "meta");
/// Of the whole server: its name.
pub const SETTINGS: Map<Text, String> = Map::new(1, "settings");

pub const USERS: Map<Id, row::User> = Map::new(2, "users");
pub const PRIVATE: Map<Id, row::Private> = Map::new(3, "private");
/// Lower-cased username to user.
pub const USERNAMES: Map<Text, u64> = Map::new(4, "usernames");
pub const SESSIONS: Map<SecretHash, row::Session> = Map::new(5, "sessions");
pub const INVITES: Map<Id, row::Invite> = Map::new(6, "invites");
pub const INVITE_CODES: Map<SecretHash, u64> = Map::new(7, "invite_codes");
pub const RESETS: Map<SecretHash, row::Reset> = Map::new(8, "resets");
/// Account and address, or address alone.
pub const FAILURES: Map<Text, row::Failures> = Map::new(9, "failures");

pub const ROOMS: Map<Id, row::Room> = Map::new(10, "rooms");
/// Folded room name to room.
pub const ROOM_NAMES: Map<Text, u64> = Map::new(11, "room_names");
/// The sorted people of a direct to its room.
pub const DIRECTS: Map<Text, u64> = Map::new(12, "directs");
/// (room, user)
pub const MEMBERS: Map<(Id, Id), row::Member> = Map::new(13, "members");
/// (user, room)
pub const ROOMS_OF: Map<(Id, Id), ()> = Map::new(14, "rooms_of");
/// (room, user) to the newest message that was read.
pub const READS: Map<(Id, Id), u64> = Map::new(15, "reads");

/// (room, message): inserts append to their room.
pub const MESSAGES: Map<(Id, Id), row::Message> = Map::new(16, "messages");
/// (user, room, message)
pub const MENTIONS: Map<(Id, Id, Id), ()> = Map::new(17, "mentions");
/// (bucket, hash of user, room and nonce): a bucket is a few thousand neighbouring ids, so inserts stay close together.
pub const NONCES: Map<(u64, u64), row::NoncePlace> = Map::new(18, "nonces");
/// (stream, cursor): what happened, for resume.
pub const EVENTS: Map<(Id, Id), row::Log> = Map::new(19, "events");
/// Hour since 1970 to the last id given out before it: what is older than an age is below one of these.
pub const HOURS: Map<u64, u64> = Map::new(20, "hours");
/// Rooms that are gone and whose rows are still being removed.
pub const SWEEPS: Map<Id, ()> = Map::new(21, "sweeps");
/// The pictures of people.
pub const AVATARS: Map<Id, row::Avatar> = Map::new(22, "avatars");
/// (room, message) to the emoji under it.
pub const REACTIONS: Map<(Id, Id), Vec<row::Reaction>> = Map::new(23, "reactions");
/// (room, message)
pub const PINS: Map<(Id, Id), row::Pin> = Map::new(24, "pins");
/// (user, message)
pub const SAVED: Map<(Id, Id), row::Saved> = Map::new(25, "saved");
/// (room, message, the newest id when it was replaced) to what it said until then.
pub const VERSIONS: Map<(Id, Id, Id), row::Version> = Map::new(26, "versions");
/// (room, root) to what was said under it.
pub const THREADS: Map<(Id, Id), row::Thread> = Map::new(27, "threads");
/// (root, message)
pub const THREAD_MESSAGES: Map<(Id, Id), ()> = Map::new(28, "thread_messages");
/// (user, room, root)
pub const FOLLOWS: Map<(Id, Id, Id), row::Follow> = Map::new(29, "follows");
/// (user, room, thread; 0 in the room itself) to words not sent yet.
pub const DRAFTS: Map<(Id, Id, Id), row::Draft> = Map::new(30, "drafts");
/// (room, user): what others may know of what a member received and read.
pub const RECEIPTS: Map<(Id, Id), row::Receipt> = Map::new(31, "receipts");
/// User to the cursor up to which everything is in their hands.
pub const DELIVERED: Map<Id, u64> = Map::new(32, "delivered");
/// Who tells nobody what they read.
pub const DISCREET: Map<Id, ()> = Map::new(33, "discreet");
/// Files that are whole, by their random ids.
pub const FILES: Map<Text, row::File> = Map::new(34, "files");
/// Files on their way; each keeps its id when it is whole.
pub const UPLOADS: Map<Text, row::Upload> = Map::new(35, "uploads");
/// SHA-256 to the bytes with it, once for all files that are the same.
pub const CONTENTS: Map<SecretHash, row::Content> = Map::new(36, "contents");
/// What may be in `files.redb`.
pub const BLOBS: Map<Id, row::Blob> = Map::new(37, "blobs");
/// (user, order) to a file or an upload that is not sent yet.
pub const UNSENT: Map<(Id, Id), String> = Map::new(38, "unsent");
/// (room, message, place in it) to a file.
pub const ROOM_FILES: Map<(Id, Id, Id), String> = Map::new(39, "room_files");
/// What the files of a person take; under 0, what is stored of all.
pub const USAGE: Map<Id, row::Usage> = Map::new(40, "usage");
/// Those of `BLOBS` that no row names: bytes that are to go, or to be named yet.
pub const LOOSE: Map<Id, ()> = Map::new(41, "loose");
/// What was done to the house, in its order (`store::chain`).
pub const AUDIT: Map<Id, row::Audit> = Map::new(42, "audit");
/// `head` and `anchor` of it.
pub const CHAIN: Map<Text, row::Link> = Map::new(43, "chain");
/// Entries that are counted before they are written.
pub const FLOODS: Map<Text, row::Flood> = Map::new(44, "floods");
/// Who is kept out of the server, and from where.
pub const BANS: Map<Id, row::Ban> = Map::new(45, "bans");
/// (room, user) to who removed them for good.
pub const ROOM_BANS: Map<(Id, Id), row::RoomBan> = Map::new(46, "room_bans");
/// Erased people whose words are still being taken back, and up to where that is done.
pub const ERASES: Map<Id, row::Erase> = Map::new(47, "erases");
/// Browsers in which somebody was signed in before, by the hash of their cookie.
pub const DEVICES: Map<SecretHash, row::Device> = Map::new(48, "devices");
/// API keys, by the hashes of what is shown.
pub const KEYS: Map<SecretHash, row::Key> = Map::new(49, "keys");
/// The second factor of people.
pub const FACTORS: Map<Id, row::Factors> = Map::new(50, "factors");
/// (user, passkey)
pub const PASSKEYS: Map<(Id, Id), row::Passkey> = Map::new(51, "passkeys");
/// SHA-256 of a credential's id to its passkey.
pub const PASSKEY_PLACES: Map<SecretHash, row::PasskeyPlace> = Map::new(52, "passkey_places");
/// Whose password was set anew, until they are told.
pub const RESET_NOTES: Map<Id, row::ResetNote> = Map::new(53, "reset_notes");
/// Rooms whose oldest messages or files were removed, and up to where.
pub const TRIMS: Map<Id, row::Trim> = Map::new(54, "trims");
/// Every table of `snug.redb`, in the order of their numbers.
pub const NAMES: [&str; 55] = [
    META.name,
    SETTINGS.name,
    USERS.name,
    PRIVATE.name,
    USERNAMES.name,
    SESSIONS.name,
    INVITES.name,
    INVITE_CODES.name,
    RESETS.name,
    FAILURES.name,
    ROOMS.name,
    ROOM_NAMES.name,
    DIRECTS.name,
    MEMBERS.name,
    ROOMS_OF.name,
    READS.name,
    MESSAGES.name,
    MENTIONS.name,
    NONCES.name,
    EVENTS.name,
    HOURS.name,
    SWEEPS.name,
    AVATARS.name,
    REACTIONS.name,
    PINS.name,
    SAVED.name,
    VERSIONS.name,
    THREADS.name,
    THREAD_MESSAGES.name,
    FOLLOWS.name,
    DRAFTS.name,
    RECEIPTS.name,
    DELIVERED.name,
    DISCREET.name,
    FILES.name,
    UPLOADS.name,
    CONTENTS.name,
    BLOBS.name,
    UNSENT.name,
    ROOM_FILES.name,
    USAGE.name,
    LOOSE.name,
    AUDIT.name,
    CHAIN.name,
    FLOODS.name,
    BANS.name,
    ROOM_BANS.name,
    ERASES.name,
    DEVICES.name,
    KEYS.name,
    FACTORS.name,
    PASSKEYS.name,
    PASSKEY_PLACES.name,
    RESET_NOTES.name,
    TRIMS.name,
];
