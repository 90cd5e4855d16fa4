//! The whole document: what is said of each route, with what every route of its kind has.
use super::shape::{self, polished};
use super::{About, Answer, Body, Content, Section, object, path_parameters, problems, socket};
use crate::auth::{Access, Need};
use crate::http::api;
use crate::http::router::{ROUTES, Route};
use crate::wire;
use schemars::SchemaGenerator;
use serde_json::{Map, Value, json};
use std::collections::BTreeMap;

/// The sections in the order in which they are read.
pub fn sections() -> Vec<Section> {
    api::contract()
}

/// Documents for browsers and the files of the client: no part of the interface.
pub fn is_page(path: &str) -> bool {
    let parts = [
        "/api/v1/",
        "/files/",
        "/avatars/",
        "/.well-known/jwks",
        "/.well-known/oauth",
        "/healthz",
        "/readyz",
        "/metrics",
    ];
    !parts.iter().any(|part| path.starts_with(part))
}

pub fn made() -> Value {
    let mut reader = shape::generator(false);
    let mut teller = shape::generator(true);
    let sections = sections();
    let mut responses = BTreeMap::new();
    let mut paths: BTreeMap<&str, Map<String, Value>> = BTreeMap::new();
    let mut order = Vec::new();
    for section in &sections {
        for about in &section.routes {
            let found = ROUTES.iter().find(|route| route.method == about.method && route.path == about.path);
            let Some(route) = found else { continue };
            let operation = operation(section.name, about, route, &mut reader, &mut teller, &mut responses);
            paths.entry(about.path).or_default().insert(about.method.to_ascii_lowercase(), operation);
            if !order.contains(&about.path) {
                order.push(about.path);
            }
        }
    }
    let socket = socket::described(&mut reader, &mut teller);
    teller.subschema_for::<wire::Problem>();
    let mut schemas = teller.take_definitions(false);
    for (name, schema) in reader.take_definitions(false) {
        schemas.entry(name).or_insert(schema);
    }
    let mut document = json!({
        "openapi": "3.1.0",
        "info": {
            "title": "Snug",
            "version": env!("CARGO_PKG_VERSION"),
            "summary": "A private chat in one file: everything its own web client does, for programs",
            "description": INTRODUCTION,
            "license": {"name": "Apache-2.0 OR MIT", "identifier": "Apache-2.0 OR MIT"},
        },
        "servers": [{"url": "/"}],
        "tags": sections.iter().map(|section| json!({"name": section.name, "description": section.about})).collect::<Vec<_>>(),
        "paths": object(order.into_iter().map(|path| (path.to_owned(), Value::Object(paths[path].clone())))),
        "components": {
            "schemas": schemas,
            "responses": responses,
            "securitySchemes": security_schemes(),
        },
        "x-websocket": socket,
    });
    polished(&mut document);
    document
}

const INTRODUCTION: &str = "Ids are whole numbers from 1, below 2^53, given out by one counter that only grows; ids of \
    files are 22 letters. Times (`*_at`) are milliseconds since 1970. A field without a value is `null`, never missing. \
    Fields that nobody knows are refused with 422, in bodies, queries and frames alike. What goes wrong is told as \
    `application/problem+json` (RFC 9457) with a stable `code`. A request that changes something and carries a cookie \
    must come from a page of this server.";

