//! The OpenAPI document that is served, held against every answer and every frame that a test gets: neither can say what
//! the document does not know. What is missing is named with the way to mend it.
use super::call::Answer;
use hyper::Method;
use serde_json::{Map, Value};
use snug::http::router::{Found, Router};
use std::sync::LazyLock;

static DOCUMENT: LazyLock<Value> =
    LazyLock::new(|| serde_json::from_str(include_str!("../../../assets/openapi.json")).unwrap());
static ROUTER: LazyLock<Router> = LazyLock::new(Router::new);

const MEND: &str =
    "describe it at the end of src/http/api/NOUN.rs (`contract`), then SNUG_WRITE=1 cargo test --lib contract";

/// The whole document.
pub fn document() -> &'static Value {
    &DOCUMENT
}

/// An answer is one that the document lists for its route, with a body of the shape that stands there.
#[track_caller]
pub fn check(method: &str, target: &str, answer: &Answer) {
    let path = target.split('?').next().unwrap();
    let Ok(method) = method.parse::<Method>() else { return };
    let Found::Route(route, _) = ROUTER.find(&method, path) else { return };
    let operation = &DOCUMENT["paths"][route.path][route.method.as_str().to_ascii_lowercase()];
    // What is no part of the interface, such as pages; that nothing else is missing is a test of its own.
    if operation.is_null() || method == Method::HEAD {
        return;
    }
    let status = answer.status.as_str();
    let line = format!("{} {}", route.method, route.path);
    let body = String::from_utf8_lossy(&answer.body);
    let response = resolved(&operation["responses"][status]);
    assert!(!response.is_null(), "{line} answers {status}, which the document does not list: {MEND}\n{body}");
    let Some(content) = response["content"].as_object() else {
        assert!(answer.body.is_empty(), "{line} {status} has a body, which the document does not know: {MEND}\n{body}");
        return;
    };
    let kind = answer.header("content-type").unwrap_or_default().split(';').next().unwrap().trim();
    let Some(media) = content.get(kind).or(content.get("*/*").filter(|_| kind != "application/problem+json")) else {
        panic!("{line} {status} is of type {kind:?}, which the document does not list: {MEND}\n{body}");
    };
    let Some(schema) = media.get("schema") else { return };
    let value: Value = serde_json::from_slice(&answer.body).unwrap();
    let faults = faults(schema, &value);
    assert!(
        faults.is_empty(),
        "{line} {status} is not of the shape in the document: {MEND}\n{}\n{body}",
        faults.join("\n")
    );
}

/// A frame of the server is one that the document knows.
#[track_caller]
pub fn check_frame(frame: &Value) {
    let socket = &DOCUMENT["x-websocket"];
    let found = match frame["type"].as_str() {
        Some("event") => {
            let mut found = faults(&socket["event"]["schema"], frame);
            let data = &socket["events"][frame["event"].as_str().unwrap_or_default()]["data"];
            if data.is_null() {
                found.push(format!("there is no event {}", frame["event"]));
            } else {
                found.extend(faults(data, &frame["data"]));
            }
            found
        }
        _ => faults(&socket["server"]["schema"], frame),
    };
    assert!(found.is_empty(), "a frame is not as the document has it: {MEND}\n{}\n{frame}", found.join("\n"));
}

/// What a value has that a schema does not allow. Objects are closed here, though the interface may grow: what the
/// document does not name is a fault of the document.
pub fn faults(schema: &Value, value: &Value) -> Vec<String> {
    let mut found = Vec::new();
    look(schema, value, "", &mut found);
    found
}

fn resolved(schema: &Value) -> &Value {
    match schema["$ref"].as_str() {
        Some(reference) => resolved(DOCUMENT.pointer(&reference[1..]).unwrap_or_else(|| panic!("{reference}"))),
        None => schema,
    }
}

