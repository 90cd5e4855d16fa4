//! Who somebody is: passwords, sessions, invites, and the brakes on guessing.
pub mod invite;
pub mod password;
pub mod rate;
pub mod reset;
pub mod session;
pub mod setup;
pub mod throttle;
pub mod turn;
pub mod who;
