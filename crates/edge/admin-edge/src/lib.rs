//! The administration surface: REST under `/admin/v1`, and one static page.

mod router;
mod state;

pub use router::{router, validation_router};
pub use state::{AdminState, PhoneContact, PhoneContacts, ServerFacts};
