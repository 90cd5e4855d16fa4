//! What people say: send, edit, delete, and read it again.
use super::mention::{self, Mentions};
use super::page::people;
use super::permission::{self, Membership, Rule};
use super::{draft, file, history, log, pin, reaction, thread, unread};
use crate::error::{self, Refusal, Result};
use crate::event::{Audience, Event, LastMessage, MessageView, Quote, ThreadView, UserView};
use crate::id::Id;
use crate::limits;
use crate::row::{Log, Message, MessageHead, MessageKind, RoomRole};
use crate::store::tables::MESSAGES;
use crate::store::{Change, Direction, View, nonces};

/// A message to be sent.
#[derive(Debug, Clone, Default)]
pub struct Draft {
    pub text: String,
    pub nonce: Option<String>,
    pub reply_to: Option<Id>,
    /// The message under which it is said, beside the room's flow.
    pub thread: Option<Id>,
    /// Who of the room is connected, for a text that calls them.
    pub here: Vec<Id>,
    /// Files of one's own, uploaded in this room.
    pub files: Vec<String>,
}

/// A message that is kept.
#[derive(Debug, Clone)]
pub struct Sent {
    pub view: MessageView,
    /// It was sent before, with the same nonce.
    pub again: bool,
}

/// Messages of one or more rooms in an order of their own, and the cursor of what follows.
#[derive(Debug, Clone)]
pub struct List {
    pub messages: Vec<MessageView>,
    pub users: Vec<UserView>,
    pub next: Option<Id>,
}

impl List {
    /// Adds the people that the messages speak of.
    pub fn new(view: &dyn View, messages: Vec<MessageView>, next: Option<Id>) -> Result<Self> {
        Ok(List { users: people(view, &messages)?, messages, next })
    }
}

impl Draft {
    /// Refuses what cannot be sent. Done before the writer is asked.
    pub fn check(&self) -> Result<()> {
        if self.files.is_empty() {
            check_text(&self.text)?;
        }
        check_length(&self.text)?;
        self.nonce.as_deref().map(check_nonce).transpose().map(drop)
    }
}

/// Says something in a room. The same nonce again gives the first message.
pub fn send(change: &mut Change, user: Id, room: Id, draft: &Draft) -> Result<Sent> {
    let membership = permission::member(change, room, user)?.not_archived()?;
    if let Some(nonce) = &draft.nonce
        && let Some(view) = sent_before(change, user, room, nonce)?
    {
        return Ok(Sent { view, again: true });
    }
    membership.may(Rule::Post)?;
    if let Some(original) = draft.reply_to
        && !MESSAGES.get(change, (room, original))?.is_some_and(|row| row.head.kind == MessageKind::Text)
    {
        return Err(error::invalid("reply_to", "There is no such message in this room.").into());
    }
    if let Some(root) = draft.thread {
        thread::open(change, room, root)?;
    }
    file::check_sendable(change, user, room, &draft.files)?;
    let mentions = called(change, &membership, &draft.text, &draft.here)?;
    if mentions.room || mentions.here {
        membership.may(Rule::Call)?;
    }
    let row = Message {
        head: MessageHead { kind: MessageKind::Text, deleted: false, user, thread: draft.thread },
        at: change.now,
        edited_at: None,
        reply_to: draft.reply_to,
        mentions: mentions.users.clone(),
        mention_room: mentions.room,
        nonce: draft.nonce.clone(),
        text: draft.text.clone(),
        files: draft.files.clone(),
    };
    let sent = log::append(change, room, row)?;
    file::attach(change, room, sent.view.id, &draft.files)?;
    mention::record(change, room, sent.view.id, &mentions)?;
    if let Some(nonce) = &draft.nonce {
        nonces::remember(change, user, room, nonce, sent.view.id)?;
    }
    if let Some(root) = draft.thread {
        thread::answered(change, room, root, &sent.view)?;
    }
    draft::clear(change, user, room, draft.thread)?;
    Ok(sent)
}

