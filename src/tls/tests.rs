//! What certificates promise to clients, and to operators.
use super::*;
use rustls::client::WebPkiServerVerifier;
use rustls::client::danger::ServerCertVerifier;
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, ServerName, UnixTime};
use rustls::{ClientConfig, ClientConnection, RootCertStore, ServerConnection};
use std::os::unix::fs::PermissionsExt;
use std::time::Duration;

const DAY: Duration = Duration::from_secs(24 * 3600);

fn now() -> SystemTime {
    SystemTime::UNIX_EPOCH + 20_000 * DAY
}

fn names(hosts: &[&str]) -> Names {
    let hosts: Vec<_> = hosts.iter().map(|host| host.to_string()).collect();
    Names::new(&hosts, "box", ["192.168.1.7".parse().unwrap(), "203.0.113.9".parse().unwrap()])
}

/// A data folder, closed as Snug wants it.
fn folder() -> tempfile::TempDir {
    tempfile::Builder::new().permissions(fs::Permissions::from_mode(0o700)).tempdir().unwrap()
}

fn open(data: &Path, names: &Names) -> Tls {
    open_mode(data, &TlsMode::Auto, names).unwrap().unwrap()
}

fn open_mode(data: &Path, mode: &TlsMode, names: &Names) -> Result<Option<Tls>> {
    Tls::of(data, mode, TlsVersion::V1_2, RootCertStore::empty(), names, now())
}

fn leaf(tls: &Tls) -> CertificateDer<'static> {
    tls.current.shown().leaf.certified.cert[0].clone()
}

fn trusting(tls: &Tls) -> RootCertStore {
    let mut roots = RootCertStore::empty();
    roots.add(CertificateDer::from_pem_slice(tls.own().unwrap().pem.as_bytes()).unwrap()).unwrap();
    roots
}

/// What a browser says that trusts the authority.
fn is_trusted(tls: &Tls, name: &str, now: SystemTime) -> bool {
    let verifier = WebPkiServerVerifier::builder_with_provider(trusting(tls).into(), provider()).build().unwrap();
    let now = UnixTime::since_unix_epoch(now.duration_since(SystemTime::UNIX_EPOCH).unwrap());
    let name = ServerName::try_from(name).unwrap();
    verifier.verify_server_cert(&leaf(tls), &[], &name, &[], now).is_ok()
}

#[test]
fn a_client_that_trusts_the_authority_takes_the_certificate() {
    let data = folder();
    let tls = open(data.path(), &names(&[]));
    for name in ["localhost", "box", "box.local", "192.168.1.7", "203.0.113.9", "127.0.0.1", "::1"] {
        assert!(is_trusted(&tls, name, now()), "{name}");
    }
    for name in ["evil.example", "other.local", "192.168.1.8"] {
        assert!(!is_trusted(&tls, name, now()), "{name}");
    }
    assert!(!is_trusted(&tls, "localhost", now() + 366 * DAY));
}

#[test]
fn s2_a_leaf_lives_a_year_at_most_and_is_for_servers() {
    let data = folder();
    let tls = open(data.path(), &names(&["chat.example"]));
    assert!(tls.current.shown().leaf.life() <= 366 * DAY);
    assert_eq!(tls.current.shown().leaf.dns, ["chat.example", "localhost"]);
    let der = leaf(&tls);
    let (_, parsed) = x509_parser::parse_x509_certificate(&der).unwrap();
    assert_eq!(parsed.subject().to_string(), "CN=chat.example");
    assert!(parsed.extended_key_usage().unwrap().unwrap().value.server_auth);
    assert!(!parsed.is_ca());
    assert!(parsed.validity().not_before.timestamp() < 20_000 * 86_400);
}

#[test]
fn the_authority_vouches_for_private_names_only() {
    let data = folder();
    let tls = open(data.path(), &names(&["chat.example"]));
    let der = CertificateDer::from_pem_slice(tls.own().unwrap().pem.as_bytes()).unwrap();
    let (_, parsed) = x509_parser::parse_x509_certificate(&der).unwrap();
    assert_eq!(parsed.subject().to_string(), "CN=Snug local authority box");
    let basic = parsed.basic_constraints().unwrap().unwrap();
    assert!(basic.critical && basic.value.ca && basic.value.path_len_constraint == Some(0));
    let usage = parsed.key_usage().unwrap().unwrap().value;
    assert!(usage.key_cert_sign() && usage.crl_sign() && !usage.digital_signature());
    let constraints = parsed.name_constraints().unwrap().unwrap();
    assert!(constraints.critical);
    let permitted = format!("{:?}", constraints.value.permitted_subtrees.as_ref().unwrap());
    for name in ["localhost", "local", "internal", "lan", "home.arpa", "box", "chat.example"] {
        assert!(permitted.contains(&format!("DNSName(\"{name}\")")), "{name}: {permitted}");
    }
    assert!(permitted.contains("IPAddress([203, 0, 113, 9, 255, 255, 255, 255])"), "{permitted}");
    let life_secs = parsed.validity().not_after.timestamp() - parsed.validity().not_before.timestamp();
    assert_eq!(life_secs, 3_650 * 86_400 - 1);
}

