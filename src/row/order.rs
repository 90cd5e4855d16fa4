//! Who is kept out, from where and for how long; which browsers are known; whose words are being taken back.
use super::Row;
use crate::clock::Millis;
use crate::id::Id;
use serde::{Deserialize, Serialize};

/// Who is kept out, and from where.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Ban {
    pub user: Option<Id>,
    /// Addresses and networks, as `config::Net` writes them.
    pub nets: Vec<String>,
    pub reason: Option<String>,
    pub created_at: Millis,
    /// None: the operator.
    pub created_by: Option<Id>,
    /// None: until it is lifted.
    pub expires_at: Option<Millis>,
}
impl Row for Ban {}

/// Who was removed from a room for good.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct RoomBan {
    pub by: Id,
    pub at: Millis,
}
impl Row for RoomBan {}

/// A browser in which somebody was signed in before.
#[derive(Debug, Clone, Copy, Serialize, Deserialize)]
pub struct Device {
    pub user: Id,
    /// The last time.
    pub at: Millis,
}
impl Row for Device {}

/// Up to where an erased person's words are taken back.
#[derive(Debug, Clone, Copy, Serialize, Deserialize)]
pub struct Erase {
    pub room: Id,
    pub message: Id,
}
impl Row for Erase {}
