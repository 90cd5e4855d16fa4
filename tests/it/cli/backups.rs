//! Backups at a shell: whole, proved, and never over data by mistake; and a database that is damaged is found.
use super::*;

#[test]
fn a_backup_of_a_running_server_has_all_that_was_said() {
    let machine = Machine::with_ada();
    let server = machine.serve().ada_signs_in();
    let room = server.room("Kitchen");
    (0..30).for_each(|number| server.says(room, &format!("before {number}")));
    let before = server.texts(room);
    // Others go on talking while it is made.
    let enough = AtomicBool::new(false);
    let file = machine.path("monday.snug");
    thread::scope(|scope| {
        let talk = scope.spawn(|| {
            let said = (0..140).take_while(|number| {
                server.says(room, &format!("during {number}"));
                !enough.load(Ordering::Relaxed)
            });
            said.count()
        });
        let made = machine.snug(&["backup", "create", &file, "--json"]);
        enough.store(true, Ordering::Relaxed);
        talk.join().unwrap();
        assert!(made.json()["rows"].as_u64().unwrap() > 30);
    });
    let all = server.texts(room);
    server.stop();

    let other = Machine::new();
    other.snug(&["backup", "restore", &file]).fine();
    assert_eq!(fs::metadata(other.data().join("snug.redb")).unwrap().permissions().mode() & 0o777, 0o600);
    let restored = other.serve();
    assert_eq!(restored.ask("GET", "/api/v1/me", &Value::Null).0, 401);
    let restored = restored.ada_signs_in();
    let texts = restored.texts(room);
    assert!(texts.starts_with(&before) && all.starts_with(&texts), "{texts:?}");
    restored.says(room, "after");
    restored.stop();
    other.snug(&["check"]).fine();
}

#[test]
fn a_damaged_backup_is_refused_and_changes_nothing() {
    let machine = Machine::with_ada();
    let file = machine.path("whole.snug");
    machine.snug(&["backup", "create", &file]).fine();
    let whole = fs::read(&file).unwrap();
    let (bad, broken) = (machine.path("bad.snug"), |bytes: &[u8]| fs::write(machine.path("bad.snug"), bytes).unwrap());
    for place in (0..whole.len()).step_by(whole.len() / 40) {
        let mut flipped = whole.clone();
        flipped[place] ^= 0x10;
        broken(&flipped);
        machine.snug(&["backup", "verify", &bad]).refused(65);
    }
    for length in [0, 1, 20, whole.len() / 2, whole.len() - 32, whole.len() - 1] {
        broken(&whole[..length]);
        machine.snug(&["backup", "verify", &bad]).refused(65);
        machine.snug(&["backup", "restore", &bad, "--force"]).refused(65);
        let elsewhere = Machine::new();
        elsewhere.snug(&["backup", "restore", &bad]).refused(65);
        assert!(!elsewhere.data().join("snug.redb").exists());
    }
    broken(&[&whole[..], b"x"].concat());
    machine.snug(&["backup", "verify", &bad]).refused(65);
    assert_eq!(
        machine.snug(&["backup", "list", &machine.path(""), "--json"]).json()["backups"].as_array().unwrap().len(),
        2
    );
    machine.snug(&["user", "show", "ada"]).fine();
}

#[test]
fn a_restore_over_data_must_be_meant() {
    let machine = Machine::with_ada();
    let file = machine.path("monday.snug");
    machine.snug(&["backup", "create", &file]).fine();
    machine.snug_with(&["user", "add", "bob", "--password-stdin"], PASSWORD).fine();
    assert!(machine.snug(&["backup", "restore", &file]).refused(73).contains("--force"));
    machine.snug(&["user", "show", "bob"]).fine();
    machine.snug(&["backup", "restore", &file, "--force"]).fine();
    machine.snug(&["user", "show", "bob"]).refused(67);
    machine.snug(&["user", "show", "ada"]).fine();
    // What a restore is for most of all: a database that cannot be opened any more.
    fs::write(machine.data().join("snug.redb"), b"this is no database".repeat(1000)).unwrap();
    machine.snug(&["user", "show", "ada"]).refused(65);
    machine.snug(&["check"]).refused(65);
    machine.snug(&["backup", "restore", &file, "--force"]).fine();
    machine.snug(&["user", "show", "ada"]).fine();
}

#[test]
fn a_flipped_byte_in_the_database_is_found() {
    let machine = Machine::with_ada();
    machine.snug(&["check"]).fine();
    let path = machine.data().join("snug.redb");
    let mut bytes = fs::read(&path).unwrap();
    let places: Vec<usize> = (0..bytes.len() - 8).filter(|place| &bytes[*place..place + 8] == b"argon2id").collect();
    assert!(!places.is_empty());
    places.iter().for_each(|place| bytes[*place] ^= 1);
    fs::write(&path, bytes).unwrap();
    assert!(machine.snug(&["check"]).refused(65).contains("restore"));
}

