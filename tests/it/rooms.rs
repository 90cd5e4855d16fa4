//! Rooms, directs, and who is in them.
use crate::support::{Person, World, event, told};
use serde_json::{Value, json};

/// The ids of a list of rooms.
fn ids(list: &Value) -> Vec<u64> {
    list["rooms"].as_array().unwrap().iter().map(|room| room["id"].as_u64().unwrap()).collect()
}

async fn notices(person: &Person, room: u64) -> Vec<(String, String)> {
    let page = person.get(&format!("/rooms/{room}/messages?limit=200")).await.is(200);
    let text = |value: &Value| value.as_str().unwrap().to_owned();
    let notices = page["messages"].as_array().unwrap().iter().filter(|message| message["kind"] != "text");
    notices.map(|notice| (text(&notice["kind"]), text(&notice["text"]))).collect()
}

#[tokio::test]
async fn a_room_is_made_and_found_by_whom_it_concerns() {
    let world = World::new().await;
    let ann = world.owner("ann").await;
    let (bob, cleo) = (world.person("bob").await, world.person("cleo").await);
    let wish = json!({"name": "  Hall ", "topic": "All of us", "kind": "public", "members": [bob.id, bob.id, ann.id]});
    let hall = ann.post("/rooms", wish).await.is(201);
    assert_eq!(
        (&hall["name"], &hall["topic"], &hall["member_count"]),
        (&json!("Hall"), &json!("All of us"), &json!(2))
    );
    assert_eq!(
        (&hall["me"]["role"], &hall["created_by"], &hall["users"]),
        (&json!("admin"), &json!(ann.id), &Value::Null)
    );
    let hall = hall["id"].as_u64().unwrap();
    let den = ann.makes("private", "Den", &[]).await;

    assert_eq!(ids(&ann.get("/rooms").await.is(200)), [hall, den]);
    assert_eq!(ids(&bob.get("/rooms").await.is(200)), [hall]);
    assert_eq!(ids(&cleo.get("/rooms").await.is(200)), [0; 0]);
    let public = cleo.get("/rooms?scope=public").await.is(200);
    assert_eq!((ids(&public), &public["rooms"][0]["me"], &public["next"]), (vec![hall], &Value::Null, &Value::Null));
    assert_eq!(public["rooms"][0]["member_count"], 2);
    assert!(bob.get("/rooms?scope=public").await.is(200)["rooms"][0]["me"].is_object());
    assert_eq!(bob.sees(hall).await["me"]["role"], "member");
    assert_eq!(cleo.sees(hall).await["me"], Value::Null);
    cleo.get(&format!("/rooms/{den}")).await.refused(404, "not_found");
    assert_eq!(notices(&ann, den).await, [("created".to_owned(), String::new())]);
}

#[tokio::test]
async fn names_that_differ_only_in_case_are_taken() {
    let world = World::new().await;
    let ann = world.owner("ann").await;
    let room = |name: &str, kind: &str| json!({"name": name, "kind": kind});
    let first = ann.makes("private", "Straße Ärger", &[]).await;
    for same in ["straße ärger", "STRAßE ÄRGER", " Straße ärger ", "Straße A\u{308}rger"] {
        let refused = ann.post("/rooms", room(same, "public")).await.refused(409, "name_taken");
        assert_eq!(refused["field"], "name");
    }
    let other = ann.makes("public", "Garden", &[]).await;
    ann.patch(&format!("/rooms/{other}"), json!({"name": "STRASSE Ärger"})).await.is(200);
    ann.patch(&format!("/rooms/{other}"), json!({"name": "straße ärger"})).await.refused(409, "name_taken");
    ann.patch(&format!("/rooms/{first}"), json!({"name": "STRAßE ÄRGER"})).await.is(200);
    // A name that was given up is free.
    ann.patch(&format!("/rooms/{first}"), json!({"name": "Elsewhere"})).await.is(200);
    ann.makes("public", "straße ärger", &[]).await;

    ann.post("/rooms", room(&"x".repeat(80), "public")).await.is(201);
    for bad in [String::new(), "   ".into(), "x".repeat(81), "a\nb".into(), "a\u{202e}b".into()] {
        ann.post("/rooms", room(&bad, "public")).await.refused(422, "invalid");
    }
    ann.post("/rooms", room("x", "direct")).await.refused(422, "invalid");
    ann.post("/rooms", room("x", "secret")).await.refused(422, "invalid");
    ann.post("/rooms", json!({"name": "x", "kind": "public", "members": [999_999]})).await.refused(422, "invalid");
}

