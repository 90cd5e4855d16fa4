//! How people come in: by HTTPS, by plain HTTP that is sent on, through proxies, slowly, and not at all.
use crate::support::pebble::until;
use crate::support::{Door, World, soon, trusting};
use rcgen::{BasicConstraints, CertificateParams, IsCa, Issuer, KeyPair};
use rustls::RootCertStore;
use rustls::pki_types::CertificateDer;
use rustls::pki_types::pem::PemObject;
use serde_json::json;
use std::fs;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};
use tempfile::TempDir;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

const NAME: &str = "chat.example.org";
const HSTS: &str = "strict-transport-security";

/// An authority that makes certificates for the operator, and the folder where they lie.
struct Office {
    key: KeyPair,
    params: CertificateParams,
    pem: String,
    folder: TempDir,
}

impl Office {
    fn opens() -> Office {
        let key = KeyPair::generate().unwrap();
        let mut params = CertificateParams::new(Vec::new()).unwrap();
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        let pem = params.self_signed(&key).unwrap().pem();
        Office { key, params, pem, folder: tempfile::tempdir().unwrap() }
    }

    fn roots(&self) -> RootCertStore {
        let mut roots = RootCertStore::empty();
        roots.add(CertificateDer::from_pem_slice(self.pem.as_bytes()).unwrap()).unwrap();
        roots
    }

    fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    /// Puts a new certificate and its key in place.
    fn issues(&self, names: &[&str]) {
        let key = KeyPair::generate().unwrap();
        let mut params = CertificateParams::new(names.iter().map(ToString::to_string).collect::<Vec<_>>()).unwrap();
        params.not_before = time::OffsetDateTime::now_utc() - time::Duration::HOUR;
        params.not_after = params.not_before + time::Duration::days(90);
        let issuer = Issuer::from_params(&self.params, &self.key);
        fs::write(self.path("cert.pem"), params.signed_by(&key, &issuer).unwrap().pem()).unwrap();
        fs::write(self.path("key.pem"), key.serialize_pem()).unwrap();
    }

    fn settings<'a>(&self, cert: &'a str, key: &'a str) -> Vec<(&'static str, &'a str)> {
        vec![
            ("SNUG_SERVER__TLS", "files"),
            ("SNUG_SERVER__HOSTS", NAME),
            ("SNUG_SERVER__CERT", cert),
            ("SNUG_SERVER__KEY", key),
        ]
    }

    fn paths(&self) -> (String, String) {
        let shown = |path: &Path| path.display().to_string();
        (shown(&self.path("cert.pem")), shown(&self.path("key.pem")))
    }

    fn door(&self, world: &World) -> Door {
        Door { tls: Some(trusting(&self.pem)), name: Some(NAME), ..world.door.clone() }
    }
}

fn redirect(world: &World) -> Door {
    Door::plain(world.redirect.unwrap())
}

#[tokio::test]
async fn s4_the_port_for_plain_http_sends_pages_on_and_refuses_programs() {
    let settings =
        [("SNUG_SERVER__TLS", "auto"), ("SNUG_SERVER__REDIRECT_LISTEN", "127.0.0.1:0"), ("SNUG_SERVER__HOSTS", NAME)];
    let world = World::with(&settings).await;
    let port = world.door.address.port();
    let plain = redirect(&world);
    let to = async |method: &str, path: &str, host: &str| {
        let answer = plain.call(method, path, &[("host", host)], "").await;
        assert_eq!((answer.status, answer.header(HSTS)), (hyper::StatusCode::PERMANENT_REDIRECT, None), "{path}");
        assert_eq!(answer.header("connection"), Some("close"));
        answer.header("location").unwrap().to_owned()
    };
    let here = format!("{NAME}:{}", world.redirect.unwrap().port());
    assert_eq!(to("GET", "/r/1?x=2", &here).await, format!("https://{NAME}:{port}/r/1?x=2"));
    assert_eq!(to("HEAD", "/", &here).await, format!("https://{NAME}:{port}/"));
    // It is known outside by the usual number, so the other one is too.
    assert_eq!(to("GET", "/login", NAME).await, format!("https://{NAME}/login"));
    assert_eq!(to("GET", "/", "[::1]:8080").await, "https://[::1]/");
    assert_eq!(to("GET", "/.well-known/security.txt", NAME).await, format!("https://{NAME}/.well-known/security.txt"));
    for (method, path) in [
        ("GET", "/api/v1/server"),
        ("GET", "/api/v1/ws"),
        ("GET", "/files/1/a.png"),
        ("GET", "/avatars/1/a"),
        ("GET", "/.well-known/jwks.json"),
        ("POST", "/"),
        ("POST", "/login"),
        ("OPTIONS", "/"),
    ] {
        let answer = plain.call(method, path, &[("host", NAME)], "").await;
        assert_eq!(answer.header("location"), None, "{method} {path}");
        answer.refused(403, "https_only");
    }
    let upgrade = [("host", NAME), ("upgrade", "websocket"), ("connection", "upgrade")];
    plain.call("GET", "/", &upgrade, "").await.refused(403, "https_only");
    // A name that is not this server's leads nowhere (S10).
    plain.call("GET", "/", &[("host", "evil.example")], "").await.refused(421, "wrong_host");
    plain.call("GET", "/.well-known/acme-challenge/guess", &[("host", NAME)], "").await.refused(404, "not_found");
}

