//! Questions about backups, for admins of the server.
use super::ask;
use crate::app::App;
use crate::auth::who::Who;
use crate::backups::{Kept, State};
use crate::chat::permission;
use crate::error::Result;

/// Those in the folder, the newest first, and how they are.
pub async fn backups(app: &App, who: &Who) -> Result<(Vec<Kept>, State)> {
    let (asker, backups) = (who.asker, app.backups.clone());
    ask(app, who, move |view| {
        permission::server_admin(view, asker)?;
        Ok((backups.list()?, backups.state()))
    })
    .await
}

/// How they are.
pub async fn backup_state(app: &App, who: &Who) -> Result<State> {
    let (asker, backups) = (who.asker, app.backups.clone());
    ask(app, who, move |view| {
        permission::server_admin(view, asker)?;
        Ok(backups.state())
    })
    .await
}
