//! R21: more who come than the system gives files. Nobody who is there is hurt, the others wait, and are let in when there is room.
use crate::crash::Server;
use crate::support::{Door, PASSWORD, Person, pebble::free, soon, told};
use serde_json::{Value, json};
use std::fs;
use std::net::{SocketAddr, TcpStream};
use std::path::Path;
use std::process::{Child, Command, Output, Stdio};
use std::time::Duration;

struct Narrow {
    child: Child,
    data: std::path::PathBuf,
}

impl Drop for Narrow {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

impl Narrow {
    /// Starts a server in a shell that was told this first, and waits until it listens.
    async fn start(folder: &Path, told: &str, address: SocketAddr) -> Narrow {
        let data = folder.join("data");
        let script = format!("{told}; exec \"$0\" \"$@\"");
        let mut command = Command::new("/bin/sh");
        command.args(["-c", &script, env!("CARGO_BIN_EXE_snug"), "--data"]).arg(&data);
        command.args(["serve", "--tls", "off", "--listen", &address.to_string()]).envs(Server::SETTINGS);
        command.env("SNUG_LOG__LEVEL", "warn");
        let log = |name: &str| Stdio::from(fs::File::create(folder.join(name)).unwrap());
        let child = command.stdout(log("out")).stderr(log("err")).spawn().unwrap();
        let narrow = Narrow { child, data };
        let listens = async {
            while !fs::read_to_string(folder.join("out")).is_ok_and(|said| said.contains("/setup#")) {
                tokio::time::sleep(Duration::from_millis(5)).await;
            }
        };
        soon("listening", listens).await;
        narrow
    }

    fn snug(&self, args: &[&str]) -> Output {
        let mut snug = Command::new(env!("CARGO_BIN_EXE_snug"));
        snug.arg("--data").arg(&self.data).args(args).envs(Server::SETTINGS).output().unwrap()
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn r21_where_files_run_out_who_is_there_stays_and_others_wait_until_there_is_room() {
    let folder = tempfile::tempdir().unwrap();
    let address = free();
    let server = Narrow::start(folder.path(), "ulimit -n 100", address).await;
    let said = fs::read_to_string(folder.path().join("out")).unwrap();
    let code = said.split_once("/setup#").unwrap().1.split_whitespace().next().unwrap();
    let door = Door::plain(address);
    let headers = [("content-type", "application/json")];
    let body = json!({"code": code, "username": "ada", "password": PASSWORD}).to_string();
    let ada = Person::signed_in(&door, door.call("POST", "/api/v1/setup", &headers, body).await);
    let room = ada.makes("private", "den", &[]).await;
    let mut ear = ada.listens().await;

    let crowd: Vec<TcpStream> = (0..150).map(|_| TcpStream::connect(address).unwrap()).collect();
    // The server says so once it is full.
    let full = async {
        while !fs::read_to_string(folder.path().join("err")).unwrap().contains("others wait") {
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    };
    soon("the last place", full).await;
    // Who is there goes on as before.
    for number in 0..20 {
        ear.tells(
            json!({"type": "send", "ref": number, "room": room, "text": "still here", "nonce": number.to_string()}),
        )
        .await;
        ear.hears(told(json!({"type": "ok", "ref": number}))).await;
    }
    // And there are files left for whoever looks after the server, and for a backup with its trial.
    let status = server.snug(&["status", "--json"]);
    let status: Value = serde_json::from_slice(&status.stdout).unwrap_or_else(|_| panic!("{status:?}"));
    let open = status["process"]["open_files"].as_u64().unwrap();
    assert!(status["process"]["open_files_max"] == 100 && open < 100, "{open}");
    let made = server.snug(&["backup", "now"]);
    assert!(made.status.success(), "{made:?}");

    // Those who went make room, without a restart.
    drop(crowd);
    assert_eq!(ada.get("/me").await.is(200)["username"], "ada");
    let complaints = fs::read_to_string(folder.path().join("err")).unwrap();
    assert_eq!(complaints.matches("others wait").count(), 1, "{complaints}");
    assert!(
        !complaints.contains("no connection can be accepted"),
        "it never came to the end of its files: {complaints}"
    );
}

#[tokio::test]
async fn r21_what_a_shell_gives_at_first_is_not_all_that_there_is() {
    let folder = tempfile::tempdir().unwrap();
    let server = Narrow::start(folder.path(), "ulimit -Sn 200; ulimit -Hn 4000", free()).await;
    let status: Value = serde_json::from_slice(&server.snug(&["status", "--json"]).stdout).unwrap();
    assert_eq!(status["process"]["open_files_max"], 4_000);
}
