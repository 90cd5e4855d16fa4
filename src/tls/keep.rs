//! Keeps the certificate good for as long as the server runs: files are noticed, orders are made in time, failures told.
use super::acme::{self, Acme};
use super::{Source, Tls};
use crate::clock::Millis;
use crate::error::{Fault, Result};
use crate::limits;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::{Instant, SystemTime};

pub(super) const UNPOISONED: &str = "nothing panics while it holds this lock";

impl Tls {
    /// For ever.
    pub async fn keep(self: Arc<Self>) {
        let mut looked: Option<Instant> = Some(Instant::now());
        loop {
            if self.has_new_files() || looked.is_none_or(|at| at.elapsed() >= limits::CERTIFICATE_CHECK_PERIOD) {
                looked = Some(Instant::now());
                self.look().await;
            }
            if let Source::Acme(acme) = &self.source {
                self.order_if_due(acme).await;
            }
            tokio::select! {
                () = tokio::time::sleep(limits::CERTIFICATE_LOOK_PERIOD) => {}
                () = self.bell.notified() => looked = None,
            }
        }
    }

    /// Looks at files again, and at what is due, now and not soon.
    pub fn look_again(&self) {
        self.bell.notify_one();
    }

    /// A new certificate now, because somebody wants one; ends when it is there or has failed, or when that takes longer
    /// than anybody waits.
    ///
    /// # Errors
    /// As `open`. That an order failed is said by `state`.
    pub async fn renew_now(self: &Arc<Self>) -> Result<()> {
        if !matches!(self.source, Source::Acme(_)) {
            let tls = self.clone();
            let renewed = tokio::task::spawn_blocking(move || tls.renew(&tls.names, SystemTime::now())).await;
            let renewed = renewed.map_err(Fault::new)?;
            self.note(&renewed);
            return renewed.map(drop);
        }
        let mut ended = self.ended.subscribe();
        ended.mark_unchanged();
        self.forced.store(true, Ordering::Relaxed);
        self.bell.notify_one();
        let _ = tokio::time::timeout(limits::ACME_FORCED_WAIT, ended.changed()).await;
        Ok(())
    }

    /// Whether a forced order would be one too many for the authority: until when it asked to be left alone.
    pub fn asked_to_wait_until(&self, now: SystemTime) -> Option<SystemTime> {
        let until = self.progress.lock().expect(UNPOISONED).asked_to_wait_until.map(acme::time);
        until.filter(|until| *until > now)
    }

    /// Whether the operator's files are others than those that were read last.
    fn has_new_files(&self) -> bool {
        let stamp = self.source.stamp();
        let mut seen = self.seen.lock().expect(UNPOISONED);
        let is_new = stamp != *seen;
        *seen = stamp;
        is_new
    }

    async fn look(self: &Arc<Self>) {
        let tls = self.clone();
        let renewed = tokio::task::spawn_blocking(move || tls.renew_if_due(&tls.names, SystemTime::now())).await;
        let renewed = renewed.unwrap_or_else(|error| Err(Fault::new(error).into()));
        if let Ok(true) = renewed {
            tracing::info!("another certificate is shown from now on");
        }
        self.note(&renewed);
    }

    /// Remembers what came of reading or making one. What a person can read once is not logged each hour.
    fn note(&self, renewed: &Result<bool>) {
        let mut progress = self.progress.lock().expect(UNPOISONED);
        match renewed {
            // An order has its own outcome.
            Ok(_) if matches!(self.source, Source::Acme(_)) => {}
            Ok(_) => progress.forget(),
            Err(error) => {
                let why = error.to_string();
                if progress.last_error.as_ref() != Some(&why) {
                    tracing::error!("the certificate could not be renewed, the old one stays: {why}");
                }
                progress.note(SystemTime::now(), &why);
            }
        }
    }

