//! Where the server's log goes, and how its lines look: for people, for programs, and for the journal.
use crate::config::{Log, LogFormat};
use std::io::{self, IsTerminal, Stderr, Write};
use tracing::{Level, Metadata};
use tracing_subscriber::filter::{LevelFilter, Targets};
use tracing_subscriber::fmt::MakeWriter;
use tracing_subscriber::layer::SubscriberExt;
use tracing_subscriber::util::SubscriberInitExt;

/// Begins to log to stderr.
pub fn start(log: &Log) {
    let ours = log.level.parse().unwrap_or(LevelFilter::INFO);
    // Of what Snug is built on only what goes wrong: their finer words hold headers and bytes of people (S54).
    let shown = Targets::new().with_default(ours.min(LevelFilter::WARN)).with_target("snug", ours);
    let lines = tracing_subscriber::fmt().with_max_level(LevelFilter::TRACE).with_target(false);
    match log.format {
        LogFormat::Json => lines.json().flatten_event(true).with_writer(io::stderr).finish().with(shown).init(),
        LogFormat::Text if is_journal() => {
            lines.without_time().with_level(false).with_ansi(false).with_writer(Journal).finish().with(shown).init();
        }
        LogFormat::Text => {
            lines.with_ansi(io::stderr().is_terminal()).with_writer(io::stderr).finish().with(shown).init();
        }
    }
}

/// Whether stderr leads to systemd's journal, which knows the time by itself.
fn is_journal() -> bool {
    let Some(stream) = std::env::var_os("JOURNAL_STREAM") else { return false };
    // "device:inode" (systemd.exec(5)): it may be that of a parent, whose stderr is not ours.
    let found = rustix::fs::fstat(rustix::stdio::stderr());
    found.is_ok_and(|found| stream.to_str() == Some(&format!("{}:{}", found.st_dev, found.st_ino)))
}

/// Lines that begin with how grave they are (sd-daemon(3)), so that `journalctl -p warning` finds them.
struct Journal;

/// One line's writer.
struct Line {
    priority: u8,
    begun: bool,
    to: Stderr,
}

impl<'w> MakeWriter<'w> for Journal {
    type Writer = Line;

    fn make_writer(&'w self) -> Line {
        Line { priority: 6, begun: false, to: io::stderr() }
    }

    fn make_writer_for(&'w self, about: &Metadata<'_>) -> Line {
        let priority = match *about.level() {
            Level::ERROR => 3,
            Level::WARN => 4,
            Level::INFO => 6,
            _ => 7,
        };
        Line { priority, begun: false, to: io::stderr() }
    }
}

impl Write for Line {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        if !self.begun {
            self.begun = true;
            // In one piece with what follows: others write too.
            let mut line = format!("<{}>", self.priority).into_bytes();
            line.extend_from_slice(bytes);
            self.to.write_all(&line)?;
            return Ok(bytes.len());
        }
        self.to.write(bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.to.flush()
    }
}
