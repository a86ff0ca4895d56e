//! Phone numbers of an organization, and who holds them (contract: Teams Phone §1.4).

use borsh::{BorshDeserialize, BorshSerialize};
use identifier::{ObjectId, PhoneNumber};

use super::name::Name;

/// How a number reaches the public network.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, BorshSerialize, BorshDeserialize)]
pub enum Connectivity {
    /// Through the trunks of whoever operates the platform.
    CallingPlan,
    /// Through an operator's trunk that the tenant consented to.
    OperatorConnect,
    /// Through the tenant's own session border controllers.
    DirectRouting,
}

/// What a number may be assigned to.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
pub struct Capabilities {
    /// A person (a subscriber number).
    pub person: bool,
    /// A resource account (a service number).
    pub voice_application: bool,
    /// A conference bridge.
    pub conference: bool,
}

/// Who holds a number.
#[derive(Clone, Debug, PartialEq, Eq, Hash, BorshSerialize, BorshDeserialize)]
pub enum Holder {
    /// A person.
    Person(ObjectId),
    /// A resource account.
    ResourceAccount(ObjectId),
    /// A shared calling policy, as a number that help calls back.
    SharedCalling(Name),
}

/// Which of somebody's numbers it is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, BorshSerialize, BorshDeserialize)]
pub enum AssignmentCategory {
    /// The one that is shown.
    #[default]
    Primary,
    /// A second, private line.
    Private,
    /// One more that rings.
    Alternate,
}

/// A number of an organization.
#[derive(Clone, Debug, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
pub struct HeldNumber {
    /// The number.
    pub number: PhoneNumber,
    /// Digits behind it that only Direct Routing knows (`;ext=`): several people share one number.
    pub extension: Option<Box<str>>,
    /// How it reaches the public network.
    pub connectivity: Connectivity,
    /// What it may be assigned to.
    pub capabilities: Capabilities,
    /// Who holds it; nobody while it is unassigned.
    pub holder: Option<Holder>,
    /// Which of the holder's numbers it is.
    pub category: AssignmentCategory,
    /// Where help is sent to when it calls for help.
    pub location: Option<ObjectId>,
    /// Calls from within the organization go out to the public network all the same (`SkipInternalVoip`).
    pub skips_internal: bool,
}
