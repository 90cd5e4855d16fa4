//! The keys that sign access tokens: Ed25519, each in a file of its own that no backup carries, a new one every ninety days.
use crate::clock::Millis;
use crate::error::{Fault, Refusal, Result};
use crate::limits;
use crate::store::{self, disk};
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use ring::rand::SystemRandom;
use ring::signature::{ED25519, Ed25519KeyPair, KeyPair, UnparsedPublicKey};
use sha2::{Digest, Sha256};
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex};

/// What the folder in the data folder is called.
const FOLDER: &str = "keys";

/// The keys of a data folder, the newest first. There is none before the first token is asked for.
pub struct Signing {
    folder: PathBuf,
    keys: Mutex<Arc<[Arc<SigningKey>]>>,
}

pub struct SigningKey {
    /// What tokens call it: a hash of the public key.
    pub id: String,
    pub made_at: Millis,
    pair: Ed25519KeyPair,
}

impl Signing {
    /// Reads what is there; refuses a folder or a file that others may read (S50).
    pub fn open(data: &Path) -> Result<Signing> {
        let folder = data.join(FOLDER);
        let mut keys = Vec::new();
        if folder.exists() {
            store::make_folder(&folder)?;
            for entry in fs::read_dir(&folder)? {
                let path = entry?.path();
                if let Some(made_at) = path.file_name().and_then(|name| made_at(name.to_str()?))
                    && let Some(bytes) = disk::read(&path)?
                {
                    keys.push(Arc::new(SigningKey::read(made_at, &bytes).map_err(|_| damaged(&path))?));
                }
            }
        }
        keys.sort_by_key(|key| std::cmp::Reverse(key.made_at));
        Ok(Signing { folder, keys: Mutex::new(keys.into()) })
    }

    /// All that verify, the newest first.
    pub fn all(&self) -> Arc<[Arc<SigningKey>]> {
        self.keys.lock().expect(UNPOISONED).clone()
    }

    /// The key of a name.
    pub fn find(&self, id: &str) -> Option<Arc<SigningKey>> {
        self.all().iter().find(|key| key.id == id).cloned()
    }

    /// The key that signs now; makes one where there is none or the newest is too old. Blocks.
    pub fn current(&self, now: Millis) -> Result<Arc<SigningKey>> {
        let mut keys = self.keys.lock().expect(UNPOISONED);
        if let Some(newest) = keys.first()
            && now < newest.made_at + limits::SIGNING_KEY_LIFE_MS
        {
            return Ok(newest.clone());
        }
        let made = Arc::new(self.make(now)?);
        *keys = std::iter::once(made.clone()).chain(keys.iter().cloned()).collect();
        Ok(made)
    }

    /// Forgets keys whose tokens are all over. Blocks.
    pub fn tidy(&self, now: Millis) -> Result<()> {
        let mut keys = self.keys.lock().expect(UNPOISONED);
        let is_over =
            |key: &SigningKey| now > key.made_at + limits::SIGNING_KEY_LIFE_MS + limits::SIGNING_KEY_OVERLAP_MS;
        if !keys.iter().any(|key| is_over(key)) {
            return Ok(());
        }
        for key in keys.iter().filter(|key| is_over(key)) {
            fs::remove_file(self.folder.join(name(key.made_at)))?;
        }
        *keys = keys.iter().filter(|key| !is_over(key)).cloned().collect();
        Ok(())
    }

    fn make(&self, now: Millis) -> Result<SigningKey> {
        store::make_folder(&self.folder)?;
        store::give_to_owner(&fs::File::open(&self.folder)?, self.folder.parent().unwrap_or(&self.folder))?;
        let bytes = Ed25519KeyPair::generate_pkcs8(&SystemRandom::new()).map_err(Fault::new)?;
        disk::write(&self.folder, &name(now), bytes.as_ref())?;
        SigningKey::read(now, bytes.as_ref())
    }
}

