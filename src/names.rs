//! The names and addresses under which people reach this machine.
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

/// A host of many containers has hundreds of addresses; a certificate with all of them would slow every handshake.
const ADDRESSES_MAX: usize = 64;

/// Interfaces between containers and virtual machines: addresses that nobody types, so they come last.
const BRIDGES: [&str; 4] = ["docker", "br-", "veth", "virbr"];

/// What this server is called. The best name for a person is the first.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Names {
    /// In lower case, without a final dot; `localhost` is the last.
    pub dns: Vec<String>,
    /// Without IPv6 link-local ones, which need a zone; loopback comes last.
    pub addresses: Vec<IpAddr>,
    /// What the operator configured, names and addresses; empty if the machine speaks for itself.
    pub hosts: Vec<String>,
    /// The machine's own name, without its domain.
    pub machine: String,
}

impl Names {
    /// Asks the machine. Configured hosts replace its names, but `localhost` and the addresses stay.
    pub fn of_machine(hosts: &[String]) -> Names {
        let hostname = hostname::get().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
        let mut interfaces = if_addrs::get_if_addrs().unwrap_or_else(|error| {
            tracing::warn!("the addresses of this machine are not known: {error}");
            Vec::new()
        });
        interfaces.sort_by_key(|interface| BRIDGES.iter().any(|bridge| interface.name.starts_with(bridge)));
        Names::new(hosts, &hostname, interfaces.iter().map(|interface| interface.ip()))
    }

    /// The names of a machine that is called `hostname` and has these addresses.
    pub fn new(hosts: &[String], hostname: &str, addresses: impl IntoIterator<Item = IpAddr>) -> Names {
        let hostname = hostname.trim_end_matches('.').to_ascii_lowercase();
        let hostname = if is_name(&hostname) { hostname } else { "localhost".to_owned() };
        let machine = hostname.split('.').next().unwrap_or_default().to_owned();
        let (configured, named): (Vec<IpAddr>, Vec<String>) = sorted(hosts);
        let mut dns = named;
        if hosts.is_empty() && machine != "localhost" {
            let domain = Some(hostname.clone()).filter(|name| name.contains('.'));
            dns.extend(domain.into_iter().chain([format!("{machine}.local"), machine.clone()]));
        }
        dns.push("localhost".to_owned());
        let dns = without_repetition(dns);

        let mut found: Vec<IpAddr> = addresses.into_iter().map(|address| address.to_canonical()).collect();
        found.retain(|address| !is_v6_link_local(*address) && !address.is_unspecified());
        found.sort_by_key(|address| (address.is_loopback(), address.is_ipv6()));
        found.truncate(ADDRESSES_MAX);
        let loopback = [Ipv4Addr::LOCALHOST.into(), Ipv6Addr::LOCALHOST.into()];
        let addresses = without_repetition(configured.into_iter().chain(found).chain(loopback).collect());
        Names { dns, addresses, hosts: hosts.to_vec(), machine }
    }

    /// Whether a request with this `Host` is meant for us. DNS rebinding needs a name, so any address is fine (S10).
    pub fn answers_to(&self, host_header: &str) -> bool {
        let Some(host) = without_port(host_header) else { return false };
        let bracketed = host.strip_prefix('[').and_then(|rest| rest.strip_suffix(']'));
        if let Some(inner) = bracketed {
            return inner.parse::<Ipv6Addr>().is_ok();
        }
        let name = host.strip_suffix('.').unwrap_or(host);
        name.parse::<Ipv4Addr>().is_ok() || self.dns.iter().any(|known| known.eq_ignore_ascii_case(name))
    }

    /// Links to this server, the best first, `localhost` last.
    pub fn urls(&self, port: u16, scheme: &str) -> Vec<String> {
        let port = match (scheme, port) {
            ("https", 443) | ("http", 80) => String::new(),
            _ => format!(":{port}"),
        };
        let shown = |name: &String| match name.parse() {
            Ok(address) => literal(address),
            Err(_) => name.clone(),
        };
        let hosts = self.hosts.iter().map(shown);
        // A name that only the own network knows is often not resolved; an address always works.
        let addresses = self.addresses.iter().filter(|address| !address.is_loopback()).map(|address| literal(*address));
        let names = self.dns.iter().filter(|name| *name != "localhost").map(shown);
        let all = hosts.chain(addresses).chain(names).chain(["localhost".to_owned()]).collect();
        without_repetition(all).into_iter().map(|host| format!("{scheme}://{host}{port}")).collect()
    }
}

