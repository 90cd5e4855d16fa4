//! The list of emoji: as the picker reads it (groups, each with its emoji, their names, shortcodes and skin tones), and as the
//! server does (src/emoji.rs).
use emojis::{Emoji, Group, SkinTone};

/// Newer ones are not drawn everywhere yet.
const NEWEST: (u32, u32) = (15, 1);
const TONES: [SkinTone; 5] =
    [SkinTone::Light, SkinTone::MediumLight, SkinTone::Medium, SkinTone::MediumDark, SkinTone::Dark];

type Entry = (&'static str, &'static str, Vec<&'static str>, Vec<&'static str>);

/// `[[group, [[emoji, name, [shortcode…], [skin tone…]]…]]…]`
pub fn list() -> Vec<u8> {
    let groups: Vec<(&str, Vec<Entry>)> = Group::iter().map(|group| (name(group), entries(group))).collect();
    serde_json::to_vec(&groups).expect("texts always become JSON")
}

/// A line for each, skin tones too: the emoji, and its shortcodes behind spaces.
pub fn lines() -> String {
    let tones = |emoji: &'static Emoji| emoji.skin_tones().map_or_else(|| vec![emoji], Iterator::collect);
    let line = |emoji: &'static Emoji| {
        let shortcodes: String = emoji.shortcodes().map(|name| format!(" {name}")).collect();
        format!("{}{shortcodes}\n", emoji.as_str())
    };
    emojis::iter().flat_map(tones).map(line).collect()
}

fn entries(group: Group) -> Vec<Entry> {
    let drawn = |emoji: &&'static Emoji| {
        let version = emoji.emoji_version();
        (version.major(), version.minor()) <= NEWEST
    };
    group.emojis().filter(drawn).map(entry).collect()
}

fn entry(emoji: &'static Emoji) -> Entry {
    let tones = TONES.iter().filter_map(|tone| emoji.with_skin_tone(*tone)).map(Emoji::as_str).collect();
    (emoji.as_str(), emoji.name(), emoji.shortcodes().collect(), tones)
}

fn name(group: Group) -> &'static str {
    match group {
        Group::SmileysAndEmotion => "smileys",
        Group::PeopleAndBody => "people",
        Group::AnimalsAndNature => "nature",
        Group::FoodAndDrink => "food",
        Group::TravelAndPlaces => "travel",
        Group::Activities => "activities",
        Group::Objects => "objects",
        Group::Symbols => "symbols",
        Group::Flags => "flags",
    }
}
