//! Passwords: argon2id on a few threads of its own, so that a flood of logins neither takes the memory nor the other work.
use crate::error::{self, Fault, Refusal, Result};
use crate::limits;
use argon2::password_hash::phc::{Output, PasswordHash, Salt};
use argon2::{ARGON2ID_IDENT, Algorithm, Argon2, Block, Params, Version};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::mpsc::{Receiver, RecvTimeoutError, SyncSender, TrySendError, sync_channel};
use std::sync::{Arc, Mutex};
use std::time::Duration;
use tokio::sync::oneshot;
use unicode_normalization::UnicodeNormalization;

/// The threads that hash, and the queue before them.
#[derive(Clone)]
pub struct Passwords {
    queue: SyncSender<Task>,
    min_chars: Arc<AtomicUsize>,
}

/// How a password compared with the stored hash.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Verdict {
    pub right: bool,
    /// It was hashed with weaker parameters than today's.
    pub outdated: bool,
}

/// What it costs to try one password.
#[derive(Debug, Clone, Copy)]
pub struct Cost {
    pub memory_kib: u32,
    pub iterations: u32,
}

enum Task {
    /// Without a context a weak password is not refused.
    Hash {
        password: String,
        context: Option<Vec<String>>,
        answer: oneshot::Sender<Result<String>>,
    },
    Verify {
        password: String,
        stored: Option<String>,
        answer: oneshot::Sender<Result<Verdict>>,
    },
}

/// How long a worker keeps its memory after the last password.
const MEMORY_KEPT: Duration = Duration::from_secs(5);
/// zxcvbn's least score that is accepted (S13): "safely unguessable".
const SCORE_MIN: u8 = 3;
const HASH_BYTES: usize = 32;

impl Passwords {
    /// Starts one worker for every two cores.
    pub fn start(cost: Cost, min_chars: usize) -> Result<Passwords> {
        let params = Params::new(cost.memory_kib, cost.iterations, 1, Some(HASH_BYTES)).map_err(Fault::new)?;
        let (queue, tasks) = sync_channel(limits::HASH_QUEUE);
        let tasks = Arc::new(Mutex::new(tasks));
        let workers = std::thread::available_parallelism().map_or(1, |cores| (cores.get() / 2).max(1));
        for _ in 0..workers {
            let (tasks, params) = (tasks.clone(), params.clone());
            std::thread::Builder::new().name("snug-password".into()).spawn(move || work(&tasks, &params))?;
        }
        Ok(Passwords { queue, min_chars: Arc::new(AtomicUsize::new(min_chars)) })
    }

    /// What a new password needs from now on.
    pub fn set_min_chars(&self, least: usize) {
        self.min_chars.store(least, Ordering::Relaxed);
    }

    /// Hashes a new password; refuses short, overlong and guessable ones. `context`: words that make it easy to guess.
    pub async fn hash(&self, password: &str, context: &[&str]) -> Result<String> {
        let password = normal(password);
        let chars = password.chars().count();
        let least = self.min_chars.load(Ordering::Relaxed);
        if chars < least {
            let detail = format!("A password has at least {least} characters. Four or more words work well.");
            return Err(weak(detail).into());
        }
        if chars > limits::PASSWORD_CHARS_MAX {
            return Err(weak("A password has at most 128 characters.").into());
        }
        let context = context.iter().map(|word| (*word).to_owned()).collect();
        self.run(|answer| Task::Hash { password, context: Some(context), answer }).await
    }

    /// Hashes a password that is in use with today's parameters.
    pub async fn rehash(&self, password: &str) -> Result<String> {
        let password = normal(password);
        self.run(|answer| Task::Hash { password, context: None, answer }).await
    }

    /// Compares; without a stored hash the answer takes as long and is no (S14).
    pub async fn verify(&self, password: &str, stored: Option<String>) -> Result<Verdict> {
        let password = normal(password);
        if password.chars().count() > limits::PASSWORD_CHARS_MAX {
            return Ok(Verdict { right: false, outdated: false });
        }
        self.run(|answer| Task::Verify { password, stored, answer }).await
    }

    async fn run<T>(&self, task: impl FnOnce(oneshot::Sender<Result<T>>) -> Task) -> Result<T> {
        let (sender, answer) = oneshot::channel();
        self.queue.try_send(task(sender)).map_err(|error| match error {
            TrySendError::Full(_) | TrySendError::Disconnected(_) => error::busy(),
        })?;
        answer.await.unwrap_or_else(|_| Err(Fault::new("a password worker stopped").into()))
    }
}

fn weak(detail: impl Into<std::borrow::Cow<'static, str>>) -> Refusal {
    Refusal::new(422, "weak_password", detail).field("password")
}

fn normal(password: &str) -> String {
    password.nfc().collect()
}