impl SigningKey {
    fn read(made_at: Millis, bytes: &[u8]) -> Result<SigningKey> {
        let pair = Ed25519KeyPair::from_pkcs8(bytes).map_err(Fault::new)?;
        let id = URL_SAFE_NO_PAD.encode(&Sha256::digest(pair.public_key().as_ref())[..12]);
        Ok(SigningKey { id, made_at, pair })
    }

    pub fn sign(&self, bytes: &[u8]) -> Vec<u8> {
        self.pair.sign(bytes).as_ref().to_vec()
    }

    pub fn verifies(&self, bytes: &[u8], signature: &[u8]) -> bool {
        UnparsedPublicKey::new(&ED25519, self.public()).verify(bytes, signature).is_ok()
    }

    /// The public half, which anybody may know.
    pub fn public(&self) -> &[u8] {
        self.pair.public_key().as_ref()
    }
}

fn name(made_at: Millis) -> String {
    format!("jwt-{made_at}.der")
}

/// When the key of a file was made; none for what is no key of ours.
fn made_at(name: &str) -> Option<Millis> {
    name.strip_prefix("jwt-")?.strip_suffix(".der")?.parse().ok()
}

fn damaged(path: &Path) -> Refusal {
    let detail = format!("{0} is no key. Remove it: who holds tokens signs in again.", path.display());
    Refusal::new(503, "damaged", detail)
}

const UNPOISONED: &str = "nothing panics while it holds this lock";

#[cfg(test)]
mod tests {
    use super::*;
    use std::os::unix::fs::PermissionsExt;

    const DAY: Millis = 24 * limits::HOUR_MS;

    #[test]
    fn s24_keys_are_their_owners_alone_and_change_every_ninety_days_with_overlap() {
        let data = tempfile::tempdir().unwrap();
        let signing = Signing::open(data.path()).unwrap();
        assert!(signing.all().is_empty() && !data.path().join("keys").exists(), "none before the first token");
        let first = signing.current(1_000).unwrap();
        assert_eq!(signing.current(1_000 + 89 * DAY).unwrap().id, first.id);
        let mode = |path: &str| fs::metadata(data.path().join(path)).unwrap().permissions().mode() & 0o777;
        assert_eq!((mode("keys"), mode("keys/jwt-1000.der")), (0o700, 0o600));

        let later = 1_000 + 90 * DAY;
        let second = signing.current(later).unwrap();
        assert_ne!(second.id, first.id);
        let signature = first.sign(b"hello");
        assert!(signing.find(&first.id).unwrap().verifies(b"hello", &signature), "the old one still verifies");
        assert!(!second.verifies(b"hello", &signature) && !first.verifies(b"hellp", &signature));
        signing.tidy(later).unwrap();
        assert_eq!(signing.all().len(), 2);
        let reopened = Signing::open(data.path()).unwrap();
        assert_eq!(reopened.all().iter().map(|key| key.id.clone()).collect::<Vec<_>>(), [&*second.id, &*first.id]);
        signing.tidy(later + 2 * DAY).unwrap();
        assert!(signing.find(&first.id).is_none() && !data.path().join("keys/jwt-1000.der").exists());

        fs::set_permissions(data.path().join("keys"), fs::Permissions::from_mode(0o755)).unwrap();
        assert!(Signing::open(data.path()).is_err(), "a folder that others may enter");
        fs::set_permissions(data.path().join("keys"), fs::Permissions::from_mode(0o700)).unwrap();
        let file = data.path().join(format!("keys/jwt-{later}.der"));
        fs::set_permissions(&file, fs::Permissions::from_mode(0o644)).unwrap();
        assert!(Signing::open(data.path()).is_err(), "a key that others may read");
        fs::set_permissions(&file, fs::Permissions::from_mode(0o600)).unwrap();
        fs::write(&file, "no key").unwrap();
        assert!(Signing::open(data.path()).is_err());
    }
}
