//! The edge through its public face: real sockets on one side, a scripted exchange on the other.

mod bindings_survive_a_restart;
mod calls_in;
mod calls_out;
mod certificates;
mod direct_routing;
mod encryption;
mod floods;
mod gateways;
mod help;
mod hold;
mod ipv6;
mod junk;
mod registration;
mod reliable;
mod session_timer;
mod sipp_as_a_trunk;
mod sipp_as_teams;
mod sipp_before_the_answer;
mod sipp_cancels;
mod sipp_sends_on;
mod streams;
mod torture;
mod transfer;
mod trunks;
mod voip_headers;
mod with_baresip;
mod with_sipp;

mod peer;
mod sbc;
mod sipp;
mod world;
