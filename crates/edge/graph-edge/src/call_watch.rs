//! The port that calls feed: who is in which call.

use std::sync::Arc;

use identifier::{CallId, ObjectId};
use presence::CallSize;

use crate::keeper::Keeper;

/// Tells presence of calls. Never waits.
#[derive(Clone)]
pub struct CallWatch {
    keeper: Arc<Keeper>,
}

impl CallWatch {
    pub(crate) fn new(keeper: Arc<Keeper>) -> Self {
        Self { keeper }
    }

    /// Somebody is in a call.
    pub fn joined(&self, person: ObjectId, call: CallId, size: CallSize) {
        self.keeper.observe(|engine, now| engine.handle_join(person, call, size, now));
    }

    /// Somebody has left a call.
    pub fn left(&self, person: ObjectId, call: CallId) {
        self.keeper.observe(|engine, now| engine.handle_leave(person, call, now));
    }

    /// A call has another size.
    pub fn sized(&self, call: CallId, size: CallSize) {
        self.keeper.observe(|engine, now| engine.handle_size(call, size, now));
    }

    /// A call is over.
    pub fn ended(&self, call: CallId) {
        self.keeper.observe(|engine, now| engine.handle_end(call, now));
    }
}
