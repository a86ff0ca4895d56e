//! Sounds of the operator's own, read at the start: what everybody hears before they are recorded, and what callers of
//! numbers that nobody holds are told. No application can name them.

use std::collections::HashMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use configuration::{Configuration, ConfigurationError, RecordingAnnouncement};
use media_edge::{LoadingSound, SoundSource};
use media_engine::Sound;
use media_plan::{PlaySource, SpeechService, Unplayable};
use tenant::{Directory, Tenant};

use crate::failure::Failure;

/// Nobody is made to listen for longer before they may talk.
const LONGEST_BEFORE_RECORDING: Duration = Duration::from_secs(60);
/// Nobody is told something for longer.
const LONGEST_ANNOUNCEMENT: Duration = Duration::from_secs(300);
/// The largest announcement, in bytes (contract: Teams Phone §2.1).
const LARGEST_ANNOUNCEMENT: u64 = 5 * 1024 * 1024;
/// The most announcements of a tenant.
const MOST_ANNOUNCEMENTS: usize = 100;
/// What addresses of announcements begin with; the tenant's id and the name of the file follow.
const ANNOUNCEMENT: &str = "announcement:";

/// Sounds that are ready to be heard.
#[derive(Default)]
pub struct OwnSounds {
    /// What everybody hears before they are recorded, as calls name it.
    pub before_recording: Option<PlaySource>,
    /// By their addresses.
    files: HashMap<Arc<str>, Arc<Sound>>,
}

impl OwnSounds {
    /// Reads the files: what cannot be played is said at the start.
    pub fn read(configuration: &Configuration, directory: &Directory) -> Result<Self, Failure> {
        let mut sounds = Self::default();
        sounds.read_before_recording(configuration)?;
        for entry in &configuration.tenants {
            let tenant = directory.tenants().iter().find(|tenant| *tenant.name == *entry.name);
            if let (Some(folder), Some(tenant)) = (&entry.announcements, tenant) {
                sounds.read_announcements(folder, tenant)?;
            }
        }
        Ok(sounds)
    }

    fn read_before_recording(&mut self, configuration: &Configuration) -> Result<(), Failure> {
        let source = match &configuration.recording.announcement {
            None => return Ok(()),
            Some(RecordingAnnouncement::Words { text, language }) => PlaySource::Text {
                text: text.as_str().into(),
                locale: Some(language.as_str().into()),
                voice: None,
                voice_name: None,
                service: SpeechService::default(),
                cache_id: None,
            },
            Some(RecordingAnnouncement::File(path)) => {
                let uri: Arc<str> = format!("file://{}", path.display()).into();
                let sound = sound("recording.announce-file", path, LONGEST_BEFORE_RECORDING)?;
                self.files.insert(Arc::clone(&uri), sound);
                PlaySource::File { uri, cache_id: None }
            }
        };
        self.before_recording = Some(source);
        Ok(())
    }

    fn read_announcements(&mut self, folder: &Path, tenant: &Tenant) -> Result<(), Failure> {
        let refused = |why: &dyn std::fmt::Display| {
            let reason = format!("tenant {}: {}: {why}", tenant.name, folder.display());
            ConfigurationError::contradiction("tenants.announcements", reason)
        };
        let entries = std::fs::read_dir(folder).map_err(|error| refused(&error))?;
        let mut paths = Vec::new();
        for entry in entries {
            let path = entry.map_err(|error| refused(&error))?.path();
            if is_sound(&path) {
                paths.push(path);
            }
        }
        if paths.len() > MOST_ANNOUNCEMENTS {
            return Err(refused(&format!("keep at most {MOST_ANNOUNCEMENTS} WAV and MP3 files there")).into());
        }
        for path in paths {
            let size = std::fs::metadata(&path).map_err(|error| refused(&error))?.len();
            let Some(name) = path.file_name().and_then(|name| name.to_str()) else { continue };
            if size > LARGEST_ANNOUNCEMENT {
                return Err(refused(&format!("{name} is larger than 5 MiB")).into());
            }
            let uri = format!("{ANNOUNCEMENT}{}/{name}", tenant.id);
            self.files.insert(uri.into(), sound("tenants.announcements", &path, LONGEST_ANNOUNCEMENT)?);
        }
        Ok(())
    }

    /// A source of sounds that knows these, too.
    pub fn beside(self, library: impl SoundSource + 'static) -> Arc<dyn SoundSource> {
        Arc::new(WithFiles { files: self.files, library })
    }
}

fn is_sound(path: &Path) -> bool {
    let ending = path.extension().and_then(|ending| ending.to_str()).map(str::to_ascii_lowercase);
    matches!(ending.as_deref(), Some("wav" | "mp3"))
}

fn sound(setting: &'static str, path: &PathBuf, longest: Duration) -> Result<Arc<Sound>, Failure> {
    let refused = |why: &dyn std::fmt::Display| {
        let reason = format!("cannot play {}: {why}", path.display());
        ConfigurationError::contradiction(setting, reason)
    };
    let bytes = std::fs::read(path).map_err(|error| refused(&error))?;
    let pcm = codec::decode_file(&bytes, longest).map_err(|error| refused(&error))?;
    Ok(Arc::new(Sound::new(&pcm)))
}

struct WithFiles<L> {
    files: HashMap<Arc<str>, Arc<Sound>>,
    library: L,
}

impl<L: SoundSource> SoundSource for WithFiles<L> {
    fn sound(&self, source: PlaySource) -> LoadingSound {
        let PlaySource::File { uri, .. } = &source else { return self.library.sound(source) };
        if let Some(sound) = self.files.get(uri) {
            let sound = Arc::clone(sound);
            return Box::pin(async move { Ok(sound.into()) });
        }
        if let Some(name) = uri.strip_prefix(ANNOUNCEMENT) {
            tracing::warn!("nobody hears announcement {name}: its file is not in the folder of the tenant");
            return Box::pin(async { Err(Unplayable::Empty) });
        }
        self.library.sound(source)
    }
}