#[test]
fn what_it_may_not_vouch_for_is_not_trusted() {
    let data = folder();
    let tls = open(data.path(), &names(&[]));
    let authority = Authority::open(&data.path().join(FOLDER), &names(&[]), now()).unwrap();
    let foreign = Names::new(&[], "bank", ["198.51.100.1".parse().unwrap()]);
    let (chain, key) = authority.issue(&foreign, now()).unwrap();
    let issued = Leaf::from_pem(chain.as_bytes(), key.as_bytes()).unwrap();
    assert_eq!(issued.dns, ["bank.local", "localhost"]);
    assert!(!issued.addresses.contains(&"198.51.100.1".parse().unwrap()));
    assert_eq!(tls.own().map(|own| own.pem), Some(authority.pem));
}

#[test]
fn it_is_renewed_after_two_thirds_and_while_serving() {
    let data = folder();
    let tls = open(data.path(), &names(&[]));
    let (config, authority, first) = (tls.server_config(), tls.own().map(|own| own.fingerprint), leaf(&tls));
    assert!(!tls.renew_if_due(&names(&[]), now() + 242 * DAY).unwrap());
    assert_eq!(leaf(&tls), first);
    assert!(tls.renew_if_due(&names(&[]), now() + 245 * DAY).unwrap());
    assert_ne!(leaf(&tls), first);
    assert!(Arc::ptr_eq(&config, &tls.server_config()));
    assert_eq!(tls.own().map(|own| own.fingerprint), authority);
    assert!(is_trusted(&tls, "localhost", now() + 600 * DAY));
    assert!(tls.renew(&names(&[]), now()).unwrap());
}

#[test]
fn new_names_make_a_new_leaf_and_foreign_ones_a_new_authority() {
    let data = folder();
    let tls = open(data.path(), &names(&[]));
    let authority = tls.own().map(|own| own.fingerprint);
    let moved = Names::new(&[], "box", ["10.0.0.5".parse().unwrap()]);
    assert!(tls.renew_if_due(&moved, now()).unwrap());
    assert!(is_trusted(&tls, "10.0.0.5", now()));
    let offline = Names::new(&[], "box", []);
    assert!(!tls.renew_if_due(&offline, now()).unwrap());
    let renamed = Names::new(&[], "bank", ["198.51.100.1".parse().unwrap()]);
    assert!(tls.renew_if_due(&renamed, now()).unwrap());
    assert!(is_trusted(&tls, "bank.local", now()) && !is_trusted(&tls, "bank", now()));
    assert_eq!(tls.own().map(|own| own.fingerprint), authority);
    assert!(tls.renew_if_due(&names(&["chat.example", "198.51.100.1"]), now()).unwrap());
    assert_ne!(tls.own().map(|own| own.fingerprint), authority);
    assert!(is_trusted(&tls, "chat.example", now()) && is_trusted(&tls, "198.51.100.1", now()));
    assert!(data.path().join("tls/ca.crt.old").exists());
}

#[test]
fn the_authority_outlives_restarts_and_clocks_but_not_its_leaves() {
    let data = folder();
    let first = open(data.path(), &names(&[]));
    let again = open(data.path(), &names(&[]));
    assert_eq!(
        (first.own().map(|own| own.fingerprint), leaf(&first)),
        (again.own().map(|own| own.fingerprint), leaf(&again))
    );
    again.renew_if_due(&names(&[]), now() - 5_000 * DAY).unwrap();
    assert_eq!(first.own().map(|own| own.fingerprint), again.own().map(|own| own.fingerprint));
    assert!(again.renew_if_due(&names(&[]), now()).unwrap());
    assert!(is_trusted(&again, "localhost", now()));
    let late = now() + 3_290 * DAY;
    assert!(again.renew_if_due(&names(&[]), late).unwrap());
    assert_ne!(first.own().map(|own| own.fingerprint), again.own().map(|own| own.fingerprint));
    assert!(is_trusted(&again, "localhost", late));
}

