//! Passkeys: what browsers are asked, and what they answer.
use super::auth;
use crate::auth::passkey::Site;
use crate::command::{self, MadePasskey, ShownPasskey};
use crate::error::{Refusal, Result};
use crate::http::ask::Ask;
use crate::http::reply::Reply;
use crate::{query, wire};
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde::{Deserialize, Deserializer, Serialize};
use serde_json::Value;

#[derive(Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
struct NoBody {}

#[derive(Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
struct Passkeys<'a> {
    passkeys: Vec<wire::Passkey<'a>>,
}

pub async fn list(ask: Ask) -> Result<Reply> {
    ask.no_query()?;
    let standing = query::factors(&ask.app, &ask.who()?).await?;
    let passkeys = standing.passkeys.iter().map(|(id, row)| wire::Passkey::new(*id, row)).collect();
    Ok(Reply::ok(&Passkeys { passkeys }))
}

/// What a browser is asked to make.
pub async fn creation(mut ask: Ask) -> Result<Reply> {
    let NoBody {} = ask.json().await?;
    let (number, challenge, me, known) = command::passkey_options(&ask.app, &ask.who()?, site(&ask)?).await?;
    let name = ask.app.place().name;
    Ok(Reply::ok(&wire::Options::creation(number, challenge, name, &me, &known)))
}

#[derive(Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
struct NewBody {
    id: String,
    name: String,
    credential: Credential<Attestation>,
}

#[derive(Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
struct Made<'a> {
    passkey: wire::Passkey<'a>,
    /// Null: those that one has still count.
    recovery_codes: Option<Vec<String>>,
}

pub async fn add(mut ask: Ask) -> Result<Reply> {
    let body: NewBody = ask.json().await?;
    let response = body.credential.response;
    let made = MadePasskey {
        number: body.id,
        name: body.name,
        client_data: response.client_data.0,
        attestation: response.attestation_object.0,
        transports: response.transports,
    };
    let (id, row, recovery_codes) = command::add_passkey(&ask.app, &ask.who()?, made).await?;
    Ok(Reply::created(&Made { passkey: wire::Passkey::new(id, &row), recovery_codes }))
}

#[derive(Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
struct NameBody {
    name: String,
}

pub async fn rename(mut ask: Ask) -> Result<Reply> {
    let body: NameBody = ask.json().await?;
    let id = ask.id("passkey")?;
    let row = command::rename_passkey(&ask.app, &ask.who()?, id, body.name).await?;
    Ok(Reply::ok(&wire::Passkey::new(id, &row)))
}

pub async fn remove(ask: Ask) -> Result<Reply> {
    command::remove_passkey(&ask.app, &ask.who()?, ask.id("passkey")?).await?;
    Ok(Reply::nothing())
}

/// What a browser is asked to sign, whoever sits before it.
pub async fn request(mut ask: Ask) -> Result<Reply> {
    let NoBody {} = ask.json().await?;
    let (number, challenge) = command::sign_in_options(&ask.app, ask.peer.address, &site(&ask)?)?;
    Ok(Reply::ok(&wire::Options::request(number, challenge)))
}

pub async fn login(mut ask: Ask) -> Result<Reply> {
    let body: ShownBody = ask.json().await?;
    let signed = command::login_by_passkey(&ask.app, body.into(), ask.peer.address, ask.device()).await?;
    auth::welcome(ask, &signed).await
}

/// A signed challenge.
#[derive(Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct ShownBody {
    id: String,
    credential: Credential<Assertion>,
}

impl From<ShownBody> for ShownPasskey {
    fn from(ShownBody { id, credential }: ShownBody) -> Self {
        let response = credential.response;
        ShownPasskey {
            number: id,
            credential: credential.id.0,
            client_data: response.client_data.0,
            authenticator_data: response.authenticator_data.0,
            signature: response.signature.0,
            user_handle: response.user_handle.map(|handle| handle.0),
        }
    }
}

/// A `PublicKeyCredential` as its `toJSON` writes it. Of what is not needed here nothing is read.
#[derive(Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema), schemars(inline))]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct Credential<T> {
    id: Base64,
    response: T,
    #[serde(rename = "rawId")]
    _raw_id: Option<Base64>,
    #[serde(rename = "type")]
    _type: Option<String>,
    #[serde(rename = "authenticatorAttachment")]
    _attachment: Option<String>,
    #[serde(rename = "clientExtensionResults")]
    _extensions: Option<Value>,
}

