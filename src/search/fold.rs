//! Signs as they are compared: without case, without the marks that people leave out, in one width.
//!
//! Decided, language by language: German ß is ss; Turkish ı and İ are i; ø, đ, ł, æ and their like are their plain
//! letters; Russian ё is е, but й stays a letter of its own; Greek loses its accents, and a final sigma is a sigma; Arabic
//! and Persian lose harakat and tatweel, all alefs are one, so are ya and alef maqsura, ta marbuta is ha, and the Persian kaf
//! and ya are the Arabic ones; Hebrew loses its points; Hindi loses the nukta and keeps its vowels; katakana is hiragana,
//! of any width; digits of all scripts are 0 to 9.
use std::ops::Range;
use unicode_normalization::UnicodeNormalization;
use unicode_normalization::char::{compose, is_combining_mark};

/// What a sign is, for who cuts words.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Class {
    Upper,
    Letter,
    Digit,
    Apostrophe,
    /// `+` and `#`.
    Plus,
    /// A sign of a script without spaces that says much: Chinese, Japanese, Korean.
    Sign,
    /// One that says little: Thai, Lao, Khmer, Burmese.
    Character,
    Emoji,
    Gap,
}

/// A sign of a text with the marks on it.
#[derive(Debug, Clone)]
pub struct Unit {
    pub class: Class,
    /// Bytes of the text.
    pub from: usize,
    pub to: usize,
    /// Its place in the folded text.
    pub folded: Range<usize>,
}

/// A text, sign by sign.
#[derive(Default)]
pub struct Folded {
    pub text: String,
    pub units: Vec<Unit>,
}

pub fn units(text: &str) -> Folded {
    let mut folded = Folded { text: String::with_capacity(text.len()), units: Vec::with_capacity(text.len()) };
    for (from, sign) in text.char_indices() {
        let to = from + sign.len_utf8();
        match sign {
            _ if sign.is_ascii() => folded.push(ascii_class(sign), sign.to_ascii_lowercase(), from, to),
            _ if is_ignored(sign) || is_left_out(sign) => folded.extend(to),
            'Й' | 'й' => folded.push(if sign == 'Й' { Class::Upper } else { Class::Letter }, 'й', from, to),
            // Their parts are no words.
            _ if is_syllable(sign) => folded.sign(sign, from, to),
            _ => folded.other(sign, from, to),
        }
    }
    folded
}

/// A word as it is compared.
pub fn word(text: &str) -> String {
    units(text).text
}

impl Folded {
    fn push(&mut self, class: Class, sign: char, from: usize, to: usize) {
        let start = self.text.len();
        self.text.push(sign);
        self.units.push(Unit { class, from, to, folded: start..self.text.len() });
    }

    /// What stands on the sign before belongs to it.
    fn extend(&mut self, to: usize) {
        if let Some(last) = self.units.last_mut()
            && last.class != Class::Gap
        {
            last.to = to;
        }
    }

    /// A sign of Chinese, Japanese or Korean, or what composes with the one before.
    fn sign(&mut self, sign: char, from: usize, to: usize) {
        let sign = hiragana(sign);
        if let Some(last) = self.units.last_mut()
            && last.class == Class::Sign
            && let Some(joined) = self.text[last.folded.clone()].chars().next().and_then(|before| compose(before, sign))
        {
            self.text.truncate(last.folded.start);
            self.text.push(joined);
            last.folded.end = self.text.len();
            last.to = to;
            return;
        }
        self.push(Class::Sign, sign, from, to);
    }

