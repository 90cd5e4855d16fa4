//! Nobody is phoned (S49): a whole story on a machine whose only network is itself, and every address that was tried.
//!
//! The stories run in a network namespace of their own, with the loopback and no route, where this binary starts itself again.
use crate::support::traced::{Traced, can_trace};
use crate::support::{DEADLINE, Door, PASSWORD, Person, pebble::free, posted, soon, trusting};
use serde_json::{Value, json};
use std::collections::BTreeSet;
use std::fs;
use std::net::{Ipv4Addr, Ipv6Addr, SocketAddr};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

/// Set where there is no way out.
const INSIDE: &str = "SNUG_TEST_WITHOUT_NETWORK";

/// Runs a story of this file, which is ignored otherwise, where there is no network.
fn without_network(story: &str) {
    if !can_trace() {
        return;
    }
    let run = |how: &str| {
        let script = "ip link set lo up && exec \"$0\" \"$@\"";
        let mut command = Command::new("unshare");
        command.args([how, "sh", "-c", script]);
        command
    };
    // Root may, and so may others where namespaces of users are allowed.
    let Some(how) = ["-n", "-rn"].into_iter().find(|how| {
        let tried = run(how).arg("true").output();
        tried.is_ok_and(|tried| tried.status.success())
    }) else {
        println!("skipped: no network namespace can be made here (unshare -n; ip link set lo up)");
        return;
    };
    let itself = std::env::current_exe().unwrap();
    let told =
        run(how).arg(itself).args(["--exact", story, "--ignored", "--nocapture"]).env(INSIDE, "1").output().unwrap();
    let said = [told.stdout, told.stderr].map(|said| String::from_utf8_lossy(&said).into_owned()).concat();
    print!("{said}");
    assert!(told.status.success() && said.contains("1 passed"), "{story} failed");
}

#[test]
fn s49_a_whole_story_needs_no_network_and_tries_none() {
    without_network("quiet::a_whole_story");
}

#[test]
fn s49_with_acme_the_authority_that_is_listed_is_the_only_one_tried() {
    without_network("quiet::a_story_with_an_authority");
}

/// A server whose every word to the network is written down.
struct Watched {
    traced: Traced,
    notes: PathBuf,
}

impl Watched {
    fn start(folder: &Path, name: &str, address: SocketAddr, settings: &[(&str, &str)]) -> Watched {
        let notes = folder.join(name);
        let mut snug = Command::new(env!("CARGO_BIN_EXE_snug"));
        snug.arg("--data").arg(folder.join("data")).args(["serve", "--listen", &address.to_string()]);
        snug.env("SNUG_CONFIG", "/dev/null").envs(settings.iter().copied());
        let told = ["-e", "trace=connect,sendto,sendmsg,sendmmsg", "-s", "0", "-o", notes.to_str().unwrap()];
        let mut command = Traced::command(&told, &snug);
        let log = fs::File::create(folder.join(format!("{name}.log"))).unwrap();
        let traced = Traced::of(command.stdout(log).stderr(Stdio::inherit()).spawn().unwrap());
        Watched { traced, notes }
    }

