//! S3, R23: certificates from an authority that speaks ACME, with Debian's `pebble` in its place.
use crate::support::pebble::{self, Pebble, Ports, free, until};
use crate::support::{Door, Line, World, posted, soon};
use futures_util::future::join_all;
use hyper::client::conn::http1;
use hyper_util::rt::TokioIo;
use serde_json::{Value, json};
use snug::tls::State;
use std::fs;
use std::net::SocketAddr;
use std::os::unix::fs::PermissionsExt;
use std::sync::Arc;

const NAME: &str = "chat.example.org";

/// An authority, and where it looks.
struct Scene {
    pebble: Pebble,
    main: SocketAddr,
    redirect: SocketAddr,
}

impl Scene {
    /// The authority looks for files and certificates where the server is, or where nobody is.
    async fn set(looks_at_files: bool, looks_at_certificates: bool, more: Value) -> Scene {
        let (main, redirect) = (free(), free());
        let port = |looks: bool, address: SocketAddr| if looks { address.port() } else { free().port() };
        let ports = Ports { http: port(looks_at_files, redirect), tls: port(looks_at_certificates, main) };
        Scene { pebble: Pebble::begin(ports, more).await, main, redirect }
    }

    async fn world(&self, more: &[(&str, &str)]) -> World {
        let redirect = self.redirect.to_string();
        let settings = self.pebble.settings();
        let mut all: Vec<(&str, &str)> = settings.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
        all.extend([("SNUG_SERVER__HOSTS", NAME), ("SNUG_SERVER__REDIRECT_LISTEN", redirect.as_str())]);
        all.extend(more);
        World::at(self.main, &all).await
    }
}

fn state(world: &World) -> State {
    world.app.tls.get().unwrap().state()
}

async fn has_one(world: &World) -> State {
    until("a certificate has come", || !state(world).is_waiting || state(world).last_error.is_some()).await;
    until("the order is over", || !state(world).is_renewing).await;
    let state = state(world);
    assert_eq!((state.last_error.as_deref(), state.is_waiting), (None, false));
    state
}

/// The certificate that is shown to who asks by the name.
async fn shown(world: &World, trusting: &Arc<rustls::ClientConfig>) -> String {
    let stream = tokio::net::TcpStream::connect(world.door.address).await.unwrap();
    // Who comes back is not shown it again.
    let mut config = (**trusting).clone();
    config.resumption = rustls::client::Resumption::disabled();
    let connector = tokio_rustls::TlsConnector::from(Arc::new(config));
    let stream = soon("a handshake", connector.connect(NAME.try_into().unwrap(), stream)).await.unwrap();
    format!("{:?}", stream.get_ref().1.peer_certificates().unwrap()[0])
}

#[tokio::test]
async fn s3_a_name_is_proven_over_plain_http() {
    if pebble::is_missing() {
        return;
    }
    let scene = Scene::set(true, false, json!({})).await;
    let world = scene.world(&[]).await;
    // The server is up before the certificate is there, and shows its own.
    world.get("/healthz").await.answered(200);
    let state = has_one(&world).await;
    assert_eq!((state.source, state.names.as_slice(), state.proof), ("acme", &[NAME.to_owned()][..], Some("http-01")));
    assert!(state.issuer.contains("Pebble") && state.authority.is_none(), "{state:?}");
    let trusting = scene.pebble.trusting().await;
    let door = Door { tls: Some(trusting.clone()), name: Some(NAME), ..world.door.clone() };
    let answer = door.call("GET", "/api/v1/server", &[("host", NAME)], "").await;
    // Browsers do not know this authority, so they are not told to insist (S5).
    assert_eq!((answer.status, answer.header("strict-transport-security")), (hyper::StatusCode::OK, None));
    // Who asks by an address still finds the certificate for it.
    world.get("/healthz").await.answered(200);
    world.get("/trust").await.answered(404);
    // All that is kept is for its owner alone.
    let folder = world.app.config.data.join("tls/acme");
    let mode = |path: &std::path::Path| fs::metadata(path).unwrap().permissions().mode() & 0o777;
    assert_eq!(mode(&folder), 0o700);
    for file in ["account.json", "certificate.pem", "state.json"] {
        assert_eq!(mode(&folder.join(file)), 0o600, "{file}");
    }
    // Nothing is ordered again after a restart.
    let before = shown(&world, &trusting).await;
    let world = world.restarts().await;
    assert!(!crate::acme::state(&world).is_waiting);
    assert_eq!(shown(&world, &trusting).await, before);
}

