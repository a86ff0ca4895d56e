//! The name of a file of a recording, as applications see it.

use std::fmt;
use std::str::FromStr;

use entropy::Entropy;
use media_plan::RecordingFormat;

const PREFIX: &str = "0-rd-d1-";
const DIGITS: usize = 32;

/// `0-rd-d1-` and 128 bits that nobody can guess, in the form of the cloud's `0-eus-d12-…`. It may be
/// part of a path and of a file's name.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(crate) struct DocumentId(String);

/// The text names no file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct NoDocument;

impl DocumentId {
    pub(crate) fn random(entropy: &mut Entropy) -> Self {
        Self(format!("{PREFIX}{:0DIGITS$x}", entropy.next_u128()))
    }

    pub(crate) fn as_str(&self) -> &str {
        &self.0
    }

    /// Its name in the folder.
    pub(crate) fn file_name(&self, format: RecordingFormat) -> String {
        format!("{}.{}", self.0, extension(format))
    }
}

/// How files of a format end.
pub(crate) const fn extension(format: RecordingFormat) -> &'static str {
    match format {
        RecordingFormat::Wav => "wav",
        RecordingFormat::Mp3 => "mp3",
        RecordingFormat::Mp4 => "mp4",
    }
}

/// The format that is kept under this name.
pub(crate) fn format_named(name: &str) -> Option<RecordingFormat> {
    [RecordingFormat::Wav, RecordingFormat::Mp3, RecordingFormat::Mp4]
        .into_iter()
        .find(|format| extension(*format) == name)
}

impl FromStr for DocumentId {
    type Err = NoDocument;

    fn from_str(text: &str) -> Result<Self, NoDocument> {
        let digits = text.strip_prefix(PREFIX).ok_or(NoDocument)?;
        let digit = |byte: u8| byte.is_ascii_digit() || (b'a'..=b'f').contains(&byte);
        if digits.len() == DIGITS && digits.bytes().all(digit) {
            Ok(Self(text.to_owned()))
        } else {
            Err(NoDocument)
        }
    }
}

impl fmt::Display for DocumentId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_else_is_a_name_of_a_file() {
        let id = DocumentId::random(&mut Entropy::from_seed([7; 32]));
        assert_eq!(id.to_string().parse(), Ok(id));
        for text in ["", "0-rd-d1-", "../../etc/passwd", "0-rd-d1-0000000000000000000000000000000G"] {
            assert_eq!(text.parse::<DocumentId>(), Err(NoDocument), "{text}");
        }
    }
}
