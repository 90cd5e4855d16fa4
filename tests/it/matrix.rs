//! S28 beyond the status of one answer: who hears which event, which second path leads to what a room holds, and what one
//! bad row does to a list.
use crate::support::{Ear, Person, World, contract, routes};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use snug::chat::retention::{self, Due};
use snug::http::router::ROUTES;
use snug::row::Row;
use snug::row::Trim;
use snug::store::map::{AsKey, Key, Map};
use snug::store::tables;
use std::collections::{BTreeMap, BTreeSet};

/// A room in which everything is, that somebody was in once and that others never were in.
struct Scene {
    owner: Person,
    member: Person,
    /// Was in the room, and did there whatever a member does.
    former: Person,
    stranger: Person,
    /// Looks after the server, and is not in the room.
    admin: Person,
    room: u64,
    message: u64,
    file: Value,
}

/// Words that stand only in the room.
const SECRET: &str = "quokka";

async fn scene(world: &World) -> Scene {
    let owner = world.owner("owner").await;
    let (member, former) = (world.person("member").await, world.person("former").await);
    let (stranger, admin) = (world.person("stranger").await, world.person("admin").await);
    owner.patch(&format!("/admin/users/{}", admin.id), json!({"role": "admin"})).await.is(200);
    let room = member.makes("private", &format!("{SECRET} den"), &[&former]).await;
    let text = format!("{SECRET} for @former and @stranger @room");
    let message = member.says(room, &text).await;
    let file = member.uploads(room, &format!("{SECRET}.txt"), format!("{SECRET} inside")).await;
    member.shows(room, &format!("{SECRET} shown"), &[&file]).await;
    let answer = json!({"text": format!("{SECRET} under it"), "thread": message});
    former.post(&format!("/rooms/{room}/messages"), answer).await.is(201);
    let quote = json!({"text": format!("{SECRET} quoted"), "reply_to": message});
    member.post(&format!("/rooms/{room}/messages"), quote).await.is(201);
    member.put(&format!("/rooms/{room}/pins/{message}"), json!(null)).await;
    for person in [&member, &former] {
        person.asks("PUT", &format!("/rooms/{room}/messages/{message}/saved"), None).await.is(200);
        person.asks("PUT", &format!("/rooms/{room}/messages/{message}/reactions/%F0%9F%91%8D"), None).await.is(200);
        let following = json!({"following": true});
        person.patch(&format!("/rooms/{room}/threads/{message}/me"), following).await.is(200);
    }
    Scene { owner, member, former, stranger, admin, room, message, file }
}

impl Scene {
    fn parts(&self) -> Vec<(&'static str, String)> {
        let file = self.file["id"].as_str().unwrap().to_owned();
        let name = self.file["url"].as_str().unwrap().rsplit_once('/').unwrap().1.to_owned();
        let ids = [("room", self.room), ("message", self.message), ("thread", self.message), ("user", self.member.id)];
        let mut parts: Vec<_> = ids.map(|(name, id)| (name, id.to_string())).to_vec();
        parts.extend([("file", file.clone()), ("upload", file), ("name", name), ("session", "1".to_owned())]);
        parts.extend([("emoji", "%F0%9F%91%8D".to_owned()), ("hash", "none".to_owned()), ("invite", "1".to_owned())]);
        parts.push(("ban", "1".to_owned()));
        parts
    }

    /// Everything that a person reads: the address of each answer, and the answer.
    async fn all_that_is_read_by(&self, person: &Person) -> Vec<(String, String)> {
        let mut read = Vec::new();
        let pages = ["/assets", "/j/", "/settings", "/trust", "/api/v1/openapi.json", "/api/v1/ws", "/api/v1/admin/"];
        for route in
            ROUTES.iter().filter(|route| route.method == "GET" && !pages.iter().any(|p| route.path.starts_with(p)))
        {
            let path = routes::filled(route.path, &self.parts());
            let answer = person.fetches(&path).await;
            let body = String::from_utf8_lossy(&answer.body).into_owned();
            read.push((format!("GET {path}"), format!("{:?} {body}", answer.headers)));
        }
        let ids = format!("/users?ids={},{}", self.member.id, self.former.id);
        for path in [ids, "/users?query=".to_owned(), "/rooms?scope=public".to_owned(), format!("/search?q={SECRET}")] {
            read.push((path.clone(), person.get(&path).await.is(200).to_string()));
        }
        read
    }
}

