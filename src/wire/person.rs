//! What is kept of one person, as they are given it.
use super::{Draft, File, Key, Own, Room, Session};
use crate::clock::Millis;
use crate::id::Id;
use serde::Serialize;

#[derive(Serialize)]
pub struct PersonData<'a> {
    pub at: Millis,
    pub user: Own<'a>,
    pub sessions: Vec<Session<'a>>,
    pub keys: Vec<Key<'a>>,
    pub rooms: Vec<Room<'a>>,
    pub drafts: Vec<Draft<'a>>,
    pub saved: Vec<Kept>,
    pub files: Vec<File<'a>>,
}

/// A message kept for later.
#[derive(Serialize)]
pub struct Kept {
    pub room: Id,
    pub message: Id,
}

/// An emoji that somebody gave.
#[derive(Serialize)]
pub struct Given<'a> {
    pub room: Id,
    pub message: Id,
    pub emoji: &'a str,
}