    async fn order_if_due(self: &Arc<Self>, acme: &Acme) {
        let is_forced = self.forced.swap(false, Ordering::Relaxed);
        let shown = self.current.shown();
        let ordered = shown.other.is_some().then_some(&shown.leaf);
        if let Some(leaf) = ordered {
            self.hear_advice(acme, leaf).await;
        }
        let now = SystemTime::now();
        let due_at = acme.due_at(ordered, &self.progress.lock().expect(UNPOISONED));
        if !is_forced && acme::millis(now) < due_at {
            return;
        }
        self.progress.lock().expect(UNPOISONED).is_renewing = true;
        tracing::info!(
            directory = acme.wanted().directory,
            "a certificate is ordered for {}",
            acme.wanted().names.join(", ")
        );
        let outcome = acme.order(&self.current.challenges, &self.public, ordered).await;
        let now = SystemTime::now();
        match outcome {
            Ok(made) => {
                let (tls, pem) = (self.clone(), made.pem);
                let kept = tokio::task::spawn_blocking(move || match &tls.source {
                    Source::Acme(acme) => acme.keep(&pem).and_then(|()| tls.replace(&tls.names, now, false)),
                    _ => Ok(false),
                });
                match kept.await.unwrap_or_else(|error| Err(Fault::new(error).into())) {
                    Ok(_) => self.progress.lock().expect(UNPOISONED).succeed(now, made.by),
                    Err(error) => {
                        let failure = acme::Failure::new(acme::Kind::Unproven, error.to_string());
                        self.progress.lock().expect(UNPOISONED).fail(now, &failure);
                        tracing::error!(%error, "the new certificate could not be kept");
                    }
                }
                let state = self.state();
                tracing::info!(
                    proof = made.by.word(),
                    until = %day(state.not_after),
                    "the certificate of {} is in place",
                    state.issuer
                );
            }
            Err(failure) => {
                let next = self.progress.lock().expect(UNPOISONED).fail(now, &failure);
                let minutes = next.duration_since(now).unwrap_or_default().as_secs().div_ceil(60);
                let state = self.state();
                let what = if state.is_waiting { "Snug's own is shown" } else { "the old one stays" };
                match state.ends_soon(now) {
                    true => tracing::error!("no certificate came and {what}, which ends soon: {}", failure.why),
                    false => {
                        tracing::warn!("no certificate came and {what}; next try in {minutes} min: {}", failure.why)
                    }
                }
            }
        }
        self.progress.lock().expect(UNPOISONED).is_renewing = false;
        self.keep_progress().await;
        // Who asked meanwhile has this one.
        self.forced.store(false, Ordering::Relaxed);
        self.ended.send_modify(|orders| *orders += 1);
    }

    /// Asks the authority now and then when it wants to be asked for the next one.
    async fn hear_advice(self: &Arc<Self>, acme: &Acme, leaf: &super::Leaf) {
        let now = acme::millis(SystemTime::now());
        let asked_at = self.progress.lock().expect(UNPOISONED).advice_at;
        if asked_at.is_some_and(|at| now < at + limits::ACME_ADVICE_PERIOD.as_millis() as Millis) {
            return;
        }
        let advice = acme.advice(&self.public, leaf).await;
        {
            let mut progress = self.progress.lock().expect(UNPOISONED);
            progress.advice_at = Some(now);
            match advice {
                // An authority may hurry us (a mistake of its own), but not make us late.
                Ok(Some(at)) => progress.advised_at = Some(at.min(acme::latest(leaf))),
                Ok(None) => progress.advised_at = None,
                Err(failure) => tracing::debug!("no advice on when to renew: {}", failure.why),
            }
        }
        self.keep_progress().await;
    }

    async fn keep_progress(self: &Arc<Self>) {
        let (tls, progress) = (self.clone(), self.progress.lock().expect(UNPOISONED).clone());
        let kept = tokio::task::spawn_blocking(move || match &tls.source {
            Source::Acme(acme) => acme.keep_progress(&progress),
            _ => Ok(()),
        });
        if let Err(error) = kept.await.unwrap_or_else(|error| Err(Fault::new(error).into())) {
            tracing::warn!(%error, "what came of the order could not be written down");
        }
    }
}

fn day(time: SystemTime) -> time::Date {
    time::OffsetDateTime::from(time).date()
}
