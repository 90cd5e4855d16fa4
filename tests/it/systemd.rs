//! Under a service manager: a parent that speaks systemd's protocol, and the units themselves.
use crate::support::{Door, PASSWORD, trusting};
use std::fs;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::os::fd::OwnedFd;
use std::os::unix::fs::PermissionsExt;
use std::os::unix::net::UnixDatagram;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};
use tempfile::TempDir;

/// Longer than anything here takes; a wait that comes to it has failed.
const DEADLINE: Duration = Duration::from_secs(60);

/// A manager with a folder, and the socket on which it is told.
struct Manager {
    folder: TempDir,
    told: UnixDatagram,
}

struct Service(Child);

impl Drop for Service {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

impl Manager {
    fn new() -> Manager {
        let folder = tempfile::tempdir().unwrap();
        let told = UnixDatagram::bind(folder.path().join("notify")).unwrap();
        told.set_read_timeout(Some(DEADLINE)).unwrap();
        Manager { folder, told }
    }

    fn data(&self) -> PathBuf {
        self.folder.path().join("data")
    }

    /// Starts the service as systemd does: told where to answer, and with these sockets from descriptor 3 on.
    fn starts(&self, handed: Option<&TcpListener>, environment: &[(&str, &str)]) -> Service {
        // Descriptors can be handed over only by number, and a process of its own knows its number only when it is one.
        let script =
            "exec 3<&0 0</dev/null; [ -z \"$HANDED\" ] || export LISTEN_FDS=1 LISTEN_PID=$$; exec \"$0\" \"$@\"";
        let mut command = Command::new("/bin/sh");
        command.args(["-c", script, env!("CARGO_BIN_EXE_snug"), "serve", "--tls", "off", "--listen", "127.0.0.1:0"]);
        command.env_clear().env("PATH", "/usr/bin:/bin").env("SNUG_DATA", self.data());
        command.env("NOTIFY_SOCKET", self.folder.path().join("notify")).envs(environment.iter().copied());
        command.stdin(match handed {
            Some(listener) => Stdio::from(OwnedFd::from(listener.try_clone().unwrap())),
            None => Stdio::null(),
        });
        if handed.is_some() {
            command.env("HANDED", "1");
        }
        Service(command.stdout(Stdio::piped()).stderr(Stdio::inherit()).spawn().unwrap())
    }

    /// The next thing that the service says, in lines.
    fn hears(&self) -> Vec<String> {
        let mut buffer = [0; 4096];
        let length = self.told.recv(&mut buffer).expect("the service says something in time");
        String::from_utf8_lossy(&buffer[..length]).lines().map(str::to_owned).collect()
    }

