//! Snug: a private chat in one binary. This page is the map for whoever carries on the work.
//!
//! # The road of a message
//! ```text
//! browser, API client, command line
//!   -> ws | http | admin: bytes become who asks and what for. They translate, nothing else.
//!   -> command: one function per change, its limit, then the noun
//!   -> chat, auth: decide, then record, then announce, inside a change
//!   -> store: many changes, ONE commit, fsync
//!   -> hub: in commit order, each frame encoded once, a bounded mailbox per connection
//!   -> socket.   Then who asked gets the answer.
//! query: one function per question -> a noun over a snapshot. It never meets the writer.
//! typing and presence: ws -> hub. They never touch the disk.
//! bytes of files: http -> command -> store::files, durable before a row names them; freed after no row does.
//! ```
//!
//! # The modules, in reading order, lowest floor first
//! Arrows point down only; `tests/it/floors.rs` reads the `use` lines.
//!
//! | module | what it is |
//! |---|---|
//! | [`limits`] [`clock`] [`emoji`] [`id`] [`error`] | every bound; the time; which emoji there are; ids and secrets; refusals and faults |
//! | [`config`] [`names`] | defaults < file < environment < flags; what this machine is called |
//! | [`row`] | what is stored, with versions |
//! | [`figures`] | what is measured, for Prometheus |
//! | [`event`] | what happened, and to whom it is told |
//! | [`stream`] | a connection's bytes, plain or TLS |
//! | [`age`] | encryption of backups, as the program of that name does it |
//! | [`store`] | tables (the schema on one page), typed maps, the writer and what it does when its disk fails (rescue), slot and medium (a database that is closed and opened again), nonces, migration, compact, backup (with copy, in slices, of touched rows, at a pace) and swap, check and audit (of files), the chain of the audit log; files: the bytes, in chunks of their own |
//! | [`backups`] | the folder of backups: kept (what is known of one), contents (bytes stored once), proof (restored on trial), rotation, schedule |
//! | [`tls`] | certificates: a local authority, files of the operator's, orders at a public authority (ACME); how it is with them |
//! | [`chat`] | the rules: user, profile, picture, room, direct, member, message, history, page, thread, reaction, pin, saved, draft, mention, unread, receipt, permission, log; audit, ban, outcast, erase (order in the house); upload, file, gallery, storage (quotas, what is stored once), kind, filename |
//! | [`auth`] | password, session, token (with the keys that sign it), API key, who and authorize; the second factor: factor (what somebody has), totp, recovery (codes), passkey, required (of whom), confirmed (whose password was shown lately); link (a second device comes in by a picture), invite, reset, setup, known devices, banned addresses, and the brakes: throttle (kept), rate (not) |
//! | [`search`] | what is found: words of all languages (fold, token), what is asked (asked, day, wanted), the index beside the database (index), the thread that keeps it (follow), looking it up (find), what is shown (snippet) |
//! | [`wire`] | every JSON shape |
//! | [`hub`] | who listens: mailboxes, presence, typing, seats |
//! | [`app`] | what a running server shares; wires commits to the hub |
//! | [`command`] [`query`] | every change, every question |
//! | [`ws`] | one connection's life |
//! | [`http`] | the table of routes, the guard at the door, handlers, pages, assets; `contract` (tests only): the OpenAPI document, made of the types |
//! | [`admin`] | the operator's Unix socket: the same HTTP, another credential |
//! | [`server`] | listeners (HTTPS, the port for plain HTTP, headers of proxies), the graceful stop |
//! | [`cli`] | one file per subcommand |
//!
//! # The laws
//! 1. Nothing is announced before it is on disk; announcements leave in commit order.
//! 2. A change decides before it writes. If it fails after it wrote, or panics, its batch runs again without it.
//! 3. Nobody waits for a listener: mailboxes are bounded, over the bound a connection gets `resync`.
//! 4. Order is the id, never a clock. Unread counts are derived from the read mark, never stored.
//! 5. Arrows point down. No circles.
//! 6. Wire shapes live only in `wire` (and the few envelopes beside their handlers); stored rows are other types.
//! 7. Message text is data: no HTML is made of it anywhere; the content security policy makes browsers enforce that.
//! 8. Every queue, loop, body, name, page and batch has a bound, in `limits`.
//! 9. Outsiders get 404, not 403: a private room's existence is private.
//! 10. Blocking work never runs on the async threads; no lock is held across an await.
//!
//! # Where this differs from a first plan, and why
//! - `wire` lies below `hub`: presence and `resync` are told by the hub itself.
//! - The log that a resume reads (`store::tables::EVENTS`) holds references, not frames: a replay is made of the present
//!   rows, so that a deleted text is told to nobody (promise 7), and a log entry is some ten bytes.
//! - The command line speaks the HTTP API, over the admin socket or in process: one set of rules, no second protocol.
#![forbid(unsafe_code)]

pub mod admin;
pub mod age;
pub mod app;
pub mod auth;
pub mod backups;
pub mod chat;
pub mod cli;
pub mod clock;
pub mod command;
pub mod config;
pub mod emoji;
pub mod error;
pub mod event;
pub mod figures;
pub mod http;
pub mod hub;
pub mod id;
pub mod limits;
pub mod names;
pub mod query;
pub mod row;
pub mod search;
pub mod server;
pub mod store;
pub mod stream;
pub mod tls;
pub mod wire;
pub mod ws;
