//! Whether all that is said of files agrees: the counts with the rows, the rows with each other and with the bytes.
use super::files::Moment;
use super::tables::{BLOBS, CONTENTS, FILES, LOOSE, MESSAGES, ROOM_FILES, UNSENT, UPLOADS, USAGE};
use super::view::{Direction, View};
use crate::error::Result;
use crate::id::{Id, SecretHash};
use crate::row::{Blob, Content, Usage};
use sha2::{Digest, Sha256};
use std::collections::{BTreeMap, BTreeSet};

/// Everything that does not agree, in words; nothing if all is well.
pub fn audit(view: &dyn View, bytes: &Moment) -> Result<Vec<String>> {
    audit_with(view, Some(bytes))
}

/// Likewise; without bytes, what is said of them is believed.
pub fn audit_with(view: &dyn View, bytes: Option<&Moment>) -> Result<Vec<String>> {
    let mut found = Found::default();
    found.files(view)?;
    found.uploads(view)?;
    found.contents(view, bytes)?;
    found.lists(view)?;
    found.blobs(view)?;
    found.usage(view)?;
    Ok(found.wrong)
}

/// The counts as they come out when everything is counted anew.
#[derive(Default)]
struct Found {
    wrong: Vec<String>,
    usage: BTreeMap<Id, Usage>,
    refs: BTreeMap<SecretHash, u64>,
    named: BTreeSet<Id>,
    unsent: BTreeMap<(Id, Id), String>,
    sent: BTreeSet<(Id, Id, String)>,
}

impl Found {
    fn files(&mut self, view: &dyn View) -> Result<()> {
        FILES.walk(view, .., Direction::Up, |id, row| {
            let own = self.usage.entry(row.user).or_default();
            own.files += 1;
            own.bytes += row.size;
            *self.refs.entry(row.sha256).or_default() += 1;
            if let Some(thumb) = row.thumb {
                self.named.insert(thumb.blob);
                self.usage.entry(0).or_default().bytes += thumb.size;
            }
            if CONTENTS.get(view, row.sha256)?.is_none_or(|content| content.size != row.size) {
                self.wrong.push(format!("file {id} has no bytes of its size"));
            }
            match row.message {
                Some(message) => {
                    let on = MESSAGES.get(view, (row.room, message))?.is_some_and(|row| row.files.contains(&id));
                    if !on {
                        self.wrong.push(format!("file {id} is not on its message {message}"));
                    }
                    self.sent.insert((row.room, message, id));
                }
                None => drop(self.unsent.insert((row.user, row.order), id)),
            }
            Ok(true)
        })
    }

    fn uploads(&mut self, view: &dyn View) -> Result<()> {
        UPLOADS.walk(view, .., Direction::Up, |id, row| {
            self.usage.entry(row.user).or_default().reserved += row.reserved;
            self.usage.entry(0).or_default().reserved += row.reserved;
            self.named.insert(row.blob);
            self.unsent.insert((row.user, row.blob), id);
            Ok(true)
        })
    }

    fn contents(&mut self, view: &dyn View, bytes: Option<&Moment>) -> Result<()> {
        CONTENTS.walk(view, .., Direction::Up, |sha256, Content { blob, size, refs }| {
            let all = self.usage.entry(0).or_default();
            all.files += 1;
            all.bytes += size;
            self.named.insert(blob);
            let named = self.refs.remove(&sha256).unwrap_or(0);
            if named != refs {
                self.wrong.push(format!("blob {blob} is {named} files and counted as {refs}"));
            }
            let Some(bytes) = bytes else { return Ok(true) };
            let (mut sum, mut length) = (Sha256::new(), 0);
            bytes.chunks(blob, |chunk| {
                sum.update(chunk);
                length += chunk.len() as u64;
                Ok(())
            })?;
            let sum: SecretHash = sum.finalize().into();
            if sum != sha256 || length != size {
                self.wrong.push(format!("the bytes of blob {blob} are not what they were ({length} of {size})"));
            }
            Ok(true)
        })
    }

    fn lists(&mut self, view: &dyn View) -> Result<()> {
        UNSENT.walk(view, .., Direction::Up, |key, id| {
            if self.unsent.remove(&key).as_ref() != Some(&id) {
                self.wrong.push(format!("{id} is listed as not sent"));
            }
            Ok(true)
        })?;
        ROOM_FILES.walk(view, .., Direction::Up, |(room, message, _), id| {
            if !self.sent.remove(&(room, message, id.clone())) {
                self.wrong.push(format!("{id} is listed in room {room}"));
            }
            Ok(true)
        })?;
        for id in std::mem::take(&mut self.unsent).into_values() {
            self.wrong.push(format!("{id} is not listed as not sent"));
        }
        for (room, _, id) in std::mem::take(&mut self.sent) {
            self.wrong.push(format!("{id} is not listed in room {room}"));
        }
        Ok(())
    }

    fn blobs(&mut self, view: &dyn View) -> Result<()> {
        BLOBS.walk(view, .., Direction::Up, |blob, state| {
            if LOOSE.has(view, blob)? == (state == Blob::Live) {
                self.wrong.push(format!("blob {blob} is {state:?}, and its list says otherwise"));
            }
            if self.named.remove(&blob) != (state == Blob::Live) {
                self.wrong.push(format!("blob {blob} is {state:?}, which its names do not say"));
            }
            Ok(true)
        })?;
        for blob in std::mem::take(&mut self.named) {
            self.wrong.push(format!("blob {blob} has no row"));
        }
        Ok(())
    }

    fn usage(&mut self, view: &dyn View) -> Result<()> {
        self.usage.retain(|_, usage| *usage != Usage::default());
        USAGE.walk(view, .., Direction::Up, |user, usage| {
            let counted = self.usage.remove(&user).unwrap_or_default();
            if counted != usage {
                self.wrong.push(format!("the usage of {user} is {counted:?} and is kept as {usage:?}"));
            }
            Ok(true)
        })?;
        for (user, usage) in std::mem::take(&mut self.usage) {
            self.wrong.push(format!("the usage of {user}, {usage:?}, is not kept"));
        }
        Ok(())
    }
}
