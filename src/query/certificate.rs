//! How it is with the certificate.
use super::ask;
use crate::app::App;
use crate::auth::who::Who;
use crate::chat::permission;
use crate::error::Result;
use crate::tls::{self, State};

/// For admins of the server.
pub async fn certificate(app: &App, who: &Who) -> Result<State> {
    let asker = who.asker;
    ask(app, who, move |view| permission::server_admin(view, asker).map(drop)).await?;
    Ok(app.tls.get().ok_or_else(tls::none)?.state())
}
