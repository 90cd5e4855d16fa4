//! TLS: certificates that Snug makes itself, is given, or orders from a public authority, renewed while the server runs.
mod acme;
mod authority;
mod challenges;
pub mod facts;
mod keep;
mod leaf;
pub mod probe;
mod public;
mod state;

pub use public::roots;
pub use state::State;

use crate::config::{Config, TlsMode, TlsVersion};
use crate::error::{Fault, Refusal, Result};
use crate::limits;
use crate::names::Names;
use crate::store::{self, disk};
use acme::Acme;
use authority::{Authority, CERTIFICATE};
use challenges::Challenges;
use leaf::Leaf;
use rustls::crypto::CryptoProvider;
use rustls::server::{ClientHello, ResolvesServerCert};
use rustls::sign::CertifiedKey;
use rustls::{RootCertStore, ServerConfig};
use sha2::{Digest, Sha256};
use state::Progress;
use std::fs::{self, File};
use std::io::Read;
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};
use std::sync::atomic::AtomicBool;
use std::sync::{Arc, Mutex, RwLock};
use std::time::SystemTime;
use tokio::sync::{Notify, watch};

/// Where they lie in the data folder.
const FOLDER: &str = "tls";
const LEAF: &str = "leaf.crt";
const LEAF_KEY: &str = "leaf.key";
/// What an authority speaks that looks for its proof (RFC 8737).
pub const ACME_ALPN: &[u8] = b"acme-tls/1";

/// The server's certificate and the settings that show it.
pub struct Tls {
    source: Source,
    names: Names,
    /// Whom browsers trust by themselves.
    public: Arc<RootCertStore>,
    current: Arc<Current>,
    config: Arc<ServerConfig>,
    /// Held while one is made, so that two askers do not make two.
    renewing: Mutex<()>,
    progress: Mutex<Progress>,
    /// The operator's files, as they were when they were read last.
    seen: Mutex<Option<Stamp>>,
    /// Rung when it should be looked at now.
    bell: Notify,
    /// An order is to be made although none is due.
    forced: AtomicBool,
    /// How many orders have ended.
    ended: watch::Sender<u64>,
    /// What browsers are to remember (RFC 6797).
    hsts: &'static str,
}

/// Where certificates come from.
enum Source {
    Local { folder: PathBuf },
    Files { cert: PathBuf, key: PathBuf },
    Acme(Acme),
}

/// What is shown to the next client.
#[derive(Debug)]
struct Current {
    shown: RwLock<Arc<Shown>>,
    challenges: Challenges,
}

#[derive(Debug)]
struct Shown {
    /// What nearly everybody sees.
    leaf: Leaf,
    /// Whether browsers trust it without being told to.
    is_public: bool,
    /// Made here, for who asks by a name or an address that the other one is not for.
    other: Option<Leaf>,
    /// Who made the one that was made here.
    authority: Option<Own>,
}

/// The local authority, as it is shown to people.
#[derive(Debug, Clone)]
pub struct Own {
    pub pem: String,
    /// SHA-256, as other programs show it.
    pub fingerprint: String,
    pub not_after: SystemTime,
}

/// What changes when a file is replaced or written.
type Stamp = Vec<(u64, u64, i64, i64)>;

impl Tls {
    /// Reads, or makes, the certificate. Nothing, if TLS is off. Blocks.
    ///
    /// # Errors
    /// A `Refusal` with the code `damaged`, `not_permitted` or `configuration` that says which file to mend; a `Fault` for
    /// other I/O.
    pub fn open(config: &Config, names: &Names, now: SystemTime) -> Result<Option<Tls>> {
        Tls::open_among(roots(), config, names, now)
    }

    /// Likewise, where browsers trust these.
    ///
    /// # Errors
    /// As `open`.
    pub fn open_among(public: RootCertStore, config: &Config, names: &Names, now: SystemTime) -> Result<Option<Tls>> {
        let hsts = if config.tls.hsts_subdomains { HSTS_SUBDOMAINS } else { HSTS };
        let opened = Tls::of(&config.data, &config.server.tls, config.tls.oldest, public, names, now)?;
        Ok(opened.map(|tls| Tls { hsts, ..tls }))
    }