#[derive(Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct Attestation {
    #[serde(rename = "clientDataJSON")]
    client_data: Base64,
    attestation_object: Base64,
    #[serde(default)]
    transports: Vec<String>,
    // All of these are in the attestation too.
    #[serde(rename = "authenticatorData")]
    _authenticator_data: Option<Base64>,
    #[serde(rename = "publicKey")]
    _public_key: Option<Base64>,
    #[serde(rename = "publicKeyAlgorithm")]
    _algorithm: Option<i64>,
}

#[derive(Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct Assertion {
    #[serde(rename = "clientDataJSON")]
    client_data: Base64,
    authenticator_data: Base64,
    signature: Base64,
    user_handle: Option<Base64>,
}

/// Bytes as browsers write them in JSON: base64url without padding.
#[cfg_attr(test, derive(schemars::JsonSchema), schemars(inline))]
struct Base64(#[cfg_attr(test, schemars(with = "String"))] Vec<u8>);

impl<'de> Deserialize<'de> for Base64 {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        let bytes = URL_SAFE_NO_PAD.decode(text);
        bytes.map(Base64).map_err(|_| serde::de::Error::custom("this is not base64url"))
    }
}

/// Passkeys belong to a name. Browsers make none for an address.
fn site(ask: &Ask) -> Result<Site> {
    ask.site().ok_or_else(|| {
        let detail = "Passkeys need a name: open this server by its name, not by its address.";
        Refusal::new(422, "passkey_needs_name", detail).into()
    })
}

/// What is said of these routes to programs.
#[cfg(test)]
pub fn contract() -> crate::http::contract::Section {
    use crate::http::contract::{Section, route};
    use serde_json::json;
    let made = json!({"id": "of the challenge", "name": "Laptop", "credential": {"id": "AAAA", "response":
        {"clientDataJSON": "AAAA", "attestationObject": "AAAA"}}});
    let shown = json!({"id": "of the challenge", "credential": {"id": "AAAA", "response":
        {"clientDataJSON": "AAAA", "authenticatorData": "AAAA", "signature": "AAAA"}}});
    Section {
        name: "Passkeys",
        about: "Signing in with a device instead of a password (WebAuthn). Challenges are good once, for five minutes.",
        routes: vec![
            route("POST /api/v1/auth/passkey/options", "A challenge for a passkey that signs in")
                .json::<NoBody>(json!({}))
                .gives::<wire::Options<wire::Request>>(200, "What the browser is to sign")
                .says(422, "passkey_needs_name")
                .says(429, "too_many")
                .says(503, "busy"),
            route("POST /api/v1/auth/passkey", "Sign in with a passkey")
                .json::<ShownBody>(shown)
                .gives::<auth::Welcome>(200, "Who is signed in")
                .with(&[("Set-Cookie", "The session")])
                .says(401, "passkey_refused")
                .says(409, "passkey_late")
                .says(429, "too_many"),
            route("GET /api/v1/me/passkeys", "One's passkeys").gives::<Passkeys>(200, "All of them"),
            route("POST /api/v1/me/passkeys/options", "A challenge for a new passkey")
                .json::<NoBody>(json!({}))
                .gives::<wire::Options<wire::Creation>>(200, "What the browser is to make")
                .says(403, "password_needed")
                .says(422, "passkey_needs_name")
                .says(503, "busy"),
            route("POST /api/v1/me/passkeys", "Keep a new passkey")
                .json::<NewBody>(made)
                .gives::<Made>(201, "The passkey, and recovery codes if it is the first protection")
                .says_any(409, &["passkey_late", "passkey_known", "too_many_passkeys"])
                .says(422, "passkey_invalid"),
            route("PATCH /api/v1/me/passkeys/{passkey}", "Give a passkey another name")
                .json::<NameBody>(json!({"name": "Work laptop"}))
                .gives::<wire::Passkey>(200, "The passkey as it is now"),
            route("DELETE /api/v1/me/passkeys/{passkey}", "Take a passkey away")
                .done(204, "It is gone")
                .says(403, "password_needed"),
        ],
    }
}
