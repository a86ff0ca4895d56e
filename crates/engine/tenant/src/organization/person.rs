//! People and resource accounts (contract: Teams Phone §1.2, §1.3, §1.6).

use borsh::{BorshDeserialize, BorshSerialize};
use identifier::{ObjectId, ResourceId};

use super::calling_settings::CallingSettings;
use super::name::Name;
use super::pattern::Pattern;
use super::policy::Assignments;
use crate::country::Country;

/// Somebody with an account in the directory of the company.
#[derive(Clone, Debug, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
pub struct Person {
    /// Immutable; the tail of `8:orgid:{id}`.
    pub id: ObjectId,
    /// Such as `alice@contoso.example`; compared without regard to case.
    pub user_principal_name: Box<str>,
    /// Shown to callees.
    pub display_name: Box<str>,
    /// Where the person works: the country of the numbers that are dialled without one.
    pub usage_country: Country,
    /// What the licences allow.
    pub licences: Licences,
    /// Whether the person may have calls with the public network.
    pub enterprise_voice: bool,
    /// Whether the person uses Teams alone, and can so be reached from other services.
    pub teams_only: bool,
    /// Callers who do not get through.
    pub blocked_numbers: Vec<Pattern>,
    /// Whether the person hides the own number where a policy leaves the choice.
    pub hides_number: bool,
    /// Policies that are assigned to the person.
    pub policies: Assignments,
    /// The groups that the person is in; their policies count where the person has none.
    pub groups: Vec<Name>,
    /// What happens to calls.
    pub settings: CallingSettings,
}

/// What licences allow.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
pub struct Licences {
    /// Teams.
    pub teams: bool,
    /// Teams Phone.
    pub phone_system: bool,
    /// Calls through the trunks of the platform's operator.
    pub calling_plan: bool,
}

/// Calls under the number of a resource account at the same time, unless its administrator says otherwise
/// (contract: Teams Phone §8.5).
pub const CONCURRENT_CALLS: u16 = 2;

/// An account that an application answers for: no human, a service number.
#[derive(Clone, Debug, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
pub struct ResourceAccount {
    /// Immutable; the tail of `28:orgid:{id}`.
    pub id: ObjectId,
    /// Such as `line@contoso.example`; compared without regard to case.
    pub user_principal_name: Box<str>,
    /// Shown to callees and agents.
    pub display_name: Box<str>,
    /// The country of the numbers that are dialled without one.
    pub usage_country: Country,
    /// Whether it has the licence of a resource account.
    pub licensed: bool,
    /// Whether it has the licence to call through the trunks of the platform's operator.
    pub calling_plan: bool,
    /// The application behind it.
    pub application: ApplicationKind,
    /// The communication resource that it is linked to: the grant of the Teams administrator.
    pub resource: Option<ResourceId>,
    /// Whether the link was synchronized.
    pub synced: bool,
    /// Calls to the public network under its number at the same time that applications may make.
    pub concurrent_calls: u16,
    /// Policies that are assigned to it.
    pub policies: Assignments,
}

/// What answers for a resource account.
#[derive(Clone, Copy, Debug, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
pub enum ApplicationKind {
    /// An auto attendant.
    AutoAttendant,
    /// A call queue.
    CallQueue,
    /// Somebody else's application, by its id.
    Other(ObjectId),
}

impl ApplicationKind {
    /// What an application id stands for (contract: Teams Phone §11).
    pub const fn of(id: ObjectId) -> Self {
        match id.as_u128() {
            0xce93_3385_9390_45d1_9512_c8d2_2807_4e07 => Self::AutoAttendant,
            0x11cd_3e2e_fccb_42ad_ad00_878b_9357_5e07 => Self::CallQueue,
            _ => Self::Other(id),
        }
    }
}

/// The leave of a communication resource's owner for somebody to use it (ACS `access/teamsExtension`).
#[derive(Clone, Debug, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
pub struct Consent {
    /// The communication resource.
    pub resource: ResourceId,
    /// A person or a resource account.
    pub principal: ObjectId,
    /// For whom.
    pub grant: Grant,
}

/// What a consent is for.
#[derive(Clone, Debug, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
pub enum Grant {
    /// Calls of a resource account reach the applications of the resource.
    ResourceAccount,
    /// A person may use the resource through these applications.
    Person {
        /// Ids of client applications.
        clients: Vec<ObjectId>,
    },
}

/// Which of a person's clients.
#[derive(
    Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, BorshSerialize, BorshDeserialize,
)]
pub enum Persona {
    /// Teams; `8:orgid:{person}`.
    #[default]
    Teams,
    /// The application of a contact center; `8:acs:{resource}_{tenant}_{person}`.
    ContactCenter,
}
