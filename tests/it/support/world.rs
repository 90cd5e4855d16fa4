//! The real server on a port of its own, in a folder of its own, with limits that do not stand in a story's way.
use super::call::{Answer, Door};
use super::person::Person;
use super::{DEADLINE, PASSWORD, soon};
use rustls::RootCertStore;
use rustls::pki_types::CertificateDer;
use rustls::pki_types::pem::PemObject;
use serde_json::{Value, json};
use snug::app::App;
use snug::config::{Config, Flags};
use snug::error::Result;
use snug::names::Names;
use snug::server;
use snug::server::Listeners;
use snug::tls::Tls;
use std::net::SocketAddr;
use std::path::Path;
use std::sync::Arc;
use std::time::{Duration, Instant, SystemTime};
use tempfile::TempDir;
use tokio::sync::oneshot;
use tokio::task::JoinHandle;

pub struct World {
    pub app: Arc<App>,
    pub door: Door,
    /// Where plain HTTP is told to come by HTTPS.
    pub redirect: Option<SocketAddr>,
    pub folder: TempDir,
    settings: Vec<(String, String)>,
    stop: oneshot::Sender<()>,
    running: JoinHandle<Result<()>>,
}

/// Cheap passwords, open registration, and no limit but those that a story sets.
const SETTINGS: &[(&str, &str)] = &[
    ("SNUG_SERVER__TLS", "off"),
    ("SNUG_SERVER__LISTEN", "127.0.0.1:0"),
    ("SNUG_AUTH__REGISTRATION", "open"),
    ("SNUG_AUTH__ARGON2_MEMORY_KIB", "8"),
    ("SNUG_AUTH__ARGON2_ITERATIONS", "1"),
    ("SNUG_LIMITS__MESSAGES_PER_SECOND", "0"),
    ("SNUG_LIMITS__REACTIONS_PER_SECOND", "0"),
    ("SNUG_LIMITS__FRAMES_PER_SECOND", "0"),
    ("SNUG_LIMITS__READS_PER_SECOND", "0"),
    ("SNUG_LIMITS__SEARCHES_PER_SECOND", "0"),
    ("SNUG_LIMITS__LOGINS_PER_10_MIN", "0"),
    ("SNUG_LIMITS__REGISTRATIONS_PER_HOUR", "0"),
    ("SNUG_LIMITS__ROOMS_PER_HOUR", "0"),
    ("SNUG_LIMITS__INVITES_PER_HOUR", "0"),
];

impl World {
    pub async fn new() -> World {
        World::with(&[]).await
    }

    /// With these variables in its environment.
    pub async fn with(settings: &[(&str, &str)]) -> World {
        World::on(tempfile::tempdir().unwrap(), settings).await
    }

    /// Likewise, in a folder that is there.
    pub async fn on(folder: TempDir, settings: &[(&str, &str)]) -> World {
        let settings = settings.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
        World::begin(folder, settings, "127.0.0.1:0".parse().unwrap()).await
    }

    /// Likewise, on this address.
    pub async fn at(address: SocketAddr, settings: &[(&str, &str)]) -> World {
        World::on_at(tempfile::tempdir().unwrap(), address, settings).await
    }

    /// Likewise, in a folder that is there.
    pub async fn on_at(folder: TempDir, address: SocketAddr, settings: &[(&str, &str)]) -> World {
        let settings = settings.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
        World::begin(folder, settings, address).await
    }

    /// Stops the server and starts it again, on the same folder and port.
    pub async fn restarts(self) -> World {
        let (settings, address) = (self.settings.clone(), self.door.address);
        World::begin(self.stop().await, settings, address).await
    }

    /// Asks the server to stop: what becomes of `run`.
    pub fn stops(self) -> JoinHandle<Result<()>> {
        self.stop.send(()).unwrap();
        self.running
    }

    /// Stops the server and waits until it has stopped; the folder stays.
    pub async fn stop(self) -> TempDir {
        let World { app, folder, stop, running, .. } = self;
        drop(app);
        stop.send(()).unwrap();
        soon("the stop", running).await.unwrap().unwrap();
        folder
    }

