//! What must last: one SQLite file, written by one task that gathers many facts into one transaction.
//!
//! Rows are plain values; their meaning belongs to the edge that wrote them. All SQL is the subset
//! that PostgreSQL understands too: numbered parameters, `ON CONFLICT`, text ids, integer
//! microseconds since 1970, JSON as text.

mod store;

mod health;
mod migration;
mod together;
mod write;
mod writer;

mod aside;
mod binding;
mod call_record;
mod commit;
mod connection;
mod consent;
mod dead_letter;
mod delivery_attempt;
mod graph_subscription;
mod held_number;
mod kept_for_a_while;
mod list;
mod ongoing_call;
mod open_call;
mod outbox;
mod page;
mod personal_call;
mod presence;
mod recording;
mod recording_file;
mod repeatability;
mod retention;
mod secret_setting;
mod sip_routing;
mod subscription;
mod tenant_object;
mod told_recording;

pub use aside::Aside;
pub use binding::Binding;
pub use call_record::{CallRecord, CallRecordFilter};
pub use commit::{Commit, CommitError, Committing};
pub use connection::{Connection, ConnectionFilter};
pub use consent::{Consent, ConsentFilter};
pub use dead_letter::DeadLetter;
pub use delivery_attempt::{Arrival, DeliveryAttempt};
pub use graph_subscription::GraphSubscription;
pub use health::{DiskSize, OutboxSize};
pub use held_number::HeldNumber;
pub use kept_for_a_while::KeptForAWhile;
pub use ongoing_call::OngoingCall;
pub use open_call::OpenCall;
pub use outbox::{Delivery, DeliveryFilter, DeliveryKind, DeliveryState};
pub use page::{Cursor, CursorError, Page, PageRequest};
pub use personal_call::{PersonalCall, PersonalCallFilter};
pub use presence::KeptPresence;
pub use recording::{Recording, RecordingFilter};
pub use recording_file::{FilesToStore, RecordingFile, RecordingFileState};
pub use repeatability::RecordedAnswer;
pub use retention::Retention;
pub use sip_routing::SipRouting;
pub use store::{OpenError, Store, StoreError};
pub use subscription::{Subscription, SubscriptionState};
pub use tenant_object::{TenantChange, TenantObject, TenantObjects};
pub use told_recording::ToldRecording;
pub use write::Write;