#[tokio::test]
async fn s3_a_name_is_proven_by_a_certificate() {
    if pebble::is_missing() {
        return;
    }
    let scene = Scene::set(false, true, json!({})).await;
    let world = scene.world(&[("SNUG_SERVER__REDIRECT_LISTEN", "off")]).await;
    let state = has_one(&world).await;
    assert_eq!(state.proof, Some("tls-alpn-01"));
    // The proof is gone, and nothing else is shown to who asks as an authority does.
    let mut config = (*scene.pebble.trusting().await).clone();
    config.alpn_protocols = vec![b"acme-tls/1".to_vec()];
    let stream = tokio::net::TcpStream::connect(world.door.address).await.unwrap();
    let connector = tokio_rustls::TlsConnector::from(Arc::new(config));
    assert!(soon("a handshake", connector.connect(NAME.try_into().unwrap(), stream)).await.is_err());
}

#[tokio::test]
async fn s3_one_way_that_fails_leads_to_the_other() {
    if pebble::is_missing() {
        return;
    }
    let scene = Scene::set(false, true, json!({})).await;
    let world = scene.world(&[]).await;
    assert_eq!(has_one(&world).await.proof, Some("tls-alpn-01"), "files were looked for first, in vain");
}

#[tokio::test]
async fn s3_two_names_stand_in_one_certificate() {
    if pebble::is_missing() {
        return;
    }
    let scene = Scene::set(true, true, json!({})).await;
    let world = scene.world(&[("SNUG_SERVER__HOSTS", "chat.example.org,talk.example.org,192.0.2.1")]).await;
    let mut names = has_one(&world).await.names;
    names.sort();
    assert_eq!(names, [NAME, "talk.example.org"]);
}

#[tokio::test]
async fn s3_an_authority_may_want_an_account_that_is_known_there() {
    if pebble::is_missing() {
        return;
    }
    let key = "zWNDZM6eQGHWpSRTPal5eIUYFTu7EajVIoguysqZ9wG44nMEtx3MUAsUDkMTQ12W";
    let more = json!({"externalAccountBindingRequired": true, "externalAccountMACKeys": {"kid-1": key}});
    let scene = Scene::set(true, true, more).await;
    let world = scene.world(&[]).await;
    until("the order fails", || state(&world).last_error.is_some()).await;
    assert!(state(&world).last_error.unwrap().contains("acme.eab_key_id"));
    world.get("/healthz").await.answered(200);
    world.stop().await;

    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("eab.key");
    fs::write(&file, format!("{key}\n")).unwrap();
    let file = file.display().to_string();
    let world = scene.world(&[("SNUG_ACME__EAB_KEY_ID", "kid-1"), ("SNUG_ACME__EAB_KEY_FILE", &file)]).await;
    has_one(&world).await;
}

#[tokio::test]
async fn r23_renewal_under_load_drops_no_socket() {
    if pebble::is_missing() {
        return;
    }
    let scene = Scene::set(true, true, json!({})).await;
    let world = scene.world(&[]).await;
    has_one(&world).await;
    let trusting = scene.pebble.trusting().await;
    let first = shown(&world, &trusting).await;
    // People come by the name, through the certificate that is about to change.
    let mut world = world;
    world.door = Door { tls: Some(trusting.clone()), name: Some(NAME), ..world.door.clone() };
    let ann = world.owner("ann").await;
    let bob = world.person("bob").await;
    let room = ann.post("/rooms", json!({"name": "square", "kind": "public"})).await.is(201)["id"].as_u64().unwrap();
    bob.post(&format!("/rooms/{room}/join"), json!({})).await.is(200);
    let mut ears = join_all((0..8).map(|_| bob.listens())).await;
    // A connection that asks again and again, too.
    let line: Box<dyn Line> = world.door.line().await;
    let (mut asking, connection) = http1::handshake(TokioIo::new(line)).await.unwrap();
    let connection = tokio::spawn(connection);

    let mut said = 0;
    for renewal in 0..3 {
        let tls = world.app.tls.get().unwrap().clone();
        let renewing = tokio::spawn(async move { tls.renew_now().await });
        while !renewing.is_finished() {
            said += 1;
            let text = format!("{renewal} {said}");
            ann.post(&format!("/rooms/{room}/messages"), json!({"text": text})).await.is(201);
            for ear in &mut ears {
                ear.hears(posted(&text)).await;
            }
            let request = hyper::Request::get("/healthz").header("host", NAME).body(String::new()).unwrap();
            assert_eq!(asking.send_request(request).await.unwrap().status(), 200);
        }
        renewing.await.unwrap().unwrap();
        until("the order is over", || !state(&world).is_renewing).await;
        assert_eq!(state(&world).last_error, None);
    }
    assert!(!connection.is_finished(), "one connection served it all");
    let last = shown(&world, &trusting).await;
    assert_ne!(first, last, "and who comes now sees the new one");
    assert!(said > 3, "{said} messages while it changed");
    connection.abort();
}

