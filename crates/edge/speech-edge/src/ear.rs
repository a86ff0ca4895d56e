//! What is asked of an ear, whoever lends it.
//!
//! An [`Ear`] takes 20 ms frames at the pace at which somebody speaks and gives back what it makes
//! of them. Both ways are bounded: an ear that does not keep up loses frames, which are counted, and
//! delays nobody.

use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;
use std::time::Duration;

use media_plan::{Grammar, Listening, TapEnd};
use tokio::sync::mpsc;

use crate::sounds::{self, Sounds, SoundsIn};

/// Samples per second that an ear hears.
pub const EAR_RATE_HZ: u32 = 16_000;
/// Samples in a frame of 20 ms.
pub const EAR_FRAME: usize = 320;
/// What a frame lasts, in the 100 ns ticks in which ears tell time.
pub const FRAME_TICKS: u64 = 200_000;

/// What an ear has understood and nobody has taken yet.
const WAITING_WORDS: usize = 64;

/// A provider of ears.
pub trait SpeechToText: Send + Sync {
    /// Whether it can do this at all, as far as is known without asking anybody.
    fn check(&self, hearing: &Hearing) -> Result<(), EarError>;

    /// Begins to listen; done when the provider is ready to hear. Dropping the [`Ear`] ends it.
    fn listen(&self, hearing: Hearing) -> Opening;
}

/// An ear on its way.
pub type Opening = Pin<Box<dyn Future<Output = Result<Ear, EarError>> + Send>>;

/// What an ear is needed for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Hearing {
    /// The languages, the provider's address and model.
    pub listening: Listening,
    /// What may be said.
    pub grammar: Grammar,
    /// Words that are likely, for a provider that takes a list; at most 500 are passed on.
    pub phrases: Vec<Arc<str>>,
    /// Guesses are told while somebody speaks.
    pub partials: bool,
    /// Until when it listens.
    pub span: Span,
    /// How long a silence ends an utterance, where the ear itself finds the end.
    pub end_silence: Duration,
}

/// Until when an ear listens.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Span {
    /// One utterance, whose sound is all there is until [`Ear::finish`].
    Utterance,
    /// Everything that is said, until [`Ear::finish`].
    Conversation,
}

/// What an ear makes of sound. Times are in ticks of 100 ns since the first frame.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Heard {
    /// Somebody began to speak at this time.
    SpeechStarted(u64),
    /// A guess at what is being said; the next one replaces it.
    Partial(Phrase),
    /// What was said.
    Final(Phrase),
    /// Nobody speaks since this time.
    SpeechEnded(u64),
}

/// Words and when they were said.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Phrase {
    /// As they are read, with marks where the provider sets them.
    pub text: Arc<str>,
    /// Of a million: how sure the ear is.
    pub confidence_ppm: u32,
    /// Where it begins, in ticks of 100 ns since the first frame.
    pub offset_ticks: u64,
    /// How long it is, in ticks of 100 ns.
    pub duration_ticks: u64,
    /// Each word; empty where a provider gives none.
    pub words: Vec<Word>,
    /// The language, where the provider found it out.
    pub language: Option<Arc<str>>,
    /// The position of the choice that was said, where the ear itself knows it.
    pub choice: Option<u16>,
}

/// One word and when it was said.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Word {
    /// Lower case, without marks.
    pub text: Arc<str>,
    /// Where it begins, in ticks of 100 ns since the first frame.
    pub offset_ticks: u64,
    /// How long it is, in ticks of 100 ns.
    pub duration_ticks: u64,
}

