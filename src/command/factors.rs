//! The second factor: apps that show codes, recovery codes, passkeys.
use super::{another_cookie, attempt, failed};
use crate::app::App;
use crate::auth::passkey::{self, Challenge, NewPasskey, Purpose, Registration, Site};
use crate::auth::who::Who;
use crate::auth::{factor, recovery, throttle, totp};
use crate::chat::audit::{self, Action, Subject};
use crate::chat::{place, user};
use crate::error::{Fault, Refusal, Result};
use crate::event::UserView;
use crate::id::Id;
use crate::row::Passkey;
use crate::store::tables::PRIVATE;
use std::net::IpAddr;

/// A secret that an app is to learn.
pub struct NewTotp {
    /// In base32.
    pub secret: String,
    pub uri: String,
}

/// What a browser made of a challenge of `passkey_options`.
pub struct MadePasskey {
    /// Of the challenge.
    pub number: String,
    pub name: String,
    pub client_data: Vec<u8>,
    pub attestation: Vec<u8>,
    pub transports: Vec<String>,
}

/// Shows the password once more, for what changes how one signs in. A browser's session gets another cookie.
pub async fn confirm(app: &App, who: &Who, address: IpAddr, password: String) -> Result<Option<String>> {
    let id = who.person()?;
    reauthenticate(app, id, address, &password, "password").await?;
    let session = who.session;
    let cookie = app.store.change(move |change| another_cookie(change, session)).await?;
    if let Some(session) = session {
        app.confirmed.mark(session);
    }
    Ok(cookie)
}

/// Whether this is the person's password; guessing is braked as at the door.
pub(super) async fn reauthenticate(
    app: &App,
    id: Id,
    address: IpAddr,
    password: &str,
    field: &'static str,
) -> Result<UserView> {
    let (me, private) = app.store.read(move |view| Ok((user::find(view, id)?, PRIVATE.need(view, id)?))).await?;
    let username = me.row.username.clone();
    let _turn = attempt(app, &username, address).await?;
    if !app.passwords.verify(password, private.password).await?.right {
        failed(app, &username, address).await?;
        return Err(Refusal::new(403, "wrong_password", "This password is wrong.").field(field).into());
    }
    app.store.change(move |change| throttle::succeeded(change, &username, address)).await?;
    Ok(me)
}

/// A secret for an app. It counts once `confirm_totp` has seen a code of it.
pub async fn begin_totp(app: &App, who: &Who) -> Result<NewTotp> {
    let user = who.person()?;
    app.confirmed.need(who)?;
    let mut secret = vec![0; totp::SECRET_BYTES];
    getrandom::fill(&mut secret).map_err(Fault::new)?;
    let kept = secret.clone();
    let (me, server) = app
        .store
        .change(move |change| {
            factor::begin_totp(change, user, &kept)?;
            Ok((user::find(change, user)?, place::name(change)?))
        })
        .await?;
    let uri = totp::uri(&secret, &server, &me.row.username);
    Ok(NewTotp { secret: totp::base32(&secret), uri })
}

/// Turns codes on; the recovery codes, if these are their first ones.
pub async fn confirm_totp(app: &App, who: &Who, code: String) -> Result<Option<Vec<String>>> {
    let user = who.person()?;
    app.rates.reactions.take(user, super::TOO_FAST)?;
    let (codes, kept) = app.store.read(|_| recovery::fresh()).await?;
    let by = who.by();
    let first = app
        .store
        .change(move |change| {
            let first = factor::confirm_totp(change, user, code.trim(), &kept)?;
            audit::record(change, &by, Action::FactorAdded, &[Subject::User(user)], &[("kind", "totp")])?;
            Ok(first)
        })
        .await?;
    Ok(first.then_some(codes))
}

pub async fn remove_totp(app: &App, who: &Who) -> Result<()> {
    let user = who.person()?;
    app.confirmed.need(who)?;
    let by = who.by();
    app.store
        .change(move |change| {
            factor::remove_totp(change, user)?;
            audit::record(change, &by, Action::FactorRemoved, &[Subject::User(user)], &[("kind", "totp")])
        })
        .await
}

