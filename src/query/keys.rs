//! Questions about API keys and bots.
use super::{Paged, ask};
use crate::app::App;
use crate::auth::key;
use crate::auth::who::Who;
use crate::chat::{permission, user};
use crate::error::Result;
use crate::event::UserView;
use crate::id::Id;
use crate::row;

/// One's own keys, or those of a bot for admins of the server, newest first.
pub async fn keys(app: &App, who: &Who, user: Id) -> Result<Vec<row::Key>> {
    let asker = who.asker;
    let mut keys = ask(app, who, move |view| key::list(view, asker, user)).await?;
    // The last minutes are not written down yet.
    for key in &mut keys {
        key.last_used_at = key.last_used_at.max(app.keys.last_used_at(key.id));
    }
    Ok(keys)
}

/// The bots, for admins of the server.
pub async fn bots(app: &App, who: &Who, cursor: Id, limit: usize) -> Result<Paged<UserView>> {
    let asker = who.asker;
    ask(app, who, move |view| {
        permission::server_admin(view, asker)?;
        user::bots(view, cursor, limit)
    })
    .await
}
