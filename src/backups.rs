//! The folder of backups: what the server makes by itself each night, or when it is asked to, checks, and forgets in time.
//!
//! ```text
//! NAME.snug        one moment of everything (store::backup); the bytes of files it only names
//! NAME.about       what is known of it, as a line of JSON, and which files it names
//! files/ab/abcd…   the bytes of a file, once for however many backups name them: called by their SHA-256
//! ```
//! With `backup.age_recipients` the first and the last are encrypted, end in `.age`, and the bytes have names that say nothing
//! to who has no key. All of it may be copied elsewhere with any program that copies folders, at any time: each file comes
//! to its place whole, and a `.snug` only after all that it names.
mod contents;
mod kept;
mod proof;
mod rotation;
pub mod schedule;
mod source;
mod spread;

pub use kept::{How, Kept, Kind, found_in};
pub use source::Source;
pub use spread::room;

use crate::clock::{self, Millis};
use crate::config::Config;
use crate::error::{self, Fault, Refusal, Result};
use crate::limits;
use crate::store::backup::{self, Bytes, Making};
use crate::store::{DATABASE, Pace, Store, give_to_owner};
use contents::Contents;
use kept::Entry;
use spread::Spread;
use std::collections::BTreeMap;
use std::fs;
use std::io::{self, Write};
use std::os::unix::fs::DirBuilderExt;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

/// Where backups are restored on trial, in the data folder.
const TRIAL: &str = "trial";

/// How the backups are, for who looks after the server.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct State {
    pub last_at: Option<Millis>,
    pub last_verified_at: Option<Millis>,
    /// Why the last try came to nothing, or what is wrong with the newest one.
    pub last_error: Option<String>,
    pub next_at: Option<Millis>,
    pub count: u64,
    /// On disk, all together.
    pub bytes: u64,
    /// Somebody should look: it failed, or is long overdue.
    pub alarm: bool,
}

/// What the server does with its backups.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Errand {
    Make(Kind),
    /// By name.
    Verify(String),
}

/// An errand that is being run.
pub struct Work {
    pub errand: Errand,
    pub began_at: Millis,
    is_checking: AtomicBool,
    /// Where the present step began, and what it has to do.
    from_bytes: AtomicU64,
    total_bytes: AtomicU64,
    pace: Pace,
}

pub struct Backups {
    data: PathBuf,
    configuration: Option<PathBuf>,
    plan: crate::config::Backup,
    store: Store,
    work: Mutex<Option<Arc<Work>>>,
    last_error: Mutex<Option<String>>,
    /// What lies beside the backups takes, since it was looked at.
    beside_bytes: Mutex<Option<u64>>,
    started_at: Millis,
}

impl Backups {
    pub fn new(config: &Config, store: Store) -> Self {
        // What a crash left of a trial is as large as the database.
        let _ = fs::remove_dir_all(config.data.join(TRIAL));
        Backups {
            data: config.data.clone(),
            configuration: config.file.clone(),
            plan: config.backup.clone(),
            store,
            work: Mutex::default(),
            last_error: Mutex::default(),
            beside_bytes: Mutex::default(),
            started_at: clock::now(),
        }
    }

    pub fn plan(&self) -> &crate::config::Backup {
        &self.plan
    }

    /// Those in the folder, the newest first. Blocks.
    pub fn list(&self) -> Result<Vec<Kept>> {
        found_in(&self.plan.folder)
    }

    /// A folder that cannot be read is no reason to hide all else that there is to say. Blocks.
    pub fn state(&self) -> State {
        self.read_state().unwrap_or_else(|error| State {
            last_error: Some(format!("{} cannot be read: {error}", self.plan.folder.display())),
            alarm: true,
            ..State::default()
        })
    }

    fn read_state(&self) -> Result<State> {
        let kept = self.list()?;
        let now = clock::now();
        let last_verified_at =
            kept.iter().filter(|kept| kept.problem.is_none()).filter_map(|kept| kept.verified_at).max();
        let problem = kept.first().and_then(|kept| Some(format!("{}: {}", kept.name, kept.problem.as_ref()?)));
        let last_error = held(&self.last_error).clone().or(problem);
        let trusted_since = last_verified_at.unwrap_or(0).max(self.started_at);
        let is_overdue = self.plan.nightly.is_some() && now > trusted_since + limits::BACKUP_OVERDUE_MS;
        Ok(State {
            last_at: kept.first().map(|kept| kept.created_at),
            last_verified_at,
            alarm: last_error.is_some() || is_overdue,
            last_error,
            next_at: self.next_at(&kept, now),
            count: kept.len() as u64,
            bytes: kept.iter().map(|kept| kept.bytes).sum::<u64>() + self.beside_bytes()?,
        })
    }

