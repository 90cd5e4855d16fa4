//! What a certificate says of itself, for people who compare it by eye. Looking needs no key.
use super::leaf::names;
use super::{CERTIFICATE, FOLDER, LEAF, fingerprint};
use crate::config::TlsMode;
use rustls::pki_types::CertificateDer;
use rustls::pki_types::pem::PemObject;
use std::path::{Path, PathBuf};
use std::time::SystemTime;

/// A certificate's facts.
#[derive(Debug, Clone)]
pub struct Facts {
    /// SHA-256, as other programs show it.
    pub fingerprint: String,
    /// Names and addresses.
    pub names: Vec<String>,
    pub not_before: SystemTime,
    pub not_after: SystemTime,
}

/// Where the certificate lies that clients see; nowhere, if TLS is off.
pub fn leaf_path(data: &Path, mode: &TlsMode) -> Option<PathBuf> {
    match mode {
        TlsMode::Off => None,
        TlsMode::Auto => Some(data.join(FOLDER).join(LEAF)),
        TlsMode::Files { cert, .. } => Some(cert.clone()),
        TlsMode::Acme(_) => {
            let ordered = super::acme::certificate_path(&data.join(FOLDER));
            Some(if ordered.exists() { ordered } else { data.join(FOLDER).join(LEAF) })
        }
    }
}

/// Whether the certificate that lies there was made here.
pub fn is_own(path: &Path) -> bool {
    path.file_name().is_some_and(|name| name == LEAF)
}

/// Where the local authority's certificate lies; nowhere, if there is none.
pub fn authority_path(data: &Path, mode: &TlsMode) -> Option<PathBuf> {
    matches!(mode, TlsMode::Auto | TlsMode::Acme(_)).then(|| data.join(FOLDER).join(CERTIFICATE))
}

impl Facts {
    /// Reads the first certificate of a PEM file; the error is the end of a sentence that begins with the file's name.
    pub fn from_pem(pem: &[u8]) -> Result<Facts, String> {
        Facts::from_der(&CertificateDer::from_pem_slice(pem).map_err(|error| format!("is not PEM: {error}"))?)
    }

    /// Reads a certificate; the error is the end of a sentence, likewise.
    pub fn from_der(der: &CertificateDer<'_>) -> Result<Facts, String> {
        let (_, parsed) =
            x509_parser::parse_x509_certificate(der).map_err(|error| format!("is no certificate: {error}"))?;
        let (dns, addresses) = names(&parsed);
        let addresses = addresses.iter().map(|address| address.to_string());
        Ok(Facts {
            fingerprint: fingerprint(der),
            names: dns.into_iter().chain(addresses).collect(),
            not_before: parsed.validity().not_before.to_datetime().into(),
            not_after: parsed.validity().not_after.to_datetime().into(),
        })
    }
}
