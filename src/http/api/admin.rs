//! What the command line does, for it and for the server's admins.
use super::members::Members;
use super::storage::Store;
use super::users::Users;
use super::{PageQuery, checked_limit};
use crate::app::Process;
use crate::chat::room::Edit;
use crate::chat::user::Standing;
use crate::command::{self, Account};
use crate::config::TlsMode;
use crate::error::Result;
use crate::http::ask::Ask;
use crate::http::body::{nullable, whole_number};
use crate::http::reply::Reply;
use crate::id::Id;
#[cfg(test)]
use crate::limits;
use crate::row::Role;
use crate::{query, wire};
use bytes::Bytes;
use http_body_util::BodyExt;
use http_body_util::channel::Channel;
use hyper::StatusCode;
use serde::{Deserialize, Serialize};
use std::io;

#[derive(Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
struct Status<'a> {
    version: &'static str,
    uptime_s: u64,
    setup_needed: bool,
    /// Addresses and ports.
    listening: Vec<String>,
    /// Whether it speaks TLS itself.
    tls: bool,
    users: u64,
    rooms: u64,
    messages: u64,
    connections: usize,
    people_connected: usize,
    cursor: Id,
    backups: wire::Backups,
    /// None where TLS is off.
    certificate: Option<wire::Certificate<'a>>,
    store: Store,
    search: wire::SearchIndex,
    process: Running,
    proxies: Proxies,
    /// Of the last minute.
    now: wire::Pulse,
}

/// What the server takes of the machine.
#[derive(Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[cfg_attr(test, schemars(rename = "Process"))]
struct Running {
    resident_bytes: u64,
    open_files: u64,
    open_files_max: Option<u64>,
    cpu_s: f64,
}

/// What was seen of proxies since the start.
#[derive(Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
struct Proxies {
    /// Requests that came by trusted ones, and how many of them did not say what they must.
    requests: u64,
    without_for: u64,
    without_proto: u64,
    /// Neighbours that say they pass on for others, and are not trusted.
    strangers: Vec<String>,
}

pub async fn status(ask: Ask) -> Result<Reply> {
    ask.no_query()?;
    let counts = query::counts(&ask.app, &ask.who()?).await?;
    let backups = query::backup_state(&ask.app, &ask.who()?).await?;
    let certificate = ask.app.tls.get().map(|tls| tls.state());
    let setup_needed = query::setup_needed(&ask.app).await?;
    let (process, seen) = (Process::now(), ask.app.proxies.seen());
    Ok(Reply::ok(&Status {
        version: env!("CARGO_PKG_VERSION"),
        uptime_s: ask.app.started.elapsed().as_secs(),
        setup_needed,
        tls: ask.app.config.server.tls != TlsMode::Off,
        listening: ask.app.listening.get().into_iter().flatten().map(ToString::to_string).collect(),
        users: counts.users,
        rooms: counts.rooms,
        messages: counts.messages,
        connections: ask.app.hub.connections(),
        people_connected: ask.app.hub.people(),
        cursor: counts.cursor,
        backups: backups.into(),
        certificate: certificate.as_ref().map(wire::Certificate::new),
        store: ask.app.measured_store_state().await?.into(),
        search: ask.app.search.standing().into(),
        process: Running {
            resident_bytes: process.resident_bytes,
            open_files: process.open_files,
            open_files_max: process.open_files_max,
            cpu_s: process.cpu_secs,
        },
        proxies: Proxies {
            requests: seen.requests,
            without_for: seen.without_for,
            without_proto: seen.without_proto,
            strangers: seen.strangers.iter().map(ToString::to_string).collect(),
        },
        now: ask.app.beat_now().into(),
    }))
}

#[derive(Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
struct UsersQuery {
    query: Option<String>,
    username: Option<String>,
    #[cfg_attr(test, schemars(range(min = 1, max = limits::PAGE_MAX)))]
    limit: Option<usize>,
    #[serde(default, deserialize_with = "whole_number")]
    cursor: Option<Id>,
}

pub async fn users(ask: Ask) -> Result<Reply> {
    let asked: UsersQuery = ask.query()?;
    let who = ask.who()?;
    let (users, next) = match asked.username {
        Some(username) => (Vec::from_iter(query::user_named(&ask.app, &who, username).await?), None),
        None => {
            let limit = checked_limit(asked.limit)?;
            query::any_users(&ask.app, &who, asked.query.unwrap_or_default(), asked.cursor.unwrap_or(0), limit).await?
        }
    };
    Ok(Reply::ok(&Users { users: users.iter().map(wire::User::from).collect(), next }))
}

