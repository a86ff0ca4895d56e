//! A connection and its participants, as the wire spells them.

use acs::calling::{
    CallConnectionProperties, CallConnectionState, CallParticipant, MediaStreamingContentType,
    MediaStreamingSubscription, SubscriptionState, TranscriptionResultType, TranscriptionSubscription,
};
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
        media_streaming_subscription: call.streaming.map(|subscription| MediaStreamingSubscription {
            id: subscription.id.to_string(),
            state: running(subscription.is_active),
            subscribed_content_types: vec![MediaStreamingContentType::Audio],
        }),
        transcription_subscription: call.transcription.map(|transcription| TranscriptionSubscription {
            id: transcription.subscription.id.to_string(),
            state: running(transcription.subscription.is_active),
            subscribed_result_types: if transcription.intermediate {
                vec![TranscriptionResultType::Final, TranscriptionResultType::Intermediate]
            } else {
                vec![TranscriptionResultType::Final]
            },
            locale: transcription.language,
        }),
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

const fn running(is_active: bool) -> SubscriptionState {
    if is_active { SubscriptionState::Active } else { SubscriptionState::Inactive }
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
