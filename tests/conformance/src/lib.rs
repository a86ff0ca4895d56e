//! The running server, seen from outside.
//!
//! The tests start the real `ringdown` binary and talk to it as the world does: with the official SDKs
//! ([`sdk`]), with signed requests written by hand ([`signed`]), with real SIP peers ([`sipp`], [`baresip`],
//! [`soft_phone`]), and with an application's webhooks ([`app`]). What is said on the phone is judged by its
//! [`sound`].

pub mod app;
pub mod authority;
pub mod baresip;
pub mod cli;
pub mod crowd;
pub mod event;
pub mod intruder;
pub mod media_end;
pub mod metrics;
pub mod patience;
pub mod platform;
pub mod psap;
pub mod readme;
pub mod scene;
pub mod sdk;
pub mod signed;
pub mod sipp;
pub mod socket;
pub mod soft_phone;
pub mod sound;
pub mod telephone_event;
pub mod tether;
pub mod world;
