//! What is served on the HTTP listeners.

use std::num::NonZeroU32;
use std::sync::{Arc, Mutex};

use access::{AdminToken, ContextKey, SignatureRules};
use acs_edge::{AcsEdge, PublicKeys, ResourceEdge, TrunkState};
use admin_edge::{
    AdminState, MetricsPage, PhoneContacts, Readiness, Reload, ServerFacts, Traces, TrunkStatuses,
};
use axum::Router;
use entropy::Entropy;
use event_edge::Events;
use graph_edge::Graph;
use http_kit::{Gatekeeper, Listener, Repeatability};
use journal::Journal;
use media_plan::PlaySource;
use meter::Exposition;
use provisioning::Provisioning;
use recording_edge::Recordings;
use store::{Commit, Store};
use switchboard::Board;
use tokio::task::JoinSet;
use tokio_util::sync::CancellationToken;

use crate::ready::Ready;
use crate::serve::doors::Doors;
use crate::serve::holdings::Stock;
use crate::serve::platform::{clock_of, directory_of};
use crate::serve::recordings;

/// What the surfaces are made of.
pub struct Surfaces {
    pub board: Board,
    pub events: Events,
    pub recordings: Recordings,
    pub graph: Graph,
    pub journal: Option<Journal>,
    pub store: Store,
    pub contexts: Arc<ContextKey>,
    pub admin_token: Arc<AdminToken>,
    pub issuer: String,
    pub ready: Ready,
    pub contacts: PhoneContacts,
    pub trunks: TrunkStatuses,
    pub exposition: Exposition,
    pub metrics_token: Arc<AdminToken>,
    /// Tells the statistics what is not counted as it happens.
    pub measure: Arc<dyn Fn() + Send + Sync>,
    pub requests_per_second: Option<NonZeroU32>,
    /// What everybody hears before they are recorded.
    pub recording_announcement: Option<PlaySource>,
    pub reload: Reload,
    /// Keeps what resources hold, and lets calls see it.
    pub commit: Commit,
    /// Changes tenants' telephone systems.
    pub provisioning: Provisioning,
    /// What they may purchase.
    pub stock: Stock,
    pub entropy: Entropy,
}

impl Surfaces {
    /// Serves on all doors until `stop`.
    pub fn serve(mut self, doors: Doors, stop: &CancellationToken) -> JoinSet<()> {
        let readiness = self.readiness();
        let api =
            self.api().merge(self.downloads()).merge(admin_edge::validation_router(self.events.clone()));
        let api = api.merge(self.holdings());
        let api = api.merge(self.graph.router());
        // Whoever balances load asks where the load goes; strangers ask there too.
        let api = api.merge(admin_edge::health_router(readiness.clone(), false));
        let api = api.fallback(http_kit::not_found);
        let metrics = MetricsPage {
            exposition: self.exposition.clone(),
            events: self.events.clone(),
            store: self.store.clone(),
            readiness: readiness.clone(),
            measure: Arc::clone(&self.measure),
        };
        let admin = admin_edge::router(self.admin(readiness, metrics.clone()));
        let mut listeners = JoinSet::new();
        let mut serve = |listener: Listener, router: Router| {
            let stop = stop.clone();
            listeners.spawn(async move { listener.serve(router, stop.cancelled_owned()).await });
        };
        serve(doors.api, api.clone());
        if let Some(http) = doors.http {
            serve(http, api);
        }
        serve(doors.web, admin);
        if let Some(listener) = doors.metrics {
            serve(listener, admin_edge::metrics_router(metrics));
        }
        listeners
    }

    fn gatekeeper(&self) -> Gatekeeper {
        let (clock, directory) = (clock_of(&self.board), directory_of(&self.board));
        let gatekeeper = Gatekeeper::new(directory, clock, SignatureRules::default());
        match self.requests_per_second {
            Some(pace) => gatekeeper.with_pace(pace),
            None => gatekeeper,
        }
    }

    fn api(&self) -> Router {
        let (clock, keys) = (clock_of(&self.board), self.events.clone());
        AcsEdge {
            calls: Arc::new(self.board.clone()),
            gatekeeper: self.gatekeeper(),
            repeatability: Repeatability::durable(self.store.clone(), clock),
            contexts: Arc::clone(&self.contexts),
            public_keys: PublicKeys {
                issuer: self.issuer.as_str().into(),
                origin: self.ready.endpoint.as_str().into(),
                key_set: Arc::new(move || keys.signing_keys()),
            },
            recording_announcement: self.recording_announcement.clone(),
        }
        .router()
    }

    /// What resources administer themselves.
    fn holdings(&mut self) -> Router {
        let (stock, trunks) = (self.stock.clone(), Arc::clone(&self.trunks));
        let state = |word: &str| match word {
            "up" => TrunkState::Up,
            "down" => TrunkState::Down,
            _ => TrunkState::Unknown,
        };
        ResourceEdge {
            gatekeeper: self.gatekeeper(),
            repeatability: Repeatability::durable(self.store.clone(), clock_of(&self.board)),
            store: self.store.clone(),
            directory: directory_of(&self.board),
            inventory: Arc::new(move || stock.now()),
            commit: Arc::clone(&self.commit),
            trunk_states: Arc::new(move || {
                trunks().into_iter().map(|trunk| (trunk.name, state(trunk.state))).collect()
            }),
            entropy: Arc::new(Mutex::new(self.entropy.fork())),
            turn: Arc::default(),
        }
        .router()
    }

    fn downloads(&self) -> Router {
        let recordings = self.recordings.clone();
        let pace = self.requests_per_second;
        recordings::routes(recordings, &self.board, &self.ready.endpoint, pace).router()
    }

    fn readiness(&self) -> Readiness {
        let board = self.board.clone();
        Readiness::new(self.store.clone(), Arc::new(move || board.is_draining()))
    }

    fn admin(self, readiness: Readiness, metrics: MetricsPage) -> AdminState {
        let facts = ServerFacts {
            endpoint: self.ready.endpoint.clone(),
            http_endpoint: self.ready.http_endpoint.clone(),
            sip: self.ready.sip.all.clone(),
            version: env!("CARGO_PKG_VERSION").to_owned(),
        };
        AdminState {
            directory: directory_of(&self.board),
            traces: self.journal.map(Traces::new),
            events: self.events,
            recordings: Some(self.recordings),
            contacts: self.contacts,
            trunks: self.trunks,
            readiness,
            metrics: Some(metrics),
            metrics_token: self.metrics_token,
            token: self.admin_token,
            provisioning: Some(self.provisioning),
            graph: Some(self.graph),
            reload: self.reload,
            facts: Arc::new(facts),
        }
    }
}
