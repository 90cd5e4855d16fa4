//! What a well-formed request to each route carries.
use serde_json::{Value, json};

/// A body that a route would accept as well-formed; none for routes that read none.
pub fn body(method: &str, path: &str) -> Option<Value> {
    Some(match (method, path.strip_prefix("/api/v1").unwrap_or(path)) {
        ("POST", "/setup") => json!({"code": "guess", "username": "newcomer", "password": super::PASSWORD}),
        ("POST", "/auth/register" | "/auth/login") => json!({"username": "newcomer", "password": super::PASSWORD}),
        ("POST", "/auth/token") => {
            json!({"grant_type": "password", "username": "newcomer", "password": super::PASSWORD})
        }
        ("POST", "/me/keys" | "/admin/bots/{user}/keys") => json!({"name": "a script", "scopes": ["read"]}),
        ("POST", "/admin/bots") => json!({"username": "robot"}),
        ("POST", "/auth/invite" | "/auth/link" | "/auth/link/look") => json!({"code": "guess"}),
        ("POST", "/auth/reset") => json!({"code": "guess", "password": super::PASSWORD}),
        ("PATCH", "/me") => json!({}),
        (
            "POST",
            "/auth/passkey/options" | "/me/passkeys/options" | "/me/totp" | "/me/totp/remove" | "/me/recovery-codes",
        ) => {
            json!({})
        }
        ("POST", "/auth/passkey") => json!({"id": "guess", "credential": {"id": "AAAA", "response": {
            "clientDataJSON": "AAAA", "authenticatorData": "AAAA", "signature": "AAAA"}}}),
        ("POST", "/me/passkeys") => json!({"id": "guess", "name": "Key", "credential": {"id": "AAAA", "response": {
            "clientDataJSON": "AAAA", "attestationObject": "AAAA"}}}),
        ("PATCH", "/me/passkeys/{passkey}") => json!({"name": "Key"}),
        ("POST", "/me/confirm") => json!({"password": "not the one"}),
        ("POST", "/me/device-link") => json!({}),
        ("POST", "/me/totp/confirm") => json!({"code": "000000"}),
        ("POST", "/me/password") => json!({"current": "not the one", "new": "velvet onion harbour sixteen"}),
        ("PUT", "/me/drafts") => json!({"room": 9_999_999, "text": "not sent yet"}),
        ("DELETE", "/me/drafts") => json!({"room": 9_999_999}),
        ("POST", "/invites") => json!({}),
        ("POST", "/rooms") => json!({"name": "new room", "kind": "public"}),
        ("POST", "/directs") => json!({"users": [1]}),
        ("PATCH", "/rooms/{room}") => json!({"topic": "a topic"}),
        ("PATCH", "/rooms/{room}/me") => json!({"starred": true}),
        ("PUT", "/rooms/{room}/members/{user}" | "/admin/rooms/{room}/members/{user}") => json!({"role": "admin"}),
        ("POST" | "PATCH", "/rooms/{room}/messages" | "/rooms/{room}/messages/{message}") => {
            json!({"text": "some text"})
        }
        ("POST", "/me/read") => json!({}),
        ("POST", "/rooms/{room}/read") => json!({"up_to": 1}),
        ("POST", "/rooms/{room}/unread") => json!({"from": 1}),
        ("PATCH", "/rooms/{room}/threads/{thread}/me") => json!({"following": true}),
        ("POST", "/rooms/{room}/threads/{thread}/read") => json!({"up_to": 1}),
        ("POST", "/admin/users") => json!({"username": "newcomer", "password": super::PASSWORD}),
        ("PATCH", "/admin/users/{user}") => json!({"active": true}),
        ("PUT", "/admin/users/{user}/password") => json!({"new": super::PASSWORD}),
        ("POST", "/admin/users/{user}/erase") => json!({}),
        ("POST", "/me/export" | "/me/erase") => json!({"password": super::PASSWORD}),
        ("POST", "/admin/bans") => json!({"address": "203.0.113.77"}),
        ("PATCH", "/admin/settings") => json!({"values": {"audit.days": 90}}),
        ("PATCH", "/admin/rooms/{room}") => json!({"archived": true}),
        _ => return None,
    })
}

/// The address of a route with these in the places of its parts.
pub fn filled(path: &str, parts: &[(&str, String)]) -> String {
    parts.iter().fold(path.to_owned(), |path, (name, value)| path.replace(&format!("{{{name}}}"), value))
}
