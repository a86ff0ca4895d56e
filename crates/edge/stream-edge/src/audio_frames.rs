//! Sound as applications read it (contract: Call Automation §12): text, in a buffer that is used again and again.

use std::collections::HashMap;
use std::fmt::Write;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use bytes::BytesMut;
use codec::Resampler;
use identifier::LegId;
use media_edge::{Heard, TapSamples, Track, What};
use media_plan::{Streaming, Tap};
use tokio_tungstenite::tungstenite::{Message, Utf8Bytes};

use crate::timestamp::Stamp;

/// Samples in a second, as taps hear them.
const RATE_HZ: u32 = 16_000;
const FRAME_US: u64 = 20_000;
/// Samples of 20 ms at 24 kHz, the highest rate.
const MOST_SAMPLES: usize = 480;
/// Room for the messages of a frame; no message of one track is longer than a third of it.
const ROOM: usize = 8 * 1024;

/// Makes messages of what is heard.
pub(crate) struct AudioFrames {
    subscription: String,
    rate_hz: u32,
    tells_keys: bool,
    /// When the first frame began, in microseconds since 1970.
    begin_us: i64,
    /// The raw id of who speaks, as JSON.
    names: HashMap<LegId, String>,
    resamplers: HashMap<Track, Resampler>,
    stamp: Stamp,
    silence: String,
    buffer: BytesMut,
    /// Things that came too late for a message.
    pub(crate) missed: u64,
}

impl AudioFrames {
    pub(crate) fn new(tap: &Tap, streaming: &Streaming, begin_us: i64) -> Self {
        let rate_hz = if streaming.rate_hz == 24_000 { 24_000 } else { RATE_HZ };
        let mut frames = Self {
            subscription: tap.id.to_string(),
            rate_hz,
            tells_keys: streaming.keys,
            begin_us,
            names: HashMap::new(),
            resamplers: HashMap::new(),
            stamp: Stamp::default(),
            silence: STANDARD.encode(vec![0; rate_hz as usize / 50 * 2]),
            buffer: BytesMut::with_capacity(ROOM),
            missed: 0,
        };
        frames.rename(tap);
        frames
    }

    /// The first message.
    pub(crate) fn metadata(&mut self) -> Message {
        let (rate_hz, length) = (self.rate_hz, self.rate_hz / 50 * 2);
        self.buffer.reserve(ROOM);
        let _ = write!(
            self.buffer,
            r#"{{"kind":"AudioMetadata","audioMetadata":{{"subscriptionId":"{}","encoding":"PCM","sampleRate":{rate_hz},"channels":1,"length":{length}}}}}"#,
            self.subscription
        );
        self.message()
    }