#[tokio::test]
async fn how_to_trust_the_server_is_told_before_it_is_trusted() {
    let world = World::with(&[("SNUG_SERVER__TLS", "auto"), ("SNUG_SERVER__REDIRECT_LISTEN", "127.0.0.1:0")]).await;
    let plain = redirect(&world);
    let page = plain.call("GET", "/trust", &[], "").await;
    let html = String::from_utf8(page.body.to_vec()).unwrap();
    let own = world.app.tls.get().unwrap().own().unwrap();
    assert!(page.status == 200 && html.contains(&own.fingerprint));
    assert_eq!(plain.call("GET", "/trust/ca.crt", &[], "").await.body, own.pem.as_bytes());
    let sheet = html.split("href=\"").find_map(|rest| rest.split('"').next().filter(|path| path.ends_with(".css")));
    plain.call("GET", sheet.unwrap(), &[], "").await.answered(200);
    plain.call("POST", "/trust", &[], "").await.refused(403, "https_only");
    plain.call("GET", "/trust", &[("host", "evil.example")], "").await.refused(421, "wrong_host");
    // With a certificate that needs no trust there is nothing to tell.
    let office = Office::opens();
    office.issues(&[NAME]);
    let (cert, key) = office.paths();
    let mut settings = office.settings(&cert, &key);
    settings.push(("SNUG_SERVER__REDIRECT_LISTEN", "127.0.0.1:0"));
    let world = World::with(&settings).await;
    assert_eq!(redirect(&world).call("GET", "/trust", &[("host", NAME)], "").await.status, 308);
}

#[tokio::test]
async fn s5_hsts_only_where_every_browser_trusts_the_certificate() {
    let office = Office::opens();
    office.issues(&[NAME]);
    let (cert, key) = office.paths();
    let said = async |door: &Door, host: &str| {
        let page = door.call("GET", "/", &[("host", host)], "").await;
        let api = door.call("GET", "/api/v1/server", &[("host", host)], "").await;
        let of = |answer: &crate::support::Answer| answer.header(HSTS).map(str::to_owned);
        assert_eq!((of(&page), page.status), (of(&api), api.status));
        of(&page)
    };
    // Whom everybody trusts.
    let world = World::among(office.roots(), &office.settings(&cert, &key)).await;
    let door = office.door(&world);
    assert_eq!(said(&door, NAME).await.as_deref(), Some("max-age=31536000"));
    let with_port = format!("{NAME}:{}", world.door.address.port());
    assert_eq!(said(&door, &with_port).await.as_deref(), Some("max-age=31536000"));
    assert_eq!(said(&door, "127.0.0.1").await, None, "it is not for the address");
    let plain = Door::plain(world.door.address);
    assert_eq!(plain.call("GET", "/", &[("host", NAME)], "").await.header(HSTS), None);
    // With the names below it.
    let mut below = office.settings(&cert, &key);
    below.push(("SNUG_TLS__HSTS_SUBDOMAINS", "true"));
    let world = World::among(office.roots(), &below).await;
    let all = "max-age=31536000; includeSubDomains";
    assert_eq!(said(&office.door(&world), NAME).await.as_deref(), Some(all));
    // The same files where nobody knows who made them.
    let world = World::with(&office.settings(&cert, &key)).await;
    assert_eq!(said(&office.door(&world), NAME).await, None);
    // The server's own, and a proxy that speaks for itself.
    let world = World::with(&[("SNUG_SERVER__TLS", "auto"), ("SNUG_SERVER__HOSTS", NAME)]).await;
    assert_eq!(said(&world.door, NAME).await, None);
    let world = World::with(&[("SNUG_SERVER__TRUSTED_PROXIES", "127.0.0.1")]).await;
    let answer = world.door.call("GET", "/", &[("x-forwarded-proto", "https")], "").await;
    assert_eq!((answer.status.as_u16(), answer.header(HSTS)), (200, None));
}

