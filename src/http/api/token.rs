//! Tokens of API clients, as OAuth 2 names things (RFC 6749, 8414, 7517), so that clients that know it know this.
use crate::auth::token;
use crate::command::{self, Client, Credentials, Tokens};
use crate::error::{self, Error, Refusal, Result};
use crate::http::ask::Ask;
use crate::http::reply::Reply;
use crate::row::Scope;
use crate::{limits, wire};
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use hyper::StatusCode;
use serde::Deserialize;

#[derive(Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
struct TokenBody {
    grant_type: String,
    username: Option<String>,
    password: Option<String>,
    /// Of the second factor.
    code: Option<String>,
    refresh_token: Option<String>,
    scope: Option<String>,
    client_id: Option<String>,
    /// Clients have none here; many libraries send an empty one.
    #[serde(rename = "client_secret")]
    _client_secret: Option<String>,
}

pub async fn give(ask: Ask) -> Result<Reply> {
    match given(ask).await {
        Ok(Tokens { access, refresh, scopes }) => Ok(Reply::ok(&wire::Tokens {
            access_token: &access,
            token_type: "Bearer",
            expires_in: limits::TOKEN_LIFE_SECS,
            refresh_token: &refresh,
            scope: &token::words(scopes),
        })),
        Err(Error::Refused(refusal)) => Ok(refused(refusal)),
        Err(fault) => Err(fault),
    }
}

async fn given(mut ask: Ask) -> Result<Tokens> {
    let body: TokenBody = ask.json_or_form().await?;
    let scopes = match body.scope.as_deref().map(str::trim).filter(|words| !words.is_empty()) {
        None => None,
        Some(words) => Some(token::scopes(words).ok_or_else(unknown_scope)?),
    };
    let client = Client {
        name: body.client_id.filter(|name| !name.is_empty()),
        scopes,
        issuer: origin(&ask),
        address: ask.peer.address,
        device: ask.device(),
    };
    let missing = |field| error::malformed(format!("Send {field} too.")).field(field);
    match body.grant_type.as_str() {
        "password" => {
            let username = body.username.ok_or_else(|| missing("username"))?;
            let password = body.password.ok_or_else(|| missing("password"))?;
            let credentials = Credentials {
                username,
                password,
                code: body.code,
                device: ask.known_device(),
                passkey: None,
                host: None,
            };
            command::tokens_for_password(&ask.app, credentials, client).await
        }
        "refresh_token" => {
            let shown = body.refresh_token.ok_or_else(|| missing("refresh_token"))?;
            command::tokens_for_refresh(&ask.app, &shown, client).await
        }
        _ => Err(Refusal::new(400, UNSUPPORTED, "The grant types here are password and refresh_token.")
            .field("grant_type")
            .into()),
    }
}

const UNSUPPORTED: &str = "unsupported_grant_type";
const INVALID_SCOPE: &str = "invalid_scope";

fn unknown_scope() -> Refusal {
    Refusal::new(400, INVALID_SCOPE, "The scopes are read, write, admin and metrics.").field("scope")
}

/// A refusal as OAuth words it. Who is not let in gets 400: 401 would speak of the client's own password.
fn refused(mut refusal: Refusal) -> Reply {
    let error = match (refusal.status, refusal.code) {
        (_, UNSUPPORTED) => UNSUPPORTED,
        (_, INVALID_SCOPE) => INVALID_SCOPE,
        (429 | 503 | 507, _) => "temporarily_unavailable",
        (401 | 403, _) | (_, "refresh_gone") => "invalid_grant",
        _ => "invalid_request",
    };
    if matches!(refusal.status, 401 | 403) {
        refusal.status = 400;
    }
    Reply::oauth_problem(error, &refusal)
}

fn origin(ask: &Ask) -> String {
    ask.origin().unwrap_or_else(|| ask.app.first_url())
}

/// The keys with which anybody may check an access token; only this server knows whether its session still lives.
pub async fn key_set(ask: Ask) -> Result<Reply> {
    ask.no_query()?;
    let keys = command::signing_keys(&ask.app).await?;
    let shown = keys.iter().map(|(id, public)| wire::PublicKey {
        kty: "OKP",
        crv: "Ed25519",
        x: URL_SAFE_NO_PAD.encode(public),
        kid: id,
        r#use: "sig",
        alg: "EdDSA",
    });
    Ok(Reply::ok(&wire::KeySet { keys: shown.collect() }))
}

pub async fn metadata(ask: Ask) -> Result<Reply> {
    ask.no_query()?;
    let issuer = origin(&ask);
    Ok(Reply::json(
        StatusCode::OK,
        &wire::AuthorizationServer {
            issuer: &issuer,
            token_endpoint: format!("{issuer}/api/v1/auth/token"),
            jwks_uri: format!("{issuer}/.well-known/jwks.json"),
            scopes_supported: &Scope::ALL,
            response_types_supported: &[],
            grant_types_supported: &["password", "refresh_token"],
            token_endpoint_auth_methods_supported: &["none"],
            service_documentation: format!("{issuer}/api"),
        },
    ))
}

/// What is said of these routes to programs.
#[cfg(test)]
pub fn contract() -> crate::http::contract::Section {
    use crate::http::contract::{Section, route};
    use serde_json::json;
    let asked = json!({"grant_type": "password", "username": "ada", "password": "cedar lantern orbit twelve"});
    let refused = [400, 408, 413, 415, 422, 429, 503, 507];
    let give = route("POST /api/v1/auth/token", "Get an access token and a refresh token, as OAuth 2 does")
        .details("JSON or a form. `grant_type` is `password` or `refresh_token`; a refresh token is good for one use.")
        .json::<TokenBody>(asked)
        .gives::<wire::Tokens>(200, "The tokens");
    // As OAuth words it, beside the problem that other clients read.
    let give = refused
        .iter()
        .fold(give, |give, status| give.gives::<wire::OAuthProblem>(*status, "Refused, as OAuth says it"));
    Section {
        name: "Tokens",
        about: "Access tokens for API clients: JWTs that this server signs and can end at any moment.",
        routes: vec![
            give,
            route("GET /.well-known/jwks.json", "The keys with which anybody may check an access token")
                .gives::<wire::KeySet>(200, "The keys"),
            route("GET /.well-known/oauth-authorization-server", "How to get tokens here (RFC 8414)")
                .gives::<wire::AuthorizationServer>(200, "The metadata"),
        ],
    }
}
