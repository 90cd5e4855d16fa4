//! Decrypts as it is read, and gives no byte that was not proven.
use super::{CHUNK, FIRST_LINE, Identity, TAG, cipher, header_mac, nonce, nothing, payload_cipher, wrapping};
use base64::Engine;
use base64::engine::general_purpose::STANDARD_NO_PAD as BASE64;
use ring::aead::LessSafeKey;
use ring::hmac;
use std::io::{self, BufRead, BufReader, Read};
use x25519_dalek::PublicKey;

/// Bytes of a header, and recipients that it names, that are looked at.
const HEADER_BYTES_MAX: usize = 64 * 1024;
const COLUMNS: usize = 64;

/// Bytes on their way to somebody who has a key to them.
pub struct Opening<R> {
    source: BufReader<R>,
    cipher: LessSafeKey,
    number: u64,
    /// The chunk that is read, and how far.
    chunk: Vec<u8>,
    at: usize,
    was_last: bool,
}

impl<R: Read> Opening<R> {
    /// Reads the header, and finds the identity that opens it.
    ///
    /// # Errors
    /// `InvalidData`, with a sentence's end: it is damaged, or for somebody else.
    pub fn begin(source: R, identities: &[Identity]) -> io::Result<Self> {
        let mut source = BufReader::with_capacity(2 * (CHUNK + TAG), source);
        let mut header = Header::default();
        if header.line(&mut source)? != FIRST_LINE.trim_end() {
            return Err(damaged("it is not encrypted with age"));
        }
        let mut file_key = None;
        let mac = loop {
            let line = header.line(&mut source)?;
            if let Some(mac) = line.strip_prefix("--- ") {
                break mac.to_owned();
            }
            let stanza = line.strip_prefix("-> ").ok_or_else(broken)?.to_owned();
            let mut body = String::new();
            loop {
                let line = header.line(&mut source)?;
                body += &line;
                match line.len() {
                    COLUMNS => {}
                    0..COLUMNS => break,
                    _ => return Err(broken()),
                }
            }
            // Recipients of other kinds are somebody else's.
            if let Some(share) = stanza.strip_prefix("X25519 ") {
                let share: [u8; 32] = decoded(share)?.try_into().map_err(|_| broken())?;
                let body = decoded(&body)?;
                file_key =
                    file_key.or_else(|| identities.iter().find_map(|identity| unwrapped(identity, share, &body)));
            }
        };
        let file_key = file_key.ok_or_else(|| damaged("it is encrypted for somebody else"))?;
        let until_mac = header.text.rfind(' ').ok_or_else(broken)?;
        hmac::verify(&header_mac(&file_key), &header.text.as_bytes()[..until_mac], &decoded(&mac)?)
            .map_err(|_| broken())?;
        let mut salt = [0; 16];
        source.read_exact(&mut salt).map_err(|_| broken())?;
        let cipher = payload_cipher(&file_key, &salt);
        Ok(Opening { source, cipher, number: 0, chunk: Vec::new(), at: 0, was_last: false })
    }

    fn next(&mut self) -> io::Result<()> {
        let mut chunk = Vec::with_capacity(CHUNK + TAG);
        (&mut self.source).take((CHUNK + TAG) as u64).read_to_end(&mut chunk)?;
        let is_last = self.source.fill_buf()?.is_empty();
        let plain = self.cipher.open_in_place(nonce(self.number, is_last), nothing(), &mut chunk);
        let length = plain.map_err(|_| damaged("it was cut off or changed"))?.len();
        if length == 0 && self.number > 0 {
            return Err(broken());
        }
        chunk.truncate(length);
        (self.chunk, self.at, self.was_last) = (chunk, 0, is_last);
        self.number += 1;
        Ok(())
    }
}

impl<R: Read> Read for Opening<R> {
    fn read(&mut self, bytes: &mut [u8]) -> io::Result<usize> {
        if self.at == self.chunk.len() && !self.was_last {
            self.next()?;
        }
        let part = &self.chunk[self.at..];
        let length = part.len().min(bytes.len());
        bytes[..length].copy_from_slice(&part[..length]);
        self.at += length;
        Ok(length)
    }
}

#[derive(Default)]
struct Header {
    text: String,
}

impl Header {
    /// The next line, without its end.
    fn line(&mut self, source: &mut impl BufRead) -> io::Result<String> {
        let mut line = Vec::new();
        let left = HEADER_BYTES_MAX - self.text.len();
        source.take(left as u64).read_until(b'\n', &mut line)?;
        let line = String::from_utf8(line).ok().filter(|line| line.ends_with('\n')).ok_or_else(broken)?;
        self.text += &line;
        Ok(line.trim_end_matches('\n').to_owned())
    }
}

fn unwrapped(identity: &Identity, share: [u8; 32], body: &[u8]) -> Option<[u8; 16]> {
    let share = PublicKey::from(share);
    let shared = identity.0.diffie_hellman(&share);
    let mut body = body.to_vec();
    if body.len() != 16 + TAG || !shared.was_contributory() {
        return None;
    }
    let cipher = cipher(&wrapping(shared.as_bytes(), &share, &PublicKey::from(&identity.0)));
    cipher.open_in_place(nonce(0, false), nothing(), &mut body).ok()?.try_into().ok()
}

fn decoded(text: &str) -> io::Result<Vec<u8>> {
    BASE64.decode(text).map_err(|_| broken())
}

fn broken() -> io::Error {
    damaged("its header is broken")
}

fn damaged(why: &'static str) -> io::Error {
    io::Error::new(io::ErrorKind::InvalidData, why)
}
