//! WebSockets: from the upgrade to the close, one connection's life.
mod asked;
mod connection;
mod socket;

pub use connection::{Opening, serve};
pub use socket::Socket;
