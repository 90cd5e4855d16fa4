//! People: their accounts, names and ranks.
use super::near::Words;
use super::permission::{self, Asker};
use super::{ban, member, mention, receipt, saved, upload};
use crate::error::{self, Refusal, Result};
use crate::event::{Audience, Event, UserView};
use crate::id::Id;
use crate::limits;
use crate::row::{self, Log, Role};
use crate::store::tables::{AVATARS, DELIVERED, KEYS, PRIVATE, ROOMS_OF, SESSIONS, USERNAMES, USERS};
use crate::store::{Change, Direction, View};
use unicode_normalization::UnicodeNormalization;
use unicode_normalization::char::is_combining_mark;

/// An account to be made. The password is hashed already.
#[derive(Debug, Clone)]
pub struct NewUser {
    pub username: String,
    pub name: Option<String>,
    pub role: Role,
    pub password: Option<String>,
}

/// What an admin may change of a person.
#[derive(Debug, Clone, Copy, Default)]
pub struct Standing {
    pub role: Option<Role>,
    pub active: Option<bool>,
}

/// Makes an account; refuses a name that is taken or not allowed.
pub fn create(change: &mut Change, new: &NewUser) -> Result<UserView> {
    if new.role == Role::Bot && new.password.is_some() {
        return Err(error::invalid("role", "A bot has no password: it has keys.").into());
    }
    let username = username(&new.username)?;
    let name = match &new.name {
        Some(name) => display_name(name)?,
        None => username.clone(),
    };
    if USERNAMES.has(change, &username)? {
        return Err(taken().into());
    }
    let id = change.next_id();
    let row = row::User {
        username,
        name,
        role: new.role,
        status: None,
        active: true,
        created_at: change.now,
        deleted: false,
        about: None,
        time_zone: None,
        avatar: None,
    };
    USERNAMES.put(change, &row.username, &id)?;
    PRIVATE.put(change, id, &row::Private { password: new.password.clone(), settings: "{}".into() })?;
    save(change, id, row)
}

/// The person with this id.
pub fn find(view: &dyn View, id: Id) -> Result<UserView> {
    Ok(UserView { id, row: USERS.get(view, id)?.ok_or_else(error::not_found)? })
}

/// The person with this username, whatever its case.
pub fn named(view: &dyn View, username: &str) -> Result<Option<UserView>> {
    match USERNAMES.get(view, &username.to_ascii_lowercase())? {
        Some(id) => find(view, id).map(Some),
        None => Ok(None),
    }
}

/// Those of `ids` that exist, in their order, each once.
pub fn with_ids(view: &dyn View, ids: impl IntoIterator<Item = Id>) -> Result<Vec<UserView>> {
    let mut ids: Vec<Id> = ids.into_iter().collect();
    ids.sort_unstable();
    ids.dedup();
    let mut users = Vec::with_capacity(ids.len());
    for id in ids {
        if let Some(row) = USERS.seen(view, id)? {
            users.push(UserView { id, row });
        }
    }
    Ok(users)
}

/// People whose name or username holds `query`, from the id after `cursor` on; erased ones are left out.
/// The cursor of the next page, if there is one. If nobody's does, those whose name is near it, nearest first.
pub fn search(view: &dyn View, query: &str, cursor: Id, limit: usize) -> Result<(Vec<UserView>, Option<Id>)> {
    let query = fold_marks(query);
    let mut users = Vec::new();
    USERS.walk(view, cursor.saturating_add(1).., Direction::Up, |id, row| {
        if !row.deleted && is_meant(&row, &query) {
            users.push(UserView { id, row });
        }
        Ok(users.len() <= limit)
    })?;
    if users.is_empty() && cursor == 0 {
        return Ok((near(view, &query, limit)?, None));
    }
    let next = (users.len() > limit).then(|| users.pop()).flatten().and(users.last().map(|user| user.id));
    Ok((users, next))
}

/// People whose name or username somebody may have mistyped as `query`.
fn near(view: &dyn View, query: &str, limit: usize) -> Result<Vec<UserView>> {
    let Some(words) = Words::of(query) else { return Ok(Vec::new()) };
    let mut found: Vec<(usize, UserView)> = Vec::new();
    USERS.walk(view, 0.., Direction::Up, |id, row| {
        let wrong = words.distance(&row.name).into_iter().chain(words.distance(&row.username)).min();
        if let (Some(wrong), false) = (wrong, row.deleted) {
            found.push((wrong, UserView { id, row }));
        }
        // No more is kept than is asked for, however many have nearly this name.
        if found.len() >= 2 * limit {
            nearest(&mut found, limit);
        }
        Ok(true)
    })?;
    nearest(&mut found, limit);
    Ok(found.into_iter().map(|(_, user)| user).collect())
}

