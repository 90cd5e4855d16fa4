//! What is said when something panics, and when the process ends by it.
use super::failure::Code;
use std::cell::Cell;
use std::panic::PanicHookInfo;

thread_local! {
    /// Whether what panicked last in this thread is the database's.
    static IN_DATABASE: Cell<bool> = const { Cell::new(false) };
}

/// What the standard library says before it aborts: of a panic while another one unwinds, and of one that may not unwind.
const ENDS: [&str; 2] = ["panic in a destructor during cleanup", "panic in a function that cannot unwind"];

/// For a command: what panics is said as ever.
pub fn watch() {
    let usual = std::panic::take_hook();
    std::panic::set_hook(Box::new(move |panic| {
        usual(panic);
        end_with_a_word(panic);
    }));
}

/// For the server. A panic's own words may hold what people wrote, as those of a slice out of bounds do: only the place is told
/// (S54).
pub fn hush() {
    std::panic::set_hook(Box::new(|panic| {
        let place = panic.location().map(ToString::to_string).unwrap_or_default();
        tracing::error!(place, "something panicked");
        end_with_a_word(panic);
    }));
}

/// Over pages with certain damages redb panics in a commit, and again while that unwinds. That would end the process by a signal and
/// without a word (R6); nothing can stop it, so it ends here, as over other damages.
fn end_with_a_word(panic: &PanicHookInfo) {
    let said = panic.payload().downcast_ref::<&str>();
    if !said.is_some_and(|said| ENDS.contains(said)) {
        IN_DATABASE.set(panic.location().is_some_and(|place| place.file().contains("redb-")));
        return;
    }
    let (line, code) = match IN_DATABASE.get() {
        true => (
            "The database is damaged (its pages make no sense). Look at it with: snug check; or restore a backup: snug backup \
             restore FILE --force",
            Code::Damaged,
        ),
        false => (
            "Snug failed by a mistake of its own. What was acknowledged is on disk: start it again, and please report this with \
             the lines of the log before it.",
            Code::Software,
        ),
    };
    eprintln!("snug: {line}");
    std::process::exit(code as i32)
}

#[cfg(test)]
mod tests {
    use std::process::Command;

    /// Panics when it is dropped, as redb does over certain pages.
    struct Torn;

    impl Drop for Torn {
        fn drop(&mut self) {
            panic!("and once more");
        }
    }

    #[test]
    fn r6_a_panic_within_a_panic_ends_with_a_word_and_its_code() {
        let mut itself = Command::new(std::env::current_exe().unwrap());
        let story = "cli::panics::tests::torn_twice";
        let ended = itself.args(["--exact", story, "--ignored", "--nocapture"]).env(ALONE, "1").output().unwrap();
        let said = String::from_utf8_lossy(&ended.stderr).into_owned();
        assert_eq!(ended.status.code(), Some(70), "{said}");
        let lines: Vec<&str> = said.lines().filter(|line| line.starts_with("snug: ")).collect();
        assert!(lines.len() == 1 && lines[0].contains("start it again"), "{said}");
    }

    /// Set in a process that may end.
    const ALONE: &str = "SNUG_TEST_ALONE";

    #[test]
    #[ignore = "ends its process: another test starts it"]
    fn torn_twice() {
        if std::env::var_os(ALONE).is_none() {
            return;
        }
        super::watch();
        // One that is caught ends nothing.
        assert!(std::panic::catch_unwind(|| panic!("by itself")).is_err());
        let _torn = Torn;
        panic!("once");
    }
}
