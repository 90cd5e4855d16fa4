//! Every change that can be asked for, one function each: its limit, then its noun. Transports only translate to these.
mod admin;
mod backups;
mod certificate;
mod erase;
mod factors;
mod keys;
mod link;
mod login;
mod order;
mod rooms;
mod search;
mod settings;
mod tokens;
mod upload;

pub use admin::*;
pub use backups::*;
pub use certificate::*;
pub use erase::*;
use factors::reauthenticate;
pub use keys::*;
use login::entered;

pub use factors::*;
pub use link::*;
pub use login::*;
pub use order::*;
pub use rooms::*;
pub use search::*;
pub use settings::*;
pub use tokens::*;
pub use upload::*;

use crate::app::{App, Marked};
use crate::auth::invite;
use crate::auth::session::{self, Device};
use crate::auth::throttle::Source;
use crate::auth::turn::Turn;
use crate::auth::who::{Pass, Who};
use crate::auth::{device, factor, key_limited, reset, throttle};
use crate::chat::audit::{self, Action, By, Subject};
use crate::chat::draft::NewDraft;
use crate::chat::message::{self, Draft, Sent};
use crate::chat::profile::{self, Profile};
use crate::chat::user::{self, NewUser};
use crate::chat::{draft, mention, pin, place, reaction, receipt, saved, thread, unread};
use crate::config::Registration;
use crate::error::{self, Refusal, Result};
use crate::event::{DraftView, MessageView, ThreadMe, UserView};
use crate::id::{self, Id, SecretHash};
use crate::limits;
use crate::row::{ActorKind, ImageKind, ResetNote, Role};
use crate::store::tables::MESSAGES;
use crate::store::{Answer, Change};
use std::net::IpAddr;

/// Somebody who has just signed in, with the token for their cookie.
pub struct SignedIn {
    pub user: UserView,
    pub token: String,
    /// Their password was set anew since they signed in last.
    pub reset: Option<ResetNote>,
}

/// An account that somebody makes for themselves.
pub struct Account {
    pub username: String,
    pub name: Option<String>,
    pub password: String,
}

// Talk.

pub async fn send(app: &App, who: &Who, room: Id, mut draft: Draft) -> Result<Answer<Sent>> {
    let user = who.person()?;
    app.rates.messages.take(user, "You are sending faster than this server allows.")?;
    app.space.for_words()?;
    draft.check()?;
    draft.here = here(app, room, &draft.text);
    let still = still_signed_in(app, who);
    app.store
        .submit(move |change| {
            still()?;
            message::send(change, user, room, &draft)
        })
        .await
}

pub async fn edit_message(app: &App, who: &Who, room: Id, id: Id, text: String) -> Result<MessageView> {
    let user = who.person()?;
    app.rates.messages.take(user, "You are editing faster than this server allows.")?;
    app.space.for_words()?;
    message::check_length(&text)?;
    let (here, still) = (here(app, room, &text), still_signed_in(app, who));
    app.store
        .change(move |change| {
            still()?;
            message::edit(change, user, room, id, &text, &here)
        })
        .await
}

pub async fn delete_message(app: &App, who: &Who, room: Id, id: Id) -> Result<()> {
    let (user, by) = (who.person()?, who.by());
    app.store
        .change(move |change| {
            let author = MESSAGES.get(change, (room, id))?.map(|row| row.head.user);
            message::delete(change, user, room, id)?;
            match author {
                Some(author) if author != user => {
                    let subjects = [Subject::Message(id), Subject::Room(room), Subject::User(author)];
                    audit::record(change, &by, Action::MessageDeletedByAdmin, &subjects, &[])
                }
                _ => Ok(()),
            }
        })
        .await
}

pub async fn react(app: &App, who: &Who, room: Id, message: Id, emoji: &str) -> Result<MessageView> {
    let (user, emoji) = (who.person()?, reaction::emoji(emoji)?);
    app.rates.reactions.take(user, TOO_FAST)?;
    app.store.change(move |change| reaction::add(change, user, room, message, emoji)).await
}

pub async fn unreact(app: &App, who: &Who, room: Id, message: Id, emoji: &str) -> Result<()> {
    let (user, emoji) = (who.person()?, reaction::emoji(emoji)?);
    app.rates.reactions.take(user, TOO_FAST)?;
    app.store.change(move |change| reaction::remove(change, user, room, message, emoji)).await
}

pub async fn pin(app: &App, who: &Who, room: Id, message: Id) -> Result<MessageView> {
    let user = who.person()?;
    app.rates.reactions.take(user, TOO_FAST)?;
    app.store.change(move |change| pin::add(change, user, room, message)).await
}

pub async fn unpin(app: &App, who: &Who, room: Id, message: Id) -> Result<()> {
    let user = who.person()?;
    app.rates.reactions.take(user, TOO_FAST)?;
    app.store.change(move |change| pin::remove(change, user, room, message)).await
}

