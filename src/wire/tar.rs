//! A tar archive (POSIX ustar, with pax headers for long names) as a stream: nothing of it is held but the present entry's head.
use std::io::{self, Write};

const BLOCK: usize = 512;

/// Writes entries one after the other; `finish` ends it.
pub struct Tar<W> {
    out: W,
    /// Seconds since 1970, of every entry.
    at: u64,
    /// Bytes that the present entry still has to get, and its padding.
    due: u64,
    padding: usize,
}

impl<W: Write> Tar<W> {
    pub fn new(out: W, at_secs: u64) -> Self {
        Tar { out, at: at_secs, due: 0, padding: 0 }
    }

    /// An entry whose bytes are here.
    pub fn entry(&mut self, name: &str, bytes: &[u8]) -> io::Result<()> {
        self.begin(name, bytes.len() as u64)?;
        self.write(bytes)?;
        self.end()
    }

    /// Begins an entry of `size` bytes, which follow by `write`.
    pub fn begin(&mut self, name: &str, size: u64) -> io::Result<()> {
        // What does not fit the old header stands in one of its own: a long or foreign name, a size from 8 GiB on.
        let mut records = String::new();
        if name.len() > 100 || !name.is_ascii() {
            records += &record("path", name);
        }
        if size >= 1 << 33 {
            records += &record("size", &size.to_string());
        }
        if !records.is_empty() {
            self.head("pax-header", records.len() as u64, b'x')?;
            self.write(records.as_bytes())?;
            self.end()?;
        }
        let short: String = name.chars().map(|sign| if sign.is_ascii() { sign } else { '_' }).take(100).collect();
        self.head(&short, size, b'0')
    }

    pub fn write(&mut self, bytes: &[u8]) -> io::Result<()> {
        self.due = self.due.checked_sub(bytes.len() as u64).ok_or_else(wrong_size)?;
        self.out.write_all(bytes)
    }

    pub fn end(&mut self) -> io::Result<()> {
        if self.due != 0 {
            return Err(wrong_size());
        }
        self.out.write_all(&[0; BLOCK][..self.padding])
    }

    pub fn finish(mut self) -> io::Result<W> {
        self.out.write_all(&[0; 2 * BLOCK])?;
        self.out.flush()?;
        Ok(self.out)
    }

    fn head(&mut self, name: &str, size: u64, kind: u8) -> io::Result<()> {
        let mut block = [0; BLOCK];
        let mut put = |at: usize, text: &str| block[at..at + text.len()].copy_from_slice(text.as_bytes());
        put(0, name);
        put(100, "0000600\0");
        put(108, "0000000\0");
        put(116, "0000000\0");
        put(124, &format!("{:011o}\0", size.min((1 << 33) - 1)));
        put(136, &format!("{:011o}\0", self.at.min((1 << 33) - 1)));
        put(148, "        ");
        put(257, "ustar\x0000");
        block[156] = kind;
        let sum: u32 = block.iter().map(|byte| u32::from(*byte)).sum();
        block[148..156].copy_from_slice(format!("{sum:06o}\0 ").as_bytes());
        self.due = size;
        self.padding = (BLOCK - (size % BLOCK as u64) as usize) % BLOCK;
        self.out.write_all(&block)
    }
}

/// A pax record: its own length, a name, a value.
fn record(name: &str, value: &str) -> String {
    let rest = name.len() + value.len() + 3;
    // The length counts its own digits.
    let mut length = rest + 1;
    while length != rest + length.to_string().len() {
        length = rest + length.to_string().len();
    }
    format!("{length} {name}={value}\n")
}

fn wrong_size() -> io::Error {
    io::Error::other("an entry is not as long as its head says")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn records_count_their_own_length() {
        assert_eq!(record("path", "a"), "9 path=a\n");
        assert_eq!(record("path", "ab"), "11 path=ab\n");
        for length in [1, 80, 81, 82, 83, 84, 85, 86, 87, 88, 89, 90, 91, 92, 93, 980, 990, 995] {
            let made = record("path", &"n".repeat(length));
            assert_eq!(made.split(' ').next().unwrap(), made.len().to_string());
        }
    }

    #[test]
    fn an_entry_is_as_long_as_it_says() {
        let mut tar = Tar::new(Vec::new(), 0);
        tar.begin("a.txt", 3).unwrap();
        tar.write(b"ab").unwrap();
        tar.end().unwrap_err();
        tar.write(b"cd").unwrap_err();
        let mut tar = Tar::new(Vec::new(), 1_700_000_000);
        tar.entry("data.json", b"{}").unwrap();
        tar.entry("files/größe.pdf", &[7; 512]).unwrap();
        let bytes = tar.finish().unwrap();
        // Head, block; head and record of the long name, head, block; the end.
        assert_eq!(bytes.len(), 512 * (2 + 2 + 2 + 2));
        assert_eq!(&bytes[257..265], b"ustar\x0000");
    }
}