#[tokio::test]
async fn lists_of_rooms_are_paged() {
    let world = World::new().await;
    let ann = world.owner("ann").await;
    let mut made = Vec::new();
    for number in 0..7 {
        made.push(ann.makes("public", &format!("room {number}"), &[]).await);
    }
    for scope in ["mine", "public"] {
        let mut seen = Vec::new();
        let mut cursor = String::new();
        loop {
            let page = ann.get(&format!("/rooms?scope={scope}&limit=3{cursor}")).await.is(200);
            assert!(page["rooms"].as_array().unwrap().len() <= 3);
            seen.extend(ids(&page));
            match page["next"].as_u64() {
                Some(next) => cursor = format!("&cursor={next}"),
                None => break,
            }
        }
        assert_eq!(seen, made);
    }
    for bad in ["limit=0", "limit=201", "limit=x", "scope=all", "colour=red"] {
        ann.get(&format!("/rooms?{bad}")).await.refused(422, "invalid");
    }
    ann.get("/rooms?limit=200").await.is(200);
}

#[tokio::test]
async fn people_come_and_go_and_the_last_admin_names_a_successor() {
    let world = World::new().await;
    let ann = world.owner("ann").await;
    let (bob, cleo) = (world.person("bob").await, world.person("cleo").await);
    let hall = ann.makes("public", "hall", &[]).await;
    let den = ann.makes("private", "den", &[]).await;

    let joined = bob.post(&format!("/rooms/{hall}/join"), json!({})).await.is(200);
    assert_eq!((&joined["me"]["role"], &joined["member_count"]), (&json!("member"), &json!(2)));
    bob.joins(hall).await;
    assert_eq!(ann.sees(hall).await["member_count"], 2, "who is in joins no second time");
    bob.post(&format!("/rooms/{den}/join"), json!({})).await.refused(404, "not_found");
    ann.joins(den).await;
    cleo.post(&format!("/rooms/{hall}/leave"), json!({})).await.refused(403, "not_a_member");

    ann.post(&format!("/rooms/{hall}/leave"), json!({})).await.refused(409, "last_admin");
    ann.put(&format!("/rooms/{hall}/members/{}", ann.id), json!({"role": "member"})).await.refused(409, "last_admin");
    bob.put(&format!("/rooms/{hall}/members/{}", bob.id), json!({"role": "admin"})).await.refused(403, "forbidden");
    let raised = ann.put(&format!("/rooms/{hall}/members/{}", bob.id), json!({"role": "admin"})).await.is(200);
    assert_eq!((&raised["role"], &raised["user"]["id"]), (&json!("admin"), &json!(bob.id)));
    ann.leaves(hall).await;
    assert_eq!(ann.sees(hall).await["me"], Value::Null);
    bob.leaves(hall).await;
    assert_eq!(ann.sees(hall).await["member_count"], 0, "the last one may leave");
    cleo.joins(hall).await;
    assert_eq!(cleo.sees(hall).await["me"]["role"], "admin", "who comes into an empty room looks after it");
    let kinds: Vec<String> = notices(&cleo, hall).await.into_iter().map(|(kind, _)| kind).collect();
    assert_eq!(kinds, ["created", "joined", "left", "left", "joined"]);
}

#[tokio::test]
async fn s29_members_are_added_and_removed_by_those_who_may() {
    let world = World::new().await;
    let ann = world.owner("ann").await;
    let (bob, cleo, dan) = (world.person("bob").await, world.person("cleo").await, world.person("dan").await);
    let den = bob.makes("private", "den", &[&cleo]).await;
    let place = |person: &Person| format!("/rooms/{den}/members/{}", person.id);
    let member = || json!({"role": "member"});

    dan.put(&place(&dan), member()).await.refused(404, "not_found");
    cleo.put(&place(&dan), json!({"role": "admin"})).await.refused(403, "forbidden");
    cleo.put(&place(&dan), member()).await.is(200);
    cleo.put(&place(&dan), member()).await.is(200);
    assert_eq!(dan.sees(den).await["member_count"], 3);
    cleo.delete(&place(&dan)).await.refused(403, "forbidden");
    bob.delete(&place(&dan)).await.is(204);
    bob.delete(&place(&dan)).await.refused(404, "not_found");
    dan.get(&format!("/rooms/{den}")).await.refused(404, "not_found");
    bob.put(&format!("/rooms/{den}/members/999999"), member()).await.refused(422, "invalid");

    // An admin of the room does not remove an admin of the server; the owner does.
    bob.put(&place(&ann), member()).await.is(200);
    bob.delete(&place(&ann)).await.refused(403, "forbidden");
    // Removing oneself is leaving.
    cleo.delete(&place(&cleo)).await.is(204);
    bob.delete(&place(&bob)).await.refused(409, "last_admin");
    let kinds: Vec<String> = notices(&bob, den).await.into_iter().map(|(kind, _)| kind).collect();
    assert_eq!(kinds, ["created", "added", "removed", "added", "left"]);
}

