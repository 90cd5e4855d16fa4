//! The second factor: an app that shows codes, recovery codes, and the password once more before any of it changes.
use crate::error::Result;
use crate::http::ask::Ask;
use crate::http::qr;
use crate::http::reply::Reply;
use crate::{command, query, wire};
use serde::{Deserialize, Serialize};

pub async fn show(ask: Ask) -> Result<Reply> {
    ask.no_query()?;
    let who = ask.who()?;
    let standing = query::factors(&ask.app, &who).await?;
    let required = ask.app.required.of(who.person()?);
    let host = ask.site().map(|site| site.host);
    Ok(Reply::ok(&wire::Factors::new(&standing, required, host.as_deref())))
}

#[derive(Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
struct ConfirmBody {
    password: String,
}

pub async fn confirm(mut ask: Ask) -> Result<Reply> {
    let body: ConfirmBody = ask.json().await?;
    let cookie = command::confirm(&ask.app, &ask.who()?, ask.peer.address, body.password).await?;
    Ok(Reply::nothing().renewed(&ask.peer, cookie.as_deref()))
}

#[derive(Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
struct NoBody {}

#[derive(Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
struct NewTotp<'a> {
    secret: &'a str,
    uri: &'a str,
    qr: &'a str,
}

pub async fn begin_totp(mut ask: Ask) -> Result<Reply> {
    let NoBody {} = ask.json().await?;
    let new = command::begin_totp(&ask.app, &ask.who()?).await?;
    let qr = qr::svg(&new.uri);
    Ok(Reply::ok(&NewTotp { secret: &new.secret, uri: &new.uri, qr: &qr }))
}

#[derive(Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
struct CodeBody {
    code: String,
}

/// Null: those that one has still count.
#[derive(Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
struct RecoveryCodes {
    recovery_codes: Option<Vec<String>>,
}

pub async fn confirm_totp(mut ask: Ask) -> Result<Reply> {
    let body: CodeBody = ask.json().await?;
    let recovery_codes = command::confirm_totp(&ask.app, &ask.who()?, body.code).await?;
    Ok(Reply::ok(&RecoveryCodes { recovery_codes }))
}

pub async fn remove_totp(mut ask: Ask) -> Result<Reply> {
    let NoBody {} = ask.json().await?;
    command::remove_totp(&ask.app, &ask.who()?).await?;
    Ok(Reply::nothing())
}

pub async fn renew_recovery(mut ask: Ask) -> Result<Reply> {
    let NoBody {} = ask.json().await?;
    let codes = command::renew_recovery(&ask.app, &ask.who()?).await?;
    Ok(Reply::ok(&RecoveryCodes { recovery_codes: Some(codes) }))
}

/// For who lost theirs: an admin takes it away, and they sign in with the password alone until they set up another.
pub async fn remove_all(ask: Ask) -> Result<Reply> {
    command::remove_factors(&ask.app, &ask.who()?, ask.id("user")?).await?;
    Ok(Reply::nothing())
}

/// What is said of these routes to programs.
#[cfg(test)]
pub fn contract() -> crate::http::contract::Section {
    use crate::http::contract::{Section, route};
    use serde_json::json;
    Section {
        name: "Second factor",
        about: "Codes of an app and recovery codes beside the password. What changes them needs a password shown lately.",
        routes: vec![
            route("POST /api/v1/me/confirm", "Show one's password once more")
                .details(
                    "For ten minutes this session may then change how one signs in. A browser gets another cookie.",
                )
                .json::<ConfirmBody>(json!({"password": "cedar lantern orbit twelve"}))
                .done(204, "It was right")
                .says(403, "wrong_password")
                .says(429, "too_many"),
            route("GET /api/v1/me/factors", "What one shows beside the password")
                .gives::<wire::Factors>(200, "All of it"),
            route("POST /api/v1/me/totp", "A secret for an app that shows codes")
                .json::<NoBody>(json!({}))
                .gives::<NewTotp>(200, "The secret, this once; it counts when a code has confirmed it")
                .says(403, "password_needed")
                .says(409, "totp_on"),
            route("POST /api/v1/me/totp/confirm", "Ask for codes of this app from now on")
                .json::<CodeBody>(json!({"code": "000000"}))
                .gives::<RecoveryCodes>(200, "Recovery codes, if these are the first")
                .says(409, "totp_not_begun")
                .says(422, "wrong_code")
                .says(429, "too_many"),
            route("POST /api/v1/me/totp/remove", "Ask for codes no more")
                .json::<NoBody>(json!({}))
                .done(204, "They do not count any more")
                .says(403, "password_needed")
                .says(404, "not_found"),
            route("POST /api/v1/me/recovery-codes", "Ten new recovery codes")
                .json::<NoBody>(json!({}))
                .gives::<RecoveryCodes>(200, "The codes, this once; the old ones are dead")
                .says(403, "password_needed")
                .says(409, "no_second_factor")
                .says(429, "too_many"),
            route("DELETE /api/v1/admin/users/{user}/factors", "Take a person's second factor away")
                .done(204, "It is gone")
                .says(403, "forbidden"),
        ],
    }
}
