//! Which packets of one source have come already.

/// How many packets a late one may be behind (RFC 3711 §3.3.2 asks for 64 at least).
const WIDTH: u64 = u128::BITS as u64;
/// RFC 3711 §3.3.1: the rollover counter has 32 bits, and no more.
const MOST_INDEX: u64 = (1 << 48) - 1;

/// The highest packet index, and which of those before it have come.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Window {
    highest: Option<u64>,
    /// Bit `n`: the packet `n` before the highest has come.
    seen: u128,
}

impl Window {
    /// The index of which `sequence` is the low half: the nearest to the highest one (RFC 3711 §3.3.1).
    ///
    /// `None`: there is no such index.
    pub fn index_of(&self, sequence: u16) -> Option<u64> {
        let Some(highest) = self.highest else { return Some(u64::from(sequence)) };
        let (rollovers, last) = (highest >> 16, highest as u16);
        let rollovers = match (last < 0x8000, sequence) {
            (true, sequence) if sequence.saturating_sub(last) > 0x8000 => rollovers.checked_sub(1)?,
            (false, sequence) if last - 0x8000 > sequence => rollovers + 1,
            _ => rollovers,
        };
        Some(rollovers << 16 | u64::from(sequence)).filter(|index| *index <= MOST_INDEX)
    }

    /// Whether a packet is neither one that came already nor too late to tell.
    pub fn is_new(&self, index: u64) -> bool {
        match self.highest {
            Some(highest) if index <= highest => {
                let behind = highest - index;
                behind < WIDTH && self.seen & 1 << behind == 0
            }
            _ => true,
        }
    }

    /// Whether a packet comes after all others.
    pub fn is_next(&self, index: u64) -> bool {
        self.highest.is_none_or(|highest| index > highest)
    }

    /// Remembers an authentic packet.
    pub fn accept(&mut self, index: u64) {
        match self.highest {
            Some(highest) if index <= highest => {
                if let Some(bit) = 1_u128.checked_shl((highest - index) as u32) {
                    self.seen |= bit;
                }
            }
            Some(highest) => {
                let ahead = u32::try_from(index - highest).unwrap_or(u32::MAX);
                self.seen = self.seen.checked_shl(ahead).unwrap_or(0) | 1;
                self.highest = Some(index);
            }
            None => {
                self.seen = 1;
                self.highest = Some(index);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn window(indexes: &[u64]) -> Window {
        let mut window = Window::default();
        indexes.iter().for_each(|index| window.accept(*index));
        window
    }

    #[test]
    fn sequence_numbers_roll_over() {
        assert_eq!(window(&[]).index_of(65_535), Some(65_535));
        assert_eq!(window(&[65_535]).index_of(0), Some(0x1_0000));
        assert_eq!(window(&[0x1_0002]).index_of(65_533), Some(65_533));
        assert_eq!(window(&[2]).index_of(65_533), None);
        assert_eq!(window(&[0x7_8000]).index_of(0), Some(0x7_0000));
        assert_eq!(window(&[0x7_8001]).index_of(0), Some(0x8_0000));
        assert_eq!(window(&[MOST_INDEX]).index_of(0), None);
    }

    #[test]
    fn a_packet_is_new_once_and_while_it_is_not_too_late() {
        let window = window(&[1_000, 1_002]);
        let new: Vec<u64> = (998..=1_004).filter(|index| window.is_new(*index)).collect();
        assert_eq!(new, [998, 999, 1_001, 1_003, 1_004]);
        assert!(window.is_new(1_002 - WIDTH + 1));
        assert!(!window.is_new(1_002 - WIDTH));
        let far = super::tests::window(&[1_000, 1_000_000]);
        assert!(far.is_new(999_999) && !far.is_new(1_000) && !far.is_new(1_000_000));
    }

    #[test]
    fn late_packets_are_remembered_too() {
        let window = window(&[1_000, 900, 999]);
        assert!(!window.is_new(900) && !window.is_new(999) && window.is_new(998));
    }
}
