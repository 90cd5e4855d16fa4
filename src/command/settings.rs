//! What an admin sets while the server runs.
use crate::app::App;
use crate::auth::who::Who;
use crate::chat::audit::{self, Action};
use crate::chat::{permission, place, user};
use crate::config::{self, Kind, Origin};
use crate::error::{self, Result};
use crate::limits;
use serde_json::Value;
use std::collections::BTreeMap;

/// Gives the place another name, and sets keys; None takes one back to what it was without.
pub async fn set_settings(
    app: &App,
    who: &Who,
    name: Option<String>,
    values: BTreeMap<String, Option<Value>>,
) -> Result<()> {
    let (asker, by, config) = (who.asker, who.by(), app.config.clone());
    app.store
        .change(move |change| {
            permission::server_admin(change, asker)?;
            let name =
                name.as_deref().map(|name| user::line("name", name, limits::SERVER_NAME_CHARS_MAX)).transpose()?;
            let mut kept: BTreeMap<String, String> = place::settings(change)?.into_iter().collect();
            for (key, value) in &values {
                free(&config, key)?;
                if let Some(value) = value {
                    let one = (key.clone(), value.to_string());
                    config
                        .live(std::slice::from_ref(&one))
                        .map_err(|refused| error::invalid(key.clone(), format!("{}.", plain(&refused.to_string()))))?;
                    kept.insert(one.0, one.1);
                } else {
                    kept.remove(key);
                }
            }
            if let Some(name) = &name {
                place::rename(change, name)?;
                audit::record(change, &by, Action::ConfigChanged, &[], &[("setting", "name"), ("now", name)])?;
            }
            for key in values.keys() {
                let value = kept.get(key).map(String::as_str);
                place::set(change, key, value)?;
                audit::record(
                    change,
                    &by,
                    Action::ConfigChanged,
                    &[],
                    &[("setting", key), ("now", value.unwrap_or("default"))],
                )?;
            }
            Ok(())
        })
        .await?;
    app.renew_settings().await
}

/// Refuses keys that nobody sets here.
fn free(config: &config::Config, key: &str) -> Result<()> {
    let Some((key, _)) = config::known(key) else {
        return Err(error::invalid(key.to_owned(), "There is no such key.").into());
    };
    let setting = config.settings.iter().find(|setting| setting.key == key);
    let origin = setting.map_or(&Origin::Default, |setting| &setting.origin);
    if !config::is_live(key) {
        let detail = "This key is read when the server starts. Set it in the configuration file.";
        return Err(error::conflict("setting_fixed", detail).field(key).into());
    }
    if !origin.is_default() {
        let detail = format!("This is set by {origin}, which wins over what is set here.");
        return Err(error::conflict("setting_locked", detail).field(key).into());
    }
    Ok(())
}

/// Without the words that name a place in a file.
fn plain(problem: &str) -> String {
    problem.replace(&format!(" ({})", Origin::Database), "")
}

/// What a text means for a key, as it is typed on the command line.
pub fn typed(key: &str, text: &str) -> Option<Value> {
    match config::known(key)?.1 {
        Kind::Number(..) => text.trim().parse::<u64>().ok().map(Value::from),
        Kind::Flag => text.trim().parse::<bool>().ok().map(Value::from),
        Kind::Text | Kind::Choice(_) => Some(Value::from(text.trim())),
        Kind::List => Some(text.split(',').map(str::trim).filter(|item| !item.is_empty()).collect()),
    }
}
