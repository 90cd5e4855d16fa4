//! What a tus client says in its headers (tus 1.0.0): numbers, what the file is called, the sum of a part.
use crate::error::{self, Refusal, Result};
use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use hyper::HeaderMap;
use sha1::Sha1;
use sha2::{Digest, Sha256};

pub const VERSION: &str = "1.0.0";
pub const EXTENSIONS: &str = "creation,creation-with-upload,creation-defer-length,checksum,termination,expiration";
pub const ALGORITHMS: &str = "sha1,sha256";
/// What a part of a file is sent as.
pub const PART_TYPE: &str = "application/offset+octet-stream";

/// What is said of a file when its upload begins.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Metadata {
    pub filename: Option<String>,
    pub duration_ms: Option<String>,
    pub waveform: Option<String>,
}

/// The sum that a part must have.
pub enum Checksum {
    Sha1(Sha1, Vec<u8>),
    Sha256(Sha256, Vec<u8>),
}

/// Refuses what speaks no tus, or another one.
pub fn check_version(headers: &HeaderMap) -> Result<()> {
    match headers.get("tus-resumable") {
        Some(version) if version == VERSION => Ok(()),
        _ => Err(Refusal::new(412, "tus_version", "Send Tus-Resumable: 1.0.0.").into()),
    }
}

/// A header that is a number.
pub fn number(headers: &HeaderMap, name: &'static str) -> Result<Option<u64>> {
    let Some(value) = headers.get(name) else { return Ok(None) };
    let digits = value.to_str().ok().filter(|text| text.bytes().all(|byte| byte.is_ascii_digit()));
    let number = digits.and_then(|text| text.parse().ok());
    number.map(Some).ok_or_else(|| error::malformed(format!("{name} is a number of bytes.")).field(name).into())
}

/// `Upload-Metadata`: pairs of a word and a value in base64. What else clients say of a file is not needed.
pub fn metadata(headers: &HeaderMap) -> Result<Metadata> {
    let mut found = Metadata::default();
    let Some(value) = headers.get("upload-metadata") else { return Ok(found) };
    let wrong =
        || error::malformed("Upload-Metadata is a list of words with values in base64.").field("upload-metadata");
    for pair in value.to_str().map_err(|_| wrong())?.split(',').map(str::trim).filter(|pair| !pair.is_empty()) {
        let (key, value) = pair.split_once(' ').unwrap_or((pair, ""));
        let value = BASE64_STANDARD.decode(value.trim()).map_err(|_| wrong())?;
        let value = String::from_utf8(value).map_err(|_| wrong())?;
        match key {
            // `name` is what Uppy says.
            "filename" => found.filename = Some(value),
            "name" if found.filename.is_none() => found.filename = Some(value),
            "duration_ms" => found.duration_ms = Some(value),
            "waveform" => found.waveform = Some(value),
            _ => {}
        }
    }
    Ok(found)
}

/// `Upload-Checksum`, if there is one.
pub fn checksum(headers: &HeaderMap) -> Result<Option<Checksum>> {
    let Some(value) = headers.get("upload-checksum") else { return Ok(None) };
    let wrong =
        || error::malformed("Upload-Checksum is sha1 or sha256 and the sum in base64.").field("upload-checksum");
    let (algorithm, sum) = value.to_str().ok().and_then(|value| value.trim().split_once(' ')).ok_or_else(wrong)?;
    let sum = BASE64_STANDARD.decode(sum.trim()).map_err(|_| wrong())?;
    match (algorithm, sum.len()) {
        ("sha1", 20) => Ok(Some(Checksum::Sha1(Sha1::new(), sum))),
        ("sha256", 32) => Ok(Some(Checksum::Sha256(Sha256::new(), sum))),
        _ => Err(wrong().into()),
    }
}

impl Checksum {
    pub fn update(&mut self, bytes: &[u8]) {
        match self {
            Checksum::Sha1(sum, _) => sum.update(bytes),
            Checksum::Sha256(sum, _) => sum.update(bytes),
        }
    }

    /// Whether what came is what was sent.
    pub fn fits(self) -> bool {
        match self {
            Checksum::Sha1(sum, expected) => sum.finalize().as_slice() == expected,
            Checksum::Sha256(sum, expected) => sum.finalize().as_slice() == expected,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn headers(name: &'static str, value: &str) -> HeaderMap {
        let mut headers = HeaderMap::new();
        headers.insert(name, value.parse().unwrap());
        headers
    }

    #[test]
    fn metadata_is_words_with_values() {
        let read = |value: &str| metadata(&headers("upload-metadata", value));
        let found =
            read("filename cGxhbi5wZGY=,filetype YXBwbGljYXRpb24vcGRm, is_confidential,duration_ms MTIwMA==").unwrap();
        assert_eq!(found.filename.as_deref(), Some("plan.pdf"));
        assert_eq!(found.duration_ms.as_deref(), Some("1200"));
        assert_eq!(read("name YS50eHQ=").unwrap().filename.as_deref(), Some("a.txt"));
        assert_eq!(read("").unwrap(), Metadata::default());
        for wrong in ["filename !!!", "filename /w==", "filename a b"] {
            assert!(read(wrong).is_err(), "{wrong}");
        }
    }

    #[test]
    fn numbers_and_versions_are_exact() {
        assert_eq!(number(&headers("upload-length", "100"), "upload-length").unwrap(), Some(100));
        assert_eq!(number(&HeaderMap::new(), "upload-length").unwrap(), None);
        for wrong in ["", "-1", "+1", "1.5", "1e3", "99999999999999999999999"] {
            assert!(number(&headers("upload-length", wrong), "upload-length").is_err(), "{wrong:?}");
        }
        assert!(check_version(&headers("tus-resumable", "1.0.0")).is_ok());
        assert!(check_version(&headers("tus-resumable", "0.2.2")).is_err());
        assert!(check_version(&HeaderMap::new()).is_err());
    }

    #[test]
    fn sums_are_compared() {
        // "hello"
        let fits = |value: &str, bytes: &[u8]| {
            let mut sum = checksum(&headers("upload-checksum", value)).unwrap().unwrap();
            sum.update(bytes);
            sum.fits()
        };
        assert!(fits("sha1 qvTGHdzF6KLavt4PO0gs2a6pQ00=", b"hello"));
        assert!(!fits("sha1 qvTGHdzF6KLavt4PO0gs2a6pQ00=", b"hallo"));
        assert!(fits("sha256 LPJNul+wow4m6DsqxbninhsWHlwfp0JecwQzYpOLmCQ=", b"hello"));
        for wrong in ["md5 XUFAKrxLKna5cZ2REBfFkg==", "sha1", "sha1 qvTG", "sha1 !"] {
            assert!(checksum(&headers("upload-checksum", wrong)).is_err(), "{wrong}");
        }
    }
}
