//! Files: from an upload to a message to the bytes again, and how they go.
use crate::support::{World, event};
use serde_json::json;

/// Bytes that no compression and no chance makes equal to others.
fn noise(seed: u64, length: usize) -> Vec<u8> {
    let mut state = seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1;
    let mut bytes = Vec::with_capacity(length + 8);
    while bytes.len() < length {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        bytes.extend_from_slice(&state.to_be_bytes());
    }
    bytes.truncate(length);
    bytes
}

#[tokio::test]
async fn a_file_is_uploaded_sent_and_read_by_the_room() {
    let world = World::new().await;
    let (ada, ben) = (world.owner("ada").await, world.person("ben").await);
    let room = ada.makes("private", "den", &[&ben]).await;
    let mut ear = ben.listens().await;
    for size in [0, 1, 252 * 1024 - 1, 252 * 1024, 252 * 1024 + 1, 700_000] {
        let bytes = noise(size as u64, size);
        let file = ada.uploads(room, &format!("plan%20{size}.pdf"), bytes.clone()).await;
        assert_eq!(
            (file["name"].as_str(), file["size"].as_u64()),
            (Some(&*format!("plan {size}.pdf")), Some(size as u64))
        );
        let id = file["id"].as_str().unwrap();
        assert_eq!(id.len(), 22);
        assert_eq!(file["url"], format!("/files/{id}/plan%20{size}.pdf"));
        // Nobody else sees it before it is sent.
        let url = file["url"].as_str().unwrap();
        ben.get(&format!("/files/{id}")).await.refused(404, "not_found");
        assert_eq!(ben.fetches(url).await.status, 404);
        assert_eq!(ada.get(&format!("/files/{id}")).await.is(200), file);

        let message = ada.shows(room, "", &[&file]).await;
        assert_eq!(message["files"], json!([file]));
        let told = ear.hears(event("message.created")).await;
        assert_eq!(told["data"]["files"], json!([file]));
        let answer = ben.fetches(url).await;
        assert_eq!(answer.status, 200);
        assert_eq!(answer.body, bytes);
    }
    let last = &ben.sees(room).await["last_message"];
    assert_eq!(last["preview"], "plan 700000.pdf");
}
