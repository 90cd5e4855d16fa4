//! What people show beside a password, as it is stored.
use super::Row;
use crate::clock::Millis;
use crate::id::Id;
use serde::{Deserialize, Serialize};

/// The second factor of a person, passkeys aside.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Factors {
    pub totp: Option<Totp>,
    /// A secret that was shown and is not confirmed yet.
    pub coming: Option<Coming>,
    pub recovery: Option<Recovery>,
}
impl Row for Factors {}

/// What an app that shows codes shares with this server (RFC 6238).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Totp {
    pub secret: Vec<u8>,
    pub since: Millis,
    /// The step of the last code that was used: no code is used twice.
    pub last_step: u64,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Coming {
    pub secret: Vec<u8>,
    pub at: Millis,
}

/// Codes for when the device is lost, by their hashes.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Recovery {
    pub salt: [u8; 16],
    /// Those that are not used.
    pub left: Vec<[u8; 32]>,
}

/// A key that a device, or the account that it keeps them in, signs in with (WebAuthn).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Passkey {
    /// What the device calls it.
    pub credential: Vec<u8>,
    pub key: PublicKey,
    /// The name of this server that it was made for: under another it does not work.
    pub host: String,
    pub name: String,
    pub created_at: Millis,
    pub last_used_at: Option<Millis>,
    /// Rises with each use where the device counts; 0 where it does not.
    pub sign_count: u32,
    /// Whether it may be on several devices, and whether it is.
    pub backup_eligible: bool,
    pub backed_up: bool,
    pub transports: Vec<String>,
}
impl Row for Passkey {}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum PublicKey {
    /// ECDSA on P-256 with SHA-256: the point, uncompressed.
    Es256(Vec<u8>),
    Ed25519(Vec<u8>),
    /// RSASSA-PKCS1-v1_5 with SHA-256: modulus and exponent.
    Rs256 {
        n: Vec<u8>,
        e: Vec<u8>,
    },
}

/// That a password was set anew by a link, or by the operator: the person is told when they sign in next.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ResetNote {
    pub at: Millis,
    /// None: not over the network.
    pub address: Option<String>,
}
impl Row for ResetNote {}

/// Where the passkey of a credential is: whose, and which.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct PasskeyPlace {
    pub user: Id,
    pub passkey: Id,
}
impl Row for PasskeyPlace {}
