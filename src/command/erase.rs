//! One person's data: given to them, and erased.
use super::reauthenticate;
use crate::app::App;
use crate::auth::who::Who;
use crate::auth::{factor, reset};
use crate::chat::audit::{self, Action, By, Subject};
use crate::chat::{erase, user};
use crate::error::Result;
use crate::id::Id;
use crate::store::Change;

/// Erases an account, and if wished all that was said with it. For admins, and for the operator.
pub async fn erase_user(app: &App, who: &Who, id: Id, with_messages: bool) -> Result<()> {
    let (asker, by) = (who.asker, who.by());
    app.store
        .change(move |change| {
            user::delete(change, asker, id)?;
            forget(change, &by, id, with_messages)
        })
        .await
}

/// Erases one's own account, with one's password.
pub async fn erase_me(app: &App, who: &Who, password: &str, with_messages: bool) -> Result<()> {
    let id = who.person()?;
    confirm(app, who, password).await?;
    let by = who.by();
    app.store
        .change(move |change| {
            user::delete_own(change, id)?;
            forget(change, &by, id, with_messages)
        })
        .await
}

/// Takes away what goes with an account: what one signed in with beside the password, and if wished what was said.
fn forget(change: &mut Change, by: &By, id: Id, with_messages: bool) -> Result<()> {
    reset::take_note(change, id)?;
    factor::forget_all(change, id)?;
    if with_messages {
        erase::begin(change, id)?;
    }
    let what = if with_messages { "account and messages" } else { "account" };
    audit::record(change, by, Action::UserDeleted, &[Subject::User(id)], &[("what", what)])
}

/// Lets the operator take all that is kept of a person.
pub async fn begin_export(app: &App, who: &Who, id: Id) -> Result<()> {
    who.operator()?;
    let by = who.by();
    app.store
        .change(move |change| {
            user::find(change, id)?;
            audit::record(change, &by, Action::ExportMade, &[Subject::User(id)], &[])
        })
        .await
}

/// Likewise for oneself, with one's password.
pub async fn begin_own_export(app: &App, who: &Who, password: &str) -> Result<Id> {
    let id = who.person()?;
    app.rates.exports.take(id, "You have taken your data several times in the last hour.")?;
    confirm(app, who, password).await?;
    let by = who.by();
    app.store.change(move |change| audit::record(change, &by, Action::ExportMade, &[Subject::User(id)], &[])).await?;
    Ok(id)
}

/// Asks for the password once more: who sits at an open screen is not always its owner.
async fn confirm(app: &App, who: &Who, password: &str) -> Result<()> {
    reauthenticate(app, who.person()?, who.address, password, "password").await.map(drop)
}
