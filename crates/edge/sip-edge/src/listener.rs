//! Sockets: where messages come in and go out, each through the guard.

mod bind;
mod stream;
mod udp;

pub(crate) use bind::{Bound, bind};
pub(crate) use stream::Streams;
pub(crate) use udp::GuardedSocket;
