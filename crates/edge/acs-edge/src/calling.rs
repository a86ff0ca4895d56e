//! Call Automation: a file per operation.

mod call_options;
mod locator;
mod play_source;
mod properties;
mod tone;

mod answer_call;
mod connect_call;
mod create_call;
mod get_call;
mod hang_up;
mod redirect_call;
mod reject_call;
mod terminate;
mod transfer;

mod add_participant;
mod cancel_add_participant;
mod get_participant;
mod list_participants;
mod move_participants;
mod mute_participants;
mod remove_participant;

mod cancel_all_media_operations;
mod continuous_dtmf;
mod hold;
mod play;
mod recognize;
mod send_dtmf_tones;
mod unhold;

mod media_streaming;
mod transcription;

mod recording;

use http_kit::{Answer, ApiError};

use crate::asking::Asking;
use crate::operation::Operation;

/// Forwards a request to its operation.
pub(crate) async fn dispatch(asking: Asking) -> Result<Answer, ApiError> {
    match asking.route.operation {
        Operation::CreateCall => create_call::handle(asking).await,
        Operation::AnswerCall => answer_call::handle(asking).await,
        Operation::RedirectCall => redirect_call::handle(asking).await,
        Operation::RejectCall => reject_call::handle(asking).await,
        Operation::GetCall => get_call::handle(asking).await,
        Operation::HangUp => hang_up::handle(asking).await,
        Operation::Terminate => terminate::handle(asking).await,
        Operation::Transfer => transfer::handle(asking).await,
        Operation::ListParticipants => list_participants::handle(asking).await,
        Operation::GetParticipant => get_participant::handle(asking).await,
        Operation::AddParticipant => add_participant::handle(asking).await,
        Operation::RemoveParticipant => remove_participant::handle(asking).await,
        Operation::MuteParticipants => mute_participants::mute(asking).await,
        Operation::UnmuteParticipants => mute_participants::unmute(asking).await,
        Operation::CancelAddParticipant => cancel_add_participant::handle(asking).await,
        Operation::Play => play::handle(asking).await,
        Operation::CancelAllMediaOperations => cancel_all_media_operations::handle(asking).await,
        Operation::Recognize => recognize::handle(asking).await,
        Operation::StartContinuousDtmf => continuous_dtmf::start(asking).await,
        Operation::StopContinuousDtmf => continuous_dtmf::stop(asking).await,
        Operation::SendDtmfTones => send_dtmf_tones::handle(asking).await,
        Operation::Hold => hold::handle(asking).await,
        Operation::Unhold => unhold::handle(asking).await,
        Operation::Connect => connect_call::handle(asking).await,
        Operation::MoveParticipants => move_participants::handle(asking).await,
        Operation::StartMediaStreaming => media_streaming::start(asking).await,
        Operation::StopMediaStreaming => media_streaming::stop(asking).await,
        Operation::StartTranscription => transcription::start(asking).await,
        Operation::UpdateTranscription => transcription::update(asking).await,
        Operation::StopTranscription => transcription::stop(asking).await,
        Operation::SummarizeCall => transcription::summarize(asking).await,
        Operation::StartRecording => recording::start(asking).await,
        Operation::GetRecording => recording::get(asking).await,
        Operation::StopRecording => recording::stop(asking).await,
        Operation::PauseRecording => recording::pause(asking).await,
        Operation::ResumeRecording => recording::resume(asking).await,
    }
}
