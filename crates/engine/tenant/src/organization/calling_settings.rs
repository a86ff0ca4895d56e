//! What people want to happen to their calls (contract: Teams Phone §1.19).

use std::time::Duration;

use borsh::{BorshDeserialize, BorshSerialize};
use identifier::{ObjectId, PhoneNumber};

use super::person::Persona;

/// The most members of a call group.
pub const MOST_GROUP_MEMBERS: usize = 25;
/// The most members of a call group that is called one after another.
pub const MOST_ORDERED_MEMBERS: usize = 5;
/// The most delegates.
pub const MOST_DELEGATES: usize = 25;
/// What a person may choose as the time after which a call is unanswered, in seconds.
pub const UNANSWERED_SECONDS: [u8; 8] = [5, 10, 15, 20, 30, 40, 50, 60];

/// What happens to the calls of a person.
#[derive(Clone, Debug, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
pub struct CallingSettings {
    /// Where calls go at once, or ring as well.
    pub forwarding: Option<Forwarding>,
    /// What happens when nobody answers; nothing when absent: it rings until the caller hangs up.
    pub unanswered: Option<Unanswered>,
    /// People who are called for this person.
    pub group: CallGroup,
    /// People who act for this person.
    pub delegates: Vec<Delegate>,
    /// What a caller hears while the person is in a call, where the policy leaves the choice.
    pub when_busy: WhenBusy,
    /// Which clients ring when the person is called without saying which: by number or by name.
    pub rings: RingingClients,
}

impl Default for CallingSettings {
    /// Whoever changed nothing has unanswered calls taken by voicemail after 20 seconds.
    fn default() -> Self {
        Self {
            forwarding: None,
            unanswered: Some(Unanswered { seconds: 20, target: ForwardTarget::Voicemail }),
            group: CallGroup::default(),
            delegates: Vec::new(),
            when_busy: WhenBusy::default(),
            rings: RingingClients::default(),
        }
    }
}

/// Where calls go before anybody has answered.
#[derive(Clone, Debug, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
pub enum Forwarding {
    /// There, and the person does not ring.
    Immediate(ForwardTarget),
    /// There as well; never to voicemail.
    Simultaneous(ForwardTarget),
}

/// What happens to a call that the person does not answer.
#[derive(Clone, Debug, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
pub struct Unanswered {
    /// How long it rings before: one of [`UNANSWERED_SECONDS`].
    pub seconds: u8,
    /// Where it goes then.
    pub target: ForwardTarget,
}

impl Unanswered {
    /// How long it rings before.
    pub const fn delay(&self) -> Duration {
        Duration::from_secs(self.seconds as u64)
    }
}

/// Somebody whom calls are sent on to.
#[derive(Clone, Debug, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
pub enum ForwardTarget {
    /// The person's voicemail.
    Voicemail,
    /// Another person.
    Person(ObjectId),
    /// A resource account.
    ResourceAccount(ObjectId),
    /// A number in the public network.
    Number(PhoneNumber),
    /// The delegates that may receive calls.
    Delegates,
    /// The call group.
    Group,
}

/// People who are called together, or one after another.
#[derive(Clone, Debug, Default, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
pub struct CallGroup {
    /// At most [`MOST_GROUP_MEMBERS`], in order at most [`MOST_ORDERED_MEMBERS`].
    pub members: Vec<ObjectId>,
    /// How they are called.
    pub order: GroupOrder,
}

/// How a call group is called.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
pub enum GroupOrder {
    /// All at the same time.
    #[default]
    Simultaneous,
    /// One after another.
    InOrder,
}

/// Somebody who acts for another.
#[derive(Clone, Copy, Debug, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
pub struct Delegate {
    /// Who.
    pub person: ObjectId,
    /// May make calls in the other's name.
    pub make_calls: bool,
    /// Rings when the other is called.
    pub receive_calls: bool,
    /// May change what happens to the other's calls.
    pub manage_settings: bool,
    /// May take calls that the other holds.
    pub pick_up_held_calls: bool,
    /// May join the other's calls.
    pub join_active_calls: bool,
}

/// What a caller meets while the person is in a call.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
pub enum WhenBusy {
    /// It rings.
    #[default]
    Ring,
    /// The busy signal.
    BusySignal,
    /// What happens to unanswered calls, at once.
    Unanswered,
}

/// Which clients of a person ring.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
pub enum RingingClients {
    /// Those of Teams.
    #[default]
    Teams,
    /// Those of the contact center.
    ContactCenter,
    /// All of them, at the same time.
    Both,
}

impl RingingClients {
    /// The personas whose clients ring. At least one.
    pub const fn personas(self) -> &'static [Persona] {
        match self {
            Self::Teams => &[Persona::Teams],
            Self::ContactCenter => &[Persona::ContactCenter],
            Self::Both => &[Persona::Teams, Persona::ContactCenter],
        }
    }
}
