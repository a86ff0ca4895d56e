//! What was dialled, by whom, and where it goes: pure, over a directory snapshot.
//!
//! Calls toward the public network need a principal that may make them; nobody
//! else leaves through a trunk (no toll fraud). Whoever belongs to an organization
//! is decided for by its policies, and every decision tells [why](Why).

mod route;

mod decision;

mod access;
mod callback;
mod caller_id;
mod choice;
mod circumstances;
mod country;
mod delivery;
mod dialled;
mod gateways;
mod help;
mod inbound;
mod normalization;
mod on_behalf;
mod party;
mod principal;
mod public_network;
mod refusal;
mod why;

pub use callback::{called_number, emergency_pool};
pub use caller_id::Shown;
pub use circumstances::{Availability, Circumstances};
pub use delivery::{Delivery, Ring, Stage};
pub use dialled::Dialled;
pub use gateways::Candidate;
pub use help::{Help, HelpDialled};
pub use on_behalf::{Agent, OnBehalf, OnBehalfRefusal, may_call_on_behalf, on_behalf};
pub use principal::{Principal, may_show};
pub use refusal::Refusal;
pub use route::{Explained, Route, explain, help_dialled, route};
pub use why::{About, Rule, Step, Why};
