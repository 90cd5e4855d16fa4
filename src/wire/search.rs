//! What was found, as it is told.
use super::{Message, User};
use crate::id::Id;
use crate::search::{self, Standing};
use serde::Serialize;

#[derive(Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct Hits<'a> {
    hits: Vec<Hit<'a>>,
    users: Vec<User<'a>>,
    next: Option<u64>,
    /// Messages that fit, those of other pages too.
    total: u64,
    took_ms: u64,
    /// There may be more than this says.
    partial: bool,
}

#[derive(Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
struct Hit<'a> {
    message: Message<'a>,
    room: Id,
    /// The piece of its text, or the name of its file, in which it was found.
    snippet: Vec<Snippet<'a>>,
}

#[derive(Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
struct Snippet<'a> {
    text: &'a str,
    /// Whether this was asked for.
    mark: bool,
}

impl<'a> From<&'a search::Hits> for Hits<'a> {
    fn from(view: &'a search::Hits) -> Self {
        let hit = |search::Hit { message, snippet }: &'a search::Hit| Hit {
            message: message.into(),
            room: message.room,
            snippet: snippet.iter().map(|piece| Snippet { text: &piece.text, mark: piece.mark }).collect(),
        };
        Hits {
            hits: view.hits.iter().map(hit).collect(),
            users: view.users.iter().map(User::from).collect(),
            next: view.next,
            total: view.total,
            took_ms: u64::try_from(view.took.as_millis()).unwrap_or(u64::MAX),
            partial: view.partial,
        }
    }
}

/// How it is with the index.
#[derive(Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct SearchIndex {
    #[cfg_attr(test, schemars(extend("enum" = ["starting", "building", "ready", "failing"])))]
    state: &'static str,
    /// Messages that are in it.
    messages: u64,
    bytes: u64,
    /// Everything up to this cursor is in it.
    cursor: Id,
    /// While it is made: how many messages are taken over, and how many there are.
    done: Option<u64>,
    total: Option<u64>,
    /// What went wrong, if it does not go well.
    why: Option<String>,
}

impl From<Standing> for SearchIndex {
    fn from(standing: Standing) -> Self {
        SearchIndex {
            state: standing.state.word(),
            messages: standing.messages,
            bytes: standing.bytes,
            cursor: standing.cursor,
            done: standing.built.map(|(done, _)| done),
            total: standing.built.map(|(_, total)| total),
            why: standing.why,
        }
    }
}
