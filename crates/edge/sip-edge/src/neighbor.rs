//! What this edge needs of those beside it.

use std::net::IpAddr;
use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use call_engine::{Invitation, LegReport};
use identifier::{CallId, LegId, PhoneNumber, TenantId, TrunkName};
use media_edge::{LocalMedia, MediaEdge, Negotiated, OpenError, RtpCodec};
use store::{Binding, Store};
use switchboard::{Board, Lateness};
use tenant::Directory;

/// The exchanges, where calls live.
pub trait Exchanges: Send + Sync {
    /// The directory snapshot in force.
    fn directory(&self) -> Arc<Directory>;
    /// A new id for an inbound leg.
    fn new_leg(&self) -> LegId;
    /// The number that help calls back when a trunk dials this, and whose it is.
    fn called_back(&self, _trunk: &TrunkName, _dialled: &str) -> Option<(TenantId, PhoneNumber)> {
        None
    }
    /// A call arrives. `false`: no room.
    fn invite(&self, leg: LegId, invitation: Invitation) -> bool;
    /// Something was seen on a leg.
    fn report_leg(&self, leg: LegId, report: LegReport);
    /// A gateway was silent for so long that it shall be tried last, or speaks again.
    fn set_gateway(&self, _trunk: &TrunkName, _is_demoted: bool) {}
    /// How long what waits longest for an exchange has waited.
    fn lag(&self) -> Duration;
    /// How late work is wherever it waits.
    fn lateness(&self) -> Arc<Lateness>;
    /// Microseconds since 1970-01-01T00:00:00Z.
    fn unix_us(&self) -> i64;
}

impl Exchanges for Board {
    fn directory(&self) -> Arc<Directory> {
        Board::directory(self)
    }

    fn new_leg(&self) -> LegId {
        Board::new_leg(self)
    }

    fn called_back(&self, trunk: &TrunkName, dialled: &str) -> Option<(TenantId, PhoneNumber)> {
        Board::called_back(self, trunk, dialled)
    }

    fn invite(&self, leg: LegId, invitation: Invitation) -> bool {
        Board::invite(self, leg, invitation)
    }

    fn report_leg(&self, leg: LegId, report: LegReport) {
        Board::report_leg(self, leg, report);
    }

    fn set_gateway(&self, trunk: &TrunkName, is_demoted: bool) {
        Board::set_gateway(self, trunk, is_demoted);
    }

    fn lag(&self) -> Duration {
        Board::lag(self)
    }

    fn lateness(&self) -> Arc<Lateness> {
        Board::lateness(self)
    }

    fn unix_us(&self) -> i64 {
        self.now().unix_us()
    }
}

/// The sockets that media of legs flows through.
pub trait MediaSockets: Send + Sync {
    /// Binds a socket for a leg, of the family of `peer` if there is one; opening again gives the same
    /// socket.
    fn open(&self, call: CallId, leg: LegId, peer: IpAddr) -> Result<LocalMedia, OpenError>;
    /// The codecs that a leg shall offer or answer with now, the preferred one first.
    fn codecs(&self, _leg: LegId) -> Vec<RtpCodec> {
        RtpCodec::ALL.to_vec()
    }
    /// Media flows as agreed from now on.
    fn connect(&self, leg: LegId, negotiated: Negotiated);
    /// The leg is over.
    fn close(&self, leg: LegId);
    /// How late the steps of media are now.
    fn lateness(&self) -> Duration {
        Duration::ZERO
    }
}

impl MediaSockets for MediaEdge {
    fn open(&self, call: CallId, leg: LegId, peer: IpAddr) -> Result<LocalMedia, OpenError> {
        self.open_toward(call, leg, peer)
    }

    fn codecs(&self, leg: LegId) -> Vec<RtpCodec> {
        MediaEdge::codecs(self, leg)
    }

    fn connect(&self, leg: LegId, negotiated: Negotiated) {
        MediaEdge::connect(self, leg, negotiated);
    }

    fn close(&self, leg: LegId) {
        MediaEdge::close(self, leg);
    }

    fn lateness(&self) -> Duration {
        MediaEdge::lateness(self)
    }
}

/// Why bindings could not be kept or read.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("keep the bindings of phones: {0}")]
pub struct KeeperError(pub String);

/// Remembers where phones are, so that they stay reachable after a restart.
#[async_trait]
pub trait BindingKeeper: Send + Sync {
    /// The bindings that are valid at `now_us`, at most `limit`.
    async fn load(&self, now_us: i64, limit: usize) -> Result<Vec<Binding>, KeeperError>;
    /// Adds or refreshes a binding.
    async fn keep(&self, binding: Binding) -> Result<(), KeeperError>;
    /// Removes a binding.
    async fn forget(&self, address_of_record: &str, contact: &str) -> Result<(), KeeperError>;
}

#[async_trait]
impl BindingKeeper for Store {
    async fn load(&self, now_us: i64, limit: usize) -> Result<Vec<Binding>, KeeperError> {
        self.bindings(now_us, limit).await.map_err(|error| KeeperError(error.to_string()))
    }

    async fn keep(&self, binding: Binding) -> Result<(), KeeperError> {
        self.put_binding(binding).await.map_err(|error| KeeperError(error.to_string()))
    }

    async fn forget(&self, address_of_record: &str, contact: &str) -> Result<(), KeeperError> {
        self.remove_binding(address_of_record, contact).await.map_err(|error| KeeperError(error.to_string()))
    }
}

/// Keeps nothing: phones have to register again after a restart.
#[derive(Clone, Copy, Debug, Default)]
pub struct ForgetfulKeeper;

#[async_trait]
impl BindingKeeper for ForgetfulKeeper {
    async fn load(&self, _now_us: i64, _limit: usize) -> Result<Vec<Binding>, KeeperError> {
        Ok(Vec::new())
    }

    async fn keep(&self, _binding: Binding) -> Result<(), KeeperError> {
        Ok(())
    }

    async fn forget(&self, _address_of_record: &str, _contact: &str) -> Result<(), KeeperError> {
        Ok(())
    }
}
