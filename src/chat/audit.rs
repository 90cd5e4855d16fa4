//! The audit log: who did what to whom, from where. Written in the change that does the thing; never what was said (S55).
use crate::clock::Millis;
use crate::error::Result;
use crate::id::Id;
use crate::limits;
use crate::row::{ActorKind, Audit, Flood};
use crate::store::tables::{AUDIT, FLOODS};
use crate::store::{Change, Direction, View, chain};
use std::net::IpAddr;

macro_rules! actions {
    ($($name:ident $word:literal)*) => {
        /// What is written down.
        #[derive(Debug, Clone, Copy, PartialEq, Eq)]
        pub enum Action {
            $($name,)*
        }

        impl Action {
            pub const ALL: &[Action] = &[$(Action::$name,)*];

            /// As it is stored and told. A word that was used once keeps its meaning.
            pub fn word(self) -> &'static str {
                match self {
                    $(Action::$name => $word,)*
                }
            }
        }
    };
}

actions! {
    LoginOk "login.ok"
    LoginFailed "login.failed"
    Logout "logout"
    SessionEnded "session.ended"
    UserCreated "user.created"
    UserRole "user.role"
    UserDisabled "user.disabled"
    UserEnabled "user.enabled"
    UserDeleted "user.deleted"
    UserBanned "user.banned"
    BanAdded "ban.added"
    BanRemoved "ban.removed"
    PasswordChanged "password.changed"
    PasswordReset "password.reset"
    ResetCreated "reset.created"
    FactorAdded "factor.added"
    FactorRemoved "factor.removed"
    PasskeyAdded "passkey.added"
    PasskeyRemoved "passkey.removed"
    KeyCreated "key.created"
    KeyRevoked "key.revoked"
    TokenReused "token.reused"
    InviteCreated "invite.created"
    InviteUsed "invite.used"
    InviteRevoked "invite.revoked"
    RoomCreated "room.created"
    RoomDeleted "room.deleted"
    RoomArchived "room.archived"
    RoomUnarchived "room.unarchived"
    RoomBanAdded "room.ban.added"
    RoomBanRemoved "room.ban.removed"
    MemberAdded "member.added"
    MemberRemoved "member.removed"
    MemberRole "member.role"
    FileDeleted "file.deleted"
    MessageDeletedByAdmin "message.deleted_by_admin"
    BackupMade "backup.made"
    BackupVerified "backup.verified"
    BackupFailed "backup.failed"
    ExportMade "export.made"
    ConfigChanged "config.changed"
    ServerStarted "server.started"
    CertificateRenewed "certificate.renewed"
    StorageCompacted "storage.compacted"
    SearchRebuilt "search.rebuilt"
    RoomChanged "room.changed"
}

/// Who does something, and from where.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct By {
    pub kind: ActorKind,
    pub actor: Option<Id>,
    pub address: Option<IpAddr>,
}

/// What something is done to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Subject {
    User(Id),
    Room(Id),
    Message(Id),
    Session(Id),
    Invite(Id),
    Key(Id),
    Ban(Id),
}

/// An entry and its place.
#[derive(Debug, Clone)]
pub struct Listed {
    pub number: Id,
    pub row: Audit,
}

/// Which entries are asked for.
#[derive(Debug, Clone, Default)]
pub struct Filter {
    pub actor: Option<Id>,
    /// A word, or the part of one before a dot.
    pub action: Option<String>,
    /// The id of a user, room …
    pub subject: Option<Id>,
    pub since: Option<Millis>,
}

impl By {
    pub const OPERATOR: By = By { kind: ActorKind::Operator, actor: None, address: None };
    pub const SERVER: By = By { kind: ActorKind::Server, actor: None, address: None };

    /// Somebody who has not signed in.
    pub fn nobody(address: IpAddr) -> By {
        By { kind: ActorKind::Nobody, actor: None, address: Some(address) }
    }

    /// A person, in the request with which they come in.
    pub fn person(user: Id, address: IpAddr) -> By {
        By { kind: ActorKind::Person, actor: Some(user), address: Some(address) }
    }
}

impl Subject {
    fn pair(self) -> (String, Id) {
        let (kind, id) = match self {
            Subject::User(id) => ("user", id),
            Subject::Room(id) => ("room", id),
            Subject::Message(id) => ("message", id),
            Subject::Session(id) => ("session", id),
            Subject::Invite(id) => ("invite", id),
            Subject::Key(id) => ("key", id),
            Subject::Ban(id) => ("ban", id),
        };
        (kind.to_owned(), id)
    }
}

