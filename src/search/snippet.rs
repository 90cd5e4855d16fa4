//! Where in a text the words that were asked for stand, and the piece of it that is shown.
use super::asked::{Asked, What, Words};
use super::token::{self, Kind, Token};
use crate::limits::{SNIPPET_CHARS, SNIPPET_LEAD_CHARS, SNIPPET_MARKS_MAX};
use std::ops::Range;

/// A piece of a text; `mark`: it is what was asked for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Piece {
    pub text: String,
    pub mark: bool,
}

/// What of a message is shown: its text around the first marks, or the name of the file that was asked for.
pub fn snippet(asked: &Asked, text: &str, names: &[&str]) -> Vec<Piece> {
    let marked = marks(asked, text);
    if marked.is_empty() {
        for name in names {
            let marked = marks(asked, name);
            if !marked.is_empty() {
                return pieces(name, &marked, 0..name.len());
            }
        }
    }
    if text.trim().is_empty() {
        let all = names.join(", ");
        return pieces(&all, &[], window(&all, 0));
    }
    pieces(text, &marked, window(text, marked.first().map_or(0, |mark| mark.start)))
}

/// The places of all words that were asked for, in order, apart from each other.
pub fn marks(asked: &Asked, text: &str) -> Vec<Range<usize>> {
    let tokens = token::tokens(text);
    let wanted = asked.clauses.iter().filter(|clause| !clause.negated);
    let mut found: Vec<Range<usize>> = Vec::new();
    for clause in wanted {
        if let What::Words(words) = &clause.what {
            found.extend(places(words, &tokens));
        }
    }
    found.sort_unstable_by_key(|place| (place.start, place.end));
    let mut marks: Vec<Range<usize>> = Vec::new();
    for place in found {
        match marks.last_mut() {
            Some(last) if place.start <= last.end => last.end = last.end.max(place.end),
            _ => marks.push(place),
        }
    }
    marks
}

/// Whether words stand in a text.
#[cfg(test)]
pub fn holds(words: &Words, tokens: &[Token]) -> bool {
    !places(words, tokens).is_empty()
}

fn places(words: &Words, tokens: &[Token]) -> Vec<Range<usize>> {
    let mut found = Vec::new();
    if let Some(whole) = &words.whole {
        found.extend(tokens.iter().filter(|token| fits(whole, words.open, token)).map(|token| token.from..token.to));
    }
    let Some(((first, head), rest)) = words.parts.split_first() else { return found };
    for (at, token) in tokens.iter().enumerate() {
        if found.len() >= SNIPPET_MARKS_MAX {
            break;
        }
        if !fits(head, words.open && rest.is_empty(), token) {
            continue;
        }
        // One sign of a pair is half of it.
        let half = rest.is_empty() && token.kind == Kind::Pair && token.text != *head;
        let mut end = if half { token.first_to } else { token.to };
        // Tokens stand in the order of their positions, but for a whole, which comes before its parts.
        let all = rest.iter().enumerate().all(|(number, (position, part))| {
            let place = token.position + position - first;
            let open = words.open && number + 1 == rest.len();
            let beside = tokens[at..].iter().take_while(|other| other.position <= place);
            let mut here = beside.filter(|other| other.position == place);
            match here.find(|other| fits(part, open, other)) {
                Some(other) => {
                    end = end.max(other.to);
                    true
                }
                None => false,
            }
        });
        if all {
            found.push(token.from..end);
        }
    }
    found
}

fn fits(word: &str, open: bool, token: &Token) -> bool {
    if open { token.text.starts_with(word) } else { token.text == word }
}

/// The piece of a text that is shown, with what stands before its first mark.
fn window(text: &str, first: usize) -> Range<usize> {
    let before = text[..first].char_indices().rev().nth(SNIPPET_LEAD_CHARS).map_or(0, |(at, _)| at);
    // From the beginning of a word on, if there is one near.
    let start = match before {
        0 => 0,
        at => text[at..first].find(char::is_whitespace).map_or(at, |space| at + space),
    };
    let rest = &text[start..];
    let end = match rest.char_indices().nth(SNIPPET_CHARS) {
        None => text.len(),
        Some((cut, _)) => {
            let cut = start + cut;
            let space = text[first.max(start)..cut].rfind(char::is_whitespace).map(|space| first.max(start) + space);
            space.filter(|space| *space > first && cut - space < SNIPPET_CHARS).unwrap_or(cut)
        }
    };
    start..end
}

