//! One recording while it is made: frames become files, pauses are left out, gaps become silence.

use std::path::PathBuf;
use std::sync::Arc;

use clock::Now;
use identifier::RecordingId;
use media_edge::{Heard, TapSamples, Track, What};
use media_plan::{Purpose, Recording, RecordingFormat, Tap};

use crate::channels::Channels;
use crate::chunk_file::{ChunkFile, WriteError};
use crate::details::{Details, Pause};
use crate::document::DocumentId;
use crate::encoder::Encoder;
use crate::frame::{FRAME_MS, FRAME_SAMPLES, FRAMES_PER_SECOND, Voices};
use crate::settings::ChunkLimits;

/// Reads the platform's clock.
pub type Clock = Arc<dyn Fn() -> Now + Send + Sync>;

/// The longest silence that takes the place of lost frames: what is longer is a clock gone wrong.
const LONGEST_GAP: u64 = 3_600 * FRAMES_PER_SECOND;

/// What a recording needs to make files.
#[derive(Clone)]
pub(crate) struct Workshop {
    pub(crate) folder: Arc<PathBuf>,
    pub(crate) limits: ChunkLimits,
    pub(crate) clock: Clock,
    /// Hears what becomes of files, in their order. It must not wait.
    pub(crate) news: Arc<dyn Fn(News) + Send + Sync>,
    /// Names files.
    pub(crate) draw: Arc<dyn Fn() -> DocumentId + Send + Sync>,
}

/// What becomes of files.
#[derive(Debug)]
pub(crate) enum News {
    /// A further file of a recording begins.
    Opened(FileFacts),
    /// What is known of a file has changed: who is heard, when it was paused.
    Changed(FileFacts),
    /// A file is whole.
    Finished(FinishedFile),
    /// Nothing more comes of this recording.
    Ended(RecordingId, Result<(), WriteError>),
}

/// A file that is whole.
#[derive(Debug)]
pub(crate) struct FinishedFile {
    pub(crate) facts: FileFacts,
    pub(crate) bytes: u64,
    pub(crate) why: ChunkEnd,
}

/// What is known of a file.
#[derive(Clone, Debug)]
pub(crate) struct FileFacts {
    pub(crate) recording: RecordingId,
    pub(crate) document: DocumentId,
    pub(crate) position: u32,
    pub(crate) format: RecordingFormat,
    pub(crate) channels: usize,
    /// Channels that belong to somebody, from the first.
    pub(crate) used: usize,
    pub(crate) started_us: i64,
    pub(crate) lasted_ms: u64,
    pub(crate) details: Details,
}

/// Why a file ends (contract §11.3).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum ChunkEnd {
    /// Nothing more is recorded.
    SessionEnded(SessionEnd),
    MaximumSize,
    MaximumTime,
}

/// Why a recording ends (contract §11.3: words of the real service, as far as they are known).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum SessionEnd {
    /// The call is over.
    CallEnded,
    /// Whoever wanted it has stopped it.
    Stopped,
    /// The file could not be written further.
    Broken,
    /// The process died, and the next one closed the file.
    Restarted,
}

impl ChunkEnd {
    pub(crate) const fn as_str(self) -> &'static str {
        match self {
            Self::SessionEnded(_) => "SessionEnded",
            Self::MaximumSize => "ChunkMaximumSizeExceeded",
            Self::MaximumTime => "ChunkMaximumTimeExceeded",
        }
    }
}

impl SessionEnd {
    pub(crate) const fn as_str(self) -> &'static str {
        match self {
            Self::CallEnded => "CallEnded",
            Self::Stopped => "InitiatorLeft",
            Self::Broken => "ChunkCreationFailed",
            Self::Restarted => "ServiceRestarted",
        }
    }
}

/// A recording that is being made.
pub(crate) struct Take {
    workshop: Workshop,
    id: RecordingId,
    format: RecordingFormat,
    channels: Channels,
    paused_since: Option<Now>,
    is_stopped: bool,
    /// The frame that comes next; before it everything is recorded, or left out on purpose.
    next: u64,
    chunk: Chunk,
    is_begun: bool,
}

struct Chunk {
    file: ChunkFile,
    document: DocumentId,
    position: u32,
    started: Now,
    frames: u64,
    unsettled: u64,
    lost: u64,
    pauses: Vec<Pause>,
}