#[tokio::test]
async fn a_room_is_renamed_and_everyone_reads_so() {
    let world = World::new().await;
    let ann = world.owner("ann").await;
    let (bob, cleo) = (world.person("bob").await, world.person("cleo").await);
    let hall = ann.makes("private", "hall", &[&bob]).await;
    let at = format!("/rooms/{hall}");
    let mut ear = bob.listens().await;
    bob.patch(&at, json!({"name": "mine"})).await.refused(403, "forbidden");
    cleo.patch(&at, json!({"name": "mine"})).await.refused(404, "not_found");
    let edited = ann.patch(&at, json!({"name": "Great Hall", "topic": "Welcome"})).await.is(200);
    assert_eq!((&edited["name"], &edited["topic"]), (&json!("Great Hall"), &json!("Welcome")));
    let heard = ear.hears(event("room.updated")).await;
    assert_eq!((&heard["room"], &heard["data"]["name"]), (&json!(hall), &json!("Great Hall")));
    ann.patch(&at, json!({"topic": null})).await.is(200);
    ann.patch(&at, json!({"kind": "direct"})).await.refused(422, "invalid");
    ann.patch(&at, json!({"colour": "red"})).await.refused(422, "invalid");
    let made = |kind: &str, text: &str| (kind.to_owned(), text.to_owned());
    let expected = [made("created", ""), made("renamed", "Great Hall"), made("topic", "Welcome"), made("topic", "")];
    assert_eq!(notices(&bob, hall).await, expected);
    ann.patch(&at, json!({"kind": "public"})).await.is(200);
    cleo.joins(hall).await;
}

#[tokio::test]
async fn an_archived_room_is_read_and_not_changed() {
    let world = World::new().await;
    let ann = world.owner("ann").await;
    let (bob, cleo) = (world.person("bob").await, world.person("cleo").await);
    let hall = ann.makes("public", "hall", &[&bob]).await;
    let at = format!("/rooms/{hall}");
    let said = bob.says(hall, "before").await;
    bob.patch(&at, json!({"archived": true})).await.refused(403, "forbidden");
    assert_eq!(ann.patch(&at, json!({"archived": true})).await.is(200)["archived"], true);
    let message = format!("{at}/messages/{said}");
    bob.post(&format!("{at}/messages"), json!({"text": "after"})).await.refused(403, "archived");
    let mut ear = bob.listens().await;
    let refused = ear.asks(json!({"type": "send", "room": hall, "text": "after"})).await;
    assert_eq!((&refused["status"], &refused["code"]), (&json!(403), &json!("archived")));
    bob.patch(&message, json!({"text": "changed"})).await.refused(403, "archived");
    bob.delete(&message).await.refused(403, "archived");
    cleo.post(&format!("{at}/join"), json!({})).await.refused(403, "archived");
    ann.put(&format!("{at}/members/{}", cleo.id), json!({"role": "member"})).await.refused(403, "archived");
    ann.patch(&at, json!({"name": "other"})).await.refused(403, "archived");
    assert_eq!(bob.get(&message).await.is(200)["text"], "before");
    ann.patch(&at, json!({"archived": false})).await.is(200);
    bob.says(hall, "after").await;
    cleo.joins(hall).await;
}

