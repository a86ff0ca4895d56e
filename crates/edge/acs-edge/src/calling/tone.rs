//! Keys, from the wire's words into the engine's.

use acs::calling::Tone as Wire;
use media_plan::Tone;

/// The key of a wire tone.
pub(crate) fn tone(wire: Wire) -> Tone {
    match wire {
        Wire::Zero => Tone::Zero,
        Wire::One => Tone::One,
        Wire::Two => Tone::Two,
        Wire::Three => Tone::Three,
        Wire::Four => Tone::Four,
        Wire::Five => Tone::Five,
        Wire::Six => Tone::Six,
        Wire::Seven => Tone::Seven,
        Wire::Eight => Tone::Eight,
        Wire::Nine => Tone::Nine,
        Wire::A => Tone::A,
        Wire::B => Tone::B,
        Wire::C => Tone::C,
        Wire::D => Tone::D,
        Wire::Pound => Tone::Pound,
        Wire::Asterisk => Tone::Asterisk,
    }
}