#[derive(Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
struct JustUser<'a> {
    user: wire::User<'a>,
}

#[derive(Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
struct UserShown<'a> {
    user: wire::User<'a>,
    sessions: Vec<wire::Session<'a>>,
    factors: FactorCounts,
}

/// How somebody signs in, in short.
#[derive(Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
struct FactorCounts {
    totp: bool,
    recovery_codes_left: usize,
    passkeys: usize,
}

pub async fn user(ask: Ask) -> Result<Reply> {
    ask.no_query()?;
    let who = ask.who()?;
    let (user, sessions, standing) = query::any_user(&ask.app, &who, ask.id("user")?).await?;
    let sessions = sessions.iter().map(|row| wire::Session::new(row, who.session.as_ref())).collect();
    let factors = FactorCounts {
        totp: standing.totp,
        recovery_codes_left: standing.recovery_left,
        passkeys: standing.passkeys.len(),
    };
    Ok(Reply::ok(&UserShown { user: (&user).into(), sessions, factors }))
}

#[derive(Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
struct NewUserBody {
    #[cfg_attr(test, schemars(length(min = 2, max = 32), regex(pattern = "^[A-Za-z0-9][A-Za-z0-9._-]*$")))]
    username: String,
    #[cfg_attr(test, schemars(length(max = limits::NAME_CHARS_MAX)))]
    name: Option<String>,
    role: Option<Role>,
    #[cfg_attr(test, schemars(length(min = 1, max = limits::PASSWORD_CHARS_MAX)))]
    password: String,
}

pub async fn add_user(mut ask: Ask) -> Result<Reply> {
    let body: NewUserBody = ask.json().await?;
    let account = Account { username: body.username, name: body.name, password: body.password };
    let user = command::add_user(&ask.app, &ask.who()?, account, body.role.unwrap_or(Role::Member)).await?;
    Ok(Reply::created(&JustUser { user: (&user).into() }))
}

#[derive(Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
struct UserPatch {
    role: Option<Role>,
    active: Option<bool>,
}

pub async fn edit_user(mut ask: Ask) -> Result<Reply> {
    let UserPatch { role, active } = ask.json().await?;
    let user = command::set_standing(&ask.app, &ask.who()?, ask.id("user")?, Standing { role, active }).await?;
    Ok(Reply::ok(&JustUser { user: (&user).into() }))
}

pub async fn delete_user(ask: Ask) -> Result<Reply> {
    command::erase_user(&ask.app, &ask.who()?, ask.id("user")?, false).await?;
    Ok(Reply::nothing())
}

#[derive(Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
struct PasswordBody {
    #[cfg_attr(test, schemars(length(min = 1, max = limits::PASSWORD_CHARS_MAX)))]
    new: String,
}

pub async fn set_password(mut ask: Ask) -> Result<Reply> {
    let body: PasswordBody = ask.json().await?;
    command::set_password(&ask.app, &ask.who()?, ask.id("user")?, body.new).await?;
    Ok(Reply::nothing())
}

#[derive(Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
struct ResetLink<'a> {
    url: &'a str,
    qr: &'a str,
    expires_at: u64,
}

#[derive(Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
struct ResetBody {
    /// Whether the link takes the second factor away too.
    #[serde(default)]
    factors: bool,
}

/// A one-time link. Its code stands behind the `#`, so that no log on the way ever holds it (S18).
pub async fn reset_user(mut ask: Ask) -> Result<Reply> {
    let body: Option<ResetBody> = ask.json_if_any().await?;
    let factors = body.is_some_and(|body| body.factors);
    let (code, expires_at) = command::make_reset(&ask.app, &ask.who()?, ask.id("user")?, factors).await?;
    let url = format!("{}/reset#{code}", ask.origin().unwrap_or_else(|| ask.app.first_url()));
    let qr = crate::http::qr::svg(&url);
    Ok(Reply::created(&ResetLink { url: &url, qr: &qr, expires_at }))
}

#[derive(Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
struct Sessions<'a> {
    sessions: Vec<wire::Session<'a>>,
}

pub async fn user_sessions(ask: Ask) -> Result<Reply> {
    ask.no_query()?;
    let who = ask.who()?;
    let (_, sessions, _) = query::any_user(&ask.app, &who, ask.id("user")?).await?;
    let current = who.session.as_ref();
    Ok(Reply::ok(&Sessions { sessions: sessions.iter().map(|row| wire::Session::new(row, current)).collect() }))
}

