//! The application behind a connection.

use std::sync::Arc;

use borsh::{BorshDeserialize, BorshSerialize};
use identifier::ResourceId;

/// Who controls a call, as the edges want to be reminded of it with each event.
#[derive(Clone, Debug, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
pub struct Application {
    /// The communication resource whose key signed the request.
    pub resource: ResourceId,
    /// Where the application's events go, unless an operation names another place.
    pub callback: Callback,
    /// The api-version of the request that made the connection; it gates the events. Opaque here.
    pub api_version: Arc<str>,
}

/// Where an event goes.
#[derive(Clone, Debug, PartialEq, Eq, Hash, BorshSerialize, BorshDeserialize)]
pub enum Callback {
    /// A webhook, used verbatim.
    Uri(Arc<str>),
    /// A part of this process that uses the same methods as a REST client does.
    InProcess(InProcessApp),
}

/// The applications that live in this process.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, BorshSerialize, BorshDeserialize)]
pub enum InProcessApp {
    /// The demo line.
    DemoLine,
}
