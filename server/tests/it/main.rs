//! The real binary, started as a user starts it.

mod configuration;
mod events;
mod help;
mod running_server;
mod start_and_stop;
