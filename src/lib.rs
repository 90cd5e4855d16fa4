//! Snug.
#![forbid(unsafe_code)]
pub mod admin;
pub mod app;
pub mod auth;
pub mod chat;
pub mod cli;
pub mod clock;
pub mod command;
pub mod config;
pub mod error;
pub mod event;
pub mod http;
pub mod hub;
pub mod id;
pub mod limits;
pub mod names;
pub mod query;
pub mod row;
pub mod server;
pub mod store;
pub mod stream;
pub mod wire;
pub mod ws;
