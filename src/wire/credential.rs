//! API keys, tokens, and what says how to check them.
use crate::clock::Millis;
use crate::id::Id;
use crate::row::{self, Scope};
use serde::Serialize;

/// A key, without what is shown only once.
#[derive(Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct Key<'a> {
    id: Id,
    name: &'a str,
    scopes: Vec<Scope>,
    rooms: &'a Option<Vec<Id>>,
    created_at: Millis,
    expires_at: Option<Millis>,
    last_used_at: Option<Millis>,
}

impl<'a> From<&'a row::Key> for Key<'a> {
    fn from(row: &'a row::Key) -> Self {
        Key {
            id: row.id,
            name: &row.name,
            scopes: row.scopes.iter().collect(),
            rooms: &row.rooms,
            created_at: row.created_at,
            expires_at: row.expires_at,
            last_used_at: row.last_used_at,
        }
    }
}

#[derive(Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct Keys<'a> {
    pub keys: Vec<Key<'a>>,
}

/// A key that was just made, with what is shown this once.
#[derive(Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct NewKey<'a> {
    #[serde(flatten)]
    pub made: Key<'a>,
    pub key: &'a str,
}

/// RFC 6749, 5.1.
#[derive(Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct Tokens<'a> {
    pub access_token: &'a str,
    pub token_type: &'a str,
    pub expires_in: u64,
    pub refresh_token: &'a str,
    pub scope: &'a str,
}

/// RFC 6749, 5.2, beside the problem that other clients read.
#[derive(Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct OAuthProblem<'a> {
    pub error: &'a str,
    pub error_description: &'a str,
    #[serde(flatten)]
    pub problem: super::Problem<'a>,
}

/// RFC 7517.
#[derive(Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct KeySet<'a> {
    pub keys: Vec<PublicKey<'a>>,
}

/// RFC 8037.
#[derive(Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct PublicKey<'a> {
    pub kty: &'a str,
    pub crv: &'a str,
    pub x: String,
    pub kid: &'a str,
    pub r#use: &'a str,
    pub alg: &'a str,
}

/// RFC 8414.
#[derive(Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct AuthorizationServer<'a> {
    pub issuer: &'a str,
    pub token_endpoint: String,
    pub jwks_uri: String,
    pub scopes_supported: &'a [Scope],
    pub response_types_supported: &'a [&'a str],
    pub grant_types_supported: &'a [&'a str],
    pub token_endpoint_auth_methods_supported: &'a [&'a str],
    pub service_documentation: String,
}