    fn beside_bytes(&self) -> Result<u64> {
        let mut known = held(&self.beside_bytes);
        match *known {
            Some(bytes) => Ok(bytes),
            None => Ok(*known.insert(contents::bytes_in(&self.plan.folder)?)),
        }
    }

    /// Whether the nightly one is to be made now. Blocks.
    pub fn is_due(&self, now: Millis) -> Result<bool> {
        Ok(self.next_at(&self.list()?, now).is_some_and(|next| next <= now))
    }

    fn next_at(&self, kept: &[Kept], now: Millis) -> Option<Millis> {
        let at = self.plan.nightly?;
        let newest = kept.iter().filter(|kept| kept.kind == Kind::Nightly).map(|kept| kept.created_at).max();
        let missed = newest.is_none_or(|newest| newest < schedule::last_before(now, at));
        Some(match missed {
            // After a start there is other work first; after a failure it is tried again later.
            true => {
                let failed_at = kept::tried_at(&self.plan.folder)
                    .filter(|tried| *tried >= self.started_at.max(newest.unwrap_or(0)));
                let again_at = failed_at.map_or(0, |failed| failed + limits::BACKUP_RETRY_MS);
                again_at.max(self.started_at + limits::BACKUP_START_DELAY_MS)
            }
            false => schedule::first_after(now, at),
        })
    }

    /// What is being done at the moment.
    pub fn work(&self) -> Option<Arc<Work>> {
        held(&self.work).clone()
    }

    /// Takes an errand, if none is being run.
    pub fn begin(&self, errand: Errand) -> Result<Arc<Work>> {
        if let Errand::Verify(name) = &errand
            && !self.list()?.iter().any(|kept| kept.name == *name)
        {
            return Err(error::not_found().into());
        }
        let mut work = held(&self.work);
        if work.is_some() {
            let detail = "A backup is being made or checked already. Wait until it is done.";
            return Err(error::conflict("backup_running", detail).into());
        }
        if errand == Errand::Make(Kind::Manual) {
            let manual = self.list()?.iter().filter(|kept| kept.kind == Kind::Manual).count();
            if manual >= limits::BACKUPS_MANUAL_MAX {
                let detail = format!(
                    "There are {manual} backups made by hand already. Remove some of them in the folder first."
                );
                return Err(error::conflict("too_many_backups", detail).into());
            }
        }
        let begun = Arc::new(Work {
            errand,
            began_at: clock::now(),
            is_checking: false.into(),
            from_bytes: AtomicU64::new(0),
            total_bytes: AtomicU64::new(0),
            pace: self.store.pace(),
        });
        *work = Some(begun.clone());
        Ok(begun)
    }

    /// Runs it to its end; a backup with a `problem` was made, and did not stand its check. Blocks for long.
    pub fn run(&self, work: &Work) -> Result<Kept> {
        let done = catch_unwind(AssertUnwindSafe(|| match &work.errand {
            Errand::Make(kind) => self.make(*kind, work),
            Errand::Verify(name) => self.verify(name, work),
        }));
        let done = done.unwrap_or_else(|_| Err(Fault::new("making or checking it panicked").into()));
        *held(&self.beside_bytes) = None;
        *held(&self.last_error) = match &done {
            Err(error) if !work.pace.is_ended() => Some(error.to_string()),
            Err(_) => None,
            Ok(kept) => kept.problem.as_ref().map(|problem| format!("{}: {problem}", kept.name)),
        };
        done
    }

    /// It has ended, one way or another.
    pub fn forget(&self, work: &Arc<Work>) {
        let mut own = held(&self.work);
        if own.as_ref().is_some_and(|own| Arc::ptr_eq(own, work)) {
            *own = None;
        }
    }

    /// Ends what is being done: the server stops.
    pub fn stop(&self) {
        if let Some(work) = self.work() {
            work.pace.end();
        }
    }

    /// A backup of this moment as one stream, with everything inside. Blocks for long.
    pub fn stream(&self, out: &mut dyn Write) -> Result<()> {
        backup::write(&self.store, &self.making(clock::now(), &self.store.pace()), Bytes::Inside, out).map(drop)
    }

