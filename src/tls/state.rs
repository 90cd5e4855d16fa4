//! How it is with the certificate, for those who look after the server.
use super::acme::{self, Acme, Failure};
use super::{Shown, Source, Tls, fingerprint};
use crate::clock::Millis;
use crate::config::Proof;
use crate::limits;
use serde::{Deserialize, Serialize};
use std::time::SystemTime;

/// What there is to say of the certificate.
#[derive(Debug, Clone)]
pub struct State {
    /// As `server.tls` says it: "auto", "files" or "acme".
    pub source: &'static str,
    /// Of what nearly everybody sees.
    pub names: Vec<String>,
    pub issuer: String,
    pub fingerprint: String,
    pub not_before: SystemTime,
    pub not_after: SystemTime,
    /// Browsers trust it without being told to.
    pub is_public: bool,
    /// The one that is wanted has never come yet; Snug's own is shown until it does.
    pub is_waiting: bool,
    /// An order is on its way.
    pub is_renewing: bool,
    /// When the next one is made or ordered, if Snug does that, and all is well.
    pub renews_at: Option<SystemTime>,
    /// When it is tried again, after a failure.
    pub next_try_at: Option<SystemTime>,
    pub last_error: Option<String>,
    pub last_error_at: Option<SystemTime>,
    /// By what way the names were proven.
    pub proof: Option<&'static str>,
    /// The address of the authority's directory.
    pub directory: Option<String>,
    /// The local authority, where people see what it vouches for.
    pub authority: Option<super::Own>,
}

/// What is remembered of attempts; where certificates are ordered, also over a restart.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
#[serde(default)]
pub(super) struct Progress {
    /// What it is about.
    pub(super) directory: String,
    pub(super) names: Vec<String>,
    /// The certificate that is there came from somebody else.
    pub(super) outdated: bool,
    /// In a row.
    pub(super) failures: u32,
    pub(super) tried_at: Option<Millis>,
    /// Nothing is asked before.
    pub(super) not_before: Option<Millis>,
    /// Likewise, in the authority's own words.
    pub(super) asked_to_wait_until: Option<Millis>,
    pub(super) last_error: Option<String>,
    pub(super) last_error_at: Option<Millis>,
    /// By what the names were proven last.
    pub(super) proof: Option<String>,
    /// When the authority advises to renew, and when it was asked.
    pub(super) advised_at: Option<Millis>,
    pub(super) advice_at: Option<Millis>,
    #[serde(skip)]
    pub(super) is_renewing: bool,
}

impl Progress {
    /// It went well.
    pub(super) fn succeed(&mut self, now: SystemTime, proof: Proof) {
        let (directory, names) = (std::mem::take(&mut self.directory), std::mem::take(&mut self.names));
        let (tried_at, proof) = (Some(acme::millis(now)), Some(proof.word().to_owned()));
        *self = Progress { directory, names, tried_at, proof, ..Progress::default() };
    }

    /// It did not; gives the moment of the next try.
    pub(super) fn fail(&mut self, now: SystemTime, failure: &Failure) -> SystemTime {
        self.failures = self.failures.saturating_add(1);
        let pause = now + acme::pause(failure.kind, self.failures);
        let next = failure.come_again.map_or(pause, |at| at.max(pause));
        self.tried_at = Some(acme::millis(now));
        self.not_before = Some(acme::millis(next));
        self.asked_to_wait_until = failure.come_again.map(acme::millis);
        self.note(now, &failure.why);
        next
    }

    /// Something that people should know.
    pub(super) fn note(&mut self, now: SystemTime, why: &str) {
        self.last_error = Some(why.to_owned());
        self.last_error_at = Some(acme::millis(now));
    }

    pub(super) fn forget(&mut self) {
        (self.last_error, self.last_error_at) = (None, None);
    }
}

impl Tls {
    /// How it is.
    pub fn state(&self) -> State {
        let shown = self.current.shown();
        let progress = self.progress.lock().expect(super::keep::UNPOISONED).clone();
        let (source, acme) = match &self.source {
            Source::Local { .. } => ("auto", None),
            Source::Files { .. } => ("files", None),
            Source::Acme(acme) => ("acme", Some(acme)),
        };
        let renews_at = match acme {
            Some(acme) => acme_renews_at(acme, &shown, &progress),
            None => (source == "auto").then(|| shown.leaf.not_before + shown.leaf.life() / 3 * 2),
        };
        let addresses = shown.leaf.addresses.iter().map(ToString::to_string);
        State {
            source,
            names: shown.leaf.dns.iter().cloned().chain(addresses).collect(),
            issuer: shown.leaf.issuer.clone(),
            fingerprint: fingerprint(shown.leaf.der()),
            not_before: shown.leaf.not_before,
            not_after: shown.leaf.not_after,
            is_public: shown.is_public,
            is_waiting: acme.is_some() && shown.other.is_none(),
            is_renewing: progress.is_renewing,
            renews_at,
            next_try_at: progress.not_before.filter(|_| progress.last_error.is_some()).map(acme::time),
            last_error: progress.last_error,
            last_error_at: progress.last_error_at.map(acme::time),
            proof: progress
                .proof
                .and_then(|word| [Proof::Http, Proof::Alpn].into_iter().map(Proof::word).find(|known| *known == word)),
            directory: acme.map(|acme| acme.wanted().directory.clone()),
            authority: self.own(),
        }
    }
}

fn acme_renews_at(acme: &Acme, shown: &Shown, progress: &Progress) -> Option<SystemTime> {
    let ordered = shown.other.is_some().then_some(&shown.leaf);
    ordered.map(|leaf| acme::time(acme.due_at(Some(leaf), progress)))
}

impl State {
    /// Whether it ends so soon that somebody should do something: renewal should long have come.
    pub fn ends_soon(&self, now: SystemTime) -> bool {
        let life = self.not_after.duration_since(self.not_before).unwrap_or_default();
        now + life.mul_f64(limits::CERTIFICATE_LAST_PART) > self.not_after
    }
}
