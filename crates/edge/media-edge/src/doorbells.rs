//! Which sockets have something, asked of the kernel once for all of them.
//!
//! Asking each socket costs an idle leg more than all else that is done for it. Where the system has no epoll, or
//! no room for one more socket in it, a socket counts as ringing, and is asked itself.

use std::net::UdpSocket;

#[cfg(target_os = "linux")]
use nix::sys::epoll::{Epoll, EpollCreateFlags, EpollEvent, EpollFlags, EpollTimeout};

/// After so many sockets, the kernel is asked again: those that come late in their turn have waited meanwhile.
const FRESH: usize = 64;

/// The sockets of calls that are looked at together.
pub(crate) struct Doorbells {
    #[cfg(target_os = "linux")]
    epoll: Option<Epoll>,
    /// Room for all of them, so that nothing is allocated when they ring at once.
    #[cfg(target_os = "linux")]
    ringing: Vec<EpollEvent>,
    /// By file descriptor; beyond the end nothing hangs.
    bells: Vec<Bell>,
    /// Sockets that have been looked at since the kernel was asked.
    looks: usize,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(not(target_os = "linux"), allow(dead_code))]
enum Bell {
    /// It does not hang here, or could not be hung.
    None,
    Quiet,
    Rang,
}

impl Doorbells {
    /// Whether the socket has something, as far as is known. What is left in it rings again the next time.
    pub(crate) fn answer(&mut self, socket: &UdpSocket) -> bool {
        self.looks += 1;
        if self.looks > FRESH {
            self.listen();
        }
        match self.bells.get_mut(place(socket)) {
            Some(bell @ Bell::Rang) => {
                *bell = Bell::Quiet;
                true
            }
            Some(Bell::Quiet) => false,
            Some(Bell::None) | None => true,
        }
    }
}

#[cfg(target_os = "linux")]
impl Doorbells {
    pub(crate) fn new() -> Self {
        let epoll = Epoll::new(EpollCreateFlags::EPOLL_CLOEXEC);
        if let Err(error) = &epoll {
            tracing::warn!("cannot ask for all media sockets at once ({error}): each is asked itself");
        }
        Self { epoll: epoll.ok(), ringing: Vec::new(), bells: Vec::new(), looks: 0 }
    }

    /// The socket is looked at here from now on.
    pub(crate) fn hang(&mut self, socket: &UdpSocket) {
        let place = place(socket);
        let event = EpollEvent::new(EpollFlags::EPOLLIN, place as u64);
        if self.epoll.as_ref().is_some_and(|epoll| epoll.add(socket, event).is_ok()) {
            self.bells.resize(self.bells.len().max(place + 1), Bell::None);
            self.bells[place] = Bell::Quiet;
            self.ringing.push(EpollEvent::empty());
        }
    }

    /// The socket is looked at here no longer.
    pub(crate) fn take_down(&mut self, socket: &UdpSocket) {
        let Some(bell) = self.bells.get_mut(place(socket)).filter(|bell| **bell != Bell::None) else {
            return;
        };
        *bell = Bell::None;
        self.ringing.pop();
        let _ = self.epoll.as_ref().map(|epoll| epoll.delete(socket));
    }

    /// Asks which have something.
    pub(crate) fn listen(&mut self) {
        self.looks = 0;
        let Some(epoll) = self.epoll.as_ref().filter(|_| !self.ringing.is_empty()) else { return };
        let count = epoll.wait(&mut self.ringing, EpollTimeout::ZERO).unwrap_or_default();
        for event in &self.ringing[..count] {
            self.bells[event.data() as usize] = Bell::Rang;
        }
    }
}

#[cfg(target_os = "linux")]
fn place(socket: &UdpSocket) -> usize {
    std::os::fd::AsRawFd::as_raw_fd(socket) as usize
}

#[cfg(not(target_os = "linux"))]
impl Doorbells {
    pub(crate) fn new() -> Self {
        Self { bells: Vec::new(), looks: 0 }
    }

    pub(crate) fn hang(&mut self, _: &UdpSocket) {}

    pub(crate) fn take_down(&mut self, _: &UdpSocket) {}

    pub(crate) fn listen(&mut self) {
        self.looks = 0;
    }
}

#[cfg(not(target_os = "linux"))]
fn place(_: &UdpSocket) -> usize {
    0
}

#[cfg(all(test, target_os = "linux"))]
mod tests {
    use super::*;

    fn socket() -> UdpSocket {
        let socket = UdpSocket::bind((std::net::Ipv4Addr::LOCALHOST, 0)).unwrap();
        socket.set_nonblocking(true).unwrap();
        socket
    }

    /// Which of the sockets ring; loopback delivers before `send_to` returns.
    fn ringing(doorbells: &mut Doorbells, sockets: &[&UdpSocket]) -> Vec<bool> {
        doorbells.listen();
        sockets.iter().map(|socket| doorbells.answer(socket)).collect()
    }

    #[test]
    fn a_socket_rings_as_long_as_it_holds_something() {
        let (one, other) = (socket(), socket());
        let mut doorbells = Doorbells::new();
        doorbells.hang(&one);
        doorbells.hang(&other);
        assert_eq!(ringing(&mut doorbells, &[&one, &other]), [false, false]);
        for _ in 0..2 {
            one.send_to(b"!", other.local_addr().unwrap()).unwrap();
        }
        for rings in [true, true, false] {
            assert_eq!(ringing(&mut doorbells, &[&one, &other]), [false, rings]);
            assert_eq!(other.recv(&mut [0; 8]).is_ok(), rings);
        }
    }

    #[test]
    fn a_socket_that_does_not_hang_here_is_always_asked() {
        let (one, other) = (socket(), socket());
        let mut doorbells = Doorbells::new();
        doorbells.hang(&one);
        assert_eq!(ringing(&mut doorbells, &[&one, &other]), [false, true]);
        doorbells.take_down(&one);
        doorbells.take_down(&other);
        assert_eq!(ringing(&mut doorbells, &[&one, &other]), [true, true]);
    }
}
