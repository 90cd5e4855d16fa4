//! What can be wrong on the way to the people: names, ports, certificates, proxies.
use super::Finding;
use crate::cli::print::{cell, harmless, moment};
use crate::config::Config;
use crate::limits;
use crate::names::Names;
use crate::tls::probe;
use serde_json::Value;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use std::time::{Duration, SystemTime};

/// Whether the names that were configured lead here.
pub async fn names(config: &Config) -> Vec<Finding> {
    let own = Names::of_machine(&config.server.hosts);
    let mut findings = Vec::new();
    for host in config.server.hosts.iter().filter(|host| host.parse::<IpAddr>().is_err()) {
        let asked = tokio::time::timeout(limits::DOCTOR_TIMEOUT, tokio::net::lookup_host((host.as_str(), 0)));
        let found: Vec<IpAddr> = match asked.await {
            Ok(Ok(found)) => found.map(|address| address.ip().to_canonical()).collect(),
            _ => Vec::new(),
        };
        findings.push(if found.is_empty() {
            let fix = "Let its DNS entry point to this machine, or take it out of server.hosts";
            Finding::bad("names", format!("{host} leads nowhere."), fix)
        } else if found.iter().any(|address| own.addresses.contains(address)) {
            Finding::good("names", format!("{host} leads to this machine."))
        } else {
            let fix = "Right behind a proxy or a router that passes its ports on; else mend the DNS entry";
            Finding::warn("names", format!("{host} leads to {}, which is not this machine.", found[0]), fix)
        });
    }
    if findings.is_empty() {
        let shown = own.dns.first().map_or("localhost", String::as_str);
        findings.push(Finding::good("names", format!("No name is configured: people come by {shown} or an address.")));
    }
    findings
}

/// Knocks at every port as a browser would.
pub async fn listeners(config: &Config, status: &Value) -> Vec<Finding> {
    let mut findings = Vec::new();
    for text in status["listening"].as_array().into_iter().flatten().filter_map(Value::as_str) {
        let Ok(address) = text.parse::<SocketAddr>() else { continue };
        findings.extend(listener(config, address, status["tls"] == true).await);
    }
    findings
}

async fn listener(config: &Config, address: SocketAddr, secure: bool) -> Vec<Finding> {
    let at = SocketAddr::new(reachable(address.ip()), address.port());
    let knocked = tokio::time::timeout(limits::DOCTOR_TIMEOUT, probe::knock(at, secure)).await;
    let fix = "Look at the log: journalctl -u snug. A firewall of this machine may be in the way";
    let shown = match knocked {
        Err(_) => return vec![Finding::bad("port", format!("{address} does not answer."), fix)],
        Ok(Err(why)) => return vec![Finding::bad("port", format!("{address}: {why}."), fix)],
        Ok(Ok(shown)) => shown,
    };
    let mut findings =
        vec![Finding::good("port", format!("{address} answers{}.", if secure { " over TLS" } else { "" }))];
    let Some(facts) = shown else { return findings };
    let left = facts.not_after.duration_since(SystemTime::now()).unwrap_or(Duration::ZERO);
    let days = left.as_secs() / 86_400;
    findings.push(match days {
        0 => Finding::bad("certificate", "It is over: browsers refuse it.", "snug cert renew, and look at the log"),
        1..=6 => Finding::warn(
            "certificate",
            format!("It ends in {days} days, and should have been renewed."),
            "Look at the log for why; snug cert renew tries at once",
        ),
        _ => Finding::good("certificate", format!("It is good for {days} days, for {}.", facts.names.join(", "))),
    });
    let covered = |host: &&String| !facts.names.iter().any(|name| is_for(name, host));
    for host in config.server.hosts.iter().filter(covered) {
        let says = format!("It is not for {host}: browsers refuse it there.");
        findings.push(Finding::bad("certificate", says, "snug cert renew, or give one that is (server.cert)"));
    }
    findings
}

