//! What renews a token: `snugr_`, what all of a session's have in common, and what this one alone has.
use crate::id::{self, SecretHash};

pub const PREFIX: &str = "snugr_";
const HALF: usize = 43;

/// The common part of a new session's.
pub fn family() -> String {
    id::secret::<32>()
}

/// The next one of a family, and what is stored of it.
pub fn make(family: &str) -> (String, SecretHash) {
    let one = id::secret::<32>();
    (format!("{PREFIX}{family}{one}"), id::secret_hash(&one))
}

/// The family and its hash, and the hash of this one.
pub fn read(shown: &str) -> Option<(String, SecretHash, SecretHash)> {
    let body = shown.strip_prefix(PREFIX).filter(|body| body.len() == 2 * HALF && body.is_ascii())?;
    let (family, one) = body.split_at(HALF);
    Some((family.to_owned(), id::secret_hash(family), id::secret_hash(one)))
}
