//! Codes of six digits that an app makes of the time and a shared secret (RFC 6238).
use crate::clock::Millis;
use crate::limits;
use ring::hmac;
use std::fmt::Write;

/// RFC 4226 advises 160 bits.
pub const SECRET_BYTES: usize = 20;
const STEP_MS: u64 = 30_000;
const BASE32: &[u8; 32] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";

/// The step whose code this is: of now or a neighbour, and later than `after`, so that each is used once (S19).
pub fn step_of(code: &str, secret: &[u8], now: Millis, after: u64) -> Option<u64> {
    let present = now / STEP_MS;
    let steps = present.saturating_sub(limits::TOTP_STEPS_ASIDE)..=present + limits::TOTP_STEPS_ASIDE;
    // All are compared, so that the time tells nothing of which was right.
    steps.filter(|step| *step > after && same(code, &at_step(secret, *step))).max()
}

/// The code of a step.
pub fn at_step(secret: &[u8], step: u64) -> String {
    // Apps of all makers know SHA-1 only; for an HMAC it is sound.
    let key = hmac::Key::new(hmac::HMAC_SHA1_FOR_LEGACY_USE_ONLY, secret);
    let tag = hmac::sign(&key, &step.to_be_bytes());
    let tag = tag.as_ref();
    let offset = usize::from(tag[tag.len() - 1] & 0x0f);
    let number = tag[offset..offset + 4].iter().fold(0u32, |number, byte| number << 8 | u32::from(*byte));
    format!("{:06}", (number & 0x7fff_ffff) % 1_000_000)
}

/// The link that apps read from a QR code.
pub fn uri(secret: &[u8], server: &str, username: &str) -> String {
    let encoded =
        |text: &str| percent_encoding::utf8_percent_encode(text, percent_encoding::NON_ALPHANUMERIC).to_string();
    let (issuer, account) = (encoded(server), encoded(username));
    format!(
        "otpauth://totp/{issuer}:{account}?secret={}&issuer={issuer}&algorithm=SHA1&digits=6&period=30",
        base32(secret)
    )
}

/// As people type it.
pub fn base32(bytes: &[u8]) -> String {
    let mut text = String::new();
    for chunk in bytes.chunks(5) {
        let mut five = [0; 5];
        five[..chunk.len()].copy_from_slice(chunk);
        let bits = five.iter().fold(0u64, |bits, byte| bits << 8 | u64::from(*byte));
        let signs = (chunk.len() * 8).div_ceil(5);
        for place in 0..signs {
            text.push(char::from(BASE32[(bits >> (35 - 5 * place)) as usize & 31]));
        }
    }
    text
}

/// A secret in groups of four, for who cannot scan.
pub fn grouped(secret: &str) -> String {
    let mut text = String::new();
    for (number, sign) in secret.chars().enumerate() {
        let gap = if number > 0 && number % 4 == 0 { " " } else { "" };
        let _ = write!(text, "{gap}{sign}");
    }
    text
}

fn same(one: &str, other: &str) -> bool {
    one.len() == other.len() && one.bytes().zip(other.bytes()).fold(0, |all, (a, b)| all | (a ^ b)) == 0
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn s19_codes_are_those_of_rfc_6238() {
        let secret = b"12345678901234567890";
        for (secs, code) in
            [(59, "287082"), (1_111_111_109, "081804"), (1_234_567_890, "005924"), (20_000_000_000, "353130")]
        {
            assert_eq!(at_step(secret, secs / 30), code);
        }
        assert_eq!(base32(b"12345678901234567890"), "GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ");
        assert_eq!((base32(b"f"), base32(b"foobar")), ("MY".into(), "MZXW6YTBOI".into()));
        assert_eq!(grouped("ABCDEFGHI"), "ABCD EFGH I");
    }

    #[test]
    fn s19_a_code_counts_one_step_around_now_and_once() {
        let (secret, now) = (b"12345678901234567890", 1_111_111_109_000);
        let step = now / 30_000;
        let code = |step| at_step(secret, step);
        for near in [step - 1, step, step + 1] {
            assert_eq!(step_of(&code(near), secret, now, 0), Some(near));
            assert_eq!(step_of(&code(near), secret, now, near), None, "used already");
        }
        assert_eq!(step_of(&code(step - 2), secret, now, 0), None);
        assert_eq!(step_of(&code(step + 2), secret, now, 0), None);
        assert_eq!(step_of("", secret, now, 0), None);
    }

    #[test]
    fn an_app_reads_whose_code_it_is() {
        let link = uri(b"12345678901234567890", "The Burrow", "ann");
        assert!(link.starts_with("otpauth://totp/The%20Burrow:ann?secret=GEZDGNBV"), "{link}");
    }
}