pub async fn end_user_session(ask: Ask) -> Result<Reply> {
    command::end_user_session(&ask.app, &ask.who()?, ask.id("user")?, ask.id("session")?).await?;
    Ok(Reply::nothing())
}

pub async fn sign_out_user(ask: Ask) -> Result<Reply> {
    command::sign_out_user(&ask.app, &ask.who()?, ask.id("user")?).await?;
    Ok(Reply::nothing())
}

#[derive(Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
struct AllRooms<'a> {
    rooms: Vec<wire::Room<'a>>,
    /// They are counted, and not shown: who talks with whom is theirs.
    directs: usize,
    next: Option<Id>,
}

#[derive(Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
struct RoomsQuery {
    name: Option<String>,
    #[cfg_attr(test, schemars(range(min = 1, max = limits::PAGE_MAX)))]
    limit: Option<usize>,
    #[serde(default, deserialize_with = "whole_number")]
    cursor: Option<Id>,
}

pub async fn rooms(ask: Ask) -> Result<Reply> {
    let asked: RoomsQuery = ask.query()?;
    let who = ask.who()?;
    let ((rooms, next), directs) = match asked.name {
        Some(name) => {
            let (found, directs) = query::room_named(&ask.app, &who, name).await?;
            ((Vec::from_iter(found), None), directs)
        }
        None => {
            let limit = checked_limit(asked.limit)?;
            query::all_rooms(&ask.app, &who, asked.cursor.unwrap_or(0), limit).await?
        }
    };
    Ok(Reply::ok(&AllRooms { rooms: rooms.iter().map(wire::Room::from).collect(), directs, next }))
}

#[derive(Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
struct RoomShown<'a> {
    room: wire::Room<'a>,
    #[serde(flatten)]
    members: Members<'a>,
}

pub async fn room(ask: Ask) -> Result<Reply> {
    let page: PageQuery = ask.query()?;
    let limit = checked_limit(page.limit)?;
    let (room, (members, next)) =
        query::any_room(&ask.app, &ask.who()?, ask.id("room")?, page.cursor.unwrap_or(0), limit).await?;
    Ok(Reply::ok(&RoomShown { room: (&room).into(), members: Members::new(&members, next) }))
}

#[derive(Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
#[cfg_attr(test, schemars(rename = "AnyRoomPatch"))]
struct RoomPatch {
    #[cfg_attr(test, schemars(length(min = 1, max = limits::ROOM_NAME_CHARS_MAX)))]
    name: Option<String>,
    #[serde(default, deserialize_with = "nullable")]
    #[cfg_attr(test, schemars(length(max = limits::TOPIC_CHARS_MAX)))]
    topic: Option<Option<String>>,
    archived: Option<bool>,
}

pub async fn edit_room(mut ask: Ask) -> Result<Reply> {
    let RoomPatch { name, topic, archived } = ask.json().await?;
    let edit = Edit { name, topic, archived, ..Edit::default() };
    let room = command::edit_any_room(&ask.app, &ask.who()?, ask.id("room")?, edit).await?;
    Ok(Reply::ok(&wire::Room::from(&room)))
}

pub async fn delete_room(ask: Ask) -> Result<Reply> {
    command::delete_any_room(&ask.app, &ask.who()?, ask.id("room")?).await?;
    Ok(Reply::nothing())
}

/// Chunks of a backup between the thread that reads and the socket.
const BACKUP_CHUNKS: usize = 8;
const BACKUP_CHUNK_BYTES: usize = 256 * 1024;

/// A backup of this moment, as a stream.
pub async fn backup(ask: Ask) -> Result<Reply> {
    command::begin_backup(&ask.app, &ask.who()?).await?;
    let backups = ask.app.backups.clone();
    Ok(streamed("application/octet-stream", move |out| backups.stream(out)))
}

/// An answer that is written by a thread which may block, as fast as it is read.
pub(super) fn streamed(
    kind: &'static str,
    write: impl FnOnce(&mut dyn io::Write) -> Result<()> + Send + 'static,
) -> Reply {
    let (sender, body) = Channel::<Bytes, io::Error>::new(BACKUP_CHUNKS);
    let runtime = tokio::runtime::Handle::current();
    tokio::task::spawn_blocking(move || {
        let mut out = io::BufWriter::with_capacity(BACKUP_CHUNK_BYTES, Chunks { sender, runtime });
        if let Err(error) = write(&mut out) {
            tracing::warn!(%error, "an answer broke off");
            if let Ok(Chunks { sender, .. }) = out.into_inner() {
                sender.abort(io::Error::other(error.to_string()));
            }
        }
    });
    Reply::stream(StatusCode::OK, Some(kind), body.boxed_unsync())
}

