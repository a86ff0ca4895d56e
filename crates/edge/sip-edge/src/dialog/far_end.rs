//! Whom a dialog is with, and the way that our requests take there.

use std::net::SocketAddr;
use std::sync::Arc;

use rsipstack::dialog::dialog::Dialog;
use rsipstack::dialog::invite_dialog::InviteDialog;
use rsipstack::sip::{Header, Method, Response, StatusCode, Uri};
use tenant::SipTransport;
use tracing::debug;

use crate::core::Core;
use crate::listener::ConnectError;
use crate::uri::{address_of, name_and_uri, transport_of};

/// Where what made the dialog came from, or went to.
pub(crate) type Flow = (SipTransport, SocketAddr);

/// Why a request within a dialog cannot leave.
#[derive(Debug, thiserror::Error)]
enum WayError {
    #[error("keep a call over TLS whose connection is gone: the far end is elsewhere over {0:?}")]
    NotEncrypted(SipTransport),
    #[error(transparent)]
    OutOfReach(#[from] ConnectError),
}

/// The far end of a confirmed dialog.
#[derive(Clone)]
pub(crate) struct FarEnd {
    core: Arc<Core>,
    dialog: InviteDialog,
    flow: Flow,
}

impl FarEnd {
    pub fn new(core: Arc<Core>, dialog: InviteDialog, flow: Flow) -> Self {
        Self { core, dialog, flow }
    }

    /// Its Contact.
    pub fn contact(&self) -> Option<Uri> {
        Dialog::Invite(self.dialog.clone()).remote_contact()
    }

    /// Says goodbye; the dialog is over, whether or not that arrives.
    pub async fn bye(&self) {
        if self.is_in_reach().await
            && let Err(error) = self.dialog.bye().await
        {
            debug!(%error, "a BYE could not be sent");
        }
        self.core.dialogs.remove_dialog(&self.dialog.id());
    }

    /// Says goodbye; the dialog is over, and whether the far end knows that.
    pub async fn bye_is_answered(&self) -> bool {
        if !self.dialog.state().is_confirmed() {
            self.bye().await;
            return true;
        }
        // What the library does by itself with a BYE says nothing of its answer.
        let answer = match self.is_in_reach().await {
            true => self.dialog.request(Method::Bye, None, None).await.ok().flatten(),
            false => None,
        };
        self.core.dialogs.remove_dialog(&self.dialog.id());
        answer.is_some_and(|answer| answer.status_code != StatusCode::RequestTimeout)
    }

    /// The final response; `None` when there was none.
    pub async fn update(&self, headers: Vec<Header>) -> Option<Response> {
        if !self.is_in_reach().await {
            return None;
        }
        self.dialog.update(Some(headers), None).await.ok().flatten()
    }

    /// The final response; `None` when there was none.
    pub async fn reinvite(&self, headers: Vec<Header>, description: String) -> Option<Response> {
        if !self.is_in_reach().await {
            return None;
        }
        self.dialog.reinvite(Some(headers), Some(description.into_bytes())).await.ok().flatten()
    }

    /// The final response; `None` when there was none.
    pub async fn refer(&self, refer_to: String, headers: Vec<Header>) -> Option<Response> {
        if !self.is_in_reach().await {
            return None;
        }
        self.dialog.refer(refer_to, Some(headers), None).await.ok().flatten()
    }

    pub async fn notify(&self, headers: Vec<Header>, body: String) {
        if self.is_in_reach().await
            && let Err(error) = self.dialog.notify(Some(headers), Some(body.into_bytes())).await
        {
            debug!(%error, "a transferor could not be notified");
        }
    }

    async fn is_in_reach(&self) -> bool {
        let opened = self.open_way().await;
        if let Err(error) = &opened {
            debug!(%error, "a request within a dialog is not sent: cannot {error}");
        }
        opened.is_ok()
    }

    /// RFC 5626: the connection that made the dialog is used as long as it lasts. A new one is ours to open,
    /// so that what comes over it meets the guard; and what began over TLS goes on over nothing else.
    async fn open_way(&self) -> Result<(), WayError> {
        let (transport, peer) = self.flow;
        if transport != SipTransport::Udp && self.core.streams.is_connected(transport, peer) {
            return Ok(());
        }
        let Some(next) = self.next_hop() else { return Ok(()) };
        let onward = transport_of(&next);
        if transport == SipTransport::Tls && onward != SipTransport::Tls {
            return Err(WayError::NotEncrypted(onward));
        }
        let Some(address) = address_of(&next) else { return Ok(()) };
        Ok(self.core.streams.connect(onward, address, &address.ip().to_string()).await?)
    }

    /// RFC 3261 §12.2.1.1: the first of the route set, or the far end itself.
    fn next_hop(&self) -> Option<Uri> {
        let snapshot = self.dialog.snapshot();
        match snapshot.route_set.first() {
            Some(route) => name_and_uri(route.value()).map(|(_, uri)| uri),
            None => Some(snapshot.remote_uri),
        }
    }
}
