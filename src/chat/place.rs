//! The place itself: its name, and what its admins set while it runs.
use crate::error::Result;
use crate::store::tables::SETTINGS;
use crate::store::{Change, Direction, View};

/// Where the name is kept.
const NAME: &str = "name";
/// What the keys of settings begin with.
const SETTING: &str = "set:";

/// Its name. Each change of what is here takes an id, so that of two looks the newer is known.
pub fn name(view: &dyn View) -> Result<String> {
    Ok(SETTINGS.get(view, NAME)?.unwrap_or_else(|| "Snug".into()))
}

pub fn rename(change: &mut Change, name: &str) -> Result<()> {
    change.next_id();
    SETTINGS.put(change, NAME, &name.to_owned())
}

/// What admins set: key and value, as JSON.
pub fn settings(view: &dyn View) -> Result<Vec<(String, String)>> {
    let mut kept = Vec::new();
    SETTINGS.walk(view, .., Direction::Up, |key, value| {
        if let Some(key) = key.strip_prefix(SETTING) {
            kept.push((key.to_owned(), value));
        }
        Ok(true)
    })?;
    Ok(kept)
}

/// Sets one, or takes it back.
pub fn set(change: &mut Change, key: &str, value: Option<&str>) -> Result<()> {
    change.next_id();
    let place = format!("{SETTING}{key}");
    match value {
        Some(value) => SETTINGS.put(change, place.as_str(), &value.to_owned()),
        None => SETTINGS.remove(change, place.as_str()).map(drop),
    }
}
