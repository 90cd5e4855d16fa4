//! Bech32 (BIP 173), as keys of age are written.

const DIGITS: &[u8; 32] = b"qpzry9x8gf2tvdw0s3jn54khce6mua7l";

/// The part before the 1, in small letters, and the bytes behind it; none where the checksum does not fit.
pub fn decode(text: &str) -> Option<(String, Vec<u8>)> {
    let (lower, upper) = (text.to_ascii_lowercase(), text.to_ascii_uppercase());
    if text != lower && text != upper {
        return None;
    }
    let (prefix, digits) = lower.rsplit_once('1')?;
    if prefix.is_empty() || digits.len() < 6 || !prefix.bytes().all(|byte| (33..=126).contains(&byte)) {
        return None;
    }
    let digits: Option<Vec<u8>> =
        digits.bytes().map(|digit| DIGITS.iter().position(|known| *known == digit).map(|at| at as u8)).collect();
    let digits = digits?;
    let spread = prefix.bytes().map(|byte| byte >> 5).chain([0]).chain(prefix.bytes().map(|byte| byte & 31));
    if checksum(spread.chain(digits.iter().copied())) != 1 {
        return None;
    }
    let mut bytes = Vec::new();
    let (mut held, mut bits) = (0u32, 0);
    for digit in &digits[..digits.len() - 6] {
        held = (held << 5 | u32::from(*digit)) & 0xfff;
        bits += 5;
        if bits >= 8 {
            bits -= 8;
            bytes.push((held >> bits & 0xff) as u8);
        }
    }
    // What fills the last digit is zero, and less than a digit.
    (bits < 5 && held & ((1 << bits) - 1) == 0).then(|| (prefix.to_owned(), bytes))
}

fn checksum(values: impl Iterator<Item = u8>) -> u32 {
    const GENERATOR: [u32; 5] = [0x3b6a_57b2, 0x2650_8e6d, 0x1ea1_19fa, 0x3d42_33dd, 0x2a14_62b3];
    values.fold(1, |sum: u32, value| {
        let top = sum >> 25;
        let shifted = (sum & 0x01ff_ffff) << 5 ^ u32::from(value);
        GENERATOR.iter().enumerate().filter(|(bit, _)| top >> bit & 1 == 1).fold(shifted, |sum, (_, term)| sum ^ term)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_examples_of_bip_173_are_read_and_its_mistakes_are_not() {
        assert_eq!(decode("A12UEL5L"), Some(("a".into(), vec![])));
        assert!(
            decode("an83characterlonghumanreadablepartthatcontainsthenumber1andtheexcludedcharactersbio1tt5tgs")
                .is_some()
        );
        let (prefix, bytes) = decode("abcdef1qpzry9x8gf2tvdw0s3jn54khce6mua7lmqqqxw").unwrap();
        assert_eq!((prefix.as_str(), bytes[..4].to_vec()), ("abcdef", vec![0x00, 0x44, 0x32, 0x14]));
        for bad in
            ["pzry9x0s0muk", "1pzry9x0s0muk", "x1b4n0q5v", "li1dgmt3", "A1G7SGD8", "10a06t8", "1qzzfhee", "a12UEL5L"]
        {
            assert_eq!(decode(bad), None, "{bad}");
        }
    }
}
