//! Fetching the sounds of a playback, all at once, away from the media threads.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

use codec::Codec;
use identifier::{CallId, PlaybackId};
use media_engine::{Playable, Sound};
use media_plan::{PlaySource, Playback, Unplayable};
use tokio::runtime::Handle;

use crate::mailbox::{Command, Mailbox};
use crate::sound_source::SoundSource;

/// Longer sounds are encoded as they are heard: making them ready would take longer than anybody gains by it.
const LONGEST_PREPARED: Duration = Duration::from_secs(600);

pub(crate) struct Loader {
    sounds: Arc<dyn SoundSource>,
    runtime: Handle,
}

impl Loader {
    pub(crate) fn new(sounds: Arc<dyn SoundSource>, runtime: Handle) -> Self {
        Self { sounds, runtime }
    }

    /// Begins to fetch; each sound goes to the mailbox as soon as it is there. What is heard again and again is
    /// encoded once for all who speak `codecs`.
    pub(crate) fn load(&self, call: CallId, playback: Playback, codecs: Vec<Codec>, mailbox: &Mailbox) {
        let repeats = playback.repeat;
        for (source, places) in by_source(playback.sources) {
            let delivery = Delivery { call, playback: playback.id, places, mailbox: mailbox.clone() };
            let loading = self.sounds.sound(source);
            let codecs = codecs.clone();
            self.runtime.spawn(async move {
                let sound = loading.await;
                delivery.deliver(sound.clone());
                // What still comes is heard for the first time.
                if let Ok(Playable::Whole(sound)) = sound {
                    prepare(sound, codecs, repeats);
                }
            });
        }
    }
}

/// Encodes a sound for all, where that is worth while, away from the media threads.
fn prepare(sound: Arc<Sound>, codecs: Vec<Codec>, repeats: bool) {
    let missing: Vec<Codec> = codecs.into_iter().filter(|codec| !sound.is_prepared(*codec)).collect();
    if missing.is_empty() || sound.duration() > LONGEST_PREPARED {
        return;
    }
    if sound.is_asked_for_again() || repeats {
        tokio::task::spawn_blocking(move || missing.into_iter().for_each(|codec| sound.prepare(codec)));
    }
}

/// A sound that appears several times in a list is fetched once.
fn by_source(sources: Vec<PlaySource>) -> HashMap<PlaySource, Vec<usize>> {
    let mut places: HashMap<PlaySource, Vec<usize>> = HashMap::new();
    for (place, source) in sources.into_iter().enumerate() {
        places.entry(source).or_default().push(place);
    }
    places
}

/// The promise that a sound, or its failure, reaches the call: even if the task is dropped.
struct Delivery {
    call: CallId,
    playback: PlaybackId,
    /// Taken when delivered.
    places: Vec<usize>,
    mailbox: Mailbox,
}

impl Delivery {
    fn deliver(mut self, sound: Result<Playable, Unplayable>) {
        self.post(&sound);
    }

    fn post(&mut self, sound: &Result<Playable, Unplayable>) {
        for source in std::mem::take(&mut self.places) {
            let (call, playback, sound) = (self.call, self.playback, sound.clone());
            self.mailbox.post(Command::Sound { call, playback, source, sound });
        }
    }
}

impl Drop for Delivery {
    fn drop(&mut self) {
        self.post(&Err(Unplayable::Download));
    }
}
