//! The header with which a proxy begins a connection that it passes on: who is at its other end (the PROXY protocol, version
//! 2, of HAProxy). Version 1 is not read.
use crate::limits;
use std::io;
use std::net::{IpAddr, SocketAddr};
use tokio::io::{AsyncRead, AsyncReadExt};

const SIGNATURE: &[u8; 12] = b"\r\n\r\n\0\r\nQUIT\n";
/// The signature, version and command, family and transport, and the length of what follows.
const HEAD_BYTES: usize = 16;
const VERSION_2: u8 = 0x2;
const LOCAL: u8 = 0x0;
const PROXY: u8 = 0x1;
/// TCP over IPv4, and over IPv6.
const TCP4: u8 = 0x11;
const TCP6: u8 = 0x21;

/// Who is at the other end.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Source {
    /// The proxy itself, which looks whether we are well; or somebody of whom it tells nothing.
    Proxy,
    Client(SocketAddr),
}

/// Takes the header from a connection, and not a byte more.
///
/// # Errors
/// What is no header, or one that is longer than any that tells of a connection.
pub async fn read(stream: &mut (impl AsyncRead + Unpin)) -> io::Result<Source> {
    let mut head = [0; HEAD_BYTES];
    stream.read_exact(&mut head).await?;
    let (command, family, length) = parsed(&head).ok_or_else(refused)?;
    let mut rest = vec![0; length];
    stream.read_exact(&mut rest).await?;
    source(command, family, &rest).ok_or_else(refused)
}

/// Command, family and transport, and how many bytes follow.
fn parsed(head: &[u8; HEAD_BYTES]) -> Option<(u8, u8, usize)> {
    let rest = head.strip_prefix(SIGNATURE)?;
    let [version_and_command, family, high, low] = *rest else { return None };
    let length = usize::from(u16::from_be_bytes([high, low]));
    let fits = version_and_command >> 4 == VERSION_2 && length <= limits::PROXY_HEADER_BYTES_MAX;
    fits.then_some((version_and_command & 0x0f, family, length))
}

/// What follows the addresses tells more of the connection (TLVs), and is skipped.
fn source(command: u8, family: u8, rest: &[u8]) -> Option<Source> {
    match (command, family) {
        (LOCAL, _) => Some(Source::Proxy),
        (PROXY, TCP4) => {
            let (address, rest) = rest.split_first_chunk::<4>()?;
            Some(Source::Client(client(IpAddr::from(*address), rest.get(4..8)?)))
        }
        (PROXY, TCP6) => {
            let (address, rest) = rest.split_first_chunk::<16>()?;
            Some(Source::Client(client(IpAddr::from(*address), rest.get(16..20)?)))
        }
        // Of other families nothing can be told; the connection itself is fine (2.2: "UNSPEC").
        (PROXY, 0x00) => Some(Source::Proxy),
        _ => None,
    }
}

fn client(address: IpAddr, ports: &[u8]) -> SocketAddr {
    let port = ports.first_chunk::<2>().map_or(0, |port| u16::from_be_bytes(*port));
    SocketAddr::new(address.to_canonical(), port)
}

fn refused() -> io::Error {
    io::Error::new(io::ErrorKind::InvalidData, "no header of the PROXY protocol, version 2")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn header(command: u8, family: u8, rest: &[u8]) -> Vec<u8> {
        let length = (rest.len() as u16).to_be_bytes();
        [&SIGNATURE[..], &[0x20 | command, family], &length, rest].concat()
    }

    async fn said(mut bytes: &[u8]) -> (Option<Source>, usize) {
        let source = read(&mut bytes).await.ok();
        (source, bytes.len())
    }

    const V4: [u8; 12] = [203, 0, 113, 9, 10, 0, 0, 1, 0x1f, 0x90, 1, 187];

    #[tokio::test]
    async fn a_header_tells_who_is_at_the_other_end() {
        let mut bytes = header(PROXY, TCP4, &V4);
        bytes.extend_from_slice(b"\x16\x03");
        let client = Source::Client("203.0.113.9:8080".parse().unwrap());
        assert_eq!(said(&bytes).await, (Some(client), 2), "and what follows stays");
        let mut v6 = [0; 36];
        v6[..16].copy_from_slice(&"2001:db8::9".parse::<std::net::Ipv6Addr>().unwrap().octets());
        assert_eq!(said(&header(PROXY, TCP6, &v6)).await.0, Some(Source::Client("[2001:db8::9]:0".parse().unwrap())));
        v6[..16].copy_from_slice(&"::ffff:203.0.113.9".parse::<std::net::Ipv6Addr>().unwrap().octets());
        assert_eq!(said(&header(PROXY, TCP6, &v6)).await.0, Some(Source::Client("203.0.113.9:0".parse().unwrap())));
    }

    #[tokio::test]
    async fn what_it_adds_is_skipped_and_its_own_questions_are_its_own() {
        let tlv = [&V4[..], &[0x04, 0, 3, 1, 2, 3]].concat();
        let client = Source::Client("203.0.113.9:8080".parse().unwrap());
        assert_eq!(said(&header(PROXY, TCP4, &tlv)).await, (Some(client), 0));
        assert_eq!(said(&header(LOCAL, 0, &[])).await, (Some(Source::Proxy), 0));
        assert_eq!(said(&header(LOCAL, TCP4, &V4)).await, (Some(Source::Proxy), 0));
        assert_eq!(said(&header(PROXY, 0, &[1, 2])).await, (Some(Source::Proxy), 0));
    }

    #[tokio::test]
    async fn what_is_no_header_is_refused() {
        let good = header(PROXY, TCP4, &V4);
        for at in 0..14 {
            let mut bad = good.clone();
            bad[at] ^= 0x55;
            assert_eq!(said(&bad).await.0, None, "byte {at}");
        }
        assert_eq!(said(&good[..20]).await.0, None, "cut");
        assert_eq!(said(&header(PROXY, TCP4, &V4[..9])).await.0, None, "too short for its family");
        assert_eq!(said(&header(PROXY, 0x31, &[0; 216])).await.0, None, "a Unix socket");
        let long = vec![0; limits::PROXY_HEADER_BYTES_MAX + 1];
        assert_eq!(said(&header(LOCAL, 0, &long)).await.0, None);
        assert_eq!(said(&header(LOCAL, 0, &long[1..])).await.0, Some(Source::Proxy));
        assert_eq!(said(b"PROXY TCP4 203.0.113.9 10.0.0.1 1 2\r\n").await.0, None, "version 1");
    }
}
