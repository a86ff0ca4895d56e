//! A fixed buffer that puts packets in order and evens out their arrival.
//!
//! It holds samples by their RTP timestamp, so packets of any length, twice or
//! in any order are all the same to it. It needs no clock: it learns from what
//! is there when a frame is due. A frame that comes late makes it one frame
//! deeper; depth that was not needed for a while is given back.

use crate::frame::{FRAME_SAMPLES, Frame};

/// Samples that fit: 256 ms.
const CAPACITY: usize = 2_048;
/// The deepest that it becomes: 120 ms.
const DEEPEST: i32 = 6 * FRAME;
/// The first time after which unneeded depth is given back: 2 s.
const LEAST_PATIENCE: u32 = 100;
/// The longest such time, for a network that is late now and again: 30 s.
const MOST_PATIENCE: u32 = 1_500;
/// Frames without any packet after which the next packet begins anew.
const FORGET_AFTER: u32 = 50;
const FRAME: i32 = FRAME_SAMPLES as i32;

#[derive(Debug)]
pub(crate) struct JitterBuffer {
    codes: Box<[u8; CAPACITY]>,
    present: Box<[bool; CAPACITY]>,
    /// What fills a hole.
    silence: u8,
    playout: Option<Playout>,
    patience: u32,
}

/// Where the stream is; everything present lies in `next..next + CAPACITY`.
#[derive(Clone, Copy, Debug)]
struct Playout {
    /// The timestamp that is heard next.
    next: u32,
    /// The end of the newest packet.
    end: u32,
    /// Frames that were due while nothing was there.
    held: u32,
    /// The least depth before a frame was taken, in this spell of patience.
    least_depth: i32,
    /// Frames taken in this spell.
    spell: u32,
    /// The last frame that was given up as lost.
    lost: Option<u32>,
    /// The next frame waits once, because the lost one came after all.
    grow: bool,
}

impl JitterBuffer {
    pub(crate) fn new(silence: u8) -> Self {
        Self {
            codes: Box::new([silence; CAPACITY]),
            present: Box::new([false; CAPACITY]),
            silence,
            playout: None,
            patience: LEAST_PATIENCE,
        }
    }

    /// Forgets everything; holes are filled with `silence` from now on.
    pub(crate) fn reset(&mut self, silence: u8) {
        self.present.fill(false);
        self.silence = silence;
        self.playout = None;
        self.patience = LEAST_PATIENCE;
    }

    /// Takes the codes that begin at `timestamp`.
    pub(crate) fn push(&mut self, timestamp: u32, codes: &[u8]) {
        if codes.is_empty() || codes.len() > CAPACITY {
            return;
        }
        let Some(playout) = self.playout.as_mut() else { return self.begin(timestamp, codes) };
        let begin = timestamp.wrapping_sub(playout.next) as i32;
        let end = begin.saturating_add(codes.len() as i32);
        if begin < -(CAPACITY as i32) || end > CAPACITY as i32 {
            return self.begin(timestamp, codes);
        }
        if end <= 0 {
            // Late copies of what was heard do not matter; a packet that was waited for does.
            let covers = |lost: u32| lost.wrapping_sub(timestamp) < codes.len() as u32;
            playout.grow |= playout.lost.take_if(|lost| covers(*lost)).is_some();
            return;
        }
        let late = (-begin).max(0);
        let ends_at = playout.next.wrapping_add(end as u32);
        if ends_at.wrapping_sub(playout.end) as i32 > 0 {
            playout.end = ends_at;
        }
        self.store(timestamp.wrapping_add(late as u32), &codes[late as usize..]);
    }

    /// Takes the next frame. `false`: it is not there, and `frame` is untouched.
    pub(crate) fn pop(&mut self, frame: &mut Frame) -> bool {
        let Some(mut playout) = self.playout.take() else { return false };
        self.skip_what_was_silence(&mut playout);
        let depth = playout.depth();
        if depth < FRAME || (playout.grow && depth <= DEEPEST - FRAME) {
            self.hold(playout);
            return false;
        }
        if depth > DEEPEST {
            self.skip(&mut playout, depth - DEEPEST);
        }
        self.give_back(&mut playout);
        let heard = self.take(playout.next, frame);
        if !heard {
            playout.lost = Some(playout.next);
        }
        playout.next = playout.next.wrapping_add(FRAME as u32);
        (playout.held, playout.grow) = (0, false);
        self.playout = Some(playout);
        heard
    }

    fn begin(&mut self, timestamp: u32, codes: &[u8]) {
        self.present.fill(false);
        let end = timestamp.wrapping_add(codes.len() as u32);
        self.playout = Some(Playout {
            next: timestamp,
            end,
            held: 0,
            least_depth: i32::MAX,
            spell: 0,
            lost: None,
            grow: false,
        });
        self.store(timestamp, codes);
    }

