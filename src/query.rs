//! Every question that can be asked, one function each, over a snapshot. None of them meets the writer.
mod audit;
mod backups;
mod certificate;
mod figures;
mod inspection;
mod keys;
mod order;
mod person;
mod search;

pub use audit::*;
pub use backups::*;
pub use certificate::*;
pub use figures::{beats, figures, may_see_settings, open_figures};
pub use inspection::*;
pub use keys::*;
pub use order::*;
pub use person::write_person;
pub use search::{Question, search};

use crate::app::{App, Compaction};
use crate::auth::who::Who;
use crate::auth::{factor, invite, session};
use crate::chat::inventory::{self, Filter};
use crate::chat::message::{self, List};
use crate::chat::page::{self, Page, Place};
use crate::chat::permission;
use crate::chat::{
    draft, file, gallery, history, log, member, pin, place, profile, receipt, room, saved, thread, upload, user,
};
use crate::clock;
use crate::clock::Millis;
use crate::error::{self, Refusal, Result};
use crate::event::{Announcement, DraftView, FileView, MessageView, RoomView, ThreadMe, UserView};
use crate::id::{Id, SecretHash};
use crate::row::{self, RoomKind};
use crate::store::tables::ROOMS_OF;
use crate::store::{Mode, Snapshot, State, View};
use std::collections::HashSet;
use std::sync::Arc;

/// Part of a list, and the cursor of what follows.
pub type Paged<T> = (Vec<T>, Option<Id>);

/// All that a client needs to begin.
pub struct Sync {
    pub cursor: Id,
    pub me: UserView,
    pub settings: String,
    pub rooms: Vec<RoomView>,
    pub users: Vec<UserView>,
    /// Ids of messages.
    pub saved: Vec<Id>,
    pub threads: Vec<ThreadMe>,
    pub drafts: Vec<DraftView>,
}

/// What a connection needs to begin.
pub struct Resume {
    pub me: UserView,
    pub cursor: Id,
    pub rooms: HashSet<Id>,
    /// None: it is too far back, or was not asked for.
    pub missed: Option<Vec<Announcement>>,
}

/// Refuses with the reason while nothing can be written.
pub fn writable(app: &App) -> Result<()> {
    match app.store.modes() {
        (Mode::ReadOnly { why } | Mode::Down { why }, _) | (Mode::Ok, Mode::ReadOnly { why } | Mode::Down { why }) => {
            let detail = format!("The server's disk refuses to write: {why}.");
            Err(Refusal::new(503, "read_only", detail).retry_after(5).into())
        }
        (Mode::Ok, Mode::Ok) => Ok(()),
    }
}

pub async fn setup_needed(app: &App) -> Result<bool> {
    app.store.read(|view| user::none(view)).await
}

pub async fn sync(app: &App, who: &Who) -> Result<Sync> {
    let (user, reach) = (who.person()?, who.clone());
    ask(app, who, move |view| {
        let (mut rooms, _) = room::mine(view, user, 0, usize::MAX)?;
        rooms.retain(|room| reach.reaches(room.id));
        let people = rooms.iter().flat_map(|room| {
            let last = room.last.as_ref().map(|last| last.user);
            room.users.iter().flatten().copied().chain(last).chain([room.row.created_by])
        });
        let users = user::with_ids(view, people.chain([user]))?;
        Ok(Sync {
            cursor: log::cursor(view)?,
            me: user::find(view, user)?,
            settings: user::settings(view, user)?,
            drafts: kept(draft::all(view, user)?, |draft| reach.reaches(draft.room)),
            rooms,
            users,
            saved: match reach.rooms() {
                None => saved::ids(view, user)?,
                // Ids alone do not say whose they are.
                Some(_) => Vec::new(),
            },
            threads: kept(thread::snapshot(view, user)?, |thread| reach.reaches(thread.room)),
        })
    })
    .await
}

fn kept<T>(mut list: Vec<T>, fits: impl Fn(&T) -> bool) -> Vec<T> {
    list.retain(fits);
    list
}

