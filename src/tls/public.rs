//! Whom browsers trust by themselves: Mozilla's list, built in, because the binary may stand alone in an empty folder.
use super::{Leaf, provider};
use rustls::RootCertStore;
use rustls::client::WebPkiServerVerifier;
use rustls::client::danger::ServerCertVerifier;
use rustls::pki_types::{ServerName, UnixTime};
use std::sync::Arc;
use std::time::SystemTime;

/// The authorities of the list.
pub fn roots() -> RootCertStore {
    webpki_roots::TLS_SERVER_ROOTS.iter().cloned().collect()
}

/// Whether somebody of the list vouches for a certificate, for the first of its names.
pub(super) fn vouches(public: &RootCertStore, leaf: &Leaf, now: SystemTime) -> bool {
    if public.is_empty() {
        return false;
    }
    let Ok(verifier) = WebPkiServerVerifier::builder_with_provider(Arc::new(public.clone()), provider()).build() else {
        return false;
    };
    let name = leaf.dns.first().map(|name| name.replacen('*', "any", 1));
    let Some(name) = name.and_then(|name| ServerName::try_from(name).ok()) else { return false };
    let [end, chain @ ..] = leaf.certified.cert.as_slice() else { return false };
    let now = UnixTime::since_unix_epoch(now.duration_since(SystemTime::UNIX_EPOCH).unwrap_or_default());
    verifier.verify_server_cert(end, chain, &name, &[], now).is_ok()
}
