//! One INVITE of an outbound call.

use std::net::IpAddr;
use std::pin::Pin;
use std::sync::Arc;

use identifier::LegId;
use rsipstack::dialog::dialog::DialogStateSender;
use rsipstack::dialog::invitation::{InviteAsyncResult, InviteOption};
use rsipstack::dialog::invite_dialog::InviteDialog;
use rsipstack::sip::Response;
use rsipstack::transaction::key::{TransactionKey, TransactionRole};
use rsipstack::transaction::transaction::TransactionEvent;
use tenant::{MediaEncryption, SipTransport};
use tokio::sync::oneshot;
use tokio::task::JoinHandle;
use tracing::debug;

use crate::core::Core;
use crate::dialog::{FarEnd, Flow, offer_headers};
use crate::headers::{allow, supported};
use crate::outbound::target::Target;
use crate::uri::{sip_addr, transport_and_address};

/// RFC 3261 §18.1.1, where nobody knows how much the path takes.
const LARGEST_DATAGRAM: usize = 1_300;

/// Resolves with the final response; none when the INVITE could not be sent.
pub(super) type Finished = Pin<Box<dyn Future<Output = (InviteDialog, Option<Response>)> + Send>>;

/// An INVITE on its way.
pub(super) struct Branch {
    dialog: InviteDialog,
    target: Target,
    offer: String,
    /// The least session interval that it names.
    least_s: u32,
    over: oneshot::Receiver<()>,
    /// Ends the INVITE without an answer.
    give_up: oneshot::Sender<()>,
}

impl Branch {
    /// Sends the INVITE. A far end that refused an earlier one insists on sessions of `least_s` at
    /// least, and knows the call by its `call_id`.
    pub fn start(
        core: &Arc<Core>,
        leg: LegId,
        target: Target,
        offer: &str,
        least_s: u32,
        call_id: Option<String>,
        states: DialogStateSender,
    ) -> Result<(Self, Finished), Box<rsipstack::Error>> {
        let call_id = call_id.unwrap_or_else(|| core.new_call_id());
        core.legs.add_invite(leg, &call_id);
        if target.credential.is_some() {
            core.legs.add_credentials(leg);
        }
        let options = options(core, &target, offer, least_s, Some(call_id));
        let (dialog, handle) = core.dialogs.do_invite_async(options, states)?;
        let (ended, over) = oneshot::channel();
        let (give_up, given_up) = oneshot::channel();
        let result = watch(core, dialog.clone(), handle, ended, given_up);
        Ok((Self { dialog, target, offer: offer.to_owned(), least_s, over, give_up }, result))
    }

    /// RFC 3261 §18.1.1: what is too large for a datagram goes over TCP, if the far end takes that.
    pub async fn fit(core: &Arc<Core>, target: &mut Target, offer: &str) {
        let Some((SipTransport::Udp, address)) = transport_and_address(&target.destination) else { return };
        let invite = core.dialogs.make_invite_request(&options(core, target, offer, 0, None));
        let length = invite.map_or(0, |invite| invite.to_string().len() + offer.len());
        if length > LARGEST_DATAGRAM && target.may_use_tcp && core.streams.takes_tcp(address).await {
            target.destination = sip_addr(SipTransport::Tcp, address);
            target.contact = core.contact(SipTransport::Tcp, address.ip());
        }
    }

    pub fn dialog(&self) -> &InviteDialog {
        &self.dialog
    }

    /// The way that the INVITE went.
    pub fn flow(&self) -> Option<Flow> {
        transport_and_address(&self.target.destination)
    }

    /// Where the INVITE went.
    pub fn peer(&self) -> Option<IpAddr> {
        self.flow().map(|(_, address)| address.ip())
    }

    pub fn least_s(&self) -> u32 {
        self.least_s
    }

    /// Whether sound is encrypted between the two.
    pub fn encryption(&self) -> MediaEncryption {
        self.target.encryption
    }

    /// Whether it says where the caller is.
    pub fn tells_location(&self) -> bool {
        self.target.location.is_some()
    }

    /// To ask the same far end once more, with the same offer.
    pub fn into_target(self) -> (Target, String) {
        (self.target, self.offer)
    }

    /// CANCEL; and if an answer was faster, BYE.
    pub async fn cancel(self, core: Arc<Core>) {
        let Self { dialog, target, mut over, give_up, .. } = self;
        if let Err(error) = dialog.cancel().await {
            debug!(%error, "a CANCEL could not be sent");
        }
        // RFC 3261 §9.1: one that takes a CANCEL and says no more is not waited for.
        if tokio::time::timeout(64 * core.config.t1, &mut over).await.is_err() {
            let _ = give_up.send(());
            let _ = over.await;
        }
        if dialog.state().is_confirmed()
            && let Some(flow) = transport_and_address(&target.destination)
        {
            FarEnd::new(core, dialog, flow).bye().await;
        }
    }
}

fn options(core: &Core, target: &Target, offer: &str, least_s: u32, call_id: Option<String>) -> InviteOption {
    let mut headers = target.headers.clone();
    headers.extend(offer_headers(&core.config.session_timers, least_s));
    headers.push(allow());
    headers.push(supported());
    let (content_type, body) = match &target.location {
        Some(location) => {
            headers.extend(location.headers());
            let (kind, body) = location.body(offer);
            (Some(kind), body)
        }
        None => (None, offer.to_owned()),
    };
    InviteOption {
        caller_display_name: target.caller_name.clone(),
        caller: target.caller.clone(),
        callee: target.callee.clone(),
        destination: Some(target.destination.clone()),
        call_id,
        content_type,
        offer: Some(body.into_bytes()),
        contact: target.contact.clone(),
        credential: target.credential.clone(),
        headers: Some(headers),
        ..InviteOption::default()
    }
}

/// Follows the INVITE to its end, whether or not anybody still waits for that.
fn watch(
    core: &Arc<Core>,
    dialog: InviteDialog,
    handle: JoinHandle<InviteAsyncResult>,
    ended: oneshot::Sender<()>,
    given_up: oneshot::Receiver<()>,
) -> Finished {
    let (tell, told) = oneshot::channel();
    let (core, invite) = (Arc::clone(core), dialog.clone());
    core.clone().spawn_aside(async move {
        let mut handle = handle;
        let result = tokio::select! {
            result = &mut handle => result.ok(),
            Ok(()) = given_up => {
                end_transaction(&core, &invite);
                handle.await.ok()
            }
        };
        let response = match result {
            Some(Ok((_, response))) => response,
            Some(Err(error)) => {
                debug!(%error, "an INVITE failed");
                None
            }
            None => None,
        };
        let _ = tell.send(response);
        let _ = ended.send(());
    });
    Box::pin(async move { (dialog, told.await.ok().flatten()) })
}

/// Ends the transaction of an INVITE as if its time were over. To abort whoever waits for it would have the
/// library say CANCEL once more, to somebody who does not listen.
fn end_transaction(core: &Core, invite: &InviteDialog) {
    let Ok(key) = TransactionKey::from_request(&invite.initial_request(), TransactionRole::Client) else {
        return;
    };
    if let Some(transaction) = core.dialogs.endpoint.transactions.get(&key) {
        let _ = transaction.send(TransactionEvent::Terminate(key));
    }
}
