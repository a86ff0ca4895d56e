//! One file that is being written.

use std::fs::{File, OpenOptions};
use std::io;
use std::os::unix::fs::{FileExt, OpenOptionsExt};
use std::path::Path;
use std::sync::Arc;

use media_plan::TapEnd;

use crate::encoder::{Encoder, EncoderError};

/// Why a file does not go on.
#[derive(Debug, thiserror::Error)]
pub enum WriteError {
    /// The disk.
    #[error("write a recording: {0}")]
    File(#[from] io::Error),
    /// The encoder.
    #[error(transparent)]
    Encoder(#[from] EncoderError),
}

impl WriteError {
    /// What the call is told.
    pub(crate) const fn tap_end(&self) -> TapEnd {
        match self {
            Self::Encoder(EncoderError::NoLame(_)) => TapEnd::NoEncoder,
            Self::Encoder(EncoderError::Refused(_)) | Self::File(_) => TapEnd::Storage,
        }
    }

    /// In a word for the operator's statistics.
    pub(crate) fn what(&self) -> &'static str {
        match self {
            Self::File(_) => "disk",
            Self::Encoder(_) => "encoder",
        }
    }
}

/// A file and its encoder. Bytes are gathered for a second, then written together.
pub(crate) struct ChunkFile {
    file: Arc<File>,
    encoder: Encoder,
    gathered: Vec<u8>,
    written: u64,
}

impl ChunkFile {
    /// Makes the file; nobody but this user may read it.
    pub(crate) fn create(path: &Path, mut encoder: Encoder) -> io::Result<Self> {
        let file = OpenOptions::new().read(true).write(true).create_new(true).mode(0o600).open(path)?;
        let mut gathered = Vec::new();
        encoder.begin(&mut gathered);
        let mut chunk = Self { file: Arc::new(file), encoder, gathered, written: 0 };
        chunk.write()?;
        Ok(chunk)
    }

    /// Adds samples, channels side by side.
    pub(crate) fn add(&mut self, samples: &[i16]) -> Result<(), WriteError> {
        Ok(self.encoder.add(samples, &mut self.gathered)?)
    }

    /// A second is over: what was gathered is written, and the file says how long it is.
    pub(crate) fn settle(&mut self) -> io::Result<()> {
        self.encoder.settle(&mut self.gathered);
        self.write()
    }

    /// Nothing more comes; says how large the file is. What a full disk has no room for is left out, and
    /// the file is whole without it.
    pub(crate) fn finish(mut self) -> (u64, io::Result<()>) {
        self.encoder.end(&mut self.gathered);
        let written = self.write();
        if written.is_err() {
            // What is said about the length is true all the same; the place of the head is taken already.
            let _ = self.file.set_len(self.written);
            let _ = self.write_head();
        }
        (self.written, written)
    }

    /// How large the file is, with what was gathered.
    pub(crate) fn bytes(&self) -> u64 {
        self.written + self.gathered.len() as u64
    }

    /// For whoever makes it durable.
    pub(crate) fn file(&self) -> &Arc<File> {
        &self.file
    }

    fn write(&mut self) -> io::Result<()> {
        if self.gathered.is_empty() {
            return Ok(());
        }
        self.file.write_all_at(&self.gathered, self.written)?;
        self.written += self.gathered.len() as u64;
        self.gathered.clear();
        self.write_head()
    }

    fn write_head(&self) -> io::Result<()> {
        match self.encoder.head(self.written) {
            Some(head) => self.file.write_all_at(&head, 0),
            None => Ok(()),
        }
    }
}
