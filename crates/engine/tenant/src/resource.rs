//! An ACS communication resource.

use borsh::{BorshDeserialize, BorshSerialize};
use identifier::{PhoneNumber, ResourceId, TenantId, UserId};
use redact::Secret;

/// The key that signs an application's requests: what base64 decodes to.
pub type AccessKey = Secret<Box<[u8]>>;

/// A communication resource: an endpoint, its keys and its service numbers.
#[derive(Clone, Debug, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
pub struct Resource {
    /// Immutable; `aud` of the tokens on webhooks, and part of every `8:acs:` identifier.
    pub id: ResourceId,
    /// The owner.
    pub tenant: TenantId,
    /// Last segment of the Event Grid topic.
    pub name: Box<str>,
    /// Host names (without port) that choose this resource; the default resource also answers on any other.
    pub hosts: Vec<Box<str>>,
    /// The primary and the secondary key; both are accepted, so that one can be replaced at a time.
    #[borsh(skip)]
    pub access_keys: Vec<AccessKey>,
    /// Calls to these raise IncomingCall; outbound calls may show these.
    pub numbers: Vec<PhoneNumber>,
}

impl Resource {
    /// The raw id of a user of this resource.
    pub fn user_raw_id(&self, user: UserId) -> String {
        format!("8:acs:{}_{}", self.id, user)
    }
}