pub async fn save_message(app: &App, who: &Who, room: Id, message: Id) -> Result<MessageView> {
    let user = who.person()?;
    app.rates.reactions.take(user, TOO_FAST)?;
    app.store.change(move |change| saved::add(change, user, room, message)).await
}

pub async fn unsave_message(app: &App, who: &Who, room: Id, message: Id) -> Result<()> {
    let user = who.person()?;
    app.rates.reactions.take(user, TOO_FAST)?;
    app.store.change(move |change| saved::remove(change, user, room, message)).await
}

/// Asked when a change is decided: who was signed out while their words were on the way says nothing any more (S21). What
/// earlier commits ended is known by then.
fn still_signed_in(app: &App, who: &Who) -> impl Fn() -> Result<()> + Send + 'static {
    let (sessions, keys) = (app.sessions.clone(), app.keys.clone());
    let (session, pass) = (who.session, who.pass.clone());
    move || {
        let is_live = match &pass {
            Pass::Key { key, .. } => keys.is_live(key, crate::clock::now()),
            _ => session.is_none_or(|session| sessions.is_live(&session)),
        };
        if is_live { Ok(()) } else { Err(error::not_signed_in().into()) }
    }
}

const TOO_FAST: &str = "You are doing this faster than this server allows.";

/// Moves the read mark; what comes while one is on its way joins the next.
pub fn read(app: &App, who: &Who, room: Id, up_to: Id) -> Result<Marked> {
    let (user, store) = (who.person()?, app.store.clone());
    Ok(app.reads.moves((user, room), up_to, move |up_to| {
        let store = store.clone();
        async move { store.change(move |change| unread::read(change, user, room, up_to)).await }
    }))
}

/// Marks every room and every followed thread read.
pub async fn read_all(app: &App, who: &Who) -> Result<()> {
    let user = who.person()?;
    app.store
        .change(move |change| {
            unread::read_all(change, user)?;
            thread::read_all(change, user)
        })
        .await
}

/// Everything up to the cursor is in a person's hands, on one device at least.
pub fn received(app: &App, who: &Who, cursor: Id) -> Result<Marked> {
    let (user, store) = (who.person()?, app.store.clone());
    Ok(app.received.moves(user, cursor, move |cursor| {
        let store = store.clone();
        async move { store.change(move |change| receipt::received(change, user, cursor)).await }
    }))
}

pub async fn unread(app: &App, who: &Who, room: Id, from: Id) -> Result<()> {
    let user = who.person()?;
    // What was read before comes before.
    app.reads.settled((user, room)).await;
    app.store.change(move |change| unread::unread(change, user, room, from)).await
}

pub async fn follow_thread(app: &App, who: &Who, room: Id, root: Id, following: bool) -> Result<ThreadMe> {
    let user = who.person()?;
    app.store.change(move |change| thread::edit_me(change, user, room, root, following)).await
}

pub async fn read_thread(app: &App, who: &Who, room: Id, root: Id, up_to: Id) -> Result<()> {
    let user = who.person()?;
    app.store.change(move |change| thread::read(change, user, room, root, up_to)).await
}

// Oneself.

pub async fn update_me(app: &App, who: &Who, profile: Profile) -> Result<(UserView, String)> {
    let user = who.person()?;
    // All but the settings is told to everybody.
    if profile.name.is_some() || profile.status.is_some() || profile.about.is_some() || profile.time_zone.is_some() {
        app.rates.messages.take(user, "You are changing your profile faster than this server allows.")?;
    }
    app.store.change(move |change| profile::update(change, user, &profile)).await
}

pub async fn set_avatar(app: &App, who: &Who, kind: ImageKind, bytes: bytes::Bytes) -> Result<UserView> {
    let user = who.person()?;
    app.space.for_words()?;
    app.rates.messages.take(user, "You are changing your picture faster than this server allows.")?;
    app.store.change(move |change| profile::set_avatar(change, user, kind, &bytes)).await
}

pub async fn remove_avatar(app: &App, who: &Who) -> Result<()> {
    let user = who.person()?;
    app.rates.messages.take(user, "You are changing your picture faster than this server allows.")?;
    app.store.change(move |change| profile::remove_avatar(change, user)).await
}

/// Keeps words that are not sent yet; none takes away what was kept.
pub async fn keep_draft(app: &App, who: &Who, draft: NewDraft) -> Result<Option<DraftView>> {
    let user = who.person()?;
    app.rates.messages.take(user, "You are changing drafts faster than this server allows.")?;
    draft::check(&draft)?;
    app.store.change(move |change| draft::keep(change, user, &draft)).await
}

