//! The codecs of a session description, and the payload types under which they stand.

/// How many codecs there are.
pub const MOST_CODECS: usize = 4;

/// The payload type of comfort noise (RFC 3389 §4).
pub(crate) const COMFORT_NOISE: u8 = 13;
/// RFC 3551 §6: the payload types that mean what a description says.
const DYNAMIC: std::ops::RangeInclusive<u8> = 96..=127;

/// A codec.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Codec {
    /// G.711 µ-law.
    Pcmu,
    /// G.711 A-law.
    Pcma,
    /// G.722 at 64 kbit/s: 16 kHz sound.
    G722,
    /// Opus (RFC 6716, RFC 7587).
    Opus,
}

impl Codec {
    pub(crate) const ALL: [Self; MOST_CODECS] = [Self::Pcmu, Self::Pcma, Self::G722, Self::Opus];

    /// The encoding name of `a=rtpmap`.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Pcmu => "PCMU",
            Self::Pcma => "PCMA",
            Self::G722 => "G722",
            Self::Opus => "opus",
        }
    }

    /// How many ticks of an RTP time stamp make a second.
    ///
    /// RFC 3551 §4.5.2: 8000 for G.722, whose samples are 16000 a second, because it was so by mistake
    /// and stays so. RFC 7587 §4.1: 48000 for Opus, whatever its sound.
    pub const fn clock_rate_hz(self) -> u32 {
        match self {
            Self::Pcmu | Self::Pcma | Self::G722 => 8_000,
            Self::Opus => 48_000,
        }
    }

    /// The payload type that is always its own (RFC 3551 §6).
    pub const fn static_payload_type(self) -> Option<u8> {
        match self {
            Self::Pcmu => Some(0),
            Self::Pcma => Some(8),
            Self::G722 => Some(9),
            Self::Opus => None,
        }
    }

    /// What follows the payload type in `a=rtpmap`.
    pub(crate) const fn encoding(self) -> &'static str {
        match self {
            Self::Pcmu => "PCMU/8000",
            Self::Pcma => "PCMA/8000",
            Self::G722 => "G722/8000",
            // RFC 7587 §7: two channels, even where only one is ever used.
            Self::Opus => "opus/48000/2",
        }
    }

    /// What we say of ourselves in `a=fmtp`: speech of 16 kHz is the most that we make and hear, and
    /// what was lost can be had from the next packet.
    pub(crate) const fn parameters(self) -> Option<&'static str> {
        match self {
            Self::Pcmu | Self::Pcma | Self::G722 => None,
            Self::Opus => Some("useinbandfec=1;maxplaybackrate=16000;sprop-maxcapturerate=16000"),
        }
    }

    pub(crate) fn from_mapping(name: &str, clock_rate: u32, channels: u8) -> Option<Self> {
        let codec = Self::ALL.into_iter().find(|codec| codec.name().eq_ignore_ascii_case(name))?;
        // Opus decoders take what comes, so a number of channels is not held against anybody.
        let fits = clock_rate == codec.clock_rate_hz() && (channels == 1 || codec == Self::Opus);
        fits.then_some(codec)
    }

    pub(crate) fn from_static(payload_type: u8) -> Option<Self> {
        Self::ALL.into_iter().find(|codec| codec.static_payload_type() == Some(payload_type))
    }
}

/// The numbers under which a session has what has no fixed one. They mean the same as long as the
/// session lasts (RFC 3264 §8.3.2).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PayloadTypes {
    /// Opus.
    pub opus: u8,
    /// telephone-event at 8000 ticks a second.
    pub telephone_event: u8,
    /// telephone-event at 48000 ticks a second.
    pub telephone_event_48000: u8,
}

impl Default for PayloadTypes {
    /// The numbers that most others use too.
    fn default() -> Self {
        Self { opus: 111, telephone_event: 101, telephone_event_48000: 110 }
    }
}

impl PayloadTypes {
    /// The payload type under which we offer a codec.
    pub const fn of(&self, codec: Codec) -> u8 {
        match codec.static_payload_type() {
            Some(payload_type) => payload_type,
            None => self.opus,
        }
    }

