//! One table: every address that is answered, who may ask there, and the handler.
use super::api::{
    admin, audit, auth, bytes, drafts, files, gallery, me, members, messages, pins, reactions, rooms, saved, server,
    socket, stock, threads, uploads, users,
};
use super::ask::Ask;
use super::reply::Reply;
use super::{assets, pages};
use crate::error::Result;
use hyper::Method;
use std::pin::Pin;

pub type Handler = fn(Ask) -> Pin<Box<dyn Future<Output = Result<Reply>> + Send>>;

/// Who may ask at all; what of the thing itself they may see or do is the noun's to say.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Access {
    Anyone,
    /// Somebody signed in, or the operator.
    Person,
    /// Who came in by the admin socket, or is the command line.
    Operator,
}

pub struct Route {
    pub method: Method,
    pub path: &'static str,
    pub access: Access,
    pub handler: Handler,
}

macro_rules! routes {
    ($($method:ident $path:literal $access:ident $handler:path;)*) => {
        pub const ROUTES: &[Route] = &[$(Route {
            method: Method::$method,
            path: $path,
            access: Access::$access,
            handler: |ask| Box::pin($handler(ask)),
        },)*];
    };
}

routes! {
    GET    "/"                                        Anyone   pages::client;
    GET    "/setup"                                   Anyone   pages::client;
    GET    "/login"                                   Anyone   pages::client;
    GET    "/reset"                                   Anyone   pages::client;
    GET    "/rooms"                                   Anyone   pages::client;
    GET    "/saved"                                   Anyone   pages::client;
    GET    "/mentions"                                Anyone   pages::client;
    GET    "/settings"                                Anyone   pages::client;
    GET    "/settings/{section}"                      Anyone   pages::client;
    GET    "/j/{code}"                                Anyone   pages::client;
    GET    "/r/{room}"                                Anyone   pages::client;
    GET    "/r/{room}/{message}"                      Anyone   pages::client;
    GET    "/threads"                                 Anyone   pages::client;
    GET    "/trust"                                   Anyone   pages::trust;
    GET    "/trust/ca.crt"                            Anyone   pages::authority;
    GET    "/sw.js"                                   Anyone   pages::worker;
    GET    "/licenses"                                Anyone   pages::licenses;
    GET    "/assets/{hash}/{*path}"                   Anyone   assets::file;
    GET    "/avatars/{user}/{hash}"                   Person   me::avatar;
    GET    "/files/{file}/{name}"                     Person   bytes::file;
    GET    "/files/{file}/thumb"                      Person   bytes::thumb;
    PUT    "/files/{file}/thumb"                      Person   files::set_thumb;
    GET    "/healthz"                                 Anyone   server::health;
    GET    "/readyz"                                  Anyone   server::ready;

    GET    "/api/v1/server"                           Anyone   server::show;
    POST   "/api/v1/setup"                            Anyone   auth::setup;
    POST   "/api/v1/auth/register"                    Anyone   auth::register;
    POST   "/api/v1/auth/login"                       Anyone   auth::login;
    POST   "/api/v1/auth/invite"                      Anyone   auth::look_at_invite;
    POST   "/api/v1/auth/reset"                       Anyone   auth::reset;
    POST   "/api/v1/auth/logout"                      Person   auth::logout;
    GET    "/api/v1/auth/sessions"                    Person   auth::sessions;
    DELETE "/api/v1/auth/sessions"                    Person   auth::end_other_sessions;
    DELETE "/api/v1/auth/sessions/{session}"          Person   auth::end_session;
    GET    "/api/v1/ws"                               Person   socket::open;
    GET    "/api/v1/sync"                             Person   me::sync;
    GET    "/api/v1/me"                               Person   me::show;
    PATCH  "/api/v1/me"                               Person   me::update;
    PUT    "/api/v1/me/avatar"                        Person   me::set_avatar;
    DELETE "/api/v1/me/avatar"                        Person   me::remove_avatar;
    POST   "/api/v1/me/read"                          Person   me::read_all;
    GET    "/api/v1/me/mentions"                      Person   me::mentions;
    POST   "/api/v1/me/password"                      Person   me::change_password;
    GET    "/api/v1/me/saved"                         Person   saved::list;
    GET    "/api/v1/me/drafts"                        Person   drafts::list;
    PUT    "/api/v1/me/drafts"                        Person   drafts::put;
    DELETE "/api/v1/me/drafts"                        Person   drafts::remove;
    GET    "/api/v1/invites"                          Person   users::invites;
    POST   "/api/v1/invites"                          Person   users::create_invite;
    DELETE "/api/v1/invites/{invite}"                 Person   users::revoke_invite;
    GET    "/api/v1/users"                            Person   users::list;
    GET    "/api/v1/users/{user}"                     Person   users::show;
    GET    "/api/v1/users/{user}/rooms"               Person   users::shared_rooms;

    GET    "/api/v1/rooms"                            Person   rooms::list;
    POST   "/api/v1/rooms"                            Person   rooms::create;
    POST   "/api/v1/directs"                          Person   rooms::open_direct;
    GET    "/api/v1/rooms/{room}"                     Person   rooms::show;
    PATCH  "/api/v1/rooms/{room}"                     Person   rooms::edit;
    DELETE "/api/v1/rooms/{room}"                     Person   rooms::delete;
    POST   "/api/v1/rooms/{room}/join"                Person   members::join;
    POST   "/api/v1/rooms/{room}/leave"               Person   members::leave;
    PATCH  "/api/v1/rooms/{room}/me"                  Person   rooms::edit_me;
    GET    "/api/v1/rooms/{room}/members"             Person   members::list;
    PUT    "/api/v1/rooms/{room}/members/{user}"      Person   members::put;
    DELETE "/api/v1/rooms/{room}/members/{user}"      Person   members::remove;
    GET    "/api/v1/rooms/{room}/messages"            Person   messages::list;
    POST   "/api/v1/rooms/{room}/messages"            Person   messages::send;
    GET    "/api/v1/rooms/{room}/messages/{message}"  Person   messages::show;
    PATCH  "/api/v1/rooms/{room}/messages/{message}"  Person   messages::edit;
    DELETE "/api/v1/rooms/{room}/messages/{message}"  Person   messages::delete;
    GET    "/api/v1/rooms/{room}/messages/{message}/edits"              Person messages::edits;
    PUT    "/api/v1/rooms/{room}/messages/{message}/saved"              Person saved::put;
    DELETE "/api/v1/rooms/{room}/messages/{message}/saved"              Person saved::remove;
    PUT    "/api/v1/rooms/{room}/messages/{message}/reactions/{emoji}"  Person reactions::put;
    DELETE "/api/v1/rooms/{room}/messages/{message}/reactions/{emoji}"  Person reactions::remove;
    GET    "/api/v1/rooms/{room}/files"               Person   gallery::list;
    POST   "/api/v1/rooms/{room}/files"               Person   files::upload;
    POST   "/api/v1/rooms/{room}/uploads"             Person   uploads::begin;
    GET    "/api/v1/rooms/{room}/uploads/{upload}"    Person   uploads::show;
    PATCH  "/api/v1/rooms/{room}/uploads/{upload}"    Person   uploads::write;
    DELETE "/api/v1/rooms/{room}/uploads/{upload}"    Person   uploads::cancel;
    GET    "/api/v1/files/{file}"                     Person   files::show;
    DELETE "/api/v1/files/{file}"                     Person   files::delete;
    GET    "/api/v1/rooms/{room}/pins"                Person   pins::list;
    PUT    "/api/v1/rooms/{room}/pins/{message}"      Person   pins::put;
    DELETE "/api/v1/rooms/{room}/pins/{message}"      Person   pins::remove;
    GET    "/api/v1/rooms/{room}/messages/{message}/receipts"  Person  messages::receipts;
    GET    "/api/v1/rooms/{room}/receipts"            Person   messages::room_receipts;
    POST   "/api/v1/rooms/{room}/read"                Person   messages::read;
    POST   "/api/v1/rooms/{room}/unread"              Person   messages::unread;

    GET    "/api/v1/rooms/{room}/threads/{thread}"       Person threads::show;
    PATCH  "/api/v1/rooms/{room}/threads/{thread}/me"    Person threads::edit_me;
    POST   "/api/v1/rooms/{room}/threads/{thread}/read"  Person threads::read;
    GET    "/api/v1/me/threads"                       Person   threads::mine;

    GET    "/api/v1/admin/status"                     Person   admin::status;
    GET    "/api/v1/admin/users"                      Person   admin::users;
    POST   "/api/v1/admin/users"                      Operator admin::add_user;
    GET    "/api/v1/admin/users/{user}"               Person   admin::user;
    PATCH  "/api/v1/admin/users/{user}"               Person   admin::edit_user;
    DELETE "/api/v1/admin/users/{user}"               Person   admin::delete_user;
    PUT    "/api/v1/admin/users/{user}/password"      Operator admin::set_password;
    POST   "/api/v1/admin/users/{user}/reset"         Person   admin::reset_user;
    DELETE "/api/v1/admin/users/{user}/sessions"      Person   admin::sign_out_user;
    GET    "/api/v1/admin/rooms"                      Person   admin::rooms;
    GET    "/api/v1/admin/rooms/{room}"               Person   admin::room;
    PATCH  "/api/v1/admin/rooms/{room}"               Person   admin::archive_room;
    DELETE "/api/v1/admin/rooms/{room}"               Person   admin::delete_room;
    GET    "/api/v1/admin/files"                      Person   stock::list;
    GET    "/api/v1/admin/files/usage"                Person   stock::usage;
    POST   "/api/v1/admin/files/sweep"                Person   stock::sweep;
    GET    "/api/v1/admin/audit"                      Person   audit::list;
    GET    "/api/v1/admin/audit/verify"               Person   audit::verify;
    GET    "/api/v1/admin/backup"                     Operator admin::backup;
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
