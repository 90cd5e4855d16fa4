//! A JavaScript module as the joiner sees it: what it imports and exports, and where. What it does not know, it refuses.
use crate::mask::{Fault, Masked, is_word, mask};
use std::collections::BTreeSet;
use std::ops::Range;

/// A part of the text that only modules understand.
#[derive(Debug, PartialEq)]
pub enum Part {
    /// `import { a, b as c } from 'x'`, `import d from 'x'`, `import 'x'`: pairs of (exported, local) name.
    Import { from: String, names: Vec<(String, String)> },
    /// `import * as local from 'x'`
    Whole { from: String, local: String },
    /// `export { a, b as c }`, perhaps of another module: pairs of (local, exported) name.
    Export { from: Option<String>, names: Vec<(String, String)> },
    /// The word `export` before a declaration of this name.
    Declared(String),
    /// `export default` before an expression.
    Default,
    /// The specifier of `import('x')`, with its quotes.
    Later(String),
    /// `import.meta.url`
    Here,
}

pub struct Script {
    pub text: String,
    /// In the order of the text.
    pub parts: Vec<(Range<usize>, Part)>,
    /// Whole lines that hold nothing but comments.
    pub comments: Vec<Range<usize>>,
    /// Whether the module itself waits.
    pub waits: bool,
}

impl Script {
    /// Reads a module; a fault names file and line.
    pub fn read(name: &str, text: &str) -> Result<Self, String> {
        let fault = |(at, why): (usize, &str)| {
            format!("assets/{name}:{}: {why}", text.as_bytes()[..at].iter().filter(|sign| **sign == b'\n').count() + 1)
        };
        let Masked { code: masked, comments } = mask(text).map_err(fault)?;
        let mut cursor = Cursor { text, masked: &masked, at: 0, depth: 0, waits: None, arrow: false };
        let mut parts = Vec::new();
        while let Some(found) = cursor.next_part().map_err(fault)? {
            parts.push(found);
        }
        let mut known = BTreeSet::new();
        for (range, part) in &parts {
            let locals: Vec<&String> = match part {
                Part::Import { names, .. } => names.iter().map(|(_, local)| local).collect(),
                Part::Whole { local, .. } => vec![local],
                _ => Vec::new(),
            };
            if locals.into_iter().any(|local| !known.insert(local.clone())) {
                return Err(fault((range.start, "a name is imported twice")));
            }
        }
        let waits = cursor.waits.is_some();
        let comments = comments.into_iter().filter_map(|range| lines(text, range)).collect();
        Ok(Script { text: text.to_owned(), parts, comments, waits })
    }
}

/// The lines that a comment fills, with the break at their end; none if anything else stands there.
fn lines(text: &str, comment: Range<usize>) -> Option<Range<usize>> {
    let start = text[..comment.start].rfind('\n').map_or(0, |at| at + 1);
    let end = comment.end + text[comment.end..].find('\n')? + 1;
    let alone = text[start..comment.start].trim().is_empty() && text[comment.end..end].trim().is_empty();
    alone.then_some(start..end)
}

struct Cursor<'a> {
    text: &'a str,
    masked: &'a [u8],
    at: usize,
    depth: usize,
    /// Where the module waits outside of any function.
    waits: Option<usize>,
    /// Whether this statement holds an arrow, so that what comes after it belongs to a function.
    arrow: bool,
}

