//! What counts at this moment of what may change while the server runs, and what hangs on it.
use super::App;
use crate::chat::place;
use crate::config::{Config, Live, Registration};
use crate::error::{Fault, Result};
use crate::hub::Close;
use crate::id::Id;
use crate::store::{Snapshot, View};
use crate::wire;
use std::sync::{Arc, PoisonError, RwLock};

pub struct Settings {
    config: Config,
    now: RwLock<Now>,
}

struct Now {
    name: Arc<str>,
    live: Arc<Live>,
    /// The newest id when it was read: an older look changes nothing.
    as_of: Id,
}

impl Settings {
    /// As the database has it at the start. What it keeps that does not fit any more is left out, with a warning.
    pub(super) fn open(config: &Config, view: &Snapshot) -> Result<Settings> {
        let config = config.clone();
        let (name, live) = read(&config, view)?;
        let now = Now { name: name.into(), live: Arc::new(live), as_of: view.last_id()? };
        Ok(Settings { config, now: RwLock::new(now) })
    }

    fn renew(&self, view: &Snapshot) -> Result<()> {
        let (name, live) = read(&self.config, view)?;
        let as_of = view.last_id()?;
        let mut now = self.now.write().unwrap_or_else(PoisonError::into_inner);
        if as_of >= now.as_of {
            *now = Now { name: name.into(), live: Arc::new(live), as_of };
        }
        Ok(())
    }
}

fn read(config: &Config, view: &Snapshot) -> Result<(String, Live)> {
    let mut kept = place::settings(view)?;
    kept.retain(|one| match config.live(std::slice::from_ref(one)) {
        Ok(_) => true,
        Err(error) => {
            tracing::warn!(%error, "a setting that is kept does not count");
            false
        }
    });
    let live = config.live(&kept).map_err(Fault::new)?;
    Ok((place::name(view)?, live))
}

impl App {
    /// What counts now.
    pub fn live(&self) -> Arc<Live> {
        self.settings.now.read().unwrap_or_else(PoisonError::into_inner).live.clone()
    }

    /// What everybody may know of it.
    pub fn place(&self) -> wire::Place {
        let now = self.settings.now.read().unwrap_or_else(PoisonError::into_inner);
        wire::Place {
            name: now.name.to_string(),
            registration: match now.live.registration {
                Registration::Open => "open",
                Registration::Invite => "invite",
                Registration::Closed => "closed",
            },
            password_min: now.live.password_min,
            max_upload_bytes: now.live.limits.upload_max_bytes,
            retention_days: Some(now.live.retention.messages_days).filter(|days| *days > 0),
        }
    }

    /// At the start, when nobody is there yet.
    pub(super) fn begin_settings(&self) -> Result<()> {
        let live = self.live();
        self.required.switch(live.second_factor, || self.store.snapshot())?;
        self.take_up(&live);
        Ok(())
    }

    /// Looks again, after a change; everything takes it up, and everybody connected is told.
    pub async fn renew_settings(&self) -> Result<()> {
        let before = self.live().second_factor;
        let (settings, required) = (self.settings.clone(), self.required.clone());
        let store = self.store.clone();
        let lacking = tokio::task::spawn_blocking(move || {
            let view = store.snapshot()?;
            settings.renew(&view)?;
            let rule = settings.now.read().unwrap_or_else(PoisonError::into_inner).live.second_factor;
            if rule == before { Ok(Vec::new()) } else { required.switch(rule, || store.snapshot()) }
        });
        // Who must have a second factor from now on comes back, and is told so at the door.
        for person in lacking.await.map_err(Fault::new)?? {
            self.hub.close_person(person, Close::RESTART);
        }
        self.take_up(&self.live());
        self.hub.tell_everyone(&wire::text_frame(&wire::Frame::Server { server: self.place() }));
        Ok(())
    }

    fn take_up(&self, live: &Live) {
        self.rates.adjust(&live.limits);
        self.passwords.set_min_chars(live.password_min);
    }
}
