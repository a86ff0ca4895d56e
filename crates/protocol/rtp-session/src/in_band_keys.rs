//! Keys that the peer presses without telephone-event: it sends their sound (ITU-T Q.23).

use codec::dtmf::{Detector, KeyChange};

use crate::frame::FRAME_MS;

/// So long after the peer heard a key, the same key in its sound is the echo of it.
const ECHO_FRAMES: u64 = 500 / FRAME_MS as u64;
/// Codes of keys: 0 to 15.
const KEYS: usize = 16;

#[derive(Debug, Default)]
pub(crate) struct InBandKeys {
    detector: Detector,
    /// The key that was reported as down.
    pressed: Option<u8>,
    /// Frames that were heard.
    frames: u64,
    /// By key, the frame before which its sound is an echo.
    echo_until: [u64; KEYS],
}

impl InBandKeys {
    /// The peer sounds so for a frame.
    pub(crate) fn hear(&mut self, samples: &[i16], mut report: impl FnMut(KeyChange)) {
        self.frames += 1;
        let Self { detector, pressed, frames, echo_until } = self;
        detector.hear(samples, |change| match change {
            KeyChange::Down(event) => {
                let is_echo = echo_until.get(usize::from(event)).is_some_and(|until| *frames < *until);
                *pressed = Some(event).filter(|_| !is_echo);
                pressed.map(KeyChange::Down).into_iter().for_each(&mut report);
            }
            KeyChange::Up(_) => pressed.take().map(KeyChange::Up).into_iter().for_each(&mut report),
        });
    }

    /// The peer hears the sound of a key now.
    pub(crate) fn expect_echo(&mut self, event: u8) {
        if let Some(until) = self.echo_until.get_mut(usize::from(event)) {
            *until = self.frames + ECHO_FRAMES;
        }
    }

    /// The sound ends, or is another's from now on.
    pub(crate) fn reset(&mut self) -> Option<KeyChange> {
        self.detector.reset();
        self.pressed.take().map(KeyChange::Up)
    }
}
