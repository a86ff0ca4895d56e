//! What applications and subscribers are told.

use call_engine::{CallEvent, CallEventKind, CallNotice, CallRecord, NoticeKind, Recognized};

use crate::wording::{Reveal, first_word, media};

pub(crate) fn event(event: &CallEvent, reveal: Reveal) -> String {
    let details = match &event.kind {
        CallEventKind::ParticipantsUpdated { sequence, participants } => {
            let who = reveal.everybody(participants.iter().map(|one| &one.identifier));
            format!(" {sequence}: {who}")
        }
        CallEventKind::CallTransferAccepted { target, .. } => format!(" to {}", reveal.who(target)),
        CallEventKind::AddParticipantSucceeded { participant }
        | CallEventKind::AddParticipantFailed { participant }
        | CallEventKind::RemoveParticipantSucceeded { participant }
        | CallEventKind::RemoveParticipantFailed { participant }
        | CallEventKind::MoveParticipantSucceeded { participant, .. }
        | CallEventKind::MoveParticipantFailed { participant, .. } => format!(" {}", reveal.who(participant)),
        CallEventKind::RecognizeCompleted(Recognized::Tones(tones)) => {
            format!(" {}", media::keys(tones, reveal))
        }
        CallEventKind::RecognizeCompleted(Recognized::Choice { label, .. }) => format!(" {label}"),
        CallEventKind::RecognizeCompleted(Recognized::Speech(heard)) => {
            format!(" {}", reveal.words(&heard.text))
        }
        CallEventKind::RecordingStateChanged(status) => {
            if status.is_active { " active" } else { " inactive" }.to_owned()
        }
        CallEventKind::MediaStreamingStarted { resumed: true }
        | CallEventKind::TranscriptionStarted { resumed: true } => " again".to_owned(),
        CallEventKind::TranscriptionCallSummaryUpdated { summary: Some(text) } => {
            format!(" {}", reveal.words(text))
        }
        CallEventKind::ContinuousDtmfRecognitionToneReceived { tone, .. } => {
            format!(" {}", reveal.key(*tone))
        }
        CallEventKind::PlayFailed { source } => format!(" at sound {}", source + 1),
        CallEventKind::CallConnected
        | CallEventKind::CallDisconnected
        | CallEventKind::CreateCallFailed
        | CallEventKind::AnswerFailed
        | CallEventKind::CallTransferFailed
        | CallEventKind::CancelAddParticipantSucceeded { .. }
        | CallEventKind::CancelAddParticipantFailed { .. }
        | CallEventKind::PlayStarted
        | CallEventKind::PlayCompleted
        | CallEventKind::PlayCanceled
        | CallEventKind::RecognizeFailed { .. }
        | CallEventKind::RecognizeCanceled
        | CallEventKind::ContinuousDtmfRecognitionToneFailed
        | CallEventKind::ContinuousDtmfRecognitionStopped
        | CallEventKind::SendDtmfTonesCompleted
        | CallEventKind::SendDtmfTonesFailed
        | CallEventKind::ConnectFailed
        | CallEventKind::MediaStreamingStarted { resumed: false }
        | CallEventKind::MediaStreamingStopped
        | CallEventKind::MediaStreamingFailed
        | CallEventKind::TranscriptionStarted { resumed: false }
        | CallEventKind::TranscriptionStopped
        | CallEventKind::TranscriptionUpdated
        | CallEventKind::TranscriptionFailed
        | CallEventKind::TranscriptionCallSummaryUpdated { summary: None }
        | CallEventKind::StartRecordingFailed(_)
        | CallEventKind::HoldFailed => String::new(),
    };
    let context = event.operation_context.as_ref().map(|context| format!(" [{context}]")).unwrap_or_default();
    let result = event.result.as_ref().map(|result| format!(": {:?}", result.outcome)).unwrap_or_default();
    format!("{}{details}{context}{result}", first_word(&event.kind))
}

pub(crate) fn notice(notice: &CallNotice, reveal: Reveal) -> String {
    match &notice.kind {
        NoticeKind::IncomingCall(call) => {
            format!("IncomingCall to {} from {}", reveal.who(&call.to), reveal.who(&call.from))
        }
        NoticeKind::CallStarted { .. } => "CallStarted".to_owned(),
        NoticeKind::ParticipantAdded { participant, .. } => {
            format!("CallParticipantAdded {}", reveal.who(participant))
        }
        NoticeKind::ParticipantRemoved { participant, .. } => {
            format!("CallParticipantRemoved {}", reveal.who(participant))
        }
        NoticeKind::CallEnded { cause, lasted, .. } => {
            format!("CallEnded: {cause:?} after {:.1} s", lasted.as_secs_f64())
        }
    }
}

pub(crate) fn record(record: &CallRecord, reveal: Reveal) -> String {
    let who = record.ended_by.as_ref().map_or("the platform".to_owned(), |who| reveal.who(who));
    let lasted = record.lasted().as_secs_f64();
    format!("call record: {:?} by {who}, {lasted:.1} s connected", record.cause)
}
