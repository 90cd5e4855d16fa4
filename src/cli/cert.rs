//! `snug cert`: the server's certificate, and how to trust it.
use super::failure::{Code, Failure};
use super::print::{self, answer, cell, time};
use super::{Done, Place, block_on};
use crate::admin::client::{self, Folder};
use crate::config::{Config, TlsMode};
use crate::names::Names;
use crate::store;
use crate::tls::Tls;
use crate::tls::facts::{self, Facts, authority_path, leaf_path};
use clap::{Args, Subcommand};
use hyper::Method;
use serde_json::{Value, json};
use std::fs;
use std::path::Path;
use std::time::{SystemTime, UNIX_EPOCH};

/// The server's certificate, and how to trust it
#[derive(Args)]
#[command(arg_required_else_help = false)]
#[command(after_help = "Example: snug cert show")]
pub struct Cert {
    /// Print facts as JSON
    #[arg(long, global = true)]
    json: bool,
    #[command(subcommand)]
    action: Action,
}

#[derive(Clone, Copy, Subcommand)]
enum Action {
    /// Show the certificate that clients see
    #[command(after_help = "Example: snug cert show --json")]
    Show,
    /// Show how devices learn to trust this server's own authority
    #[command(after_help = "Example: snug cert trust")]
    Trust,
    /// Make or order a new certificate at once, or read your own files again. A running server does all that by itself, in
    /// time
    #[command(after_help = "Example: snug cert renew")]
    Renew,
}

const STATE: &str = "/api/v1/admin/certificate";
const RENEW: &str = "/api/v1/admin/certificate/renew";

impl Cert {
    pub fn run(self, place: &Place) -> Done {
        let config = place.configuration()?;
        match self.action {
            Action::Show => show(place, &config, self.json),
            Action::Trust => trust(&config, self.json),
            Action::Renew => renew(place, config, self.json),
        }
    }
}

fn show(place: &Place, config: &Config, as_json: bool) -> Done {
    let Some(leaf) = leaf_path(&config.data, &config.server.tls) else { return Err(no_tls()) };
    let certificate = read(&leaf)?;
    let authority = authority_path(&config.data, &config.server.tls).map(|path| read(&path)).transpose()?;
    // What only the running server knows: whether renewal goes well.
    let server = match is_running(config)? {
        true => place.at_the_door(Folder::MustExist, async |door| Ok(door.ask(Method::GET, STATE, None).await?))?,
        false => Value::Null,
    };
    let facts = json!({ "certificate": certificate, "authority": authority, "server": server });
    answer(as_json, &facts, |facts| {
        let certificate = &facts["certificate"];
        let names: Vec<String> = certificate["names"].as_array().into_iter().flatten().map(cell).collect();
        let shown = format!(
            "file         {}\nfingerprint  {}\nnames        {}\nfrom         {}\nuntil        {}",
            cell(&certificate["file"]),
            cell(&certificate["fingerprint"]),
            names.join(", "),
            time(&certificate["starts_at"]),
            time(&certificate["expires_at"]),
        );
        shown + &state(&facts["server"])
    })
}

/// What a running server adds, in lines of their own.
fn state(server: &Value) -> String {
    let mut lines = String::new();
    let mut line = |name: &str, value: String| lines.push_str(&format!("\n{name:<13}{value}"));
    if server.is_null() {
        return lines;
    }
    let trusting = match (server["public"] == true, server["authority"].is_null()) {
        (true, _) => "every browser",
        (false, false) => "who was told to (snug cert trust)",
        (false, true) => "who trusts its authority",
    };
    line("made by", cell(&server["issuer"]));
    line("trusted by", trusting.to_owned());
    for (name, key) in [("renewed", "renews_at"), ("next try", "next_try_at")] {
        if !server[key].is_null() {
            line(name, time(&server[key]));
        }
    }
    match server["state"].as_str() {
        Some("waiting") => line("state", "another one is ordered; until it comes, Snug's own is shown".to_owned()),
        Some("ending") => line("state", "it ends soon".to_owned()),
        _ => {}
    }
    if !server["last_error"].is_null() {
        line("problem", cell(&server["last_error"]));
    }
    lines
}

