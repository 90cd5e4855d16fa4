//! The local authority: what it may vouch for, and the certificates that it makes.
use super::leaf::Leaf;
use super::{damaged, disk, provider};
use crate::error::{Fault, Result};
use crate::limits::{CA_LIFE_DAYS, LEAF_LIFE_DAYS};
use crate::names::Names;
use ipnet::IpNet;
use rcgen::{
    BasicConstraints, CertificateParams, CidrSubnet, DnType, ExtendedKeyUsagePurpose, GeneralSubtree, IsCa, Issuer,
    KeyPair, KeyUsagePurpose, NameConstraints, PublicKeyData, SanType, SerialNumber,
};
use rustls::RootCertStore;
use rustls::client::WebPkiServerVerifier;
use rustls::client::danger::ServerCertVerifier;
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, ServerName, UnixTime};
use std::net::IpAddr;
use std::path::Path;
use std::sync::Arc;
use std::time::{Duration, SystemTime};
use time::OffsetDateTime;
use x509_parser::extensions::GeneralName;

pub(super) const CERTIFICATE: &str = "ca.crt";
const CERTIFICATE_OLD: &str = "ca.crt.old";
pub(super) const KEY: &str = "ca.key";

/// Clocks of other machines may be slow.
const BACKDATED: Duration = Duration::from_secs(3600);
const DAY: Duration = Duration::from_secs(24 * 3600);

/// What every home and office calls its own. Whoever steals the authority's key can pretend to be nobody else.
const PRIVATE_NAMES: [&str; 5] = ["localhost", "local", "internal", "lan", "home.arpa"];
const PRIVATE_NETS: [&str; 9] = [
    "127.0.0.0/8",
    "::1/128",
    "10.0.0.0/8",
    "172.16.0.0/12",
    "192.168.0.0/16",
    "169.254.0.0/16",
    "100.64.0.0/10",
    "fc00::/7",
    "fe80::/10",
];

/// An authority with its key.
pub(super) struct Authority {
    pub(super) pem: String,
    pub(super) der: CertificateDer<'static>,
    key: KeyPair,
    permitted: Permitted,
    pub(super) not_after: SystemTime,
}

/// What an authority may vouch for.
struct Permitted {
    names: Vec<String>,
    nets: Vec<IpNet>,
}

impl Authority {
    /// The folder's authority. A new one is made if there is none, if a configured name is not permitted to it, or if a
    /// leaf would outlive it. A clock that is too early is no reason: many small machines start in the past.
    pub(super) fn open(folder: &Path, names: &Names, now: SystemTime) -> Result<Authority> {
        let Some(pem) = disk::read(&folder.join(CERTIFICATE))? else {
            return Authority::make(folder, names, now);
        };
        let authority = Authority::parse(folder, pem)?;
        let refused = names.hosts.iter().find(|host| !authority.permitted.host(host));
        let why = match refused {
            Some(host) => format!("it may not vouch for {host}"),
            None if now + LEAF_LIFE_DAYS as u32 * DAY > authority.not_after => "it ends soon".to_owned(),
            None => return Ok(authority),
        };
        tracing::warn!("a new local authority replaces the old one: {why}. Devices must be told to trust it again");
        disk::rename(folder, CERTIFICATE, CERTIFICATE_OLD)?;
        Authority::make(folder, names, now)
    }

    /// The key is written first, so that a certificate is never without its key.
    fn make(folder: &Path, names: &Names, now: SystemTime) -> Result<Authority> {
        let key = KeyPair::generate().map_err(Fault::new)?;
        let machine: String = names.machine.chars().take(40).collect();
        let mut params = basics(&format!("Snug local authority {machine}"), now, CA_LIFE_DAYS)?;
        params.is_ca = IsCa::Ca(BasicConstraints::Constrained(0));
        params.key_usages = vec![KeyUsagePurpose::KeyCertSign, KeyUsagePurpose::CrlSign];
        params.name_constraints = Some(Permitted::to(names).constraints());
        let certificate = params.self_signed(&key).map_err(Fault::new)?;
        disk::write(folder, KEY, key.serialize_pem())?;
        disk::write(folder, CERTIFICATE, certificate.pem())?;
        Authority::parse(folder, certificate.pem().into_bytes())
    }

