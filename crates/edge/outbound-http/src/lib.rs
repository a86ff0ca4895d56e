//! The one gate through which the platform sends requests of its own: webhooks, fetches of play
//! files, WebSockets.
//!
//! Addresses in such requests come from strangers, so the gate decides by the
//! address that a name resolves to at the moment of connecting, follows no
//! redirect unseen, and bounds size and time.

mod client;
mod error;
mod policy;
mod resolver;
mod room;
mod stream;
mod web_socket;

pub use client::{OutboundHttp, OutboundRequest, OutboundResponse, Overlong};
pub use error::OutboundError;
pub use internet::{AllowedNetwork, AllowedNetworkError};
pub use policy::{OutboundPolicy, PolicyError};
pub use stream::OutboundStream;
pub use web_socket::{WebSocket, WebSocketError, WebSocketRequest};
