//! Networks, as operators write them.
use ipnet::IpNet;
use std::fmt;
use std::net::IpAddr;

/// A network or a single address.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Net(IpNet);

impl Net {
    /// Whether an address lies in it; an IPv4 address that came in as `::ffff:…` counts as IPv4.
    pub fn contains(&self, address: IpAddr) -> bool {
        self.0.contains(&address.to_canonical())
    }

    /// What of the network is one customer of a provider: an IPv4 address, or the first half of an IPv6 one.
    pub fn household(address: IpAddr) -> Net {
        let address = address.to_canonical();
        let bits = if address.is_ipv4() { 32 } else { 64 };
        let whole = IpNet::from(address);
        Net(IpNet::new(address, bits).map_or(whole, |net| net.trunc()))
    }

    /// Whether it is so large that a ban of it would hit most people of some country.
    pub fn is_wide(&self) -> bool {
        self.0.prefix_len() < if self.0.addr().is_ipv4() { 8 } else { 16 }
    }

    /// Whether it is a whole address family.
    pub fn is_everyone(&self) -> bool {
        self.0.prefix_len() == 0
    }
}

impl std::str::FromStr for Net {
    type Err = String;

    fn from_str(text: &str) -> Result<Net, String> {
        let single = || text.parse::<IpAddr>().ok().map(|address| IpNet::from(address.to_canonical()));
        let net = text.parse::<IpNet>().ok().map(|net| net.trunc()).or_else(single);
        net.map(Net).ok_or_else(|| format!("has {text:?}, which is not an address or a network like 10.0.0.0/8"))
    }
}

impl fmt::Display for Net {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // A single address reads as one.
        match self.0.prefix_len() == self.0.max_prefix_len() {
            true => self.0.addr().fmt(f),
            false => self.0.fmt(f),
        }
    }
}