    fn parse(folder: &Path, pem: Vec<u8>) -> Result<Authority> {
        let (path, key_path) = (folder.join(CERTIFICATE), folder.join(KEY));
        let broken = |why: &str| damaged(&path, why);
        let key = disk::read_text(&key_path)?.ok_or_else(|| broken("its key is missing"))?;
        let key = KeyPair::from_pem(&key).map_err(|_| damaged(&key_path, "it is no private key"))?;
        let der = CertificateDer::from_pem_slice(&pem).map_err(|_| broken("it is not PEM"))?;
        let (_, parsed) = x509_parser::parse_x509_certificate(&der).map_err(|_| broken("it is no certificate"))?;
        if parsed.public_key().raw != key.subject_public_key_info() {
            return Err(broken("its key is another one").into());
        }
        let permitted = Permitted::of(&parsed).ok_or_else(|| broken("it does not say what it may vouch for"))?;
        let not_after = parsed.validity().not_after.to_datetime().into();
        let pem = String::from_utf8(pem).map_err(|_| broken("it is not PEM"))?;
        Ok(Authority { pem, der: der.clone().into_owned(), key, permitted, not_after })
    }

    /// A new certificate for these names, as PEM with its key.
    pub(super) fn issue(&self, names: &Names, now: SystemTime) -> Result<(String, String)> {
        for name in names.dns.iter().filter(|name| !self.permitted.name(name)) {
            tracing::warn!(
                "the certificate leaves out {name}: the local authority may not vouch for it until server.hosts has it"
            );
        }
        let (dns, addresses) = self.vouched(names);
        let common_name = dns.first().filter(|name| name.len() <= 64).map_or("localhost", |name| name);
        let mut params = basics(common_name, now, LEAF_LIFE_DAYS)?;
        params.is_ca = IsCa::ExplicitNoCa;
        params.use_authority_key_identifier_extension = true;
        params.key_usages = vec![KeyUsagePurpose::DigitalSignature];
        params.extended_key_usages = vec![ExtendedKeyUsagePurpose::ServerAuth];
        for name in dns {
            params.subject_alt_names.push(SanType::DnsName(name.as_str().try_into().map_err(Fault::new)?));
        }
        params.subject_alt_names.extend(addresses.into_iter().map(SanType::IpAddress));
        let key = KeyPair::generate().map_err(Fault::new)?;
        let issuer = Issuer::from_ca_cert_der(&self.der, &self.key).map_err(Fault::new)?;
        let certificate = params.signed_by(&key, &issuer).map_err(Fault::new)?;
        Ok((certificate.pem(), key.serialize_pem()))
    }

    /// Whether a certificate serves these names: a client that trusts this authority takes it, it has a third of its life
    /// left, and it holds the names. An address that is gone is no reason for a new one: people who told their browser
    /// to accept this very certificate would be asked again whenever a cable is pulled.
    pub(super) fn is_served_by(&self, leaf: &Leaf, names: &Names, now: SystemTime) -> bool {
        let (dns, addresses) = self.vouched(names);
        let same_names = dns.len() == leaf.dns.len() && dns.iter().all(|name| leaf.dns.contains(name));
        same_names
            && addresses.iter().all(|address| leaf.addresses.contains(address))
            && now < leaf.not_before + leaf.life() / 3 * 2
            && self.is_taken(leaf, now)
    }

    /// Asks as a client would, so that constraints, signature and dates are judged by the code that judges them there.
    fn is_taken(&self, leaf: &Leaf, now: SystemTime) -> bool {
        let mut roots = RootCertStore::empty();
        let verifier = match roots.add(self.der.clone()) {
            Ok(()) => WebPkiServerVerifier::builder_with_provider(Arc::new(roots), provider()).build(),
            Err(_) => return false,
        };
        let name = ServerName::try_from("localhost").expect("localhost is a name");
        let now = UnixTime::since_unix_epoch(now.duration_since(SystemTime::UNIX_EPOCH).unwrap_or_default());
        let [end, chain @ ..] = leaf.certified.cert.as_slice() else { return false };
        verifier.is_ok_and(|verifier| verifier.verify_server_cert(end, chain, &name, &[], now).is_ok())
    }

