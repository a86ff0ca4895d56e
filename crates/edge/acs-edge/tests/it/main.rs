//! Behaviours of the REST surface, over a scripted platform.

mod authentication;
mod create_call;
mod incoming_call;
mod malformed_requests;
mod media;
mod office;
mod participants;
mod phone_numbers;
mod public_keys;
mod recorded_requests;
mod recordings;
mod refusals;
mod repeatability;
mod resource_requests;
mod sip_routing;
mod speech;
mod streams;
mod teams_extension;
mod versions;

mod surface;