#[tokio::test]
async fn new_files_are_shown_within_seconds_and_bad_ones_never() {
    let office = Office::opens();
    office.issues(&[NAME]);
    let (cert, key) = office.paths();
    let world = World::with(&office.settings(&cert, &key)).await;
    let tls = world.app.tls.get().unwrap().clone();
    let door = office.door(&world);
    // A connection from before, which nothing of this concerns.
    let mut line = door.line().await;
    let first = tls.state().fingerprint;
    office.issues(&[NAME]);
    let since = Instant::now();
    until("the new files are noticed", || tls.state().fingerprint != first).await;
    assert!(since.elapsed() < Duration::from_secs(15), "{:?}", since.elapsed());
    let second = tls.state().fingerprint;
    door.call("GET", "/healthz", &[("host", NAME)], "").await.answered(200);
    fs::write(office.path("cert.pem"), "torn").unwrap();
    tls.look_again();
    until("the bad file is complained of", || tls.state().last_error.is_some()).await;
    let state = tls.state();
    assert!(state.last_error.unwrap().contains("cert.pem") && state.fingerprint == second);
    door.call("GET", "/healthz", &[("host", NAME)], "").await.answered(200);
    let ada = world_owner(&world, &door).await;
    let told = ada.get("/admin/certificate").await.is(200);
    assert_eq!((&told["state"], &told["source"]), (&json!("failing"), &json!("files")));
    assert_eq!(ada.post("/admin/certificate/renew", json!({})).await.is(200)["state"], "failing");
    office.issues(&[NAME]);
    assert_eq!(ada.post("/admin/certificate/renew", json!({})).await.is(200)["state"], "good");
    assert_ne!(tls.state().fingerprint, second);
    line.write_all(format!("GET /healthz HTTP/1.1\r\nHost: {NAME}\r\n\r\n").as_bytes()).await.unwrap();
    let mut answer = [0; 12];
    soon("an answer", line.read_exact(&mut answer)).await.unwrap();
    assert_eq!(&answer, b"HTTP/1.1 200");
}

/// The first person, by this door.
async fn world_owner(world: &World, door: &Door) -> crate::support::Person {
    let (code, _) = world.app.setup.code();
    let body = json!({"code": code, "username": "ada", "password": crate::support::PASSWORD}).to_string();
    let answer = door.call("POST", "/api/v1/setup", &[("content-type", "application/json")], body).await;
    crate::support::Person::signed_in(door, answer)
}

#[tokio::test]
async fn s1_the_oldest_version_is_a_matter_of_configuration() {
    let refuses_old = async |settings: &[(&str, &str)]| {
        let world = World::with(settings).await;
        world.get("/healthz").await.answered(200);
        let own = world.app.tls.get().unwrap().own().unwrap();
        let mut roots = RootCertStore::empty();
        roots.add(CertificateDer::from_pem_slice(own.pem.as_bytes()).unwrap()).unwrap();
        let provider = std::sync::Arc::new(rustls::crypto::ring::default_provider());
        let config = rustls::ClientConfig::builder_with_provider(provider)
            .with_protocol_versions(&[&rustls::version::TLS12])
            .unwrap()
            .with_root_certificates(roots)
            .with_no_client_auth();
        let stream = TcpStream::connect(world.door.address).await.unwrap();
        let connector = tokio_rustls::TlsConnector::from(std::sync::Arc::new(config));
        soon("a handshake", connector.connect("localhost".try_into().unwrap(), stream)).await.is_err()
    };
    assert!(!refuses_old(&[("SNUG_SERVER__TLS", "auto")]).await);
    assert!(refuses_old(&[("SNUG_SERVER__TLS", "auto"), ("SNUG_TLS__MIN", "1.3")]).await);
}

/// A header of the PROXY protocol, version 2, for somebody at an IPv4 address.
fn header(address: [u8; 4]) -> Vec<u8> {
    let mut header = b"\r\n\r\n\0\r\nQUIT\n\x21\x11\0\x0c".to_vec();
    header.extend_from_slice(&address);
    header.extend_from_slice(&[127, 0, 0, 1, 0x30, 0x39, 1, 187]);
    header
}

