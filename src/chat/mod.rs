//! The rules, one noun per file: each change decides, then records, then announces; each question reads a view.
pub mod direct;
pub mod log;
pub mod member;
pub mod mention;
pub mod message;
pub mod permission;
pub mod picture;
pub mod profile;
pub mod room;
pub mod unread;
pub mod user;
