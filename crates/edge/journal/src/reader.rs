//! A journal on disk, read while it is written or after.

use std::collections::BTreeSet;
use std::fs::File;
use std::io::{self, Read, Seek, SeekFrom};
use std::path::{Path, PathBuf};

use call_engine::LegRequest;
use identifier::CallId;

use crate::excerpt::{Circle, Collector, Excerpt, Frame, Item, frames};
use crate::folder::{self, Segment};
use crate::frame::{self, HeaderError};
use crate::input::Output;

/// Why a journal cannot be read.
#[derive(Debug, thiserror::Error)]
pub enum ReadError {
    /// There is none.
    #[error("find a journal in {}; is journal.max-mb 0, or the data folder another one?", .0.display())]
    None(PathBuf),
    /// The operating system refuses.
    #[error("read the journal in {}: {source}", folder.display())]
    File {
        /// Where it is.
        folder: PathBuf,
        /// What it says.
        source: io::Error,
    },
    /// All of it was written by another program.
    #[error("read the journal in {}: {why}", folder.display())]
    Foreign {
        /// Where it is.
        folder: PathBuf,
        /// What is wrong with it.
        why: String,
    },
    /// It holds nothing of this name.
    #[error("find {0} in the journal; it is too old, or the id is another one")]
    Unknown(String),
}

/// Reads a journal.
#[derive(Clone, Debug)]
pub struct Reader {
    folder: PathBuf,
}

/// Follows a call while it goes on.
#[derive(Debug)]
pub struct Follower {
    reader: Reader,
    circle: Circle,
    collector: Collector,
    position: Position,
    shown: usize,
    over: BTreeSet<CallId>,
}

/// Up to where a journal was read.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
struct Position {
    segment: u64,
    offset: u64,
    run: u128,
}

impl Reader {
    /// The journal in a data folder.
    pub fn open(data: &Path) -> Result<Self, ReadError> {
        Self::at(&folder::of(data))
    }

    /// The journal whose files are in `folder`.
    pub fn at(folder: &Path) -> Result<Self, ReadError> {
        if !folder.is_dir() {
            return Err(ReadError::None(folder.to_owned()));
        }
        Ok(Self { folder: folder.to_owned() })
    }

    /// What it holds of the call of this name: a call id, a server call id, or the id of a connection,
    /// a correlation or a leg.
    pub fn excerpt(&self, name: &str) -> Result<Excerpt, ReadError> {
        self.follow(name).map(|(excerpt, _)| excerpt)
    }

    /// What it holds of a call until now, and how to follow it.
    pub fn follow(&self, name: &str) -> Result<(Excerpt, Follower), ReadError> {
        let unknown = || ReadError::Unknown(name.to_owned());
        let mut circle = Circle::of(id(name).ok_or_else(unknown)?);
        loop {
            let before = circle.size();
            self.scan(Position::default(), |_, frame| {
                if let Frame::Entry(head, _) = frame {
                    circle.takes(&head);
                }
            })?;
            if circle.size() == before {
                break;
            }
        }
        let mut follower = Follower {
            reader: self.clone(),
            circle,
            collector: Collector::default(),
            position: Position::default(),
            shown: 0,
            over: BTreeSet::new(),
        };
        follower.read()?;
        if follower.collector.excerpt.items.is_empty() {
            return Err(unknown());
        }
        follower.shown = follower.collector.excerpt.items.len();
        Ok((follower.collector.excerpt.clone(), follower))
    }

    /// The call that began last.
    pub fn last(&self) -> Result<CallId, ReadError> {
        let mut last = None;
        self.scan(Position::default(), |_, frame| {
            if let Frame::Entry(head, _) = frame {
                last = head.begun().last().copied().or(last);
            }
        })?;
        last.ok_or_else(|| ReadError::Unknown("any call".to_owned()))
    }

