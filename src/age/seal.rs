//! Encrypts as it is written to.
use super::{CHUNK, FIRST_LINE, Recipient, TAG, cipher, header_mac, nonce, nothing, payload_cipher, wrapping};
use base64::Engine;
use base64::engine::general_purpose::STANDARD_NO_PAD as BASE64;
use ring::aead::LessSafeKey;
use ring::hmac;
use std::io::{self, Write};
use x25519_dalek::{PublicKey, StaticSecret};

/// Bytes on their way to their recipients. Without `finish` they are cut off, and nobody takes them for whole.
pub struct Sealing<W: Write> {
    out: W,
    cipher: LessSafeKey,
    number: u64,
    chunk: Vec<u8>,
}

impl<W: Write> Sealing<W> {
    /// Writes the header.
    pub fn begin(mut out: W, recipients: &[Recipient]) -> io::Result<Self> {
        let file_key: [u8; 16] = random();
        let mut header = FIRST_LINE.to_owned();
        for recipient in recipients {
            let secret = StaticSecret::from(random::<32>());
            let (share, theirs) = (PublicKey::from(&secret), PublicKey::from(recipient.key));
            let shared = secret.diffie_hellman(&theirs);
            if !shared.was_contributory() {
                return Err(io::Error::new(io::ErrorKind::InvalidInput, "a recipient of age is no key"));
            }
            let mut wrapped = file_key.to_vec();
            let cipher = cipher(&wrapping(shared.as_bytes(), &share, &theirs));
            cipher.seal_in_place_append_tag(nonce(0, false), nothing(), &mut wrapped).map_err(too_long)?;
            header += &format!("-> X25519 {}\n{}\n", BASE64.encode(share.as_bytes()), BASE64.encode(wrapped));
        }
        header += "---";
        let mac = hmac::sign(&header_mac(&file_key), header.as_bytes());
        let salt: [u8; 16] = random();
        out.write_all(format!("{header} {}\n", BASE64.encode(mac.as_ref())).as_bytes())?;
        out.write_all(&salt)?;
        let chunk = Vec::with_capacity(CHUNK + TAG);
        Ok(Sealing { out, cipher: payload_cipher(&file_key, &salt), number: 0, chunk })
    }

    /// Writes the last chunk: it is whole with it.
    pub fn finish(mut self) -> io::Result<W> {
        self.send(true)?;
        self.out.flush()?;
        Ok(self.out)
    }

    fn send(&mut self, is_last: bool) -> io::Result<()> {
        let nonce = nonce(self.number, is_last);
        self.cipher.seal_in_place_append_tag(nonce, nothing(), &mut self.chunk).map_err(too_long)?;
        self.out.write_all(&self.chunk)?;
        self.chunk.clear();
        self.number += 1;
        Ok(())
    }
}

impl<W: Write> Write for Sealing<W> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        // A full chunk waits: it may be the last.
        if self.chunk.len() == CHUNK && !bytes.is_empty() {
            self.send(false)?;
        }
        let part = &bytes[..bytes.len().min(CHUNK - self.chunk.len())];
        self.chunk.extend_from_slice(part);
        Ok(part.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        self.out.flush()
    }
}

fn too_long(_: ring::error::Unspecified) -> io::Error {
    io::Error::other("too long a text to be encrypted")
}

fn random<const N: usize>() -> [u8; N] {
    let mut bytes = [0; N];
    getrandom::fill(&mut bytes).expect("the system gives random bytes");
    bytes
}
