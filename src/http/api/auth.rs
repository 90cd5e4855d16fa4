//! Coming in and going out.
use super::passkeys::ShownBody;
use crate::command::{self, Account, Credentials, SignedIn};
use crate::error::Result;
use crate::http::ask::Ask;
use crate::http::reply::Reply;
#[cfg(test)]
use crate::limits;
use crate::{query, wire};
use serde::{Deserialize, Serialize};

#[derive(Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
struct JustUser<'a> {
    user: wire::User<'a>,
}

#[derive(Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
struct Reset<'a> {
    user: wire::User<'a>,
    /// False where a second factor has to be shown too: sign in with it.
    signed_in: bool,
}

#[derive(Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub(super) struct Welcome<'a> {
    user: wire::User<'a>,
    /// Not null: the password was set anew since the last time, by a link or by the operator.
    password_reset: Option<PasswordReset<'a>>,
}

#[derive(Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
struct PasswordReset<'a> {
    at: u64,
    address: Option<&'a str>,
}

#[derive(Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
struct SetupBody {
    code: String,
    #[cfg_attr(test, schemars(length(min = 2, max = 32), regex(pattern = "^[A-Za-z0-9][A-Za-z0-9._-]*$")))]
    username: String,
    #[cfg_attr(test, schemars(length(min = 1, max = limits::PASSWORD_CHARS_MAX)))]
    password: String,
    #[cfg_attr(test, schemars(length(max = limits::NAME_CHARS_MAX)))]
    name: Option<String>,
    #[cfg_attr(test, schemars(length(max = limits::SERVER_NAME_CHARS_MAX)))]
    server_name: Option<String>,
}

pub async fn setup(mut ask: Ask) -> Result<Reply> {
    let body: SetupBody = ask.json().await?;
    let account = Account { username: body.username, name: body.name, password: body.password };
    let signed = command::setup(&ask.app, body.code, body.server_name, account, ask.device()).await?;
    created(ask, &signed).await
}

#[derive(Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
struct RegisterBody {
    #[cfg_attr(test, schemars(length(min = 2, max = 32), regex(pattern = "^[A-Za-z0-9][A-Za-z0-9._-]*$")))]
    username: String,
    #[cfg_attr(test, schemars(length(min = 1, max = limits::PASSWORD_CHARS_MAX)))]
    password: String,
    #[cfg_attr(test, schemars(length(max = limits::NAME_CHARS_MAX)))]
    name: Option<String>,
    invite: Option<String>,
}

pub async fn register(mut ask: Ask) -> Result<Reply> {
    let body: RegisterBody = ask.json().await?;
    let account = Account { username: body.username, name: body.name, password: body.password };
    let signed = command::register(&ask.app, body.invite, account, ask.peer.address, ask.device()).await?;
    created(ask, &signed).await
}

#[derive(Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
struct LoginBody {
    username: String,
    password: String,
    code: Option<String>,
    passkey: Option<ShownBody>,
}

pub async fn login(mut ask: Ask) -> Result<Reply> {
    let body: LoginBody = ask.json().await?;
    let credentials = Credentials {
        username: body.username,
        password: body.password,
        code: body.code,
        device: ask.known_device(),
        passkey: body.passkey.map(Into::into),
        host: ask.site().map(|site| site.host),
    };
    let signed = command::login(&ask.app, credentials, ask.peer.address, ask.device()).await?;
    welcome(ask, &signed).await
}

#[derive(Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
struct ResetBody {
    code: String,
    #[cfg_attr(test, schemars(length(min = 1, max = limits::PASSWORD_CHARS_MAX)))]
    password: String,
}

pub async fn reset(mut ask: Ask) -> Result<Reply> {
    let body: ResetBody = ask.json().await?;
    let (user, token) = command::use_reset(&ask.app, body.code, body.password, ask.peer.address, ask.device()).await?;
    let reply = Reply::ok(&Reset { user: (&user).into(), signed_in: token.is_some() });
    Ok(match token {
        Some(token) => reply.signed_in(&ask.peer, &token),
        None => reply,
    })
}

#[derive(Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
struct InviteBody {
    code: String,
}

#[derive(Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
struct Inviter<'a> {
    name: &'a str,
    username: &'a str,
}

#[derive(Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
struct InviteRoom<'a> {
    id: u64,
    name: &'a str,
}

#[derive(Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
struct InviteLook<'a> {
    server_name: &'a str,
    by: Option<Inviter<'a>>,
    rooms: Vec<InviteRoom<'a>>,
    role: crate::row::Role,
    expires_at: u64,
}

/// What an invite promises. Looking does not use it.
pub async fn look_at_invite(mut ask: Ask) -> Result<Reply> {
    let body: InviteBody = ask.json().await?;
    ask.app.rates.links.take(ask.peer.address, "Too many attempts from this address. Wait a little.")?;
    let preview = query::invite_preview(&ask.app, body.code).await?;
    Ok(Reply::ok(&InviteLook {
        server_name: &preview.server,
        by: preview.by.as_ref().map(|by| Inviter { name: &by.row.name, username: &by.row.username }),
        rooms: preview.rooms.iter().map(|(id, name)| InviteRoom { id: *id, name }).collect(),
        role: preview.invite.row.role,
        expires_at: preview.invite.row.expires_at,
    }))
}