fn operation(
    section: &str,
    about: &About,
    route: &Route,
    reader: &mut SchemaGenerator,
    teller: &mut SchemaGenerator,
    responses: &mut BTreeMap<String, Value>,
) -> Value {
    let mut parameters = path_parameters(about.path);
    parameters.extend(query_parameters(about, reader));
    parameters.extend(about.headers.iter().map(|(name, required, about)| {
        json!({"name": name, "in": "header", "required": required, "description": about, "schema": {"type": "string"}})
    }));
    let mut operation = Map::new();
    operation.insert("tags".into(), json!([section]));
    operation.insert("operationId".into(), json!(operation_id(about)));
    operation.insert("summary".into(), json!(about.summary));
    if !about.details.is_empty() {
        operation.insert("description".into(), json!(about.details));
    }
    operation.insert("security".into(), security(route));
    if !parameters.is_empty() {
        operation.insert("parameters".into(), json!(parameters));
    }
    if let Some(body) = &about.body {
        operation.insert("requestBody".into(), request_body(body, reader));
    }
    let mut answers: BTreeMap<u16, Value> = BTreeMap::new();
    for answer in &about.answers {
        answers.insert(answer.status, answered(answer, teller));
    }
    for (status, codes) in problems_of(about, route) {
        // Who looks for a file with a browser gets a page.
        if status == 404 && !about.path.starts_with("/api/") && about.method == "GET" {
            answers.insert(404, json!({"description": problems::meaning("not_found"), "content": {"text/html": {}}}));
            continue;
        }
        // A status that is an answer and a problem: what comes is told by its type.
        if let Some(answer) = answers.get_mut(&status) {
            answer["content"]["application/problem+json"] =
                problem(status, &codes)["content"]["application/problem+json"].clone();
            continue;
        }
        let name = codes.join("-or-");
        responses.entry(name.clone()).or_insert_with(|| problem(status, &codes));
        answers.insert(status, json!({"$ref": format!("#/components/responses/{name}")}));
    }
    let answers = answers.into_iter().map(|(status, answer)| (status.to_string(), answer));
    operation.insert("responses".into(), object(answers));
    Value::Object(operation)
}

/// The method and the words of the path.
fn operation_id(about: &About) -> String {
    let path = about.path.strip_prefix("/api/v1").unwrap_or(about.path);
    let words: Vec<&str> = path.split(['/', '{', '}', '.', '*']).filter(|word| !word.is_empty()).collect();
    format!("{}_{}", about.method.to_ascii_lowercase(), words.join("_"))
}

fn query_parameters(about: &About, reader: &mut SchemaGenerator) -> Vec<Value> {
    let Some(query) = about.query else { return Vec::new() };
    let schema = query(reader).to_value();
    let required = schema["required"].as_array().cloned().unwrap_or_default();
    let properties = schema["properties"].as_object().cloned().unwrap_or_default();
    let parameter = |(name, mut schema): (String, Value)| {
        let description = schema.as_object_mut().and_then(|schema| schema.remove("description"));
        // In a query what is not there is not there: nothing is null.
        not_null(&mut schema);
        let required = required.contains(&json!(name));
        let mut parameter = json!({"name": name, "in": "query", "required": required, "schema": schema});
        if let Some(description) = description {
            parameter["description"] = description;
        }
        parameter
    };
    properties.into_iter().map(parameter).collect()
}

fn not_null(schema: &mut Value) {
    if let Some(choices) = schema["anyOf"].as_array() {
        let rest: Vec<Value> = choices.iter().filter(|choice| choice["type"] != "null").cloned().collect();
        if let [one] = &rest[..] {
            *schema = one.clone();
        }
    }
    if let Some([Value::String(one), null]) = schema["type"].as_array().map(|types| &types[..])
        && null == "null"
    {
        schema["type"] = json!(one.clone());
    }
    if let Some(choices) = schema.get_mut("enum").and_then(Value::as_array_mut) {
        choices.retain(|choice| !choice.is_null());
    }
    if let Some(schema) = schema.as_object_mut() {
        for empty in ["type", "anyOf"] {
            if schema.get(empty).is_some_and(Value::is_null) {
                schema.remove(empty);
            }
        }
    }
}

fn request_body(body: &Body, reader: &mut SchemaGenerator) -> Value {
    match body {
        Body::Json { shape, example } => {
            let content = json!({"application/json": {"schema": shape(reader), "example": example}});
            json!({"required": true, "content": content})
        }
        Body::Bytes { types, about, required } => {
            json!({"required": required, "description": about, "content": media(types)})
        }
    }
}

fn media(types: &[&str]) -> Value {
    object(types.iter().map(|name| ((*name).to_owned(), json!({}))))
}

fn answered(answer: &Answer, teller: &mut SchemaGenerator) -> Value {
    let mut told = json!({"description": answer.about});
    match &answer.content {
        Content::Nothing => {}
        Content::Json(shape) => told["content"] = json!({"application/json": {"schema": shape(teller)}}),
        Content::Bytes(types) => told["content"] = media(types),
    }
    let headers = answer
        .headers
        .iter()
        .map(|(name, about)| ((*name).to_owned(), json!({"description": about, "schema": {"type": "string"}})));
    if !answer.headers.is_empty() {
        told["headers"] = object(headers);
    }
    told
}

