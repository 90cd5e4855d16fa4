//! Signing in a second device with a picture that the first one shows.
use super::SignedIn;
use crate::app::App;
use crate::auth::link;
use crate::auth::session::{self, Device};
use crate::auth::who::Who;
use crate::chat::audit::{self, Action, By, Subject};
use crate::chat::user;
use crate::error::{self, Result};
use crate::event::UserView;
use crate::id;
use crate::store::tables::SESSIONS;
use std::net::IpAddr;

/// The code of a link that signs in another device of this person.
pub fn make_link(app: &App, who: &Who) -> Result<String> {
    let user = who.person()?;
    app.confirmed.need(who)?;
    let session = who.session.ok_or_else(|| error::forbidden("Only somebody signed in can do this."))?;
    Ok(app.links.make(user, session)?)
}

/// As whom a link signs in. Looking does not use it.
pub async fn look_at_link(app: &App, code: &str, address: IpAddr) -> Result<UserView> {
    app.rates.links.take(address, "Too many attempts from this address. Wait a little.")?;
    let (user, session) = app.links.look(code)?;
    if !app.sessions.is_live(&session) {
        return Err(link::gone().into());
    }
    app.store.read(move |view| user::find(view, user)).await
}

/// Signs this device in.
pub async fn use_link(app: &App, code: &str, address: IpAddr, device: Device) -> Result<SignedIn> {
    app.rates.links.take(address, "Too many attempts from this address. Wait a little.")?;
    let (id, by) = app.links.take(code)?;
    let token = id::secret::<32>();
    let cookie = token.clone();
    let (user, session) = app
        .store
        .change(move |change| {
            let user = user::find(change, id)?;
            // Who made it may have been put out since.
            if !user.row.active || !SESSIONS.has(change, by)? {
                return Err(link::gone().into());
            }
            session::open(change, id, &device, &cookie)?;
            let session = SESSIONS.need(change, id::secret_hash(&cookie))?.id;
            audit::record(
                change,
                &By::person(id, address),
                Action::LoginOk,
                &[Subject::User(id)],
                &[("with", "link")],
            )?;
            Ok((user, session))
        })
        .await?;
    app.links.used(&by, session);
    Ok(SignedIn { user, token, reset: None })
}
