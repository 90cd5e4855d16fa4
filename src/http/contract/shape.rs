//! Shapes, as JSON Schema has them: which have a name of their own, and what the parts of a path are.
use crate::id::ID_MAX;
use schemars::generate::SchemaSettings;
use schemars::{JsonSchema, Schema, SchemaGenerator};
use serde_json::{Map, Value, json};

/// What is read, or what is told: in the latter nothing is left out.
pub fn generator(told: bool) -> SchemaGenerator {
    let settings = SchemaSettings::draft2020_12().with(|settings| {
        settings.definitions_path = "/components/schemas".into();
        settings.meta_schema = None;
    });
    if told { settings.for_serialize() } else { settings.for_deserialize() }.into_generator()
}

/// A shape of `wire` by its name, any other as it is.
pub fn of<T: JsonSchema>(generator: &mut SchemaGenerator) -> Schema {
    if T::schema_id().starts_with("snug::wire::") { generator.subschema_for::<T>() } else { T::json_schema(generator) }
}

/// Puts into the words of this interface what the types alone cannot say.
pub fn polished(value: &mut Value) {
    match value {
        Value::Object(fields) => {
            numbers(fields);
            // "Nothing unless said" needs no saying.
            if fields.get("default").is_some_and(Value::is_null) {
                fields.remove("default");
            }
            if let Some(Value::String(text)) = fields.get_mut("description") {
                *text = text.replace('\n', " ");
            }
            fields.values_mut().for_each(polished);
        }
        Value::Array(values) => values.iter_mut().for_each(polished),
        _ => {}
    }
}

/// Rust's kinds of whole numbers are no formats of JSON Schema. Ids and times stay below 2^53.
fn numbers(fields: &mut Map<String, Value>) {
    let format = match fields.get("format").and_then(Value::as_str) {
        Some(format @ ("uint64" | "uint" | "uint32" | "uint16" | "uint8")) => format.to_owned(),
        _ => return,
    };
    fields.remove("format");
    let max = match format.as_str() {
        "uint8" => u8::MAX.into(),
        "uint16" => u16::MAX.into(),
        "uint32" => u32::MAX.into(),
        _ => ID_MAX,
    };
    fields.entry("maximum").or_insert(json!(max));
}

/// A part of a path by its name.
pub fn of_part(name: &str) -> (Value, &'static str) {
    let id = || json!({"type": "integer", "minimum": 1, "maximum": ID_MAX});
    match name {
        "room" => (id(), "The room's id"),
        "user" => (id(), "The person's id"),
        "message" => (id(), "The message's id"),
        "thread" => (id(), "The id of the message under which the thread is"),
        "session" => (id(), "The session's id"),
        "ban" => (id(), "The ban's id"),
        "invite" => (id(), "The invite's id"),
        "file" => (secret(), "The file's id"),
        "upload" => (secret(), "The upload's id"),
        "emoji" => (json!({"type": "string", "minLength": 1, "maxLength": 40, "examples": ["👍"]}), "The emoji itself"),
        "name" => (json!({"type": "string", "minLength": 1}), "Any name; the id alone says which file it is"),
        "hash" => {
            (json!({"type": "string", "pattern": "^[A-Za-z0-9_-]+$"}), "Which picture it is, as the user object says")
        }
        "key" | "factor" | "passkey" | "backup" => (id(), "The id of the one that is meant"),
        _ => (json!({"type": "string", "minLength": 1}), "As the object that has it says"),
    }
}

/// 128 random bits in base64url.
fn secret() -> Value {
    json!({"type": "string", "pattern": "^[A-Za-z0-9_-]{22}$"})
}
