//! One table: every address that is answered, who may ask there and with what, and the handler.
use super::api::{
    admin, audit, auth, backups, bans, bots, bytes, certificate, drafts, factors, files, gallery, inspection, keys,
    links, me, members, messages, passkeys, person, pins, pulse, reactions, rooms, saved, search, server, settings,
    socket, stock, storage, threads, token, uploads, users,
};
use super::ask::Ask;
use super::reply::Reply;
use super::{assets, pages};
use crate::auth::{Access, Need};
use crate::error::Result;
use hyper::Method;
use std::pin::Pin;

pub type Handler = fn(Ask) -> Pin<Box<dyn Future<Output = Result<Reply>> + Send>>;

pub struct Route {
    pub method: Method,
    pub path: &'static str,
    pub access: Access,
    pub need: Need,
    pub handler: Handler,
}

/// Besides those with `{room}` in the path, where an API key for some rooms may ask: the answer holds nothing of others.
pub const FILTERED: &[(&str, &str)] = &[
    ("GET", "/avatars/{user}/{hash}"),
    ("GET", "/files/{file}/{name}"),
    ("GET", "/files/{file}/thumb"),
    ("GET", "/api/v1/files/{file}"),
    ("GET", "/api/v1/ws"),
    ("GET", "/api/v1/sync"),
    ("GET", "/api/v1/me"),
    ("GET", "/api/v1/users"),
    ("GET", "/api/v1/users/{user}"),
    ("GET", "/api/v1/rooms"),
    ("GET", "/api/v1/search"),
];

macro_rules! routes {
    ($($method:ident $path:literal $access:ident $need:ident $handler:path;)*) => {
        pub const ROUTES: &[Route] = &[$(Route {
            method: Method::$method,
            path: $path,
            access: Access::$access,
            need: Need::$need,
            handler: |ask| Box::pin($handler(ask)),
        },)*];
    };
}

