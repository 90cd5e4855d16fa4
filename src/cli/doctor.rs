//! `snug doctor`: looks at everything that can be wrong around a server, and says of each what to do.
mod house;
mod kept;
mod line;

use super::failure::{Code, Failure};
use super::print;
use super::{Done, Place, block_on};
use crate::admin::client::Door;
use crate::config::{Config, Registration};
use clap::Args;
use hyper::Method;
use serde::Serialize;
use serde_json::{Value, json};

/// Look at everything that can be wrong around a server, and say what to do
#[derive(Args)]
#[command(after_help = "Example: snug doctor\nExample: snug doctor --network")]
pub struct Doctor {
    /// List every destination that this configuration can contact, and look at nothing else
    #[arg(long)]
    network: bool,
    /// Print facts as JSON
    #[arg(long)]
    json: bool,
}

/// What was found of one thing.
#[derive(Debug, Clone, Serialize)]
pub struct Finding {
    /// What was looked at: one word.
    pub check: &'static str,
    pub verdict: Verdict,
    /// What was found: a sentence.
    pub says: String,
    /// What to do about it.
    pub fix: Option<String>,
}

/// Who may make an account.
pub struct Setting {
    /// Everybody.
    pub is_open: bool,
    /// It was set while the server ran, and is kept in the database.
    pub is_kept: bool,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Verdict {
    Good,
    /// It works, and something should be known.
    Warn,
    /// It does not work, or will soon not.
    Bad,
}

impl Finding {
    pub fn good(check: &'static str, says: impl Into<String>) -> Finding {
        Finding { check, verdict: Verdict::Good, says: says.into(), fix: None }
    }

    pub fn warn(check: &'static str, says: impl Into<String>, fix: impl Into<String>) -> Finding {
        Finding { check, verdict: Verdict::Warn, says: says.into(), fix: Some(fix.into()) }
    }

    pub fn bad(check: &'static str, says: impl Into<String>, fix: impl Into<String>) -> Finding {
        Finding { check, verdict: Verdict::Bad, says: says.into(), fix: Some(fix.into()) }
    }
}

impl Doctor {
    pub fn run(self, place: &Place) -> Done {
        let config = place.configuration()?;
        if self.network {
            return destinations(&config, self.json);
        }
        let findings = block_on(examined(&config))?;
        let worst = findings.iter().map(|finding| finding.verdict).max().unwrap_or(Verdict::Good);
        let facts = json!({ "verdict": worst, "findings": findings });
        print::answer(self.json, &facts, |_| shown(&findings))?;
        let bad = findings.iter().filter(|finding| finding.verdict == Verdict::Bad).count();
        match bad {
            0 => Ok(()),
            1 => Err(Failure::new(Code::Unavailable, "One thing needs you: it is marked with ✗ above.")),
            _ => Err(Failure::new(Code::Unavailable, format!("{bad} things need you: they are marked with ✗ above."))),
        }
    }
}

async fn examined(config: &Config) -> Result<Vec<Finding>, Failure> {
    let mut findings = house::configuration(config, &registration(config).await);
    findings.extend(house::folder(config));
    if config.data.exists() {
        findings.push(house::disk(config));
    }
    findings.push(house::clock());
    let status = status(config, &mut findings).await;
    findings.extend(line::names(config).await);
    if let Some(status) = &status {
        findings.extend(line::listeners(config, status).await);
        findings.extend(line::certificate(&status["certificate"]));
        findings.extend(line::proxies(config, status));
        findings.push(kept::store(status));
        findings.extend(kept::search(status));
        findings.extend(kept::backups(config, status));
        findings.extend(house::process(status));
        findings.extend(house::people(status));
    }
    Ok(findings)
}

/// Who may make an account, and where that was set: what an admin sets is kept in the database. Where that cannot be asked, the
/// configuration alone is known.
async fn registration(config: &Config) -> Setting {
    const KEY: &str = "auth.registration";
    let asked = async {
        let door = Door::open(config.clone(), crate::admin::client::Folder::MustExist).await.ok()?;
        let mut kept = door.ask(Method::GET, super::config::SETTINGS, None).await.ok()?;
        let mut settings = kept["settings"].as_array_mut()?.iter_mut();
        settings.find(|setting| setting["key"] == KEY).map(Value::take)
    };
    let found = asked.await.unwrap_or_default();
    Setting {
        is_open: match found["value"].as_str() {
            Some(value) => value == "open",
            None => config.auth.registration == Registration::Open,
        },
        is_kept: found["origin"] == "database",
    }
}

/// What the running server says of itself.
async fn status(config: &Config, findings: &mut Vec<Finding>) -> Option<Value> {
    match crate::admin::client::is_running(&config.data).await {
        Ok(true) => {}
        Ok(false) => {
            let fix = "Start it: snug serve, or sudo systemctl start snug. Then ask again: much can be seen only of a running server";
            findings.push(Finding::bad("server", "It does not run.", fix));
            return None;
        }
        Err(error) => {
            findings.push(Finding::bad("server", error.to_string(), "Run this as the folder's owner, or with sudo"));
            return None;
        }
    }
    let asked = async {
        let door = Door::open(config.clone(), crate::admin::client::Folder::MustExist).await.ok()?;
        door.ask(Method::GET, "/api/v1/admin/status", None).await.ok()
    };
    let Some(status) = asked.await else {
        findings.push(Finding::bad("server", "It runs, but does not answer.", "Look at its log: journalctl -u snug"));
        return None;
    };
    let (runs, ours) = (status["version"].as_str().unwrap_or_default(), env!("CARGO_PKG_VERSION"));
    findings.push(match runs == ours {
        true => Finding::good("server", format!("It runs, version {runs}.")),
        false => Finding::warn(
            "server",
            format!("Version {runs} runs, and this program is {ours}."),
            "Restart it to run the new one: sudo systemctl restart snug",
        ),
    });
    Some(status)
}

fn shown(findings: &[Finding]) -> String {
    let wide = findings.iter().map(|finding| finding.check.len()).max().unwrap_or(0);
    let mut lines = Vec::new();
    for finding in findings {
        let sign = match finding.verdict {
            Verdict::Good => '✓',
            Verdict::Warn => '!',
            Verdict::Bad => '✗',
        };
        lines.push(format!("{sign} {:wide$}  {}", finding.check, finding.says));
        if let Some(fix) = &finding.fix {
            lines.push(format!("  {:wide$}  → {fix}", ""));
        }
    }
    lines.join("\n")
}

/// Whom this server can ever contact by itself.
fn destinations(config: &Config, as_json: bool) -> Done {
    let destinations = config.destinations();
    let facts = json!({ "destinations": destinations });
    print::answer(as_json, &facts, |_| match destinations.is_empty() {
        true => {
            "Nobody. With this configuration Snug answers those who come, and contacts no other machine.".to_owned()
        }
        false => destinations.iter().map(|to| format!("{}  {}", to.address, to.purpose)).collect::<Vec<_>>().join("\n"),
    })
}