#[tokio::test]
async fn a_deleted_room_is_gone_for_everyone() {
    let world = World::new().await;
    let ann = world.owner("ann").await;
    let bob = world.person("bob").await;
    let hall = ann.makes("private", "hall", &[&bob]).await;
    ann.says(hall, "hello").await;
    let mut ear = bob.listens().await;
    bob.delete(&format!("/rooms/{hall}")).await.refused(403, "forbidden");
    ann.delete(&format!("/rooms/{hall}")).await.is(204);
    let heard = ear.hears(event("room.deleted")).await;
    assert_eq!((&heard["room"], &heard["data"]["id"]), (&json!(hall), &json!(hall)));
    for person in [&ann, &bob] {
        person.get(&format!("/rooms/{hall}")).await.refused(404, "not_found");
        person.get(&format!("/rooms/{hall}/messages")).await.refused(404, "not_found");
        assert_eq!(ids(&person.get("/rooms").await.is(200)), [0; 0]);
    }
    ann.makes("public", "hall", &[]).await;
}

#[tokio::test]
async fn a_direct_is_one_room_for_one_set_of_people() {
    let world = World::new().await;
    let ann = world.owner("ann").await;
    let (bob, cleo) = (world.person("bob").await, world.person("cleo").await);
    let made = ann.post("/directs", json!({"users": [bob.id]})).await.is(201);
    assert_eq!(
        (&made["kind"], &made["name"], &made["users"]),
        (&json!("direct"), &Value::Null, &json!([ann.id, bob.id]))
    );
    let direct = made["id"].as_u64().unwrap();
    assert_eq!(bob.post("/directs", json!({"users": [ann.id]})).await.is(200)["id"], direct);
    assert_eq!(bob.post("/directs", json!({"users": [ann.id, bob.id, ann.id]})).await.is(200)["id"], direct);
    let three = ann.post("/directs", json!({"users": [cleo.id, bob.id]})).await.is(201)["id"].as_u64().unwrap();
    assert_ne!(three, direct);
    assert_eq!(cleo.post("/directs", json!({"users": [bob.id, ann.id]})).await.is(200)["id"], three);
    bob.says(direct, "just us").await;
    cleo.get(&format!("/rooms/{direct}/messages")).await.refused(404, "not_found");

    ann.post(&format!("/rooms/{direct}/leave"), json!({})).await.refused(409, "direct");
    let place = |person: &Person| format!("/rooms/{direct}/members/{}", person.id);
    ann.put(&place(&cleo), json!({"role": "member"})).await.refused(409, "direct");
    ann.delete(&place(&bob)).await.refused(409, "direct");
    ann.patch(&format!("/rooms/{direct}"), json!({"name": "ours"})).await.refused(409, "direct");
    ann.delete(&format!("/rooms/{direct}")).await.refused(409, "direct");
    cleo.post(&format!("/rooms/{direct}/join"), json!({})).await.refused(404, "not_found");
    ann.patch(&format!("/rooms/{direct}/me"), json!({"notify": "none", "starred": true})).await.is(200);
    assert_eq!(ids(&cleo.get("/rooms?scope=public").await.is(200)), [0; 0]);
}

#[tokio::test]
async fn a_direct_has_two_to_ten_people() {
    let world = World::new().await;
    let ann = world.owner("ann").await;
    let mut others = Vec::new();
    for number in 0..10 {
        others.push(world.person(&format!("friend{number}")).await.id);
    }
    ann.post("/directs", json!({"users": []})).await.refused(422, "invalid");
    ann.post("/directs", json!({"users": [ann.id]})).await.refused(422, "invalid");
    ann.post("/directs", json!({"users": [999_999]})).await.refused(422, "invalid");
    ann.post("/directs", json!({"users": others})).await.refused(422, "invalid");
    let room = ann.post("/directs", json!({"users": others[..9]})).await.is(201);
    assert_eq!((&room["member_count"], room["users"].as_array().unwrap().len()), (&json!(10), 10));
}

#[tokio::test]
async fn two_who_open_the_same_direct_at_once_get_one_room() {
    let world = World::new().await;
    let ann = world.owner("ann").await;
    let bob = world.person("bob").await;
    let (one, two) = tokio::join!(
        ann.post("/directs", json!({"users": [bob.id]})),
        bob.post("/directs", json!({"users": [ann.id]}))
    );
    let mut codes = [one.status.as_u16(), two.status.as_u16()];
    codes.sort_unstable();
    assert_eq!((codes, &one.json()["id"]), ([200, 201], &two.json()["id"]));
}

