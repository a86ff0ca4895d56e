//! Speaking: a packet every 20 ms, from a file, from keys, or of silence.

use std::collections::VecDeque;
use std::time::Duration;

use codec::{Law, Pcm, tone};
use rtp::{Packet, TelephoneEvent};
use sdp::Negotiated;

use crate::keys::{Keys, Press, event_of};
use crate::media::{FRAME_SAMPLES, RATE_HZ};

/// A comma.
const WAIT_FRAMES: u32 = 50;
/// How long a key is pressed, and the pause behind it (RFC 4733 asks for at least 40 ms of each).
const PRESS_FRAMES: u32 = 8;
const PAUSE_FRAMES: u32 = 5;
/// RFC 4733 §2.5.1.4: the end of a key is told three times.
const END_FRAMES: u32 = 3;
/// -10 dBm0.
const VOLUME: u8 = 10;

/// What shall be said, and how far that has come.
#[derive(Debug)]
pub(crate) struct Speaker {
    script: VecDeque<Press>,
    state: State,
    play: Vec<i16>,
    played: usize,
    active: bool,
    ssrc: u32,
    sequence: u16,
    timestamp: u32,
    marker: bool,
    pub(crate) sent: u64,
    pub(crate) keys: String,
}

#[derive(Clone, Copy, Debug)]
enum State {
    Ready,
    Waiting { left: u32 },
    Pressing { key: char, frame: u32, began: u32 },
}

/// Something that was said.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Said {
    Key { key: char, in_band: bool },
    PlayStarted,
    PlayFinished,
}

impl Speaker {
    /// Says `play` and presses `keys`, once it may begin. The seed makes the stream's own numbers.
    pub(crate) fn new(keys: Keys, play: Vec<i16>, seed: u64) -> Self {
        Self {
            script: keys.0.into(),
            state: State::Ready,
            play,
            played: 0,
            active: false,
            ssrc: seed as u32,
            // Far from the first rollover, which a receiver that begins late must not miss.
            sequence: (seed >> 32) as u16 >> 1,
            timestamp: (seed >> 16) as u32,
            marker: true,
            sent: 0,
            keys: String::new(),
        }
    }

    /// The call is answered: begin.
    pub(crate) fn begin(&mut self) {
        self.active = true;
    }

    /// 20 ms have passed: writes the packet for them into `buffer`.
    pub(crate) fn on_tick(
        &mut self,
        agreed: &Negotiated,
        buffer: &mut [u8],
        said: &mut impl FnMut(Said),
    ) -> Option<usize> {
        let timestamp = self.timestamp;
        self.timestamp = self.timestamp.wrapping_add(FRAME_SAMPLES as u32);
        if self.active {
            self.step(timestamp, agreed, said);
        }
        let frame = self.sound(said);
        if !agreed.direction.sends() {
            return None;
        }
        let length = match (self.state, agreed.telephone_event) {
            (State::Pressing { key, frame, began }, Some(payload_type)) => {
                self.write_key(key, frame, began, payload_type, buffer)
            }
            (State::Pressing { key, frame: number, .. }, None) if number < PRESS_FRAMES => {
                self.write_sound(&in_band(key, number), timestamp, agreed, buffer)
            }
            (State::Pressing { .. } | State::Ready | State::Waiting { .. }, _) => {
                self.write_sound(&frame, timestamp, agreed, buffer)
            }
        };
        self.sent += u64::from(length.is_some());
        length
    }

    /// Moves the script on by a frame.
    fn step(&mut self, timestamp: u32, agreed: &Negotiated, said: &mut impl FnMut(Said)) {
        self.state = match self.state {
            State::Waiting { left } if left > 1 => State::Waiting { left: left - 1 },
            State::Pressing { key, frame, began } if frame + 1 < PRESS_FRAMES + END_FRAMES => {
                State::Pressing { key, frame: frame + 1, began }
            }
            State::Pressing { .. } => State::Waiting { left: PAUSE_FRAMES },
            State::Ready | State::Waiting { .. } => match self.script.pop_front() {
                None => State::Ready,
                Some(Press::Wait) => State::Waiting { left: WAIT_FRAMES },
                Some(Press::Key(key)) => {
                    self.keys.push(key);
                    said(Said::Key { key, in_band: agreed.telephone_event.is_none() });
                    State::Pressing { key, frame: 0, began: timestamp }
                }
            },
        };
    }

    /// The next frame of the file; silence before and after it.
    fn sound(&mut self, said: &mut impl FnMut(Said)) -> [i16; FRAME_SAMPLES] {
        let mut frame = [0; FRAME_SAMPLES];
        if !self.active || self.played >= self.play.len() {
            return frame;
        }
        if self.played == 0 {
            said(Said::PlayStarted);
        }
        let rest = &self.play[self.played..];
        let length = rest.len().min(FRAME_SAMPLES);
        frame[..length].copy_from_slice(&rest[..length]);
        self.played += length;
        if self.played == self.play.len() {
            said(Said::PlayFinished);
        }
        frame
    }

    fn write_sound(
        &mut self,
        sound: &[i16; FRAME_SAMPLES],
        timestamp: u32,
        agreed: &Negotiated,
        buffer: &mut [u8],
    ) -> Option<usize> {
        let law = match agreed.codec {
            sdp::Codec::Pcmu => Law::Mu,
            sdp::Codec::Pcma => Law::A,
            // Never agreed on: it is not offered.
            sdp::Codec::G722 | sdp::Codec::Opus => return None,
        };
        let mut codes = [0; FRAME_SAMPLES];
        law.encode(sound, &mut codes);
        let marker = std::mem::take(&mut self.marker);
        self.write(agreed.payload_type, marker, timestamp, &codes, buffer)
    }

