//! Changes of files: bytes on their way in, what becomes of them, and how they go.
use crate::app::{App, Swept};
use crate::auth::who::Who;
use crate::chat::audit::{self, Action, Subject};
use crate::chat::storage::Quotas;
use crate::chat::upload::{self, NewUpload};
use crate::chat::{file, permission, storage};
use crate::clock;
use crate::error::{self, Refusal, Result};
use crate::event::FileView;
use crate::id::Id;
use crate::limits;
use crate::row::{ImageKind, Thumb, Upload};
use crate::store::files::Appender;
use bytes::Bytes;
use futures_util::{Stream, StreamExt};
use std::sync::Arc;

/// An upload, and how many of its bytes are durable.
#[derive(Debug, Clone)]
pub struct UploadView {
    pub id: String,
    pub row: Upload,
    pub offset: u64,
}

/// Why bytes end before they are all here.
#[derive(Debug)]
pub enum Cut {
    /// The connection broke, or it is no form: what came stays.
    Refused(error::Error),
    /// They are not what their sender says: they do not count.
    WrongSum,
}

pub async fn begin_upload(app: &App, who: &Who, room: Id, new: NewUpload) -> Result<UploadView> {
    let user = who.person()?;
    app.rates.messages.take(user, "You are uploading faster than this server allows.")?;
    upload::check(&new)?;
    app.space.for_announced(new.length.unwrap_or(0))?;
    let quotas = quotas(app);
    let (id, row) = app.store.change(move |change| upload::begin(change, user, room, &new, quotas)).await?;
    Ok(UploadView { id, row, offset: 0 })
}

/// Takes bytes from `offset` on, which is where the upload is. What came before a connection broke is kept.
pub async fn write_upload<B>(app: &Arc<App>, who: &Who, id: &str, offset: u64, body: B) -> Result<UploadView>
where
    B: Stream<Item = Result<Bytes, Cut>> + Send + Unpin + 'static,
{
    let (user, id) = (who.person()?, id.to_owned());
    let turn = app.uploads.wait(&id).await.ok_or_else(busy)?;
    let (app, who) = (app.clone(), who.clone());
    // A task of its own: who asked may go in the middle, and what came must not be lost with them.
    let writing = tokio::spawn(async move {
        let _turn = turn;
        let named = id.clone();
        let row = app.store.read(move |view| upload::own(view, user, &named)).await?;
        let mut appender = app.store.files().append(row.blob).await?;
        if appender.length() != offset {
            return Err(
                error::conflict("wrong_offset", format!("This upload is at byte {}.", appender.length())).into()
            );
        }
        let taken = take_in(&app, &who, user, &id, &row, &mut appender, body).await;
        if let Err(Stopped::WrongSum) = taken {
            appender.undo().await?;
            return Err(wrong_sum());
        }
        let offset = appender.flush().await?;
        let named = id.clone();
        app.store.change(move |change| upload::touch(change, user, &named)).await?;
        match taken {
            Ok(()) => Ok(UploadView { id, row, offset }),
            Err(Stopped::Refused(error)) => Err(error),
            Err(Stopped::WrongSum) => Err(wrong_sum()),
        }
    });
    writing.await.map_err(error::Fault::new)?
}

/// Makes a file of an upload that is all here.
pub async fn finish_upload(app: &App, who: &Who, id: &str) -> Result<FileView> {
    let (user, id) = (who.person()?, id.to_owned());
    let _turn = app.uploads.wait(&id).await.ok_or_else(busy)?;
    let named = id.clone();
    let row = app.store.read(move |view| upload::own(view, user, &named)).await?;
    let whole = app.store.files().append(row.blob).await?.finish().await?;
    let still = super::still_signed_in(app, who);
    app.store
        .change(move |change| {
            still()?;
            upload::finish(change, user, &id, &whole)
        })
        .await
}

/// A file in one go. Nothing of it stays if not all of it comes.
pub async fn upload_whole<B>(app: &Arc<App>, who: &Who, room: Id, new: NewUpload, body: B) -> Result<FileView>
where
    B: Stream<Item = Result<Bytes, Cut>> + Send + Unpin + 'static,
{
    let UploadView { id, .. } = begin_upload(app, who, room, new).await?;
    let whole = match write_upload(app, who, &id, 0, body).await {
        Ok(_) => finish_upload(app, who, &id).await,
        Err(error) => Err(error),
    };
    if whole.is_err() {
        // Gone already, or swept later.
        let _ = cancel_upload(app, who, &id).await;
    }
    whole
}

pub async fn set_upload_length(app: &App, who: &Who, id: String, length: u64) -> Result<Upload> {
    let (user, quotas) = (who.person()?, quotas(app));
    app.store.change(move |change| upload::set_length(change, user, &id, length, quotas)).await
}