    /// What it printed, once it says this.
    async fn says(&mut self, what: &str) -> String {
        let since = Instant::now();
        loop {
            let said = fs::read_to_string(self.notes.with_extension("log")).unwrap_or_default();
            let said = fs::read_to_string(format!("{}.log", self.notes.display())).unwrap_or(said);
            if said.contains(what) {
                return said;
            }
            assert!(self.traced.ended().is_none(), "it ended: {said}");
            assert!(since.elapsed() < 4 * DEADLINE, "it never said {what}: {said}");
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    }

    /// Stops it: every address beyond this machine that it tried.
    fn tried(self) -> BTreeSet<String> {
        assert!(self.traced.stop().success());
        let notes = fs::read_to_string(self.notes).unwrap();
        assert!(notes.lines().count() > 1, "nothing was traced");
        notes.lines().filter_map(beyond).collect()
    }
}

/// The address in a line of strace, if it leads away from this machine. What has none goes where its socket was connected to.
fn beyond(line: &str) -> Option<String> {
    let family = line.split_once("sa_family=AF_")?.1.split([',', '}']).next()?;
    let quoted = |name: &str| Some(line.split_once(name)?.1.split_once('"')?.1.split_once('"')?.0);
    let port = line.split_once("port=htons(").and_then(|(_, rest)| rest.split_once(')')).map_or("?", |(port, _)| port);
    let (address, is_here) = match family {
        "UNIX" | "NETLINK" | "UNSPEC" => return None,
        "INET" => {
            let address = quoted("sin_addr=inet_addr(")?;
            (address, address.parse::<Ipv4Addr>().is_ok_and(|address| address.is_loopback()))
        }
        "INET6" => {
            let address = quoted("inet_pton(AF_INET6, ")?;
            (address, address.parse::<Ipv6Addr>().is_ok_and(|address| address.to_canonical().is_loopback()))
        }
        _ => return Some(line.to_owned()),
    };
    (!is_here).then(|| format!("{address}:{port}"))
}

#[test]
fn what_leads_away_is_told_from_what_stays() {
    for (line, away) in [
        (r#"1 connect(9, {sa_family=AF_UNIX, sun_path="/run/x"}, 110) = 0"#, None),
        (r#"1 connect(9, {sa_family=AF_INET, sin_port=htons(53), sin_addr=inet_addr("127.0.0.53")}, 16) = 0"#, None),
        (
            r#"1 connect(9, {sa_family=AF_INET, sin_port=htons(443), sin_addr=inet_addr("192.0.2.7")}, 16) = -1 ENETUNREACH"#,
            Some("192.0.2.7:443"),
        ),
        (
            r#"1 sendto(9, ""..., 3, 0, {sa_family=AF_INET6, sin6_port=htons(53), sin6_flowinfo=htonl(0), inet_pton(AF_INET6, "2001:db8::1", &sin6_addr), sin6_scope_id=0}, 28) = 3"#,
            Some("2001:db8::1:53"),
        ),
        (
            r#"1 connect(9, {sa_family=AF_INET6, sin6_port=htons(80), inet_pton(AF_INET6, "::1", &sin6_addr)}, 28) = 0"#,
            None,
        ),
        (r#"1 sendto(9, ""..., 20, 0, NULL, 0) = 20"#, None),
    ] {
        assert_eq!(beyond(line).as_deref(), away, "{line}");
    }
}

fn is_inside() -> bool {
    let inside = std::env::var_os(INSIDE).is_some();
    if !inside {
        println!("skipped: this story is told where there is no network");
    }
    inside
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
#[ignore = "is started by another test, without a network"]
async fn a_whole_story() {
    if !is_inside() {
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    let address = free();
    // As it comes: HTTPS with its own authority, and everything on.
    let mut server = Watched::start(folder.path(), "first", address, &[]);
    let said = server.says("/setup#").await;
    let code = said.split_once("/setup#").unwrap().1.split_whitespace().next().unwrap();
    let authority = fs::read_to_string(folder.path().join("data/tls/ca.crt")).unwrap();
    let door = Door { tls: Some(trusting(&authority)), ..Door::plain(address) };
    let post = async |path: &str, body: Value| {
        let origin = door.origin();
        let headers = [("content-type", "application/json"), ("origin", origin.as_str())];
        door.call("POST", &format!("/api/v1{path}"), &headers, body.to_string()).await
    };
    for path in ["/", "/trust", "/healthz", "/readyz"] {
        door.call("GET", path, &[], "").await.answered(200);
    }
    let ada =
        Person::signed_in(&door, post("/setup", json!({"code": code, "username": "ada", "password": PASSWORD})).await);
    let invite = ada.post("/invites", json!({})).await.is(201);
    let ben = Person::signed_in(
        &door,
        post("/auth/register", json!({"invite": invite["code"], "username": "ben", "password": PASSWORD})).await,
    );
    let room = ada.makes("private", "den", &[&ben]).await;
    let mut ear = ben.listens().await;
    // A link is words: nobody looks at what it leads to.
    ada.says(room, "see https://example.org/page and @ben").await;
    ear.hears(posted("see https://example.org/page and @ben")).await;
    let file = ada.uploads(room, "plan.bin", vec![7; 300_000]).await;
    let picture = [0xff, 0xd8, 0xff, 0xe0].into_iter().chain([0; 600]).collect::<Vec<u8>>();
    ada.sends("PUT", &format!("/api/v1/files/{}/thumb", file["id"].as_str().unwrap()), "image/jpeg", picture).await;
    let shown = ada.shows(room, "the plan", &[&file]).await;
    assert_eq!(ben.fetches(shown["files"][0]["url"].as_str().unwrap()).await.body.len(), 300_000);
    assert!(ada.get("/users?query=be").await.is(200).to_string().contains("ben"));
    ada.post("/admin/backups", json!(null)).await.answered(202);
    let made = async {
        loop {
            let list = ada.get("/admin/backups").await.is(200);
            if list["working"].is_null() && list["backups"][0]["verified"] == "restored" {
                return;
            }
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    };
    tokio::time::timeout(4 * DEADLINE, made).await.expect("a backup is made and restored on trial");
    for path in ["/admin/status", "/admin/certificate", "/admin/storage", "/auth/sessions"] {
        ada.get(path).await.answered(200);
    }
    ada.fetches("/metrics").await.answered(200);
    drop(ear);
    assert_eq!(server.tried(), BTreeSet::new(), "it needs nobody");

    let mut server = Watched::start(folder.path(), "second", address, &[]);
    server.says("listening on").await;
    let page = ben.get(&format!("/rooms/{room}/messages")).await.is(200);
    assert!(page.to_string().contains("the plan"));
    let doctor = Command::new(env!("CARGO_BIN_EXE_snug"))
        .arg("--data")
        .arg(folder.path().join("data"))
        .args(["doctor", "--network", "--json"])
        .env("SNUG_CONFIG", "/dev/null")
        .output()
        .unwrap();
    let listed: Value = serde_json::from_slice(&doctor.stdout).unwrap();
    assert_eq!(listed["destinations"], json!([]), "and says so");
    assert_eq!(server.tried(), BTreeSet::new());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
#[ignore = "is started by another test, without a network"]
async fn a_story_with_an_authority() {
    if !is_inside() {
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    let address = free();
    let settings = [
        ("SNUG_SERVER__TLS", "acme"),
        ("SNUG_SERVER__HOSTS", "chat.example.org"),
        ("SNUG_SERVER__REDIRECT_LISTEN", "127.0.0.1:0"),
        ("SNUG_ACME__DIRECTORY", "https://198.51.100.7:14000/dir"),
    ];
    let mut server = Watched::start(folder.path(), "ordering", address, &settings);
    server.says("is ordered now").await;
    let data = folder.path().join("data");
    let snug = |args: &[&str]| {
        let mut snug = Command::new(env!("CARGO_BIN_EXE_snug"));
        snug.arg("--data").arg(&data).args(args).env("SNUG_CONFIG", "/dev/null").envs(settings);
        snug.output().unwrap().stdout
    };
    let listed: Value = serde_json::from_slice(&snug(&["doctor", "--network", "--json"])).unwrap();
    let listed = listed["destinations"].as_array().unwrap();
    assert_eq!(listed.len(), 1);
    assert_eq!(listed[0]["address"], "https://198.51.100.7:14000/dir");
    // It goes on with its own certificate, and says that the order came to nothing.
    let failed = async {
        loop {
            let status: Value = serde_json::from_slice(&snug(&["status", "--json"])).unwrap();
            if status["certificate"]["last_error"].is_string() {
                return;
            }
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    };
    tokio::time::timeout(4 * DEADLINE, failed).await.expect("the order fails");
    let tried = soon("the stop", tokio::task::spawn_blocking(|| server.tried())).await.unwrap();
    assert_eq!(tried, BTreeSet::from(["198.51.100.7:14000".to_owned()]));
}
