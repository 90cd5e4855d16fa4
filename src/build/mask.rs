//! JavaScript with everything blanked that is no code: comments, and the inside of strings, templates and patterns.
//! Length and line breaks stay, so that a place in one is the same place in the other.
use std::ops::Range;

/// Words after which a slash begins a pattern, not a division.
const BEFORE_PATTERN: &[&str] =
    &["return", "typeof", "case", "in", "of", "delete", "void", "instanceof", "new", "do", "else", "throw", "await"];

/// Where it is, and what is wrong there.
pub type Fault = (usize, &'static str);

pub struct Masked {
    pub code: Vec<u8>,
    pub comments: Vec<Range<usize>>,
}

pub fn mask(text: &str) -> Result<Masked, Fault> {
    let mut reader = Reader {
        text: text.as_bytes(),
        masked: Vec::with_capacity(text.len()),
        open: Vec::new(),
        comments: Vec::new(),
    };
    while let Some(&sign) = reader.text.get(reader.masked.len()) {
        reader.step(sign)?;
    }
    match reader.open.last() {
        Some(&(at, _)) => Err((at, "this is never closed")),
        None => Ok(Masked { code: reader.masked, comments: reader.comments }),
    }
}

pub fn is_word(sign: u8) -> bool {
    sign.is_ascii_alphanumeric() || sign == b'_' || sign == b'$' || !sign.is_ascii()
}

struct Reader<'a> {
    text: &'a [u8],
    /// As long as what was read so far.
    masked: Vec<u8>,
    /// Brackets that are open, with their places; `$` stands for the code inside a template.
    open: Vec<(usize, u8)>,
    comments: Vec<Range<usize>>,
}

