//! Stories through public doors only: a real server, real HTTP, real WebSockets, and persons who use them.
mod accounts;
mod acme;
mod age;
mod audit;
mod backups;
mod backups_crash;
mod bots;
mod brakes;
mod canary;
mod cli;
mod contract;
mod counts;
mod crash;
mod crowd;
mod damage;
mod doors;
mod downloads;
mod drafts;
mod eio;
mod erasure;
mod factors;
mod files;
mod files_crash;
mod files_power;
mod floors;
mod full;
mod fuzz;
mod gallery;
mod guard;
mod inspection;
mod keys;
mod leaks;
mod matrix;
mod mentions;
mod messages;
mod metrics;
mod order;
mod passkeys;
mod people;
mod pins;
mod power;
mod quiet;
mod reactions;
mod read_only;
mod receipts;
mod retention;
mod rooms;
mod search;
mod sessions;
mod settings;
mod socket;
mod storage;
mod store;
mod support;
mod systemd;
mod threads;
mod timing;
mod tokens;
mod traffic;
mod tus;
mod upgrade;
mod walk;

// The build script's own parts, which cargo tests nowhere else.
#[path = "../../src/build/join.rs"]
mod join;
#[path = "../../src/build/mask.rs"]
mod mask;
#[path = "../../src/build/script.rs"]
mod script;
#[path = "../../src/build/sheets.rs"]
mod sheets;
