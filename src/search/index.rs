//! The index on disk: its fields, what of a message goes into it, and how it is opened or begun.
use super::asked::Trait;
use super::token;
use crate::chat::{file, pin, reaction, thread};
use crate::clock::Millis;
use crate::error::{Error, Fault, Result};
use crate::id::Id;
use crate::limits::{SEARCH_WORD_BYTES_MAX, SEARCH_WRITER_BYTES};
use crate::row::{Message, MessageKind};
use crate::store::{View, make_folder};
use serde::{Deserialize, Serialize};
use std::fs;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::{Path, PathBuf};
use tantivy::directory::error::OpenReadError;
use tantivy::indexer::{IndexWriterOptions, LogMergePolicy};
use tantivy::schema::{FAST, Field, INDEXED, IndexRecordOption, Schema, TextFieldIndexing, TextOptions};
use tantivy::tokenizer::{Token, TokenStream, Tokenizer};
use tantivy::{Index, IndexReader, IndexWriter, ReloadPolicy, TantivyDocument, TantivyError, Term};

/// Rises with every change of what is in it: another one's folder is not looked at, and goes.
const VERSION: u32 = 1;
/// In the data folder.
const FOLDER: &str = crate::store::SEARCH;
const TOKENIZER: &str = "snug";
/// Under this user stands who calls a whole room.
pub const EVERYBODY: Id = 0;

/// The fields of a message.
#[derive(Debug, Clone, Copy)]
pub struct Fields {
    /// What was said, and what its files are called.
    pub text: Field,
    pub id: Field,
    pub room: Field,
    pub user: Field,
    pub at: Field,
    /// Whom it calls.
    pub to: Field,
    pub has: Field,
}

/// What of the database is in the index. Written with it, in one step.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Mark {
    /// Everything that happened up to this cursor is in it; while it is `building`, that of all messages before.
    pub cursor: Id,
    /// The last message that was taken over, while it is made anew.
    pub building: Option<(Id, Id)>,
    /// Of which server it is.
    pub house: u64,
}

pub struct Opened {
    pub index: Index,
    pub fields: Fields,
    pub mark: Mark,
    pub reader: IndexReader,
}

/// Why an index cannot be opened.
pub enum Unopened {
    /// There is none, or none that makes sense: it is begun anew.
    Useless(String),
    /// The disk does not give it now.
    Failed(Error),
}

/// The folder of this version.
pub fn folder(data: &Path) -> PathBuf {
    data.join(FOLDER).join(format!("v{VERSION}"))
}

/// Opens what is there.
pub fn open(data: &Path) -> Result<Opened, Unopened> {
    let folder = folder(data);
    if !folder.join("meta.json").exists() {
        return Err(Unopened::Useless("there is none yet".into()));
    }
    let opened = catch_unwind(AssertUnwindSafe(|| Index::open_in_dir(&folder)));
    let index =
        opened.unwrap_or_else(|_| Err(TantivyError::InternalError("it makes no sense".into()))).map_err(unopened)?;
    let fields = fields(&index.schema()).ok_or_else(|| Unopened::Useless("its fields are others".into()))?;
    index.tokenizers().register(TOKENIZER, Words);
    let payload = index.load_metas().map_err(unopened)?.payload.unwrap_or_default();
    let mark = serde_json::from_str(&payload).map_err(|_| Unopened::Useless("it does not say what is in it".into()))?;
    let read = catch_unwind(AssertUnwindSafe(|| reader(&index)));
    let reader =
        read.unwrap_or_else(|_| Err(TantivyError::InternalError("it makes no sense".into()))).map_err(unopened)?;
    Ok(Opened { index, fields, mark, reader })
}

/// Begins an index with nothing in it; what was there goes.
pub fn begin(data: &Path, mark: Mark) -> Result<Opened> {
    wipe(data)?;
    let folder = folder(data);
    make_folder(&data.join(FOLDER))?;
    make_folder(&folder)?;
    ready(Index::create_in_dir(&folder, schema()).map_err(fault)?, mark)
}

/// An index that was just made.
fn ready(index: Index, mark: Mark) -> Result<Opened> {
    index.tokenizers().register(TOKENIZER, Words);
    let fields = fields(&index.schema()).ok_or_else(|| Fault::new("the index lacks a field"))?;
    let reader = reader(&index).map_err(fault)?;
    Ok(Opened { index, fields, mark, reader })
}

