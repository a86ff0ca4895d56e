//! What an edge can tell the engine about a leg, and what the engine can ask of it.
//!
//! None of it is a SIP message: a browser's leg is spoken of in the same words.

use std::net::IpAddr;
use std::sync::Arc;
use std::time::Duration;

use borsh::{BorshDeserialize, BorshSerialize};
use identifier::{CommunicationIdentifier, LegId, ObjectId, PhoneNumber, TrunkName, UserId};
use media_plan::Tone;
use redact::Pii;

use crate::attachment::Word;
use crate::diversion::Diversion;
use crate::outcome::EndCause;

/// A call that arrives: the leg exists and waits for Ring, Answer or Reject.
#[derive(Clone, Debug, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
pub struct Invitation {
    /// Who vouches for the caller.
    pub origin: Origin,
    /// The caller as far as `origin` may claim it: a trunk's P-Asserted-Identity or From,
    /// a phone's own identity whatever its From says.
    pub from: CommunicationIdentifier,
    /// The identity that a phone wants to call under (RFC 3325 `P-Preferred-Identity`): an address without its
    /// scheme, a number, or a raw id; at most 320 bytes. Absent where it names none, or itself.
    pub preferred: Option<Pii<Arc<str>>>,
    /// Where the caller's client is.
    pub client: Client,
    /// The caller's display name.
    pub display_name: Option<Pii<Arc<str>>>,
    /// What was dialled: the user part of the Request-URI, unescaped, at most 128 bytes.
    pub dialled: Pii<Arc<str>>,
    /// Headers for the application.
    pub headers: CustomHeaders,
    /// For whom it was meant before, the earliest first; at most [`MOST_DIVERSIONS`](crate::MOST_DIVERSIONS).
    pub diversions: Vec<Diversion>,
    /// RFC 3891: the leg of this platform whose place the new one takes.
    pub replaces: Option<LegId>,
}

/// Where the client of a caller is, as far as that is known of a phone that has authenticated.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
pub struct Client {
    /// Its address in its own network, as it says itself.
    pub address: Option<IpAddr>,
    /// The address from which its requests come.
    pub seen_from: Option<IpAddr>,
    /// The access point that it says it is at: `aa-bb-cc-dd-ee-ff`.
    pub access_point: Option<Word>,
    /// The switch that it says it is at, by its chassis.
    pub chassis: Option<Word>,
    /// The port of that switch.
    pub port: Option<Word>,
}

/// Who vouches for a caller.
#[derive(Clone, Debug, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
pub enum Origin {
    /// A phone that has authenticated as this user.
    Phone(UserId),
    /// A trunk, recognized by its address.
    Trunk(TrunkName),
    /// This platform itself: a call to one of its own numbers came back in.
    Platform,
    /// Nobody.
    Stranger,
}

/// What a callee is told besides who calls (contract: Call Automation §6.2, §18).
#[derive(Clone, Debug, Default, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
pub struct CustomHeaders {
    /// The value of `User-to-User` (RFC 7433), verbatim.
    pub user_to_user: Option<Arc<str>>,
    /// `X-` headers, at most five, names as written.
    pub custom: Vec<(Arc<str>, Arc<str>)>,
    /// Headers for users and applications of the platform; the public network never sees them.
    pub voip: Vec<(Arc<str>, Arc<str>)>,
}

/// What an edge saw on one leg. A leg that has ended reports nothing more.
#[derive(Clone, Debug, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
pub enum LegReport {
    /// Outbound: the far end alerts its user.
    Ringing,
    /// Outbound: the far end sends sound before it answers.
    EarlyMedia,
    /// Outbound: answered and media negotiated. Inbound: our answer was acknowledged.
    Answered,
    /// The far end put us on hold.
    Held,
    /// The far end took us off hold.
    Resumed,
    /// A key, told in signaling (SIP INFO) rather than in media.
    Tone(Tone),
    /// The far end asks us to bring it to somebody else (SIP REFER).
    TransferRequested {
        /// The user part of the target.
        target: Pii<Arc<str>>,
        /// Attended: the leg of this platform that shall be joined instead of dialling.
        replaces: Option<LegId>,
    },
    /// Outbound: the phone says that its user is to be called elsewhere (SIP 3xx). It waits for
    /// [`LegRequest::Divert`] or `Hangup`.
    Moved {
        /// The user part of the target.
        target: Pii<Arc<str>>,
    },
    /// What came of a [`LegRequest::Refer`] to this leg.
    Referred(ReferOutcome),
    /// The leg is over, however it came to that.
    Ended(LegOutcome),
}