impl<'a> Cursor<'a> {
    fn next_part(&mut self) -> Result<Option<(Range<usize>, Part)>, Fault> {
        while let Some(&sign) = self.masked.get(self.at) {
            if is_word(sign) {
                let start = self.at;
                let member = self.masked[..start].trim_ascii_end().last() == Some(&b'.');
                match (self.word(), member) {
                    ("import", false) => {
                        if let Some(part) = self.import(start)? {
                            return Ok(Some(part));
                        }
                    }
                    ("export", false) if self.depth == 0 => return self.export(start).map(Some),
                    ("await", false) if self.depth == 0 && !self.arrow => self.waits = Some(start),
                    _ => {}
                }
                continue;
            }
            match sign {
                b'(' | b'[' | b'{' => self.depth += 1,
                b')' | b']' | b'}' => self.depth -= 1,
                b'"' | b'\'' => {
                    // The two quotes of a string, with nothing between.
                    self.at = self.closing(sign);
                }
                b'=' if self.masked.get(self.at + 1) == Some(&b'>') => self.arrow |= self.depth == 0,
                _ => {}
            }
            self.arrow &= !(self.depth == 0 && matches!(sign, b';' | b'}'));
            self.at += 1;
        }
        Ok(None)
    }

    fn import(&mut self, start: usize) -> Result<Option<(Range<usize>, Part)>, Fault> {
        match self.peek() {
            Some(b'(') => {
                self.expect("(")?;
                let from = self.at + self.space();
                let specifier = self
                    .literal()
                    .map_err(|(at, _)| (at, "import() takes a string, so that it is known what is loaded"))?;
                // The bracket that was opened is closed by the main loop.
                self.depth += 1;
                return Ok(Some((from..self.at, Part::Later(specifier))));
            }
            Some(b'.') => {
                self.expect(".")?;
                if self.next_word() != "meta" || self.expect(".").is_err() || self.next_word() != "url" {
                    return Err((start, "of import.meta only the url is known"));
                }
                return Ok(Some((start..self.at, Part::Here)));
            }
            // A name of something else, such as the key of an object.
            Some(b':' | b',' | b'}') => return Ok(None),
            _ if self.depth > 0 => return Err((start, "an import stands alone, at the top")),
            Some(b'"' | b'\'') => {
                let from = self.literal()?;
                return Ok(Some((start..self.end()?, Part::Import { from, names: Vec::new() })));
            }
            _ => {}
        }
        let part = match self.peek() {
            Some(b'*') => {
                self.expect("*")?;
                self.expect_word("as")?;
                let local = self.name()?;
                self.expect_word("from")?;
                Part::Whole { from: self.literal()?, local }
            }
            Some(b'{') => {
                let names = self.names()?;
                self.expect_word("from")?;
                Part::Import { from: self.literal()?, names }
            }
            _ => {
                let names = vec![("default".to_owned(), self.name()?)];
                self.expect_word("from")?;
                Part::Import { from: self.literal()?, names }
            }
        };
        Ok(Some((start..self.end()?, part)))
    }

    fn export(&mut self, start: usize) -> Result<(Range<usize>, Part), Fault> {
        if self.peek() == Some(b'{') {
            let names = self.names()?;
            let ahead = self.at;
            let from = match self.next_word() {
                "from" => Some(self.literal()?),
                _ => {
                    self.at = ahead;
                    None
                }
            };
            return Ok((start..self.end()?, Part::Export { from, names }));
        }
        let declaration = self.at + self.space();
        let word = self.next_word().to_owned();
        let name = match word.as_str() {
            "default" => {
                let end = self.at;
                let (function, named) = (self.next_word().to_owned(), self.peek().is_some_and(is_word));
                if matches!(function.as_str(), "function" | "class" | "async") && named {
                    return Err((start, "export what has a name by its name"));
                }
                self.at = end;
                return Ok((start..end, Part::Default));
            }
            "function" | "class" => self.name()?,
            "async" => {
                self.expect_word("function")?;
                self.name()?
            }
            "const" => {
                let name = self.name().map_err(|(at, _)| (at, "export one name at a time"))?;
                self.one_name()?;
                name
            }
            "let" | "var" => return Err((start, "what is exported is const, or others would not see it change")),
            _ => return Err((start, "this kind of export is not known here")),
        };
        // What is declared is read on by the main loop: it may hold a dynamic import.
        self.at = declaration;
        Ok((start..declaration, Part::Declared(name)))
    }