fn pieces(text: &str, marks: &[Range<usize>], window: Range<usize>) -> Vec<Piece> {
    let mut pieces: Vec<Piece> = Vec::new();
    let mut add = |text: &str, mark: bool| {
        // In one line, however it was written.
        let mut line = String::with_capacity(text.len());
        for sign in text.chars() {
            let sign = if sign.is_whitespace() || sign.is_control() { ' ' } else { sign };
            let after_space = line.chars().next_back().map_or_else(
                || pieces.last().is_none_or(|before: &Piece| before.text.ends_with(' ')),
                |before| before == ' ',
            );
            if sign != ' ' || !after_space {
                line.push(sign);
            }
        }
        if !line.is_empty() {
            pieces.push(Piece { text: line, mark });
        }
    };
    if window.start > 0 {
        add("…", false);
    }
    let mut at = window.start;
    for mark in marks.iter().filter(|mark| mark.start < window.end && mark.end > window.start) {
        let (from, to) = (mark.start.max(at), mark.end.min(window.end));
        add(&text[at..from], false);
        add(&text[from..to], true);
        at = to;
    }
    add(&text[at..window.end], false);
    if window.end < text.len() && !text[window.end..].trim().is_empty() {
        add("…", false);
    }
    join(pieces)
}

/// Neighbours of one kind as one.
fn join(pieces: Vec<Piece>) -> Vec<Piece> {
    let mut joined: Vec<Piece> = Vec::with_capacity(pieces.len());
    for piece in pieces {
        match joined.last_mut() {
            Some(last) if last.mark == piece.mark => last.text.push_str(&piece.text),
            _ => joined.push(piece),
        }
    }
    joined
}

#[cfg(test)]
mod tests {
    use super::super::asked;
    use super::super::day::Days;
    use super::*;

    /// With the marks in brackets.
    fn shown(query: &str, text: &str, names: &[&str]) -> String {
        let asked = asked::parse(query, Days::default());
        let show = |piece: &Piece| if piece.mark { format!("[{}]", piece.text) } else { piece.text.clone() };
        snippet(&asked, text, names).iter().map(show).collect()
    }

    #[test]
    fn what_was_asked_for_is_marked() {
        for (query, text, expected) in [
            ("plan", "The Plan is a plan.", "The [Plan] is a [plan]."),
            ("pla", "planning", "[planning]"),
            ("pla ", "planning pla", "planning [pla]"),
            ("\"red fox\"", "a red fox, a red dog, fox", "a [red fox], a red dog, fox"),
            ("strasse ", "Lange Straße 5", "Lange [Straße] 5"),
            ("user", "call getUserName()", "call get[User]Name()"),
            ("getusername ", "call getUserName()", "call [getUserName]()"),
            ("get_user", "call getUserName()", "call [getUser]Name()"),
            ("京都", "東京都に行く", "東[京都]に行く"),
            ("東京都", "東京都に行く", "[東京都]に行く"),
            ("都", "東京都", "東京[都]"),
            ("-fox dog ", "fox dog", "fox [dog]"),
            ("from:ann", "nothing is marked", "nothing is marked"),
            ("a", "line\none\n\n  a\tb", "line one [a] b"),
            ("👍 ", "ok 👍🏽!", "ok [👍🏽]!"),
        ] {
            assert_eq!(shown(query, text, &[]), expected, "{query:?} in {text:?}");
        }
    }

    #[test]
    fn a_piece_of_a_long_text_is_around_the_first_mark() {
        let text = format!("{}needle {}", "hay ".repeat(500), "straw ".repeat(500));
        let shown = shown("needle ", &text, &[]);
        assert!(shown.starts_with("…") && shown.ends_with('…') && shown.contains("hay [needle] straw"), "{shown}");
        assert!(shown.chars().count() <= SNIPPET_CHARS + 8, "{}", shown.chars().count());
        let signs = format!("{}針{}", "草".repeat(500), "草".repeat(500));
        assert!(self::shown("針", &signs, &[]).contains("[針]"));
    }

    #[test]
    fn files_are_shown_by_their_names() {
        assert_eq!(shown("report", "", &["a.txt", "Report 2026.pdf"]), "[Report] 2026.pdf");
        assert_eq!(shown("report", "see below", &["Report.pdf"]), "[Report].pdf");
        assert_eq!(shown("has:file", "", &["a.txt", "b.txt"]), "a.txt, b.txt");
    }
}
