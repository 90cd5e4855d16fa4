//! Snug.
#![forbid(unsafe_code)]
pub mod clock;
pub mod error;
pub mod event;
pub mod id;
pub mod limits;
pub mod row;
pub mod store;
