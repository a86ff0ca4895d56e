//! A trunk: a carrier or SBC connection, and the numbers sent there.

use std::net::IpAddr;

use identifier::{TenantId, TrunkName};
use redact::Secret;

/// A carrier or session border controller known by address.
#[derive(Clone, Debug, PartialEq, Eq)]
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
}

/// What a trunk knows us by.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TrunkAccount {
    /// The user name, in digest authentication and in what is registered.
    pub username: Box<str>,
    /// The password of digest authentication.
    pub password: Secret<Box<str>>,
    /// Whether the trunk wants to be told where we are (RFC 3261 §10).
    pub registers: bool,
}

/// How SIP travels (RFC 3261 §18).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
#[allow(missing_docs)]
pub enum SipTransport {
    Udp,
    Tcp,
    Tls,
}