    fn making<'m>(&'m self, created_at: Millis, pace: &'m Pace) -> Making<'m> {
        Making {
            version: env!("CARGO_PKG_VERSION"),
            created_at,
            data: Some(&self.data),
            configuration: self.configuration.as_deref(),
            backups: Some(&self.plan.folder),
            pace,
        }
    }

    fn make(&self, kind: Kind, work: &Work) -> Result<Kept> {
        let folder = &self.plan.folder;
        make_folder(folder, &self.data)?;
        kept::remove_drafts(folder)?;
        if kind == Kind::Nightly {
            kept::note_try(folder)?;
        }
        let before = self.list()?;
        let created_at = clock::now();
        let expected = before.first().map_or_else(|| self.database_bytes(), |kept| kept.bytes);
        work.total_bytes.store(expected, Ordering::Relaxed);
        spread::need_room(folder, expected)?;
        let name = kept::free_name(folder, created_at, kind);
        let is_encrypted = !self.plan.age_recipients.is_empty();
        let is_doubtful = before.first().is_some_and(|kept| kept.problem.is_some());
        let mut contents = Contents::open(&self.data, folder, &self.plan.age_recipients, &work.pace, is_doubtful)?;
        let draft = folder.join(format!("{name}.partial"));
        let out = Spread::create(&draft)?;
        let making = self.making(created_at, &work.pace);
        let written = match is_encrypted {
            false => self.write_plain(&making, &mut contents, out).map(|(summary, lies)| (summary, lies, None)),
            true => self.write_encrypted(&making, &mut contents, out),
        };
        let (summary, lies, proven) = written.inspect_err(|_| drop(fs::remove_file(&draft)))?;
        let mut kept = Kept {
            file: folder.join(kept::file_name(&name, is_encrypted)),
            name,
            kind,
            created_at,
            version: summary.header.version.clone(),
            schema: summary.header.schema,
            last_id: summary.header.last_id,
            rows: summary.rows,
            files: summary.blobs,
            file_bytes: summary.blob_bytes,
            bytes: lies.bytes,
            added_bytes: lies.bytes + contents.added_bytes(),
            sha256: backup::hex(&lies.sha256),
            encrypted: is_encrypted,
            verified_at: None,
            verified: None,
            problem: None,
            took_ms: 0,
        };
        // What is known of it comes first: without that it would be taken for one that somebody put here, and stay for ever.
        let entries = contents.into_entries();
        kept.save(&entries).inspect_err(|_| drop(fs::remove_file(&draft)))?;
        fs::rename(&draft, &kept.file)?;
        fs::File::open(folder)?.sync_all()?;
        self.check(&mut kept, &entries, work, proven)?;
        kept.took_ms = clock::now().saturating_sub(created_at);
        kept.save(&entries)?;
        if kept.problem.is_none() && kind == Kind::Nightly {
            self.rotate()?;
        }
        Ok(kept)
    }

    fn write_plain(
        &self,
        making: &Making,
        contents: &mut Contents,
        mut out: Spread,
    ) -> Result<(backup::Summary, spread::Lies)> {
        let summary = backup::write(&self.store, making, Bytes::Beside(&mut |held| contents.keep(held)), &mut out)?;
        Ok((summary, out.finish()?))
    }

    /// Encrypts while the plain text is restored on trial beside it: later there is nobody here who could read it.
    fn write_encrypted(
        &self,
        making: &Making,
        contents: &mut Contents,
        out: Spread,
    ) -> Result<(backup::Summary, spread::Lies, Option<Result<How>>)> {
        let (reader, plain) = io::pipe()?;
        let (folder, pace) = (self.trial_folder(), making.pace.clone());
        std::thread::scope(|scope| {
            let tried = scope.spawn(move || proof::of_plain_stream(reader, &folder, &pace));
            let mut both =
                Both { one: crate::age::Sealing::begin(out, &self.plan.age_recipients)?, other: Some(plain) };
            let written = backup::write(&self.store, making, Bytes::Beside(&mut |held| contents.keep(held)), &mut both);
            // Without its end the other side waits for ever.
            let Both { one, other } = both;
            drop(other);
            let tried = tried.join().unwrap_or_else(|_| Err(Fault::new("the trial panicked").into()));
            let summary = written?;
            let lies = one.finish()?.finish()?;
            Ok((summary, lies, Some(tried)))
        })
    }

