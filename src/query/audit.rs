//! Questions about the audit log, for admins of the server.
use super::{Paged, ask};
use crate::app::App;
use crate::auth::who::Who;
use crate::chat::audit::{self, Filter, Listed};
use crate::chat::{permission, user};
use crate::error::Result;
use crate::event::UserView;
use crate::id::Id;
use crate::store::chain::{self, Verdict};

/// A page of entries, newest first, and the people that they name.
pub async fn audit(
    app: &App,
    who: &Who,
    filter: Filter,
    before: Id,
    limit: usize,
) -> Result<(Paged<Listed>, Vec<UserView>)> {
    let asker = who.asker;
    ask(app, who, move |view| {
        permission::server_admin(view, asker)?;
        let (entries, next) = audit::page(view, &filter, before, limit)?;
        let subjects = entries.iter().flat_map(|entry| &entry.row.subjects);
        let people = subjects.filter(|(kind, _)| kind == "user").map(|(_, id)| *id);
        let people: Vec<Id> = people.chain(entries.iter().filter_map(|entry| entry.row.actor)).collect();
        let users = user::with_ids(view, people)?;
        Ok(((entries, next), users))
    })
    .await
}

/// Whether nobody has touched it.
pub async fn audit_verdict(app: &App, who: &Who) -> Result<Verdict> {
    let asker = who.asker;
    ask(app, who, move |view| {
        permission::server_admin(view, asker)?;
        chain::verify(view)
    })
    .await
}