    fn of(
        data: &Path,
        mode: &TlsMode,
        oldest: TlsVersion,
        public: RootCertStore,
        names: &Names,
        now: SystemTime,
    ) -> Result<Option<Tls>> {
        let source = match mode {
            TlsMode::Off => return Ok(None),
            TlsMode::Files { cert, key } => Source::Files { cert: cert.clone(), key: key.clone() },
            TlsMode::Auto => Source::Local { folder: own_folder(data)? },
            TlsMode::Acme(wanted) => Source::Acme(Acme::open(own_folder(data)?, wanted)?),
        };
        let seen = source.stamp();
        let public = Arc::new(public);
        let shown = source.certificate(names, now, false, &public)?;
        let progress = match &source {
            Source::Acme(acme) => acme.progress(now)?,
            _ => Progress::default(),
        };
        let current = Arc::new(Current { shown: RwLock::new(Arc::new(shown)), challenges: Challenges::default() });
        let mut config = server_config(current.clone(), oldest)?;
        if matches!(source, Source::Acme(_)) {
            config.alpn_protocols.push(ACME_ALPN.to_vec());
        }
        Ok(Some(Tls {
            source,
            names: names.clone(),
            public,
            current,
            config: Arc::new(config),
            renewing: Mutex::new(()),
            progress: Mutex::new(progress),
            seen: Mutex::new(seen),
            bell: Notify::new(),
            forced: AtomicBool::new(false),
            ended: watch::Sender::new(0),
            hsts: HSTS,
        }))
    }

    /// The settings for every listener. They show a renewed certificate without being replaced.
    pub fn server_config(&self) -> Arc<ServerConfig> {
        self.config.clone()
    }

    /// Shows a new certificate where one is needed: late in its life, when names changed, or when files did. Says whether
    /// it did. An error leaves the old one in place. Blocks.
    ///
    /// # Errors
    /// As `open`.
    pub fn renew_if_due(&self, names: &Names, now: SystemTime) -> Result<bool> {
        self.replace(names, now, false)
    }

    /// Makes a new certificate at once (`snug cert renew`), under the same authority; reads files again. Blocks.
    ///
    /// # Errors
    /// As `open`.
    pub fn renew(&self, names: &Names, now: SystemTime) -> Result<bool> {
        self.replace(names, now, true)
    }

    /// The authority to trust, while it vouches for what people see; none where the certificate needs no help.
    pub fn own(&self) -> Option<Own> {
        let shown = self.current.shown();
        shown.authority.clone().filter(|_| shown.other.is_none())
    }

    /// The answer that proves a name to an authority that asks for it over plain HTTP.
    pub fn proof(&self, token: &str) -> Option<String> {
        self.current.challenges.answer(token)
    }

    /// What a browser is to remember that reached this host by our own TLS: to come by HTTPS only. Nothing, unless every
    /// browser trusts the certificate for it, because none could come any more otherwise (S5).
    pub fn hsts(&self, host: &str, now: SystemTime) -> Option<&'static str> {
        let shown = self.current.shown();
        let name = host.rsplit_once(':').map_or(host, |(name, _)| name).trim_end_matches('.');
        (shown.is_public && now < shown.leaf.not_after && shown.leaf.is_for(name)).then_some(self.hsts)
    }

    fn replace(&self, names: &Names, now: SystemTime, forced: bool) -> Result<bool> {
        let _alone = self.renewing.lock().expect("nobody panics with this lock");
        let next = self.source.certificate(names, now, forced, &self.public)?;
        let shown = self.current.shown();
        let chain = |leaf: &Leaf| leaf.certified.cert.clone();
        let is_new = chain(&next.leaf) != chain(&shown.leaf);
        if is_new || next.other.as_ref().map(chain) != shown.other.as_ref().map(chain) {
            *self.current.shown.write().expect("nobody panics with this lock") = Arc::new(next);
        }
        Ok(is_new)
    }
}

impl Source {
    /// The certificate that should be shown now. What is on disk decides, so a change from outside is seen, too.
    fn certificate(&self, names: &Names, now: SystemTime, forced: bool, public: &RootCertStore) -> Result<Shown> {
        match self {
            Source::Local { folder } => {
                let (leaf, own) = local(folder, names, now, forced)?;
                Ok(Shown { leaf, is_public: false, other: None, authority: Some(own) })
            }
            Source::Files { cert, key } => {
                let leaf = Leaf::from_pem(&given(cert)?, &given(key)?).map_err(|why| unusable(cert, &why))?;
                let is_public = public::vouches(public, &leaf, now);
                Ok(Shown { leaf, is_public, other: None, authority: None })
            }
            Source::Acme(acme) => {
                let (own_leaf, own) = local(acme.own_folder(), names, now, false)?;
                let Some(leaf) = acme.stored(now)? else {
                    return Ok(Shown { leaf: own_leaf, is_public: false, other: None, authority: Some(own) });
                };
                let is_public = public::vouches(public, &leaf, now);
                Ok(Shown { leaf, is_public, other: Some(own_leaf), authority: Some(own) })
            }
        }
    }

    /// What tells that files of the operator's were replaced.
    fn stamp(&self) -> Option<Stamp> {
        let Source::Files { cert, key } = self else { return None };
        let stamp = |path: &PathBuf| {
            let found = fs::metadata(path).ok();
            found.map_or((0, 0, 0, 0), |found| (found.ino(), found.len(), found.mtime(), found.mtime_nsec()))
        };
        Some(vec![stamp(cert), stamp(key)])
    }
}