fn problem(status: u16, codes: &[&str]) -> Value {
    let meanings: Vec<String> = match codes {
        [code] => vec![problems::meaning(code).to_owned()],
        _ => codes.iter().map(|code| format!("`{code}`: {}", problems::meaning(code))).collect(),
    };
    let schema = json!({"$ref": "#/components/schemas/Problem", "properties": {"code": {"enum": codes}}});
    let mut told = json!({
        "description": format!("{}: {}", problems::title(status), meanings.join(" ")),
        "content": {"application/problem+json": {"schema": schema}},
    });
    if matches!(status, 429 | 503) {
        told["headers"] =
            json!({"Retry-After": {"description": "Seconds", "schema": {"type": "integer", "minimum": 0}}});
    }
    told
}

/// What a route may refuse: what every route of its kind does, and what it says itself.
fn problems_of(about: &About, route: &Route) -> BTreeMap<u16, Vec<&'static str>> {
    let mut found: BTreeMap<u16, Vec<&'static str>> = BTreeMap::new();
    let mut add = |status, codes: &[&'static str]| found.entry(status).or_default().extend(codes);
    let in_api = route.path.starts_with("/api/");
    let changes = !route.method.is_safe();
    add(403, &["banned", "https_only"]);
    add(421, &["wrong_host"]);
    add(500, &["internal"]);
    if route.path != "/healthz" {
        add(503, &["busy"]);
    }
    if route.access == Access::Person {
        add(403, &["second_factor_needed"]);
    }
    if route.access != Access::Anyone {
        add(401, &["not_signed_in", "bad_token"]);
        add(403, &["scope_missing", "key_limited"]);
        add(429, &["too_many"]);
    } else {
        add(401, &["bad_token"]);
    }
    if changes {
        add(403, &["cross_origin"]);
        add(503, &["read_only"]);
        add(507, &["storage_full"]);
    }
    if (route.path.contains('{') && in_api) || route.access == Access::Operator {
        add(404, &["not_found"]);
    }
    if in_api {
        add(422, &["invalid"]);
    }
    match &about.body {
        Some(Body::Json { .. }) => {
            add(400, &["malformed"]);
            add(408, &["too_slow"]);
            add(413, &["too_large"]);
            add(415, &["not_json"]);
        }
        Some(Body::Bytes { .. }) => {
            add(400, &["malformed"]);
            add(408, &["too_slow"]);
            add(413, &["too_large"]);
        }
        None => {}
    }
    for (status, code) in &about.problems {
        add(*status, &[code]);
    }
    for codes in found.values_mut() {
        codes.sort_unstable();
        codes.dedup();
    }
    found
}

/// Any one of these; what is in the brackets is the scope that it takes.
fn security(route: &Route) -> Value {
    let scope = match route.need {
        Need::Open | Need::Login => None,
        Need::Read => Some("read"),
        Need::Write => Some("write"),
        Need::Admin => Some("admin"),
        Need::Metrics => Some("metrics"),
    };
    match (route.access, route.need) {
        (Access::Anyone, _) => json!([]),
        (Access::Operator, _) => json!([{"operator": []}]),
        (Access::Person | Access::Enrolling, Need::Login) => json!([{"cookie": []}, {"token": []}]),
        (Access::Person | Access::Enrolling, _) => {
            let scopes: Vec<&str> = scope.into_iter().collect();
            json!([{"cookie": []}, {"token": scopes}, {"key": scopes}])
        }
    }
}

fn security_schemes() -> Value {
    json!({
        "cookie": {
            "type": "apiKey", "in": "cookie", "name": "__Host-snug",
            "description": "The session of a browser, from signing in (`snug` where TLS is off on this machine).",
        },
        "token": {
            "type": "oauth2",
            "description": "An access token (a JWT, EdDSA) for 15 minutes; its session can be ended at any moment.",
            "flows": {"password": {
                "tokenUrl": "/api/v1/auth/token", "refreshUrl": "/api/v1/auth/token", "scopes": {
                    "read": "See what its person sees", "write": "Do what its person does", "admin": "Look after the server",
                    "metrics": "Read the metrics",
                },
            }},
        },
        "key": {
            "type": "http", "scheme": "bearer", "bearerFormat": "snug_…",
            "description": "An API key, with its scopes (read, write, admin, metrics), perhaps limited to rooms.",
        },
        "operator": {
            "type": "http", "scheme": "peer",
            "description": "Whoever holds the machine: only by the admin socket in the data folder. By the network it is 404.",
        },
    })
}
