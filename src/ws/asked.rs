//! What clients say on a socket, and the answers.
use crate::app::{App, Marked};
use crate::auth::who::Who;
use crate::auth::{Access, Need, Place, authorize};
use crate::chat::message::Draft;
use crate::command;
use crate::error::{self, Error, Refusal, Result};
use crate::hub::Mailbox;
use crate::id::{ID_MAX, Id};
#[cfg(test)]
use crate::limits;
use crate::wire::{self, Frame, Presence, SentMessage};
use bytes::Bytes;
use serde::Deserialize;
use std::pin::Pin;
use std::time::Instant;

/// An answer that comes when a change is on disk.
pub type Pending = Pin<Box<dyn Future<Output = Bytes> + Send>>;

/// What is to be done after a frame was read.
pub enum Heard {
    Nothing,
    Answer(Bytes),
    Later(Pending),
}

#[derive(Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(tag = "type", rename_all = "lowercase", deny_unknown_fields)]
#[cfg_attr(test, schemars(rename = "ClientFrame"))]
pub enum Asked {
    Send {
        r#ref: u64,
        room: Id,
        #[cfg_attr(test, schemars(length(max = limits::TEXT_CHARS_MAX)))]
        text: String,
        #[cfg_attr(test, schemars(length(min = 1, max = limits::NONCE_CHARS_MAX)))]
        nonce: Option<String>,
        reply_to: Option<Id>,
        thread: Option<Id>,
        #[serde(default)]
        files: Vec<String>,
    },
    Typing {
        r#ref: Option<u64>,
        room: Id,
    },
    Read {
        r#ref: Option<u64>,
        room: Id,
        up_to: Id,
    },
    Received {
        r#ref: Option<u64>,
        cursor: Id,
    },
    Presence {
        r#ref: Option<u64>,
        state: State,
    },
    Ping {
        r#ref: Option<u64>,
    },
}

#[derive(Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(rename_all = "lowercase")]
pub enum State {
    Active,
    Away,
}

impl Asked {
    /// Its `ref`, and what it takes of a credential: what changes nothing that others see is for all who may listen.
    fn needs(&self) -> (Option<u64>, Need, Place) {
        match self {
            Asked::Send { r#ref, room, .. } => (Some(*r#ref), Need::Write, Place::Room(*room)),
            Asked::Typing { r#ref, room } => (*r#ref, Need::Write, Place::Room(*room)),
            Asked::Read { r#ref, room, .. } => (*r#ref, Need::Write, Place::Room(*room)),
            // It tells of every room at once.
            Asked::Received { r#ref, .. } => (*r#ref, Need::Write, Place::Elsewhere),
            Asked::Presence { r#ref, .. } | Asked::Ping { r#ref } => (*r#ref, Need::Read, Place::Filtered),
        }
    }
}

/// Does what a text frame asks for. Changes are submitted in the order in which they are heard.
pub async fn hear(app: &App, who: &Who, mailbox: &Mailbox, text: &str) -> Heard {
    let asked = match read(text) {
        Ok(asked) => asked,
        Err(error) => return Heard::Answer(not_understood(text, &error)),
    };
    let (number, need, place) = asked.needs();
    if let Err(error) = authorize(Some(who), Access::Person, need, place) {
        return Heard::Answer(refused(number, error));
    }
    match asked {
        Asked::Send { r#ref, room, text, nonce, reply_to, thread, files } => {
            let began = Instant::now();
            let draft = Draft { text, nonce, reply_to, thread, files, here: Vec::new() };
            match command::send(app, who, room, draft).await {
                Ok(answer) => {
                    let figures = app.figures.clone();
                    Heard::Later(Box::pin(async move {
                        match answer.await {
                            Ok(sent) => {
                                figures.send_to_ack.observe(began.elapsed().as_secs_f64());
                                let message = SentMessage { id: sent.view.id, at: sent.view.row.at };
                                wire::text_frame(&Frame::Ok { r#ref, message: Some(message) })
                            }
                            Err(error) => refused(Some(r#ref), error),
                        }
                    }))
                }
                Err(error) => Heard::Answer(refused(Some(r#ref), error)),
            }
        }
        Asked::Read { r#ref, room, up_to } => marked(r#ref, command::read(app, who, room, up_to.min(ID_MAX))),
        Asked::Typing { r#ref, room } => {
            app.hub.typing(mailbox.user, room);
            acknowledged(r#ref)
        }
        Asked::Presence { r#ref, state } => {
            let state = match state {
                State::Active => Presence::Active,
                State::Away => Presence::Away,
            };
            app.hub.set_presence(mailbox, state);
            acknowledged(r#ref)
        }
        Asked::Received { r#ref, cursor } if cursor <= ID_MAX => marked(r#ref, command::received(app, who, cursor)),
        Asked::Received { r#ref, .. } => {
            Heard::Answer(refused(r#ref, error::invalid("cursor", "This is no cursor.").into()))
        }
        Asked::Ping { r#ref } => Heard::Answer(wire::text_frame(&Frame::Pong { r#ref })),
    }
}

/// Whether a frame's text says something that is known here.
pub fn is_understood(text: &str) -> bool {
    read(text).is_ok()
}

/// serde would take a list for an object too, field by field and without names.
fn read(text: &str) -> Result<Asked, serde_json::Error> {
    match text.trim_ascii_start().starts_with('[') {
        true => Err(serde::de::Error::custom("a frame is an object")),
        false => serde_json::from_str(text),
    }
}

/// The answer to a frame that is no text.
pub fn not_text() -> Bytes {
    refused(None, error::malformed("Frames are text.").into())
}

/// Answers when a mark is on disk, if an answer is wanted or it was refused.
fn marked(number: Option<u64>, marked: Result<Marked>) -> Heard {
    match marked {
        Ok(answer) => Heard::Later(Box::pin(async move {
            match (answer.await, number) {
                (Ok(Err(error)), number) => refused(number, error),
                (Ok(Ok(())), Some(number)) => ok(number),
                // The server stops: nobody is answered any more.
                (Ok(Ok(())) | Err(_), _) => Bytes::new(),
            }
        })),
        Err(error) => Heard::Answer(refused(number, error)),
    }
}

fn acknowledged(number: Option<u64>) -> Heard {
    number.map_or(Heard::Nothing, |number| Heard::Answer(ok(number)))
}

fn ok(number: u64) -> Bytes {
    wire::text_frame(&Frame::Ok { r#ref: number, message: None })
}

fn refused(number: Option<u64>, error: Error) -> Bytes {
    let refusal = match error {
        Error::Refused(refusal) => refusal,
        Error::Fault(fault) => {
            tracing::error!(%fault, "a socket's request failed");
            Refusal::new(500, "internal", "Something broke on our side. It was written to the log.")
        }
    };
    wire::text_frame(&Frame::Error {
        r#ref: number,
        status: refusal.status,
        code: refusal.code,
        detail: &refusal.detail,
        field: refusal.field.as_deref(),
        retry_after_s: refusal.retry_after_secs,
    })
}

/// Says what is wrong with a frame, to its `ref` if it has one.
fn not_understood(text: &str, error: &serde_json::Error) -> Bytes {
    let number = serde_json::from_str::<serde_json::Value>(text).ok().and_then(|frame| frame.get("ref")?.as_u64());
    let detail = error.to_string();
    let detail = detail.split(" at line ").next().unwrap_or_default().to_owned();
    let refusal = match error.is_data() {
        true => Refusal::new(422, "invalid", format!("This frame is not valid: {detail}.")),
        false => error::malformed(format!("This frame is not JSON: {detail}.")),
    };
    refused(number, refusal.into())
}
