//! The face of this edge.

use std::net::SocketAddr;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use call_engine::LegRequest;
use entropy::Entropy;
use identifier::{CallId, LegId};
use rsipstack::EndpointBuilder;
use rsipstack::dialog::dialog_layer::DialogLayer;
use rsipstack::sip::Method;
use rsipstack::transaction::endpoint::EndpointOption;
use rsipstack::transaction::{CallIdFormat, Endpoint};
use rsipstack::transport::channel::ChannelConnection;
use rsipstack::transport::udp::UdpConnection;
use rsipstack::transport::{SipConnection, TransportLayer};
use switchboard::LegPort;
use tenant::{NamedBy, SipTransport};
use tokio::net::UdpSocket;
use tokio::runtime::Handle;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;
use tracing::{info, warn};

use crate::config::{SipAddresses, SipConfig, StartError};
use crate::core::Core;
use crate::digest::Authenticator;
use crate::guard::{Gate, Overload, probe};
use crate::inspector::Inspector;
use crate::legs::{LegMessage, Legs};
use crate::listener::{GuardedSocket, Intake, Streams, bind};
use crate::names::Names;
use crate::neighbor::{BindingKeeper, Exchanges, MediaSockets};
use crate::presence::Presence;
use crate::registrar::{Bindings, Contact};
use crate::trunk::{TrunkHealth, TrunkState, Trunks};
use crate::uri::sip_addr;
use crate::{message, outbound, router, trunk};

/// More bindings than this are not read back after a restart.
const MAX_KEPT: usize = 100_000;
/// One to whoever calls, one to whoever is called.
const LEGS_PER_CALL: usize = 2;
const USER_AGENT: &str = "Ringdown";

/// All SIP of this process. Cheap to clone; lives until [`stop`](Self::stop).
#[derive(Clone)]
pub struct SipEdge {
    core: Arc<Core>,
}

/// What is kept of calls.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Remembered {
    /// Legs that have not ended.
    pub legs: usize,
    /// Dialogs of the SIP library.
    pub dialogs: usize,
    /// Its transactions.
    pub transactions: usize,
}

impl SipEdge {
    /// Binds what `config` names and takes calls from then on. To be called on a tokio runtime;
    /// a rustls crypto provider is installed if TLS is used.
    pub async fn start(
        config: SipConfig,
        exchanges: Arc<dyn Exchanges>,
        media: Arc<dyn MediaSockets>,
        keeper: Arc<dyn BindingKeeper>,
        mut entropy: Entropy,
    ) -> Result<Self, StartError> {
        let [first, second] = bind(&config).await?;
        let addresses = first.addresses();
        let presence = Presence::new(addresses, second.addresses(), &config.advertised);
        let (stop, tasks) = (CancellationToken::new(), TaskTracker::new());
        let limits = config.limits;
        let legs = Arc::new(Legs::new(limits.legs, LEGS_PER_CALL * limits.for_help));
        let inspector = Inspector::new(presence.clone(), Arc::clone(&legs)).among(Arc::clone(&exchanges));
        let known_dialogs = Arc::clone(&inspector.dialogs);
        let authenticator = Arc::new(Authenticator::new(&config.realm, config.digest, &mut entropy));
        let hairpin = format!("{:032x}{:032x}", entropy.next_u128(), entropy.next_u128());
        let gate = Arc::new(Gate::new(
            Arc::clone(&exchanges),
            Arc::clone(&authenticator),
            hairpin.clone(),
            config.strangers,
            limits,
            Arc::clone(&legs),
            Overload::new(limits.overload, exchanges.lateness(), Arc::clone(&media)),
        ));
        let intake = Intake::new();
        let looks = (inspector, intake.clone());
        let endpoint =
            build_endpoint(addresses, &presence, (first.udp, second.udp), &gate, looks, config.t1, &stop)
                .await;
        gate.stand_before(&endpoint.inner);
        let dialogs = Arc::new(DialogLayer::new(Arc::clone(&endpoint.inner)));
        // The inspector was made before the dialogs that it looks into; it is set only here.
        let _ = known_dialogs.set(Arc::downgrade(&dialogs));
        let streams = Streams::new(
            Arc::clone(&endpoint.inner),
            stop.clone(),
            Arc::clone(&gate),
            intake,
            limits,
            config.tls_client.clone(),
        );
        let incoming = endpoint.incoming_transactions();
        let incoming = incoming.expect("the requests of a new endpoint are not taken yet");
        let core = Arc::new(Core {
            addresses,
            presence,
            exchanges,
            media,
            keeper,
            dialogs,
            streams: streams.clone(),
            legs,
            bindings: Bindings::new(limits.bindings_per_phone),
            trunks: Trunks::default(),
            names: Names::new(Arc::clone(&config.resolver), config.names_fresh, config.allow_private.clone()),
            gate,
            authenticator,
            hairpin,
            entropy: Mutex::new(entropy),
            runtime: Handle::current(),
            tasks,
            leaving: CancellationToken::new(),
            stop,
            stopping: AtomicBool::new(false),
            config,
        });
        restore_bindings(&core).await?;

        tokio::spawn(async move { endpoint.serve().await });
        let (stopped, lateness) = (core.stop.clone(), core.exchanges.lateness());
        tokio::spawn(async move { stopped.run_until_cancelled(probe(lateness)).await });
        tokio::spawn(router::route(Arc::clone(&core), incoming));
        for listener in [first.tcp, second.tcp].into_iter().flatten() {
            streams.accept(listener, None);
        }
        if let Some(tls) = &core.config.tls {
            for listener in [first.tls, second.tls].into_iter().flatten() {
                streams.accept(listener, Some(Arc::clone(&tls.server)));
            }
        }
        trunk::register_all(&core);
        let pings =
            [(NamedBy::Operator, core.config.trunk_ping), (NamedBy::Customer, core.config.gateway_ping)];
        for (named_by, ping) in pings {
            if let Some(ping) = ping {
                tokio::spawn(trunk::watch(Arc::clone(&core), named_by, ping));
            }
        }
        Ok(Self { core })
    }