#[tokio::test]
async fn member_lists_are_paged_and_are_the_members_own() {
    let world = World::new().await;
    let ann = world.owner("ann").await;
    let mut people = vec![ann.id];
    let hall = ann.makes("public", "hall", &[]).await;
    for number in 0..5 {
        let person = world.person(&format!("guest{number}")).await;
        person.joins(hall).await;
        people.push(person.id);
    }
    let outside = world.person("outside").await;
    outside.get(&format!("/rooms/{hall}/members")).await.refused(403, "not_a_member");
    let mut seen = Vec::new();
    let mut cursor = String::new();
    loop {
        let page = ann.get(&format!("/rooms/{hall}/members?limit=2{cursor}")).await.is(200);
        let members = page["members"].as_array().unwrap();
        assert!(members.iter().all(|member| member["joined_at"].is_u64() && member["role"].is_string()));
        seen.extend(members.iter().map(|member| member["user"]["id"].as_u64().unwrap()));
        match page["next"].as_u64() {
            Some(next) => cursor = format!("&cursor={next}"),
            None => break,
        }
    }
    assert_eq!(seen, people);
}

#[tokio::test]
async fn people_are_found_by_name_and_by_id_page_by_page() {
    let world = World::new().await;
    let ann = world.owner("ann").await;
    let (bob, rob) = (world.person("bob").await, world.person("rob").await);
    let found = |list: Value| -> Vec<u64> {
        list["users"].as_array().unwrap().iter().map(|user| user["id"].as_u64().unwrap()).collect()
    };
    assert_eq!(found(ann.get("/users?query=OB").await.is(200)), [bob.id, rob.id]);
    assert_eq!(found(ann.get(&format!("/users?ids={},999999,{}", rob.id, ann.id)).await.is(200)), [ann.id, rob.id]);
    let first = ann.get("/users?limit=2").await.is(200);
    let rest = ann.get(&format!("/users?limit=2&cursor={}", first["next"])).await.is(200);
    assert_eq!((found(first), found(rest)), (vec![ann.id, bob.id], vec![rob.id]));
    assert_eq!(ann.get(&format!("/users/{}", bob.id)).await.is(200)["username"], "bob");
    ann.get("/users/999999").await.refused(404, "not_found");
    ann.get("/users?ids=x").await.refused(422, "invalid");
    // Accents are for those who know them.
    bob.patch("/me", json!({"name": "Tomás Žižka"})).await.is(200);
    for query in ["tomas", "TOMÁS", "zizka", "%C5%BDi"] {
        assert_eq!(found(ann.get(&format!("/users?query={query}")).await.is(200)), [bob.id], "{query}");
    }
    // Who mistypes a name means it, unless it is somebody's; and there is no second page of guesses.
    let tosma = world.person("tosma").await;
    for (query, who) in [
        ("tomsa", vec![bob.id, tosma.id]),
        ("zizka+tomas", vec![bob.id]),
        ("zikza", vec![bob.id]),
        ("tosma", vec![tosma.id]),
        ("lena", vec![]),
        ("%F0%9F%8E%89%00---", vec![]),
    ] {
        let list = ann.get(&format!("/users?query={query}")).await.is(200);
        assert_eq!((&list["next"], found(list.clone())), (&Value::Null, who), "{query}");
    }
    let one = ann.get("/users?query=tomsa&limit=1").await.is(200);
    assert_eq!((&one["next"], found(one.clone())), (&Value::Null, vec![bob.id]));
    assert_eq!(found(ann.get(&format!("/users?query=tomsa&cursor={}", ann.id)).await.is(200)), [0; 0]);
    assert_eq!(found(ann.get("/admin/users?query=tomsa").await.is(200)), [bob.id, tosma.id]);
}

#[tokio::test]
async fn s38_rooms_and_invites_are_made_so_often_an_hour() {
    let world = World::with(&[("SNUG_LIMITS__ROOMS_PER_HOUR", "2"), ("SNUG_LIMITS__INVITES_PER_HOUR", "1")]).await;
    let ann = world.owner("ann").await;
    let bob = world.person("bob").await;
    ann.makes("public", "one", &[]).await;
    ann.makes("public", "two", &[]).await;
    let refused = ann.post("/rooms", json!({"name": "three", "kind": "public"})).await;
    assert!(refused.header("retry-after").unwrap().parse::<u64>().unwrap() > 60);
    refused.refused(429, "too_many");
    bob.makes("public", "three", &[]).await;
    ann.post("/invites", json!({})).await.is(201);
    ann.post("/invites", json!({})).await.refused(429, "too_many");
}

