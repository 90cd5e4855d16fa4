//! Whether a browser shows a file or saves it, and under which name (RFC 6266, RFC 8187; S42, S43).
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};

/// What stands as itself in `filename*` (RFC 8187, attr-char) and in a part of an address alike.
const WORD: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'.').remove(b'_').remove(b'~');

/// The value of `Content-Disposition`. Old readers get the name in ASCII, all others as it is.
pub fn value(inline: bool, name: &str) -> String {
    let kind = if inline { "inline" } else { "attachment" };
    // A percent sign is kept from those who decode here what they must not.
    let ascii: String = name
        .chars()
        .map(|sign| if matches!(sign, ' '..='~') && !"\"\\%".contains(sign) { sign } else { '_' })
        .collect();
    format!("{kind}; filename=\"{ascii}\"; filename*=UTF-8''{}", utf8_percent_encode(name, WORD))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn s42_names_arrive_whole_and_break_nothing() {
        let table = [
            ("plan.pdf", "attachment; filename=\"plan.pdf\"; filename*=UTF-8''plan.pdf"),
            ("a b'c.txt", "attachment; filename=\"a b'c.txt\"; filename*=UTF-8''a%20b%27c.txt"),
            ("Größe.png", "attachment; filename=\"Gr__e.png\"; filename*=UTF-8''Gr%C3%B6%C3%9Fe.png"),
            ("تقرير", "attachment; filename=\"_____\"; filename*=UTF-8''%D8%AA%D9%82%D8%B1%D9%8A%D8%B1"),
            ("a\"b\\c\r\n%41", "attachment; filename=\"a_b_c___41\"; filename*=UTF-8''a%22b%5Cc%0D%0A%2541"),
        ];
        for (name, expected) in table {
            assert_eq!(value(false, name), expected);
            assert!(hyper::header::HeaderValue::from_str(&value(true, name)).is_ok());
        }
        assert!(value(true, "x").starts_with("inline; "));
    }
}
