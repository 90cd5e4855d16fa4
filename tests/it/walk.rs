//! S28: every route that is answered stands in this table with what each kind of person gets there.
use crate::support::{PASSWORD, Person, World, routes};
use serde_json::json;
use snug::auth::{Access, Need};
use snug::http::router::{FILTERED, ROUTES, Route};
use std::collections::BTreeSet;

/// Anonymous, a stranger, a member of the room, its admin, an admin of the server who is not in the room.
type Row = (&'static str, &'static str, [u16; 5]);

/// Everybody, signed in or not.
const ALL: [u16; 5] = [200; 5];
/// Whoever is signed in.
const PEOPLE: [u16; 5] = [401, 200, 200, 200, 200];
/// Likewise, where nothing is answered.
const PEOPLE_204: [u16; 5] = [401, 204, 204, 204, 204];
/// Members of a private room.
const MEMBERS: [u16; 5] = [401, 404, 200, 200, 404];
const MEMBERS_204: [u16; 5] = [401, 404, 204, 204, 404];
/// The admins of a private room.
const ROOM_ADMINS: [u16; 5] = [401, 404, 403, 200, 404];
const ROOM_ADMINS_204: [u16; 5] = [401, 404, 403, 204, 404];
/// Admins of the server.
const ADMINS: [u16; 5] = [401, 403, 403, 403, 200];
const ADMINS_201: [u16; 5] = [401, 403, 403, 403, 201];
const ADMINS_204: [u16; 5] = [401, 403, 403, 403, 204];
/// Nobody who comes by the network.
const NOBODY: [u16; 5] = [404; 5];

