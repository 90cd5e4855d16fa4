//! What an admin sets while the server runs.
use crate::error::Result;
use crate::http::ask::Ask;
use crate::http::reply::Reply;
#[cfg(test)]
use crate::limits;
use crate::{command, query, wire};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use std::collections::BTreeMap;

#[derive(Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
struct Settings<'a> {
    /// Of the place.
    name: &'a str,
    settings: Vec<wire::Setting<'a>>,
}

#[derive(Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
struct SettingsPatch {
    #[cfg_attr(test, schemars(length(min = 1, max = limits::SERVER_NAME_CHARS_MAX)))]
    name: Option<String>,
    /// By key; null takes a key back to what it is without.
    #[serde(default)]
    values: BTreeMap<String, Option<Value>>,
}

pub async fn show(ask: Ask) -> Result<Reply> {
    ask.no_query()?;
    query::may_see_settings(&ask.app, &ask.who()?).await?;
    Ok(shown(&ask))
}

pub async fn edit(mut ask: Ask) -> Result<Reply> {
    let SettingsPatch { name, values } = ask.json().await?;
    command::set_settings(&ask.app, &ask.who()?, name, values).await?;
    Ok(shown(&ask))
}

fn shown(ask: &Ask) -> Reply {
    let (live, place) = (ask.app.live(), ask.app.place());
    Reply::ok(&Settings { name: &place.name, settings: live.settings.iter().map(wire::Setting::from).collect() })
}

/// What is said of these routes to programs.
#[cfg(test)]
pub fn contract() -> crate::http::contract::Section {
    use crate::http::contract::{Section, route};
    use serde_json::json;
    Section {
        name: "Settings",
        about: "What an admin sets while the server runs. A flag, the environment and the file win over it, in this order; \
                it wins over the default.",
        routes: vec![
            route("GET /api/v1/admin/settings", "Every setting, with its origin")
                .gives::<Settings>(200, "The settings")
                .says(403, "forbidden"),
            route("PATCH /api/v1/admin/settings", "Change the name of the place, and settings")
                .json::<SettingsPatch>(json!({"values": {"auth.registration": "invite", "retention.files_days": null}}))
                .gives::<Settings>(200, "The settings as they are now")
                .says(403, "forbidden")
                .says_any(409, &["setting_fixed", "setting_locked"]),
        ],
    }
}
