//! What a tap hears, on its way from a media thread to whoever listens.
//!
//! Two rings without locks ([`rtrb`]): one of samples, one of notes about them. A frame is copied once into the
//! ring, and read where it lies.

use std::fmt;
use std::sync::Arc;
use std::task::{Context, Poll};

use identifier::LegId;
use media_engine::{Track, WIDE_FRAME_SAMPLES};
use media_plan::{Tap, Tone};
use rtrb::{Consumer, Producer, RingBuffer};

use crate::bell::Bell;
use crate::hearing;

/// Frames that wait for a listener: a second.
const FRAMES: usize = 50;
/// Changes and keys that wait beside them.
const NEWS: usize = 32;

/// The samples of 20 ms at 16 kHz.
pub type TapSamples = [i16; WIDE_FRAME_SAMPLES];

/// One thing that is heard.
#[derive(Clone, Debug)]
pub struct Heard<'a> {
    /// The frame of 20 ms since the tap began, from 0. It counts while nobody takes anything and while the tap is
    /// paused, so that a gap is seen as what it is.
    pub frame: u64,
    /// So many things before this one are lost, because they were not taken in time.
    pub missed: u32,
    /// What is heard.
    pub what: What<'a>,
}

/// What is heard.
#[derive(Clone, Debug)]
pub enum What<'a> {
    /// 20 ms of one track, in every frame; `None` is silence. Of a tap that mixes the track is always
    /// [`Track::Mixed`]; of one that does not, each voice that is here is a track, or each of the loudest where
    /// there are more than the tap hears.
    Voice(Track, Option<&'a TapSamples>),
    /// All tracks of the frame have been told. Only where voices are apart.
    EndOfFrame,
    /// Somebody who is listened to pressed a key, and let it go.
    Key(LegId, Tone),
    /// From here on the wish is this: who is heard, what they are called, whether it is paused.
    Changed(Arc<Tap>),
}

/// A thing that is heard, in a ring.
#[derive(Debug)]
struct Note {
    frame: u64,
    missed: u32,
    what: Noted,
}

#[derive(Debug)]
enum Noted {
    /// Its samples are the next in their ring.
    Sound(Track),
    Silence(Track),
    EndOfFrame,
    Key(LegId, Tone),
    Changed(Arc<Tap>),
}

/// The end at which it is heard.
pub struct TapSound {
    /// Counted among those that listen.
    _counted: meter::Held,
    notes: Consumer<Note>,
    samples: Consumer<i16>,
    bell: Arc<Bell>,
}

/// The end from which it comes.
pub struct TapSource {
    /// Taken when it is dropped, before the bell is marked.
    notes: Option<Producer<Note>>,
    samples: Producer<i16>,
    bell: Arc<Bell>,
    /// It wakes the listener itself: no media thread does so.
    wakes: bool,
    missed: u32,
}

/// Both ends of a new pair of rings.
pub(crate) fn open(tap: &Tap, bell: Arc<Bell>, wakes: bool) -> (TapSource, TapSound) {
    let (most, speaking) = (hearing::most_tracks(&tap.purpose), hearing::most_speaking(tap));
    let (notes, taken_notes) = RingBuffer::new(FRAMES * (most + 1) + NEWS);
    let (samples, taken_samples) = RingBuffer::new(FRAMES * WIDE_FRAME_SAMPLES * speaking);
    let counted = meter::MEDIA_TAPS.hold([]);
    let sound =
        TapSound { _counted: counted, notes: taken_notes, samples: taken_samples, bell: bell.clone() };
    (TapSource { notes: Some(notes), samples, bell, wakes, missed: 0 }, sound)
}

impl TapSound {
    /// Waits until there is something to [`take`](Self::take); `false`: the tap is over, and everything was taken.
    ///
    /// It comes within a fraction of a millisecond, and may be given up and called again. To whoever records or writes
    /// down what is said, sound comes in fives of frames: every 100 ms.
    pub async fn ready(&mut self) -> bool {
        std::future::poll_fn(|context| self.poll_ready(context)).await
    }

    /// The same, for who waits for several things.
    pub fn poll_ready(&mut self, context: &mut Context<'_>) -> Poll<bool> {
        self.bell.waker.register(context.waker());
        // In this order: what was said before the end is there when the end is seen.
        let is_over = self.notes.is_abandoned();
        match (self.notes.is_empty(), is_over) {
            (false, _) => Poll::Ready(true),
            (true, true) => Poll::Ready(false),
            (true, false) => Poll::Pending,
        }
    }

