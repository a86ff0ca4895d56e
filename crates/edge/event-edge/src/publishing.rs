//! Facts for subscribers that come about outside of calls: a file of a recording is there.

use acs::grid::{GridData, GridEvent};
use identifier::{CallId, EventId, ResourceId};
use store::{StoreError, Write};

use crate::core::Core;
use crate::events::Events;
use crate::grid_body::topic;
use crate::postman::Mail;
use crate::recorder::Entry;

/// A fact for the subscribers of a resource.
#[derive(Clone, Debug, PartialEq)]
pub struct GridFact {
    /// Whose it is.
    pub resource: ResourceId,
    /// The call that it is about.
    pub call: CallId,
    /// What happened.
    pub data: GridData,
}

impl Events {
    /// Tells the subscribers of a resource, once it is durable together with `writes`.
    pub async fn publish(&self, fact: GridFact, writes: Vec<Write>) -> Result<(), StoreError> {
        let core: &Core = &self.core;
        let event = GridEvent {
            id: core.draw(EventId::random),
            unix_us: core.now().unix_us(),
            topic: topic(&(core.around.directory)(), fact.resource),
            data: fact.data,
        };
        let mut entry = Entry { writes, ..Entry::default() };
        entry.tell(core, fact.resource, fact.call, &event, None);
        core.around.store.write(entry.writes).await?;
        // They lie in the outbox; if the postman is gone, the next one finds them there.
        let _ = self.mail.send(Mail::Again(entry.deliveries)).await;
        Ok(())
    }
}