impl Take {
    /// Opens the first file.
    pub(crate) fn begin(
        workshop: Workshop,
        recording: &Recording,
        voices: &Voices,
        document: DocumentId,
    ) -> Result<Self, WriteError> {
        let mut channels =
            if recording.unmixed { Channels::unmixed(&recording.channels) } else { Channels::mixed() };
        channels.seat(voices);
        let started = (workshop.clock)();
        let chunk = Chunk::open(&workshop, recording, channels.count(), document, 0, started)?;
        let paused_since = recording.paused.then_some(started);
        let (id, format) = (recording.id, recording.format);
        Ok(Self {
            workshop,
            id,
            format,
            channels,
            paused_since,
            is_stopped: false,
            next: 0,
            chunk,
            is_begun: false,
        })
    }

    /// Records what is heard, and follows the wish where it changes.
    pub(crate) fn hear(&mut self, heard: Heard<'_>) -> Result<(), WriteError> {
        match heard.what {
            What::Voice(Track::Mixed, samples) => {
                self.begin_frame(heard.frame)?;
                self.end_frame(samples)
            }
            What::Voice(track, samples) => {
                self.begin_frame(heard.frame)?;
                samples.map_or(Ok(()), |samples| self.lay(track, samples))
            }
            What::EndOfFrame => {
                self.begin_frame(heard.frame)?;
                self.end_frame(None)
            }
            What::Key(..) => Ok(()),
            What::Changed(tap) => {
                self.end_frame(None)?;
                self.fill(heard.frame)?;
                self.wish(&tap);
                Ok(())
            }
        }
    }

    fn wish(&mut self, tap: &Tap) {
        let Purpose::Record(recording) = &tap.purpose else { return };
        self.channels.seat(&tap.voices);
        self.is_stopped = recording.is_stopped;
        let now = (self.workshop.clock)();
        match (self.paused_since, recording.paused) {
            (None, true) => self.paused_since = Some(now),
            (Some(since), false) => {
                self.paused_since = None;
                self.chunk.pause(since, now);
            }
            (None, false) | (Some(_), true) => {}
        }
        (self.workshop.news)(News::Changed(self.facts()));
    }

    /// A frame begins, unless it has: the one before is over, whether or not its end was told.
    fn begin_frame(&mut self, number: u64) -> Result<(), WriteError> {
        if self.is_begun && number == self.next {
            return Ok(());
        }
        self.end_frame(None)?;
        self.fill(number)?;
        self.is_begun = true;
        Ok(())
    }

    /// One of the tracks of a frame.
    fn lay(&mut self, track: Track, samples: &TapSamples) -> Result<(), WriteError> {
        if self.paused_since.is_none() {
            self.open_frame()?;
            self.channels.lay(track, samples, self.chunk.file.frame());
        }
        Ok(())
    }

    /// The frame is over; of a file with one channel this is its sound.
    fn end_frame(&mut self, mixed: Option<&TapSamples>) -> Result<(), WriteError> {
        if !std::mem::take(&mut self.is_begun) {
            return Ok(());
        }
        self.next += 1;
        if self.paused_since.is_none() { self.add(mixed) } else { Ok(()) }
    }

    /// Up to here everything has come, or was lost: that becomes silence.
    fn fill(&mut self, number: u64) -> Result<(), WriteError> {
        let lost = number.saturating_sub(self.next).min(LONGEST_GAP);
        self.next = self.next.max(number);
        if lost == 0 || self.paused_since.is_some() {
            return Ok(());
        }
        self.chunk.lost += lost;
        meter::RECORDING_LOST_FRAMES.add([], lost);
        (0..lost).try_for_each(|_| self.add(None))
    }

    /// A second is over: what was heard is written. Gives the file that is to be made durable.
    pub(crate) fn settle(&mut self) -> Result<Option<&Arc<std::fs::File>>, WriteError> {
        if self.chunk.unsettled == 0 {
            return Ok(None);
        }
        self.chunk.settle()?;
        Ok(Some(self.chunk.file.file()))
    }

    /// Nothing more comes, or nothing more can be written.
    pub(crate) fn end(self, outcome: Result<(), WriteError>) {
        let news = Arc::clone(&self.workshop.news);
        let id = self.id;
        let why = match &outcome {
            Ok(()) if self.is_stopped => SessionEnd::Stopped,
            Ok(()) => SessionEnd::CallEnded,
            Err(_) => SessionEnd::Broken,
        };
        let written = self.finish(ChunkEnd::SessionEnded(why));
        news(News::Ended(id, outcome.and(written.map_err(WriteError::from))));
    }

