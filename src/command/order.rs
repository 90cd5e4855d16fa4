//! Order in the house: who is kept out, of the server and of a room.
use crate::app::App;
use crate::auth::who::Who;
use crate::chat::audit::{self, Action, Subject};
use crate::chat::ban::{self, NewBan};
use crate::chat::outcast;
use crate::error::Result;
use crate::id::Id;

pub async fn ban(app: &App, who: &Who, new: NewBan) -> Result<ban::Listed> {
    let (asker, by, from) = (who.asker, who.by(), who.by().address);
    app.store
        .change(move |change| {
            let made = ban::create(change, asker, from, &new)?;
            let nets = made.row.nets.join(" ");
            let details = [("addresses", nets.as_str())];
            let details = if nets.is_empty() { &details[..0] } else { &details[..] };
            let (action, subjects) = match made.row.user {
                Some(user) => (Action::UserBanned, vec![Subject::User(user), Subject::Ban(made.id)]),
                None => (Action::BanAdded, vec![Subject::Ban(made.id)]),
            };
            audit::record(change, &by, action, &subjects, details)?;
            Ok(made)
        })
        .await
}

pub async fn lift_ban(app: &App, who: &Who, id: Id) -> Result<()> {
    let (asker, by) = (who.asker, who.by());
    app.store
        .change(move |change| {
            let row = ban::lift(change, asker, id)?;
            let mut subjects = vec![Subject::Ban(id)];
            subjects.extend(row.user.map(Subject::User));
            audit::record(change, &by, Action::BanRemoved, &subjects, &[])
        })
        .await
}

pub async fn ban_from_room(app: &App, who: &Who, room: Id, user: Id) -> Result<outcast::Listed> {
    let (asker, by) = (who.person()?, who.by());
    app.store
        .change(move |change| {
            let made = outcast::put(change, asker, room, user)?;
            let subjects = [Subject::User(user), Subject::Room(room)];
            audit::record(change, &by, Action::RoomBanAdded, &subjects, &[])?;
            Ok(made)
        })
        .await
}

pub async fn lift_room_ban(app: &App, who: &Who, room: Id, user: Id) -> Result<()> {
    let (asker, by) = (who.person()?, who.by());
    app.store
        .change(move |change| {
            outcast::lift(change, asker, room, user)?;
            audit::record(change, &by, Action::RoomBanRemoved, &[Subject::User(user), Subject::Room(room)], &[])
        })
        .await
}