pub async fn remove_draft(app: &App, who: &Who, room: Id, thread: Option<Id>) -> Result<()> {
    let user = who.person()?;
    app.store.change(move |change| draft::remove(change, user, room, thread)).await
}

/// A new password for who knows the old one. Other sessions end; a browser's own one gets another cookie.
pub async fn change_password(
    app: &App,
    who: &Who,
    address: IpAddr,
    current: String,
    new: String,
) -> Result<Option<String>> {
    let id = who.person()?;
    let me = reauthenticate(app, id, address, &current, "current").await?;
    let hash =
        app.passwords.hash(&new, &[&me.row.username, &me.row.name]).await.map_err(|error| at_field(error, "new"))?;
    let (keep, by) = (who.session, who.by());
    app.store
        .change(move |change| {
            user::set_password(change, id, &hash, keep)?;
            audit::record(change, &by, Action::PasswordChanged, &[Subject::User(id)], &[])?;
            another_cookie(change, keep)
        })
        .await
}

/// The next cookie of a browser's session; API clients have none.
fn another_cookie(change: &mut Change, session: Option<SecretHash>) -> Result<Option<String>> {
    let Some(session) = session else { return Ok(None) };
    let token = id::secret::<32>();
    Ok(session::renew_cookie(change, session, &token)?.then_some(token))
}

pub async fn end_session(app: &App, who: &Who, session: Id) -> Result<()> {
    let (user, by) = (who.person()?, who.by());
    app.store
        .change(move |change| {
            session::end_own(change, user, session)?;
            let subjects = [Subject::Session(session), Subject::User(user)];
            audit::record(change, &by, Action::SessionEnded, &subjects, &[])
        })
        .await
}

pub async fn end_other_sessions(app: &App, who: &Who) -> Result<()> {
    let user = who.person()?;
    let (keep, by) = (who.session, who.by());
    app.store
        .change(move |change| {
            user::end_sessions(change, user, keep)?;
            audit::record(change, &by, Action::SessionEnded, &[Subject::User(user)], &[("which", "others")])
        })
        .await
}

pub async fn logout(app: &App, who: &Who) -> Result<()> {
    if let Pass::Key { .. } = who.pass {
        return Err(key_limited("An API key is revoked, not signed out.").into());
    }
    match who.session {
        Some(key) => {
            let (user, by) = (who.person()?, who.by());
            app.store
                .change(move |change| {
                    session::end(change, key)?;
                    audit::record(change, &by, Action::Logout, &[Subject::User(user)], &[])
                })
                .await
        }
        None => Ok(()),
    }
}

// Coming in.

/// The first owner, with the code that the server printed.
pub async fn setup(
    app: &App,
    code: String,
    server_name: Option<String>,
    new: Account,
    device: Device,
) -> Result<SignedIn> {
    let done = || error::conflict("already_set_up", "This server has been set up. Sign in.");
    if !app.store.read(|view| user::none(view)).await? {
        return Err(done().into());
    }
    app.setup.check(&code)?;
    let server_name =
        server_name.map(|name| user::line("server_name", &name, limits::SERVER_NAME_CHARS_MAX)).transpose()?;
    let hash = hash_for(app, &new).await?;
    let (new, token) = (account(new, Role::Owner, hash), id::secret::<32>());
    let cookie = token.clone();
    let user = app
        .store
        .change(move |change| {
            if !user::none(change)? {
                return Err(done().into());
            }
            if let Some(name) = &server_name {
                place::rename(change, name)?;
            }
            let user = user::create(change, &new)?;
            session::open(change, user.id, &device, &cookie)?;
            let by = By { kind: ActorKind::Person, actor: Some(user.id), address: device.address.parse().ok() };
            audit::record(change, &by, Action::UserCreated, &[Subject::User(user.id)], &[("role", "owner")])?;
            Ok(user)
        })
        .await?;
    app.renew_settings().await?;
    Ok(entered(app, user, token, None))
}

