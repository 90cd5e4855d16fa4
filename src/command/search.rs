//! The search index, made anew because somebody wants it.
use crate::app::App;
use crate::auth::who::Who;
use crate::chat::audit::{self, Action};
use crate::chat::permission;
use crate::error::Result;
use crate::search::Standing;

/// Begins to make the index anew; of a server that does not run it is thrown away, and made at the next start.
pub async fn rebuild_search(app: &App, who: &Who) -> Result<Standing> {
    let (asker, by) = (who.asker, who.by());
    app.store
        .change(move |change| {
            permission::server_admin(change, asker)?;
            audit::record(change, &by, Action::SearchRebuilt, &[], &[])
        })
        .await?;
    let search = app.search.clone();
    let begun = tokio::task::spawn_blocking(move || search.rebuild().map(|()| search.standing())).await;
    begun.map_err(crate::error::Fault::new)?
}
