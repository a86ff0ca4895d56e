//! A file on its way into a container.

use std::path::Path;

use bytes::Bytes;
use object_store::{MultipartUpload, ObjectStoreExt, PutPayload};
use tokio::io::AsyncReadExt;

use crate::storage::Container;

/// So much is sent with one request; no storage wants smaller parts than 5 MiB.
const PART_BYTES: usize = 8 << 20;

/// Why a file is not in its storage.
#[derive(Debug, thiserror::Error)]
pub(crate) enum UploadError {
    /// The file here.
    #[error("read the recording: {0}")]
    File(#[from] std::io::Error),
    /// The storage.
    #[error("store the recording: {0}")]
    Storage(#[from] object_store::Error),
}

/// Sends a file whole, in parts if it is large. What was sent of a file that cannot be sent whole is withdrawn.
pub(crate) async fn file(container: &Container, name: &str, path: &Path) -> Result<(), UploadError> {
    let mut file = tokio::fs::File::open(path).await?;
    let first = part(&mut file).await?;
    if first.len() < PART_BYTES {
        return small(container, name, first).await;
    }
    let mut upload = container.store().put_multipart(&container.path(name)).await?;
    let sent = parts(upload.as_mut(), first, &mut file).await;
    if sent.is_err() {
        // Nobody is told of parts that are never put together; storages forget them in the end.
        let _ = upload.abort().await;
    }
    sent
}

/// Sends a few bytes.
pub(crate) async fn small(container: &Container, name: &str, bytes: Bytes) -> Result<(), UploadError> {
    container.store().put(&container.path(name), PutPayload::from(bytes)).await?;
    Ok(())
}

async fn parts(
    upload: &mut dyn MultipartUpload,
    first: Bytes,
    file: &mut tokio::fs::File,
) -> Result<(), UploadError> {
    let mut next = first;
    while !next.is_empty() {
        upload.put_part(PutPayload::from(next)).await?;
        next = part(file).await?;
    }
    upload.complete().await?;
    Ok(())
}

async fn part(file: &mut tokio::fs::File) -> Result<Bytes, std::io::Error> {
    let mut part = Vec::with_capacity(PART_BYTES);
    file.take(PART_BYTES as u64).read_to_end(&mut part).await?;
    Ok(part.into())
}