/// Why an ear does not hear, or understands nothing.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum EarError {
    /// The embedded ear tells choices apart and does not take dictation.
    #[error(
        "understand free speech: the embedded ear knows lists of choices only; name a provider in speech.ears"
    )]
    FreeSpeech,
    /// The embedded ear is there for one language.
    #[error(
        "understand the language {0:?}: the embedded ear knows English only; name a provider in speech.ears"
    )]
    Language(Box<str>),
    /// The embedded ear does not find out which language is spoken.
    #[error(
        "find out which of {0} languages is spoken: the embedded ear knows English only; name a provider in \
         speech.ears"
    )]
    Languages(usize),
    /// What the embedded ear needs is not there.
    #[error("understand speech: {what} was not found; install the package {package}")]
    NotInstalled {
        /// What was looked for.
        what: Box<str>,
        /// Where it comes from (Debian's name).
        package: &'static str,
    },
    /// A list of choices that no ear can tell apart; says why.
    #[error("listen for these choices: {0}")]
    Choices(&'static str),
    /// As many ears as allowed are listening, or wait.
    #[error("listen: as many ears as allowed are at work")]
    Full,
    /// The provider's address is none, or one that requests of ours may not go to.
    #[error("use the speech provider: {0}")]
    Address(Box<str>),
    /// Nobody answers at the provider's address.
    #[error("reach the speech provider: {0}")]
    Unreachable(Box<str>),
    /// The provider does not take our key.
    #[error("use the speech provider: it refuses the key")]
    Unauthorized,
    /// The provider refuses this for good.
    #[error("use the speech provider: it refuses the request (status {0})")]
    Forbidden(u16),
    /// The provider has too much to do.
    #[error("use the speech provider: it has too much to do")]
    TooMany,
    /// The provider does not answer in time.
    #[error("use the speech provider: it does not answer in time")]
    Timeout,
    /// The provider did not understand us, or we it; says what.
    #[error("talk to the speech provider: {0}")]
    Garbled(&'static str),
    /// The provider went away in the middle.
    #[error("go on listening: the speech provider closed the connection")]
    Closed,
    /// Something was said, and nothing in it was understood.
    #[error("understand what was said")]
    NotUnderstood,
    /// Something was said that is none of the choices.
    #[error("find what was said among the choices")]
    NoChoice,
}

impl EarError {
    /// The same in the words of media.
    pub fn end(&self) -> TapEnd {
        match self {
            Self::FreeSpeech | Self::Language(_) | Self::Languages(_) | Self::NotInstalled { .. } => {
                TapEnd::NoProvider
            }
            Self::Full => TapEnd::Full,
            Self::Address(_) => TapEnd::Address,
            Self::Unreachable(_) => TapEnd::Unreachable,
            Self::Unauthorized => TapEnd::Unauthorized,
            Self::Forbidden(_) => TapEnd::Forbidden,
            Self::TooMany => TapEnd::TooMany,
            Self::Timeout => TapEnd::Timeout,
            Self::Garbled(_) => TapEnd::Garbled,
            Self::Closed => TapEnd::Interrupted,
            Self::Choices(_) => TapEnd::Provider,
            Self::NotUnderstood => TapEnd::NotUnderstood,
            Self::NoChoice => TapEnd::NoChoice,
        }
    }
}

/// Somebody who listens to one voice.
#[derive(Debug)]
pub struct Ear {
    sound: Option<SoundsIn>,
    heard: mpsc::Receiver<Result<Heard, EarError>>,
    lost: u64,
}

/// The other side of an [`Ear`]: whoever lends it.
#[derive(Debug)]
pub(crate) struct Lender {
    pub(crate) sound: Sounds,
    pub(crate) heard: mpsc::Sender<Result<Heard, EarError>>,
}

impl Ear {
    /// An ear and its other side. A lender that goes away without a word has closed.
    pub(crate) fn new() -> (Self, Lender) {
        let (sound, sounds) = sounds::open();
        let (hears, heard) = mpsc::channel(WAITING_WORDS);
        let ear = Self { sound: Some(sound), heard, lost: 0 };
        (ear, Lender { sound: sounds, heard: hears })
    }

    /// The next frame. Never waits: when as many wait as may, the frame is lost and `false` is
    /// answered; the time it took is not. An ear that has ended takes everything and does nothing with it.
    pub fn hear(&mut self, frame: &[i16; EAR_FRAME]) -> bool {
        let is_heard = self.sound.as_mut().is_none_or(|sound| sound.push(frame));
        self.lost += u64::from(!is_heard);
        is_heard
    }

    /// So many frames were lost before they came here: time goes on without them.
    pub fn skip(&mut self, frames: u32) {
        if let Some(sound) = &mut self.sound {
            sound.lose(frames);
        }
    }

    /// No more sound comes. What is still to be said of it comes, then the ear ends.
    pub fn finish(&mut self) {
        self.sound = None;
    }

    /// What is heard next; `None` when the ear has ended. May be given up and asked again.
    pub async fn next(&mut self) -> Option<Result<Heard, EarError>> {
        self.heard.recv().await
    }

    /// Frames that this ear was too slow for.
    pub fn lost(&self) -> u64 {
        self.lost
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sounds::{MOST_WAITING, Sound};

    #[tokio::test]
    async fn frames_that_an_ear_has_no_time_for_are_lost_and_their_time_is_not() {
        let (mut ear, mut lender) = Ear::new();
        let frame = [1; EAR_FRAME];
        for _ in 0..MOST_WAITING {
            assert!(ear.hear(&frame));
        }
        assert!(!ear.hear(&frame) && !ear.hear(&frame));
        assert_eq!(ear.lost(), 2);
        for _ in 0..MOST_WAITING {
            assert_eq!(lender.sound.next().await, Some(Sound::Frame(&frame)));
        }
        assert!(ear.hear(&frame));
        ear.skip(3);
        ear.finish();
        assert_eq!(lender.sound.next().await, Some(Sound::Lost(2)));
        assert_eq!(lender.sound.next().await, Some(Sound::Frame(&frame)));
        assert_eq!(lender.sound.next().await, Some(Sound::Lost(3)));
        assert_eq!(lender.sound.next().await, None);
        drop(lender);
        assert_eq!(ear.next().await, None);
    }
}