    fn other(&mut self, sign: char, from: usize, to: usize) {
        if is_emoji(sign) {
            return self.emoji(sign, from, to);
        }
        if is_apostrophe(sign) {
            return self.push(Class::Apostrophe, '\'', from, to);
        }
        let upper = sign.is_uppercase();
        let start = self.text.len();
        let mut class = None;
        for part in std::iter::once(sign).nfkd() {
            if is_left_out(part) || is_ignored(part) {
                continue;
            }
            for part in part.to_lowercase().filter(|part| !is_left_out(*part)) {
                if is_syllable(part) {
                    // A half-width kana, a sign in a circle.
                    self.sign(part, from, to);
                    continue;
                }
                let found = if is_character(part) {
                    Class::Character
                } else if digit(part).is_some() {
                    Class::Digit
                } else if part.is_alphanumeric() {
                    if upper { Class::Upper } else { Class::Letter }
                } else if is_combining_mark(part) && self.on_letter() {
                    self.carry(part, to);
                    continue;
                } else {
                    continue;
                };
                if found == Class::Character {
                    self.push(found, part, from, to);
                    continue;
                }
                class.get_or_insert(found);
                plain(part, &mut self.text);
            }
        }
        match class {
            Some(class) => self.units.push(Unit { class, from, to, folded: start..self.text.len() }),
            None if self.units.last().is_none_or(|last| last.to < to) => {
                self.units.push(Unit { class: Class::Gap, from, to, folded: start..start });
            }
            None => {}
        }
    }

    /// Flags are pairs; a keycap's frame is a mark.
    fn emoji(&mut self, sign: char, from: usize, to: usize) {
        if is_regional(sign)
            && let Some(last) = self.units.last_mut()
            && last.class == Class::Emoji
            && last.to == from
            && self.text[last.folded.clone()].chars().count() == 1
            && self.text[last.folded.clone()].chars().all(is_regional)
        {
            self.text.push(sign);
            last.folded.end = self.text.len();
            last.to = to;
            return;
        }
        self.push(Class::Emoji, sign, from, to);
    }

    fn on_letter(&self) -> bool {
        self.units.last().is_some_and(|last| matches!(last.class, Class::Letter | Class::Upper))
    }

    /// A vowel that stands on a letter.
    fn carry(&mut self, mark: char, to: usize) {
        if let Some(last) = self.units.last_mut() {
            self.text.push(mark);
            last.folded.end = self.text.len();
            last.to = to;
        }
    }
}

fn ascii_class(sign: char) -> Class {
    match sign {
        'A'..='Z' => Class::Upper,
        'a'..='z' => Class::Letter,
        '0'..='9' => Class::Digit,
        '\'' => Class::Apostrophe,
        '+' | '#' => Class::Plus,
        _ => Class::Gap,
    }
}

/// Seen by nobody, or only a colour of what stands before.
fn is_ignored(sign: char) -> bool {
    matches!(sign,
        '\u{ad}' | '\u{640}' | '\u{61c}' | '\u{180b}'..='\u{180e}' | '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}'
        | '\u{2060}'..='\u{2069}' | '\u{fe00}'..='\u{fe0f}' | '\u{feff}' | '\u{1f3fb}'..='\u{1f3ff}' | '\u{e0020}'..='\u{e01ef}')
}

/// Marks that people leave out when they type: accents, harakat, points, nukta.
fn is_left_out(sign: char) -> bool {
    matches!(sign,
        '\u{300}'..='\u{36f}' | '\u{483}'..='\u{489}' | '\u{591}'..='\u{5bd}' | '\u{5bf}' | '\u{5c1}' | '\u{5c2}' | '\u{5c4}'
        | '\u{5c5}' | '\u{5c7}' | '\u{610}'..='\u{61a}' | '\u{64b}'..='\u{65f}' | '\u{670}' | '\u{6d6}'..='\u{6dc}'
        | '\u{6df}'..='\u{6e8}' | '\u{6ea}'..='\u{6ed}' | '\u{93c}' | '\u{9bc}' | '\u{a3c}' | '\u{abc}' | '\u{b3c}' | '\u{cbc}'
        | '\u{1ab0}'..='\u{1aff}' | '\u{1dc0}'..='\u{1dff}' | '\u{20d0}'..='\u{20f0}' | '\u{fe20}'..='\u{fe2f}')
}

