//! The command line: one file per subcommand. It reads arguments, asks, and prints.
mod failure;
mod serve;

use clap::{Args, Parser, Subcommand};
use failure::Failure;
use std::path::PathBuf;
use std::process::ExitCode;

/// A private chat for a team, a family, a club: one file that you download and run.
#[derive(Parser)]
#[command(name = "snug", version, about, propagate_version = true, arg_required_else_help = false)]
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
}

/// Runs what the arguments say.
pub fn run() -> ExitCode {
    let cli = match Cli::try_parse() {
        Ok(cli) => cli,
        Err(error) => return failure::usage(&error),
    };
    let done = match cli.command.unwrap_or(Command::Serve(serve::Serve::default())) {
        Command::Serve(serve) => serve.run(&cli.place),
    };
    match done {
        Ok(()) => ExitCode::SUCCESS,
        Err(failure) => failure.report(),
    }
}

type Done = Result<(), Failure>;
