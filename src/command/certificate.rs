//! A certificate before its time, because somebody wants one.
use crate::app::App;
use crate::auth::who::Who;
use crate::chat::audit::{self, Action};
use crate::chat::permission;
use crate::error::{self, Error, Result};
use crate::tls::{self, State};
use std::time::SystemTime;

/// Makes or orders a certificate now, or reads the operator's files again. An order that fails is told in the state: the old
/// certificate stays.
pub async fn renew_certificate(app: &App, who: &Who) -> Result<State> {
    let (asker, by) = (who.asker, who.by());
    app.store.read(move |view| permission::server_admin(view, asker).map(drop)).await?;
    let tls = app.tls.get().ok_or_else(tls::none)?;
    if tls.state().source == "acme" {
        if let Some(until) = tls.asked_to_wait_until(SystemTime::now()) {
            let secs = until.duration_since(SystemTime::now()).unwrap_or_default().as_secs();
            return Err(error::too_many("The authority asked to be left alone for a while.", secs).into());
        }
        app.rates.certificates.take((), "The authority would refuse so many orders.")?;
    }
    let source = tls.state().source;
    app.store
        .change(move |change| {
            permission::server_admin(change, asker)?;
            audit::record(change, &by, Action::CertificateRenewed, &[], &[("source", source)])
        })
        .await?;
    match tls.renew_now().await {
        // What is wrong with a file stands in the state, as what is wrong with an order does.
        Ok(()) | Err(Error::Refused(_)) => Ok(tls.state()),
        Err(fault) => Err(fault),
    }
}
