//! A program with a token or an API key: no cookie, no origin.
use super::call::{Answer, Door};
use super::ear::Ear;
use super::person::Person;
use bytes::Bytes;
use hyper::StatusCode;
use serde_json::{Value, json};

#[derive(Clone)]
pub struct Program {
    pub door: Door,
    /// What it shows.
    pub token: String,
}

impl Program {
    pub fn with(door: &Door, token: &str) -> Program {
        Program { door: door.clone(), token: token.to_owned() }
    }

    pub async fn get(&self, path: &str) -> Answer {
        self.asks("GET", &format!("/api/v1{path}"), None).await
    }

    pub async fn post(&self, path: &str, body: Value) -> Answer {
        self.asks("POST", &format!("/api/v1{path}"), Some(body)).await
    }

    pub async fn delete(&self, path: &str) -> Answer {
        self.asks("DELETE", &format!("/api/v1{path}"), None).await
    }

    /// Asks any address.
    pub async fn asks(&self, method: &str, path: &str, body: Option<Value>) -> Answer {
        let bearer = format!("Bearer {}", self.token);
        let mut headers = vec![("authorization", bearer.as_str())];
        headers.extend(body.is_some().then_some(("content-type", "application/json")));
        let body = body.map_or(Bytes::new(), |body| body.to_string().into());
        self.door.call(method, path, &headers, body).await
    }

    pub async fn says(&self, room: u64, text: &str) -> Answer {
        self.post(&format!("/rooms/{room}/messages"), json!({"text": text})).await
    }

    pub async fn listens(&self) -> Ear {
        self.opens("").await.expect("the socket is allowed")
    }

    pub async fn opens(&self, query: &str) -> Result<Ear, StatusCode> {
        Ear::open(&self.door, query, &[("authorization", &format!("Bearer {}", self.token))]).await
    }
}

impl Person {
    /// A program with an API key of this person: its id, and the program.
    pub async fn makes_key(&self, key: Value) -> (u64, Program) {
        let mut asked = json!({"name": "a script", "scopes": ["read", "write"]});
        asked.as_object_mut().unwrap().extend(key.as_object().unwrap().clone());
        let made = self.post("/me/keys", asked).await.is(201);
        (made["id"].as_u64().unwrap(), Program::with(&self.door, made["key"].as_str().unwrap()))
    }
}
