//! What is asked of the person at the terminal: passwords, and whether something may be destroyed (S52).
use super::Done;
use super::failure::{Code, Failure};
use super::print::harmless;
use crate::limits;
use clap::Args;
use std::fs::File;
use std::io::{self, BufRead, IsTerminal, Read, Write, stdin};
use std::path::{Path, PathBuf};

/// Where a new password comes from. Never from an argument, which everybody on the machine can see.
#[derive(Args)]
pub struct NewPassword {
    /// Read the password from stdin, one line
    #[arg(long)]
    password_stdin: bool,
    /// Read the password from a file of one line
    #[arg(long, value_name = "FILE", conflicts_with = "password_stdin")]
    password_file: Option<PathBuf>,
}

/// As many bytes as the longest password can have, and its line's end.
const PASSWORD_BYTES_MAX: u64 = limits::PASSWORD_CHARS_MAX as u64 * 4 + 2;

impl NewPassword {
    pub fn read(&self) -> Result<String, Failure> {
        if let Some(path) = &self.password_file {
            let file = File::open(path).map_err(|error| Failure::file(&error, path))?;
            return one_line(file, &path.display().to_string());
        }
        if self.password_stdin {
            return one_line(stdin().lock(), "stdin");
        }
        if !stdin().is_terminal() {
            let line = "There is no terminal to ask for the password. Pipe it in with --password-stdin, or use --password-file FILE.";
            return Err(Failure::new(Code::Usage, line));
        }
        let ask = |prompt: &str| {
            rpassword::prompt_password(prompt)
                .map_err(|error| Failure::new(Code::InputOutput, format!("No password could be read: {error}")))
        };
        let password = ask("New password: ")?;
        if password != ask("Once more: ")? {
            return Err(Failure::new(Code::Usage, "The two passwords differ. Nothing was changed; try again."));
        }
        Ok(password)
    }
}

fn one_line(source: impl Read, name: &str) -> Result<String, Failure> {
    let mut bytes = Vec::new();
    let read = source.take(PASSWORD_BYTES_MAX + 1).read_to_end(&mut bytes);
    read.map_err(|error| Failure::file(&error, Path::new(name)))?;
    let refused = |why: &str| Failure::new(Code::Usage, format!("{why} Give one line with the password in {name}."));
    let text = String::from_utf8(bytes).map_err(|_| refused("The password is not UTF-8."))?;
    let line = text.strip_suffix('\n').map_or(text.as_str(), |line| line.strip_suffix('\r').unwrap_or(line));
    match line {
        "" => Err(refused("There is no password.")),
        line if line.contains('\n') => Err(refused("There is more than one line.")),
        line if line.len() as u64 >= PASSWORD_BYTES_MAX => Err(refused("This is too long for a password.")),
        line => Ok(line.to_owned()),
    }
}

/// Asks before something is destroyed. Where nobody can be asked, `--yes` must say it.
pub fn may_destroy(yes: bool, what: &str) -> Done {
    if yes {
        return Ok(());
    }
    need_somebody(yes)?;
    let mut out = io::stderr().lock();
    let mut answer = String::new();
    let asked = write!(out, "{} [y/N] ", harmless(what)).and_then(|()| out.flush());
    asked
        .and_then(|()| stdin().lock().take(100).read_line(&mut answer))
        .map_err(|error| Failure::new(Code::InputOutput, format!("No answer could be read: {error}")))?;
    match answer.trim().to_ascii_lowercase().as_str() {
        "y" | "yes" => Ok(()),
        _ => Err(Failure::new(Code::Usage, "Nothing was changed.")),
    }
}

/// Refuses at once where the question could not be asked later.
pub fn need_somebody(yes: bool) -> Done {
    match yes || (stdin().is_terminal() && io::stderr().is_terminal()) {
        true => Ok(()),
        false => Err(Failure::new(Code::Usage, "This destroys something, and there is no terminal to ask. Add --yes.")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_password_is_one_line() {
        let read = |text: &str| one_line(text.as_bytes(), "stdin").map_err(|failure| failure.code);
        assert_eq!(read("correct horse\n").unwrap(), "correct horse");
        assert_eq!(read(" spaces stay \r\n").unwrap(), " spaces stay ");
        assert_eq!(read("no end").unwrap(), "no end");
        for bad in ["", "\n", "two\nlines\n", &"x".repeat(600)] {
            assert_eq!(read(bad).unwrap_err(), Code::Usage, "{bad:?}");
        }
        assert!(one_line(&b"\xff\n"[..], "stdin").is_err());
    }
}