/// Changes the words of one's own message.
pub fn edit(change: &mut Change, user: Id, room: Id, id: Id, text: &str, here: &[Id]) -> Result<MessageView> {
    let membership = permission::member(change, room, user)?.not_archived()?;
    let mut row = said(change, room, id)?;
    if row.head.user != user {
        return Err(error::forbidden("Only its author may edit a message.").into());
    }
    if row.text == text {
        return view(change, room, id, row);
    }
    if row.files.is_empty() {
        check_text(text)?;
    }
    // Who was here when it was said stays called, whoever is here now.
    let called_here = mention::calls_here(&row.text);
    let here = if called_here { &row.mentions } else { here };
    let mentions = called(change, &membership, text, here)?;
    // Words that called everybody when that was allowed may still be mended.
    if (mentions.room && !row.mention_room) || (mentions.here && !called_here) {
        membership.may(Rule::Call)?;
    }
    history::keep(change, room, id, &row)?;
    mention::forget(change, room, id, &mentions_of(&row))?;
    mention::record(change, room, id, &mentions)?;
    row.mentions = mentions.users;
    row.mention_room = mentions.room;
    row.edited_at = Some(change.now);
    row.text = text.to_owned();
    MESSAGES.put(change, (room, id), &row)?;
    let view = view(change, room, id, row)?;
    change.announce(
        Audience::Room(room),
        &Log::MessageUpdated { id },
        Event::MessageUpdated(Box::new(view.clone())),
    )?;
    thread::called(change, &view)?;
    Ok(view)
}

/// Whom a text calls. `here` are those connected, of whom who writes is none.
fn called(view: &dyn View, membership: &Membership, text: &str, here: &[Id]) -> Result<Mentions> {
    let Membership { room, user, .. } = *membership;
    let mut mentions = mention::find(view, room, text)?;
    if mentions.here {
        if here.len() > limits::HERE_MAX {
            let detail = "More than 500 people are here at this moment. Call them with @room.";
            return Err(Refusal::new(422, "too_many_here", detail).field("text").into());
        }
        let others: Vec<Id> = here.iter().copied().filter(|id| *id != user).collect();
        mention::add(view, room, &mut mentions, &others)?;
    }
    Ok(mentions)
}

/// Takes a message back: its place stays, its words go. Authors may, and admins of the room.
pub fn delete(change: &mut Change, user: Id, room: Id, id: Id) -> Result<()> {
    let membership = permission::member(change, room, user)?.not_archived()?;
    let row = said(change, room, id)?;
    if row.head.user != user && membership.member.role != RoomRole::Admin {
        return Err(error::forbidden("Only its author or an admin of the room may delete a message.").into());
    }
    take_back(change, user, room, id, row)
}

/// Takes back what was said, for who was asked already.
pub(super) fn take_back(change: &mut Change, by: Id, room: Id, id: Id, mut row: Message) -> Result<()> {
    mention::forget(change, room, id, &mentions_of(&row))?;
    history::forget(change, room, id)?;
    reaction::forget(change, room, id)?;
    pin::forget(change, by, room, id)?;
    file::forget_of(change, &row)?;
    row.files.clear();
    row.head.deleted = true;
    row.mentions.clear();
    row.mention_room = false;
    row.text.clear();
    MESSAGES.put(change, (room, id), &row)?;
    change.announce(Audience::Room(room), &Log::MessageDeleted { id }, Event::MessageDeleted { room, id })?;
    match row.head.thread {
        Some(root) => thread::taken_back(change, room, root),
        None => Ok(()),
    }
}

/// One message of a room that one is in.
pub fn find(view: &dyn View, user: Id, room: Id, id: Id) -> Result<MessageView> {
    permission::member(view, room, user)?;
    let row = MESSAGES.get(view, (room, id))?.ok_or_else(error::not_found)?;
    self::view(view, room, id, row)
}

/// The messages that call `user`, newest first, from those older than `before` on.
pub fn mentions(view: &dyn View, user: Id, before: Id, limit: usize) -> Result<List> {
    let found = mention::list(view, user, before, limit, |room, id| {
        let row = MESSAGES.seen(view, (room, id))?;
        Ok(row.is_some_and(|row| !row.head.deleted && row.head.user != user))
    })?;
    let mut messages = Vec::with_capacity(found.messages.len());
    for (room, id) in found.messages {
        if let Some(row) = MESSAGES.seen(view, (room, id))? {
            messages.push(self::view(view, room, id, row)?);
        }
    }
    List::new(view, messages, found.next)
}

/// The last words said in a room, looked for behind its notices and threads.
pub fn last(view: &dyn View, room: Id) -> Result<Option<LastMessage>> {
    let mut newest = None;
    let mut looked_at = 0;
    MESSAGES.walk_bytes(view, (room, 0)..=(room, u64::MAX), Direction::Down, |(_, id), bytes| {
        looked_at += 1;
        let said = |head: MessageHead| head.kind == MessageKind::Text && !head.deleted && head.thread.is_none();
        newest = unread::head(bytes).is_some_and(said).then_some(id);
        Ok(newest.is_none() && looked_at < limits::LAST_MESSAGE_ROWS)
    })?;
    let Some(id) = newest else { return Ok(None) };
    let Some(row) = MESSAGES.seen(view, (room, id))? else { return Ok(None) };
    Ok(Some(LastMessage { id, at: row.at, user: row.head.user, preview: preview_of(view, &row)? }))
}

