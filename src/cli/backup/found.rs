//! `snug backup list` and `snug backup verify`.
use super::{Given, print_summary};
use crate::backups::{How, Kept, Kind, found_in};
use crate::cli::failure::Failure;
use crate::cli::print::{Table, answer, cell, size, time};
use crate::cli::{Done, Place};
use crate::store::backup::{self, Beside};
use clap::Args;
use serde_json::{Value, json};
use std::path::PathBuf;

#[derive(Args)]
pub struct List {
    /// The folder [default: the server's, backups in the data folder]
    dir: Option<PathBuf>,
}

#[derive(Args)]
pub struct Verify {
    #[command(flatten)]
    given: Given,
}

impl List {
    pub fn run(self, place: &Place, as_json: bool) -> Done {
        let dir = match self.dir {
            Some(dir) => {
                std::fs::metadata(&dir).map_err(|error| Failure::file(&error, &dir))?;
                dir
            }
            None => place.configuration()?.backup.folder,
        };
        let backups: Vec<Value> = found_in(&dir)?.iter().map(listed).collect();
        answer(as_json, &json!({ "backups": backups }), |answer| {
            let table = Table::of(
                &answer["backups"],
                &[
                    ("FILE", |backup| cell(&backup["file"])),
                    ("MADE", |backup| time(&backup["created_at"])),
                    ("KIND", |backup| cell(&backup["kind"])),
                    ("SIZE", |backup| size(backup["bytes"].as_u64().unwrap_or_default())),
                    ("FILES", |backup| size(backup["file_bytes"].as_u64().unwrap_or_default())),
                    ("UP TO", |backup| cell(&backup["last_id"])),
                    ("VERSION", |backup| cell(&backup["version"])),
                    ("CHECKED", |backup| match &backup["problem"] {
                        Value::Null => format!("{} {}", cell(&backup["verified"]), time(&backup["verified_at"])),
                        problem => cell(problem),
                    }),
                ],
            );
            table.to_string()
        })
    }
}

fn listed(kept: &Kept) -> Value {
    json!({
        "file": kept.file.display().to_string(),
        "name": kept.name,
        "kind": match kept.kind { Kind::Nightly => "nightly", Kind::Manual => "manual" },
        "created_at": kept.created_at,
        "version": kept.version,
        "schema": kept.schema,
        "last_id": kept.last_id,
        "rows": kept.rows,
        "files": kept.files,
        "file_bytes": kept.file_bytes,
        "bytes": kept.bytes,
        "encrypted": kept.encrypted,
        "verified_at": kept.verified_at,
        "verified": kept.verified.map(How::word),
        "problem": kept.problem,
    })
}

impl Verify {
    pub fn run(self, place: &Place, as_json: bool) -> Done {
        let (path, source) = self.given.source(place)?;
        let open = |name: &[u8; 32]| source.beside(name);
        let summary = backup::verify_with(source.stream()?, Beside::Read(&open), |_| Ok(()))?;
        print_summary(as_json, &summary, &format!("{} is whole", path.display()))
    }
}
