//! The switchboard with a real exchange and scripted ports.

mod answering;
mod durability;
mod scripted;
mod stopping;
