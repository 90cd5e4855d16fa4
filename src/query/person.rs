//! All that is kept of one person, as a tar archive: data.json, what they wrote as JSON lines in parts, and their files.
use crate::chat::{audit, draft, message, room, user};
use crate::error::Result;
use crate::event::{FileView, MessageView, ThreadView};
use crate::id::Id;
use crate::limits;
use crate::row::{ImageKind, MessageKind};
use crate::store::files::Moment;
use crate::store::tables::{AVATARS, CONTENTS, FILES, KEYS, MESSAGES, REACTIONS, SAVED, SESSIONS};
use crate::store::{Direction, Snapshot};
use crate::wire::{self, Tar};
use serde::Serialize;
use std::io::Write;

/// Writes it. Memory is bounded: what may be long is written in parts as it is found.
pub fn write_person((view, files): &(Snapshot, Moment), id: Id, at_ms: u64, out: &mut dyn Write) -> Result<()> {
    let mut tar = Tar::new(out, at_ms / 1_000);
    tar.entry("data.json", &data(view, id, at_ms)?)?;
    if let Some(avatar) = AVATARS.get(view, id)? {
        let ending = match avatar.kind {
            ImageKind::Jpeg => "jpg",
            ImageKind::Png => "png",
            ImageKind::Webp => "webp",
        };
        tar.entry(&format!("picture.{ending}"), &avatar.bytes)?;
    }
    let mut lines = Lines::new("messages");
    MESSAGES.walk(view, .., Direction::Up, |(room, number), row| {
        if row.head.user == id && row.head.kind == MessageKind::Text && !row.head.deleted {
            // Their own words; what others said to it is not theirs.
            let (thread, reactions) = (ThreadView::default(), Vec::new());
            let own = message::fresh(view, room, number, row)?;
            let own = MessageView { reply_to: None, thread, reactions, pinned: false, ..own };
            lines.add(&mut tar, &wire::Message::from(&own))?;
        }
        Ok(true)
    })?;
    lines.end(&mut tar)?;
    let mut lines = Lines::new("reactions");
    REACTIONS.walk(view, .., Direction::Up, |(room, message), given| {
        for reaction in given.iter().filter(|reaction| reaction.users.contains(&id)) {
            lines.add(&mut tar, &wire::Given { room, message, emoji: &reaction.emoji })?;
        }
        Ok(true)
    })?;
    lines.end(&mut tar)?;
    let mut lines = Lines::new("audit");
    audit::about(view, id, |entry| lines.add(&mut tar, &wire::AuditEntry::from(&entry)))?;
    lines.end(&mut tar)?;
    FILES.walk(view, .., Direction::Up, |file, row| {
        if row.user != id {
            return Ok(true);
        }
        // A file whose bytes are missing is left out, so that the rest arrives (S41).
        let Some(content) = CONTENTS.get(view, row.sha256)? else { return Ok(true) };
        tar.begin(&format!("files/{file}/{}", row.name), content.size)?;
        files.chunks(content.blob, |chunk| Ok(tar.write(chunk)?))?;
        tar.end()?;
        Ok(true)
    })?;
    tar.finish()?;
    Ok(())
}

fn data(view: &Snapshot, id: Id, at_ms: u64) -> Result<Vec<u8>> {
    let person = user::find(view, id)?;
    let settings = user::settings(view, id)?;
    let (mut rooms, _) = room::mine(view, id, 0, usize::MAX)?;
    // Who else is in a room, and what was said there last, is not theirs.
    rooms.iter_mut().for_each(|room| room.last = None);
    let mut sessions = Vec::new();
    SESSIONS.walk(view, .., Direction::Up, |key, session| {
        if session.user == id {
            sessions.push((key, session));
        }
        Ok(true)
    })?;
    let mut keys = Vec::new();
    KEYS.walk(view, .., Direction::Up, |_, row| {
        if row.user == id {
            keys.push(row);
        }
        Ok(true)
    })?;
    let mut saved = Vec::new();
    SAVED.walk(view, (id, 0)..=(id, u64::MAX), Direction::Up, |(_, message), row| {
        saved.push(wire::Kept { room: row.room, message });
        Ok(true)
    })?;
    let mut files = Vec::new();
    FILES.walk(view, .., Direction::Up, |file, row| {
        if row.user == id {
            files.push(FileView { id: file, row });
        }
        Ok(true)
    })?;
    let drafts = draft::all(view, id)?;
    let data = wire::PersonData {
        at: at_ms,
        user: wire::Own { user: (&person).into(), settings: &settings },
        sessions: sessions.iter().map(|session| wire::Session::new(session, None)).collect(),
        keys: keys.iter().map(wire::Key::from).collect(),
        rooms: rooms.iter().map(wire::Room::from).collect(),
        drafts: drafts.iter().map(wire::Draft::from).collect(),
        saved,
        files: files.iter().map(wire::File::from).collect(),
    };
    Ok(serde_json::to_vec_pretty(&data).expect("wire shapes are plain data, which always becomes JSON"))
}

/// JSON lines, in files of bounded size.
struct Lines {
    name: &'static str,
    part: u32,
    bytes: Vec<u8>,
}

impl Lines {
    fn new(name: &'static str) -> Self {
        Lines { name, part: 0, bytes: Vec::new() }
    }

    fn add<W: Write>(&mut self, tar: &mut Tar<W>, value: &impl Serialize) -> Result<()> {
        serde_json::to_writer(&mut self.bytes, value).expect("wire shapes are plain data, which always becomes JSON");
        self.bytes.push(b'\n');
        if self.bytes.len() >= limits::EXPORT_PART_BYTES { self.flush(tar) } else { Ok(()) }
    }

    fn end<W: Write>(mut self, tar: &mut Tar<W>) -> Result<()> {
        if self.bytes.is_empty() { Ok(()) } else { self.flush(tar) }
    }

    fn flush<W: Write>(&mut self, tar: &mut Tar<W>) -> Result<()> {
        self.part += 1;
        tar.entry(&format!("{}/{:04}.jsonl", self.name, self.part), &self.bytes)?;
        self.bytes.clear();
        Ok(())
    }
}