#[tokio::test]
async fn s31_s32_no_second_path_leads_into_a_room() {
    let world = World::new().await;
    let scene = scene(&world).await;
    let cursor = scene.former.listens().await.cursor();
    // The eye of this test is open: a member reads the words on many paths, and so did who is about to go.
    for person in [&scene.member, &scene.former] {
        let read = scene.all_that_is_read_by(person).await;
        let found = read.iter().filter(|(_, text)| text.contains(SECRET)).count();
        assert!(found >= 12, "{} reads the words on {found} paths only", person.name);
    }
    scene.former.leaves(scene.room).await;
    let hall = scene.owner.makes("public", "hall", &[&scene.former, &scene.stranger, &scene.admin]).await;
    for person in [&scene.former, &scene.stranger, &scene.admin] {
        for (path, text) in scene.all_that_is_read_by(person).await {
            assert!(!text.contains(SECRET), "{} reads on {path}: {text}", person.name);
        }
        // What is put beside words of one's own brings nothing along.
        let quote = json!({"text": "what was it?", "reply_to": scene.message});
        let quoted = person.post(&format!("/rooms/{hall}/messages"), quote).await;
        assert!(!String::from_utf8_lossy(&quoted.body).contains(SECRET), "{} quotes it", person.name);
        let own = person.says(hall, "own").await;
        let link = format!("see /r/{}/{} and /files/{}", scene.room, scene.message, scene.file["id"].as_str().unwrap());
        let said = person.patch(&format!("/rooms/{hall}/messages/{own}"), json!({"text": link})).await.is(200);
        assert!(!said.to_string().contains(SECRET));
        let again = json!({"text": "mine now", "files": [scene.file["id"]]});
        let shown = person.post(&format!("/rooms/{hall}/messages"), again).await;
        assert_eq!(shown.status, 422, "{} sends a file of others: {:?}", person.name, shown.body);
        let draft = json!({"room": scene.room, "text": "for later"});
        assert_eq!(person.put("/me/drafts", draft).await.status, 404, "{}", person.name);
        // What was missed in the meantime holds none of it either.
        let mut ear = person.resumes(cursor).await;
        let heard = json!(ear.catches_up().await).to_string();
        assert!(!heard.contains(SECRET), "{} hears it: {heard}", person.name);
    }
    // Nobody is told of a room by an invite that they did not get.
    let invite = scene.owner.post("/invites", json!({"rooms": [scene.room]})).await;
    assert!(!String::from_utf8_lossy(&invite.body).contains(SECRET));
}

