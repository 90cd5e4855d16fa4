//! The one-time code with which the first owner makes themselves known. It lives in memory only: a restart prints another.
use crate::error::{Refusal, Result};
use crate::id;
use crate::limits;
use std::sync::Mutex;
use std::time::Instant;

/// The code of this start, until it is used or a day old.
pub struct Setup {
    code: Mutex<Option<(String, Instant)>>,
}

impl Setup {
    pub fn new() -> Self {
        Setup { code: Mutex::new(None) }
    }

    /// The code, made anew if there is none or it is too old. Whether it is new.
    pub fn code(&self) -> (String, bool) {
        let mut held = self.code.lock().expect("nothing panics while it holds this lock");
        match &*held {
            Some((code, since)) if since.elapsed() < limits::SETUP_LIFE => (code.clone(), false),
            _ => {
                let code = id::secret::<20>();
                *held = Some((code.clone(), Instant::now()));
                (code, true)
            }
        }
    }

    /// Refuses a code that is not the present one.
    pub fn check(&self, code: &str) -> Result<()> {
        let held = self.code.lock().expect("nothing panics while it holds this lock");
        match &*held {
            // Hashes are compared, so that the time tells nothing of the code.
            Some((right, since))
                if since.elapsed() < limits::SETUP_LIFE && id::secret_hash(right) == id::secret_hash(code) =>
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

impl Default for Setup {
    fn default() -> Self {
        Setup::new()
    }
}
