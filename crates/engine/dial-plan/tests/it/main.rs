//! Decisions of a company's telephone system, through the face of the crate.

mod world;

mod any_text;
mod crowd;
mod help;
mod inbound;
mod outbound;
mod people;
