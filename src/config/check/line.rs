//! How the line is protected: where certificates come from, and what the port for plain HTTP says.
use super::{Check, Net, Tls, TlsMode, TlsVersion, parse_listen};
use crate::config::{Acme, Origin, Proof};
use std::net::{IpAddr, SocketAddr};
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};

/// Where an authority looks at names, and so where it is served that orders certificates (RFC 8555, RFC 8737).
const HTTPS: u16 = 443;
const HTTPS_EVERYWHERE: &str = "[::]:443";
const HTTP_EVERYWHERE: &str = "[::]:80";
/// In the place of an address: no such listener.
const NONE: &str = "off";

/// Names that no public authority vouches for (RFC 6761, RFC 6762, RFC 8375, RFC 9476, and what routers call themselves).
const PRIVATE: [&str; 12] = [
    "alt",
    "example",
    "home",
    "home.arpa",
    "internal",
    "invalid",
    "lan",
    "local",
    "localhost",
    "onion",
    "test",
    "localdomain",
];

impl Check {
    /// The oldest version, and what browsers are told to remember.
    pub(super) fn tls(&mut self) -> Tls {
        let oldest = match self.choice("tls.min", &["1.2", "1.3"]) {
            "1.3" => TlsVersion::V1_3,
            _ => TlsVersion::V1_2,
        };
        Tls { oldest, hsts_subdomains: self.sources.get("tls.hsts_subdomains") }
    }

    /// An authority looks at the ports 80 and 443, so these are the defaults where one is to be asked.
    pub(super) fn follow_acme(&mut self) {
        if self.sources.get::<String>("server.tls") != "acme" {
            return;
        }
        for (key, address) in [("server.listen", HTTPS_EVERYWHERE), ("server.redirect_listen", HTTP_EVERYWHERE)] {
            if self.sources.origin(key).is_default() {
                self.sources.set(key, vec![address].into(), Origin::DefaultOfAcme);
            }
        }
    }

    pub(super) fn redirect_listen(&mut self) -> Vec<SocketAddr> {
        let key = "server.redirect_listen";
        if self.sources.get::<Vec<String>>(key) == [NONE] {
            return Vec::new();
        }
        self.list(key, parse_listen)
    }

    /// Where the certificate comes from.
    pub(super) fn mode(
        &mut self,
        listen: &[SocketAddr],
        redirect: &[SocketAddr],
        proxies: &[Net],
        hosts: &[String],
    ) -> TlsMode {
        let (cert, key) = (self.file("server.cert").unwrap_or_default(), self.file("server.key").unwrap_or_default());
        let mode = self.choice("server.tls", &["auto", "off", "files", "acme"]);
        if mode == "files" {
            for (path, name) in [(&cert, "server.cert"), (&key, "server.key")] {
                if path.as_os_str().is_empty() {
                    self.problem(name, "must name a PEM file, because server.tls is \"files\"");
                }
            }
            self.warn_of_readers("server.key", &key);
            return TlsMode::Files { cert, key };
        }
        for (path, name) in [(&cert, "server.cert"), (&key, "server.key")] {
            if !path.as_os_str().is_empty() {
                self.warn(name, "is not used, because server.tls is not \"files\"");
            }
        }
        match mode {
            "off" => TlsMode::Off,
            "acme" => TlsMode::Acme(Box::new(self.acme(listen, redirect, proxies, hosts))),
            _ => TlsMode::Auto,
        }
    }

    fn acme(&mut self, listen: &[SocketAddr], redirect: &[SocketAddr], proxies: &[Net], hosts: &[String]) -> Acme {
        let directory: String = self.sources.get("acme.directory");
        if !directory.starts_with("https://") || directory.len() <= "https://".len() {
            self.problem(
                "acme.directory",
                &format!("is {directory:?}, but must be an address that begins with https://"),
            );
        }
        let root = self.file("acme.root");
        let (names, others): (Vec<String>, Vec<String>) = hosts
            .iter()
            .cloned()
            .partition(|host| if root.is_some() { is_dns_name(host) } else { is_public_name(host) });
        if names.is_empty() {
            let why = match others.first() {
                None => "is empty, but server.tls is \"acme\": name the host that the certificate is for, like chat.example.org"
                    .to_owned(),
                Some(host) => format!(
                    "has {host:?}, for which no public authority makes a certificate; server.tls = \"acme\" needs a name \
                     that everybody can look up, like chat.example.org. For a private network there is server.tls = \"auto\""
                ),
            };
            self.problem("server.hosts", &why);
        } else if !others.is_empty() {
            let why =
                format!("has {}, which the public certificate leaves out: Snug's own serves there", others.join(", "));
            self.warn("server.hosts", &why);
        }
        Acme {
            names,
            directory,
            email: self.email(),
            external: self.external(),
            root,
            proofs: proofs(listen, redirect, proxies),
        }
    }

    fn email(&mut self) -> Option<String> {
        let text: String = self.sources.get("acme.email");
        let address = text.trim().trim_start_matches("mailto:").to_owned();
        if address.is_empty() {
            return None;
        }
        let is_mail = address.split_once('@').is_some_and(|(name, host)| !name.is_empty() && host.contains('.'));
        if !is_mail || !address.bytes().all(|byte| byte.is_ascii_graphic()) {
            self.problem("acme.email", &format!("is {text:?}, which is not a mail address"));
        }
        Some(address)
    }

    fn external(&mut self) -> Option<(String, PathBuf)> {
        let (id, file): (String, PathBuf) =
            (self.sources.get("acme.eab_key_id"), self.file("acme.eab_key_file").unwrap_or_default());
        match (id.is_empty(), file.as_os_str().is_empty()) {
            (true, true) => return None,
            (false, true) => {
                self.problem("acme.eab_key_file", "must name the file with the key that belongs to acme.eab_key_id")
            }
            (true, false) => {
                self.problem("acme.eab_key_id", "must name the account that the key in acme.eab_key_file is for")
            }
            (false, false) => self.warn_of_readers("acme.eab_key_file", &file),
        }
        Some((id, file))
    }

    /// Of a secret that the configuration leads to (S52).
    pub(super) fn warn_of_readers(&mut self, key: &str, file: &Path) {
        if std::fs::metadata(file).is_ok_and(|found| found.permissions().mode() & 0o007 != 0) {
            self.warn(key, "is a file that everybody on this machine may read: chmod 600");
        }
    }
}

/// Whoever listens on port 443, or lets a proxy pass connections on, shows the certificate there; else the port for plain
/// HTTP answers. The other way is tried when the first fails.
fn proofs(listen: &[SocketAddr], redirect: &[SocketAddr], proxies: &[Net]) -> Vec<Proof> {
    let at_443 = listen.iter().any(|address| address.port() == HTTPS) || !proxies.is_empty();
    match (at_443, redirect.is_empty()) {
        (_, true) => vec![Proof::Alpn],
        (true, false) => vec![Proof::Alpn, Proof::Http],
        (false, false) => vec![Proof::Http, Proof::Alpn],
    }
}

fn is_dns_name(host: &str) -> bool {
    host.parse::<IpAddr>().is_err() && host != "localhost" && !host.contains('_')
}

fn is_public_name(host: &str) -> bool {
    let is_private = |name: &&str| host.strip_suffix(*name).is_some_and(|rest| rest.is_empty() || rest.ends_with('.'));
    is_dns_name(host) && host.contains('.') && !PRIVATE.iter().any(is_private)
}
