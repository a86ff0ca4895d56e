//! What waits of G.711 and G.722: a byte for each tick.

use std::ops::Range;

use crate::frame::{FRAME_SAMPLES, Frame};
use crate::jitter_buffer::Shelf;

/// Codes that fit: 256 ms.
const CAPACITY: usize = 2_048;

/// A ring of codes.
#[derive(Debug)]
pub(crate) struct CodeShelf {
    codes: Box<[u8; CAPACITY]>,
    present: Box<[bool; CAPACITY]>,
    /// What fills a hole.
    pub(crate) silence: u8,
}

impl CodeShelf {
    pub(crate) fn new(silence: u8) -> Self {
        Self { codes: Box::new([silence; CAPACITY]), present: Box::new([false; CAPACITY]), silence }
    }

    /// Copies a frame out and clears it; a frame that is mostly holes counts as lost, and is not written.
    pub(crate) fn take(&mut self, timestamp: u32, frame: &mut Frame) -> bool {
        let ranges = spans(timestamp, FRAME_SAMPLES);
        let count = |range: &Range<usize>| self.present[range.clone()].iter().filter(|it| **it).count();
        let present: usize = ranges.iter().map(count).sum();
        if present < FRAME_SAMPLES / 2 {
            ranges.into_iter().for_each(|range| self.present[range].fill(false));
            return false;
        }
        let mut rest = &mut frame[..];
        for range in ranges {
            if present < FRAME_SAMPLES {
                for index in range.clone() {
                    if !self.present[index] {
                        self.codes[index] = self.silence;
                    }
                }
            }
            let (part, tail) = rest.split_at_mut(range.len());
            part.copy_from_slice(&self.codes[range.clone()]);
            self.present[range].fill(false);
            rest = tail;
        }
        true
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
        self.present[head].fill(true);
        self.present[tail].fill(true);
    }

    fn is_hole(&self, timestamp: u32) -> bool {
        spans(timestamp, FRAME_SAMPLES).into_iter().all(|range| !self.present[range].contains(&true))
    }

    fn remove(&mut self, timestamp: u32, ticks: i32) {
        for range in spans(timestamp, ticks as usize) {
            self.present[range].fill(false);
        }
    }

    fn clear(&mut self) {
        self.present.fill(false);
    }
}

/// The places of `length` codes from `timestamp` on: the second begins at the front again.
fn spans(timestamp: u32, length: usize) -> [Range<usize>; 2] {
    let start = timestamp as usize % CAPACITY;
    let first = length.min(CAPACITY - start);
    [start..start + first, 0..length - first]
}
