//! What is too old goes for good, wherever it shows, and what is younger stays.
use crate::support::{Person, World, event, posted};
use serde_json::json;
use snug::chat::retention::{self, Policy};
use snug::clock;
use snug::limits::HOUR_MS;
use snug::store::audit::audit;
use snug::store::tables::SETTINGS;

const DAY_MS: u64 = 24 * HOUR_MS;

/// From now on it is an hour later, for what is said next: ages are known by the hour.
async fn an_hour_later(world: &World, hours: u64) {
    let marked = world.app.store.change(move |change| {
        change.now += hours * HOUR_MS;
        SETTINGS.put(change, "touched", &hours.to_string())
    });
    marked.await.unwrap();
}

/// What the server does each minute, as if it were so much later.
async fn expire(world: &World, policy: Policy, later_ms: u64) -> usize {
    let store = &world.app.store;
    let due = store.read(move |view| retention::due(view, policy, clock::now() + later_ms)).await.unwrap();
    for due in &due {
        let due = *due;
        while store.change(move |change| retention::step(change, due)).await.unwrap() {}
    }
    due.len()
}

const FOR_EVER: Policy = Policy { messages_days: 0, files_days: 0 };

async fn texts(person: &Person, room: u64) -> Vec<String> {
    let page = person.get(&format!("/rooms/{room}/messages?limit=200")).await.is(200);
    let messages = page["messages"].as_array().unwrap().clone();
    messages.iter().filter(|one| one["kind"] == "text").map(|one| one["text"].as_str().unwrap().to_owned()).collect()
}

#[tokio::test]
async fn words_older_than_their_room_keeps_them_are_gone_everywhere_and_younger_ones_stay() {
    let world = World::new().await;
    let ann = world.owner("ann").await;
    let bob = world.person("bob").await;
    let hall = ann.makes("public", "hall", &[&bob]).await;
    let den = ann.makes("public", "den", &[&bob]).await;
    let pinned = ann.says(hall, "old and pinned").await;
    ann.put(&format!("/rooms/{hall}/pins/{pinned}"), json!({})).await;
    bob.put(&format!("/rooms/{hall}/messages/{pinned}/saved"), json!({})).await;
    ann.says(hall, "@bob old").await;
    let quiet = ann.says(hall, "old root").await;
    let under = |root: u64, text: &'static str| json!({"text": text, "thread": root});
    bob.post(&format!("/rooms/{hall}/messages"), under(quiet, "old answer")).await.is(201);
    let lively = ann.says(hall, "old root that goes on").await;
    bob.post(&format!("/rooms/{hall}/messages"), under(lively, "old answer too")).await.is(201);
    let file = ann.uploads(hall, "plan.bin", vec![1; 3_000]).await["id"].as_str().unwrap().to_owned();
    ann.post(&format!("/rooms/{hall}/messages"), json!({"text": "", "files": [file]})).await.is(201);
    ann.says(den, "old elsewhere").await;
    an_hour_later(&world, 1).await;
    bob.post(&format!("/rooms/{hall}/messages"), under(lively, "young answer")).await.is(201);
    let young = bob.says(hall, "young").await;
    bob.post(&format!("/rooms/{hall}/messages"), json!({"text": "to the old", "reply_to": pinned})).await.is(201);

    let mut ear = ann.listens().await;
    let since = ear.cursor();
    bob.patch(&format!("/rooms/{hall}"), json!({"retention_days": 1})).await.refused(403, "forbidden");
    for bad in [0, 3_651] {
        ann.patch(&format!("/rooms/{hall}"), json!({"retention_days": bad})).await.refused(422, "invalid");
    }
    let room = ann.patch(&format!("/rooms/{hall}"), json!({"retention_days": 1})).await.is(200);
    assert_eq!(room["retention_days"], 1);
    let notice = ear.hears(posted("1")).await;
    assert_eq!(notice["data"]["kind"], "retention");
    assert_eq!(expire(&world, FOR_EVER, HOUR_MS).await, 0, "nothing is a day old");

    assert_eq!(expire(&world, FOR_EVER, DAY_MS + HOUR_MS).await, 1);
    let expired = ear.hears(event("messages.expired")).await;
    assert!(expired["data"]["up_to"].as_u64().unwrap() < young);
    assert_eq!(texts(&ann, hall).await, ["", "young", "to the old"]);
    assert_eq!(texts(&ann, den).await, ["old elsewhere"]);
    let page = ann.get(&format!("/rooms/{hall}/messages")).await.is(200);
    let messages = page["messages"].as_array().unwrap();
    assert!(messages.iter().all(|one| one["reply_to"].is_null()), "what is quoted is gone too");
    let root = messages.iter().find(|one| one["id"] == lively).unwrap();
    assert!(root["deleted"] == true && root["thread_count"] == 1, "{root}");
    let thread = ann.get(&format!("/rooms/{hall}/threads/{lively}")).await.is(200).to_string();
    assert!(thread.contains("young answer") && !thread.contains("old answer too"));
    ann.get(&format!("/rooms/{hall}/threads/{quiet}")).await.refused(404, "not_found");
    ann.get(&format!("/rooms/{hall}/messages/{pinned}")).await.refused(404, "not_found");
    assert_eq!(ann.get(&format!("/rooms/{hall}/pins")).await.is(200)["messages"], json!([]));
    assert_eq!(bob.get("/me/saved").await.is(200)["messages"], json!([]));
    assert_eq!(bob.get("/me/mentions").await.is(200)["messages"], json!([]));
    assert!(!bob.get("/me/threads").await.is(200).to_string().contains("old root"));
    ann.get(&format!("/files/{file}")).await.refused(404, "not_found");
    world.app.free_blobs().await.unwrap();
    let (view, bytes) = world.app.store.moment().unwrap();
    assert_eq!(audit(&view, &bytes).unwrap(), Vec::<String>::new());
    assert!(world.app.store.files().blobs().unwrap().is_empty());
    // Who was away hears the same.
    let mut later = ann.resumes(since).await;
    assert_eq!(later.hello["resumed"], true);
    later.hears(event("messages.expired")).await;
    assert_eq!(expire(&world, FOR_EVER, DAY_MS + HOUR_MS).await, 0, "there is nothing more to do");

    // When the last answer is old too, the place of the root goes with it.
    an_hour_later(&world, 2).await;
    bob.says(hall, "youngest").await;
    assert_eq!(expire(&world, FOR_EVER, DAY_MS + 2 * HOUR_MS).await, 1);
    assert_eq!(texts(&ann, hall).await, ["youngest"]);
    ann.get(&format!("/rooms/{hall}/threads/{lively}")).await.refused(404, "not_found");
    let page = ann.patch(&format!("/rooms/{hall}"), json!({"retention_days": null})).await.is(200);
    assert!(page["retention_days"].is_null());
}

