//! What is shown to an authority that looks whether a name is this server's, for as long as it looks.
use crate::error::{Fault, Result};
use rcgen::{CertificateParams, CustomExtension, DistinguishedName, KeyPair};
use rustls::crypto::ring::sign::any_supported_type;
use rustls::pki_types::{PrivateKeyDer, PrivatePkcs8KeyDer};
use rustls::sign::CertifiedKey;
use std::collections::HashMap;
use std::sync::{Arc, Mutex};

/// Answers by token (http-01), and certificates by name (tls-alpn-01).
#[derive(Debug, Default)]
pub(super) struct Challenges {
    answers: Mutex<HashMap<String, String>>,
    certificates: Mutex<HashMap<String, Arc<CertifiedKey>>>,
}

impl Challenges {
    pub(super) fn answer(&self, token: &str) -> Option<String> {
        self.answers.lock().expect(UNPOISONED).get(token).cloned()
    }

    pub(super) fn certificate(&self, name: &str) -> Option<Arc<CertifiedKey>> {
        self.certificates.lock().expect(UNPOISONED).get(&name.to_ascii_lowercase()).cloned()
    }

    pub(super) fn put_answer(&self, token: &str, answer: &str) {
        self.answers.lock().expect(UNPOISONED).insert(token.to_owned(), answer.to_owned());
    }

    /// Makes the certificate whose one extension holds the proof (RFC 8737, 3).
    pub(super) fn put_certificate(&self, name: &str, digest: &[u8]) -> Result<()> {
        let mut params = CertificateParams::new(vec![name.to_owned()]).map_err(Fault::new)?;
        params.distinguished_name = DistinguishedName::new();
        params.custom_extensions = vec![CustomExtension::new_acme_identifier(digest)];
        let key = KeyPair::generate().map_err(Fault::new)?;
        let certificate = params.self_signed(&key).map_err(Fault::new)?;
        let key = PrivateKeyDer::from(PrivatePkcs8KeyDer::from(key.serialize_der()));
        let chain = vec![certificate.der().clone()];
        // Not `from_der`, which reads the certificate as a client would, and no client knows this extension.
        let certified = CertifiedKey::new(chain, any_supported_type(&key).map_err(Fault::new)?);
        self.certificates.lock().expect(UNPOISONED).insert(name.to_ascii_lowercase(), Arc::new(certified));
        Ok(())
    }

    /// Takes all of it away: the looking is over.
    pub(super) fn clear(&self) {
        self.answers.lock().expect(UNPOISONED).clear();
        self.certificates.lock().expect(UNPOISONED).clear();
    }
}

const UNPOISONED: &str = "nothing panics while it holds this lock";
