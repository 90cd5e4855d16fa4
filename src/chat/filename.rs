//! The name that a person gives a file: only words, harmless wherever they are written (S42).
use crate::limits;
use unicode_normalization::UnicodeNormalization;

/// What a file without a usable name is called.
const NAMELESS: &str = "file";
/// An ending longer than this is part of the name.
const ENDING_BYTES_MAX: usize = 16;

/// Makes a name of whatever was sent: composed (NFC), without signs that hide, turn or part text, at most 255 bytes with
/// the ending kept, never empty, never a hidden file or a device.
pub fn clean(given: &str) -> String {
    // A name of megabytes is cut before any work is done on it.
    let shown = given.chars().take(limits::FILENAME_LOOK_CHARS).filter(|sign| !is_hidden(*sign)).map(harmless);
    let mut marks = 0;
    let few_marks = |sign: &char| {
        marks = if unicode_normalization::char::is_combining_mark(*sign) { marks + 1 } else { 0 };
        marks <= limits::FILENAME_MARKS_MAX
    };
    let name: String = shown.nfc().filter(few_marks).collect();
    // Windows drops dots and spaces at the end, and with them a harmless ending.
    let name = cut(name.trim_start_matches(['.', ' ']).trim_end_matches(['.', ' ']));
    match name.as_str() {
        "" => NAMELESS.to_owned(),
        _ if is_device(&name) => cut(&format!("_{name}")),
        _ => name,
    }
}

/// What parts a path, what Windows cannot have in a name and what a shell would read becomes a line; spaces are plain ones.
fn harmless(sign: char) -> char {
    match sign {
        '/' | '\\' | ':' | '*' | '?' | '"' | '<' | '>' | '|' => '_',
        sign if sign.is_whitespace() => ' ',
        sign => sign,
    }
}

/// At most 255 bytes, with the ending.
fn cut(name: &str) -> String {
    if name.len() <= limits::FILENAME_BYTES_MAX {
        return name.to_owned();
    }
    let ending = name.rfind('.').map(|dot| &name[dot..]).filter(|ending| ending.len() <= ENDING_BYTES_MAX);
    let ending = ending.unwrap_or_default();
    let room = limits::FILENAME_BYTES_MAX - ending.len();
    let end = name.char_indices().map(|(at, sign)| at + sign.len_utf8()).take_while(|end| *end <= room).last();
    let stem = &name[..end.unwrap_or(0)];
    format!("{}{ending}", stem.trim_end_matches(['.', ' ']))
}

/// Control, format and bidirectional signs, what is no character, and what is drawn as nothing.
fn is_hidden(sign: char) -> bool {
    sign.is_control()
        || matches!(sign,
            '\u{ad}' | '\u{34f}' | '\u{61c}' | '\u{115f}' | '\u{1160}' | '\u{17b4}' | '\u{17b5}'
            | '\u{180b}'..='\u{180f}' | '\u{200b}' | '\u{200e}' | '\u{200f}' | '\u{2028}'..='\u{202e}'
            | '\u{2060}'..='\u{206f}' | '\u{3164}' | '\u{feff}' | '\u{ffa0}' | '\u{fff0}'..='\u{fffb}'
            | '\u{fffe}' | '\u{ffff}' | '\u{e0000}'..='\u{e0fff}')
}

/// Names that are devices on Windows, whatever their ending.
fn is_device(name: &str) -> bool {
    let stem = name.split('.').next().unwrap_or(name).trim_end().to_ascii_uppercase();
    let numbered = |word: &str| {
        stem.strip_prefix(word).is_some_and(|rest| {
            let mut signs = rest.chars();
            matches!((signs.next(), signs.next()), (Some('0'..='9' | '\u{b9}' | '\u{b2}' | '\u{b3}'), None))
        })
    };
    matches!(stem.as_str(), "CON" | "PRN" | "AUX" | "NUL" | "CONIN$" | "CONOUT$") || numbered("COM") || numbered("LPT")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn s42_a_name_is_only_words() {
        let table = [
            ("plan.pdf", "plan.pdf"),
            ("Grüße aus Köln.txt", "Grüße aus Köln.txt"),
            ("e\u{301}te\u{301}.jpg", "\u{e9}t\u{e9}.jpg"),
            ("تقرير.docx", "تقرير.docx"),
            ("👩\u{200d}👧.png", "👩\u{200d}👧.png"),
            ("", "file"),
            (".", "file"),
            ("..", "file"),
            ("...", "file"),
            (" \t\n ", "file"),
            ("../../etc/passwd", "_.._etc_passwd"),
            ("/etc/passwd", "_etc_passwd"),
            ("C:\\Users\\x\\evil.exe", "C__Users_x_evil.exe"),
            (".htaccess", "htaccess"),
            (". .bashrc", "bashrc"),
            ("photo\u{202e}gpj.exe", "photogpj.exe"),
            ("a\u{2066}b\u{2069}c\u{200f}.txt", "abc.txt"),
            ("a\r\nSet-Cookie: x=1", "aSet-Cookie_ x=1"),
            ("nul\0l.txt", "null.txt"),
            ("quote\".png", "quote_.png"),
            ("evil.exe. . .", "evil.exe"),
            ("NUL", "_NUL"),
            ("con.txt", "_con.txt"),
            ("COM1.log", "_COM1.log"),
            ("com10.log", "com10.log"),
            ("console.log", "console.log"),
            ("lpt\u{b9}.txt", "_lpt\u{b9}.txt"),
        ];
        for (given, expected) in table {
            assert_eq!(clean(given), expected, "{given:?}");
            assert_eq!(clean(expected), expected, "what is clean stays as it is");
        }
    }

    #[test]
    fn s42_a_long_name_keeps_its_ending() {
        let long = clean(&format!("{}.tar.gz", "ü".repeat(300)));
        assert!(long.len() <= 255 && long.ends_with("ü.gz"), "{long}");
        let bare = clean(&"x".repeat(100_000));
        assert_eq!(bare.len(), 255);
        assert_eq!(clean(&format!("a.{}", "b".repeat(300))).len(), 255);
        // R19: a hundred thousand marks on one letter.
        let marks = clean(&format!("a{}.png", "\u{301}".repeat(100_000)));
        assert!(marks.len() <= 255 && marks.chars().count() < 20, "{marks:?}");
    }

    #[test]
    fn no_name_makes_it_panic_or_grow() {
        let signs: Vec<char> = "a.\u{301}/\\: \u{202e}\u{1f600}ü\0\r\n\"NULCOM1".chars().collect();
        let mut dice = 3_u64;
        for round in 0..20_000 {
            let name: String = (0..round % 400)
                .map(|_| {
                    dice = dice.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
                    signs[(dice >> 33) as usize % signs.len()]
                })
                .collect();
            let clean_name = clean(&name);
            assert!(!clean_name.is_empty() && clean_name.len() <= 255 && !clean_name.starts_with('.'), "{name:?}");
            assert!(!clean_name.contains(['/', '\\', ':', '\0', '\n', '"']));
            assert_eq!(clean(&clean_name), clean_name, "{name:?}");
        }
    }
}