/// Ten new recovery codes.
pub async fn renew_recovery(app: &App, who: &Who) -> Result<Vec<String>> {
    let user = who.person()?;
    app.confirmed.need(who)?;
    app.rates.reactions.take(user, super::TOO_FAST)?;
    let (codes, kept) = app.store.read(|_| recovery::fresh()).await?;
    let by = who.by();
    app.store
        .change(move |change| {
            factor::renew_recovery(change, user, &kept)?;
            audit::record(change, &by, Action::FactorAdded, &[Subject::User(user)], &[("kind", "recovery codes")])
        })
        .await?;
    Ok(codes)
}

/// A challenge for a new passkey: its number, itself, whose it will be, and what they have already.
pub async fn passkey_options(app: &App, who: &Who, site: Site) -> Result<(String, Challenge, UserView, Vec<Passkey>)> {
    let user = who.person()?;
    app.confirmed.need(who)?;
    let (number, challenge) = app.challenges.ask(Purpose::Register(user), &site)?;
    let (me, known) =
        app.store.read(move |view| Ok((user::find(view, user)?, factor::of(view, user)?.passkeys))).await?;
    let known = known.into_iter().map(|(_, row)| row).filter(|row| row.host == site.host).collect();
    Ok((number, challenge, me, known))
}

/// Keeps a new passkey; the recovery codes, if these are their first ones.
pub async fn add_passkey(app: &App, who: &Who, made: MadePasskey) -> Result<(Id, Passkey, Option<Vec<String>>)> {
    let user = who.person()?;
    let MadePasskey { number, name, client_data, attestation, transports } = made;
    let challenge = app.challenges.take(&number, Purpose::Register(user))?;
    let checked = Registration::check(&challenge, &client_data, &attestation, &transports).ok_or_else(|| {
        Refusal::new(422, "passkey_invalid", "This device made no passkey that this server can use.")
            .field("credential")
    })?;
    let (codes, kept) = app.store.read(|_| recovery::fresh()).await?;
    let new = NewPasskey { checked, host: challenge.host, name };
    let by = who.by();
    let (id, row, first) = app
        .store
        .change(move |change| {
            let (id, row, first) = passkey::add(change, user, &new, &kept)?;
            audit::record(change, &by, Action::PasskeyAdded, &[Subject::User(user)], &[("name", &row.name)])?;
            Ok((id, row, first))
        })
        .await?;
    Ok((id, row, first.then_some(codes)))
}

pub async fn rename_passkey(app: &App, who: &Who, id: Id, name: String) -> Result<Passkey> {
    let user = who.person()?;
    app.store.change(move |change| passkey::rename(change, user, id, &name)).await
}

pub async fn remove_passkey(app: &App, who: &Who, id: Id) -> Result<()> {
    let user = who.person()?;
    app.confirmed.need(who)?;
    let by = who.by();
    app.store
        .change(move |change| {
            passkey::remove(change, user, id)?;
            audit::record(change, &by, Action::PasskeyRemoved, &[Subject::User(user)], &[])
        })
        .await
}

/// A challenge for a passkey that lets somebody in; nobody has to say who they are.
pub fn sign_in_options(app: &App, address: IpAddr, site: &Site) -> Result<(String, Challenge)> {
    app.rates.links.take(address, "Too many attempts from this address. Wait a little.")?;
    Ok(app.challenges.ask(Purpose::SignIn, site)?)
}

/// Takes somebody's second factor away, for who lost it. For those who may manage them.
pub async fn remove_factors(app: &App, who: &Who, id: Id) -> Result<()> {
    let (asker, by) = (who.asker, who.by());
    app.store
        .change(move |change| {
            factor::remove_all(change, asker, id)?;
            audit::record(change, &by, Action::FactorRemoved, &[Subject::User(id)], &[("kind", "all")])
        })
        .await
}
