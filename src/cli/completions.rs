//! `snug completions`, `snug man`: what shells and `man` want to know, from the arguments themselves.
use super::failure::{Code, Failure};
use super::{Cli, Done};
use clap::{Args, CommandFactory};
use clap_complete::Shell;
use std::io::{self, Write};
use std::path::PathBuf;

/// What a shell needs to complete arguments
#[derive(Args)]
#[command(after_help = "Example: snug completions bash > /usr/share/bash-completion/completions/snug")]
pub struct Completions {
    /// The shell
    shell: Shell,
}

/// The manual: a page for each command
#[derive(Args)]
#[command(after_help = "Example: snug man /usr/local/share/man/man1")]
pub struct Man {
    /// The folder to write the pages into, or - for the first page on stdout
    dir: PathBuf,
}

impl Completions {
    pub fn run(self) -> Done {
        let mut script = Vec::new();
        clap_complete::generate(self.shell, &mut Cli::command(), "snug", &mut script);
        to_stdout(&script)
    }
}

impl Man {
    pub fn run(self) -> Done {
        if self.dir.as_os_str() == "-" {
            let mut page = Vec::new();
            let rendered = clap_mangen::Man::new(Cli::command()).render(&mut page);
            rendered.map_err(|error| Failure::new(Code::InputOutput, error.to_string()))?;
            return to_stdout(&page);
        }
        if !self.dir.is_dir() {
            let line = format!("{} is no folder. Make it first, or name another.", self.dir.display());
            return Err(Failure::new(Code::NoFile, line));
        }
        clap_mangen::generate_to(Cli::command(), &self.dir).map_err(|error| Failure::file(&error, &self.dir))
    }
}

fn to_stdout(bytes: &[u8]) -> Done {
    let mut out = io::stdout().lock();
    match out.write_all(bytes).and_then(|()| out.flush()) {
        Err(error) if error.kind() != io::ErrorKind::BrokenPipe => {
            Err(Failure::new(Code::InputOutput, error.to_string()))
        }
        _ => Ok(()),
    }
}
