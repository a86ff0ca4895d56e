//! Undoing the protection of what we receive.

use crate::cipher::{Channel, Cipher, PacketId};
use crate::key::{MasterKey, Mki};
use crate::window::Window;

/// How many sources of the far end are remembered; beyond, the one that was silent longest is forgotten.
const MOST_SOURCES: usize = 16;

/// Why a packet is dropped.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum UnprotectError {
    /// It is no protected packet.
    #[error("read a protected packet that ends early or names another key")]
    Malformed,
    /// It came already, or so late that nobody can tell.
    #[error("take a packet a second time")]
    Replayed,
    /// It was not made with the key, or was changed on its way.
    #[error("take a packet that is not authentic")]
    Forged,
    /// The far end has sent as many packets with the key as it said it would.
    #[error("take a packet under a key that is used up")]
    Expired,
}

/// Undoes the protection of one far end's packets under one key.
pub struct Receiver {
    key: MasterKey,
    mki: Mki,
    rtp: Cipher,
    control: Cipher,
    /// Only those of which an authentic packet came, so a stranger cannot fill it.
    sources: [Option<Source>; MOST_SOURCES],
    taken: u64,
    most: u64,
}

#[derive(Clone, Copy)]
struct Source {
    ssrc: u32,
    rtp: Window,
    control: Window,
    /// When its last packet was taken, in packets.
    taken: u64,
}

impl Receiver {
    /// Derives the session keys; this takes some ten microseconds. After `most` packets the key is used up.
    pub fn new(key: MasterKey, mki: Mki, most: Option<u64>) -> Self {
        let rtp = Cipher::new(&key, Channel::Rtp);
        let control = Cipher::new(&key, Channel::Control);
        let most = most.unwrap_or(u64::MAX);
        Self { key, mki, rtp, control, sources: [None; MOST_SOURCES], taken: 0, most }
    }

    /// Whether another receiver undoes the same.
    pub(crate) fn is_same(&self, other: &Self) -> bool {
        self.key == other.key && self.mki == other.mki
    }

    /// Undoes the protection of an RTP packet and says how long it is now. A packet that is dropped may
    /// be destroyed.
    pub fn unprotect(&mut self, packet: &mut [u8]) -> Result<usize, UnprotectError> {
        let header = header_length(packet).ok_or(UnprotectError::Malformed)?;
        let sequence = u16::from_be_bytes([packet[2], packet[3]]);
        let ssrc = u32::from_be_bytes([packet[8], packet[9], packet[10], packet[11]]);
        let window = self.source(ssrc).map(|source| source.rtp).unwrap_or_default();
        let index = window.index_of(sequence).filter(|index| window.is_new(*index));
        let index = index.ok_or(UnprotectError::Replayed)?;
        self.check_lifetime()?;
        let length = self.mki.remove(packet, &self.rtp)?;
        let id = PacketId { ssrc, index };
        let length = self.rtp.unprotect_rtp(id, &mut packet[..length], header);
        let length = length.map_err(|_| UnprotectError::Forged)?;
        self.accept(ssrc).rtp.accept(index);
        Ok(length)
    }

    /// The same for RTCP.
    pub fn unprotect_control(&mut self, packet: &mut [u8]) -> Result<usize, UnprotectError> {
        let ssrc = control_source(packet).ok_or(UnprotectError::Malformed)?;
        let length = self.mki.remove(packet, &self.control)?;
        let packet = &mut packet[..length];
        let index = self.control.control_index(packet).ok_or(UnprotectError::Malformed)?;
        if self.source(ssrc).is_some_and(|source| !source.control.is_new(index)) {
            return Err(UnprotectError::Replayed);
        }
        self.check_lifetime()?;
        let length = self.control.unprotect_control(PacketId { ssrc, index }, packet);
        let length = length.map_err(|_| UnprotectError::Forged)?;
        self.accept(ssrc).control.accept(index);
        Ok(length)
    }

    fn source(&self, ssrc: u32) -> Option<&Source> {
        self.sources.iter().flatten().find(|source| source.ssrc == ssrc)
    }

    fn check_lifetime(&self) -> Result<(), UnprotectError> {
        if self.taken < self.most { Ok(()) } else { Err(UnprotectError::Expired) }
    }

    /// An authentic packet came.
    fn accept(&mut self, ssrc: u32) -> &mut Source {
        let known = |source: &Option<Source>| source.is_some_and(|source| source.ssrc == ssrc);
        let place = self.sources.iter().position(known).unwrap_or_else(|| {
            let age = |place: &usize| self.sources[*place].map(|source| source.taken);
            (0..MOST_SOURCES).min_by_key(age).expect("there is room for some")
        });
        self.taken += 1;
        let fresh = Source { ssrc, rtp: Window::default(), control: Window::default(), taken: 0 };
        let place = &mut self.sources[place];
        if place.is_none_or(|source| source.ssrc != ssrc) {
            *place = Some(fresh);
        }
        let source = place.get_or_insert(fresh);
        source.taken = self.taken;
        source
    }
}

impl Mki {
    /// Takes the name of the key out of a packet: it stands before the tag (RFC 3711 §3.1), and with
    /// AES-GCM at the end (RFC 7714 §8.2).
    fn remove(&self, packet: &mut [u8], cipher: &Cipher) -> Result<usize, UnprotectError> {
        let name = self.bytes();
        if name.is_empty() {
            return Ok(packet.len());
        }
        let end = packet.len().checked_sub(cipher.bytes_after_mki()).ok_or(UnprotectError::Malformed)?;
        let start = end.checked_sub(name.len()).ok_or(UnprotectError::Malformed)?;
        if packet[start..end] != *name {
            return Err(UnprotectError::Malformed);
        }
        packet.copy_within(end.., start);
        Ok(packet.len() - name.len())
    }
}

/// How long the part of an RTP packet is that is never encrypted; `None`: it is no RTP packet.
pub(crate) fn header_length(packet: &[u8]) -> Option<usize> {
    let first = *packet.first()?;
    let sources = 12 + usize::from(first & 0x0f) * 4;
    let length = if first & 0x10 == 0 {
        sources
    } else {
        let words = packet.get(sources + 2..sources + 4)?;
        sources + 4 + usize::from(u16::from_be_bytes([words[0], words[1]])) * 4
    };
    (first >> 6 == 2 && length <= packet.len()).then_some(length)
}

/// Who sends an RTCP packet; `None`: it is none.
pub(crate) fn control_source(packet: &[u8]) -> Option<u32> {
    let header = packet.first_chunk::<8>()?;
    (header[0] >> 6 == 2).then_some(u32::from_be_bytes([header[4], header[5], header[6], header[7]]))
}
