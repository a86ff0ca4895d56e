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
    /// With a socket for each phone; `connected` tells the kernel whose it is, which saves it a look.
    pub(crate) fn start(phones: &[SocketAddr], connected: bool) -> anyhow::Result<Self> {
        let mut sockets = Vec::new();
        for phone in phones {
            let socket = UdpSocket::bind((Ipv4Addr::LOCALHOST, 0))?;
            socket.set_nonblocking(true)?;
            if connected {
                socket.connect(phone)?;
            }
            sockets.push(socket);
        }
        let addresses = sockets.iter().map(UdpSocket::local_addr).collect::<Result<_, _>>()?;
        let stop = Arc::new(AtomicBool::new(false));
        let stopped = stop.clone();
        let echo = move || echo(&sockets, connected, &stopped);
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

fn echo(sockets: &[UdpSocket], connected: bool, stop: &AtomicBool) {
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
                let received = if connected {
                    socket.recv(&mut buffer).map(|length| socket.send(&buffer[..length]).is_ok())
                } else {
                    let received = socket.recv_from(&mut buffer);
                    received.map(|(length, from)| socket.send_to(&buffer[..length], from).is_ok())
                };
                match received {
                    // A packet that the system does not take is lost, and counted by whoever misses it.
                    Ok(_) => {}
                    Err(error) if error.kind() == ErrorKind::WouldBlock => break,
                    Err(_) => {}
                }
            }
        }
    }
}
