//! What finding something takes in a house that has talked for years: questions, the size of the index, the time to make it
//! anew, and what keeping it costs those who send.
//!
//! `cargo bench --bench search` writes 1,000,000 messages of three years straight through the store, starts the release binary
//! on them and prints one table; `cargo bench --bench search -- 20000` does so with fewer. All is asked over loopback, by people.
mod house;
#[path = "house/talk.rs"]
mod talk;

use house::{Server, figures, send_steadily};
use hyper::body::Bytes;
use hyper::client::conn::http1::SendRequest;
use snug::chat::member;
use snug::chat::message::{self, Draft};
use snug::chat::room::{self, NewRoom};
use snug::chat::user::{self, NewUser};
use snug::clock;
use snug::error::Result;
use snug::row::{Role, RoomKind, RoomRole};
use snug::store::Store;
use std::path::Path;
use std::process::Command;
use std::sync::Arc;
use std::time::{Duration, Instant};
use talk::{Chance, Ranks, Talk};

const MESSAGES: u64 = 1_000_000;
const PEOPLE: usize = 300;
const ROOMS: usize = 300;
/// Messages of one change, and those that are said in a room before another one is talked in.
const STEP: u64 = 5_000;
const TURN: u64 = 20;
const YEARS_MS: u64 = 3 * 365 * 24 * 3_600_000;
/// Rooms of who is in few, by how much is said in them.
const FEW: [usize; 5] = [2, 11, 40, 120, 260];
/// Questions of a kind.
const QUESTIONS: usize = 400;
/// Sends: how many a second, for how long, how often the kinds take turns, and questions a second beside them.
const PACE: u32 = 50;
const SPAN: Duration = Duration::from_secs(20);
const TURNS: usize = 3;
const QUESTIONS_PACE: u32 = 10;

fn main() {
    let asked = std::env::args().skip(1).find_map(|argument| argument.parse().ok());
    let runtime = tokio::runtime::Runtime::new().expect("a runtime starts");
    runtime.block_on(measure(asked.unwrap_or(MESSAGES)));
}

/// Who asks: a name for the table, and the cookie.
struct Asker {
    rooms: usize,
    cookie: String,
}

async fn measure(messages: u64) {
    let folder = tempfile::tempdir().expect("a folder can be made");
    let data = folder.path().join("data");
    let server = Server::on(&data, false);
    server.set_up().await;
    let askers = [
        Asker { rooms: FEW.len(), cookie: server.register(0).await },
        Asker { rooms: ROOMS, cookie: server.register(1).await },
    ];
    server.stop();
    let talk = Arc::new(Talk::new());
    println!("| what | figure |\n|---|---|");
    let began = Instant::now();
    let (rooms, bytes) = fill(&data, messages, talk.clone()).await.expect("the store takes it");
    println!(
        "| {messages} messages of {PEOPLE} people in {ROOMS} rooms, {} MB of text, written in {:.0} s | {} MB of database |",
        bytes >> 20,
        began.elapsed().as_secs_f64(),
        size(&data.join("snug.redb")) >> 20
    );

    index_is(&data, false);
    let server = Server::on(&data, false);
    let alone = memory(&server);
    server.stop();
    index_is(&data, true);
    let server = Server::on(&data, false);
    rebuild(&data, messages);
    let built = memory(&server);
    let questions = Questions { talk: &talk, people: PEOPLE, room: rooms[FEW[2]], day: half_way() };
    for asker in &askers {
        for kind in KINDS {
            ask_all(&server, asker, kind, &questions).await;
        }
    }
    println!(
        "| memory (of it, not of files): without an index, after it was made, after {} questions | {alone}, {built}, {} |",
        2 * KINDS.len() * QUESTIONS,
        memory(&server)
    );
    server.stop();
    sends(&data, &askers[1], rooms[0], &questions).await;
}

