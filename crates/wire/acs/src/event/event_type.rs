//! The types of callback events, and since when each is known.

use crate::version::ApiVersion;

macro_rules! event_types {
    ($($name:ident since $since:ident,)+) => {
        /// A type of callback event; on the wire with the prefix `Microsoft.Communication.`.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
        #[allow(missing_docs)]
        pub enum EventType {
            $($name,)+
        }

        impl EventType {
            /// All of them.
            pub const ALL: &'static [Self] = &[$(Self::$name,)+];

            /// The name without its prefix.
            pub const fn name(self) -> &'static str {
                match self {
                    $(Self::$name => stringify!($name),)+
                }
            }

            /// The first version that knew it and was followed by all later ones.
            pub(crate) const fn since(self) -> ApiVersion {
                match self {
                    $(Self::$name => ApiVersion::$since,)+
                }
            }
        }
    };
}

event_types! {
    CallConnected since V2022_04_07Preview,
    CallDisconnected since V2022_04_07Preview,
    CallTransferAccepted since V2022_04_07Preview,
    CallTransferFailed since V2022_04_07Preview,
    AddParticipantSucceeded since V2022_04_07Preview,
    AddParticipantFailed since V2022_04_07Preview,
    RemoveParticipantSucceeded since V2022_04_07Preview,
    RemoveParticipantFailed since V2022_04_07Preview,
    ParticipantsUpdated since V2022_04_07Preview,
    RecordingStateChanged since V2022_04_07Preview,
    PlayCompleted since V2022_04_07Preview,
    PlayFailed since V2022_04_07Preview,
    PlayCanceled since V2022_04_07Preview,
    RecognizeCompleted since V2022_04_07Preview,
    RecognizeFailed since V2022_04_07Preview,
    RecognizeCanceled since V2022_04_07Preview,
    CancelAddParticipantSucceeded since V2023_10_03Preview,
    CancelAddParticipantFailed since V2023_10_03Preview,
    ContinuousDtmfRecognitionToneReceived since V2023_10_03Preview,
    ContinuousDtmfRecognitionToneFailed since V2023_10_03Preview,
    ContinuousDtmfRecognitionStopped since V2023_10_03Preview,
    SendDtmfTonesCompleted since V2023_10_03Preview,
    SendDtmfTonesFailed since V2023_10_03Preview,
    PlayStarted since V2024_09_15,
    CreateCallFailed since V2024_09_15,
    AnswerFailed since V2024_09_15,
    ConnectFailed since V2024_09_15,
    HoldFailed since V2024_09_15,
    MediaStreamingStarted since V2025_05_15,
    MediaStreamingStopped since V2025_05_15,
    MediaStreamingFailed since V2025_05_15,
    TranscriptionStarted since V2025_05_15,
    TranscriptionStopped since V2025_05_15,
    TranscriptionUpdated since V2025_05_15,
    TranscriptionFailed since V2025_05_15,
    StartRecordingFailed since V2025_06_15,
    MoveParticipantSucceeded since V2026_03_12,
    MoveParticipantFailed since V2026_03_12,
    TranscriptionCallSummaryUpdated since V2025_08_15Preview,
}

impl EventType {
    /// The name on the wire.
    pub fn full_name(self) -> String {
        format!("Microsoft.Communication.{}", self.name())
    }
}
