//! SIPp, a peer that knows nothing of this code.

use std::process::Stdio;

use tokio::process::{Child, Command};

/// A free UDP port, as far as anybody can know.
pub fn free_port() -> u16 {
    std::net::UdpSocket::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port()
}

/// Starts `sipp` with these arguments for one call on 127.0.0.1.
pub fn sipp(arguments: &[&str]) -> Child {
    Command::new("sipp")
        .args(["-i", "127.0.0.1", "-m", "1", "-nostdin", "-timeout", "30s"])
        .args(arguments)
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .kill_on_drop(true)
        .spawn()
        .expect("sipp is installed (Debian package sip-tester)")
}
