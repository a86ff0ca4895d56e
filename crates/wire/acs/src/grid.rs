//! Event Grid bodies: what subscribers of a resource receive (contract §11).

mod call_lifecycle;
mod grid_event;
mod incoming_call;
mod recording_file;
mod validation;

pub use call_lifecycle::{CallEndReason, CallEnded, CallParticipantChanged, CallStarted};
pub use grid_event::{GridData, GridEvent, GridSchema};
pub use incoming_call::IncomingCall;
pub use recording_file::{RecordingChunk, RecordingFileStatusUpdated};
pub use validation::{SubscriptionValidation, ValidationAnswer};
