//! What is done with bytes of strangers, each with what must hold afterwards. The fuzzers call this, and so does
//! `tests/it/fuzz.rs` with what they found interesting, on stable Rust and in every run.
use base64::Engine;
use base64::prelude::BASE64_URL_SAFE_NO_PAD as URL_SAFE_NO_PAD;
use bytes::Bytes;
use futures_util::TryStreamExt;
use http_body_util::{BodyExt, Full};
use hyper::HeaderMap;
use hyper::header::{HeaderName, HeaderValue};
use snug::age::{Identity, Opening, Recipient};
use snug::auth::passkey::{Assertion, Challenges, Purpose, Registration, Site};
use snug::auth::signing::Signing;
use snug::auth::{key, recovery, token};
use snug::chat::{filename, kind, message, picture};
use snug::config::{Config, Flags};
use snug::http::{body, condition, device, disposition, guard, multipart, range, tus};
use snug::row::{ImageKind, Passkey, PublicKey};
use snug::server::proxy;
use snug::store::backup;
use snug::{limits, ws};
use std::cell::LazyCell;

/// What is done with bytes.
type Target = fn(&[u8]);

pub const TARGETS: &[(&str, Target)] = &[
    ("age", of_age),
    ("backup", of_backup),
    ("config", of_config),
    ("cookie", of_cookie),
    ("filename", of_filename),
    ("frame", of_frame),
    ("media", of_media),
    ("multipart", of_multipart),
    ("passkey", of_passkey),
    ("proxy", of_proxy),
    ("range", of_range),
    ("text", of_text),
    ("token", of_token),
    ("tus", of_tus),
];

/// What is called so.
pub fn run(name: &str, data: &[u8]) {
    let (_, target) = TARGETS.iter().find(|(known, _)| *known == name).expect("there is a target of this name");
    target(data);
}

/// A frame on a socket: understood or not, and never a panic.
pub fn of_frame(data: &[u8]) {
    let Ok(text) = std::str::from_utf8(data) else { return };
    let understood = ws::is_understood(text);
    assert!(!understood || text.trim_start().starts_with('{'), "{text}");
}

/// How a proxy begins a connection: read or refused, and what follows its header is left alone.
pub fn of_proxy(data: &[u8]) {
    let mut rest = data;
    // Bytes that are all there are read at once.
    let Some(outcome) = futures_util::FutureExt::now_or_never(proxy::read(&mut rest)) else {
        panic!("it waits for nothing")
    };
    let taken = data.len() - rest.len();
    let Ok(source) = outcome else { return };
    let length = usize::from(u16::from_be_bytes([data[14], data[15]]));
    assert!(taken == 16 + length && length <= limits::PROXY_HEADER_BYTES_MAX, "{taken}");
    if let proxy::Source::Client(client) = source {
        assert_eq!(client.ip(), client.ip().to_canonical());
    }
}

