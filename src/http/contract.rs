//! The OpenAPI document, made of the types that the handlers read and answer with. Only tests build this: they compare it
//! with `assets/openapi.json`, which is what is served, so that nothing of it weighs in the binary and nothing can drift.
//!
//! Each file of `http/api` ends with what it says of its routes. After a change of a route or a shape:
//! `SNUG_WRITE=1 cargo test --lib contract` writes the document again.
mod document;
mod problems;
mod shape;
mod socket;

use schemars::{JsonSchema, Schema, SchemaGenerator};
use serde_json::{Map, Value, json};

type Shape = fn(&mut SchemaGenerator) -> Schema;

/// The routes of one noun.
pub struct Section {
    pub name: &'static str,
    pub about: &'static str,
    pub routes: Vec<About>,
}

/// What is said of a route.
pub struct About {
    pub method: &'static str,
    pub path: &'static str,
    pub summary: &'static str,
    pub details: &'static str,
    query: Option<Shape>,
    headers: Vec<(&'static str, bool, &'static str)>,
    body: Option<Body>,
    answers: Vec<Answer>,
    problems: Vec<(u16, &'static str)>,
}

enum Body {
    Json { shape: Shape, example: Value },
    Bytes { types: &'static [&'static str], about: &'static str, required: bool },
}

struct Answer {
    status: u16,
    about: &'static str,
    content: Content,
    headers: &'static [(&'static str, &'static str)],
}

enum Content {
    Nothing,
    Json(Shape),
    Bytes(&'static [&'static str]),
}

/// Begins to say something of the route of this line, "METHOD /path", as the table of routes has it.
pub fn route(line: &'static str, summary: &'static str) -> About {
    let (method, path) = line.split_once(' ').expect("a method, a space and a path");
    let (headers, answers, problems) = (Vec::new(), Vec::new(), Vec::new());
    About { method, path, summary, details: "", query: None, headers, body: None, answers, problems }
}

impl About {
    /// More than the summary holds.
    pub fn details(mut self, details: &'static str) -> Self {
        self.details = details;
        self
    }

    /// What may stand in the query.
    pub fn query<T: JsonSchema>(mut self) -> Self {
        self.query = Some(|generator| T::json_schema(generator));
        self
    }

    /// A header that the request carries.
    pub fn header(mut self, name: &'static str, required: bool, about: &'static str) -> Self {
        self.headers.push((name, required, about));
        self
    }

    /// A JSON body, and one that fits.
    pub fn json<T: JsonSchema>(mut self, example: Value) -> Self {
        self.body = Some(Body::Json { shape: |generator| T::json_schema(generator), example });
        self
    }

    /// A body that is no JSON.
    pub fn bytes(mut self, types: &'static [&'static str], about: &'static str) -> Self {
        self.body = Some(Body::Bytes { types, about, required: true });
        self
    }

    /// Likewise; none means one without bytes.
    pub fn bytes_if_any(mut self, types: &'static [&'static str], about: &'static str) -> Self {
        self.body = Some(Body::Bytes { types, about, required: false });
        self
    }

    /// An answer in JSON.
    pub fn gives<T: JsonSchema>(self, status: u16, about: &'static str) -> Self {
        self.answer(status, about, Content::Json(|generator| shape::of::<T>(generator)))
    }

    /// An answer without a body.
    pub fn done(self, status: u16, about: &'static str) -> Self {
        self.answer(status, about, Content::Nothing)
    }

    /// An answer that is no JSON.
    pub fn sends(self, status: u16, types: &'static [&'static str], about: &'static str) -> Self {
        self.answer(status, about, Content::Bytes(types))
    }

    /// A header of the last answer that was named.
    pub fn with(mut self, headers: &'static [(&'static str, &'static str)]) -> Self {
        self.answers.last_mut().expect("an answer was named before").headers = headers;
        self
    }

    /// A problem beyond those that every route of its kind has.
    pub fn says(mut self, status: u16, code: &'static str) -> Self {
        self.problems.push((status, code));
        self
    }

    /// Several of one status.
    pub fn says_any(self, status: u16, codes: &[&'static str]) -> Self {
        codes.iter().fold(self, |about, code| about.says(status, code))
    }

    fn answer(mut self, status: u16, about: &'static str, content: Content) -> Self {
        self.answers.push(Answer { status, about, content, headers: &[] });
        self
    }
}

/// A path, and what each of its parts is.
fn path_parameters(path: &str) -> Vec<Value> {
    let names = path.split('{').skip(1).filter_map(|rest| rest.split('}').next());
    let parameter = |name: &str| {
        let (schema, about) = shape::of_part(name);
        json!({"name": name, "in": "path", "required": true, "description": about, "schema": schema})
    };
    names.map(parameter).collect()
}

fn object(pairs: impl IntoIterator<Item = (String, Value)>) -> Value {
    Value::Object(Map::from_iter(pairs))
}

#[cfg(test)]
mod tests {
    use super::document::{self, is_page};
    use crate::http::router::ROUTES;
    use serde_json::Value;
    use std::collections::BTreeSet;
    use std::path::Path;

    const AGAIN: &str = "SNUG_WRITE=1 cargo test --lib contract";

    #[test]
    fn every_route_is_described_and_nothing_else_is() {
        let lines = |routes: Vec<(String, String)>| BTreeSet::from_iter(routes);
        let answered = ROUTES.iter().filter(|route| !is_page(route.path));
        let answered = lines(answered.map(|route| (route.method.to_string(), route.path.to_owned())).collect());
        let sections = document::sections();
        let described = sections.iter().flat_map(|section| &section.routes);
        let described = lines(described.map(|about| (about.method.to_owned(), about.path.to_owned())).collect());
        let missing: Vec<_> = answered.difference(&described).collect();
        let gone: Vec<_> = described.difference(&answered).collect();
        assert!(
            missing.is_empty() && gone.is_empty(),
            "describe at the end of src/http/api/NOUN.rs (`contract`): {missing:?}; no route any more: {gone:?}"
        );
    }

    #[test]
    fn the_document_that_is_served_is_made_of_the_types() {
        let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("assets/openapi.json");
        let made = format!("{:#}\n", document::made());
        if std::env::var_os("SNUG_WRITE").is_some() {
            std::fs::write(&path, &made).expect("assets/ can be written");
        }
        let served = std::fs::read_to_string(&path).unwrap_or_default();
        assert!(made == served, "assets/openapi.json is not what the types say. Make it again: {AGAIN}");
    }

    #[test]
    fn names_are_words_and_what_is_referred_to_is_there() {
        let document = document::made();
        let schemas = document["components"]["schemas"].as_object().expect("an object");
        for name in schemas.keys() {
            assert!(!name.ends_with(|sign: char| sign.is_ascii_digit()), "two shapes are called {name}: rename one");
        }
        let mut found = Vec::new();
        references(&document, &mut found);
        for reference in found {
            assert!(document.pointer(&reference[1..]).is_some(), "{reference} is not there");
        }
    }

    fn references(value: &Value, found: &mut Vec<String>) {
        match value {
            Value::Object(fields) => {
                found.extend(fields.get("$ref").and_then(|value| value.as_str()).map(str::to_owned));
                fields.values().for_each(|value| references(value, found));
            }
            Value::Array(values) => values.iter().for_each(|value| references(value, found)),
            _ => {}
        }
    }
}