    /// One name that is not permitted would make the whole certificate void, so it is left out.
    fn vouched<'a>(&self, names: &'a Names) -> (Vec<&'a String>, Vec<IpAddr>) {
        let dns = names.dns.iter().filter(|name| self.permitted.name(name)).collect();
        (dns, names.addresses.iter().copied().filter(|address| self.permitted.address(*address)).collect())
    }
}

impl Permitted {
    /// What a new authority may vouch for: private names and networks, and what this machine is called now.
    fn to(names: &Names) -> Permitted {
        let net = |text: &&str| text.parse().expect("the constants are networks");
        let mut permitted = Permitted { names: Vec::new(), nets: PRIVATE_NETS.iter().map(net).collect() };
        for name in
            PRIVATE_NAMES.into_iter().chain(names.dns.iter().map(String::as_str)).chain([names.machine.as_str()])
        {
            if !permitted.name(name) {
                permitted.names.push(name.to_owned());
            }
        }
        for address in &names.addresses {
            if !permitted.address(*address) {
                permitted.nets.push((*address).into());
            }
        }
        permitted
    }

    /// Reads them back; nothing, if the certificate is not constrained in names and in addresses.
    fn of(certificate: &x509_parser::certificate::X509Certificate<'_>) -> Option<Permitted> {
        let constraints = certificate.name_constraints().ok()??;
        let mut permitted = Permitted { names: Vec::new(), nets: Vec::new() };
        for subtree in constraints.value.permitted_subtrees.as_ref()? {
            match &subtree.base {
                GeneralName::DNSName(name) => permitted.names.push((*name).to_owned()),
                GeneralName::IPAddress(bytes) => permitted.nets.extend(net(bytes)),
                _ => {}
            }
        }
        (!permitted.names.is_empty() && !permitted.nets.is_empty()).then_some(permitted)
    }

    fn constraints(&self) -> NameConstraints {
        let names = self.names.iter().map(|name| GeneralSubtree::DnsName(name.clone()));
        let nets = self.nets.iter().map(|net| CidrSubnet::from_addr_prefix(net.network(), net.prefix_len()));
        NameConstraints {
            permitted_subtrees: names.chain(nets.map(GeneralSubtree::IpAddress)).collect(),
            excluded_subtrees: Vec::new(),
        }
    }

    fn host(&self, host: &str) -> bool {
        host.parse().map_or_else(|_| self.name(host), |address| self.address(address))
    }

    fn name(&self, name: &str) -> bool {
        let under = |parent: &str| name.strip_suffix(parent).is_some_and(|rest| rest.is_empty() || rest.ends_with('.'));
        self.names.iter().any(|parent| under(parent))
    }

    fn address(&self, address: IpAddr) -> bool {
        self.nets.iter().any(|net| net.contains(&address))
    }
}

/// A network as certificates write it: address, then mask.
fn net(bytes: &[u8]) -> Option<IpNet> {
    let address = |bytes: &[u8]| match bytes.len() {
        4 => <[u8; 4]>::try_from(bytes).ok().map(IpAddr::from),
        _ => <[u8; 16]>::try_from(bytes).ok().map(IpAddr::from),
    };
    let (network, mask) = bytes.split_at(bytes.len() / 2);
    IpNet::with_netmask(address(network)?, address(mask)?).ok()
}

/// What all certificates share: a name, an unguessable number, and a life in days that begins an hour ago.
fn basics(common_name: &str, now: SystemTime, life_days: i64) -> Result<CertificateParams> {
    let mut serial = [0; 16];
    getrandom::fill(&mut serial).map_err(Fault::new)?;
    // Positive, and always of the same length.
    serial[0] = serial[0] & 0x3f | 0x40;
    let mut params = CertificateParams::default();
    params.distinguished_name = rcgen::DistinguishedName::new();
    params.distinguished_name.push(DnType::CommonName, common_name);
    params.serial_number = Some(SerialNumber::from_slice(&serial));
    params.not_before = OffsetDateTime::from(now - BACKDATED);
    // Both ends count, so a second less.
    params.not_after = params.not_before + time::Duration::days(life_days) - time::Duration::SECOND;
    Ok(params)
}
