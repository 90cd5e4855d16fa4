//! Whether who asks has the file already (RFC 9110, 13): its tag is the sum of its bytes, so it never lies.
use crate::clock::Millis;
use hyper::HeaderMap;
use hyper::header::{self, HeaderName};
use std::time::{Duration, SystemTime};

/// What the conditions of a request come to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Answer {
    /// The file, and of it the part that is asked for if `range`.
    Send { range: bool },
    /// 304: they have it.
    Unchanged,
    /// 412: they want another one.
    Failed,
}

/// A moment as HTTP writes it.
pub fn date(at: Millis) -> String {
    httpdate::fmt_http_date(moment(at))
}

/// Looks at the conditions in the order of RFC 9110, 13.2.2. `tag` is the entity tag with its quotes.
pub fn answer(headers: &HeaderMap, tag: &str, at: Millis) -> Answer {
    let text = |name: HeaderName| headers.get(name).and_then(|value| value.to_str().ok());
    let since = |name| text(name).and_then(|value| httpdate::parse_http_date(value).ok());
    let fails = match text(header::IF_MATCH) {
        Some(tags) => !lists(tags, tag, false),
        None => since(header::IF_UNMODIFIED_SINCE).is_some_and(|asked| asked < moment(at)),
    };
    if fails {
        return Answer::Failed;
    }
    let unchanged = match text(header::IF_NONE_MATCH) {
        Some(tags) => lists(tags, tag, true),
        None => since(header::IF_MODIFIED_SINCE).is_some_and(|asked| asked >= moment(at)),
    };
    if unchanged {
        return Answer::Unchanged;
    }
    let range = match text(header::IF_RANGE) {
        None => true,
        // Only a strong tag, or the very date.
        Some(same) => same == tag || httpdate::parse_http_date(same).is_ok_and(|asked| asked == moment(at)),
    };
    Answer::Send { range }
}

/// Whether a list of tags holds this one; a weak one counts only where bytes do not matter.
fn lists(tags: &str, tag: &str, weak: bool) -> bool {
    tags.split(',').map(str::trim).any(|one| match one.strip_prefix("W/") {
        Some(one) => weak && one == tag,
        None => one == "*" || one == tag,
    })
}

/// HTTP's clock has whole seconds.
fn moment(at: Millis) -> SystemTime {
    SystemTime::UNIX_EPOCH + Duration::from_secs(at / 1_000)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn conditions_are_answered_in_their_order() {
        const SENT: Answer = Answer::Send { range: true };
        const WHOLE: Answer = Answer::Send { range: false };
        let at = 784_111_777_999;
        assert_eq!(date(at), "Sun, 06 Nov 1994 08:49:37 GMT");
        let (same, before, after) = (date(at), date(at - 5_000), date(at + 5_000));
        let table: &[(&[(&str, &str)], Answer)] = &[
            (&[], SENT),
            (&[("if-none-match", "\"a\"")], Answer::Unchanged),
            (&[("if-none-match", "\"x\", W/\"a\"")], Answer::Unchanged),
            (&[("if-none-match", "*")], Answer::Unchanged),
            (&[("if-none-match", "\"x\"")], SENT),
            (&[("if-none-match", "\"x\""), ("if-modified-since", &after)], SENT),
            (&[("if-modified-since", &same)], Answer::Unchanged),
            (&[("if-modified-since", &before)], SENT),
            (&[("if-modified-since", "yesterday")], SENT),
            (&[("if-match", "\"a\"")], SENT),
            (&[("if-match", "*")], SENT),
            (&[("if-match", "W/\"a\"")], Answer::Failed),
            (&[("if-match", "\"x\"")], Answer::Failed),
            (&[("if-unmodified-since", &before)], Answer::Failed),
            (&[("if-unmodified-since", &same)], SENT),
            (&[("if-range", "\"a\"")], SENT),
            (&[("if-range", "W/\"a\"")], WHOLE),
            (&[("if-range", "\"x\"")], WHOLE),
            (&[("if-range", &same)], SENT),
            (&[("if-range", &after)], WHOLE),
        ];
        for (headers, expected) in table {
            let mut map = HeaderMap::new();
            for (name, value) in *headers {
                map.insert(HeaderName::from_bytes(name.as_bytes()).unwrap(), value.parse().unwrap());
            }
            assert_eq!(answer(&map, "\"a\"", at), *expected, "{headers:?}");
        }
    }
}
