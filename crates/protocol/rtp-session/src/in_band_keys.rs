//! Keys that the peer presses without telephone-event: it sends their sound (ITU-T Q.23).

use codec::dtmf::{Detector, KeyChange};
use codec::{Codec, Voice, g722, opus};

use crate::frame::{FRAME_MS, FRAME_SAMPLES, RATE_HZ};

/// So long after the peer heard a key, the same key in its sound is the echo of it.
const ECHO_FRAMES: u64 = 500 / FRAME_MS as u64;
/// Codes of keys: 0 to 15.
const KEYS: usize = 16;
/// Samples of the longest packet of Opus: 120 ms.
const LONGEST: usize = 6 * FRAME_SAMPLES;

#[derive(Debug, Default)]
pub(crate) struct InBandKeys {
    detector: Detector,
    ear: Ear,
    /// The key that was reported as down.
    pressed: Option<u8>,
    /// Frames that were heard.
    frames: u64,
    /// By key, the frame before which its sound is an echo.
    echo_until: [u64; KEYS],
}

/// What is kept to hear a peer at 8 kHz. Who mixes its voice hears more of it, and only where somebody listens.
#[derive(Debug, Default)]
struct Ear {
    g722: Option<Box<g722::Decoder>>,
    opus: Option<Box<opus::Decoder>>,
}

impl InBandKeys {
    /// The peer speaks this codec. Memory is taken only here.
    pub(crate) fn prepare(&mut self, codec: Codec) {
        match codec {
            Codec::Pcmu | Codec::Pcma => {}
            Codec::G722 => self.ear.g722 = Some(Box::default()),
            Codec::Opus => self.ear.opus = Some(Box::new(opus::Decoder::new(RATE_HZ))),
        }
    }

    /// A frame goes by.
    pub(crate) fn begin_frame(&mut self) {
        self.frames += 1;
    }

    /// The peer sounds so for a frame, or for as long as its packet says; `None` is silence.
    pub(crate) fn hear(&mut self, voice: Option<Voice<'_>>, mut report: impl FnMut(KeyChange)) {
        let mut samples = [0; LONGEST];
        let length = self.ear.listen(voice, &mut samples);
        let Self { detector, pressed, frames, echo_until, .. } = self;
        detector.hear(&samples[..length], |change| match change {
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

impl Ear {
    /// Decodes; gives the number of samples.
    fn listen(&mut self, voice: Option<Voice<'_>>, samples: &mut [i16; LONGEST]) -> usize {
        let frame = &mut samples[..FRAME_SAMPLES];
        match voice {
            Some(Voice::Coded(codec, codes)) => match (codec, codec.law(), &mut self.g722, &mut self.opus) {
                (_, Some(law), _, _) => law.decode(codes, frame),
                (Codec::G722, _, Some(decoder), _) => decoder.decode_narrow(codes, frame),
                (Codec::Opus, _, _, Some(decoder)) => return decoder.decode(codes, samples).unwrap_or(0),
                _ => {}
            },
            Some(Voice::Lost(Codec::Opus, next)) => {
                if let Some(decoder) = &mut self.opus {
                    decoder.conceal(next, frame);
                }
            }
            Some(Voice::Lost(..) | Voice::Noise(_)) | None => {}
        }
        FRAME_SAMPLES
    }
}