    /// Makes room for a frame, in another file if this one is full; unless there is room already.
    fn open_frame(&mut self) -> Result<(), WriteError> {
        if self.chunk.file.has_open_frame() {
            return Ok(());
        }
        if let Some(why) = self.chunk.is_full(self.workshop.limits) {
            self.next_chunk(why)?;
        }
        if self.channels.count() > 1 {
            self.chunk.file.open_frame(self.channels.count());
        }
        Ok(())
    }

    /// A frame, silent but for what was laid or is given.
    fn add(&mut self, mixed: Option<&TapSamples>) -> Result<(), WriteError> {
        self.open_frame()?;
        match self.chunk.file.has_open_frame() {
            true => self.chunk.file.close_frame(),
            false => self.chunk.file.add(mixed.unwrap_or(&[0; FRAME_SAMPLES]))?,
        }
        self.chunk.frames += 1;
        self.chunk.unsettled += 1;
        if self.chunk.unsettled >= FRAMES_PER_SECOND {
            self.chunk.settle()?;
        }
        Ok(())
    }

    fn next_chunk(&mut self, why: ChunkEnd) -> Result<(), WriteError> {
        let encoder = Encoder::new(self.format, self.channels.count())?;
        let document = (self.workshop.draw)();
        let position = self.chunk.position + 1;
        let path = self.workshop.folder.join(document.file_name(self.format));
        let file = ChunkFile::create(&path, encoder)?;
        let next = Chunk::of(file, document, position, (self.workshop.clock)());
        let facts = self.facts();
        self.chunk.count();
        let former = std::mem::replace(&mut self.chunk, next);
        let (bytes, written) = former.file.finish();
        (self.workshop.news)(News::Finished(FinishedFile { facts, bytes, why }));
        (self.workshop.news)(News::Opened(self.facts()));
        Ok(written?)
    }

    fn finish(mut self, why: ChunkEnd) -> std::io::Result<()> {
        if let Some(since) = self.paused_since {
            self.chunk.pause(since, (self.workshop.clock)());
        }
        let facts = self.facts();
        self.chunk.count();
        let (bytes, written) = self.chunk.file.finish();
        (self.workshop.news)(News::Finished(FinishedFile { facts, bytes, why }));
        written
    }

    /// What is known of the file that is written now.
    pub(crate) fn facts(&self) -> FileFacts {
        let chunk = &self.chunk;
        FileFacts {
            recording: self.id,
            document: chunk.document.clone(),
            position: chunk.position,
            format: self.format,
            channels: self.channels.count(),
            used: self.channels.used(),
            started_us: chunk.started.unix_us(),
            lasted_ms: chunk.frames * FRAME_MS,
            details: Details::new(self.channels.owners(), &chunk.pauses, chunk.lost),
        }
    }
}

impl Chunk {
    fn open(
        workshop: &Workshop,
        recording: &Recording,
        channels: usize,
        document: DocumentId,
        position: u32,
        started: Now,
    ) -> Result<Self, WriteError> {
        let encoder = Encoder::new(recording.format, channels)?;
        let path = workshop.folder.join(document.file_name(recording.format));
        let file = ChunkFile::create(&path, encoder)?;
        Ok(Self::of(file, document, position, started))
    }

    fn of(file: ChunkFile, document: DocumentId, position: u32, started: Now) -> Self {
        Self { file, document, position, started, frames: 0, unsettled: 0, lost: 0, pauses: Vec::new() }
    }

    fn is_full(&self, limits: ChunkLimits) -> Option<ChunkEnd> {
        if self.frames * FRAME_MS >= limits.length.as_millis() as u64 {
            return Some(ChunkEnd::MaximumTime);
        }
        (self.file.bytes() >= limits.bytes).then_some(ChunkEnd::MaximumSize)
    }

    fn settle(&mut self) -> std::io::Result<()> {
        self.count();
        self.file.settle()
    }

    /// Frames are counted together: a meter is not looked up for each.
    fn count(&mut self) {
        meter::RECORDING_FRAMES.add([], std::mem::take(&mut self.unsettled));
    }

    fn pause(&mut self, since: Now, until: Now) {
        /// Pauses that are told of one file; who pauses more often is recorded all the same.
        const MOST_PAUSES: usize = 1_000;
        if self.pauses.len() < MOST_PAUSES {
            let lasted_ms = until.since(since).as_millis() as i64;
            self.pauses.push(Pause { started_us: since.unix_us(), lasted_ms });
        }
    }
}
