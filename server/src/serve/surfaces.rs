//! What is served on the HTTP listeners.

use std::sync::Arc;

use access::{AdminToken, ContextKey, SignatureRules};
use acs_edge::{AcsEdge, PublicKeys};
use admin_edge::{AdminState, PhoneContacts, ServerFacts};
use axum::Router;
use event_edge::Events;
use http_kit::{Gatekeeper, Listener, Repeatability};
use store::Store;
use switchboard::Board;
use tokio::task::JoinSet;
use tokio_util::sync::CancellationToken;

use crate::ready::Ready;
use crate::serve::doors::Doors;
use crate::serve::platform::{clock_of, directory_of};

/// What the surfaces are made of.
pub struct Surfaces {
    pub board: Board,
    pub events: Events,
    pub store: Store,
    pub contexts: Arc<ContextKey>,
    pub admin_token: Arc<AdminToken>,
    pub issuer: String,
    pub ready: Ready,
    pub contacts: PhoneContacts,
}

impl Surfaces {
    /// Serves on all doors until `stop`.
    pub fn serve(self, doors: Doors, stop: &CancellationToken) -> JoinSet<()> {
        let api = self.api().merge(admin_edge::validation_router(self.events.clone()));
        let api = api.fallback(http_kit::not_found);
        let admin = admin_edge::router(self.admin());
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
        listeners
    }

    fn api(&self) -> Router {
        let (clock, directory) = (clock_of(&self.board), directory_of(&self.board));
        let keys = self.events.clone();
        AcsEdge {
            calls: Arc::new(self.board.clone()),
            gatekeeper: Gatekeeper::new(directory, Arc::clone(&clock), SignatureRules::default()),
            repeatability: Repeatability::durable(self.store.clone(), clock),
            contexts: Arc::clone(&self.contexts),
            public_keys: PublicKeys {
                issuer: self.issuer.as_str().into(),
                origin: self.ready.endpoint.as_str().into(),
                key_set: Arc::new(move || keys.signing_keys()),
            },
        }
        .router()
    }

    fn admin(self) -> AdminState {
        let sip = [("udp", &self.ready.sip.udp), ("tcp", &self.ready.sip.tcp), ("tls", &self.ready.sip.tls)];
        let sip = sip.into_iter().filter_map(|(name, address)| Some(format!("{name} {}", address.as_ref()?)));
        let facts = ServerFacts {
            endpoint: self.ready.endpoint.clone(),
            http_endpoint: self.ready.http_endpoint.clone(),
            sip: sip.collect(),
            version: env!("CARGO_PKG_VERSION").to_owned(),
        };
        AdminState {
            directory: directory_of(&self.board),
            events: self.events,
            contacts: self.contacts,
            token: self.admin_token,
            facts: Arc::new(facts),
        }
    }
}
