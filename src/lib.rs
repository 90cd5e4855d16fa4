//! Snug.
#![forbid(unsafe_code)]
pub mod app;
pub mod auth;
pub mod chat;
pub mod clock;
pub mod command;
pub mod config;
pub mod error;
pub mod event;
pub mod hub;
pub mod id;
pub mod limits;
pub mod names;
pub mod query;
pub mod row;
pub mod server;
pub mod store;
pub mod wire;
