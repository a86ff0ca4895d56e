//! A buffer that puts packets in order and evens out their arrival.
//!
//! It goes by RTP timestamps, so packets of any length, twice or in any order are all
//! the same to it; what it holds, a [`Shelf`] knows. It needs no clock: it learns from what
//! is there when a frame is due. A frame that comes late makes it one frame deeper; depth
//! that was not needed for a while is given back.

/// The deepest that it becomes: 120 ms.
const DEEPEST_FRAMES: i32 = 6;
/// The first time after which unneeded depth is given back: 2 s.
const LEAST_PATIENCE: u32 = 100;
/// The longest such time, for a network that is late now and again: 30 s.
const MOST_PATIENCE: u32 = 1_500;
/// Frames without any packet after which the next packet begins anew.
const FORGET_AFTER: u32 = 50;

/// Where what has come waits, by its timestamp.
pub(crate) trait Shelf {
    /// Ticks in a frame.
    const FRAME: i32;
    /// Ticks for which there is room.
    const REACH: i32;
    /// Whether a part of what came in one packet can be kept without the rest.
    const IS_DIVISIBLE: bool;

    /// How long a payload sounds, in ticks; `None`: it is none of ours.
    fn ticks(payload: &[u8]) -> Option<i32>;
    /// Keeps what a packet says from `timestamp` on; its first ticks are `late` and not wanted.
    fn put(&mut self, timestamp: u32, payload: &[u8], late: usize);
    /// Whether there is nothing of the frame at `timestamp`.
    fn is_hole(&self, timestamp: u32) -> bool;
    /// Forgets so many ticks from `timestamp` on.
    fn remove(&mut self, timestamp: u32, ticks: i32);
    /// Forgets all.
    fn clear(&mut self);
}

#[derive(Debug)]
pub(crate) struct JitterBuffer<S> {
    pub(crate) shelf: S,
    playout: Option<Playout>,
    patience: u32,
    /// Payloads that came too late, for the statistics.
    late: u32,
}

/// Where the stream is; everything present lies in `next..next + REACH`.
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

impl<S: Shelf> JitterBuffer<S> {
    pub(crate) fn new(shelf: S) -> Self {
        Self { shelf, playout: None, patience: LEAST_PATIENCE, late: 0 }
    }

    /// Payloads that came too late since the last time somebody asked.
    pub(crate) fn take_late(&mut self) -> u32 {
        std::mem::take(&mut self.late)
    }

    /// Forgets everything.
    pub(crate) fn reset(&mut self) {
        self.shelf.clear();
        self.playout = None;
        self.patience = LEAST_PATIENCE;
    }

    /// Takes a payload that begins at `timestamp`.
    pub(crate) fn push(&mut self, timestamp: u32, payload: &[u8]) {
        let Some(ticks) = S::ticks(payload) else { return };
        let Some(playout) = self.playout.as_mut() else { return self.begin(timestamp, payload, ticks) };
        let begin = timestamp.wrapping_sub(playout.next) as i32;
        let end = begin.saturating_add(ticks);
        if begin < -S::REACH || end > S::REACH {
            return self.begin(timestamp, payload, ticks);
        }
        if end <= 0 || (begin < 0 && !S::IS_DIVISIBLE) {
            // Late copies of what was heard do not matter; a packet that was waited for does.
            let covers = |lost: u32| lost.wrapping_sub(timestamp) < ticks as u32;
            playout.grow |= playout.lost.take_if(|lost| covers(*lost)).is_some();
            self.late = self.late.saturating_add(1);
            return;
        }
        let late = (-begin).max(0);
        let ends_at = playout.next.wrapping_add(end as u32);
        if ends_at.wrapping_sub(playout.end) as i32 > 0 {
            playout.end = ends_at;
        }
        self.shelf.put(timestamp, payload, late as usize);
    }

