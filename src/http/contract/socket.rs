//! The WebSocket: every frame, every event, every close.
use super::object;
use crate::wire;
use crate::ws;
use schemars::SchemaGenerator;
use serde_json::{Value, json};

pub fn described(reader: &mut SchemaGenerator, teller: &mut SchemaGenerator) -> Value {
    let events = wire::event_shapes(teller)
        .into_iter()
        .map(|(name, about, data)| (name.to_owned(), json!({"description": about, "data": data})));
    json!({
        "path": "/api/v1/ws",
        "description": "Every frame is one JSON object with a `type`. What carries a `ref` is answered with the same `ref`. \
            `?since=` resumes after a cursor: what was missed comes first, in order.",
        "client": {"schema": reader.subschema_for::<ws::Asked>()},
        "server": {"schema": teller.subschema_for::<wire::Frame>()},
        "event": {"schema": {
            "type": "object",
            "description": "What happened, in the order of `cursor`, once for each connection.",
            "properties": {
                "type": {"const": "event"},
                "cursor": {"type": "integer", "minimum": 1},
                "event": {"type": "string"},
                "room": {"type": ["integer", "null"]},
                "data": {"type": "object"},
            },
            "required": ["type", "cursor", "event", "room", "data"],
        }},
        "events": object(events),
        "closes": {
            "1009": "A frame has more than 128 KiB.",
            "1012": "The server restarts: connect again after a short random wait, with `since`.",
            "4401": "The session ended.",
            "4429": "Too many frames.",
        },
    })
}
