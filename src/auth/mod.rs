//! Who somebody is: passwords, sessions, tokens, API keys, invites, and the brakes on guessing.
mod authorize;
pub mod bans;
pub mod confirmed;
pub mod device;
pub mod factor;
pub mod invite;
pub mod key;
pub mod link;
pub mod passkey;
pub mod password;
pub mod rate;
pub mod recovery;
pub mod required;
pub mod reset;
pub mod session;
pub mod setup;
pub mod signing;
pub mod throttle;
pub mod token;
pub mod totp;
pub mod turn;
pub mod who;

pub use authorize::{Access, Need, Place, authorize, key_limited, scope_missing};