/// The name of a file: whatever is given, what comes out is harmless, and stays as it is (S42).
pub fn of_filename(data: &[u8]) {
    let given = String::from_utf8_lossy(data);
    let name = filename::clean(&given);
    assert!(!name.is_empty() && name.len() <= limits::FILENAME_BYTES_MAX, "{name:?}");
    let bad = |sign: char| {
        sign.is_control() || matches!(sign, '/' | '\\' | ':' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
    };
    assert!(!name.contains(bad), "{name:?}");
    assert!(!name.starts_with('.') && name != "..", "{name:?}");
    assert_eq!(filename::clean(&name), name, "cleaning twice changes it");
    for inline in [true, false] {
        let value = disposition::value(inline, &name);
        assert!(HeaderValue::from_str(&value).is_ok(), "{value:?}");
        assert!(value.is_ascii() && !value.contains(['\r', '\n']), "{value:?}");
    }
}

/// A `Range`: what is sent is part of the file and not empty (S45).
pub fn of_range(data: &[u8]) {
    let Some((size, header)) = data.split_first_chunk::<8>() else { return };
    let size = u64::from_be_bytes(*size) >> 8;
    let header = std::str::from_utf8(header).ok();
    if let range::Asked::Part(part) = range::asked(header, size) {
        assert!(part.start < part.end && part.end <= size, "{part:?} of {size}");
    }
    let mut headers = HeaderMap::new();
    for name in ["if-match", "if-none-match", "if-range", "if-modified-since", "if-unmodified-since"] {
        if let Some(value) = header.and_then(|text| HeaderValue::from_str(text).ok()) {
            headers.insert(HeaderName::from_static(name), value);
        }
    }
    condition::answer(&headers, "\"tag\"", size);
}

/// A line of cookies: what is found is a value that stands there under exactly this name.
pub fn of_cookie(data: &[u8]) {
    let Ok(value) = HeaderValue::from_bytes(data) else { return };
    let headers = HeaderMap::from_iter([(hyper::header::COOKIE, value)]);
    if let Some(found) = guard::cookie(&headers, "snug") {
        let line = headers[hyper::header::COOKIE].to_str().expect("it was read as text");
        assert!(!found.contains(';') && line.contains(&format!("snug={found}")), "{line:?} {found:?}");
    }
    let agent = String::from_utf8_lossy(data);
    assert!(device::name(&agent).chars().count() <= 100);
}

/// A configuration file: taken or refused with what is wrong.
pub fn of_config(data: &[u8]) {
    let folder = std::env::temp_dir().join(format!("snug-fuzz-{}", std::process::id()));
    std::fs::create_dir_all(&folder).expect("there is a place for files");
    let file = folder.join("config.toml");
    std::fs::write(&file, data).expect("there is a place for files");
    let flags = Flags { data: Some(folder), config: Some(file), ..Flags::default() };
    if let Err(error) = Config::load_with(&flags, std::iter::empty()) {
        assert!(!error.to_string().is_empty());
    }
}

/// A backup: nothing that was not made by `snug backup` is one.
pub fn of_backup(data: &[u8]) {
    let whole = backup::verify(data).is_ok();
    assert!(!whole || backup::header_of(data).is_ok());
}

/// What is encrypted with age: no byte comes out of it that was not proven.
pub fn of_age(data: &[u8]) {
    use std::io::Read;
    const IDENTITY: &str = "AGE-SECRET-KEY-1GQ9778VQXMMJVE8SK7J6VT8UJ4HDQAJUVSFCWCM02D8GEWQ72PVQ2Y5J33";
    let identities = Identity::all_of(IDENTITY).expect("it is one");
    if let Ok(mut opening) = Opening::begin(data, &identities) {
        let mut plain = Vec::new();
        let _ = opening.read_to_end(&mut plain);
        assert!(plain.len() <= data.len());
    }
    if let Ok(text) = std::str::from_utf8(data) {
        let _ = (text.parse::<Recipient>(), Identity::all_of(text));
    }
}

/// What tus clients say in their headers.
pub fn of_tus(data: &[u8]) {
    let Ok(value) = HeaderValue::from_bytes(data) else { return };
    let names = ["upload-metadata", "upload-length", "upload-offset", "upload-checksum", "tus-resumable"];
    let headers: HeaderMap = names.iter().map(|name| (HeaderName::from_static(name), value.clone())).collect();
    if let Ok(said) = tus::metadata(&headers) {
        assert!(said.filename.is_none_or(|name| name.len() <= data.len()));
    }
    if let Ok(Some(number)) = tus::number(&headers, "upload-length") {
        assert!(number.to_string().len() <= data.len());
    }
    if let Ok(Some(mut sum)) = tus::checksum(&headers) {
        sum.update(data);
        sum.fits();
    }
    // Whatever speaks another version is refused.
    assert_eq!(tus::check_version(&headers).is_ok(), data == tus::VERSION.as_bytes());
}

/// A form with a file: what comes out was in it.
pub fn of_multipart(data: &[u8]) {
    thread_local! {
        static RUNTIME: LazyCell<tokio::runtime::Runtime> = LazyCell::new(|| {
            tokio::runtime::Builder::new_current_thread().enable_time().build().expect("a runtime")
        });
    }
    let (split, rest) = data.split_first().map_or((0, data), |(first, rest)| (usize::from(*first), rest));
    let kind =
        format!("multipart/form-data; boundary={}", String::from_utf8_lossy(&rest[..rest.len().min(split % 80)]));
    let headers = HeaderValue::from_str(&kind).map(|kind| HeaderMap::from_iter([(hyper::header::CONTENT_TYPE, kind)]));
    let boundary = headers.ok().and_then(|headers| multipart::boundary(&headers)?.ok()).unwrap_or_else(|| "x".into());
    let bytes = Bytes::copy_from_slice(rest);
    let body = Full::new(bytes).map_err(|never| match never {}).boxed_unsync();
    let came = RUNTIME.with(|runtime| {
        runtime.block_on(async {
            let sent = multipart::file(body, &boundary).await.ok()?;
            let parts: Vec<Bytes> = sent.parts.try_collect().await.ok()?;
            Some(parts.concat())
        })
    });
    if let Some(came) = came.filter(|came| !came.is_empty()) {
        assert!(rest.windows(came.len()).any(|part| part == came), "what came was not sent");
    }
}

/// The head of a file: what a browser would draw has bounds, and what could run in one is never shown (S43, S47).
pub fn of_media(data: &[u8]) {
    let found = kind::of(data, data.len() as u64);
    let pixels = u64::from(found.width.unwrap_or(0)) * u64::from(found.height.unwrap_or(0));
    assert!(pixels <= limits::INLINE_PIXELS_MAX);
    assert_eq!(kind::known(found.media_type), found.media_type, "what is found is known");
    let begins = String::from_utf8_lossy(&data[..data.len().min(64)]).trim_start().to_ascii_lowercase();
    if begins.starts_with("<svg") || begins.starts_with("<html") || begins.starts_with("<!doctype") {
        assert!(!kind::is_inline(found.media_type));
    }
    for of in [ImageKind::Jpeg, ImageKind::Png, ImageKind::Webp] {
        let _ = picture::check("avatar", of, data);
    }
}

/// What people write: a message's text, and a query.
pub fn of_text(data: &[u8]) {
    let text = String::from_utf8_lossy(data);
    let _ = message::check_text(&text);
    let _ = message::check_nonce(&text);
    snug::chat::mention::calls_here(&text);
    let _ = snug::chat::user::line("name", &text, limits::NAME_CHARS_MAX).map(|line| {
        assert!(!line.is_empty() && line.chars().count() <= limits::NAME_CHARS_MAX);
        assert!(!line.contains(char::is_control), "{line:?}");
    });
    let _ = body::query::<std::collections::BTreeMap<String, String>>(&text);
}

/// What stands after `Authorization: Bearer`: nothing that was not made here is a token, and of what was signed here only
/// what is well-formed, for this moment and for its own issuer (S25).
pub fn of_token(data: &[u8]) {
    const NOW: u64 = 1_800_000_000_000;
    thread_local! {
        static SIGNING: LazyCell<Signing> = LazyCell::new(|| {
            let folder = std::env::temp_dir().join(format!("snug-fuzz-keys-{}", std::process::id()));
            std::fs::create_dir_all(&folder).expect("there is a place for files");
            let signing = Signing::open(&folder).expect("there is a place for keys");
            signing.current(NOW).expect("a key can be made");
            std::fs::remove_dir_all(&folder).expect("what was made can go");
            signing
        });
    }
    let text = String::from_utf8_lossy(data);
    SIGNING.with(|signing| {
        assert_eq!(token::read(signing, &text, NOW), None, "nobody signed this");
        // The same as claims, and as header and claims, with a good signature.
        let current = signing.current(NOW).expect("there is one");
        let header = format!(r#"{{"typ":"at+jwt","alg":"EdDSA","kid":"{}"}}"#, current.id);
        let (own_header, claims) = text.split_once('\n').unwrap_or((&header, &text));
        for header in [own_header.replace("KID", &current.id), header.clone()] {
            let signed = format!("{}.{}", base64(header.as_bytes()), base64(claims.as_bytes()));
            let signature = base64(&current.sign(signed.as_bytes()));
            if let Some(said) = token::read(signing, &format!("{signed}.{signature}"), NOW) {
                assert!(!said.scopes.is_empty() && !said.issuer.is_empty(), "{claims}");
            }
            assert_eq!(token::read(signing, &format!("{signed}.{}", base64(&[0; 64])), NOW), None);
        }
    });
    if let Some(found) = key::secret::hash(&text) {
        assert!(text.len() == 54 && text.is_ascii() && found == snug::id::secret_hash(&text));
    }
    if let Some((family, ..)) = token::refresh::read(&text) {
        assert!(text.contains(&family) && family.len() == 43);
    }
    if let Some(scopes) = token::scopes(&text) {
        assert_eq!(token::scopes(&token::words(scopes)), Some(scopes));
    }
    recovery::is_one(&text);
}

/// What a browser answers to a question for a passkey: the first byte says which part of a good answer the rest replaces.
pub fn of_passkey(data: &[u8]) {
    let Some((part, rest)) = data.split_first() else { return };
    let site = Site { host: "chat.example".into(), origin: "https://chat.example".into() };
    let (_, challenge) = Challenges::default().ask(Purpose::SignIn, &site).expect("the first question is asked");
    let said = |kind: &str| {
        format!(r#"{{"type":"{kind}","challenge":"{}","origin":"{}"}}"#, challenge.text, challenge.origin).into_bytes()
    };
    // {"fmt": "none", "attStmt": {}, "authData": …}
    let attested = |data: &[u8]| {
        let length = u16::try_from(data.len()).unwrap_or(u16::MAX).to_be_bytes();
        [&b"\xa3\x63fmt\x64none\x67attStmt\xa0\x68authData\x59"[..], &length, data].concat()
    };
    let made = match part % 4 {
        0 => Registration::check(&challenge, &said("webauthn.create"), rest, &["usb".into()]),
        1 => Registration::check(&challenge, &said("webauthn.create"), &attested(rest), &[]),
        2 => {
            let own = String::from_utf8_lossy(rest).replace("CHALLENGE", &challenge.text);
            Registration::check(&challenge, own.as_bytes(), &attested(GOOD), &[])
        }
        _ => Registration::check(&challenge, &said("webauthn.create"), &attested(&[GOOD, rest].concat()), &[]),
    };
    let Some(made) = made else { return };
    assert!((1..=limits::CREDENTIAL_BYTES_MAX).contains(&made.credential.len()));
    assert!(match &made.key {
        PublicKey::Es256(point) => point.len() == 65 && point[0] == 4,
        PublicKey::Ed25519(point) => point.len() == 32,
        PublicKey::Rs256 { n, e } => (256..=512).contains(&n.len()) && (1..=4).contains(&e.len()),
    });
    let passkey = Passkey {
        credential: made.credential,
        key: made.key,
        host: challenge.host.clone(),
        name: "fuzz".into(),
        created_at: 0,
        last_used_at: None,
        sign_count: made.sign_count,
        backup_eligible: made.backup_eligible,
        backed_up: made.backed_up,
        transports: made.transports,
    };
    // A registration is no sign-in, and one cannot be made of it.
    assert!(Assertion::check(&challenge, &passkey, &said("webauthn.get"), rest, rest).is_none());
    assert!(Assertion::check(&challenge, &passkey, &said("webauthn.create"), GOOD, rest).is_none());
}

/// The bytes of a device that made an Ed25519 key for chat.example.
const GOOD: &[u8] = include_bytes!("good.authdata");

fn base64(bytes: &[u8]) -> String {
    URL_SAFE_NO_PAD.encode(bytes)
}
