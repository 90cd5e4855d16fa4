//! The rules, one noun per file: each change decides, then records, then announces; each question reads a view.
pub mod direct;
pub mod history;
pub mod log;
pub mod member;
pub mod mention;
pub mod message;
pub mod page;
pub mod permission;
pub mod picture;
pub mod pin;
pub mod profile;
pub mod reaction;
pub mod room;
pub mod saved;
pub mod thread;
pub mod unread;
pub mod user;
