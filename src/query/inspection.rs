//! What admins of the server look over: all rooms, and where everybody is signed in.
use super::{Paged, ask};
use crate::app::App;
use crate::auth::session;
use crate::auth::who::Who;
use crate::chat::inspection::{self, Asked, Table};
use crate::chat::{member, permission, room, user};
use crate::error::Result;
use crate::event::{RoomView, UserView};
use crate::id::Id;
use crate::store::tables::USERS;
use std::collections::HashMap;

/// Rooms and how large they are.
pub async fn room_table(app: &App, who: &Who, asked: Asked) -> Result<Table> {
    let (asker, known) = (who.asker, app.room_sizes.clone());
    ask(app, who, move |view| {
        permission::server_admin(view, asker)?;
        inspection::table(view, asker, &asked, &*known.of(view)?)
    })
    .await
}

/// Every room, for admins of the server.
pub async fn all_rooms(app: &App, who: &Who, cursor: Id, limit: usize) -> Result<(Paged<RoomView>, usize)> {
    let asker = who.asker;
    ask(app, who, move |view| {
        permission::server_admin(view, asker)?;
        Ok((inspection::rooms(view, asker, cursor, limit)?, inspection::directs(view)?))
    })
    .await
}

/// The room with a name, for admins of the server.
pub async fn room_named(app: &App, who: &Who, name: String) -> Result<(Option<RoomView>, usize)> {
    let asker = who.asker;
    ask(app, who, move |view| {
        permission::server_admin(view, asker)?;
        let found = room::named(view, &name)?.map(|id| inspection::room(view, asker, id)).transpose()?;
        Ok((found, inspection::directs(view)?))
    })
    .await
}

/// One room and who is in it, for admins of the server.
pub async fn any_room(
    app: &App,
    who: &Who,
    id: Id,
    cursor: Id,
    limit: usize,
) -> Result<(RoomView, Paged<member::Listed>)> {
    let asker = who.asker;
    ask(app, who, move |view| {
        permission::server_admin(view, asker)?;
        Ok((inspection::room(view, asker, id)?, member::page(view, id, cursor, limit)?))
    })
    .await
}

/// Sessions with their people, and where the next page begins.
pub struct SignedInList {
    pub sessions: Vec<session::Listed>,
    pub users: Vec<UserView>,
    pub next: Option<Id>,
}

/// Where everybody is signed in whose name has these words.
pub async fn all_sessions(app: &App, who: &Who, query: String, before: Id, limit: usize) -> Result<SignedInList> {
    let asker = who.asker;
    ask(app, who, move |view| {
        permission::server_admin(view, asker)?;
        let query = user::folded(&query);
        let mut known: HashMap<Id, bool> = HashMap::new();
        let fits = |id: Id| {
            if let Some(fits) = known.get(&id) {
                return Ok(*fits);
            }
            let fits = USERS.get(view, id)?.is_some_and(|row| user::is_meant(&row, &query));
            known.insert(id, fits);
            Ok(fits)
        };
        let (sessions, next) = session::page(view, fits, before, limit)?;
        let mut ids: Vec<Id> = sessions.iter().map(|(_, session)| session.user).collect();
        ids.sort_unstable();
        ids.dedup();
        let users = ids.into_iter().map(|id| user::find(view, id)).collect::<Result<_>>()?;
        Ok(SignedInList { sessions, users, next })
    })
    .await
}