/// An account by invite, or for everybody where registration is open.
pub async fn register(
    app: &App,
    invite: Option<String>,
    new: Account,
    address: IpAddr,
    device: Device,
) -> Result<SignedIn> {
    match (app.live().registration, &invite) {
        (Registration::Closed, _) => {
            return Err(
                Refusal::new(403, "registration_closed", "This server takes no new people by themselves.").into()
            );
        }
        (Registration::Invite, None) => {
            return Err(Refusal::new(403, "invite_needed", "This server is by invite. Ask for a link.")
                .field("invite")
                .into());
        }
        _ => {}
    }
    app.rates.registrations.take(address, "Too many accounts from this address. Wait a little.")?;
    if app.store.read(|view| user::none(view)).await? {
        return Err(
            Refusal::new(403, "setup_needed", "This server has no owner yet. Open its setup link first.").into()
        );
    }
    let (code, now) = (invite.clone(), crate::clock::now());
    let taken = user::username(&new.username)?;
    app.store
        .read(move |view| {
            code.as_deref().map(|code| invite::find(view, code, now)).transpose()?;
            match user::named(view, &taken)? {
                Some(_) => Err(user::taken().into()),
                None => Ok(()),
            }
        })
        .await?;
    let hash = hash_for(app, &new).await?;
    let (new, token) = (account(new, Role::Member, hash), id::secret::<32>());
    let cookie = token.clone();
    let user = app
        .store
        .change(move |change| {
            let invite = invite.as_deref().map(|code| invite::find(change, code, change.now)).transpose()?;
            let role = invite.as_ref().map_or(Role::Member, |invite| invite.row.role);
            let user = user::create(change, &NewUser { role, ..new.clone() })?;
            let by = By::person(user.id, address);
            let subject = Subject::User(user.id);
            audit::record(change, &by, Action::UserCreated, &[subject], &[("role", role.word())])?;
            if let Some(invite) = invite {
                audit::record(change, &by, Action::InviteUsed, &[Subject::Invite(invite.id), subject], &[])?;
                invite::consume(change, invite, user.id)?;
            }
            session::open(change, user.id, &device, &cookie)?;
            Ok(user)
        })
        .await?;
    Ok(entered(app, user, token, None))
}

/// A new password by a one-time link. The person is signed in with it, unless they have a second factor: a link is one.
pub async fn use_reset(
    app: &App,
    code: String,
    password: String,
    address: IpAddr,
    device: Device,
) -> Result<(UserView, Option<String>)> {
    app.rates.links.take(address, "Too many attempts from this address. Wait a little.")?;
    let (asked, now) = (code.clone(), crate::clock::now());
    let user = app.store.read(move |view| reset::find(view, &asked, now)).await?;
    let hash = app.passwords.hash(&password, &[&user.row.username, &user.row.name]).await?;
    let token = id::secret::<32>();
    let cookie = token.clone();
    let (user, signed_in) = app
        .store
        .change(move |change| {
            let user = reset::consume(change, &code, &hash)?;
            reset::put_note(change, user.id, Some(address.to_string()))?;
            let alone = !factor::of(change, user.id)?.any();
            if alone {
                session::open(change, user.id, &device, &cookie)?;
            }
            let by = By::person(user.id, address);
            audit::record(change, &by, Action::PasswordReset, &[Subject::User(user.id)], &[("by", "link")])?;
            Ok((user, alone))
        })
        .await?;
    if signed_in {
        app.confirmed.mark(id::secret_hash(&token));
    }
    Ok((user, signed_in.then_some(token)))
}

/// Who is connected, if a text calls them.
fn here(app: &App, room: Id, text: &str) -> Vec<Id> {
    if mention::calls_here(text) { app.hub.present(room, limits::HERE_MAX + 2) } else { Vec::new() }
}

/// Waits for the account's turn and asks the brake.
async fn attempt<'a>(app: &'a App, account: &str, source: impl Into<Source>) -> Result<Turn<'a>> {
    let source = source.into();
    let turn = app.turns.wait(throttle::key(account, source)).await;
    let (account, max) = (account.to_owned(), app.live().limits.logins_per_10_min);
    app.store.change(move |change| throttle::attempt(change, &account, source, max)).await?;
    Ok(turn)
}

async fn failed(app: &App, account: &str, source: impl Into<Source>) -> Result<()> {
    app.figures.signed_in(false);
    let source = source.into();
    let (account, max) = (account.to_owned(), app.live().limits.logins_per_10_min);
    app.store
        .change(move |change| {
            throttle::failed(change, &account, source, max)?;
            let user = user::named(change, &account)?.map(|user| user.id);
            audit::record_often(change, &By::nobody(source.address), Action::LoginFailed, user)
        })
        .await
}

/// A cookie for the browser in which somebody has just signed in, unless it has one that is good.
pub async fn remember_device(app: &App, user: Id, cookie: Option<String>) -> Result<Option<String>> {
    let fresh = id::secret::<32>();
    let kept = fresh.clone();
    let is_new = app.store.change(move |change| device::remember(change, user, cookie.as_deref(), &kept)).await?;
    Ok(is_new.then_some(fresh))
}

async fn hash_for(app: &App, new: &Account) -> Result<String> {
    let context = [new.username.as_str(), new.name.as_deref().unwrap_or_default(), "snug"];
    app.passwords.hash(&new.password, &context).await
}

fn account(new: Account, role: Role, hash: String) -> NewUser {
    NewUser { username: new.username, name: new.name, role, password: Some(hash) }
}

fn at_field(error: error::Error, field: &'static str) -> error::Error {
    match error {
        error::Error::Refused(refusal) => refusal.field(field).into(),
        fault => fault,
    }
}
