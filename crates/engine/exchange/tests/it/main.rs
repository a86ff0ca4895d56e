//! The exchange through its face: who may call whom, and what commands answer.

mod calling_out;
mod commands;
mod companies;
mod deliveries;
mod help;
mod on_behalf;
mod reaching;
mod records;
mod replacing;

mod world;
