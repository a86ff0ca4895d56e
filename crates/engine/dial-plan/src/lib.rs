//! What was dialled, by whom, and where it goes: pure, over a directory snapshot.
//!
//! Calls toward the public network need a principal that may make them; nobody
//! else leaves through a trunk (no toll fraud).

mod route;

mod choice;
mod dialled;
mod principal;
mod refusal;

pub use dialled::Dialled;
pub use principal::Principal;
pub use refusal::Refusal;
pub use route::{Route, emergency_number, route};