#[test]
fn certificates_come_back_and_the_keys_of_tokens_do_not() {
    let machine = Machine::with_ada();
    fs::create_dir(machine.data().join("tls")).unwrap();
    fs::set_permissions(machine.data().join("tls"), fs::Permissions::from_mode(0o700)).unwrap();
    fs::write(machine.data().join("tls/ca.key"), "the authority").unwrap();
    fs::write(machine.data().join("config.toml"), "[log]\nlevel = \"warn\"\n").unwrap();
    fs::create_dir(machine.data().join("keys")).unwrap();
    fs::set_permissions(machine.data().join("keys"), fs::Permissions::from_mode(0o700)).unwrap();
    fs::write(machine.data().join("keys/other"), "signs").unwrap();
    machine.snug(&["backup", "now"]).fine();
    let file = machine.path("one.snug");
    machine.snug(&["backup", "create", &file]).fine();
    let kept = machine.snug(&["backup", "list", "--json"]).json()["backups"][0].clone();
    assert_eq!((&kept["kind"], &kept["verified"]), (&json!("manual"), &json!("restored")));
    // By its name, from the server's folder, and as a file from anywhere.
    machine.snug(&["backup", "verify", kept["name"].as_str().unwrap()]).fine();
    machine.snug(&["backup", "verify", "no-such-name"]).refused(66);
    for source in [&file, kept["file"].as_str().unwrap()] {
        let other = Machine::new();
        other.snug(&["backup", "restore", source]).fine();
        let mode = |name: &str| fs::metadata(other.data().join(name)).unwrap().permissions().mode() & 0o777;
        assert_eq!(fs::read_to_string(other.data().join("tls/ca.key")).unwrap(), "the authority");
        assert_eq!((mode("tls"), mode("tls/ca.key"), mode("config.toml")), (0o700, 0o600, 0o600));
        assert!(!other.data().join("keys").exists() && !other.data().join("backups").exists());
        other.snug(&["user", "show", "ada"]).fine();
    }
    let bytes = fs::read(&file).unwrap();
    assert!(!bytes.windows(5).any(|part| part == b"signs"), "keys of tokens are in no backup");
}

#[test]
fn s57_an_encrypted_backup_is_one_that_age_opens() {
    if !crate::age::judge() {
        return;
    }
    let machine = Machine::with_ada();
    let (identity, recipient) = crate::age::keys(machine.folder.path());
    let file = machine.path("secret.snug.age");
    machine.snug(&["backup", "create", &file, "--recipient", "age1nonsense"]).refused(64);
    machine.snug(&["backup", "create", &file, "--recipient", &recipient]).fine();
    let piped = machine.command(&["backup", "create", "-", "--recipient", &recipient]).output().unwrap();
    fs::write(machine.path("piped"), piped.stdout).unwrap();
    for file in [&file, &machine.path("piped")] {
        let plain = crate::age::decrypted(&identity, Path::new(file)).unwrap();
        fs::write(machine.path("plain.snug"), plain).unwrap();
        machine.snug(&["backup", "verify", &machine.path("plain.snug")]).fine();
        assert!(machine.snug(&["backup", "verify", file]).refused(77).contains("--identity"));
        machine.snug(&["backup", "verify", file, "--identity", &identity]).fine();
        let other = Machine::new();
        other.snug(&["backup", "restore", file, "--identity", &identity]).fine();
        other.snug(&["user", "show", "ada"]).fine();
    }
    // And what age itself sealed.
    let sealed = machine.path("by-age");
    let plain = machine.path("plain.snug");
    let age = Command::new("age").args(["-r", &recipient, "-o", &sealed, &plain]).status().unwrap();
    assert!(age.success());
    machine.snug(&["backup", "verify", &sealed, "--identity", &identity]).fine();
    let whole = fs::read(&sealed).unwrap();
    for at in (0..whole.len()).step_by(whole.len() / 25) {
        let mut flipped = whole.clone();
        flipped[at] ^= 0x20;
        fs::write(&sealed, &flipped).unwrap();
        machine.snug(&["backup", "verify", &sealed, "--identity", &identity]).refused(65);
    }
}

/// What an operator does with a backup in one file. The file.
pub fn errands(machine: &Machine, name: &str) -> String {
    let snug = |args: &[&str]| machine.snug(args);
    let file = machine.path(&format!("{name}.snug"));
    let made = snug(&["backup", "create", &file, "--json"]).json();
    assert_eq!(snug(&["backup", "verify", &file, "--json"]).json(), made);
    assert_eq!(fs::metadata(&file).unwrap().permissions().mode() & 0o777, 0o600);
    assert!(!Path::new(&format!("{file}.partial")).exists());
    snug(&["backup", "create", &file]).refused(73);
    snug(&["backup", "create", &file, "--force"]).fine();
    let list = snug(&["backup", "list", &machine.path(""), "--json"]).json();
    assert!(
        list["backups"].as_array().unwrap().iter().any(|backup| backup["file"] == file && backup["last_id"].is_u64())
    );
    assert!(snug(&["backup", "list", &machine.path("")]).fine().contains(&file));
    assert_eq!(snug(&["backup", "list", "--json"]).json(), json!({ "backups": [] }));
    let piped = machine.command(&["backup", "create", "-"]).output().unwrap();
    fs::write(machine.path("piped"), piped.stdout).unwrap();
    snug(&["backup", "verify", &machine.path("piped")]).fine();
    file
}
