//! Where a file lies, and how it is read and removed.

use std::io::SeekFrom;
use std::ops::Range;
use std::path::PathBuf;
use std::sync::Arc;

use bytes::Bytes;
use futures_util::stream::{self, Stream, StreamExt};
use object_store::ObjectStoreExt;
use object_store::path::Path as ObjectPath;
use store::{Recording, RecordingFile};
use tokio::io::{AsyncReadExt, AsyncSeekExt};

use crate::recordings::Core;
use crate::storage::{Container, ContainerError};

/// So much is read and sent at a time.
const PIECE: u64 = 1 << 20;

/// Why a file cannot be read or removed.
#[derive(Debug, thiserror::Error)]
pub(crate) enum ShelfError {
    /// There is none.
    #[error("find the file of the recording")]
    Gone,
    /// The disk.
    #[error("read the recording: {0}")]
    File(#[from] std::io::Error),
    /// The storage.
    #[error("reach the storage of recordings: {0}")]
    Storage(#[from] object_store::Error),
    /// The storage's address.
    #[error(transparent)]
    Container(#[from] ContainerError),
}

/// The files of one recording.
pub(crate) struct Shelf<'a> {
    core: &'a Arc<Core>,
    recording: &'a Recording,
}

/// A file that is read.
pub(crate) enum Reading {
    Local(tokio::fs::File),
    Remote(Container, ObjectPath),
}

impl<'a> Shelf<'a> {
    pub(crate) fn of(core: &'a Arc<Core>, recording: &'a Recording) -> Self {
        Self { core, recording }
    }

    /// The container in which files of the recording belong; none when they stay here.
    pub(crate) fn container(&self) -> Result<Option<Container>, ContainerError> {
        let Some(url) = &self.recording.destination else { return Ok(self.core.container.clone()) };
        let operator = self.core.settings.storage.as_ref();
        let may_use_keys =
            self.core.settings.destinations.iter().any(|known| crate::storage::lies_in(url, known));
        match operator.filter(|_| may_use_keys) {
            Some(keys) => {
                let settings = crate::storage::StorageSettings { url: url.clone(), ..keys.clone() };
                Container::configured(&settings, &self.core.gate).map(Some)
            }
            None => Container::named(url, &self.core.gate).map(Some),
        }
    }

    /// Where the file is while it is here.
    pub(crate) fn path(&self, file: &RecordingFile) -> PathBuf {
        self.core.settings.folder.join(&file.file)
    }

    /// Opens a file; says how large it is.
    pub(crate) async fn open(&self, file: &RecordingFile) -> Result<(Reading, u64), ShelfError> {
        let Some(name) = &file.location else {
            return match tokio::fs::File::open(self.path(file)).await {
                Ok(open) => {
                    let bytes = open.metadata().await?.len();
                    Ok((Reading::Local(open), bytes))
                }
                Err(error) if error.kind() == std::io::ErrorKind::NotFound => Err(ShelfError::Gone),
                Err(error) => Err(error.into()),
            };
        };
        let container = self.container()?.ok_or(ShelfError::Gone)?;
        let path = container.path(name);
        match container.store().head(&path).await {
            Ok(found) => Ok((Reading::Remote(container, path), found.size)),
            Err(object_store::Error::NotFound { .. }) => Err(ShelfError::Gone),
            Err(error) => Err(error.into()),
        }
    }

    /// Removes a file, wherever it is; one that is gone already is removed.
    pub(crate) async fn remove(&self, file: &RecordingFile) -> Result<(), ShelfError> {
        match tokio::fs::remove_file(self.path(file)).await {
            Ok(()) => {}
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => {}
            Err(error) => return Err(error.into()),
        }
        // What lies in a container of somebody else is theirs.
        let Some(name) = file.location.as_ref().filter(|_| self.recording.destination.is_none()) else {
            return Ok(());
        };
        let Some(container) = self.container()? else { return Ok(()) };
        match container.store().delete(&container.path(name)).await {
            Ok(()) | Err(object_store::Error::NotFound { .. }) => Ok(()),
            Err(error) => Err(error.into()),
        }
    }
}

impl Reading {
    /// The bytes of a range, piece by piece.
    pub(crate) async fn bytes(
        self,
        range: Range<u64>,
    ) -> Result<impl Stream<Item = Result<Bytes, ShelfError>> + Send + 'static, ShelfError> {
        let mut reading = self;
        if let Self::Local(file) = &mut reading {
            file.seek(SeekFrom::Start(range.start)).await?;
        }
        let state = (reading, range);
        Ok(stream::try_unfold(state, |(mut reading, range)| async move {
            if range.is_empty() {
                return Ok(None);
            }
            let end = range.end.min(range.start + PIECE);
            let piece = reading.piece(range.start..end).await?;
            let next = range.start + piece.len() as u64;
            // A file that is shorter than it was ends the answer, which its length gives away.
            Ok((!piece.is_empty()).then_some((piece, (reading, next..range.end))))
        })
        .boxed())
    }

    async fn piece(&mut self, range: Range<u64>) -> Result<Bytes, ShelfError> {
        match self {
            Self::Local(file) => {
                let mut piece = Vec::new();
                file.take(range.end - range.start).read_to_end(&mut piece).await?;
                Ok(piece.into())
            }
            Self::Remote(container, path) => Ok(container.store().get_range(path, range).await?),
        }
    }
}