/// Hosts, as addresses and as names.
fn sorted(hosts: &[String]) -> (Vec<IpAddr>, Vec<String>) {
    let (addresses, names): (Vec<_>, Vec<_>) = hosts.iter().partition(|host| host.parse::<IpAddr>().is_ok());
    (addresses.iter().filter_map(|host| host.parse().ok()).collect(), names.into_iter().cloned().collect())
}

/// Whether a certificate can hold it: machines may be called anything, even nothing.
fn is_name(name: &str) -> bool {
    let fine = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'-' || byte == b'_';
    name.len() <= 253 && name.split('.').all(|label| (1..=63).contains(&label.len()) && label.bytes().all(fine))
}

fn is_v6_link_local(address: IpAddr) -> bool {
    matches!(address, IpAddr::V6(address) if address.is_unicast_link_local())
}

/// The host of a `Host` header; nothing, if what follows the colon is no port.
fn without_port(host_header: &str) -> Option<&str> {
    match host_header.rsplit_once(':') {
        Some((_, rest)) if rest.ends_with(']') => Some(host_header),
        Some((host, port)) => (port.len() <= 5 && port.bytes().all(|byte| byte.is_ascii_digit())).then_some(host),
        None => Some(host_header),
    }
}

/// An address as it stands in a link.
fn literal(address: IpAddr) -> String {
    match address {
        IpAddr::V4(address) => address.to_string(),
        IpAddr::V6(address) => format!("[{address}]"),
    }
}

fn without_repetition<T: PartialEq>(items: Vec<T>) -> Vec<T> {
    items.into_iter().fold(Vec::new(), |mut kept, item| {
        if !kept.contains(&item) {
            kept.push(item);
        }
        kept
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn names(hosts: &[&str], hostname: &str) -> Names {
        let hosts: Vec<_> = hosts.iter().map(|host| host.to_string()).collect();
        let addresses = ["127.0.0.1", "fd00::7", "fe80::1", "192.168.1.7"];
        Names::new(&hosts, hostname, addresses.iter().map(|address| address.parse().unwrap()))
    }

    #[test]
    fn a_machine_has_names_and_addresses() {
        let found = names(&[], "Box.");
        assert_eq!(found.dns, ["box.local", "box", "localhost"]);
        let addresses: Vec<_> = found.addresses.iter().map(|address| address.to_string()).collect();
        assert_eq!(addresses, ["192.168.1.7", "fd00::7", "127.0.0.1", "::1"]);
        assert_eq!(names(&[], "box.example.org").dns, ["box.example.org", "box.local", "box", "localhost"]);
        assert_eq!(names(&[], "Anne's box").dns, ["localhost"]);
        assert_eq!(names(&[], "").dns, ["localhost"]);
    }

    #[test]
    fn configured_hosts_replace_the_names_only() {
        let found = names(&["chat.example", "203.0.113.9"], "box");
        assert_eq!(found.dns, ["chat.example", "localhost"]);
        assert_eq!(found.addresses[0], "203.0.113.9".parse::<IpAddr>().unwrap());
        assert_eq!(found.addresses.len(), 5);
    }

    #[test]
    fn only_known_names_and_addresses_are_answered() {
        let found = names(&["chat.example"], "box");
        for host in
            ["chat.example", "CHAT.example.:8443", "localhost:1", "10.9.9.9", "10.9.9.9:80", "[::1]", "[fd00::9]:1"]
        {
            assert!(found.answers_to(host), "{host}");
        }
        for host in
            ["", "box", "evil.example", "chat.example.evil.example", "chat.example:x", "[::1", "::1", "[x]", "a:1:2"]
        {
            assert!(!found.answers_to(host), "{host}");
        }
    }

    #[test]
    fn the_best_link_comes_first() {
        let own = names(&[], "box").urls(8443, "https");
        assert_eq!(own[..3], ["https://192.168.1.7:8443", "https://[fd00::7]:8443", "https://box.local:8443"]);
        assert_eq!(own[3..], ["https://box:8443", "https://localhost:8443"]);
        let configured = names(&["chat.example", "fd00::7"], "box").urls(443, "https");
        assert_eq!(configured[..3], ["https://chat.example", "https://[fd00::7]", "https://192.168.1.7"]);
        assert_eq!(names(&[], "localhost").urls(80, "http").last().unwrap(), "http://localhost");
    }

    #[test]
    fn this_machine_can_be_asked() {
        let found = Names::of_machine(&[]);
        assert!(found.dns.contains(&"localhost".to_owned()));
        assert!(found.addresses.contains(&Ipv4Addr::LOCALHOST.into()));
    }
}
