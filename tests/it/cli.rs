//! The operator at a shell: every command, with the server running and without, and every wrong word gets one line.
mod backups;
mod bots;
mod config;
mod doctor;
mod people;
mod rooms;

use serde_json::{Value, json};
use std::fs;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpStream;
use std::ops::Deref;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc;
use std::thread;
use std::time::Duration;
use tempfile::TempDir;

/// Longer than anything here takes; a wait that comes to it has failed.
const DEADLINE: Duration = Duration::from_secs(60);
const PASSWORD: &str = "violet tractor sings 42";

/// A machine with a data folder on it.
struct Machine {
    folder: TempDir,
}

/// What a command left behind.
struct Ran {
    code: i32,
    out: String,
    err: String,
}

impl Machine {
    fn new() -> Machine {
        Machine { folder: tempfile::tempdir().unwrap() }
    }

    /// With a first owner, ada.
    fn with_ada() -> Machine {
        let machine = Machine::new();
        machine.snug_with(&["user", "add", "ada", "--role", "owner", "--password-stdin"], PASSWORD).fine();
        machine
    }

    fn data(&self) -> PathBuf {
        self.folder.path().join("data")
    }

    fn path(&self, name: &str) -> String {
        self.folder.path().join(name).display().to_string()
    }

    fn command(&self, args: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_snug"));
        command.args(args).env_clear().current_dir(self.folder.path());
        command.env("SNUG_DATA", self.data()).env("SNUG_LOG__LEVEL", "error");
        command.env("SNUG_AUTH__ARGON2_MEMORY_KIB", "256").env("SNUG_AUTH__ARGON2_ITERATIONS", "1");
        command.env("SNUG_LIMITS__MESSAGES_PER_SECOND", "0").env("SNUG_LIMITS__ROOMS_PER_HOUR", "0");
        command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
        command
    }

    fn snug(&self, args: &[&str]) -> Ran {
        self.snug_with(args, "")
    }

    fn snug_with(&self, args: &[&str], stdin: &str) -> Ran {
        let mut child = self.command(args).stdin(Stdio::piped()).spawn().unwrap();
        // Who refuses its arguments does not read on.
        let _ = child.stdin.take().unwrap().write_all(stdin.as_bytes());
        let output = child.wait_with_output().unwrap();
        Ran {
            code: output.status.code().unwrap_or(-1),
            out: String::from_utf8(output.stdout).unwrap(),
            err: String::from_utf8(output.stderr).unwrap(),
        }
    }

    fn serve(&self) -> Server {
        self.serving(&mut self.command(&["serve", "--listen", "127.0.0.1:0", "--tls", "off"]))
    }

    /// Likewise, started so.
    fn serving(&self, command: &mut Command) -> Server {
        let mut child = command.spawn().unwrap();
        let (sender, lines) = mpsc::channel();
        let out = BufReader::new(child.stdout.take().unwrap());
        // Read to the end, so that the server always can write.
        thread::spawn(move || out.lines().map_while(Result::ok).for_each(|line| drop(sender.send(line))));
        let mut err = child.stderr.take().unwrap();
        thread::spawn(move || std::io::copy(&mut err, &mut std::io::sink()));
        let address = loop {
            let line = lines.recv_timeout(DEADLINE).expect("the server says where it listens");
            if let Some((_, url)) = line.split_once("listening on ").and_then(|(_, url)| url.split_once("://")) {
                break url.to_owned();
            }
        };
        Server { child, person: Person { address, cookie: String::new() } }
    }
}

impl Ran {
    #[track_caller]
    fn fine(self) -> String {
        assert_eq!(self.code, 0, "{}{}", self.out, self.err);
        self.out
    }

    #[track_caller]
    fn json(self) -> Value {
        serde_json::from_str(&self.fine()).unwrap()
    }

    /// Refused with this code, and one line that says what to do.
    #[track_caller]
    fn refused(self, code: i32) -> String {
        assert_eq!((self.code, self.out.as_str()), (code, ""), "{}", self.err);
        assert!(self.err.starts_with("snug: ") && self.err.len() > 20 && self.err.lines().count() == 1, "{}", self.err);
        self.err
    }
}

/// A running server.
struct Server {
    child: Child,
    person: Person,
}

/// Who speaks to a server, from a browser.
#[derive(Clone)]
struct Person {
    address: String,
    cookie: String,
}