#[tokio::test]
async fn the_server_has_the_last_word_and_files_may_go_before_their_words() {
    let world = World::with(&[("SNUG_RETENTION__MESSAGES_DAYS", "30"), ("SNUG_RETENTION__FILES_DAYS", "7")]).await;
    let ann = world.owner("ann").await;
    let hall = ann.makes("public", "hall", &[]).await;
    assert_eq!(world.get("/api/v1/server").await.json()["retention_days"], 30);
    ann.patch(&format!("/rooms/{hall}"), json!({"retention_days": 31})).await.refused(422, "invalid");
    ann.patch(&format!("/rooms/{hall}"), json!({"retention_days": 30})).await.is(200);
    ann.patch(&format!("/rooms/{hall}"), json!({"retention_days": null})).await.is(200);
    let plan = ann.uploads(hall, "plan.bin", vec![1; 3_000]).await["id"].as_str().unwrap().to_owned();
    let alone = ann.uploads(hall, "alone.bin", vec![2; 3_000]).await["id"].as_str().unwrap().to_owned();
    ann.post(&format!("/rooms/{hall}/messages"), json!({"text": "the plan", "files": [plan]})).await.is(201);
    ann.post(&format!("/rooms/{hall}/messages"), json!({"text": "", "files": [alone]})).await.is(201);
    an_hour_later(&world, 1).await;
    let young = ann.uploads(hall, "young.bin", vec![3; 3_000]).await["id"].as_str().unwrap().to_owned();
    ann.post(&format!("/rooms/{hall}/messages"), json!({"text": "young", "files": [young]})).await.is(201);
    let policy = Policy { messages_days: 30, files_days: 7 };
    let mut ear = ann.listens().await;
    assert_eq!(expire(&world, policy, 6 * DAY_MS).await, 0);
    assert_eq!(expire(&world, policy, 7 * DAY_MS + HOUR_MS).await, 1);
    let told = ear.hears(event("message.updated")).await;
    assert!(told["data"]["text"] == "the plan" && told["data"]["files"] == json!([]));
    ear.hears(event("message.deleted")).await;
    for gone in [plan, alone] {
        ann.get(&format!("/files/{gone}")).await.refused(404, "not_found");
    }
    ann.get(&format!("/files/{young}")).await.is(200);
    assert_eq!(texts(&ann, hall).await, ["the plan", "", "young"]);
    // The server's days hold in every room, directs too.
    let bob = world.person("bob").await;
    let direct = ann.post("/directs", json!({"users": [bob.id]})).await.is(201)["id"].as_u64().unwrap();
    ann.says(direct, "between us").await;
    an_hour_later(&world, 2).await;
    assert_eq!(expire(&world, policy, 30 * DAY_MS + 2 * HOUR_MS).await, 2);
    assert_eq!(texts(&ann, direct).await, Vec::<String>::new());
    assert_eq!(texts(&ann, hall).await, Vec::<String>::new());
    // What the server itself does finds nothing: nothing is old yet.
    ann.says(hall, "words").await;
    world.app.expire().await.unwrap();
    assert_eq!(texts(&ann, hall).await, ["words"]);
}