    /// Where this edge listens.
    pub fn addresses(&self) -> SipAddresses {
        self.core.addresses
    }

    /// Where it listens at addresses of the other family.
    pub fn second_addresses(&self) -> SipAddresses {
        self.core.presence.second()
    }

    /// Where a phone is registered now: each contact with the moment (microseconds since 1970) until
    /// which it is valid.
    pub fn contacts(&self, phone: &str) -> Vec<(String, i64)> {
        let directory = self.core.exchanges.directory();
        let Some(phone) = directory.phone(phone) else { return Vec::new() };
        let contacts = self.core.bindings.of(phone.user, self.core.exchanges.unix_us());
        contacts.into_iter().map(|contact| (contact.uri, contact.expires_us)).collect()
    }

    /// What is known of the trunks, in the order of the directory.
    pub fn trunks(&self) -> Vec<TrunkHealth> {
        let directory = self.core.exchanges.directory();
        directory.trunks().iter().map(|trunk| self.core.trunks.health(&trunk.name)).collect()
    }

    /// Another directory is in force: trunks that are new in it are registered with.
    pub fn directory_changed(&self) {
        trunk::register_all(&self.core);
    }

    /// How much is remembered: legs, their dialogs, and transactions, those included whose last message
    /// would be repeated (RFC 3261 §17).
    pub fn remembered(&self) -> Remembered {
        let Core { legs, dialogs, .. } = &*self.core;
        let transactions = dialogs.endpoint.get_stats();
        Remembered {
            legs: legs.all().len(),
            dialogs: dialogs.len(),
            transactions: transactions.running_transactions + transactions.finished_transactions,
        }
    }

    /// Tells the operator's statistics what is true now: contacts of phones, calls that wait for an answer.
    pub fn measure(&self) {
        let bound = self.core.bindings.count(self.core.exchanges.unix_us());
        self.core.gate.overload.look(self.core.exchanges.unix_us());
        meter::SIP_BINDINGS.set([], bound as f64);
        meter::SIP_HALF_OPEN.set([], self.core.gate.admission.waiting() as f64);
        for trunk in self.trunks() {
            let is_down = trunk.state == TrunkState::Down;
            meter::TRUNK_UP.set([trunk.name.as_str()], if is_down { 0.0 } else { 1.0 });
        }
    }