pub async fn cancel_upload(app: &App, who: &Who, id: &str) -> Result<()> {
    let (user, id) = (who.person()?, id.to_owned());
    app.store.change(move |change| upload::cancel(change, user, &id)).await
}

pub async fn delete_file(app: &App, who: &Who, id: String) -> Result<()> {
    let (user, by) = (who.person()?, who.by());
    app.store
        .change(move |change| {
            let row = file::find(change, user, &id)?.row;
            file::delete(change, user, &id)?;
            let subjects = [Subject::User(row.user), Subject::Room(row.room)];
            audit::record(change, &by, Action::FileDeleted, &subjects, &[("file", &id)])
        })
        .await
}

/// Keeps a picture in small, of one's own file that is not sent yet. That it is a picture was looked at before.
pub async fn set_thumb(app: &App, who: &Who, id: String, kind: ImageKind, bytes: Bytes) -> Result<FileView> {
    let user = who.person()?;
    if bytes.is_empty() || bytes.len() > limits::THUMB_BYTES_MAX {
        return Err(error::invalid("thumb", "A picture in small has at most 64 KiB.").into());
    }
    app.space.for_file(bytes.len() as u64)?;
    let named = id.clone();
    let blob = app.store.change(move |change| file::begin_thumb(change, user, &named)).await?;
    let kept = keep_thumb(app, user, id, kind, blob, bytes).await;
    if kept.is_err() {
        app.store.change(move |change| storage::free(change, blob)).await?;
    }
    kept
}

async fn keep_thumb(app: &App, user: Id, id: String, kind: ImageKind, blob: Id, bytes: Bytes) -> Result<FileView> {
    let mut appender = app.store.files().append(blob).await?;
    appender.write(bytes).await?;
    let size = appender.finish().await?.size;
    let thumb = Thumb { kind, blob, size };
    app.store.change(move |change| file::set_thumb(change, user, &id, thumb)).await
}

/// Forgets what was not sent in a day, and frees what belongs to nothing: what the server does each hour.
pub async fn sweep_files(app: &App, who: &Who) -> Result<Swept> {
    let asker = who.asker;
    app.store.read(move |view| permission::server_admin(view, asker)).await?;
    app.sweep_files(clock::now().saturating_sub(limits::UNSENT_LIFE_MS)).await
}

enum Stopped {
    WrongSum,
    Refused(error::Error),
}

/// Writes what comes, with space taken before it is needed.
async fn take_in(
    app: &App,
    who: &Who,
    user: Id,
    id: &str,
    row: &Upload,
    appender: &mut Appender,
    mut body: impl Stream<Item = Result<Bytes, Cut>> + Unpin,
) -> Result<(), Stopped> {
    let mut room = row.length.unwrap_or(row.reserved);
    loop {
        let bytes = match body.next().await {
            Some(Ok(bytes)) => bytes,
            Some(Err(Cut::WrongSum)) => return Err(Stopped::WrongSum),
            None => return Ok(()),
            Some(Err(Cut::Refused(error))) => return Err(Stopped::Refused(error)),
        };
        // Who was signed out, disabled or banned meanwhile stores nothing more (S21).
        if !app.is_live(who) {
            return Err(Stopped::Refused(error::not_signed_in().into()));
        }
        let total = appender.length() + bytes.len() as u64;
        if total > room {
            room = match row.length {
                Some(_) => Err(Refusal::new(413, "too_large", "More bytes came than were announced.").into()),
                None => more_room(app, user, id.to_owned(), total).await,
            }
            .map_err(Stopped::Refused)?;
        }
        app.space.for_file(bytes.len() as u64).map_err(Stopped::Refused)?;
        app.space.for_file(bytes.len() as u64).map_err(Stopped::Refused)?;
        appender.write(bytes).await.map_err(Stopped::Refused)?;
    }
}

async fn more_room(app: &App, user: Id, id: String, total: u64) -> Result<u64> {
    let quotas = quotas(app);
    app.store.change(move |change| upload::reserve(change, user, &id, total, quotas)).await
}

fn quotas(app: &App) -> Quotas {
    let limits = &app.live().limits;
    Quotas { upload_max: limits.upload_max_bytes, user: limits.user_quota_bytes, storage: limits.storage_max_bytes }
}

fn wrong_sum() -> error::Error {
    Refusal::new(460, "checksum_mismatch", "These bytes are not what their checksum says.").into()
}

fn busy() -> Refusal {
    Refusal::new(423, "upload_busy", "Bytes of this upload are coming by another request. Wait until it has ended.")
}
