//! How much of what streams say the library may have before it has looked at it.

use std::sync::Arc;

use async_trait::async_trait;
use rsipstack::transaction::endpoint::TransportEventInspector;
use rsipstack::transport::{SipConnection, TransportEvent};
use tokio::sync::Semaphore;

/// Messages of all streams together. The library's queues have no end; whoever speaks faster than it listens
/// waits here, and their connection with them. They wait in turn, so that nobody waits for more than these.
const MOST_WAITING: usize = 256;

/// The places of messages that wait for the library.
#[derive(Clone)]
pub(crate) struct Intake(Arc<Semaphore>);

impl Intake {
    pub fn new() -> Self {
        Self(Arc::new(Semaphore::new(MOST_WAITING)))
    }

    /// Waits for a place, which is given back when the library takes the message up.
    pub async fn enter(&self) {
        // Nobody closes it.
        if let Ok(place) = self.0.acquire().await {
            place.forget();
        }
    }

    /// The message did not get there.
    pub fn leave(&self) {
        self.0.add_permits(1);
    }
}

#[async_trait]
impl TransportEventInspector for Intake {
    async fn handle(&self, event: TransportEvent) -> Option<TransportEvent> {
        // Datagrams wait in the kernel, which throws away what is too much.
        if matches!(event, TransportEvent::Incoming(_, SipConnection::Channel(_), _)) {
            self.leave();
        }
        Some(event)
    }
}
