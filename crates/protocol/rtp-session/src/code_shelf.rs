//! What waits of G.711 and G.722: a byte for each tick.

use std::ops::Range;

use crate::frame::{FRAME_SAMPLES, Frame};
use crate::jitter_buffer::Shelf;

/// Codes that fit: 256 ms.
const CAPACITY: usize = 2_048;

/// Words of bits that say which are there.
const WORDS: usize = CAPACITY / 64;

/// A ring of codes.
#[derive(Debug)]
pub(crate) struct CodeShelf {
    codes: Box<[u8; CAPACITY]>,
    present: [u64; WORDS],
    /// What fills a hole.
    pub(crate) silence: u8,
}

impl CodeShelf {
    pub(crate) fn new(silence: u8) -> Self {
        Self { codes: Box::new([silence; CAPACITY]), present: [0; WORDS], silence }
    }

    /// Copies a frame out and clears it; a frame that is mostly holes counts as lost, and is not written.
    pub(crate) fn take(&mut self, timestamp: u32, frame: &mut Frame) -> bool {
        let ranges = spans(timestamp, FRAME_SAMPLES);
        let present: usize = ranges.iter().map(|range| self.count(range)).sum();
        if present < FRAME_SAMPLES / 2 {
            ranges.iter().for_each(|range| self.mark(range, false));
            return false;
        }
        let mut rest = &mut frame[..];
        for range in &ranges {
            if present < FRAME_SAMPLES {
                for index in range.clone() {
                    if self.present[index / 64] & 1 << (index % 64) == 0 {
                        self.codes[index] = self.silence;
                    }
                }
            }
            let (part, tail) = rest.split_at_mut(range.len());
            part.copy_from_slice(&self.codes[range.clone()]);
            self.mark(range, false);
            rest = tail;
        }
        true
    }

    fn count(&self, range: &Range<usize>) -> usize {
        words(range).map(|(word, bits)| (self.present[word] & bits).count_ones() as usize).sum()
    }

    fn mark(&mut self, range: &Range<usize>, is_present: bool) {
        for (word, bits) in words(range) {
            if is_present {
                self.present[word] |= bits;
            } else {
                self.present[word] &= !bits;
            }
        }
    }
}

impl Shelf for CodeShelf {
    const FRAME: i32 = FRAME_SAMPLES as i32;
    const REACH: i32 = CAPACITY as i32;
    const IS_DIVISIBLE: bool = true;

    fn ticks(payload: &[u8]) -> Option<i32> {
        (1..=CAPACITY).contains(&payload.len()).then_some(payload.len() as i32)
    }

    fn put(&mut self, timestamp: u32, payload: &[u8], late: usize) {
        let codes = &payload[late..];
        let [head, tail] = spans(timestamp.wrapping_add(late as u32), codes.len());
        let (first, second) = codes.split_at(head.len());
        self.codes[head.clone()].copy_from_slice(first);
        self.codes[tail.clone()].copy_from_slice(second);
        self.mark(&head, true);
        self.mark(&tail, true);
    }

    fn is_hole(&self, timestamp: u32) -> bool {
        spans(timestamp, FRAME_SAMPLES).iter().all(|range| self.count(range) == 0)
    }

    fn remove(&mut self, timestamp: u32, ticks: i32) {
        for range in spans(timestamp, ticks as usize) {
            self.mark(&range, false);
        }
    }

    fn clear(&mut self) {
        self.present = [0; WORDS];
    }
}

/// The places of `length` codes from `timestamp` on: the second begins at the front again.
fn spans(timestamp: u32, length: usize) -> [Range<usize>; 2] {
    let start = timestamp as usize % CAPACITY;
    let first = length.min(CAPACITY - start);
    [start..start + first, 0..length - first]
}

/// The words in which the bits of a range are, and which of their bits.
fn words(range: &Range<usize>) -> impl Iterator<Item = (usize, u64)> + use<> {
    let Range { start, end } = *range;
    let end_word = if start < end { end.div_ceil(64) } else { start / 64 };
    (start / 64..end_word).map(move |word| {
        let first = start.saturating_sub(word * 64);
        let count = (end - word * 64).min(64) - first;
        (word, (u64::MAX >> (64 - count)) << first)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_range_has_its_bits_and_no_others() {
        for start in (0..CAPACITY).step_by(7) {
            for length in [0, 1, 40, 63, 64, 65, 160, CAPACITY - start] {
                let range = start..(start + length).min(CAPACITY);
                let mut present = [false; CAPACITY];
                for (word, bits) in words(&range) {
                    (0..64)
                        .filter(|bit| bits & 1 << bit != 0)
                        .for_each(|bit| present[word * 64 + bit] = true);
                }
                assert!((0..CAPACITY).all(|index| present[index] == range.contains(&index)), "{range:?}");
            }
        }
    }
}