/// How a leg ended.
#[derive(Clone, Debug, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
pub struct LegOutcome {
    /// The reason in the engine's words.
    pub cause: EndCause,
    /// The SIP status that said so, when one did.
    pub sip: Option<SipStatus>,
    /// The Q.850 cause of the Reason header, when there was one (RFC 3326).
    pub q850: Option<u8>,
}

/// A SIP final status.
#[derive(Clone, Debug, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
pub struct SipStatus {
    /// 300 to 699.
    pub code: u16,
    /// The reason phrase.
    pub phrase: Arc<str>,
}

/// What the engine asks an edge to do with one leg.
#[derive(Clone, Debug, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
pub enum LegRequest {
    /// Outbound: call somebody. The edge makes the leg under the given id.
    Dial(Box<Dial>),
    /// Inbound: tell the caller that somebody is being alerted (180).
    Ring,
    /// Inbound: let the caller hear what comes before the answer (183 with our description), as
    /// far as their offer allows.
    Progress,
    /// Inbound: accept.
    Answer,
    /// Inbound, not yet answered: refuse.
    Reject(RejectReason),
    /// End the leg whatever its state: CANCEL, BYE, or a final status. `Ended` follows.
    Hangup,
    /// Answers a `TransferRequested` of this leg.
    TransferProgress(TransferProgress),
    /// Answers a `Moved` of this leg: it calls there, and is the same leg as before.
    Divert(Box<Divert>),
    /// Connected: the far end shall call somebody by itself (SIP REFER); `Referred` follows.
    Refer(Box<Refer>),
    /// Connected: end the leg. `Ended` follows when the far end has confirmed it; with
    /// [`EndCause::Unreachable`] when it never does.
    Dismiss,
    /// Somebody else's phones are told something in words that is about this leg (SIP MESSAGE); nothing follows.
    Tell(Box<Tell>),
}

/// Words for the phones of somebody.
#[derive(Clone, Debug, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
pub struct Tell {
    /// Whose phones.
    pub user: UserId,
    /// What they read: at most some 1,000 characters.
    pub text: Pii<Arc<str>>,
}

/// Whom to call, and what they shall see.
#[derive(Clone, Debug, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
pub struct Dial {
    /// Where the call goes.
    pub destination: Destination,
    /// Who is calling.
    pub caller: Caller,
    /// Headers for the callee.
    pub headers: CustomHeaders,
    /// For whom the call was meant before, the earliest first; at most
    /// [`MOST_DIVERSIONS`](crate::MOST_DIVERSIONS).
    pub diversions: Vec<Diversion>,
    /// Given up with [`EndCause::NoAnswer`] after this time.
    #[borsh(serialize_with = "clock::span::write", deserialize_with = "clock::span::read")]
    pub ring_for: Duration,
}

/// Where a leg calls instead.
#[derive(Clone, Debug, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
pub struct Divert {
    /// Decided by the dial plan, in the name of the phone that moved.
    pub destination: Destination,
    /// Joins those of the leg's `Dial`.
    pub diversion: Diversion,
}

/// Whom the far end shall call.
#[derive(Clone, Debug, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
pub struct Refer {
    /// The number.
    pub number: PhoneNumber,
    /// In whose name (RFC 3892).
    pub referred_by: Option<PhoneNumber>,
    /// Headers for the callee.
    pub headers: CustomHeaders,
}

