//! What the surface is made of.

use std::num::NonZeroU32;
use std::sync::Arc;
use std::time::Duration;

use event_edge::Events;
use http_kit::{Clock, Pace};
use identifier::{ObjectId, TenantId};
use outbound_http::OutboundHttp;
use presence::{Activity, Availability};
use store::{Store, StoreError};

use crate::call_watch::CallWatch;
use crate::company::Companies;
use crate::keeper::{Keeper, Reachability};
use crate::subscription::{Endpoints, Subscriptions};
use crate::token::{Signer, Tokens};
use crate::token_endpoint::TokenEndpoint;

/// Requests that one application may make in a second when the operator says nothing.
const PACE: NonZeroU32 = NonZeroU32::new(200).expect("not zero");

/// The parts of the platform that the surface stands on.
pub struct GraphParts {
    /// Where people come from.
    pub companies: Arc<dyn Companies>,
    /// Signs tokens.
    pub signer: Signer,
    /// Where this server can be reached, without a slash at the end.
    pub origin: String,
    /// The platform's time.
    pub clock: Clock,
    /// Where everything is kept.
    pub store: Store,
    /// The gate through which endpoints are asked whether they agree.
    pub http: OutboundHttp,
    /// Delivers notifications.
    pub events: Events,
    /// Puts calls through to people, or does not.
    pub reachability: Reachability,
    /// Requests that one application may make in a second.
    pub requests_per_second: Option<NonZeroU32>,
}

/// The surface. Cheap to clone.
#[derive(Clone)]
pub struct Graph {
    pub(crate) inner: Arc<Inner>,
}

pub(crate) struct Inner {
    pub(crate) companies: Arc<dyn Companies>,
    pub(crate) tokens: Tokens,
    pub(crate) token_endpoint: TokenEndpoint,
    pub(crate) clock: Clock,
    pub(crate) keeper: Arc<Keeper>,
    pub(crate) subscriptions: Arc<Subscriptions>,
    pub(crate) endpoints: Endpoints,
    pub(crate) pace: Pace<(TenantId, ObjectId)>,
}

impl Graph {
    /// Starts it: what a former process kept goes on.
    pub async fn start(parts: GraphParts) -> Result<Self, StoreError> {
        let tokens = Tokens::new(parts.signer, &parts.origin, Arc::clone(&parts.clock));
        let now_us = (parts.clock)().unix_us();
        let subscriptions = Subscriptions::of(&parts.store, tokens.clone(), now_us).await?;
        let subscriptions = Arc::new(subscriptions);
        let keeper = Keeper::start(
            &parts.store,
            parts.events,
            Arc::clone(&subscriptions),
            Arc::clone(&parts.companies),
            Arc::clone(&parts.clock),
            parts.reachability,
        )
        .await?;
        let inner = Inner {
            token_endpoint: TokenEndpoint::new(
                tokens.clone(),
                Arc::clone(&parts.companies),
                Arc::clone(&parts.clock),
            ),
            companies: parts.companies,
            tokens,
            clock: parts.clock,
            keeper,
            subscriptions,
            endpoints: Endpoints::new(parts.http),
            pace: Pace::per_second(parts.requests_per_second.unwrap_or(PACE)),
        };
        Ok(Self { inner: Arc::new(inner) })
    }

    /// Makes tokens, for whoever may have them without a secret of an application.
    pub fn tokens(&self) -> Tokens {
        self.inner.tokens.clone()
    }

    /// Another directory shows people as this, and is asked again before so long has passed.
    pub async fn hear_elsewhere(
        &self,
        told: Vec<(ObjectId, Availability, Activity)>,
        lives: Duration,
    ) -> Result<(), StoreError> {
        let heard = self.inner.keeper.change(|engine, now| {
            told.into_iter()
                .filter_map(|(person, availability, activity)| {
                    engine.hear_elsewhere(person, (availability, activity), lives, now).err()
                })
                .last()
        });
        if let Some(error) = heard.await? {
            tracing::warn!(%error, "some presence of another directory is not shown: cannot {error}");
        }
        Ok(())
    }

    /// What the platform knows itself: who is in which call.
    pub fn call_watch(&self) -> CallWatch {
        CallWatch::new(Arc::clone(&self.inner.keeper))
    }
}
