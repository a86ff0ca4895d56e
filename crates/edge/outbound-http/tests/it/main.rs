//! The gate against real servers on this machine.

mod memory;
mod redirects;
mod refusals;
mod server;
mod tls;
mod web_sockets;