/// One in memory, with these messages.
#[cfg(test)]
pub fn of_entries(entries: &[Entry]) -> Opened {
    const FITS: &str = "memory takes it";
    let opened = ready(Index::create_in_ram(schema()), Mark::default()).expect(FITS);
    let mut writer = writer(&opened.index).expect(FITS);
    for entry in entries {
        writer.add_document(entry.document(opened.fields)).expect(FITS);
    }
    writer.commit().expect(FITS);
    opened.reader.reload().expect(FITS);
    opened
}

/// Removes every index of a data folder.
pub fn wipe(data: &Path) -> Result<()> {
    match fs::remove_dir_all(data.join(FOLDER)) {
        Err(error) if error.kind() != std::io::ErrorKind::NotFound => Err(error.into()),
        _ => Ok(()),
    }
}

/// Bytes of its files.
pub fn bytes(data: &Path) -> u64 {
    let entries = fs::read_dir(folder(data)).into_iter().flatten().flatten();
    entries.filter_map(|entry| entry.metadata().ok()).map(|found| found.len()).sum()
}

/// A writer, with one thread that writes and one that merges.
pub fn writer(index: &Index) -> Result<IndexWriter> {
    let options = IndexWriterOptions::builder()
        .num_worker_threads(1)
        .num_merge_threads(1)
        .memory_budget_per_thread(SEARCH_WRITER_BYTES)
        .build();
    let writer: IndexWriter = index.writer_with_options(options).map_err(fault)?;
    let mut policy = LogMergePolicy::default();
    policy.set_min_num_segments(6);
    policy.set_del_docs_ratio_before_merge(0.3);
    writer.set_merge_policy(Box::new(policy));
    Ok(writer)
}

/// A reader that looks anew when it is told to.
fn reader(index: &Index) -> tantivy::Result<IndexReader> {
    index.reader_builder().reload_policy(ReloadPolicy::Manual).try_into()
}

/// A message as the index has it.
#[derive(Debug, Clone, Default)]
pub struct Entry {
    pub room: Id,
    pub id: Id,
    pub user: Id,
    pub at: Millis,
    pub text: String,
    pub files: Vec<String>,
    pub to: Vec<Id>,
    pub has: Vec<Trait>,
}

impl Entry {
    /// None if there is nothing to find in it.
    pub fn of(view: &dyn View, room: Id, id: Id, row: Message) -> Result<Option<Entry>> {
        if !is_findable(&row) {
            return Ok(None);
        }
        let files = file::of_message(view, &row)?;
        let around = Around {
            pinned: pin::is_pinned(view, room, id)?,
            reactions: !reaction::of(view, room, id)?.is_empty(),
            thread: row.head.thread.is_some() || thread::summary(view, room, id)?.count > 0,
        };
        let kinds: Vec<&str> = files.iter().map(|file| file.row.kind.as_str()).collect();
        Ok(Some(Entry {
            room,
            id,
            user: row.head.user,
            at: row.at,
            has: traits(&row.text, &kinds, around),
            to: called(&row).collect(),
            text: row.text,
            files: files.into_iter().map(|file| file.row.name).collect(),
        }))
    }

    pub fn document(&self, fields: Fields) -> TantivyDocument {
        let mut document = TantivyDocument::new();
        document.add_u64(fields.id, self.id);
        document.add_u64(fields.room, self.room);
        document.add_u64(fields.user, self.user);
        document.add_u64(fields.at, self.at);
        document.add_text(fields.text, &self.text);
        for name in &self.files {
            document.add_text(fields.text, name);
        }
        for user in &self.to {
            document.add_u64(fields.to, *user);
        }
        for has in &self.has {
            document.add_u64(fields.has, code(*has));
        }
        document
    }
}

/// Whether a message can be found at all: somebody's words, still there.
pub fn is_findable(row: &Message) -> bool {
    row.head.kind == MessageKind::Text && !row.head.deleted
}

/// Whom a message calls.
fn called(row: &Message) -> impl Iterator<Item = Id> + '_ {
    row.mentions.iter().copied().chain(row.mention_room.then_some(EVERYBODY))
}

/// What others did with a message.
#[derive(Debug, Clone, Copy, Default)]
struct Around {
    pinned: bool,
    reactions: bool,
    thread: bool,
}

