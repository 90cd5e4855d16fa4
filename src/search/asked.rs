//! What somebody asks for: words, "phrases", filters, and what must not be there. Nothing that is typed is an error: what makes no
//! sense as a filter is text, and what is no text at all is left out.
use super::day::Days;
use super::fold;
use super::token::{self, Kind, Token};
use crate::emoji;
use crate::limits::{SEARCH_CLAUSES_MAX, SEARCH_QUERY_CHARS_MAX};

/// A question, taken apart.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Asked {
    pub clauses: Vec<Clause>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Clause {
    /// It must not be so.
    pub negated: bool,
    pub what: What,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub enum What {
    Words(Words),
    From(String),
    In(String),
    To(String),
    Before(Days),
    After(Days),
    On(Days),
    Has(Trait),
    Saved,
}

/// What a message may have, or be.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Trait {
    File,
    Image,
    Video,
    Audio,
    Link,
    Pin,
    Reaction,
    Thread,
}

/// Words that stand together: one, or several in this order.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Words {
    /// The parts with their places. The last may be one sign of a script without spaces, with which a word begins.
    pub parts: Vec<(usize, String)>,
    /// The same as one word.
    pub whole: Option<String>,
    /// It is still being typed: what begins with it is meant too.
    pub open: bool,
}

/// The names of the filters, for who completes them.
const FILTERS: [&str; 8] = ["from", "in", "to", "before", "after", "on", "has", "is"];

/// Takes a question apart. `today` is the day of who asks.
pub fn parse(text: &str, today: Days) -> Asked {
    let text: String = text.chars().take(SEARCH_QUERY_CHARS_MAX).collect();
    let mut asked = Asked::default();
    let mut rest = text.as_str();
    while asked.clauses.len() < SEARCH_CLAUSES_MAX {
        rest = rest.trim_start();
        if rest.is_empty() {
            break;
        }
        let (clause, after) = clause(rest, today);
        asked.clauses.extend(clause);
        rest = after;
    }
    asked
}

/// The next clause, if there is something in it, and what follows.
fn clause(text: &str, today: Days) -> (Option<Clause>, &str) {
    let (negated, body) = match text.strip_prefix('-') {
        Some(body) if body.starts_with(|sign: char| !sign.is_whitespace() && sign != '-') => (true, body),
        _ => (false, text),
    };
    if let Some((inner, after)) = quoted(body) {
        let words = words(inner, true, false);
        return (words.map(|words| Clause { negated, what: What::Words(words) }), after);
    }
    if let Some((what, after)) = filter(body, today) {
        return (Some(Clause { negated, what }), after);
    }
    let end = body.find(char::is_whitespace).unwrap_or(body.len());
    let (chunk, after) = body.split_at(end);
    // The last word is still being typed, unless a space ends it.
    let words = words(chunk, false, after.is_empty());
    (words.map(|words| Clause { negated, what: What::Words(words) }), after)
}

/// What stands between two quotation marks, and what follows. A mark alone is a sign like others.
fn quoted(text: &str) -> Option<(&str, &str)> {
    let mut signs = text.chars();
    let ends: &[char] = match signs.next()? {
        '"' => &['"'],
        '“' | '„' | '”' => &['”', '“', '"'],
        '«' => &['»'],
        '「' => &['」'],
        _ => return None,
    };
    let inner = signs.as_str();
    let end = inner.find(ends)?;
    let after = &inner[end..];
    let mark = after.chars().next().map_or(0, char::len_utf8);
    Some((&inner[..end], &after[mark..]))
}

fn filter(text: &str, today: Days) -> Option<(What, &str)> {
    let (name, rest) = text.split_once(':')?;
    let name = FILTERS.iter().find(|filter| name.eq_ignore_ascii_case(filter))?;
    let (value, after) = match quoted(rest) {
        Some((value, after)) => (value, after),
        None => rest.split_at(rest.find(char::is_whitespace).unwrap_or(rest.len())),
    };
    let value = value.trim();
    let name_of = |value: &str| {
        let value = value.strip_prefix(['@', '#']).unwrap_or(value).trim();
        (!value.is_empty()).then(|| value.to_owned())
    };
    let what = match *name {
        "from" => What::From(name_of(value)?),
        "to" => What::To(name_of(value)?),
        // A sign in front says whether a room or a person is meant.
        "in" => What::In(name_of(value).map(|_| value.to_owned())?),
        "before" => What::Before(Days::parse(value, today)?),
        "after" => What::After(Days::parse(value, today)?),
        "on" => What::On(Days::parse(value, today)?),
        "has" => What::Has(has(value)?),
        _ => is(value)?,
    };
    Some((what, after))
}

fn has(value: &str) -> Option<Trait> {
    let value = value.to_ascii_lowercase();
    Some(match value.strip_suffix('s').unwrap_or(&value) {
        "file" => Trait::File,
        "image" | "picture" => Trait::Image,
        "video" => Trait::Video,
        "audio" | "sound" => Trait::Audio,
        "link" => Trait::Link,
        "pin" => Trait::Pin,
        "reaction" | "emoji" => Trait::Reaction,
        "thread" => Trait::Thread,
        _ => return None,
    })
}

fn is(value: &str) -> Option<What> {
    Some(match value.to_ascii_lowercase().as_str() {
        "thread" => What::Has(Trait::Thread),
        "saved" => What::Saved,
        "pinned" => What::Has(Trait::Pin),
        _ => return None,
    })
}