/// What somebody missed after `since`, with the moment from which live events follow.
pub async fn resume(app: &App, who: &Who, user: Id, since: Option<Id>) -> Result<Resume> {
    let who = who.clone();
    app.store
        .read(move |view| {
            let rooms = ROOMS_OF.list(view, (user, 0)..=(user, u64::MAX), usize::MAX)?;
            Ok(Resume {
                me: user::find(view, user)?,
                cursor: log::cursor(view)?,
                rooms: rooms.into_iter().map(|((_, room), ())| room).collect(),
                missed: since.map(|since| log::missed(view, user, since)).transpose()?.flatten().map(|mut missed| {
                    missed.retain(|told| told.event.room().is_none_or(|room| who.reaches(room)));
                    missed
                }),
            })
        })
        .await
}

pub async fn me(app: &App, who: &Who) -> Result<(UserView, String)> {
    let user = who.person()?;
    ask(app, who, move |view| Ok((user::find(view, user)?, user::settings(view, user)?))).await
}

pub async fn avatar(app: &App, who: &Who, user: Id, hash: String) -> Result<row::Avatar> {
    ask(app, who, move |view| profile::avatar(view, user, &hash)).await
}

pub async fn drafts(app: &App, who: &Who) -> Result<Vec<DraftView>> {
    let user = who.person()?;
    ask(app, who, move |view| draft::all(view, user)).await
}

pub async fn sessions(app: &App, who: &Who) -> Result<Vec<(SecretHash, row::Session)>> {
    let user = who.person()?;
    ask(app, who, move |view| session::of_user(view, user)).await
}

/// What one has beside a password.
pub async fn factors(app: &App, who: &Who) -> Result<factor::Standing> {
    let user = who.person()?;
    ask(app, who, move |view| factor::of(view, user)).await
}

pub async fn user(app: &App, who: &Who, id: Id) -> Result<UserView> {
    ask(app, who, move |view| user::find(view, id)).await
}

pub async fn shared_rooms(app: &App, who: &Who, other: Id) -> Result<Vec<Id>> {
    let user = who.person()?;
    ask(app, who, move |view| member::shared(view, user, other)).await
}

pub async fn users_with_ids(app: &App, who: &Who, ids: Vec<Id>) -> Result<Vec<UserView>> {
    ask(app, who, move |view| user::with_ids(view, ids)).await
}

pub async fn users(app: &App, who: &Who, query: String, cursor: Id, limit: usize) -> Result<Paged<UserView>> {
    ask(app, who, move |view| user::search(view, &query, cursor, limit)).await
}

pub async fn rooms(app: &App, who: &Who, public: bool, cursor: Id, limit: usize) -> Result<Paged<RoomView>> {
    let user = who.person()?;
    let (rooms, next) = ask(app, who, move |view| match public {
        true => room::all(view, Some(user), |kind| kind == RoomKind::Public, cursor, limit),
        false => room::mine(view, user, cursor, limit),
    })
    .await?;
    Ok((kept(rooms, |room| who.reaches(room.id)), next))
}

pub async fn room(app: &App, who: &Who, id: Id) -> Result<RoomView> {
    let user = who.person()?;
    ask(app, who, move |view| room::find(view, user, id)).await
}

pub async fn members(app: &App, who: &Who, room: Id, cursor: Id, limit: usize) -> Result<Paged<member::Listed>> {
    let user = who.person()?;
    ask(app, who, move |view| member::list(view, user, room, cursor, limit)).await
}

pub async fn messages(app: &App, who: &Who, room: Id, place: Place, limit: usize) -> Result<Page> {
    let user = who.person()?;
    ask(app, who, move |view| page::of_room(view, user, room, place, limit)).await
}

/// The answers of a thread, with its root and how one has it.
pub async fn thread(
    app: &App,
    who: &Who,
    room: Id,
    root: Id,
    place: Place,
    limit: usize,
) -> Result<(MessageView, ThreadMe, Page)> {
    let user = who.person()?;
    ask(app, who, move |view| {
        let (first, page) = page::of_thread(view, user, room, root, place, limit)?;
        Ok((first, thread::me(view, user, room, root)?, page))
    })
    .await
}

