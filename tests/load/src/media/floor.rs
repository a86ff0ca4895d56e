//! The least that a leg can cost: a socket, and each packet sent back at the next tick.

use std::io::ErrorKind;
use std::net::{Ipv4Addr, SocketAddr, UdpSocket};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};

pub(crate) const THREAD: &str = "floor";
/// As on the platform, the legs are spread over four ticks.
const PHASES: usize = 4;
const STEP: Duration = Duration::from_millis(5);

pub(crate) struct Floor {
    addresses: Vec<SocketAddr>,
    stop: Arc<AtomicBool>,
    thread: Option<JoinHandle<()>>,
}

impl Floor {
    pub(crate) fn start(legs: usize) -> anyhow::Result<Self> {
        let mut sockets = Vec::new();
        for _ in 0..legs {
            let socket = UdpSocket::bind((Ipv4Addr::LOCALHOST, 0))?;
            socket.set_nonblocking(true)?;
            sockets.push(socket);
        }
        let addresses = sockets.iter().map(UdpSocket::local_addr).collect::<Result<_, _>>()?;
        let stop = Arc::new(AtomicBool::new(false));
        let stopped = stop.clone();
        let echo = move || echo(&sockets, &stopped);
        let thread = Some(thread::Builder::new().name(THREAD.into()).spawn(echo)?);
        Ok(Self { addresses, stop, thread })
    }

    pub(crate) fn addresses(&self) -> &[SocketAddr] {
        &self.addresses
    }
}

impl Drop for Floor {
    fn drop(&mut self) {
        self.stop.store(true, Ordering::Relaxed);
        if let Some(thread) = self.thread.take() {
            let _ = thread.join();
        }
    }
}

fn echo(sockets: &[UdpSocket], stop: &AtomicBool) {
    let mut buffer = [0; 2_048];
    let mut due = Instant::now();
    for phase in (0..PHASES).cycle() {
        due += STEP;
        thread::sleep(due.saturating_duration_since(Instant::now()));
        if stop.load(Ordering::Relaxed) {
            return;
        }
        for socket in sockets.iter().skip(phase).step_by(PHASES) {
            loop {
                match socket.recv_from(&mut buffer) {
                    Ok((length, from)) => drop(socket.send_to(&buffer[..length], from)),
                    Err(error) if error.kind() == ErrorKind::WouldBlock => break,
                    Err(_) => {}
                }
            }
        }
    }
}