/// What came of a request that the far end call somebody by itself.
#[derive(Clone, Debug, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
pub enum ReferOutcome {
    /// It does not do such things; the call is as it was.
    Refused,
    /// Whom it called has answered.
    Succeeded,
    /// Whom it called has not answered; the call is as it was.
    Failed(LegOutcome),
}

/// The identity that a callee sees.
#[derive(Clone, Debug, Default, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
pub struct Caller {
    /// The number; anonymous when absent.
    pub number: Option<PhoneNumber>,
    /// The display name.
    pub display_name: Option<Pii<Arc<str>>>,
}

/// Where an outbound leg goes.
#[derive(Clone, Debug, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
pub enum Destination {
    /// All registered phones of a user, first answer wins.
    Phone(UserId),
    /// The public network.
    Trunk {
        /// Through this trunk.
        trunk: TrunkName,
        /// To this number.
        number: PhoneNumber,
    },
    /// The public network, through the first of these that can take it.
    Gateways(Vec<Hop>),
    /// Those who help.
    Emergency {
        /// Through the first of these that can take it.
        hops: Vec<Hop>,
        /// The number as it is dialled there, such as `112`.
        number: Box<str>,
        /// The place that help has to come to, of the tenant's.
        location: Option<ObjectId>,
    },
    /// A number of this platform: out of one call and into another.
    Platform(PhoneNumber),
}

/// One of several ways to the public network.
#[derive(Clone, Debug, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
pub struct Hop {
    /// The session border controller.
    pub trunk: TrunkName,
    /// The called number as it wants it, which need not be one in E.164.
    pub called: Box<str>,
    /// The calling number as it wants it; as the caller has it when absent. It says nothing of a caller who is
    /// anonymous.
    pub calling: Option<Box<str>>,
}

impl Hop {
    /// A way on which the caller's number stays as it is.
    pub fn new(trunk: TrunkName, called: impl Into<Box<str>>) -> Self {
        Self { trunk, called: called.into(), calling: None }
    }
}

/// Why an inbound call is refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
pub enum RejectReason {
    /// No reason given (ACS `none`): SIP 603.
    Declined,
    /// SIP 486.
    Busy,
    /// Not allowed: SIP 403.
    Forbidden,
    /// The number leads nowhere: SIP 404.
    NotFound,
    /// Nobody answered in time: SIP 480.
    NoAnswer,
    /// The platform cannot take the call now: SIP 503 with Retry-After.
    Overloaded,
    /// It was sent on so often that it goes round in a circle: SIP 482.
    Looping,
    /// The caller may not call under the identity that it asked for: SIP 403 with a reason.
    Identity(IdentityRefusal),
}

/// Why nobody calls under an identity that they asked for (contract: Teams Phone §8.5, §8.6).
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error, BorshSerialize, BorshDeserialize)]
pub enum IdentityRefusal {
    /// It is a phone number, or nobody; ACS answers 422.
    #[error("Invalid CommunicationUser identifier: name a resource account of the company")]
    Invalid,
    /// Only the desk of a contact center calls on behalf of an account.
    #[error("only a client of a contact center calls on behalf of a resource account")]
    NotAgent,
    /// The caller has no licence, or is not enabled for calls by phone.
    #[error(
        "UserLicenseNotPresentForbidden: the caller is not licensed or enabled for Teams and Teams Phone"
    )]
    NotLicensed,
    /// The owner of the communication resource has not let the caller use it.
    #[error("the communication resource of the account has not consented to this user and client")]
    NoConsent,
    /// What was dialled is no phone number.
    #[error("only phone numbers are called on behalf of a resource account")]
    NotANumber,
}

/// How a requested transfer goes on (RFC 3515 §2.4.5).
#[derive(Clone, Debug, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
pub enum TransferProgress {
    /// The target is being called.
    Trying,
    /// The target answered; the transferor is no longer needed.
    Succeeded,
    /// The target did not answer, or may not be called.
    Failed(EndCause),
}
