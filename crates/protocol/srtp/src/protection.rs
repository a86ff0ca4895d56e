//! Both directions of one session, over changes of keys.

use crate::key::{MasterKey, Mki};
use crate::receiver::{Receiver, UnprotectError};
use crate::sender::Sender;

/// How many keys of ours that are not used now are remembered with what was sent under them: the
/// answers of two phones to one call may choose this and that one in turn.
const MOST_RETIRED: usize = 2;
/// Longer packets are not tried with the key before.
const LONGEST_PACKET: usize = 2_048;

/// A sender and a receiver.
pub struct Protection {
    sender: Sender,
    receiver: Receiver,
    retired: Vec<Sender>,
    /// The far end may send with its last key until it has our answer.
    previous: Option<Receiver>,
}

impl std::fmt::Debug for Protection {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Protection").field("suite", &self.sender.key().suite()).finish_non_exhaustive()
    }
}

impl Protection {
    /// What a session begins with.
    pub fn new(sender: Sender, receiver: Receiver) -> Self {
        Self { sender, receiver, retired: Vec::with_capacity(MOST_RETIRED + 1), previous: None }
    }

    /// The session that a description agreed on; `None`: its keys are not as long as their suite wants.
    pub fn agreed(keys: &sdp::Keys) -> Option<Self> {
        let (own, remote) = (&keys.own, &keys.remote);
        let own = MasterKey::new(own.suite.into(), own.bytes.expose())?;
        let mki = remote.mki.and_then(|(name, bytes)| Mki::new(name, bytes)).unwrap_or(Mki::NONE);
        let key = MasterKey::new(remote.suite.into(), remote.bytes.expose())?;
        Some(Self::new(Sender::new(own), Receiver::new(key, mki, remote.lifetime)))
    }

    /// Our key.
    pub fn own_key(&self) -> &MasterKey {
        self.sender.key()
    }

    /// What is agreed on from now on. What is the same goes on as it was: a rollover counter that began
    /// anew would use keystream twice, and a window that did would let packets in twice.
    pub fn renew(&mut self, agreed: Self) {
        if *self.sender.key() != *agreed.sender.key() {
            let known = self.retired.iter().position(|retired| retired.key() == agreed.sender.key());
            let sender = known.map_or(agreed.sender, |place| self.retired.remove(place));
            self.retired.push(std::mem::replace(&mut self.sender, sender));
            if self.retired.len() > MOST_RETIRED {
                self.retired.remove(0);
            }
        }
        if !self.receiver.is_same(&agreed.receiver) {
            self.previous = Some(std::mem::replace(&mut self.receiver, agreed.receiver));
        }
    }

    /// The key before this one is not taken any more.
    pub fn forget_previous(&mut self) {
        self.previous = None;
    }

    /// [`Sender::protect`].
    pub fn protect(&mut self, buffer: &mut [u8], length: usize) -> Option<usize> {
        self.sender.protect(buffer, length)
    }

    /// [`Sender::protect_control`].
    pub fn protect_control(&mut self, buffer: &mut [u8], length: usize) -> Option<usize> {
        self.sender.protect_control(buffer, length)
    }

    /// [`Receiver::unprotect`], with the key before this one until the first packet under this one.
    pub fn unprotect(&mut self, packet: &mut [u8]) -> Result<usize, UnprotectError> {
        self.either(packet, Receiver::unprotect)
    }

    /// [`Receiver::unprotect_control`], in the same way.
    pub fn unprotect_control(&mut self, packet: &mut [u8]) -> Result<usize, UnprotectError> {
        self.either(packet, Receiver::unprotect_control)
    }

    fn either(
        &mut self,
        packet: &mut [u8],
        unprotect: fn(&mut Receiver, &mut [u8]) -> Result<usize, UnprotectError>,
    ) -> Result<usize, UnprotectError> {
        let Some(previous) = &mut self.previous else { return unprotect(&mut self.receiver, packet) };
        let mut copy = [0; LONGEST_PACKET];
        let copy = copy.get_mut(..packet.len()).ok_or(UnprotectError::Malformed)?;
        copy.copy_from_slice(packet);
        match unprotect(&mut self.receiver, packet) {
            Ok(length) => {
                self.previous = None;
                Ok(length)
            }
            Err(error) => {
                let length = unprotect(previous, copy).map_err(|_| error)?;
                packet[..length].copy_from_slice(&copy[..length]);
                Ok(length)
            }
        }
    }
}
