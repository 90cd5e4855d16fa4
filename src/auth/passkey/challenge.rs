//! What a device is to sign: random, for one thing, once, within five minutes. In memory only.
use super::Site;
use crate::error::{self, Refusal};
use crate::id::{self, Id};
use crate::limits;
use std::collections::HashMap;
use std::sync::Mutex;
use std::time::Instant;

#[derive(Default)]
pub struct Challenges {
    open: Mutex<HashMap<String, Challenge>>,
}

/// A question to a device.
#[derive(Debug, Clone)]
pub struct Challenge {
    /// As the device says it back: 32 random bytes in base64url.
    pub text: String,
    pub purpose: Purpose,
    /// The server's name, and the origin of its page, under which it was asked.
    pub host: String,
    pub origin: String,
    since: Instant,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Purpose {
    /// A new passkey of this person.
    Register(Id),
    SignIn,
}

impl Challenges {
    /// Asks: the number of the question, and the question.
    pub fn ask(&self, purpose: Purpose, site: &Site) -> Result<(String, Challenge), Refusal> {
        let mut open = self.open.lock().expect(UNPOISONED);
        if open.len() >= limits::CHALLENGES_MAX {
            open.retain(|_, challenge| challenge.since.elapsed() < limits::CHALLENGE_LIFE);
        }
        if open.len() >= limits::CHALLENGES_MAX {
            return Err(error::busy());
        }
        let challenge = Challenge {
            text: id::secret::<32>(),
            purpose,
            host: site.host.clone(),
            origin: site.origin.clone(),
            since: Instant::now(),
        };
        let number = id::secret::<16>();
        open.insert(number.clone(), challenge.clone());
        Ok((number, challenge))
    }

    /// Takes a question back, whatever the answer to it turns out to be: each is answered once.
    pub fn take(&self, number: &str, purpose: Purpose) -> Result<Challenge, Refusal> {
        let taken = self.open.lock().expect(UNPOISONED).remove(number);
        let good =
            |challenge: &Challenge| challenge.since.elapsed() < limits::CHALLENGE_LIFE && challenge.purpose == purpose;
        taken
            .filter(good)
            .ok_or_else(|| Refusal::new(409, "passkey_late", "This took too long, or was answered already. Try again."))
    }
}

const UNPOISONED: &str = "nothing panics while it holds this lock";

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_question_is_answered_once_and_for_what_it_was_asked() {
        let challenges = Challenges::default();
        let site = Site { host: "box.local".into(), origin: "https://box.local".into() };
        let ask = |purpose| challenges.ask(purpose, &site).unwrap().0;
        let number = ask(Purpose::SignIn);
        assert_eq!(challenges.take(&number, Purpose::SignIn).unwrap().text.len(), 43);
        assert!(challenges.take(&number, Purpose::SignIn).is_err());
        let number = ask(Purpose::Register(7));
        assert!(challenges.take(&number, Purpose::Register(8)).is_err());
        assert!(challenges.take(&number, Purpose::Register(7)).is_err(), "it is gone whoever asked");
        assert!(challenges.take("nothing", Purpose::SignIn).is_err());
    }
}
