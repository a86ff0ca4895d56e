//! A SIP phone: somebody's desk phone, softphone or door station.

use borsh::{BorshDeserialize, BorshSerialize};
use identifier::{ObjectId, PhoneNumber, ResourceId, UserId};
use redact::Secret;

use crate::organization::Persona;

/// An account with which phones register.
#[derive(Clone, Debug, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
pub struct Phone {
    /// The user part of its address of record and its digest user name, for example `demo-1`.
    pub name: Box<str>,
    /// Shown to callees.
    pub display_name: Box<str>,
    /// The person or device, as applications address it: `8:acs:{resource}_{user}`.
    pub user: UserId,
    /// The communication resource it belongs to.
    pub resource: ResourceId,
    /// Its own number, if it has one; calls to it ring the phone.
    pub number: Option<PhoneNumber>,
    /// The digest password.
    #[borsh(skip)]
    pub password: Secret<Box<str>>,
    /// Whether it may call the public network. A phone with an owner may what the owner may.
    pub may_call_out: bool,
    /// The person whose client it stands in for; policies of that person decide its calls.
    pub owner: Option<PhoneOwner>,
}

/// Whose client a phone stands in for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
pub struct PhoneOwner {
    /// The person.
    pub person: ObjectId,
    /// Which of the person's clients.
    pub persona: Persona,
    /// The resource account on whose behalf numbers are called from it that names none by itself.
    pub on_behalf_of: Option<ObjectId>,
}