routes! {
    GET    "/"                                        Anyone   Open    pages::client;
    GET    "/setup"                                   Anyone   Open    pages::client;
    GET    "/login"                                   Anyone   Open    pages::client;
    GET    "/reset"                                   Anyone   Open    pages::client;
    GET    "/link"                                     Anyone    Open    pages::client;
    GET    "/rooms"                                   Anyone   Open    pages::client;
    GET    "/saved"                                   Anyone   Open    pages::client;
    GET    "/mentions"                                Anyone   Open    pages::client;
    GET    "/search"                                  Anyone   Open    pages::client;
    GET    "/settings"                                Anyone   Open    pages::client;
    GET    "/settings/{section}"                      Anyone   Open    pages::client;
    GET    "/admin"                                   Anyone   Open    pages::client;
    GET    "/admin/{section}"                         Anyone   Open    pages::client;
    GET    "/j/{code}"                                Anyone   Open    pages::client;
    GET    "/r/{room}"                                Anyone   Open    pages::client;
    GET    "/r/{room}/{message}"                      Anyone   Open    pages::client;
    GET    "/threads"                                 Anyone   Open    pages::client;
    GET    "/api"                                     Anyone   Open    pages::reference;
    GET    "/trust"                                   Anyone   Open    pages::trust;
    GET    "/trust/ca.crt"                            Anyone   Open    pages::authority;
    GET    "/sw.js"                                   Anyone   Open    pages::worker;
    GET    "/licenses"                                Anyone   Open    pages::licenses;
    GET    "/.well-known/security.txt"                Anyone   Open    pages::security;
    GET    "/assets/{hash}/{*path}"                   Anyone   Open    assets::file;
    GET    "/avatars/{user}/{hash}"                   Person   Read    me::avatar;
    GET    "/files/{file}/{name}"                     Person   Read    bytes::file;
    GET    "/files/{file}/thumb"                      Person   Read    bytes::thumb;
    PUT    "/files/{file}/thumb"                      Person   Write   files::set_thumb;
    GET    "/.well-known/jwks.json"                    Anyone   Open    token::key_set;
    GET    "/.well-known/oauth-authorization-server"   Anyone   Open    token::metadata;
    GET    "/healthz"                                 Anyone   Open    server::health;
    GET    "/readyz"                                  Anyone   Open    server::ready;
    GET    "/metrics"                                 Person   Metrics server::metrics;

    GET    "/api/v1/server"                           Anyone   Open    server::show;
    GET    "/api/v1/openapi.json"                     Anyone   Open    server::openapi;
    POST   "/api/v1/setup"                            Anyone   Open    auth::setup;
    POST   "/api/v1/auth/register"                    Anyone   Open    auth::register;
    POST   "/api/v1/auth/login"                       Anyone   Open    auth::login;
    POST   "/api/v1/auth/token"                        Anyone   Open    token::give;
    POST   "/api/v1/auth/invite"                      Anyone   Open    auth::look_at_invite;
    POST   "/api/v1/auth/reset"                       Anyone   Open    auth::reset;
    POST   "/api/v1/auth/passkey/options"              Anyone    Open    passkeys::request;
    POST   "/api/v1/auth/passkey"                      Anyone    Open    passkeys::login;
    POST   "/api/v1/auth/link"                         Anyone    Open    links::login;
    POST   "/api/v1/auth/link/look"                    Anyone    Open    links::look;
    POST   "/api/v1/auth/logout"                       Enrolling Open    auth::logout;
    GET    "/api/v1/auth/sessions"                    Person   Login   auth::sessions;
    DELETE "/api/v1/auth/sessions"                    Person   Login   auth::end_other_sessions;
    DELETE "/api/v1/auth/sessions/{session}"          Person   Login   auth::end_session;
    GET    "/api/v1/ws"                               Person   Read    socket::open;
    GET    "/api/v1/sync"                             Person   Read    me::sync;
    GET    "/api/v1/me"                                Enrolling Read    me::show;
    PATCH  "/api/v1/me"                               Person   Write   me::update;
    PUT    "/api/v1/me/avatar"                        Person   Write   me::set_avatar;
    DELETE "/api/v1/me/avatar"                        Person   Write   me::remove_avatar;
    POST   "/api/v1/me/read"                          Person   Write   me::read_all;
    GET    "/api/v1/me/mentions"                      Person   Read    me::mentions;
    POST   "/api/v1/me/password"                      Person   Login   me::change_password;
    POST   "/api/v1/me/export"                        Person   Login   person::export_me;
    POST   "/api/v1/me/erase"                         Person   Login   person::erase_me;
    GET    "/api/v1/me/keys"                           Person   Login   keys::mine;
    POST   "/api/v1/me/keys"                           Person   Login   keys::create_mine;
    DELETE "/api/v1/me/keys/{key}"                     Person   Login   keys::revoke_mine;
    POST   "/api/v1/me/confirm"                        Enrolling Login   factors::confirm;
    GET    "/api/v1/me/factors"                        Enrolling Login   factors::show;
    GET    "/api/v1/me/device-link"                    Person    Login   links::show;
    POST   "/api/v1/me/device-link"                    Person    Login   links::make;
    POST   "/api/v1/me/totp"                           Enrolling Login   factors::begin_totp;
    POST   "/api/v1/me/totp/confirm"                   Enrolling Login   factors::confirm_totp;
    POST   "/api/v1/me/totp/remove"                    Enrolling Login   factors::remove_totp;
    POST   "/api/v1/me/recovery-codes"                 Enrolling Login   factors::renew_recovery;
    GET    "/api/v1/me/passkeys"                       Enrolling Login   passkeys::list;
    POST   "/api/v1/me/passkeys"                       Enrolling Login   passkeys::add;
    POST   "/api/v1/me/passkeys/options"               Enrolling Login   passkeys::creation;
    PATCH  "/api/v1/me/passkeys/{passkey}"             Enrolling Login   passkeys::rename;
    DELETE "/api/v1/me/passkeys/{passkey}"             Enrolling Login   passkeys::remove;
    GET    "/api/v1/me/saved"                         Person   Read    saved::list;
    GET    "/api/v1/me/drafts"                        Person   Read    drafts::list;
    PUT    "/api/v1/me/drafts"                        Person   Write   drafts::put;
    DELETE "/api/v1/me/drafts"                        Person   Write   drafts::remove;
    GET    "/api/v1/invites"                          Person   Admin   users::invites;
    POST   "/api/v1/invites"                          Person   Admin   users::create_invite;
    DELETE "/api/v1/invites/{invite}"                 Person   Admin   users::revoke_invite;
    GET    "/api/v1/users"                            Person   Read    users::list;
    GET    "/api/v1/users/{user}"                     Person   Read    users::show;
    GET    "/api/v1/users/{user}/rooms"               Person   Read    users::shared_rooms;

    GET    "/api/v1/search"                           Person   Read    search::search;

    GET    "/api/v1/rooms"                            Person   Read    rooms::list;
    POST   "/api/v1/rooms"                            Person   Write   rooms::create;
    POST   "/api/v1/directs"                          Person   Write   rooms::open_direct;
    GET    "/api/v1/rooms/{room}"                     Person   Read    rooms::show;
    PATCH  "/api/v1/rooms/{room}"                     Person   Write   rooms::edit;
    DELETE "/api/v1/rooms/{room}"                     Person   Write   rooms::delete;
    POST   "/api/v1/rooms/{room}/join"                Person   Write   members::join;
    POST   "/api/v1/rooms/{room}/leave"               Person   Write   members::leave;
    PATCH  "/api/v1/rooms/{room}/me"                  Person   Write   rooms::edit_me;
    GET    "/api/v1/rooms/{room}/members"             Person   Read    members::list;
    PUT    "/api/v1/rooms/{room}/members/{user}"      Person   Write   members::put;
    DELETE "/api/v1/rooms/{room}/members/{user}"      Person   Write   members::remove;
    GET    "/api/v1/rooms/{room}/bans"                Person   Read    bans::list_of_room;
    PUT    "/api/v1/rooms/{room}/bans/{user}"         Person   Write   bans::put_in_room;
    DELETE "/api/v1/rooms/{room}/bans/{user}"         Person   Write   bans::lift_in_room;
    GET    "/api/v1/rooms/{room}/messages"            Person   Read    messages::list;
    POST   "/api/v1/rooms/{room}/messages"            Person   Write   messages::send;
    GET    "/api/v1/rooms/{room}/messages/{message}"  Person   Read    messages::show;
    PATCH  "/api/v1/rooms/{room}/messages/{message}"  Person   Write   messages::edit;
    DELETE "/api/v1/rooms/{room}/messages/{message}"  Person   Write   messages::delete;
    GET    "/api/v1/rooms/{room}/messages/{message}/edits" Person   Read    messages::edits;
    PUT    "/api/v1/rooms/{room}/messages/{message}/saved" Person   Write   saved::put;
    DELETE "/api/v1/rooms/{room}/messages/{message}/saved" Person   Write   saved::remove;
    PUT    "/api/v1/rooms/{room}/messages/{message}/reactions/{emoji}" Person   Write   reactions::put;
    DELETE "/api/v1/rooms/{room}/messages/{message}/reactions/{emoji}" Person   Write   reactions::remove;
    GET    "/api/v1/rooms/{room}/files"               Person   Read    gallery::list;
    POST   "/api/v1/rooms/{room}/files"               Person   Write   files::upload;
    POST   "/api/v1/rooms/{room}/uploads"             Person   Write   uploads::begin;
    GET    "/api/v1/rooms/{room}/uploads/{upload}"    Person   Read    uploads::show;
    PATCH  "/api/v1/rooms/{room}/uploads/{upload}"    Person   Write   uploads::write;
    DELETE "/api/v1/rooms/{room}/uploads/{upload}"    Person   Write   uploads::cancel;
    GET    "/api/v1/files/{file}"                     Person   Read    files::show;
    DELETE "/api/v1/files/{file}"                     Person   Write   files::delete;
    GET    "/api/v1/rooms/{room}/pins"                Person   Read    pins::list;
    PUT    "/api/v1/rooms/{room}/pins/{message}"      Person   Write   pins::put;
    DELETE "/api/v1/rooms/{room}/pins/{message}"      Person   Write   pins::remove;
    GET    "/api/v1/rooms/{room}/messages/{message}/receipts" Person   Read    messages::receipts;
    GET    "/api/v1/rooms/{room}/receipts"            Person   Read    messages::room_receipts;
    POST   "/api/v1/rooms/{room}/read"                Person   Write   messages::read;
    POST   "/api/v1/rooms/{room}/unread"              Person   Write   messages::unread;

    GET    "/api/v1/rooms/{room}/threads/{thread}"    Person   Read    threads::show;
    PATCH  "/api/v1/rooms/{room}/threads/{thread}/me" Person   Write   threads::edit_me;
    POST   "/api/v1/rooms/{room}/threads/{thread}/read" Person   Write   threads::read;
    GET    "/api/v1/me/threads"                       Person   Read    threads::mine;

    GET    "/api/v1/admin/status"                     Person   Admin   admin::status;
    GET    "/api/v1/admin/settings"                   Person   Admin   settings::show;
    PATCH  "/api/v1/admin/settings"                   Person   Admin   settings::edit;
    GET    "/api/v1/admin/pulse"                      Person   Admin   pulse::show;
    GET    "/api/v1/admin/certificate"                Person   Admin   certificate::show;
    POST   "/api/v1/admin/certificate/renew"          Person   Login   certificate::renew;
    GET    "/api/v1/admin/users"                      Person   Admin   admin::users;
    POST   "/api/v1/admin/users"                      Operator Admin   admin::add_user;
    GET    "/api/v1/admin/users/{user}"               Person   Admin   admin::user;
    PATCH  "/api/v1/admin/users/{user}"               Person   Admin   admin::edit_user;
    DELETE "/api/v1/admin/users/{user}"               Person   Admin   admin::delete_user;
    PUT    "/api/v1/admin/users/{user}/password"      Operator Admin   admin::set_password;
    POST   "/api/v1/admin/users/{user}/reset"         Person   Admin   admin::reset_user;
    DELETE "/api/v1/admin/users/{user}/factors"        Person    Admin   factors::remove_all;
    GET    "/api/v1/admin/users/{user}/sessions"       Person    Admin   admin::user_sessions;
    DELETE "/api/v1/admin/users/{user}/sessions"      Person   Admin   admin::sign_out_user;
    GET    "/api/v1/admin/bots"                        Person   Admin   bots::list;
    POST   "/api/v1/admin/bots"                        Person   Admin   bots::create;
    GET    "/api/v1/admin/bots/{user}/keys"            Person   Login   keys::of_bot;
    POST   "/api/v1/admin/bots/{user}/keys"            Person   Login   keys::create_of_bot;
    DELETE "/api/v1/admin/bots/{user}/keys/{key}"      Person   Login   keys::revoke_of_bot;
    DELETE "/api/v1/admin/users/{user}/sessions/{session}" Person    Admin   admin::end_user_session;
    GET    "/api/v1/admin/rooms"                      Person   Admin   admin::rooms;
    GET    "/api/v1/admin/rooms/{room}"               Person   Admin   admin::room;
    PATCH  "/api/v1/admin/rooms/{room}"               Person   Admin   admin::edit_room;
    GET    "/api/v1/admin/rooms/table"                Person   Admin   inspection::rooms;
    PUT    "/api/v1/admin/rooms/{room}/members/{user}" Person   Admin   inspection::appoint;
    GET    "/api/v1/admin/sessions"                   Person   Admin   inspection::sessions;
    DELETE "/api/v1/admin/rooms/{room}"               Person   Admin   admin::delete_room;
    GET    "/api/v1/admin/files"                      Person   Admin   stock::list;
    GET    "/api/v1/admin/files/usage"                Person   Admin   stock::usage;
    POST   "/api/v1/admin/files/sweep"                Person   Admin   stock::sweep;
    POST   "/api/v1/admin/users/{user}/erase"         Person   Admin   person::erase;
    GET    "/api/v1/admin/users/{user}/export"        Operator Admin   person::export;
    GET    "/api/v1/admin/bans"                       Person   Admin   bans::list;
    POST   "/api/v1/admin/bans"                       Person   Admin   bans::create;
    DELETE "/api/v1/admin/bans/{ban}"                 Person   Admin   bans::lift;
    GET    "/api/v1/admin/audit"                      Person   Admin   audit::list;
    GET    "/api/v1/admin/audit/verify"               Person   Admin   audit::verify;
    GET    "/api/v1/admin/storage"                    Person   Admin   storage::show;
    POST   "/api/v1/admin/compact"                    Person   Admin   storage::compact;
    POST   "/api/v1/admin/search/rebuild"             Person   Admin   search::rebuild;
    GET    "/api/v1/admin/backup"                     Operator Admin   admin::backup;
    GET    "/api/v1/admin/backups"                    Person   Admin   backups::list;
    POST   "/api/v1/admin/backups"                    Person   Login   backups::make;
    POST   "/api/v1/admin/backups/{name}/verify"      Person   Login   backups::verify;
}

