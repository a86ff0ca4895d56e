//! A connection and its participants, as the wire spells them.

use acs::calling::{CallConnectionProperties, CallConnectionState, CallParticipant};
use acs::identifier_model::{CommunicationUserModel, Identifier, PhoneNumberModel};
use call_engine::{CallProperties, CallState, Callback, ParticipantView};

/// The connection as its application sees it.
pub(crate) fn connection(call: CallProperties) -> CallConnectionProperties {
    CallConnectionProperties {
        call_connection_id: call.connection.to_string(),
        server_call_id: call.call.server_call_id(),
        correlation_id: call.correlation.to_string(),
        targets: call.targets.into_iter().map(Identifier).collect(),
        call_connection_state: state(call.state),
        callback_uri: match call.application.callback {
            Callback::Uri(uri) => uri,
            Callback::InProcess(_) => "".into(),
        },
        source_caller_id_number: call.caller_number.map(|number| PhoneNumberModel(Some(number))),
        source_display_name: call.display_name.map(|name| name.into_inner()),
        source: call.source.map(Identifier),
        answered_by: call.answered_by.map(|identifier| CommunicationUserModel { id: identifier.raw_id() }),
        answered_for: call.answered_for.map(|number| PhoneNumberModel(Some(number))),
    }
}

/// A participant as an application sees it.
pub(crate) fn participant(view: ParticipantView) -> CallParticipant {
    CallParticipant {
        identifier: Identifier(view.identifier),
        is_muted: view.is_muted,
        is_on_hold: view.is_on_hold,
    }
}

fn state(state: CallState) -> CallConnectionState {
    match state {
        CallState::Connecting => CallConnectionState::Connecting,
        CallState::Connected => CallConnectionState::Connected,
        CallState::Transferring => CallConnectionState::Transferring,
        CallState::TransferAccepted => CallConnectionState::TransferAccepted,
        CallState::Disconnecting => CallConnectionState::Disconnecting,
        CallState::Disconnected => CallConnectionState::Disconnected,
    }
}
