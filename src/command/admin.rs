//! What the server's admins do, and the command line; and what the server writes down of itself.
use super::rooms::archiving;
use super::{Account, account, hash_for};
use crate::app::{App, Compaction};
use crate::auth::invite::{self, NewInvite};
use crate::auth::who::Who;
use crate::auth::{reset, session};
use crate::chat::audit::{self, Action, By, Subject};
use crate::chat::member::{self, Listed};
use crate::chat::permission;
use crate::chat::room::{self, Edit};
use crate::chat::user::{self, Standing};
use crate::clock::Millis;
use crate::error::{self, Result};
use crate::event::{RoomView, UserView};
use crate::id::{self, Id};
use crate::row::{Role, RoomRole};
use crate::store::State;
use crate::store::tables::{MEMBERS, ROOMS, SETTINGS};
use std::sync::Arc;

/// An invite and the code of its link.
pub async fn create_invite(app: &App, who: &Who, new: NewInvite) -> Result<(invite::Listed, String)> {
    if let Some(user) = who.asker.user() {
        app.rates.invites.take(user, "You have made many invites in the last hour.")?;
    }
    let (asker, by, code) = (who.asker, who.by(), id::secret::<20>());
    let kept = code.clone();
    let invite = app
        .store
        .change(move |change| {
            let made = invite::create(change, asker, &new, &kept)?;
            let details = [("role", made.row.role.word())];
            audit::record(change, &by, Action::InviteCreated, &[Subject::Invite(made.id)], &details)?;
            Ok(made)
        })
        .await?;
    Ok((invite, code))
}

pub async fn revoke_invite(app: &App, who: &Who, id: Id) -> Result<()> {
    let (asker, by) = (who.asker, who.by());
    app.store
        .change(move |change| {
            invite::revoke(change, asker, id)?;
            audit::record(change, &by, Action::InviteRevoked, &[Subject::Invite(id)], &[])
        })
        .await
}

/// An account made on the command line, with its password.
pub async fn add_user(app: &App, who: &Who, new: Account, role: Role) -> Result<UserView> {
    who.operator()?;
    let taken = user::username(&new.username)?;
    app.store
        .read(move |view| match user::named(view, &taken)? {
            Some(_) => Err(user::taken().into()),
            None => Ok(()),
        })
        .await?;
    let hash = hash_for(app, &new).await?;
    let (new, by) = (account(new, role, hash), who.by());
    app.store
        .change(move |change| {
            let user = user::create(change, &new)?;
            audit::record(change, &by, Action::UserCreated, &[Subject::User(user.id)], &[("role", role.word())])?;
            Ok(user)
        })
        .await
}

/// Another password for somebody, on the command line. Their sessions end.
pub async fn set_password(app: &App, who: &Who, id: Id, password: String) -> Result<()> {
    who.operator()?;
    let user = app.store.read(move |view| user::find(view, id)).await?;
    if user.row.role == Role::Bot {
        return Err(error::conflict("bot", "A bot has no password: it has keys.").into());
    }
    let hash = app.passwords.hash(&password, &[&user.row.username, &user.row.name]).await?;
    let by = who.by();
    app.store
        .change(move |change| {
            reset::put_note(change, id, None)?;
            user::set_password(change, id, &hash, None)?;
            audit::record(change, &by, Action::PasswordReset, &[Subject::User(id)], &[("by", "operator")])
        })
        .await
}

/// A one-time link's code with which somebody sets a new password, and when it ends.
/// `factors`: it takes their second factor away too.
pub async fn make_reset(app: &App, who: &Who, id: Id, factors: bool) -> Result<(String, Millis)> {
    let (asker, by, code) = (who.asker, who.by(), id::secret::<32>());
    let kept = code.clone();
    let expires_at = app
        .store
        .change(move |change| {
            let expires_at = reset::create(change, asker, id, &kept, factors)?;
            let details: &[_] = if factors { &[("takes", "second factor")] } else { &[] };
            audit::record(change, &by, Action::ResetCreated, &[Subject::User(id)], details)?;
            Ok(expires_at)
        })
        .await?;
    Ok((code, expires_at))
}

pub async fn set_standing(app: &App, who: &Who, id: Id, standing: Standing) -> Result<UserView> {
    let (asker, by) = (who.asker, who.by());
    app.store
        .change(move |change| {
            let before = user::find(change, id)?.row;
            let user = user::set_standing(change, asker, id, standing)?;
            if user.row.role != before.role {
                let details = [("from", before.role.word()), ("to", user.row.role.word())];
                audit::record(change, &by, Action::UserRole, &[Subject::User(id)], &details)?;
            }
            if user.row.active != before.active {
                let action = if user.row.active { Action::UserEnabled } else { Action::UserDisabled };
                audit::record(change, &by, action, &[Subject::User(id)], &[])?;
            }
            Ok(user)
        })
        .await
}

