//! A text as words that can be found: the same cut for what is said and for what is asked.
//!
//! - Words are folded (`fold`). One that is made of parts (`getUserName`, `don't`, `10kB`) is found whole and by each part;
//!   what signs hold together (`snake_case`, `src/lib.rs`, `1.2.3`) is its parts in their order.
//! - Where no spaces stand between words, neighbours are: pairs of signs in Chinese, Japanese and Korean, of characters in
//!   Thai, Lao, Khmer and Burmese. The last sign of such a run stands alone too, so that each sign begins a word.
//! - An emoji is a word; a skin tone is none.
use super::fold::{self, Class, Unit};
use crate::limits::{SEARCH_PARTS_MAX, SEARCH_WORD_BYTES_MAX};

/// One word of a text, and where it stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Token {
    pub text: String,
    /// Of two neighbours the second has the next number. A whole stands where its first part does.
    pub position: usize,
    /// Bytes of the text.
    pub from: usize,
    pub to: usize,
    /// Where its first sign ends.
    pub first_to: usize,
    pub kind: Kind,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// A word, or a part of one.
    Part,
    /// A word of several parts, beside them.
    Whole,
    /// Two neighbours of a run without spaces.
    Pair,
    /// The last of such a run, alone.
    Tail,
}

/// The words of a text, in order.
pub fn tokens(text: &str) -> Vec<Token> {
    let folded = fold::units(text);
    let mut cut = Cut { text: &folded.text, units: &folded.units, position: 0, tokens: Vec::new() };
    let mut at = 0;
    while let Some(unit) = cut.units.get(at) {
        at = match unit.class {
            Class::Upper | Class::Letter | Class::Digit => cut.word(at),
            Class::Sign | Class::Character => cut.run(at, unit.class),
            Class::Emoji => cut.alone(at),
            Class::Apostrophe | Class::Plus | Class::Gap => at + 1,
        };
    }
    cut.tokens
}

struct Cut<'t> {
    text: &'t str,
    units: &'t [Unit],
    position: usize,
    tokens: Vec<Token>,
}