pub struct Router {
    paths: matchit::Router<Vec<&'static Route>>,
}

/// What the table says of a request.
pub enum Found {
    Route(&'static Route, Vec<(String, String)>),
    /// The address is answered, but not to this method; to these it is.
    OtherMethods(String),
    Nothing,
}

impl Router {
    pub fn new() -> Self {
        let mut paths = matchit::Router::new();
        let mut known: Vec<(&str, Vec<&'static Route>)> = Vec::new();
        for route in ROUTES {
            match known.iter_mut().find(|(path, _)| *path == route.path) {
                Some((_, routes)) => routes.push(route),
                None => known.push((route.path, vec![route])),
            }
        }
        for (path, routes) in known {
            paths.insert(path, routes).expect("the table holds no two patterns for one address");
        }
        Router { paths }
    }

    /// Whether files come in steps at this address.
    pub fn is_tus(&self, path: &str) -> bool {
        let found = self.paths.at(path).ok().and_then(|matched| matched.value.first().copied());
        found.is_some_and(|route| route.path.starts_with("/api/v1/rooms/{room}/uploads"))
    }

    /// HEAD is answered wherever GET is.
    pub fn find(&self, method: &Method, path: &str) -> Found {
        let Ok(matched) = self.paths.at(path) else { return Found::Nothing };
        let asked = if *method == Method::HEAD { &Method::GET } else { method };
        match matched.value.iter().find(|route| route.method == *asked) {
            Some(route) => {
                let params = matched.params.iter().map(|(name, value)| (name.to_owned(), value.to_owned())).collect();
                Found::Route(route, params)
            }
            None => {
                let methods: Vec<&str> = matched.value.iter().map(|route| route.method.as_str()).collect();
                Found::OtherMethods(methods.join(", "))
            }
        }
    }
}

impl Default for Router {
    fn default() -> Self {
        Router::new()
    }
}
