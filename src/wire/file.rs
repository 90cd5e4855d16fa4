//! A file, as it stands under a message or waits to be sent.
use super::User;
use crate::chat::gallery;
use crate::clock::Millis;
use crate::event::FileView;
use crate::id::Id;
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
use serde::Serialize;

#[derive(Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct File<'a> {
    id: &'a str,
    name: &'a str,
    r#type: &'a str,
    size: u64,
    width: Option<u32>,
    height: Option<u32>,
    url: String,
    thumb: Option<String>,
    duration_ms: Option<u32>,
    waveform: Option<&'a [u8]>,
}

/// All but what RFC 3986 leaves as it is.
const NAME: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'.').remove(b'_').remove(b'~');

impl<'a> From<&'a FileView> for File<'a> {
    fn from(FileView { id, row }: &'a FileView) -> Self {
        // The address of the small picture is taken.
        let mark = if row.name == "thumb" { "_" } else { "" };
        File {
            id,
            name: &row.name,
            r#type: &row.kind,
            size: row.size,
            width: row.width,
            height: row.height,
            url: format!("/files/{id}/{mark}{}", utf8_percent_encode(&row.name, NAME)),
            thumb: row.thumb.map(|_| format!("/files/{id}/thumb")),
            duration_ms: row.duration_ms,
            waveform: row.waveform.as_deref(),
        }
    }
}

/// The files of a room, newest first.
#[derive(Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct Gallery<'a> {
    files: Vec<SentFile<'a>>,
    users: Vec<User<'a>>,
    next: Option<gallery::Cursor>,
}

#[derive(Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
struct SentFile<'a> {
    file: File<'a>,
    message: Id,
    user: Id,
    at: Millis,
    thread: Option<Id>,
}

impl<'a> From<&'a gallery::Gallery> for Gallery<'a> {
    fn from(gallery::Gallery { files, users, next }: &'a gallery::Gallery) -> Self {
        let sent = |sent: &'a gallery::Sent| SentFile {
            file: (&sent.file).into(),
            message: sent.message,
            user: sent.user,
            at: sent.at,
            thread: sent.thread,
        };
        Gallery { files: files.iter().map(sent).collect(), users: users.iter().map(User::from).collect(), next: *next }
    }
}