const TABLE: &[Row] = &[
    ("GET", "/", ALL),
    ("GET", "/setup", ALL),
    ("GET", "/login", ALL),
    ("GET", "/reset", ALL),
    ("GET", "/link", ALL),
    ("GET", "/rooms", ALL),
    ("GET", "/saved", ALL),
    ("GET", "/mentions", ALL),
    ("GET", "/search", ALL),
    ("GET", "/settings", ALL),
    ("GET", "/settings/{section}", ALL),
    ("GET", "/admin", ALL),
    ("GET", "/admin/{section}", ALL),
    ("GET", "/j/{code}", ALL),
    ("GET", "/r/{room}", ALL),
    ("GET", "/r/{room}/{message}", ALL),
    ("GET", "/threads", ALL),
    ("GET", "/api", ALL),
    // There is nothing to trust where TLS is off.
    ("GET", "/trust", NOBODY),
    ("GET", "/trust/ca.crt", NOBODY),
    ("GET", "/sw.js", ALL),
    ("GET", "/licenses", ALL),
    // Nobody said where to write to.
    ("GET", "/.well-known/security.txt", NOBODY),
    ("GET", "/assets/{hash}/{*path}", ALL),
    // A file that is not there.
    ("GET", "/files/{file}/{name}", [401, 404, 404, 404, 404]),
    ("GET", "/files/{file}/thumb", [401, 404, 404, 404, 404]),
    ("PUT", "/files/{file}/thumb", [401, 415, 415, 415, 415]),
    ("GET", "/api/v1/files/{file}", [401, 404, 404, 404, 404]),
    ("DELETE", "/api/v1/files/{file}", [401, 404, 404, 404, 404]),
    ("GET", "/api/v1/rooms/{room}/files", MEMBERS),
    ("POST", "/api/v1/rooms/{room}/files", [401, 404, 201, 201, 404]),
    // Asked for without tus, before anything is looked at.
    ("POST", "/api/v1/rooms/{room}/uploads", [401, 412, 412, 412, 412]),
    ("PATCH", "/api/v1/rooms/{room}/uploads/{upload}", [401, 412, 412, 412, 412]),
    ("DELETE", "/api/v1/rooms/{room}/uploads/{upload}", [401, 412, 412, 412, 412]),
    // An upload that is not there.
    ("GET", "/api/v1/rooms/{room}/uploads/{upload}", [401, 404, 404, 404, 404]),
    // A picture that is not there.
    ("GET", "/avatars/{user}/{hash}", [401, 404, 404, 404, 404]),
    ("GET", "/.well-known/jwks.json", ALL),
    ("GET", "/.well-known/oauth-authorization-server", ALL),
    ("GET", "/healthz", ALL),
    ("GET", "/readyz", ALL),
    ("GET", "/metrics", ADMINS),
    ("GET", "/api/v1/server", ALL),
    ("GET", "/api/v1/openapi.json", ALL),
    // It was done.
    ("POST", "/api/v1/setup", [409; 5]),
    ("POST", "/api/v1/auth/register", [201; 5]),
    ("POST", "/api/v1/auth/login", [401; 5]),
    // As OAuth says that a password is wrong.
    ("POST", "/api/v1/auth/token", [400; 5]),
    ("POST", "/api/v1/auth/invite", [404; 5]),
    ("POST", "/api/v1/auth/reset", [404; 5]),
    // For an address, which no passkey belongs to; and a challenge that was never asked.
    ("POST", "/api/v1/auth/passkey/options", [422; 5]),
    ("POST", "/api/v1/auth/passkey", [409; 5]),
    ("POST", "/api/v1/auth/link", [404; 5]),
    ("POST", "/api/v1/auth/link/look", [404; 5]),
    ("GET", "/api/v1/me/device-link", PEOPLE),
    ("POST", "/api/v1/me/device-link", [401, 201, 201, 201, 201]),
    ("POST", "/api/v1/me/passkeys/options", [401, 422, 422, 422, 422]),
    ("POST", "/api/v1/me/passkeys", [401, 409, 409, 409, 409]),
    ("GET", "/api/v1/me/passkeys", PEOPLE),
    // One that is not there.
    ("PATCH", "/api/v1/me/passkeys/{passkey}", [401, 404, 404, 404, 404]),
    ("DELETE", "/api/v1/me/passkeys/{passkey}", [401, 404, 404, 404, 404]),
    // The password was wrong.
    ("POST", "/api/v1/me/confirm", [401, 403, 403, 403, 403]),
    ("GET", "/api/v1/me/factors", PEOPLE),
    ("POST", "/api/v1/me/totp", PEOPLE),
    // None has begun, and none has one.
    ("POST", "/api/v1/me/totp/confirm", [401, 409, 409, 409, 409]),
    ("POST", "/api/v1/me/totp/remove", [401, 404, 404, 404, 404]),
    ("POST", "/api/v1/me/recovery-codes", [401, 409, 409, 409, 409]),
    ("POST", "/api/v1/auth/logout", PEOPLE_204),
    ("GET", "/api/v1/auth/sessions", PEOPLE),
    ("DELETE", "/api/v1/auth/sessions", PEOPLE_204),
    ("DELETE", "/api/v1/auth/sessions/{session}", PEOPLE_204),
    // Asked for without an upgrade.
    ("GET", "/api/v1/ws", [401, 426, 426, 426, 426]),
    ("GET", "/api/v1/sync", PEOPLE),
    ("GET", "/api/v1/me", PEOPLE),
    ("POST", "/api/v1/me/read", PEOPLE_204),
    ("GET", "/api/v1/me/mentions", PEOPLE),
    ("PATCH", "/api/v1/me", PEOPLE),
    // Asked for without a picture.
    ("PUT", "/api/v1/me/avatar", [401, 415, 415, 415, 415]),
    ("DELETE", "/api/v1/me/avatar", PEOPLE_204),
    // The current password was wrong.
    ("POST", "/api/v1/me/password", [401, 403, 403, 403, 403]),
    ("POST", "/api/v1/me/export", PEOPLE),
    ("POST", "/api/v1/me/erase", PEOPLE_204),
    ("GET", "/api/v1/me/keys", PEOPLE),
    ("POST", "/api/v1/me/keys", [401, 201, 201, 201, 201]),
    ("DELETE", "/api/v1/me/keys/{key}", PEOPLE_204),
    ("GET", "/api/v1/me/saved", PEOPLE),
    ("GET", "/api/v1/me/drafts", PEOPLE),
    // In a room that is not there.
    ("PUT", "/api/v1/me/drafts", [401, 404, 404, 404, 404]),
    ("DELETE", "/api/v1/me/drafts", [401, 404, 404, 404, 404]),
    ("GET", "/api/v1/invites", ADMINS),
    ("POST", "/api/v1/invites", ADMINS_201),
    ("DELETE", "/api/v1/invites/{invite}", ADMINS_204),
    ("GET", "/api/v1/users", PEOPLE),
    ("GET", "/api/v1/users/{user}", PEOPLE),
    ("GET", "/api/v1/users/{user}/rooms", PEOPLE),
    ("GET", "/api/v1/rooms", PEOPLE),
    // Where TLS is off there is none.
    ("GET", "/api/v1/admin/certificate", [401, 403, 403, 403, 409]),
    ("POST", "/api/v1/admin/certificate/renew", [401, 403, 403, 403, 409]),
    ("POST", "/api/v1/rooms", [401, 201, 201, 201, 201]),
    ("POST", "/api/v1/directs", [401, 201, 201, 201, 201]),
    ("GET", "/api/v1/rooms/{room}", MEMBERS),
    ("PATCH", "/api/v1/rooms/{room}", ROOM_ADMINS),
    ("DELETE", "/api/v1/rooms/{room}", ROOM_ADMINS_204),
    ("POST", "/api/v1/rooms/{room}/join", MEMBERS),
    // The room's only admin names a successor first.
    ("POST", "/api/v1/rooms/{room}/leave", [401, 404, 204, 409, 404]),
    ("PATCH", "/api/v1/rooms/{room}/me", MEMBERS),
    ("GET", "/api/v1/rooms/{room}/members", MEMBERS),
    ("PUT", "/api/v1/rooms/{room}/members/{user}", ROOM_ADMINS),
    ("DELETE", "/api/v1/rooms/{room}/members/{user}", ROOM_ADMINS_204),
    ("GET", "/api/v1/rooms/{room}/messages", MEMBERS),
    ("POST", "/api/v1/rooms/{room}/messages", [401, 404, 201, 201, 404]),
    ("GET", "/api/v1/rooms/{room}/messages/{message}", MEMBERS),
    // Only the author, who is none of the five.
    ("PATCH", "/api/v1/rooms/{room}/messages/{message}", [401, 404, 403, 403, 404]),
    ("DELETE", "/api/v1/rooms/{room}/messages/{message}", ROOM_ADMINS_204),
    ("GET", "/api/v1/rooms/{room}/messages/{message}/edits", MEMBERS),
    ("PUT", "/api/v1/rooms/{room}/messages/{message}/saved", MEMBERS),
    ("DELETE", "/api/v1/rooms/{room}/messages/{message}/saved", MEMBERS_204),
    ("PUT", "/api/v1/rooms/{room}/messages/{message}/reactions/{emoji}", MEMBERS),
    ("DELETE", "/api/v1/rooms/{room}/messages/{message}/reactions/{emoji}", MEMBERS_204),
    ("GET", "/api/v1/rooms/{room}/pins", MEMBERS),
    ("PUT", "/api/v1/rooms/{room}/pins/{message}", MEMBERS),
    ("DELETE", "/api/v1/rooms/{room}/pins/{message}", MEMBERS_204),
    ("GET", "/api/v1/rooms/{room}/messages/{message}/receipts", MEMBERS),
    ("GET", "/api/v1/rooms/{room}/receipts", MEMBERS),
    ("POST", "/api/v1/rooms/{room}/read", MEMBERS_204),
    ("POST", "/api/v1/rooms/{room}/unread", MEMBERS_204),
    ("GET", "/api/v1/rooms/{room}/threads/{thread}", MEMBERS),
    ("PATCH", "/api/v1/rooms/{room}/threads/{thread}/me", MEMBERS),
    ("POST", "/api/v1/rooms/{room}/threads/{thread}/read", MEMBERS_204),
    ("GET", "/api/v1/me/threads", PEOPLE),
    ("GET", "/api/v1/admin/status", ADMINS),
    ("GET", "/api/v1/admin/pulse", ADMINS),
    ("GET", "/api/v1/admin/settings", ADMINS),
    ("PATCH", "/api/v1/admin/settings", ADMINS),
    ("GET", "/api/v1/admin/users", ADMINS),
    ("POST", "/api/v1/admin/users", NOBODY),
    ("GET", "/api/v1/admin/users/{user}", ADMINS),
    ("PATCH", "/api/v1/admin/users/{user}", ADMINS),
    ("DELETE", "/api/v1/admin/users/{user}", ADMINS_204),
    ("PUT", "/api/v1/admin/users/{user}/password", NOBODY),
    ("POST", "/api/v1/admin/users/{user}/reset", ADMINS_201),
    ("DELETE", "/api/v1/admin/users/{user}/factors", ADMINS_204),
    ("GET", "/api/v1/admin/users/{user}/sessions", ADMINS),
    ("DELETE", "/api/v1/admin/users/{user}/sessions", ADMINS_204),
    ("GET", "/api/v1/admin/bots", ADMINS),
    ("POST", "/api/v1/admin/bots", ADMINS_201),
    // Of somebody who is no bot.
    ("GET", "/api/v1/admin/bots/{user}/keys", [401, 403, 403, 403, 404]),
    ("POST", "/api/v1/admin/bots/{user}/keys", [401, 403, 403, 403, 404]),
    ("DELETE", "/api/v1/admin/bots/{user}/keys/{key}", [401, 403, 403, 403, 404]),
    // A session of somebody else.
    ("DELETE", "/api/v1/admin/users/{user}/sessions/{session}", [401, 403, 403, 403, 404]),
    ("GET", "/api/v1/admin/rooms", ADMINS),
    ("GET", "/api/v1/admin/rooms/{room}", ADMINS),
    ("PATCH", "/api/v1/admin/rooms/{room}", ADMINS),
    ("GET", "/api/v1/admin/rooms/table", ADMINS),
    ("PUT", "/api/v1/admin/rooms/{room}/members/{user}", ADMINS),
    ("GET", "/api/v1/admin/sessions", ADMINS),
    ("DELETE", "/api/v1/admin/rooms/{room}", ADMINS_204),
    ("GET", "/api/v1/admin/files", ADMINS),
    ("GET", "/api/v1/admin/files/usage", ADMINS),
    ("POST", "/api/v1/admin/files/sweep", ADMINS),
    ("GET", "/api/v1/admin/storage", ADMINS),
    ("POST", "/api/v1/admin/compact", ADMINS),
    ("POST", "/api/v1/admin/search/rebuild", ADMINS),
    ("GET", "/api/v1/search", PEOPLE),
    ("POST", "/api/v1/admin/users/{user}/erase", ADMINS_204),
    ("GET", "/api/v1/admin/users/{user}/export", NOBODY),
    ("GET", "/api/v1/admin/bans", ADMINS),
    ("POST", "/api/v1/admin/bans", ADMINS_201),
    // A ban that is not there.
    ("DELETE", "/api/v1/admin/bans/{ban}", [401, 403, 403, 403, 404]),
    ("GET", "/api/v1/rooms/{room}/bans", ROOM_ADMINS),
    ("PUT", "/api/v1/rooms/{room}/bans/{user}", ROOM_ADMINS),
    // Somebody who is not banned.
    ("DELETE", "/api/v1/rooms/{room}/bans/{user}", [401, 404, 403, 404, 404]),
    ("GET", "/api/v1/admin/audit", ADMINS),
    ("GET", "/api/v1/admin/audit/verify", ADMINS),
    ("GET", "/api/v1/admin/backup", NOBODY),
    ("GET", "/api/v1/admin/backups", ADMINS),
    ("POST", "/api/v1/admin/backups", [401, 403, 403, 403, 202]),
    // One that is not there.
    ("POST", "/api/v1/admin/backups/{name}/verify", [401, 403, 403, 403, 404]),
];