/// What comes back for these bytes; nothing: the connection was closed.
async fn answered(address: SocketAddr, bytes: &[u8]) -> String {
    let mut line = TcpStream::connect(address).await.unwrap();
    let _ = line.write_all(bytes).await;
    let mut answer = Vec::new();
    let _ = soon("an end", line.read_to_end(&mut answer)).await;
    String::from_utf8_lossy(&answer).into_owned()
}

const ASKS: &[u8] = b"GET /healthz HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: close\r\n\r\n";

#[tokio::test]
async fn a_proxy_tells_who_is_at_the_other_end() {
    let world = World::with(&[("SNUG_SERVER__PROXY_PROTOCOL", "127.0.0.1")]).await;
    let ada_is_banned = [203, 0, 113, 9];
    let said = |from: [u8; 4]| [&header(from), ASKS].concat();
    assert!(answered(world.door.address, &said(ada_is_banned)).await.starts_with("HTTP/1.1 200"));
    // What the proxy asks for itself.
    let local = [b"\r\n\r\n\0\r\nQUIT\n\x20\0\0\0", ASKS].concat();
    assert!(answered(world.door.address, &local).await.starts_with("HTTP/1.1 200"));
    // Without a header, with a half one, and with one of another version.
    for bad in
        [ASKS.to_vec(), header([1, 2, 3, 4])[..20].to_vec(), [b"PROXY TCP4 1.2.3.4 1.2.3.4 1 2\r\n", ASKS].concat()]
    {
        let mut line = TcpStream::connect(world.door.address).await.unwrap();
        line.write_all(&bad).await.unwrap();
        line.shutdown().await.unwrap();
        let mut answer = Vec::new();
        let _ = soon("an end", line.read_to_end(&mut answer)).await;
        assert_eq!(String::from_utf8_lossy(&answer), "");
    }
    // The address is the person's: it is what a ban meets.
    let ban = json!({"address": "203.0.113.9"});
    snug_ban(&world, ban).await;
    assert!(answered(world.door.address, &said(ada_is_banned)).await.starts_with("HTTP/1.1 403"));
    assert!(answered(world.door.address, &said([203, 0, 113, 10])).await.starts_with("HTTP/1.1 200"));
}

/// Bans by the operator's own door.
async fn snug_ban(world: &World, ban: serde_json::Value) {
    use http_body_util::{BodyExt, Full};
    let body: snug::http::RequestBody = Full::new(ban.to_string().into())
        .map_err(|never| -> snug::http::body::BodyError { match never {} })
        .boxed_unsync();
    let request = hyper::Request::post("/api/v1/admin/bans").header("content-type", "application/json").body(body);
    let answer = snug::http::handle(world.app.clone(), snug::admin::OPERATOR, request.unwrap()).await;
    assert_eq!(answer.status(), 201);
}

#[tokio::test]
async fn a_stranger_cannot_say_who_they_are_by_the_proxys_header() {
    let world = World::with(&[("SNUG_SERVER__PROXY_PROTOCOL", "10.0.0.0/8")]).await;
    assert!(answered(world.door.address, ASKS).await.starts_with("HTTP/1.1 200"));
    let answer = answered(world.door.address, &[&header([203, 0, 113, 9]), ASKS].concat()).await;
    assert!(!answer.starts_with("HTTP/1.1 200"), "{answer}");
}

#[tokio::test]
async fn behind_a_proxy_each_address_has_its_own_bound_and_tls_goes_through() {
    let world = World::with(&[
        ("SNUG_SERVER__PROXY_PROTOCOL", "127.0.0.1"),
        ("SNUG_SERVER__TLS", "auto"),
        ("SNUG_LIMITS__CONNECTIONS_PER_IP", "2"),
    ])
    .await;
    let open = async |from: [u8; 4]| {
        let mut stream = TcpStream::connect(world.door.address).await.unwrap();
        stream.write_all(&header(from)).await.unwrap();
        let connector = tokio_rustls::TlsConnector::from(world.door.tls.clone().unwrap());
        soon("a handshake", connector.connect("localhost".try_into().unwrap(), stream)).await.ok()
    };
    let (one, two) = (open([203, 0, 113, 1]).await, open([203, 0, 113, 1]).await);
    assert!(one.is_some() && two.is_some());
    assert!(open([203, 0, 113, 1]).await.is_none(), "the third of one address");
    assert!(open([203, 0, 113, 2]).await.is_some(), "another address");
}

