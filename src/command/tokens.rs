//! Tokens of API clients: given for a password, renewed with refresh tokens, ended with their session.
use super::login::{Credentials, sign_in};
use crate::app::App;
use crate::auth::session::{self, Device, Renewal};
use crate::auth::token::{self, Said, refresh};
use crate::chat::audit::{self, Action, By, Subject};
use crate::clock;
use crate::error::{self, Fault, Refusal, Result};
use crate::limits;
use crate::row::{self, Grant, Scope, Scopes, SessionKind};
use std::net::IpAddr;

/// What an API client gets.
pub struct Tokens {
    pub access: String,
    pub refresh: String,
    pub scopes: Scopes,
}

/// Who asks for tokens, and what for.
pub struct Client {
    /// What it calls itself.
    pub name: Option<String>,
    /// Less than everything.
    pub scopes: Option<Scopes>,
    /// The address under which it reaches this server.
    pub issuer: String,
    pub address: IpAddr,
    pub device: Device,
}

/// For who signs in as on the login page.
pub async fn tokens_for_password(app: &App, credentials: Credentials, client: Client) -> Result<Tokens> {
    let Client { name, scopes, issuer, address, mut device } = client;
    let client = name.unwrap_or_else(|| "api".into());
    if client.is_empty() || client.chars().count() > limits::CLIENT_CHARS_MAX || client.chars().any(char::is_control) {
        return Err(error::invalid("client_id", "A client's name has 1 to 64 characters.").into());
    }
    if client != "api" {
        device.name = client.clone();
    }
    // What the person may not do, a token of theirs may not either, whatever it says.
    let scopes = scopes.unwrap_or_else(|| [Scope::Read, Scope::Write, Scope::Admin].into_iter().collect());
    let family = refresh::family();
    let (refresh, hash) = refresh::make(&family);
    let grant = Grant { client, scopes, refresh: hash, before: None };
    let family = crate::id::secret_hash(&family);
    let (_, session) = sign_in(app, credentials, address, move |change, user| {
        session::open_api(change, user, &device, family, grant.clone())
    })
    .await?;
    let access = access(app, &session, scopes, issuer).await?;
    Ok(Tokens { access, refresh, scopes })
}

/// For who has a refresh token, which is good once: who comes with one that was used has a copy, and the session ends.
pub async fn tokens_for_refresh(app: &App, shown: &str, client: Client) -> Result<Tokens> {
    let Client { scopes: asked, issuer, address, .. } = client;
    app.rates.links.take(address, "Too many attempts from this address. Wait a little.")?;
    let (family, family_hash, shown) = refresh::read(shown).ok_or_else(gone)?;
    let (refresh, next) = refresh::make(&family);
    let renewal = app
        .store
        .change(move |change| {
            let renewal = session::renew(change, family_hash, shown, next, asked)?;
            if let Some(Renewal::Reused(session)) = &renewal {
                let subjects = [Subject::User(session.user), Subject::Session(session.id)];
                audit::record(change, &By::nobody(address), Action::TokenReused, &subjects, &[])?;
            }
            Ok(renewal)
        })
        .await?;
    let Some(Renewal::Done(session)) = renewal else { return Err(gone().into()) };
    let scopes = match (&session.kind, asked) {
        (_, Some(asked)) => asked,
        (SessionKind::Api(grant), None) => grant.scopes,
        (SessionKind::Browser | SessionKind::Renewed(_), None) => {
            return Err(Fault::new("a browser's session was renewed").into());
        }
    };
    let access = access(app, &session, scopes, issuer).await?;
    Ok(Tokens { access, refresh, scopes })
}

/// The keys that verify tokens, the newest first: each one's name and public half.
pub async fn signing_keys(app: &App) -> Result<Vec<(String, Vec<u8>)>> {
    let signing = app.signing.clone();
    let made = tokio::task::spawn_blocking(move || signing.current(clock::now()).map(drop)).await;
    made.map_err(Fault::new)??;
    Ok(app.signing.all().iter().map(|key| (key.id.clone(), key.public().to_vec())).collect())
}

async fn access(app: &App, session: &row::Session, scopes: Scopes, issuer: String) -> Result<String> {
    let SessionKind::Api(grant) = &session.kind else {
        return Err(Fault::new("a browser's session was asked for a token").into());
    };
    let (signing, client) = (app.signing.clone(), grant.client.clone());
    let said = Said { user: session.user, session: session.id, scopes, issuer };
    let issued = tokio::task::spawn_blocking(move || {
        let now = clock::now();
        token::issue(&*signing.current(now)?, &said, &client, now)
    });
    issued.await.map_err(Fault::new)?
}

fn gone() -> Refusal {
    Refusal::new(400, "refresh_gone", "This refresh token is not good any more. Sign in again.").field("refresh_token")
}