/// Makes people and rooms, and has them talk. The rooms, and how many bytes were said.
async fn fill(data: &Path, messages: u64, talk: Arc<Talk>) -> Result<(Vec<u64>, u64)> {
    let store = Store::open(data, Box::new(drop))?;
    let began = clock::now() - YEARS_MS;
    let (rooms, members) = store.change(move |change| settle(change, began)).await?;
    let (rooms, members) = (Arc::new(rooms), Arc::new(members));
    let ranks = Arc::new(Ranks::of(ROOMS));
    let (mut chance, mut said, mut bytes) = (Chance::of(7), 0, 0);
    while said < messages {
        let count = STEP.min(messages - said);
        let (rooms, members, ranks, talk, start) =
            (rooms.clone(), members.clone(), ranks.clone(), talk.clone(), chance.clone());
        (chance, bytes) = store
            .change(move |change| {
                // A change may be decided anew: then by the same chance.
                let (mut chance, mut bytes, mut room) = (start.clone(), bytes, 0);
                for number in said..said + count {
                    if number % TURN == 0 {
                        room = ranks.one(&mut chance);
                    }
                    let people = &members[room];
                    let user = people[chance.below(people.len())];
                    let draft = Draft { text: talk.message(&mut chance), ..Draft::default() };
                    bytes += draft.text.len() as u64;
                    change.now = began + YEARS_MS / messages * number;
                    message::send(change, user, rooms[room], &draft)?;
                }
                Ok((chance, bytes))
            })
            .await?;
        said += count;
    }
    Ok((rooms.to_vec(), bytes))
}

/// The people and the rooms, each with its members: one is in all, one in few, the others in a tenth.
fn settle(change: &mut snug::store::Change, began: u64) -> Result<(Vec<u64>, Vec<Vec<u64>>)> {
    change.now = began;
    let known = |change: &snug::store::Change, name: &str| {
        snug::store::tables::USERNAMES.get(change, name).map(|id| id.expect("they registered"))
    };
    let (owner, few, all) = (known(change, "owner")?, known(change, "member0")?, known(change, "member1")?);
    let mut people = Vec::new();
    for number in 0..PEOPLE {
        let new = NewUser { username: format!("person{number}"), name: None, role: Role::Member, password: None };
        people.push(user::create(change, &new)?.id);
    }
    let (mut rooms, mut members) = (Vec::new(), Vec::new());
    for number in 0..ROOMS {
        let new = NewRoom {
            name: format!("Room {number}"),
            topic: None,
            description: None,
            kind: RoomKind::Public,
            members: Vec::new(),
        };
        let id = room::create(change, owner, &new)?.id;
        let mut inside: Vec<u64> = (0..PEOPLE / 10).map(|step| people[(number + step * 10 + step) % PEOPLE]).collect();
        inside.push(all);
        inside.extend(FEW.contains(&number).then_some(few));
        inside.sort_unstable();
        inside.dedup();
        for user in &inside {
            member::put(change, owner, id, *user, RoomRole::Member)?;
        }
        rooms.push(id);
        members.push(inside);
    }
    Ok((rooms, members))
}

/// Where a file is in the place of its folder, no index can be kept: that is what sends are compared with.
fn index_is(data: &Path, kept: bool) {
    let (place, aside) = (data.join("search"), data.join("search.aside"));
    if kept {
        std::fs::remove_file(&place).expect("a file is there");
        let _ = std::fs::rename(&aside, &place);
    } else {
        let _ = std::fs::rename(&place, &aside);
        std::fs::write(&place, "").expect("a file can be made");
    }
}

/// Makes the index anew as an operator does.
fn rebuild(data: &Path, messages: u64) {
    let began = Instant::now();
    let done = Command::new(env!("CARGO_BIN_EXE_snug"))
        .args(["search", "rebuild", "--json", "--data"])
        .arg(data)
        .output()
        .expect("the program runs");
    assert!(done.status.success(), "{}", String::from_utf8_lossy(&done.stderr));
    let took = began.elapsed().as_secs_f64();
    println!("| `snug search rebuild` | {took:.1} s, {:.0} messages/s |", messages as f64 / took);
    // It merges what it wrote until it lets go of its writer; nothing tells of that.
    std::thread::sleep(Duration::from_secs(15));
    let bytes = size(&data.join("search"));
    println!("| size of the index | {} MB, {} bytes per message |", bytes >> 20, bytes / messages);
}

