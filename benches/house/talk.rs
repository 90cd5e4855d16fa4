//! What many people say in years, made up: words as often as words are said, in several scripts, with code and files' names.

/// Words of a language that is written with letters.
pub const WORDS: usize = 50_000;
/// Words of each other script.
const FEWER: usize = 8_000;
/// Signs of Chinese and Japanese.
const SIGNS: usize = 3_000;

/// Chance that is the same every time (splitmix64).
#[derive(Clone)]
pub struct Chance(u64);

impl Chance {
    pub fn of(seed: u64) -> Chance {
        Chance(seed)
    }

    pub fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }

    /// Below `end`.
    pub fn below(&mut self, end: usize) -> usize {
        (self.next() % end as u64) as usize
    }

    fn part(&mut self) -> f64 {
        (self.next() >> 11) as f64 / (1u64 << 53) as f64
    }
}

/// Which of so many comes up, the second half as often as the first, and so on (Zipf).
pub struct Ranks(Vec<f64>);

impl Ranks {
    pub fn of(count: usize) -> Ranks {
        let mut sum = 0.0;
        let mut sums: Vec<f64> = (1..=count)
            .map(|rank| {
                sum += 1.0 / rank as f64;
                sum
            })
            .collect();
        sums.iter_mut().for_each(|part| *part /= sum);
        Ranks(sums)
    }

    pub fn one(&self, chance: &mut Chance) -> usize {
        let part = chance.part();
        self.0.partition_point(|sum| *sum < part).min(self.0.len() - 1)
    }
}

/// All words that are said, the commonest first.
pub struct Talk {
    pub latin: Vec<String>,
    cyrillic: Vec<String>,
    arabic: Vec<String>,
    latin_ranks: Ranks,
    other_ranks: Ranks,
    sign_ranks: Ranks,
}

impl Talk {
    pub fn new() -> Talk {
        Talk {
            latin: words(WORDS, "bcdfghjklmnprstvwz", "aeiou"),
            cyrillic: words(FEWER, "бвгджзклмнпрстфхчш", "аеиоуя"),
            arabic: words(FEWER, "بتجحدرسشعفقكلمنه", "اوي"),
            latin_ranks: Ranks::of(WORDS),
            other_ranks: Ranks::of(FEWER),
            sign_ranks: Ranks::of(SIGNS),
        }
    }

    /// A message: fifteen of a hundred in another script, five with code, two with a file's name.
    pub fn message(&self, chance: &mut Chance) -> String {
        let length = length(chance);
        let mut text = match chance.below(100) {
            0..=4 => self.han(chance, length),
            5..=6 => self.kana(chance, length),
            7..=11 => self.said(&self.cyrillic, &self.other_ranks, chance, length),
            12..=14 => self.said(&self.arabic, &self.other_ranks, chance, length),
            _ => self.said(&self.latin, &self.latin_ranks, chance, length),
        };
        match chance.below(100) {
            0..=4 => text = format!("{text} {}", self.code(chance)),
            5..=6 => text = format!("{text} {}", self.file(chance)),
            _ => {}
        }
        text
    }

    /// Chinese: signs without spaces, a comma now and then.
    pub fn han(&self, chance: &mut Chance, words: usize) -> String {
        let mut text = String::new();
        for number in 1..=2 * words {
            text.extend(char::from_u32(0x4e00 + 7 * self.sign_ranks.one(chance) as u32));
            if number % 9 == 0 {
                text.push('，');
            }
        }
        text
    }

    /// Japanese: two signs, then what is written as it sounds.
    fn kana(&self, chance: &mut Chance, words: usize) -> String {
        let mut text = String::new();
        for _ in 0..words {
            text.push_str(&self.han(chance, 1));
            text.extend((0..1 + chance.below(3)).filter_map(|_| char::from_u32(0x3042 + chance.below(80) as u32)));
        }
        text
    }

    fn said(&self, words: &[String], ranks: &Ranks, chance: &mut Chance, length: usize) -> String {
        let said: Vec<&str> = (0..length).map(|_| words[ranks.one(chance)].as_str()).collect();
        said.join(" ")
    }

    fn code(&self, chance: &mut Chance) -> String {
        let [a, b, c] = std::array::from_fn(|_| &self.latin[self.latin_ranks.one(chance)]);
        match chance.below(4) {
            0 => format!("`{a}_{b}({c})`"),
            1 => format!("`let {a}{}{} = {};`", b[..1].to_uppercase(), &b[1..], chance.below(10_000)),
            2 => format!("`src/{a}/{b}.rs:{}`", chance.below(900)),
            _ => format!("https://{a}.example/{b}/{c}?id={}", chance.below(100_000)),
        }
    }

    fn file(&self, chance: &mut Chance) -> String {
        let (name, ends) = (&self.latin[self.latin_ranks.one(chance)], ["pdf", "png", "docx", "csv"]);
        format!("{name}-20{}-{:02}.{}", 20 + chance.below(7), 1 + chance.below(12), ends[chance.below(4)])
    }
}

/// Three to forty words, mostly few.
fn length(chance: &mut Chance) -> usize {
    3 + (chance.part() * chance.part() * 38.0) as usize
}

/// So many words, no two alike, made of syllables: the commonest are short.
fn words(count: usize, consonants: &str, vowels: &str) -> Vec<String> {
    let (consonants, vowels): (Vec<char>, Vec<char>) = (consonants.chars().collect(), vowels.chars().collect());
    let syllables = consonants.len() * vowels.len();
    let mut words = Vec::with_capacity(count);
    // Every number is one word: its digits are syllables. Steps of a prime spread the beginnings over all letters.
    for rank in 0..count {
        let mut word = String::new();
        let mut left = match rank.checked_sub(syllables) {
            None => rank * 7 % syllables,
            Some(rarer) => syllables + rarer * 7919 % syllables.pow(3),
        };
        loop {
            let syllable = left % syllables;
            word.push(consonants[syllable % consonants.len()]);
            word.push(vowels[syllable / consonants.len()]);
            left /= syllables;
            if left == 0 {
                break;
            }
            left -= 1;
        }
        words.push(word);
    }
    words
}
