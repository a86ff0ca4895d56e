//! The administration surface: REST under `/admin/v1`, and one static page.
//!
//! Everything but the page itself wants the admin token as a bearer token. Lists are filtered by
//! query parameters and read a page at a time: `{"value": […], "nextLink": "/admin/v1/…"}`.

mod router;
mod state;

mod call;
mod dead_letter;
mod delegated_token;
mod delivery;
mod explain;
mod number;
mod personal_call;
mod phone;
mod recording;
mod reload;
mod server_facts;
mod subscription;
mod tenant_object;
mod trace;
mod trunk;

mod authorization;
mod body;
mod health;
mod list_query;
mod metrics_page;
mod moment;
mod static_page;

pub use health::{Readiness, health_router};
pub use metrics_page::{MetricsPage, metrics_router};
pub use reload::{Reload, Reloaded, Reloading};
pub use router::{router, validation_router};
pub use state::{AdminState, PhoneContact, PhoneContacts, ServerFacts, TrunkStatus, TrunkStatuses};
pub use trace::Traces;