    /// Waits until it says this.
    fn hears_of(&self, line: &str) -> Vec<String> {
        let begun = Instant::now();
        while begun.elapsed() < DEADLINE {
            let lines = self.hears();
            if lines.iter().any(|found| found == line) {
                return lines;
            }
        }
        panic!("the service never said {line}");
    }
}

fn terminate(service: &Service) {
    let status = Command::new("kill").arg(service.0.id().to_string()).status().unwrap();
    assert!(status.success());
}

fn healthy(address: std::net::SocketAddr) -> bool {
    let mut stream = TcpStream::connect(address).unwrap();
    stream.set_read_timeout(Some(DEADLINE)).unwrap();
    stream.write_all(b"GET /healthz HTTP/1.1\r\nhost: localhost\r\nconnection: close\r\n\r\n").unwrap();
    let mut said = String::new();
    stream.read_to_string(&mut said).unwrap();
    said.starts_with("HTTP/1.1 200")
}

#[test]
fn the_manager_is_told_when_it_is_ready_and_when_it_stops() {
    let manager = Manager::new();
    let mut service = manager.starts(None, &[]);
    let ready = manager.hears_of("READY=1");
    assert!(ready.iter().any(|line| line.starts_with("STATUS=listening on http://127.0.0.1:")), "{ready:?}");
    terminate(&service);
    manager.hears_of("STOPPING=1");
    assert!(service.0.wait().unwrap().success(), "a stop that was asked for is no failure");
}

#[test]
fn the_watchdog_is_fed_while_changes_reach_the_disk() {
    let manager = Manager::new();
    // Half of this is the beat; none is missed by a machine that is busy with other tests.
    let _service = manager.starts(None, &[("WATCHDOG_USEC", "400000")]);
    manager.hears_of("READY=1");
    for _ in 0..3 {
        let beat = manager.hears_of("WATCHDOG=1");
        assert!(beat.iter().any(|line| line == "STATUS=nobody is connected"), "{beat:?}");
    }
}

#[test]
fn who_did_not_ask_for_a_watchdog_has_none() {
    let manager = Manager::new();
    let service = manager.starts(None, &[]);
    manager.hears_of("READY=1");
    terminate(&service);
    let said = manager.hears();
    assert!(said.iter().any(|line| line == "STOPPING=1"), "{said:?}");
}

#[test]
fn a_socket_that_is_handed_over_is_served_and_outlives_a_restart() {
    let manager = Manager::new();
    let held = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = held.local_addr().unwrap();
    let mut first = manager.starts(Some(&held), &[]);
    let ready = manager.hears_of("READY=1");
    assert!(ready.contains(&format!("STATUS=listening on http://{address}")), "{ready:?}");
    assert!(healthy(address));
    terminate(&first);
    manager.hears_of("STOPPING=1");
    assert!(first.0.wait().unwrap().success());
    // While nobody serves, whoever comes is not refused: they wait in the queue of the socket.
    let waiting = std::thread::spawn(move || healthy(address));
    let _second = manager.starts(Some(&held), &[]);
    assert!(waiting.join().unwrap());
}

#[test]
fn nobody_is_refused_while_a_server_with_a_socket_is_restarted_again_and_again() {
    let manager = Manager::new();
    let held = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = held.local_addr().unwrap();
    let done = Arc::new(AtomicBool::new(false));
    let comers: Vec<_> = (0..4)
        .map(|_| {
            let done = done.clone();
            std::thread::spawn(move || {
                let (mut answered, mut let_go) = (0, 0);
                while !done.load(Ordering::Relaxed) {
                    let mut stream = TcpStream::connect(address).expect("nobody is refused");
                    stream.set_read_timeout(Some(DEADLINE)).unwrap();
                    let asked = b"GET /healthz HTTP/1.1\r\nhost: localhost\r\nconnection: close\r\n\r\n";
                    let mut said = String::new();
                    let heard = stream.write_all(asked).and_then(|()| stream.read_to_string(&mut said));
                    match heard.is_ok() && said.starts_with("HTTP/1.1 200") {
                        true => answered += 1,
                        false => let_go += 1,
                    }
                }
                (answered, let_go)
            })
        })
        .collect();
    for _ in 0..4 {
        let mut service = manager.starts(Some(&held), &[]);
        manager.hears_of("READY=1");
        terminate(&service);
        manager.hears_of("STOPPING=1");
        assert!(service.0.wait().unwrap().success());
    }
    done.store(true, Ordering::Relaxed);
    // Those who still wait are served by the last one.
    let _last = manager.starts(Some(&held), &[]);
    let sums: Vec<(u32, u32)> = comers.into_iter().map(|comer| comer.join().unwrap()).collect();
    let (answered, let_go) = sums.iter().fold((0, 0), |sum, one| (sum.0 + one.0, sum.1 + one.1));
    println!("{answered} answered, {let_go} let go without an answer, 0 refused over 4 restarts");
    assert!(answered >= 4 && let_go == 0, "{answered} answered, {let_go} not");
}

#[test]
fn plain_http_on_a_handed_socket_for_all_is_refused() {
    let manager = Manager::new();
    let held = TcpListener::bind("0.0.0.0:0").unwrap();
    let mut service = manager.starts(Some(&held), &[]);
    assert_eq!(service.0.wait().unwrap().code(), Some(78));
}

#[test]
fn the_log_is_for_programs_where_that_is_wanted() {
    let manager = Manager::new();
    let mut command = Command::new(env!("CARGO_BIN_EXE_snug"));
    command.args(["serve", "--tls", "off", "--listen", "127.0.0.1:0"]).env_clear().env("SNUG_DATA", manager.data());
    command.env("SNUG_LOG__FORMAT", "json").env("NOTIFY_SOCKET", manager.folder.path().join("notify"));
    let mut service = Service(command.stdout(Stdio::null()).stderr(Stdio::piped()).spawn().unwrap());
    manager.hears_of("READY=1");
    terminate(&service);
    let lines: Vec<String> = BufReader::new(service.0.stderr.take().unwrap()).lines().map_while(Result::ok).collect();
    assert!(!lines.is_empty());
    for line in &lines {
        let said: serde_json::Value = serde_json::from_str(line).unwrap_or_else(|error| panic!("{line}: {error}"));
        assert!(said["level"].is_string() && said["timestamp"].is_string() && said["message"].is_string(), "{line}");
    }
    assert!(lines.iter().any(|line| line.contains("\"stopping\"")), "{lines:?}");
}

/// A key and a code that the manager hands over, as `LoadCredential=` does.
#[tokio::test]
async fn s52_secrets_are_handed_over_and_not_printed() {
    let manager = Manager::new();
    let handed = manager.folder.path().join("credentials");
    fs::create_dir(&handed).unwrap();
    let key = rcgen::KeyPair::generate().unwrap();
    let certificate = rcgen::CertificateParams::new(vec!["127.0.0.1".to_owned()]).unwrap().self_signed(&key).unwrap();
    let code = "0123456789abcdefABCDEF-_";
    fs::write(handed.join("chat.crt"), certificate.pem()).unwrap();
    let put = |name: &str, text: &str| {
        fs::write(handed.join(name), text).unwrap();
        fs::set_permissions(handed.join(name), fs::Permissions::from_mode(0o600)).unwrap();
    };
    put("chat.key", &key.serialize_pem());
    let start = || {
        let mut command = Command::new(env!("CARGO_BIN_EXE_snug"));
        command.args(["serve", "--listen", "127.0.0.1:0"]).env_clear().env("SNUG_DATA", manager.data());
        command.env("NOTIFY_SOCKET", manager.folder.path().join("notify")).env("CREDENTIALS_DIRECTORY", &handed);
        command.env("SNUG_SERVER__TLS", "files").env("SNUG_SERVER__CERT", "credential:chat.crt");
        command.env("SNUG_SERVER__KEY", "credential:chat.key");
        command.env("SNUG_AUTH__SETUP_CODE_FILE", "credential:setup");
        command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap()
    };
    for given in [None, Some("too short"), Some("this one has spaces in it")] {
        if let Some(given) = given {
            put("setup", given);
        }
        let ended = start().wait_with_output().unwrap();
        let said = String::from_utf8(ended.stderr).unwrap();
        assert_eq!((ended.status.code(), said.lines().count()), (Some(78), 1), "{said}");
        assert!(said.contains("auth.setup_code_file") && !given.is_some_and(|given| said.contains(given)), "{said}");
    }
    put("setup", &format!("{code}\n"));
    let mut service = Service(start());
    let ready = manager.hears_of("READY=1");
    let at = ready.iter().find_map(|line| line.strip_prefix("STATUS=listening on https://")).expect("an address");
    let door = Door { tls: Some(trusting(&certificate.pem())), ..Door::plain(at.parse().unwrap()) };
    let headers = [("content-type", "application/json")];
    let body = |code: &str| serde_json::json!({"code": code, "username": "ada", "password": PASSWORD}).to_string();
    door.call("POST", "/api/v1/setup", &headers, body("CODE")).await.refused(403, "wrong_code");
    assert_eq!(door.call("POST", "/api/v1/setup", &headers, body(code)).await.status, 201);
    terminate(&service);
    let (mut out, mut err) = (String::new(), String::new());
    service.0.stdout.take().unwrap().read_to_string(&mut out).unwrap();
    service.0.stderr.take().unwrap().read_to_string(&mut err).unwrap();
    assert!(out.contains("/setup#CODE") && !out.contains(code) && !err.contains(code), "{out}{err}");
}

fn systemd(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("systemd").join(name)
}

/// Systemd's own judgement of the unit, in tenths; none where it is not installed.
fn exposure(with_socket: bool) -> Option<u32> {
    let folder = tempfile::tempdir().unwrap();
    let unit = folder.path().join("snug.service");
    fs::copy(systemd("snug.service"), &unit).unwrap();
    if with_socket {
        fs::create_dir(folder.path().join("snug.service.d")).unwrap();
        fs::copy(systemd("socket.conf"), folder.path().join("snug.service.d/socket.conf")).unwrap();
    }
    let mut judge = Command::new("systemd-analyze");
    let Ok(judged) = judge.args(["security", "--offline=true", "--no-pager"]).arg(&unit).output() else {
        println!("skipped: systemd-analyze is not installed");
        return None;
    };
    let text = String::from_utf8_lossy(&judged.stdout).into_owned();
    let level = text.split("exposure level for snug.service: ").nth(1).unwrap_or_else(|| panic!("{text}"));
    Some(level.split_whitespace().next().unwrap().replace('.', "").parse().unwrap())
}

#[test]
fn the_unit_is_exposed_to_little() {
    for (with_socket, most) in [(false, 20), (true, 15)] {
        if let Some(exposure) = exposure(with_socket) {
            assert!(exposure <= most, "{exposure} tenths, with a socket: {with_socket}");
        }
    }
}

#[test]
fn the_binary_brings_its_units_along() {
    let root = tempfile::tempdir().unwrap();
    let path = |name: &str| root.path().join(name);
    let snug = |args: &[&str]| {
        let ran = Command::new(env!("CARGO_BIN_EXE_snug")).args(args).output().unwrap();
        (ran.status.code().unwrap(), String::from_utf8(ran.stdout).unwrap(), String::from_utf8(ran.stderr).unwrap())
    };
    let (code, printed, _) = snug(&["service", "print", "--bin", "/opt/chat/snug"]);
    assert_eq!(code, 0);
    assert!(printed.contains("ExecStart=/opt/chat/snug serve") && !printed.contains("snug.socket\n["), "{printed}");
    let (code, _, err) = snug(&["service", "print", "--bin", "snug; reboot"]);
    assert_eq!((code, err.lines().count()), (64, 1), "{err}");

    let image = root.path().to_str().unwrap();
    assert_eq!(snug(&["service", "install", "--socket", "--root", image]).0, 0);
    let units = path("etc/systemd/system");
    for (name, of) in [("snug.service", "snug.service"), ("snug.socket", "snug.socket")] {
        assert_eq!(fs::read(units.join(name)).unwrap(), fs::read(systemd(of)).unwrap());
    }
    assert_eq!(fs::read(units.join("snug.service.d/socket.conf")).unwrap(), fs::read(systemd("socket.conf")).unwrap());
    let installed = path("usr/local/bin/snug");
    assert_eq!(fs::metadata(&installed).unwrap().len(), fs::metadata(env!("CARGO_BIN_EXE_snug")).unwrap().len());
    let version = Command::new(&installed).arg("version").output().unwrap();
    assert!(version.status.success());

    // Again, without the socket: what it does not need any more is gone.
    assert_eq!(snug(&["service", "install", "--root", image]).0, 0);
    assert!(!units.join("snug.socket").exists() && !units.join("snug.service.d").exists());
    assert_eq!(snug(&["service", "remove", "--root", image]).0, 0);
    assert!(!units.join("snug.service").exists() && installed.exists());
    let (code, _, err) = snug(&["service", "remove", "--root", image]);
    assert_eq!((code, err.lines().count()), (66, 1), "{err}");
}