fn nearest(found: &mut Vec<(usize, UserView)>, most: usize) {
    found.sort_by_key(|(wrong, user)| (*wrong, user.id));
    found.truncate(most);
}

/// Whether a person is found by these words, which `folded` made.
pub fn is_meant(row: &row::User, query: &str) -> bool {
    row.username.contains(query) || fold_marks(&row.name).contains(query)
}

/// Words as they are compared when somebody is looked for.
pub fn folded(query: &str) -> String {
    fold_marks(query.trim())
}

/// Bots, from the id after `cursor` on; erased ones are left out.
pub fn bots(view: &dyn View, cursor: Id, limit: usize) -> Result<(Vec<UserView>, Option<Id>)> {
    let mut bots = Vec::new();
    USERS.walk(view, cursor.saturating_add(1).., Direction::Up, |id, row| {
        if row.role == Role::Bot && !row.deleted {
            bots.push(UserView { id, row });
        }
        Ok(bots.len() <= limit)
    })?;
    let next = (bots.len() > limit).then(|| bots.pop()).flatten().and(bots.last().map(|bot| bot.id));
    Ok((bots, next))
}

/// Whether nobody has an account yet.
pub fn none(view: &dyn View) -> Result<bool> {
    Ok(view.count(USERS.number)? == 0)
}

/// Changes a person's rank, or whether they may sign in. What is disabled is signed out at once.
pub fn set_standing(change: &mut Change, asker: Asker, id: Id, standing: Standing) -> Result<UserView> {
    let user = manageable(change, asker, id)?;
    let mut row = user.row;
    if let Some(role) = standing.role {
        if role > Role::Member && asker.role(change)? != Role::Owner {
            return Err(error::forbidden("Only an owner may give this rank.").into());
        }
        if role == Role::Bot || row.role == Role::Bot {
            return Err(error::invalid("role", "A person cannot become a bot, nor a bot a person.").into());
        }
        if row.role == Role::Owner && role != Role::Owner {
            another_owner(change, id)?;
        }
        row.role = role;
    }
    if let Some(active) = standing.active {
        if active && !row.active {
            ban::check(change, id, change.now)?;
        }
        if !active && row.role == Role::Owner {
            another_owner(change, id)?;
        }
        row.active = active;
        if !active {
            sign_out(change, id)?;
        }
    }
    save(change, id, row)
}

/// Lets somebody sign in again whose last ban was lifted.
pub(super) fn let_in(change: &mut Change, id: Id) -> Result<()> {
    match USERS.get(change, id)? {
        Some(row) if !row.deleted && !row.active => save(change, id, row::User { active: true, ..row }).map(drop),
        _ => Ok(()),
    }
}

/// Erases an account: it leaves its rooms, its name becomes free, its messages stay under "Deleted user".
pub fn delete(change: &mut Change, asker: Asker, id: Id) -> Result<()> {
    let user = manageable(change, asker, id)?;
    erase(change, user, asker.user())
}

/// Likewise one's own account.
pub fn delete_own(change: &mut Change, id: Id) -> Result<()> {
    let user = find(change, id)?;
    erase(change, user, Some(id))
}

fn erase(change: &mut Change, user: UserView, by: Option<Id>) -> Result<()> {
    let id = user.id;
    if user.row.role == Role::Owner {
        another_owner(change, id)?;
    }
    sign_out(change, id)?;
    for ((_, room), ()) in ROOMS_OF.list(change, (id, 0)..=(id, u64::MAX), usize::MAX)? {
        member::hand_over(change, room, id)?;
        member::part(change, room, id, by)?;
    }
    saved::forget_all(change, id)?;
    upload::forget_of(change, id)?;
    USERNAMES.remove(change, &user.row.username)?;
    PRIVATE.remove(change, id)?;
    AVATARS.remove(change, id)?;
    DELIVERED.remove(change, id)?;
    receipt::set_discreet(change, id, false)?;
    let row = row::User {
        username: format!("deleted-{id}"),
        name: "Deleted user".into(),
        status: None,
        active: false,
        deleted: true,
        role: Role::Member,
        about: None,
        time_zone: None,
        avatar: None,
        ..user.row
    };
    save(change, id, row)?;
    Ok(())
}

/// Keeps a new password hash; every session but `keep` ends.
pub fn set_password(change: &mut Change, id: Id, hash: &str, keep: Option<crate::id::SecretHash>) -> Result<()> {
    let mut private = PRIVATE.get(change, id)?.unwrap_or_default();
    private.password = Some(hash.to_owned());
    PRIVATE.put(change, id, &private)?;
    end_sessions(change, id, keep)
}

/// The rooms in which a person is, with the settings that only they see.
pub fn settings(view: &dyn View, id: Id) -> Result<String> {
    Ok(PRIVATE.get(view, id)?.map_or_else(|| "{}".into(), |private| private.settings))
}

