//! Coming in and going out.
use crate::command::{self, Account, Credentials, SignedIn};
use crate::error::Result;
use crate::http::ask::Ask;
use crate::http::reply::Reply;
use crate::{query, wire};
use hyper::StatusCode;
use serde::{Deserialize, Serialize};

#[derive(Serialize)]
struct JustUser<'a> {
    user: wire::User<'a>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct SetupBody {
    code: String,
    username: String,
    password: String,
    name: Option<String>,
    server_name: Option<String>,
}

pub async fn setup(mut ask: Ask) -> Result<Reply> {
    let body: SetupBody = ask.json().await?;
    let account = Account { username: body.username, name: body.name, password: body.password };
    let signed = command::setup(&ask.app, body.code, body.server_name, account, ask.device()).await?;
    let device = command::remember_device(&ask.app, signed.user.id, ask.known_device()).await?;
    Ok(welcome(&ask, &signed, StatusCode::CREATED).knowing(&ask.peer, device.as_deref()))
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RegisterBody {
    username: String,
    password: String,
    name: Option<String>,
    invite: Option<String>,
}

pub async fn register(mut ask: Ask) -> Result<Reply> {
    let body: RegisterBody = ask.json().await?;
    let account = Account { username: body.username, name: body.name, password: body.password };
    let signed = command::register(&ask.app, body.invite, account, ask.peer.address, ask.device()).await?;
    let device = command::remember_device(&ask.app, signed.user.id, ask.known_device()).await?;
    Ok(welcome(&ask, &signed, StatusCode::CREATED).knowing(&ask.peer, device.as_deref()))
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct LoginBody {
    username: String,
    password: String,
    code: Option<String>,
}

pub async fn login(mut ask: Ask) -> Result<Reply> {
    let body: LoginBody = ask.json().await?;
    let credentials =
        Credentials { username: body.username, password: body.password, code: body.code, device: ask.known_device() };
    let signed = command::login(&ask.app, credentials, ask.peer.address, ask.device()).await?;
    let device = command::remember_device(&ask.app, signed.user.id, ask.known_device()).await?;
    Ok(welcome(&ask, &signed, StatusCode::OK).knowing(&ask.peer, device.as_deref()))
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct ResetBody {
    code: String,
    password: String,
}

pub async fn reset(mut ask: Ask) -> Result<Reply> {
    let body: ResetBody = ask.json().await?;
    let signed = command::use_reset(&ask.app, body.code, body.password, ask.peer.address, ask.device()).await?;
    Ok(welcome(&ask, &signed, StatusCode::OK))
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct InviteBody {
    code: String,
}

#[derive(Serialize)]
struct Inviter<'a> {
    name: &'a str,
    username: &'a str,
}

#[derive(Serialize)]
struct InviteRoom<'a> {
    id: u64,
    name: &'a str,
}

#[derive(Serialize)]
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

fn welcome(ask: &Ask, signed: &SignedIn, status: StatusCode) -> Reply {
    Reply::json(status, &JustUser { user: (&signed.user).into() }).signed_in(&ask.peer, &signed.token)
}
