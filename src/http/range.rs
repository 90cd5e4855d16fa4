//! Which part of a file is asked for: one range of bytes, or the whole (RFC 9110, 14; S45).
use std::ops::Range;

/// What a `Range` header comes to for a file of `size` bytes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Asked {
    Whole,
    Part(Range<u64>),
    /// 416: nothing of it is there.
    Nothing,
}

/// Reads the header. Several ranges at once, other units and what cannot be understood mean the whole, as the RFC allows:
/// an answer in many parts would be a way to make one request cost many.
pub fn asked(header: Option<&str>, size: u64) -> Asked {
    let Some((unit, set)) = header.and_then(|header| header.split_once('=')) else { return Asked::Whole };
    if !unit.trim().eq_ignore_ascii_case("bytes") {
        return Asked::Whole;
    }
    let Some((first, last)) = set.trim().split_once('-') else { return Asked::Whole };
    match (number(first), number(last)) {
        (Some(Some(first)), Some(None)) => part(first, u64::MAX, size),
        (Some(Some(first)), Some(Some(last))) if first <= last => part(first, last, size),
        // The last so many bytes.
        (Some(None), Some(Some(0))) => Asked::Nothing,
        (Some(None), Some(Some(_))) if size == 0 => Asked::Whole,
        (Some(None), Some(Some(suffix))) => Asked::Part(size.saturating_sub(suffix)..size),
        _ => Asked::Whole,
    }
}

fn part(first: u64, last: u64, size: u64) -> Asked {
    if first >= size { Asked::Nothing } else { Asked::Part(first..last.saturating_add(1).min(size)) }
}

/// Digits, or nothing at all; `None` is neither. More digits than a number holds mean the largest one.
#[expect(clippy::option_option, reason = "not understood, absent, a number")]
fn number(text: &str) -> Option<Option<u64>> {
    match text.trim() {
        "" => Some(None),
        text if text.bytes().all(|byte| byte.is_ascii_digit()) => Some(Some(text.parse().unwrap_or(u64::MAX))),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn s45_one_range_or_the_whole() {
        use Asked::{Nothing, Part, Whole};
        let table = [
            ("bytes=0-", Part(0..100)),
            ("bytes=0-0", Part(0..1)),
            ("bytes=10-19", Part(10..20)),
            ("Bytes = 10-19", Part(10..20)),
            ("bytes=99-99", Part(99..100)),
            ("bytes=90-1000", Part(90..100)),
            ("bytes=-1", Part(99..100)),
            ("bytes=-100", Part(0..100)),
            ("bytes=-1000", Part(0..100)),
            ("bytes=0-99999999999999999999999", Part(0..100)),
            ("bytes=100-", Nothing),
            ("bytes=100-200", Nothing),
            ("bytes=99999999999999999999999-", Nothing),
            ("bytes=-0", Nothing),
            ("bytes=19-10", Whole),
            ("bytes=0-1,5-6", Whole),
            ("bytes=0-1,", Whole),
            ("bytes=-", Whole),
            ("bytes=", Whole),
            ("bytes", Whole),
            ("", Whole),
            ("items=0-5", Whole),
            ("bytes=a-b", Whole),
            ("bytes=+1-2", Whole),
            ("bytes=--1", Whole),
            ("bytes=1-2-3", Whole),
        ];
        for (header, expected) in table {
            assert_eq!(asked(Some(header), 100), expected, "{header}");
        }
        assert_eq!(asked(None, 100), Whole);
        assert_eq!(asked(Some("bytes=0-"), 0), Nothing);
        assert_eq!(asked(Some("bytes=-5"), 0), Whole);
    }
}
