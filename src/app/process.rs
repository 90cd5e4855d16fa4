//! What this process takes of the machine, from /proc/self, which stays visible under `ProcSubset=pid`.
use std::fs;

/// As the system sees us. What it does not tell is 0.
#[derive(Debug, Clone, Copy, Default)]
pub struct Process {
    pub resident_bytes: u64,
    /// Connections among them.
    pub open_files: u64,
    /// None: as many as the machine can.
    pub open_files_max: Option<u64>,
    pub cpu_secs: f64,
}

impl Process {
    pub fn now() -> Process {
        Process {
            resident_bytes: resident_bytes().unwrap_or_default(),
            open_files: fs::read_dir("/proc/self/fd").map_or(0, |entries| entries.count() as u64),
            open_files_max: rustix::process::getrlimit(rustix::process::Resource::Nofile).current,
            cpu_secs: cpu_secs().unwrap_or_default(),
        }
    }
}

/// The second number of statm, in pages (proc(5)).
fn resident_bytes() -> Option<u64> {
    let pages: u64 = fs::read_to_string("/proc/self/statm").ok()?.split_whitespace().nth(1)?.parse().ok()?;
    Some(pages * rustix::param::page_size() as u64)
}

/// Fields 14 and 15 of stat, in ticks; the second field, a name in brackets, may hold spaces.
fn cpu_secs() -> Option<f64> {
    let stat = fs::read_to_string("/proc/self/stat").ok()?;
    let mut fields = stat.rsplit_once(')')?.1.split_whitespace().skip(11);
    let (user, system): (u64, u64) = (fields.next()?.parse().ok()?, fields.next()?.parse().ok()?);
    Some((user + system) as f64 / rustix::param::clock_ticks_per_second() as f64)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_system_says_what_we_take() {
        let now = Process::now();
        assert!(now.resident_bytes > 1_000_000 && now.open_files >= 3 && now.cpu_secs >= 0.0, "{now:?}");
    }
}