    fn verify(&self, name: &str, work: &Work) -> Result<Kept> {
        let mut kept = self.list()?.into_iter().find(|kept| kept.name == name).ok_or_else(error::not_found)?;
        let entries = kept.entries()?;
        self.check(&mut kept, &entries, work, None)?;
        kept.save(&entries)?;
        Ok(kept)
    }

    /// Notes in `kept` whether it stands its check. Only an end of the server is an error.
    fn check(
        &self,
        kept: &mut Kept,
        entries: &BTreeMap<[u8; 32], Entry>,
        work: &Work,
        proven: Option<Result<How>>,
    ) -> Result<()> {
        work.is_checking.store(true, Ordering::Relaxed);
        work.from_bytes.store(work.pace.done_bytes(), Ordering::Relaxed);
        // Its rows twice: as they are put into the database, and as they are read there.
        work.total_bytes.store(2 * kept.bytes + kept.file_bytes, Ordering::Relaxed);
        let read = proof::of(kept, entries, &self.trial_folder(), &work.pace);
        if work.pace.is_ended() {
            return Err(error::busy().into());
        }
        let proven = proven.unwrap_or(Ok(How::Read));
        match read.and_then(|how| Ok(how.max(proven?))) {
            Ok(how) => {
                (kept.verified_at, kept.verified, kept.problem) = (Some(clock::now()), Some(how), None);
            }
            Err(error) => {
                tracing::error!(backup = kept.name, %error, "a backup did not stand its check");
                kept.problem = Some(error.to_string());
            }
        }
        Ok(())
    }

    fn rotate(&self) -> Result<()> {
        let kept = self.list()?;
        for name in rotation::over(&kept, self.plan.keep_daily, self.plan.keep_weekly, schedule::offset_ms) {
            if let Some(kept) = kept.iter().find(|kept| kept.name == name) {
                kept.remove()?;
            }
        }
        contents::sweep(&self.plan.folder, &self.list()?)
    }

    /// Where backups are restored on trial: on the data's own disk, which has locks and may see what is not encrypted.
    fn trial_folder(&self) -> PathBuf {
        self.data.join(TRIAL)
    }

    fn database_bytes(&self) -> u64 {
        fs::metadata(self.data.join(DATABASE)).map_or(0, |found| found.len() / 2)
    }
}

impl Work {
    pub fn is_checking(&self) -> bool {
        self.is_checking.load(Ordering::Relaxed)
    }

    /// How far it is, from 0 to 99: what is still to come is an estimate.
    pub fn percent(&self) -> u64 {
        let total = self.total_bytes.load(Ordering::Relaxed).max(1);
        let done = self.pace.done_bytes().saturating_sub(self.from_bytes.load(Ordering::Relaxed));
        (done.saturating_mul(100) / total).min(99)
    }

    /// Whether it was told to end.
    pub fn is_ended(&self) -> bool {
        self.pace.is_ended()
    }
}

/// Writes to two places.
struct Both<W: Write, O> {
    one: W,
    /// None, after it did not want more: who reads there says why.
    other: Option<O>,
}

impl<W: Write, O: Write> Write for Both<W, O> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.one.write_all(bytes)?;
        if let Some(other) = &mut self.other
            && other.write_all(bytes).is_err()
        {
            self.other = None;
        }
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        self.one.flush()
    }
}

/// Makes the folder, but not the one it lies in: that of a disk that is not there would hide that it is missing.
fn make_folder(folder: &Path, data: &Path) -> Result<()> {
    match fs::DirBuilder::new().mode(0o700).create(folder) {
        Ok(()) => Ok(give_to_owner(&fs::File::open(folder)?, data)?),
        Err(error) if error.kind() == io::ErrorKind::AlreadyExists => Ok(()),
        Err(error) => {
            let detail = format!("The folder of backups {} cannot be made: {error}.", folder.display());
            Err(Refusal::new(503, "configuration", detail).into())
        }
    }
}

fn damaged(why: &str) -> crate::error::Error {
    Refusal::new(422, "damaged_backup", format!("This backup cannot be used: {why}. Take another one.")).into()
}

fn held<T>(lock: &Mutex<T>) -> MutexGuard<'_, T> {
    lock.lock().unwrap_or_else(PoisonError::into_inner)
}
