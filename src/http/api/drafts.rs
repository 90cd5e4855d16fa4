//! Words not sent yet.
use super::checked_id;
use crate::chat::draft::NewDraft;
use crate::error::Result;
use crate::http::ask::Ask;
use crate::http::reply::Reply;
use crate::id::Id;
#[cfg(test)]
use crate::limits;
use crate::{command, query, wire};
use serde::{Deserialize, Serialize};

#[derive(Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
struct Drafts<'a> {
    drafts: Vec<wire::Draft<'a>>,
}

pub async fn list(ask: Ask) -> Result<Reply> {
    ask.no_query()?;
    let drafts = query::drafts(&ask.app, &ask.who()?).await?;
    Ok(Reply::ok(&Drafts { drafts: drafts.iter().map(wire::Draft::from).collect() }))
}

#[derive(Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
struct DraftBody {
    room: Id,
    thread: Option<Id>,
    #[cfg_attr(test, schemars(length(max = limits::TEXT_CHARS_MAX)))]
    text: String,
    reply_to: Option<Id>,
}

pub async fn put(mut ask: Ask) -> Result<Reply> {
    let DraftBody { room, thread, text, reply_to } = ask.json().await?;
    let room = checked_id("room", room)?;
    let draft = NewDraft { room, thread: checked("thread", thread)?, text, reply_to: checked("reply_to", reply_to)? };
    Ok(match command::keep_draft(&ask.app, &ask.who()?, draft).await? {
        Some(draft) => Reply::ok(&wire::Draft::from(&draft)),
        None => Reply::nothing(),
    })
}

#[derive(Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
struct PlaceBody {
    room: Id,
    thread: Option<Id>,
}

pub async fn remove(mut ask: Ask) -> Result<Reply> {
    let PlaceBody { room, thread } = ask.json().await?;
    let (room, thread) = (checked_id("room", room)?, checked("thread", thread)?);
    command::remove_draft(&ask.app, &ask.who()?, room, thread).await?;
    Ok(Reply::nothing())
}

fn checked(field: &'static str, id: Option<Id>) -> Result<Option<Id>> {
    id.map(|id| checked_id(field, id)).transpose()
}

/// What is said of these routes to programs.
#[cfg(test)]
pub fn contract() -> crate::http::contract::Section {
    use crate::http::contract::{Section, route};
    use serde_json::json;
    Section {
        name: "Drafts",
        about: "Words not sent yet, on all of one's devices.",
        routes: vec![
            route("GET /api/v1/me/drafts", "One's drafts").gives::<Drafts>(200, "All of them"),
            route("PUT /api/v1/me/drafts", "Keep a draft")
                .json::<DraftBody>(json!({"room": 3, "text": "What I was going to say"}))
                .gives::<wire::Draft>(200, "The draft")
                .done(204, "An empty text keeps none")
                .says_any(403, &["not_a_member", "archived"])
                .says(404, "not_found")
                .says(409, "too_many_drafts"),
            route("DELETE /api/v1/me/drafts", "Forget a draft")
                .json::<PlaceBody>(json!({"room": 3}))
                .done(204, "It is forgotten")
                .says(403, "not_a_member")
                .says(404, "not_found"),
        ],
    }
}
