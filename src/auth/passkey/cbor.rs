//! The little of CBOR (RFC 8949) that authenticators write: definite lengths, no tags, no fractions; bounded in depth.

#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Value<'b> {
    Number(i64),
    Bytes(&'b [u8]),
    Text(&'b str),
    List(Vec<Value<'b>>),
    Map(Vec<(Value<'b>, Value<'b>)>),
    /// false, true, null and their like.
    Simple(u8),
}

/// Lists in lists in maps: an attestation has four levels at most.
const DEPTH_MAX: usize = 8;

impl<'b> Value<'b> {
    /// Reads one value from the beginning of `bytes`; what follows it.
    pub fn read(bytes: &'b [u8]) -> Option<(Value<'b>, &'b [u8])> {
        let mut rest = bytes;
        let value = read(&mut rest, DEPTH_MAX)?;
        Some((value, rest))
    }

    /// The entry of a map under a number.
    pub fn at(&self, key: i64) -> Option<&Value<'b>> {
        self.entry(&Value::Number(key))
    }

    /// The entry of a map under a word.
    pub fn named(&self, key: &'b str) -> Option<&Value<'b>> {
        self.entry(&Value::Text(key))
    }

    pub fn number(&self) -> Option<i64> {
        match self {
            Value::Number(number) => Some(*number),
            _ => None,
        }
    }

    pub fn bytes(&self) -> Option<&'b [u8]> {
        match self {
            Value::Bytes(bytes) => Some(bytes),
            _ => None,
        }
    }

    pub fn text(&self) -> Option<&'b str> {
        match self {
            Value::Text(text) => Some(text),
            _ => None,
        }
    }

    fn entry(&self, key: &Value<'_>) -> Option<&Value<'b>> {
        match self {
            Value::Map(entries) => entries.iter().find(|(name, _)| name == key).map(|(_, value)| value),
            _ => None,
        }
    }
}

fn read<'b>(rest: &mut &'b [u8], depth: usize) -> Option<Value<'b>> {
    let depth = depth.checked_sub(1)?;
    let [first] = take(rest, 1)? else { return None };
    let (major, low) = (first >> 5, first & 0x1f);
    if major == 7 {
        return (low < 24).then_some(Value::Simple(low));
    }
    let count = match low {
        0..=23 => u64::from(low),
        24..=27 => take(rest, 1 << (low - 24))?.iter().fold(0, |number, byte| number << 8 | u64::from(*byte)),
        _ => return None,
    };
    let length = usize::try_from(count).ok()?;
    match major {
        0 => Some(Value::Number(i64::try_from(count).ok()?)),
        1 => Some(Value::Number(-1 - i64::try_from(count).ok()?)),
        2 => Some(Value::Bytes(take(rest, length)?)),
        3 => Some(Value::Text(str::from_utf8(take(rest, length)?).ok()?)),
        // Each entry has a byte at least, so what is asked for is never more than what came.
        4 if length <= rest.len() => (0..length).map(|_| read(rest, depth)).collect::<Option<_>>().map(Value::List),
        5 if length <= rest.len() / 2 => {
            let mut entries: Vec<(Value, Value)> = Vec::with_capacity(length.min(64));
            for _ in 0..length {
                let key = read(rest, depth)?;
                // Two entries with one key would be read differently by others.
                if entries.iter().any(|(known, _)| *known == key) || entries.len() == ENTRIES_MAX {
                    return None;
                }
                entries.push((key, read(rest, depth)?));
            }
            Some(Value::Map(entries))
        }
        _ => None,
    }
}

/// Entries of a map; keys have five.
const ENTRIES_MAX: usize = 64;

fn take<'b>(rest: &mut &'b [u8], count: usize) -> Option<&'b [u8]> {
    let (taken, after) = rest.split_at_checked(count)?;
    *rest = after;
    Some(taken)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_rfc_8949_shows_is_read() {
        let one = |bytes: &'static [u8]| Value::read(bytes).unwrap();
        assert_eq!(one(b"\x18\x64\xff"), (Value::Number(100), &b"\xff"[..]));
        assert_eq!(one(b"\x39\x01\x00").0, Value::Number(-257));
        assert_eq!(one(b"\x44\x01\x02\x03\x04").0.bytes().unwrap(), [1, 2, 3, 4]);
        assert_eq!(one(b"\x64\x49\x45\x54\x46").0.text(), Some("IETF"));
        let map = one(b"\xa2\x61\x61\x01\x61\x62\x82\x02\x03").0;
        assert_eq!(map.named("a").and_then(Value::number), Some(1));
        assert_eq!(map.named("b"), Some(&Value::List(vec![Value::Number(2), Value::Number(3)])));
        assert_eq!(one(b"\xa1\x20\x01").0.at(-1).and_then(Value::number), Some(1));
        assert_eq!(one(b"\xf5").0, Value::Simple(21));
    }

    #[test]
    fn what_is_broken_endless_or_too_deep_is_refused() {
        for bytes in [
            &b""[..],
            b"\x44\x01",
            b"\x5f\x41\x00\xff",
            b"\x9f\xff",
            b"\xc0\x00",
            b"\xfb\x00\x00\x00\x00\x00\x00\x00\x00",
            b"\x61\xff",
            b"\x1b\xff\xff\xff\xff\xff\xff\xff\xff",
            b"\xbb\xff\xff\xff\xff\xff\xff\xff\xff",
            b"\x9a\xff\xff\xff\xff\x00",
            b"\xa2\x01\x02\x01\x03",
            &[0x81; 64],
        ] {
            assert_eq!(Value::read(bytes), None, "{bytes:02x?}");
        }
    }
}
