//! The JSON body of every operation.

use acs::body;
use acs::calling::{
    AddParticipantRequest, AnswerCallRequest, CancelAddParticipantRequest, ConnectRequest,
    ContinuousDtmfRecognitionRequest, CreateCallRequest, HoldRequest, MoveParticipantsRequest,
    MuteParticipantsRequest, PlayRequest, RecognizeRequest, RedirectCallRequest, RejectCallRequest,
    RemoveParticipantRequest, SendDtmfTonesRequest, StartCallRecordingRequest, StartMediaStreamingRequest,
    StartTranscriptionRequest, StopMediaStreamingRequest, StopTranscriptionRequest,
    TransferToParticipantRequest, UnholdRequest, UpdateTranscriptionRequest,
};
use serde::de::DeserializeOwned;

macro_rules! read_each {
    ($bytes:expr, $($body:ty),+ $(,)?) => { $(read::<$body>($bytes);)+ };
}

pub(super) fn run(bytes: &[u8]) {
    read_each!(
        bytes,
        AddParticipantRequest,
        AnswerCallRequest,
        CancelAddParticipantRequest,
        ConnectRequest,
        ContinuousDtmfRecognitionRequest,
        CreateCallRequest,
        HoldRequest,
        MoveParticipantsRequest,
        MuteParticipantsRequest,
        PlayRequest,
        RecognizeRequest,
        RedirectCallRequest,
        RejectCallRequest,
        RemoveParticipantRequest,
        SendDtmfTonesRequest,
        StartCallRecordingRequest,
        StartMediaStreamingRequest,
        StartTranscriptionRequest,
        StopMediaStreamingRequest,
        StopTranscriptionRequest,
        TransferToParticipantRequest,
        UnholdRequest,
        UpdateTranscriptionRequest,
    );
}

/// A refusal names the property, and is no longer than a screen however long the body is.
fn read<T: DeserializeOwned>(bytes: &[u8]) {
    if let Err(error) = body::read::<T>(bytes) {
        assert!(!error.property.is_empty() && !error.reason.is_empty());
        assert!(error.property.len() + error.reason.len() < 1_100, "{error}");
    }
}
