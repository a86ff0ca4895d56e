//! How people and service managers ask the server to stop, and to read its configuration again.

use std::io;

use tokio::signal::unix::{Signal, SignalKind, signal};

/// What was asked.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Asked {
    /// SIGTERM or SIGINT.
    Stop,
    /// SIGHUP.
    Reload,
}

/// SIGTERM, SIGINT and SIGHUP, heard from the moment this exists.
#[derive(Debug)]
pub struct Signals {
    terminate: Signal,
    interrupt: Signal,
    hang_up: Signal,
    /// Only taken, never waited for: a file that may not grow any more (`ulimit -f`, `LimitFSIZE=`) is
    /// a full disk, which the store deals with, and no reason to die.
    _file_too_large: Signal,
}

/// SIGXFSZ, the same on all Linux machines but MIPS, where it is not listened for.
const FILE_TOO_LARGE: SignalKind = SignalKind::from_raw(25);

impl Signals {
    /// Begins to listen for them.
    pub fn listen() -> io::Result<Self> {
        Ok(Self {
            terminate: signal(SignalKind::terminate())?,
            interrupt: signal(SignalKind::interrupt())?,
            hang_up: signal(SignalKind::hangup())?,
            _file_too_large: signal(FILE_TOO_LARGE)?,
        })
    }

    /// The next one.
    pub async fn next(&mut self) -> Asked {
        tokio::select! {
            _ = self.terminate.recv() => Asked::Stop,
            _ = self.interrupt.recv() => Asked::Stop,
            _ = self.hang_up.recv() => Asked::Reload,
        }
    }

    /// The next that asks to stop; what else is asked is too late, or too early.
    pub async fn stop(&mut self) {
        while self.next().await != Asked::Stop {}
    }
}
