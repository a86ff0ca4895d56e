//! What the surface is made of.

use std::sync::Arc;

use access::ContextKey;
use http_kit::{Gatekeeper, Repeatability};
use media_plan::PlaySource;

use crate::call_control::CallControl;
use crate::public_keys::PublicKeys;

/// The parts of the surface; [`router`](Self::router) puts them together.
#[derive(Clone)]
pub struct AcsEdge {
    /// Takes commands.
    pub calls: Arc<dyn CallControl>,
    /// Lets signed requests in.
    pub gatekeeper: Gatekeeper,
    /// Remembers first answers.
    pub repeatability: Repeatability,
    /// Opens the contexts of incoming calls; the same key that sealed them.
    pub contexts: Arc<ContextKey>,
    /// With which applications verify our webhooks.
    pub public_keys: PublicKeys,
    /// What everybody hears before they are recorded; nothing when absent.
    pub recording_announcement: Option<PlaySource>,
}
