//! The one file in a form, as `curl -F` and HTML forms send it (RFC 7578), part by part and never more at once.
use super::RequestBody;
use super::body;
use crate::error::{self, Refusal, Result};
use crate::limits;
use bytes::{Bytes, BytesMut};
use futures_util::{Stream, StreamExt, stream};
use hyper::HeaderMap;
use hyper::header::CONTENT_TYPE;
use std::pin::Pin;

/// A body on its way.
pub type Parts = Pin<Box<dyn Stream<Item = Result<Bytes>> + Send>>;

/// A file on its way, with the name that the form gives it.
pub struct Sent {
    pub name: Option<String>,
    pub parts: Parts,
}

/// What separates the parts of a form; none if the body is no form.
pub fn boundary(headers: &HeaderMap) -> Option<Result<String>> {
    let kind = headers.get(CONTENT_TYPE)?.to_str().ok()?;
    let (kind, parameters) = kind.split_once(';').unwrap_or((kind, ""));
    kind.trim().eq_ignore_ascii_case("multipart/form-data").then(|| {
        let found = parameter(parameters, "boundary").filter(|found| (1..=70).contains(&found.len()));
        found.ok_or_else(|| error::malformed("This form names no boundary.").into())
    })
}

/// Finds the part `file`, which must be the only one.
pub async fn file(body: RequestBody, boundary: &str) -> Result<Sent> {
    let mut form = Form {
        parts: Box::pin(body::parts(body)),
        // The first boundary has no line before it; as if it had.
        waiting: BytesMut::from(&b"\r\n"[..]),
        delimiter: format!("\r\n--{boundary}").into_bytes(),
    };
    let disposition = form.disposition().await?;
    if parameter(&disposition, "name").as_deref() != Some("file") {
        return Err(error::invalid("file", "Send the file as the part `file` of the form.").into());
    }
    let name = parameter(&disposition, "filename");
    let parts = stream::try_unfold(Some(form), |form| async move {
        match form {
            Some(form) => form.next().await,
            None => Ok(None),
        }
    });
    Ok(Sent { name, parts: Box::pin(parts) })
}

struct Form {
    parts: Parts,
    /// What has come and was not given on.
    waiting: BytesMut,
    delimiter: Vec<u8>,
}

impl Form {
    /// Reads up to the first part's content: what it says of itself.
    async fn disposition(&mut self) -> Result<String> {
        self.until(&self.delimiter.clone()).await?;
        let head = self.until(b"\r\n\r\n").await?;
        let head = String::from_utf8_lossy(&head).into_owned();
        let lines = head.lines().filter_map(|line| line.split_once(':'));
        let mut found = lines.filter(|(name, _)| name.trim().eq_ignore_ascii_case("content-disposition"));
        found.next().map(|(_, value)| value.to_owned()).ok_or_else(|| no_form().into())
    }

    /// The next bytes of the file; after the last of them, the form has ended.
    async fn next(mut self) -> Result<Option<(Bytes, Option<Form>)>> {
        loop {
            if let Some(at) = find(&self.waiting, &self.delimiter) {
                let bytes = self.waiting.split_to(at).freeze();
                self.ends().await?;
                return Ok((!bytes.is_empty()).then_some((bytes, None)));
            }
            // The end of what is here may be the beginning of a delimiter.
            let sure = self.waiting.len().saturating_sub(self.delimiter.len());
            if sure > 0 {
                return Ok(Some((self.waiting.split_to(sure).freeze(), Some(self))));
            }
            self.more().await?;
        }
    }

    /// Sees to it that no other part follows.
    async fn ends(&mut self) -> Result<()> {
        let _ = self.waiting.split_to(self.delimiter.len());
        while self.waiting.len() < 2 {
            self.more().await?;
        }
        if !self.waiting.starts_with(b"--") {
            return Err(error::invalid("file", "Send one file in a form, and nothing beside it.").into());
        }
        let mut after = self.waiting.len();
        while let Some(bytes) = self.parts.next().await {
            after += bytes?.len();
            if after > limits::HEADER_BYTES_MAX {
                return Err(no_form().into());
            }
        }
        Ok(())
    }

    /// Takes everything up to the end of a sign that must come soon.
    async fn until(&mut self, sign: &[u8]) -> Result<Bytes> {
        loop {
            if let Some(at) = find(&self.waiting, sign) {
                return Ok(self.waiting.split_to(at + sign.len()).freeze());
            }
            if self.waiting.len() > limits::HEADER_BYTES_MAX {
                return Err(no_form().into());
            }
            self.more().await?;
        }
    }

    async fn more(&mut self) -> Result<()> {
        let bytes = self.parts.next().await.ok_or_else(|| error::malformed("The form broke off."))??;
        self.waiting.extend_from_slice(&bytes);
        Ok(())
    }
}

fn no_form() -> Refusal {
    error::malformed("The body is no form with one file in it.")
}

/// Where a sign begins that begins with a carriage return.
fn find(bytes: &[u8], sign: &[u8]) -> Option<usize> {
    let mut from = 0;
    loop {
        from += bytes[from..].iter().position(|byte| *byte == b'\r')?;
        if bytes[from..].starts_with(sign) {
            return Some(from);
        }
        from += 1;
    }
}

