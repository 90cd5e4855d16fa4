//! What somebody shows beside a password, and what browsers are asked to make and to sign (WebAuthn's own names).
use crate::auth::factor::Standing;
use crate::auth::passkey::{self, Challenge};
use crate::clock::Millis;
use crate::event::UserView;
use crate::id::Id;
use crate::limits;
use crate::row;
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde::Serialize;

#[derive(Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct Factors<'a> {
    pub totp: bool,
    pub recovery_codes_left: usize,
    pub passkeys: Vec<Passkey<'a>>,
    /// Whether this server asks this person for a second factor.
    pub required: bool,
    /// Whether passkeys can be made under the name that was asked for.
    pub passkeys_possible: bool,
}

impl<'a> Factors<'a> {
    pub fn new(standing: &'a Standing, required: bool, host: Option<&str>) -> Self {
        Factors {
            totp: standing.totp,
            recovery_codes_left: standing.recovery_left,
            passkeys: standing.passkeys.iter().map(|(id, row)| Passkey::new(*id, row)).collect(),
            required,
            passkeys_possible: host.is_some(),
        }
    }
}

#[derive(Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct Passkey<'a> {
    id: Id,
    name: &'a str,
    host: &'a str,
    created_at: Millis,
    last_used_at: Option<Millis>,
    /// Whether it is on more than one device.
    backed_up: bool,
}

impl<'a> Passkey<'a> {
    pub fn new(id: Id, row: &'a row::Passkey) -> Self {
        Passkey {
            id,
            name: &row.name,
            host: &row.host,
            created_at: row.created_at,
            last_used_at: row.last_used_at,
            backed_up: row.backed_up,
        }
    }
}

/// A challenge, as `navigator.credentials` takes it.
#[derive(Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema), schemars(inline))]
pub struct Options<T> {
    id: String,
    #[serde(rename = "publicKey")]
    public_key: T,
}

#[derive(Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase")]
pub struct Creation {
    rp: Party,
    user: Entity,
    challenge: String,
    pub_key_cred_params: [Algorithm; 3],
    timeout: u64,
    exclude_credentials: Vec<Descriptor>,
    authenticator_selection: Selection,
    attestation: &'static str,
}

#[derive(Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase")]
pub struct Request {
    challenge: String,
    rp_id: String,
    timeout: u64,
    allow_credentials: [Descriptor; 0],
    user_verification: &'static str,
}

#[derive(Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
struct Party {
    id: String,
    name: String,
}

#[derive(Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase")]
struct Entity {
    id: String,
    name: String,
    display_name: String,
}

#[derive(Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
struct Algorithm {
    r#type: &'static str,
    alg: i32,
}

#[derive(Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
struct Descriptor {
    r#type: &'static str,
    id: String,
    transports: Vec<String>,
}

#[derive(Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase")]
struct Selection {
    resident_key: &'static str,
    require_resident_key: bool,
    user_verification: &'static str,
}

impl Options<Creation> {
    pub fn creation(
        number: String,
        challenge: Challenge,
        server: String,
        me: &UserView,
        known: &[row::Passkey],
    ) -> Self {
        let known = known.iter().map(|row| Descriptor {
            r#type: KIND,
            id: URL_SAFE_NO_PAD.encode(&row.credential),
            transports: row.transports.clone(),
        });
        Options {
            id: number,
            public_key: Creation {
                rp: Party { id: challenge.host, name: server },
                user: Entity {
                    id: URL_SAFE_NO_PAD.encode(passkey::handle(me.id)),
                    name: me.row.username.clone(),
                    display_name: me.row.name.clone(),
                },
                challenge: challenge.text,
                pub_key_cred_params: [-8, -7, -257].map(|alg| Algorithm { r#type: KIND, alg }),
                timeout: limits::CHALLENGE_LIFE.as_millis() as u64,
                exclude_credentials: known.collect(),
                // It signs in by itself, and knows who holds the device: so it is both factors.
                authenticator_selection: Selection {
                    resident_key: "required",
                    require_resident_key: true,
                    user_verification: "required",
                },
                attestation: "none",
            },
        }
    }
}

impl Options<Request> {
    pub fn request(number: String, challenge: Challenge) -> Self {
        Options {
            id: number,
            public_key: Request {
                challenge: challenge.text,
                rp_id: challenge.host,
                timeout: limits::CHALLENGE_LIFE.as_millis() as u64,
                allow_credentials: [],
                user_verification: "required",
            },
        }
    }
}

const KIND: &str = "public-key";