impl Reader<'_> {
    fn step(&mut self, sign: u8) -> Result<(), Fault> {
        let at = self.masked.len();
        match (sign, self.text.get(at + 1)) {
            (b'/', Some(b'/')) => self.comment(self.find(at, b"\n").unwrap_or(self.text.len())),
            (b'/', Some(b'*')) => {
                let end = self.find(at + 2, b"*/").ok_or((at, "this comment never ends"))?;
                self.comment(end + 2);
            }
            (b'/', _) if self.begins_pattern() => {
                let end = self.pattern_end(at)?;
                self.quoted(end);
            }
            (b'"' | b'\'', _) => {
                let end = self.string_end(at, sign)?;
                self.quoted(end);
            }
            (b'`', _) => {
                self.masked.push(b'`');
                self.template(at)?;
            }
            (b'(' | b'[' | b'{', _) => {
                self.open.push((at, sign));
                self.masked.push(sign);
            }
            (b')' | b']' | b'}', _) => {
                let Some((from, opened)) = self.open.pop() else { return Err((at, "this closes nothing")) };
                self.masked.push(sign);
                match (opened, sign) {
                    (b'(', b')') | (b'[', b']') | (b'{', b'}') => {}
                    (b'$', b'}') => self.template(from)?,
                    _ => return Err((at, "this closes another bracket than the last one")),
                }
            }
            _ => self.masked.push(sign),
        }
        Ok(())
    }

    fn comment(&mut self, end: usize) {
        self.comments.push(self.masked.len()..end);
        self.blank_to(end);
    }

    /// Blanks a template's words up to its end or to the code inside it.
    fn template(&mut self, from: usize) -> Result<(), Fault> {
        loop {
            let at = self.masked.len();
            match (self.text.get(at), self.text.get(at + 1)) {
                (None, _) => return Err((from, "this template never ends")),
                (Some(b'`'), _) => {
                    self.masked.push(b'`');
                    return Ok(());
                }
                (Some(b'$'), Some(b'{')) => {
                    self.masked.extend(b" {");
                    self.open.push((from, b'$'));
                    return Ok(());
                }
                (Some(b'\\'), Some(_)) => self.blank_to(at + 2),
                _ => self.blank_to(at + 1),
            }
        }
    }

    /// Whether a slash here begins a pattern: after a value it divides.
    fn begins_pattern(&self) -> bool {
        let before = self.masked.trim_ascii_end();
        let Some(&last) = before.last() else { return true };
        if is_word(last) {
            let start = before.iter().rposition(|sign| !is_word(*sign)).map_or(0, |at| at + 1);
            let member = start > 0 && before[start - 1] == b'.';
            return !member && BEFORE_PATTERN.iter().any(|word| word.as_bytes() == &before[start..]);
        }
        !matches!(last, b')' | b']' | b'}' | b'"' | b'\'' | b'`' | b'/')
            && !before.ends_with(b"++")
            && !before.ends_with(b"--")
    }

    fn pattern_end(&self, from: usize) -> Result<usize, Fault> {
        let (mut at, mut class) = (from + 1, false);
        loop {
            match self.text.get(at) {
                None | Some(b'\n') => return Err((from, "this pattern never ends, if it is one")),
                Some(b'\\') => at += 1,
                Some(b'[') => class = true,
                Some(b']') => class = false,
                Some(b'/') if !class => return Ok(at),
                Some(_) => {}
            }
            at += 1;
        }
    }

    fn string_end(&self, from: usize, quote: u8) -> Result<usize, Fault> {
        let mut at = from + 1;
        loop {
            match self.text.get(at) {
                None | Some(b'\n') => return Err((from, "this string never ends")),
                Some(b'\\') => at += 1,
                Some(sign) if *sign == quote => return Ok(at),
                Some(_) => {}
            }
            at += 1;
        }
    }

    /// Keeps the quote here and the one at `end`, and blanks what is between.
    fn quoted(&mut self, end: usize) {
        self.masked.push(self.text[self.masked.len()]);
        self.blank_to(end);
        self.masked.push(self.text[end]);
    }

    fn blank_to(&mut self, end: usize) {
        let end = end.min(self.text.len());
        let from = self.masked.len();
        self.masked.extend(self.text[from..end].iter().map(|sign| if *sign == b'\n' { b'\n' } else { b' ' }));
    }

    fn find(&self, from: usize, wanted: &[u8]) -> Option<usize> {
        self.text[from..].windows(wanted.len()).position(|here| here == wanted).map(|at| from + at)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn masked(text: &str) -> String {
        String::from_utf8(mask(text).unwrap().code).unwrap()
    }

    #[test]
    fn only_code_is_left() {
        assert_eq!(masked("a // import b\nc"), "a            \nc");
        assert_eq!(masked("a /* export\n } */ b"), "a          \n      b");
        assert_eq!(masked(r#"x('import', "it\"s")"#), r#"x('      ', "     ")"#);
        assert_eq!(masked("`import ${a + `}${b}`} export` + c"), "`        {a + `  {b}`}       ` + c");
        assert_eq!(masked("/[/'\"]import/g.test(a) / 2 / b"), "/           /g.test(a) / 2 / b");
        assert_eq!(masked("return /'/; a.return / 2; i++ / 3"), "return / /; a.return / 2; i++ / 3");
        assert_eq!(masked("'\u{fc}' + \u{fc}").len(), "'\u{fc}' + \u{fc}".len());
    }

    #[test]
    fn what_is_never_closed_is_found_at_its_beginning() {
        assert_eq!(mask("a(\n  [b)").err().unwrap(), (7, "this closes another bracket than the last one"));
        assert_eq!(mask("if (a) {").err().unwrap().0, 7);
        assert_eq!(mask("a }").err().unwrap(), (2, "this closes nothing"));
        assert_eq!(mask("a = 'b\n'").err().unwrap().0, 4);
        assert_eq!(mask("a = `b ${c").err().unwrap().0, 4);
        assert_eq!(mask("a = /b\n/").err().unwrap().0, 4);
        assert_eq!(mask("a /* b").err().unwrap().0, 2);
    }
}