    /// Among browsers that trust these authorities and no others.
    pub async fn among(public: RootCertStore, settings: &[(&str, &str)]) -> World {
        let settings = settings.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
        let (folder, address) = (tempfile::tempdir().unwrap(), "127.0.0.1:0".parse().unwrap());
        World::begin_among(public, folder, settings, address).await
    }

    async fn begin(folder: TempDir, settings: Vec<(String, String)>, address: SocketAddr) -> World {
        World::begin_among(snug::tls::roots(), folder, settings, address).await
    }

    async fn begin_among(
        public: RootCertStore,
        folder: TempDir,
        settings: Vec<(String, String)>,
        address: SocketAddr,
    ) -> World {
        // A folder inside, which the server makes for its owner alone.
        let data = folder.path().join("data");
        let config = configuration(&data, &settings);
        let names = Names::of_machine(&config.server.hosts);
        let listener = server::bind(address).unwrap();
        let address = listener.local_addr().unwrap();
        let redirect: Vec<_> = config.server.redirect_listen.iter().map(|at| server::bind(*at).unwrap()).collect();
        let redirect_address = redirect.first().map(|listener| listener.local_addr().unwrap());
        let app = opened(config, names.clone()).await;
        app.listening.set(vec![address]).unwrap();
        if let Some(tls) = Tls::open_among(public, &app.config, &names, SystemTime::now()).unwrap() {
            assert!(app.tls.set(Arc::new(tls)).is_ok());
        }
        let own = app.tls.get().and_then(|tls| tls.own());
        let door = Door { address, tls: own.map(|own| trusting(&own.pem)), name: None };
        let (stop, stopped) = oneshot::channel();
        let stopped = async move { drop(stopped.await) };
        let running = tokio::spawn(server::run(app.clone(), Listeners { main: vec![listener], redirect }, stopped));
        World { app, door, redirect: redirect_address, folder, settings, stop, running }
    }

    /// The first person, by the setup link.
    pub async fn owner(&self, name: &str) -> Person {
        let (code, _) = self.app.setup.code();
        let answer = self.post("/setup", json!({"code": code, "username": name, "password": PASSWORD})).await;
        assert_eq!(answer.status, 201, "{:?}", answer.body);
        Person::signed_in(&self.door, answer)
    }

    /// Somebody else, by themselves.
    pub async fn person(&self, name: &str) -> Person {
        let answer = self.post("/auth/register", json!({"username": name, "password": PASSWORD})).await;
        assert_eq!(answer.status, 201, "{:?}", answer.body);
        Person::signed_in(&self.door, answer)
    }

    /// Asks the API as nobody.
    pub async fn post(&self, path: &str, body: Value) -> Answer {
        let headers = [("content-type", "application/json")];
        self.door.call("POST", &format!("/api/v1{path}"), &headers, body.to_string()).await
    }

    /// Asks for any address as nobody.
    pub async fn get(&self, path: &str) -> Answer {
        self.door.call("GET", path, &[], "").await
    }
}

fn configuration(folder: &Path, settings: &[(String, String)]) -> Config {
    let environment = SETTINGS.iter().map(|(name, value)| (name.to_string(), value.to_string()));
    let environment = environment.chain(settings.iter().cloned());
    let flags = Flags { data: Some(folder.into()), config: Some("/dev/null".into()), ..Flags::default() };
    Config::load_with(&flags, environment.map(|(name, value)| (name.into(), value.into()))).unwrap()
}

/// Opens the folder as soon as the server that had it is really gone.
async fn opened(config: Config, names: Names) -> Arc<App> {
    let since = Instant::now();
    loop {
        match App::start(config.clone(), names.clone()) {
            Ok(app) => return app,
            Err(error) => assert!(error.to_string().contains("in use") && since.elapsed() < DEADLINE, "{error}"),
        }
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
}

/// A client that trusts this server's own authority and nobody else.
pub fn trusting(pem: &str) -> Arc<rustls::ClientConfig> {
    let mut roots = RootCertStore::empty();
    roots.add(CertificateDer::from_pem_slice(pem.as_bytes()).unwrap()).unwrap();
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let config = rustls::ClientConfig::builder_with_provider(provider).with_safe_default_protocol_versions().unwrap();
    Arc::new(config.with_root_certificates(roots).with_no_client_auth())
}
