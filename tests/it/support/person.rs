//! Somebody with a browser: a cookie, an origin, and things to say.
use super::call::{Answer, Door};
use super::ear::Ear;
use super::soon;
use bytes::Bytes;
use hyper::StatusCode;
use serde_json::{Value, json};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::sync::oneshot;
use tokio::task::JoinHandle;

#[derive(Clone)]
pub struct Person {
    pub door: Door,
    pub name: String,
    pub id: u64,
    /// `name=value`.
    pub cookie: String,
}

impl Person {
    /// Who was just signed in by this answer.
    #[track_caller]
    pub fn signed_in(door: &Door, answer: Answer) -> Person {
        let (name, value, _) =
            answer.cookie().unwrap_or_else(|| panic!("no cookie: {:?} {:?}", answer.status, answer.body));
        let user = &answer.json()["user"];
        Person {
            door: door.clone(),
            name: user["username"].as_str().unwrap().to_owned(),
            id: user["id"].as_u64().unwrap(),
            cookie: format!("{name}={value}"),
        }
    }

    /// The same person with the cookie that took the place of theirs.
    #[track_caller]
    pub fn goes_on(&self, answer: &Answer) -> Person {
        let (name, value, _) = answer.cookie().expect("another cookie");
        Person { cookie: format!("{name}={value}"), ..self.clone() }
    }

    pub async fn get(&self, path: &str) -> Answer {
        self.asks("GET", path, None).await
    }

    pub async fn post(&self, path: &str, body: Value) -> Answer {
        self.asks("POST", path, Some(body)).await
    }

    pub async fn put(&self, path: &str, body: Value) -> Answer {
        self.asks("PUT", path, Some(body)).await
    }

    pub async fn patch(&self, path: &str, body: Value) -> Answer {
        self.asks("PATCH", path, Some(body)).await
    }

    pub async fn delete(&self, path: &str) -> Answer {
        self.asks("DELETE", path, None).await
    }

    /// Asks the API, as this server's own page does.
    pub async fn asks(&self, method: &str, path: &str, body: Option<Value>) -> Answer {
        let origin = self.door.origin();
        let mut headers = vec![("cookie", self.cookie.as_str()), ("origin", &origin)];
        let body = match body {
            Some(body) => {
                headers.push(("content-type", "application/json"));
                Bytes::from(body.to_string())
            }
            None => Bytes::new(),
        };
        self.door.call(method, &format!("/api/v1{path}"), &headers, body).await
    }

    /// Asks as a tus client does: with the words that each of its requests may carry.
    pub async fn asks_tus(&self, method: &str, path: &str) -> Answer {
        let origin = self.door.origin();
        let headers = [
            ("cookie", self.cookie.as_str()),
            ("origin", &origin),
            ("tus-resumable", "1.0.0"),
            ("upload-length", "5"),
            ("upload-offset", "0"),
            ("content-type", "application/offset+octet-stream"),
        ];
        self.door.call(method, &format!("/api/v1{path}"), &headers, "").await
    }

    /// Says something: the id of the message.
    pub async fn says(&self, room: u64, text: &str) -> u64 {
        let said = self.post(&format!("/rooms/{room}/messages"), json!({"text": text})).await.is(201);
        said["id"].as_u64().unwrap()
    }

    /// Sends bytes to an address of the API.
    pub async fn sends(&self, method: &str, path: &str, kind: &str, bytes: impl Into<Bytes>) -> Answer {
        let origin = self.door.origin();
        let headers = [("cookie", self.cookie.as_str()), ("origin", &origin), ("content-type", kind)];
        self.door.call(method, path, &headers, bytes).await
    }

    /// Uploads a file for a room: what the server makes of it.
    pub async fn uploads(&self, room: u64, name: &str, bytes: impl Into<Bytes>) -> Value {
        let path = format!("/api/v1/rooms/{room}/files?name={name}");
        self.sends("POST", &path, "application/octet-stream", bytes).await.is(201)
    }

    /// Says something with files: the message.
    pub async fn shows(&self, room: u64, text: &str, files: &[&Value]) -> Value {
        let files: Vec<&Value> = files.iter().map(|file| &file["id"]).collect();
        self.post(&format!("/rooms/{room}/messages"), json!({"text": text, "files": files})).await.is(201)
    }

    /// Asks for an address outside the API.
    pub async fn fetches(&self, path: &str) -> Answer {
        let origin = self.door.origin();
        self.door.call("GET", path, &[("cookie", &self.cookie), ("origin", &origin)], "").await
    }

    /// Sends the head of a message's request; its body follows when the sender is told so. The status of the answer.
    pub async fn begins_to_say(&self, room: u64, text: &str) -> (JoinHandle<u16>, oneshot::Sender<()>) {
        let body = json!({"text": text}).to_string();
        let (address, origin, cookie, length) = (self.door.address, self.door.origin(), &self.cookie, body.len());
        let head = format!(
            "POST /api/v1/rooms/{room}/messages HTTP/1.1\r\nHost: {address}\r\nOrigin: {origin}\r\nCookie: {cookie}\r\n\
             Content-Type: application/json\r\nContent-Length: {length}\r\nExpect: 100-continue\r\n\r\n"
        );
        let mut line = self.door.line().await;
        line.write_all(head.as_bytes()).await.unwrap();
        // The server says that it waits for the body.
        let mut go_on = [0; 25];
        soon("100 Continue", line.read_exact(&mut go_on)).await.unwrap();
        let (send, sending) = oneshot::channel();
        let asked = tokio::spawn(async move {
            sending.await.unwrap();
            line.write_all(body.as_bytes()).await.unwrap();
            let mut answer = String::new();
            line.read_to_string(&mut answer).await.unwrap();
            answer.split(' ').nth(1).unwrap().parse().unwrap()
        });
        (asked, send)
    }

    /// Makes a room with others in it: its id.
    pub async fn makes(&self, kind: &str, name: &str, members: &[&Person]) -> u64 {
        let members: Vec<u64> = members.iter().map(|person| person.id).collect();
        let room = self.post("/rooms", json!({"name": name, "kind": kind, "members": members})).await.is(201);
        room["id"].as_u64().unwrap()
    }

    pub async fn joins(&self, room: u64) {
        self.post(&format!("/rooms/{room}/join"), json!({})).await.is(200);
    }

    pub async fn leaves(&self, room: u64) {
        self.post(&format!("/rooms/{room}/leave"), json!({})).await.is(204);
    }

    /// A room as this person has it.
    pub async fn sees(&self, room: u64) -> Value {
        self.get(&format!("/rooms/{room}")).await.is(200)
    }

    /// Opens a socket from now on.
    pub async fn listens(&self) -> Ear {
        self.opens("").await.expect("the socket is allowed")
    }

    /// Opens a socket after a cursor.
    pub async fn resumes(&self, since: u64) -> Ear {
        self.opens(&format!("?since={since}")).await.expect("the socket is allowed")
    }

    pub async fn opens(&self, query: &str) -> Result<Ear, StatusCode> {
        let origin = self.door.origin();
        Ear::open(&self.door, query, &[("cookie", &self.cookie), ("origin", &origin)]).await
    }

    /// The same person on another device.
    pub async fn signs_in_again(&self) -> Person {
        let body = json!({"username": self.name, "password": super::PASSWORD}).to_string();
        let headers = [("content-type", "application/json")];
        let answer = self.door.call("POST", "/api/v1/auth/login", &headers, body).await;
        assert_eq!(answer.status, 200);
        Person::signed_in(&self.door, answer)
    }
}
