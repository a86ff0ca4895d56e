//! An answer that is read while it comes.

use std::time::Duration;

use bytes::Bytes;
use http::StatusCode;

use crate::error::{OutboundError, from_reqwest};
use crate::room::{Room, Share};

/// An answer, whatever its status, of which the body still comes.
///
/// All that has come counts against [`OutboundPolicy::answers`](crate::OutboundPolicy::answers) until this is
/// dropped, because whoever streams keeps what it got; where the room is used up, nothing more is read until there
/// is some again.
#[derive(Debug)]
pub struct OutboundStream {
    response: reqwest::Response,
    host: String,
    limit: usize,
    came: usize,
    room: Room,
    share: Share,
}

impl OutboundStream {
    pub(crate) fn new(response: reqwest::Response, host: String, limit: usize, room: Room) -> Self {
        Self { response, host, limit, came: 0, room, share: Share::default() }
    }

    /// The status.
    pub fn status(&self) -> StatusCode {
        self.response.status()
    }

    /// The next bytes, for which so long is waited; `None` at the end.
    pub async fn next(&mut self, patience: Duration) -> Result<Option<Bytes>, OutboundError> {
        let read = tokio::time::timeout(patience, self.read()).await;
        read.unwrap_or_else(|_| Err(OutboundError::TimedOut { host: self.host.clone() }))
    }

    async fn read(&mut self) -> Result<Option<Bytes>, OutboundError> {
        let chunk = self.response.chunk().await.map_err(|error| from_reqwest(&error, &self.host))?;
        let Some(chunk) = chunk else { return Ok(None) };
        self.came += chunk.len();
        if self.came > self.limit {
            return Err(OutboundError::TooLarge { host: self.host.clone(), limit: self.limit });
        }
        self.share = self.room.extend(std::mem::take(&mut self.share), self.came).await;
        Ok(Some(chunk))
    }
}