/// The threads that one follows.
pub async fn threads(
    app: &App,
    who: &Who,
    cursor: Option<Id>,
    limit: usize,
) -> Result<(Vec<thread::Listed>, Vec<UserView>, Option<Id>)> {
    let user = who.person()?;
    ask(app, who, move |view| thread::mine(view, user, cursor, limit)).await
}

pub async fn versions(app: &App, who: &Who, room: Id, message: Id) -> Result<Vec<row::Version>> {
    let user = who.person()?;
    ask(app, who, move |view| history::list(view, user, room, message)).await
}

pub async fn pins(app: &App, who: &Who, room: Id, cursor: Id, limit: usize) -> Result<List> {
    let user = who.person()?;
    ask(app, who, move |view| pin::list(view, user, room, cursor, limit)).await
}

pub async fn saved(app: &App, who: &Who, cursor: Option<Id>, limit: usize) -> Result<List> {
    let user = who.person()?;
    ask(app, who, move |view| saved::list(view, user, cursor.unwrap_or(Id::MAX), limit)).await
}

pub async fn file(app: &App, who: &Who, id: String) -> Result<FileView> {
    let user = who.person()?;
    let file = ask(app, who, move |view| file::find(view, user, &id)).await?;
    within(who, file.row.room).map(|()| file)
}

/// Refuses a thing of a room that a limited key does not reach, as if it were not there.
fn within(who: &Who, room: Id) -> Result<()> {
    if who.reaches(room) { Ok(()) } else { Err(error::not_found().into()) }
}

/// A file that one may read, and where its bytes are.
pub async fn file_content(app: &App, who: &Who, id: String) -> Result<(FileView, Id)> {
    let user = who.person()?;
    let found = ask(app, who, move |view| file::content(view, user, &id)).await?;
    within(who, found.0.row.room).map(|()| found)
}

/// The files of a room, newest first.
pub async fn gallery(
    app: &App,
    who: &Who,
    room: Id,
    kind: Option<gallery::Kind>,
    before: Option<gallery::Cursor>,
    limit: usize,
) -> Result<gallery::Gallery> {
    let user = who.person()?;
    ask(app, who, move |view| gallery::page(view, user, room, kind, before, limit)).await
}

/// The picture in small of a file that one may read.
pub async fn thumb(app: &App, who: &Who, id: String) -> Result<(row::Thumb, Millis)> {
    let (user, reach) = (who.person()?, who.clone());
    ask(app, who, move |view| {
        within(&reach, file::find(view, user, &id)?.row.room)?;
        file::thumb(view, user, &id)
    })
    .await
}

/// What became of one's own upload in a room, and how many of its bytes are durable.
pub async fn upload(app: &App, who: &Who, room: Id, id: String) -> Result<(upload::Found, u64)> {
    let (user, files) = (who.person()?, app.store.files().clone());
    ask(app, who, move |view| {
        let found = upload::find(view, user, room, &id)?;
        let offset = match &found {
            upload::Found::Coming(row) => files.length(row.blob)?,
            upload::Found::Whole(file) => file.row.size,
        };
        Ok((found, offset))
    })
    .await
}

pub async fn message(app: &App, who: &Who, room: Id, id: Id) -> Result<MessageView> {
    let user = who.person()?;
    ask(app, who, move |view| message::find(view, user, room, id)).await
}

pub async fn mentions(app: &App, who: &Who, before: Id, limit: usize) -> Result<message::List> {
    let user = who.person()?;
    ask(app, who, move |view| message::mentions(view, user, before, limit)).await
}

pub async fn message_receipts(app: &App, who: &Who, room: Id, id: Id) -> Result<receipt::OfMessage> {
    let user = who.person()?;
    ask(app, who, move |view| receipt::of_message(view, user, room, id)).await
}

