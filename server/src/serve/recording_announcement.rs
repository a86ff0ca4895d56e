//! What everybody hears before they are recorded, when the operator wants that.

use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use configuration::{Configuration, ConfigurationError, RecordingAnnouncement};
use media_edge::{LoadingSound, SoundSource};
use media_engine::Sound;
use media_plan::{PlaySource, SpeechService};

use crate::failure::Failure;

/// Nobody is made to listen for longer before they may talk.
const LONGEST: Duration = Duration::from_secs(60);

/// An announcement that is ready to be heard.
#[derive(Clone)]
pub struct Announcement {
    /// How calls name it.
    pub source: PlaySource,
    /// Of a file, which no application can name.
    sound: Option<Arc<Sound>>,
}

impl Announcement {
    /// Reads the file, if it is one: what cannot be played is said at the start.
    pub fn read(configuration: &Configuration) -> Result<Option<Self>, Failure> {
        let Some(wanted) = &configuration.recording.announcement else { return Ok(None) };
        Ok(Some(match wanted {
            RecordingAnnouncement::Words { text, language } => Self {
                source: PlaySource::Text {
                    text: text.as_str().into(),
                    locale: Some(language.as_str().into()),
                    voice: None,
                    voice_name: None,
                    service: SpeechService::default(),
                    cache_id: None,
                },
                sound: None,
            },
            RecordingAnnouncement::File(path) => Self {
                source: PlaySource::File { uri: format!("file://{}", path.display()).into(), cache_id: None },
                sound: Some(sound(path)?),
            },
        }))
    }

    /// A source of sounds that knows this one, too.
    pub fn beside(this: Option<Self>, library: impl SoundSource + 'static) -> Arc<dyn SoundSource> {
        match this {
            Some(Self { source, sound: Some(sound) }) => Arc::new(WithFile { source, sound, library }),
            Some(Self { sound: None, .. }) | None => Arc::new(library),
        }
    }
}

fn sound(path: &Path) -> Result<Arc<Sound>, Failure> {
    let refused = |why: &dyn std::fmt::Display| {
        let reason = format!("cannot play {}: {why}", path.display());
        ConfigurationError::contradiction("recording.announce-file", reason)
    };
    let bytes = std::fs::read(path).map_err(|error| refused(&error))?;
    let pcm = codec::decode_file(&bytes, LONGEST).map_err(|error| refused(&error))?;
    Ok(Arc::new(Sound::new(&pcm)))
}

struct WithFile<L> {
    source: PlaySource,
    sound: Arc<Sound>,
    library: L,
}

impl<L: SoundSource> SoundSource for WithFile<L> {
    fn sound(&self, source: PlaySource) -> LoadingSound {
        if source != self.source {
            return self.library.sound(source);
        }
        let sound = Arc::clone(&self.sound);
        Box::pin(async move { Ok(sound.into()) })
    }
}