fn trust(config: &Config, as_json: bool) -> Done {
    let Some(path) = authority_path(&config.data, &config.server.tls) else {
        return Err(match config.server.tls {
            TlsMode::Off => no_tls(),
            _ => Failure::new(
                Code::Configuration,
                "server.tls is \"files\": who made that certificate says how to trust it.",
            ),
        });
    };
    if matches!(config.server.tls, TlsMode::Acme(_))
        && leaf_path(&config.data, &config.server.tls).is_some_and(|leaf| !facts::is_own(&leaf))
    {
        let line = "This server's certificate comes from the authority that it was ordered from: browsers trust that one, \
                    or were told to.";
        return Err(Failure::new(Code::Configuration, line));
    }
    let facts = json!({ "authority": read(&path)? });
    answer(as_json, &facts, how_to_trust)
}

fn renew(place: &Place, config: Config, as_json: bool) -> Done {
    if config.server.tls == TlsMode::Off {
        return Err(no_tls());
    }
    if is_running(&config)? {
        let server =
            place.at_the_door(Folder::MustExist, async |door| Ok(door.ask(Method::POST, RENEW, None).await?))?;
        if server["renewing"] == true {
            println!("The order takes longer than usual. \"snug cert show\" tells how it goes.");
            return Ok(());
        }
        if !server["last_error"].is_null() {
            let line = format!("There is no new certificate: {}", cell(&server["last_error"]));
            return Err(Failure::new(Code::Unavailable, line));
        }
        return show(place, &config, as_json);
    }
    match config.server.tls {
        TlsMode::Files { .. } => {
            let line = "server.tls is \"files\": put new files in place. A running server reads them within seconds.";
            return Err(Failure::new(Code::Configuration, line));
        }
        TlsMode::Acme(_) => {
            let line = "A certificate is ordered by the running server, which the authority visits: snug serve";
            return Err(Failure::new(Code::Unavailable, line));
        }
        TlsMode::Auto | TlsMode::Off => {}
    }
    client::need_data(&config.data)?;
    let _lock = store::lock(&config.data)?;
    let names = Names::of_machine(&config.server.hosts);
    let now = SystemTime::now();
    if let Some(tls) = Tls::open(&config, &names, now)? {
        tls.renew(&names, now)?;
    }
    show(place, &config, as_json)
}

fn is_running(config: &Config) -> Result<bool, Failure> {
    block_on(async { Ok(client::is_running(&config.data).await?) })
}

fn no_tls() -> Failure {
    Failure::new(
        Code::Configuration,
        "server.tls is \"off\", so there is no certificate. A proxy in front has its own.",
    )
}

fn read(path: &Path) -> Result<Value, Failure> {
    let pem = fs::read(path).map_err(|error| match error.kind() {
        std::io::ErrorKind::NotFound => {
            let line =
                format!("There is no certificate in {} yet. Starting the server makes one: snug serve", path.display());
            Failure::new(Code::NoFile, line)
        }
        _ => Failure::file(&error, path),
    })?;
    let facts =
        Facts::from_pem(&pem).map_err(|why| Failure::new(Code::Damaged, format!("{} {why}", path.display())))?;
    Ok(json!({
        "file": path.display().to_string(),
        "fingerprint": facts.fingerprint,
        "names": facts.names,
        "starts_at": millis(facts.not_before),
        "expires_at": millis(facts.not_after),
    }))
}

fn millis(time: SystemTime) -> u64 {
    time.duration_since(UNIX_EPOCH).map_or(0, |passed| passed.as_millis() as u64)
}

fn how_to_trust(facts: &Value) -> String {
    let file = cell(&facts["authority"]["file"]);
    let (fingerprint, end) = (cell(&facts["authority"]["fingerprint"]), print::time(&facts["authority"]["expires_at"]));
    format!(
        "This server made its certificate itself. A device that trusts its authority warns no more.
The authority is {file}, or on the device: /trust on this server.
Its SHA-256 fingerprint, to be compared before anybody trusts it:
  {fingerprint}
It ends {end}.

macOS          sudo security add-trusted-cert -d -r trustRoot -k /Library/Keychains/System.keychain ca.crt
Windows        certutil -addstore -f Root ca.crt        (as administrator)
Debian/Ubuntu  sudo cp ca.crt /usr/local/share/ca-certificates/snug.crt && sudo update-ca-certificates
Fedora/RHEL    sudo cp ca.crt /etc/pki/ca-trust/source/anchors/snug.crt && sudo update-ca-trust
Arch           sudo trust anchor ca.crt
Firefox        Settings, Certificates, View Certificates, Authorities, Import
iPhone, iPad   open /trust/ca.crt, install the profile, then Settings, General, About, Certificate Trust Settings
Android        open /trust/ca.crt, then Settings, Security, Install a certificate, CA certificate"
    )
}
