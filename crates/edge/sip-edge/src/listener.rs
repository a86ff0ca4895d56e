//! Sockets: where messages come in and go out, each through the guard.

mod bind;
mod certificate;
mod intake;
mod outgoing;
mod stream;
mod udp;
mod verifier;

pub(crate) use bind::bind;
pub(crate) use intake::Intake;
pub(crate) use stream::{ConnectError, Streams};
pub(crate) use udp::GuardedSocket;
pub(crate) use verifier::FarEndVerifier;