#[test]
fn files_are_for_their_owner_alone_and_mended_or_refused() {
    let data = folder();
    let tls = open(data.path(), &names(&[]));
    let folder = data.path().join(FOLDER);
    let mode = |path: &Path| fs::metadata(path).unwrap().permissions().mode() & 0o777;
    assert_eq!(mode(&folder), 0o700);
    for file in ["ca.crt", "ca.key", "leaf.crt", "leaf.key"] {
        assert_eq!(mode(&folder.join(file)), 0o600, "{file}");
    }
    fs::write(folder.join(LEAF), "torn").unwrap();
    assert!(tls.renew_if_due(&names(&[]), now()).unwrap());
    fs::set_permissions(folder.join(authority::KEY), fs::Permissions::from_mode(0o644)).unwrap();
    assert!(tls.renew_if_due(&names(&[]), now()).unwrap_err().to_string().contains("chmod 600"));
    fs::remove_file(folder.join(authority::KEY)).unwrap();
    assert!(tls.renew_if_due(&names(&[]), now()).unwrap_err().to_string().contains("damaged"));
    assert!(is_trusted(&tls, "localhost", now()), "the last good one stays");
}

#[test]
fn own_files_are_read_again_when_they_change() {
    let (one, two) = (folder(), folder());
    let (first, second) = (open(one.path(), &names(&[])), open(two.path(), &names(&[])));
    let own = folder();
    let (cert, key) = (own.path().join("cert.pem"), own.path().join("key.pem"));
    let bring = |from: &Path, file: &str, to: &Path| fs::copy(from.join(FOLDER).join(file), to).unwrap();
    bring(one.path(), LEAF, &cert);
    let mode = TlsMode::Files { cert: cert.clone(), key: key.clone() };
    let opened = open_mode(own.path(), &mode, &names(&[]));
    assert!(opened.err().unwrap().to_string().contains("key.pem cannot be read"));
    bring(one.path(), LEAF_KEY, &key);
    let tls = open_mode(own.path(), &mode, &names(&[])).unwrap().unwrap();
    assert_eq!((leaf(&tls), tls.own().is_none()), (leaf(&first), true));
    assert!(!tls.renew_if_due(&names(&[]), now()).unwrap());
    bring(two.path(), LEAF, &cert);
    assert!(tls.renew_if_due(&names(&[]), now()).is_err(), "the key is still the old one");
    assert_eq!(leaf(&tls), leaf(&first));
    bring(two.path(), LEAF_KEY, &key);
    assert!(tls.renew_if_due(&names(&[]), now()).unwrap());
    assert_eq!(leaf(&tls), leaf(&second));
    assert!(open_mode(own.path(), &TlsMode::Off, &names(&[])).unwrap().is_none());
}

#[test]
fn a_handshake_agrees_on_http2_and_resumes() {
    let data = folder();
    let tls = Tls::of(data.path(), &TlsMode::Auto, TlsVersion::V1_2, roots(), &names(&[]), SystemTime::now())
        .unwrap()
        .unwrap();
    let mut client = ClientConfig::builder_with_provider(provider())
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_root_certificates(trusting(&tls))
        .with_no_client_auth();
    client.alpn_protocols = vec![b"h2".to_vec()];
    let client = Arc::new(client);
    for kind in [rustls::HandshakeKind::Full, rustls::HandshakeKind::Resumed] {
        let mut server = ServerConnection::new(tls.server_config()).unwrap();
        let mut client = ClientConnection::new(client.clone(), "localhost".try_into().unwrap()).unwrap();
        while client.is_handshaking() || server.is_handshaking() || server.wants_write() {
            let mut wire = Vec::new();
            client.write_tls(&mut wire).unwrap();
            server.read_tls(&mut wire.as_slice()).unwrap();
            server.process_new_packets().unwrap();
            wire.clear();
            server.write_tls(&mut wire).unwrap();
            client.read_tls(&mut wire.as_slice()).unwrap();
            client.process_new_packets().unwrap();
        }
        assert_eq!(client.alpn_protocol(), Some(b"h2".as_slice()));
        assert_eq!(client.protocol_version(), Some(rustls::ProtocolVersion::TLSv1_3));
        assert_eq!(client.handshake_kind(), Some(kind));
    }
}