/// A message with what is derived for showing it.
pub fn view(view: &dyn View, room: Id, id: Id, row: Message) -> Result<MessageView> {
    Ok(MessageView {
        reactions: reaction::of(view, room, id)?,
        pinned: pin::is_pinned(view, room, id)?,
        thread: thread::summary(view, room, id)?,
        ..fresh(view, room, id, row)?
    })
}

/// Likewise, of a message that is just being made, to which nothing can have happened.
pub fn fresh(view: &dyn View, room: Id, id: Id, row: Message) -> Result<MessageView> {
    let reply_to = match row.reply_to.filter(|_| !row.head.deleted) {
        Some(original) => match MESSAGES.seen(view, (room, original))? {
            Some(row) => Some(Quote { id: original, user: row.head.user, preview: preview_of(view, &row)? }),
            None => None,
        },
        None => None,
    };
    let files = file::of_message(view, &row)?;
    let thread = ThreadView::default();
    Ok(MessageView { room, id, row, reply_to, thread, reactions: Vec::new(), pinned: false, files })
}

/// Refuses text that is empty.
pub fn check_text(text: &str) -> Result<()> {
    match text.trim().is_empty() {
        true => Err(error::invalid("text", "A message needs some text.").into()),
        false => Ok(()),
    }
}

/// Refuses text that is too long.
pub fn check_length(text: &str) -> Result<()> {
    if text.len() > limits::TEXT_BYTES_MAX || text.chars().count() > limits::TEXT_CHARS_MAX {
        let detail = "A message has at most 16,000 characters and 32 KiB. Send a longer text as a file, or in parts.";
        return Err(error::invalid("text", detail).into());
    }
    Ok(())
}

/// Refuses nonces that are empty or too long.
pub fn check_nonce(nonce: &str) -> Result<()> {
    if nonce.is_empty() || nonce.chars().count() > limits::NONCE_CHARS_MAX {
        return Err(error::invalid("nonce", "A nonce has 1 to 64 characters.").into());
    }
    Ok(())
}

/// Whom a stored message calls.
pub fn mentions_of(row: &Message) -> Mentions {
    match row.head.kind {
        MessageKind::Text => Mentions { users: row.mentions.clone(), room: row.mention_room, here: false },
        _ => Mentions::default(),
    }
}

fn sent_before(change: &Change, user: Id, room: Id, nonce: &str) -> Result<Option<MessageView>> {
    let Some(place) = nonces::find(change, user, room, nonce)? else { return Ok(None) };
    match MESSAGES.get(change, (place.room, place.message))? {
        // The table knows a hash only; the message knows the nonce.
        Some(row) if place.room == room && row.head.user == user && row.nonce.as_deref() == Some(nonce) => {
            view(change, room, place.message, row).map(Some)
        }
        _ => Ok(None),
    }
}

/// The message, if somebody said it and it is still there.
pub(super) fn said(view: &dyn View, room: Id, id: Id) -> Result<Message> {
    let row = MESSAGES.get(view, (room, id))?.ok_or_else(error::not_found)?;
    if row.head.deleted {
        return Err(error::not_found().into());
    }
    if row.head.kind != MessageKind::Text {
        return Err(Refusal::new(403, "notice", "Notices cannot be changed.").into());
    }
    Ok(row)
}

/// A message in short: its text, or else the names of its files.
fn preview_of(view: &dyn View, row: &Message) -> Result<String> {
    match row.text.trim().is_empty() {
        true => Ok(preview(&file::names(view, row)?)),
        false => Ok(preview(&row.text)),
    }
}

/// The beginning of a text, in one line.
fn preview(text: &str) -> String {
    let mut preview = String::new();
    for (count, word) in text.split_whitespace().enumerate() {
        if count > 0 {
            preview.push(' ');
        }
        preview.push_str(word);
        if preview.len() > limits::PREVIEW_CHARS * 4 {
            break;
        }
    }
    match preview.char_indices().nth(limits::PREVIEW_CHARS) {
        Some((end, _)) => format!("{}…", preview[..end].trim_end()),
        None => preview,
    }
}