    /// Refuses `const a = 1, b = 2`: the second would not be exported.
    fn one_name(&self) -> Result<(), Fault> {
        let mut depth = 0;
        for (at, sign) in self.masked.iter().enumerate().skip(self.at) {
            match sign {
                b'(' | b'[' | b'{' => depth += 1,
                b')' | b']' | b'}' => depth -= 1,
                b';' if depth == 0 => return Ok(()),
                b',' if depth == 0 => return Err((at, "export one name at a time")),
                _ => {}
            }
        }
        Ok(())
    }

    /// `{ a, b as c }`
    fn names(&mut self) -> Result<Vec<(String, String)>, Fault> {
        self.expect("{")?;
        let mut names = Vec::new();
        while self.peek() != Some(b'}') {
            let first = self.name()?;
            let second = match self.peek().is_some_and(is_word) {
                true => {
                    self.expect_word("as")?;
                    self.name()?
                }
                false => first.clone(),
            };
            names.push((first, second));
            if self.peek() != Some(b'}') {
                self.expect(",")?;
            }
        }
        self.expect("}")?;
        Ok(names)
    }

    /// After a whole statement.
    fn end(&mut self) -> Result<usize, Fault> {
        let at = self.at;
        match self.peek() {
            Some(b';') => self.expect(";")?,
            // Without a semicolon it ends with its line.
            Some(sign) if is_word(sign) && !self.masked[at..].trim_ascii_start().starts_with(b"with") => {}
            None => {}
            Some(_) => return Err((at, "this statement goes on in a way that is not known here")),
        }
        Ok(self.at)
    }

    fn literal(&mut self) -> Result<String, Fault> {
        match self.peek() {
            Some(quote @ (b'"' | b'\'')) => {
                self.at += self.space();
                let end = self.closing(quote);
                let literal = self.text[self.at + 1..end].to_owned();
                self.at = end + 1;
                Ok(literal)
            }
            _ => Err((self.at, "here a string is expected")),
        }
    }

    /// Where the string that begins here ends.
    fn closing(&self, quote: u8) -> usize {
        let rest = &self.masked[self.at + 1..];
        self.at + 1 + rest.iter().position(|sign| *sign == quote).unwrap_or(rest.len().saturating_sub(1))
    }

    fn name(&mut self) -> Result<String, Fault> {
        match self.next_word() {
            "" => Err((self.at, "here a name is expected")),
            word => Ok(word.to_owned()),
        }
    }

    fn expect_word(&mut self, wanted: &'static str) -> Result<(), Fault> {
        let at = self.at;
        if self.next_word() == wanted { Ok(()) } else { Err((at, "this form of import or export is not known here")) }
    }

    fn expect(&mut self, wanted: &str) -> Result<(), Fault> {
        self.at += self.space();
        if !self.masked[self.at..].starts_with(wanted.as_bytes()) {
            return Err((self.at, "this form of import or export is not known here"));
        }
        self.at += wanted.len();
        Ok(())
    }

