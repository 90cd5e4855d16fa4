//! A real WebSocket: what is said on it, and what is heard.
use super::call::{Door, Line};
use super::{contract, soon};
use futures_util::{SinkExt, StreamExt};
use hyper::StatusCode;
use serde_json::{Value, json};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio_tungstenite::WebSocketStream;
use tokio_tungstenite::tungstenite::client::IntoClientRequest;
use tokio_tungstenite::tungstenite::{Error, Message};

pub struct Ear {
    socket: WebSocketStream<Box<dyn Line>>,
    /// The first frame.
    pub hello: Value,
    /// Every frame that was heard, in order, the first included.
    pub heard: Vec<Value>,
    refs: u64,
}

/// A frame that is waited for, and how to call it.
pub struct Expected {
    what: String,
    fits: Box<dyn Fn(&Value) -> bool + Send + Sync>,
}

/// Any frame of a type.
pub fn frame(kind: &str) -> Expected {
    let wanted = kind.to_owned();
    Expected { what: format!("a frame {kind}"), fits: Box::new(move |frame| frame["type"] == *wanted) }
}

/// An event by its name.
pub fn event(name: &str) -> Expected {
    let wanted = name.to_owned();
    Expected { what: format!("the event {name}"), fits: Box::new(move |frame| frame["event"] == *wanted) }
}

/// A new message with this text.
pub fn posted(text: &str) -> Expected {
    let wanted = text.to_owned();
    let fits = move |frame: &Value| frame["event"] == "message.created" && frame["data"]["text"] == *wanted;
    Expected { what: format!("the message {text:?}"), fits: Box::new(fits) }
}

/// A frame that holds all of these fields with these values.
pub fn told(fields: Value) -> Expected {
    let what = fields.to_string();
    let fits = move |frame: &Value| fields.as_object().unwrap().iter().all(|(name, value)| frame[name] == *value);
    Expected { what, fits: Box::new(fits) }
}

impl Ear {
    /// Opens a socket, with these headers, or says with which status that was refused: 502 if the line broke, as when the server
    /// was killed meanwhile.
    pub async fn open(door: &Door, query: &str, headers: &[(&str, &str)]) -> Result<Ear, StatusCode> {
        let url = format!("ws://{}/api/v1/ws{query}", door.address);
        let mut request = url.into_client_request().unwrap();
        for (name, value) in headers {
            let name: hyper::header::HeaderName = name.parse().unwrap();
            request.headers_mut().insert(name, value.parse().unwrap());
        }
        let line = door.line().await;
        match soon("the upgrade", tokio_tungstenite::client_async(request, line)).await {
            Ok((socket, _)) => {
                let mut ear = Ear { socket, hello: Value::Null, heard: Vec::new(), refs: 0 };
                ear.hello = ear.try_next().await.map_err(|_| StatusCode::BAD_GATEWAY)?;
                assert_eq!(ear.hello["type"], "hello", "hello is always first");
                Ok(ear)
            }
            Err(Error::Http(response)) => Err(response.status()),
            Err(_) => Err(StatusCode::BAD_GATEWAY),
        }
    }

    /// The next frame, or the close code.
    pub async fn try_next(&mut self) -> Result<Value, u16> {
        soon("a frame", self.frame()).await
    }

    /// Says something, if the connection still stands.
    pub async fn try_tells(&mut self, frame: Value) -> Result<(), Error> {
        soon("a write", self.socket.send(Message::text(frame.to_string()))).await
    }

    /// Waits for a frame, past others.
    pub async fn hears(&mut self, expected: Expected) -> Value {
        let Expected { what, fits } = expected;
        let waited = async {
            loop {
                match self.frame().await {
                    Ok(frame) if fits(&frame) => return frame,
                    Ok(_) => {}
                    Err(code) => panic!("closed with {code} before {what}"),
                }
            }
        };
        soon(&what, waited).await
    }

    /// Everything up to a frame that is waited for, without it.
    pub async fn all_before(&mut self, expected: Expected) -> Vec<Value> {
        let from = self.heard.len();
        self.hears(expected).await;
        self.heard[from..self.heard.len() - 1].to_vec()
    }

    /// Waits for the end, past other frames: the close code.
    pub async fn closed(&mut self) -> u16 {
        let waited = async {
            loop {
                if let Err(code) = self.frame().await {
                    return code;
                }
            }
        };
        soon("the close", waited).await
    }

    /// Writes bytes as they are, and waits for the end: the close code.
    pub async fn closed_after(self, bytes: &[u8]) -> u16 {
        let mut line = self.socket.into_inner();
        let answer = async {
            line.write_all(bytes).await.unwrap();
            let mut answer = Vec::new();
            let mut byte = [0];
            // A close frame of the server: its head, then the code.
            while !answer.windows(4).any(|frame: &[u8]| frame[0] == 0x88 && frame[1] >= 2) {
                line.read_exact(&mut byte).await.unwrap();
                answer.push(byte[0]);
            }
            u16::from_be_bytes([answer[answer.len() - 2], answer[answer.len() - 1]])
        };
        soon("the close", answer).await
    }

    /// Says something and does not wait for the answer.
    pub async fn tells(&mut self, frame: Value) {
        self.sends(Message::text(frame.to_string())).await;
    }

    /// Sends any frame.
    pub async fn sends(&mut self, message: Message) {
        soon("a write", self.socket.send(message)).await.unwrap();
    }

    /// Says something and waits for its answer.
    pub async fn asks(&mut self, mut frame: Value) -> Value {
        self.refs += 1;
        frame["ref"] = json!(self.refs);
        self.tells(frame).await;
        self.hears(told(json!({"ref": self.refs}))).await
    }

    /// Says something in a room and waits until it is on disk: its id.
    pub async fn says(&mut self, room: u64, text: &str) -> u64 {
        let answer = self.asks(json!({"type": "send", "room": room, "text": text})).await;
        answer["message"]["id"].as_u64().unwrap_or_else(|| panic!("refused: {answer}"))
    }

    /// Everything heard until now: a ping is answered after what was told before it.
    pub async fn catches_up(&mut self) -> &[Value] {
        self.asks(json!({"type": "ping"})).await;
        &self.heard
    }

    /// The durable events among all that was heard.
    pub fn events(&self) -> Vec<&Value> {
        self.heard.iter().filter(|frame| frame["type"] == "event").collect()
    }

    /// The cursor of the last event, or of the beginning.
    pub fn cursor(&self) -> u64 {
        self.heard.iter().rev().find_map(|frame| frame["cursor"].as_u64()).unwrap()
    }

    async fn frame(&mut self) -> Result<Value, u16> {
        loop {
            match self.socket.next().await {
                Some(Ok(Message::Text(text))) => {
                    let frame: Value = serde_json::from_str(&text).unwrap();
                    contract::check_frame(&frame);
                    self.heard.push(frame.clone());
                    return Ok(frame);
                }
                Some(Ok(Message::Close(close))) => return Err(close.map_or(1005, |close| close.code.into())),
                Some(Ok(_)) => {}
                // Cut off without a close.
                Some(Err(_)) | None => return Err(1006),
            }
        }
    }
}
