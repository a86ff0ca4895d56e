//! What every HTTP surface of the platform stands on: the listener with its
//! limits, who is asking, what a refusal looks like, and requests that act once.

pub mod dev_ca;
mod listener;
mod metered;
mod pace;
mod patience;
mod tls;

mod api_error;
mod api_version;
mod body_limit;
mod gatekeeper;
mod operation_path;
mod operation_table;
mod repeatability;
mod request_id;

pub use api_error::{ApiError, not_found};
pub use api_version::{query_parameter, required_api_version};
pub use body_limit::{BodyLimits, read_body};
pub use gatekeeper::{Admitted, Clock, DirectorySource, Gatekeeper, Principal};
pub use listener::{BindError, ConnectionLimits, Listener};
pub use metered::{OperationName, answered, with_route_as_operation};
pub use operation_path::OperationPath;
pub use operation_table::{NoOperation, OperationTable, PathValues};
pub use pace::{ClientNetwork, Pace};
pub use repeatability::{Answer, Repeatability};
pub use request_id::{RequestId, with_request_id};
pub use tls::{Shown, TlsError, TlsIdentity};