#[tokio::test]
async fn s37_a_head_that_does_not_come_is_waited_for_ten_seconds() {
    let world = World::new().await;
    let mut line = world.door.line().await;
    line.write_all(b"GET /healthz HTTP/1.1\r\nHost: 127.").await.unwrap();
    let since = Instant::now();
    let mut answer = Vec::new();
    let _ = tokio::time::timeout(Duration::from_secs(20), line.read_to_end(&mut answer)).await.unwrap();
    let waited = since.elapsed().as_secs_f64();
    assert!((9.0..15.0).contains(&waited), "{waited}");
    assert!(!String::from_utf8_lossy(&answer).starts_with("HTTP/1.1 200"));
}

#[tokio::test]
async fn s37_a_handshake_that_does_not_come_is_waited_for_ten_seconds() {
    let world = World::with(&[("SNUG_SERVER__TLS", "auto")]).await;
    let mut silent = TcpStream::connect(world.door.address).await.unwrap();
    let mut half = TcpStream::connect(world.door.address).await.unwrap();
    half.write_all(&[0x16, 3, 1, 2, 0, 1]).await.unwrap();
    let since = Instant::now();
    for line in [&mut silent, &mut half] {
        let mut answer = Vec::new();
        let _ = tokio::time::timeout(Duration::from_secs(20), line.read_to_end(&mut answer)).await.unwrap();
        assert!(answer.is_empty());
    }
    let waited = since.elapsed().as_secs_f64();
    assert!((9.0..15.0).contains(&waited), "{waited}");
}

#[tokio::test]
async fn s37_a_body_that_stops_is_waited_for_fifteen_seconds() {
    let world = World::new().await;
    let mut line = world.door.line().await;
    let head = "POST /api/v1/auth/login HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: application/json\r\nContent-Length: 100\r\n\r\n{";
    line.write_all(head.as_bytes()).await.unwrap();
    let since = Instant::now();
    let mut first = [0; 12];
    tokio::time::timeout(Duration::from_secs(30), line.read_exact(&mut first)).await.unwrap().unwrap();
    let waited = since.elapsed().as_secs_f64();
    assert!((14.0..22.0).contains(&waited), "{waited}");
    assert_eq!(&first, b"HTTP/1.1 408");
    // Others were served all the while.
    world.get("/healthz").await.answered(200);
}

#[tokio::test]
async fn s37_who_opens_streams_only_to_reset_them_is_sent_away() {
    const STREAMS: u32 = 2_000;
    let world = World::new().await;
    let mut attack = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n\0\0\0\x04\0\0\0\0\0".to_vec();
    for stream in 0..STREAMS {
        let id = (stream * 2 + 1).to_be_bytes();
        // GET, http, /, and an authority; then CANCEL.
        let fields = [&[0x82, 0x86, 0x84, 0x41, 9][..], b"127.0.0.1"].concat();
        attack.extend_from_slice(&[0, 0, fields.len() as u8, 1, 0x05]);
        attack.extend_from_slice(&id);
        attack.extend_from_slice(&fields);
        attack.extend_from_slice(&[0, 0, 4, 3, 0]);
        attack.extend_from_slice(&id);
        attack.extend_from_slice(&8_u32.to_be_bytes());
    }
    let mut line = TcpStream::connect(world.door.address).await.unwrap();
    let _ = line.write_all(&attack).await;
    let mut said = Vec::new();
    let _ = soon("an end", line.read_to_end(&mut said)).await;
    // The last frame is GOAWAY, ENHANCE_YOUR_CALM (RFC 9113, 7).
    let goaway = frames(&said).into_iter().find(|(kind, _)| *kind == 7).expect("it is sent away");
    assert_eq!(goaway.1[4..8], 0xb_u32.to_be_bytes());
    world.get("/healthz").await.answered(200);
}

/// Type and payload of each frame.
fn frames(mut bytes: &[u8]) -> Vec<(u8, &[u8])> {
    let mut frames = Vec::new();
    while let [high, middle, low, kind, _, _, _, _, _, rest @ ..] = bytes {
        let length = u32::from_be_bytes([0, *high, *middle, *low]) as usize;
        let Some((payload, rest)) = rest.split_at_checked(length) else { break };
        frames.push((*kind, payload));
        bytes = rest;
    }
    frames
}