#[tokio::test]
async fn r23_without_its_authority_a_server_serves_on_and_warns() {
    if pebble::is_missing() {
        return;
    }
    let mut scene = Scene::set(true, true, json!({})).await;
    let world = scene.world(&[]).await;
    has_one(&world).await;
    let trusting = scene.pebble.trusting().await;
    let before = shown(&world, &trusting).await;
    scene.pebble.stop();
    let ada = world.owner("ada").await;
    let told = ada.post("/admin/certificate/renew", json!({})).await.is(200);
    assert_eq!((&told["state"], &told["renewing"]), (&json!("failing"), &json!(false)), "{told}");
    assert!(told["last_error"].as_str().unwrap().contains("cannot be reached"), "{told}");
    assert!(told["next_try_at"].as_u64().unwrap() > told["last_error_at"].as_u64().unwrap());
    assert_eq!(ada.get("/admin/status").await.is(200)["certificate"]["state"], "failing");
    assert_eq!(shown(&world, &trusting).await, before);
    // A restart changes nothing of that.
    let world = world.restarts().await;
    assert_eq!(shown(&world, &trusting).await, before);
    assert!(state(&world).last_error.is_some() && !state(&world).is_waiting);
}

#[tokio::test]
async fn s3_an_authority_that_was_never_there_leaves_the_servers_own_certificate() {
    let nobody = free();
    let directory = format!("https://{nobody}/dir");
    let settings = [
        ("SNUG_SERVER__TLS", "acme"),
        ("SNUG_SERVER__HOSTS", NAME),
        ("SNUG_SERVER__REDIRECT_LISTEN", "127.0.0.1:0"),
        ("SNUG_ACME__DIRECTORY", &directory),
    ];
    let world = World::with(&settings).await;
    until("the order fails", || state(&world).last_error.is_some()).await;
    let state = state(&world);
    assert!(state.is_waiting && state.authority.is_some() && state.next_try_at.is_some());
    world.get("/trust").await.answered(200);
    let ada = world.owner("ada").await;
    let told = ada.get("/admin/certificate").await.is(200);
    assert!(told["state"] == "waiting" && told["last_error"].is_string(), "{told}");
}

#[tokio::test]
async fn s3_an_authority_that_forgot_the_account_gives_another_one() {
    if pebble::is_missing() {
        return;
    }
    let (main, redirect, at) = (free(), free(), free());
    let ports = Ports { http: redirect.port(), tls: main.port() };
    let pebble = Pebble::begin_at(at, ports, json!({})).await;
    let mut scene = Scene { pebble, main, redirect };
    let world = scene.world(&[]).await;
    let first = has_one(&world).await;
    let folder = world.stop().await;
    scene.pebble.stop();
    // It keeps nothing over a restart, so it is another one at the same address.
    let pebble = Pebble::begin_at(at, ports, json!({})).await;
    let scene = Scene { pebble, main, redirect };
    let settings = scene.pebble.settings();
    let redirect = redirect.to_string();
    let mut all: Vec<(&str, &str)> = settings.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
    all.extend([("SNUG_SERVER__HOSTS", NAME), ("SNUG_SERVER__REDIRECT_LISTEN", redirect.as_str())]);
    let world = World::on_at(folder, main, &all).await;
    world.app.tls.get().unwrap().renew_now().await.unwrap();
    until("the order is over", || !state(&world).is_renewing && state(&world).fingerprint != first.fingerprint).await;
    assert_eq!(state(&world).last_error, None);
}