/// The folder for what Snug makes itself.
fn own_folder(data: &Path) -> Result<PathBuf> {
    store::make_folder(data)?;
    own_folder_in(data, FOLDER)
}

fn own_folder_in(parent: &Path, name: &str) -> Result<PathBuf> {
    let folder = parent.join(name);
    store::make_folder(&folder)?;
    store::give_to_owner(&File::open(&folder)?, parent)?;
    Ok(folder)
}

/// The leaf on disk if it still serves, else a new one; and who made it.
fn local(folder: &Path, names: &Names, now: SystemTime, forced: bool) -> Result<(Leaf, Own)> {
    let authority = Authority::open(folder, names, now)?;
    let stored = disk::read(&folder.join(LEAF))?.zip(disk::read(&folder.join(LEAF_KEY))?);
    // A leaf that cannot be read is worth nothing: another is made in its place.
    let stored = stored.and_then(|(chain, key)| Leaf::from_pem(&chain, &key).ok());
    let leaf = match stored.filter(|leaf| !forced && authority.is_served_by(leaf, names, now)) {
        Some(leaf) => leaf,
        None => {
            let (chain, key) = authority.issue(names, now)?;
            disk::write(folder, LEAF_KEY, &key)?;
            disk::write(folder, LEAF, &chain)?;
            tracing::info!("a new certificate is in place");
            Leaf::from_pem(chain.as_bytes(), key.as_bytes()).map_err(Fault)?
        }
    };
    let own = Own { fingerprint: fingerprint(&authority.der), pem: authority.pem, not_after: authority.not_after };
    Ok((leaf, own))
}

/// A file of the operator's, if it is as small as such files are.
fn given(path: &Path) -> Result<Vec<u8>, Refusal> {
    let mut bytes = Vec::new();
    let read = File::open(path).and_then(|file| file.take(limits::CERTIFICATE_BYTES_MAX).read_to_end(&mut bytes));
    read.map(|_| bytes).map_err(|error| unusable(path, &format!("cannot be read: {error}")))
}

/// rustls's defaults for TLS 1.2 and 1.3 (S1), and tickets, so that returning clients do not cost a signature.
fn server_config(current: Arc<Current>, oldest: TlsVersion) -> Result<ServerConfig> {
    let versions: &[&rustls::SupportedProtocolVersion] = match oldest {
        TlsVersion::V1_2 => rustls::DEFAULT_VERSIONS,
        TlsVersion::V1_3 => &[&rustls::version::TLS13],
    };
    let mut config = ServerConfig::builder_with_provider(provider())
        .with_protocol_versions(versions)
        .map_err(Fault::new)?
        .with_no_client_auth()
        .with_cert_resolver(current);
    config.alpn_protocols = vec![b"h2".to_vec(), b"http/1.1".to_vec()];
    config.ticketer = rustls::crypto::ring::Ticketer::new().map_err(Fault::new)?;
    Ok(config)
}

/// Given explicitly everywhere: no process-wide default that depends on who came first.
fn provider() -> Arc<CryptoProvider> {
    Arc::new(rustls::crypto::ring::default_provider())
}

impl Current {
    fn shown(&self) -> Arc<Shown> {
        self.shown.read().expect("nobody panics with this lock").clone()
    }
}

impl ResolvesServerCert for Current {
    fn resolve(&self, hello: ClientHello<'_>) -> Option<Arc<CertifiedKey>> {
        // Who asks so is an authority that looks for its proof, and nothing else is shown to it.
        if hello.alpn().is_some_and(|mut offered| offered.any(|name| name == ACME_ALPN)) {
            return self.challenges.certificate(hello.server_name()?);
        }
        let shown = self.shown();
        let fits = |name| shown.leaf.is_for(name);
        let leaf = match &shown.other {
            Some(other) if !hello.server_name().is_some_and(fits) => other,
            _ => &shown.leaf,
        };
        Some(leaf.certified.clone())
    }
}

fn fingerprint(der: &[u8]) -> String {
    let bytes: Vec<_> = Sha256::digest(der).iter().map(|byte| format!("{byte:02X}")).collect();
    bytes.join(":")
}

/// 409: a proxy has it.
pub fn none() -> Refusal {
    let detail = "This server speaks no TLS, so it has no certificate. A proxy in front has its own.";
    Refusal::new(409, "no_certificate", detail)
}

/// A file of ours that cannot be used.
fn damaged(path: &Path, why: &str) -> Refusal {
    let path = path.display();
    Refusal::new(
        503,
        "damaged",
        format!("{path} is damaged: {why}. Restore it, or move it away and Snug makes a new one."),
    )
}

/// A file of the operator's that cannot be used.
fn unusable(path: &Path, why: &str) -> Refusal {
    Refusal::new(503, "configuration", format!("{} {why}", path.display()))
}

const HSTS: &str = "max-age=31536000";
const HSTS_SUBDOMAINS: &str = "max-age=31536000; includeSubDomains";

#[cfg(test)]
mod tests;
