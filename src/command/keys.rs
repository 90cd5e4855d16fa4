//! API keys and the bots that have nothing else.
use crate::app::App;
use crate::auth::key::{self, NewKey};
use crate::auth::who::Who;
use crate::chat::audit::{self, Action, Subject};
use crate::chat::permission;
use crate::chat::user::{self, NewUser};
use crate::error::Result;
use crate::event::UserView;
use crate::id::Id;
use crate::row::{self, Role};

/// A key for oneself, or for a bot by an admin of the server: with what is shown this once.
pub async fn create_key(app: &App, who: &Who, user: Id, new: NewKey) -> Result<(row::Key, String)> {
    let shown = key::secret::make();
    let hash = crate::id::secret_hash(&shown);
    let (asker, by) = (who.asker, who.by());
    let made = app
        .store
        .change(move |change| {
            let made = key::create(change, asker, user, &new, hash)?;
            let subjects = [Subject::Key(made.id), Subject::User(user)];
            let scopes = crate::auth::token::words(made.scopes);
            audit::record(change, &by, Action::KeyCreated, &subjects, &[("name", &made.name), ("scopes", &scopes)])?;
            Ok(made)
        })
        .await?;
    Ok((made, shown))
}

/// Revokes a key; its sockets close.
pub async fn revoke_key(app: &App, who: &Who, user: Id, id: Id) -> Result<()> {
    let (asker, by) = (who.asker, who.by());
    app.store
        .change(move |change| {
            key::revoke(change, asker, user, id)?;
            audit::record(change, &by, Action::KeyRevoked, &[Subject::Key(id), Subject::User(user)], &[])
        })
        .await
}

/// A user without a password, whose keys admins make.
pub async fn create_bot(app: &App, who: &Who, username: String, name: Option<String>) -> Result<UserView> {
    let (asker, by) = (who.asker, who.by());
    let new = NewUser { username, name, role: Role::Bot, password: None };
    app.store
        .change(move |change| {
            permission::server_admin(change, asker)?;
            let bot = user::create(change, &new)?;
            audit::record(change, &by, Action::UserCreated, &[Subject::User(bot.id)], &[("role", "bot")])?;
            Ok(bot)
        })
        .await
}
