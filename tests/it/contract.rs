//! What programs are told of this interface, and that it is true.
use crate::support::{World, contract};
use serde_json::{Value, json};

#[tokio::test]
async fn the_document_is_there_for_everybody() {
    let world = World::new().await;
    let answer = world.get("/api/v1/openapi.json").await;
    assert_eq!((answer.status.as_u16(), answer.header("content-type")), (200, Some("application/json")));
    let tag = answer.header("etag").unwrap().to_owned();
    assert_eq!(answer.json(), *contract::document());
    assert_eq!(answer.json()["openapi"], "3.1.0");
    let again = world.door.call("GET", "/api/v1/openapi.json", &[("if-none-match", &tag)], "").await;
    assert_eq!(again.status, 304);
}

#[test]
fn every_example_fits_its_shape() {
    let mut examples = 0;
    for (path, operations) in contract::document()["paths"].as_object().unwrap() {
        for (method, operation) in operations.as_object().unwrap() {
            let content = &operation["requestBody"]["content"]["application/json"];
            if content.is_null() {
                continue;
            }
            examples += 1;
            let faults = contract::faults(&content["schema"], &content["example"]);
            assert!(faults.is_empty(), "{method} {path}: {faults:?}");
        }
    }
    assert!(examples > 20);
}

#[test]
fn the_reader_of_shapes_sees_what_is_wrong() {
    let seen = |schema: Value, value: Value| contract::faults(&schema, &value);
    let named = json!({"type": "object", "properties": {"a": {"type": "integer", "maximum": 3}}, "required": ["a"]});
    assert!(seen(named.clone(), json!({"a": 3})).is_empty());
    assert_eq!(seen(named.clone(), json!({"a": 4})), ["/a: 4 is above 3"]);
    assert_eq!(seen(named.clone(), json!({})), [": \"a\" is missing"]);
    assert_eq!(seen(named, json!({"a": 1, "b": 2})), [": b is not in the document"]);
    assert_eq!(seen(json!({"anyOf": [{"type": "null"}, {"type": "string"}]}), json!(1)).len(), 1);
    assert_eq!(seen(json!({"multipleOf": 2}), json!(2)), [": this reader does not know the word multipleOf"]);
    assert!(!seen(json!({"$ref": "#/components/schemas/User"}), json!({"id": 1})).is_empty());
}

/// Fields that are called like something that nobody else may see, and why they are there.
const SHOWN: &[(&str, &str)] = &[
    // One's own sessions, and what an admin sees of a person's.
    ("Session", "address"),
    ("OneSession", "address"),
    // For admins: who did it, from where; and who is kept out.
    ("AuditEntry", "address"),
    ("/api/v1/admin/bans", "addresses"),
    // That and from where one's password was set anew, for oneself; and the secret of a code, while it is set up.
    ("PasswordReset", "address"),
    ("/api/v1/auth/link", "password_reset"),
    ("/api/v1/auth/login", "password_reset"),
    ("/api/v1/auth/passkey", "password_reset"),
    ("/api/v1/me/totp", "secret"),
    ("Ban", "addresses"),
    // What is asked for with a password, in the one answer to that; and how to ask.
    ("Tokens", "access_token"),
    ("Tokens", "refresh_token"),
    ("Tokens", "token_type"),
    ("AuthorizationServer", "token_endpoint"),
    ("AuthorizationServer", "token_endpoint_auth_methods_supported"),
];

#[test]
fn s33_no_answer_and_no_event_has_a_field_for_a_secret() {
    let document = contract::document();
    let mut found = Vec::new();
    for (name, schema) in document["components"]["schemas"].as_object().unwrap() {
        // What is only said to the server may hold anything.
        if name != "ClientFrame" {
            fields(schema, name, &mut found);
        }
    }
    for (path, operations) in document["paths"].as_object().unwrap() {
        for operation in operations.as_object().unwrap().values() {
            for answer in operation["responses"].as_object().unwrap().values() {
                fields(&answer["content"]["application/json"]["schema"], path, &mut found);
            }
        }
    }
    for (name, event) in document["x-websocket"]["events"].as_object().unwrap() {
        fields(&event["data"], name, &mut found);
    }
    assert!(found.len() > 200, "the eye of this test is open");
    let words = ["hash", "token", "secret", "password", "argon", "address", "cookie", "salt", "ip"];
    let is_secret =
        |name: &str| name.split('_').any(|part| words.iter().any(|word| part.trim_end_matches("es") == *word));
    let shown: Vec<&(String, String)> = found
        .iter()
        .filter(|(_, name)| is_secret(name) && name != "password_min")
        .filter(|(whose, name)| !SHOWN.contains(&(whose.as_str(), name.as_str())))
        .collect();
    assert!(shown.is_empty(), "{shown:?}");
}

/// Every field of a shape, with whose it is.
fn fields(schema: &Value, whose: &str, found: &mut Vec<(String, String)>) {
    match schema {
        Value::Object(words) => {
            for (name, rule) in words.get("properties").and_then(Value::as_object).into_iter().flatten() {
                found.push((whose.to_owned(), name.clone()));
                fields(rule, whose, found);
            }
            words.iter().filter(|(word, _)| *word != "properties").for_each(|(_, rule)| fields(rule, whose, found));
        }
        Value::Array(rules) => rules.iter().for_each(|rule| fields(rule, whose, found)),
        _ => {}
    }
}
