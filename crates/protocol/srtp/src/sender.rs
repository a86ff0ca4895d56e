//! Protecting what we send.

use crate::cipher::{Channel, Cipher, PacketId};
use crate::key::MasterKey;
use crate::receiver::{control_source, header_length};
use crate::window::Window;

/// By how much a packet grows at most.
pub const LONGEST_TRAILER: usize = 20;

/// RFC 3711 §9.2: no more RTCP packets are sent with one key.
const MOST_CONTROL: u64 = 1 << 31;

/// Protects the packets of one source under one key.
pub struct Sender {
    key: MasterKey,
    rtp: Cipher,
    control: Cipher,
    /// The one source: two with one key and one rollover counter would share keystream.
    ssrc: Option<u32>,
    sent: Window,
    control_index: u64,
}

impl Sender {
    /// Derives the session keys; this takes some ten microseconds.
    pub fn new(key: MasterKey) -> Self {
        let rtp = Cipher::new(&key, Channel::Rtp);
        let control = Cipher::new(&key, Channel::Control);
        Self { key, rtp, control, ssrc: None, sent: Window::default(), control_index: 0 }
    }

    /// The master key.
    pub fn key(&self) -> &MasterKey {
        &self.key
    }

    /// Protects the RTP packet in the first `length` bytes and says how long it is now.
    ///
    /// `None`: it is no RTP packet, there is no room for [`LONGEST_TRAILER`] more, it is not after the one
    /// before or of another source (keystream is never used twice), or the key is used up.
    pub fn protect(&mut self, buffer: &mut [u8], length: usize) -> Option<usize> {
        let header = header_length(buffer.get(..length)?)?;
        let sequence = u16::from_be_bytes([buffer[2], buffer[3]]);
        let ssrc = u32::from_be_bytes([buffer[8], buffer[9], buffer[10], buffer[11]]);
        let index = self.sent.index_of(sequence).filter(|index| self.sent.is_next(*index))?;
        self.own(ssrc)?;
        let protected = self.rtp.protect_rtp(PacketId { ssrc, index }, buffer, header, length)?;
        self.sent.accept(index);
        Some(protected)
    }

    /// The same for RTCP.
    pub fn protect_control(&mut self, buffer: &mut [u8], length: usize) -> Option<usize> {
        let ssrc = control_source(buffer.get(..length)?)?;
        let index = Some(self.control_index).filter(|index| *index < MOST_CONTROL)?;
        self.own(ssrc)?;
        let protected = self.control.protect_control(PacketId { ssrc, index }, buffer, length)?;
        self.control_index += 1;
        Some(protected)
    }

    fn own(&mut self, ssrc: u32) -> Option<()> {
        (*self.ssrc.get_or_insert(ssrc) == ssrc).then_some(())
    }
}
