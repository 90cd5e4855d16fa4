//! What a browser answers to a challenge, checked step by step (WebAuthn 7.1 and 7.2).
//!
//! Attestation is not asked for and not looked at: nobody here decides by the maker of a device. A crate would bring a
//! second set of curves and RSA beside ring (`webauthn_rp`), need OpenSSL (`webauthn-rs`), or is a few months old.
use super::authdata::AuthData;
use super::cbor::Value;
use super::challenge::Challenge;
use crate::row::{Passkey, PublicKey};
use ring::signature::{
    ECDSA_P256_SHA256_ASN1, ED25519, RSA_PKCS1_2048_8192_SHA256, RsaPublicKeyComponents, UnparsedPublicKey,
};
use serde::Deserialize;
use sha2::{Digest, Sha256};

/// A new credential that was made for this challenge.
#[derive(Debug, Clone)]
pub struct Registration {
    pub credential: Vec<u8>,
    pub key: PublicKey,
    pub sign_count: u32,
    pub backup_eligible: bool,
    pub backed_up: bool,
    pub transports: Vec<String>,
}

/// A use of a passkey that answers this challenge.
#[derive(Debug, Clone, Copy)]
pub struct Assertion {
    pub sign_count: u32,
    pub backed_up: bool,
}

/// What the browser adds, which the device signs by its hash.
#[derive(Deserialize)]
struct ClientData {
    r#type: String,
    challenge: String,
    origin: String,
    #[serde(default, rename = "crossOrigin")]
    cross_origin: bool,
}

impl Registration {
    /// None: something is wrong with it.
    pub fn check(
        challenge: &Challenge,
        client_data: &[u8],
        attestation: &[u8],
        transports: &[String],
    ) -> Option<Registration> {
        client_says("webauthn.create", challenge, client_data)?;
        let (attestation, rest) = Value::read(attestation)?;
        if !rest.is_empty() || attestation.named("fmt")?.text().is_none() {
            return None;
        }
        let data = AuthData::read(attestation.named("authData")?.bytes()?)?;
        device_says(challenge, &data)?;
        let (credential, key) = data.made?;
        Some(Registration {
            credential: credential.to_vec(),
            key,
            sign_count: data.sign_count,
            backup_eligible: data.backup_eligible,
            backed_up: data.backed_up,
            transports: transports.iter().filter(|name| TRANSPORTS.contains(&name.as_str())).cloned().collect(),
        })
    }
}

impl Assertion {
    /// None: something is wrong with it.
    pub fn check(
        challenge: &Challenge,
        passkey: &Passkey,
        client_data: &[u8],
        authenticator_data: &[u8],
        signature: &[u8],
    ) -> Option<Assertion> {
        client_says("webauthn.get", challenge, client_data)?;
        let data = AuthData::read(authenticator_data)?;
        device_says(challenge, &data)?;
        let same_kind = data.backup_eligible == passkey.backup_eligible;
        if passkey.host != challenge.host || !same_kind || data.made.is_some() {
            return None;
        }
        let signed = [authenticator_data, &Sha256::digest(client_data)].concat();
        is_signed(&passkey.key, &signed, signature)
            .then_some(Assertion { sign_count: data.sign_count, backed_up: data.backed_up })
    }
}

fn client_says(kind: &str, challenge: &Challenge, client_data: &[u8]) -> Option<()> {
    let client: ClientData = serde_json::from_slice(client_data).ok()?;
    let fine = client.r#type == kind
        && client.challenge == challenge.text
        && client.origin == challenge.origin
        && !client.cross_origin;
    fine.then_some(())
}

/// The right server, and somebody there whom the device knows: so a passkey is both factors.
fn device_says(challenge: &Challenge, data: &AuthData) -> Option<()> {
    let fine = data.host_hash == &Sha256::digest(challenge.host.as_bytes())[..] && data.present && data.verified;
    fine.then_some(())
}

fn is_signed(key: &PublicKey, message: &[u8], signature: &[u8]) -> bool {
    let checked = match key {
        PublicKey::Es256(point) => UnparsedPublicKey::new(&ECDSA_P256_SHA256_ASN1, point).verify(message, signature),
        PublicKey::Ed25519(point) => UnparsedPublicKey::new(&ED25519, point).verify(message, signature),
        PublicKey::Rs256 { n, e } => {
            RsaPublicKeyComponents { n, e }.verify(&RSA_PKCS1_2048_8192_SHA256, message, signature)
        }
    };
    checked.is_ok()
}

/// How a device may be reached, as WebAuthn names it; the browser is told again.
const TRANSPORTS: [&str; 6] = ["ble", "hybrid", "internal", "nfc", "smart-card", "usb"];