    /// The message of one thing that is heard, if applications hear of it.
    pub(crate) fn write(&mut self, heard: &Heard<'_>) -> Option<Message> {
        self.missed += u64::from(heard.missed);
        // What was sent before is in the socket's buffer: the room is ours again.
        self.buffer.reserve(ROOM);
        match &heard.what {
            What::Voice(track, samples) => {
                let moment_us = self.begin_us + (heard.frame * FRAME_US) as i64;
                let _ = self.write_voice(moment_us, *track, *samples);
                Some(self.message())
            }
            What::Key(_, tone) if self.tells_keys => {
                let _ =
                    write!(self.buffer, r#"{{"kind":"DtmfData","dtmfData":{{"data":"{}"}}}}"#, tone.key());
                Some(self.message())
            }
            What::Changed(tap) => {
                self.rename(tap);
                None
            }
            What::Key(..) | What::EndOfFrame => None,
        }
    }

    fn write_voice(
        &mut self,
        moment_us: i64,
        track: Track,
        samples: Option<&TapSamples>,
    ) -> std::fmt::Result {
        self.buffer.write_str(r#"{"kind":"AudioData","audioData":{"timestamp":""#)?;
        self.stamp.write(moment_us, &mut self.buffer)?;
        self.buffer.write_str("\",")?;
        // Absent where sound is of nobody in particular: the JavaScript SDK does not take null.
        if let Track::Leg(leg) = track
            && let Some(name) = self.names.get(&leg)
        {
            write!(self.buffer, r#""participantRawID":{name},"#)?;
        }
        self.buffer.write_str(r#""data":""#)?;
        match samples {
            Some(samples) => self.encode(track, samples),
            None => {
                self.resamplers.remove(&track);
                self.buffer.write_str(&self.silence)?;
            }
        }
        write!(self.buffer, r#"","silent":{}}}}}"#, samples.is_none())
    }

    /// Appends the samples, as base64 of 16 bit, the low byte first.
    fn encode(&mut self, track: Track, samples: &TapSamples) {
        let mut bytes = [0; 2 * MOST_SAMPLES];
        let mut length = 0;
        let mut put = |sample: i16| {
            if let Some(pair) = bytes.as_chunks_mut::<2>().0.get_mut(length) {
                *pair = sample.to_le_bytes();
                length += 1;
            }
        };
        match self.rate_hz {
            RATE_HZ => samples.iter().copied().for_each(put),
            rate_hz => {
                let resampler = self.resamplers.entry(track);
                resampler.or_insert_with(|| Resampler::new(RATE_HZ, rate_hz)).run(samples, &mut put);
            }
        }
        let begin = self.buffer.len();
        self.buffer.resize(begin + (2 * length).div_ceil(3) * 4, 0);
        let written = STANDARD.encode_slice(&bytes[..2 * length], &mut self.buffer[begin..]);
        self.buffer.truncate(begin + written.unwrap_or_default());
    }

    fn rename(&mut self, tap: &Tap) {
        let json = |text: String| serde_json::to_string(&text).unwrap_or_default();
        self.names = tap.voices.iter().map(|(leg, who)| (*leg, json(who.raw_id()))).collect();
    }

    fn message(&mut self) -> Message {
        let text = Utf8Bytes::try_from(self.buffer.split().freeze());
        Message::Text(text.expect("what is written here is text"))
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;
    use std::sync::Arc;

    use identifier::{CallConnectionId, CommunicationIdentifier, CorrelationId, ResourceId, TapId};
    use media_plan::{ApplicationSocket, Purpose, Tone};
    use serde_json::{Value, json};

    use super::*;

    const LEG: LegId = LegId::from_u128(1);

    fn frames(rate_hz: u32) -> AudioFrames {
        let streaming = Streaming {
            socket: ApplicationSocket {
                url: "wss://a.example".into(),
                connection: CallConnectionId::from_u128(3),
                correlation: CorrelationId::from_u128(4),
                resource: ResourceId::from_u128(2),
            },
            unmixed: true,
            rate_hz,
            bidirectional: false,
            keys: true,
            loopback: false,
        };
        let who = CommunicationIdentifier::from_raw_id("8:acs:a\"b");
        let tap = Tap {
            id: TapId::from_u128(9),
            voices: BTreeMap::from([(LEG, who)]),
            purpose: Purpose::Stream(streaming.clone()),
        };
        AudioFrames::new(&tap, &streaming, 1_731_698_172_925_000)
    }

    fn heard(frame: u64, what: What<'_>) -> Heard<'_> {
        Heard { frame, missed: 0, what }
    }

    fn text(message: Option<Message>) -> String {
        message.unwrap().into_text().unwrap().to_string()
    }

    #[test]
    fn messages_are_exactly_those_of_the_contract() {
        let mut frames = frames(16_000);
        assert_eq!(
            frames.metadata().into_text().unwrap().as_str(),
            format!(
                r#"{{"kind":"AudioMetadata","audioMetadata":{{"subscriptionId":"{}","encoding":"PCM","sampleRate":16000,"channels":1,"length":640}}}}"#,
                TapId::from_u128(9)
            )
        );
        let mixed = text(frames.write(&heard(0, What::Voice(Track::Mixed, Some(&[-2; 320])))));
        let data = STANDARD.encode([0xfe, 0xff].repeat(320));
        assert_eq!(
            mixed,
            format!(
                r#"{{"kind":"AudioData","audioData":{{"timestamp":"2024-11-15T19:16:12.925Z","data":"{data}","silent":false}}}}"#
            )
        );
        let apart = text(frames.write(&heard(4, What::Voice(Track::Leg(LEG), None))));
        let apart: Value = serde_json::from_str(&apart).unwrap();
        assert_eq!(
            apart,
            json!({"kind": "AudioData", "audioData": {
                "timestamp": "2024-11-15T19:16:13.005Z", "participantRawID": "8:acs:a\"b",
                "data": STANDARD.encode([0; 640]), "silent": true,
            }})
        );
        assert_eq!(
            text(frames.write(&heard(5, What::Key(LEG, Tone::Three)))),
            r#"{"kind":"DtmfData","dtmfData":{"data":"3"}}"#
        );
        assert!(frames.write(&heard(5, What::EndOfFrame)).is_none());
    }

    #[test]
    fn a_frame_at_24_khz_is_960_bytes() {
        let mut frames = frames(24_000);
        for number in 0..50 {
            let message =
                text(frames.write(&heard(number, What::Voice(Track::Leg(LEG), Some(&[1_000; 320])))));
            let message: Value = serde_json::from_str(&message).unwrap();
            let data = STANDARD.decode(message["audioData"]["data"].as_str().unwrap()).unwrap();
            assert_eq!(data.len(), 960);
            if number > 2 {
                assert!(
                    data.as_chunks::<2>().0.iter().all(|pair| (i16::from_le_bytes(*pair) - 1_000).abs() < 2)
                );
            }
        }
    }

    #[test]
    fn the_memory_of_a_message_is_used_again() {
        let mut frames = frames(16_000);
        let mut places = std::collections::HashSet::new();
        for number in 0..1_000 {
            let message = frames.write(&heard(number, What::Voice(Track::Mixed, Some(&[7; 320])))).unwrap();
            let Message::Text(text) = message else { unreachable!() };
            places.insert(text.as_ptr() as usize);
        }
        assert!(places.len() < 8, "{}", places.len());
    }

    #[test]
    fn what_was_missed_is_counted_and_a_new_name_is_used() {
        let mut frames = frames(16_000);
        frames.write(&Heard { frame: 3, missed: 7, what: What::EndOfFrame });
        assert_eq!(frames.missed, 7);
        let mut tap = Tap {
            id: TapId::from_u128(9),
            voices: BTreeMap::new(),
            purpose: Purpose::Stream(Streaming {
                socket: ApplicationSocket {
                    url: "wss://a.example".into(),
                    connection: CallConnectionId::from_u128(3),
                    correlation: CorrelationId::from_u128(4),
                    resource: ResourceId::from_u128(2),
                },
                unmixed: true,
                rate_hz: 16_000,
                bidirectional: false,
                keys: false,
                loopback: false,
            }),
        };
        let other = LegId::from_u128(2);
        tap.voices.insert(other, CommunicationIdentifier::from_raw_id("4:+14255550100"));
        assert!(frames.write(&heard(3, What::Changed(Arc::new(tap)))).is_none());
        let message = text(frames.write(&heard(4, What::Voice(Track::Leg(other), None))));
        assert!(message.contains(r#""participantRawID":"4:+14255550100""#), "{message}");
    }
}
