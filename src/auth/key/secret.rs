//! How a key looks: `snug_`, 43 letters and digits by chance (256 bits), and 6 that are their CRC-32, so that who scans
//! for leaked secrets knows one without asking: `snug_[0-9A-Za-z]{49}`.
use crate::id::{self, SecretHash};

pub const PREFIX: &str = "snug_";
const LETTERS: &[u8; 62] = b"0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";
const RANDOM: usize = 43;
const SUM: usize = 6;

/// A new key.
pub fn make() -> String {
    let mut random = String::with_capacity(RANDOM);
    while random.len() < RANDOM {
        let mut bytes = [0; 64];
        getrandom::fill(&mut bytes).expect("the system gives random bytes");
        // The last 8 of 256 values would make some letters likelier.
        let letters = bytes.iter().filter(|byte| **byte < 248).map(|byte| LETTERS[(*byte % 62) as usize] as char);
        random.extend(letters.take(RANDOM - random.len()));
    }
    let sum = checksum(&random);
    format!("{PREFIX}{random}{sum}")
}

/// What is stored of a key, if this looks like one.
pub fn hash(shown: &str) -> Option<SecretHash> {
    let body = shown.strip_prefix(PREFIX)?;
    let letters = body.len() == RANDOM + SUM && body.bytes().all(|byte| byte.is_ascii_alphanumeric());
    let (random, sum) = body.split_at_checked(RANDOM)?;
    (letters && checksum(random) == sum).then(|| id::secret_hash(shown))
}

fn checksum(text: &str) -> String {
    let mut left = crc32(text.as_bytes());
    let mut letters = [b'0'; SUM];
    for letter in letters.iter_mut().rev() {
        *letter = LETTERS[(left % 62) as usize];
        left /= 62;
    }
    letters.iter().map(|letter| *letter as char).collect()
}

/// As in zip and PNG.
fn crc32(bytes: &[u8]) -> u32 {
    let step = |sum: u32, _| if sum & 1 == 1 { (sum >> 1) ^ 0xedb8_8320 } else { sum >> 1 };
    !bytes.iter().fold(u32::MAX, |sum, byte| (0..8).fold(sum ^ u32::from(*byte), step))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn s23_a_key_says_by_itself_whether_it_was_typed_right() {
        assert_eq!(crc32(b"123456789"), 0xcbf4_3926);
        let key = make();
        assert_eq!(key.len(), 54);
        assert_eq!(hash(&key), Some(id::secret_hash(&key)));
        assert_ne!(key, make());
        for place in PREFIX.len()..key.len() {
            let mut other = key.clone().into_bytes();
            other[place] = if other[place] == b'a' { b'b' } else { b'a' };
            assert_eq!(hash(std::str::from_utf8(&other).unwrap()), None, "{place}");
        }
        for wrong in ["", "snug_", &key[1..], &key[..53], &format!("{key}a"), &key.replace("snug_", "gnus_")] {
            assert_eq!(hash(wrong), None, "{wrong}");
        }
        assert_eq!(hash(&format!("snug_{}", "ä".repeat(24))), None);
    }
}
