//! What a resource has and administers itself: numbers, direct routing, consents.

use std::sync::{Arc, Mutex};

use axum::Router;
use axum::extract::Request;
use axum::middleware;
use axum::response::Response;
use axum::routing::any;
use entropy::Entropy;
use http_kit::{
    Admitted, Answer, ApiError, DirectorySource, Gatekeeper, Repeatability, answered, required_api_version,
    with_request_id,
};
use store::{Commit, Store};

use crate::errand::{Errand, invalid, not_found};
use crate::phone_numbers::{self, InventorySource};
use crate::resource_operation::{ResourceOperation, ResourceRoute};
use crate::sip_routing::{self, TrunkStates};
use crate::teams_extension;

/// The parts of the surface; [`router`](Self::router) puts them together.
#[derive(Clone)]
pub struct ResourceEdge {
    /// Lets signed requests in.
    pub gatekeeper: Gatekeeper,
    /// Remembers first answers.
    pub repeatability: Repeatability,
    /// Where it is kept.
    pub store: Store,
    /// The directory in force.
    pub directory: DirectorySource,
    /// The numbers that can be purchased.
    pub inventory: InventorySource,
    /// Keeps what calls see, and lets them see it.
    pub commit: Commit,
    /// Whether trunks answer.
    pub trunk_states: TrunkStates,
    /// For new names.
    pub entropy: Arc<Mutex<Entropy>>,
    /// Changes of all resources come one after the other, so that of two who want the same one gets it.
    pub turn: Arc<tokio::sync::Mutex<()>>,
}

impl ResourceEdge {
    /// The routes of the surface.
    pub fn router(self) -> Router {
        let edge = Arc::new(self);
        let respond = any(move |request| Arc::clone(&edge).respond(request));
        [
            "/availablePhoneNumbers/{*path}",
            "/phoneNumbers",
            "/phoneNumbers/{*path}",
            "/operatorInformation/{*path}",
            "/sip",
            "/sip:testRoutesWithNumber",
            "/access/teamsExtension/{*path}",
        ]
        .into_iter()
        .fold(Router::new(), |router, path| router.route(path, respond.clone()))
        .layer(middleware::from_fn(with_request_id))
    }

    async fn respond(self: Arc<Self>, request: Request) -> Response {
        let route = ResourceRoute::find(request.method(), request.uri().path());
        answered(route.ok().map(|route| route.operation.name()), self.answer(request)).await
    }

    async fn answer(self: Arc<Self>, request: Request) -> Result<Answer, ApiError> {
        let admitted = self.gatekeeper.admit(request).await?;
        let route = ResourceRoute::find(&admitted.method, &admitted.path)?;
        let version = version(&admitted, route.operation)?;
        tracing::debug!(operation = ?route.operation, api_version = version, "request admitted");
        let errand = Errand::new(Arc::clone(&self), &admitted, route, version);
        let act = async move { dispatch(errand).await.unwrap_or_else(Answer::refusal) };
        self.repeatability.answer(&admitted, act).await
    }
}

fn version(admitted: &Admitted, operation: ResourceOperation) -> Result<&'static str, ApiError> {
    let of = |operations: &[ResourceOperation], text: &str| {
        let known = operations.iter().flat_map(|operation| operation.versions());
        known.copied().find(|known| known.eq_ignore_ascii_case(text))
    };
    let served = operation.versions();
    let mut elsewhere = None;
    let parse = |text: &str| {
        elsewhere = of(siblings(operation), text);
        of(&[operation], text)
    };
    let found = required_api_version(admitted.query.as_deref(), parse, served.iter().copied());
    found.map_err(|error| match elsewhere {
        Some(version) => not_found("this operation", &format!("api-version {version} does not have it")),
        None => invalid("api-version", error.message),
    })
}

/// The operations of the same API, which have the same versions or more.
fn siblings(operation: ResourceOperation) -> &'static [ResourceOperation] {
    use ResourceOperation as O;
    let path = operation.path();
    if path.starts_with("/sip") {
        &[O::GetSipRouting]
    } else if path.starts_with("/access") {
        &[O::GetAssignment]
    } else {
        &[O::GetNumber]
    }
}

/// Forwards a request to its operation.
async fn dispatch(errand: Errand) -> Result<Answer, ApiError> {
    use ResourceOperation as O;
    match errand.route.operation {
        O::SearchNumbers => phone_numbers::search::handle(errand).await,
        O::GetSearchResult => phone_numbers::search_result::handle(errand).await,
        O::PurchaseNumbers => phone_numbers::purchase::handle(errand).await,
        O::BrowseNumbers => phone_numbers::browse::handle(errand).await,
        O::ListReservations => phone_numbers::reservations::list(errand).await,
        O::GetReservation => phone_numbers::reservations::get(errand).await,
        O::UpdateReservation => phone_numbers::update_reservation::handle(errand).await,
        O::DeleteReservation => phone_numbers::reservations::delete(errand).await,
        O::PurchaseReservation => phone_numbers::purchase_reservation::handle(errand).await,
        O::ListCountries => phone_numbers::places::countries(errand).await,
        O::ListLocalities => phone_numbers::places::localities(errand).await,
        O::ListAreaCodes => phone_numbers::places::area_codes(errand).await,
        O::ListOfferings => phone_numbers::offerings::handle(errand).await,
        O::GetNumberOperation => phone_numbers::operations::get(errand).await,
        O::CancelNumberOperation => phone_numbers::operations::cancel(errand).await,
        O::UpdateCapabilities => phone_numbers::update_capabilities::handle(errand).await,
        O::GetNumber => phone_numbers::numbers::get(errand).await,
        O::ReleaseNumber => phone_numbers::release::handle(errand).await,
        O::ListNumbers => phone_numbers::numbers::list(errand).await,
        O::LookUpNumbers => phone_numbers::look_up::handle(errand).await,
        O::GetSipRouting => sip_routing::get::handle(errand).await,
        O::UpdateSipRouting => sip_routing::update::handle(errand).await,
        O::TestRoutes => sip_routing::test_routes::handle(errand).await,
        O::PutAssignment => teams_extension::put_assignment::handle(errand).await,
        O::GetAssignment | O::GetAssignmentOfAnyTenant => {
            teams_extension::get_assignment::handle(errand).await
        }
        O::UpdateAssignment | O::UpdateAssignmentOfAnyTenant => {
            teams_extension::update_assignment::handle(errand).await
        }
        O::DeleteAssignment | O::DeleteAssignmentOfAnyTenant => {
            teams_extension::delete_assignment::handle(errand).await
        }
    }
}