impl Cut<'_> {
    /// A word from `start` on. The place after it.
    fn word(&mut self, start: usize) -> usize {
        let end = self.word_end(start);
        let parts = self.parts(start, end);
        let position = self.position;
        if parts.len() == 1 || parts.len() > SEARCH_PARTS_MAX {
            self.push(start, end, position, Kind::Part);
            self.position += 1;
        } else {
            self.push(start, end, position, Kind::Whole);
            for (from, to) in parts {
                self.push(from, to, self.position, Kind::Part);
                self.position += 1;
            }
        }
        // C++, C#
        let signs = self.units[end..].iter().take_while(|unit| unit.class == Class::Plus).count();
        let next = self.units.get(end + signs);
        let ends = next.is_none_or(|next| !matches!(next.class, Class::Upper | Class::Letter | Class::Digit));
        let name: String = self.units[end..end + signs].iter().map(|unit| &self.text[unit.folded.clone()]).collect();
        if ends && matches!(name.as_str(), "++" | "#") {
            self.push(start, end + signs, position, Kind::Whole);
        }
        end + signs
    }

    fn word_end(&self, start: usize) -> usize {
        let mut end = start;
        while let Some(unit) = self.units.get(end) {
            let goes_on = match unit.class {
                Class::Upper | Class::Letter | Class::Digit => true,
                Class::Apostrophe => {
                    end > start
                        && self.is_letter(end - 1)
                        && self.units.get(end + 1).is_some()
                        && self.is_letter(end + 1)
                }
                _ => false,
            };
            if !goes_on {
                break;
            }
            end += 1;
        }
        end
    }

    fn is_letter(&self, at: usize) -> bool {
        matches!(self.units[at].class, Class::Upper | Class::Letter)
    }

    /// Where a word falls into parts: at humps, between letters and digits, at apostrophes.
    fn parts(&self, start: usize, end: usize) -> Vec<(usize, usize)> {
        let class = |at: usize| self.units[at].class;
        let mut parts = Vec::new();
        let mut from = start;
        for at in start + 1..end {
            let (before, now) = (class(at - 1), class(at));
            let ends = match (before, now) {
                (_, Class::Apostrophe) => true,
                (Class::Apostrophe, _) => {
                    from = at;
                    false
                }
                (Class::Letter, Class::Upper) => true,
                (Class::Upper, Class::Upper) => at + 1 < end && class(at + 1) == Class::Letter,
                (Class::Digit, now) => now != Class::Digit,
                (_, Class::Digit) => true,
                _ => false,
            };
            if ends {
                parts.push((from, at));
                from = at;
            }
        }
        parts.push((from, end));
        parts
    }

    /// A run of signs without spaces, from `start` on. The place after it.
    fn run(&mut self, start: usize, class: Class) -> usize {
        let end = start + self.units[start..].iter().take_while(|unit| unit.class == class).count();
        for at in start..end - 1 {
            self.push(at, at + 2, self.position, Kind::Pair);
            self.position += 1;
        }
        self.push(end - 1, end, self.position, Kind::Tail);
        self.position += 1;
        end
    }

    fn alone(&mut self, at: usize) -> usize {
        self.push(at, at + 1, self.position, Kind::Part);
        self.position += 1;
        at + 1
    }

    fn push(&mut self, from: usize, to: usize, position: usize, kind: Kind) {
        let units = &self.units[from..to];
        let mut text = String::new();
        for unit in units.iter().filter(|unit| unit.class != Class::Apostrophe) {
            let folded = &self.text[unit.folded.clone()];
            // Of a word that no person writes, the beginning is enough.
            if text.len() + folded.len() > SEARCH_WORD_BYTES_MAX {
                break;
            }
            text.push_str(folded);
        }
        let (Some(first), Some(last)) = (units.first(), units.last()) else { return };
        self.tokens.push(Token { text, position, from: first.from, to: last.to, first_to: first.to, kind });
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn words(text: &str) -> Vec<String> {
        tokens(text).into_iter().map(|token| format!("{}@{}", token.text, token.position)).collect()
    }

    #[test]
    fn words_are_cut_alike_everywhere() {
        let table: &[(&str, &[&str])] = &[
            ("", &[]),
            ("... --- !!", &[]),
            ("Hello, World", &["hello@0", "world@1"]),
            ("getUserName", &["getusername@0", "get@0", "user@1", "name@2"]),
            ("HTTPServer", &["httpserver@0", "http@0", "server@1"]),
            ("snake_case now", &["snake@0", "case@1", "now@2"]),
            ("src/lib.rs:42", &["src@0", "lib@1", "rs@2", "42@3"]),
            ("v1.2.3", &["v1@0", "v@0", "1@1", "2@2", "3@3"]),
            ("don't", &["dont@0", "don@0", "t@1"]),
            ("rock'n'roll", &["rocknroll@0", "rock@0", "n@1", "roll@2"]),
            ("'quoted'", &["quoted@0"]),
            ("C++ and C#", &["c@0", "c++@0", "and@1", "c@2", "c#@2"]),
            ("a+b", &["a@0", "b@1"]),
            ("Straße STRASSE", &["strasse@0", "strasse@1"]),
            ("ÜBER naïve Ærø", &["uber@0", "naive@1", "aero@2"]),
            ("İstanbul ısı", &["istanbul@0", "isi@1"]),
            ("Ёлка йод", &["елка@0", "йод@1"]),
            ("Ὀδυσσεύς", &["οδυσσευσ@0"]),
            ("مُحَمَّد أحمد مدرسـة", &["محمد@0", "احمد@1", "مدرسه@2"]),
            ("فارسی می\u{200c}خواهم", &["فارسي@0", "ميخواهم@1"]),
            ("किताब क़लम", &["किताब@0", "कलम@1"]),
            ("٣٤ ५६", &["34@0", "56@1"]),
            ("东京", &["东京@0", "京@1"]),
            ("猫", &["猫@0"]),
            ("東京タワー", &["東京@0", "京た@1", "たわ@2", "わー@3", "ー@4"]),
            ("ｶﾞｷﾞ", &["がぎ@0", "ぎ@1"]),
            ("한국어", &["한국@0", "국어@1", "어@2"]),
            ("\u{1112}\u{1161}\u{11ab}", &["한@0"]),
            ("iPhone版", &["iphone@0", "i@0", "phone@1", "版@2"]),
            ("ไทย", &["ไท@0", "ทย@1", "ย@2"]),
            ("ＦＵＬＬ１", &["full1@0", "full@0", "1@1"]),
            ("👍🏽 ok", &["👍@0", "ok@1"]),
            ("👩\u{200d}💻", &["👩@0", "💻@1"]),
            ("🇩🇪🇫🇷", &["🇩🇪@0", "🇫🇷@1"]),
            ("❤️", &["❤@0"]),
        ];
        for (text, expected) in table {
            assert_eq!(words(text), *expected, "{text:?}");
        }
    }

    #[test]
    fn a_token_knows_its_place() {
        let text = "Die Straße: Ünter";
        let places: Vec<&str> = tokens(text).iter().map(|token| &text[token.from..token.to]).collect();
        assert_eq!(places, ["Die", "Straße", "Ünter"]);
    }

    #[test]
    fn what_no_person_writes_has_an_end() {
        let long = "x".repeat(100_000);
        assert_eq!(tokens(&long)[0].text.len(), SEARCH_WORD_BYTES_MAX);
        let humps = "aB1".repeat(10_000);
        assert_eq!(tokens(&humps).len(), 1);
        let marks = format!("a{}", "\u{301}".repeat(100_000));
        assert_eq!(words(&marks), ["a@0"]);
        tokens(&"\u{915}\u{94d}".repeat(50_000));
    }
}
