//! Behaviours of the REST surface, over a scripted platform.

mod authentication;
mod create_call;
mod incoming_call;
mod malformed_requests;
mod media;
mod not_yet;
mod participants;
mod public_keys;
mod recorded_requests;
mod recordings;
mod refusals;
mod repeatability;
mod speech;
mod streams;
mod versions;

mod surface;