/// Writes down what this change does. `details` are names of things and words of ours: never what somebody said, and
/// never a secret.
pub fn record(
    change: &mut Change,
    by: &By,
    action: Action,
    subjects: &[Subject],
    details: &[(&'static str, &str)],
) -> Result<()> {
    let clipped = |text: &str| text.chars().take(limits::AUDIT_DETAIL_CHARS_MAX).collect();
    let entry = Audit {
        at: change.now,
        kind: by.kind,
        actor: by.actor,
        action: action.word().to_owned(),
        subjects: subjects.iter().map(|subject| subject.pair()).collect(),
        address: by.address.map(|address| address.to_string()),
        details: details.iter().map(|(name, value)| ((*name).to_owned(), clipped(value))).collect(),
        prev: [0; 32],
        hash: [0; 32],
    };
    chain::append(change, entry).map(drop)
}

/// Likewise, for what strangers can do as often as they like: one entry, and after a minute another one that counts what
/// followed. What they typed is not kept: it may be a password in the wrong field.
pub fn record_often(change: &mut Change, by: &By, action: Action, user: Option<Id>) -> Result<()> {
    let address = by.address.map(|address| address.to_string());
    let key = format!("{} {} {}", action.word(), user.unwrap_or(0), address.as_deref().unwrap_or_default());
    match FLOODS.get(change, &key)? {
        Some(mut flood) if change.now < flood.since + limits::AUDIT_FLOOD_MS => {
            flood.more = flood.more.saturating_add(1);
            FLOODS.put(change, &key, &flood)
        }
        before => {
            if let Some(flood) = before {
                settle(change, &flood)?;
            }
            let subjects: Vec<Subject> = user.map(Subject::User).into_iter().collect();
            record(change, by, action, &subjects, &[])?;
            let flood = Flood { since: change.now, more: 0, action: action.word().to_owned(), subject: user, address };
            FLOODS.put(change, &key, &flood)
        }
    }
}

/// Writes the counts that are over, and forgets some of what is older than `days`; 0 keeps everything. Whether there is
/// more to do.
pub fn tidy(change: &mut Change, days: u64) -> Result<bool> {
    let mut over = Vec::new();
    let now = change.now;
    FLOODS.walk(change, .., Direction::Up, |key, flood| {
        if now >= flood.since + limits::AUDIT_FLOOD_MS {
            over.push((key, flood));
        }
        Ok(over.len() < limits::PRUNE_STEP_ROWS)
    })?;
    for (key, flood) in &over {
        settle(change, flood)?;
        FLOODS.remove(change, key)?;
    }
    let more = match days {
        0 => false,
        days => chain::prune(change, now.saturating_sub(days.saturating_mul(24 * limits::HOUR_MS)))?,
    };
    Ok(more || over.len() == limits::PRUNE_STEP_ROWS)
}

fn settle(change: &mut Change, flood: &Flood) -> Result<()> {
    if flood.more == 0 {
        return Ok(());
    }
    let entry = Audit {
        at: change.now,
        kind: ActorKind::Nobody,
        actor: None,
        action: flood.action.clone(),
        subjects: flood.subject.map(|user| Subject::User(user).pair()).into_iter().collect(),
        address: flood.address.clone(),
        details: vec![("count".to_owned(), flood.more.to_string())],
        prev: [0; 32],
        hash: [0; 32],
    };
    chain::append(change, entry).map(drop)
}

/// Entries before a place, newest first, and the place before which the rest is. A step looks at a bounded number of
/// entries: a page may have less than asked for and still not be the last.
pub fn page(view: &dyn View, filter: &Filter, before: Id, limit: usize) -> Result<(Vec<Listed>, Option<Id>)> {
    let (mut found, mut looked, mut next) = (Vec::new(), 0, None);
    AUDIT.walk(view, ..before, Direction::Down, |number, row| {
        if filter.since.is_some_and(|since| row.at < since) {
            return Ok(false);
        }
        if found.len() == limit || looked == limits::AUDIT_LOOK_MAX {
            next = Some(number + 1);
            return Ok(false);
        }
        looked += 1;
        if filter.takes(&row) {
            found.push(Listed { number, row });
        }
        Ok(true)
    })?;
    Ok((found, next))
}

/// Entries that a person did, or that something was done to them in: theirs to be given.
pub fn about(view: &dyn View, user: Id, mut each: impl FnMut(Listed) -> Result<()>) -> Result<()> {
    AUDIT.walk(view, .., Direction::Up, |number, row| {
        let is_subject = row.subjects.iter().any(|(kind, id)| kind == "user" && *id == user);
        if is_subject || row.actor == Some(user) {
            each(Listed { number, row })?;
        }
        Ok(true)
    })
}

impl Filter {
    fn takes(&self, row: &Audit) -> bool {
        let is_action = |asked: &str| {
            row.action == asked || row.action.strip_prefix(asked).is_some_and(|rest| rest.starts_with('.'))
        };
        self.actor.is_none_or(|actor| row.actor == Some(actor))
            && self.action.as_deref().is_none_or(is_action)
            && self.subject.is_none_or(|subject| row.subjects.iter().any(|(_, id)| *id == subject))
    }
}
