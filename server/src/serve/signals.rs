//! How people and service managers ask the server to stop.

use std::io;

use tokio::signal::unix::{Signal, SignalKind, signal};

/// SIGTERM and SIGINT, heard from the moment this exists.
#[derive(Debug)]
pub struct Signals {
    terminate: Signal,
    interrupt: Signal,
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
            _file_too_large: signal(FILE_TOO_LARGE)?,
        })
    }

    /// The next one.
    pub async fn next(&mut self) {
        tokio::select! {
            _ = self.terminate.recv() => {}
            _ = self.interrupt.recv() => {}
        }
    }
}
