//! Opus (RFC 6716), by libopus: one channel of 16 kHz, in packets of 20 ms.
//!
//! The states are allocated when they are made; encoding and decoding allocate nothing.

use opus::{Application, Bandwidth, Bitrate, Channels};

/// Samples per second of what is encoded, and of what is decoded unless it is asked for otherwise.
pub const RATE_HZ: u32 = 16_000;
/// Samples in a packet that we make.
pub const FRAME_SAMPLES: usize = 320;
/// The most bytes of a packet with one frame (RFC 6716 §3.4).
pub const MOST_BYTES: usize = 1_276;
/// Ticks of RTP timestamps in 20 ms (RFC 7587 §4.1).
pub const FRAME_TICKS: u32 = 960;
/// The most ticks of one packet: 120 ms.
pub const MOST_TICKS: u32 = 6 * FRAME_TICKS;

/// Enough for speech that sounds natural, with what repairs a lost packet.
const BITS_PER_SECOND: i32 = 32_000;
/// Of 10. More than this is hardly heard and costs a phone system's processor dearly.
const COMPLEXITY: i32 = 4;
/// The share of packets that is expected to be lost: from it follows how much is sent twice.
const LOSS_PERCENT: i32 = 5;

/// Makes packets of one stream.
#[derive(Debug)]
pub struct Encoder(opus::Encoder);

/// Makes samples of the packets of one stream.
#[derive(Debug)]
pub struct Decoder {
    state: opus::Decoder,
    rate_hz: u32,
}

impl Default for Encoder {
    fn default() -> Self {
        Self::new()
    }
}

impl Encoder {
    /// An encoder that has heard silence.
    ///
    /// # Panics
    /// When memory is out.
    pub fn new() -> Self {
        let made = || -> opus::Result<opus::Encoder> {
            let mut state = opus::Encoder::new(RATE_HZ, Channels::Mono, Application::Voip)?;
            state.set_bitrate(Bitrate::Bits(BITS_PER_SECOND))?;
            state.set_complexity(COMPLEXITY)?;
            state.set_max_bandwidth(Bandwidth::Wideband)?;
            state.set_inband_fec(true)?;
            state.set_packet_loss_perc(LOSS_PERCENT)?;
            Ok(state)
        };
        Self(made().expect("libopus takes these settings, and memory is there"))
    }

    /// Encodes 20 ms at [`RATE_HZ`]; gives the length of the packet in `bytes`, which has room for [`MOST_BYTES`].
    pub fn encode(&mut self, samples: &[i16; FRAME_SAMPLES], bytes: &mut [u8; MOST_BYTES]) -> usize {
        self.0.encode(samples, bytes).expect("20 ms fit into the longest packet")
    }

    /// Begins a new stream.
    pub fn reset(&mut self) {
        self.0.reset_state().expect("a state can always be reset");
    }
}

impl Decoder {
    /// A decoder that has heard nothing, and makes samples at 8, 12, 16, 24 or 48 kHz.
    ///
    /// # Panics
    /// At other rates, and when memory is out.
    pub fn new(rate_hz: u32) -> Self {
        let state = opus::Decoder::new(rate_hz, Channels::Mono);
        Self { state: state.expect("libopus knows the rate, and memory is there"), rate_hz }
    }

    /// Decodes a packet, however long it sounds; gives the number of samples. `None`: it is none, or longer
    /// than `samples`.
    pub fn decode(&mut self, packet: &[u8], samples: &mut [i16]) -> Option<usize> {
        if packet.is_empty() {
            return None;
        }
        self.state.decode(packet, samples, false).ok()
    }

    /// Fills `samples` with what was probably lost: from what the packet after it says of it, if that is
    /// there, or from what was heard before.
    pub fn conceal(&mut self, next: Option<&[u8]>, samples: &mut [i16]) {
        let next = next.filter(|packet| !packet.is_empty());
        let repaired = next.is_some_and(|packet| self.state.decode(packet, samples, true).is_ok());
        if !repaired && self.state.decode(&[], samples, false).is_err() {
            samples.fill(0);
        }
    }

    /// Begins a new stream.
    pub fn reset(&mut self) {
        self.state.reset_state().expect("a state can always be reset");
    }

    /// Samples per second of what is decoded.
    pub fn rate_hz(&self) -> u32 {
        self.rate_hz
    }
}

/// How long a packet sounds, in ticks of its RTP timestamps: 120 to 5760. `None`: it is none.
pub fn ticks(packet: &[u8]) -> Option<u32> {
    if packet.is_empty() {
        return None;
    }
    let ticks = opus::packet::get_nb_samples(packet, 48_000).ok()?;
    u32::try_from(ticks).ok().filter(|ticks| (1..=MOST_TICKS).contains(ticks))
}

