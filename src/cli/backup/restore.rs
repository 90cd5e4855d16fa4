//! `snug backup restore`: a stopped server's data from a backup.
use super::{Given, print_summary};
use crate::admin::client;
use crate::cli::failure::{Code, Failure};
use crate::cli::{Done, Place, block_on, print};
use crate::store::backup::{self, CONFIGURATION};
use clap::Args;

#[derive(Args)]
pub struct Restore {
    #[command(flatten)]
    given: Given,
    /// Replace the data that is there
    #[arg(long)]
    force: bool,
}

impl Restore {
    pub fn run(self, place: &Place, as_json: bool) -> Done {
        let data = place.configuration()?.data;
        let (_, source) = self.given.source(place)?;
        if block_on(async { Ok(client::is_running(&data).await?) })? {
            let line = format!("The server of {} is running. Stop it, restore, and start it again.", data.display());
            return Err(Failure::new(Code::Busy, line));
        }
        if backup::occupied(&data) && !self.force {
            let line = format!("{} holds a server's data already. To replace it, add --force.", data.display());
            return Err(Failure::new(Code::Exists, line));
        }
        let open = |name: &[u8; 32]| source.beside(name);
        let made = backup::restore_with(|| source.stream(), &open, &data)?;
        print_summary(as_json, &made.summary, &format!("{} is restored", data.display()))?;
        if !as_json && made.files.iter().any(|file| file == CONFIGURATION) {
            let path = data.join(CONFIGURATION);
            print::line(format!(
                "The configuration of that server is in {}: move it to where yours is, if you want it.",
                path.display()
            ))?;
        }
        Ok(())
    }
}
