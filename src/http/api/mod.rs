//! The handlers of `/api/v1`, by noun: each reads its request, asks one command or query, and words the answer.
pub mod admin;
pub mod audit;
pub mod auth;
pub mod backups;
pub mod bans;
pub mod bots;
pub mod bytes;
pub mod certificate;
pub mod drafts;
pub mod factors;
pub mod files;
pub mod gallery;
pub mod inspection;
pub mod keys;
pub mod links;
pub mod me;
pub mod members;
pub mod messages;
pub mod passkeys;
pub mod person;
pub mod pins;
pub mod pulse;
pub mod reactions;
pub mod rooms;
pub mod saved;
pub mod search;
pub mod server;
pub mod settings;
pub mod socket;
pub mod stock;
pub mod storage;
pub mod threads;
pub mod token;
pub mod uploads;
pub mod users;

use crate::error::{self, Result};
use crate::http::body::whole_number;
use crate::id::{ID_MAX, Id};
use crate::limits;
use serde::Deserialize;

/// What programs are told of these routes, in the order in which it is read.
#[cfg(test)]
pub fn contract() -> Vec<crate::http::contract::Section> {
    vec![
        server::contract(),
        auth::contract(),
        factors::contract(),
        passkeys::contract(),
        links::contract(),
        me::contract(),
        users::contract(),
        rooms::contract(),
        members::contract(),
        messages::contract(),
        reactions::contract(),
        pins::contract(),
        saved::contract(),
        drafts::contract(),
        threads::contract(),
        files::contract(),
        uploads::contract(),
        bytes::contract(),
        gallery::contract(),
        search::contract(),
        socket::contract(),
        admin::contract(),
        inspection::contract(),
        pulse::contract(),
        settings::contract(),
        stock::contract(),
        storage::contract(),
        audit::contract(),
        backups::contract(),
        certificate::contract(),
        bans::contract(),
        token::contract(),
        bots::contract(),
        keys::contract(),
        person::contract(),
    ]
}

/// Which part of a list is asked for.
#[derive(Debug, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
struct PageQuery {
    #[cfg_attr(test, schemars(range(min = 1, max = limits::PAGE_MAX)))]
    limit: Option<usize>,
    #[serde(default, deserialize_with = "whole_number")]
    cursor: Option<Id>,
}

/// The rows of a page, within bounds.
fn checked_limit(limit: Option<usize>) -> Result<usize> {
    match limit.unwrap_or(limits::PAGE_DEFAULT) {
        limit @ 1..=limits::PAGE_MAX => Ok(limit),
        _ => Err(error::invalid("limit", "A page has 1 to 200 rows.").into()),
    }
}

/// An id in a body or query, within the bounds of ids.
fn checked_id(field: &'static str, id: Id) -> Result<Id> {
    if id <= ID_MAX { Ok(id) } else { Err(error::invalid(field, "This is no id.").into()) }
}
