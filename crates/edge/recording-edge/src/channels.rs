//! Who is heard in which channel of an unmixed file.
//!
//! Whoever the application named has their channel; others take the channels that are left, as they
//! come. A participant keeps the channel, also over another leg. Who comes when all channels are taken
//! is heard in the last one, together with its owner: nobody is lost. What is played to the call has a
//! channel of its own as soon as something is.

use identifier::{CommunicationIdentifier, LegId};
use media_edge::{TapSamples, Track};

use crate::frame::Voices;

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
    /// Where it is heard what is played.
    played: Option<usize>,
    used: usize,
}

/// Guests whose names are kept for the metadata.
const MOST_GUESTS: usize = 345;

impl Channels {
    pub(crate) fn mixed() -> Self {
        Self { count: 1, ..Self::unmixed(&[]) }
    }

    pub(crate) fn unmixed(named: &[Option<CommunicationIdentifier>]) -> Self {
        let mut owners: [Option<CommunicationIdentifier>; MOST_CHANNELS] = Default::default();
        for (owner, name) in owners.iter_mut().zip(named) {
            owner.clone_from(name);
        }
        let used = owners.iter().rposition(Option::is_some).map_or(1, |last| last + 1);
        Self { count: MOST_CHANNELS, owners, guests: Vec::new(), legs: Vec::new(), played: None, used }
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

    /// Adds one track to a frame, in which `count` samples are side by side, the low byte first.
    pub(crate) fn lay(&mut self, track: Track, samples: &TapSamples, frame: &mut [[u8; 2]]) {
        let channel = match track {
            Track::Mixed => 0,
            Track::Leg(leg) => {
                let found = self.legs.iter().find(|(seated, _)| *seated == leg);
                found.map_or(self.count - 1, |(_, channel)| *channel)
            }
            Track::Played => self.played_in(),
        };
        for (block, sample) in frame.chunks_exact_mut(self.count).zip(samples) {
            block[channel] = i16::from_le_bytes(block[channel]).saturating_add(*sample).to_le_bytes();
        }
    }

    fn played_in(&mut self) -> usize {
        if let Some(channel) = self.played {
            return channel;
        }
        let channel = self.free().unwrap_or(self.count - 1);
        self.used = self.used.max(channel + 1);
        self.played = Some(channel);
        channel
    }

    fn free(&self) -> Option<usize> {
        (0..self.count).find(|channel| self.owners[*channel].is_none() && self.played != Some(*channel))
    }

    fn note(&mut self, who: &CommunicationIdentifier) -> usize {
        if !self.guests.contains(who) && self.guests.len() < MOST_GUESTS {
            self.guests.push(who.clone());
        }
        0
    }

    fn channel_of(&mut self, who: &CommunicationIdentifier) -> usize {
        let owned = self.owners.iter().position(|owner| owner.as_ref() == Some(who));
        match owned.or_else(|| self.free()) {
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
    use crate::frame::FRAME_SAMPLES;

    fn who(name: &str) -> CommunicationIdentifier {
        CommunicationIdentifier::from_raw_id(name)
    }

    fn leg(number: u128) -> LegId {
        LegId::from_u128(number)
    }

    fn voices(names: &[(u128, &str)]) -> Voices {
        names.iter().map(|(number, name)| (leg(*number), who(name))).collect()
    }

    #[track_caller]
    fn check(channels: &mut Channels, spoken: &[(Track, i16)], expected: &[i16]) {
        let mut frame = vec![[0; 2]; FRAME_SAMPLES * channels.count()];
        for (track, sample) in spoken {
            channels.lay(*track, &[*sample; FRAME_SAMPLES], &mut frame);
        }
        let frame: Vec<i16> = frame.into_iter().map(i16::from_le_bytes).collect();
        assert_eq!(frame[..channels.count()], *expected);
        assert_eq!(frame[frame.len() - channels.count()..], *expected);
    }

    fn of(number: u128) -> Track {
        Track::Leg(leg(number))
    }

    #[test]
    fn whoever_was_named_has_their_channel_and_others_the_next_free_one() {
        let mut channels = Channels::unmixed(&[None, Some(who("4:+2")), None]);
        channels.seat(&voices(&[(1, "4:+1"), (2, "4:+2"), (3, "4:+3")]));
        check(&mut channels, &[(of(1), 10), (of(2), 20), (of(3), 30)], &[10, 20, 30, 0, 0]);
        assert_eq!(channels.used(), 3);
    }

    #[test]
    fn a_participant_keeps_the_channel_over_another_leg() {
        let mut channels = Channels::unmixed(&[]);
        channels.seat(&voices(&[(1, "4:+1"), (2, "4:+2")]));
        channels.seat(&voices(&[(2, "4:+2")]));
        channels.seat(&voices(&[(2, "4:+2"), (9, "4:+1")]));
        check(&mut channels, &[(of(9), 10), (of(2), 20)], &[10, 20, 0, 0, 0]);
    }

    #[test]
    fn the_sixth_speaker_is_heard_in_the_last_channel() {
        let mut channels = Channels::unmixed(&[]);
        let six: Vec<(u128, String)> = (1..=6).map(|n| (n, format!("4:+{n}"))).collect();
        let six: Vec<(u128, &str)> = six.iter().map(|(n, name)| (*n, name.as_str())).collect();
        channels.seat(&voices(&six));
        check(&mut channels, &[(of(5), 7), (of(6), 30_000)], &[0, 0, 0, 0, 30_007]);
        check(&mut channels, &[(of(5), 30_000), (of(6), 30_000)], &[0, 0, 0, 0, i16::MAX]);
        assert_eq!(channels.owners().filter(|(_, channel)| *channel == 4).count(), 2);
    }

    #[test]
    fn what_is_played_has_a_channel_of_its_own_as_soon_as_something_is() {
        let mut channels = Channels::unmixed(&[]);
        channels.seat(&voices(&[(1, "4:+1")]));
        check(&mut channels, &[(of(1), 10)], &[10, 0, 0, 0, 0]);
        check(&mut channels, &[(Track::Played, 5)], &[0, 5, 0, 0, 0]);
        channels.seat(&voices(&[(1, "4:+1"), (2, "4:+2")]));
        check(&mut channels, &[(of(2), 20), (Track::Played, 5)], &[0, 5, 20, 0, 0]);
        assert_eq!(channels.used(), 3);
        check(&mut Channels::mixed(), &[(Track::Mixed, 7)], &[7]);
    }
}
