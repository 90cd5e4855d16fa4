//! Ten codes on paper, for who lost the device of their second factor. Each works once; only hashes are kept.
use crate::error::{Fault, Result};
use crate::limits;
use crate::row::Recovery;
use ring::pbkdf2;
use std::num::NonZeroU32;

/// Crockford's: no two signs that look alike. 12 of them are 60 bits.
const SIGNS: &[u8; 32] = b"0123456789abcdefghjkmnpqrstvwxyz";
const CODE_SIGNS: usize = 12;
/// A stolen backup shall not give the codes away (ASVS 6.5.2: short secrets are hashed as slowly as passwords).
const ITERATIONS: NonZeroU32 = NonZeroU32::new(100_000).expect("it is not 0");

/// A fresh set: the codes to show once, and what is kept. Slow: never on an async thread.
pub fn fresh() -> Result<(Vec<String>, Recovery)> {
    let mut salt = [0; 16];
    getrandom::fill(&mut salt).map_err(Fault::new)?;
    let mut codes = Vec::with_capacity(limits::RECOVERY_CODES);
    for _ in 0..limits::RECOVERY_CODES {
        let mut bytes = [0; CODE_SIGNS];
        getrandom::fill(&mut bytes).map_err(Fault::new)?;
        let signs: String = bytes.iter().map(|byte| char::from(SIGNS[usize::from(byte & 31)])).collect();
        codes.push(format!("{}-{}-{}", &signs[..4], &signs[4..8], &signs[8..]));
    }
    let left = codes.iter().filter_map(|code| Some(hash(&plain(code)?, &salt))).collect();
    Ok((codes, Recovery { salt, left }))
}

/// The hash of a code as somebody typed it, if it can be one. Slow: never on an async thread.
pub fn hashed(typed: &str, recovery: &Recovery) -> Option<[u8; 32]> {
    Some(hash(&plain(typed)?, &recovery.salt))
}

/// Whether it looks like one of these, and not like what an app shows.
pub fn is_one(typed: &str) -> bool {
    plain(typed).is_some()
}

/// The signs of a code, without the gaps, in one spelling.
fn plain(typed: &str) -> Option<String> {
    if typed.len() > 4 * CODE_SIGNS {
        return None;
    }
    let mut signs = String::new();
    for sign in typed.chars().filter(|sign| !sign.is_whitespace() && *sign != '-') {
        let sign = match sign.to_ascii_lowercase() {
            'o' => '0',
            'i' | 'l' => '1',
            sign => sign,
        };
        signs.push(u8::try_from(sign).ok().filter(|sign| SIGNS.contains(sign)).map(char::from)?);
    }
    (signs.len() == CODE_SIGNS).then_some(signs)
}

fn hash(plain: &str, salt: &[u8]) -> [u8; 32] {
    let mut hash = [0; 32];
    pbkdf2::derive(pbkdf2::PBKDF2_HMAC_SHA256, ITERATIONS, salt, plain.as_bytes(), &mut hash);
    hash
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn s19_ten_codes_are_shown_and_only_their_hashes_kept() {
        let (codes, kept) = fresh().unwrap();
        assert_eq!((codes.len(), kept.left.len()), (10, 10));
        assert!(codes.iter().all(|code| code.len() == 14 && is_one(code)), "{codes:?}");
        let typed = format!(" {} ", codes[3].to_uppercase().replace('-', " ").replace('0', "O").replace('1', "l"));
        assert_eq!(hashed(&typed, &kept), Some(kept.left[3]));
        for none in ["123456", "", "0000-0000-000u", "0000-0000-00000", &"0".repeat(99)] {
            assert!(!is_one(none), "{none}");
        }
    }
}
