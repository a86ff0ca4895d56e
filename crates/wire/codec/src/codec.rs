//! The codecs that telephones speak.

use crate::g711::Law;

/// How sound is coded on the wire.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Codec {
    /// G.711 µ-law: the telephone band.
    Pcmu,
    /// G.711 A-law: the telephone band.
    Pcma,
    /// G.722 at 64 kbit/s: wideband.
    G722,
    /// Opus (RFC 6716): wideband here.
    Opus,
}

impl Codec {
    /// All of them.
    pub const ALL: [Self; 4] = [Self::Pcmu, Self::Pcma, Self::G722, Self::Opus];

    /// The law, of one that is G.711.
    pub const fn law(self) -> Option<Law> {
        match self {
            Self::Pcmu => Some(Law::Mu),
            Self::Pcma => Some(Law::A),
            Self::G722 | Self::Opus => None,
        }
    }

    /// Whether it carries more than the telephone band.
    pub const fn is_wideband(self) -> bool {
        self.law().is_none()
    }

    /// Ticks of its RTP timestamps in a second. G.722 has 8000, though sampled at 16 kHz (RFC 3551 §4.5.2).
    pub const fn clock_hz(self) -> u32 {
        match self {
            Self::Pcmu | Self::Pcma | Self::G722 => 8_000,
            Self::Opus => 48_000,
        }
    }

    /// The most bytes that 20 ms of it take.
    pub const fn most_bytes(self) -> usize {
        match self {
            Self::Pcmu | Self::Pcma | Self::G722 => 160,
            Self::Opus => crate::opus::MOST_BYTES,
        }
    }
}

impl From<Law> for Codec {
    fn from(law: Law) -> Self {
        match law {
            Law::Mu => Self::Pcmu,
            Law::A => Self::Pcma,
        }
    }
}
