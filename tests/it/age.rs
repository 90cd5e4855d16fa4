//! Encryption of backups, judged by the program `age` itself, in both directions.
use snug::age::{Identity, Opening, Recipient, Sealing};
use std::fs;
use std::io::{Read, Write};
use std::path::Path;
use std::process::{Command, Stdio};

/// Whether the judge is here; a test that it cannot judge says so.
pub fn judge() -> bool {
    let is_here = Command::new("age").arg("--version").stdout(Stdio::null()).status().is_ok();
    if !is_here {
        println!("skipped: there is no program age here (Debian: apt-get install age)");
    }
    is_here
}

/// A new identity in a file, and who may be written to for it.
pub fn keys(folder: &Path) -> (String, String) {
    let file = folder.join("identity.txt");
    let made = Command::new("age-keygen").arg("-o").arg(&file).output().unwrap();
    assert!(made.status.success());
    let text = fs::read_to_string(&file).unwrap();
    let recipient = text.lines().find_map(|line| line.strip_prefix("# public key: ")).unwrap().to_owned();
    (file.display().to_string(), recipient)
}

/// What age makes of a file.
pub fn decrypted(identity: &str, file: &Path) -> Result<Vec<u8>, String> {
    let ran = Command::new("age").args(["--decrypt", "-i", identity]).arg(file).output().unwrap();
    if ran.status.success() { Ok(ran.stdout) } else { Err(String::from_utf8_lossy(&ran.stderr).into_owned()) }
}

#[test]
fn s57_age_opens_what_snug_sealed_and_snug_opens_what_age_sealed() {
    if !judge() {
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    let (identity, recipient) = keys(folder.path());
    let other = folder.path().join("other");
    fs::create_dir(&other).unwrap();
    let (other_identity, other_recipient) = keys(&other);
    let to: Vec<Recipient> = [&recipient, &other_recipient].map(|text| text.parse().unwrap()).into();
    for length in [0_usize, 1, 65_535, 65_536, 65_537, 131_072, 1_000_000] {
        let plain: Vec<u8> = (0..length).map(|at| (at.wrapping_mul(2_654_435_761) >> 9) as u8).collect();
        let file = folder.path().join("sealed");
        let mut sealing = Sealing::begin(fs::File::create(&file).unwrap(), &to).unwrap();
        sealing.write_all(&plain).unwrap();
        sealing.finish().unwrap();
        for identity in [&identity, &other_identity] {
            assert!(decrypted(identity, &file).unwrap() == plain, "{length}");
        }
        // The other way, with a recipient between that Snug does not know of.
        let mut age = Command::new("age");
        age.args(["-r", &other_recipient, "-r", &recipient, "-o"]).arg(&file).stdin(Stdio::piped());
        let mut child = age.spawn().unwrap();
        child.stdin.take().unwrap().write_all(&plain).unwrap();
        assert!(child.wait().unwrap().success());
        let identities = Identity::all_of(&fs::read_to_string(&identity).unwrap()).unwrap();
        let mut opened = Vec::new();
        Opening::begin(fs::File::open(&file).unwrap(), &identities).unwrap().read_to_end(&mut opened).unwrap();
        assert!(opened == plain, "{length}");
    }
    let third = folder.path().join("third");
    fs::create_dir(&third).unwrap();
    let (stranger, _) = keys(&third);
    let identities = Identity::all_of(&fs::read_to_string(&stranger).unwrap()).unwrap();
    let refused = Opening::begin(fs::File::open(folder.path().join("sealed")).unwrap(), &identities).err().unwrap();
    assert!(refused.to_string().contains("somebody else"), "{refused}");
}
