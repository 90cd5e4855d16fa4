//! Names that are near what somebody typed, for when no name holds it: a letter wrong, missing or too many, or two that changed places.
use super::user::fold_marks;
use crate::limits;

/// Words as somebody typed them, with what may be wrong in each.
pub struct Words(Vec<Word>);

struct Word {
    letters: Vec<char>,
    /// How many letters may be wrong.
    slack: usize,
}

impl Words {
    /// None if there is nothing to look for, or too much for a name.
    pub fn of(query: &str) -> Option<Self> {
        let folded = fold_marks(query);
        let words: Vec<Word> = words(&folded)
            .map(|word| {
                let letters: Vec<char> = word.chars().collect();
                let slack = slack(letters.len());
                Word { letters, slack }
            })
            .collect();
        let fits = !words.is_empty()
            && words.len() <= limits::NEAR_WORDS_MAX
            && words.iter().map(|word| word.letters.len()).sum::<usize>() <= limits::NAME_CHARS_MAX;
        fits.then_some(Self(words))
    }

    /// How many letters are wrong if the words are meant to be this name: each begins a word of it, in any order.
    pub fn distance(&self, name: &str) -> Option<usize> {
        let name = fold_marks(name);
        let have: Vec<Vec<char>> = words(&name).map(|word| word.chars().collect()).collect();
        self.0.iter().map(|word| have.iter().filter_map(|one| wrong(word, one)).min()).sum()
    }
}

fn words(text: &str) -> impl Iterator<Item = &str> {
    text.split(|sign: char| !sign.is_alphanumeric()).filter(|word| !word.is_empty())
}

/// Short words have too many neighbours for any of them to be meant.
fn slack(letters: usize) -> usize {
    match letters {
        0..4 => 0,
        4..8 => 1,
        _ => 2,
    }
}

/// Letters to be changed until `word` begins `name`; None if that are more than it may have wrong.
/// This is optimal string alignment: rows of the usual table, of which three are kept.
fn wrong(word: &Word, name: &[char]) -> Option<usize> {
    let letters = &word.letters;
    if letters.len() > name.len() + word.slack {
        return None;
    }
    // What lies behind cannot be reached with so few changes.
    let name = &name[..name.len().min(letters.len() + word.slack)];
    let mut before = Vec::new();
    let mut last: Vec<usize> = (0..=name.len()).collect();
    for (row, letter) in letters.iter().enumerate() {
        let mut next = vec![row + 1; name.len() + 1];
        for (column, other) in name.iter().enumerate() {
            let mut least =
                (last[column] + usize::from(letter != other)).min(last[column + 1] + 1).min(next[column] + 1);
            if row > 0 && column > 0 && *letter == name[column - 1] && letters[row - 1] == *other {
                least = least.min(before[column - 1] + 1);
            }
            next[column + 1] = least;
        }
        before = std::mem::replace(&mut last, next);
    }
    last.into_iter().min().filter(|least| *least <= word.slack)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn distance(query: &str, name: &str) -> Option<usize> {
        Words::of(query)?.distance(name)
    }

    #[test]
    fn who_mistypes_a_name_means_it() {
        for (query, name, wrong) in [
            ("tomsa", "Tomás García", 1),
            ("tmoas", "Tomás García", 1),
            ("tomass", "Tomás García", 1),
            ("toms", "Tomás García", 1),
            ("garcia tomas", "Tomás García", 0),
            ("gracia tomsa", "Tomás García", 2),
            ("garc", "Tomás García", 0),
            ("gacr", "Tomás García", 1),
            ("soren", "Søren Lund", 1),
            ("chirstoper", "Christopher", 2),
            ("александор", "Александр Пушкин", 1),
            ("محمود", "محمد علي", 1),
            ("田中愛", "田中 愛子", 9),
            ("山田太朗", "山田太郎", 1),
        ] {
            assert_eq!(distance(query, name), Some(wrong).filter(|wrong| *wrong < 9), "{query} {name}");
        }
    }

    #[test]
    fn others_are_not_meant() {
        for (query, name) in [
            ("", "Ann"),
            ("---", "Ann"),
            ("ana", "Ann"),
            ("tosma", "Lena"),
            ("mats", "Tomás"),
            ("tomas lena", "Tomás García"),
            ("christopherson", "Chris"),
            (&"a".repeat(10_000), "Ann"),
            (&"ann ".repeat(10_000), "Ann"),
        ] {
            assert_eq!(distance(query, name), None, "{query:.20} {name}");
        }
    }
}