    /// Nothing is heard, and the stream waits: if its packet is late, it will still be heard.
    fn hold(&mut self, mut playout: Playout) {
        if playout.held == 0 {
            self.patience = (self.patience * 2).min(MOST_PATIENCE);
        }
        playout.held += 1;
        playout.grow = false;
        (playout.spell, playout.least_depth) = (0, i32::MAX);
        self.playout = (playout.held < FORGET_AFTER).then_some(playout);
    }

    /// After a wait, a hole at the front was silence, not lateness: it has been heard already.
    fn skip_what_was_silence(&mut self, playout: &mut Playout) {
        while playout.held > 0 && playout.depth() > FRAME && self.is_hole(playout.next) {
            self.skip(playout, FRAME);
            playout.held -= 1;
        }
    }

    /// Depth that was not needed for a whole spell is given back, in whole frames.
    fn give_back(&mut self, playout: &mut Playout) {
        playout.least_depth = playout.least_depth.min(playout.depth());
        playout.spell += 1;
        if playout.spell < self.patience {
            return;
        }
        let spare = (playout.least_depth - FRAME) / FRAME * FRAME;
        if spare > 0 {
            self.skip(playout, spare);
        }
        self.patience = (self.patience / 2).max(LEAST_PATIENCE);
        (playout.spell, playout.least_depth) = (0, i32::MAX);
    }

    fn skip(&mut self, playout: &mut Playout, samples: i32) {
        for range in spans(playout.next, samples as usize) {
            self.present[range].fill(false);
        }
        playout.next = playout.next.wrapping_add(samples as u32);
    }

    fn store(&mut self, timestamp: u32, codes: &[u8]) {
        let [head, tail] = spans(timestamp, codes.len());
        let (first, second) = codes.split_at(head.len());
        self.codes[head.clone()].copy_from_slice(first);
        self.codes[tail.clone()].copy_from_slice(second);
        self.present[head].fill(true);
        self.present[tail].fill(true);
    }

    fn is_hole(&self, timestamp: u32) -> bool {
        spans(timestamp, FRAME_SAMPLES).into_iter().all(|range| !self.present[range].contains(&true))
    }

