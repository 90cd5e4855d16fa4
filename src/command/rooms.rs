//! Rooms and who is in them.
use crate::app::App;
use crate::auth::who::Who;
use crate::chat::audit::{self, Action, Subject};
use crate::chat::member::Listed;
use crate::chat::room::{self, Edit, MeEdit, NewRoom};
use crate::chat::{direct, member};
use crate::error::Result;
use crate::event::RoomView;
use crate::id::Id;
use crate::row::RoomRole;
use crate::store::tables::{MEMBERS, ROOMS};

pub async fn create_room(app: &App, who: &Who, new: NewRoom) -> Result<RoomView> {
    let (user, by) = (who.person()?, who.by());
    app.rates.rooms.take(user, "You have made many rooms in the last hour.")?;
    app.store
        .change(move |change| {
            let made = room::create(change, user, &new)?;
            audit::record(change, &by, Action::RoomCreated, &[Subject::Room(made.id)], &[])?;
            Ok(made)
        })
        .await
}

pub async fn open_direct(app: &App, who: &Who, others: Vec<Id>) -> Result<(RoomView, bool)> {
    let user = who.person()?;
    app.store.change(move |change| direct::open(change, user, &others)).await
}

pub async fn edit_room(app: &App, who: &Who, room: Id, edit: Edit) -> Result<RoomView> {
    let (user, by) = (who.person()?, who.by());
    let edit = Edit { retention_max: app.live().retention.messages_days, ..edit };
    app.store
        .change(move |change| {
            let before = ROOMS.get(change, room)?.map(|row| row.archived);
            let view = room::edit(change, user, room, &edit)?;
            if before != Some(view.row.archived) {
                audit::record(change, &by, archiving(view.row.archived), &[Subject::Room(room)], &[])?;
            }
            Ok(view)
        })
        .await
}

pub async fn delete_room(app: &App, who: &Who, room: Id) -> Result<()> {
    let (user, by) = (who.person()?, who.by());
    app.store
        .change(move |change| {
            room::delete(change, user, room)?;
            audit::record(change, &by, Action::RoomDeleted, &[Subject::Room(room)], &[])
        })
        .await
}

pub async fn edit_room_me(app: &App, who: &Who, room: Id, edit: MeEdit) -> Result<RoomView> {
    let user = who.person()?;
    app.store.change(move |change| room::edit_me(change, user, room, edit)).await
}

pub async fn join(app: &App, who: &Who, room: Id) -> Result<RoomView> {
    let user = who.person()?;
    app.store.change(move |change| member::join(change, user, room)).await
}

pub async fn leave(app: &App, who: &Who, room: Id) -> Result<()> {
    let user = who.person()?;
    app.store.change(move |change| member::leave(change, user, room)).await
}

pub async fn put_member(app: &App, who: &Who, room: Id, user: Id, role: RoomRole) -> Result<Listed> {
    let (asker, by) = (who.person()?, who.by());
    app.store
        .change(move |change| {
            let before = MEMBERS.get(change, (room, user))?.map(|member| member.role);
            let listed = member::put(change, asker, room, user, role)?;
            let action = match before {
                None => Action::MemberAdded,
                Some(before) if before != role => Action::MemberRole,
                Some(_) => return Ok(listed),
            };
            let word = if role == RoomRole::Admin { "admin" } else { "member" };
            let subjects = [Subject::User(user), Subject::Room(room)];
            audit::record(change, &by, action, &subjects, &[("role", word)])?;
            Ok(listed)
        })
        .await
}

pub async fn remove_member(app: &App, who: &Who, room: Id, user: Id) -> Result<()> {
    let (asker, by) = (who.person()?, who.by());
    app.store
        .change(move |change| {
            member::remove(change, asker, room, user)?;
            match asker == user {
                true => Ok(()),
                false => {
                    let subjects = [Subject::User(user), Subject::Room(room)];
                    audit::record(change, &by, Action::MemberRemoved, &subjects, &[])
                }
            }
        })
        .await
}

pub(super) fn archiving(archived: bool) -> Action {
    if archived { Action::RoomArchived } else { Action::RoomUnarchived }
}