impl Person {
    fn ask(&self, method: &str, path: &str, body: &Value) -> (u16, Value, String) {
        let mut stream = TcpStream::connect(&self.address).unwrap();
        stream.set_read_timeout(Some(DEADLINE)).unwrap();
        let body = if body.is_null() { String::new() } else { body.to_string() };
        let request = format!(
            "{method} {path} HTTP/1.1\r\nHost: {0}\r\nOrigin: http://{0}\r\nCookie: {1}\r\nConnection: close\r\n\
             Content-Type: application/json\r\nContent-Length: {2}\r\n\r\n{body}",
            self.address,
            self.cookie,
            body.len(),
        );
        stream.write_all(request.as_bytes()).unwrap();
        let mut answer = String::new();
        stream.read_to_string(&mut answer).unwrap();
        let (head, body) = answer.split_once("\r\n\r\n").unwrap();
        let status = head.split(' ').nth(1).unwrap().parse().unwrap();
        (status, serde_json::from_str(body).unwrap_or(Value::Null), head.to_owned())
    }

    #[track_caller]
    fn get(&self, path: &str) -> Value {
        let (status, answer, _) = self.ask("GET", path, &Value::Null);
        assert_eq!(status, 200, "{answer}");
        answer
    }

    #[track_caller]
    fn post(&self, path: &str, body: Value) -> Value {
        let (status, answer, _) = self.ask("POST", path, &body);
        assert!(status < 300, "{status} {answer}");
        answer
    }

    fn login(&self, username: &str, password: &str) -> (u16, String) {
        let body = json!({ "username": username, "password": password });
        let (status, _, head) = self.ask("POST", "/api/v1/auth/login", &body);
        let cookie = head.lines().find_map(|line| line.strip_prefix("set-cookie: "));
        (status, cookie.and_then(|cookie| cookie.split(';').next()).unwrap_or_default().to_owned())
    }

    fn room(&self, name: &str) -> u64 {
        self.post("/api/v1/rooms", json!({ "name": name, "kind": "public" }))["id"].as_u64().unwrap()
    }

    fn says(&self, room: u64, text: &str) {
        self.post(&format!("/api/v1/rooms/{room}/messages"), json!({ "text": text }));
    }

    fn texts(&self, room: u64) -> Vec<String> {
        let page = self.get(&format!("/api/v1/rooms/{room}/messages?limit=200"));
        let texts = page["messages"].as_array().unwrap().iter().filter(|message| message["kind"] == "text");
        texts.map(|message| message["text"].as_str().unwrap().to_owned()).collect()
    }
}

impl Server {
    fn ada_signs_in(mut self) -> Server {
        let (status, cookie) = self.login("ada", PASSWORD);
        assert_eq!(status, 200);
        self.person.cookie = cookie;
        self
    }

    /// Asks it to stop, and waits until it has.
    fn stop(mut self) {
        let pid = rustix::process::Pid::from_child(&self.child);
        rustix::process::kill_process(pid, rustix::process::Signal::TERM).unwrap();
        assert!(self.child.wait().unwrap().success());
    }
}

impl Deref for Server {
    type Target = Person;