    /// Takes no new calls, hangs up all that there are, and returns when that is done
    /// or `patience` has passed.
    pub async fn stop(&self, patience: Duration) {
        self.core.stopping.store(true, Ordering::Relaxed);
        self.core.leaving.cancel();
        let legs = self.core.legs.all();
        info!(legs = legs.len(), "hanging up {} legs", legs.len());
        for leg in legs {
            self.core.legs.send(leg, LegMessage::Request(CallId::from_u128(0), LegRequest::Hangup));
        }
        self.core.tasks.close();
        if tokio::time::timeout(patience, self.core.tasks.wait()).await.is_err() {
            warn!("not every far end has taken leave in time");
        }
        self.core.stop.cancel();
    }
}

impl LegPort for SipEdge {
    fn request(&self, call: CallId, leg: LegId, request: LegRequest) {
        match request {
            LegRequest::Dial(dial) => outbound::begin(&self.core, call, leg, *dial),
            LegRequest::Tell(tell) => message::send(&self.core, *tell),
            request @ (LegRequest::Ring
            | LegRequest::Progress
            | LegRequest::Answer
            | LegRequest::Reject(_)
            | LegRequest::Hangup
            | LegRequest::TransferProgress(_)
            | LegRequest::Divert(_)
            | LegRequest::Refer(_)
            | LegRequest::Dismiss) => {
                self.core.legs.send(leg, LegMessage::Request(call, request));
            }
        }
    }
}

/// The library's endpoint: UDP through our socket, streams through [`Streams`].
async fn build_endpoint(
    addresses: SipAddresses,
    presence: &Presence,
    (first, second): (Option<UdpSocket>, Option<UdpSocket>),
    gate: &Arc<Gate>,
    (inspector, intake): (Inspector, Intake),
    t1: Duration,
    stop: &CancellationToken,
) -> Endpoint {
    let transports = TransportLayer::new(stop.clone());
    // What Via says to a peer of the other family, the inspector puts right.
    let advertised = |bound: SocketAddr| presence.outside(bound, bound.ip());
    if let (Some(socket), Some(bound)) = (first, addresses.udp) {
        let socket = Arc::new(GuardedSocket::new(socket, second, Arc::clone(gate)));
        let external = Some(advertised(bound));
        match UdpConnection::from_socket(socket, external, Some(stop.child_token())).await {
            Ok(connection) => transports.add_transport(connection.into()),
            Err(error) => warn!(%error, "cannot use the UDP socket: {error}"),
        }
    }
    let streams = [(SipTransport::Tcp, addresses.tcp), (SipTransport::Tls, addresses.tls)];
    for (transport, bound) in streams {
        let Some(bound) = bound else { continue };
        if let Some(name) = name_of_stream(transport, advertised(bound)).await {
            transports.add_transport(name);
        }
    }
    let option =
        EndpointOption { callid_format: CallIdFormat::Uuid, t1, t1x64: 64 * t1, ..EndpointOption::default() };
    EndpointBuilder::new()
        .with_user_agent(USER_AGENT)
        .with_transport_layer(transports)
        .with_cancel_token(stop.clone())
        .with_allows(vec![Method::Invite, Method::Ack, Method::Cancel, Method::Bye, Method::Options])
        .with_option(option)
        .with_inspector(Box::new(inspector))
        .with_transport_inspector(Box::new(intake))
        .build()
}

/// A transport that carries nothing: from it the library learns what to write into Via.
async fn name_of_stream(transport: SipTransport, address: SocketAddr) -> Option<SipConnection> {
    let (_, incoming) = tokio::sync::mpsc::unbounded_channel();
    let (outgoing, _) = tokio::sync::mpsc::unbounded_channel();
    let address = sip_addr(transport, address);
    let channel = ChannelConnection::create_connection(incoming, outgoing, address, None).await.ok()?;
    Some(SipConnection::Channel(channel))
}

async fn restore_bindings(core: &Core) -> Result<(), StartError> {
    let (directory, now_us) = (core.exchanges.directory(), core.exchanges.unix_us());
    for binding in core.keeper.load(now_us, MAX_KEPT).await? {
        let phone = directory.phone(&binding.address_of_record);
        if let (Some(phone), Some(contact)) = (phone, Contact::from_binding(&binding)) {
            core.gate.remember(contact.source.ip(), now_us);
            core.bindings.restore(phone.user, contact);
        }
    }
    Ok(())
}