#[tokio::test]
async fn s28_each_event_reaches_who_it_is_for_and_nobody_else() {
    let world = World::new().await;
    let scene = scene(&world).await;
    let Scene { owner, member, former, stranger, admin, room, .. } = &scene;
    let room = *room;
    former.leaves(room).await;
    let mut second = member.signs_in_again().await.listens().await;
    let mut ears: Vec<(&str, Ear)> = Vec::new();
    for (kind, person) in
        [("member", member), ("former member", former), ("stranger", stranger), ("admin", admin), ("owner", owner)]
    {
        ears.push((kind, person.listens().await));
    }
    let guest = world.person("guest").await;
    let mut guests = guest.listens().await;

    // Every event that there is, most of them in the room.
    let place = format!("/rooms/{room}");
    member.put(&format!("{place}/members/{}", guest.id), json!({"role": "member"})).await.is(200);
    guests.hears(crate::support::event("room.created")).await;
    member.put(&format!("{place}/members/{}", guest.id), json!({"role": "admin"})).await.is(200);
    let said = guest.says(room, "one").await;
    let message = format!("{place}/messages/{said}");
    guest.patch(&message, json!({"text": "two"})).await.is(200);
    member.asks("PUT", &format!("{message}/reactions/%F0%9F%91%8D"), None).await.is(200);
    member.asks("DELETE", &format!("{message}/reactions/%F0%9F%91%8D"), None).await;
    member.asks("PUT", &format!("{place}/pins/{said}"), None).await.is(200);
    member.asks("DELETE", &format!("{place}/pins/{said}"), None).await.is(204);
    member.asks("PUT", &format!("{message}/saved"), None).await.is(200);
    member.patch(&place, json!({"topic": "new"})).await.is(200);
    member.patch(&format!("{place}/me"), json!({"starred": true})).await.is(200);
    // To have it and to have read it are told apart.
    second.catches_up().await;
    let up_to = second.cursor();
    second.asks(json!({"type": "received", "cursor": up_to})).await;
    member.post(&format!("{place}/read"), json!({"up_to": said})).await.is(204);
    member.put("/me/drafts", json!({"room": room, "text": "not yet"})).await.is(200);
    second.asks(json!({"type": "typing", "room": room})).await;
    member.patch("/me", json!({"name": "Member", "settings": {"a": 1}})).await.is(200);
    guest.delete(&message).await.is(204);
    let due = Due { room, up_to: Trim { messages: said, files: 0 } };
    while world.app.store.change(move |change| retention::step(change, due)).await.unwrap() {}
    guest.leaves(room).await;
    member.delete(&place).await.is(204);

    let everything: BTreeSet<String> =
        contract::document()["x-websocket"]["events"].as_object().unwrap().keys().cloned().collect();
    let mut told: BTreeMap<&str, BTreeSet<String>> = BTreeMap::new();
    guests.catches_up().await;
    second.catches_up().await;
    ears.extend([("guest", guests), ("member's second device", second)]);
    for (kind, ear) in &mut ears {
        ear.catches_up().await;
        for frame in &ear.heard {
            let inside = ["member", "guest", "member's second device"].contains(kind);
            let of_room = frame["room"] == room || frame["data"]["room"] == room;
            assert!(inside || !of_room, "{kind} hears {frame}");
            told.entry(kind).or_default().extend(frame["event"].as_str().map(str::to_owned));
            told.entry(kind).or_default().extend((frame["type"] == "typing").then(|| "typing".to_owned()));
        }
    }
    // The eye of this test is open: every event there is was told to those whom it is for.
    let heard: BTreeSet<String> = told.values().flatten().filter(|name| *name != "typing").cloned().collect();
    assert_eq!(heard, everything, "this scene makes each event once");
    for outsider in ["former member", "stranger", "admin", "owner"] {
        // Names are known to all who are on this server.
        assert_eq!(told[outsider], BTreeSet::from(["user.updated".to_owned()]), "{outsider}");
    }
    assert!(!told["guest"].contains("me.updated") || only_own(&ears, "guest", guest.id), "a guest hears another's own");
    assert!(told["member's second device"].contains("me.updated") && told["guest"].contains("typing"));
    // Who left hears nothing after their own going.
    let (_, guests) = ears.iter().find(|(kind, _)| *kind == "guest").unwrap();
    let of_room: Vec<&Value> = guests.heard.iter().filter(|frame| frame["room"] == room).collect();
    let last = of_room.last().unwrap();
    assert_eq!((&last["event"], &last["data"]["user"]), (&json!("member.left"), &json!(guest.id)));
}

/// What somebody heard of their own is about nobody else.
fn only_own(ears: &[(&str, Ear)], kind: &str, own: u64) -> bool {
    let (_, ear) = ears.iter().find(|(name, _)| *name == kind).unwrap();
    let own_events = ear.heard.iter().filter(|frame| frame["event"] == "me.updated");
    own_events.into_iter().all(|frame| frame["data"].get("draft").is_none() && frame["data"]["user"] != json!(own + 1))
}

#[tokio::test]
async fn s11_every_address_refuses_every_method_that_it_does_not_answer() {
    let world = World::new().await;
    let mut methods: BTreeMap<&str, BTreeSet<&str>> = BTreeMap::new();
    for route in ROUTES {
        methods.entry(route.path).or_default().insert(route.method.as_str());
    }
    let parts = ["room", "message", "thread", "user", "session", "invite", "ban"].map(|name| (name, "1".to_owned()));
    for (path, answered) in methods {
        let path = path.replace("{*path}", "x");
        let mut path = routes::filled(&path, &parts);
        while let (Some(from), Some(to)) = (path.find('{'), path.find('}')) {
            path.replace_range(from..=to, "x");
        }
        for method in ["GET", "POST", "PUT", "PATCH", "DELETE", "TRACE", "BREW", "PROPFIND"] {
            if answered.contains(method) {
                continue;
            }
            let answer = world.door.call(method, &path, &[], "").await;
            let allow: BTreeSet<String> =
                answer.header("allow").unwrap_or_default().split(", ").map(str::to_owned).collect();
            assert_eq!(allow, answered.iter().map(|method| (*method).to_owned()).collect(), "{method} {path}");
            answer.refused(405, "method_not_allowed");
        }
    }
}

/// A row that no version of this program wrote.
#[derive(Serialize, Deserialize)]
struct Broken;

