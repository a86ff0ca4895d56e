//! What all parts of this edge share.

use std::net::{IpAddr, SocketAddr};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use call_engine::{EndCause, LegOutcome, LegReport, Origin};
use entropy::Entropy;
use identifier::LegId;
use rsipstack::dialog::dialog_layer::DialogLayer;
use rsipstack::sip::{Domain, Host, Uri};
use tenant::{MediaEncryption, SipTransport, Trunk};
use tokio::runtime::Handle;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use crate::cause::metered;
use crate::config::{SipAddresses, SipConfig};
use crate::dialog::Session;
use crate::digest::Authenticator;
use crate::guard::{Gate, Owner};
use crate::legs::{LegMessages, Legs};
use crate::listener::Streams;
use crate::names::Names;
use crate::neighbor::{BindingKeeper, Exchanges, MediaSockets};
use crate::presence::Presence;
use crate::registrar::Bindings;
use crate::trunk::Trunks;
use crate::uri::uri_at;

/// The parts of a running edge.
pub(crate) struct Core {
    pub config: SipConfig,
    pub addresses: SipAddresses,
    pub presence: Presence,
    pub exchanges: Arc<dyn Exchanges>,
    pub media: Arc<dyn MediaSockets>,
    pub keeper: Arc<dyn BindingKeeper>,
    pub dialogs: Arc<DialogLayer>,
    pub streams: Streams,
    pub legs: Arc<Legs>,
    pub bindings: Bindings,
    pub trunks: Trunks,
    pub names: Names,
    pub gate: Arc<Gate>,
    pub authenticator: Arc<Authenticator>,
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
        if report == LegReport::Answered {
            self.legs.count_answer(leg);
        }
        self.exchanges.report_leg(leg, report);
    }

    /// Makes room for a leg; `None` when there is none.
    pub fn add_leg(&self, leg: LegId, owner: Owner) -> Option<LegMessages> {
        let most = match &owner {
            Owner::Trunk(name) | Owner::CallBack { trunk: name, .. } => {
                self.exchanges.directory().trunk(name).and_then(|trunk| trunk.limits.calls)
            }
            Owner::Source(_) | Owner::Help | Owner::Platform => None,
        };
        self.legs.add(leg, owner, most)
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

    /// Where `peer` reaches us over this transport, as Contact and From name it.
    pub fn own_address(&self, transport: SipTransport, peer: IpAddr) -> SocketAddr {
        self.presence.address(transport, peer)
    }

    /// Our Contact for `peer` over this transport.
    pub fn contact(&self, transport: SipTransport, peer: IpAddr) -> Uri {
        uri_at(None, transport, self.own_address(transport, peer).into())
    }

    /// Our Contact for a trunk at `peer`: by the name that it knows us by, if there is one.
    pub fn contact_for(&self, trunk: &Trunk, peer: IpAddr) -> Uri {
        let mut contact = self.contact(trunk.transport, peer);
        if let Some(own_name) = &trunk.pairing.own_name {
            contact.host_with_port.host = Host::Domain(Domain::from(&**own_name));
        }
        contact
    }

    /// The trunk that somebody calls through.
    pub fn trunk_of(&self, origin: &Origin) -> Option<Trunk> {
        match origin {
            Origin::Trunk(name) => self.exchanges.directory().trunk(name).cloned(),
            Origin::Phone(_) | Origin::Platform | Origin::Stranger => None,
        }
    }

    /// Whether the sound of a call from there is encrypted.
    pub fn media_encryption(&self, origin: &Origin, transport: SipTransport) -> MediaEncryption {
        let directory = self.exchanges.directory();
        let trunk = match origin {
            Origin::Trunk(name) => directory.trunk(name),
            _ => None,
        };
        let usual = MediaEncryption::usual(transport);
        trunk.map_or(usual, |trunk| trunk.media_encryption(transport))
    }

    /// A Call-ID that nobody else has (RFC 3261 §8.1.1.4), and that says nothing of us.
    pub fn new_call_id(&self) -> String {
        format!("{:032x}", self.entropy.lock().unwrap_or_else(PoisonError::into_inner).next_u128())
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
    pub fn new(core: Arc<Core>, leg: LegId, direction: &'static str) -> Self {
        core.legs.count_as(leg, direction);
        Self { core, leg, outcome: LegOutcome::local(EndCause::Unreachable) }
    }
}

impl Drop for LegEnd {
    fn drop(&mut self) {
        self.core.legs.count_end(self.leg, metered(self.outcome.cause));
        self.core.media.close(self.leg);
        self.core.legs.remove(self.leg);
        self.core.report(self.leg, LegReport::Ended(self.outcome.clone()));
    }
}
