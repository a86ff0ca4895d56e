//! Who and what: ACS communication identifiers with their raw-id grammar,
//! phone numbers in E.164, and the typed ids of everything the platform owns.

mod communication_identifier;
mod id;
mod number_range;
mod phone_number;

pub use communication_identifier::{Cloud, CommunicationIdentifier};
pub use id::{
    CallConnectionId, CallId, CorrelationId, DeliveryId, EventId, Home, LegId, ObjectId, OperationId,
    ParseIdError, PlaybackId, RecordingId, ResourceId, SubscriptionId, TapId, TenantId, TrunkName, UserId,
};
pub use number_range::{NumberRange, NumberRangeError};
pub use phone_number::{PhoneNumber, PhoneNumberError};