impl Row for Broken {
    const VERSION: u8 = 250;
}

async fn breaks<K: Key + 'static, R: Row>(
    world: &World,
    table: &Map<K, R>,
    key: impl AsKey<K> + Copy + Send + 'static,
) {
    let broken: Map<K, Broken> = Map::new(table.number, table.name);
    world.app.store.change(move |change| broken.put(change, key, &Broken)).await.unwrap();
}

#[tokio::test]
async fn s41_a_bad_row_never_breaks_a_list() {
    let world = World::new().await;
    let ann = world.owner("ann").await;
    let bob = world.person("bob").await;
    let room = ann.makes("public", "hall", &[&bob]).await;
    let mut said = Vec::new();
    for text in ["first @bob", "second @bob", "third @bob"] {
        let message = ann.says(room, text).await;
        ann.asks("PUT", &format!("/rooms/{room}/pins/{message}"), None).await.is(200);
        bob.asks("PUT", &format!("/rooms/{room}/messages/{message}/saved"), None).await.is(200);
        bob.asks("PUT", &format!("/rooms/{room}/messages/{message}/reactions/%F0%9F%91%8D"), None).await.is(200);
        let answer = json!({"text": "below", "thread": message});
        bob.post(&format!("/rooms/{room}/messages"), answer).await.is(201);
        let file = ann.uploads(room, "a.txt", text).await;
        ann.shows(room, "", &[&file]).await;
        said.push((message, file["id"].as_str().unwrap().to_owned()));
    }
    let lists: Vec<String> = [
        "/me/mentions",
        "/me/saved",
        "/me/threads",
        "/me/drafts",
        "/sync",
        "/rooms",
        "/rooms?scope=public",
        "/users",
        "/invites",
        "/auth/sessions",
        "/admin/users",
        "/admin/rooms",
        "/admin/files",
        "/admin/files/usage",
        "/admin/audit",
        "/admin/backups",
    ]
    .map(str::to_owned)
    .into_iter()
    .chain(["messages", "members", "pins", "files", "receipts"].map(|list| format!("/rooms/{room}/{list}")))
    .collect();
    let read = async |when: &str| {
        for person in [&ann, &bob] {
            for list in &lists {
                let answer = person.get(list).await;
                let refused = person.name == "bob" && (list.starts_with("/admin") || list == "/invites");
                let status = if refused { 403 } else { 200 };
                assert_eq!(answer.status, status, "{} reads {list} after {when}: {:?}", person.name, answer.body);
            }
        }
    };
    read("nothing").await;
    let (message, file) = said[1].clone();
    let dan = world.person("dan").await;
    dan.joins(room).await;
    breaks(&world, &tables::FILES, &*file.leak()).await;
    read("a broken file").await;
    breaks(&world, &tables::REACTIONS, (room, message)).await;
    read("broken reactions").await;
    breaks(&world, &tables::PINS, (room, message)).await;
    read("a broken pin").await;
    breaks(&world, &tables::SAVED, (bob.id, message)).await;
    read("a broken saved message").await;
    breaks(&world, &tables::THREADS, (room, message)).await;
    read("a broken thread").await;
    breaks(&world, &tables::MESSAGES, (room, message)).await;
    read("a broken message").await;
    breaks(&world, &tables::MEMBERS, (room, dan.id)).await;
    read("a broken member").await;
    breaks(&world, &tables::USERS, dan.id).await;
    read("a broken person").await;
    // The rest is all there, and paging ends.
    let page = ann.get(&format!("/rooms/{room}/messages?limit=200")).await.is(200);
    let texts: Vec<&str> = page["messages"].as_array().unwrap().iter().filter_map(|row| row["text"].as_str()).collect();
    assert!(
        texts.contains(&"first @bob") && texts.contains(&"third @bob") && !texts.contains(&"second @bob"),
        "{texts:?}"
    );
    let (mut cursor, mut pages, mut users) = (0, 0, BTreeSet::new());
    loop {
        let page = ann.get(&format!("/users?limit=1&cursor={cursor}")).await.is(200);
        users
            .extend(page["users"].as_array().unwrap().iter().map(|user| user["username"].as_str().unwrap().to_owned()));
        pages += 1;
        match page["next"].as_u64() {
            Some(next) => cursor = next,
            None => break,
        }
        assert!(pages < 10, "paging ends");
    }
    assert_eq!(users, BTreeSet::from(["ann", "bob"].map(str::to_owned)));
}
