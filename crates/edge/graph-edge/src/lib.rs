//! The part of Microsoft Graph that telephony needs: people, their presence, change notifications, and
//! resource accounts, with tokens of the platform's own.
//!
//! A request shows its token, finds its operation in the [table](Operation), and is answered from a
//! [company's directory](Company) or by the one [engine](presence::PresenceEngine) that knows about presence.
//! What must last is in the store before it is answered; notifications go through the outbox of `event-edge`.

mod graph;
mod router;

mod asking;
mod delegation;
mod guesses;
mod operation;
mod token_endpoint;

mod presence_operations;
mod resource_account_operations;
mod subscription_operations;
mod user_operations;

mod call_watch;
mod keeper;
mod kept_presence;
mod presence_body;
mod subscription;

mod token;

mod application;
mod company;
mod permission;
mod resource_account;
mod user;

mod graph_error;
mod query;
mod when;

pub use application::{Application, ClientSecret};
pub use call_watch::CallWatch;
pub use company::{Companies, Company, Refreshed};
pub use delegation::{Delegated, Delegation, DelegationError};
pub use graph::{Graph, GraphParts};
pub use keeper::Reachability;
pub use operation::Operation;
pub use permission::{Permission, UnknownPermission};
pub use resource_account::ResourceAccount;
pub use token::{AUDIENCE, Sign, Signer, Tokens};
pub use user::{User, UserDetails};