    fn next_word(&mut self) -> &'a str {
        self.at += self.space();
        self.word()
    }

    /// The word that begins here.
    fn word(&mut self) -> &'a str {
        let start = self.at;
        self.at += self.masked[start..].iter().take_while(|sign| is_word(**sign)).count();
        &self.text[start..self.at]
    }

    fn peek(&self) -> Option<u8> {
        self.masked.get(self.at + self.space()).copied()
    }

    fn space(&self) -> usize {
        self.masked[self.at..].iter().take_while(|sign| sign.is_ascii_whitespace()).count()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parts(text: &str) -> Vec<Part> {
        Script::read("js/a.js", text).unwrap().parts.into_iter().map(|(_, part)| part).collect()
    }

    fn fault(text: &str) -> String {
        Script::read("js/a.js", text).err().unwrap_or_else(|| panic!("{text} was read"))
    }

    fn pair(first: &str, second: &str) -> (String, String) {
        (first.to_owned(), second.to_owned())
    }

    #[test]
    fn each_form_is_read() {
        let from = || "./x.js".to_owned();
        assert_eq!(
            parts(
                "import { a, b as c, } from './x.js';\nimport d from \"./x.js\"\nimport * as e from './x.js';import './x.js'"
            ),
            [
                Part::Import { from: from(), names: vec![pair("a", "a"), pair("b", "c")] },
                Part::Import { from: from(), names: vec![pair("default", "d")] },
                Part::Whole { from: from(), local: "e".into() },
                Part::Import { from: from(), names: vec![] },
            ]
        );
        assert_eq!(
            parts(
                "export const a = (b, c) => [b, c];\nexport async function d() {}\nexport class E {}\nexport{a as f};export{g}from'./x.js';export default function(){}"
            ),
            [
                Part::Declared("a".into()),
                Part::Declared("d".into()),
                Part::Declared("E".into()),
                Part::Export { from: None, names: vec![pair("a", "f")] },
                Part::Export { from: Some(from()), names: vec![pair("g", "g")] },
                Part::Default,
            ]
        );
        assert_eq!(
            parts("export const A = lazy(() => import('./x.js').then((m) => m.A));\nnew URL('.', import.meta.url)"),
            [Part::Declared("A".into()), Part::Later(from()), Part::Here]
        );
    }

    #[test]
    fn words_in_strings_comments_and_templates_are_no_statements() {
        let text = "// import a from 'b'\n/*\nexport let x\n*/\nconst s = `\nimport './y.js'\nexport default ${`export let z`}\n`;\nconst t = 'import(x)', u = { import: 1, export: 2 }.import;\nconst r = /import 'x'/;";
        assert_eq!(parts(text), []);
    }

    #[test]
    fn comments_that_stand_alone_are_known() {
        let text = "// one\na; // two\n  /** three\n   * more */\nb = `\n// four\n`;\n/* five */ c;\n";
        let script = Script::read("js/a.js", text).unwrap();
        let found: Vec<&str> = script.comments.iter().map(|range| &text[range.clone()]).collect();
        assert_eq!(found, ["// one\n", "  /** three\n   * more */\n"]);
    }

    #[test]
    fn waiting_counts_outside_of_functions() {
        let waits = |text| Script::read("js/a.js", text).unwrap().waits;
        assert!(waits("await a();"));
        assert!(waits("const f = () => 1;\nconst b = await a();"));
        assert!(!waits("const f = async () => await a();\nasync function g() { await a(); }"));
    }

    #[test]
    fn what_is_not_known_is_refused_with_its_line() {
        assert_eq!(
            fault("\nexport let a = 1;"),
            "assets/js/a.js:2: what is exported is const, or others would not see it change"
        );
        assert_eq!(fault("export * from './x.js';"), "assets/js/a.js:1: this kind of export is not known here");
        assert_eq!(fault("export const a = 1,\n b = 2;"), "assets/js/a.js:1: export one name at a time");
        assert_eq!(fault("export const { a } = b;"), "assets/js/a.js:1: export one name at a time");
        assert_eq!(fault("export default function a() {}"), "assets/js/a.js:1: export what has a name by its name");
        assert!(fault("import a, { b } from './x.js';").ends_with("is not known here"));
        assert!(fault("import a from './x.json' with { type: 'json' };").ends_with("is not known here"));
        assert!(fault("\n\nimport(name)").starts_with("assets/js/a.js:3: import() takes a string"));
        assert_eq!(
            fault("import { a } from './x.js';\nimport * as a from './y.js';"),
            "assets/js/a.js:2: a name is imported twice"
        );
        assert!(fault("import.meta.env").contains("only the url"));
        assert_eq!(fault("a = (\n"), "assets/js/a.js:1: this is never closed");
    }
}
