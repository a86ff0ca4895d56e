//! Recordings: where they are kept, how long, and how large they become.

use std::path::PathBuf;
use std::time::Duration;

use crate::error::ConfigurationError;
use crate::layers::Values;

/// What the operator decides about recordings.
#[derive(Clone, Debug)]
pub struct Recording {
    /// Where files are made and kept; below the data folder when absent.
    pub folder: Option<PathBuf>,
    /// How long they are kept.
    pub keep: Duration,
    /// The longest file.
    pub chunk_length: Duration,
    /// The largest file, in bytes.
    pub chunk_bytes: u64,
    /// Recordings of one resource at the same time.
    pub at_once: usize,
    /// Bytes that are kept for one resource.
    pub most_bytes: Option<u64>,
    /// Threads that write.
    pub threads: usize,
    /// Host, or host and port, in the locations of files; that of the endpoint when absent.
    pub host: Option<String>,
    /// Where files go when they are whole.
    pub storage: Option<RecordingStorage>,
    /// Containers that applications may name and that the keys of `storage` open.
    pub destinations: Vec<String>,
    /// What everybody hears before they are recorded.
    pub announcement: Option<RecordingAnnouncement>,
}

/// What everybody hears before they are recorded.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum RecordingAnnouncement {
    /// Words, and the language that they are in.
    Words {
        /// At most 4,000 characters.
        text: String,
        /// Such as `en-US`.
        language: String,
    },
    /// A WAV or MP3 file.
    File(PathBuf),
}

/// A container.
#[derive(Clone, Debug)]
pub struct RecordingStorage {
    /// Its address.
    pub url: String,
    /// `s3` or `azure`; read off the address when absent.
    pub kind: Option<RecordingStorageKind>,
    /// The access key id.
    pub user: String,
    /// The file that holds the secret key, and nothing else.
    pub secret: PathBuf,
    /// The region.
    pub region: String,
}

/// The protocol of a container.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[allow(missing_docs)]
pub enum RecordingStorageKind {
    S3,
    Azure,
}

/// Reads the settings.
pub(crate) fn read(values: &Values) -> Result<Recording, ConfigurationError> {
    let (hour, minute) = (Duration::from_secs(3_600), Duration::from_secs(60));
    Ok(Recording {
        folder: values.optional("recording.folder").map(PathBuf::from),
        keep: hour * number(values, "recording.keep-hours", "hours from 1 to 87600", 1, 87_600)?,
        chunk_length: minute * number(values, "recording.chunk-minutes", "minutes from 1 to 1440", 1, 1_440)?,
        chunk_bytes: u64::from(number(values, "recording.chunk-mb", "megabytes from 1 to 4000", 1, 4_000)?)
            << 20,
        at_once: number(values, "recording.at-once", "a number from 0 to 100000", 0, 100_000)? as usize,
        most_bytes: match values.get("recording.max-gb").text.trim() {
            "off" => None,
            _ => {
                Some(u64::from(number(values, "recording.max-gb", "gigabytes, or off", 0, 1_000_000)?) << 30)
            }
        },
        threads: number(values, "recording.threads", "a number from 1 to 64", 1, 64)? as usize,
        host: host(values)?,
        storage: storage(values)?,
        destinations: list(values.optional("recording.destinations")),
        announcement: announcement(values)?,
    })
}

fn number(
    values: &Values,
    key: &'static str,
    expected: &'static str,
    least: u32,
    most: u32,
) -> Result<u32, ConfigurationError> {
    values.checked(key, expected, |text| text.parse().ok().filter(|number| (least..=most).contains(number)))
}

fn host(values: &Values) -> Result<Option<String>, ConfigurationError> {
    values.checked("recording.host", "a host such as contoso.asm.skype.com, or host:port", |text| {
        let letter = |letter: char| letter.is_ascii_alphanumeric() || matches!(letter, '.' | '-');
        let (name, port) = text.split_once(':').unwrap_or((text, "1"));
        let is_host = name.chars().all(letter) && port.parse::<u16>().is_ok();
        is_host.then(|| (!text.is_empty()).then(|| text.to_owned()))
    })
}

fn storage(values: &Values) -> Result<Option<RecordingStorage>, ConfigurationError> {
    let kind = values.checked("recording.storage-kind", "s3, azure or auto", |text| match text {
        "s3" => Some(Some(RecordingStorageKind::S3)),
        "azure" => Some(Some(RecordingStorageKind::Azure)),
        "auto" => Some(None),
        _ => None,
    })?;
    let Some(url) = values.optional("recording.storage") else { return Ok(None) };
    let Some(secret) = values.optional("recording.storage-secret") else {
        let reason = "name the file that holds the key of recording.storage";
        return Err(ConfigurationError::contradiction("recording.storage-secret", reason));
    };
    let key = values.optional("recording.storage-key").unwrap_or_default();
    let (user, region) = key.split_once('@').unwrap_or((key, "us-east-1"));
    Ok(Some(RecordingStorage {
        url: url.to_owned(),
        kind,
        user: user.to_owned(),
        secret: PathBuf::from(secret),
        region: region.to_owned(),
    }))
}

fn announcement(values: &Values) -> Result<Option<RecordingAnnouncement>, ConfigurationError> {
    let words = values.checked("recording.announce", "at most 4000 characters, or nothing", |text| {
        (text.chars().count() <= 4_000).then(|| (!text.trim().is_empty()).then(|| text.to_owned()))
    })?;
    match (words, values.optional("recording.announce-file")) {
        (Some(_), Some(_)) => {
            let reason = "say it with recording.announce or with this file, not with both";
            Err(ConfigurationError::contradiction("recording.announce-file", reason))
        }
        (Some(text), None) => {
            let language = values.get("recording.announce-language").text.trim().to_owned();
            Ok(Some(RecordingAnnouncement::Words { text, language }))
        }
        (None, Some(file)) => Ok(Some(RecordingAnnouncement::File(PathBuf::from(file)))),
        (None, None) => Ok(None),
    }
}

fn list(text: Option<&str>) -> Vec<String> {
    let items = text.unwrap_or_default().split(',').map(str::trim);
    items.filter(|item| !item.is_empty()).map(str::to_owned).collect()
}