fn is_syllable(sign: char) -> bool {
    matches!(sign,
        '\u{1100}'..='\u{11ff}' | '\u{2e80}'..='\u{2fdf}' | '\u{3005}'..='\u{3007}' | '\u{3021}'..='\u{3029}'
        | '\u{3041}'..='\u{3096}' | '\u{3099}' | '\u{309a}' | '\u{309d}' | '\u{309e}' | '\u{30a1}'..='\u{30fa}' | '\u{30fc}'..='\u{30fe}'
        | '\u{3105}'..='\u{312f}' | '\u{31a0}'..='\u{31bf}' | '\u{31f0}'..='\u{31ff}' | '\u{3400}'..='\u{4dbf}'
        | '\u{4e00}'..='\u{9fff}' | '\u{a960}'..='\u{a97c}' | '\u{ac00}'..='\u{d7fb}' | '\u{20000}'..='\u{323af}')
}

fn is_character(sign: char) -> bool {
    matches!(sign,
        '\u{e01}'..='\u{e3a}' | '\u{e40}'..='\u{e4e}' | '\u{e81}'..='\u{ece}' | '\u{edc}'..='\u{edf}' | '\u{1000}'..='\u{103f}'
        | '\u{1050}'..='\u{109d}' | '\u{1780}'..='\u{17d3}' | '\u{aa60}'..='\u{aa7f}')
}

fn is_apostrophe(sign: char) -> bool {
    matches!(sign, '\u{2018}' | '\u{2019}' | '\u{2bc}' | '\u{ff07}')
}

fn is_emoji(sign: char) -> bool {
    matches!(sign,
        '\u{2190}'..='\u{21ff}' | '\u{2300}'..='\u{23ff}' | '\u{25a0}'..='\u{27bf}' | '\u{2900}'..='\u{297f}'
        | '\u{2b00}'..='\u{2bff}' | '\u{1f000}'..='\u{1f0ff}' | '\u{1f18e}' | '\u{1f191}'..='\u{1f19a}'
        | '\u{1f1e6}'..='\u{1f1ff}' | '\u{1f300}'..='\u{1faff}')
}

fn is_regional(sign: char) -> bool {
    matches!(sign, '\u{1f1e6}'..='\u{1f1ff}')
}

fn hiragana(sign: char) -> char {
    match sign {
        '\u{30a1}'..='\u{30f6}' => char::from_u32(u32::from(sign) - 0x60).unwrap_or(sign),
        _ => sign,
    }
}

/// Its value, in any script that counts by ten.
fn digit(sign: char) -> Option<char> {
    const ZEROS: [u32; 17] = [
        0x30, 0x660, 0x6f0, 0x7c0, 0x966, 0x9e6, 0xa66, 0xae6, 0xb66, 0xbe6, 0xc66, 0xce6, 0xd66, 0xe50, 0xed0, 0x1040,
        0x17e0,
    ];
    let value = u32::from(sign);
    let zero = ZEROS.iter().find(|zero| (**zero..**zero + 10).contains(&value))?;
    char::from_digit(value - zero, 10)
}

/// A letter that has no marks any more, as it is compared.
fn plain(sign: char, into: &mut String) {
    match sign {
        'ß' => into.push_str("ss"),
        'æ' => into.push_str("ae"),
        'œ' => into.push_str("oe"),
        'þ' => into.push_str("th"),
        'ı' => into.push('i'),
        'ø' => into.push('o'),
        'đ' | 'ð' => into.push('d'),
        'ł' => into.push('l'),
        'ħ' => into.push('h'),
        'ς' => into.push('σ'),
        // Arabic, and its letters as Persian and Urdu write them.
        'ٱ' => into.push('ا'),
        'ى' | 'ی' | 'ې' => into.push('ي'),
        'ک' => into.push('ك'),
        'ة' | 'ہ' | 'ۀ' => into.push('ه'),
        // Candrabindu and anusvara stand for each other.
        '\u{901}' => into.push('\u{902}'),
        _ => into.push(digit(sign).unwrap_or(sign)),
    }
}
