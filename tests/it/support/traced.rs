//! The real binary under `strace`: its system calls are read, or made to fail.
use std::fs;
use std::process::{Child, Command, ExitStatus};

/// Whether the program is here and may trace others.
pub fn can_trace() -> bool {
    let tried = Command::new("strace").args(["-f", "-o", "/dev/null", "true"]).output();
    let can = tried.is_ok_and(|output| output.status.success());
    if !can {
        println!("skipped: strace is missing, or may not trace here");
    }
    can
}

/// Killed with its tracer when it is dropped.
pub struct Traced(Child);

impl Traced {
    /// Starts a program with what strace is told.
    pub fn start(told: &[&str], program: &Command) -> Traced {
        Traced(Traced::command(told, program).spawn().unwrap())
    }

    /// Likewise, to be given what else it needs.
    pub fn command(told: &[&str], program: &Command) -> Command {
        let mut command = Command::new("strace");
        command.args(["-f", "-qq"]);
        // Much faster; but strace 6.1 loses signals there.
        if !told.iter().any(|told| told.contains("signal=")) {
            command.arg("--seccomp-bpf");
        }
        if !told.contains(&"-o") {
            command.args(["-o", "/dev/null"]);
        }
        command.args(told).arg(program.get_program()).args(program.get_args());
        for (name, value) in program.get_envs() {
            match value {
                Some(value) => command.env(name, value),
                None => command.env_remove(name),
            };
        }
        command.stdout(std::process::Stdio::null()).stderr(std::process::Stdio::null());
        command
    }

    pub fn of(child: Child) -> Traced {
        Traced(child)
    }

    /// How it ended, if it has.
    pub fn ended(&mut self) -> Option<ExitStatus> {
        self.0.try_wait().unwrap()
    }

    /// Sends a signal to the traced one: the tracer's end is not its end.
    pub fn signal(&self, signal: &str) {
        let children = fs::read_to_string(format!("/proc/{0}/task/{0}/children", self.0.id())).unwrap_or_default();
        for child in children.split_whitespace() {
            let _ = Command::new("kill").args([signal, child]).status();
        }
    }

    /// Asks it to stop, and waits until it has.
    pub fn stop(mut self) -> ExitStatus {
        self.signal("-TERM");
        self.0.wait().unwrap()
    }
}

impl Drop for Traced {
    fn drop(&mut self) {
        self.signal("-9");
        let _ = self.0.wait();
    }
}