/// Writes into the body of an answer, waiting where the reader is slow.
struct Chunks {
    sender: http_body_util::channel::Sender<Bytes, io::Error>,
    runtime: tokio::runtime::Handle,
}

impl io::Write for Chunks {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let sent = self.runtime.block_on(self.sender.send_data(Bytes::copy_from_slice(bytes)));
        sent.map(|()| bytes.len()).map_err(|_| io::Error::from(io::ErrorKind::BrokenPipe))
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// What is said of these routes to programs.
#[cfg(test)]
pub fn contract() -> crate::http::contract::Section {
    use crate::http::contract::{Section, route};
    use serde_json::json;
    Section {
        name: "Administration",
        about: "What the command line does, for it and for the server's admins.",
        routes: vec![
            route("GET /api/v1/admin/status", "How much there is")
                .gives::<Status>(200, "Counts")
                .says(403, "forbidden"),
            route("GET /api/v1/admin/users", "People, erased and disabled ones too")
                .query::<UsersQuery>()
                .gives::<Users>(200, "A page of them")
                .says(403, "forbidden"),
            route("POST /api/v1/admin/users", "Add a person")
                .json::<NewUserBody>(
                    json!({"username": "bo", "password": "cedar lantern orbit twelve", "role": "member"}),
                )
                .gives::<JustUser>(201, "The person")
                .says(409, "username_taken")
                .says(422, "weak_password"),
            route("GET /api/v1/admin/users/{user}", "A person and their sessions")
                .gives::<UserShown>(200, "The person")
                .says(403, "forbidden"),
            route("PATCH /api/v1/admin/users/{user}", "Give a person another role, disable or enable them")
                .json::<UserPatch>(json!({"active": false}))
                .gives::<JustUser>(200, "The person as they are now")
                .says(403, "forbidden")
                .says_any(409, &["last_owner", "ban_stands", "bot"]),
            route("DELETE /api/v1/admin/users/{user}", "Erase a person")
                .done(204, "They are erased")
                .says(403, "forbidden")
                .says(409, "last_owner"),
            route("PUT /api/v1/admin/users/{user}/password", "Set a person's password")
                .json::<PasswordBody>(json!({"new": "velvet onion harbour sixteen"}))
                .done(204, "It is set; their sessions have ended")
                .says(409, "bot")
                .says(422, "weak_password"),
            route(
                "POST /api/v1/admin/users/{user}/reset",
                "Make a one-time link with which a person chooses a new password",
            )
            .json::<ResetBody>(json!({"factors": false}))
            .gives::<ResetLink>(201, "The link, this once")
            .says(403, "forbidden")
            .says(409, "bot"),
            route("GET /api/v1/admin/users/{user}/sessions", "Where a person is signed in")
                .gives::<Sessions>(200, "Their sessions")
                .says(403, "forbidden"),
            route("DELETE /api/v1/admin/users/{user}/sessions/{session}", "End one session of a person")
                .done(204, "It has ended")
                .says(403, "forbidden"),
            route("DELETE /api/v1/admin/users/{user}/sessions", "End all sessions of a person")
                .done(204, "They have ended")
                .says(403, "forbidden"),
            route("GET /api/v1/admin/rooms", "All rooms but directs, which are counted")
                .query::<RoomsQuery>()
                .gives::<AllRooms>(200, "A page of them")
                .says(403, "forbidden"),
            route("GET /api/v1/admin/rooms/{room}", "A room that is no direct, and its members")
                .query::<PageQuery>()
                .gives::<RoomShown>(200, "The room")
                .says(403, "forbidden"),
            route("PATCH /api/v1/admin/rooms/{room}", "Rename a room, change its topic, archive it or bring it back")
                .json::<RoomPatch>(json!({"archived": true}))
                .gives::<wire::Room>(200, "The room as it is now")
                .says_any(403, &["forbidden", "archived"])
                .says_any(409, &["direct", "name_taken"]),
            route("DELETE /api/v1/admin/rooms/{room}", "Delete a room").done(204, "It is gone").says(403, "forbidden"),
            route("GET /api/v1/admin/backup", "A backup of this moment").sends(
                200,
                &["application/octet-stream"],
                "The backup, as a stream",
            ),
        ],
    }
}