#[tokio::test]
async fn ones_own_view_of_a_room_is_told_to_ones_own_devices_only() {
    let world = World::new().await;
    let ann = world.owner("ann").await;
    let bob = world.person("bob").await;
    let hall = ann.makes("public", "hall", &[&bob]).await;
    let (mut phone, mut other) = (ann.listens().await, bob.listens().await);
    let changed = ann.patch(&format!("/rooms/{hall}/me"), json!({"notify": "mentions", "starred": true})).await.is(200);
    assert_eq!((&changed["me"]["notify"], &changed["me"]["starred"]), (&json!("mentions"), &json!(true)));
    let heard = phone.hears(told(json!({"event": "me.updated"}))).await;
    assert_eq!((&heard["data"]["room"]["id"], &heard["data"]["room"]["me"]["starred"]), (&json!(hall), &json!(true)));
    other.catches_up().await;
    assert!(other.events().is_empty());
    ann.patch(&format!("/rooms/{hall}/me"), json!({"notify": "sometimes"})).await.refused(422, "invalid");
}

#[tokio::test]
async fn a_room_is_described_and_ruled_by_its_admins() {
    let world = World::new().await;
    let ann = world.owner("ann").await;
    let bob = world.person("bob").await;
    let wish = json!({"name": "News", "kind": "public", "description": "What is new.\nDaily.", "members": [bob.id]});
    let made = ann.post("/rooms", wish).await.is(201);
    let everyone = json!({"post": "everyone", "pin": "everyone", "call": "everyone"});
    assert_eq!((&made["description"], &made["rules"]), (&json!("What is new.\nDaily."), &everyone));
    let news = made["id"].as_u64().unwrap();
    let (place, said) = (format!("/rooms/{news}"), format!("/rooms/{news}/messages"));
    let mut bobs = bob.listens().await;

    bob.patch(&place, json!({"rules": {"post": "admins"}})).await.refused(403, "forbidden");
    bob.patch(&place, json!({"description": "Mine"})).await.refused(403, "forbidden");
    bob.says(news, "one before").await;
    let ruled = ann.patch(&place, json!({"rules": {"post": "admins"}, "description": "x".repeat(2_000)})).await.is(200);
    assert_eq!(ruled["rules"], json!({"post": "admins", "pin": "everyone", "call": "everyone"}));
    assert_eq!(bobs.hears(event("room.updated")).await["data"]["rules"], ruled["rules"]);
    for bad in [
        json!({"rules": {"post": "nobody"}}),
        json!({"rules": {"read": "admins"}}),
        json!({"description": "x".repeat(2_001)}),
        json!({"description": "a\u{202e}b"}),
    ] {
        ann.patch(&place, bad).await.refused(422, "invalid");
    }

    // Only admins post now; who is made one may too.
    bob.post(&said, json!({"text": "me too"})).await.refused(403, "announcements_only");
    ann.says(news, "the news").await;
    ann.put(&format!("{place}/members/{}", bob.id), json!({"role": "admin"})).await.is(200);
    bob.says(news, "now me").await;
    ann.put(&format!("{place}/members/{}", bob.id), json!({"role": "member"})).await.is(200);
    bob.post(&said, json!({"text": "again"})).await.refused(403, "announcements_only");
    ann.patch(&place, json!({"rules": {"post": "everyone"}, "description": null})).await.is(200);
    bob.says(news, "all of us").await;
    assert_eq!(bob.sees(news).await["description"], Value::Null);
    assert_eq!(notices(&ann, news).await.len(), 1, "rules and description leave no notice");
}

#[tokio::test]
async fn what_was_sent_before_a_room_fell_silent_is_acknowledged_again() {
    let world = World::new().await;
    let ann = world.owner("ann").await;
    let bob = world.person("bob").await;
    let news = ann.makes("public", "news", &[&bob]).await;
    let place = format!("/rooms/{news}/messages");
    let first = bob.post(&place, json!({"text": "hello", "nonce": "n1"})).await.is(201);
    ann.patch(&format!("/rooms/{news}"), json!({"rules": {"post": "admins"}})).await.is(200);
    assert_eq!(bob.post(&place, json!({"text": "hello", "nonce": "n1"})).await.is(200)["id"], first["id"]);
    bob.post(&place, json!({"text": "hello", "nonce": "n2"})).await.refused(403, "announcements_only");
}
