//! Sound on an application's WebSocket (contract: Call Automation §12).

use std::sync::Arc;

use borsh::{BorshDeserialize, BorshSerialize};

/// Where sound goes, and in which form.
#[derive(Clone, Debug, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
pub struct Streaming {
    /// Whose socket it is.
    pub socket: ApplicationSocket,
    /// A stream for each voice, of the four loudest; else one of all.
    pub unmixed: bool,
    /// Samples in a second: 16,000 or 24,000.
    pub rate_hz: u32,
    /// The application speaks too.
    pub bidirectional: bool,
    /// Keys are told.
    pub keys: bool,
    /// What the application says is in the sound that it hears (ACS `enableLoopbackAudio`).
    pub loopback: bool,
}

/// A WebSocket server of an application, and what it is told about the call.
#[derive(Clone, Debug, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
pub struct ApplicationSocket {
    /// `transportUrl`, verbatim.
    pub url: Arc<str>,
    /// The application's connection.
    pub connection: identifier::CallConnectionId,
    /// The chain of calls.
    pub correlation: identifier::CorrelationId,
    /// The resource whose key signs who we are.
    pub resource: identifier::ResourceId,
}
