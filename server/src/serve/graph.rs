//! Microsoft Graph: its companies are those whose documents were applied.

mod calls;
mod companies;

use std::sync::Arc;

use configuration::Configuration;
use event_edge::Events;
use graph_edge::{Graph, GraphParts, Reachability, Signer};
use outbound_http::OutboundHttp;
use presence::Reach;
use store::Store;
use switchboard::{Availability, Board, Ledger};

use crate::failure::Failure;
use crate::serve::graph::calls::Watched;
use crate::serve::graph::companies::KeptCompanies;
use crate::serve::platform::{clock_of, directory_of};

/// The surface, and what it learns of calls.
pub struct GraphSurface {
    /// Its routes.
    pub graph: Graph,
    companies: Arc<KeptCompanies>,
    board: Board,
}

impl GraphSurface {
    /// Starts it: what a former process kept goes on.
    pub async fn start(
        configuration: &Configuration,
        store: &Store,
        origin: &str,
        http: OutboundHttp,
        board: &Board,
        events: &Events,
    ) -> Result<Self, Failure> {
        let companies = Arc::new(KeptCompanies::new(store.clone(), directory_of(board)));
        companies.read().await;
        tokio::spawn(companies::keep_current(Arc::downgrade(&companies)));
        let (signing, publishing) = (events.clone(), events.clone());
        let parts = GraphParts {
            companies: companies.clone(),
            signer: Signer {
                sign: Arc::new(move |claims| signing.sign(claims)),
                key_set: Arc::new(move || publishing.signing_keys()),
            },
            origin: origin.to_owned(),
            clock: clock_of(board),
            store: store.clone(),
            http,
            events: events.clone(),
            reachability: reachability_of(board),
            requests_per_second: configuration.limits.requests_per_second,
        };
        let graph = Graph::start(parts)
            .await
            .map_err(|error| Failure::Happened(format!("cannot start Microsoft Graph: {error}")))?;
        Ok(Self { graph, companies, board: board.clone() })
    }

    /// The same ledger, which lets presence know of calls.
    pub fn watch(&self, ledger: Arc<dyn Ledger>) -> Arc<dyn Ledger> {
        let (companies, watch) = (Arc::clone(&self.companies), self.graph.call_watch());
        Arc::new(Watched { ledger, companies, watch, directory: directory_of(&self.board) })
    }
}

/// What presence says decides calls.
fn reachability_of(board: &Board) -> Reachability {
    let board = board.clone();
    Arc::new(move |person, reach| {
        let availability = match reach {
            Reach::Free => Availability::Available,
            Reach::InACall => Availability::InACall,
            Reach::DoNotDisturb => Availability::DoNotDisturb,
        };
        board.set_availability(person, availability);
    })
}
