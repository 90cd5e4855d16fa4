//! The certificate that clients see, with its key.
use super::provider;
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use rustls::sign::CertifiedKey;
use std::net::IpAddr;
use std::sync::Arc;
use std::time::{Duration, SystemTime};
use x509_parser::certificate::X509Certificate;
use x509_parser::extensions::GeneralName;

#[derive(Debug, Clone)]
pub(super) struct Leaf {
    pub(super) certified: Arc<CertifiedKey>,
    pub(super) not_before: SystemTime,
    pub(super) not_after: SystemTime,
    pub(super) dns: Vec<String>,
    pub(super) addresses: Vec<IpAddr>,
    /// Who made it, in its own words.
    pub(super) issuer: String,
}

impl Leaf {
    /// Reads a chain and its key; the error is the end of a sentence that begins with the file's name.
    pub(super) fn from_pem(chain: &[u8], key: &[u8]) -> Result<Leaf, String> {
        let chain: Vec<CertificateDer<'static>> = CertificateDer::pem_slice_iter(chain)
            .collect::<Result<_, _>>()
            .map_err(|error| format!("is not PEM: {error}"))?;
        let first = chain.first().cloned().ok_or("holds no certificate")?;
        let key = PrivateKeyDer::from_pem_slice(key).map_err(|error| format!("has no usable private key: {error}"))?;
        let certified = CertifiedKey::from_der(chain, key, &provider())
            .map_err(|error| format!("does not fit its private key: {error}"))?;
        let (_, parsed) =
            x509_parser::parse_x509_certificate(&first).map_err(|error| format!("is no certificate: {error}"))?;
        let (dns, addresses) = names(&parsed);
        let validity = parsed.validity();
        Ok(Leaf {
            certified: Arc::new(certified),
            not_before: validity.not_before.to_datetime().into(),
            not_after: validity.not_after.to_datetime().into(),
            dns,
            addresses,
            issuer: issuer(&parsed),
        })
    }

    /// Whether it is for this name: one of its own, or under one that begins with a star.
    pub(super) fn is_for(&self, name: &str) -> bool {
        let is = |known: &String| match known.strip_prefix("*.") {
            Some(parent) => name.split_once('.').is_some_and(|(_, rest)| rest.eq_ignore_ascii_case(parent)),
            None => known.eq_ignore_ascii_case(name),
        };
        self.dns.iter().any(is)
    }

    /// The certificate itself, without its chain.
    pub(super) fn der(&self) -> &[u8] {
        self.certified.cert.first().map_or(&[], |der| der.as_ref())
    }

    pub(super) fn life(&self) -> Duration {
        self.not_after.duration_since(self.not_before).unwrap_or_default()
    }
}

/// "Let's Encrypt E7" of the long name that certificates hold.
fn issuer(certificate: &X509Certificate) -> String {
    let issuer = certificate.issuer();
    let organization = issuer.iter_organization().find_map(|word| word.as_str().ok()).map(str::to_owned);
    let name = issuer.iter_common_name().find_map(|word| word.as_str().ok()).map(str::to_owned);
    match (organization, name) {
        (Some(organization), Some(name)) => format!("{organization} {name}"),
        (one, other) => one.or(other).unwrap_or_default(),
    }
}

/// The names and addresses that a certificate is for.
pub(super) fn names(certificate: &X509Certificate) -> (Vec<String>, Vec<IpAddr>) {
    let (mut dns, mut addresses) = (Vec::new(), Vec::new());
    let names = certificate.subject_alternative_name().ok().flatten();
    for name in names.iter().flat_map(|names| &names.value.general_names) {
        match name {
            GeneralName::DNSName(name) => dns.push((*name).to_owned()),
            GeneralName::IPAddress(bytes) => addresses.extend(address(bytes)),
            _ => {}
        }
    }
    (dns, addresses)
}

fn address(bytes: &[u8]) -> Option<IpAddr> {
    let v4 = <[u8; 4]>::try_from(bytes).map(IpAddr::from);
    v4.or_else(|_| <[u8; 16]>::try_from(bytes).map(IpAddr::from)).ok()
}
