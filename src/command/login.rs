//! Signing in: one way for cookies and tokens alike.
use super::{SignedIn, attempt, failed};
use crate::app::App;
use crate::auth::passkey::{self, Assertion, Purpose};
use crate::auth::recovery;
use crate::auth::session::{self, Device};
use crate::auth::throttle::Source;
use crate::auth::{device, factor, reset, throttle};
use crate::chat::audit::{self, Action, By, Subject};
use crate::chat::user;
use crate::error::{Error, Refusal, Result};
use crate::event::UserView;
use crate::id::{self, Id};
use crate::row::{self, PasskeyPlace};
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
    /// Or a passkey.
    pub passkey: Option<ShownPasskey>,
    /// The name of this server that was asked for: passkeys belong to one.
    pub host: Option<String>,
}

/// What a browser answered to a challenge of `sign_in_options`.
#[derive(Debug, Clone)]
pub struct ShownPasskey {
    /// Of the challenge.
    pub number: String,
    pub credential: Vec<u8>,
    pub client_data: Vec<u8>,
    pub authenticator_data: Vec<u8>,
    pub signature: Vec<u8>,
    pub user_handle: Option<Vec<u8>>,
}

/// A second factor that is looked at in the change that lets somebody in, so that nothing is used twice.
#[derive(Clone)]
enum Second {
    None,
    Code { code: String, hashed: Option<[u8; 32]> },
    Passkey(PasskeyPlace, Assertion),
}

/// Signs in with a session that a browser keeps as a cookie.
pub async fn login(app: &App, credentials: Credentials, address: IpAddr, device: Device) -> Result<SignedIn> {
    let token = id::secret::<32>();
    let (user, reset) = sign_in(app, credentials, address, cookie_session(device, token.clone())).await?;
    Ok(entered(app, user, token, reset))
}

/// Signs in with a passkey alone: the device has seen who is there.
pub async fn login_by_passkey(app: &App, shown: ShownPasskey, address: IpAddr, device: Device) -> Result<SignedIn> {
    app.rates.links.take(address, "Too many attempts from this address. Wait a little.")?;
    let (place, assertion) = checked(app, shown).await?;
    let token = id::secret::<32>();
    let mut open = cookie_session(device, token.clone());
    let (user, reset) = app
        .store
        .change(move |change| {
            let user = user::find(change, place.user)?;
            if !user.row.active {
                return Err(passkey::refused().into());
            }
            passkey::used(change, place, &assertion)?;
            let reset = open(change, place.user)?;
            let by = By::person(place.user, address);
            audit::record(change, &by, Action::LoginOk, &[Subject::User(place.user)], &[("with", "passkey")])?;
            Ok((user, reset))
        })
        .await?;
    Ok(entered(app, user, token, reset))
}

/// Lets somebody in who shows what they must, and opens what they get for it in the same change. Unknown and disabled
/// people get the same answer in the same time as a wrong password (S14).
pub async fn sign_in<T: Send + 'static>(
    app: &App,
    credentials: Credentials,
    address: IpAddr,
    mut open: impl FnMut(&mut Change, Id) -> Result<T> + Send + 'static,
) -> Result<(UserView, T)> {
    let Credentials { username, password, code, device, passkey, host } = credentials;
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
    let second = match second(app, id, code, passkey).await {
        Err(Error::Refused(refusal)) if refusal.status == 401 => {
            failed(app, &username, source).await?;
            return Err(refusal.into());
        }
        second => second?,
    };
    let rehashed = if verdict.outdated { Some(app.passwords.rehash(&password).await?) } else { None };
    let account = username.clone();
    let entered = app
        .store
        .change(move |change| {
            let user = user::find(change, id)?;
            if !user.row.active {
                return Err(wrong().into());
            }
            show(change, id, &second, host.as_deref())?;
            throttle::succeeded(change, &account, source)?;
            if let Some(hash) = &rehashed {
                let mut private = PRIVATE.need(change, id)?;
                private.password = Some(hash.clone());
                PRIVATE.put(change, id, &private)?;
            }
            let opened = open(change, id)?;
            audit::record(change, &By::person(id, address), Action::LoginOk, &[Subject::User(id)], &[])?;
            Ok((user, opened))
        })
        .await;
    // A wrong code counts like a wrong password; that one was not shown yet does not.
    if let Err(Error::Refused(refusal)) = &entered
        && matches!(refusal.code, "wrong_code" | "passkey_refused")
    {
        failed(app, &username, source).await?;
    }
    if entered.is_ok() {
        app.figures.signed_in(true);
    }
    entered
}

/// What was shown beside the password, as far as that can be looked at outside of a change.
async fn second(app: &App, user: Id, code: Option<String>, passkey: Option<ShownPasskey>) -> Result<Second> {
    if let Some(shown) = passkey {
        let (place, assertion) = checked(app, shown).await?;
        if place.user != user {
            return Err(passkey::refused().into());
        }
        return Ok(Second::Passkey(place, assertion));
    }
    let Some(code) = code.filter(|code| !code.is_empty()) else { return Ok(Second::None) };
    let typed = code.clone();
    let hashed = match recovery::is_one(&code) {
        false => None,
        true => {
            app.store
                .read(move |view| {
                    let kept = factor::recovery(view, user)?;
                    Ok(kept.and_then(|kept| recovery::hashed(&typed, &kept)))
                })
                .await?
        }
    };
    Ok(Second::Code { code, hashed })
}

/// Lets pass who has no second factor, or shows it.
fn show(change: &mut Change, user: Id, second: &Second, host: Option<&str>) -> Result<()> {
    let standing = factor::of(change, user)?;
    match second {
        _ if !standing.any() => Ok(()),
        Second::None => Err(factor::code_needed(standing.methods(host)).into()),
        Second::Code { code, hashed } => factor::use_code(change, user, code, *hashed).map(drop),
        Second::Passkey(place, assertion) => passkey::used(change, *place, assertion),
    }
}

/// Whose passkey answered a challenge of this server, and rightly.
async fn checked(app: &App, shown: ShownPasskey) -> Result<(PasskeyPlace, Assertion)> {
    let challenge = app.challenges.take(&shown.number, Purpose::SignIn)?;
    app.store
        .read(move |view| {
            let refused = passkey::refused;
            let (place, row) = passkey::find(view, &shown.credential)?.ok_or_else(refused)?;
            if shown.user_handle.is_some_and(|handle| handle != passkey::handle(place.user)) {
                return Err(refused().into());
            }
            let assertion =
                Assertion::check(&challenge, &row, &shown.client_data, &shown.authenticator_data, &shown.signature);
            Ok((place, assertion.ok_or_else(refused)?))
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

/// Opens a session for a cookie; what the person has to be told of a password that was set anew.
fn cookie_session(
    device: Device,
    token: String,
) -> impl FnMut(&mut Change, Id) -> Result<Option<row::ResetNote>> + Send + 'static {
    move |change, user| {
        session::open(change, user, &device, &token)?;
        reset::take_note(change, user)
    }
}

/// Who came in, and has just shown who they are.
pub(super) fn entered(app: &App, user: UserView, token: String, reset: Option<row::ResetNote>) -> SignedIn {
    app.confirmed.mark(id::secret_hash(&token));
    SignedIn { user, token, reset }
}
