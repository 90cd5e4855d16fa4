//! Snug.
#![forbid(unsafe_code)]
pub mod auth;
pub mod chat;
pub mod clock;
pub mod config;
pub mod error;
pub mod event;
pub mod hub;
pub mod id;
pub mod limits;
pub mod row;
pub mod store;
pub mod wire;