/// Whether a packet says that nothing follows for a while (discontinuous transmission).
pub fn is_pause(packet: &[u8]) -> bool {
    packet.len() <= 2
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use proptest::prelude::*;

    use super::*;
    use crate::{goertzel, tone};

    fn packets(sound: &[i16]) -> Vec<Vec<u8>> {
        let mut encoder = Encoder::new();
        let frames = sound.as_chunks::<FRAME_SAMPLES>().0;
        let encode = |frame: &[i16; FRAME_SAMPLES]| {
            let mut bytes = [0; MOST_BYTES];
            let length = encoder.encode(frame, &mut bytes);
            bytes[..length].to_vec()
        };
        frames.iter().map(encode).collect()
    }

    fn decoded(rate_hz: u32, packets: &[Vec<u8>]) -> Vec<i16> {
        let mut decoder = Decoder::new(rate_hz);
        let mut heard = Vec::new();
        for packet in packets {
            let mut samples = [0; 960];
            let length = decoder.decode(packet, &mut samples).unwrap();
            heard.extend(&samples[..length]);
        }
        heard
    }

    #[test]
    fn tones_of_the_whole_band_come_back_as_loud() {
        for frequency_hz in [300.0, 1_000.0, 3_000.0, 5_000.0, 6_500.0] {
            let sound = tone::sine(RATE_HZ, frequency_hz, Duration::from_secs(1), 0.3).samples;
            let heard = decoded(RATE_HZ, &packets(&sound));
            assert_eq!(heard.len(), sound.len());
            let share = goertzel::share(&heard[4_000..12_000], RATE_HZ, frequency_hz);
            assert!(share > 0.9, "{frequency_hz} Hz: {share}");
            let change = goertzel::rms(&heard[4_000..]) / goertzel::rms(&sound);
            assert!((0.8..1.25).contains(&change), "{frequency_hz} Hz: {change}");
        }
    }

    #[test]
    fn it_is_decoded_at_8_khz_as_well() {
        let sound = tone::sine(RATE_HZ, 1_000.0, Duration::from_secs(1), 0.3).samples;
        let heard = decoded(8_000, &packets(&sound));
        assert_eq!(heard.len(), sound.len() / 2);
        assert!(goertzel::share(&heard[2_000..], 8_000, 1_000.0) > 0.9);
    }

    #[test]
    fn a_lost_packet_is_repaired_from_the_next_and_else_concealed() {
        let sound = tone::chord(RATE_HZ, &[220.0, 440.0, 660.0, 880.0], Duration::from_secs(1), 0.5).samples;
        let packets = packets(&sound);
        for with_next in [true, false] {
            let mut decoder = Decoder::new(RATE_HZ);
            let mut heard = Vec::new();
            for (number, packet) in packets.iter().enumerate() {
                let mut samples = [0; FRAME_SAMPLES];
                if number == 30 {
                    decoder.conceal(with_next.then(|| packets[31].as_slice()), &mut samples);
                } else {
                    decoder.decode(packet, &mut samples).unwrap();
                }
                heard.push(goertzel::rms(&samples));
            }
            assert!(heard[30] > heard[29] / 2.0, "{with_next}: {} after {}", heard[30], heard[29]);
        }
    }

    #[test]
    fn packets_say_how_long_they_sound() {
        assert_eq!(ticks(&packets(&[0; FRAME_SAMPLES])[0]), Some(FRAME_TICKS));
        // Configuration 1 of SILK: 20 ms; code 0, 1 and 3 with three frames (RFC 6716 §3.1).
        assert_eq!(ticks(&[1 << 3]), Some(960));
        assert_eq!(ticks(&[1 << 3 | 1, 0, 0]), Some(1_920));
        assert_eq!(ticks(&[1 << 3 | 3, 3, 0, 0, 0]), Some(2_880));
        assert_eq!(ticks(&[1 << 3 | 3, 63]), None, "more than 120 ms");
        assert_eq!(ticks(&[]), None);
    }

    proptest! {
        #[test]
        fn no_packet_panics(packets in proptest::collection::vec(proptest::collection::vec(any::<u8>(), 0..200), 1..8)) {
            let mut decoder = Decoder::new(RATE_HZ);
            let mut samples = [0; 1_920];
            for packet in &packets {
                let _ = ticks(packet);
                let length = decoder.decode(packet, &mut samples).unwrap_or_default();
                prop_assert!(length <= samples.len());
                decoder.conceal(Some(packet), &mut samples[..320]);
            }
        }
    }
}
