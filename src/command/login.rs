//! Signing in: one way for cookies and tokens alike.
use super::{SignedIn, attempt, failed};
use crate::app::App;
use crate::auth::session::{self, Device};
use crate::auth::throttle::Source;
use crate::auth::{device, throttle};
use crate::chat::audit::{self, Action, By, Subject};
use crate::chat::user;
use crate::error::{Refusal, Result};
use crate::event::UserView;
use crate::id::{self, Id};
use crate::store::Change;
use crate::store::tables::PRIVATE;
use std::net::IpAddr;

/// What somebody shows to be let in.
#[derive(Debug, Clone)]
pub struct Credentials {
    pub username: String,
    pub password: String,
    /// Of the second factor: what an app shows now, or a recovery code.
    pub code: Option<String>,
    /// The cookie of a browser in which somebody was signed in before.
    pub device: Option<String>,
}

/// Signs in with a session that a browser keeps as a cookie.
pub async fn login(app: &App, credentials: Credentials, address: IpAddr, device: Device) -> Result<SignedIn> {
    let token = id::secret::<32>();
    let cookie = token.clone();
    let (user, ()) =
        sign_in(app, credentials, address, move |change, user| session::open(change, user, &device, &cookie)).await?;
    Ok(SignedIn { user, token })
}

/// Lets somebody in who shows what they must, and opens what they get for it in the same change. Unknown and disabled
/// people get the same answer in the same time as a wrong password (S14).
pub async fn sign_in<T: Send + 'static>(
    app: &App,
    credentials: Credentials,
    address: IpAddr,
    mut open: impl FnMut(&mut Change, Id) -> Result<T> + Send + 'static,
) -> Result<(UserView, T)> {
    let Credentials { username, password, code: _, device } = credentials;
    let source = source(app, &username, device, address).await?;
    let _turn = attempt(app, &username, source).await?;
    let name = username.clone();
    let found = app
        .store
        .read(move |view| match user::named(view, &name)? {
            Some(user) if user.row.active => Ok(Some((user.id, PRIVATE.need(view, user.id)?.password))),
            _ => Ok(None),
        })
        .await?;
    let (id, stored) = found.unzip();
    let verdict = app.passwords.verify(&password, stored.flatten()).await?;
    let wrong = || Refusal::new(401, "wrong_credentials", "Username or password is wrong.");
    let Some(id) = id.filter(|_| verdict.right) else {
        failed(app, &username, source).await?;
        return Err(wrong().into());
    };
    let rehashed = if verdict.outdated { Some(app.passwords.rehash(&password).await?) } else { None };
    app.store
        .change(move |change| {
            let user = user::find(change, id)?;
            if !user.row.active {
                return Err(wrong().into());
            }
            throttle::succeeded(change, &username, source)?;
            if let Some(hash) = &rehashed {
                let mut private = PRIVATE.need(change, id)?;
                private.password = Some(hash.clone());
                PRIVATE.put(change, id, &private)?;
            }
            let opened = open(change, id)?;
            audit::record(change, &By::person(id, address), Action::LoginOk, &[Subject::User(id)], &[])?;
            Ok((user, opened))
        })
        .await
}

/// From where somebody tries: their address, unless this account knows the browser.
async fn source(app: &App, account: &str, cookie: Option<String>, address: IpAddr) -> Result<Source> {
    let Some(cookie) = cookie else { return Ok(address.into()) };
    let account = account.to_owned();
    let device = app.store.read(move |view| device::known(view, &cookie, &account)).await?;
    Ok(Source { address, device })
}
