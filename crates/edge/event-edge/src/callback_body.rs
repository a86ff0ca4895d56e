//! From a fact of the call engine to the body of a callback.

use acs::calling::{CallParticipant, Tone};
use acs::event::{CallbackEvent, EventDetail, RecognitionResult};
use acs::identifier_model::Identifier;
use acs::version::ApiVersion;
use call_engine::{CallEvent, CallEventKind, ParticipantView, Recognized};
use identifier::CommunicationIdentifier;

use crate::result_code::result_information;

/// The event as the application's api-version spells it.
pub(crate) fn callback_event(event: &CallEvent) -> CallbackEvent {
    // The version was checked when the request came in; what is unknown here is newer than all.
    let version = ApiVersion::parse(&event.application.api_version).unwrap_or(ApiVersion::NEWEST);
    let detail = detail(&event.kind);
    let about = about(&event.kind).map(CommunicationIdentifier::raw_id);
    let spelled = version.spelling_of(detail.event_type()).unwrap_or_else(|| detail.event_type());
    let result = event
        .result
        .as_ref()
        .and_then(|result| result_information(result, spelled, about.as_deref(), version));
    CallbackEvent {
        id: event.id,
        unix_us: event.at.unix_us(),
        version,
        connection: event.connection,
        call: event.call,
        correlation: event.correlation,
        operation_context: event.operation_context.clone(),
        result,
        detail,
    }
}

fn detail(kind: &CallEventKind) -> EventDetail {
    use CallEventKind as K;
    use EventDetail as D;
    let who = |identifier: &CommunicationIdentifier| Identifier(identifier.clone());
    match kind {
        K::CallConnected => D::CallConnected {},
        K::CallDisconnected => D::CallDisconnected {},
        K::CreateCallFailed => D::CreateCallFailed {},
        K::AnswerFailed => D::AnswerFailed {},
        K::ParticipantsUpdated { sequence, participants } => D::ParticipantsUpdated {
            sequence_number: *sequence,
            participants: participants.iter().map(participant).collect(),
        },
        K::CallTransferAccepted { target, transferee } => {
            D::CallTransferAccepted { transfer_target: who(target), transferee: who(transferee) }
        }
        K::CallTransferFailed => D::CallTransferFailed {},
        K::AddParticipantSucceeded { participant } => {
            D::AddParticipantSucceeded { participant: who(participant) }
        }
        K::AddParticipantFailed { participant } => D::AddParticipantFailed { participant: who(participant) },
        K::RemoveParticipantSucceeded { participant } => {
            D::RemoveParticipantSucceeded { participant: who(participant) }
        }
        K::RemoveParticipantFailed { participant } => {
            D::RemoveParticipantFailed { participant: who(participant) }
        }
        K::CancelAddParticipantSucceeded { invitation } => {
            D::CancelAddParticipantSucceeded { invitation_id: *invitation }
        }
        K::CancelAddParticipantFailed { invitation } => {
            D::CancelAddParticipantFailed { invitation_id: *invitation }
        }
        K::PlayStarted => D::PlayStarted {},
        K::PlayCompleted => D::PlayCompleted {},
        K::PlayFailed { source } => D::PlayFailed { failed_play_source_index: Some(*source) },
        K::PlayCanceled => D::PlayCanceled {},
        K::RecognizeCompleted(recognized) => D::RecognizeCompleted(recognition(recognized)),
        K::RecognizeFailed { source } => D::RecognizeFailed { failed_play_source_index: *source },
        K::RecognizeCanceled => D::RecognizeCanceled {},
        K::ContinuousDtmfRecognitionToneReceived { sequence, tone } => {
            D::ContinuousDtmfRecognitionToneReceived { sequence_id: *sequence, tone: spell(*tone) }
        }
        K::ContinuousDtmfRecognitionToneFailed => D::ContinuousDtmfRecognitionToneFailed {},
        K::ContinuousDtmfRecognitionStopped => D::ContinuousDtmfRecognitionStopped {},
        K::SendDtmfTonesCompleted => D::SendDtmfTonesCompleted {},
        K::SendDtmfTonesFailed => D::SendDtmfTonesFailed {},
        K::HoldFailed => D::HoldFailed {},
    }
}

fn about(kind: &CallEventKind) -> Option<&CommunicationIdentifier> {
    match kind {
        CallEventKind::AddParticipantFailed { participant } => Some(participant),
        _ => None,
    }
}

fn participant(view: &ParticipantView) -> CallParticipant {
    CallParticipant {
        identifier: Identifier(view.identifier.clone()),
        is_muted: view.is_muted,
        is_on_hold: view.is_on_hold,
    }
}

fn recognition(recognized: &Recognized) -> RecognitionResult {
    match recognized {
        Recognized::Tones(tones) => RecognitionResult::Dtmf(tones.iter().copied().map(spell).collect()),
        Recognized::Choice { label } => {
            RecognitionResult::Choice { label: label.clone(), recognized_phrase: None, confidence: None }
        }
    }
}

const fn spell(tone: media_plan::Tone) -> Tone {
    use media_plan::Tone as T;
    match tone {
        T::Zero => Tone::Zero,
        T::One => Tone::One,
        T::Two => Tone::Two,
        T::Three => Tone::Three,
        T::Four => Tone::Four,
        T::Five => Tone::Five,
        T::Six => Tone::Six,
        T::Seven => Tone::Seven,
        T::Eight => Tone::Eight,
        T::Nine => Tone::Nine,
        T::Asterisk => Tone::Asterisk,
        T::Pound => Tone::Pound,
        T::A => Tone::A,
        T::B => Tone::B,
        T::C => Tone::C,
        T::D => Tone::D,
    }
}