    /// All frames from a position on; where they end.
    fn scan(&self, from: Position, mut see: impl FnMut(u128, Frame<'_>)) -> Result<Position, ReadError> {
        let failed = |source| ReadError::File { folder: self.folder.clone(), source };
        let segments = folder::segments(&self.folder).map_err(failed)?;
        let mut position = from;
        let (mut read, mut foreign) = (0, None);
        for segment in segments.iter().filter(|segment| segment.number >= from.segment) {
            match self.scan_segment(segment, position, &mut see) {
                Ok(Some(next)) => {
                    position = next;
                    read += 1;
                }
                // Just begun, or gone meanwhile.
                Ok(None) => {}
                Err(ScanError::File(source)) => return Err(failed(source)),
                Err(ScanError::Header(error)) => foreign = Some(error),
            }
        }
        match foreign {
            Some(error) if read == 0 => {
                Err(ReadError::Foreign { folder: self.folder.clone(), why: error.to_string() })
            }
            Some(_) | None => Ok(position),
        }
    }

    fn scan_segment(
        &self,
        segment: &Segment,
        from: Position,
        see: &mut impl FnMut(u128, Frame<'_>),
    ) -> Result<Option<Position>, ScanError> {
        let is_known = segment.number == from.segment;
        let begin = if is_known { from.offset } else { 0 };
        let bytes = match read_from(&segment.path, begin) {
            Ok(bytes) => bytes,
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
            Err(error) => return Err(ScanError::File(error)),
        };
        let mut rest = bytes.as_slice();
        let run = if is_known {
            from.run
        } else {
            match frame::read_header(&mut rest).map_err(ScanError::Header)? {
                Some(header) => header.run,
                None => return Ok(None),
            }
        };
        frames(&mut rest).for_each(|frame| see(run, frame));
        let offset = begin + (bytes.len() - rest.len()) as u64;
        Ok(Some(Position { segment: segment.number, offset, run }))
    }
}

fn read_from(path: &Path, begin: u64) -> io::Result<Vec<u8>> {
    let mut file = File::open(path)?;
    file.seek(SeekFrom::Start(begin))?;
    let mut bytes = Vec::new();
    file.read_to_end(&mut bytes)?;
    Ok(bytes)
}

enum ScanError {
    File(io::Error),
    Header(HeaderError),
}

impl Follower {
    /// What was written since.
    pub fn more(&mut self) -> Result<Vec<Item>, ReadError> {
        self.read()?;
        let items = self.collector.excerpt.items[self.shown..].to_vec();
        self.shown += items.len();
        Ok(items)
    }

    /// Whether the call, and every call that it met, has ended.
    pub fn is_over(&self) -> bool {
        self.calls().all(|call| self.over.contains(&call))
    }

    /// Whether a call is one of those that are followed.
    pub fn follows(&self, call: CallId) -> bool {
        self.circle.calls.contains(&call)
    }

    fn calls(&self) -> impl Iterator<Item = CallId> {
        self.collector.excerpt.calls.iter().copied()
    }

    fn read(&mut self) -> Result<(), ReadError> {
        let (circle, collector) = (&mut self.circle, &mut self.collector);
        let first = collector.excerpt.items.len();
        self.position = self.reader.scan(self.position, |run, frame| match frame {
            Frame::Setting(content) => collector.setting(content),
            Frame::Entry(head, body) => {
                if circle.takes(&head) {
                    collector.entry(run, head, body);
                }
            }
            Frame::Gap { home, count } => collector.gap(run, home, count),
        })?;
        let excerpt = &mut self.collector.excerpt;
        for item in &excerpt.items[first..] {
            let Item::Entry(entry) = item else { continue };
            excerpt.calls.extend(entry.head.calls.iter().filter(|call| self.circle.calls.contains(call)));
            for output in &entry.body.outputs {
                let is_last = match output {
                    Output::Record(_) => true,
                    // Who was turned away at the door has no record.
                    Output::Leg(_, _, LegRequest::Reject(_)) => entry.head.begun().contains(&output.call()),
                    Output::Leg(..) | Output::Media(..) | Output::Event(_) | Output::Notice(_) => false,
                };
                if is_last {
                    self.over.insert(output.call());
                }
            }
        }
        Ok(())
    }
}

/// The number behind an id, however it is written.
fn id(name: &str) -> Option<u128> {
    let name = name.trim();
    name.parse::<CallId>().or_else(|_| CallId::from_server_call_id(name)).ok().map(CallId::as_u128)
}