pub async fn sign_out_user(app: &App, who: &Who, id: Id) -> Result<()> {
    let (asker, by) = (who.asker, who.by());
    app.store
        .change(move |change| {
            user::manageable(change, asker, id)?;
            user::end_sessions(change, id, None)?;
            audit::record(change, &by, Action::SessionEnded, &[Subject::User(id)], &[("which", "all")])
        })
        .await
}

pub async fn end_user_session(app: &App, who: &Who, id: Id, session: Id) -> Result<()> {
    let (asker, by) = (who.asker, who.by());
    app.store
        .change(move |change| {
            user::manageable(change, asker, id)?;
            session::end_own(change, id, session)?;
            audit::record(change, &by, Action::SessionEnded, &[Subject::User(id), Subject::Session(session)], &[])
        })
        .await
}

pub async fn edit_any_room(app: &App, who: &Who, id: Id, edit: Edit) -> Result<RoomView> {
    let (asker, by) = (who.asker, who.by());
    app.store
        .change(move |change| {
            let before = ROOMS.get(change, id)?;
            let room = room::edit_any(change, asker, id, &edit)?;
            if before.as_ref().is_some_and(|before| before.archived != room.row.archived) {
                audit::record(change, &by, archiving(room.row.archived), &[Subject::Room(id)], &[])?;
            }
            if before
                .is_some_and(|before| (before.name, before.topic) != (room.row.name.clone(), room.row.topic.clone()))
            {
                let name = room.row.name.clone().unwrap_or_default();
                audit::record(change, &by, Action::RoomChanged, &[Subject::Room(id)], &[("name", &name)])?;
            }
            Ok(room)
        })
        .await
}

/// Makes a member of a room its admin.
pub async fn appoint(app: &App, who: &Who, room: Id, user: Id) -> Result<Listed> {
    let (asker, by) = (who.asker, who.by());
    app.store
        .change(move |change| {
            let before = MEMBERS.get(change, (room, user))?.map(|member| member.role);
            let listed = member::appoint(change, asker, room, user)?;
            if before != Some(RoomRole::Admin) {
                let subjects = [Subject::User(user), Subject::Room(room)];
                audit::record(change, &by, Action::MemberRole, &subjects, &[("role", "admin")])?;
            }
            Ok(listed)
        })
        .await
}

pub async fn delete_any_room(app: &App, who: &Who, id: Id) -> Result<()> {
    let (asker, by) = (who.asker, who.by());
    app.store
        .change(move |change| {
            room::delete_any(change, asker, id)?;
            audit::record(change, &by, Action::RoomDeleted, &[Subject::Room(id)], &[])
        })
        .await
}

/// Begins to make the databases smaller.
pub async fn compact(app: &Arc<App>, who: &Who) -> Result<(State, Compaction)> {
    let (asker, by) = (who.asker, who.by());
    app.store
        .change(move |change| {
            permission::server_admin(change, asker)?;
            audit::record(change, &by, Action::StorageCompacted, &[], &[])
        })
        .await?;
    app.begin_compaction();
    Ok((app.store_state()?, app.compaction()))
}

/// Writes down that the server starts, and what of its configuration is not as it was.
pub async fn started(app: &App) -> Result<()> {
    let now: Vec<(String, String)> =
        app.config.settings.iter().map(|setting| (setting.key.to_owned(), setting.value.clone())).collect();
    app.store
        .change(move |change| {
            let before = SETTINGS.get(change, CONFIG_SEEN)?.unwrap_or_default();
            let lines: Vec<String> = now.iter().map(|(key, value)| format!("{key} = {value}")).collect();
            let known: Vec<&str> = before.lines().collect();
            let changed: Vec<&str> = lines.iter().map(String::as_str).filter(|line| !known.contains(line)).collect();
            let details = [("version", env!("CARGO_PKG_VERSION"))];
            audit::record(change, &By::SERVER, Action::ServerStarted, &[], &details)?;
            if !known.is_empty() && !changed.is_empty() {
                let changed = changed.join("; ");
                audit::record(change, &By::SERVER, Action::ConfigChanged, &[], &[("now", &changed)])?;
            }
            SETTINGS.put(change, CONFIG_SEEN, &lines.join("\n"))
        })
        .await
}

/// Where the configuration of the last start is kept. It holds no secret: there is none in it.
const CONFIG_SEEN: &str = "config_seen";