/// What is asked.
#[derive(Clone, Copy)]
enum Kind {
    Word,
    Common,
    Typing,
    Letter,
    TwoLetters,
    Two,
    Phrase,
    Han,
    From,
    In,
    Before,
    Newest,
}

const KINDS: [Kind; 12] = [
    Kind::Word,
    Kind::Common,
    Kind::Typing,
    Kind::Letter,
    Kind::TwoLetters,
    Kind::Two,
    Kind::Phrase,
    Kind::Han,
    Kind::From,
    Kind::In,
    Kind::Before,
    Kind::Newest,
];

impl Kind {
    fn name(self) -> &'static str {
        match self {
            Kind::Word => "one word",
            Kind::Common => "one of the thirty commonest words",
            Kind::Typing => "a word of which half is typed",
            Kind::Letter => "one letter",
            Kind::TwoLetters => "two letters",
            Kind::Two => "two words",
            Kind::Phrase => "a phrase",
            Kind::Han => "Chinese",
            Kind::From => "from: and a word",
            Kind::In => "in: and a word",
            Kind::Before => "before: and a word",
            Kind::Newest => "one word, newest first",
        }
    }
}

struct Questions<'t> {
    talk: &'t Talk,
    people: usize,
    room: u64,
    /// When half of it was said.
    day: String,
}

impl Questions<'_> {
    /// One of a kind, as it is while it is typed: the last word is open. Words are looked for that are rarer than those that are said: each tenfold of ranks as often.
    fn one(&self, kind: Kind, chance: &mut Chance) -> String {
        let latin = &self.talk.latin;
        let rank = 10f64.powf(chance.below(10_000) as f64 / 10_000.0 * (latin.len() as f64).log10());
        let word = latin[(rank as usize).min(latin.len() - 1)].as_str();
        match kind {
            Kind::Word | Kind::Newest => word.to_owned(),
            Kind::Common => latin[chance.below(30)].clone(),
            Kind::Typing => word[..word.len().div_ceil(2)].to_owned(),
            Kind::Letter => word[..1].to_owned(),
            Kind::TwoLetters => word[..2].to_owned(),
            Kind::Two => format!("{} {word}", latin[chance.below(1_000)]),
            Kind::Phrase => format!("\"{} {}\"", latin[chance.below(100)], latin[chance.below(100)]),
            Kind::Han => self.talk.han(chance, 1),
            Kind::From => format!("from:person{} {word}", chance.below(self.people)),
            Kind::In => format!("in:{} {word}", self.room),
            Kind::Before => format!("before:{} {word}", self.day),
        }
    }
}

/// The day when half of it was said.
fn half_way() -> String {
    let secs = (clock::now() - YEARS_MS / 2) / 1_000;
    let day = time::OffsetDateTime::from_unix_timestamp(secs as i64).expect("a moment of this century").date();
    format!("{}-{:02}-{:02}", day.year(), u8::from(day.month()), day.day())
}

/// Asks all questions of a kind, one after the other, as one person.
async fn ask_all(server: &Server, asker: &Asker, kind: Kind, questions: &Questions<'_>) {
    let mut chance = Chance::of(11);
    let mut line = Line::to(server, &asker.cookie).await;
    let mut waits = Vec::new();
    let (mut hits, mut partial) = (0, 0);
    for number in 0..QUESTIONS + QUESTIONS / 10 {
        let question = questions.one(kind, &mut chance);
        let began = Instant::now();
        let answer = line.ask(&question, matches!(kind, Kind::Newest)).await;
        // The first of them wake what sleeps.
        if number >= QUESTIONS / 10 {
            waits.push(began.elapsed());
            hits += answer["total"].as_u64().expect("a number");
            partial += u64::from(answer["partial"] == true);
        }
    }
    let late = if partial > 0 { format!(", {partial} in part") } else { String::new() };
    println!(
        "| {}, in {} rooms, {} hits on average | {}{late} |",
        kind.name(),
        asker.rooms,
        hits / QUESTIONS as u64,
        figures(&mut waits)
    );
}

