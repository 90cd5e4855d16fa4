//! Identity: numbers from the one server-wide counter, and secrets that nobody can guess.
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use sha2::{Digest, Sha256};

/// A user, room, message, session, invite or event cursor: from 1, below 2^53, only growing.
pub type Id = u64;

/// The largest id that JSON numbers carry exactly.
pub const ID_MAX: Id = (1 << 53) - 1;

/// SHA-256 of a secret: all that is ever stored of one (S58).
pub type SecretHash = [u8; 32];

/// `N` random bytes as URL-safe text.
pub fn secret<const N: usize>() -> String {
    let mut bytes = [0; N];
    getrandom::fill(&mut bytes).expect("the system gives random bytes");
    URL_SAFE_NO_PAD.encode(bytes)
}

/// A name for content: equal bytes, equal name.
pub fn content_hash(bytes: &[u8]) -> String {
    URL_SAFE_NO_PAD.encode(&Sha256::digest(bytes)[..16])
}

/// What is stored of `secret`.
pub fn secret_hash(secret: &str) -> SecretHash {
    Sha256::digest(secret.as_bytes()).into()
}
