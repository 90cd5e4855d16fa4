//! What an authenticator says of itself and of a key: the bytes that it signs (WebAuthn 6.1).
use super::cbor::Value;
use crate::limits;
use crate::row::PublicKey;

/// Checked for its shape, not for what it says.
#[derive(Debug, PartialEq, Eq)]
pub struct AuthData<'b> {
    pub host_hash: &'b [u8],
    pub present: bool,
    pub verified: bool,
    pub backup_eligible: bool,
    pub backed_up: bool,
    pub sign_count: u32,
    /// A new credential and its key.
    pub made: Option<(&'b [u8], PublicKey)>,
}

const PRESENT: u8 = 0x01;
const VERIFIED: u8 = 0x04;
const BACKUP_ELIGIBLE: u8 = 0x08;
const BACKED_UP: u8 = 0x10;
const MADE: u8 = 0x40;
const EXTENDED: u8 = 0x80;

impl<'b> AuthData<'b> {
    pub fn read(bytes: &'b [u8]) -> Option<AuthData<'b>> {
        let (host_hash, rest) = bytes.split_at_checked(32)?;
        let ([flags], rest) = rest.split_first_chunk()?;
        let (count, mut rest) = rest.split_first_chunk()?;
        let is = |flag: u8| flags & flag != 0;
        let mut made = None;
        if is(MADE) {
            let (_aaguid, after) = rest.split_at_checked(16)?;
            let (length, after) = after.split_first_chunk()?;
            let (credential, after) = after.split_at_checked(usize::from(u16::from_be_bytes(*length)))?;
            let (key, after) = Value::read(after)?;
            if credential.is_empty() || credential.len() > limits::CREDENTIAL_BYTES_MAX {
                return None;
            }
            made = Some((credential, public_key(&key)?));
            rest = after;
        }
        if is(EXTENDED) {
            let (Value::Map(_), after) = Value::read(rest)? else { return None };
            rest = after;
        }
        // What may not be copied is on no second device.
        if !rest.is_empty() || (is(BACKED_UP) && !is(BACKUP_ELIGIBLE)) {
            return None;
        }
        Some(AuthData {
            host_hash,
            present: is(PRESENT),
            verified: is(VERIFIED),
            backup_eligible: is(BACKUP_ELIGIBLE),
            backed_up: is(BACKED_UP),
            sign_count: u32::from_be_bytes(*count),
            made,
        })
    }
}

/// A key as COSE writes it (RFC 9053), of the three kinds that were asked for.
fn public_key(key: &Value) -> Option<PublicKey> {
    let number = |at| key.at(at).and_then(Value::number);
    let bytes = |at, lengths: std::ops::RangeInclusive<usize>| {
        key.at(at).and_then(Value::bytes).filter(|bytes| lengths.contains(&bytes.len()))
    };
    match (number(1)?, number(3)?) {
        (2, -7) if number(-1) == Some(1) => {
            Some(PublicKey::Es256([&[4], bytes(-2, 32..=32)?, bytes(-3, 32..=32)?].concat()))
        }
        (1, -8) if number(-1) == Some(6) => Some(PublicKey::Ed25519(bytes(-2, 32..=32)?.to_vec())),
        // 2,048 to 4,096 bits.
        (3, -257) => Some(PublicKey::Rs256 { n: bytes(-1, 256..=512)?.to_vec(), e: bytes(-2, 1..=4)?.to_vec() }),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn made() -> Vec<u8> {
        let mut bytes =
            [[7; 32].as_slice(), &[PRESENT | VERIFIED | MADE, 0, 0, 0, 5], &[0; 16], &[0, 2], b"id"].concat();
        // {1: 1, 3: -8, -1: 6, -2: 32 bytes}
        bytes.extend_from_slice(b"\xa4\x01\x01\x03\x27\x20\x06\x21\x58\x20");
        bytes.extend_from_slice(&[9; 32]);
        bytes
    }

    #[test]
    fn a_new_key_is_read() {
        let bytes = made();
        let data = AuthData::read(&bytes).unwrap();
        assert_eq!((data.sign_count, data.present, data.verified), (5, true, true));
        assert_eq!(data.made, Some((&b"id"[..], PublicKey::Ed25519(vec![9; 32]))));
    }

    #[test]
    fn no_part_of_it_is_read_as_a_whole_and_nothing_may_follow() {
        let bytes = made();
        for end in 0..bytes.len() {
            assert_eq!(AuthData::read(&bytes[..end]), None, "{end}");
        }
        assert_eq!(AuthData::read(&[&bytes[..], &[0]].concat()), None);
        let mut backed_up = bytes.clone();
        backed_up[32] |= BACKED_UP;
        assert_eq!(AuthData::read(&backed_up), None, "backed up, but not eligible");
        let mut other = bytes.clone();
        // Another algorithm than the key's kind has.
        other[59] = 0x26;
        assert_eq!(AuthData::read(&other), None);
    }
}
