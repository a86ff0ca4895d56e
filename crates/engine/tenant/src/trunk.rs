//! A trunk: a carrier or SBC connection, and the numbers sent there.

use std::net::IpAddr;

use borsh::{BorshDeserialize, BorshSerialize};
use identifier::{TenantId, TrunkName};
use redact::Secret;

use crate::pairing::Pairing;

/// A carrier or session border controller known by address.
#[derive(Clone, Debug, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
pub struct Trunk {
    /// The operator's name for it.
    pub name: TrunkName,
    /// The owner; calls that arrive on it may reach numbers of this tenant.
    pub tenant: TenantId,
    /// Where outbound calls are sent: a host name or address.
    pub host: Box<str>,
    /// 0 means the transport's default port.
    pub port: u16,
    /// How they are sent.
    pub transport: SipTransport,
    /// Calls from these addresses belong to the trunk.
    pub sources: Vec<IpAddr>,
    /// Numbers with one of these prefixes (`+1`, `+49`, or `+` for all) leave through it; the longest prefix wins.
    pub prefixes: Vec<Box<str>>,
    /// Who we are there, when it does not know us by our address.
    pub account: Option<TrunkAccount>,
    /// The name in its TLS certificate (RFC 5922). A trunk that has one is known by it, and by no address.
    pub certificate: Option<Box<str>>,
    /// Whether calls for help leave through it before all others.
    pub emergency: bool,
    /// What is taken from it and sent to it.
    pub limits: TrunkLimits,
    /// How it wants to be spoken to.
    pub dialect: TrunkDialect,
    /// How it and this platform find and recognize one another. Decisions do not depend on it, and it is not
    /// written down with them.
    #[borsh(skip)]
    pub pairing: Pairing,
}

/// What trunks do differently.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
pub struct TrunkDialect {
    /// How it learns for whom a call was meant that is sent on.
    pub diversion: DiversionHeader,
    /// Who connects a caller of this trunk with somebody else behind it.
    pub transfer: TransferMethod,
    /// Whether sound is encrypted; by its transport when absent.
    pub media_encryption: Option<MediaEncryption>,
    /// Whether it is told where somebody is who calls for help (RFC 6442).
    pub takes_location: bool,
}

impl Trunk {
    /// Whether the sound of a call is encrypted that is signaled over `transport`. Without TLS there are no
    /// keys: where sound must be encrypted then, no call is possible.
    pub fn media_encryption(&self, transport: SipTransport) -> MediaEncryption {
        match self.dialect.media_encryption {
            Some(wanted @ (MediaEncryption::Required | MediaEncryption::None)) => wanted,
            Some(MediaEncryption::Preferred) | None => MediaEncryption::usual(transport),
        }
    }
}

/// Whether sound is encrypted (SRTP).
#[derive(Clone, Copy, Debug, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
pub enum MediaEncryption {
    /// It is, or there is no call.
    Required,
    /// Where the far end can.
    Preferred,
    /// It is not.
    None,
}

impl MediaEncryption {
    /// What holds where nothing else is said: keys travel in signaling, so that has to be encrypted
    /// (RFC 4568 §9.1).
    pub const fn usual(transport: SipTransport) -> Self {
        match transport {
            SipTransport::Udp | SipTransport::Tcp => Self::None,
            SipTransport::Tls => Self::Preferred,
        }
    }
}

/// The header that tells for whom a call was meant before.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
pub enum DiversionHeader {
    /// `History-Info` (RFC 7044).
    #[default]
    HistoryInfo,
    /// `Diversion` (RFC 5806).
    Diversion,
    /// None: it is not told.
    None,
}

/// How a transfer to somebody behind the same trunk is done.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
pub enum TransferMethod {
    /// We call the target, and stay between the two.
    #[default]
    Bridge,
    /// The trunk is asked to (SIP REFER), and the call leaves the platform. Where it refuses, we do it.
    Refer,
}

/// How much a trunk may bring and take; calls for help are not counted.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
pub struct TrunkLimits {
    /// Calls at the same time, in both directions together; no limit of its own when absent.
    pub calls: Option<u32>,
    /// New calls from it in a second; no limit of its own when absent.
    pub calls_per_second: Option<u32>,
}

/// What a trunk knows us by.
#[derive(Clone, Debug, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
pub struct TrunkAccount {
    /// The user name, in digest authentication and in what is registered.
    pub username: Box<str>,
    /// The password of digest authentication.
    #[borsh(skip)]
    pub password: Secret<Box<str>>,
    /// Whether the trunk wants to be told where we are (RFC 3261 §10).
    pub registers: bool,
}

/// How SIP travels (RFC 3261 §18).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, BorshSerialize, BorshDeserialize)]
#[allow(missing_docs)]
pub enum SipTransport {
    Udp,
    Tcp,
    Tls,
}