/// Where it comes from, and whether the next one will come.
pub fn certificate(state: &Value) -> Option<Finding> {
    let why = || harmless(state["last_error"].as_str().unwrap_or("nobody said why"));
    let fix = "snug cert renew tries at once; snug cert show says more";
    let says = match (state["source"].as_str()?, state["state"].as_str()?) {
        (_, "failing") => {
            return Some(Finding::warn("certificate", format!("It could not be renewed: {}", why()), fix));
        }
        (_, "ending") => {
            let says = match state["last_error"].is_null() {
                true => "It ends soon, and nothing newer is here.".to_owned(),
                false => format!("It ends soon, and could not be renewed: {}", why()),
            };
            return Some(Finding::bad("certificate", says, fix));
        }
        (_, "waiting") if state["last_error"].is_null() => {
            let fix = "Wait a minute, then ask again";
            let says = "It was ordered and is not here yet; until then Snug shows its own.";
            return Some(Finding::warn("certificate", says, fix));
        }
        (_, "waiting") => {
            let says = format!("It was ordered and does not come: {}", why());
            return Some(Finding::bad("certificate", says, fix));
        }
        ("files", _) => "It comes from server.cert; a new one in its place is taken up by itself".to_owned(),
        ("acme", _) => format!("{} vouches for it", cell(&state["issuer"])),
        _ => "Snug vouches for it: each device is told once to trust that (/trust)".to_owned(),
    };
    let renewed = state["renews_at"].as_u64().map_or(String::new(), |at| format!("; the next comes {}", moment(at)));
    Some(Finding::good("certificate", format!("{says}{renewed}.")))
}

/// Whether a name of a certificate covers a host.
fn is_for(name: &str, host: &str) -> bool {
    let wild =
        name.strip_prefix("*.").zip(host.split_once('.')).is_some_and(|(rest, (_, of))| rest.eq_ignore_ascii_case(of));
    wild || name.eq_ignore_ascii_case(host)
}

/// An address at which this machine reaches what listens on all of them.
fn reachable(address: IpAddr) -> IpAddr {
    match address {
        IpAddr::V4(address) if address.is_unspecified() => Ipv4Addr::LOCALHOST.into(),
        // On a machine without IPv6 as well: [::] takes both.
        IpAddr::V6(address) if address.is_unspecified() => match std::net::UdpSocket::bind((Ipv6Addr::LOCALHOST, 0)) {
            Ok(_) => Ipv6Addr::LOCALHOST.into(),
            Err(_) => Ipv4Addr::LOCALHOST.into(),
        },
        address => address,
    }
}

/// What the server saw of proxies: those that it trusts, and those that it does not know.
pub fn proxies(config: &Config, status: &Value) -> Vec<Finding> {
    let proxies = &status["proxies"];
    let count = |name: &str| proxies[name].as_u64().unwrap_or_default();
    let mut findings = Vec::new();
    for stranger in proxies["strangers"].as_array().into_iter().flatten().filter_map(Value::as_str) {
        let says = format!(
            "{stranger} passes requests on (X-Forwarded-For) and is not trusted: all its people look like one."
        );
        let fix = format!("If it is your proxy: trusted_proxies = [\"{stranger}\"] in [server]. If not, leave it so");
        findings.push(Finding::warn("proxy", says, fix));
    }
    if config.server.trusted_proxies.is_empty() {
        return findings;
    }
    findings.push(match (count("requests"), count("without_for"), count("without_proto")) {
        (0, ..) => Finding::warn(
            "proxy",
            "Nothing has come by a trusted proxy since the start.",
            "Open the server by its public name, then ask again; or mend server.trusted_proxies",
        ),
        (_, 1.., _) => Finding::bad(
            "proxy",
            "The proxy does not say where requests come from: all people share one address, and its limits.",
            "Let it send X-Forwarded-For (README, Behind a proxy)",
        ),
        (_, _, 1..) => Finding::bad(
            "proxy",
            "The proxy does not say whether people came by HTTPS: they cannot sign in.",
            "Let it send X-Forwarded-Proto (README, Behind a proxy)",
        ),
        (requests, ..) => {
            Finding::good("proxy", format!("It sent {requests} requests, with what it must say of each."))
        }
    });
    findings
}