/// The words of a chunk; none if there are none.
fn words(chunk: &str, phrase: bool, open: bool) -> Option<Words> {
    if let Some(emoji) = shortcode(chunk) {
        let tokens = token::tokens(emoji);
        return Some(Words { parts: parts(&tokens), whole: None, open: false }).filter(|words| !words.parts.is_empty());
    }
    let tokens = token::tokens(chunk);
    let parts = parts(&tokens);
    let last = tokens.iter().rfind(|token| token.kind != Kind::Whole)?;
    // What ends with a full stop is not typed any further.
    let ends_open = open && chunk[last.to..].chars().all(|sign| matches!(sign, '_' | '-' | '/' | '.' | '\''));
    let lone_sign = last.kind == Kind::Tail && parts.last().is_some_and(|(position, _)| *position == last.position);
    let last_whole = tokens.iter().rfind(|token| token.kind == Kind::Whole);
    // One word of several parts is meant as it stands; C++ is not C.
    let whole = last_whole.filter(|whole| !phrase && whole.from == tokens[0].from && whole.to >= last.to);
    let whole = whole.map(|whole| whole.text.clone());
    let open = (ends_open && last.kind == Kind::Part && is_beginning(&last.text, parts.len())) || lone_sign;
    let is_signed = whole.as_deref().is_some_and(|whole| whole.ends_with(['+', '#']));
    Some(Words { parts: if is_signed { Vec::new() } else { parts }, whole, open })
}

/// Whether so much was typed that what begins with it can be meant: one letter begins half of all words.
fn is_beginning(last: &str, parts: usize) -> bool {
    (parts > 1 || last.chars().count() >= 2) && last.chars().any(char::is_alphanumeric)
}

/// Without wholes, and without the signs that end a run and are in its last pair.
fn parts(tokens: &[Token]) -> Vec<(usize, String)> {
    let mut parts: Vec<(usize, String)> = Vec::with_capacity(tokens.len());
    let mut before: Option<&Token> = None;
    for token in tokens {
        let in_pair =
            token.kind == Kind::Tail && before.is_some_and(|before| before.kind == Kind::Pair && before.to == token.to);
        if token.kind != Kind::Whole && !in_pair {
            parts.push((token.position, token.text.clone()));
        }
        before = Some(token);
    }
    parts
}

/// The emoji of `:name:`.
fn shortcode(chunk: &str) -> Option<&'static str> {
    emoji::named(chunk.strip_prefix(':')?.strip_suffix(':')?)
}

/// Names as they are compared with those of people and rooms.
pub fn folded_name(name: &str) -> String {
    fold::word(name.trim())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn today() -> Days {
        Days::parse("2026-03-10", Days::default()).unwrap()
    }

    /// In short: what is asked, one clause after the other.
    fn shape(text: &str) -> String {
        let one = |clause: &Clause| {
            let what = match &clause.what {
                What::Words(words) => {
                    let mut shape = words.parts.iter().map(|(_, part)| part.as_str()).collect::<Vec<_>>().join("+");
                    if let Some(whole) = &words.whole {
                        shape = format!("{whole}|{shape}");
                    }
                    if words.open { format!("{shape}*") } else { shape }
                }
                What::From(name) => format!("from={name}"),
                What::In(name) => format!("in={name}"),
                What::To(name) => format!("to={name}"),
                What::Before(_) => "before".into(),
                What::After(_) => "after".into(),
                What::On(_) => "on".into(),
                What::Has(what) => format!("{what:?}"),
                What::Saved => "saved".into(),
            };
            if clause.negated { format!("-{what}") } else { what }
        };
        parse(text, today()).clauses.iter().map(one).collect::<Vec<_>>().join(" ")
    }

    #[test]
    fn a_question_is_taken_apart() {
        for (text, expected) in [
            ("hello wor", "hello wor*"),
            ("hello world ", "hello world"),
            ("\"hello world\"", "hello+world"),
            ("“hello world” x", "hello+world x"),
            ("-spam ham", "-spam ham*"),
            ("-\"spam eggs\"", "-spam+eggs"),
            ("from:ann in:#general", "from=ann in=#general"),
            ("from:\"Ann Lee\" plan", "from=Ann Lee plan*"),
            ("FROM:@ann", "from=ann"),
            ("-from:bob x ", "-from=bob x"),
            ("to:me has:file has:images is:thread is:saved", "to=me File Image Thread saved"),
            ("before:2026-01-31 after:2025 on:yesterday", "before after on"),
            ("getUserName", "getusername|get+user+name*"),
            ("snake_ca", "snake+ca*"),
            ("C++", "c++|"),
            ("东京", "东京"),
            ("东", "东*"),
            ("東京都に", "東京+京都+都に"),
            (":tada:", "🎉"),
            ("don't ", "dont|don+t"),
            ("👍", "👍"),
        ] {
            assert_eq!(shape(text), expected, "{text:?}");
        }
    }

    #[test]
    fn what_makes_no_sense_is_text() {
        for (text, expected) in [
            ("", ""),
            ("   ", ""),
            ("-", ""),
            ("--", ""),
            ("\"", ""),
            ("\"open", "open*"),
            ("()[]{}*?\\^$", ""),
            ("AND OR NOT", "and or not*"),
            ("from:", "from"),
            ("from:@", "from"),
            ("has:wings", "has+wings*"),
            ("before:soon", "before+soon*"),
            ("title:x", "title+x*"),
            ("a:b:c", "a+b+c*"),
            ("-from:", "-from"),
            ("/(a+)+$/ ", "a"),
            ("\u{0}x\u{0} ", "x"),
            ("x~2 y^3 ", "x+2 y+3"),
        ] {
            assert_eq!(shape(text), expected, "{text:?}");
        }
        let long = "word ".repeat(10_000);
        assert!(parse(&long, today()).clauses.len() <= SEARCH_CLAUSES_MAX);
        parse(&"(".repeat(100_000), today());
        parse(&"\"".repeat(100_000), today());
        parse(&"-from:\"".repeat(10_000), today());
    }
}