pub async fn room_receipts(app: &App, who: &Who, room: Id) -> Result<Vec<receipt::OfMember>> {
    let user = who.person()?;
    ask(app, who, move |view| receipt::of_room(view, user, room)).await
}

pub async fn invites(app: &App, who: &Who) -> Result<Vec<invite::Listed>> {
    let asker = who.asker;
    ask(app, who, move |view| invite::list(view, asker, clock::now())).await
}

/// What an invite promises, without using it.
pub struct InvitePreview {
    pub server: String,
    pub by: Option<UserView>,
    pub rooms: Vec<(Id, String)>,
    pub invite: invite::Listed,
}

pub async fn invite_preview(app: &App, code: String) -> Result<InvitePreview> {
    app.store
        .read(move |view| {
            let invite = invite::find(view, &code, clock::now())?;
            Ok(InvitePreview {
                server: place::name(view)?,
                by: invite.row.created_by.map(|by| user::find(view, by)).transpose()?,
                rooms: invite::room_names(view, &invite)?,
                invite,
            })
        })
        .await
}

/// Every file, for admins of the server.
pub async fn all_files(app: &App, who: &Who, filter: Filter, after: Id, limit: usize) -> Result<Paged<FileView>> {
    let asker = who.asker;
    ask(app, who, move |view| {
        permission::server_admin(view, asker)?;
        inventory::files(view, filter, after, limit)
    })
    .await
}

/// What all files take, for admins of the server.
/// The server's disk, and whether the databases are being made smaller.
pub async fn storage(app: &Arc<App>, who: &Who) -> Result<(State, Compaction)> {
    let asker = who.asker;
    ask(app, who, move |view| permission::server_admin(view, asker)).await?;
    Ok((app.measured_store_state().await?, app.compaction()))
}

pub async fn file_totals(app: &App, who: &Who) -> Result<inventory::Totals> {
    let asker = who.asker;
    ask(app, who, move |view| {
        permission::server_admin(view, asker)?;
        inventory::totals(view)
    })
    .await
}

/// A person with their sessions and how they sign in, for admins of the server.
pub async fn any_user(
    app: &App,
    who: &Who,
    id: Id,
) -> Result<(UserView, Vec<(SecretHash, row::Session)>, factor::Standing)> {
    let asker = who.asker;
    ask(app, who, move |view| {
        permission::server_admin(view, asker)?;
        Ok((user::find(view, id)?, session::of_user(view, id)?, factor::of(view, id)?))
    })
    .await
}

/// The person with a username, for admins of the server.
pub async fn user_named(app: &App, who: &Who, username: String) -> Result<Option<UserView>> {
    let asker = who.asker;
    ask(app, who, move |view| {
        permission::server_admin(view, asker)?;
        user::named(view, &username)
    })
    .await
}

/// People, for admins of the server.
pub async fn any_users(app: &App, who: &Who, query: String, cursor: Id, limit: usize) -> Result<Paged<UserView>> {
    let asker = who.asker;
    ask(app, who, move |view| {
        permission::server_admin(view, asker)?;
        user::search(view, &query, cursor, limit)
    })
    .await
}

/// How much there is of everything.
pub struct Counts {
    pub users: u64,
    pub rooms: u64,
    pub messages: u64,
    pub cursor: Id,
}

pub async fn counts(app: &App, who: &Who) -> Result<Counts> {
    use crate::store::tables::{MESSAGES, ROOMS, USERS};
    let asker = who.asker;
    ask(app, who, move |view| {
        permission::server_admin(view, asker)?;
        Ok(Counts {
            users: view.count(USERS.number)?,
            rooms: view.count(ROOMS.number)?,
            messages: view.count(MESSAGES.number)?,
            cursor: log::cursor(view)?,
        })
    })
    .await
}

async fn ask<T: Send + 'static>(
    app: &App,
    who: &Who,
    question: impl FnOnce(&Snapshot) -> Result<T> + Send + 'static,
) -> Result<T> {
    if let Some(user) = who.asker.user() {
        app.rates.reads.take(user, "You are asking faster than this server allows.")?;
    }
    app.store.read(question).await
}