#[test]
fn s28_every_route_stands_in_the_table() {
    let answered: BTreeSet<(&str, &str)> = ROUTES.iter().map(|route| (route.method.as_str(), route.path)).collect();
    let listed: BTreeSet<(&str, &str)> = TABLE.iter().map(|(method, path, _)| (*method, *path)).collect();
    let missing: Vec<_> = answered.difference(&listed).collect();
    let gone: Vec<_> = listed.difference(&answered).collect();
    assert!(missing.is_empty() && gone.is_empty(), "not in this table: {missing:?}; not in the router: {gone:?}");
    assert_eq!(TABLE.len(), listed.len(), "a route stands here twice");
}

#[tokio::test]
async fn s28_each_kind_of_person_gets_what_the_table_says() {
    let world = World::new().await;
    let owner = world.owner("owner").await;
    let mut number = 0;
    let mut wrong = Vec::new();
    for (method, path, expected) in TABLE {
        let route = ROUTES.iter().find(|route| route.method == *method && route.path == *path).unwrap();
        // Who was in the room once is a stranger to it now.
        let people = expected.iter().copied().map(Some).chain([Some(expected[STRANGER])]);
        let keys = [READER, LIMITED, BOT].map(|kind| with_key(kind, route, expected[MEMBER]));
        for (kind, expected) in people.chain(keys).enumerate() {
            let Some(expected) = expected else { continue };
            number += 1;
            let found = ask(&world, &owner, method, path, kind, number).await;
            if found != expected {
                wrong.push(format!("{method} {path} as {}: {found}, not {expected}", KINDS[kind]));
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

const KINDS: [&str; 9] = [
    "anonymous",
    "a stranger",
    "a member",
    "the room's admin",
    "an admin of the server",
    "a former member",
    "a member's key that only reads",
    "a member's key for another room",
    "a bot that is a member",
];
const STRANGER: usize = 1;
const MEMBER: usize = 2;
const FORMER: usize = 5;
const READER: usize = 6;
const LIMITED: usize = 7;
const BOT: usize = 8;

/// What a key of a member gets where its member gets `member`, by what the route needs of a credential. None: its own test
/// says (what a key for some rooms finds where answers are filtered, and signing out).
fn with_key(kind: usize, route: &Route, member: u16) -> Option<u16> {
    let in_room = route.path.contains("{room}");
    match (route.access, route.need) {
        (Access::Operator, _) => Some(404),
        (Access::Anyone, _) => Some(member),
        (Access::Person | Access::Enrolling, Need::Open) => None,
        (Access::Person | Access::Enrolling, Need::Login | Need::Admin | Need::Metrics) => Some(403),
        (Access::Person | Access::Enrolling, Need::Read | Need::Write) if kind == LIMITED => {
            let filtered = !in_room && FILTERED.contains(&(route.method.as_str(), route.path));
            (!filtered).then_some(403)
        }
        (Access::Person | Access::Enrolling, Need::Write) if kind == READER => Some(403),
        (Access::Person | Access::Enrolling, Need::Read | Need::Write) => Some(member),
    }
}

/// Asks in a scene of its own, so that nothing that was done before counts: the status.
async fn ask(world: &World, owner: &Person, method: &str, path: &str, kind: usize, number: u64) -> u16 {
    let mut token = None;
    let asker = match kind {
        BOT => {
            let bot = owner.post("/admin/bots", json!({"username": format!("asker{number}")})).await.is(201);
            let bot = Person { id: bot["id"].as_u64().unwrap(), cookie: String::new(), ..owner.clone() };
            let key = json!({"name": "a key", "scopes": ["read", "write"]});
            let made = owner.post(&format!("/admin/bots/{}/keys", bot.id), key).await.is(201);
            token = Some(made["key"].as_str().unwrap().to_owned());
            bot
        }
        _ => world.person(&format!("asker{number}")).await,
    };
    let author = world.person(&format!("author{number}")).await;
    let mut parts = vec![("section", "devices".to_owned()), ("code", "guess".to_owned())];
    if kind == 4 {
        owner.patch(&format!("/admin/users/{}", asker.id), json!({"role": "admin"})).await.is(200);
    }
    if path.contains("{room}") {
        let founder = if kind == 3 { &asker } else { owner };
        let mut members = vec![&author];
        members.extend((matches!(kind, MEMBER | FORMER | READER | LIMITED | BOT)).then_some(&asker));
        let room = founder.makes("private", &format!("room {number}"), &members).await;
        let message = author.says(room, "mine").await;
        if kind == FORMER {
            owner.delete(&format!("/rooms/{room}/members/{}", asker.id)).await.is(204);
        }
        parts.extend([("room", room.to_string()), ("message", message.to_string()), ("thread", message.to_string())]);
    }
    match kind {
        READER => token = Some(asker.makes_key(json!({"scopes": ["read"]})).await.1.token),
        LIMITED => {
            let other = asker.makes("private", &format!("other {number}"), &[]).await;
            token = Some(asker.makes_key(json!({"rooms": [other]})).await.1.token);
        }
        _ => {}
    }
    if kind == BOT {
        // It has neither, and may not ask for those of others.
        parts.extend([("session", "1".to_owned()), ("key", "1".to_owned())]);
    }
    if path.contains("{session}") && kind != BOT {
        asker.signs_in_again().await;
        let sessions = asker.get("/auth/sessions").await.is(200);
        parts.push(("session", sessions["sessions"][0]["id"].to_string()));
    }
    if path.contains("{invite}") {
        parts.push(("invite", owner.post("/invites", json!({})).await.is(201)["id"].to_string()));
    }
    if path.contains("{key}") && kind != BOT {
        parts.push(("key", asker.makes_key(json!({})).await.0.to_string()));
    }
    if path.contains("{hash}") {
        parts.extend([("hash", snug::http::assets::HASH.to_owned()), ("*path", "index.html".to_owned())]);
    }
    parts.extend([("user", author.id.to_string()), ("emoji", "%F0%9F%91%8D".to_owned())]);
    parts.extend([("file", "AAAAAAAAAAAAAAAAAAAAAA".to_owned()), ("name", "plan.pdf".to_owned())]);
    parts.push(("ban", "999999".to_owned()));
    parts.push(("passkey", "9999999".to_owned()));
    parts.push(("upload", "AAAAAAAAAAAAAAAAAAAAAA".to_owned()));
    let mut body = routes::body(method, path);
    match path {
        "/api/v1/auth/register" => body = Some(json!({"username": format!("new{number}"), "password": PASSWORD})),
        "/api/v1/rooms" if method == "POST" => body = Some(json!({"name": format!("new {number}"), "kind": "public"})),
        "/api/v1/directs" => body = Some(json!({"users": [author.id]})),
        _ => {}
    }
    let path = routes::filled(path, &parts);
    let (cookie, origin) = (asker.cookie.clone(), world.door.origin());
    let mut headers = vec![("origin", origin.as_str()), ("content-type", "application/json")];
    let bearer = token.map(|token| format!("Bearer {token}"));
    match &bearer {
        Some(bearer) => headers.push(("authorization", bearer)),
        None => headers.extend((kind > 0).then_some(("cookie", cookie.as_str()))),
    }
    let body = body.map(|body| body.to_string()).unwrap_or_default();
    world.door.call(method, &path, &headers, body).await.status.as_u16()
}