    /// Copies a frame out and clears it; a frame that is mostly holes counts as lost.
    fn take(&mut self, timestamp: u32, frame: &mut Frame) -> bool {
        let ranges = spans(timestamp, FRAME_SAMPLES);
        let count =
            |range: &std::ops::Range<usize>| self.present[range.clone()].iter().filter(|it| **it).count();
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

impl Playout {
    fn depth(&self) -> i32 {
        self.end.wrapping_sub(self.next) as i32
    }
}

/// The places of `length` samples from `timestamp` on: the second begins at the front again.
fn spans(timestamp: u32, length: usize) -> [std::ops::Range<usize>; 2] {
    let start = timestamp as usize % CAPACITY;
    let first = length.min(CAPACITY - start);
    [start..start + first, 0..length - first]
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const SILENCE: u8 = 0xff;

    /// Frame `number` of a stream, each full of its own number.
    fn push(buffer: &mut JitterBuffer, number: u32) {
        buffer.push(number.wrapping_mul(160), &[number as u8; 160]);
    }

    fn pop(buffer: &mut JitterBuffer) -> Option<u8> {
        let mut frame = [0; FRAME_SAMPLES];
        let heard = buffer.pop(&mut frame);
        assert!(!heard || frame.iter().all(|code| *code == frame[0]), "{frame:?}");
        heard.then_some(frame[0])
    }

    #[test]
    fn a_steady_stream_is_heard_at_once_and_whole() {
        let mut buffer = JitterBuffer::new(SILENCE);
        for number in 0..1_000 {
            push(&mut buffer, number);
            assert_eq!(pop(&mut buffer), Some(number as u8));
        }
    }

    #[test]
    fn a_late_packet_is_still_heard_and_the_depth_is_given_back_later() {
        let mut buffer = JitterBuffer::new(SILENCE);
        push(&mut buffer, 1);
        assert_eq!(pop(&mut buffer), Some(1));
        assert_eq!(pop(&mut buffer), None, "the second packet is late");
        push(&mut buffer, 2);
        push(&mut buffer, 3);
        assert_eq!(pop(&mut buffer), Some(2));
        let mut delays = Vec::new();
        for number in 4..500_u32 {
            push(&mut buffer, number);
            let heard = pop(&mut buffer).expect("nothing is lost while the depth suffices");
            delays.push((number as u8).wrapping_sub(heard));
        }
        delays.dedup();
        assert_eq!(delays, [1, 0]);
    }

    #[test]
    fn reordered_and_repeated_packets_are_heard_once_and_in_order() {
        let mut buffer = JitterBuffer::new(SILENCE);
        for number in [1, 1, 3, 2, 2, 4] {
            push(&mut buffer, number);
        }
        assert_eq!([(); 4].map(|()| pop(&mut buffer)), [Some(1), Some(2), Some(3), Some(4)]);
    }

    #[test]
    fn a_lost_packet_leaves_one_gap() {
        let mut buffer = JitterBuffer::new(SILENCE);
        for number in [1, 2, 4, 5] {
            push(&mut buffer, number);
        }
        assert_eq!([(); 4].map(|()| pop(&mut buffer)), [Some(1), Some(2), None, Some(4)]);
    }

    #[test]
    fn a_packet_that_comes_too_late_makes_the_buffer_deeper() {
        let mut buffer = JitterBuffer::new(SILENCE);
        for number in [1, 2] {
            push(&mut buffer, number);
        }
        assert_eq!(pop(&mut buffer), Some(1));
        assert_eq!(pop(&mut buffer), Some(2));
        push(&mut buffer, 4);
        push(&mut buffer, 5);
        assert_eq!(pop(&mut buffer), None, "3 is lost so far");
        push(&mut buffer, 3);
        assert_eq!(pop(&mut buffer), None, "so wait once");
        push(&mut buffer, 6);
        assert_eq!(pop(&mut buffer), Some(4));
    }

    #[test]
    fn packets_that_are_sent_twice_do_not_add_delay() {
        let mut buffer = JitterBuffer::new(SILENCE);
        for number in 0..50 {
            push(&mut buffer, number);
            assert_eq!(pop(&mut buffer), Some(number as u8));
            push(&mut buffer, number);
        }
    }

    #[test]
    fn silence_suppression_does_not_add_delay() {
        let mut buffer = JitterBuffer::new(SILENCE);
        push(&mut buffer, 1);
        assert_eq!(pop(&mut buffer), Some(1));
        for _ in 0..5 {
            assert_eq!(pop(&mut buffer), None);
        }
        push(&mut buffer, 7);
        assert_eq!(pop(&mut buffer), Some(7));
        for _ in 0..1_000 {
            assert_eq!(pop(&mut buffer), None);
        }
        push(&mut buffer, 1_008);
        assert_eq!(pop(&mut buffer), Some(1_008_u32 as u8));
    }

    #[test]
    fn a_burst_is_cut_to_the_deepest_delay() {
        let mut buffer = JitterBuffer::new(SILENCE);
        for number in 0..12 {
            push(&mut buffer, number);
        }
        assert_eq!(pop(&mut buffer), Some(6));
    }

    #[test]
    fn a_stream_that_jumps_begins_anew() {
        let mut buffer = JitterBuffer::new(SILENCE);
        push(&mut buffer, 1);
        assert_eq!(pop(&mut buffer), Some(1));
        push(&mut buffer, 900_000);
        assert_eq!(pop(&mut buffer), Some(900_000_u32 as u8));
        push(&mut buffer, 5);
        assert_eq!(pop(&mut buffer), Some(5));
    }

    #[test]
    fn packets_of_other_lengths_are_heard_whole() {
        for length in [80_u32, 240, 320, 480] {
            let mut buffer = JitterBuffer::new(SILENCE);
            let (mut sent, mut heard) = (0, 0);
            for frame in 0..500_u32 {
                while sent <= frame * 160 {
                    buffer.push(sent, &vec![1; length as usize]);
                    sent += length;
                }
                heard += u32::from(pop(&mut buffer) == Some(1));
            }
            assert!(heard >= 495, "{length}: {heard}");
        }
    }

    proptest! {
        #[test]
        fn no_stream_panics(packets in proptest::collection::vec((any::<u32>(), 0_usize..3_000, 0_u8..3), 0..100)) {
            let mut buffer = JitterBuffer::new(SILENCE);
            for (timestamp, length, pops) in packets {
                buffer.push(if length % 2 == 0 { timestamp } else { timestamp % 4_000 }, &vec![7; length]);
                for _ in 0..pops {
                    pop_any(&mut buffer);
                }
            }
        }

        #[test]
        fn a_jittery_stream_is_mostly_heard_and_never_deeper_than_allowed(delays in proptest::collection::vec(0_u32..3, 400)) {
            let mut buffer = JitterBuffer::new(SILENCE);
            let mut heard = 0;
            for frame in 0..400_u32 {
                for (number, delay) in delays.iter().enumerate() {
                    if number as u32 + delay == frame {
                        push(&mut buffer, number as u32);
                    }
                }
                heard += u32::from(pop(&mut buffer).is_some());
            }
            prop_assert!(heard > 380, "{}", heard);
        }
    }

    fn pop_any(buffer: &mut JitterBuffer) {
        buffer.pop(&mut [0; FRAME_SAMPLES]);
    }
}