fn work(tasks: &Mutex<Receiver<Task>>, params: &Params) {
    let mut memory: Vec<Block> = Vec::new();
    loop {
        let task = tasks.lock().expect("a worker holds this lock only to wait").recv_timeout(MEMORY_KEPT);
        match task {
            Ok(Task::Hash { password, context, answer }) => {
                let hashed =
                    check_strength(&password, context.as_deref()).and_then(|()| hash(&password, params, &mut memory));
                let _ = answer.send(hashed);
            }
            Ok(Task::Verify { password, stored, answer }) => {
                let _ = answer.send(verify(&password, stored.as_deref(), params, &mut memory));
            }
            Err(RecvTimeoutError::Timeout) => memory = Vec::new(),
            Err(RecvTimeoutError::Disconnected) => return,
        }
    }
}

fn check_strength(password: &str, context: Option<&[String]>) -> Result<()> {
    let Some(context) = context else { return Ok(()) };
    let context: Vec<&str> = context.iter().map(String::as_str).collect();
    let estimate = zxcvbn::zxcvbn(password, &context);
    if u8::from(estimate.score()) < SCORE_MIN {
        let hint = estimate.feedback().and_then(|feedback| feedback.warning()).map(|warning| format!(" {warning}"));
        let detail =
            format!("This password is too easy to guess.{} Four or more words work well.", hint.unwrap_or_default());
        return Err(weak(detail).into());
    }
    Ok(())
}

fn hash(password: &str, params: &Params, memory: &mut Vec<Block>) -> Result<String> {
    let mut salt = [0; 16];
    getrandom::fill(&mut salt).map_err(Fault::new)?;
    let output = argon2id(password, &salt, params, memory)?;
    let stored = PasswordHash {
        algorithm: ARGON2ID_IDENT,
        version: Some(Version::V0x13.into()),
        params: params.try_into().map_err(Fault::new)?,
        salt: Some(Salt::new(&salt).map_err(Fault::new)?),
        hash: Some(output),
    };
    Ok(stored.to_string())
}

fn verify(password: &str, stored: Option<&str>, today: &Params, memory: &mut Vec<Block>) -> Result<Verdict> {
    let no = Verdict { right: false, outdated: false };
    let Some(stored) = stored else {
        argon2id(password, &[0; 16], today, memory)?;
        return Ok(no);
    };
    let stored = PasswordHash::new(stored).map_err(Fault::new)?;
    let (Some(salt), Some(expected)) = (&stored.salt, &stored.hash) else { return Ok(no) };
    let params = Params::try_from(&stored).map_err(Fault::new)?;
    let right = argon2id(password, salt.as_ref(), &params, memory)? == *expected;
    let outdated = params.m_cost() < today.m_cost() || params.t_cost() < today.t_cost();
    Ok(Verdict { right, outdated })
}

fn argon2id(password: &str, salt: &[u8], params: &Params, memory: &mut Vec<Block>) -> Result<Output> {
    let blocks = params.block_count();
    if memory.len() < blocks {
        memory.resize(blocks, Block::default());
    }
    let mut output = [0; HASH_BYTES];
    Argon2::new(Algorithm::Argon2id, Version::V0x13, params.clone())
        .hash_password_into_with_memory(password.as_bytes(), salt, &mut output, &mut memory[..blocks])
        .map_err(Fault::new)?;
    Ok(Output::new(&output).map_err(Fault::new)?)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn s12_hashes_are_argon2id_and_only_the_right_password_opens_them() {
        let cost = Cost { memory_kib: 64, iterations: 1 };
        let passwords = Passwords::start(cost, 12).unwrap();
        let stored = passwords.hash("maple tundra coral ninety", &["ada"]).await.unwrap();
        assert!(stored.starts_with("$argon2id$v=19$m=64,t=1,p=1$"), "{stored}");
        let yes = passwords.verify("maple tundra coral ninety", Some(stored.clone())).await.unwrap();
        assert_eq!(yes, Verdict { right: true, outdated: false });
        assert!(!passwords.verify("maple tundra coral ninetz", Some(stored.clone())).await.unwrap().right);
        assert!(!passwords.verify("maple tundra coral ninety", None).await.unwrap().right);
        let stronger = Passwords::start(Cost { memory_kib: 128, ..cost }, 12).unwrap();
        assert!(stronger.verify("maple tundra coral ninety", Some(stored)).await.unwrap().outdated);
    }

    #[tokio::test]
    async fn s13_short_overlong_and_guessable_passwords_are_refused() {
        let passwords = Passwords::start(Cost { memory_kib: 64, iterations: 1 }, 12).unwrap();
        for bad in ["elevenchars", "aaaaaaaaaaaaaaaa", "password123456", &"x7".repeat(65)] {
            let refused = passwords.hash(bad, &[]).await.unwrap_err();
            assert!(matches!(refused, crate::error::Error::Refused(Refusal { code: "weak_password", .. })), "{bad}");
        }
        assert!(passwords.hash("übergroße Fähre am Kai", &[]).await.is_ok());
    }
}
