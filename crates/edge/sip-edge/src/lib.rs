//! Signaling with phones and trunks: everything that is SIP, and nothing that is a rule of calls.
//!
//! Calls enter as an [`Invitation`](call_engine::Invitation), what is seen on their legs as a
//! [`LegReport`](call_engine::LegReport); what the exchanges ask of legs arrives through
//! [`LegPort`](switchboard::LegPort). The chosen SIP library's types stay in this crate.
//!
//! From the face down to what it stands on:

mod edge;

mod config;
mod neighbor;
mod overload_limits;

mod core;
mod router;

mod inbound;
mod outbound;

mod dialog;

mod trunk;

mod identity;
mod registrar;

mod legs;
mod names;
mod preferred;
mod presence;

mod access_network;
mod cause;
mod challenge;
mod digest;
mod headers;
mod history;
mod uri;

mod inspector;

mod listener;
mod location;
mod message;

mod guard;

#[doc(hidden)]
pub mod fuzzing;

pub use config::{
    ClientCertificates, DigestOffer, SessionTimers, SipAddresses, SipConfig, SipLimits, StartError,
    TlsListen, TlsListenError, read_pair,
};
pub use edge::{Remembered, SipEdge};
pub use names::{Resolver, SystemResolver};
pub use neighbor::{BindingKeeper, Exchanges, ForgetfulKeeper, KeeperError, MediaSockets};
pub use overload_limits::OverloadLimits;
pub use trunk::{Registration, TrunkHealth, TrunkPing, TrunkState};
