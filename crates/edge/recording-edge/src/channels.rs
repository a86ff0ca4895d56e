//! Who is heard in which channel of an unmixed file.
//!
//! Whoever the application named has their channel; others take the channels that are left, as they
//! come. A participant keeps the channel, also over another leg. Who comes when all channels are taken
//! is heard in the last one, together with its owner: nobody is lost.

use identifier::{CommunicationIdentifier, LegId};

use crate::frame::{FRAME_SAMPLES, Frame, Voices};

/// The most channels of an unmixed file.
pub const MOST_CHANNELS: usize = 5;

#[derive(Clone, Debug)]
pub(crate) struct Channels {
    /// One, where all voices are mixed.
    count: usize,
    owners: [Option<CommunicationIdentifier>; MOST_CHANNELS],
    /// Who found no channel of their own.
    guests: Vec<CommunicationIdentifier>,
    legs: Vec<(LegId, usize)>,
    used: usize,
}

/// Guests whose names are kept for the metadata.
const MOST_GUESTS: usize = 345;

impl Channels {
    pub(crate) fn mixed() -> Self {
        Self { count: 1, owners: Default::default(), guests: Vec::new(), legs: Vec::new(), used: 1 }
    }

    pub(crate) fn unmixed(named: &[Option<CommunicationIdentifier>]) -> Self {
        let mut owners: [Option<CommunicationIdentifier>; MOST_CHANNELS] = Default::default();
        for (owner, name) in owners.iter_mut().zip(named) {
            owner.clone_from(name);
        }
        let used = owners.iter().rposition(Option::is_some).map_or(1, |last| last + 1);
        Self { count: MOST_CHANNELS, owners, guests: Vec::new(), legs: Vec::new(), used }
    }

    /// How many channels the file has while it is written.
    pub(crate) fn count(&self) -> usize {
        self.count
    }

    /// How many of them, from the first, belong to somebody.
    pub(crate) fn used(&self) -> usize {
        self.used
    }

    /// Who speaks where, by participant.
    pub(crate) fn owners(&self) -> impl Iterator<Item = (&CommunicationIdentifier, usize)> {
        let owners = self.owners.iter().enumerate();
        let owners = owners.filter_map(|(channel, owner)| owner.as_ref().map(|owner| (owner, channel)));
        owners.chain(self.guests.iter().map(|guest| (guest, self.count - 1)))
    }

    /// Who may be heard now.
    pub(crate) fn seat(&mut self, voices: &Voices) {
        self.legs.clear();
        for (leg, who) in voices {
            let channel = if self.count == 1 { self.note(who) } else { self.channel_of(who) };
            self.legs.push((*leg, channel));
        }
    }

    /// Puts a frame into its channels: `count` samples side by side. Frames of a mixed recording are one sound.
    pub(crate) fn lay_out(&self, frame: &Frame<'_>, out: &mut [i16]) {
        out.fill(0);
        for voice in frame.voices {
            let channel = match voice.leg {
                None => 0,
                Some(leg) => {
                    let found = self.legs.iter().find(|(seated, _)| *seated == leg);
                    // A voice that nobody announced: the wish that names it is still on its way.
                    found.map_or(self.count - 1, |(_, channel)| *channel)
                }
            };
            for (sample, index) in voice.samples.iter().zip(0..FRAME_SAMPLES) {
                let place = &mut out[index * self.count + channel];
                *place = place.saturating_add(*sample);
            }
        }
    }

    fn note(&mut self, who: &CommunicationIdentifier) -> usize {
        if !self.guests.contains(who) && self.guests.len() < MOST_GUESTS {
            self.guests.push(who.clone());
        }
        0
    }

    fn channel_of(&mut self, who: &CommunicationIdentifier) -> usize {
        let owned = self.owners.iter().position(|owner| owner.as_ref() == Some(who));
        let free = || self.owners.iter().position(Option::is_none);
        match owned.or_else(free) {
            Some(channel) => {
                self.owners[channel] = Some(who.clone());
                self.used = self.used.max(channel + 1);
                channel
            }
            None => {
                self.note(who);
                self.used = self.count;
                self.count - 1
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::frame::Voice;

    fn who(name: &str) -> CommunicationIdentifier {
        CommunicationIdentifier::from_raw_id(name)
    }

    fn leg(number: u128) -> LegId {
        LegId::from_u128(number)
    }

    fn voices(names: &[(u128, &str)]) -> Voices {
        names.iter().map(|(number, name)| (leg(*number), who(name))).collect()
    }

    fn first_samples(channels: &Channels, spoken: &[(u128, i16)]) -> Vec<i16> {
        let sounds: Vec<[i16; FRAME_SAMPLES]> =
            spoken.iter().map(|(_, sample)| [*sample; FRAME_SAMPLES]).collect();
        let heard: Vec<Voice<'_>> = spoken
            .iter()
            .zip(&sounds)
            .map(|((number, _), samples)| Voice { leg: Some(leg(*number)), samples })
            .collect();
        let mut out = vec![0; FRAME_SAMPLES * channels.count()];
        channels.lay_out(&Frame { number: 0, voices: &heard }, &mut out);
        assert_eq!(out[..channels.count()], out[out.len() - channels.count()..]);
        out[..channels.count()].to_vec()
    }

    #[test]
    fn whoever_was_named_has_their_channel_and_others_the_next_free_one() {
        let mut channels = Channels::unmixed(&[None, Some(who("4:+2")), None]);
        channels.seat(&voices(&[(1, "4:+1"), (2, "4:+2"), (3, "4:+3")]));
        assert_eq!(first_samples(&channels, &[(1, 10), (2, 20), (3, 30)]), [10, 20, 30, 0, 0]);
        assert_eq!(channels.used(), 3);
    }

    #[test]
    fn a_participant_keeps_the_channel_over_another_leg() {
        let mut channels = Channels::unmixed(&[]);
        channels.seat(&voices(&[(1, "4:+1"), (2, "4:+2")]));
        channels.seat(&voices(&[(2, "4:+2")]));
        channels.seat(&voices(&[(2, "4:+2"), (9, "4:+1")]));
        assert_eq!(first_samples(&channels, &[(9, 10), (2, 20)]), [10, 20, 0, 0, 0]);
    }

    #[test]
    fn the_sixth_speaker_is_heard_in_the_last_channel() {
        let mut channels = Channels::unmixed(&[]);
        let six: Vec<(u128, String)> = (1..=6).map(|n| (n, format!("4:+{n}"))).collect();
        let six: Vec<(u128, &str)> = six.iter().map(|(n, name)| (*n, name.as_str())).collect();
        channels.seat(&voices(&six));
        assert_eq!(first_samples(&channels, &[(5, 7), (6, 30_000)]), [0, 0, 0, 0, 30_007]);
        assert_eq!(first_samples(&channels, &[(5, 30_000), (6, 30_000)]), [0, 0, 0, 0, i16::MAX]);
        assert_eq!(channels.owners().filter(|(_, channel)| *channel == 4).count(), 2);
    }
}
