//! In which language the client is shown: the one chosen on the device, else the reader's first that is there.
use super::guard;
use hyper::HeaderMap;
use hyper::header::ACCEPT_LANGUAGE;

/// Tag and direction of each `assets/i18n/<tag>.json`; the first is for everybody else.
pub const LANGUAGES: &[(&str, &str)] = &[("en", "ltr"), ("ar", "rtl")];
/// As many of a reader's languages are looked at.
const WISHES_MAX: usize = 20;

/// Tag and direction.
pub fn chosen(headers: &HeaderMap) -> (&'static str, &'static str) {
    let wanted = headers.get(ACCEPT_LANGUAGE).and_then(|value| value.to_str().ok()).unwrap_or_default();
    guard::cookie(headers, "lang").and_then(known).or_else(|| accepted(wanted)).unwrap_or(LANGUAGES[0])
}

/// `ar` for `ar-EG` too.
fn known(tag: &str) -> Option<(&'static str, &'static str)> {
    let primary = tag.trim().split('-').next().unwrap_or_default();
    LANGUAGES.iter().copied().find(|(name, _)| name.eq_ignore_ascii_case(primary))
}

/// The best known one of such as `de, ar-EG;q=0.8, en;q=0.9`.
fn accepted(wanted: &str) -> Option<(&'static str, &'static str)> {
    let mut best = None;
    for wish in wanted.split(',').take(WISHES_MAX) {
        let (tag, weight) = wish.split_once(";q=").unwrap_or((wish, "1"));
        let weight: f32 = weight.trim().parse().unwrap_or(0.0);
        if weight > best.map_or(0.0, |(_, most)| most)
            && let Some(language) = known(tag)
        {
            best = Some((language, weight));
        }
    }
    best.map(|(language, _)| language)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_readers_first_known_language_is_taken() {
        assert_eq!(accepted("de, ar-EG;q=0.8, en;q=0.7"), Some(("ar", "rtl")));
        assert_eq!(accepted("en;q=0.8,ar;q=0.9"), Some(("ar", "rtl")));
        assert_eq!(accepted("en-GB,en;q=0.9,ar;q=0.9"), Some(("en", "ltr")));
        assert_eq!(accepted("ar;q=0, de"), None);
        assert_eq!(accepted("area, english, *, ;q=1, ar;q=x"), None);
    }
}
