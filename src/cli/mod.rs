//! The command line: one file per subcommand. It reads arguments, asks, and prints.
mod ask;
mod audit;
mod backup;
mod ban;
mod bot;
mod cert;
mod check;
mod compact;
mod completions;
mod config;
mod doctor;
mod failure;
mod files;
mod invite;
mod log;
mod panics;
mod print;
mod room;
mod search;
mod serve;
mod service;
mod status;
mod user;
mod version;

use crate::admin::client::{Door, Folder, Unanswered};
use crate::config::{Config, Flags};
use clap::{Args, Parser, Subcommand};
use failure::{Code, Failure};
use hyper::Method;
use serde_json::{Value, json};
use std::path::PathBuf;
use std::pin::Pin;
use std::process::ExitCode;

/// A private chat for a team, a family, a club: one file that you download and run.
#[derive(Parser)]
#[command(name = "snug", version, about, propagate_version = true, arg_required_else_help = false)]
#[command(after_help = "Example: snug serve --host chat.example.org")]
struct Cli {
    #[command(flatten)]
    place: Place,
    #[command(subcommand)]
    command: Option<Command>,
}

/// Where the data and the configuration are.
#[derive(Args, Clone, Default)]
struct Place {
    /// The data folder [default: $SNUG_DATA, else /var/lib/snug when that is ours, else ./snug-data]
    #[arg(long, global = true, value_name = "DIR")]
    data: Option<PathBuf>,
    /// The configuration file [default: $SNUG_CONFIG, else config.toml in the data folder, else /etc/snug/config.toml]
    #[arg(long, global = true, value_name = "FILE")]
    config: Option<PathBuf>,
}

#[derive(Subcommand)]
enum Command {
    /// Run the server. The same as `snug` alone
    Serve(serve::Serve),
    /// People and their accounts
    User(user::User),
    /// Bots: members that are programs
    Bot(bot::Bot),
    /// Rooms, as those who look after the server see them
    Room(room::Room),
    /// Files that people uploaded, and the space that they take
    Files(files::Files),
    /// Links with which people join
    Invite(invite::Invite),
    /// Make, check and restore backups
    Backup(backup::Backup),
    /// Keep people and addresses out
    Ban(ban::Ban),
    /// Who did what to whom, and from where
    Audit(audit::Audit),
    /// The server's certificate, and how to trust it
    Cert(cert::Cert),
    /// What is configured
    Config(config::Configuration),
    /// Look at every page and row of the database of a stopped server
    Check(check::Check),
    /// Make the databases as small as what is in them
    Compact(compact::Compact),
    /// The index in which messages are found
    Search(search::Search),
    /// Whether the server runs, and how much there is of everything
    Status(status::Status),
    /// Run Snug as a service of systemd
    Service(service::Service),
    /// What a shell needs to complete arguments
    Completions(completions::Completions),
    /// The manual: a page for each command
    Man(completions::Man),
    /// Look at everything that can be wrong around a server, and say what to do
    Doctor(doctor::Doctor),
    /// Which version this is
    Version(version::Version),
}

/// Runs what the arguments say.
pub fn run() -> ExitCode {
    let cli = match Cli::try_parse() {
        Ok(cli) => cli,
        Err(error) => return failure::usage(&error),
    };
    panics::watch();
    let place = &cli.place;
    let done = match cli.command.unwrap_or(Command::Serve(serve::Serve::default())) {
        Command::Serve(serve) => serve.run(place),
        Command::User(user) => user.run(place),
        Command::Bot(bot) => bot.run(place),
        Command::Room(room) => room.run(place),
        Command::Files(files) => files.run(place),
        Command::Invite(invite) => invite.run(place),
        Command::Backup(backup) => backup.run(place),
        Command::Ban(ban) => ban.run(place),
        Command::Audit(audit) => audit.run(place),
        Command::Cert(cert) => cert.run(place),
        Command::Config(config) => config.run(place),
        Command::Check(check) => check.run(place),
        Command::Compact(compact) => compact.run(place),
        Command::Search(search) => search.run(place),
        Command::Status(status) => status.run(place),
        Command::Service(service) => service.run(),
        Command::Completions(completions) => completions.run(),
        Command::Man(man) => man.run(),
        Command::Doctor(doctor) => doctor.run(place),
        Command::Version(version) => version.run(),
    };
    match done {
        Ok(()) => ExitCode::SUCCESS,
        Err(failure) => failure.report(),
    }
}

type Done = Result<(), Failure>;

impl Place {
    /// The configuration, for commands that look after a server.
    fn configuration(&self) -> Result<Config, Failure> {
        let flags = Flags { data: self.data.clone(), config: self.config.clone(), any_owner: true, ..Flags::default() };
        Ok(Config::load(&flags)?)
    }

    /// Opens the door to the server or its data, and does something there.
    fn at_the_door<T>(
        &self,
        folder: Folder,
        errand: impl AsyncFnOnce(&Door) -> Result<T, Failure>,
    ) -> Result<T, Failure> {
        let config = self.configuration()?;
        // What breaks behind the door is said here where there is no server with a log.
        let log = tracing_subscriber::fmt().with_max_level(tracing::Level::ERROR).with_writer(std::io::stderr);
        let _ = log.without_time().with_target(false).with_ansi(false).try_init();
        block_on(async { errand(&Door::open(config, folder).await?).await })
    }
}

/// Runs to the end on this thread.
fn block_on<T>(errand: impl Future<Output = Result<T, Failure>>) -> Result<T, Failure> {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .map_err(|error| Failure::new(Code::InputOutput, error.to_string()))?;
    // In a box: the runtime's code is in the binary once for all commands, not once for each.
    let errand: Pin<Box<dyn Future<Output = Result<T, Failure>> + '_>> = Box::pin(errand);
    runtime.block_on(errand)
}

/// All pages of a list as one; `list` is its name in the answer, `filter` what else its address asks for.
async fn all_of(door: &Door, path: &str, filter: &str, list: &str) -> Result<Value, Unanswered> {
    let mut all: Vec<Value> = Vec::new();
    let mut next = json!(0);
    while let Some(cursor) = next.as_u64() {
        let mut page = door.ask(Method::GET, &format!("{path}?limit=200&cursor={cursor}{filter}"), None).await?;
        if let Value::Array(rows) = page[list].take() {
            all.extend(rows);
        }
        next = page["next"].take();
    }
    Ok(json!({ list: all, "next": null }))
}

/// A text as it stands in a query.
fn encoded(text: &str) -> String {
    form_urlencoded::byte_serialize(text.as_bytes()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use clap::CommandFactory;

    #[test]
    fn every_command_has_help_with_an_example() {
        fn look(command: &clap::Command, path: &str) {
            let path = format!("{path} {}", command.get_name());
            assert!(command.get_after_help().is_some_and(|help| help.to_string().contains("Example: snug")), "{path}");
            command.get_subcommands().for_each(|inner| look(inner, &path));
        }
        Cli::command().debug_assert();
        look(&Cli::command(), "");
    }
}