    pub(crate) const fn of_telephone_event(&self, rate_hz: u32) -> u8 {
        if rate_hz == 48_000 { self.telephone_event_48000 } else { self.telephone_event }
    }

    /// These, where an offer `took` numbers for what it named and for what we do not know.
    pub(crate) fn after(self, named: [Option<u8>; 3], took: impl Fn(u8) -> bool) -> Self {
        let mut chosen = named;
        let own = [self.opus, self.telephone_event, self.telephone_event_48000];
        for index in 0..own.len() {
            if chosen[index].is_none() {
                let free = |number: &u8| !took(*number) && !chosen.contains(&Some(*number));
                let mut candidates = std::iter::once(own[index]).chain(DYNAMIC);
                chosen[index] = candidates.find(free);
            }
        }
        let [opus, telephone_event, telephone_event_48000] = chosen;
        Self {
            opus: opus.unwrap_or(self.opus),
            telephone_event: telephone_event.unwrap_or(self.telephone_event),
            telephone_event_48000: telephone_event_48000.unwrap_or(self.telephone_event_48000),
        }
    }
}

/// What an Opus decoder asks of whoever sends to it (RFC 7587 §6.1).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct OpusReceiver {
    /// It can make up for a lost packet with the next one.
    pub in_band_fec: bool,
    /// It wants no more than this on average; 6000 to 510000.
    pub max_average_bitrate_bps: Option<u32>,
    /// It plays no sound beyond half of this; 8000 to 48000.
    pub max_playback_rate_hz: u32,
    /// Silence need not be sent to it.
    pub dtx: bool,
}

impl Default for OpusReceiver {
    /// What a decoder wants that says nothing.
    fn default() -> Self {
        Self { in_band_fec: false, max_average_bitrate_bps: None, max_playback_rate_hz: 48_000, dtx: false }
    }
}

impl OpusReceiver {
    /// `useinbandfec=1; maxaveragebitrate=20000`; what is unknown or out of range is passed over.
    pub(crate) fn parse(parameters: &str) -> Self {
        let mut receiver = Self::default();
        for parameter in parameters.split(';') {
            let Some((name, value)) = parameter.split_once('=') else { continue };
            let number = value.trim().parse::<u32>().ok();
            match (name.trim().to_ascii_lowercase().as_str(), number) {
                ("useinbandfec", Some(number)) => receiver.in_band_fec = number == 1,
                ("usedtx", Some(number)) => receiver.dtx = number == 1,
                ("maxaveragebitrate", Some(bps @ 6_000..=510_000)) => {
                    receiver.max_average_bitrate_bps = Some(bps);
                }
                ("maxplaybackrate", Some(rate @ 8_000..=48_000)) => receiver.max_playback_rate_hz = rate,
                _ => {}
            }
        }
        receiver
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_an_opus_decoder_wants_is_read_and_nonsense_passed_over() {
        let receiver = OpusReceiver::parse(
            "minptime=10; useinbandfec=1 ;maxaveragebitrate=20000;stereo;sprop-stereo=1;maxplaybackrate=16000; usedtx=1",
        );
        let expected = OpusReceiver {
            in_band_fec: true,
            max_average_bitrate_bps: Some(20_000),
            max_playback_rate_hz: 16_000,
            dtx: true,
        };
        assert_eq!(receiver, expected);
        let nonsense = "usedtx=2;useinbandfec=yes;maxaveragebitrate=1;maxplaybackrate=99999999999";
        assert_eq!(OpusReceiver::parse(nonsense), OpusReceiver::default());
    }

    #[test]
    fn numbers_that_the_far_end_uses_otherwise_are_avoided() {
        let after =
            PayloadTypes::default().after([Some(96), None, None], |number| [96, 101].contains(&number));
        assert_eq!(after, PayloadTypes { opus: 96, telephone_event: 97, telephone_event_48000: 110 });
        let full = PayloadTypes::default().after([None; 3], |_| true);
        assert_eq!(full, PayloadTypes::default());
    }
}