pub async fn logout(ask: Ask) -> Result<Reply> {
    command::logout(&ask.app, &ask.who()?).await?;
    Ok(Reply::nothing().signed_out(&ask.peer))
}

#[derive(Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
struct Sessions<'a> {
    sessions: Vec<wire::Session<'a>>,
}

pub async fn sessions(ask: Ask) -> Result<Reply> {
    ask.no_query()?;
    let who = ask.who()?;
    let sessions = query::sessions(&ask.app, &who).await?;
    let current = who.session.as_ref();
    Ok(Reply::ok(&Sessions { sessions: sessions.iter().map(|row| wire::Session::new(row, current)).collect() }))
}

pub async fn end_session(ask: Ask) -> Result<Reply> {
    command::end_session(&ask.app, &ask.who()?, ask.id("session")?).await?;
    Ok(Reply::nothing())
}

pub async fn end_other_sessions(ask: Ask) -> Result<Reply> {
    command::end_other_sessions(&ask.app, &ask.who()?).await?;
    Ok(Reply::nothing())
}

async fn created(ask: Ask, signed: &SignedIn) -> Result<Reply> {
    known(ask, signed, Reply::created(&JustUser { user: (&signed.user).into() })).await
}

/// Who came in, with their cookie.
pub(super) async fn welcome(ask: Ask, signed: &SignedIn) -> Result<Reply> {
    let password_reset =
        signed.reset.as_ref().map(|note| PasswordReset { at: note.at, address: note.address.as_deref() });
    known(ask, signed, Reply::ok(&Welcome { user: (&signed.user).into(), password_reset })).await
}

/// With the cookie, and with one by which the browser is known from now on.
async fn known(ask: Ask, signed: &SignedIn, reply: Reply) -> Result<Reply> {
    let device = command::remember_device(&ask.app, signed.user.id, ask.known_device()).await?;
    Ok(reply.signed_in(&ask.peer, &signed.token).knowing(&ask.peer, device.as_deref()))
}

/// What is said of these routes to programs.
#[cfg(test)]
pub fn contract() -> crate::http::contract::Section {
    use crate::http::contract::{Section, route};
    use serde_json::json;
    Section {
        name: "Signing in",
        about: "Coming in and going out. The cookie of the answer is the session of a browser.",
        routes: vec![
            route("POST /api/v1/setup", "Make the first owner, once, with the code that the server printed")
                .json::<SetupBody>(
                    json!({"code": "the code", "username": "ada", "password": "cedar lantern orbit twelve"}),
                )
                .gives::<JustUser>(201, "The owner, signed in")
                .with(&[("Set-Cookie", "The session")])
                .says(409, "already_set_up")
                .says(403, "wrong_code")
                .says(409, "username_taken")
                .says(422, "weak_password")
                .says(429, "too_many"),
            route("POST /api/v1/auth/register", "Make an account for oneself")
                .json::<RegisterBody>(
                    json!({"username": "bo", "password": "cedar lantern orbit twelve", "invite": "the code of a link"}),
                )
                .gives::<JustUser>(201, "The new person, signed in")
                .with(&[("Set-Cookie", "The session")])
                .says_any(403, &["registration_closed", "invite_needed", "setup_needed"])
                .says(404, "invite_gone")
                .says(409, "username_taken")
                .says(422, "weak_password")
                .says(429, "too_many"),
            route("POST /api/v1/auth/login", "Sign in")
                .json::<LoginBody>(json!({"username": "ada", "password": "cedar lantern orbit twelve"}))
                .gives::<Welcome>(200, "Who is signed in")
                .with(&[("Set-Cookie", "The session")])
                .says_any(401, &["wrong_credentials", "code_needed", "wrong_code", "passkey_refused"])
                .says(409, "passkey_late")
                .says(429, "too_many"),
            route("POST /api/v1/auth/invite", "Look at what an invite promises, without using it")
                .json::<InviteBody>(json!({"code": "the code of a link"}))
                .gives::<InviteLook>(200, "What it promises")
                .says(404, "invite_gone")
                .says(429, "too_many"),
            route("POST /api/v1/auth/reset", "Choose a new password with a one-time link")
                .json::<ResetBody>(json!({"code": "the code of a link", "password": "cedar lantern orbit twelve"}))
                .gives::<Reset>(200, "Whose password it is; all sessions have ended")
                .with(&[("Set-Cookie", "The session")])
                .says(404, "reset_gone")
                .says(422, "weak_password")
                .says(429, "too_many"),
            route("POST /api/v1/auth/logout", "End this session").done(204, "It has ended"),
            route("GET /api/v1/auth/sessions", "Where one is signed in").gives::<Sessions>(200, "One's sessions"),
            route("DELETE /api/v1/auth/sessions", "End all sessions but this one").done(204, "They have ended"),
            route("DELETE /api/v1/auth/sessions/{session}", "End one session").done(204, "It has ended"),
        ],
    }
}
