//! What a running server stands on.
pub mod names;
pub mod tls;
