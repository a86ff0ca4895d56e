//! What receivers of events notice: real HTTP on loopback, a real store.

mod call_records;
mod callbacks;
mod event_grid;
mod in_process;
mod limits;
mod listing;
mod restart;
mod tokens;

mod receiver;
mod world;
