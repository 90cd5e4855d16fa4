//! WebSockets: from the upgrade to the close, one connection's life.
mod asked;
mod connection;
mod socket;

#[cfg(test)]
pub use asked::Asked;
pub use asked::is_understood;
pub use connection::{Opening, serve};
pub use socket::Socket;
