//! Stories through public doors only: a real server, real HTTP, real WebSockets, and persons who use them.
mod accounts;
mod cli;
mod floors;
mod guard;
mod messages;
mod power;
mod rooms;
mod socket;
mod support;
mod walk;