/// Ends every session of a person but `keep`; the number of those that ended.
pub fn end_sessions(change: &mut Change, user: Id, keep: Option<crate::id::SecretHash>) -> Result<()> {
    let mut keys = Vec::new();
    SESSIONS.walk(change, .., Direction::Up, |key, session| {
        if session.user == user && Some(key) != keep {
            keys.push(key);
        }
        Ok(true)
    })?;
    for key in keys {
        SESSIONS.remove(change, key)?;
        change.tell_server(Event::SessionEnded { key });
    }
    Ok(())
}

fn sign_out(change: &mut Change, user: Id) -> Result<()> {
    end_keys(change, user)?;
    end_sessions(change, user, None)
}

/// Ends every API key of a person.
fn end_keys(change: &mut Change, user: Id) -> Result<()> {
    let mut keys = Vec::new();
    KEYS.walk(change, .., Direction::Up, |key, row| {
        if row.user == user {
            keys.push(key);
        }
        Ok(true)
    })?;
    for key in keys {
        KEYS.remove(change, key)?;
        change.tell_server(Event::KeyEnded { key });
    }
    Ok(())
}

/// Keeps a person as they are now, and tells everybody.
pub(super) fn save(change: &mut Change, id: Id, row: row::User) -> Result<UserView> {
    USERS.put(change, id, &row)?;
    let user = UserView { id, row };
    change.announce(Audience::Everyone, &Log::UserUpdated { user: id }, Event::UserUpdated(Box::new(user.clone())))?;
    Ok(user)
}

/// The person, if `asker` ranks high enough to manage them: admins manage members and bots, owners everybody.
pub fn manageable(view: &dyn View, asker: Asker, id: Id) -> Result<UserView> {
    let role = permission::server_admin(view, asker)?;
    let user = find(view, id)?;
    if user.row.deleted {
        return Err(error::not_found().into());
    }
    if role != Role::Owner && user.row.role >= Role::Admin && asker.user() != Some(id) {
        return Err(error::forbidden("Only an owner may manage admins.").into());
    }
    Ok(user)
}

fn another_owner(view: &dyn View, but: Id) -> Result<()> {
    let mut found = false;
    USERS.walk(view, .., Direction::Up, |id, row| {
        found = id != but && row.role == Role::Owner && row.active;
        Ok(!found)
    })?;
    if found {
        return Ok(());
    }
    Err(error::conflict("last_owner", "This is the last owner. Make somebody else an owner first.").into())
}

/// The refusal of a username that somebody has.
pub fn taken() -> Refusal {
    error::conflict("username_taken", "Somebody has this username already.").field("username")
}

/// A username in its one spelling, or why it cannot be one.
pub fn username(asked: &str) -> Result<String> {
    let name = asked.to_ascii_lowercase();
    let good = limits::USERNAME_CHARS.contains(&name.chars().count())
        && name
            .chars()
            .all(|sign| sign.is_ascii_lowercase() || sign.is_ascii_digit() || matches!(sign, '.' | '_' | '-'))
        && name.starts_with(|sign: char| sign.is_ascii_alphanumeric());
    if !good {
        return Err(error::invalid(
            "username",
            "A username has 2 to 32 of a-z, 0-9, dot, underscore and hyphen, and begins with a letter or digit.",
        )
        .into());
    }
    if mention::RESERVED.contains(&name.as_str()) || name.starts_with("deleted-") {
        return Err(error::invalid("username", "This word has a meaning of its own. Choose another username.").into());
    }
    Ok(name)
}

pub(super) fn display_name(asked: &str) -> Result<String> {
    line("name", asked, limits::NAME_CHARS_MAX)
}

/// One line of text without control characters, of 1 to `max` characters, trimmed and in NFC.
pub fn line(field: &'static str, asked: &str, max: usize) -> Result<String> {
    let text: String = asked.trim().nfc().collect();
    if text.is_empty() || text.chars().count() > max || text.chars().any(is_hidden) {
        let detail = format!("1 to {max} characters are needed here, without line breaks or control characters.");
        return Err(Refusal::new(422, "invalid", detail).field(field).into());
    }
    Ok(text)
}

/// Control characters, and those that turn the direction of what follows: a name must not rearrange its surroundings.
pub(super) fn is_hidden(sign: char) -> bool {
    sign.is_control()
        || matches!(sign, '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}' | '\u{200e}' | '\u{200f}' | '\u{2028}' | '\u{2029}' | '\u{feff}')
}

/// For finding without case and accents: who types "tomas" finds Tomás.
pub(super) fn fold_marks(text: &str) -> String {
    text.nfkd().filter(|sign| !is_combining_mark(*sign)).flat_map(char::to_lowercase).collect()
}

/// For comparing without case.
pub fn fold(text: &str) -> String {
    text.nfc().flat_map(char::to_lowercase).collect()
}