    /// Lets `take` take the frame at a timestamp, if one is due, and tell whether it was there.
    pub(crate) fn pop(&mut self, take: impl FnOnce(&mut S, u32) -> bool) -> bool {
        let Some(mut playout) = self.playout.take() else { return false };
        self.skip_what_was_silence(&mut playout);
        let depth = playout.depth();
        let deepest = DEEPEST_FRAMES * S::FRAME;
        if depth < S::FRAME || (playout.grow && depth <= deepest - S::FRAME) {
            self.hold(playout);
            return false;
        }
        if depth > deepest {
            self.skip(&mut playout, depth - deepest);
        }
        self.give_back(&mut playout);
        let heard = take(&mut self.shelf, playout.next);
        if !heard {
            playout.lost = Some(playout.next);
        }
        playout.next = playout.next.wrapping_add(S::FRAME as u32);
        (playout.held, playout.grow) = (0, false);
        self.playout = Some(playout);
        heard
    }

    /// The timestamp that is heard next.
    pub(crate) fn next(&self) -> Option<u32> {
        self.playout.map(|playout| playout.next)
    }

    fn begin(&mut self, timestamp: u32, payload: &[u8], ticks: i32) {
        self.shelf.clear();
        self.playout = Some(Playout {
            next: timestamp,
            end: timestamp.wrapping_add(ticks as u32),
            held: 0,
            least_depth: i32::MAX,
            spell: 0,
            lost: None,
            grow: false,
        });
        self.shelf.put(timestamp, payload, 0);
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
        while playout.held > 0 && playout.depth() > S::FRAME && self.shelf.is_hole(playout.next) {
            self.skip(playout, S::FRAME);
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
        let spare = (playout.least_depth - S::FRAME) / S::FRAME * S::FRAME;
        if spare > 0 {
            self.skip(playout, spare);
        }
        self.patience = (self.patience / 2).max(LEAST_PATIENCE);
        (playout.spell, playout.least_depth) = (0, i32::MAX);
    }

    fn skip(&mut self, playout: &mut Playout, ticks: i32) {
        self.shelf.remove(playout.next, ticks);
        playout.next = playout.next.wrapping_add(ticks as u32);
    }
}

impl Playout {
    fn depth(&self) -> i32 {
        self.end.wrapping_sub(self.next) as i32
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::code_shelf::CodeShelf;
    use crate::frame::FRAME_SAMPLES;
    use crate::packet_shelf::PacketShelf;

    const SILENCE: u8 = 0xff;

    fn codes() -> JitterBuffer<CodeShelf> {
        JitterBuffer::new(CodeShelf::new(SILENCE))
    }

    /// Frame `number` of a stream, each full of its own number.
    fn push(buffer: &mut JitterBuffer<CodeShelf>, number: u32) {
        buffer.push(number.wrapping_mul(160), &[number as u8; 160]);
    }

    fn pop(buffer: &mut JitterBuffer<CodeShelf>) -> Option<u8> {
        let mut frame = [0; FRAME_SAMPLES];
        let heard = buffer.pop(|shelf, at| shelf.take(at, &mut frame));
        assert!(!heard || frame.iter().all(|code| *code == frame[0]), "{frame:?}");
        heard.then_some(frame[0])
    }

    #[test]
    fn a_steady_stream_is_heard_at_once_and_whole() {
        let mut buffer = codes();
        for number in 0..1_000 {
            push(&mut buffer, number);
            assert_eq!(pop(&mut buffer), Some(number as u8));
        }
    }

    #[test]
    fn a_late_packet_is_still_heard_and_the_depth_is_given_back_later() {
        let mut buffer = codes();
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
        let mut buffer = codes();
        for number in [1, 1, 3, 2, 2, 4] {
            push(&mut buffer, number);
        }
        assert_eq!([(); 4].map(|()| pop(&mut buffer)), [Some(1), Some(2), Some(3), Some(4)]);
    }

    #[test]
    fn a_lost_packet_leaves_one_gap() {
        let mut buffer = codes();
        for number in [1, 2, 4, 5] {
            push(&mut buffer, number);
        }
        assert_eq!([(); 4].map(|()| pop(&mut buffer)), [Some(1), Some(2), None, Some(4)]);
    }

    #[test]
    fn a_packet_that_comes_too_late_makes_the_buffer_deeper() {
        let mut buffer = codes();
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
        let mut buffer = codes();
        for number in 0..50 {
            push(&mut buffer, number);
            assert_eq!(pop(&mut buffer), Some(number as u8));
            push(&mut buffer, number);
        }
    }

    #[test]
    fn silence_suppression_does_not_add_delay() {
        let mut buffer = codes();
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
        let mut buffer = codes();
        for number in 0..12 {
            push(&mut buffer, number);
        }
        assert_eq!(pop(&mut buffer), Some(6));
    }

    #[test]
    fn a_stream_that_jumps_begins_anew() {
        let mut buffer = codes();
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
            let mut buffer = codes();
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
            let mut buffer = codes();
            for (timestamp, length, pops) in packets {
                buffer.push(if length % 2 == 0 { timestamp } else { timestamp % 4_000 }, &vec![7; length]);
                for _ in 0..pops {
                    pop_any(&mut buffer);
                }
            }
        }

        #[test]
        fn a_jittery_stream_is_mostly_heard_and_never_deeper_than_allowed(delays in proptest::collection::vec(0_u32..3, 400)) {
            let mut buffer = codes();
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

    fn pop_any(buffer: &mut JitterBuffer<CodeShelf>) {
        buffer.pop(|shelf, at| shelf.take(at, &mut [0; FRAME_SAMPLES]));
    }

    /// A packet of Opus: SILK, so many frames of 20 ms (RFC 6716 §3.1), known by its last byte.
    fn opus(frames: usize, number: u8) -> Vec<u8> {
        match frames {
            1 => vec![1 << 3, number],
            _ => vec![1 << 3 | 3, frames as u8, number, number, number],
        }
    }

    /// The last bytes of the packets of the next frame; `None`: it is lost.
    fn pop_packets(buffer: &mut JitterBuffer<PacketShelf>) -> Option<Vec<u8>> {
        let mut numbers = Vec::new();
        let heard =
            buffer.pop(|shelf, at| shelf.take(at, |packet| numbers.push(*packet.last().expect("not empty"))));
        heard.then_some(numbers)
    }

    #[test]
    fn packets_of_opus_are_heard_once_and_in_order() {
        let mut buffer = JitterBuffer::new(PacketShelf::new());
        for number in [1, 1, 3, 2, 5] {
            buffer.push(u32::from(number) * 960, &opus(1, number));
        }
        let heard: Vec<_> = (0..6).map(|_| pop_packets(&mut buffer)).collect();
        assert_eq!(heard, [Some(vec![1]), Some(vec![2]), Some(vec![3]), None, Some(vec![5]), None]);
    }

    #[test]
    fn a_long_packet_of_opus_covers_several_frames_and_short_ones_share_one() {
        let mut buffer = JitterBuffer::new(PacketShelf::new());
        buffer.push(0, &opus(3, 1));
        // Configuration 0 of SILK: 10 ms.
        buffer.push(2_880, &[0, 2]);
        buffer.push(3_360, &[0, 3]);
        let heard: Vec<_> = (0..5).map(|_| pop_packets(&mut buffer)).collect();
        assert_eq!(heard, [Some(vec![1]), Some(vec![]), Some(vec![]), Some(vec![2, 3]), None]);
    }

    #[test]
    fn the_packet_after_a_lost_one_can_be_looked_at() {
        let mut buffer = JitterBuffer::new(PacketShelf::new());
        buffer.push(0, &opus(1, 1));
        buffer.push(1_920, &opus(1, 3));
        assert_eq!(pop_packets(&mut buffer), Some(vec![1]));
        assert_eq!(pop_packets(&mut buffer), None);
        let next = buffer.next().unwrap();
        assert_eq!(buffer.shelf.peek(next), Some(&opus(1, 3)[..]));
    }

    proptest! {
        #[test]
        fn no_stream_of_packets_panics(
            packets in proptest::collection::vec((any::<u32>(), proptest::collection::vec(any::<u8>(), 0..6), 0_u8..3), 0..100),
        ) {
            let mut buffer = JitterBuffer::new(PacketShelf::new());
            for (timestamp, payload, pops) in packets {
                buffer.push(if timestamp % 2 == 0 { timestamp } else { timestamp % 20_000 }, &payload);
                for _ in 0..pops {
                    pop_packets(&mut buffer);
                }
            }
        }
    }
}
