//! Encryption of backups as the program `age` does it (age-encryption.org/v1, C2SP): to X25519 recipients, whose keys are not on
//! this machine.
//!
//! Written out here because the crate `age` brings a translator, a parser and a second random number generator with it; the
//! primitives are ring's and curve25519-dalek's, and the judge is Debian's `age`, in both directions (tests/it/age.rs).
mod bech32;
mod open;
mod seal;

pub use open::Opening;
pub use seal::Sealing;

use crate::error::Fault;
use ring::aead::{Aad, CHACHA20_POLY1305, LessSafeKey, Nonce, UnboundKey};
use ring::{hkdf, hmac};
use std::fmt;
use std::str::FromStr;
use x25519_dalek::{PublicKey, StaticSecret};

/// The first line of what is encrypted.
pub const FIRST_LINE: &str = "age-encryption.org/v1\n";
/// Bytes of plain text in a chunk, and how many more its encryption has.
const CHUNK: usize = 64 * 1024;
const TAG: usize = 16;

/// To whom something is encrypted: `age1…`.
#[derive(Clone, PartialEq, Eq)]
pub struct Recipient {
    text: String,
    key: [u8; 32],
}

/// Who can read it: `AGE-SECRET-KEY-1…`.
pub struct Identity(StaticSecret);

impl FromStr for Recipient {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let key = bech32::decode(text).filter(|(prefix, _)| prefix == "age").and_then(|(_, key)| key.try_into().ok());
        let not = || format!("has {text:?}, which is no recipient of age: one begins with age1 (age-keygen prints it)");
        Ok(Recipient { text: text.to_owned(), key: key.ok_or_else(not)? })
    }
}

impl fmt::Display for Recipient {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

impl fmt::Debug for Recipient {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

impl Identity {
    /// Those in a file as `age-keygen` writes it: a line each, comments begin with `#`.
    pub fn all_of(file: &str) -> Result<Vec<Identity>, Fault> {
        let lines = file.lines().map(str::trim).filter(|line| !line.is_empty() && !line.starts_with('#'));
        let found: Result<Vec<Identity>, Fault> = lines.map(Identity::read).collect();
        found.and_then(|found| if found.is_empty() { Err(Fault::new("there is no identity in it")) } else { Ok(found) })
    }

    fn read(line: &str) -> Result<Identity, Fault> {
        let key = bech32::decode(line).filter(|(prefix, _)| prefix == "age-secret-key-");
        let key: Option<[u8; 32]> = key.and_then(|(_, key)| key.try_into().ok());
        let not = || {
            Fault::new(
                "it is no identity of age: one begins with AGE-SECRET-KEY-1 (a file that is itself encrypted must be decrypted first)",
            )
        };
        Ok(Identity(StaticSecret::from(key.ok_or_else(not)?)))
    }
}

/// The key that hides the file's key from all but a recipient.
fn wrapping(shared: &[u8; 32], share: &PublicKey, recipient: &PublicKey) -> [u8; 32] {
    derived(shared, &[share.as_bytes().as_slice(), recipient.as_bytes()].concat(), b"age-encryption.org/v1/X25519")
}

fn header_mac(file_key: &[u8; 16]) -> hmac::Key {
    hmac::Key::new(hmac::HMAC_SHA256, &derived(file_key, &[], b"header"))
}

fn payload_cipher(file_key: &[u8; 16], nonce: &[u8; 16]) -> LessSafeKey {
    cipher(&derived(file_key, nonce, b"payload"))
}

fn cipher(key: &[u8; 32]) -> LessSafeKey {
    LessSafeKey::new(UnboundKey::new(&CHACHA20_POLY1305, key).expect("the key has the length of one"))
}

fn derived(secret: &[u8], salt: &[u8], info: &[u8]) -> [u8; 32] {
    let mut key = [0; 32];
    let info = [info];
    let drawn = hkdf::Salt::new(hkdf::HKDF_SHA256, salt).extract(secret);
    drawn.expand(&info, hkdf::HKDF_SHA256).and_then(|drawn| drawn.fill(&mut key)).expect("32 bytes can be drawn");
    key
}

/// The nonce of a chunk: its number, and whether it is the last.
fn nonce(number: u64, is_last: bool) -> Nonce {
    let mut bytes = [0; 12];
    bytes[3..11].copy_from_slice(&number.to_be_bytes());
    bytes[11] = is_last.into();
    Nonce::assume_unique_for_key(bytes)
}

fn nothing() -> Aad<[u8; 0]> {
    Aad::empty()
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::io::{Read, Write};

    const IDENTITY: &str = "AGE-SECRET-KEY-1GQ9778VQXMMJVE8SK7J6VT8UJ4HDQAJUVSFCWCM02D8GEWQ72PVQ2Y5J33";
    const RECIPIENT: &str = "age1t7rxyev2z3rw82stdlrrepyc39nvn86l5078zqkf5uasdy86jp6svpy7pa";

    fn sealed(bytes: &[u8]) -> Vec<u8> {
        let mut out = Vec::new();
        let mut sealing = Sealing::begin(&mut out, &[RECIPIENT.parse().unwrap()]).unwrap();
        bytes.chunks(1_000).for_each(|part| sealing.write_all(part).unwrap());
        sealing.finish().unwrap();
        out
    }

    fn opened(bytes: &[u8]) -> std::io::Result<Vec<u8>> {
        let mut out = Vec::new();
        let identities = Identity::all_of(&format!("# a comment\n{IDENTITY}\n")).unwrap();
        Opening::begin(bytes, &identities)?.read_to_end(&mut out)?;
        Ok(out)
    }

    #[test]
    fn what_is_sealed_opens_and_a_flipped_byte_or_a_cut_does_not() {
        for length in [0, 1, CHUNK - 1, CHUNK, CHUNK + 1, 3 * CHUNK] {
            let plain: Vec<u8> = (0..length).map(|at| ((at * 7) >> 3) as u8).collect();
            let secret = sealed(&plain);
            assert_eq!(opened(&secret).unwrap(), plain, "{length}");
            for at in (0..secret.len()).step_by(secret.len() / 40 + 1) {
                let mut flipped = secret.clone();
                flipped[at] ^= 4;
                assert!(opened(&flipped).is_err(), "{length}: a flipped byte at {at}");
            }
            for cut in [0, 10, secret.len() / 2, secret.len() - 1] {
                assert!(opened(&secret[..cut]).is_err(), "{length}: cut at {cut}");
            }
            assert!(opened(&[&secret[..], b"x"].concat()).is_err(), "{length}: something behind it");
        }
        let whole = sealed(&vec![1; 2 * CHUNK]);
        assert!(opened(&whole[..whole.len() - CHUNK - TAG]).is_err(), "without its last chunk");
    }

    #[test]
    fn recipients_and_identities_are_told_from_all_else() {
        assert_eq!(RECIPIENT.parse::<Recipient>().unwrap().to_string(), RECIPIENT);
        for bad in ["", "age1", "age1qqq", &RECIPIENT.replace('7', "8"), IDENTITY, "ssh-ed25519 AAAA"] {
            assert!(bad.parse::<Recipient>().is_err(), "{bad}");
        }
        for bad in ["", "# nothing", RECIPIENT, "AGE-SECRET-KEY-1QQ"] {
            assert!(Identity::all_of(bad).is_err(), "{bad}");
        }
    }
}
