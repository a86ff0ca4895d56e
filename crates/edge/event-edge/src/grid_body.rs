//! From a fact about a call to an Event Grid event.

use std::collections::BTreeMap;

use access::{ContextKey, IncomingCallContext};
use acs::grid::{
    CallEndReason, CallEnded, CallParticipantChanged, CallStarted, GridData, GridEvent, IncomingCall,
};
use acs::identifier_model::Identifier;
use call_engine::{CallNotice, CustomHeaders, NoticeKind};
use identifier::{CommunicationIdentifier, ResourceId};
use tenant::Directory;

use crate::event_type::INCOMING_CALL;
use crate::result_code::call_end_reason;

/// The event that subscribers of the resource receive.
pub(crate) fn grid_event(
    notice: &CallNotice,
    directory: &Directory,
    contexts: &ContextKey,
    reason: Option<CallEndReason>,
) -> GridEvent {
    GridEvent {
        id: notice.id,
        unix_us: notice.at.unix_us(),
        topic: topic(directory, notice.resource),
        data: data(notice, contexts, reason),
    }
}

/// The name of a resource in the way of Azure's resource manager.
pub(crate) fn topic(directory: &Directory, id: ResourceId) -> String {
    let (tenant, name) = match directory.resource(id) {
        Some(resource) => (resource.tenant.to_string(), resource.name.to_string()),
        None => (id.to_string(), id.to_string()),
    };
    format!(
        "/subscriptions/{tenant}/resourceGroups/ringdown/providers/microsoft.communication/communicationservices/{name}"
    )
}

/// The type of event that a notice becomes, before it is made.
pub(crate) const fn event_type(kind: &NoticeKind) -> &'static str {
    match kind {
        NoticeKind::IncomingCall(_) => INCOMING_CALL,
        NoticeKind::CallStarted { .. } => "Microsoft.Communication.CallStarted",
        NoticeKind::ParticipantAdded { .. } => "Microsoft.Communication.CallParticipantAdded",
        NoticeKind::ParticipantRemoved { .. } => "Microsoft.Communication.CallParticipantRemoved",
        NoticeKind::CallEnded { .. } => "Microsoft.Communication.CallEnded",
    }
}

/// When nobody can make use of the event any more; only ringing ends so soon.
pub(crate) fn expires_us(notice: &CallNotice) -> Option<i64> {
    match &notice.kind {
        NoticeKind::IncomingCall(call) => {
            Some(notice.at.unix_us().saturating_add(call.ring_for.as_micros() as i64))
        }
        _ => None,
    }
}

fn data(notice: &CallNotice, contexts: &ContextKey, reason: Option<CallEndReason>) -> GridData {
    let started = |started_by: &CommunicationIdentifier, is_two_party: bool| CallStarted {
        started_by: Identifier(started_by.clone()),
        call: notice.call,
        correlation: notice.correlation,
        is_two_party,
    };
    let changed = |participant: &CommunicationIdentifier, started_by, is_two_party| CallParticipantChanged {
        started: started(started_by, is_two_party),
        participant: Identifier(participant.clone()),
        display_name: String::new(),
        participant_id: participant.raw_id(),
    };
    match &notice.kind {
        NoticeKind::IncomingCall(call) => GridData::IncomingCall(incoming_call(notice, call, contexts)),
        NoticeKind::CallStarted { started_by, is_two_party } => {
            GridData::CallStarted(started(started_by, *is_two_party))
        }
        NoticeKind::ParticipantAdded { participant, started_by, is_two_party, .. } => {
            GridData::CallParticipantAdded(changed(participant, started_by, *is_two_party))
        }
        NoticeKind::ParticipantRemoved { participant, started_by, is_two_party, .. } => {
            GridData::CallParticipantRemoved(changed(participant, started_by, *is_two_party))
        }
        NoticeKind::CallEnded { started_by, ended_by, cause, lasted, is_two_party } => {
            GridData::CallEnded(CallEnded {
                started: started(started_by, *is_two_party),
                ended_by: ended_by.clone().map(Identifier),
                reason: reason.unwrap_or_else(|| call_end_reason(*cause)),
                duration_seconds: lasted.as_secs_f64(),
            })
        }
    }
}

fn incoming_call(
    notice: &CallNotice,
    call: &call_engine::IncomingCall,
    contexts: &ContextKey,
) -> IncomingCall {
    let expires_unix_us = notice.at.unix_us().saturating_add(call.ring_for.as_micros() as i64);
    let context = IncomingCallContext { call: notice.call, resource: notice.resource, expires_unix_us };
    IncomingCall {
        to: Identifier(as_told(&call.to)),
        from: Identifier(call.from.clone()),
        on_behalf_of_callee: call.on_behalf_of.as_ref().map(|account| Identifier(as_told(account))),
        call: notice.call,
        correlation: notice.correlation,
        caller_display_name: call.display_name.clone(),
        sip_headers: sip_headers(&call.headers),
        voip_headers: voip_headers(&call.headers),
        incoming_call_context: contexts.seal(&context),
    }
}

/// Event Grid knows no kind for resource accounts: they are told by their raw id alone (contract: Teams Phone §8.2).
fn as_told(identifier: &CommunicationIdentifier) -> CommunicationIdentifier {
    match identifier {
        CommunicationIdentifier::MicrosoftTeamsApp { .. } => {
            CommunicationIdentifier::Unknown(identifier.raw_id().into())
        }
        other => other.clone(),
    }
}

fn voip_headers(headers: &CustomHeaders) -> BTreeMap<String, String> {
    headers.voip.iter().map(|(key, value)| (key.to_string(), value.to_string())).collect()
}

fn sip_headers(headers: &CustomHeaders) -> BTreeMap<String, String> {
    let user_to_user = headers.user_to_user.iter().map(|value| ("userToUser".to_owned(), value.to_string()));
    let custom = headers.custom.iter().map(|(name, value)| (name.to_string(), value.to_string()));
    user_to_user.chain(custom).collect()
}
