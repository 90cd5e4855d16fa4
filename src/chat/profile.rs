//! What people say of themselves: name, status, about, time zone, picture; and the settings that only they see.
use super::{picture, receipt, user};
use crate::error::{self, Refusal, Result};
use crate::event::{Audience, Event, UserView};
use crate::id::{self, Id};
use crate::limits;
use crate::row::{Avatar, ImageKind, Log, Status};
use crate::store::tables::{AVATARS, PRIVATE};
use crate::store::{Change, View};
use serde_json::{Map, Value};
use unicode_normalization::UnicodeNormalization;

/// What a person may change of themselves.
#[derive(Debug, Clone, Default)]
pub struct Profile {
    pub name: Option<String>,
    pub status: Option<Option<Status>>,
    pub about: Option<Option<String>>,
    pub time_zone: Option<Option<String>>,
    /// Merged into what is kept; null removes a key (RFC 7396, one level deep), so that two devices do not overwrite
    /// each other.
    pub settings: Option<Map<String, Value>>,
}

/// Changes one's own profile and settings.
pub fn update(change: &mut Change, id: Id, profile: &Profile) -> Result<(UserView, String)> {
    let user = user::find(change, id)?;
    let mut private = PRIVATE.get(change, id)?.unwrap_or_default();
    let mut row = user.row.clone();
    if let Some(name) = &profile.name {
        row.name = user::display_name(name)?;
    }
    if let Some(status) = &profile.status {
        row.status = status.clone().map(|status| checked_status(status, change.now)).transpose()?;
    }
    if let Some(about) = &profile.about {
        row.about =
            about.as_deref().map(|about| paragraphs("about", about, limits::ABOUT_CHARS_MAX)).transpose()?.flatten();
    }
    if let Some(zone) = &profile.time_zone {
        row.time_zone = zone.as_deref().map(time_zone).transpose()?;
    }
    if let Some(patch) = &profile.settings {
        let mut kept: Map<String, Value> = serde_json::from_str(&private.settings).unwrap_or_default();
        for (key, value) in patch {
            match value {
                Value::Null => kept.remove(key),
                value => kept.insert(key.clone(), value.clone()),
            };
        }
        let settings = Value::Object(kept).to_string();
        if settings.len() > limits::SETTINGS_BYTES_MAX {
            return Err(error::invalid("settings", "Settings take at most 16 KiB.").into());
        }
        private.settings.clone_from(&settings);
        if let Some(receipts) = patch.get("receipts") {
            receipt::set_discreet(change, id, *receipts == Value::Bool(false))?;
        }
        PRIVATE.put(change, id, &private)?;
        let event = Event::SettingsUpdated { settings };
        change.announce(Audience::User(id), &Log::SettingsUpdated, event)?;
    }
    let user = if row == user.row { user } else { user::save(change, id, row)? };
    Ok((user, private.settings))
}

/// Keeps a picture of oneself.
pub fn set_avatar(change: &mut Change, id: Id, kind: ImageKind, bytes: &[u8]) -> Result<UserView> {
    picture::check("avatar", kind, bytes)?;
    let mut row = user::find(change, id)?.row;
    let hash = id::content_hash(bytes);
    if row.avatar.as_ref() == Some(&hash) {
        return Ok(UserView { id, row });
    }
    AVATARS.put(change, id, &Avatar { hash: hash.clone(), kind, bytes: bytes.to_vec() })?;
    row.avatar = Some(hash);
    user::save(change, id, row)
}

/// Takes it away again.
pub fn remove_avatar(change: &mut Change, id: Id) -> Result<()> {
    let mut row = user::find(change, id)?.row;
    if row.avatar.take().is_some() {
        AVATARS.remove(change, id)?;
        user::save(change, id, row)?;
    }
    Ok(())
}

/// The picture of a person that has this hash.
pub fn avatar(view: &dyn View, id: Id, hash: &str) -> Result<Avatar> {
    let avatar = AVATARS.get(view, id)?.filter(|avatar| avatar.hash == hash);
    avatar.ok_or_else(|| error::not_found().into())
}

/// Several lines of text without control characters, trimmed and in NFC; none if it is blank.
pub fn paragraphs(field: &'static str, asked: &str, max: usize) -> Result<Option<String>> {
    let text: String = asked.trim().nfc().filter(|sign| *sign != '\r').collect();
    if text.chars().count() > max || text.chars().any(|sign| sign != '\n' && user::is_hidden(sign)) {
        let detail = format!("At most {max} characters are possible here, without control characters.");
        return Err(Refusal::new(422, "invalid", detail).field(field).into());
    }
    Ok(Some(text).filter(|text| !text.is_empty()))
}

fn checked_status(status: Status, now: u64) -> Result<Status> {
    let fits = |text: &str| text.chars().count() <= limits::STATUS_CHARS_MAX && !text.chars().any(user::is_hidden);
    if !fits(&status.text) || !fits(&status.emoji) {
        return Err(error::invalid("status", "A status has at most 100 characters in one line.").into());
    }
    if status.expires_at.is_some_and(|at| at <= now || at > id::ID_MAX) {
        return Err(error::invalid("status.expires_at", "A status ends at a moment that is still to come.").into());
    }
    Ok(status)
}

/// A time zone by its IANA name. Which zones there are is for clients to know, whose lists are newer than ours.
fn time_zone(asked: &str) -> Result<String> {
    let part = |part: &str| {
        part.starts_with(|sign: char| sign.is_ascii_alphabetic())
            && part.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-' | b'+'))
    };
    let fits =
        asked.len() <= limits::TIME_ZONE_BYTES_MAX && asked.split('/').count() <= 3 && asked.split('/').all(part);
    if !fits {
        return Err(error::invalid("time_zone", "This is no name of a time zone, such as Europe/Berlin.").into());
    }
    Ok(asked.to_owned())
}
