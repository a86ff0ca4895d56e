//! What sockets of applications need of the platform.

use std::fmt;
use std::sync::Arc;

use clock::Now;
use identifier::ResourceId;
use outbound_http::OutboundHttp;
use redact::Secret;
use tokio::runtime::Handle;

/// The platform's clock.
pub type StreamClock = Arc<dyn Fn() -> Now + Send + Sync>;
/// Makes the JWT that tells the applications of a resource who connects (contract: Call Automation §10).
pub type SocketToken = Arc<dyn Fn(ResourceId) -> Secret<String> + Send + Sync>;

/// What sockets of applications need of the platform.
#[derive(Clone)]
pub struct StreamSurroundings {
    /// The gate through which they are opened.
    pub http: OutboundHttp,
    /// For the timestamps of sound.
    pub clock: StreamClock,
    /// For the upgrade; a new one for each connection.
    pub token: SocketToken,
    /// Where their tasks run.
    pub runtime: Handle,
}

impl fmt::Debug for StreamSurroundings {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("StreamSurroundings").finish_non_exhaustive()
    }
}