    /// Waits until the tap is over, whatever is still to be taken. May be given up and called again.
    pub async fn over(&mut self) {
        std::future::poll_fn(|context| self.poll_over(context)).await;
    }

    fn poll_over(&mut self, context: &mut Context<'_>) -> Poll<()> {
        self.bell.waker.register(context.waker());
        if self.notes.is_abandoned() { Poll::Ready(()) } else { Poll::Pending }
    }

    /// Hands over one thing, if there is one; never waits. The samples are read where they lie.
    pub fn take(&mut self, handle: impl FnOnce(Heard<'_>)) -> bool {
        let Ok(Note { frame, missed, what }) = self.notes.pop() else { return false };
        if missed > 0 {
            meter::MEDIA_TAP_MISSED.add([], missed.into());
        }
        let what = match what {
            Noted::Sound(track) => {
                // Both rings are written frame by frame, so that none is in two pieces; and the samples first.
                let chunk = self.samples.read_chunk(WIDE_FRAME_SAMPLES).ok();
                let samples = chunk.as_ref().and_then(|chunk| chunk.as_slices().0.first_chunk());
                handle(Heard { frame, missed, what: What::Voice(track, samples) });
                chunk.into_iter().for_each(rtrb::chunks::ReadChunk::commit_all);
                return true;
            }
            Noted::Silence(track) => What::Voice(track, None),
            Noted::EndOfFrame => What::EndOfFrame,
            Noted::Key(leg, tone) => What::Key(leg, tone),
            Noted::Changed(tap) => What::Changed(tap),
        };
        handle(Heard { frame, missed, what });
        true
    }
}

impl TapSource {
    /// 20 ms of a track; `None` is silence. `false`: there is no room, and it is counted as missed.
    pub fn hear(&mut self, frame: u64, track: Track, samples: Option<&TapSamples>) -> bool {
        let Some(samples) = samples else { return self.note(frame, Noted::Silence(track)) };
        let has_room = self.notes.as_ref().is_some_and(|notes| notes.slots() > 0);
        if !has_room || self.samples.push_entire_slice(samples).is_err() {
            self.missed = self.missed.saturating_add(1);
            return false;
        }
        self.note(frame, Noted::Sound(track))
    }

    /// All tracks of a frame have been told.
    pub fn end_frame(&mut self, frame: u64) -> bool {
        self.note(frame, Noted::EndOfFrame)
    }

    /// A key was pressed, and let go.
    pub fn press(&mut self, frame: u64, leg: LegId, tone: Tone) -> bool {
        self.note(frame, Noted::Key(leg, tone))
    }

    /// The wish has changed. Given back when there is no room: it must not be missed.
    pub fn change(&mut self, frame: u64, tap: Arc<Tap>) -> Result<(), Arc<Tap>> {
        let has_room = self.notes.as_ref().is_some_and(|notes| notes.slots() > 0);
        if !has_room {
            return Err(tap);
        }
        self.note(frame, Noted::Changed(tap));
        Ok(())
    }

    /// Whether nobody listens any more.
    pub fn is_abandoned(&self) -> bool {
        self.notes.as_ref().is_none_or(Producer::is_abandoned)
    }

    /// The listener shall look.
    pub(crate) fn mark(&self) {
        self.bell.mark();
    }

    fn note(&mut self, frame: u64, what: Noted) -> bool {
        let note = Note { frame, missed: self.missed, what };
        let is_told = self.notes.as_mut().is_some_and(|notes| notes.push(note).is_ok());
        self.missed = if is_told { 0 } else { self.missed.saturating_add(1) };
        if self.wakes {
            self.bell.waker.wake();
        }
        is_told
    }
}

impl Drop for TapSource {
    fn drop(&mut self) {
        self.notes = None;
        self.bell.mark();
        if self.wakes {
            self.bell.waker.wake();
        }
    }
}

impl fmt::Debug for TapSound {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("TapSound").field("waiting", &self.notes.slots()).finish_non_exhaustive()
    }
}

impl fmt::Debug for TapSource {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("TapSource").field("missed", &self.missed).finish_non_exhaustive()
    }
}
