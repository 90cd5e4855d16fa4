//! Which emoji there are, in which spelling, and by which names people write them.
//!
//! The build takes the list from the crate `emojis`, packed: that crate's own tables are 0.5 MB of a binary.
use flate2::read::GzDecoder;
use std::collections::HashMap;
use std::io::Read;
use std::sync::LazyLock;

/// Asks for colour where a sign may also be drawn as a letter. People's keyboards leave it out or put it in.
const IN_COLOUR: char = '\u{fe0f}';

static PACKED: &[u8] = include_bytes!(concat!(env!("OUT_DIR"), "/emoji.txt.gz"));

/// A line for each emoji: it, and its names.
static LIST: LazyLock<String> = LazyLock::new(|| {
    let mut list = String::new();
    GzDecoder::new(PACKED).read_to_string(&mut list).expect("the build packed it whole");
    list
});

static SPELLINGS: LazyLock<HashMap<String, &str>> =
    LazyLock::new(|| all().map(|emoji| (emoji.replace(IN_COLOUR, ""), emoji)).collect());

static NAMES: LazyLock<HashMap<&str, &str>> = LazyLock::new(|| {
    let of = |(emoji, names): (&'static str, &'static str)| names.split(' ').map(move |name| (name, emoji));
    LIST.lines().filter_map(|line| line.split_once(' ')).flat_map(of).collect()
});

/// An emoji in its one spelling; None if it is none, or more than one.
pub fn one(asked: &str) -> Option<&'static str> {
    SPELLINGS.get(&asked.replace(IN_COLOUR, "")).copied()
}

/// The emoji that people write as `:name:`.
pub fn named(name: &str) -> Option<&'static str> {
    NAMES.get(name).copied()
}

/// All of them, each skin tone too.
pub fn all() -> impl Iterator<Item = &'static str> {
    LIST.lines().map(|line| line.split(' ').next().unwrap_or_default())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_emoji_of_the_crate_is_known_by_its_spellings_and_names() {
        let mut count = 0;
        for emoji in emojis::iter().flat_map(tones) {
            count += 1;
            let own = emoji.as_str();
            assert_eq!(one(own), Some(own));
            assert_eq!(one(&own.replace(IN_COLOUR, "")), Some(own));
            for name in emoji.shortcodes() {
                assert_eq!(named(name), emojis::get_by_shortcode(name).map(emojis::Emoji::as_str), "{name}");
            }
        }
        assert_eq!(all().count(), count);
        for none in ["", "a", "👍👍", "👍 ", "\u{fe0f}", "1", "thumbsup"] {
            assert_eq!(one(none), None, "{none:?}");
        }
        assert_eq!((named("+1"), named(""), named("👍")), (Some("👍"), None, None));
    }

    fn tones(emoji: &'static emojis::Emoji) -> Vec<&'static emojis::Emoji> {
        emoji.skin_tones().map_or_else(|| vec![emoji], Iterator::collect)
    }
}