/// A parameter of a header, in quotes or not. Browsers and curl write a quote in a name as `%22`, older ones as `\"`.
fn parameter(text: &str, asked: &str) -> Option<String> {
    let mut rest = text;
    loop {
        let at = rest.find(['=', ';'])?;
        let (name, after) = (rest[..at].trim(), &rest[at + 1..]);
        if rest.as_bytes()[at] == b';' {
            rest = after;
            continue;
        }
        let after = after.trim_start();
        let (value, next) = match after.strip_prefix('"') {
            Some(quoted) => unquoted(quoted),
            None => {
                let end = after.find(';').unwrap_or(after.len());
                (after[..end].trim().to_owned(), &after[end..])
            }
        };
        if name.eq_ignore_ascii_case(asked) {
            return Some(value.replace("%22", "\""));
        }
        rest = next;
    }
}

/// A text up to its closing quote, and what follows it.
fn unquoted(quoted: &str) -> (String, &str) {
    let mut value = String::new();
    let mut signs = quoted.char_indices().peekable();
    while let Some((at, sign)) = signs.next() {
        match sign {
            '"' => return (value, &quoted[at + 1..]),
            '\\' if matches!(signs.peek(), Some((_, '"' | '\\'))) => value.extend(signs.next().map(|(_, sign)| sign)),
            sign => value.push(sign),
        }
    }
    (value, "")
}

#[cfg(test)]
mod tests {
    use super::*;
    use http_body_util::{BodyExt, StreamBody};
    use hyper::body::Frame;
    use std::convert::Infallible;

    /// What comes of a form that arrives in pieces of so many bytes: the name and the bytes, or the refusal's code.
    fn read(form: &[u8], step: usize) -> Result<(Option<String>, Vec<u8>), String> {
        let pieces: Vec<_> =
            form.chunks(step).map(|piece| Ok::<_, Infallible>(Frame::data(Bytes::copy_from_slice(piece)))).collect();
        let body = StreamBody::new(stream::iter(pieces)).map_err(|never| match never {}).boxed_unsync();
        let runtime = tokio::runtime::Builder::new_current_thread().enable_time().build().unwrap();
        runtime.block_on(async {
            let mut sent = file(body, "XX").await.map_err(|error| error.to_string())?;
            let mut bytes = Vec::new();
            while let Some(part) = sent.parts.next().await {
                bytes.extend(part.map_err(|error| error.to_string())?);
            }
            Ok((sent.name, bytes))
        })
    }

    #[test]
    fn one_file_is_found_however_it_arrives() {
        let content = b"\r\n--X, \r\n--XY\r\r\n-- and\r\n".repeat(3);
        let head = "--XX\r\nContent-Type: a/b\r\ncontent-disposition: form-data; name=\"file\"; filename=\"a%22b.txt\"\r\n\r\n";
        let form = [head.as_bytes(), &content, b"\r\n--XX--\r\n"].concat();
        for step in [1, 2, 3, 7, 64, 4_096] {
            assert_eq!(read(&form, step).unwrap(), (Some("a\"b.txt".to_owned()), content.clone()), "{step}");
        }
        let empty = b"preamble\r\n--XX\r\nContent-Disposition: form-data; name=file\r\n\r\n\r\n--XX--";
        assert_eq!(read(empty, 5).unwrap(), (None, Vec::new()));
    }

    #[test]
    fn what_is_no_form_with_one_file_is_refused() {
        let file = b"--XX\r\nContent-Disposition: form-data; name=\"file\"\r\n\r\nabc\r\n";
        for (rest, step) in
            [(&b""[..], 4), (b"--XX", 4), (b"--XX\r\nContent-Disposition: form-data; name=\"b\"\r\n\r\n", 4)]
        {
            read(&[file, rest].concat(), step).unwrap_err();
        }
        read(b"--XX\r\nContent-Disposition: form-data; name=\"other\"\r\n\r\nabc\r\n--XX--", 9).unwrap_err();
        read(b"--XX\r\n\r\nabc\r\n--XX--", 9).unwrap_err();
        read(&[b"--XX\r\nX: ".as_slice(), &[b'x'; 100_000]].concat(), 1_000).unwrap_err();
        read(&[b'x'; 100_000], 1_000).unwrap_err();
        read(&[file.as_slice(), b"--XX--", &[b'x'; 100_000]].concat(), 1_000).unwrap_err();
    }

    #[test]
    fn parameters_are_read_in_and_out_of_quotes() {
        let header = "form-data; name=\"file\"; filename=\"a;b=\\\"c\\\" \\d.txt\" ; size=3";
        assert_eq!(parameter(header, "name").as_deref(), Some("file"));
        assert_eq!(parameter(header, "filename").as_deref(), Some("a;b=\"c\" \\d.txt"));
        assert_eq!(parameter(header, "size").as_deref(), Some("3"));
        assert_eq!(parameter(header, "none"), None);
        assert_eq!(parameter("name=\"open", "name").as_deref(), Some("open"));
        assert_eq!(parameter("", "name"), None);
    }
}