/// The words of JSON Schema that the document uses. Another one is a fault of this reader, and said so.
fn look(schema: &Value, value: &Value, at: &str, found: &mut Vec<String>) {
    let fields = match schema {
        Value::Bool(true) => return,
        Value::Object(fields) => fields,
        _ => return found.push(format!("{at}: nothing fits {schema}")),
    };
    let mut fault = |what: String| found.push(format!("{at}: {what}"));
    for (word, rule) in fields {
        match word.as_str() {
            "type" => {
                let fits = |name: &Value| is(value, name.as_str().unwrap());
                let fine = rule.as_array().map_or_else(|| fits(rule), |names| names.iter().any(fits));
                if !fine {
                    fault(format!("{value} is no {rule}"));
                }
            }
            "const" if value != rule => fault(format!("{value} is not {rule}")),
            "enum" if !rule.as_array().unwrap().contains(value) => fault(format!("{value} is not of {rule}")),
            "minimum" if value.as_f64() < rule.as_f64() && value.is_number() => {
                fault(format!("{value} is below {rule}"))
            }
            "maximum" if value.as_f64() > rule.as_f64() && value.is_number() => {
                fault(format!("{value} is above {rule}"))
            }
            "minLength" | "maxLength" => {
                let Some(text) = value.as_str() else { continue };
                let (length, bound) = (text.chars().count() as u64, rule.as_u64().unwrap());
                if if word == "minLength" { length < bound } else { length > bound } {
                    fault(format!("{length} characters, {word} {bound}"));
                }
            }
            "minItems" | "maxItems" => {
                let Some(items) = value.as_array() else { continue };
                let (length, bound) = (items.len() as u64, rule.as_u64().unwrap());
                if if word == "minItems" { length < bound } else { length > bound } {
                    fault(format!("{length} items, {word} {bound}"));
                }
            }
            "required" => {
                let Some(object) = value.as_object() else { continue };
                for name in rule.as_array().unwrap().iter().filter(|name| !object.contains_key(name.as_str().unwrap()))
                {
                    fault(format!("{name} is missing"));
                }
            }
            _ => {}
        }
    }
    if let Some(reference) = fields.get("$ref").and_then(Value::as_str) {
        look(DOCUMENT.pointer(&reference[1..]).unwrap(), value, at, found);
    }
    for (word, rule) in fields {
        match word.as_str() {
            "properties" => properties(fields, rule, value, at, found),
            "items" => {
                for (number, item) in value.as_array().into_iter().flatten().enumerate() {
                    look(rule, item, &format!("{at}/{number}"), found);
                }
            }
            "prefixItems" => {
                let items = value.as_array().into_iter().flatten();
                for (number, (rule, item)) in rule.as_array().unwrap().iter().zip(items).enumerate() {
                    look(rule, item, &format!("{at}/{number}"), found);
                }
            }
            "anyOf" | "oneOf" => {
                let choices = rule.as_array().unwrap();
                let tried: Vec<Vec<String>> = choices.iter().map(|choice| faults(choice, value)).collect();
                if !tried.iter().any(Vec::is_empty) {
                    let nearest = tried.iter().min_by_key(|faults| faults.len()).unwrap();
                    found.push(format!("{at}: fits none of {word}; nearest: {}", nearest.join(", ")));
                }
            }
            "allOf" => rule.as_array().unwrap().iter().for_each(|rule| look(rule, value, at, found)),
            "type"
            | "const"
            | "enum"
            | "minimum"
            | "maximum"
            | "minLength"
            | "maxLength"
            | "minItems"
            | "maxItems"
            | "required"
            | "$ref"
            | "description"
            | "examples"
            | "default"
            | "additionalProperties"
            | "format"
            | "pattern" => {}
            _ => found.push(format!("{at}: this reader does not know the word {word}")),
        }
    }
}

fn properties(fields: &Map<String, Value>, rules: &Value, value: &Value, at: &str, found: &mut Vec<String>) {
    // Beside a reference stands only what narrows it.
    let closed = !fields.contains_key("$ref") && fields.get("additionalProperties").is_none_or(|rule| *rule == false);
    for (name, value) in value.as_object().into_iter().flatten() {
        match rules.get(name) {
            Some(rule) => look(rule, value, &format!("{at}/{name}"), found),
            None if closed => found.push(format!("{at}: {name} is not in the document")),
            None => {}
        }
    }
}

fn is(value: &Value, kind: &str) -> bool {
    match kind {
        "null" => value.is_null(),
        "boolean" => value.is_boolean(),
        "string" => value.is_string(),
        "integer" => value.is_i64() || value.is_u64(),
        "number" => value.is_number(),
        "array" => value.is_array(),
        "object" => value.is_object(),
        _ => panic!("{kind}"),
    }
}