/// How long sends take, beside questions and without them, with an index that follows and with none.
async fn sends(data: &Path, asker: &Asker, room: u64, questions: &Questions<'_>) {
    let [mut none, mut kept, mut asked] = [const { Vec::new() }; 3];
    let mut found = Vec::new();
    let mut chance = Chance::of(23);
    for turn in 0..TURNS {
        let texts: Vec<String> = (0..1_000).map(|_| questions.talk.message(&mut chance)).collect();
        let said = |number: u32| texts[number as usize % texts.len()].clone();
        index_is(data, false);
        let server = Server::on(data, false);
        let socket = server.socket(&asker.cookie).await;
        none.extend(send_steadily(socket, room, 3 * turn, PACE, SPAN, said).await);
        server.stop();
        index_is(data, true);
        let server = Server::on(data, false);
        let socket = server.socket(&asker.cookie).await;
        kept.extend(send_steadily(socket, room, 3 * turn + 1, PACE, SPAN, said).await);
        let mut line = Line::to(&server, &asker.cookie).await;
        let asking = async {
            let mut ticks = tokio::time::interval(Duration::from_secs(1) / QUESTIONS_PACE);
            for _ in 0..SPAN.as_secs() as u32 * QUESTIONS_PACE {
                ticks.tick().await;
                let question = questions.one(Kind::Word, &mut chance);
                let began = Instant::now();
                line.ask(&question, false).await;
                found.push(began.elapsed());
            }
        };
        let socket = server.socket(&asker.cookie).await;
        let sending = send_steadily(socket, room, 3 * turn + 2, PACE, SPAN, said);
        asked.extend(tokio::join!(sending, asking).0);
        server.stop();
    }
    println!("| sends at {PACE}/s, no index kept | {} |", figures(&mut none));
    println!("| the same with the index | {} |", figures(&mut kept));
    println!("| the same beside {QUESTIONS_PACE} questions a second | {} |", figures(&mut asked));
    println!("| those questions | {} |", figures(&mut found));
}

/// A connection that stays open, as a browser's does.
struct Line {
    sender: SendRequest<http_body_util::Empty<Bytes>>,
    host: String,
    cookie: String,
}

impl Line {
    async fn to(server: &Server, cookie: &str) -> Line {
        let stream = hyper_util::rt::TokioIo::new(server.connect().await);
        let (sender, connection) = hyper::client::conn::http1::handshake(stream).await.expect("the server speaks HTTP");
        tokio::spawn(connection);
        Line { sender, host: server.host(), cookie: cookie.to_owned() }
    }

    async fn ask(&mut self, question: &str, newest: bool) -> serde_json::Value {
        let sort = if newest { "newest" } else { "best" };
        let query = form_urlencoded::Serializer::new(String::new())
            .append_pair("q", question)
            .append_pair("sort", sort)
            .append_pair("limit", "20")
            .finish();
        let request = hyper::Request::get(format!("/api/v1/search?{query}"))
            .header("Host", &self.host)
            .header("Cookie", &self.cookie)
            .body(http_body_util::Empty::new())
            .expect("it is a request");
        self.sender.ready().await.expect("the server listens");
        let answer = self.sender.send_request(request).await.expect("the server answers");
        let status = answer.status();
        let body = http_body_util::BodyExt::collect(answer.into_body()).await.expect("a body").to_bytes();
        assert!(status.is_success(), "{question}: {status} {}", String::from_utf8_lossy(&body));
        serde_json::from_slice(&body).expect("JSON")
    }
}

/// Its memory, and how much of it is not files that are mapped.
fn memory(server: &Server) -> String {
    format!("{} ({}) MB", server.memory_kib("VmRSS") >> 10, server.memory_kib("RssAnon") >> 10)
}

/// Bytes of a file, or of all in a folder.
fn size(path: &Path) -> u64 {
    let Ok(found) = std::fs::metadata(path) else { return 0 };
    if found.is_file() {
        return found.len();
    }
    std::fs::read_dir(path).into_iter().flatten().flatten().map(|entry| size(&entry.path())).sum()
}