    fn write_key(
        &mut self,
        key: char,
        frame: u32,
        began: u32,
        payload_type: u8,
        buffer: &mut [u8],
    ) -> Option<usize> {
        let event = TelephoneEvent {
            event: event_of(key),
            end: frame >= PRESS_FRAMES,
            volume: VOLUME,
            duration: ((frame + 1).min(PRESS_FRAMES) * FRAME_SAMPLES as u32) as u16,
        };
        self.write(payload_type, frame == 0, began, &event.to_bytes(), buffer)
    }

    fn write(
        &mut self,
        payload_type: u8,
        marker: bool,
        timestamp: u32,
        payload: &[u8],
        buffer: &mut [u8],
    ) -> Option<usize> {
        let sequence = self.sequence;
        self.sequence = self.sequence.wrapping_add(1);
        Packet { marker, payload_type, sequence, timestamp, ssrc: self.ssrc, payload, ..Packet::default() }
            .write(buffer)
    }
}

/// A frame of the tone itself, for a far end that did not agree to telephone-event.
fn in_band(key: char, frame: u32) -> [i16; FRAME_SAMPLES] {
    let length = Duration::from_millis(u64::from(PRESS_FRAMES) * 20);
    let whole = tone::dtmf(RATE_HZ, key, length).unwrap_or(Pcm { rate_hz: RATE_HZ, samples: Vec::new() });
    let mut samples = [0; FRAME_SAMPLES];
    let from = frame as usize * FRAME_SAMPLES;
    if let Some(part) = whole.samples.get(from..from + FRAME_SAMPLES) {
        samples.copy_from_slice(part);
    }
    samples
}

#[cfg(test)]
mod tests {
    use sdp::{Codec, Direction};

    use super::*;

    fn agreed(telephone_event: Option<u8>) -> Negotiated {
        let remote = "127.0.0.1:4000".parse().unwrap();
        let plain = Negotiated::plain(remote, Codec::Pcmu);
        Negotiated { telephone_event, own_telephone_event: telephone_event, ..plain }
    }

    fn packets(speaker: &mut Speaker, agreed: &Negotiated, count: u32) -> Vec<(u8, bool, u32, Vec<u8>)> {
        let mut buffer = [0; 400];
        (0..count)
            .filter_map(|_| {
                let length = speaker.on_tick(agreed, &mut buffer, &mut |_| {})?;
                let packet = Packet::parse(&buffer[..length]).unwrap();
                Some((packet.payload_type, packet.marker, packet.timestamp, packet.payload.to_vec()))
            })
            .collect()
    }

    #[test]
    fn a_key_is_eleven_packets_of_one_timestamp() {
        let mut speaker = Speaker::new("5,".parse().unwrap(), Vec::new(), 7);
        speaker.begin();
        let agreed = agreed(Some(101));
        let sent = packets(&mut speaker, &agreed, 20);
        let events: Vec<_> = sent.iter().filter(|packet| packet.0 == 101).collect();
        assert_eq!(events.len(), 11);
        assert!(events.iter().all(|event| event.2 == events[0].2));
        assert_eq!(events.iter().filter(|event| event.1).count(), 1);
        let last = TelephoneEvent::parse(&events[10].3).unwrap();
        assert_eq!(last, TelephoneEvent { event: 5, end: true, volume: 10, duration: 1_280 });
        assert_eq!(speaker.keys, "5");
    }

    #[test]
    fn nothing_is_pressed_or_played_before_the_answer() {
        let mut speaker = Speaker::new("5".parse().unwrap(), vec![9_000; 320], 7);
        let agreed = agreed(Some(101));
        assert!(packets(&mut speaker, &agreed, 10).iter().all(|packet| packet.3 == [0xff; 160]));
        speaker.begin();
        assert_ne!(packets(&mut speaker, &agreed, 1)[0].0, 0);
    }

    #[test]
    fn without_telephone_event_the_tone_itself_is_sent() {
        let mut speaker = Speaker::new("5".parse().unwrap(), Vec::new(), 7);
        speaker.begin();
        let agreed = agreed(None);
        let mut sound = vec![0; 160 * 4];
        let codes: Vec<u8> =
            packets(&mut speaker, &agreed, 4).into_iter().flat_map(|packet| packet.3).collect();
        Law::Mu.decode(&codes, &mut sound);
        assert!(codec::goertzel::share(&sound, RATE_HZ, 770.0) > 0.3);
        assert!(codec::goertzel::share(&sound, RATE_HZ, 1_336.0) > 0.3);
    }

    #[test]
    fn a_phone_that_may_not_speak_keeps_its_clock() {
        let mut speaker = Speaker::new(Keys::default(), Vec::new(), 7);
        let quiet = Negotiated { direction: Direction::RecvOnly, ..agreed(None) };
        let first = packets(&mut speaker, &agreed(None), 1)[0].2;
        assert!(packets(&mut speaker, &quiet, 10).is_empty());
        assert_eq!(packets(&mut speaker, &agreed(None), 1)[0].2, first.wrapping_add(11 * 160));
    }
}