/// What a message has and is.
fn traits(text: &str, kinds: &[&str], around: Around) -> Vec<Trait> {
    let any = |beginning: &str| kinds.iter().any(|kind| kind.starts_with(beginning));
    let all = [
        (Trait::File, !kinds.is_empty()),
        (Trait::Image, any("image/")),
        (Trait::Video, any("video/")),
        (Trait::Audio, any("audio/")),
        (Trait::Link, has_link(text)),
        (Trait::Pin, around.pinned),
        (Trait::Reaction, around.reactions),
        (Trait::Thread, around.thread),
    ];
    all.into_iter().filter(|(_, has)| *has).map(|(one, _)| one).collect()
}

/// As the client makes links.
fn has_link(text: &str) -> bool {
    ["https://", "http://", "mailto:"].iter().any(|scheme| {
        text.match_indices(scheme).any(|(at, _)| text[at + scheme.len()..].starts_with(char::is_alphanumeric))
    })
}

/// A trait as a number that stays the same.
pub fn code(has: Trait) -> u64 {
    match has {
        Trait::File => 1,
        Trait::Image => 2,
        Trait::Video => 3,
        Trait::Audio => 4,
        Trait::Link => 5,
        Trait::Pin => 6,
        Trait::Reaction => 7,
        Trait::Thread => 8,
    }
}

/// The term of a word.
pub fn word(fields: Fields, text: &str) -> Term {
    Term::from_field_text(fields.text, text)
}

pub fn fault(error: TantivyError) -> Error {
    Fault(format!("the search index: {error}")).into()
}

fn unopened(error: TantivyError) -> Unopened {
    // What the system refuses may be given later; all else is a matter of what stands in the files.
    let refused =
        |error: &std::io::Error| error.raw_os_error().is_some() && error.kind() != std::io::ErrorKind::NotFound;
    let is_refused = match &error {
        TantivyError::IoError(error) => refused(error),
        TantivyError::OpenReadError(OpenReadError::IoError { io_error, .. }) => refused(io_error),
        TantivyError::LockFailure(..) => true,
        _ => false,
    };
    match is_refused {
        true => Unopened::Failed(fault(error)),
        false => Unopened::Useless(error.to_string()),
    }
}

fn schema() -> Schema {
    let mut schema = Schema::builder();
    let words = TextFieldIndexing::default()
        .set_tokenizer(TOKENIZER)
        .set_index_option(IndexRecordOption::WithFreqsAndPositions);
    schema.add_text_field("text", TextOptions::default().set_indexing_options(words));
    schema.add_u64_field("id", INDEXED | FAST);
    schema.add_u64_field("room", INDEXED | FAST);
    schema.add_u64_field("user", INDEXED);
    schema.add_u64_field("at", FAST);
    schema.add_u64_field("to", INDEXED);
    schema.add_u64_field("has", INDEXED);
    schema.build()
}

fn fields(schema: &Schema) -> Option<Fields> {
    let field = |name: &str| schema.get_field(name).ok();
    Some(Fields {
        text: field("text")?,
        id: field("id")?,
        room: field("room")?,
        user: field("user")?,
        at: field("at")?,
        to: field("to")?,
        has: field("has")?,
    })
}

/// Cuts texts for the index as everything else does.
#[derive(Clone)]
struct Words;

struct Stream {
    tokens: std::vec::IntoIter<token::Token>,
    now: Token,
}

impl Tokenizer for Words {
    type TokenStream<'a> = Stream;

    fn token_stream<'a>(&'a mut self, text: &'a str) -> Stream {
        // One text over which this breaks is not found; the index goes on.
        let tokens = catch_unwind(|| token::tokens(text)).unwrap_or_default();
        Stream { tokens: tokens.into_iter(), now: Token::default() }
    }
}

impl TokenStream for Stream {
    fn advance(&mut self) -> bool {
        let Some(next) = self.tokens.next() else { return false };
        debug_assert!(next.text.len() <= SEARCH_WORD_BYTES_MAX + 8);
        self.now = Token {
            offset_from: next.from,
            offset_to: next.to,
            position: next.position,
            text: next.text,
            position_length: 1,
        };
        true
    }

    fn token(&self) -> &Token {
        &self.now
    }

    fn token_mut(&mut self) -> &mut Token {
        &mut self.now
    }
}
