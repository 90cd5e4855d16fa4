//! The one-time code with which the first owner makes themselves known. It lives in memory only: a restart prints another, or
//! reads again the file of whoever set the machine up.
use crate::error::{Refusal, Result};
use crate::id;
use crate::limits;
use std::fs;
use std::path::Path;
use std::sync::Mutex;
use std::time::Instant;

/// The code of this start, until it is used or a day old.
pub struct Setup {
    code: Mutex<Option<Held>>,
}

struct Held {
    code: String,
    since: Instant,
    is_given: bool,
}

impl Setup {
    /// With a code of the operator's, if there is a file with one.
    pub fn open(file: Option<&Path>) -> Result<Self> {
        let given = file.map(given).transpose()?;
        Ok(Setup { code: Mutex::new(given.map(|code| Held { code, since: Instant::now(), is_given: true })) })
    }

    /// The code, made anew if there is none or it is too old; and whether somebody chose it, who knows it.
    pub fn code(&self) -> (String, bool) {
        let mut held = self.code.lock().expect("nothing panics while it holds this lock");
        match &*held {
            Some(held) if held.since.elapsed() < limits::SETUP_LIFE => (held.code.clone(), held.is_given),
            _ => {
                let code = id::secret::<20>();
                *held = Some(Held { code: code.clone(), since: Instant::now(), is_given: false });
                (code, false)
            }
        }
    }

    /// Refuses a code that is not the present one.
    pub fn check(&self, code: &str) -> Result<()> {
        let held = self.code.lock().expect("nothing panics while it holds this lock");
        match &*held {
            // Hashes are compared, so that the time tells nothing of the code.
            Some(held)
                if held.since.elapsed() < limits::SETUP_LIFE
                    && id::secret_hash(&held.code) == id::secret_hash(code) =>
            {
                Ok(())
            }
            _ => Err(Refusal::new(
                403,
                "wrong_code",
                "This setup link no longer works. The server prints the present one when it starts.",
            )
            .field("code")
            .into()),
        }
    }
}

/// Of a file: the code alone. It stands in a link, and nobody may guess it.
fn given(file: &Path) -> Result<String> {
    let shown = file.display();
    let refused = |why: String| Refusal::new(503, "configuration", format!("auth.setup_code_file: {shown} {why}"));
    let text = fs::read_to_string(file).map_err(|error| refused(format!("cannot be read: {error}")))?;
    let code = text.trim();
    let is_plain = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_');
    match limits::SETUP_CODE_CHARS.contains(&code.len()) && code.bytes().all(is_plain) {
        true => Ok(code.to_owned()),
        false => Err(refused(format!(
            "must hold {} to {} letters, digits, - and _ that nobody can guess: openssl rand -hex 20",
            limits::SETUP_CODE_CHARS.start(),
            limits::SETUP_CODE_CHARS.end()
        ))
        .into()),
    }
}
