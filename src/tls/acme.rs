//! Certificates from an authority that speaks ACME (RFC 8555): what is kept of it, and when the next one is due.
mod client;
mod failure;
mod order;

pub(super) use failure::{Failure, Kind};

use super::state::Progress;
use super::{Challenges, Leaf, own_folder_in};
use crate::clock::Millis;
use crate::config;
use crate::error::Result;
use crate::limits;
use crate::store::disk;
use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

/// Where it lies in the folder of certificates.
const FOLDER: &str = "acme";
/// Key and chain in one file, so that there is never one without the other.
const CERTIFICATE: &str = "certificate.pem";
const ACCOUNT: &str = "account.json";
const PROGRESS: &str = "state.json";

/// Renewal begins after two thirds of a life, and later by chance by up to this part of it, so that not all servers of the
/// world come at the same minute.
const JITTER: u32 = 24;

pub(super) struct Acme {
    /// Where Snug keeps the certificates that it makes itself.
    own_folder: PathBuf,
    folder: PathBuf,
    wanted: config::Acme,
}

/// Where the certificate lies, with its key, in the folder of certificates.
pub(super) fn certificate_path(own_folder: &Path) -> PathBuf {
    own_folder.join(FOLDER).join(CERTIFICATE)
}

impl Acme {
    pub(super) fn open(own_folder: PathBuf, wanted: &config::Acme) -> Result<Acme> {
        let folder = own_folder_in(&own_folder, FOLDER)?;
        Ok(Acme { own_folder, folder, wanted: wanted.clone() })
    }

    pub(super) fn own_folder(&self) -> &Path {
        &self.own_folder
    }

    pub(super) fn wanted(&self) -> &config::Acme {
        &self.wanted
    }

    /// The certificate that was ordered last, if it is good for any of the names. One that cannot be read is worth
    /// nothing: another is ordered.
    pub(super) fn stored(&self, now: SystemTime) -> Result<Option<Leaf>> {
        let Some(pem) = disk::read(&self.folder.join(CERTIFICATE))? else { return Ok(None) };
        let leaf = Leaf::from_pem(&pem, &pem).map_err(|why| tracing::warn!("{CERTIFICATE} {why}")).ok();
        Ok(leaf.filter(|leaf| now < leaf.not_after && self.wanted.names.iter().any(|name| leaf.is_for(name))))
    }

    pub(super) fn keep(&self, pem: &str) -> Result<()> {
        disk::write(&self.folder, CERTIFICATE, pem)
    }

    /// What is remembered of orders, as far as it is about what is wanted now.
    pub(super) fn progress(&self, now: SystemTime) -> Result<Progress> {
        let stored = disk::read(&self.folder.join(PROGRESS))?;
        let mut progress: Progress = stored.and_then(|json| serde_json::from_slice(&json).ok()).unwrap_or_default();
        if progress.directory != self.wanted.directory || progress.names != self.wanted.names {
            // Somebody else is asked, or for something else: failures of before say nothing.
            let is_elsewhere = !progress.directory.is_empty() && progress.directory != self.wanted.directory;
            progress = Progress { outdated: progress.outdated || is_elsewhere, ..Progress::default() };
            progress.directory.clone_from(&self.wanted.directory);
            progress.names.clone_from(&self.wanted.names);
        }
        // Who starts the server again after a mend does not wait for hours, but a server that starts every minute does
        // not ask every minute either.
        if let Some(tried) = progress.tried_at
            && progress.asked_to_wait_until.is_none_or(|until| until <= millis(now))
        {
            let soon = tried + limits::ACME_PAUSE_UNPROVEN.as_millis() as Millis;
            progress.not_before = progress.not_before.map(|at| at.min(soon));
        }
        Ok(progress)
    }

    pub(super) fn keep_progress(&self, progress: &Progress) -> Result<()> {
        let json = serde_json::to_vec_pretty(progress).map_err(crate::error::Fault::new)?;
        disk::write(&self.folder, PROGRESS, json)
    }

    /// When the next order is due: at once without a certificate for all names, else late in the life of the one that is
    /// there, or when its authority advises; never before a pause is over.
    pub(super) fn due_at(&self, leaf: Option<&Leaf>, progress: &Progress) -> Millis {
        let good = leaf.filter(|leaf| !progress.outdated && self.wanted.names.iter().all(|name| leaf.is_for(name)));
        let wanted = good.map_or(0, |leaf| progress.advised_at.unwrap_or_else(|| late(leaf)));
        wanted.max(progress.not_before.unwrap_or_default())
    }
}

/// After two thirds of a life, and a little by chance: always the same little for the same certificate.
pub(super) fn late(leaf: &Leaf) -> Millis {
    let span = leaf.life() / JITTER;
    millis(leaf.not_before + leaf.life() / 3 * 2 + span.mul_f64(chance(leaf)))
}

/// When it must have happened, whatever an authority advises.
pub(super) fn latest(leaf: &Leaf) -> Millis {
    millis(leaf.not_after - leaf.life().mul_f64(limits::CERTIFICATE_LAST_PART))
}

/// From 0 to 1, fixed for a certificate.
pub(super) fn chance(leaf: &Leaf) -> f64 {
    use sha2::{Digest, Sha256};
    let digest = Sha256::digest(leaf.der());
    f64::from(u16::from_be_bytes([digest[0], digest[1]])) / f64::from(u16::MAX)
}

/// How long to wait after so many failures in a row: each time twice as long, and a little by chance.
pub(super) fn pause(kind: Kind, failures: u32) -> Duration {
    let first = match kind {
        Kind::Unreachable | Kind::Stale => limits::ACME_PAUSE_UNREACHABLE,
        Kind::Unproven => limits::ACME_PAUSE_UNPROVEN,
    };
    let doubled = first.saturating_mul(1 << failures.saturating_sub(1).min(16)).min(limits::ACME_PAUSE_MAX);
    let mut byte = [0];
    let chance = getrandom::fill(&mut byte).map_or(0.5, |()| f64::from(byte[0]) / 255.0);
    doubled.mul_f64(0.9 + chance / 5.0)
}

pub(super) fn millis(time: SystemTime) -> Millis {
    time.duration_since(UNIX_EPOCH).map_or(0, |passed| passed.as_millis() as Millis)
}

pub(super) fn time(millis: Millis) -> SystemTime {
    UNIX_EPOCH + Duration::from_millis(millis)
}

#[cfg(test)]
mod tests;
