//! What all parts of this edge share.

use std::net::SocketAddr;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use call_engine::{EndCause, LegOutcome, LegReport};
use entropy::Entropy;
use identifier::LegId;
use rsipstack::dialog::dialog_layer::DialogLayer;
use rsipstack::sip::Uri;
use rsipstack::transport::SipConnection;
use tenant::SipTransport;
use tokio::runtime::Handle;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use crate::config::{SipAddresses, SipConfig};
use crate::dialog::Session;
use crate::digest::Authenticator;
use crate::guard::Admission;
use crate::legs::Legs;
use crate::listener::Streams;
use crate::neighbor::{BindingKeeper, Exchanges, MediaSockets};
use crate::registrar::Bindings;
use crate::trunk::Trunks;
use crate::uri::uri_at;

/// The parts of a running edge.
pub(crate) struct Core {
    pub config: SipConfig,
    pub addresses: SipAddresses,
    pub exchanges: Arc<dyn Exchanges>,
    pub media: Arc<dyn MediaSockets>,
    pub keeper: Arc<dyn BindingKeeper>,
    pub dialogs: Arc<DialogLayer>,
    pub streams: Streams,
    pub legs: Legs,
    pub bindings: Bindings,
    pub trunks: Trunks,
    pub admission: Arc<Admission>,
    pub authenticator: Authenticator,
    /// Proves to this process that a call is its own.
    pub hairpin: String,
    pub entropy: Mutex<Entropy>,
    pub runtime: Handle,
    /// Legs, and the goodbyes of those that ended; waited for when the edge stops.
    pub tasks: TaskTracker,
    /// We are about to stop: what was promised to others is taken back.
    pub leaving: CancellationToken,
    pub stop: CancellationToken,
    pub stopping: AtomicBool,
}

impl Core {
    /// Tells the exchange what was seen on a leg.
    pub fn report(&self, leg: LegId, report: LegReport) {
        self.exchanges.report_leg(leg, report);
    }

    /// Whether no new calls are taken.
    pub fn is_stopping(&self) -> bool {
        self.stopping.load(Ordering::Relaxed)
    }

    /// Runs `work` on the runtime of this edge, from whatever thread.
    pub fn spawn(&self, work: impl Future<Output = ()> + Send + 'static) {
        self.tasks.spawn_on(work, &self.runtime);
    }

    /// Runs `work` on the runtime of this edge; when the edge stops, nobody waits for it.
    pub fn spawn_aside(&self, work: impl Future<Output = ()> + Send + 'static) {
        self.runtime.spawn(work);
    }

    /// Where far ends reach us over this transport, as Contact and From name it.
    pub fn own_address(&self, transport: SipTransport) -> SocketAddr {
        let wanted = match transport {
            SipTransport::Udp => self.addresses.udp,
            SipTransport::Tcp => self.addresses.tcp,
            SipTransport::Tls => self.addresses.tls,
        };
        let any = wanted.or(self.addresses.udp).or(self.addresses.tcp).or(self.addresses.tls);
        let bound = any.expect("an edge has at least one transport");
        match self.config.advertised {
            Some(advertised) => SocketAddr::new(advertised, bound.port()),
            None => SipConnection::resolve_bind_address(bound),
        }
    }

    /// Our Contact over this transport.
    pub fn contact(&self, transport: SipTransport) -> Uri {
        uri_at(None, transport, self.own_address(transport).into())
    }

    /// The descriptions of a leg whose media listens at `local`.
    pub fn session(&self, leg: LegId, local: SocketAddr) -> Session {
        let number = self.entropy.lock().unwrap_or_else(PoisonError::into_inner).next_u64() >> 2;
        Session::new(Arc::clone(&self.media), leg, local, number)
    }
}

/// Ends a leg exactly once, whatever becomes of the task that holds it.
pub(crate) struct LegEnd {
    core: Arc<Core>,
    leg: LegId,
    /// How it ended; a task that dies without saying so leaves this.
    pub outcome: LegOutcome,
}

impl LegEnd {
    pub fn new(core: Arc<Core>, leg: LegId) -> Self {
        Self { core, leg, outcome: LegOutcome::local(EndCause::Unreachable) }
    }
}

impl Drop for LegEnd {
    fn drop(&mut self) {
        self.core.media.close(self.leg);
        self.core.legs.remove(self.leg);
        self.core.report(self.leg, LegReport::Ended(self.outcome.clone()));
    }
}
