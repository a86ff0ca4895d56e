//! One file that is being written.

use std::fs::{File, OpenOptions};
use std::io;
use std::os::unix::fs::{FileExt, OpenOptionsExt};
use std::path::Path;
use std::sync::Arc;

use media_plan::TapEnd;

use crate::encoder::{Encoder, EncoderError};
use crate::frame::FRAME_SAMPLES;

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
    /// Where in it the frame begins that is put together now.
    open: Option<usize>,
    written: u64,
}

impl ChunkFile {
    /// Makes the file; nobody but this user may read it.
    pub(crate) fn create(path: &Path, mut encoder: Encoder) -> io::Result<Self> {
        let file = OpenOptions::new().read(true).write(true).create_new(true).mode(0o600).open(path)?;
        let mut gathered = Vec::new();
        encoder.begin(&mut gathered);
        let mut chunk = Self { file: Arc::new(file), encoder, gathered, open: None, written: 0 };
        chunk.write()?;
        Ok(chunk)
    }

    /// Makes room for a silent frame of a file with several channels, which are WAV only.
    pub(crate) fn open_frame(&mut self, channels: usize) {
        let begin = self.gathered.len();
        self.gathered.resize(begin + FRAME_SAMPLES * channels * size_of::<i16>(), 0);
        self.open = Some(begin);
    }

    /// Whether there is such room.
    pub(crate) fn has_open_frame(&self) -> bool {
        self.open.is_some()
    }

    /// The samples in it, channels side by side, the low byte first.
    pub(crate) fn frame(&mut self) -> &mut [[u8; 2]] {
        let begin = self.open.unwrap_or(self.gathered.len());
        self.gathered[begin..].as_chunks_mut().0
    }

    /// The frame is whole.
    pub(crate) fn close_frame(&mut self) {
        self.open = None;
    }

    /// Adds samples of a file with one channel.
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
        if let Some(begin) = self.open.take() {
            self.gathered.truncate(begin);
        }
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
        let whole = self.open.unwrap_or(self.gathered.len());
        if whole == 0 {
            return Ok(());
        }
        self.file.write_all_at(&self.gathered[..whole], self.written)?;
        self.written += whole as u64;
        self.gathered.drain(..whole);
        self.open = self.open.map(|_| 0);
        self.write_head()
    }

    fn write_head(&self) -> io::Result<()> {
        match self.encoder.head(self.written) {
            Some(head) => self.file.write_all_at(&head, 0),
            None => Ok(()),
        }
    }
}