    fn deref(&self) -> &Person {
        &self.person
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

#[test]
fn every_command_works_with_a_server_and_without() {
    let machine = Machine::with_ada();
    let server = machine.serve().ada_signs_in();
    for name in ["Kitchen", "Garden", "Attic", "Cellar"] {
        server.room(name);
    }
    assert_eq!(machine.snug(&["status", "--json"]).json()["running"], true);
    // A link leads to where the server is.
    let link = machine.snug(&["user", "reset", "ada", "--json"]).json()["url"].to_string();
    assert!(link.contains(&format!("http://{}/reset#", server.address)), "{link}");
    errands(&machine, "running", "Garden");
    server.stop();
    assert_eq!(machine.snug(&["status", "--json"]).json()["running"], false);
    errands(&machine, "stopped", "Attic");

    // And what was done without a server is there when it comes back.
    let server = machine.serve().ada_signs_in();
    let names: Vec<Value> = machine.snug(&["room", "list", "--json"]).json()["rooms"].as_array().unwrap().to_vec();
    let names: Vec<&str> = names.iter().map(|room| room["name"].as_str().unwrap()).collect();
    assert_eq!(names, ["Kitchen", "Cellar"]);
    server.stop();
}

#[test]
fn s55_a_log_that_was_touched_is_said_to_be_with_a_code_of_its_own() {
    use snug::store::Store;
    use snug::store::tables::AUDIT;
    let machine = Machine::with_ada();
    machine.snug(&["audit", "verify"]).fine();
    let runtime = tokio::runtime::Runtime::new().unwrap();
    let store = Store::open(&machine.data(), Box::new(|_| {})).unwrap();
    let touched = store.change(|change| {
        let mut row = AUDIT.need(change, 1)?;
        row.at += 1;
        AUDIT.put(change, 1, &row)
    });
    runtime.block_on(touched).unwrap();
    drop(store);
    // The database is let go of a moment later.
    let since = std::time::Instant::now();
    let said = loop {
        let said = machine.command(&["audit", "verify"]).output().unwrap();
        if said.status.code() != Some(75) {
            break said;
        }
        assert!(since.elapsed() < std::time::Duration::from_secs(5));
    };
    assert_eq!(said.status.code(), Some(65));
    assert!(String::from_utf8(said.stderr).unwrap().contains("entry 1"));
    machine.snug(&["check"]).refused(65);
}

/// What an operator does, with people of its own and one room to delete.
fn errands(machine: &Machine, name: &str, doomed: &str) {
    let snug = |args: &[&str]| machine.snug(args);
    // Files; none yet.
    assert_eq!(snug(&["files", "list", "--json"]).json(), json!({"files": [], "next": null}));
    assert!(snug(&["files", "list"]).fine().contains("NAME"));
    assert_eq!(snug(&["files", "usage", "--json"]).json()["total"]["stored_bytes"], 0);
    assert!(snug(&["files", "usage"]).fine().contains("on disk    0 B"));
    assert_eq!(snug(&["files", "sweep", "--json"]).json(), json!({"files": 0, "bytes": 0}));
    snug(&["files", "list", "--room", "nowhere"]).refused(67);
    snug(&["files", "list", "--user", "nobody"]).refused(67);
    people::errands(machine, name);
    rooms::errands(machine, doomed);
    bots::errands(machine, name);
    let file = backups::errands(machine, name);
    assert_eq!(snug(&["status"]).fine().contains("not running"), name == "stopped");
    assert_eq!(snug(&["config", "check", "--json"]).json()["file"], Value::Null);
    assert!(snug(&["config", "check"]).fine().contains("is fine"));
    assert!(snug(&["config", "show"]).fine().contains("environment SNUG_AUTH__ARGON2_MEMORY_KIB"));
    let settings = snug(&["config", "show", "--json"]).json();
    let cost =
        settings["settings"].as_array().unwrap().iter().find(|setting| setting["key"] == "auth.argon2_memory_kib");
    assert_eq!(cost.unwrap()["value"], 256);
    assert!(snug(&["version"]).fine().starts_with("snug 0."));
    assert_eq!(snug(&["version", "--json"]).json()["schema"], snug::store::tables::SCHEMA);
    match name {
        "running" => {
            snug(&["check"]).refused(75);
            // It speaks plain HTTP here.
            snug(&["cert", "renew"]).refused(73);
            snug(&["backup", "restore", &file, "--force"]).refused(75);
            snug(&["serve", "--listen", "127.0.0.1:0", "--tls", "off"]).refused(75);
        }
        _ => {
            assert!(snug(&["check"]).fine().contains("is whole"));
            let rooms = snug(&["check", "--json"]).json()["tables"]
                .as_array()
                .unwrap()
                .iter()
                .find(|t| t["name"] == "rooms")
                .cloned();
            assert_eq!(rooms.unwrap()["rows"], 2);
        }
    }
}

#[test]
fn every_wrong_word_gets_one_line_and_its_code() {
    let machine = Machine::with_ada();
    fs::write(machine.path("text"), "hello\n").unwrap();
    fs::write(machine.path("bad.toml"), "[server]\nlisen = []\n").unwrap();
    let (text, bad, gone) = (machine.path("text"), machine.path("bad.toml"), machine.path("gone"));
    let wrong: &[(i32, &[&str])] = &[
        (64, &["frobnicate"]),
        (64, &["--frobnicate"]),
        (64, &["user"]),
        (64, &["user", "ad"]),
        (64, &["user", "add"]),
        (64, &["user", "add", "bob"]),
        (64, &["user", "add", "bob", "--password", "violet tractor sings 42"]),
        (64, &["user", "add", "bob", "--password-stdin"]),
        (64, &["user", "add", "bob", "--role", "king", "--password-stdin"]),
        (64, &["user", "add", "bob", "--password-stdin", "--password-file", &text]),
        (66, &["user", "add", "bob", "--password-file", &gone]),
        (64, &["user", "add", "bob", "--password-file", &text]),
        (67, &["user", "show", "bob"]),
        (67, &["user", "show", "a&limit=1"]),
        (67, &["user", "role", "bob", "admin"]),
        (64, &["user", "role", "ada", "bot"]),
        (77, &["user", "role", "ada", "member"]),
        (77, &["user", "disable", "ada"]),
        (64, &["user", "passwd", "ada"]),
        (64, &["room"]),
        (67, &["room", "show", "Nowhere"]),
        (67, &["room", "show", "99999999999999999999"]),
        (67, &["room", "members", ""]),
        (67, &["room", "delete", "Nowhere", "--yes"]),
        (64, &["room", "delete", "Nowhere"]),
        (64, &["invite", "create", "--uses", "0"]),
        (64, &["invite", "create", "--uses", "-1"]),
        (64, &["invite", "create", "--uses", "2", "--unlimited"]),
        (64, &["invite", "create", "--expires", "soon"]),
        (64, &["invite", "create", "--expires", "0d"]),
        (67, &["invite", "create", "--room", "Nowhere"]),
        (64, &["invite", "revoke", "x"]),
        (67, &["invite", "revoke", "99"]),
        (64, &["backup", "create"]),
        (64, &["backup", "create", "-", "--json"]),
        (73, &["backup", "create", &text]),
        (66, &["backup", "create", "/nowhere/at/all.snug"]),
        (66, &["backup", "list", &gone]),
        (65, &["backup", "verify", &text]),
        (66, &["backup", "verify", &gone]),
        (66, &["backup", "verify", "/"]),
        (66, &["backup", "restore", &gone]),
        (65, &["backup", "restore", &text, "--force"]),
        (78, &["config", "check", "--config", &bad]),
        (78, &["user", "list", "--config", &bad]),
        (78, &["config", "check", "--config", &gone]),
        (66, &["cert", "show"]),
        (66, &["cert", "trust"]),
        (64, &["cert", "destroy"]),
        (64, &["check", "everything"]),
        (64, &["serve", "--json"]),
        (78, &["serve", "--tls", "off", "--listen", "0.0.0.0:0"]),
    ];
    for (code, args) in wrong {
        println!("snug {}", args.join(" "));
        machine.snug(args).refused(*code);
    }
    assert!(machine.snug(&["user", "lst"]).refused(64).contains("list"));
    assert!(machine.snug(&["user", "add", "bob"]).refused(64).contains("--password-stdin"));
    assert!(machine.snug(&["user", "delete", "ada"]).refused(64).contains("--yes"));
    // A weak password, or two lines, are refused by the rules that hold for everybody.
    let add = ["user", "add", "bob", "--password-stdin"];
    machine.snug_with(&add, "short").refused(64);
    machine.snug_with(&add, "password1234").refused(64);
    machine.snug_with(&add, "violet tractor\nsings 42").refused(64);
    machine.snug_with(&["user", "add", "not a name", "--password-stdin"], PASSWORD).refused(64);
    // The neighbour that is allowed.
    machine.snug_with(&add, PASSWORD).fine();
}

#[test]
fn a_folder_without_data_is_not_made_by_looking() {
    let machine = Machine::new();
    let looks: &[&[&str]] = &[
        &["user", "list"],
        &["user", "show", "ada"],
        &["room", "list"],
        &["invite", "list"],
        &["status"],
        &["check"],
        &["backup", "create", "x.snug"],
        &["cert", "show"],
        &["cert", "renew"],
    ];
    for args in looks {
        machine.snug(args).refused(66);
    }
    assert!(!machine.data().exists() && !Path::new(&machine.path("x.snug.partial")).exists());
    fs::create_dir(machine.data()).unwrap();
    fs::set_permissions(machine.data(), fs::Permissions::from_mode(0o755)).unwrap();
    machine.snug(&["user", "list"]).refused(66);
    assert!(machine.snug_with(&["user", "add", "ada", "--password-stdin"], PASSWORD).refused(77).contains("chmod 700"));
    assert_eq!(fs::read_dir(machine.data()).unwrap().count(), 0);
    // A new server may begin with an invite.
    fs::remove_dir(machine.data()).unwrap();
    machine.snug(&["invite", "create"]).fine();
    assert_eq!(fs::metadata(machine.data()).unwrap().permissions().mode() & 0o777, 0o700);
}

#[test]
fn commands_at_the_same_time_wait_or_succeed() {
    let machine = Machine::with_ada();
    let names: Vec<String> = (0..8).map(|number| format!("user{number}")).collect();
    let codes: Vec<i32> = thread::scope(|scope| {
        let add = |name: &str| machine.snug_with(&["user", "add", name, "--password-stdin"], PASSWORD).code;
        let running: Vec<_> = names.iter().map(|name| scope.spawn(move || add(name))).collect();
        running.into_iter().map(|one| one.join().unwrap()).collect()
    });
    assert!(codes.contains(&0) && codes.iter().all(|code| [0, 75].contains(code)), "{codes:?}");
    for (name, code) in names.iter().zip(&codes) {
        assert_eq!(machine.snug(&["user", "show", name]).code, if *code == 0 { 0 } else { 67 });
    }
    machine.snug(&["check"]).fine();
    // Restores, too.
    let file = machine.path("monday.snug");
    machine.snug(&["backup", "create", &file]).fine();
    let codes: Vec<i32> = thread::scope(|scope| {
        let restore = || machine.snug(&["backup", "restore", &file, "--force"]).code;
        let list = || machine.snug(&["user", "list"]).code;
        let running: Vec<_> = (0..4).flat_map(|_| [scope.spawn(restore), scope.spawn(list)]).collect();
        running.into_iter().map(|one| one.join().unwrap()).collect()
    });
    assert!(codes.contains(&0) && codes.iter().all(|code| [0, 75].contains(code)), "{codes:?}");
    machine.snug(&["check"]).fine();
    machine.snug(&["user", "show", "ada"]).fine();
}

#[test]
fn two_servers_never_share_a_folder() {
    let machine = Machine::with_ada();
    let server = machine.serve();
    let second = machine.snug(&["serve", "--listen", "127.0.0.1:0", "--tls", "off"]).refused(75);
    assert!(second.contains(&machine.data().display().to_string()), "{second}");
    server.stop();
}

#[test]
fn a_crash_leaves_a_socket_that_bothers_nobody() {
    let machine = Machine::with_ada();
    let mut server = machine.serve();
    server.child.kill().unwrap();
    server.child.wait().unwrap();
    assert!(machine.data().join("admin.sock").exists());
    assert_eq!(machine.snug(&["status", "--json"]).json()["running"], false);
    machine.serve().stop();
}

#[test]
fn certificates_are_shown_renewed_and_explained() {
    let machine = Machine::with_ada();
    machine.snug(&["cert", "show"]).refused(66);
    machine.snug(&["cert", "renew"]).fine();
    let first = machine.snug(&["cert", "show", "--json"]).json();
    machine.snug(&["cert", "renew"]).fine();
    let second = machine.snug(&["cert", "show", "--json"]).json();
    assert_ne!(first["certificate"]["fingerprint"], second["certificate"]["fingerprint"]);
    assert_eq!(first["authority"], second["authority"]);
    assert!(second["certificate"]["names"].as_array().unwrap().contains(&json!("localhost")));
    let trust = machine.snug(&["cert", "trust"]).fine();
    assert!(trust.contains(second["authority"]["fingerprint"].as_str().unwrap()) && trust.contains("tls/ca.crt"));
    fs::write(machine.data().join("config.toml"), "[server]\ntls = \"off\"\nlisten = [\"127.0.0.1:8443\"]\n").unwrap();
    for action in ["show", "trust", "renew"] {
        machine.snug(&["cert", action]).refused(78);
    }
}

#[test]
fn who_stops_reading_is_no_failure_but_a_full_disk_is() {
    let machine = Machine::with_ada();
    let mut child = machine.command(&["config", "show"]).spawn().unwrap();
    drop(child.stdout.take());
    let mut err = String::new();
    child.stderr.take().unwrap().read_to_string(&mut err).unwrap();
    assert_eq!((child.wait().unwrap().code(), err.as_str()), (Some(0), ""));
    let full = || Stdio::from(fs::OpenOptions::new().write(true).open("/dev/full").unwrap());
    for args in [&["config", "show"][..], &["backup", "create", "-"]] {
        let output = machine.command(args).stdout(full()).output().unwrap();
        let err = String::from_utf8(output.stderr).unwrap();
        assert_eq!((output.status.code(), err.lines().count()), (Some(74), 1), "{err}");
    }
}

#[test]
fn names_do_not_steer_the_terminal() {
    let machine = Machine::with_ada();
    let err = machine.snug(&["user", "show", "\u{1b}[31mred"]).refused(67);
    assert!(!err.contains('\u{1b}'), "{err:?}");
    let err = machine.snug(&["room", "show", "\u{1b}[31mred"]).refused(67);
    assert!(!err.contains('\u{1b}'), "{err:?}");
}
