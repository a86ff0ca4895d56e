//! Request and response bodies of Call Automation: a file per operation family.

mod call_connection;
mod call_setup;
mod custom_context;
mod dtmf;
mod hold;
mod media_streaming;
mod participants;
mod play;
mod recognize;
mod recording;
mod streaming_options;
mod transcription;
mod transfer;

pub use call_connection::{
    CallConnectionProperties, CallConnectionState, MediaStreamingSubscription, SubscriptionState,
    TranscriptionResultType, TranscriptionSubscription,
};
pub use call_setup::{
    AnswerCallRequest, CallIntelligenceOptions, CallLocator, CallLocatorKind, CallRejectReason,
    ConnectRequest, CreateCallRequest, RedirectCallRequest, RejectCallRequest,
};
pub use custom_context::CustomCallingContext;
pub use dtmf::{ContinuousDtmfRecognitionRequest, SendDtmfTonesRequest, SendDtmfTonesResult, Tone};
pub use hold::{HoldRequest, UnholdRequest};
pub use media_streaming::{StartMediaStreamingRequest, StopMediaStreamingRequest};
pub use participants::{
    AddParticipantRequest, AddParticipantResponse, CallParticipant, CancelAddParticipantRequest,
    CancelAddParticipantResponse, GetParticipantsResponse, MoveParticipantsRequest, MoveParticipantsResponse,
    MuteParticipantsRequest, MuteParticipantsResult, RemoveParticipantRequest, RemoveParticipantResponse,
};
pub use play::{
    FileSource, PlayOptions, PlayRequest, PlaySource, PlaySourceKind, SsmlSource, TextSource, VoiceKind,
};
pub use recognize::{
    Choice, DtmfOptions, RecognizeInputType, RecognizeOptions, RecognizeRequest, SpeechOptions,
};
pub use recording::{
    ChannelAffinity, ExternalStorage, RecordingChannelType, RecordingContentType, RecordingFormatType,
    RecordingKind, RecordingState, RecordingStateResponse, RecordingStorageKind, StartCallRecordingRequest,
};
pub use streaming_options::{
    AudioChannelType, AudioFormat, MediaStreamingContentType, MediaStreamingOptions, PiiRedactionOptions,
    RedactionType, StreamingTransport, SummarizationOptions, TranscriptionOptions,
};
pub use transcription::{
    StartTranscriptionRequest, StopTranscriptionRequest, SummarizeCallRequest, UpdateTranscriptionRequest,
};
pub use transfer::{TransferCallResponse, TransferToParticipantRequest};
