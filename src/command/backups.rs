//! Backups that somebody asks for.
use crate::app::App;
use crate::auth::who::Who;
use crate::backups::{Errand, Kind};
use crate::chat::audit::{self, Action};
use crate::chat::permission;
use crate::error::{Fault, Result};
use std::sync::Arc;

/// Lets the operator take a backup as a stream.
pub async fn begin_backup(app: &App, who: &Who) -> Result<()> {
    who.operator()?;
    let by = who.by();
    app.store.change(move |change| audit::record(change, &by, Action::BackupMade, &[], &[])).await
}

/// Begins to make a backup in the server's folder.
pub async fn make_backup(app: &Arc<App>, who: &Who) -> Result<()> {
    run(app, who, Errand::Make(Kind::Manual)).await
}

/// Begins to check one that is there.
pub async fn verify_backup(app: &Arc<App>, who: &Who, name: String) -> Result<()> {
    run(app, who, Errand::Verify(name)).await
}

async fn run(app: &Arc<App>, who: &Who, errand: Errand) -> Result<()> {
    let asker = who.asker;
    app.store.read(move |view| permission::server_admin(view, asker)).await?;
    let backups = app.backups.clone();
    let begun = tokio::task::spawn_blocking(move || backups.begin(errand)).await;
    let work = begun.map_err(Fault::new)??;
    tokio::spawn(app.clone().run_errand(work, who.by()));
    Ok(())
}
