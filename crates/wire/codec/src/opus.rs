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
/// What is usually sent takes now and then more than the usual: who wants less than this gets every packet as long
/// as the others.
const ROOM_BITS_PER_SECOND: u32 = 40_000;
/// libopus takes no less than what a description may say.
const LEAST_BITS_PER_SECOND: i32 = 6_000;
/// Of 10. More than this is hardly heard and costs a phone system's processor dearly.
const COMPLEXITY: i32 = 4;
/// The share of packets that is expected to be lost: from it follows how much is sent twice.
const LOSS_PERCENT: i32 = 5;

/// What a far end wants of whoever sends to it (RFC 7587 §6.1).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Receiver {
    /// No more than this on average, in bits a second; 6000 to 510000.
    pub max_average_bitrate_bps: Option<u32>,
    /// Sound beyond half of this is not played.
    pub max_playback_rate_hz: u32,
    /// It can make up for a lost packet with the next one.
    pub in_band_fec: bool,
    /// Silence need not be sent.
    pub dtx: bool,
}

impl Default for Receiver {
    /// What a far end wants that says nothing.
    fn default() -> Self {
        Self { max_average_bitrate_bps: None, max_playback_rate_hz: 48_000, in_band_fec: false, dtx: false }
    }
}

impl Receiver {
    /// Whether it takes a stream that was made for somebody else, who may have allowed more.
    pub fn takes_any(&self) -> bool {
        self.max_average_bitrate_bps.is_none()
    }

    /// Whether it takes what is encoded once for all.
    pub fn takes_usual(&self) -> bool {
        !self.is_tight() && self.max_playback_rate_hz >= RATE_HZ
    }

    fn is_tight(&self) -> bool {
        self.max_average_bitrate_bps.is_some_and(|most| most < ROOM_BITS_PER_SECOND)
    }

    fn bits_per_second(&self) -> i32 {
        let most = self.max_average_bitrate_bps.and_then(|most| i32::try_from(most).ok());
        most.map_or(BITS_PER_SECOND, |most| most.clamp(LEAST_BITS_PER_SECOND, BITS_PER_SECOND))
    }

    fn bandwidth(&self) -> Bandwidth {
        match self.max_playback_rate_hz {
            ..12_000 => Bandwidth::Narrowband,
            12_000..16_000 => Bandwidth::Mediumband,
            16_000.. => Bandwidth::Wideband,
        }
    }
}

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
            state.set_complexity(COMPLEXITY)?;
            state.set_packet_loss_perc(LOSS_PERCENT)?;
            Ok(state)
        };
        let mut encoder = Self(made().expect("libopus takes these settings, and memory is there"));
        // What is encoded for all may be repaired by those who can.
        encoder.obey(&Receiver { in_band_fec: true, ..Receiver::default() });
        encoder
    }

    /// Encodes as a far end wants it from now on, in the same stream.
    pub fn obey(&mut self, receiver: &Receiver) {
        let set = |state: &mut opus::Encoder| -> opus::Result<()> {
            state.set_bitrate(Bitrate::Bits(receiver.bits_per_second()))?;
            state.set_vbr(!receiver.is_tight())?;
            state.set_max_bandwidth(receiver.bandwidth())?;
            state.set_inband_fec(receiver.in_band_fec)?;
            state.set_dtx(receiver.dtx)
        };
        set(&mut self.0).expect("libopus takes all that a receiver may want");
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

    /// Half a second of a chord, and as much of silence, again and again.
    fn talk(seconds: usize) -> Vec<i16> {
        let chord = tone::chord(RATE_HZ, &[220.0, 660.0, 1_540.0, 5_000.0], Duration::from_millis(500), 0.5);
        [chord.samples, vec![0; 8_000]].concat().repeat(seconds)
    }

    fn packets_for(receiver: &Receiver, sound: &[i16]) -> Vec<Vec<u8>> {
        let mut encoder = Encoder::new();
        encoder.obey(receiver);
        let encode = |frame: &[i16; FRAME_SAMPLES]| {
            let mut bytes = [0; MOST_BYTES];
            let length = encoder.encode(frame, &mut bytes);
            bytes[..length].to_vec()
        };
        sound.as_chunks::<FRAME_SAMPLES>().0.iter().map(encode).collect()
    }

    #[test]
    fn a_far_end_gets_no_more_bits_than_it_wants() {
        let sound = talk(10);
        let bits_per_second = |max_average_bitrate_bps| {
            let receiver = Receiver { max_average_bitrate_bps, in_band_fec: true, ..Receiver::default() };
            packets_for(&receiver, &sound).concat().len() * 8 / 10
        };
        for most in [6_000, 8_000, 12_000, 20_000, 30_000, 35_000] {
            let sent = bits_per_second(Some(most));
            assert!(sent <= most as usize, "{sent} of {most}");
        }
        assert!(bits_per_second(Some(510_000)) < 40_000, "we never send more than we usually do");
        assert!(bits_per_second(None) > bits_per_second(Some(12_000)));
    }

    #[test]
    fn a_far_end_gets_no_sound_that_it_does_not_play() {
        let sound = talk(1);
        for (max_playback_rate_hz, most) in [
            (8_000, Bandwidth::Narrowband),
            (12_000, Bandwidth::Mediumband),
            (16_000, Bandwidth::Wideband),
            (48_000, Bandwidth::Wideband),
        ] {
            let packets = packets_for(&Receiver { max_playback_rate_hz, ..Receiver::default() }, &sound);
            let widest =
                packets.iter().map(|packet| opus::packet::get_bandwidth(packet).unwrap() as i32).max();
            assert_eq!(widest, Some(most as i32), "{max_playback_rate_hz}");
        }
    }

    #[test]
    fn repair_is_for_those_who_can() {
        let sound = talk(1);
        // RFC 6716 §4.2.3, §4.2.4: of SILK and 20 ms, the second bit says whether the frame before is in it again.
        let repairs = |packet: &&Vec<u8>| packet[0] & 0x80 == 0 && packet.len() > 2 && packet[1] & 0x40 != 0;
        let count = |in_band_fec| {
            let packets = packets_for(&Receiver { in_band_fec, ..Receiver::default() }, &sound);
            packets.iter().filter(repairs).count()
        };
        assert!(count(true) > 10, "{}", count(true));
        assert_eq!(count(false), 0);
    }

    #[test]
    fn silence_is_left_out_where_the_far_end_wants_that() {
        let silence = vec![0; 5 * 16_000];
        let pauses = |dtx| {
            let packets = packets_for(&Receiver { dtx, ..Receiver::default() }, &silence);
            packets.iter().filter(|packet| is_pause(packet)).count()
        };
        assert!(pauses(true) > 200, "{} of 250", pauses(true));
        assert_eq!(pauses(false), 0);
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
