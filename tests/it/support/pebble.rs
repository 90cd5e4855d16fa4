//! An authority of one's own that speaks ACME: Debian's `pebble`, which says no to every fifth good nonce, and a resolver
//! for which every name is this machine.
use super::trusting;
use rcgen::{CertificateParams, KeyPair};
use serde_json::{Value, json};
use std::fs;
use std::net::{Ipv4Addr, SocketAddr, TcpListener};
use std::process::{Child, Command, Stdio};
use std::sync::Arc;
use std::time::Duration;
use tempfile::TempDir;
use tokio::net::UdpSocket;
use tokio::task::JoinHandle;

/// Longer than an order takes on a busy machine.
pub const PATIENCE: Duration = Duration::from_secs(60);
const PROGRAM: &str = "/usr/bin/pebble";

pub struct Pebble {
    child: Child,
    folder: TempDir,
    resolver: JoinHandle<()>,
    address: SocketAddr,
    management: SocketAddr,
    own: Arc<rustls::ClientConfig>,
}

/// Where it looks for proofs.
#[derive(Clone, Copy)]
pub struct Ports {
    pub http: u16,
    pub tls: u16,
}

/// Says so, where there is none.
pub fn is_missing() -> bool {
    let is_missing = !std::path::Path::new(PROGRAM).exists();
    if is_missing {
        eprintln!("skipped: there is no {PROGRAM}. On Debian: apt-get install pebble");
    }
    is_missing
}

/// An address that was free a moment ago.
pub fn free() -> SocketAddr {
    TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap().local_addr().unwrap()
}

impl Pebble {
    pub async fn begin(ports: Ports, more: Value) -> Pebble {
        Pebble::begin_at(free(), ports, more).await
    }

    /// `more`: keys of its configuration.
    pub async fn begin_at(address: SocketAddr, ports: Ports, more: Value) -> Pebble {
        let folder = tempfile::tempdir().unwrap();
        let key = KeyPair::generate().unwrap();
        let params = CertificateParams::new(vec!["127.0.0.1".to_owned()]).unwrap();
        let certificate = params.self_signed(&key).unwrap().pem();
        let path = |name: &str| folder.path().join(name);
        fs::write(path("cert.pem"), &certificate).unwrap();
        fs::write(path("key.pem"), key.serialize_pem()).unwrap();
        let management = free();
        let mut config = json!({
            "listenAddress": address.to_string(), "managementListenAddress": management.to_string(),
            "certificate": path("cert.pem"), "privateKey": path("key.pem"),
            "httpPort": ports.http, "tlsPort": ports.tls, "externalAccountBindingRequired": false,
        });
        config.as_object_mut().unwrap().extend(more.as_object().cloned().unwrap_or_default());
        fs::write(path("config.json"), json!({"pebble": config}).to_string()).unwrap();
        let socket = UdpSocket::bind((Ipv4Addr::LOCALHOST, 0)).await.unwrap();
        let names = socket.local_addr().unwrap();
        let resolver = tokio::spawn(resolve(socket));
        let child = Command::new(PROGRAM)
            .args(["-config".as_ref(), path("config.json").as_os_str()])
            .args(["-dnsserver", &names.to_string()])
            .envs([("PEBBLE_WFE_NONCEREJECT", "20"), ("PEBBLE_VA_NOSLEEP", "1"), ("PEBBLE_AUTHZREUSE", "0")])
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        let pebble = Pebble { child, folder, resolver, address, management, own: trusting(&certificate) };
        until("pebble listens", || std::net::TcpStream::connect(address).is_ok()).await;
        pebble
    }

    /// What makes a server order here.
    pub fn settings(&self) -> Vec<(String, String)> {
        let root = self.folder.path().join("cert.pem").display().to_string();
        vec![
            ("SNUG_SERVER__TLS".into(), "acme".into()),
            ("SNUG_ACME__DIRECTORY".into(), self.directory()),
            ("SNUG_ACME__ROOT".into(), root),
        ]
    }

    pub fn directory(&self) -> String {
        format!("https://{}/dir", self.address)
    }

    /// What trusts the certificates that it gives.
    pub async fn trusting(&self) -> Arc<rustls::ClientConfig> {
        trusting(&self.root().await)
    }

    pub async fn root(&self) -> String {
        let door = super::Door { address: self.management, tls: Some(self.own.clone()), name: None };
        let answer = door.call("GET", "/roots/0", &[], "").await;
        String::from_utf8(answer.body.to_vec()).unwrap()
    }

    /// Ends it; its files stay.
    pub fn stop(&mut self) {
        self.child.kill().unwrap();
        self.child.wait().unwrap();
    }
}

impl Drop for Pebble {
    fn drop(&mut self) {
        self.resolver.abort();
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// Waits for something that tells nobody when it happens.
pub async fn until(what: &str, mut is_so: impl FnMut() -> bool) {
    let waited = tokio::time::timeout(PATIENCE, async {
        while !is_so() {
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    });
    assert!(waited.await.is_ok(), "not within {PATIENCE:?}: {what}");
}

/// Answers every question for an IPv4 address with this machine's, and every other one with nothing.
async fn resolve(socket: UdpSocket) {
    let mut question = [0; 512];
    while let Ok((length, from)) = socket.recv_from(&mut question).await {
        let asked = &question[..length];
        // The name ends with an empty label; type and class follow.
        let Some(end) = asked.get(12..).and_then(|name| name.iter().position(|byte| *byte == 0)) else { continue };
        let Some(section) = asked.get(12..12 + end + 5) else { continue };
        let is_address = section.ends_with(&[0, 1, 0, 1]);
        let mut answer = Vec::from(&asked[..2]);
        answer.extend_from_slice(&[0x81, 0x80, 0, 1, 0, u8::from(is_address), 0, 0, 0, 0]);
        answer.extend_from_slice(section);
        if is_address {
            answer.extend_from_slice(&[0xc0, 12, 0, 1, 0, 1, 0, 0, 0, 1, 0, 4, 127, 0, 0, 1]);
        }
        let _ = socket.send_to(&answer, from).await;
    }
}
